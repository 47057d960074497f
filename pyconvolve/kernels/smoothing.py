"""Kernels that smooth: their taps sum to one, so that brightness stays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from itertools import product
from math import ceil, cos, expm1, floor, hypot, inf, log, log1p, sin
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ._making import (
    Integers,
    Numbers,
    at_least,
    kind_of,
    offsets,
    one_of,
    per_axis,
    separable,
    sizes_of,
)

# Rounds in which the fit of a polynomial is made as precise as its taps can be.
_REFINED = 4
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
    kind, sizes = kind_of(dtype), sizes_of("size", size, ndim)
    return separable(sizes, lambda _, taps: np.ones(taps, np.longdouble)).astype(kind)


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
    kind, sizes = kind_of(dtype), sizes_of("size", size, ndim)

    def taps(_: int, number: int) -> NDArray[Any]:
        return (number + 1) / 2 - abs(offsets(number))

    return separable(sizes, taps).astype(kind)


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
    radius: Numbers,
    *,
    ndim: int = 2,
    oversample: int = 1,
    dtype: DTypeLike = np.float64,
) -> NDArray[Any]:
    """Make a mean over a disk, which is what a lens out of focus does.

    Parameters
    ----------
    radius : float or sequence of float
        In samples.
    ndim : int, optional
        Number of axes; with three it is a `ball`.
    oversample, dtype : optional
        As for `tophat`.

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
    (without,) = per_axis("outer", outer, 1, above=True)
    radii = per_axis("outer", without, ndim)
    return _shell(radii, within / radii[0], oversample, dtype)


def _shell(
    radii: Sequence[float], hollow: float, oversample: int, dtype: DTypeLike
) -> NDArray[Any]:
    """Share of each sample in an ellipsoid, without a smaller one inside."""
    points = at_least("oversample", oversample, 1)
    kind = kind_of(dtype)
    # rounding must not part points at the same distance
    margin = 8 * np.finfo(np.float64).eps
    # from a sample's centre to those of its points
    within = offsets(points) / points
    reach = [floor(radius * (1 + margin) + 0.5 - 0.5 / points) for radius in radii]
    sizes = sizes_of("radius", [2 * radius + 1 for radius in reach], None)
    inside = np.zeros(sizes, np.intp)
    for shift in product(within, repeat=len(sizes)):
        squares = [
            ((offsets(size) + part) / (radius or 1)) ** 2
            for size, part, radius in zip(sizes, shift, radii, strict=True)
        ]
        distance = reduce(np.add.outer, squares)
        inside += (distance <= 1 + margin) & (distance >= hollow**2 * (1 - margin))
    if not hollow and not inside.any():
        # a ball between its points
        inside[tuple(reach)] = 1
    if not inside.any():
        raise ValueError(
            f"inner must leave taps up to outer={radii[0]:g}, not {hollow * radii[0]:g}"
        )
    return (inside / np.longdouble(inside.sum())).astype(kind)


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
    kind = kind_of(dtype)
    (way,) = per_axis("length", length, 1, 1)
    if np.iterable(direction):
        vector = np.array(per_axis("direction", direction, None, -np.inf))
    else:
        (angle,) = per_axis("direction", direction, 1, -np.inf)
        vector = np.array([-sin(angle), cos(angle)])
    norm = hypot(*vector)
    if norm == 0:
        raise ValueError(f"direction must not be zero, but is {direction!r}")
    # what rounding leaves of a right angle is no direction
    vector = np.where(abs(vector) < 1e-12 * norm, 0, vector / norm)
    half = (way - 1) / 2
    radii = [ceil(abs(part) * half - 1e-9) for part in vector]
    sizes = sizes_of("length", [2 * radius + 1 for radius in radii], None)
    places = np.stack(np.meshgrid(*map(offsets, sizes), indexing="ij"), -1)
    nearest = np.clip(places @ vector, -half, half)[..., np.newaxis] * vector
    taps = np.maximum(0, 1 - np.sqrt(((places - nearest) ** 2).sum(-1)))
    return (taps / taps.sum()).astype(kind)


