"""Convolution and cross-correlation of arrays of any number of dimensions, fast."""

from typing import TYPE_CHECKING

try:
    from ._kernels import build as _build  # noqa: F401
except ImportError:
    raise ImportError(
        "pyconvolve's kernels are not built here; install the package with "
        "'pip install .', or work in its source tree after "
        "'pip install --no-build-isolation -e .'"
    ) from None

from ._core.threads import get_workers, set_workers
from .convolution import convolve, correlate, fftconvolve, oaconvolve
from .convolver import Convolver

if TYPE_CHECKING:
    __version__: str

__all__ = [
    "Convolver",
    "convolve",
    "correlate",
    "fftconvolve",
    "get_workers",
    "oaconvolve",
    "set_workers",
]


def __getattr__(name: str) -> str:
    if name == "__version__":
        from importlib.metadata import version

        return version("pyconvolve")
    raise AttributeError(f"module 'pyconvolve' has no attribute {name!r}")
