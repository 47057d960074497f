"""Low-pass filters: the windowed sinc and the causal exponential."""

from __future__ import annotations

from math import ceil, expm1, inf, log, log1p
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ._arguments import (
    Integers,
    Numbers,
    dtype_of,
    number_of,
    one_of,
    per_axis,
    sizes_of,
)
from ._coordinates import offsets
from ._separable import averages

# Sum of the weights that `exponential` leaves out by default, of a total of one.
_TAIL = 1e-6


def sinc(
    cutoff: Numbers,
    size: Integers,
    *,
    window: Any = "hamming",
    ndim: int | None = None,
    dtype: DTypeLike = np.float64,
) -> NDArray[Any]:
    r"""Make a low-pass filter by the window method.

    .. math:: h[k] \sim w[k] \, \frac{\sin 2 \pi f k}{\pi k}

    with the window w. In several dimensions the kernel is the product over the axes.

    Parameters
    ----------
    cutoff : float or sequence of float
        Cutoff frequency f in cycles per sample, above 0 and below 0.5, along every
        axis or along each axis.
    size : int or sequence of int
        Number of taps along every axis, or along each axis.
    window : str, tuple or float, optional
        Window w, as for `scipy.signal.get_window`.
    ndim : int, optional
        Number of axes if `cutoff` and `size` are single numbers, one by default.
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

    See Also
    --------
    scipy.signal.firwin : the same filter in one dimension

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

    result = dtype_of(dtype)
    if ndim is None and np.iterable(cutoff):
        ndim = len([*cutoff]) or None
    sizes = sizes_of("size", size, ndim)
    frequencies = per_axis("cutoff", cutoff, len(sizes), above=True)
    if max(frequencies) >= 0.5:
        raise ValueError(f"cutoff must be below 0.5 cycles per sample, not {cutoff!r}")

    def taps(axis: int, number: int) -> NDArray[Any]:
        ideal = np.sinc(2 * frequencies[axis] * offsets(number))
        windowed = ideal * get_window(window, number, fftbins=False)
        if not abs(windowed.sum()) > 0:
            raise ValueError(
                f"window must have a tap that is not zero, but {window!r} of size "
                f"{number} has none"
            )
        return windowed

    return averages(sizes, taps).astype(result)


def exponential(
    alpha: float | None = None,
    *,
    span: float | None = None,
    halflife: float | None = None,
    size: int | None = None,
    dtype: DTypeLike = np.float64,
) -> NDArray[Any]:
    r"""Make an exponential moving average, which is causal.

    .. math:: h[k] \sim \alpha (1 - \alpha)^k, \quad k \ge 0

    The taps at negative k are zero. They are part of the kernel so that its centre is
    at k = 0, and mode 'same' is causal. Use it for measurements of which later samples
    are not known yet. `normalized_convolve` with ``edges='renormalize'`` removes the
    bias of the first outputs, which have few samples.

    Parameters
    ----------
    alpha : float
        Weight of the most recent sample, above 0 and at most 1.
    span : float, optional
        Instead of `alpha`: :math:`2 / \alpha - 1`, at least 1. A moving average of
        this number of samples smooths about as much.
    halflife : float, optional
        Instead of `alpha`: number of samples after which a weight is halved, above 0.
    size : int, optional
        Number of samples that have a weight. By default the weights that are left out
        sum to at most one millionth of all weights.
    dtype : dtype, optional
        Floating-point or complex type of the taps.

    Returns
    -------
    ndarray, shape (2 * size - 1,)
        Taps that sum to one.

    Raises
    ------
    ValueError, TypeError
        If an argument has a wrong value or type, or if not exactly one of `alpha`,
        `span` and `halflife` is given. The message names the argument and its allowed
        values.

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
    name, value = one_of(alpha=alpha, span=span, halflife=halflife)
    weight = number_of(name, value, float(name == "span"), above=name != "span")
    if name == "span":
        weight = 2 / (weight + 1)
    elif name == "halflife":
        weight = -expm1(-log(2) / weight)
    if weight > 1:
        raise ValueError(f"alpha must be at most 1, not {alpha!r}")
    if size is None:
        # The rate is 0 where `weight` underflows. `sizes_of` then refuses the size.
        rate = -log1p(-weight) if weight < 1 else inf
        number = -log(_TAIL) / rate if rate else inf
        (length,) = sizes_of(name, max(1, ceil(min(number, 2.0**40))), 1)
    else:
        (length,) = sizes_of("size", size, 1)
    taps = (1 - np.longdouble(weight)) ** np.arange(length)
    causal: NDArray[Any] = np.pad(taps / taps.sum(), (length - 1, 0))
    return causal.astype(dtype_of(dtype))
