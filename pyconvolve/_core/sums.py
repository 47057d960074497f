"""The type of sums that are converted to integers afterwards.

Integers are summed exactly, whether the type is one of integers or of floating-point
numbers: a bound of all partial sums lies within the integers that the type holds. The
fastest such type is taken. If none holds the sums, they are Python's integers.

Sums of floating-point numbers are rounded at the end. Their type is float64, or long
double if an input is. It is float32 for images of 8 and 16 bits if the rounding errors
of a sum are far below one half.
"""

from __future__ import annotations

from contextlib import suppress
from math import inf, isnan, sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .arguments import Rules
from .caches import Cache

# Type -> magnitude below which integers are exact in it, the fastest type first.
EXACT: dict[np.dtype, float] = {
    np.dtype(np.int16): 2.0**15,
    np.dtype(np.float32): 2.0**24,
    np.dtype(np.int32): 2.0**31,
    np.dtype(np.float64): 2.0**53,
    np.dtype(np.int64): 2.0**63,
}
_OBJECT = np.dtype(object)
_SINGLE, _DOUBLE = np.dtype(np.float32), np.dtype(np.float64)
_EPS = 2.0**-23
# Bytes of the samples of images whose sums may be in single precision.
_SHORT_BYTES = 2
# Largest rounding error of such a sum, about.
_MOST_ERROR = 1 / 8
# Bytes of a kernel up to which its type of sums is cached, and of a cached value.
_SMALL_KERNEL_BYTES = 1024
_CACHED_BYTES = 2048
_filled = Cache[Rules](1 << 18, lambda _: _CACHED_BYTES)


class Magnitude(NamedTuple):
    """How large the taps of a kernel are."""

    taps: int
    total: float
    """A bound of the sum of the magnitudes of the taps that an output sums."""


def magnitude_of(kernel: NDArray[Any], axes: int | tuple[int, ...] | None) -> Magnitude:
    """Measure a kernel of real numbers.

    Parameters
    ----------
    kernel : ndarray
    axes : int, tuple of int or None
        Axes of the signal to convolve along. The kernel has as many axes as the signal,
        or one axis for each of them. Axes that are wrong are an error of `describe`.
    """
    along = axes if axes is None or isinstance(axes, tuple) else (axes,)
    if along is not None and len(along) == kernel.ndim:
        along = None
    if kernel.dtype.kind != "f":
        return _measure(kernel, along)
    with np.errstate(all="ignore"):
        return _measure(kernel, along)


def _measure(kernel: NDArray[Any], along: tuple[int, ...] | None) -> Magnitude:
    magnitudes, kernels = np.fabs(kernel, dtype=np.float64), 1
    if along is not None:
        with suppress(ValueError):
            totals = np.add.reduce(magnitudes, along)
            magnitudes, kernels = totals.max(), totals.size
    taps = kernel.size // kernels
    # the sum itself is rounded
    total = float(np.add.reduce(magnitudes, None)) * (1 + taps * 2.0**-52)
    return Magnitude(taps, total)


def is_converted(rules: Rules) -> bool:
    """Whether results may have another type than sums."""
    return rules.dtype is not None or rules.overflow != "wrap"


def with_sums(
    rules: Rules,
    signal: NDArray[Any],
    kernel: NDArray[Any],
    cval: Any,
    magnitude: Magnitude | None = None,
) -> Rules:
    """Fill in the type of sums that are converted to integers.

    Parameters
    ----------
    rules : Rules
    signal, kernel : ndarray
        The first and the second input.
    cval : object
        The constant outside the signal, which may be wrong.
    magnitude : Magnitude, optional
        Of the kernel, if it is known.
    """
    if (
        kernel.nbytes > _SMALL_KERNEL_BYTES
        or signal.dtype.itemsize > _SHORT_BYTES
        or rules.zero is not True
        or kernel.dtype.kind == "O"
    ):
        return _fill(rules, signal, kernel, cval, magnitude)
    # to look at the taps takes as long as to convolve a small image
    key = rules, signal.dtype, kernel.dtype, kernel.shape, kernel.tobytes()
    known = _filled.find(key)
    if known is None:
        known = _filled.store(key, _fill(rules, signal, kernel, cval, magnitude))
    return known


def _fill(
    rules: Rules,
    signal: NDArray[Any],
    kernel: NDArray[Any],
    cval: Any,
    magnitude: Magnitude | None,
) -> Rules:
    types = signal.dtype, kernel.dtype
    inputs = {dtype.kind for dtype in types}
    if not inputs <= {*"biuf"}:
        # not converted to integers, or wrong
        return rules
    result = np.result_type(*types) if rules.dtype is None else rules.dtype
    if result.kind not in "iu":
        return rules
    is_exact = inputs <= {*"biu"}
    if is_exact and rules.overflow == "wrap":
        # modulo the range of the result
        return rules
    if magnitude is None:
        magnitude = magnitude_of(kernel, rules.axes)
    constant = 0.0 if rules.zero is True else _largest(cval)
    if is_exact:
        sums = _exact(signal, magnitude, constant)
    else:
        sums = _rounded(types, magnitude, constant)
    return rules._replace(sums=sums)


def _exact(signal: NDArray[Any], magnitude: Magnitude, constant: float) -> np.dtype:
    """Choose a type that holds all sums of integers."""
    largest = max(_largest_of(signal.dtype), constant)
    if largest * magnitude.total >= 2.0**53 and signal.size:
        # the samples themselves may be smaller than their type allows
        largest = max(abs(int(signal.max())), abs(int(signal.min())), constant)
    bound = largest * magnitude.total
    return next((dtype for dtype, limit in EXACT.items() if bound < limit), _OBJECT)


def _rounded(
    types: tuple[np.dtype, np.dtype], magnitude: Magnitude, constant: float
) -> np.dtype:
    """Choose a type that sums of floating-point numbers are accurate in."""
    signal = types[0]
    wide = np.result_type(*types, _DOUBLE)
    if signal.kind == "f" or signal.itemsize > _SHORT_BYTES or wide != _DOUBLE:
        return wide
    largest = max(_largest_of(signal), constant)
    # each product and each addition is rounded, and most of these errors cancel
    error = (4 + sqrt(magnitude.taps)) * _EPS
    # false if a tap isn't finite
    is_accurate = error * largest * magnitude.total <= _MOST_ERROR
    return _SINGLE if is_accurate else wide


def _largest_of(dtype: np.dtype) -> float:
    """Return the largest magnitude of a type of integers or truth values."""
    if dtype.kind == "b":
        return 1.0
    return 2.0 ** (8 * dtype.itemsize - (dtype.kind == "i"))


def _largest(cval: Any) -> float:
    """Return the largest magnitude of constants; infinity if one is not a number."""
    try:
        values = [float(abs(value)) for value in np.ravel(np.asarray(cval)).tolist()]
    except (TypeError, ValueError, OverflowError):
        return inf
    return max(values, default=0.0) if not any(map(isnan, values)) else inf
