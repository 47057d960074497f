"""Kernels that smooth: their taps sum to one, so that brightness stays."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import product
from math import ceil, cos, floor, hypot, log, sin
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ._making import (
    Integers,
    Numbers,
    at_least,
    kind_of,
    offsets,
    per_axis,
    separable,
    sizes_of,
    work_type,
)

# What `exponential` leaves out of its tail.
_TAIL = 1e-6


def box(
    size: Integers, *, ndim: int | None = None, dtype: DTypeLike = np.float64
) -> NDArray[Any]:
    """Make a moving mean: all taps are equal.

    Parameters
    ----------
    size : int or sequence of int
        Taps along every axis, or along each.
    ndim : int, optional
        Number of axes if `size` is a single number; one by default.
    dtype : dtype, optional
        Floating-point or complex.

    Returns
    -------
    ndarray
        Sums to one.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong; the text names it and what it may be.

    Examples
    --------
    >>> from pyconvolve import kernels
    >>> kernels.box((2, 4))
    array([[0.125, 0.125, 0.125, 0.125],
           [0.125, 0.125, 0.125, 0.125]])
    """
    sizes = sizes_of("size", size, ndim)
    kind = work_type(dtype)
    return separable(sizes, lambda _, taps: np.ones(taps, kind), dtype)


def triangle(
    size: Integers, *, ndim: int | None = None, dtype: DTypeLike = np.float64
) -> NDArray[Any]:
    r"""Make taps that fall linearly from the centre: :math:`h[k] \sim m - |k|`.

    Two boxes of m taps, one after the other, do the same as one of these with
    :math:`2 m - 1`. In more dimensions it is the product over the axes, which
    interpolates linearly.

    Parameters
    ----------
    size : int or sequence of int
        Taps along every axis, or along each; m is ``(size + 1) / 2``.
    ndim, dtype : optional
        As for `box`.

    Returns
    -------
    ndarray
        Sums to one.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong; the text names it and what it may be.

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
    sizes = sizes_of("size", size, ndim)
    kind = work_type(dtype)

    def taps(_: int, number: int) -> NDArray[Any]:
        return (number + 1) / 2 - abs(offsets(number, kind))

    return separable(sizes, taps, dtype)


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
        In samples; one per axis makes an ellipsoid.
    ndim : int, optional
        Number of axes if `radius` is a single number; one by default.
    oversample : int, optional
        Points along each axis by which a sample's share in the ball is found. With
        1 it lies inside or outside.
    dtype : dtype, optional
        Floating-point or complex.

    Returns
    -------
    ndarray
        Sums to one.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong; the text names it and what it may be.

    See Also
    --------
    disk, ball : the same in two and in three dimensions

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
    radius: Numbers, *, oversample: int = 1, dtype: DTypeLike = np.float64
) -> NDArray[Any]:
    """Make a mean over a disk, which is what a lens out of focus does.

    Parameters
    ----------
    radius : float or two floats
        In samples.
    oversample, dtype : optional
        As for `tophat`.

    Returns
    -------
    ndarray, two-dimensional
        Sums to one.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong; the text names it and what it may be.

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
    return tophat(radius, ndim=2, oversample=oversample, dtype=dtype)


def ball(
    radius: Numbers, *, oversample: int = 1, dtype: DTypeLike = np.float64
) -> NDArray[Any]:
    """Make a mean over a ball of a volume.

    Parameters
    ----------
    radius : float or three floats
        In samples.
    oversample, dtype : optional
        As for `tophat`.

    Returns
    -------
    ndarray, three-dimensional
        Sums to one.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong; the text names it and what it may be.

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
    r"""Make a mean over a ring, or a shell: where :math:`r_i \le |k| \le r_o`.

    Parameters
    ----------
    inner, outer : float
        Radii in samples.
    ndim : int, optional
        Number of axes.
    oversample, dtype : optional
        As for `tophat`.

    Returns
    -------
    ndarray
        Sums to one.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong, or no tap lies between the radii.

    Examples
    --------
    >>> from pyconvolve import kernels
    >>> 8 * kernels.ring(1, 1.5)
    array([[1., 1., 1.],
           [1., 0., 1.],
           [1., 1., 1.]])
    """
    (within,) = per_axis("inner", inner, 1)
    radii = per_axis("outer", outer, ndim, above=True)
    return _shell(radii, within / radii[0], oversample, dtype)


