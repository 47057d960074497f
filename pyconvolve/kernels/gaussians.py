"""Gaussians, their derivatives, and what is made of them."""

from __future__ import annotations

from functools import reduce
from math import factorial, pi, sqrt
from operator import index
from typing import Any, Literal

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .._core.arguments import check_word
from ._making import (
    Integers,
    Numbers,
    at_least,
    distances,
    kind_of,
    offsets,
    one_of,
    outer,
    per_axis,
    radii_of,
    sizes_of,
)
from .factoring import embed
from .normalization import normalize

Kind = Literal["sampled", "integrated", "discrete"]
_KINDS = ("sampled", "integrated", "discrete")
# Ratio of widths at which a difference of Gaussians comes nearest to a Laplacian's.
_RATIO = 1.6
# Share of a tap that a derivative needs below which others are left out.
_NOTHING = 1e-10
# Rounds in which moments are made as precise as taps can be.
_REFINED = 3


def gaussian(
    sigma: Numbers | None = None,
    *,
    fwhm: Numbers | None = None,
    ndim: int | None = None,
    order: Integers = 0,
    kind: Kind = "sampled",
    size: Integers | None = None,
    truncate: float = 4.0,
    dtype: DTypeLike = np.float64,
) -> NDArray[Any]:
    r"""Make a Gaussian, or a derivative of one.

    .. math:: g(x) = \frac{1}{\sqrt{2 \pi} \sigma} e^{-x^2 / 2 \sigma^2}

    Along each axis; the kernel is the product over the axes.

    Parameters
    ----------
    sigma : float or sequence of float
        Standard deviation in samples; 0 leaves an axis as it is.
    fwhm : float or sequence of float, optional
        Full width at half maximum, in place of `sigma`:
        :math:`2 \sqrt{2 \ln 2} \, \sigma`.
    ndim : int, optional
        Number of axes if the width is a single number; one by default.
    order : int or sequence of int, optional
        Order of the derivative, along every axis or along each.
    kind : {'sampled', 'integrated', 'discrete'}, optional
        Values of g at the samples; its integrals over them; or Lindeberg's discrete
        Gaussian :math:`e^{-\sigma^2} I_n(\sigma^2)`, whose widths add up exactly and
        whose derivatives are differences [1]_.
    size : int or sequence of int, optional
        Odd numbers of taps, in place of `truncate`.
    truncate : float, optional
        Where it ends, in units of `sigma`.
    dtype : dtype, optional
        Floating-point or complex.

    Returns
    -------
    ndarray
        Sums to one for order 0. A derivative of order m gives exactly 1 for
        :math:`x^m / m!`, thus for a unit ramp if m is 1, and 0 for lower powers:
        what sampling and truncation spoil of that is put right by a polynomial of
        lower degree times g.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong; the text names it and what it may be.

    References
    ----------
    .. [1] T. Lindeberg, "Scale-space for discrete signals", *IEEE Transactions on
       Pattern Analysis and Machine Intelligence* 12, 1990, pages 234-254.

    Examples
    --------
    >>> from pyconvolve import kernels
    >>> kernels.gaussian(0.8, size=5).round(3)
    array([0.022, 0.229, 0.499, 0.229, 0.022])
    >>> kernels.gaussian((1, 3)).shape
    (9, 25)
    >>> (kernels.gaussian(0.8, order=1, size=3)).round(3)
    array([ 0.5,  0. , -0.5])
    """
    check_word("kind", kind, _KINDS)
    name, width = one_of(sigma=sigma, fwhm=fwhm)
    widths = per_axis(name, width, ndim)
    if name == "fwhm":
        widths = tuple(each / (2 * sqrt(2 * np.log(2))) for each in widths)
    try:
        orders = [index(n) for n in np.broadcast_to(order, len(widths))]
    except (TypeError, ValueError):
        raise TypeError(
            f"order must be an integer or one for each of {len(widths)} axes, "
            f"not {order!r}"
        ) from None
    radii = radii_of(name, widths, size, truncate)
    result = kind_of(dtype)
    factors = []
    for width, number, radius in zip(widths, orders, radii, strict=True):
        at_least("order", number, 0)
        if number and not width:
            raise ValueError(f"sigma must be above 0 for a derivative, not {sigma!r}")
        least = (number + 1) // 2
        if size is not None and radius < least:
            raise ValueError(
                f"size must be at least {2 * least + 1} for order={order}, not {size!r}"
            )
        factors.append(_taps(width, number, max(radius, least), kind))
    return outer(factors).astype(result)


