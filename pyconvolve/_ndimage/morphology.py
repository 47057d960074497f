"""Grey-scale morphology, with the words of `scipy.ndimage`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .arguments import Refused, axes_of, each, integer, reversed_origin
from .calls import Output
from .drop_in import drop_in
from .extrema import filtered, warn_of_size

# The arguments that all functions share, in their order behind the image: size,
# footprint, structure, mode, cval, origin, axes, workers.
Shared = tuple[Any, ...]


@drop_in
def grey_erosion(
    input: ArrayLike,
    size: int | Sequence[int] | None = None,
    footprint: ArrayLike | None = None,
    structure: ArrayLike | None = None,
    output: Output = None,
    mode: str | Sequence[str] = "reflect",
    cval: float = 0.0,
    origin: int | Sequence[int] = 0,
    *,
    axes: int | Sequence[int] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    """Compute the minimum of the window around each sample, less a structure.

    Parameters
    ----------
    input : array_like
        The image, of truth values or real numbers.
    size, footprint : optional
        As for `maximum_filter`.
    structure : array_like, optional
        A number for each sample of the window, which is subtracted before samples are
        compared. It is converted to the type of the image first.
    output, mode, cval, origin, axes, workers : optional
        As for `maximum_filter`.

    Returns
    -------
    ndarray, of the shape of the image
        As for `maximum_filter`.

    Raises
    ------
    ValueError, TypeError, RuntimeError
        If an argument is wrong, with SciPy's message.

    References
    ----------
    .. [1] `scipy.ndimage.grey_erosion`

    Examples
    --------
    >>> from pyconvolve import ndimage
    >>> ndimage.grey_erosion([5, 5, 2, 5, 5], structure=[1, 0, 1])
    array([4, 1, 2, 1, 4])
    """
    warn_of_size(size, footprint)
    shared = size, footprint, structure, mode, cval, origin, axes, workers
    return eroded(input, output, shared)


@drop_in
def grey_dilation(
    input: ArrayLike,
    size: int | Sequence[int] | None = None,
    footprint: ArrayLike | None = None,
    structure: ArrayLike | None = None,
    output: Output = None,
    mode: str | Sequence[str] = "reflect",
    cval: float = 0.0,
    origin: int | Sequence[int] = 0,
    *,
    axes: int | Sequence[int] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    """Compute the maximum of the reversed window around each sample, plus a structure.

    Parameters
    ----------
    input : array_like
        The image, of truth values or real numbers.
    size, footprint : optional
        As for `maximum_filter`.
    structure : array_like, optional
        A number for each sample of the window, which is added before samples are
        compared. It is converted to the type of the image first.
    output, mode, cval, axes, workers : optional
        As for `maximum_filter`.
    origin : int or sequence of int, optional
        By how many samples the outputs move towards lower indices.

    Returns
    -------
    ndarray, of the shape of the image
        As for `maximum_filter`.

    Raises
    ------
    ValueError, TypeError, RuntimeError
        If an argument is wrong, with SciPy's message.

    References
    ----------
    .. [1] `scipy.ndimage.grey_dilation`

    Examples
    --------
    >>> from pyconvolve import ndimage
    >>> ndimage.grey_dilation([5, 5, 8, 5, 5], structure=[1, 0, 1])
    array([6, 9, 8, 9, 6])
    """
    warn_of_size(size, footprint)
    shared = size, footprint, structure, mode, cval, origin, axes, workers
    return dilated(input, output, shared)


@drop_in
def grey_opening(
    input: ArrayLike,
    size: int | Sequence[int] | None = None,
    footprint: ArrayLike | None = None,
    structure: ArrayLike | None = None,
    output: Output = None,
    mode: str | Sequence[str] = "reflect",
    cval: float = 0.0,
    origin: int | Sequence[int] = 0,
    *,
    axes: int | Sequence[int] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    """Compute the erosion of an image, and the dilation of that.

    Parameters
    ----------
    input : array_like
        The image, of truth values or real numbers.
    size, footprint, structure, output, mode, cval, origin, axes, workers : optional
        As for `grey_erosion` and `grey_dilation`.

    Returns
    -------
    ndarray, of the shape of the image
        As for `maximum_filter`.

    Raises
    ------
    ValueError, TypeError, RuntimeError
        If an argument is wrong, with SciPy's message.

    References
    ----------
    .. [1] `scipy.ndimage.grey_opening`

    Examples
    --------
    >>> from pyconvolve import ndimage
    >>> ndimage.grey_opening([1, 9, 1, 1, 5, 5, 5, 1], 3)
    array([1, 1, 1, 1, 5, 5, 5, 1])
    """
    warn_of_size(size, footprint)
    shared = size, footprint, structure, mode, cval, origin, axes, workers
    return opened(input, output, shared)


@drop_in
def grey_closing(
    input: ArrayLike,
    size: int | Sequence[int] | None = None,
    footprint: ArrayLike | None = None,
    structure: ArrayLike | None = None,
    output: Output = None,
    mode: str | Sequence[str] = "reflect",
    cval: float = 0.0,
    origin: int | Sequence[int] = 0,
    *,
    axes: int | Sequence[int] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    """Compute the dilation of an image, and the erosion of that.

    Parameters
    ----------
    input : array_like
        The image, of truth values or real numbers.
    size, footprint, structure, output, mode, cval, origin, axes, workers : optional
        As for `grey_erosion` and `grey_dilation`.

    Returns
    -------
    ndarray, of the shape of the image
        As for `maximum_filter`.

    Raises
    ------
    ValueError, TypeError, RuntimeError
        If an argument is wrong, with SciPy's message.

    References
    ----------
    .. [1] `scipy.ndimage.grey_closing`

    Examples
    --------
    >>> from pyconvolve import ndimage
    >>> ndimage.grey_closing([9, 1, 9, 9, 5, 5, 5, 9], 3)
    array([9, 9, 9, 9, 5, 5, 5, 9])
    """
    warn_of_size(size, footprint)
    shared = size, footprint, structure, mode, cval, origin, axes, workers
    return closed(input, output, shared)


def eroded(input: ArrayLike, output: Any, shared: Shared) -> NDArray[Any]:
    size, footprint, structure, mode, cval, origin, axes, workers = shared
    if size is None and footprint is None and structure is None:
        raise Refused
    return filtered(
        "min", input, size, footprint, structure, output, mode, cval, origin, axes,
        workers,
    )  # fmt: skip


def dilated(input: ArrayLike, output: Any, shared: Shared) -> NDArray[Any]:
    size, footprint, structure, mode, cval, origin, axes, workers = shared
    if size is None and footprint is None and structure is None:
        raise Refused
    image = np.asarray(input)
    structure, footprint = (
        None if window is None else np.flip(np.asarray(window))
        for window in (structure, footprint)
    )
    window = structure if footprint is None else footprint
    shape = size if window is None else window.shape
    origins = reversed_origins(image.ndim, shape, window is None, origin, axes)
    return filtered(
        "max", image, size, footprint, structure, output, mode, cval, origins, axes,
        workers,
    )  # fmt: skip


def reversed_origins(
    ndim: int, size: Any, is_box: bool, origin: Any, axes: Any
) -> list[int]:
    """Return the origins of a dilation as those of a maximum filter.

    Parameters
    ----------
    ndim : int
        Of the image.
    size : int or sequence of int
        Of the window.
    is_box : bool
        Whether one size may be that of all axes.
    origin, axes
        As for `grey_dilation`.
    """
    number = len(axes_of(axes, ndim))
    if not is_box and len(size) != number:
        raise Refused
    return [
        reversed_origin(integer(samples), moved)
        for samples, moved in zip(each(size, number), each(origin, number), strict=True)
    ]


def opened(input: ArrayLike, output: Any, shared: Shared) -> NDArray[Any]:
    return dilated(eroded(input, None, shared), output, shared)


def closed(input: ArrayLike, output: Any, shared: Shared) -> NDArray[Any]:
    return eroded(dilated(input, None, shared), output, shared)
