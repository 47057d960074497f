"""Correlations and convolutions of images, with the words of `scipy.ndimage`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .arguments import (
    Refused,
    Taps,
    Window,
    axes_of,
    constant_of,
    integer,
    origins_of,
    reversed_origin,
    taps_of,
    window,
)
from .calls import Output, Wanted, run
from .drop_in import drop_in
from .separable import Pass, stages_of_passes
from .stages import Filter
from .sums import stage_of_sums

# Smaller weights of `convolve` and `correlate` take no part, as in SciPy.
_EPS = np.finfo(np.float64).eps


@drop_in
def correlate(
    input: ArrayLike,
    weights: ArrayLike,
    output: Output = None,
    mode: str = "reflect",
    cval: complex = 0.0,
    origin: int | Sequence[int] = 0,
    *,
    axes: int | Sequence[int] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    """Correlate an image with a kernel.

    Parameters
    ----------
    input : array_like
        The image, of any number of dimensions.
    weights : array_like
        The kernel, with an axis for each one of `axes`. If it is complex, it is
        conjugated. Weights of a magnitude up to 2.2e-16 take no part, not even where
        samples are NaN.
    output : ndarray, dtype or str, optional
        The array for the results, or their type. By default results have the type of
        the image.
    mode : {'reflect', 'mirror', 'nearest', 'wrap', 'constant'}, optional
        How the image is continued: by its mirror image, with the last sample repeated
        or not, by its last sample, periodically, or by `cval`. 'grid-mirror' is
        'reflect', 'grid-wrap' is 'wrap', and 'grid-constant' is 'constant'.
    cval : scalar, optional
        The value outside in mode 'constant'.
    origin : int or sequence of int, optional
        By how many samples the outputs move towards higher indices.
    axes : int or sequence of int, optional
        The axes to filter along, all by default.
    workers : int, optional
        As for `pyconvolve.correlate`; SciPy has no such argument.

    Returns
    -------
    ndarray, of the shape of the image
        Computed in double precision unless it is of single precision. Integers are
        truncated toward zero, and stored modulo the range of their type.

    Raises
    ------
    ValueError, TypeError, RuntimeError
        If an argument is wrong, with SciPy's message.

    References
    ----------
    .. [1] `scipy.ndimage.correlate`

    Examples
    --------
    >>> from pyconvolve import ndimage
    >>> ndimage.correlate([[1, 2], [3, 4]], [[0, 1]], origin=(0, -1), mode="wrap")
    array([[2, 1],
           [4, 3]])
    """
    arguments = taps_of(weights), mode, cval, origin, axes
    return run(_prepare_correlate, input, output, arguments, workers)


@drop_in
def convolve(
    input: ArrayLike,
    weights: ArrayLike,
    output: Output = None,
    mode: str = "reflect",
    cval: complex = 0.0,
    origin: int | Sequence[int] = 0,
    *,
    axes: int | Sequence[int] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    """Convolve an image with a kernel.

    Parameters
    ----------
    input : array_like
        The image, of any number of dimensions.
    weights : array_like
        The kernel, with an axis for each one of `axes`. Weights of a magnitude up to
        2.2e-16 take no part, not even where samples are NaN.
    output, mode, cval : optional
        As for `correlate`.
    origin : int or sequence of int, optional
        By how many samples the outputs move towards lower indices.
    axes, workers : optional
        As for `correlate`.

    Returns
    -------
    ndarray, of the shape of the image
        As for `correlate`.

    Raises
    ------
    ValueError, TypeError, RuntimeError
        If an argument is wrong, with SciPy's message.

    References
    ----------
    .. [1] `scipy.ndimage.convolve`

    Examples
    --------
    >>> from pyconvolve import ndimage
    >>> ndimage.convolve([0, 0, 1, 0, 0], [1, 2, 3])
    array([0, 1, 2, 3, 0])
    """
    arguments = taps_of(weights), mode, cval, origin, axes
    return run(_prepare_convolve, input, output, arguments, workers)


@drop_in
def correlate1d(
    input: ArrayLike,
    weights: ArrayLike,
    axis: int = -1,
    output: Output = None,
    mode: str = "reflect",
    cval: complex = 0.0,
    origin: int = 0,
    *,
    workers: int | None = None,
) -> NDArray[Any]:
    """Correlate an image with a kernel along one axis.

    Parameters
    ----------
    input : array_like
        The image.
    weights : array_like, one-dimensional
        The kernel. If it is complex, it is conjugated.
    axis : int, optional
        The axis to filter along.
    output, mode, cval, origin, workers : optional
        As for `correlate`.

    Returns
    -------
    ndarray, of the shape of the image
        As for `correlate`.

    Raises
    ------
    ValueError, TypeError, RuntimeError
        If an argument is wrong, with SciPy's message.

    References
    ----------
    .. [1] `scipy.ndimage.correlate1d`

    Examples
    --------
    >>> from pyconvolve import ndimage
    >>> ndimage.correlate1d([2, 8, 0, 4, 1, 9, 9, 0], [1, 3])
    array([ 8, 26,  8, 12,  7, 28, 36,  9])
    """
    arguments = taps_of(weights), axis, mode, cval, origin, False
    return run(_prepare_1d, input, output, arguments, workers)


@drop_in
def convolve1d(
    input: ArrayLike,
    weights: ArrayLike,
    axis: int = -1,
    output: Output = None,
    mode: str = "reflect",
    cval: complex = 0.0,
    origin: int = 0,
    *,
    workers: int | None = None,
) -> NDArray[Any]:
    """Convolve an image with a kernel along one axis.

    Parameters
    ----------
    input : array_like
        The image.
    weights : array_like, one-dimensional
        The kernel.
    axis : int, optional
        The axis to filter along.
    output, mode, cval, origin, workers : optional
        As for `convolve`.

    Returns
    -------
    ndarray, of the shape of the image
        As for `correlate`.

    Raises
    ------
    ValueError, TypeError, RuntimeError
        If an argument is wrong, with SciPy's message.

    References
    ----------
    .. [1] `scipy.ndimage.convolve1d`

    Examples
    --------
    >>> from pyconvolve import ndimage
    >>> ndimage.convolve1d([2, 8, 0, 4, 1, 9, 9, 0], [1, 3])
    array([14, 24,  4, 13, 12, 36, 27,  0])
    """
    arguments = taps_of(weights), axis, mode, cval, origin, True
    return run(_prepare_1d, input, output, arguments, workers)


def _prepare_correlate(wanted: Wanted, weights: Taps, *options: Any) -> Filter:
    return _prepare(wanted, weights, False, *options)


def _prepare_convolve(wanted: Wanted, weights: Taps, *options: Any) -> Filter:
    return _prepare(wanted, weights, True, *options)


def _prepare(
    wanted: Wanted,
    weights: Taps,
    convolving: bool,
    mode: Any,
    cval: Any,
    origin: Any,
    axes: Any,
) -> Filter:
    """Prepare `convolve` or `correlate`."""
    shape, dtype = wanted.shape, wanted.dtype
    taps = _weights(weights, convolving)
    stored = wanted.result("c" in (dtype.kind, taps.dtype.kind))
    windows = windows_of(len(shape), taps.shape, convolving, mode, origin, axes)
    taps = np.where(
        (abs(taps.real) > _EPS) | (abs(taps.imag) > _EPS), taps, taps.dtype.type(0)
    )
    constant = constant_of(cval, dtype.kind == "c")
    stage = stage_of_sums(shape, dtype, stored, windows, taps, constant, True)
    return Filter(shape, stored, [stage])


def _prepare_1d(
    wanted: Wanted,
    weights: Taps,
    axis: Any,
    mode: Any,
    cval: Any,
    origin: Any,
    convolving: bool,
) -> Filter:
    """Prepare `convolve1d` or `correlate1d`."""
    shape, dtype = wanted.shape, wanted.dtype
    taps = _weights(weights, convolving)
    stored = wanted.result("c" in (dtype.kind, taps.dtype.kind))
    if taps.ndim != 1:
        raise Refused
    along, found = window_along(len(shape), taps.size, convolving, mode, origin, axis)
    constant = constant_of(cval, dtype.kind == "c")
    passes = [Pass(along, taps, found)]
    return Filter(
        shape, stored, stages_of_passes(shape, dtype, stored, passes, constant)
    )


def windows_of(
    ndim: int,
    sizes: Sequence[int],
    convolving: bool,
    mode: Any,
    origin: Any,
    axes: Any,
) -> dict[int, Window]:
    """Return the window along each axis of `convolve` or `correlate`."""
    chosen = axes_of(axes, ndim)
    if len(sizes) != len(chosen) or 0 in sizes or not sizes:
        raise Refused
    origins = origins_of(origin, chosen, ndim)
    windows = {}
    for a, size in zip(sorted(chosen), sizes, strict=True):
        moved = reversed_origin(size, origins[a]) if convolving else origins[a]
        windows[a] = window(size, moved, mode)
    return windows


def window_along(
    ndim: int, size: int, convolving: bool, mode: Any, origin: Any, axis: Any
) -> tuple[int, Window]:
    """Return axis and window of `convolve1d` or `correlate1d`."""
    (along,) = axes_of(integer(axis), ndim)
    moved = reversed_origin(size, origin) if convolving else origin
    return along, window(size, moved, mode)


def _weights(weights: Taps, convolving: bool) -> NDArray[Any]:
    """Return weights as they are multiplied, in double precision."""
    given = weights.array()
    taps = given.astype(np.complex128 if given.dtype.kind == "c" else np.float64)
    if convolving:
        return np.flip(taps).copy()
    return taps.conj()