def _taps(sigma: float, order: int, radius: int, kind: str) -> NDArray[Any]:
    """One axis of a Gaussian or its derivative."""
    least = (order + 1) // 2
    if kind == "discrete":
        taps = _gaussian(sigma, radius - least, kind)
        for _ in range(order // 2):
            taps = np.convolve(taps, [1, -2, 1])
        return np.convolve(taps, [0.5, 0, -0.5]) if order % 2 else taps
    taps = _gaussian(sigma, radius, kind)
    if not order:
        return taps
    # what is next to nothing can't be corrected by, and what has to be there
    there = taps[radius:] > _NOTHING * taps[radius + least]
    inner = max(int(there.sum()) - 1, least)
    x = offsets(2 * inner + 1) / sigma
    # of as few taps as can be, there is one kernel only, whatever they are made of
    weights, derived = np.ones(x.size, np.longdouble), x**order
    if inner > least:
        weights = taps[radius - inner : radius + inner + 1]
        derived = _hermite(x, order)
        if kind == "integrated":
            # the integral of a derivative is that of one order less, at both ends
            ends = [_hermite(x + end / sigma, order - 1) for end in (0.5, -0.5)]
            derived = ends[0] - ends[1]
    taps = _correct(derived, weights, x, order) / np.longdouble(sigma) ** order
    padded: NDArray[Any] = np.pad(taps, radius - inner)
    return padded


def _gaussian(sigma: float, radius: int, kind: str) -> NDArray[Any]:
    """Taps that sum to one."""
    from scipy.special import erf, ive

    k = offsets(2 * radius + 1)
    if sigma == 0:
        return (k == 0).astype(np.longdouble)
    if kind == "sampled":
        taps = np.exp(-0.5 * (k / sigma) ** 2)
    elif kind == "discrete":
        taps = ive(abs(k).astype(float), sigma**2).astype(np.longdouble)
    else:
        ends = [
            erf(((k + end) / (sqrt(2) * sigma)).astype(float)) for end in (0.5, -0.5)
        ]
        taps = np.subtract(*ends, dtype=np.longdouble)
    return taps / taps.sum()


def _hermite(x: NDArray[Any], order: int) -> NDArray[Any]:
    """Compute a derivative of exp(-x^2 / 2), by its Hermite polynomial."""
    from scipy.special import eval_hermitenorm

    polynomial = eval_hermitenorm(order, x.astype(float))
    return (-1) ** order * polynomial * np.exp(-0.5 * x**2)


def _correct(
    derived: NDArray[Any], taps: NDArray[Any], x: NDArray[Any], order: int
) -> NDArray[Any]:
    """Let a derivative give 1 for x^m / m!, and 0 for all lower powers."""
    parts = [taps * x**n for n in range(order)] + [derived]
    parts = [part / abs(part).max() for part in parts]
    powers = np.arange(order + 1)
    moments = np.array([[((-x) ** n * part).sum() for part in parts] for n in powers])
    rest = np.where(powers == order, factorial(order), 0).astype(np.longdouble)
    result = np.zeros(x.shape, np.longdouble)
    for _ in range(_REFINED):
        shares = np.linalg.solve(moments.astype(float), rest.astype(float))
        result += sum(s * part for s, part in zip(shares, parts, strict=True))
        rest = rest - moments @ shares
    return result


def laplacian_of_gaussian(
    sigma: Numbers,
    *,
    ndim: int | None = None,
    kind: Kind = "sampled",
    size: Integers | None = None,
    truncate: float = 4.0,
    dtype: DTypeLike = np.float64,
) -> NDArray[Any]:
    r"""Make the Laplacian of a Gaussian, which finds blobs, and edges where it is zero.

    .. math:: \sum_a \partial^2 g / \partial x_a^2

    Parameters
    ----------
    sigma : float or sequence of float
        Standard deviation in samples, above 0.
    ndim : int, optional
        Number of axes if `sigma` is a single number; two by default.
    kind, size, truncate, dtype : optional
        As for `gaussian`.

    Returns
    -------
    ndarray
        Sums to zero, and gives exactly 1 for the parabola :math:`x_a^2 / 2`.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong; the text names it and what it may be.

    References
    ----------
    .. [1] D. Marr and E. Hildreth, "Theory of edge detection", *Proceedings of the
       Royal Society of London* B 207, 1980, pages 187-217.

    Examples
    --------
    >>> from pyconvolve import kernels
    >>> kernels.laplacian_of_gaussian(0.5, size=3).round(2)
    array([[ 0.21,  0.57,  0.21],
           [ 0.57, -3.15,  0.57],
           [ 0.21,  0.57,  0.21]])
    """
    widths = _isotropic("sigma", sigma, ndim)
    sizes = _sizes(widths, size, truncate)
    orders = 2 * np.eye(len(widths), dtype=int)
    terms = [
        gaussian(
            widths, order=order.tolist(), kind=kind, size=sizes, dtype=np.longdouble
        )
        for order in orders
    ]
    return reduce(np.add, terms).astype(kind_of(dtype))


def difference_of_gaussians(
    low: Numbers,
    high: Numbers | None = None,
    *,
    ndim: int | None = None,
    kind: Kind = "sampled",
    truncate: float = 4.0,
    dtype: DTypeLike = np.float64,
) -> NDArray[Any]:
    """Make the difference of a narrow Gaussian and a wide one: what is of that scale.

    Parameters
    ----------
    low, high : float or sequence of float
        Standard deviations in samples; `high` is 1.6 times `low` by default, where
        the result is much like a Laplacian's of a Gaussian, with the sign reversed.
    ndim : int, optional
        Number of axes if `low` is a single number; two by default.
    kind, truncate, dtype : optional
        As for `gaussian`.

    Returns
    -------
    ndarray
        Sums to zero; each Gaussian sums to one.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong; the text names it and what it may be.

    References
    ----------
    .. [1] D. Marr and E. Hildreth, "Theory of edge detection", *Proceedings of the
       Royal Society of London* B 207, 1980, pages 187-217.

    Examples
    --------
    >>> from pyconvolve import kernels
    >>> kernels.difference_of_gaussians(0.5, 1, truncate=1)[1].round(3)
    array([-0.04 ,  0.415, -0.04 ])
    """
    narrow = _isotropic("low", low, ndim)
    if high is None:
        high = [_RATIO * width for width in narrow]
    wide = per_axis("high", high, len(narrow), above=True)
    if any(b <= a for a, b in zip(narrow, wide, strict=True)):
        raise ValueError(f"high must be above low={low!r}, not {high!r}")
    size = _sizes(wide, None, truncate)
    first, second = (
        gaussian(widths, kind=kind, size=size, dtype=np.longdouble)
        for widths in (narrow, wide)
    )
    return (first - second).astype(kind_of(dtype))


def ricker(
    width: Numbers,
    *,
    ndim: int | None = None,
    size: Integers | None = None,
    truncate: float = 5.0,
    dtype: DTypeLike = np.float64,
) -> NDArray[Any]:
    r"""Make a Ricker wavelet, or "Mexican hat".

    .. math:: h(x) \sim (d - r^2) \, e^{-r^2 / 2}, \quad r^2 = \sum_a (x_a / w_a)^2

    in d dimensions.

    Parameters
    ----------
    width : float or sequence of float
        Distance w of its zeros from the centre in one dimension, in samples.
    ndim : int, optional
        Number of axes if `width` is a single number; one by default.
    size : int or sequence of int, optional
        Odd numbers of taps, in place of `truncate`.
    truncate : float, optional
        Where it ends, in units of `width`.
    dtype : dtype, optional
        Floating-point or complex.

    Returns
    -------
    ndarray
        Sums to zero, of unit energy.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong; the text names it and what it may be.

    References
    ----------
    .. [1] N. Ricker, "The form and laws of propagation of seismic wavelets",
       *Geophysics* 18, 1953, pages 10-40.

    Examples
    --------
    >>> from pyconvolve import kernels
    >>> kernels.ricker(2.0)[10:15].round(3)
    array([ 0.613,  0.406, -0.   , -0.249, -0.249])
    """
    widths = per_axis("width", width, ndim, above=True)
    radii = [taps // 2 for taps in _sizes(widths, size, truncate)]
    squares = distances(radii, widths)
    hat = (len(widths) - squares) * np.exp(-0.5 * squares)
    return normalize(normalize(hat, "zero_sum"), "l2").astype(kind_of(dtype))


def gabor(
    frequency: Numbers,
    sigma: Numbers | None = None,
    *,
    theta: float = 0.0,
    bandwidth: float = 1.0,
    phase: float = 0.0,
    size: Integers | None = None,
    truncate: float = 3.0,
    dtype: DTypeLike = np.complex128,
) -> NDArray[Any]:
    r"""Make a Gabor filter: a wave under a Gaussian.

    .. math:: h[k] \sim g(k) \, e^{i (2 \pi f \cdot k + \varphi)}

    Its real part finds lines, its imaginary part edges, its magnitude either.

    Parameters
    ----------
    frequency : float or sequence of float
        Cycles per sample: of a wave in the plane at the angle `theta`, or of a wave
        vector with one number per axis.
    sigma : float or two floats, optional
        Standard deviations of g in samples, along the wave and across; from
        `bandwidth` by default.
    theta : float, optional
        Angle in radians from the last axis towards the beginning of the first, which
        is counterclockwise in an image.
    bandwidth : float, optional
        In octaves, at half the largest response; one octave is about that of simple
        cells in the visual cortex.
    phase : float, optional
        In radians.
    size : int or sequence of int, optional
        Odd numbers of taps, in place of `truncate`: filters of one size stack.
    truncate : float, optional
        Where it ends, in units of `sigma`.
    dtype : dtype, optional
        Complex; floating-point for the real part alone.

    Returns
    -------
    ndarray
        g sums to one.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong; the text names it and what it may be.

    References
    ----------
    .. [1] J. G. Daugman, "Uncertainty relation for resolution in space, spatial
       frequency, and orientation optimized by two-dimensional visual cortical
       filters", *Journal of the Optical Society of America* A 2, 1985,
       pages 1160-1169.

    Examples
    --------
    >>> import numpy as np
    >>> from pyconvolve import kernels
    >>> kernels.gabor(0.25, 1.0, truncate=1).round(2)[1]
    array([0. -0.12j, 0.2+0.j  , 0. +0.12j])

    A bank of four directions:

    >>> angles = [0, np.pi / 4, np.pi / 2, 3 * np.pi / 4]
    >>> np.stack([kernels.gabor(0.2, theta=a, size=15) for a in angles]).shape
    (4, 15, 15)
    """
    result = kind_of(dtype)
    if np.iterable(frequency):
        wave = np.array(per_axis("frequency", frequency, None, -np.inf), np.longdouble)
    else:
        (turns,) = per_axis("frequency", frequency, 1, above=True)
        (angle,) = per_axis("theta", theta, 1, -np.inf)
        wave = turns * np.array([-np.sin(angle), np.cos(angle)], np.longdouble)
    total = float(np.sqrt((wave**2).sum()))
    if total == 0:
        raise ValueError(f"frequency must not be zero, but is {frequency!r}")
    if max(abs(wave)) >= 0.5:
        raise ValueError(
            f"frequency must be below 0.5 cycles per sample, not {frequency!r}"
        )
    if sigma is None:
        (octaves,) = per_axis("bandwidth", bandwidth, 1, above=True)
        ratio = (2**octaves + 1) / (2**octaves - 1)
        sigma = sqrt(np.log(2) / 2) / pi * ratio / total
    widths = per_axis("sigma", sigma, None if np.iterable(sigma) else 2, above=True)
    if len(widths) != 2:
        raise ValueError(
            f"sigma must be one number, or one along the wave and one across, "
            f"not {sigma!r}"
        )
    way, (on, across) = wave / total, widths
    (ends,) = per_axis("truncate", truncate, 1, above=True)
    (start,) = per_axis("phase", phase, 1, -np.inf)
    # how far the ellipsoid reaches along each axis
    reach = [
        max(abs(ends * on * part), abs(ends * across * sqrt(max(0, 1 - part**2))), 1)
        for part in way
    ]
    if size is None:
        sizes = sizes_of("sigma", [2 * int(np.ceil(r - 1e-9)) + 1 for r in reach], None)
    else:
        sizes = sizes_of("size", size, len(wave), odd=True)
    axes = [offsets(size) for size in sizes]
    places = np.stack(np.meshgrid(*axes, indexing="ij"), -1)
    ahead = places @ way
    aside = (places**2).sum(-1) - ahead**2
    envelope = np.exp(-0.5 * ((ahead / on) ** 2 + aside / across**2))
    taps = envelope / envelope.sum() * np.exp(1j * (2 * pi * (places @ wave) + start))
    return (taps if result.kind == "c" else taps.real).astype(result)


def unsharp(
    sigma: Numbers,
    amount: float = 1.0,
    *,
    ndim: int | None = None,
    truncate: float = 4.0,
    dtype: DTypeLike = np.float64,
) -> NDArray[Any]:
    r"""Make a kernel that sharpens: it adds what a blur takes away.

    .. math:: \delta + a (\delta - g)

    Parameters
    ----------
    sigma : float or sequence of float
        Standard deviation of the Gaussian g in samples.
    amount : float, optional
        The factor a.
    ndim : int, optional
        Number of axes if `sigma` is a single number; two by default.
    truncate, dtype : optional
        As for `gaussian`.

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
    >>> kernels.unsharp(0.5, 2, ndim=1)[1:4].round(3)
    array([-0.213,  1.427, -0.213])
    """
    (share,) = per_axis("amount", amount, 1, -np.inf)
    blur = gaussian(
        _isotropic("sigma", sigma, ndim), truncate=truncate, dtype=np.longdouble
    )
    sharp = embed(np.ones((1,) * blur.ndim), blur.shape)
    return (sharp + share * (sharp - blur)).astype(kind_of(dtype))


def _sizes(
    widths: tuple[float, ...], size: Integers | None, truncate: float
) -> list[int]:
    """Three taps at least, which what sums to zero needs."""
    sizes = [2 * radius + 1 for radius in radii_of("sigma", widths, size, truncate)]
    if size is not None and min(sizes) < 3:
        raise ValueError(f"size must be at least 3, not {size!r}")
    return [max(taps, 3) for taps in sizes]


def _isotropic(name: str, widths: Numbers, ndim: int | None) -> tuple[float, ...]:
    """Widths of what is of two dimensions unless said otherwise."""
    if ndim is None and not np.iterable(widths):
        ndim = 2
    return per_axis(name, widths, ndim, above=True)
