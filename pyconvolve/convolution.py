"""Convolution and cross-correlation in any number of dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from numpy.typing import ArrayLike, NDArray

from ._core.api import run, run_floating
from ._core.arguments import Names, rules

Mode = Literal["full", "same", "valid"]
Method = Literal["auto", "direct", "fft"]
Boundary = Literal["constant", "edge", "reflect", "symmetric", "wrap"]
# A first and a last lag.
Lags = tuple[int, int]

_NAMES = Names("in1", "in2")


def convolve(
    in1: ArrayLike,
    in2: ArrayLike,
    mode: Mode = "full",
    method: Method = "auto",
    *,
    axes: int | Sequence[int] | None = None,
    boundary: Boundary | Sequence[Boundary] = "constant",
    cval: complex | Sequence[complex] = 0,
    stride: int | Sequence[int] = 1,
    dilation: int | Sequence[int] = 1,
    origin: int | Sequence[int] = 0,
    lags: Lags | Sequence[Lags] | None = None,
    out: NDArray[Any] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    r"""Convolve two arrays of any number of dimensions.

    With :math:`x` for `in1`, continued beyond its ends as `boundary` says, and
    :math:`h` for `in2`, it computes along every axis

    .. math:: y[n] = \sum_k h[k] \, x[s n + o - d k]

    with the stride :math:`s`, the dilation :math:`d` and an offset :math:`o` that
    follows from `mode` and `origin`. Without the arguments behind the star it is
    `scipy.signal.convolve`.

    Parameters
    ----------
    in1 : array_like
        The signal: truth values, integers, real or complex numbers, or objects.
    in2 : array_like
        The kernel, with as many axes as `in1`, or one for each of `axes`.
    mode : {'full', 'same', 'valid'}, optional
        'full': all outputs that any tap reaches. 'same': as many outputs as `in1`
        has samples, centred with respect to 'full'. 'valid': outputs that need
        nothing from outside; `in1` and `in2` change places if `in2` is the larger.
    method : {'auto', 'direct', 'fft'}, optional
        Sum products, or multiply spectra, or whichever is expected to be faster.
    axes : int or sequence of int, optional
        Axes to convolve along, all by default. The others broadcast: a stack of
        signals with one kernel, or with a kernel each.
    boundary : {'constant', 'edge', 'reflect', 'symmetric', 'wrap'}, optional
        How `in1` goes on beyond its ends, in the words of `numpy.pad`: 'reflect' is
        the 'mirror' of `scipy.ndimage`, 'symmetric' its 'reflect'. One for all
        convolved axes, or one for each.
    cval : scalar or sequence of scalars, optional
        What stands outside with `boundary` 'constant'; one for all convolved axes, or
        one for each. With zeros, samples outside take no part, so that nothing is
        multiplied with them. Outside of several axes the last one counts.
    stride : int or sequence of int, optional
        Compute every stride-th output only, per convolved axis.
    dilation : int or sequence of int, optional
        Distance between two taps in samples, per convolved axis.
    origin : int or sequence of int, optional
        Move the centre of the kernel in mode 'same', per convolved axis: from
        ``-(span // 2)`` to ``(span - 1) // 2`` for a (dilated) kernel of that span,
        with the sign of `scipy.ndimage.convolve`.
    lags : (int, int) or sequence of (int, int), optional
        First and last output to compute, both included, in mode 'full', where they are
        counted from 0 to the number of samples plus that of taps less two; one pair for
        all convolved axes, or one for each. Other outputs cost nothing.
    out : ndarray, optional
        Where to put the result; of its shape and dtype, in any layout. It may
        overlap the inputs, at the price of a copy.
    workers : int, optional
        Threads to use at most, see `set_workers`. The result does not depend on it.

    Returns
    -------
    ndarray
        Of the type that NumPy promotes the inputs to. Integers wrap around as NumPy's
        do: they are exact modulo the range of their type, so bytes whose sums exceed
        255 want a wider type first. Truth values are combined by "and" and "or".

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong; the text names it and what it may be.

    See Also
    --------
    correlate : the same without reversing the kernel

    References
    ----------
    .. [1] A. V. Oppenheim and R. W. Schafer, *Discrete-Time Signal Processing*,
       3rd ed., Pearson, 2010, section 2.3.

    Examples
    --------
    >>> import pyconvolve
    >>> pyconvolve.convolve([1, 2, 3], [0, 1, 0.5])
    array([0. , 1. , 2.5, 4. , 1.5])

    A moving mean that goes around the end of a circle:

    >>> pyconvolve.convolve([3, 0, 0, 6], [1, 1, 1], "same", boundary="wrap")
    array([9, 3, 6, 9])

    Two outputs of many:

    >>> pyconvolve.convolve(range(1000), [1, 1], lags=(500, 501))
    array([ 999, 1001])

    Two signals, one kernel, every second output:

    >>> pyconvolve.convolve([[1, 2, 3], [4, 5, 6]], [1, 1], axes=1, stride=2)
    array([[ 1,  5],
           [ 4, 11]])
    """
    how = rules(
        False, mode, method, axes, boundary, cval, stride, dilation, origin, lags
    )
    return run(_NAMES, how, in1, in2, cval, out, workers)


def correlate(
    in1: ArrayLike,
    in2: ArrayLike,
    mode: Mode = "full",
    method: Method = "auto",
    *,
    axes: int | Sequence[int] | None = None,
    boundary: Boundary | Sequence[Boundary] = "constant",
    cval: complex | Sequence[complex] = 0,
    stride: int | Sequence[int] = 1,
    dilation: int | Sequence[int] = 1,
    origin: int | Sequence[int] = 0,
    lags: Lags | Sequence[Lags] | None = None,
    out: NDArray[Any] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    r"""Cross-correlate two arrays of any number of dimensions.

    With :math:`x` for `in1`, continued beyond its ends as `boundary` says, and
    :math:`h` for `in2`, it computes along every axis

    .. math:: y[n] = \sum_k \overline{h[k]} \, x[s n + o + d k]

    which is a convolution with the kernel reversed and conjugated. Without the
    arguments behind the star it is `scipy.signal.correlate`.

    Parameters
    ----------
    in1 : array_like
        The signal: truth values, integers, real or complex numbers, or objects.
    in2 : array_like
        The kernel, with as many axes as `in1`, or one for each of `axes`.
    mode : {'full', 'same', 'valid'}, optional
        As for `convolve`.
    method : {'auto', 'direct', 'fft'}, optional
        As for `convolve`.
    axes : int or sequence of int, optional
        Axes to correlate along, all by default; the others broadcast.
    boundary : {'constant', 'edge', 'reflect', 'symmetric', 'wrap'}, optional
        How `in1` goes on beyond its ends, in the words of `numpy.pad`; one for all
        correlated axes, or one for each.
    cval : scalar or sequence of scalars, optional
        What stands outside with `boundary` 'constant', as for `convolve`.
    stride : int or sequence of int, optional
        Compute every stride-th output only, per axis.
    dilation : int or sequence of int, optional
        Distance between two taps in samples, per axis.
    origin : int or sequence of int, optional
        Move the centre of the kernel in mode 'same', with the range of `convolve`
        and the sign of `scipy.ndimage.correlate`.
    lags : (int, int) or sequence of (int, int), optional
        First and last lag to compute, both included, in mode 'full', where lags run
        from 1 less than the number of taps below zero to 1 less than the number of
        samples; one pair for all axes, or one for each. Other lags cost nothing.
    out : ndarray, optional
        Where to put the result; of its shape and dtype, in any layout.
    workers : int, optional
        Threads to use at most, see `set_workers`. The result does not depend on it.

    Returns
    -------
    ndarray
        Of the type that NumPy promotes the inputs to.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong; the text names it and what it may be.

    See Also
    --------
    convolve : the same with the kernel reversed

    References
    ----------
    .. [1] A. V. Oppenheim and R. W. Schafer, *Discrete-Time Signal Processing*,
       3rd ed., Pearson, 2010, section 2.9.

    Examples
    --------
    >>> import pyconvolve
    >>> pyconvolve.correlate([1, 2, 3], [0, 1, 0.5])
    array([0.5, 2. , 3.5, 3. , 0. ])

    Where does the pattern lie?

    >>> y = pyconvolve.correlate([0, 1, -1, 2, 3, 1], [2, 3, 1], "valid")
    >>> int(y.argmax())
    3

    How far is one signal behind another? Lags from -2 to 2:

    >>> x = [0, 0, 1, 2, 1, 0]
    >>> pyconvolve.correlate(x, [0, 1, 2, 1, 0, 0], lags=(-2, 2))
    array([0, 1, 4, 6, 4])
    """
    how = rules(
        True, mode, method, axes, boundary, cval, stride, dilation, origin, lags
    )
    return run(_NAMES, how, in1, in2, cval, out, workers)


def fftconvolve(
    in1: ArrayLike,
    in2: ArrayLike,
    mode: Mode = "full",
    axes: int | Sequence[int] | None = None,
    *,
    boundary: Boundary | Sequence[Boundary] = "constant",
    cval: complex | Sequence[complex] = 0,
    stride: int | Sequence[int] = 1,
    dilation: int | Sequence[int] = 1,
    origin: int | Sequence[int] = 0,
    out: NDArray[Any] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    """Convolve two arrays in floating point, by spectra or by sums.

    It is `convolve` with two differences, both those of `scipy.signal.fftconvolve`:
    integers and truth values become floating-point numbers, and axes on which `in1` or
    `in2` has length one broadcast. Products are summed where that is expected to be
    faster; ``convolve(..., method='fft')`` always multiplies spectra.

    Parameters
    ----------
    in1 : array_like
        The signal: truth values, integers, real or complex numbers.
    in2 : array_like
        The kernel, with as many axes as `in1`, or one for each of `axes`.
    mode : {'full', 'same', 'valid'}, optional
        As for `convolve`.
    axes : int or sequence of int, optional
        Axes to convolve along, all by default; the others broadcast.
    boundary, cval, stride, dilation, origin, out, workers : optional
        As for `convolve`; one stride, dilation and origin for all axes, or one for
        each that is convolved.

    Returns
    -------
    ndarray
        Of the type that NumPy promotes the inputs to, integers and truth values
        counting as float64, float16 as float32. Empty if an input is.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong; the text names it and what it may be.

    See Also
    --------
    convolve : keeps the type of the inputs
    Convolver : keeps the spectrum of a kernel

    References
    ----------
    .. [1] A. V. Oppenheim and R. W. Schafer, *Discrete-Time Signal Processing*,
       3rd ed., Pearson, 2010, section 8.7.

    Examples
    --------
    >>> import numpy as np
    >>> import pyconvolve
    >>> pyconvolve.fftconvolve([1, 2, 3], [0, 1, 2])
    array([0., 1., 4., 7., 6.])
    >>> x = np.random.default_rng(0).standard_normal((64, 1000))
    >>> pyconvolve.fftconvolve(x, np.hanning(101)[None], "same").shape
    (64, 1000)
    """
    how = rules(
        False, mode, "auto", axes, boundary, cval, stride, dilation, origin, None, True
    )
    return run_floating(_NAMES, how, in1, in2, cval, out, workers)


def oaconvolve(
    in1: ArrayLike,
    in2: ArrayLike,
    mode: Mode = "full",
    axes: int | Sequence[int] | None = None,
    *,
    boundary: Boundary | Sequence[Boundary] = "constant",
    cval: complex | Sequence[complex] = 0,
    stride: int | Sequence[int] = 1,
    dilation: int | Sequence[int] = 1,
    origin: int | Sequence[int] = 0,
    out: NDArray[Any] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    """Convolve two arrays tile by tile, in floating point.

    The same as `fftconvolve`: both sum products, or cut the output into tiles of the
    length that is expected to be fastest, a single one for kernels as long as the
    signal.

    Parameters
    ----------
    in1, in2 : array_like
        As for `fftconvolve`.
    mode, axes, boundary, cval, stride, dilation, origin, out, workers : optional
        As for `fftconvolve`.

    Returns
    -------
    ndarray
        As for `fftconvolve`.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong; the text names it and what it may be.

    See Also
    --------
    fftconvolve, convolve

    References
    ----------
    .. [1] A. V. Oppenheim and R. W. Schafer, *Discrete-Time Signal Processing*,
       3rd ed., Pearson, 2010, section 8.7.3.

    Examples
    --------
    >>> import numpy as np
    >>> import pyconvolve
    >>> x = np.random.default_rng(0).standard_normal(100_000)
    >>> h = np.hanning(1001)
    >>> y = pyconvolve.oaconvolve(x, h / h.sum(), "same")
    >>> bool(np.ptp(y) < np.ptp(x) / 10)
    True
    """
    return fftconvolve(
        in1, in2, mode, axes, boundary=boundary, cval=cval, stride=stride,
        dilation=dilation, origin=origin, out=out, workers=workers,
    )  # fmt: skip
