"""Maxima and minima of windows, with the words of `scipy.ndimage`."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._core import plan
from .._core.conversion import cast
from .._core.engines import extremum
from .._core.problem import Operand, Problem
from .._core.thresholds import THRESHOLDS
from .arguments import (
    Refused,
    Taps,
    Window,
    axes_of,
    axes_of_problem,
    constant_of,
    constants_along,
    integer,
    integer_constant,
    origins_of,
    taps_of,
    window,
)
from .boxes import boxes, plan_boxes, shortened, stages_of_boxes
from .calls import Output, Wanted, run
from .drop_in import drop_in
from .stages import Filter, Stage

# Frames from the warning to the call of a user.
_FRAMES = 4


@drop_in
def maximum_filter(
    input: ArrayLike,
    size: int | Sequence[int] | None = None,
    footprint: ArrayLike | None = None,
    output: Output = None,
    mode: str | Sequence[str] = "reflect",
    cval: float = 0.0,
    origin: int | Sequence[int] = 0,
    *,
    axes: int | Sequence[int] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    """Compute the maximum of the window around each sample.

    Parameters
    ----------
    input : array_like
        The image, of truth values or real numbers.
    size : int or sequence of int, optional
        Samples of a box, along all of `axes` or along each.
    footprint : array_like, optional
        A window that is no box: which samples are part of it. It has an axis for each
        one of `axes`.
    output : optional
        As for `correlate`.
    mode : str or sequence of str, optional
        As for `correlate`. With boxes it may be one word for each of `axes`.
    cval : float, optional
        The value outside in mode 'constant'. For integers, it is truncated toward zero,
        and limited to the range of their type.
    origin, axes, workers : optional
        As for `correlate`.

    Returns
    -------
    ndarray, of the shape of the image
        Exact for all types. If a sample of a window is NaN, so is the maximum. The time
        for boxes hardly depends on their size.

    Raises
    ------
    ValueError, TypeError, RuntimeError
        If an argument is wrong, with SciPy's message.

    References
    ----------
    .. [1] `scipy.ndimage.maximum_filter`

    Examples
    --------
    >>> from pyconvolve import ndimage
    >>> ndimage.maximum_filter([2, 8, 0, 4, 1, 9, 9, 0], 3)
    array([8, 8, 8, 4, 9, 9, 9, 9])
    """
    warn_of_size(size, footprint)
    return filtered(
        "max", input, size, footprint, None, output, mode, cval, origin, axes, workers
    )


@drop_in
def minimum_filter(
    input: ArrayLike,
    size: int | Sequence[int] | None = None,
    footprint: ArrayLike | None = None,
    output: Output = None,
    mode: str | Sequence[str] = "reflect",
    cval: float = 0.0,
    origin: int | Sequence[int] = 0,
    *,
    axes: int | Sequence[int] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    """Compute the minimum of the window around each sample.

    Parameters
    ----------
    input : array_like
        The image, of truth values or real numbers.
    size, footprint, output, mode, cval, origin, axes, workers : optional
        As for `maximum_filter`.

    Returns
    -------
    ndarray, of the shape of the image
        As for `maximum_filter`.

    Raises
    ------
    ValueError, TypeError, RuntimeError
        If an argument is wrong, with SciPy's message.

    References
    ----------
    .. [1] `scipy.ndimage.minimum_filter`

    Examples
    --------
    >>> from pyconvolve import ndimage
    >>> ndimage.minimum_filter([2, 8, 0, 4, 1, 9, 9, 0], 3)
    array([2, 0, 0, 0, 1, 1, 0, 0])
    """
    warn_of_size(size, footprint)
    return filtered(
        "min", input, size, footprint, None, output, mode, cval, origin, axes, workers
    )


@drop_in
def maximum_filter1d(
    input: ArrayLike,
    size: int,
    axis: int = -1,
    output: Output = None,
    mode: str = "reflect",
    cval: float = 0.0,
    origin: int = 0,
    *,
    workers: int | None = None,
) -> NDArray[Any]:
    """Compute the maximum of the samples around each sample, along one axis.

    Parameters
    ----------
    input : array_like
        The image, of truth values or real numbers.
    size : int
        Samples of a window.
    axis : int, optional
        The axis to filter along.
    output, mode, cval, origin, workers : optional
        As for `maximum_filter`.

    Returns
    -------
    ndarray, of the shape of the image
        As for `maximum_filter`.

    Raises
    ------
    ValueError, TypeError, RuntimeError
        If an argument is wrong, with SciPy's message.

    References
    ----------
    .. [1] `scipy.ndimage.maximum_filter1d`

    Examples
    --------
    >>> from pyconvolve import ndimage
    >>> ndimage.maximum_filter1d([2, 8, 0, 4, 1, 9, 9, 0], 3, mode="constant", cval=5)
    array([8, 8, 8, 4, 9, 9, 9, 9])
    """
    arguments = "max", size, axis, mode, cval, origin
    return run(_prepare_1d, input, output, arguments, workers)


@drop_in
def minimum_filter1d(
    input: ArrayLike,
    size: int,
    axis: int = -1,
    output: Output = None,
    mode: str = "reflect",
    cval: float = 0.0,
    origin: int = 0,
    *,
    workers: int | None = None,
) -> NDArray[Any]:
    """Compute the minimum of the samples around each sample, along one axis.

    Parameters
    ----------
    input : array_like
        The image, of truth values or real numbers.
    size : int
        Samples of a window.
    axis : int, optional
        The axis to filter along.
    output, mode, cval, origin, workers : optional
        As for `maximum_filter`.

    Returns
    -------
    ndarray, of the shape of the image
        As for `maximum_filter`.

    Raises
    ------
    ValueError, TypeError, RuntimeError
        If an argument is wrong, with SciPy's message.

    References
    ----------
    .. [1] `scipy.ndimage.minimum_filter1d`

    Examples
    --------
    >>> from pyconvolve import ndimage
    >>> ndimage.minimum_filter1d([2, 8, 0, 4, 1, 9, 9, 0], 3)
    array([2, 0, 0, 0, 1, 1, 0, 0])
    """
    arguments = "min", size, axis, mode, cval, origin
    return run(_prepare_1d, input, output, arguments, workers)


def warn_of_size(size: Any, footprint: Any) -> None:
    """Warn as SciPy does; to be called by functions that users call."""
    if size is not None and footprint is not None:
        warnings.warn(
            "ignoring size because footprint is set", UserWarning, stacklevel=_FRAMES
        )


def filtered(
    reduction: str,
    input: ArrayLike,
    size: Any,
    footprint: Any,
    structure: Any,
    output: Any,
    mode: Any,
    cval: Any,
    origin: Any,
    axes: Any,
    workers: int | None,
) -> NDArray[Any]:
    """Return maxima or minima of windows, of samples plus or minus a structure.

    Parameters
    ----------
    reduction : {'max', 'min'}
    structure : array_like or None
        A number for each sample of a window. For maxima it is added before samples are
        compared, for minima it is subtracted.

    The other arguments are those of `maximum_filter`.
    """
    arguments = (
        reduction,
        size,
        footprint if footprint is None else taps_of(footprint, bool),
        structure if structure is None else taps_of(structure, np.float64),
        mode,
        cval,
        origin,
        axes,
    )
    return run(_prepare, input, output, arguments, workers)


def _prepare_1d(
    wanted: Wanted,
    reduction: str,
    size: Any,
    axis: Any,
    mode: Any,
    cval: Any,
    origin: Any,
) -> Filter:
    """Prepare `maximum_filter1d` or `minimum_filter1d`."""
    (along,) = axes_of(integer(axis), len(wanted.shape))
    windows = {along: window(integer(size), origin, mode)}
    return _extrema(wanted, reduction, windows, cval, None, None)


def _prepare(
    wanted: Wanted,
    reduction: str,
    size: Any,
    footprint: Taps | None,
    structure: Taps | None,
    mode: Any,
    cval: Any,
    origin: Any,
    axes: Any,
) -> Filter:
    """Prepare a filter with boxes, footprints or structures."""
    ndim = len(wanted.shape)
    support = None if footprint is None else footprint.array()
    if is_box(support, structure):
        sizes = size if support is None else support.shape
        if sizes is None:
            raise Refused
        return _extrema(wanted, reduction, boxes(ndim, sizes, mode, origin, axes), cval)
    heights = None if structure is None else structure.array()
    if support is None:
        assert heights is not None
        support = np.ones(heights.shape, bool)
    if not support.any():
        raise Refused
    if heights is not None and heights.shape != support.shape:
        raise Refused
    windows = windows_of(ndim, support.shape, mode, origin, axes)
    return _extrema(wanted, reduction, windows, cval, support, heights)


def is_box(footprint: Any, structure: Any) -> bool:
    """Whether a window is a box, whose sizes are in the order of the argument `axes`.

    The axes of other windows are in the order of the image's axes.
    """
    return structure is None and (footprint is None or bool(np.all(footprint)))


def windows_of(
    ndim: int, sizes: Sequence[int], mode: Any, origin: Any, axes: Any
) -> dict[int, Window]:
    """Return the window along each axis of a footprint."""
    chosen = axes_of(axes, ndim)
    if len(sizes) != len(chosen):
        raise Refused
    origins = origins_of(origin, chosen, ndim)
    return {
        a: window(taps, origins[a], mode)
        for a, taps in zip(sorted(chosen), sizes, strict=True)
    }


def _extrema(
    wanted: Wanted,
    reduction: str,
    windows: dict[int, Window],
    cval: Any,
    support: NDArray[np.bool_] | None = None,
    heights: NDArray[np.float64] | None = None,
) -> Filter:
    shape, dtype = wanted.shape, wanted.dtype
    stored = wanted.result(False)
    computed = dtype.newbyteorder("=")
    if heights is not None and computed.kind == "b":
        # SciPy adds bytes to some truth values, and numbers to others
        raise Refused
    constant: float = constant_of(cval)
    if computed.kind != "f":
        constant = integer_constant(constant, computed)
    if not windows:
        return Filter(shape, stored, [])
    if support is None:
        windows = {a: shortened(box, shape[a]) for a, box in windows.items()}

    def make(some: dict[int, Window], kind: np.dtype, is_last: bool) -> Stage:
        axes = axes_of_problem(shape, some, False)
        problem = Problem(axes, Operand(kind), None, computed, reduction)
        outside = constants_along(axes, constant)
        result = stored if is_last else computed
        return Stage(problem, plan_boxes, None, outside, result)

    if support is None:
        return Filter(shape, stored, stages_of_boxes(windows, dtype, make))
    stage = make(windows, dtype, True)
    if not support.all():
        stage = stage._replace(
            problem=stage.problem._replace(support=support.tobytes())
        )
    if heights is not None:
        added = np.empty(heights.shape, computed)
        cast(heights if reduction == "max" else -heights, added)
        stage = stage._replace(plan=plan_raised_extrema, operand=added)
    return Filter(shape, stored, [stage])


def plan_raised_extrema(problem: Problem) -> plan.Plan:
    """Plan maxima or minima of samples to which heights are added."""
    made = extremum.plan(problem, THRESHOLDS)
    assert made is not None
    return made.lay_out()
