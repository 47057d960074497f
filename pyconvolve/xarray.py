"""Convolutions and image filters of xarray's labelled arrays, along dimensions.

Functions take a DataArray, or a Dataset whose variables are filtered, and keep names,
dimensions, attributes and coordinates. Arrays of dask in them stay lazy.

`convolve`, `correlate` and `normalized_convolve` have the coordinates of the samples at
the positions of their outputs, also where a mode or a stride has more outputs or fewer.
The other functions are the image filters of `pyconvolve.ndimage` with `dim` in place of
`axes` and `axis`.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Literal, TypeVar, overload

try:
    from xarray import DataArray, Dataset
except ImportError:
    raise ImportError(
        "pyconvolve.xarray needs xarray: pip install 'pyconvolve[xarray]'"
    ) from None
from numpy.typing import ArrayLike, DTypeLike

from ._core.arguments import Rules, rules
from ._core.boundary import Boundary
from ._normalized.arguments import Edges
from ._xarray import convolution
from ._xarray.filters import Filter, along_dims
from .convolution import Lags, Method, Mode, Overflow
from .normalized import Nan

__all__ = [
    "black_tophat",
    "convolve",
    "correlate",
    "gaussian_filter",
    "gaussian_gradient_magnitude",
    "gaussian_laplace",
    "grey_closing",
    "grey_dilation",
    "grey_erosion",
    "grey_opening",
    "laplace",
    "maximum_filter",
    "median_filter",
    "minimum_filter",
    "morphological_gradient",
    "normalized_convolve",
    "percentile_filter",
    "prewitt",
    "rank_filter",
    "sobel",
    "uniform_filter",
    "white_tophat",
]

_Labelled = TypeVar("_Labelled", DataArray, Dataset)


def convolve(
    x: _Labelled,
    h: DataArray | ArrayLike,
    dim: Hashable | Sequence[Hashable] | None = None,
    mode: Mode = "full",
    method: Method = "auto",
    *,
    boundary: Boundary | Sequence[Boundary] = "constant",
    cval: complex | Sequence[complex] = 0,
    stride: int | Sequence[int] = 1,
    dilation: int | Sequence[int] = 1,
    upsample: int | Sequence[int] = 1,
    origin: int | Sequence[int] = 0,
    lags: Lags | Sequence[Lags] | None = None,
    dtype: DTypeLike | None = None,
    overflow: Overflow = "wrap",
    workers: int | None = None,
) -> _Labelled:
    r"""Convolve a labelled array with a kernel, along dimensions.

    .. math:: y[n] = \sum_k h[k] \, x\left[\frac{s n + o - d k}{u}\right]

    as `pyconvolve.convolve` has it [1]_.

    Parameters
    ----------
    x : DataArray or Dataset
        The signal. Of a Dataset, the variables that have all dimensions are convolved,
        and the others are kept.
    h : array_like or DataArray
        The kernel, with an axis for each dimension of `dim`. In mode 'valid' it must
        not be larger than the signal.
    dim : hashable or sequence of hashable, optional
        The dimensions to convolve along, in the order of the kernel's axes. By default
        those of `h` if it is a DataArray, and else those of `x` if `h` has as many
        axes.
    mode, method, boundary, cval, stride, dilation, upsample : optional
        As for `pyconvolve.convolve`; several values are in the order of `dim`.
    origin, lags, dtype, overflow : optional
        As for `pyconvolve.convolve`.
    workers : int, optional
        Most threads. By default, arrays in memory are convolved by as many as
        `set_workers` sets, and each task of dask uses one.

    Returns
    -------
    DataArray or Dataset
        With the dimensions, the name and the attributes of `x`. Each output has the
        coordinates of the sample under the kernel's centre, so that outputs that are
        the same in two modes have the same coordinates. Where outputs lie outside of
        the samples, or between them, evenly spaced numbers and times are continued.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong, or if a coordinate would have to be continued and is
        not evenly spaced. The message tells how to leave it out.

    See Also
    --------
    pyconvolve.convolve : the same for arrays without labels
    pyconvolve.dask.convolve : what computes arrays of dask, lazily

    References
    ----------
    .. [1] A. V. Oppenheim and R. W. Schafer, *Discrete-Time Signal Processing*,
       3rd ed., Pearson, 2010, section 2.3.

    Examples
    --------
    >>> import numpy as np
    >>> import pyconvolve.xarray
    >>> from xarray import DataArray
    >>> x = DataArray([1.0, 2.0, 4.0], {"t": [10, 20, 30]}, name="speed")
    >>> pyconvolve.xarray.convolve(x, [0.5, 0.5, 0.5], "t")
    <xarray.DataArray 'speed' (t: 5)> Size: 40B
    array([0.5, 1.5, 3.5, 3. , 2. ])
    Coordinates:
      * t        (t) int64 40B 0 10 20 30 40
    """

    def rules_of(axes: Sequence[int]) -> Rules:
        return rules(
            False, mode, method, axes, boundary, cval, stride, dilation, origin, lags,
            upsample=upsample, dtype=dtype, overflow=overflow,
        )  # fmt: skip

    found: _Labelled = convolution.run(rules_of, x, h, dim, cval, workers)
    return found


def correlate(
    x: _Labelled,
    h: DataArray | ArrayLike,
    dim: Hashable | Sequence[Hashable] | None = None,
    mode: Mode = "full",
    method: Method = "auto",
    *,
    boundary: Boundary | Sequence[Boundary] = "constant",
    cval: complex | Sequence[complex] = 0,
    stride: int | Sequence[int] = 1,
    dilation: int | Sequence[int] = 1,
    upsample: int | Sequence[int] = 1,
    origin: int | Sequence[int] = 0,
    lags: Lags | Sequence[Lags] | None = None,
    dtype: DTypeLike | None = None,
    overflow: Overflow = "wrap",
    workers: int | None = None,
) -> _Labelled:
    r"""Cross-correlate a labelled array with a kernel, along dimensions.

    .. math:: y[n] = \sum_k \overline{h[k]} \, x\left[\frac{s n + o + d k}{u}\right]

    as `pyconvolve.correlate` has it [1]_.

    Parameters
    ----------
    x : DataArray or Dataset
        The signal, as for `convolve`.
    h : array_like or DataArray
        The kernel, as for `convolve`.
    dim : hashable or sequence of hashable, optional
        The dimensions to correlate along, as for `convolve`.
    mode, method, boundary, cval, stride, dilation, upsample : optional
        As for `pyconvolve.correlate`; several values are in the order of `dim`.
    origin, lags, dtype, overflow : optional
        As for `pyconvolve.correlate`.
    workers : int, optional
        Most threads, as for `convolve`.

    Returns
    -------
    DataArray or Dataset
        With coordinates as by `convolve`.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong, or if a coordinate would have to be continued and is
        not evenly spaced.

    See Also
    --------
    pyconvolve.correlate : the same for arrays without labels

    References
    ----------
    .. [1] A. V. Oppenheim and R. W. Schafer, *Discrete-Time Signal Processing*,
       3rd ed., Pearson, 2010, section 2.3.

    Examples
    --------
    >>> import pyconvolve.xarray
    >>> from xarray import DataArray
    >>> x = DataArray([1.0, 2.0, 4.0, 8.0], {"t": [10, 20, 30, 40]})
    >>> pyconvolve.xarray.correlate(x, [-1, 0, 1], "t", "valid")
    <xarray.DataArray (t: 2)> Size: 16B
    array([3., 6.])
    Coordinates:
      * t        (t) int64 16B 20 30
    """

    def rules_of(axes: Sequence[int]) -> Rules:
        return rules(
            True, mode, method, axes, boundary, cval, stride, dilation, origin, lags,
            upsample=upsample, dtype=dtype, overflow=overflow,
        )  # fmt: skip

    found: _Labelled = convolution.run(rules_of, x, h, dim, cval, workers)
    return found


@overload
def normalized_convolve(
    x: _Labelled,
    kernel: DataArray | ArrayLike,
    dim: Hashable | Sequence[Hashable] | None = None,
    *,
    weights: DataArray | ArrayLike | None = None,
    mask: DataArray | ArrayLike | None = None,
    nan: Nan = "ignore",
    min_weight: float = 0.0,
    mode: Mode = "same",
    method: Method = "auto",
    boundary: Boundary | Sequence[Boundary] = "constant",
    cval: complex | Sequence[complex] = 0,
    edges: Edges = "boundary",
    return_weights: Literal[False] = False,
    workers: int | None = None,
) -> _Labelled: ...
@overload
def normalized_convolve(
    x: _Labelled,
    kernel: DataArray | ArrayLike,
    dim: Hashable | Sequence[Hashable] | None = None,
    *,
    weights: DataArray | ArrayLike | None = None,
    mask: DataArray | ArrayLike | None = None,
    nan: Nan = "ignore",
    min_weight: float = 0.0,
    mode: Mode = "same",
    method: Method = "auto",
    boundary: Boundary | Sequence[Boundary] = "constant",
    cval: complex | Sequence[complex] = 0,
    edges: Edges = "boundary",
    return_weights: Literal[True],
    workers: int | None = None,
) -> tuple[_Labelled, _Labelled]: ...
def normalized_convolve(
    x: _Labelled,
    kernel: DataArray | ArrayLike,
    dim: Hashable | Sequence[Hashable] | None = None,
    *,
    weights: DataArray | ArrayLike | None = None,
    mask: DataArray | ArrayLike | None = None,
    nan: Nan = "ignore",
    min_weight: float = 0.0,
    mode: Mode = "same",
    method: Method = "auto",
    boundary: Boundary | Sequence[Boundary] = "constant",
    cval: complex | Sequence[complex] = 0,
    edges: Edges = "boundary",
    return_weights: bool = False,
    workers: int | None = None,
) -> Any:
    r"""Convolve a labelled array whose missing samples have no weight.

    .. math:: y[n] = \frac{\sum_k h[k] \, w[n - k] \, x[n - k]}{\sum_k h[k] \, w[n - k]}

    as `pyconvolve.normalized_convolve` has it [1]_.

    Parameters
    ----------
    x : DataArray or Dataset
        The signal, as for `convolve`. Samples that are NaN are missing.
    kernel : array_like or DataArray
        The kernel, with an axis for each dimension of `dim`.
    dim : hashable or sequence of hashable, optional
        The dimensions to convolve along, as for `convolve`.
    weights, mask : DataArray or array_like, optional
        As for `pyconvolve.normalized_convolve`. A DataArray may have some of the
        dimensions of `x`, with the same coordinates.
    nan, min_weight, mode, method, boundary, cval, edges : optional
        As for `pyconvolve.normalized_convolve`.
    return_weights : bool, optional
        Whether to return the weight that each output met, too.
    workers : int, optional
        Most threads, as for `convolve`.

    Returns
    -------
    y : DataArray or Dataset
        With coordinates as by `convolve`.
    weight : DataArray or Dataset
        Only if `return_weights` is true.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong, or if a coordinate would have to be continued and is
        not evenly spaced.

    See Also
    --------
    pyconvolve.normalized_convolve : the same for arrays without labels

    References
    ----------
    .. [1] H. Knutsson and C.-F. Westin, "Normalized and differential convolution",
       *Computer Vision and Pattern Recognition*, 1993, pages 515-523.

    Examples
    --------
    >>> import numpy as np
    >>> import pyconvolve.xarray
    >>> from xarray import DataArray
    >>> x = DataArray([1.0, np.nan, 3.0, 4.0], {"day": [1, 2, 3, 4]})
    >>> pyconvolve.xarray.normalized_convolve(
    ...     x, [1, 1, 1], "day", edges="renormalize"
    ... )
    <xarray.DataArray (day: 4)> Size: 32B
    array([1. , 2. , 3.5, 3.5])
    Coordinates:
      * day      (day) int64 32B 1 2 3 4
    """
    return convolution.run_normalized(
        x, kernel, dim, weights=weights, mask=mask, nan=nan, min_weight=min_weight,
        mode=mode, method=method, boundary=boundary, cval=cval, edges=edges,
        return_weights=return_weights, workers=workers,
    )  # fmt: skip


black_tophat: Filter = along_dims("black_tophat")
gaussian_filter: Filter = along_dims("gaussian_filter")
gaussian_gradient_magnitude: Filter = along_dims("gaussian_gradient_magnitude")
gaussian_laplace: Filter = along_dims("gaussian_laplace")
grey_closing: Filter = along_dims("grey_closing")
grey_dilation: Filter = along_dims("grey_dilation")
grey_erosion: Filter = along_dims("grey_erosion")
grey_opening: Filter = along_dims("grey_opening")
laplace: Filter = along_dims("laplace")
maximum_filter: Filter = along_dims("maximum_filter")
median_filter: Filter = along_dims("median_filter")
minimum_filter: Filter = along_dims("minimum_filter")
morphological_gradient: Filter = along_dims("morphological_gradient")
percentile_filter: Filter = along_dims("percentile_filter")
prewitt: Filter = along_dims("prewitt")
rank_filter: Filter = along_dims("rank_filter")
sobel: Filter = along_dims("sobel")
uniform_filter: Filter = along_dims("uniform_filter")
white_tophat: Filter = along_dims("white_tophat")
