"""Filters along one axis after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._core import plan
from .._core.problem import Operand, Problem
from .._core.thresholds import THRESHOLDS
from .arguments import Window, axes_of_problem, constants_along
from .stages import Stage
from .sums import are_integers, largest_sum, plan_sums, stage_of_sums

# Integers up to this one are exact in single precision.
_EXACT_SINGLE = 2.0**24
# Sums that are cut to integers are below: SciPy's are defined as far.
_MOST_CUT = 2.0**31


class Pass(NamedTuple):
    """A correlation along one axis."""

    axis: int
    taps: NDArray[Any]
    """One-dimensional, of float64 or complex128."""
    window: Window


@dataclass(frozen=True)
class Passes:
    """Plans correlations along several axes at once."""

    roundings: tuple[float, ...] | None
    """As for `plan.separated`."""

    def __call__(self, problem: Problem) -> Any:
        """Plan a problem, or a part of it."""
        return plan.separated(problem, THRESHOLDS, self.roundings)


def stages_of_passes(
    shape: tuple[int, ...],
    dtype: np.dtype,
    stored: np.dtype,
    passes: Sequence[Pass],
    constant: Any,
) -> list[Stage]:
    """Return the stages of correlations along several axes: one, or one for each.

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
    if stored.char in "fF":
        passes = [each._replace(taps=in_single_precision(each.taps)) for each in passes]
    stages, read = [], dtype
    for each in passes:
        windows = {each.axis: each.window}
        stages.append(stage_of_sums(shape, read, stored, windows, each.taps, constant))
        read = stored
    if not _are_one(dtype, stages, passes, constant):
        return stages
    ordered = sorted(passes, key=lambda each: each.axis)
    axes = axes_of_problem(shape, {each.axis: each.window for each in ordered}, True)
    problem = Problem(axes, Operand(dtype), Operand(np.dtype(np.float64)), stored)
    roundings = None
    if stored.kind in "biu":
        sums = _type_of_exact_sums(dtype, passes, constant)
        problem = problem._replace(sums=sums or np.dtype(np.float64), overflow="cut")
        if sums is None or stored.kind == "b":
            roundings = tuple(stage.problem.rounding for stage in stages)
    plans = Passes(roundings)
    made = plans(problem)
    if made is None:
        return stages
    longest = max(each.taps.size for each in passes)
    if longest > THRESHOLDS.long_factor and made.seconds > sum(
        plan_sums(stage.problem).seconds for stage in stages
    ):
        return stages
    taps = tuple(each.taps for each in ordered)
    constants = constants_along(axes, constant)
    return [Stage(problem, plans, taps, constants, stored)]


def _type_of_exact_sums(
    dtype: np.dtype, passes: Sequence[Pass], constant: Any
) -> np.dtype | None:
    """Return a type in which integers are exact, whatever is stored between passes.

    Numbers modulo the range of a type have sums that are equal modulo this range. None:
    not all are integers, or no type has all of them.
    """
    if not all(are_integers(dtype, each.taps, constant) for each in passes):
        return None
    largest = largest_sum(dtype, np.ones(1), constant)
    for each in passes:
        largest *= max(1, float(abs(each.taps).sum()))
    if largest <= _EXACT_SINGLE:
        return np.dtype(np.float32)
    return np.dtype(np.float64) if largest < _MOST_CUT else None


def _are_one(
    dtype: np.dtype, stages: Sequence[Stage], passes: Sequence[Pass], constant: Any
) -> bool:
    """Tell whether the separable engine computes the results of several stages."""
    if not stages or any(each.taps.dtype.kind == "c" for each in passes):
        return False
    stored = stages[0].stored
    if stored.kind in "fc":
        # it computes in single precision if results have that
        if any(stage.converts for stage in stages):
            return False
        depends = bool(constant)
    else:
        # integers of 64 bits are not exact in double precision
        types = [dtype, *[stored] * (len(passes) - 1)]
        for kind, each in zip(types, passes, strict=True):
            if largest_sum(kind, each.taps, constant) >= _MOST_CUT:
                return False
        depends = True
    numbers = [each.axis for each in passes]
    return not depends or numbers == sorted(numbers)


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