def _shell(
    radii: Sequence[float], hollow: float, oversample: int, dtype: DTypeLike
) -> NDArray[Any]:
    """Share of each sample in an ellipsoid, without a smaller one inside."""
    points = at_least("oversample", oversample, 1)
    kind, real = kind_of(dtype), work_type(dtype)
    # rounding must not part points at the same distance
    margin = 8 * np.finfo(real).eps
    # from a sample's centre to those of its points
    within = offsets(points, real) / points
    reach = [floor(radius + 0.5 - 0.5 / points) for radius in radii]
    sizes = sizes_of("radius", [2 * radius + 1 for radius in reach], None)
    inside = np.zeros(sizes, np.intp)
    for shift in product(within, repeat=len(sizes)):
        squares = [
            ((offsets(size, real) + part) / (radius or 1)) ** 2
            for size, part, radius in zip(sizes, shift, radii, strict=True)
        ]
        distance = reduce(np.add.outer, squares)
        inside += (distance <= 1 + margin) & (distance >= hollow**2 * (1 - margin))
    if not inside.any():
        raise ValueError(
            f"inner must leave taps up to outer={radii[0]:g}, not {hollow * radii[0]:g}"
        )
    return (inside.astype(real) / inside.sum()).astype(kind)


def motion_blur(
    length: float,
    direction: float | Sequence[float] = 0.0,
    *,
    dtype: DTypeLike = np.float64,
) -> NDArray[Any]:
    r"""Make what a camera does that moves along a straight line.

    Taps are :math:`\max(0, 1 - d)` for the distance d from the line, that is, the line
    is drawn by linear interpolation.

    Parameters
    ----------
    length : float
        Of the way, in samples, both ends included; at least 1.
    direction : float or sequence of float
        Angle in radians from the last of two axes towards the beginning of the first,
        which is counterclockwise in an image; or a vector, with one number per axis.
    dtype : dtype, optional
        Floating-point or complex.

    Returns
    -------
    ndarray
        Sums to one; of as many axes as the vector has, or two.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong; the text names it and what it may be.

    Examples
    --------
    >>> from pyconvolve import kernels
    >>> 3 * kernels.motion_blur(3)
    array([[1., 1., 1.]])
    """
    real, kind = work_type(dtype), kind_of(dtype)
    (way,) = per_axis("length", length, 1, 1)
    if isinstance(direction, Sequence | np.ndarray):
        vector = np.array(per_axis("direction", [*direction], None, -np.inf), real)
    else:
        (angle,) = per_axis("direction", direction, 1, -np.inf)
        vector = np.array([-sin(angle), cos(angle)], real)
    norm = hypot(*vector)
    if norm == 0:
        raise ValueError(f"direction must not be zero, but is {direction!r}")
    # what rounding leaves of a right angle is no direction
    vector = np.where(abs(vector) < 1e-12 * norm, 0, vector / norm)
    half = (way - 1) / 2
    radii = [ceil(abs(part) * half - 1e-9) for part in vector]
    sizes = sizes_of("length", [2 * radius + 1 for radius in radii], None)
    places = np.stack(
        np.meshgrid(*(offsets(size, real) for size in sizes), indexing="ij"), -1
    )
    nearest = np.clip(places @ vector, -half, half)[..., np.newaxis] * vector
    taps = np.maximum(0, 1 - np.sqrt(((places - nearest) ** 2).sum(-1)))
    return (taps / taps.sum()).astype(kind)


def exponential(
    alpha: float, *, size: int | None = None, dtype: DTypeLike = np.float64
) -> NDArray[Any]:
    r"""Make a causal smoother: the more recent a sample, the more it weighs.

    .. math:: h[k] \sim \alpha (1 - \alpha)^k, \quad k \ge 0

    for noisy positions of which no later ones are known yet. Taps at negative k are
    zero and stand there so that mode 'same' is causal. `normalized_convolve` with
    ``edges='renormalize'`` makes it free of bias while there are few samples yet.

    Parameters
    ----------
    alpha : float
        Weight of the most recent sample, above 0 and at most 1: ``1 - 2**(-1 / n)``
        for weights that halve every n samples.
    size : int, optional
        Samples that have a weight, by default as many as leave out one millionth.
    dtype : dtype, optional
        Floating-point or complex.

    Returns
    -------
    ndarray, one-dimensional
        Sums to one; of ``2 * size - 1`` taps.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong; the text names it and what it may be.

    References
    ----------
    .. [1] R. G. Brown, *Smoothing, Forecasting and Prediction of Discrete Time
       Series*, Prentice-Hall, 1963, chapter 7.

    Examples
    --------
    >>> import pyconvolve
    >>> from pyconvolve import kernels
    >>> recent = kernels.exponential(0.5, size=3)
    >>> (7 * recent).round(9)
    array([0., 0., 4., 2., 1.])
    >>> pyconvolve.normalized_convolve(
    ...     [3.0, 3.0, 3.0, 10.0], recent, edges="renormalize"
    ... )
    array([3., 3., 3., 7.])
    """
    (weight,) = per_axis("alpha", alpha, 1, above=True)
    if weight > 1:
        raise ValueError(f"alpha must be at most 1, not {alpha!r}")
    if size is None:
        size = 1 if weight == 1 else ceil(log(_TAIL) / np.log1p(-weight))
    (number,) = sizes_of("size", size, 1)
    real = work_type(dtype)
    taps = (1 - real.type(weight)) ** np.arange(number)
    return np.concatenate([np.zeros(number - 1, real), taps / taps.sum()]).astype(
        kind_of(dtype)
    )


