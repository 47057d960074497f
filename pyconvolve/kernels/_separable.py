"""Kernels that are the product of one factor for each axis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._coordinates import offsets

# Taps of a central difference. Constructors scale them to the unit of a derivative.
CENTRAL_DIFFERENCE = (1, 0, -1)


def outer(factors: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Return the outer product of one factor for each axis."""
    return reduce(np.multiply.outer, factors)


def averages(
    sizes: Sequence[int], taps: Callable[[int, int], NDArray[Any]]
) -> NDArray[Any]:
    """Return the outer product of factors that are divided by their sums.

    Parameters
    ----------
    sizes : sequence of int
        Number of taps along each axis.
    taps : callable
        Makes the factor of an axis from the axis and its number of taps.
    """
    factors = [taps(axis, size) for axis, size in enumerate(sizes)]
    return outer([factor / factor.sum() for factor in factors])


def gradient(
    axis: int, ndim: int, derivative: Sequence[float], smoother: Sequence[float]
) -> NDArray[np.longdouble]:
    """Return the outer product of a derivative along one axis and smoothers.

    The derivative is scaled to give 1 for a unit ramp, in a convolution. The smoother
    is applied along every other axis and is scaled to sum to one.
    """
    slope = np.array(derivative, np.longdouble)
    slope /= -(slope * offsets(slope.size)).sum()
    weights = np.array(smoother, np.longdouble)
    weights /= weights.sum()
    return outer([slope if a == axis else weights for a in range(ndim)])