def exponential(
    alpha: float | None = None,
    *,
    span: float | None = None,
    halflife: float | None = None,
    size: int | None = None,
    dtype: DTypeLike = np.float64,
) -> NDArray[Any]:
    r"""Make a causal smoother: the more recent a sample, the more it weighs.

    .. math:: h[k] \sim \alpha (1 - \alpha)^k, \quad k \ge 0

    for noisy positions of which no later ones are known yet. Taps at negative k are
    zero and stand there so that mode 'same' is causal. `normalized_convolve` with
    ``edges='renormalize'`` makes it free of bias while there are few samples yet.

    Parameters
    ----------
    alpha : float
        Weight of the most recent sample, above 0 and at most 1.
    span : float, optional
        In place of `alpha`, :math:`2 / \alpha - 1`, at least 1: about as many samples
        of equal weight would smooth as much.
    halflife : float, optional
        In place of `alpha`: samples after which weights have halved, above 0.
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
    name, given = one_of(alpha=alpha, span=span, halflife=halflife)
    (weight,) = per_axis(name, given, 1, float(name == "span"), name != "span")
    if name == "span":
        weight = 2 / (weight + 1)
    elif name == "halflife":
        weight = -expm1(-log(2) / weight)
    if weight > 1:
        raise ValueError(f"alpha must be at most 1, not {alpha!r}")
    if size is None:
        # 0 where no number is small enough
        rate = -log1p(-weight) if weight < 1 else inf
        number = -log(_TAIL) / rate if rate else inf
        (length,) = sizes_of(name, max(1, ceil(min(number, 2.0**40))), 1)
    else:
        (length,) = sizes_of("size", size, 1)
    taps = (1 - np.longdouble(weight)) ** np.arange(length)
    recent: NDArray[Any] = np.pad(taps / taps.sum(), (length - 1, 0))
    return recent.astype(kind_of(dtype))


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

    kind = kind_of(dtype)
    if ndim is None and np.iterable(cutoff):
        ndim = len([*cutoff]) or None
    sizes = sizes_of("size", size, ndim)
    frequencies = per_axis("cutoff", cutoff, len(sizes), above=True)
    if max(frequencies) >= 0.5:
        raise ValueError(f"cutoff must be below 0.5 cycles per sample, not {cutoff!r}")

    def taps(a: int, number: int) -> NDArray[Any]:
        ideal = np.sinc(2 * frequencies[a] * offsets(number))
        under = ideal * get_window(window, number, fftbins=False)
        if not abs(under.sum()) > 0:
            raise ValueError(f"window must leave taps, but {window!r} of {number} is 0")
        return under

    return separable(sizes, taps).astype(kind)


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
        Order of the derivative along each axis; a single number will do for one axis,
        or if it is 0.
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
    if min(sizes) <= degree:
        raise ValueError(
            f"window_length must be above polyorder={degree}, not {window_length!r}"
        )
    orders = _orders(deriv, len(sizes))
    spacing = per_axis("delta", delta, len(sizes), above=True)
    powers = [
        p for p in product(range(degree + 1), repeat=len(sizes)) if sum(p) <= degree
    ]
    if sum(orders) > degree:
        # as SciPy: the derivative of such a polynomial is zero
        return np.zeros(sizes, kind_of(dtype))
    # distances of about one keep the fit well conditioned
    scales = [max((size - 1) / 2, 0.5) for size in sizes]
    places = [offsets(size) / s for size, s in zip(sizes, scales, strict=True)]
    columns = [
        reduce(
            np.multiply.outer, [x**n for x, n in zip(places, p, strict=True)]
        ).ravel()
        for p in powers
    ]
    design = np.stack(columns, -1)
    inverse = np.linalg.pinv(design.astype(float))
    wanted = np.arange(len(powers)) == powers.index(orders)
    # the fit is a polynomial, too, of which each power should get its part
    shares = np.zeros(len(powers), np.longdouble)
    for _ in range(_REFINED):
        rest = wanted - (design @ shares) @ design
        shares += inverse @ (inverse.T @ rest)
    fit: NDArray[Any] = (design @ shares).reshape(sizes)
    for a, (order, s, step) in enumerate(zip(orders, scales, spacing, strict=True)):
        # exactly as symmetric as the window, and reversed for a convolution
        mirrored = np.flip(fit, a)
        fit = (mirrored - fit if order % 2 else mirrored + fit) / 2
        for n in range(order):
            fit = fit * (n + 1) / (s * np.longdouble(step))
    return fit.astype(kind_of(dtype))


def _orders(deriv: Integers, count: int) -> tuple[int, ...]:
    """Order of the derivative along each axis."""
    given = [*deriv] if isinstance(deriv, Iterable) else [deriv]
    if len(given) == 1 and given[0] == 0:
        given *= count
    if len(given) != count:
        raise ValueError(
            f"deriv must be one integer for each of {count} axes, not {deriv!r}"
        )
    return tuple(at_least("deriv", order, 0) for order in given)
