"""Differences of neighbouring samples, with the words of `scipy.ndimage`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .arguments import Window, axes_of, constant_of, each, integer, window
from .calls import Output, Wanted, run
from .drop_in import drop_in
from .separable import Pass, stages_of_passes
from .stages import Combined, Filter
from .sums import are_integers, stage_of_sums

_DIFFERENCE = -1.0, 0.0, 1.0
_SECOND_DIFFERENCE = 1.0, -2.0, 1.0
# Axes up to which second differences are summed as one kernel, most of whose taps are
# zero.
_MOST_AXES = 3


@drop_in
def sobel(
    input: ArrayLike,
    axis: int = -1,
    output: Output = None,
    mode: str | Sequence[str] = "reflect",
    cval: complex = 0.0,
    *,
    workers: int | None = None,
) -> NDArray[Any]:
    """Compute differences along one axis, smoothed along the others by (1, 2, 1).

    Parameters
    ----------
    input : array_like
        The image.
    axis : int, optional
        The axis of the differences.
    output, cval, workers : optional
        As for `correlate`.
    mode : str or sequence of str, optional
        As for `correlate`, for all axes or for each.

    Returns
    -------
    ndarray, of the shape of the image
        As for `correlate`.

    Raises
    ------
    ValueError, TypeError, RuntimeError
        If an argument is wrong, with SciPy's message.

    See Also
    --------
    pyconvolve.kernels.sobel : the kernel, normalised

    References
    ----------
    .. [1] `scipy.ndimage.sobel`

    Examples
    --------
    >>> import numpy as np
    >>> from pyconvolve import ndimage
    >>> ndimage.sobel(np.arange(9.0).reshape(3, 3), 0)
    array([[12., 12., 12.],
           [24., 24., 24.],
           [12., 12., 12.]])
    """
    arguments = axis, mode, cval, (1.0, 2.0, 1.0)
    return run(_prepare_gradient, input, output, arguments, workers)


@drop_in
def prewitt(
    input: ArrayLike,
    axis: int = -1,
    output: Output = None,
    mode: str | Sequence[str] = "reflect",
    cval: complex = 0.0,
    *,
    workers: int | None = None,
) -> NDArray[Any]:
    """Compute differences along one axis, smoothed along the others by (1, 1, 1).

    Parameters
    ----------
    input : array_like
        The image.
    axis : int, optional
        The axis of the differences.
    output, mode, cval, workers : optional
        As for `sobel`.

    Returns
    -------
    ndarray, of the shape of the image
        As for `correlate`.

    Raises
    ------
    ValueError, TypeError, RuntimeError
        If an argument is wrong, with SciPy's message.

    See Also
    --------
    pyconvolve.kernels.prewitt : the kernel, normalised

    References
    ----------
    .. [1] `scipy.ndimage.prewitt`

    Examples
    --------
    >>> import numpy as np
    >>> from pyconvolve import ndimage
    >>> ndimage.prewitt(np.arange(9.0).reshape(3, 3), 0)
    array([[ 9.,  9.,  9.],
           [18., 18., 18.],
           [ 9.,  9.,  9.]])
    """
    arguments = axis, mode, cval, (1.0, 1.0, 1.0)
    return run(_prepare_gradient, input, output, arguments, workers)


@drop_in
def laplace(
    input: ArrayLike,
    output: Output = None,
    mode: str | Sequence[str] = "reflect",
    cval: complex = 0.0,
    *,
    axes: int | Sequence[int] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    """Sum the second differences (1, -2, 1) along all axes.

    Parameters
    ----------
    input : array_like
        The image.
    output, cval, workers : optional
        As for `correlate`.
    mode : str or sequence of str, optional
        As for `correlate`, for all of `axes` or for each.
    axes : int or sequence of int, optional
        The axes to differentiate along, all by default.

    Returns
    -------
    ndarray, of the shape of the image
        As for `correlate`.

    Raises
    ------
    ValueError, TypeError, RuntimeError
        If an argument is wrong, with SciPy's message.

    See Also
    --------
    pyconvolve.kernels.laplacian : the kernel

    References
    ----------
    .. [1] `scipy.ndimage.laplace`

    Examples
    --------
    >>> from pyconvolve import ndimage
    >>> ndimage.laplace([0, 0, 1, 0, 0])
    array([ 0,  1, -2,  1,  0])
    """
    arguments = mode, cval, axes
    return run(_prepare_laplace, input, output, arguments, workers)


def _prepare_gradient(
    wanted: Wanted, axis: Any, mode: Any, cval: Any, smoothing: tuple[float, ...]
) -> Filter:
    """Prepare `sobel` or `prewitt`."""
    shape, dtype = wanted.shape, wanted.dtype
    stored = wanted.result(dtype.kind == "c", promotes=False)
    (along,) = axes_of(integer(axis), len(shape))
    windows = windows_of(len(shape), mode, None)
    passes = [
        Pass(a, np.array(_DIFFERENCE if a == along else smoothing), windows[a])
        for a in (along, *(a for a in windows if a != along))
    ]
    constant = constant_of(cval, dtype.kind == "c")
    return Filter(
        shape, stored, stages_of_passes(shape, dtype, stored, passes, constant)
    )


def windows_of(ndim: int, mode: Any, axes: Any) -> dict[int, Window]:
    """Return windows of three samples along some axes."""
    chosen = axes_of(axes, ndim)
    modes = each(mode, len(chosen))
    return {a: window(3, 0, word) for a, word in zip(chosen, modes, strict=True)}


def _prepare_laplace(
    wanted: Wanted, mode: Any, cval: Any, axes: Any
) -> Filter | Combined:
    """Prepare `laplace`."""
    shape, dtype = wanted.shape, wanted.dtype
    stored = wanted.result(dtype.kind == "c", promotes=False)
    chosen = axes_of(axes, len(shape))
    if not chosen:
        return Filter(shape, stored, [])
    windows = windows_of(len(shape), mode, axes)
    constant = constant_of(cval, dtype.kind == "c")
    taps = np.array(_SECOND_DIFFERENCE)
    # sums along each axis are truncated
    is_rounded = stored.kind in "biu" and not are_integers(dtype, taps, constant)
    if is_rounded or len(chosen) > _MOST_AXES:
        passes = [Pass(a, taps, windows[a]) for a in chosen]
        return Combined(
            [
                Filter(
                    shape, stored,
                    stages_of_passes(shape, dtype, stored, [each_pass], constant),
                )
                for each_pass in passes
            ],
            False,
        )  # fmt: skip
    cross = np.zeros((3,) * len(chosen))
    for number in range(len(chosen)):
        at = (1,) * number + (slice(None),) + (1,) * (len(chosen) - number - 1)
        cross[at] += taps
    stage = stage_of_sums(shape, dtype, stored, windows, cross, constant, True)
    return Filter(shape, stored, [stage])
