"""Filters with one coefficient in their denominator: `lfilter` and `filtfilt`."""

from __future__ import annotations

from typing import Any, Literal, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import convolution
from .along import call_original, convolve_along, has_samples, narrowed
from .continued import continued, convolve_continued
from .drop_in import drop_in

# Padding of filtfilt -> mode of upfirdn.
_PADDINGS = {"odd": "antireflect", "even": "reflect", "constant": "edge"}


@overload
def lfilter(
    b: ArrayLike,
    a: ArrayLike,
    x: ArrayLike,
    axis: int = -1,
    zi: None = None,
    *,
    out: NDArray[Any] | None = None,
    workers: int | None = None,
) -> NDArray[Any]: ...
@overload
def lfilter(
    b: ArrayLike,
    a: ArrayLike,
    x: ArrayLike,
    axis: int = -1,
    *,
    zi: ArrayLike,
    out: NDArray[Any] | None = None,
    workers: int | None = None,
) -> tuple[NDArray[Any], NDArray[Any]]: ...
@overload
def lfilter(
    b: ArrayLike,
    a: ArrayLike,
    x: ArrayLike,
    axis: int,
    zi: ArrayLike,
    *,
    out: NDArray[Any] | None = None,
    workers: int | None = None,
) -> tuple[NDArray[Any], NDArray[Any]]: ...
@drop_in
def lfilter(
    b: ArrayLike,
    a: ArrayLike,
    x: ArrayLike,
    axis: int = -1,
    zi: ArrayLike | None = None,
    *,
    out: NDArray[Any] | None = None,
    workers: int | None = None,
) -> NDArray[Any] | tuple[NDArray[Any], NDArray[Any]]:
    """Filter a signal along one axis.

    Parameters
    ----------
    b : array_like, one-dimensional
        Coefficients of the numerator.
    a : array_like, one-dimensional
        Coefficients of the denominator. If there is one, the filter is a convolution
        with ``b / a`` that pyconvolve computes. Filters with feedback are SciPy's.
    x : array_like
        The signal.
    axis : int, optional
        The axis to filter along.
    zi : array_like, optional
        The state of the filter before the first sample, as `scipy.signal.lfiltic`
        returns it. Along `axis` it has ``max(len(a), len(b)) - 1`` numbers, and along
        each other axis as many as `x`, or one.
    out, workers : optional
        As for `pyconvolve.convolve`, `out` for `y`; SciPy has neither.

    Returns
    -------
    y : ndarray, of the shape of `x`
        The filtered signal, of the type that NumPy promotes the inputs to.
    zf : ndarray
        Only if `zi` is given: the state of the filter after the last sample.

    Raises
    ------
    ValueError, NotImplementedError
        If an argument is wrong, with SciPy's message.

    References
    ----------
    .. [1] `scipy.signal.lfilter`

    Examples
    --------
    >>> from pyconvolve import signal
    >>> signal.lfilter([1, 1], 2.0, [2, 4, 6])
    array([1., 3., 5.])
    >>> signal.lfilter([1, 1], 1.0, [2, 4, 6], zi=[10])
    (array([12.,  6., 10.]), array([6.]))
    """
    numerator, denominator = np.atleast_1d(b), np.atleast_1d(a)
    signal = np.asarray(x)
    state, dtype = None, None
    if denominator.size == numerator.ndim == 1 and has_samples(signal, axis):
        given = [numerator, denominator, signal]
        if zi is not None:
            state = _state(np.asarray(zi), signal.shape, axis, numerator.size - 1)
            given += [] if state is None else [state]
        if (zi is None) == (state is None):
            dtype = _type_of(*given)
    if dtype is None:
        return call_original("lfilter", b, a, x, axis, zi, out=out)
    taps = _divided(numerator, denominator, dtype, signal.dtype)
    if state is None:
        return _first_outputs(signal, taps, axis, out, workers)
    # The signal is read before `out` is written, which may be the same array.
    final = _final_state(signal, taps, axis, state, workers)
    result = _first_outputs(signal, taps, axis, out, workers)
    along = np.moveaxis(np.asarray(result), axis, 0)
    along[: taps.size - 1] += np.moveaxis(state, axis, 0)[: len(along)]
    return result, final


def _first_outputs(
    x: NDArray[Any],
    taps: NDArray[Any],
    axis: int,
    out: NDArray[Any] | None,
    workers: int | None,
) -> NDArray[Any]:
    """Compute as many outputs as there are samples, from a state of zero."""
    samples = x.shape[axis]
    # the last outputs reach no more taps than there are samples
    return convolve_along(
        x, taps[:samples], axis, "constant", (0, samples - 1), out=out, workers=workers
    )


def _final_state(
    x: NDArray[Any],
    taps: NDArray[Any],
    axis: int,
    state: NDArray[Any],
    workers: int | None,
) -> NDArray[Any]:
    """Return the state of a filter after the last sample."""
    samples, order = x.shape[axis], taps.size - 1
    final = np.empty(state.shape, np.result_type(x, taps))
    if order:
        lags = samples, samples + order - 1
        convolve_along(x, taps, axis, "constant", lags, out=final, workers=workers)
    along = np.moveaxis(final, axis, 0)
    along[: max(order - samples, 0)] += np.moveaxis(state, axis, 0)[samples:]
    return final


