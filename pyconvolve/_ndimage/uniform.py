"""Means of boxes, with the words of `scipy.ndimage`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._core.problem import Operand, Problem
from .arguments import (
    Window,
    axes_of,
    axes_of_problem,
    constant_of,
    constants_along,
    integer,
    limits,
    window,
)
from .boxes import boxes, plan_boxes, stages_of_boxes
from .calls import Output, Wanted, run
from .drop_in import drop_in
from .stages import Components, Filter, Stage

# Integers up to this one are exact in single precision.
_EXACT = 1 << 24
# Positions that are counted: all.
_EVERYWHERE = -(2**62), 2**62


@drop_in
def uniform_filter(
    input: ArrayLike,
    size: int | Sequence[int] = 3,
    output: Output = None,
    mode: str | Sequence[str] = "reflect",
    cval: complex = 0.0,
    origin: int | Sequence[int] = 0,
    *,
    axes: int | Sequence[int] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    """Compute the mean of the box around each sample.

    Parameters
    ----------
    input : array_like
        The image.
    size : int or sequence of int, optional
        Samples of the box, along all of `axes` or along each.
    output, cval : optional
        As for `correlate`.
    mode : str or sequence of str, optional
        As for `correlate`, for all of `axes` or for each.
    origin, axes, workers : optional
        As for `correlate`.

    Returns
    -------
    ndarray, of the shape of the image
        If its type holds integers, means along each axis are truncated toward zero
        before those along the next. NaN, infinities and large samples change the means
        of the boxes that hold them, and no others. The time hardly depends on `size`.

    Raises
    ------
    ValueError, TypeError, RuntimeError
        If an argument is wrong, with SciPy's message.

    References
    ----------
    .. [1] `scipy.ndimage.uniform_filter`

    Examples
    --------
    >>> from pyconvolve import ndimage
    >>> ndimage.uniform_filter([1e16, 1, 1, 1, 1, 1], 3)[-1]
    np.float64(1.0)
    """
    arguments = size, mode, cval, origin, axes
    return run(_prepare, input, output, arguments, workers)


@drop_in
def uniform_filter1d(
    input: ArrayLike,
    size: int,
    axis: int = -1,
    output: Output = None,
    mode: str = "reflect",
    cval: complex = 0.0,
    origin: int = 0,
    *,
    workers: int | None = None,
) -> NDArray[Any]:
    """Compute the mean of the samples around each sample, along one axis.

    Parameters
    ----------
    input : array_like
        The image.
    size : int
        Samples of a mean.
    axis : int, optional
        The axis to filter along.
    output, mode, cval, origin, workers : optional
        As for `correlate`.

    Returns
    -------
    ndarray, of the shape of the image
        As for `uniform_filter`.

    Raises
    ------
    ValueError, TypeError, RuntimeError
        If an argument is wrong, with SciPy's message.

    References
    ----------
    .. [1] `scipy.ndimage.uniform_filter1d`

    Examples
    --------
    >>> from pyconvolve import ndimage
    >>> ndimage.uniform_filter1d([2, 8, 0, 4, 1, 9, 9, 0], 3)
    array([4, 3, 4, 1, 4, 6, 6, 3])
    """
    arguments = size, axis, mode, cval, origin
    return run(_prepare_1d, input, output, arguments, workers)


def _prepare(
    wanted: Wanted, size: Any, mode: Any, cval: Any, origin: Any, axes: Any
) -> Filter | Components:
    """Prepare `uniform_filter`."""
    windows = boxes(len(wanted.shape), size, mode, origin, axes)
    return _means(wanted, windows, cval)


def _prepare_1d(
    wanted: Wanted, size: Any, axis: Any, mode: Any, cval: Any, origin: Any
) -> Filter | Components:
    """Prepare `uniform_filter1d`."""
    (along,) = axes_of(integer(axis), len(wanted.shape))
    return _means(wanted, {along: window(integer(size), origin, mode)}, cval)


def _means(
    wanted: Wanted, windows: dict[int, Window], cval: Any
) -> Filter | Components:
    dtype, is_complex = wanted.dtype, wanted.dtype.kind == "c"
    stored = wanted.result(is_complex)
    constant = constant_of(cval, is_complex)
    if not is_complex:
        return _real_means(wanted.shape, dtype, stored, windows, constant)
    real, stored_real = (np.empty(0, kind).real.dtype for kind in (dtype, stored))
    parts = [
        _real_means(wanted.shape, real, stored_real, windows, value)
        for value in (constant.real, constant.imag)
    ]
    return Components(stored, *parts)


def _real_means(
    shape: tuple[int, ...],
    dtype: np.dtype,
    stored: np.dtype,
    windows: dict[int, Window],
    constant: float,
) -> Filter:
    if not windows:
        return Filter(shape, stored, [])
    if stored.kind == "f":

        def make(some: dict[int, Window], kind: np.dtype, is_last: bool) -> Stage:
            # single precision has no room for integers of 32 bits
            is_wide = kind.kind in "iu" and kind.itemsize > 2
            computed = np.dtype(np.float64) if is_wide else stored
            return _stage(shape, kind, computed, stored, some, constant)

        return Filter(shape, stored, stages_of_boxes(windows, dtype, make))
    stages = []
    for axis, box in windows.items():
        computed = _type_of_sums(dtype, box.size, constant)
        stages.append(_stage(shape, dtype, computed, stored, {axis: box}, constant))
        dtype = stored
    return Filter(shape, stored, stages)


def _type_of_sums(dtype: np.dtype, size: int, constant: float) -> np.dtype:
    """Return the type in which means are computed that are truncated.

    Their sums are exact if samples have 32 bits at most. A quotient of numbers that are
    exact is never rounded up to an integer.
    """
    if dtype.kind == "f":
        return np.dtype(np.float64)
    largest = max(*map(abs, limits(dtype)), abs(constant))
    is_exact = size * largest <= _EXACT and constant.is_integer()
    return np.dtype(np.float32 if is_exact else np.float64)


def _stage(
    shape: tuple[int, ...],
    dtype: np.dtype,
    computed: np.dtype,
    stored: np.dtype,
    windows: dict[int, Window],
    constant: float,
) -> Stage:
    axes = axes_of_problem(shape, windows, False)
    problem = Problem(axes, Operand(dtype), None, computed)
    if stored.kind in "biu":
        problem = problem._replace(output=stored, sums=computed, overflow="cut")
    return Stage(
        problem, plan_boxes, [_EVERYWHERE] * len(axes),
        constants_along(axes, constant), stored,
    )  # fmt: skip
