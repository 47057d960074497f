"""Local polynomial fits by least squares: the filter of Savitzky and Golay."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ._arguments import Integers, Numbers, dtype_of, integer_of, per_axis, sizes_of
from ._coordinates import offsets

# Number of steps of iterative refinement. The pseudo-inverse is of double precision;
# the steps make the taps precise in long double.
_REFINEMENTS = 4


def savitzky_golay(
    window_length: Integers,
    polyorder: int,
    *,
    deriv: Integers = 0,
    delta: Numbers = 1.0,
    ndim: int | None = None,
    dtype: DTypeLike = np.float64,
) -> NDArray[Any]:
    """Make a filter that fits a polynomial to the samples around, by least squares.

    The polynomial has a total degree of at most `polyorder`. The output is the value
    of the polynomial at the centre of the window, or a derivative there.

    Parameters
    ----------
    window_length : int or sequence of int
        Number of taps along every axis, or along each axis; above `polyorder`.
    polyorder : int
        Degree of the polynomial, at least 0.
    deriv : int or sequence of int, optional
        Order of the derivative along each axis. A single number is allowed if there is
        one axis, or if the number is 0.
    delta : float or sequence of float, optional
        Distance of neighbouring samples along every axis, or along each axis; the
        unit of derivatives. Above 0.
    ndim : int, optional
        Number of axes if `window_length` is a single number, one by default.
    dtype : dtype, optional
        Floating-point or complex type of the taps.

    Returns
    -------
    ndarray, shape `window_length`
        Taps that sum to one if `deriv` is 0. Values and derivatives are exact for
        polynomials of a total degree of at most `polyorder`.

    Raises
    ------
    ValueError, TypeError
        If an argument has a wrong value or type, or if there are fewer taps than the
        polynomial needs. The message names the argument and its allowed values.

    See Also
    --------
    scipy.signal.savgol_coeffs : the same filter in one dimension

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
    degree = integer_of("polyorder", polyorder, 0)
    if min(sizes) <= degree:
        raise ValueError(
            f"window_length must be above polyorder={degree}, not {window_length!r}"
        )
    orders = _orders(deriv, len(sizes))
    spacing = per_axis("delta", delta, len(sizes), above=True)
    result = dtype_of(dtype)
    if sum(orders) > degree:
        # The derivative of the polynomial is zero. SciPy returns zeros, too.
        return np.zeros(sizes, result)
    powers = [
        p for p in product(range(degree + 1), repeat=len(sizes)) if sum(p) <= degree
    ]
    # The least-squares problem is well conditioned if coordinates are at most one.
    scales = [max((size - 1) / 2, 0.5) for size in sizes]
    coordinates = [offsets(size) / s for size, s in zip(sizes, scales, strict=True)]
    design = np.stack([_monomial(coordinates, p).ravel() for p in powers], -1)
    wanted = np.arange(len(powers)) == powers.index(orders)
    fit = (design @ _coefficients(design, wanted)).reshape(sizes)
    for axis, (order, s, step) in enumerate(zip(orders, scales, spacing, strict=True)):
        # The taps become exactly even or odd, and are reversed for a convolution.
        mirrored = np.flip(fit, axis)
        fit = (mirrored - fit if order % 2 else mirrored + fit) / 2
        for n in range(order):
            fit = fit * (n + 1) / (s * np.longdouble(step))
    return fit.astype(result)


def _monomial(coordinates: list[NDArray[Any]], powers: tuple[int, ...]) -> NDArray[Any]:
    factors = [x**n for x, n in zip(coordinates, powers, strict=True)]
    return reduce(np.multiply.outer, factors)


def _coefficients(design: NDArray[Any], wanted: NDArray[Any]) -> NDArray[Any]:
    """Solve the normal equations with `wanted` on the right, in long double.

    The taps are a polynomial, too. Their sum with the wanted monomial is one, and with
    every other monomial is zero.
    """
    inverse = np.linalg.pinv(design.astype(float))
    coefficients = np.zeros(wanted.size, np.longdouble)
    for _ in range(_REFINEMENTS):
        residual = wanted - (design @ coefficients) @ design
        coefficients += inverse @ (inverse.T @ residual)
    return coefficients


def _orders(deriv: Integers, count: int) -> tuple[int, ...]:
    """Return the order of the derivative along each axis."""
    given = [*deriv] if isinstance(deriv, Iterable) else [deriv]
    if len(given) == 1 and given[0] == 0:
        given *= count
    if len(given) != count:
        raise ValueError(
            f"deriv must be one integer for each of {count} axes, not {deriv!r}"
        )
    return tuple(integer_of("deriv", order, 0) for order in given)