def sinc(
    cutoff: Numbers,
    size: Integers,
    *,
    window: Any = "hamming",
    ndim: int | None = None,
    dtype: DTypeLike = np.float64,
) -> NDArray[Any]:
    r"""Make a low-pass filter: an ideal one's taps, under a window.

    .. math:: h[k] \sim w[k] \, \frac{\sin 2 \pi f k}{\pi k}

    In more dimensions it is the product over the axes.

    Parameters
    ----------
    cutoff : float or sequence of float
        Frequency f up to which it passes, in cycles per sample: below 0.5.
    size : int or sequence of int
        Taps along every axis, or along each.
    window : str, tuple or float, optional
        As for `scipy.signal.get_window`.
    ndim, dtype : optional
        As for `box`.

    Returns
    -------
    ndarray
        Sums to one.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong; the text names it and what it may be.

    References
    ----------
    .. [1] A. V. Oppenheim and R. W. Schafer, *Discrete-Time Signal Processing*,
       3rd ed., Pearson, 2010, section 7.5.

    Examples
    --------
    >>> from pyconvolve import kernels
    >>> kernels.sinc(0.25, 5).round(3)
    array([0.   , 0.204, 0.593, 0.204, 0.   ])
    """
    from scipy.signal import get_window

    if not np.iterable(cutoff) and np.iterable(size):
        ndim = len(tuple(size)) if ndim is None else ndim
    frequencies = per_axis("cutoff", cutoff, ndim, above=True)
    if max(frequencies) >= 0.5:
        raise ValueError(f"cutoff must be below 0.5 cycles per sample, not {cutoff!r}")
    sizes = sizes_of("size", size, len(frequencies))
    real = work_type(dtype)

    def taps(a: int, number: int) -> NDArray[Any]:
        ideal = np.sinc(2 * frequencies[a] * offsets(number, real))
        return ideal * get_window(window, number, fftbins=False)

    return separable(sizes, taps, dtype)


def savitzky_golay(
    window_length: Integers,
    polyorder: int,
    *,
    deriv: Integers = 0,
    delta: Numbers = 1.0,
    ndim: int | None = None,
    dtype: DTypeLike = np.float64,
) -> NDArray[Any]:
    """Make the fit of a polynomial to the samples around, or a derivative of it.

    The result at the centre is the value there of the polynomial, of a total degree
    up to `polyorder`, that comes nearest to the samples by least squares.

    Parameters
    ----------
    window_length : int or sequence of int
        Taps along every axis, or along each.
    polyorder : int
        Degree of the polynomial.
    deriv : int or sequence of int, optional
        Order of the derivative along each axis; a single number stands for one axis.
    delta : float or sequence of float, optional
        Distance of samples, for derivatives.
    ndim, dtype : optional
        As for `box`.

    Returns
    -------
    ndarray
        Sums to one if it smooths; a derivative is exact for polynomials up to
        `polyorder`.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong, or there are fewer taps than the polynomial needs.

    See Also
    --------
    scipy.signal.savgol_coeffs : the same in one dimension

    References
    ----------
    .. [1] A. Savitzky and M. J. E. Golay, "Smoothing and differentiation of data by
       simplified least squares procedures", *Analytical Chemistry* 36, 1964,
       pages 1627-1639.

    Examples
    --------
    >>> from pyconvolve import kernels
    >>> (35 * kernels.savitzky_golay(5, 2)).round(9)
    array([-3., 12., 17., 12., -3.])
    """
    sizes = sizes_of("window_length", window_length, ndim)
    degree = at_least("polyorder", polyorder, 0)
    orders = [int(n) for n in np.broadcast_to(deriv, len(sizes))]
    if min(orders) < 0:
        raise ValueError(f"deriv must be at least 0, not {deriv!r}")
    spacing = per_axis("delta", delta, len(sizes), above=True)
    powers = [
        p for p in product(range(degree + 1), repeat=len(sizes)) if sum(p) <= degree
    ]
    if sum(orders) > degree:
        # as SciPy: the derivative of such a polynomial is zero
        return np.zeros(sizes, kind_of(dtype))
    # distances of about one keep the fit well conditioned
    scales = [max((size - 1) / 2, 0.5) for size in sizes]
    places = [
        offsets(size, np.dtype(float)) / s
        for size, s in zip(sizes, scales, strict=True)
    ]
    columns = [
        reduce(
            np.multiply.outer, [x**n for x, n in zip(places, p, strict=True)]
        ).ravel()
        for p in powers
    ]
    if any(size <= max(p) for size, *p in zip(sizes, *powers, strict=True)):
        raise ValueError(
            f"window_length must be above polyorder={degree}, not {window_length!r}"
        )
    fit = np.linalg.pinv(np.stack(columns, -1))[powers.index(tuple(orders))]
    for order, s, step in zip(orders, scales, spacing, strict=True):
        for n in range(order):
            fit *= (n + 1) / (s * step)
    # a convolution meets its taps in reverse
    return fit[::-1].reshape(sizes).astype(kind_of(dtype))
