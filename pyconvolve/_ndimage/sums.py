"""Sums of products: in which type they are computed, and by which engine."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._core import plan
from .._core.forms import without_zeros
from .._core.problem import Operand, Problem
from .._core.thresholds import THRESHOLDS
from .._scipy.choice import prefers_image_sums
from .arguments import Range, Window, axes_of_problem, constants_along
from .sparse import faster_if_finite
from .stages import Stage

# SciPy's weights have double precision. Integers up to this one are exact there.
_EXACT = 2.0**53
# Bounds of the error of a sum in double precision: in parts of the largest sum, and in
# all. The mean of equal samples is then this sample, not the integer below.
_ROUNDING, _MOST_ROUNDING = 2.0**-46, 2.0**-30
# Weights of single precision sums: others might overflow or underflow there.
_LEAST, _MOST = 2.0**-80, 2.0**80


def stage_of_sums(
    shape: tuple[int, ...],
    dtype: np.dtype,
    stored: np.dtype,
    windows: dict[int, Window],
    taps: NDArray[Any],
    constant: Any,
    omits_zeros: bool = False,
) -> Stage:
    """Return the stage that sums the products of samples and taps.

    Parameters
    ----------
    shape, dtype
        Of the image.
    stored : dtype
        Of the results.
    windows : dict
        Axis of the image -> window.
    taps : ndarray of float64 or complex128
        Its axes are those with windows, in their order.
    constant : float or complex
        The constant outside.
    omits_zeros : bool, optional
        Whether taps that are zero take no part: their products with NaN or infinity,
        which are NaN, are not added.
    """
    computed = _type_of_sums(dtype, stored, taps)
    if stored.kind in "iu" and are_integers(dtype, taps, constant):
        # modulo the range of the type, which is SciPy's result, too
        taps, computed = taps.astype(np.int64), stored
        constant = np.int64(constant).astype(stored).item()
        omits_zeros = False
    axes = axes_of_problem(shape, windows, True)
    problem = Problem(axes, Operand(dtype), Operand(taps.dtype), computed)
    if stored.kind in "biu" and computed != stored:
        largest = largest_sum(dtype, taps, constant)
        rounding = 0.0 if largest == inf else min(_ROUNDING * largest, _MOST_ROUNDING)
        problem = problem._replace(
            output=stored, sums=computed, overflow="cut", rounding=rounding
        )
    constants = constants_along(axes, constant)
    may_be_nan = dtype.kind in "fc" or not np.isfinite(constants or 0).all()
    if omits_zeros and may_be_nan and not taps.all():
        if taps.any():
            problem, taps = without_zeros(problem, taps, taps != 0)
        else:
            problem = problem._replace(support=bytes(taps.size))
    return Stage(problem, plan_sums, taps, constants, stored)


def largest_sum(dtype: np.dtype, taps: NDArray[Any], constant: Any) -> float:
    """Return a bound of the magnitudes of sums; infinity: there is none."""
    if dtype.kind not in "biu" or taps.dtype.kind == "c":
        return inf
    low, high = Range.of(dtype, constant)
    above, below = float(taps[taps > 0].sum()), -float(taps[taps < 0].sum())
    return max(above * high - below * low, below * high - above * low)


def _type_of_sums(dtype: np.dtype, stored: np.dtype, taps: NDArray[Any]) -> np.dtype:
    """Return the type in which sums are computed."""
    wide = np.dtype(np.complex128 if stored.kind == "c" else np.float64)
    if stored.char not in "fF":
        return wide
    magnitudes = abs(taps[taps != 0])
    if not magnitudes.size:
        return stored
    is_usual = magnitudes.min() > _LEAST and magnitudes.max() < _MOST
    return stored if is_usual else wide


def are_integers(dtype: np.dtype, taps: NDArray[Any], constant: float) -> bool:
    """Tell whether samples, taps and the constant outside are integers."""
    return (
        dtype.kind in "biu"
        and taps.dtype.kind == "f"
        and bool((abs(taps) <= _EXACT).all() and (taps == np.rint(taps)).all())
        and abs(constant) <= _EXACT
        and constant == int(constant)
    )


def plan_sums(problem: Problem) -> Any:
    """Plan a sum over all taps that take part."""
    made = plan.fastest(problem, "auto", THRESHOLDS, prefers_image_sums)
    if problem.support is None:
        return made
    return faster_if_finite(problem, made, plan_sums)
