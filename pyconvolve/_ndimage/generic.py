"""Laplacians and gradients from derivatives, with the words of `scipy.ndimage`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._core import workers as threads
from .arguments import axes_of, each
from .calls import Output, output_like
from .drop_in import drop_in


@drop_in
def generic_laplace(
    input: ArrayLike,
    derivative2: Callable[..., NDArray[Any]],
    output: Output = None,
    mode: str | Sequence[str] = "reflect",
    cval: complex = 0.0,
    extra_arguments: Sequence[Any] = (),
    extra_keywords: Mapping[str, Any] | None = None,
    *,
    axes: int | Sequence[int] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    """Sum second derivatives along all axes.

    Parameters
    ----------
    input : array_like
        The image.
    derivative2 : callable
        ``derivative2(input, axis, output, mode, cval, *extra_arguments,
        **extra_keywords)`` returns the second derivative along an axis, in `output` or
        of this type.
    output, cval : optional
        As for `correlate`.
    mode : str or sequence of str, optional
        As for `correlate`, for all of `axes` or for each.
    extra_arguments, extra_keywords : optional
        Further arguments of `derivative2`.
    axes : int or sequence of int, optional
        The axes to differentiate along, all by default.
    workers : int, optional
        Threads that functions of pyconvolve may use that `derivative2` calls.

    Returns
    -------
    ndarray, of the shape of the image

    Raises
    ------
    ValueError, TypeError, RuntimeError
        If an argument is wrong, with SciPy's message.

    References
    ----------
    .. [1] `scipy.ndimage.generic_laplace`

    Examples
    --------
    >>> from pyconvolve import ndimage
    >>> ndimage.generic_laplace([0, 1, 4, 9], ndimage.sobel)
    array([1, 4, 8, 5])
    """
    with threads.set_workers(threads.resolve(workers)):
        return _combined(
            False, input, derivative2, output, mode, cval, extra_arguments,
            extra_keywords or {}, axes,
        )  # fmt: skip


@drop_in
def generic_gradient_magnitude(
    input: ArrayLike,
    derivative: Callable[..., NDArray[Any]],
    output: Output = None,
    mode: str | Sequence[str] = "reflect",
    cval: complex = 0.0,
    extra_arguments: Sequence[Any] = (),
    extra_keywords: Mapping[str, Any] | None = None,
    *,
    axes: int | Sequence[int] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    """Compute the magnitude of a gradient.

    Parameters
    ----------
    input : array_like
        The image.
    derivative : callable
        ``derivative(input, axis, output, mode, cval, *extra_arguments,
        **extra_keywords)`` returns the derivative along an axis, in `output` or of this
        type. Its result is changed in place.
    output, cval : optional
        As for `correlate`.
    mode : str or sequence of str, optional
        As for `correlate`, for all of `axes` or for each.
    extra_arguments, extra_keywords : optional
        Further arguments of `derivative`.
    axes : int or sequence of int, optional
        The axes to differentiate along, all by default.
    workers : int, optional
        Threads that functions of pyconvolve may use that `derivative` calls.

    Returns
    -------
    ndarray, of the shape of the image

    Raises
    ------
    ValueError, TypeError, RuntimeError
        If an argument is wrong, with SciPy's message.

    References
    ----------
    .. [1] `scipy.ndimage.generic_gradient_magnitude`

    Examples
    --------
    >>> from pyconvolve import ndimage
    >>> ndimage.generic_gradient_magnitude([[0.0, 3.0], [4.0, 7.0]], ndimage.prewitt)
    array([[15., 15.],
           [15., 15.]])
    """
    with threads.set_workers(threads.resolve(workers)):
        return _combined(
            True, input, derivative, output, mode, cval, extra_arguments,
            extra_keywords or {}, axes,
        )  # fmt: skip


def _combined(
    squares: bool,
    input: ArrayLike,
    derivative: Callable[..., NDArray[Any]],
    output: Any,
    mode: Any,
    cval: Any,
    arguments: Sequence[Any],
    keywords: Mapping[str, Any],
    axes: Any,
) -> NDArray[Any]:
    """Return the sum of derivatives along some axes, or the root of that of squares."""
    image = np.asarray(input)
    target = output_like(image, output)
    # the image is read again after the first derivative is stored
    result = np.zeros_like(target) if np.may_share_memory(target, image) else target
    chosen = axes_of(axes, image.ndim)
    if not chosen:
        result[...] = image
    modes = each(mode, len(chosen)) if chosen else ()
    for number, (a, word) in enumerate(zip(chosen, modes, strict=True)):
        out: Any = result.dtype if number else result
        found = derivative(image, a, out, word, cval, *arguments, **keywords)
        part = found if number else result
        if squares:
            np.multiply(part, part, part)
        if number:
            result += part
    if squares and chosen:
        np.sqrt(result, result, casting="unsafe")
    if result is not target:
        target[...] = result
    return target
