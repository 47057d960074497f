"""Coordinates of taps, counted from the centre of a kernel.

Taps are computed from them in extended precision, and rounded once at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np
from numpy.typing import NDArray


def offsets(taps: int) -> NDArray[np.longdouble]:
    """Return the position of each tap: halves if the number of taps is even."""
    return np.arange(taps) - np.longdouble(taps - 1) / 2


def positions(sizes: Sequence[int]) -> NDArray[np.longdouble]:
    """Return the position of each tap as a vector, in an array of shape (*sizes, d)."""
    return np.stack(np.meshgrid(*map(offsets, sizes), indexing="ij"), -1)


def squared_distances(
    radii: Sequence[int], widths: Sequence[float]
) -> NDArray[np.longdouble]:
    """Return the squared distance of each tap from the centre, in units of widths.

    Parameters
    ----------
    radii : sequence of int
        Number of taps on each side of the centre, one per axis.
    widths : sequence of float
        Unit of the distance along each axis, in samples.
    """
    squares = [
        (offsets(2 * radius + 1) / width) ** 2
        for radius, width in zip(radii, widths, strict=True)
    ]
    return reduce(np.add.outer, squares)
