"""Gradients of pooling."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from operator import index
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._core import cpu, footprints, parallel
from .._core import workers as threads
from .._core.dtypes import element_name
from .._core.thresholds import THRESHOLDS, Thresholds
from . import mean_gradients, options, windows
from .padding import Padding

# Seconds for one gradient that is added.
_SECONDS = 1.5e-9
# Gradients of half precision that are added together in single precision, about.
_BLOCK = 1 << 16


def max_pool_grad(
    input_shape: Sequence[int],
    indices: ArrayLike,
    grad: ArrayLike,
    *,
    spatial: int | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    r"""Compute the gradient of a scalar by the input of `max_pool`.

    Each sample receives the gradients by all maxima that it is.

    Parameters
    ----------
    input_shape : sequence of int
        The shape of the input: (batch, channels, \*spatial) or (channels, \*spatial).
    indices : array_like of int
        The indices that `max_pool` returned.
    grad : array_like of real numbers or integers
        The gradient by the maxima, of the shape of `indices`.
    spatial : int, optional
        The number of spatial axes. By default the first two axes are the batch and the
        channels if they are those of `indices`; otherwise the first one is that of the
        channels.
    workers : int, optional
        Threads that may share the work. By default the number that `set_workers` has
        set.

    Returns
    -------
    ndarray
        The gradient by the input, of the type of `grad`.

    Raises
    ------
    ValueError, TypeError
        If shapes do not fit, or if an index is not that of a sample.

    Examples
    --------
    >>> import numpy as np
    >>> indices = np.array([[[1, 2]]])
    >>> max_pool_grad((1, 1, 4), indices, np.array([[[10.0, 20.0]]]))
    array([[[ 0., 10., 20.,  0.]]])
    """
    places = options.array("indices", indices)
    gradients = _gradient(grad)
    shape = _shape(input_shape)
    if places.dtype.kind not in "iu":
        raise TypeError(f"indices must be integers, not {places.dtype!r}")
    if gradients.shape != places.shape:
        raise ValueError(
            f"grad must have the shape {places.shape} of indices, not {gradients.shape}"
        )
    leading = _leading(shape, places.shape, spatial)
    result = np.zeros(shape, gradients.dtype.newbyteorder("="))
    planes, samples = prod(shape[:leading]), prod(shape[leading:])
    if not places.size:
        return result
    _add(
        result.reshape(planes, samples),
        np.ascontiguousarray(places, np.int64).reshape(planes, -1),
        np.ascontiguousarray(gradients, result.dtype).reshape(planes, -1),
        workers,
    )
    return result


def min_pool_grad(
    input_shape: Sequence[int],
    indices: ArrayLike,
    grad: ArrayLike,
    *,
    spatial: int | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    r"""Compute the gradient of a scalar by the input of `min_pool`.

    It is as `max_pool_grad`, with the indices that `min_pool` returned.

    Parameters
    ----------
    input_shape : sequence of int
        The shape of the input: (batch, channels, \*spatial) or (channels, \*spatial).
    indices : array_like of int
        The indices that `min_pool` returned.
    grad : array_like of real numbers or integers
        The gradient by the minima, of the shape of `indices`.
    spatial : int, optional
        The number of spatial axes, as for `max_pool_grad`.
    workers : int, optional
        Threads that may share the work. By default the number that `set_workers` has
        set.

    Returns
    -------
    ndarray
        The gradient by the input, of the type of `grad`.

    Raises
    ------
    ValueError, TypeError
        If shapes do not fit, or if an index is not that of a sample.

    Examples
    --------
    >>> import numpy as np
    >>> min_pool_grad((1, 1, 3), np.array([[[2]]]), np.array([[[5.0]]]))
    array([[[0., 0., 5.]]])
    """
    return max_pool_grad(input_shape, indices, grad, spatial=spatial, workers=workers)


def mean_pool_grad(
    input_shape: Sequence[int],
    size: int | Sequence[int],
    grad: ArrayLike,
    *,
    stride: int | Sequence[int] | None = None,
    padding: Padding = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    workers: int | None = None,
) -> NDArray[Any]:
    r"""Compute the gradient of a scalar by the input of `mean_pool`.

    Each sample receives the gradients by all means of windows that hold it, divided by
    the windows' counts.

    Parameters
    ----------
    input_shape : sequence of int
        The shape of the input: (batch, channels, \*spatial) or (channels, \*spatial).
    size : int or sequence of int
        Samples of a window, for all spatial axes or for each, as for `mean_pool`.
    grad : array_like of real numbers or integers
        The gradient by the means, of their shape.
    stride, padding, ceil_mode, count_include_pad : optional
        As for `mean_pool`.
    workers : int, optional
        Threads that may share the work. By default the number that `set_workers` has
        set.

    Returns
    -------
    ndarray
        The gradient by the input, of the type of `grad`; of float64 if `grad` holds
        integers.

    Raises
    ------
    ValueError, TypeError
        If an argument has a wrong value or type. The message says which are valid.

    Examples
    --------
    >>> import numpy as np
    >>> mean_pool_grad((1, 1, 4), 2, np.array([[[10.0, 20.0]]]))
    array([[[ 5.,  5., 10., 10.]]])
    """
    shape = _shape(input_shape)
    how = windows.check(size, stride, padding, 1, ceil_mode)
    return mean_gradients.run(shape, _gradient(grad), how, count_include_pad, workers)


def _gradient(grad: ArrayLike) -> NDArray[Any]:
    gradients = options.array("grad", grad)
    if gradients.dtype.kind not in "iuf":
        raise TypeError(
            f"grad must hold real numbers or integers, not {gradients.dtype!r}"
        )
    return gradients


def _shape(input_shape: Sequence[int]) -> tuple[int, ...]:
    shape = options.shape_of("input_shape", input_shape)
    if len(shape) < 2 or min(shape) < 0:
        raise ValueError(
            "input_shape must be (batch, channels, *spatial) or (channels, *spatial), "
            f"not {shape}"
        )
    return shape


def _leading(
    shape: tuple[int, ...], pooled: tuple[int, ...], spatial: int | None
) -> int:
    """Return the number of axes in front of the spatial ones."""
    ndim = len(shape)
    if len(pooled) != ndim:
        raise ValueError(
            f"indices must have {ndim} axes for input_shape={shape}, not the shape "
            f"{pooled}"
        )
    if spatial is None:
        leading = 2 if ndim > 2 and shape[:2] == pooled[:2] else 1
    else:
        leading = ndim - index(spatial)
        if not 1 <= leading <= min(2, ndim - 1):
            fits = " or ".join(str(n) for n in (ndim - 2, ndim - 1) if n > 0)
            raise ValueError(
                f"spatial must be {fits} for input_shape={shape}, not {spatial!r}"
            )
    if shape[:leading] != pooled[:leading]:
        raise ValueError(
            f"indices must have the first axes of input_shape={shape}, not the shape "
            f"{pooled}"
        )
    return leading


class _Scatter:
    """Adds gradients plane by plane; planes are shared by threads."""

    spectra_bytes = tile_bytes = scratch_bytes = 0
    phases: tuple[int, ...] = ()
    thresholds: Thresholds = THRESHOLDS

    def __init__(self, dtype: np.dtype, planes: int, gradients: int) -> None:
        kind = f"uint{8 * dtype.itemsize}" if dtype.kind == "i" else element_name(dtype)
        self.seconds = gradients * _SECONDS
        self.rounds: tuple[int, ...] = (planes,)
        self.run_tiles = footprints.Scatter(cpu.module("rows", kind).TABLE).run


def _add(
    sums: NDArray[Any],
    places: NDArray[np.int64],
    gradients: NDArray[Any],
    workers: int | None,
) -> None:
    """Add the gradients of each plane to the sums at their places."""
    threads.resolve(workers)
    wrong = np.zeros(1, np.int64)
    (planes, samples), count = sums.shape, places.shape[1]
    single = sums.dtype == np.float16
    # half precision is added in single precision
    block = max(1, _BLOCK // samples) if single else planes
    for first in range(0, planes, block):
        part = slice(first, first + block)
        total = sums[part]
        added = gradients[part]
        if single:
            total, added = total.astype(np.float32), added.astype(np.float32)
        scatter = _Scatter(total.dtype, len(total), added.size)
        job = total, places[part], added, samples, count, wrong
        parallel.runner(scatter)(scatter, job, workers)
        if single:
            sums[part] = total
    if wrong[0]:
        raise ValueError(
            f"indices must be from 0 to {samples - 1} along the spatial axes, or -1 "
            f"for a window without samples, but {wrong[0]} are not; if there is no "
            "batch, the argument spatial may have to say so"
        )
