"""Gaussians, their derivatives, Laplacians and differences."""

from __future__ import annotations

from functools import reduce
from math import factorial, sqrt
from operator import index
from typing import Any, Literal

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .._core.arguments import check_word, integer_of
from ._arguments import (
    Integers,
    Numbers,
    dtype_of,
    one_of,
    per_axis,
    radii_of,
    widths_of,
    zero_sum_sizes,
)
from ._coordinates import offsets
from ._separable import outer

Kind = Literal["sampled", "integrated", "discrete"]

_KINDS = ("sampled", "integrated", "discrete")
# Ratio of the two widths at which a difference of Gaussians is most similar to a
# Laplacian of a Gaussian (Marr and Hildreth, 1980).
_RATIO = 1.6
# Lower bound of the taps of a Gaussian from which a derivative is made, relative to the
# outermost tap that a derivative of this order needs. Smaller taps become zero, because
# they make the correction of the moments ill-conditioned.
_LEAST_TAP = 1e-10
# Number of steps of iterative refinement. The moments are solved for in double
# precision; the steps make the taps precise in long double.
_REFINEMENTS = 3


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
    r"""Make a Gaussian or a derivative of a Gaussian.

    .. math:: g(x) = \frac{1}{\sqrt{2 \pi} \sigma} e^{-x^2 / 2 \sigma^2}

    In several dimensions the kernel is the product over the axes.

    Parameters
    ----------
    sigma : float or sequence of float
        Standard deviation in samples, along every axis or along each axis. An axis
        with 0 is not filtered.
    fwhm : float or sequence of float, optional
        Instead of `sigma`: full width at half maximum in samples, which is
        :math:`2 \sqrt{2 \ln 2} \, \sigma`.
    ndim : int, optional
        Number of axes if the width is a single number, one by default.
    order : int or sequence of int, optional
        Order of the derivative along every axis, or along each axis.
    kind : {'sampled', 'integrated', 'discrete'}, optional
        How taps are made. 'sampled': values of g at the samples. 'integrated':
        integrals of g over the samples. 'discrete': the discrete Gaussian
        :math:`e^{-\sigma^2} I_n(\sigma^2)` of Lindeberg [1]_, with the modified Bessel
        function :math:`I_n`. The convolution of two discrete Gaussians is exactly a
        discrete Gaussian, whose variance is the sum of their variances. Its
        derivatives are central differences.
    size : int or sequence of int, optional
        Odd number of taps along every axis, or along each axis. `truncate` is then
        ignored.
    truncate : float, optional
        Radius of the kernel in units of `sigma`.
    dtype : dtype, optional
        Floating-point or complex type of the taps.

    Returns
    -------
    ndarray
        For order 0, taps that sum to one. For order m, a kernel whose output is
        exactly 1 for the input :math:`x^m / m!` (a unit ramp if m is 1), and 0 for
        lower powers of x. Sampling and truncation alone would change these outputs;
        the kernel contains a correction, which is g times a polynomial of a lower
        degree.

    Raises
    ------
    ValueError, TypeError
        If an argument has a wrong value or type, or if not exactly one of `sigma` and
        `fwhm` is given. The message names the argument and its allowed values.

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
    name, given = one_of(sigma=sigma, fwhm=fwhm)
    widths = per_axis(name, given, ndim)
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
    result = dtype_of(dtype)
    factors = []
    for width, number, radius in zip(widths, orders, radii, strict=True):
        integer_of("order", number, 0)
        if number and not width:
            raise ValueError(f"{name} must be above 0 for a derivative, not {given!r}")
        least = _least_radius(number)
        if size is not None and radius < least:
            raise ValueError(
                f"size must be at least {2 * least + 1} for order={order}, not {size!r}"
            )
        factors.append(_derivative(width, number, max(radius, least), kind))
    return outer(factors).astype(result)


def _least_radius(order: int) -> int:
    """Return the least number of taps on each side that a derivative needs."""
    return (order + 1) // 2


def _derivative(sigma: float, order: int, radius: int, kind: str) -> NDArray[Any]:
    """Make the taps of a derivative of a Gaussian along one axis."""
    least = _least_radius(order)
    if kind == "discrete":
        taps = _gaussian(sigma, radius - least, kind)
        for _ in range(order // 2):
            taps = np.convolve(taps, [1, -2, 1])
        return np.convolve(taps, [0.5, 0, -0.5]) if order % 2 else taps
    taps = _gaussian(sigma, radius, kind)
    if not order:
        return taps
    large = taps[radius:] > _LEAST_TAP * taps[radius + least]
    inner = max(int(large.sum()) - 1, least)
    x = offsets(2 * inner + 1) / sigma
    # With the fewest taps that are possible, the moments alone determine the kernel.
    # Weights of one are then better conditioned than a narrow Gaussian.
    weights, derivative = np.ones(x.size, np.longdouble), x**order
    if inner > least:
        weights = taps[radius - inner : radius + inner + 1]
        derivative = _hermite(x, order)
        if kind == "integrated":
            # The integral of a derivative over a sample is the difference, between
            # both ends of the sample, of the derivative of one order less.
            ends = [_hermite(x + end / sigma, order - 1) for end in (0.5, -0.5)]
            derivative = ends[0] - ends[1]
    taps = _correct_moments(derivative, weights, x, order)
    taps /= np.longdouble(sigma) ** order
    padded: NDArray[Any] = np.pad(taps, radius - inner)
    return padded


def _gaussian(sigma: float, radius: int, kind: str) -> NDArray[Any]:
    """Make the taps of a Gaussian along one axis; they sum to one."""
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
    """Compute a derivative of exp(-x^2 / 2) with a Hermite polynomial."""
    from scipy.special import eval_hermitenorm

    polynomial = eval_hermitenorm(order, x.astype(float))
    return (-1) ** order * polynomial * np.exp(-0.5 * x**2)


def _correct_moments(
    derivative: NDArray[Any], weights: NDArray[Any], x: NDArray[Any], order: int
) -> NDArray[Any]:
    """Correct a derivative, so that it gives 1 for x^m / m! and 0 for lower powers.

    The result is the derivative, scaled, plus `weights` times a polynomial of x of a
    degree below `order`.
    """
    parts = [weights * x**n for n in range(order)] + [derivative]
    parts = [part / abs(part).max() for part in parts]
    powers = np.arange(order + 1)
    moments = np.array([[((-x) ** n * part).sum() for part in parts] for n in powers])
    residual = np.where(powers == order, factorial(order), 0).astype(np.longdouble)
    result = np.zeros(x.shape, np.longdouble)
    for _ in range(_REFINEMENTS):
        factors = np.linalg.solve(moments.astype(float), residual.astype(float))
        result += sum(f * part for f, part in zip(factors, parts, strict=True))
        residual = residual - moments @ factors
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
    r"""Make the Laplacian of a Gaussian, a detector of blobs.

    .. math:: \sum_a \partial^2 g / \partial x_a^2

    Edges are where the output crosses zero.

    Parameters
    ----------
    sigma : float or sequence of float
        Standard deviation in samples, along every axis or along each axis; above 0.
    ndim : int, optional
        Number of axes if `sigma` is a single number, two by default.
    kind : {'sampled', 'integrated', 'discrete'}, optional
        How the taps of the Gaussian are made, as for `gaussian`.
    size : int or sequence of int, optional
        Odd number of taps along every axis, or along each axis; at least 3.
        `truncate` is then ignored.
    truncate : float, optional
        Radius of the kernel in units of `sigma`.
    dtype : dtype, optional
        Floating-point or complex type of the taps.

    Returns
    -------
    ndarray
        Taps that sum to zero. The output is exactly 1 for the parabola
        :math:`x_a^2 / 2` along any axis a.

    Raises
    ------
    ValueError, TypeError
        If an argument has a wrong value or type. The message names the argument and
        its allowed values.

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
    widths = widths_of("sigma", sigma, ndim)
    sizes = zero_sum_sizes("sigma", widths, size, truncate)
    terms = [
        gaussian(
            widths, order=order.tolist(), kind=kind, size=sizes, dtype=np.longdouble
        )
        for order in 2 * np.eye(len(widths), dtype=int)
    ]
    return reduce(np.add, terms).astype(dtype_of(dtype))


