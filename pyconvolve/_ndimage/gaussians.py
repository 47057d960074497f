"""Gaussian filters of images, with the words of `scipy.ndimage`."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .arguments import Refused, axes_of, constant_of, each, integer, window
from .calls import Output, Wanted, run
from .drop_in import drop_in
from .separable import Pass, stages_of_passes
from .stages import Filter

# Axes with a smaller standard deviation are not filtered, as in SciPy.
_LEAST_SIGMA = 1e-15


@drop_in
def gaussian_filter(
    input: ArrayLike,
    sigma: float | Sequence[float],
    order: int | Sequence[int] = 0,
    output: Output = None,
    mode: str | Sequence[str] = "reflect",
    cval: complex = 0.0,
    truncate: float = 4.0,
    *,
    radius: int | Sequence[int] | None = None,
    axes: int | Sequence[int] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    """Filter an image with a Gaussian, or with a derivative of one.

    Parameters
    ----------
    input : array_like
        The image.
    sigma : float or sequence of float
        Standard deviation in samples, for all of `axes` or for each. Axes with a
        standard deviation of 0 are not filtered.
    order : int or sequence of int, optional
        Order of the derivative.
    output, cval : optional
        As for `correlate`. Intermediate results have the type of the output, too.
    mode : str or sequence of str, optional
        As for `correlate`, for all of `axes` or for each.
    truncate : float, optional
        Radius of the kernel in standard deviations.
    radius : int or sequence of int, optional
        Radius of the kernel in samples, in place of `truncate`.
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

    See Also
    --------
    pyconvolve.kernels.gaussian : the kernel

    References
    ----------
    .. [1] `scipy.ndimage.gaussian_filter`

    Examples
    --------
    >>> from pyconvolve import ndimage
    >>> ndimage.gaussian_filter([0.0, 0.0, 1.0, 0.0, 0.0], 0.5).round(3)
    array([0.   , 0.106, 0.787, 0.106, 0.   ])
    """
    arguments = sigma, order, mode, cval, truncate, radius, axes
    return run(prepare_gaussian, input, output, arguments, workers)


@drop_in
def gaussian_filter1d(
    input: ArrayLike,
    sigma: float,
    axis: int = -1,
    order: int = 0,
    output: Output = None,
    mode: str = "reflect",
    cval: complex = 0.0,
    truncate: float = 4.0,
    *,
    radius: int | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    """Filter an image with a Gaussian along one axis, or with a derivative of one.

    Parameters
    ----------
    input : array_like
        The image.
    sigma : float
        Standard deviation in samples.
    axis : int, optional
        The axis to filter along.
    order : int, optional
        Order of the derivative.
    output, mode, cval, workers : optional
        As for `correlate`.
    truncate, radius : optional
        As for `gaussian_filter`.

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
    .. [1] `scipy.ndimage.gaussian_filter1d`

    Examples
    --------
    >>> from pyconvolve import ndimage
    >>> ndimage.gaussian_filter1d([1.0, 2.0, 3.0, 4.0, 5.0], 1).round(3)
    array([1.427, 2.068, 3.   , 3.932, 4.573])
    """
    arguments = sigma, axis, order, mode, cval, truncate, radius
    return run(_prepare_1d, input, output, arguments, workers)


def prepare_gaussian(
    wanted: Wanted,
    sigma: Any,
    order: Any,
    mode: Any,
    cval: Any,
    truncate: Any,
    radius: Any,
    axes: Any,
) -> Filter:
    """Prepare `gaussian_filter`."""
    shape, dtype = wanted.shape, wanted.dtype
    stored = wanted.result(dtype.kind == "c", promotes=False)
    passes = passes_of(len(shape), sigma, order, mode, truncate, radius, axes)
    constant = constant_of(cval, dtype.kind == "c")
    return Filter(
        shape, stored, stages_of_passes(shape, dtype, stored, passes, constant)
    )


def _prepare_1d(
    wanted: Wanted,
    sigma: Any,
    axis: Any,
    order: Any,
    mode: Any,
    cval: Any,
    truncate: Any,
    radius: Any,
) -> Filter:
    """Prepare `gaussian_filter1d`."""
    shape, dtype = wanted.shape, wanted.dtype
    stored = wanted.result(dtype.kind == "c")
    found = pass_along(len(shape), axis, sigma, order, mode, truncate, radius)
    constant = constant_of(cval, dtype.kind == "c")
    return Filter(
        shape, stored, stages_of_passes(shape, dtype, stored, [found], constant)
    )


def passes_of(
    ndim: int, sigma: Any, order: Any, mode: Any, truncate: Any, radius: Any, axes: Any
) -> list[Pass]:
    """Return the correlations of `gaussian_filter`."""
    chosen = axes_of(axes, ndim)
    options = [each(value, len(chosen)) for value in (sigma, order, mode, radius)]
    return [
        pass_along(ndim, axis, width, derivative, word, truncate, reach)
        for axis, width, derivative, word, reach in zip(chosen, *options, strict=True)
        if _number(width) > _LEAST_SIGMA
    ]


def pass_along(
    ndim: int, axis: Any, sigma: Any, order: Any, mode: Any, truncate: Any, radius: Any
) -> Pass:
    """Return the correlation with a Gaussian, or a derivative of one, along an axis."""
    (along,) = axes_of(integer(axis), ndim)
    deviation, derivative = _number(sigma), integer(order)
    if radius is None:
        reach = int(_number(truncate) * deviation + 0.5)
    else:
        reach = integer(radius)
    if reach < 0 or derivative < 0 or not deviation:
        raise Refused
    taps = gaussian_taps(deviation, derivative, reach)
    return Pass(along, taps[::-1].copy(), window(taps.size, 0, mode))


def _number(value: Any) -> float:
    """Return a finite number."""
    if not isinstance(value, Real) or not isfinite(number := float(value)):
        raise Refused
    return number


def gaussian_taps(sigma: float, order: int, radius: int) -> NDArray[np.float64]:
    """Return the taps of a convolution with a Gaussian, or with a derivative of one.

    The samples of the Gaussian sum to 1. A derivative is the Gaussian times a
    polynomial q, whose coefficients follow from (q g)' = (q' - x / sigma^2 q) g.
    """
    x = np.arange(-radius, radius + 1)
    variance = sigma * sigma
    taps = np.exp(-0.5 / variance * x**2)
    taps /= taps.sum()
    if not order:
        return taps
    powers = np.arange(order + 1)
    step = np.diag(powers[1:].astype(float), 1) + np.diag(
        np.full(order, -1 / variance), -1
    )
    q = np.zeros(order + 1)
    q[0] = 1
    for _ in range(order):
        q = step @ q
    return (x[:, None] ** powers) @ q * taps
