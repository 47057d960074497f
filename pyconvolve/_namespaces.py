"""Namespaces of other libraries, and their functions that pyconvolve can replace."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

from ._scipy.names import IMAGE_FILTERS, NAMES


class Namespace(NamedTuple):
    """A module of another library whose functions have replacements of equal names."""

    name: str
    """The module in which users find the functions."""
    ours: str
    """The module that has the replacements."""
    functions: tuple[str, ...]
    """Names of the functions."""
    homes: tuple[str, ...] = ()
    """Other modules of the library, in which functions of these names may be other
    objects: the library's own modules call those."""

    @property
    def library(self) -> str:
        """The package to which the module belongs."""
        return self.name.partition(".")[0]


SCIPY_SIGNAL = Namespace(
    "scipy.signal",
    "pyconvolve.signal",
    NAMES,
    ("scipy.signal._signaltools", "scipy.signal._savitzky_golay"),
)
SCIPY_NDIMAGE = Namespace(
    "scipy.ndimage",
    "pyconvolve.ndimage",
    IMAGE_FILTERS,
    ("scipy.ndimage._filters", "scipy.ndimage._morphology"),
)
NUMPY = Namespace("numpy", "pyconvolve.numpy", ("convolve", "correlate"))
NAMESPACES = (SCIPY_SIGNAL, SCIPY_NDIMAGE, NUMPY)


@cache
def originals_of(namespace: Namespace) -> dict[str, tuple[Any, ...]]:
    """Return the library's own functions.

    The first call must precede the first patch.

    Returns
    -------
    dict of str to tuple
        Name -> the function as users see it, and as the library's modules call it.
    """
    modules = [import_module(name) for name in (namespace.name, *namespace.homes)]
    return {
        name: tuple(
            getattr(module, name) for module in modules if hasattr(module, name)
        )
        for name in namespace.functions
    }
