"""Convolution with missing samples and weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, overload

from numpy.typing import ArrayLike, NDArray

from ._core.boundary import Boundary
from ._core.thresholds import THRESHOLDS
from ._normalized import means
from ._normalized.arguments import Edges
from .convolution import Method, Mode

Nan = Literal["ignore", "propagate", "preserve"]


@overload
def normalized_convolve(
    x: ArrayLike,
    kernel: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    mask: ArrayLike | None = None,
    nan: Nan = "ignore",
    min_weight: float = 0.0,
    mode: Mode = "same",
    method: Method = "auto",
    boundary: Boundary | Sequence[Boundary] = "constant",
    cval: complex | Sequence[complex] = 0,
    edges: Edges = "boundary",
    axes: int | Sequence[int] | None = None,
    return_weights: Literal[False] = False,
    out: NDArray[Any] | None = None,
    workers: int | None = None,
) -> NDArray[Any]: ...
@overload
def normalized_convolve(
    x: ArrayLike,
    kernel: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    mask: ArrayLike | None = None,
    nan: Nan = "ignore",
    min_weight: float = 0.0,
    mode: Mode = "same",
    method: Method = "auto",
    boundary: Boundary | Sequence[Boundary] = "constant",
    cval: complex | Sequence[complex] = 0,
    edges: Edges = "boundary",
    axes: int | Sequence[int] | None = None,
    return_weights: Literal[True],
    out: NDArray[Any] | None = None,
    workers: int | None = None,
) -> tuple[NDArray[Any], NDArray[Any]]: ...
def normalized_convolve(
    x: ArrayLike,
    kernel: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    mask: ArrayLike | None = None,
    nan: Nan = "ignore",
    min_weight: float = 0.0,
    mode: Mode = "same",
    method: Method = "auto",
    boundary: Boundary | Sequence[Boundary] = "constant",
    cval: complex | Sequence[complex] = 0,
    edges: Edges = "boundary",
    axes: int | Sequence[int] | None = None,
    return_weights: bool = False,
    out: NDArray[Any] | None = None,
    workers: int | None = None,
) -> NDArray[Any] | tuple[NDArray[Any], NDArray[Any]]:
    r"""Convolve an array whose missing samples have no weight.

    .. math:: y[n] = \frac{\sum_k h[k] \, w[n - k] \, x[n - k]}{\sum_k h[k] \, w[n - k]}

    with weights :math:`w` that are zero where `x` is masked or NaN [1]_. Each output is
    a mean of the samples that the kernel meets. Gaps are therefore filled from the
    samples around them, and outputs near gaps are not drawn to zero.

    Parameters
    ----------
    x : array_like
        The signal: truth values, integers, real or complex numbers, of any number of
        dimensions. Masked samples of a masked array are missing.
    kernel : array_like
        The kernel, with as many axes as `x`, or one for each of `axes`. Its taps must
        be finite. Their sum need not be one, but must not be zero.
    weights : array_like, optional
        Weight of each sample: real, finite and at least 0; broadcast to `x`. By default
        each sample has weight 1.
    mask : array_like of bool, optional
        True for samples that are missing, as for `numpy.ma`; broadcast to `x`.
    nan : {'ignore', 'propagate', 'preserve'}, optional
        'ignore': NaN is a missing sample. 'propagate': NaN is a number, and every
        output whose kernel meets it is NaN. 'preserve': NaN is a missing sample, and
        the output at its position is NaN; in mode 'same' only.
    min_weight : float, optional
        Outputs that met this weight or less are NaN. The weight met is 1 where the
        whole kernel met samples of weight 1.
    mode : {'full', 'same', 'valid'}, optional
        As for `convolve`.
    method : {'auto', 'direct', 'fft'}, optional
        As for `convolve`.
    boundary, cval : optional
        The samples outside of `x`, as for `convolve`, also per axis. Weights are
        continued by the same rule, and are 1 outside with `boundary` 'constant'.
    edges : {'boundary', 'renormalize'}, optional
        'boundary': samples outside are those that `boundary` gives. 'renormalize':
        samples outside have no weight; `boundary` and `cval` must be left out.
    axes : int or sequence of int, optional
        Axes to convolve along, all by default.
    return_weights : bool, optional
        Whether to return the weight that each output met, too.
    out : ndarray, optional
        The array to store the result in, of the shape and dtype of the result.
    workers : int, optional
        The largest number of threads to use, see `set_workers`.

    Returns
    -------
    y : ndarray
        Of the floating-point type that NumPy promotes `x` and `kernel` to, in single
        precision at least; float64 if both hold integers or truth values. If `x` is a
        masked array, so is `y`, masked where the weight met is `min_weight` or less.
    weight : ndarray
        Only if `return_weights` is true: :math:`\sum |h| w \,/ \sum |h|`, of the shape
        of `y`, real.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong. The message names the argument, its value and the
        values that are allowed.

    See Also
    --------
    convolve : the same if no sample is missing and the taps sum to one

    Notes
    -----
    Outputs are computed block by block. Memory besides the arrays given and returned
    stays below 30 MB, unless a large kernel needs larger blocks.

    The rounding of an output that transforms compute is relative to all samples of its
    tile. Outputs that met little weight would lose their digits; they are summed
    directly instead. With taps of both signs, outputs whose weights cancel are NaN.

    A Series `s` of pandas is convolved as an array, in which missing values are NaN.
    ``pandas.Series(normalized_convolve(s, h), s.index)`` has its index.

    References
    ----------
    .. [1] H. Knutsson and C.-F. Westin, "Normalized and differential convolution",
       *Computer Vision and Pattern Recognition*, 1993, pages 515-523.

    Examples
    --------
    >>> import numpy as np
    >>> import pyconvolve
    >>> pyconvolve.normalized_convolve([1.0, np.nan, 3.0, 4.0], [1, 1, 1])
    array([0.5       , 2.        , 3.5       , 2.33333333])

    Samples outside without weight:

    >>> pyconvolve.normalized_convolve(
    ...     [1.0, np.nan, 3.0, 4.0], [1, 1, 1], edges="renormalize"
    ... )
    array([1. , 2. , 3.5, 3.5])
    """
    return means.run(
        THRESHOLDS, x, kernel, weights=weights, mask=mask, nan=nan,
        min_weight=min_weight, mode=mode, method=method, boundary=boundary, cval=cval,
        edges=edges, axes=axes, return_weights=return_weights, out=out,
        workers=workers,
    )  # fmt: skip
