"""Convolution of a signal that continues beyond its ends as `upfirdn` says.

Some rules are boundaries of `pyconvolve.convolve`. The others extrapolate: only the
outputs near both ends are computed from samples that are made for them.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._core.boundary import fold
from .._core.dtypes import real_type
from .._core.output import copy_to, output_for
from .along import convolve_along

# Modes of upfirdn that are boundaries, and those that extrapolate.
BOUNDARIES = ("constant", "wrap", "edge", "symmetric", "reflect")
EXTRAPOLATIONS = ("smooth", "antisymmetric", "antireflect", "line")
# Samples of a signal up to which all of it is copied: that takes less time than three
# calls, one for each end and one for the outputs between them.
_COPIED = 1 << 13


def convolve_continued(
    x: NDArray[Any],
    taps: NDArray[Any],
    axis: int,
    mode: str,
    lags: tuple[int, int] | None,
    cval: Any = 0,
    up: int = 1,
    down: int = 1,
    out: NDArray[Any] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    """Convolve along one axis, with any of the modes of `upfirdn`.

    Parameters
    ----------
    x, taps, axis, lags, cval, out, workers
        As for `pyconvolve.convolve`.
    mode : str
        One of `BOUNDARIES` or `EXTRAPOLATIONS`.
    up, down : int
        Up-sampling and stride.
    """
    if mode in BOUNDARIES:
        cval = cval if mode == "constant" else 0
        return convolve_along(
            x, taps, axis, mode, lags, cval, up, down, out=out, workers=workers
        )
    samples, reach = x.shape[axis], taps.size - 1
    first, last = lags or (0, (samples - 1) * up + reach)
    count = (last - first) // down + 1
    # The outputs whose taps reach a sample before the first one, and after the last.
    left = min(max(-((first - reach) // down), 0), count)
    right = min(max(-((first - samples * up) // down), 0), count)
    cuts = [0, left, right, count]
    if left >= right or x.size <= _COPIED:
        cuts = [0, count]
    axis %= x.ndim
    shape = (*x.shape[:axis], count, *x.shape[axis + 1 :])
    dtype = np.result_type(x, taps)
    result = output_for(out, shape, dtype, (x, taps))
    for begin, end in pairwise(cuts):
        if begin == end:
            continue
        lowest, highest = first + begin * down, first + (end - 1) * down
        # The samples under the last tap of the first output and the first tap of the
        # last output. An output between two samples may have no tap at all.
        start = min(lowest // up, -((reach - lowest) // up))
        stop = 1 + max(highest // up, -((reach - highest) // up))
        part = continued(x, axis, mode, start, stop, dtype)
        convolve_along(
            part, taps, axis, "constant", (lowest - start * up, highest - start * up),
            up=up, down=down, out=_part(result, axis, begin, end), workers=workers,
        )  # fmt: skip
    return copy_to(out, result)


def continued(
    x: NDArray[Any], axis: int, mode: str, start: int, stop: int, dtype: np.dtype
) -> NDArray[Any]:
    """Return the samples at positions from `start` to ``stop - 1`` along an axis.

    It is a view if all of them are inside; otherwise an array of type `dtype`.
    """
    samples = x.shape[axis]
    axis %= x.ndim
    inside = _part(x, axis, max(start, 0), min(stop, samples))
    if start >= 0 and stop <= samples:
        return inside
    parts = [inside.astype(dtype, copy=False)]
    with np.errstate(invalid="ignore", over="ignore"):
        if start < 0:
            positions = np.arange(start, min(stop, 0))
            parts.insert(0, _outside(x, axis, mode, positions, dtype))
        if stop > samples:
            positions = np.arange(max(start, samples), stop)
            parts.append(_outside(x, axis, mode, positions, dtype))
    return np.concatenate(parts, axis)


def _part(x: NDArray[Any], axis: int, start: int, stop: int) -> NDArray[Any]:
    """View a range of samples along an axis."""
    return x[(slice(None),) * axis + (slice(start, stop),)]


def _outside(
    x: NDArray[Any],
    axis: int,
    mode: str,
    positions: NDArray[np.intp],
    dtype: np.dtype,
) -> NDArray[Any]:
    """Return the samples at positions that are all before the signal, or all after."""
    samples = x.shape[axis]
    if samples == 1 and mode != "antisymmetric":
        mode = "edge"

    def sample(at: Any) -> NDArray[Any]:
        return x.take(at, axis).astype(dtype, copy=False)

    if mode in BOUNDARIES:
        return sample(fold(mode, samples, positions))

    def along(numbers: NDArray[Any]) -> NDArray[Any]:
        return numbers.reshape((-1,) + (1,) * (x.ndim - axis - 1))

    def multiples(numbers: NDArray[np.intp], of: NDArray[Any]) -> NDArray[Any]:
        return along(numbers).astype(real_type(dtype)) * of

    last = samples - 1
    end = 0 if positions[0] < 0 else last
    if mode == "antisymmetric":
        signs = 1 - 2 * (positions // samples % 2)
        return multiples(signs, sample(fold("symmetric", samples, positions)))
    if mode == "antireflect":
        near = sample(fold("reflect", samples, positions))
        if positions[0] >= -last and positions[-1] <= 2 * last:
            # the first period, most often all
            return 2 * sample([end]) - near
        # Each period of `last` positions is the point reflection of its neighbour at
        # the sample between them.
        periods = positions // last
        odd = periods % 2
        near = np.where(along(odd == 1), 2 * sample([end]) - near, near)
        rises = periods + (-odd if end else odd)
        # the other end takes no part in the first period, and may be infinite
        far = np.flatnonzero(rises)
        rise = multiples(rises[far], sample([last]) - sample([0]))
        near[(slice(None),) * axis + (far,)] += rise
        return near
    # the line through the sample at the end and another one
    neighbour = end - 1 if end else 1
    other = last - end if mode == "line" else neighbour
    slope = (sample([end]) - sample([other])) / (end - other)
    return sample([end]) + multiples(positions - end, slope)
