"""Pooling: maxima, minima and means of windows, and their gradients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import pooling_plans, windows
from .padding import Padding
from .pooling_gradients import max_pool_grad, mean_pool_grad, min_pool_grad

__all__ = [
    "max_pool",
    "max_pool_grad",
    "mean_pool",
    "mean_pool_grad",
    "min_pool",
    "min_pool_grad",
]

Pair = tuple[NDArray[Any], NDArray[np.int64]]


@overload
def max_pool(
    x: ArrayLike,
    size: int | Sequence[int],
    *,
    stride: int | Sequence[int] | None = ...,
    padding: Padding = ...,
    dilation: int | Sequence[int] = ...,
    ceil_mode: bool = ...,
    return_indices: Literal[False] = ...,
    out: NDArray[Any] | None = ...,
    workers: int | None = ...,
) -> NDArray[Any]: ...


@overload
def max_pool(
    x: ArrayLike,
    size: int | Sequence[int],
    *,
    stride: int | Sequence[int] | None = ...,
    padding: Padding = ...,
    dilation: int | Sequence[int] = ...,
    ceil_mode: bool = ...,
    return_indices: Literal[True],
    out: NDArray[Any] | None = ...,
    workers: int | None = ...,
) -> Pair: ...


def max_pool(
    x: ArrayLike,
    size: int | Sequence[int],
    *,
    stride: int | Sequence[int] | None = None,
    padding: Padding = 0,
    dilation: int | Sequence[int] = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
    out: NDArray[Any] | None = None,
    workers: int | None = None,
) -> NDArray[Any] | Pair:
    r"""Compute the maximum of each window.

    Along each spatial axis, and with the other axes left out,

    .. math:: y[p] = \max_{0 \le k < size} x[s p + d k - b]

    with the stride :math:`s`, the dilation :math:`d`, and :math:`b` positions of
    padding before the first sample. Positions in the padding take no part.

    Parameters
    ----------
    x : array_like, shape (batch, channels, \*spatial) or (channels, \*spatial)
        Truth values, integers or real numbers.
    size : int or sequence of int
        Samples of a window, for all spatial axes or for each. A sequence says how many
        spatial axes there are. With an integer, the first two axes of `x` are the batch
        and the channels.
    stride : int or sequence of int, optional
        Positions from one window to the next; by default `size`.
    padding : int, sequence or {'valid', 'same', 'same_upper', 'same_lower'}, optional
        Positions before the first and after the last sample: one number for all spatial
        axes; one, or a pair (begin, end), for each; or a word. Numbers, but not pairs,
        must be at most half of a window's span. 'valid': none. The other words give as
        many outputs as samples, divided by the stride and rounded up. An odd number of
        positions puts one more at the end with 'same_upper', and at the beginning with
        'same_lower' [1]_. 'same' is 'same_upper' for a stride of 1.
    dilation : int or sequence of int, optional
        Distance between two neighbouring samples of a window.
    ceil_mode : bool, optional
        Whether the last windows may reach beyond the padding. Windows that would start
        in the padding at the end, or behind it, are left out.
    return_indices : bool, optional
        Whether to return indices, too. They are the argument of `max_pool_grad`.
    out : ndarray, optional
        The array for the maxima. It may overlap `x`.
    workers : int, optional
        Threads that may share the work. By default the number that `set_workers` has
        set.

    Returns
    -------
    ndarray
        The maxima, of the type of `x`. They are exact for all integers. If a sample of
        a window is NaN, so is the maximum. A window without samples, which needs pairs
        of padding or a dilation, has the lowest number of the type: minus infinity if
        there is one.
    indices : ndarray of int64
        Only if `return_indices` is true: the index of the first sample that is the
        maximum, among the samples along all spatial axes in C order. It is that of the
        first NaN if there are any, and -1 for a window without samples.

    Raises
    ------
    ValueError, TypeError
        If an argument has a wrong value or type. The message says which are valid.

    References
    ----------
    .. [1] ONNX, "Operator Schemas: MaxPool", attribute auto_pad,
       https://onnx.ai/onnx/operators/onnx__MaxPool.html

    Examples
    --------
    >>> import numpy as np
    >>> x = np.arange(16.0).reshape(1, 1, 4, 4)
    >>> max_pool(x, 2)
    array([[[[ 5.,  7.],
             [13., 15.]]]])
    >>> y, indices = max_pool(x, 3, stride=2, padding=1, return_indices=True)
    >>> indices
    array([[[[ 5,  7],
             [13, 15]]]])
    """
    how = windows.check(size, stride, padding, dilation, ceil_mode)
    return pooling_plans.extrema("max", x, how, return_indices, out, workers)


@overload
def min_pool(
    x: ArrayLike,
    size: int | Sequence[int],
    *,
    stride: int | Sequence[int] | None = ...,
    padding: Padding = ...,
    dilation: int | Sequence[int] = ...,
    ceil_mode: bool = ...,
    return_indices: Literal[False] = ...,
    out: NDArray[Any] | None = ...,
    workers: int | None = ...,
) -> NDArray[Any]: ...


@overload
def min_pool(
    x: ArrayLike,
    size: int | Sequence[int],
    *,
    stride: int | Sequence[int] | None = ...,
    padding: Padding = ...,
    dilation: int | Sequence[int] = ...,
    ceil_mode: bool = ...,
    return_indices: Literal[True],
    out: NDArray[Any] | None = ...,
    workers: int | None = ...,
) -> Pair: ...


def min_pool(
    x: ArrayLike,
    size: int | Sequence[int],
    *,
    stride: int | Sequence[int] | None = None,
    padding: Padding = 0,
    dilation: int | Sequence[int] = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
    out: NDArray[Any] | None = None,
    workers: int | None = None,
) -> NDArray[Any] | Pair:
    r"""Compute the minimum of each window.

    It is as `max_pool`, with minima in place of maxima. A window without samples has
    the highest number of the type.

    Parameters
    ----------
    x : array_like, shape (batch, channels, \*spatial) or (channels, \*spatial)
        Truth values, integers or real numbers.
    size : int or sequence of int
        Samples of a window, for all spatial axes or for each.
    stride : int or sequence of int, optional
        Positions from one window to the next; by default `size`.
    padding : int, sequence or {'valid', 'same', 'same_upper', 'same_lower'}, optional
        Positions before the first and after the last sample, which take no part.
    dilation : int or sequence of int, optional
        Distance between two neighbouring samples of a window.
    ceil_mode : bool, optional
        Whether the last windows may reach beyond the padding.
    return_indices : bool, optional
        Whether to return indices, too. They are the argument of `min_pool_grad`.
    out : ndarray, optional
        The array for the minima. It may overlap `x`.
    workers : int, optional
        Threads that may share the work. By default the number that `set_workers` has
        set.

    Returns
    -------
    ndarray
        The minima, of the type of `x`.
    indices : ndarray of int64
        Only if `return_indices` is true: the index of the first sample that is the
        minimum, as that of `max_pool`.

    Raises
    ------
    ValueError, TypeError
        If an argument has a wrong value or type. The message says which are valid.

    See Also
    --------
    max_pool : describes the arguments

    Examples
    --------
    >>> import numpy as np
    >>> min_pool(np.arange(16.0).reshape(1, 1, 4, 4), 2)
    array([[[[ 0.,  2.],
             [ 8., 10.]]]])
    """
    how = windows.check(size, stride, padding, dilation, ceil_mode)
    return pooling_plans.extrema("min", x, how, return_indices, out, workers)


def mean_pool(
    x: ArrayLike,
    size: int | Sequence[int],
    *,
    stride: int | Sequence[int] | None = None,
    padding: Padding = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    out: NDArray[Any] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    r"""Compute the mean of each window.

    Along each spatial axis, and with the other axes left out,

    .. math:: y[p] = \frac{1}{c[p]} \sum_{0 \le k < size} x[s p + k - b]

    with the stride :math:`s` and :math:`b` positions of padding before the first
    sample. Padding adds nothing to the sum. The count :math:`c` is the number of
    positions of the window, without those behind the padding at the end.

    Parameters
    ----------
    x : array_like, shape (batch, channels, \*spatial) or (channels, \*spatial)
        Truth values, integers or real numbers.
    size : int or sequence of int
        Samples of a window, for all spatial axes or for each. A sequence says how many
        spatial axes there are. With an integer, the first two axes of `x` are the batch
        and the channels.
    stride : int or sequence of int, optional
        Positions from one window to the next; by default `size`.
    padding : int, sequence or {'valid', 'same', 'same_upper', 'same_lower'}, optional
        Positions before the first and after the last sample, as for `max_pool`.
    ceil_mode : bool, optional
        Whether the last windows may reach beyond the padding. Windows that would start
        in the padding at the end, or behind it, are left out.
    count_include_pad : bool, optional
        Whether positions in the padding are counted.
    out : ndarray, optional
        The array for the means. It may overlap `x`.
    workers : int, optional
        Threads that may share the work. By default the number that `set_workers` has
        set.

    Returns
    -------
    ndarray
        The means, of the type of `x`; of float64 if `x` holds integers or truth values.
        Means of float16 are computed in float32. NaN and infinities reach the windows
        that hold them, and no others. The mean of nothing is NaN.

    Raises
    ------
    ValueError, TypeError
        If an argument has a wrong value or type. The message says which are valid.

    Notes
    -----
    Long windows are sums of blocks' suffixes and prefixes, and of shorter windows: no
    sample is ever subtracted, so large samples leave no error behind.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.arange(16.0).reshape(1, 1, 4, 4)
    >>> mean_pool(x, 2)
    array([[[[ 2.5,  4.5],
             [10.5, 12.5]]]])
    >>> mean_pool(x, 3, stride=2, padding=1, count_include_pad=False)
    array([[[[ 2.5,  4. ],
             [ 8.5, 10. ]]]])
    """
    how = windows.check(size, stride, padding, 1, ceil_mode)
    return pooling_plans.means(x, how, count_include_pad, out, workers)
