"""Sums to integers, by NumPy, as the compiled modules convert them.

Sums are rounded to the nearest integer, and to the even one of two. Integers that the
type of the result doesn't hold are taken modulo its range, or clipped to it. NaN
becomes 0, and so does an infinity modulo the range. Or sums are cut toward zero, as
src/common/narrow.h has it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .dtypes import limits_of
from .problem import Problem

# Sums that are converted at a time, unless a row is longer. This bounds the memory.
_AT_ONCE = 1 << 16


class OutputOverflow(OverflowError):
    """Some outputs do not fit the type of the result.

    Parameters
    ----------
    count : int
        How many of them.
    problem : Problem
    """

    def __init__(self, count: int, problem: Problem) -> None:
        self.count = count
        low, high = limits_of(problem.output)
        super().__init__(
            f"{count} of {problem.outputs} outputs do not fit {problem.output.name}, "
            f"which holds integers from {low} to {high}; overflow='saturate' clips them"
        )


def without_conversion(problem: Problem) -> Problem:
    """Return a problem whose outputs are the sums that are not converted."""
    if problem.sums is None:
        return problem
    output = np.dtype(np.int64) if problem.is_exact else problem.sums
    return problem._replace(output=output, sums=None, overflow="wrap")


def cast(numbers: NDArray[Any], output: NDArray[Any]) -> None:
    """Store numbers in an array of another type; integers cut floats toward zero."""
    if numbers.dtype.kind == "f" and output.dtype.kind in "biu":
        convert(numbers, output, "cut", 0)
        return
    with np.errstate(over="ignore", invalid="ignore"):
        np.copyto(output, numbers, casting="unsafe")


def convert(
    sums: NDArray[Any], output: NDArray[Any], overflow: str, rounding: float
) -> int:
    """Convert sums to integers, a few at a time.

    Parameters
    ----------
    sums : ndarray
        Real numbers, or Python's integers.
    output : ndarray of integers
        The array for the result, of the same shape.
    overflow : str
        As in `Problem`. Sums are clipped if it is 'raise'.
    rounding : float
        As in `Problem`.

    Returns
    -------
    int
        The number of sums that the output's type doesn't hold.
    """
    if not sums.ndim:
        return _convert(sums, output, overflow, rounding)
    rows = max(1, _AT_ONCE * len(sums) // max(1, sums.size))
    pieces = [slice(i, i + rows) for i in range(0, len(sums), rows)]
    return sum(
        _convert(sums[piece], output[piece], overflow, rounding) for piece in pieces
    )


def _convert(
    sums: NDArray[Any], output: NDArray[Any], overflow: str, rounding: float
) -> int:
    if overflow == "cut":
        output[...] = _cut(sums.astype(np.float64), output.dtype, rounding)
        return 0
    low, high = limits_of(output.dtype)
    if sums.dtype.kind == "i":
        least, most = limits_of(sums.dtype)
        low, high = max(low, least), min(high, most)
    if sums.dtype.kind in "iO":
        # sums of integers modulo a range need no conversion
        output[...] = np.clip(sums, low, high)
        return int(np.count_nonzero((sums < low) | (sums > high)))
    with np.errstate(invalid="ignore"):
        rounded = np.rint(sums)
        # the first integer above the range is a power of two, and so exact
        below, above = rounded < low, rounded >= float(high + 1)
        unknown = np.isnan(rounded)
        if overflow == "wrap":
            output[...] = _modulo(rounded).astype(output.dtype)
        else:
            fitting = np.where(below | above | unknown, 0, rounded)
            output[...] = fitting.astype(output.dtype)
            output[below], output[above] = low, high
    return int(np.count_nonzero(below | above | unknown))


def _cut(sums: NDArray[np.float64], dtype: np.dtype, rounding: float) -> NDArray[Any]:
    """Cut sums as C does on x86."""
    values = sums + np.where(sums < 0, -rounding, rounding)
    if dtype.itemsize < 4 or dtype == np.int32:
        fits = (values > -(2.0**31) - 1) & (values < 2.0**31)
        whole = np.where(fits, values, -(2.0**31)).astype(np.int32)
        return whole.astype(np.uint8) != 0 if dtype.kind == "b" else whole.astype(dtype)
    above = (values >= 2.0**63) & (dtype == np.uint64)
    values = np.where(above, values - 2.0**63, values)
    fits = (values >= -(2.0**63)) & (values < 2.0**63)
    whole = np.where(fits, values, -(2.0**63)).astype(np.int64)
    return np.where(above, whole ^ np.int64(-(2**63)), whole).astype(dtype)


def _modulo(integers: NDArray[Any]) -> NDArray[np.uint64]:
    """Take integers of a floating-point type modulo 2^64; others become 0."""
    rest = np.fmod(integers, 2.0**64)
    magnitudes = np.where(np.isfinite(rest), np.abs(rest), 0).astype(np.uint64)
    return np.where(rest < 0, -magnitudes, magnitudes)
