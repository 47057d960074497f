"""A convolution and its adjoint, each planned once."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from .._matrix import maps
from .arguments import Kernel


class Blur:
    """The convolution with a kernel in mode 'same', and its adjoint.

    Parameters
    ----------
    kernel : Kernel
    workers : int or None
        As for `convolve`.
    """

    def __init__(self, kernel: Kernel, workers: int | None) -> None:
        taps, problem = kernel
        shape = problem.shape
        forward = maps.forward(problem, shape, True)
        adjoint = maps.transposed_by_signal(problem, shape)
        adjoint = adjoint._replace(conjugated=taps.dtype.kind == "c")
        self._shape = shape
        self._forward = maps.LinearMap(forward, taps, workers)
        self._adjoint = maps.LinearMap(adjoint, taps, workers)

    def forward(self, x: NDArray[Any]) -> NDArray[Any]:
        """Convolve a signal; return an array of its own."""
        return self._forward(x.reshape(-1)).reshape(self._shape)

    def adjoint(self, y: NDArray[Any]) -> NDArray[Any]:
        """Apply the adjoint; return an array of its own."""
        return self._adjoint(y.reshape(-1)).reshape(self._shape)
