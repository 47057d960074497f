"""Convolution and cross-correlation in any number of dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from numpy.typing import ArrayLike, DTypeLike, NDArray

from ._core.api import run, run_floating
from ._core.arguments import Names, rules
from ._core.boundary import Boundary

Mode = Literal["full", "same", "valid"]
Method = Literal["auto", "direct", "fft"]
Overflow = Literal["wrap", "saturate", "raise"]
# The first and the last lag.
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
    upsample: int | Sequence[int] = 1,
    origin: int | Sequence[int] = 0,
    lags: Lags | Sequence[Lags] | None = None,
    dtype: DTypeLike | None = None,
    overflow: Overflow = "wrap",
    out: NDArray[Any] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    r"""Convolve two arrays of any number of dimensions.

    With the signal :math:`x`, continued beyond its ends as `boundary` says, and the
    kernel :math:`h`, each axis of the result is

    .. math:: y[n] = \sum_k h[k] \, x\left[\frac{s n + o - d k}{u}\right]

    with the stride :math:`s`, the dilation :math:`d`, the up-sampling :math:`u` and an
    offset :math:`o` that follows from `mode` and `origin` [1]_. Only integer quotients
    are summed. The positional arguments are those of `scipy.signal.convolve`.

    Parameters
    ----------
    in1 : array_like
        The signal: truth values, integers, real or complex numbers, or Python objects.
    in2 : array_like
        The kernel, with as many axes as `in1`, or with one axis for each of `axes`.
    mode : {'full', 'same', 'valid'}, optional
        'full': all outputs whose kernel meets a sample. 'same': as many outputs as
        `in1` has samples, the central ones of mode 'full'. 'valid': outputs that need
        no sample outside of `in1`; if `in2` is larger than `in1`, it is the signal and
        `in1` the kernel.
    method : {'auto', 'direct', 'fft'}, optional
        'direct' sums products. 'fft' multiplies spectra of tiles. 'auto' takes the one
        that is expected to be faster.
    axes : int or sequence of int, optional
        Axes of `in1` to convolve along, all by default. The other axes broadcast: along
        these, signals share one kernel or have a kernel each.
    boundary : {'constant', 'edge', 'reflect', 'symmetric', 'wrap'}, optional
        How `in1` is continued beyond its ends, in the words of `numpy.pad`: 'reflect'
        is 'mirror' of `scipy.ndimage`, and 'symmetric' is its 'reflect'. One for all
        convolved axes, or one for each.
    cval : scalar or sequence of scalars, optional
        The value outside of `in1` with `boundary` 'constant'; one for all convolved
        axes, or one for each. A position outside along several axes has the value of
        the last of them. If the value is zero, no product with it is formed, so that an
        infinite tap does not give NaN there.
    stride : int or sequence of int, optional
        Compute every stride-th output only. At least 1; one for all convolved axes, or
        one for each.
    dilation : int or sequence of int, optional
        Distance between two neighbouring taps, in samples. At least 1; one for all
        convolved axes, or one for each.
    upsample : int or sequence of int, optional
        Put ``upsample - 1`` zeros between neighbouring samples of the signal. No
        product with them is formed. At least 1; one for all convolved axes, or one for
        each. With `stride`, the result is the signal at `upsample` / `stride` times its
        rate. The signal is continued beyond its ends before zeros are put between its
        samples. Modes, origins and lags count samples and zeros: N samples have
        ``upsample * (N - 1) + 1`` positions.
    origin : int or sequence of int, optional
        Shift of the kernel's centre in mode 'same', in samples, with the sign of
        `scipy.ndimage.convolve`; one for all convolved axes, or one for each. From
        ``-(span // 2)`` to ``(span - 1) // 2`` for a kernel that spans so many samples,
        dilation included.
    lags : (int, int) or sequence of (int, int), optional
        First and last output to compute, both included; in mode 'full' only. With N
        samples and K taps, outputs are counted from 0 to N + K - 2. One pair for all
        convolved axes, or one for each. Only these outputs are computed.
    dtype : dtype, optional
        The type of the result: integers, real or complex numbers, or truth values if
        both inputs hold those. By default the type that NumPy promotes the inputs to.
        Sums are computed in a type that holds them, see Notes.
    overflow : {'wrap', 'saturate', 'raise'}, optional
        What to do with outputs that a result of integers does not hold. 'wrap': take
        them modulo the range of the type, as NumPy does. 'saturate': take the nearest
        integer of the type, as image libraries do. 'raise': raise OverflowError, and
        leave `out` as it is. Other results are not affected: floating-point numbers
        become infinite.
    out : ndarray, optional
        The array to store the result in, of the shape and dtype of the result, with any
        strides. If it shares memory with an input, the result is computed in an array
        of its own and copied.
    workers : int, optional
        The largest number of threads to use, see `set_workers`. The result does not
        depend on it.

    Returns
    -------
    ndarray
        Of the type `dtype`, by default of the type that NumPy promotes the inputs to.
        Integers then wrap around as NumPy's do: they are exact modulo the range of
        their type. If sums of bytes may exceed 255, give a wider `dtype`, or another
        `overflow`. Truth values are combined by "and" in place of products and "or" in
        place of sums.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong. The message names the argument, its value and the
        values that are allowed.
    OverflowError
        If `overflow` is 'raise' and outputs do not fit the type of the result. The
        message tells how many.

    See Also
    --------
    correlate : the same with the kernel conjugated and not reversed

    Notes
    -----
    If both inputs hold integers and the result does, sums are exact before they wrap
    around, are clipped or raise an error. Sums of clipped 64-bit integers that may
    exceed 63 bits are computed in Python's integers, which is slow.

    If an input holds floating-point numbers and the result integers, each sum is
    rounded to the nearest integer, and to the even one of two, as by `numpy.rint`. NaN
    becomes 0, or is an error with `overflow` 'raise'; an infinity becomes 0 with
    'wrap'. Sums are computed in double precision, or in long double if an input is.
    Sums of samples of 8 and 16 bits are computed in single precision if their error,
    estimated by the sum of the magnitudes of the taps, is below one eighth, and
    usually far below it.

    A result of floating-point numbers is summed in its own type, or a wider one.

    A Series `s` of pandas is convolved as an array. ``pandas.Series(convolve(s, h,
    "same"), s.index)`` has its index. `pyconvolve.dask` and `pyconvolve.xarray` have
    functions for arrays of dask and xarray.

    References
    ----------
    .. [1] A. V. Oppenheim and R. W. Schafer, *Discrete-Time Signal Processing*,
       3rd ed., Pearson, 2010, section 2.3.

    Examples
    --------
    >>> import numpy as np
    >>> import pyconvolve
    >>> pyconvolve.convolve([1, 2, 3], [0, 1, 0.5])
    array([0. , 1. , 2.5, 4. , 1.5])

    Moving sums of a periodic signal:

    >>> pyconvolve.convolve([3, 0, 0, 6], [1, 1, 1], "same", boundary="wrap")
    array([9, 3, 6, 9])

    Two outputs of many:

    >>> pyconvolve.convolve(range(1000), [1, 1], lags=(500, 501))
    array([ 999, 1001])

    Two signals, one kernel, every second output:

    >>> pyconvolve.convolve([[1, 2, 3], [4, 5, 6]], [1, 1], axes=1, stride=2)
    array([[ 1,  5],
           [ 4, 11]])

    Linear interpolation, with one value between neighbours:

    >>> pyconvolve.convolve([1, 2, 6], [0.5, 1, 0.5], "same", upsample=2)
    array([1. , 1.5, 2. , 4. , 6. ])

    A sharper image, clipped to the range of its type:

    >>> image = np.array([[10, 10, 10], [10, 200, 10], [10, 10, 10]], np.uint8)
    >>> sharpen = [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]
    >>> pyconvolve.convolve(
    ...     image, sharpen, "same", boundary="edge", dtype=np.uint8, overflow="saturate"
    ... )
    array([[ 10,   0,  10],
           [  0, 255,   0],
           [ 10,   0,  10]], dtype=uint8)
    """
    how = rules(
        False, mode, method, axes, boundary, cval, stride, dilation, origin, lags,
        upsample=upsample, dtype=dtype, overflow=overflow,
    )  # fmt: skip
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
    upsample: int | Sequence[int] = 1,
    origin: int | Sequence[int] = 0,
    lags: Lags | Sequence[Lags] | None = None,
    dtype: DTypeLike | None = None,
    overflow: Overflow = "wrap",
    out: NDArray[Any] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    r"""Cross-correlate two arrays of any number of dimensions.

    With the signal :math:`x`, continued beyond its ends as `boundary` says, and the
    kernel :math:`h`, each axis of the result is

    .. math:: y[n] = \sum_k \overline{h[k]} \, x\left[\frac{s n + o + d k}{u}\right]

    which is a convolution with the kernel reversed and conjugated [1]_. The positional
    arguments are those of `scipy.signal.correlate`.

    Parameters
    ----------
    in1 : array_like
        The signal: truth values, integers, real or complex numbers, or Python objects.
    in2 : array_like
        The kernel, with as many axes as `in1`, or with one axis for each of `axes`.
    mode : {'full', 'same', 'valid'}, optional
        As for `convolve`.
    method : {'auto', 'direct', 'fft'}, optional
        As for `convolve`.
    axes : int or sequence of int, optional
        Axes of `in1` to correlate along, all by default. The other axes broadcast.
    boundary : {'constant', 'edge', 'reflect', 'symmetric', 'wrap'}, optional
        How `in1` is continued beyond its ends, as for `convolve`.
    cval : scalar or sequence of scalars, optional
        The value outside of `in1` with `boundary` 'constant', as for `convolve`.
    stride : int or sequence of int, optional
        Compute every stride-th output only, as for `convolve`.
    dilation : int or sequence of int, optional
        Distance between two neighbouring taps, in samples, as for `convolve`.
    upsample : int or sequence of int, optional
        Correlate the signal with zeros between its samples, as for `convolve`.
    origin : int or sequence of int, optional
        Shift of the kernel's centre in mode 'same', in samples, with the sign of
        `scipy.ndimage.correlate` and the range that it has for `convolve`.
    lags : (int, int) or sequence of (int, int), optional
        First and last lag to compute, both included; in mode 'full' only. With N
        samples and K taps, lags are counted from 1 - K to N - 1. One pair for all
        correlated axes, or one for each. Only these lags are computed.
    dtype : dtype, optional
        The type of the result, as for `convolve`.
    overflow : {'wrap', 'saturate', 'raise'}, optional
        What to do with outputs that a result of integers does not hold, as for
        `convolve`.
    out : ndarray, optional
        The array to store the result in, as for `convolve`.
    workers : int, optional
        The largest number of threads to use, see `set_workers`. The result does not
        depend on it.

    Returns
    -------
    ndarray
        Of the type `dtype`, by default of the type that NumPy promotes the inputs to.
        Integers and truth values are combined, and numbers are rounded, as by
        `convolve`.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong. The message names the argument, its value and the
        values that are allowed.
    OverflowError
        If `overflow` is 'raise' and outputs do not fit the type of the result.

    See Also
    --------
    convolve : the same with the kernel reversed and not conjugated

    References
    ----------
    .. [1] A. V. Oppenheim and R. W. Schafer, *Discrete-Time Signal Processing*,
       3rd ed., Pearson, 2010, section 2.9.

    Examples
    --------
    >>> import pyconvolve
    >>> pyconvolve.correlate([1, 2, 3], [0, 1, 0.5])
    array([0.5, 2. , 3.5, 3. , 0. ])

    The position of a pattern in a signal:

    >>> y = pyconvolve.correlate([0, 1, -1, 2, 3, 1], [2, 3, 1], "valid")
    >>> int(y.argmax())
    3

    The delay of one signal behind another, for lags from -2 to 2:

    >>> x = [0, 0, 1, 2, 1, 0]
    >>> pyconvolve.correlate(x, [0, 1, 2, 1, 0, 0], lags=(-2, 2))
    array([0, 1, 4, 6, 4])
    """
    how = rules(
        True, mode, method, axes, boundary, cval, stride, dilation, origin, lags,
        upsample=upsample, dtype=dtype, overflow=overflow,
    )  # fmt: skip
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
    """Convolve two arrays in floating point.

    This is `convolve` with two differences, which it shares with
    `scipy.signal.fftconvolve`: integers and truth values are converted to
    floating-point numbers, and axes on which `in1` or `in2` has length one broadcast.
    Spectra are multiplied [1]_, unless summing products is expected to be faster;
    ``convolve(..., method='fft')`` always multiplies spectra.

    Parameters
    ----------
    in1 : array_like
        The signal: truth values, integers, real or complex numbers.
    in2 : array_like
        The kernel, with as many axes as `in1`, or one for each of `axes`.
    mode : {'full', 'same', 'valid'}, optional
        As for `convolve`.
    axes : int or sequence of int, optional
        Axes of `in1` to convolve along, all by default. The other axes broadcast.
    boundary, cval, stride, dilation, origin, out, workers : optional
        As for `convolve`.

    Returns
    -------
    ndarray
        Of the type that NumPy promotes the inputs to, after integers and truth values
        are converted to float64 and float16 to float32. Empty if an input is empty.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong. The message names the argument, its value and the
        values that are allowed.

    See Also
    --------
    convolve : computes integers as integers
    Convolver : prepares a kernel once for many signals

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
    """Convolve two arrays in floating point, tile by tile.

    This is `fftconvolve` under another name. Both transform tiles [1]_ of the length
    that is expected to be fastest, or sum products where that is faster. The single
    tile of a kernel as long as the signal holds the whole output.

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
        If an argument is wrong. The message names the argument, its value and the
        values that are allowed.

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
