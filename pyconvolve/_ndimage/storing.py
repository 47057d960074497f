"""Results of image filters as numbers of another type, as SciPy stores them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arguments import Range

_UNKNOWN = Range(-np.inf, np.inf)


def store(
    values: NDArray[Any],
    output: NDArray[Any],
    among: Range = _UNKNOWN,
    rounding: float = 0,
) -> None:
    """Store computed numbers in an array of another type.

    Integers are truncated toward zero, and stored modulo the range of their type.
    Truth values are those of truncated numbers.

    Parameters
    ----------
    values, output : ndarray
        `values` may be changed.
    among : Range, optional
        Of all values; by default any numbers, and NaN.
    rounding : float, optional
        A number that is below an integer by so little is taken for this integer.
    """
    kind = output.dtype.kind
    if kind == "b" and values.dtype.kind == "f":
        np.greater_equal(abs(values), 1 - rounding, out=output)
        return
    if kind in "fc" or values.dtype.kind != "f":
        with np.errstate(over="ignore", invalid="ignore"):
            np.copyto(output, values, casting="unsafe")
        return
    if rounding:
        values += rounding if among.low >= 0 else np.copysign(rounding, values)
    # C defines conversions of numbers in the range of a type
    if among.fits(output.dtype):
        np.copyto(output, values, casting="unsafe")
    elif among.fits(np.dtype(np.int32)):
        np.copyto(output, values.astype(np.int32), casting="unsafe")
    else:
        with np.errstate(invalid="ignore"):
            np.copyto(output, values.astype(np.int64), casting="unsafe")
            if output.dtype == np.uint64:
                large = values >= 2.0**63
                output[large] = values[large].astype(np.uint64)