def _state(
    zi: NDArray[Any], shape: tuple[int, ...], axis: int, order: int
) -> NDArray[Any] | None:
    """Broadcast the state of a filter; None: its shape is wrong."""
    wanted = list(shape)
    wanted[axis] = order
    if zi.ndim != len(shape) or zi.shape[axis] != order:
        return None
    if any(n not in (1, m) for n, m in zip(zi.shape, wanted, strict=True)):
        return None
    return np.broadcast_to(zi, wanted)


def _type_of(b: NDArray[Any], a: NDArray[Any], *others: NDArray[Any]) -> Any:
    """Return the type of the result; None: it is not a convolution of ours."""
    if not (b.ndim == a.ndim == 1 and b.size and a.size == 1):
        return None
    arrays = b, a, *others
    if any(array.dtype.kind not in "biufc" for array in arrays):
        return None
    dtype = np.result_type(*arrays)
    # SciPy refuses other types
    return dtype if dtype.char in "fdgFDG" else None


def _divided(
    b: NDArray[Any], a: NDArray[Any], dtype: np.dtype, signal: np.dtype
) -> NDArray[Any]:
    """Return the taps of a filter."""
    if a.dtype.kind == "c":
        b = b.astype(dtype)
    taps = narrowed(b, dtype, signal)
    taps /= a.astype(taps.dtype)[0]
    return taps


@drop_in
def filtfilt(
    b: ArrayLike,
    a: ArrayLike,
    x: ArrayLike,
    axis: int = -1,
    padtype: Literal["odd", "even", "constant"] | None = "odd",
    padlen: int | None = None,
    method: Literal["pad", "gust"] = "pad",
    irlen: int | None = None,
    *,
    out: NDArray[Any] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    """Filter a signal forward and backward along one axis.

    Parameters
    ----------
    b : array_like, one-dimensional
        Coefficients of the numerator.
    a : array_like, one-dimensional
        Coefficients of the denominator. If there is one, and `method` is 'pad', the
        filter is a convolution that pyconvolve computes. Others are SciPy's.
    x : array_like
        The signal.
    axis : int, optional
        The axis to filter along.
    padtype : {'odd', 'even', 'constant', None}, optional
        How the signal is continued: by its point reflection or its mirror image at the
        last sample, by this sample, or not at all.
    padlen : int, optional
        Number of samples that continue the signal on each side, below the number of
        samples; by default ``3 * max(len(a), len(b))``.
    method : {'pad', 'gust'}, optional
        'pad': as `padtype` and `padlen` say. 'gust': Gustafsson's initial states.
    irlen : int, optional
        Number of samples of the response to an impulse that method 'gust' uses.
    out, workers : optional
        As for `pyconvolve.convolve`; SciPy has neither.

    Returns
    -------
    ndarray, of the shape of `x`
        The filtered signal. Floating point, of the type that NumPy promotes the inputs
        to.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong, with SciPy's message.

    Notes
    -----
    If the padding is at least as long as the filter less one tap, both passes are one
    convolution with the filter convolved with its reverse.

    References
    ----------
    .. [1] `scipy.signal.filtfilt`

    Examples
    --------
    >>> from pyconvolve import signal
    >>> signal.filtfilt([1, 2, 1], 4.0, [0, 4, 0, 4, 0], padlen=2)
    array([0. , 1.5, 2. , 1.5, 0. ])
    """
    numerator, denominator = np.atleast_1d(b), np.atleast_1d(a)
    signal = np.asarray(x)
    edge = 3 * numerator.size if padlen is None else padlen
    if padtype is None:
        edge = 0
    dtype = None
    if (
        method == "pad"
        and padtype in (*_PADDINGS, None)
        and has_samples(signal, axis)
        and isinstance(edge, int | np.integer)
        and edge < signal.shape[axis]
    ):
        dtype = _type_of_both_passes(numerator, denominator, signal)
    if dtype is None:
        return call_original(
            "filtfilt", b, a, x, axis, padtype, padlen, method, irlen, out=out
        )
    taps = _divided(numerator, denominator, dtype, signal.dtype)
    samples, order, edge = signal.shape[axis], taps.size - 1, max(int(edge), 0)
    mode = _PADDINGS[padtype or "constant"]
    if edge >= order:
        wide = taps.astype(np.result_type(taps, np.float64))
        both = convolution.convolve(wide, wide[::-1]).astype(taps.dtype)
        lags = order, order + samples - 1
        return convolve_continued(
            signal, both, axis, mode, lags, out=out, workers=workers
        )
    # Before its first sample, the signal of each pass is constant: this is the steady
    # state from which the pass begins.
    longer = continued(signal, axis, mode, -edge, samples + edge, dtype)
    lags = 0, samples + 2 * edge - 1
    forward = convolve_along(longer, taps, axis, "edge", lags, workers=workers)
    lags = order + edge, order + edge + samples - 1
    return convolve_along(
        forward, taps[::-1], axis, "edge", lags, out=out, workers=workers
    )


def _type_of_both_passes(
    b: NDArray[Any], a: NDArray[Any], signal: NDArray[Any]
) -> np.dtype | None:
    """Return the type of the result of `filtfilt`; None: SciPy must compute it."""
    coefficients = np.result_type(b, a)
    state = np.float64 if coefficients.kind in "biu" else coefficients
    # NumPy solves for the state in these types
    if np.dtype(state).char not in "fdFD" or b.size < 2 or not a.all():
        return None
    dtype: np.dtype | None = _type_of(b, a, signal, np.empty(0, state))
    return dtype
