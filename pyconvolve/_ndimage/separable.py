"""Filters along one axis after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .arguments import Window
from .stages import Stage
from .sums import stage_of_sums


class Pass(NamedTuple):
    """A correlation along one axis."""

    axis: int
    taps: NDArray[Any]
    """One-dimensional, of float64 or complex128."""
    window: Window


def stages_of_passes(
    shape: tuple[int, ...],
    dtype: np.dtype,
    stored: np.dtype,
    passes: Sequence[Pass],
    constant: Any,
) -> list[Stage]:
    """Return the stages of correlations along several axes.

    Results of each pass have the type `stored`, and the next pass continues them
    outside, as in SciPy.

    Parameters
    ----------
    shape, dtype
        Of the image.
    stored : dtype
        Of the results.
    passes : sequence of Pass
        In their order. No two are along the same axis.
    constant : float or complex
        The constant outside of each pass.
    """
    stages = []
    for each in passes:
        windows = {each.axis: each.window}
        taps = each.taps if stored.char not in "fF" else in_single_precision(each.taps)
        stages.append(stage_of_sums(shape, dtype, stored, windows, taps, constant))
        dtype = stored
    return stages


def in_single_precision(taps: NDArray[Any]) -> NDArray[Any]:
    """Round symmetric taps to single precision so that their sum changes least.

    Otherwise a smoothed image would be brighter or darker by some parts of 1e8. Each
    tap is one of the two numbers of single precision next to it, so that it is as
    precise as others.
    """
    if taps.dtype.kind == "c" or not (taps == taps[::-1]).all():
        return taps
    rounded = taps.astype(np.float32)
    missing = float(taps.sum() - rounded.sum(dtype=np.float64))
    half = (taps.size + 1) // 2
    for k in sorted(range(half), key=lambda k: -abs(taps[k])):
        pair = {k, taps.size - 1 - k}
        if taps[k] == rounded[k]:
            continue
        other = np.nextafter(
            rounded[k], np.float32(np.inf if taps[k] > rounded[k] else -np.inf)
        )
        change = len(pair) * (float(other) - float(rounded[k]))
        if abs(missing - change) < abs(missing):
            rounded[[*pair]] = other
            missing -= change
    return rounded.astype(np.float64)
