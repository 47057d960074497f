"""Means over boxes, balls, rings and line segments: all taps are at least zero."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import product
from math import ceil, cos, floor, hypot, sin
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .._core.arguments import integer_of
from ._arguments import (
    Integers,
    Numbers,
    dtype_of,
    number_of,
    per_axis,
    sizes_of,
)
from ._coordinates import offsets, positions
from ._separable import averages


def box(
    size: Integers, *, ndim: int | None = None, dtype: DTypeLike = np.float64
) -> NDArray[Any]:
    """Make a moving average: all taps are equal.

    Parameters
    ----------
    size : int or sequence of int
        Number of taps along every axis, or along each axis.
    ndim : int, optional
        Number of axes if `size` is a single number, one by default.
    dtype : dtype, optional
        Floating-point or complex type of the taps.

    Returns
    -------
    ndarray, shape `size`
        Taps that sum to one.

    Raises
    ------
    ValueError, TypeError
        If an argument has a wrong value or type. The message names the argument and
        its allowed values.

    Examples
    --------
    >>> from pyconvolve import kernels
    >>> kernels.box((2, 4))
    array([[0.125, 0.125, 0.125, 0.125],
           [0.125, 0.125, 0.125, 0.125]])
    """
    result, sizes = dtype_of(dtype), sizes_of("size", size, ndim)
    return averages(sizes, lambda _, taps: np.ones(taps, np.longdouble)).astype(result)


def triangle(
    size: Integers, *, ndim: int | None = None, dtype: DTypeLike = np.float64
) -> NDArray[Any]:
    r"""Make a triangular window: taps decrease linearly from the centre.

    .. math:: h[k] \sim m - |k|, \quad m = (n + 1) / 2

    with n taps. In several dimensions the kernel is the product over the axes. A
    triangle of :math:`2 m - 1` taps is the convolution of two boxes of m taps, and
    interpolates linearly.

    Parameters
    ----------
    size : int or sequence of int
        Number of taps n along every axis, or along each axis.
    ndim : int, optional
        Number of axes if `size` is a single number, one by default.
    dtype : dtype, optional
        Floating-point or complex type of the taps.

    Returns
    -------
    ndarray, shape `size`
        Taps that sum to one.

    Raises
    ------
    ValueError, TypeError
        If an argument has a wrong value or type. The message names the argument and
        its allowed values.

    References
    ----------
    .. [1] M. S. Bartlett, "Periodogram analysis and continuous spectra",
       *Biometrika* 37, 1950, pages 1-16.

    Examples
    --------
    >>> from pyconvolve import kernels
    >>> 9 * kernels.triangle(5)
    array([1., 2., 3., 2., 1.])
    """
    result, sizes = dtype_of(dtype), sizes_of("size", size, ndim)

    def taps(_: int, number: int) -> NDArray[Any]:
        return (number + 1) / 2 - abs(offsets(number))

    return averages(sizes, taps).astype(result)


def tophat(
    radius: Numbers,
    *,
    ndim: int | None = None,
    oversample: int = 1,
    dtype: DTypeLike = np.float64,
) -> NDArray[Any]:
    r"""Make a mean over a ball: taps are equal where :math:`|k| \le r`.

    Parameters
    ----------
    radius : float or sequence of float
        Radius r in samples. One number per axis makes an ellipsoid.
    ndim : int, optional
        Number of axes if `radius` is a single number, one by default.
    oversample : int, optional
        Number of points along each axis of a sample that are tested. A tap is
        proportional to the number of its points inside of the ball. With 1, only the
        centre of a sample is tested.
    dtype : dtype, optional
        Floating-point or complex type of the taps.

    Returns
    -------
    ndarray
        Taps that sum to one.

    Raises
    ------
    ValueError, TypeError
        If an argument has a wrong value or type. The message names the argument and
        its allowed values.

    See Also
    --------
    disk : the same kernel with two axes by default
    ball : the same kernel with three axes

    Examples
    --------
    >>> from pyconvolve import kernels
    >>> 5 * kernels.tophat(1, ndim=2)
    array([[0., 1., 0.],
           [1., 1., 1.],
           [0., 1., 0.]])
    """
    radii = per_axis("radius", radius, ndim)
    return _shell(radii, 0.0, oversample, dtype)


def disk(
    radius: Numbers,
    *,
    ndim: int = 2,
    oversample: int = 1,
    dtype: DTypeLike = np.float64,
) -> NDArray[Any]:
    """Make a mean over a disk: the blur of a lens out of focus.

    Parameters
    ----------
    radius : float or sequence of float
        Radius in samples. One number per axis makes an ellipse.
    ndim : int, optional
        Number of axes. With three axes the kernel is a `ball`.
    oversample : int, optional
        Number of points along each axis of a sample that are tested, as for `tophat`.
    dtype : dtype, optional
        Floating-point or complex type of the taps.

    Returns
    -------
    ndarray
        Taps that sum to one.

    Raises
    ------
    ValueError, TypeError
        If an argument has a wrong value or type. The message names the argument and
        its allowed values.

    See Also
    --------
    tophat : the same kernel with any number of axes

    Examples
    --------
    >>> from pyconvolve import kernels
    >>> (13 * kernels.disk(2)).round(9)
    array([[0., 0., 1., 0., 0.],
           [0., 1., 1., 1., 0.],
           [1., 1., 1., 1., 1.],
           [0., 1., 1., 1., 0.],
           [0., 0., 1., 0., 0.]])
    """
    return tophat(radius, ndim=ndim, oversample=oversample, dtype=dtype)


def ball(
    radius: Numbers, *, oversample: int = 1, dtype: DTypeLike = np.float64
) -> NDArray[Any]:
    """Make a mean over a ball in three dimensions.

    Parameters
    ----------
    radius : float or three floats
        Radius in samples. One number per axis makes an ellipsoid.
    oversample : int, optional
        Number of points along each axis of a sample that are tested, as for `tophat`.
    dtype : dtype, optional
        Floating-point or complex type of the taps.

    Returns
    -------
    ndarray of three dimensions
        Taps that sum to one.

    Raises
    ------
    ValueError, TypeError
        If an argument has a wrong value or type. The message names the argument and
        its allowed values.

    See Also
    --------
    tophat : the same kernel with any number of axes

    Examples
    --------
    >>> from pyconvolve import kernels
    >>> (7 * kernels.ball(1)).sum(axis=(1, 2)).round(9)
    array([1., 5., 1.])
    """
    return tophat(radius, ndim=3, oversample=oversample, dtype=dtype)


def ring(
    inner: float,
    outer: float,
    *,
    ndim: int = 2,
    oversample: int = 1,
    dtype: DTypeLike = np.float64,
) -> NDArray[Any]:
    r"""Make a mean over a ring or a shell: where :math:`r_i \le |k| \le r_o`.

    Parameters
    ----------
    inner, outer : float
        Radii :math:`r_i` and :math:`r_o` in samples.
    ndim : int, optional
        Number of axes.
    oversample : int, optional
        Number of points along each axis of a sample that are tested, as for `tophat`.
    dtype : dtype, optional
        Floating-point or complex type of the taps.

    Returns
    -------
    ndarray
        Taps that sum to one.

    Raises
    ------
    ValueError
        If an argument has a wrong value, or if no tap lies between the radii. The
        message names the argument and its allowed values.
    TypeError
        If an argument has a wrong type.

    Examples
    --------
    >>> from pyconvolve import kernels
    >>> 8 * kernels.ring(1, 1.5)
    array([[1., 1., 1.],
           [1., 0., 1.],
           [1., 1., 1.]])
    """
    hole = number_of("inner", inner)
    radii = per_axis("outer", number_of("outer", outer, above=True), ndim)
    return _shell(radii, hole / radii[0], oversample, dtype)


def _shell(
    radii: Sequence[float], hollow: float, oversample: int, dtype: DTypeLike
) -> NDArray[Any]:
    """Make a mean over an ellipsoid from which a smaller one is removed.

    `hollow` is the size of the removed ellipsoid, relative to the ellipsoid.
    """
    points = integer_of("oversample", oversample, 1)
    result = dtype_of(dtype)
    # Points at the same distance must be on the same side in spite of rounding.
    margin = 8 * np.finfo(np.float64).eps
    # positions of the points relative to the centre of their sample
    shifts = offsets(points) / points
    reach = [floor(radius * (1 + margin) + 0.5 - 0.5 / points) for radius in radii]
    sizes = sizes_of("radius", [2 * radius + 1 for radius in reach], None)
    inside = np.zeros(sizes, np.intp)
    for shift in product(shifts, repeat=len(sizes)):
        squares = [
            ((offsets(size) + part) / (radius or 1)) ** 2
            for size, part, radius in zip(sizes, shift, radii, strict=True)
        ]
        distance = reduce(np.add.outer, squares)
        inside += (distance <= 1 + margin) & (distance >= hollow**2 * (1 - margin))
    if not hollow and not inside.any():
        # The ball is so small that it contains none of the points.
        inside[tuple(reach)] = 1
    if not inside.any():
        raise ValueError(
            f"inner must leave at least one tap up to outer={radii[0]:g}, "
            f"not {hollow * radii[0]:g}"
        )
    return (inside / np.longdouble(inside.sum())).astype(result)


def motion_blur(
    length: float,
    direction: float | Sequence[float] = 0.0,
    *,
    dtype: DTypeLike = np.float64,
) -> NDArray[Any]:
    r"""Make the blur of a camera that moves along a straight line.

    .. math:: h[k] \sim \max(0, 1 - d)

    with the distance d of the tap from the line segment. The line is thus drawn by
    linear interpolation.

    Parameters
    ----------
    length : float
        Length of the line segment in samples, including both ends; at least 1.
    direction : float or sequence of float
        Angle in radians from the last of two axes towards the beginning of the first
        axis, which is counterclockwise in an image. Or a vector, with one number per
        axis.
    dtype : dtype, optional
        Floating-point or complex type of the taps.

    Returns
    -------
    ndarray
        Taps that sum to one. The kernel has two axes for an angle, otherwise as many
        axes as the vector has numbers.

    Raises
    ------
    ValueError, TypeError
        If an argument has a wrong value or type. The message names the argument and
        its allowed values.

    Examples
    --------
    >>> from pyconvolve import kernels
    >>> 3 * kernels.motion_blur(3)
    array([[1., 1., 1.]])
    """
    result = dtype_of(dtype)
    half = (number_of("length", length, 1) - 1) / 2
    if np.iterable(direction):
        vector = np.array(per_axis("direction", direction, None, -np.inf))
    else:
        angle = number_of("direction", direction, -np.inf)
        vector = np.array([-sin(angle), cos(angle)])
    norm = hypot(*vector)
    if norm == 0:
        raise ValueError(f"direction must not be zero, but is {direction!r}")
    # The cosine of a right angle is not exactly zero. Set it to zero.
    vector = np.where(abs(vector) < 1e-12 * norm, 0, vector / norm)
    radii = [ceil(abs(part) * half - 1e-9) for part in vector]
    taps_at = positions(sizes_of("length", [2 * radius + 1 for radius in radii], None))
    nearest = np.clip(taps_at @ vector, -half, half)[..., np.newaxis] * vector
    distance = np.sqrt(((taps_at - nearest) ** 2).sum(-1))
    taps = np.maximum(0, 1 - distance)
    return (taps / taps.sum()).astype(result)
