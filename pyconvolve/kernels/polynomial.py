"""Local polynomial fits by least squares: the filter of Savitzky and Golay."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .._core.arguments import integer_of
from ._arguments import Integers, Numbers, dtype_of, per_axis, sizes_of
from ._gram import extended_quotients, fit


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

    Notes
    -----
    Taps are computed in exact arithmetic, and rounded at the end. Least squares in
    floating point lose all digits of wide windows.

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
    integers, divisor = fit(sizes, degree, [0] * len(sizes), orders)
    # a convolution takes the taps in the reverse order
    taps = np.flip(extended_quotients(integers, divisor))
    for order, step in zip(orders, spacing, strict=True):
        taps = taps / np.longdouble(step) ** order
    return taps.astype(result)


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
