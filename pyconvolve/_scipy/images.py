"""Convolution of images, with the words of `scipy.signal`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import convolution
from .._core import api
from .._core import workers as threads
from .._core.arguments import Names, rules
from .._core.caches import Cache
from .._core.dtypes import real_type
from .._core.output import copy_to, output_for
from .._core.plan import Plan, separated
from .._core.problem import Axis, Operand, Problem
from .._core.thresholds import THRESHOLDS
from ..convolution import Method, Mode
from .choice import prefers_sums_2d
from .drop_in import drop_in
from .names import BOUNDARIES

_NAMES = Names("in1", "in2")
# Plans of sums along both axes.
_plans = Cache[Plan](1 << 20, lambda made: made.bytes)


@drop_in
def convolve2d(
    in1: ArrayLike,
    in2: ArrayLike,
    mode: Mode = "full",
    boundary: str = "fill",
    fillvalue: complex = 0,
    *,
    method: Method = "auto",
    stride: int | Sequence[int] = 1,
    dilation: int | Sequence[int] = 1,
    origin: int | Sequence[int] = 0,
    out: NDArray[Any] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    """Convolve two two-dimensional arrays.

    Parameters
    ----------
    in1, in2 : array_like, two-dimensional
        Image and kernel.
    mode : {'full', 'same', 'valid'}, optional
        As for `convolve`.
    boundary : {'fill', 'wrap', 'symm'}, optional
        The samples outside of the image. 'fill' or 'pad': `fillvalue`. 'wrap' or
        'circular': the image, repeated. 'symm' or 'symmetric': its mirror image.
    fillvalue : scalar, optional
        The value outside with `boundary` 'fill'; truncated if the result holds
        integers.
    method : {'auto', 'direct', 'fft'}, optional
        'auto' multiplies spectra only if that is expected to be six times as fast as
        summing products, and summing to take more than a millisecond. SciPy always sums
        products, and programs may depend on the precision of sums.
    stride, dilation, origin, out, workers : optional
        As for `pyconvolve.convolve`; SciPy has none of them.

    Returns
    -------
    ndarray
        Two-dimensional, of the type that NumPy promotes the inputs to.

    Raises
    ------
    ValueError
        If an argument is wrong, with SciPy's message.

    References
    ----------
    .. [1] `scipy.signal.convolve2d`

    Examples
    --------
    >>> from pyconvolve import signal
    >>> signal.convolve2d([[1, 2], [3, 4]], [[1, 1]], "same", "wrap")
    array([[3, 3],
           [7, 7]])
    """
    return _convolve_images(
        False, in1, in2, mode, boundary, fillvalue, method, stride, dilation, origin,
        out, workers,
    )  # fmt: skip


@drop_in
def correlate2d(
    in1: ArrayLike,
    in2: ArrayLike,
    mode: Mode = "full",
    boundary: str = "fill",
    fillvalue: complex = 0,
    *,
    method: Method = "auto",
    stride: int | Sequence[int] = 1,
    dilation: int | Sequence[int] = 1,
    origin: int | Sequence[int] = 0,
    out: NDArray[Any] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    """Cross-correlate two two-dimensional arrays.

    Parameters
    ----------
    in1, in2 : array_like, two-dimensional
        Image and kernel. The kernel is conjugated; in mode 'valid' the smaller input.
    mode : {'full', 'same', 'valid'}, optional
        As for `convolve`. In mode 'same', outputs of a kernel with an even number of
        taps lie one sample later than those of `correlate`.
    boundary, fillvalue : optional
        As for `convolve2d`.
    method : {'auto', 'direct', 'fft'}, optional
        As for `convolve2d`.
    stride, dilation, origin, out, workers : optional
        As for `pyconvolve.correlate`; SciPy has none of them.

    Returns
    -------
    ndarray
        Two-dimensional, of the type that NumPy promotes the inputs to.

    Raises
    ------
    ValueError
        If an argument is wrong, with SciPy's message.

    References
    ----------
    .. [1] `scipy.signal.correlate2d`

    Examples
    --------
    >>> from pyconvolve import signal
    >>> signal.correlate2d([[1, 2], [3, 4]], [[0, 1]], "same", "wrap")
    array([[2, 1],
           [4, 3]])
    """
    moved: Any = origin
    if mode == "same":
        moved = np.broadcast_to(origin, 2) - [n % 2 == 0 for n in np.shape(in2)]
        moved = tuple(moved.tolist())
    result = _convolve_images(
        True, in1, in2, mode, boundary, fillvalue, method, stride, dilation, moved, out,
        workers,
    )  # fmt: skip
    if mode == "valid" and np.size(in1) < np.size(in2):
        # SciPy conjugates the smaller input
        np.conjugate(result, out=result)
    return result


@drop_in
def sepfir2d(
    input: ArrayLike,
    hrow: ArrayLike,
    hcol: ArrayLike,
    *,
    out: NDArray[Any] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    """Convolve the rows of an image with one filter and its columns with another.

    The image is mirrored at its edges.

    Parameters
    ----------
    input : array_like, two-dimensional
        The image.
    hrow, hcol : array_like, one-dimensional, of odd length
        The filter along each row, and the filter along each column.
    out, workers : optional
        As for `pyconvolve.convolve`; SciPy has neither.

    Returns
    -------
    ndarray
        Of the shape of the image, of real or complex floating-point numbers in single
        precision at least.

    Raises
    ------
    ValueError
        If an argument is wrong, with SciPy's message.

    References
    ----------
    .. [1] `scipy.signal.sepfir2d`

    Examples
    --------
    >>> from pyconvolve import signal
    >>> signal.sepfir2d([[1, 2], [3, 4]], [1, 1, 1], [0, 1, 0])
    array([[ 4.,  5.],
           [10., 11.]])
    """
    image = np.asarray(input)
    row, column = np.asarray(hrow), np.asarray(hcol)
    for array, ndim in ((image, 2), (row, 1), (column, 1)):
        if array.ndim != ndim:
            kind = "too deep" if array.ndim > ndim else "of too small depth"
            raise ValueError(f"object {kind} for desired array")
    if not (row.size % 2 and column.size % 2):
        raise ValueError("hrow and hcol must be odd length")
    # lists of Python's real numbers don't take part in the promotion of types
    typed = [a for a in (hrow, hcol) if isinstance(a, np.ndarray) or np.iscomplexobj(a)]
    dtype = np.result_type(image, np.float32, *map(np.asarray, typed))
    image = image.astype(dtype, copy=False)
    made = None
    if image.size and not (np.iscomplexobj(row) or np.iscomplexobj(column)):
        made = _plan_passes(image.shape, (column.size, row.size), dtype)
    if made is not None:
        if workers is not None:
            threads.resolve(workers)
        result = output_for(out, image.shape, dtype, (image, row, column))
        made.run(image, made.prepare((column, row), False), result, None, workers)
        return copy_to(out, result)
    rows = convolution.convolve(
        image, row.astype(dtype), "same", axes=1, boundary="symmetric", workers=workers
    )
    return convolution.convolve(
        rows, column.astype(dtype), "same", axes=0, boundary="symmetric", out=out,
        workers=workers,
    )  # fmt: skip


def _plan_passes(
    shape: tuple[int, ...], taps: tuple[int, int], dtype: np.dtype
) -> Plan | None:
    """Plan sums along both axes of an image; None: transforms may be faster."""
    if max(taps) > THRESHOLDS.long_factor:
        return None
    key = shape, taps, dtype
    known = _plans.find(key)
    if known is None:
        axes = tuple(
            Axis(
                "window", a, a, a, n, k, n, -(k // 2),
                reversed=True, boundary="symmetric",
            )
            for a, (n, k) in enumerate(zip(shape, taps, strict=True))
        )  # fmt: skip
        real = Operand(real_type(dtype))
        problem = Problem(axes, Operand(dtype), real, dtype.newbyteorder("="))
        known = separated(problem, THRESHOLDS)
        if known is not None:
            _plans.store(key, known)
    return known


def _convolve_images(
    correlating: bool,
    in1: ArrayLike,
    in2: ArrayLike,
    mode: Mode,
    boundary: str,
    fillvalue: Any,
    method: Method,
    stride: Any,
    dilation: Any,
    origin: Any,
    out: NDArray[Any] | None,
    workers: int | None,
) -> NDArray[Any]:
    """Convolve two-dimensional arrays, or correlate them if `correlating` is true.

    The other arguments are those of `pyconvolve.signal.convolve2d`.
    """
    first, second = np.asarray(in1), np.asarray(in2)
    if not first.ndim == second.ndim == 2 or boundary not in BOUNDARIES:
        raise ValueError(f"in1 and in2 must be 2-D and boundary be of {[*BOUNDARIES]}")
    cval = fillvalue
    if fillvalue.__class__ is not int or fillvalue:
        cval = _converted(fillvalue, np.result_type(first, second))
        cval = cval if BOUNDARIES[boundary] == "constant" else 0
    how = rules(
        correlating, mode, method, None, BOUNDARIES[boundary], cval, stride, dilation,
        origin, None, False, prefers_sums_2d,
    )  # fmt: skip
    result: NDArray[Any] = api.run(_NAMES, how, first, second, cval, out, workers)
    return result


def _converted(fillvalue: Any, dtype: np.dtype) -> Any:
    """Convert `fillvalue` to a number as SciPy does, truncated if results are integers.

    The errors are SciPy's.
    """
    value = np.asarray(fillvalue)
    if not value.size:
        raise ValueError("`fillvalue` cannot be an empty array.")
    if value.size != 1:
        raise ValueError("`fillvalue` must be scalar or an array with one element.")
    number = value.item()
    if dtype.kind not in "biu":
        real = dtype.kind != "f" or np.isrealobj(number)
        fits = real or not number.imag
    else:
        number = int(number) if np.isrealobj(number) and np.isfinite(number) else None
        fits = number is not None and np.can_cast(np.min_scalar_type(number), dtype)
    if not fits:
        raise ValueError(
            "could not cast `fillvalue` directly to the output type (it was first "
            "converted to complex)."
        )
    return number
