"""Filters that change the rate of a signal: `upfirdn`, `resample_poly`, `decimate`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import gcd
from numbers import Complex, Real
from operator import index
from typing import Any

import numpy as np
import scipy.signal
from numpy.typing import ArrayLike, NDArray

from .._core.caches import Cache
from .._core.dtypes import real_type
from .._core.output import copy_to, output_for
from .along import call_original, has_samples, narrowed
from .continued import BOUNDARIES, EXTRAPOLATIONS, convolve_continued
from .drop_in import drop_in

_MODES = (*BOUNDARIES, *EXTRAPOLATIONS)
# Value of `padtype` of resample_poly -> the number that is subtracted from a signal.
_BACKGROUNDS: dict[str, Callable[..., Any]] = {
    "mean": np.mean,
    "median": np.median,
    "minimum": np.min,
    "maximum": np.max,
}
_filters = Cache[NDArray[Any]](1 << 20, lambda taps: taps.nbytes)


@drop_in
def upfirdn(
    h: ArrayLike,
    x: ArrayLike,
    up: int = 1,
    down: int = 1,
    axis: int = -1,
    mode: str = "constant",
    cval: complex = 0,
    *,
    out: NDArray[Any] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    """Insert zeros between samples, convolve, and take every so-many-th output.

    Parameters
    ----------
    h : array_like, one-dimensional
        The filter.
    x : array_like
        The signal.
    up, down : int, optional
        Each sample is followed by ``up - 1`` zeros, and of ``down`` outputs one is
        computed.
    axis : int, optional
        The axis to filter along.
    mode : str, optional
        How the signal is continued beyond its ends. 'constant': by `cval`. 'edge',
        'reflect', 'symmetric', 'wrap': as for `pyconvolve.convolve`. 'antireflect' and
        'antisymmetric': by its point reflections, at the last sample or after it.
        'smooth': by the line through the last two samples. 'line': by the line through
        the first and the last sample.
    cval : scalar, optional
        The value outside with `mode` 'constant'.
    out, workers : optional
        As for `pyconvolve.convolve`; SciPy has neither.

    Returns
    -------
    ndarray
        Floating point of single or double precision, of the type that NumPy promotes
        the inputs and float32 to. Along `axis`, N samples and K taps have
        ``((N - 1) * up + K - 1) // down + 1`` outputs.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong, with SciPy's message.

    References
    ----------
    .. [1] `scipy.signal.upfirdn`

    Examples
    --------
    >>> from pyconvolve import signal
    >>> signal.upfirdn([0.5, 1, 0.5], [2, 4, 6], up=2)
    array([1., 2., 3., 4., 5., 6., 3.])
    >>> signal.upfirdn([1, 1], [1, 2, 3, 4], down=2, mode="line")
    array([1., 5., 9.])
    """
    taps, signal = np.asarray(h), np.asarray(x)
    dtype = _type_of(taps, signal)
    if not (
        dtype is not None
        and taps.ndim == 1
        and taps.size
        and has_samples(signal, axis)
        and _is_rate(up)
        and _is_rate(down)
        and isinstance(mode, str)
        and mode.lower() in _MODES
        and _is_constant(cval, dtype)
    ):
        return call_original("upfirdn", h, x, up, down, axis, mode, cval, out=out)
    up, down = int(up), int(down)
    return convolve_continued(
        signal, narrowed(taps, dtype, signal.dtype), axis, mode.lower(), None, cval, up,
        down, out, workers,
    )  # fmt: skip


def _type_of(*arrays: NDArray[Any] | None) -> np.dtype | None:
    """Return the type of the result of `upfirdn`; None: SciPy refuses the inputs."""
    dtypes = [array.dtype for array in arrays if array is not None]
    if any(dtype.kind not in "biufc" for dtype in dtypes):
        return None
    dtype = np.result_type(*dtypes, np.float32)
    return dtype if dtype.char in "fdFD" else None


def _is_rate(value: Any) -> bool:
    return isinstance(value, Real) and 1 <= float(value) < np.inf


def _is_constant(cval: Any, dtype: np.dtype) -> bool:
    return isinstance(cval, Complex if dtype.kind == "c" else Real)


@drop_in
def resample_poly(
    x: ArrayLike,
    up: int,
    down: int,
    axis: int = 0,
    window: Any = ("kaiser", 5.0),
    padtype: str = "constant",
    cval: complex | None = None,
    *,
    out: NDArray[Any] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    """Change the sampling rate of a signal by the factor ``up / down``.

    Parameters
    ----------
    x : array_like
        The signal.
    up, down : int
        Numerator and denominator of the factor.
    axis : int, optional
        The axis to resample.
    window : str, tuple, float or array_like, optional
        The window that `scipy.signal.firwin` designs a low-pass filter with, or the
        taps of the filter, at the rate of the signal with zeros inserted.
    padtype : str, optional
        How the signal is continued beyond its ends: 'mean', 'median', 'minimum' and
        'maximum' by this number of its samples, otherwise as `mode` of `upfirdn`.
    cval : scalar, optional
        The value outside with `padtype` 'constant', zero by default.
    out, workers : optional
        As for `pyconvolve.convolve`; SciPy has neither.

    Returns
    -------
    ndarray
        Floating point, as for `upfirdn`. Along `axis`, N samples have
        ``ceil(N * up / down)`` outputs. If the factor is one, a copy of `x`.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong, with SciPy's message.

    References
    ----------
    .. [1] `scipy.signal.resample_poly`

    Examples
    --------
    >>> from pyconvolve import signal
    >>> signal.resample_poly([2, 4, 6], 2, 1, window=[0.25, 0.5, 0.25])
    array([2., 3., 4., 5., 6., 3.])
    """
    signal = np.asarray(x)
    theirs = partial(
        call_original, "resample_poly", x, up, down, axis, window, padtype, cval,
        out=out,
    )  # fmt: skip
    if not (
        has_samples(signal, axis)
        and all(_is_rate(rate) and rate == int(rate) for rate in (up, down))
        and (padtype in _MODES or padtype in _BACKGROUNDS)
        and (cval is None or padtype == "constant")
        # NumPy subtracts no truth values
        and (signal.dtype.kind != "b" or padtype not in ("minimum", "maximum"))
    ):
        return theirs()
    common = gcd(int(up), int(down))
    rates = int(up) // common, int(down) // common
    if rates == (1, 1):
        result = output_for(out, signal.shape, signal.dtype, (signal,))
        result[...] = signal
        return copy_to(out, result)
    taps = _low_pass(max(rates), window, signal.dtype)
    constant = 0 if cval is None else cval
    background = None
    if padtype in _BACKGROUNDS:
        background = _BACKGROUNDS[padtype](signal, axis=axis, keepdims=True)
    dtype = None if taps is None else _type_of(taps, signal, background)
    if taps is None or dtype is None or not _is_constant(constant, dtype):
        return theirs()
    taps *= rates[0]
    if background is not None:
        signal = np.subtract(signal, background, dtype=dtype)
    samples, centre = signal.shape[axis], (taps.size - 1) // 2
    last = centre + (-(-samples * rates[0] // rates[1]) - 1) * rates[1]
    # outputs beyond the last tap are zero
    missing = last - ((samples - 1) * rates[0] + taps.size - 1)
    if missing > 0:
        taps = np.pad(taps, (0, missing))
    result = convolve_continued(
        signal, narrowed(taps, dtype, signal.dtype), axis,
        "constant" if padtype in _BACKGROUNDS else padtype, (centre, last), constant,
        *rates, out, workers,
    )  # fmt: skip
    if background is not None:
        target = np.asarray(result)
        target += background
    return result


def _low_pass(rate: int, window: Any, dtype: np.dtype) -> NDArray[Any] | None:
    """Return a copy of the taps of `resample_poly`; None: SciPy must find them."""
    if type(window) in (list, np.ndarray):
        taps = np.array(window)
        return taps if taps.ndim == 1 and taps.size else None
    if not isinstance(window, str | tuple | Real):
        return None
    taps = _designed(20 * rate + 1, 1.0 / rate, window)
    return taps.astype(real_type(dtype) if dtype.kind in "fc" else np.float64)


def _designed(count: int, cutoff: float, window: Any) -> NDArray[Any]:
    """Return the taps that `scipy.signal.firwin` designs, from a cache if possible."""
    design = partial(scipy.signal.firwin, count, cutoff, window=window)
    try:
        hash(window)
    except TypeError:
        # a window with a list of parameters is no key
        return design()
    return _filters.find_or_make((count, cutoff, window), design)


@drop_in
def decimate(
    x: ArrayLike,
    q: int,
    n: int | None = None,
    ftype: Any = "iir",
    axis: int = -1,
    zero_phase: bool = True,
    *,
    out: NDArray[Any] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    """Reduce the sampling rate of a signal after a low-pass filter.

    Parameters
    ----------
    x : array_like
        The signal.
    q : int
        One of `q` samples is computed.
    n : int, optional
        Order of the filter; by default 8 for 'iir', and ``20 * q`` for 'fir'.
    ftype : {'iir', 'fir'} or `scipy.signal.dlti`, optional
        A filter with feedback, which SciPy computes. Or the low-pass filter of
        `scipy.signal.firwin` with a Hamming window. Or a filter of your own.
    axis : int, optional
        The axis to decimate.
    zero_phase : bool, optional
        Whether outputs are shifted by the delay of the filter.
    out, workers : optional
        As for `pyconvolve.convolve`; SciPy has neither.

    Returns
    -------
    ndarray
        Along `axis`, N samples have ``ceil(N / q)`` outputs. Of the type of `x`, if it
        is a floating-point type of single precision at least, otherwise float64.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong, with SciPy's message.

    References
    ----------
    .. [1] `scipy.signal.decimate`

    Examples
    --------
    >>> import numpy as np
    >>> from pyconvolve import signal
    >>> signal.decimate(np.arange(200.0), 4, ftype="fir")[20:23].round(2)
    array([80., 84., 88.])
    """
    signal = np.asarray(x)
    is_designed = isinstance(ftype, str) and ftype == "fir"
    is_system = isinstance(ftype, scipy.signal.dlti) and not ftype.to_zpk().poles.size
    theirs = partial(
        call_original, "decimate", x, q, n, ftype, axis, zero_phase, out=out
    )
    if not ((is_designed or is_system) and has_samples(signal, axis)):
        return theirs()
    q, n = index(q), None if n is None else index(n)
    if is_system:
        system = ftype.to_tf()
        taps = system.num / system.den
    else:
        kind = signal.dtype
        if kind.kind not in "fc" or kind == np.float16:
            kind = np.dtype(np.float64)
        taps = _designed((20 * q if n is None else n) + 1, 1.0 / q, "hamming")
        taps = taps.astype(real_type(kind))
    if zero_phase:
        return resample_poly(signal, 1, q, axis, taps, out=out, workers=workers)
    dtype = _type_of(taps, signal)
    if dtype is None or taps.ndim != 1:
        return theirs()
    lags = 0, signal.shape[axis] - 1
    return convolve_continued(
        signal, narrowed(taps, dtype, signal.dtype), axis, "constant", lags, 0, 1, q,
        out, workers,
    )  # fmt: skip
