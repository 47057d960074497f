"""Boxes: windows along several axes, in one stage or in one for each axis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._core import plan
from .._core.problem import Problem
from .._core.thresholds import THRESHOLDS
from .arguments import Refused, Window, axes_of, each, window
from .stages import Stage

# Predicted seconds of a stage from which on it may be divided: plans take time, too.
_WORTH_PLANS = 1e-4

# Makes the stage for some windows of an image of a type; the last argument tells
# whether its results are those of the filter.
Make = Callable[[dict[int, Window], np.dtype, bool], Stage]


def boxes(ndim: int, size: Any, mode: Any, origin: Any, axes: Any) -> dict[int, Window]:
    """Return the window along each axis where it has more than one sample.

    The axes are in the order in which SciPy filters along them.
    """
    chosen = axes_of(axes, ndim)
    options = [each(value, len(chosen)) for value in (size, origin, mode)]
    windows = {}
    for axis, samples, moved, word in zip(chosen, *options, strict=True):
        if not isinstance(samples, int | float | np.number):
            raise Refused
        if samples > 1:
            windows[axis] = window(int(samples), moved, word)
    return windows


def shortened(long: Window, samples: int) -> Window:
    """Return a shorter window that holds the same samples, some of them less often.

    A window that reaches as far as the axis is long, to both sides, holds all samples
    and those beyond both ends. To one side only, twice as far is enough.
    """
    left, right = long.left, long.right
    most = samples if min(left, right) >= samples else 2 * samples
    left, right = min(left, most), min(right, most)
    size = left + right + 1
    return long._replace(size=size, origin=left - size // 2)


def stages_of_boxes(
    windows: dict[int, Window], dtype: np.dtype, make: Make
) -> list[Stage]:
    """Return one stage for all windows, or one for each axis if that takes less time.

    Boxes with many long axes have intermediate results that no cache holds.
    """
    whole = make(windows, dtype, True)
    if len(windows) == 1:
        return [whole]
    seconds = plan_boxes(whole.problem).seconds
    if seconds < _WORTH_PLANS:
        return [whole]
    parts: list[Stage] = []
    for axis, box in windows.items():
        parts.append(make({axis: box}, dtype, len(parts) == len(windows) - 1))
        dtype = parts[-1].stored
    if sum(plan_boxes(part.problem).seconds for part in parts) < seconds:
        return parts
    return [whole]


def plan_boxes(problem: Problem) -> plan.Plan:
    """Plan a reduction without a kernel."""
    return plan.reduced(problem, THRESHOLDS)
