"""Convolutions and image filters of dask arrays: larger than memory, or on a cluster.

Functions take the arguments of those of the same names in `pyconvolve`, but `out`.
Nothing is computed before the result is: shape, chunks and type are known at once. Each
chunk of a result is computed by a task of its own from the samples that it depends on,
so that results are those of the whole array, whatever the chunks are.

`pyconvolve.dask.ndimage` has the image filters.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, overload

try:
    import dask.array
except ImportError:
    raise ImportError(
        "pyconvolve.dask needs dask: pip install 'pyconvolve[dask]'"
    ) from None
from numpy.typing import ArrayLike, DTypeLike

from .._core.arguments import Names, rules
from .._core.boundary import Boundary
from .._dask import convolution, normalized
from .._normalized.arguments import Edges
from ..convolution import Lags, Method, Mode, Overflow
from ..normalized import Nan
from . import ndimage as ndimage

__all__ = ["convolve", "correlate", "ndimage", "normalized_convolve"]

_NAMES = Names("in1", "in2")


def convolve(
    in1: dask.array.Array | ArrayLike,
    in2: dask.array.Array | ArrayLike,
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
    workers: int | None = 1,
) -> dask.array.Array:
    r"""Convolve a dask array with a kernel, lazily.

    .. math:: y[n] = \sum_k h[k] \, x\left[\frac{s n + o - d k}{u}\right]

    as `pyconvolve.convolve` has it [1]_.

    Parameters
    ----------
    in1 : dask.array.Array or array_like
        The signal, in chunks of known sizes. Other arrays are divided into chunks as by
        `dask.array.from_array`.
    in2 : array_like or dask.array.Array
        The kernel. In mode 'valid', the larger array is the signal.
    mode, method, axes, boundary, cval, stride, dilation, upsample : optional
        As for `pyconvolve.convolve`. An engine is chosen for each chunk.
    origin, lags, dtype, overflow : optional
        As for `pyconvolve.convolve`.
    workers : int, optional
        Most threads that a task uses. By default a task uses one, because dask runs as
        many tasks at once as there are cores. None: as `set_workers` set it for the
        thread that runs the task.

    Returns
    -------
    dask.array.Array
        Its chunks end where those of the signal end: each output belongs to the chunk
        that holds the sample under the kernel's centre. In mode 'same', with a stride
        of 1, chunks are those of the signal.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong, or if sizes of chunks are unknown.
    OverflowError
        When the result is computed, if `overflow` is 'raise' and outputs of a chunk do
        not fit its type.

    See Also
    --------
    pyconvolve.convolve : the same for arrays in memory

    Notes
    -----
    Results of integers are exact. Others equal those of the whole array to the bit
    where the same engine sums in the same order, which direct sums of chunks that are
    not narrow do. Transforms round differently, because tiles begin elsewhere.

    A task reads a chunk and the samples around it, from as many chunks as hold them,
    and also from both ends of the array with `boundary` 'wrap'. If a kernel is so large
    that this would be more than eight chunks and more than 32 MB, tasks sum blocks of
    taps, which read less, and further tasks add the sums: the overlap-add method [1]_.
    A kernel that is a dask array is not needed as a whole then.

    References
    ----------
    .. [1] A. V. Oppenheim and R. W. Schafer, *Discrete-Time Signal Processing*,
       3rd ed., Pearson, 2010, sections 2.3 and 8.7.3.

    Examples
    --------
    >>> import dask.array as da
    >>> import pyconvolve.dask
    >>> x = da.arange(1_000_000, chunks=100_000)
    >>> y = pyconvolve.dask.convolve(x, [1, 1, 1], "same", boundary="wrap")
    >>> y.chunks == x.chunks
    True
    >>> y[:3].compute()
    array([1000000,       3,       6])
    """
    how = rules(
        False, mode, method, axes, boundary, cval, stride, dilation, origin, lags,
        upsample=upsample, dtype=dtype, overflow=overflow,
    )  # fmt: skip
    return convolution.run(_NAMES, how, in1, in2, cval, workers)


def correlate(
    in1: dask.array.Array | ArrayLike,
    in2: dask.array.Array | ArrayLike,
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
    workers: int | None = 1,
) -> dask.array.Array:
    r"""Cross-correlate a dask array with a kernel, lazily.

    .. math:: y[n] = \sum_k \overline{h[k]} \, x\left[\frac{s n + o + d k}{u}\right]

    as `pyconvolve.correlate` has it [1]_.

    Parameters
    ----------
    in1 : dask.array.Array or array_like
        The signal, in chunks of known sizes.
    in2 : array_like or dask.array.Array
        The kernel. In mode 'valid', the larger array is the signal.
    mode, method, axes, boundary, cval, stride, dilation, upsample : optional
        As for `pyconvolve.correlate`.
    origin, lags, dtype, overflow : optional
        As for `pyconvolve.correlate`.
    workers : int, optional
        Most threads that a task uses, as for `convolve`.

    Returns
    -------
    dask.array.Array
        In chunks as those of `convolve`.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong, or if sizes of chunks are unknown.
    OverflowError
        When the result is computed, as by `convolve`.

    See Also
    --------
    convolve : the same with the kernel reversed and not conjugated

    References
    ----------
    .. [1] A. V. Oppenheim and R. W. Schafer, *Discrete-Time Signal Processing*,
       3rd ed., Pearson, 2010, section 2.3.

    Examples
    --------
    >>> import dask.array as da
    >>> import pyconvolve.dask
    >>> x = da.arange(1_000_000, chunks=100_000)
    >>> pyconvolve.dask.correlate(x, [-1, 0, 1], "valid", stride=3)[:4].compute()
    array([2, 2, 2, 2])
    """
    how = rules(
        True, mode, method, axes, boundary, cval, stride, dilation, origin, lags,
        upsample=upsample, dtype=dtype, overflow=overflow,
    )  # fmt: skip
    return convolution.run(_NAMES, how, in1, in2, cval, workers)


@overload
def normalized_convolve(
    x: dask.array.Array | ArrayLike,
    kernel: ArrayLike,
    *,
    weights: dask.array.Array | ArrayLike | None = None,
    mask: dask.array.Array | ArrayLike | None = None,
    nan: Nan = "ignore",
    min_weight: float = 0.0,
    mode: Mode = "same",
    method: Method = "auto",
    boundary: Boundary | Sequence[Boundary] = "constant",
    cval: complex | Sequence[complex] = 0,
    edges: Edges = "boundary",
    axes: int | Sequence[int] | None = None,
    return_weights: Literal[False] = False,
    workers: int | None = 1,
) -> dask.array.Array: ...
@overload
def normalized_convolve(
    x: dask.array.Array | ArrayLike,
    kernel: ArrayLike,
    *,
    weights: dask.array.Array | ArrayLike | None = None,
    mask: dask.array.Array | ArrayLike | None = None,
    nan: Nan = "ignore",
    min_weight: float = 0.0,
    mode: Mode = "same",
    method: Method = "auto",
    boundary: Boundary | Sequence[Boundary] = "constant",
    cval: complex | Sequence[complex] = 0,
    edges: Edges = "boundary",
    axes: int | Sequence[int] | None = None,
    return_weights: Literal[True],
    workers: int | None = 1,
) -> tuple[dask.array.Array, dask.array.Array]: ...
def normalized_convolve(
    x: dask.array.Array | ArrayLike,
    kernel: ArrayLike,
    *,
    weights: dask.array.Array | ArrayLike | None = None,
    mask: dask.array.Array | ArrayLike | None = None,
    nan: Nan = "ignore",
    min_weight: float = 0.0,
    mode: Mode = "same",
    method: Method = "auto",
    boundary: Boundary | Sequence[Boundary] = "constant",
    cval: complex | Sequence[complex] = 0,
    edges: Edges = "boundary",
    axes: int | Sequence[int] | None = None,
    return_weights: bool = False,
    workers: int | None = 1,
) -> Any:
    r"""Convolve a dask array whose missing samples have no weight, lazily.

    .. math:: y[n] = \frac{\sum_k h[k] \, w[n - k] \, x[n - k]}{\sum_k h[k] \, w[n - k]}

    as `pyconvolve.normalized_convolve` has it [1]_.

    Parameters
    ----------
    x : dask.array.Array or array_like
        The signal, in chunks of known sizes. Chunks may be masked arrays.
    kernel : array_like
        The kernel, in memory.
    weights, mask : dask.array.Array or array_like, optional
        As for `pyconvolve.normalized_convolve`; broadcast to `x`. Weights are checked
        when the result is computed.
    nan, min_weight, mode, method, boundary, cval, edges, axes : optional
        As for `pyconvolve.normalized_convolve`.
    return_weights : bool, optional
        Whether to return the weight that each output met, too.
    workers : int, optional
        Most threads that a task uses, as for `convolve`.

    Returns
    -------
    y : dask.array.Array
        In chunks as those of `convolve`; masked arrays if those of `x` are.
    weight : dask.array.Array
        Only if `return_weights` is true.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong, or if sizes of chunks are unknown.

    See Also
    --------
    pyconvolve.normalized_convolve : the same for arrays in memory

    Notes
    -----
    A task reads all samples that a chunk depends on, however large the kernel is.

    References
    ----------
    .. [1] H. Knutsson and C.-F. Westin, "Normalized and differential convolution",
       *Computer Vision and Pattern Recognition*, 1993, pages 515-523.

    Examples
    --------
    >>> import dask.array as da
    >>> import numpy as np
    >>> import pyconvolve.dask
    >>> x = da.from_array(np.array([1.0, np.nan, 3.0, 4.0]), chunks=2)
    >>> pyconvolve.dask.normalized_convolve(
    ...     x, [1, 1, 1], edges="renormalize"
    ... ).compute()
    array([1. , 2. , 3.5, 3.5])
    """
    return normalized.run(
        x, kernel, weights=weights, mask=mask, nan=nan, min_weight=min_weight,
        mode=mode, method=method, boundary=boundary, cval=cval, edges=edges, axes=axes,
        return_weights=return_weights, workers=workers,
    )  # fmt: skip
