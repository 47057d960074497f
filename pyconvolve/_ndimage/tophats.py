"""Differences of morphological filters, with the words of `scipy.ndimage`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .calls import Output
from .drop_in import drop_in
from .extrema import warn_of_size
from .morphology import closed, dilated, eroded, opened


@drop_in
def white_tophat(
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
    """Subtract the opening of an image from it.

    Parameters
    ----------
    input : array_like
        The image, of truth values or real numbers.
    size, footprint, structure, output, mode, cval, origin, axes, workers : optional
        As for `grey_opening`.

    Returns
    -------
    ndarray, of the shape of the image

    Raises
    ------
    ValueError, TypeError, RuntimeError
        If an argument is wrong, with SciPy's message.

    References
    ----------
    .. [1] `scipy.ndimage.white_tophat`

    Examples
    --------
    >>> from pyconvolve import ndimage
    >>> ndimage.white_tophat([1, 9, 1, 1, 5, 5, 5, 1], 3)
    array([0, 8, 0, 0, 0, 0, 0, 0])
    """
    image = np.asarray(input)
    warn_of_size(size, footprint)
    shared = size, footprint, structure, mode, cval, origin, axes, workers
    opening = opened(image, _apart(output, image), shared)
    return _subtract(image, opening, opening, output)


@drop_in
def black_tophat(
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
    """Subtract an image from its closing.

    Parameters
    ----------
    input : array_like
        The image, of truth values or real numbers.
    size, footprint, structure, output, mode, cval, origin, axes, workers : optional
        As for `grey_closing`.

    Returns
    -------
    ndarray, of the shape of the image

    Raises
    ------
    ValueError, TypeError, RuntimeError
        If an argument is wrong, with SciPy's message.

    References
    ----------
    .. [1] `scipy.ndimage.black_tophat`

    Examples
    --------
    >>> from pyconvolve import ndimage
    >>> ndimage.black_tophat([9, 1, 9, 9, 5, 5, 5, 9], 3)
    array([0, 8, 0, 0, 0, 0, 0, 0])
    """
    image = np.asarray(input)
    warn_of_size(size, footprint)
    shared = size, footprint, structure, mode, cval, origin, axes, workers
    closing = closed(image, _apart(output, image), shared)
    return _subtract(closing, image, closing, output)


@drop_in
def morphological_gradient(
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
    """Subtract the erosion of an image from its dilation.

    Parameters
    ----------
    input : array_like
        The image, of real numbers.
    output : ndarray, optional
        The array for the results. As in SciPy, types have no effect.
    size, footprint, structure, mode, cval, origin, axes, workers : optional
        As for `grey_erosion` and `grey_dilation`.

    Returns
    -------
    ndarray, of the shape of the image

    Raises
    ------
    ValueError, TypeError, RuntimeError
        If an argument is wrong, with SciPy's message.

    References
    ----------
    .. [1] `scipy.ndimage.morphological_gradient`

    Examples
    --------
    >>> from pyconvolve import ndimage
    >>> ndimage.morphological_gradient([1, 1, 1, 5, 5, 5], 3)
    array([0, 0, 4, 4, 0, 0])
    """
    warn_of_size(size, footprint)
    shared = size, footprint, structure, mode, cval, origin, axes, workers
    dilation = dilated(input, None, shared)
    if isinstance(output, np.ndarray):
        erosion = eroded(input, output, shared)
        result: NDArray[Any] = np.subtract(dilation, erosion, erosion)
        return result
    return np.subtract(dilation, eroded(input, None, shared), out=dilation)


def _apart(output: Any, image: NDArray[Any]) -> Any:
    """Return the output, or its type if it overlaps the image, which is read again."""
    if isinstance(output, np.ndarray) and np.may_share_memory(output, image):
        return output.dtype
    return output


def _subtract(
    first: NDArray[Any], second: NDArray[Any], out: NDArray[Any], output: Any
) -> NDArray[Any]:
    """Subtract images in `out`, and copy the result to `output` if that is an array."""
    are_truth = first.dtype == np.bool_ and second.dtype == np.bool_
    operation = np.bitwise_xor if are_truth else np.subtract
    result: NDArray[Any] = operation(first, second, out=out)
    if isinstance(output, np.ndarray) and result is not output:
        output[...] = result
        return np.asarray(output)
    return result
