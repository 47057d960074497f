"""Fast convolution and cross-correlation in any number of dimensions."""

from typing import TYPE_CHECKING, Any

try:
    from ._compiled import build as _build  # noqa: F401
except ImportError:
    raise ImportError(
        "pyconvolve's compiled modules are not built here; install the package with "
        "'pip install .', or work in its source tree after "
        "'pip install --no-build-isolation -e .'"
    ) from None

from ._core.caches import clear_caches
from ._core.workers import get_workers, set_workers
from ._patching import (
    is_patched,
    patch_numpy,
    patch_scipy,
    unpatch_numpy,
    unpatch_scipy,
)
from .convolution import convolve, correlate, fftconvolve, oaconvolve
from .convolver import Convolver
from .deconvolution import deconvolve
from .explain import Explanation, explain
from .matching import normalized_correlate
from .normalized import normalized_convolve
from .stream import Stream, stream_convolve

if TYPE_CHECKING:
    from . import dask as dask
    from . import kernels as kernels
    from . import matrix as matrix
    from . import ndimage as ndimage
    from . import nn as nn
    from . import numpy as numpy
    from . import signal as signal
    from . import xarray as xarray

    __version__: str

__all__ = [
    "Convolver",
    "Explanation",
    "Stream",
    "clear_caches",
    "convolve",
    "correlate",
    "deconvolve",
    "explain",
    "fftconvolve",
    "get_workers",
    "is_patched",
    "normalized_convolve",
    "normalized_correlate",
    "oaconvolve",
    "patch_numpy",
    "patch_scipy",
    "set_workers",
    "stream_convolve",
    "unpatch_numpy",
    "unpatch_scipy",
]


# SciPy and others take long to import, and few programs need all of them.
_MODULES = ("dask", "kernels", "matrix", "ndimage", "nn", "numpy", "signal", "xarray")

if not TYPE_CHECKING:
    # type checkers would take it for a promise that every attribute exists
    def __getattr__(name: str) -> Any:
        if name in _MODULES:
            from importlib import import_module

            return import_module(f".{name}", __name__)
        if name == "__version__":
            from importlib.metadata import version

            return version("pyconvolve")
        raise AttributeError(f"module 'pyconvolve' has no attribute {name!r}")


def __dir__() -> list[str]:
    from importlib.util import find_spec

    # these need the libraries of their names
    missing = {name for name in ("dask", "xarray") if find_spec(name) is None}
    return sorted({*globals(), *_MODULES, "__version__"} - missing)
