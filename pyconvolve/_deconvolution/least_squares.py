"""Least squares by conjugate gradients (CGLS).

With the convolution A, the convolution D with the regulariser, and weights w that are 1
where a sample of y is present and 0 where it is missing, the signal x minimises

    sum of  w abs(y - A x)**2  +  regularization * sum of abs(D x)**2

Problems of a batch are solved beside each other: sums have axes of length 1 in place of
the convolved ones.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arguments import Blurred, Kernel
from .blur import Blur
from .iterations import Callback, Progress, ends, numbers


def run(
    blurred: Blurred,
    x: NDArray[Any],
    *,
    regularization: float,
    regularizer: Kernel | None,
    iterations: int,
    tolerance: float,
    callback: Callback | None,
    progress: bool | Progress,
    workers: int | None,
) -> None:
    """Iterate, in place of the signal `x` to start at.

    The other arguments are those of `pyconvolve.deconvolve`; without a regulariser,
    D x is x.
    """
    problem = _Problem(blurred, x, regularization, regularizer, workers)
    # the gradient at zero is the measure of all others
    gradient = problem.blur.adjoint(blurred.y)
    enough = tolerance**2 * _squares(gradient, blurred.axes)
    if x.any():
        problem.find_residuals()
        gradient = problem.gradient()
    left = _squares(gradient, blurred.axes)
    direction = gradient.copy()
    if (left <= enough).all():
        return
    for number in numbers(iterations, progress):
        problem.step(direction, left)
        gradient = problem.gradient()
        before, left = left, _squares(gradient, blurred.axes)
        if ends(callback, number, x) or (left <= enough).all():
            break
        direction *= _quotient(left, before, x.dtype)
        direction += gradient


class _Problem:
    """The signal so far, and what differs from the data."""

    def __init__(
        self,
        blurred: Blurred,
        x: NDArray[Any],
        regularization: float,
        regularizer: Kernel | None,
        workers: int | None,
    ) -> None:
        self.blur = Blur(blurred.kernel, workers)
        self._axes, self._missing = blurred.axes, blurred.missing
        self._x, self._residual = x, blurred.y.copy()
        self._weight = x.dtype.type(regularization).real
        self._penalty: Blur | None = None
        # D x
        self._rough = x
        if regularizer is not None and regularization:
            self._penalty = Blur(regularizer, workers)
            self._rough = np.zeros_like(x)

    def find_residuals(self) -> None:
        """Subtract the part of the signal to start at."""
        self._residual -= self._convolve(self._x)
        if self._penalty is not None:
            self._rough = self._penalty.forward(self._x)

    def gradient(self) -> NDArray[Any]:
        """Return half the gradient, with a minus."""
        found = self.blur.adjoint(self._residual)
        if self._weight:
            rough = self._rough
            if self._penalty is not None:
                rough = self._penalty.adjoint(rough)
            found -= rough * self._weight
        return found

    def step(self, direction: NDArray[Any], left: NDArray[Any]) -> None:
        """Go along a direction as far as the sum of squares becomes less.

        Parameters
        ----------
        direction : ndarray
        left : ndarray
            The sum of the squares of the gradient.
        """
        change, rougher = self._convolve(direction), direction
        curvature = _squares(change, self._axes)
        if self._weight:
            if self._penalty is not None:
                rougher = self._penalty.forward(direction)
            curvature += self._weight * _squares(rougher, self._axes)
        length = _quotient(left, curvature, direction.dtype)
        self._x += direction * length
        if self._penalty is not None:
            rougher *= length
            self._rough += rougher
        change *= length
        self._residual -= change

    def _convolve(self, x: NDArray[Any]) -> NDArray[Any]:
        """Return the convolution of a signal, zero where a sample of y is missing."""
        found = self.blur.forward(x)
        if self._missing is not None:
            found[self._missing] = 0
        return found


def _squares(array: NDArray[Any], axes: tuple[int, ...]) -> NDArray[Any]:
    """Return sums of the squares of magnitudes, in double precision at least."""
    wide = np.result_type(array.dtype.type(0).real, np.float64)
    if len(axes) == array.ndim:
        flat = array.reshape(-1)
        return np.full((1,) * array.ndim, np.vdot(flat, flat).real, wide)
    squares = array.real**2
    if array.dtype.kind == "c":
        squares += array.imag**2
    return squares.sum(axes, wide, keepdims=True)


def _quotient(
    dividend: NDArray[Any], divisor: NDArray[Any], dtype: np.dtype
) -> NDArray[Any]:
    """Return a quotient in the precision of a type; 0 where the divisor is 0."""
    found = np.zeros_like(dividend)
    np.divide(dividend, divisor, out=found, where=divisor > 0)
    return found.astype(dtype.type(0).real.dtype)