def difference_of_gaussians(
    low: Numbers,
    high: Numbers | None = None,
    *,
    ndim: int | None = None,
    kind: Kind = "sampled",
    truncate: float = 4.0,
    dtype: DTypeLike = np.float64,
) -> NDArray[Any]:
    """Make a narrow Gaussian minus a wide one, which is a band-pass filter.

    Parameters
    ----------
    low : float or sequence of float
        Standard deviation of the narrow Gaussian in samples, along every axis or along
        each axis; above 0.
    high : float or sequence of float, optional
        Standard deviation of the wide Gaussian in samples, above `low`. The default is
        1.6 times `low`: the kernel is then similar to a Laplacian of a Gaussian with
        the opposite sign.
    ndim : int, optional
        Number of axes if `low` is a single number, two by default.
    kind : {'sampled', 'integrated', 'discrete'}, optional
        How the taps of the Gaussians are made, as for `gaussian`.
    truncate : float, optional
        Radius of the kernel in units of `high`.
    dtype : dtype, optional
        Floating-point or complex type of the taps.

    Returns
    -------
    ndarray
        Taps that sum to zero. Each of the two Gaussians sums to one.

    Raises
    ------
    ValueError, TypeError
        If an argument has a wrong value or type. The message names the argument and
        its allowed values.

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
    narrow = widths_of("low", low, ndim)
    widest = "low" if high is None else "high"
    if high is None:
        high = [_RATIO * width for width in narrow]
    wide = per_axis("high", high, len(narrow), above=True)
    if any(b <= a for a, b in zip(narrow, wide, strict=True)):
        raise ValueError(f"high must be above low={low!r}, not {high!r}")
    size = zero_sum_sizes(widest, wide, None, truncate)
    first, second = (
        gaussian(widths, kind=kind, size=size, dtype=np.longdouble)
        for widths in (narrow, wide)
    )
    return (first - second).astype(dtype_of(dtype))
