"""Kernels that are reversed, padded or combined."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._core.arguments import axes_of, numbers_of
from ..convolution import convolve
from ._arguments import sizes_of


def flip(kernel: ArrayLike, axes: int | Sequence[int] | None = None) -> NDArray[Any]:
    """Reverse a kernel, which turns a convolution into a cross-correlation.

    For complex taps, a cross-correlation also needs the complex conjugate.

    Parameters
    ----------
    kernel : array_like
        Taps of any number of dimensions.
    axes : int or sequence of int, optional
        Axes to reverse, all by default.

    Returns
    -------
    ndarray, shape of `kernel`
        A view of the kernel.

    Raises
    ------
    ValueError, TypeError
        If `axes` are not different axes of the kernel.

    Examples
    --------
    >>> import pyconvolve
    >>> from pyconvolve import kernels
    >>> pyconvolve.convolve([1, 2, 3, 4], kernels.flip([1, 0, -1]), "valid")
    array([-2, -2])
    >>> pyconvolve.correlate([1, 2, 3, 4], [1, 0, -1], "valid")
    array([-2, -2])
    """
    taps = np.asarray(kernel)
    return np.flip(taps, tuple(axes_of("axes", axes, "kernel", taps.ndim)))


def embed(
    kernel: ArrayLike, shape: int | Sequence[int], *, cyclic: bool = False
) -> NDArray[Any]:
    """Pad a kernel with zeros around its centre.

    Parameters
    ----------
    kernel : array_like
        Taps. The centre is tap ``(n - 1) // 2`` of n along each axis, as in mode
        'same'.
    shape : int or sequence of int
        Shape of the result: number of taps along every axis, or along each axis; at
        least the shape of the kernel.
    cyclic : bool, optional
        Whether the centre is at index 0, and the taps before it are at the end. This is
        the kernel of a circular convolution. Its discrete Fourier transform is the
        frequency response.

    Returns
    -------
    ndarray of shape `shape`
        The padded kernel, with its centre at the centre of the kernel, or at index 0 if
        `cyclic` is true.

    Raises
    ------
    ValueError, TypeError
        If an argument has a wrong value or type. The message names the argument and
        its allowed values.

    Examples
    --------
    >>> from pyconvolve import kernels
    >>> kernels.embed([1, 2, 3], 6)
    array([0, 1, 2, 3, 0, 0])
    >>> kernels.embed([1, 2, 3], 6, cyclic=True)
    array([2, 3, 0, 0, 0, 1])
    """
    taps = numbers_of("kernel", kernel)
    sizes = sizes_of("shape", shape, taps.ndim) if taps.ndim else ()
    if any(n < k for n, k in zip(sizes, taps.shape, strict=True)):
        raise ValueError(
            f"shape must be at least the kernel's shape {taps.shape}, not {shape!r}"
        )
    result = np.zeros(sizes, taps.dtype)
    starts = [
        (size - 1) // 2 - (number - 1) // 2
        for size, number in zip(sizes, taps.shape, strict=True)
    ]
    inside = [slice(s, s + n) for s, n in zip(starts, taps.shape, strict=True)]
    result[tuple(inside)] = taps
    if cyclic:
        axes = tuple(range(taps.ndim))
        result = np.roll(result, [-((size - 1) // 2) for size in sizes], axes)
    return result


def compose(*kernels: ArrayLike) -> NDArray[Any]:
    """Make one kernel that has the effect of several kernels, one after the other.

    Parameters
    ----------
    *kernels : array_like
        Kernels with the same number of axes; at least one.

    Returns
    -------
    ndarray
        The full convolution of the kernels.

    Raises
    ------
    ValueError, TypeError
        If there is no kernel, or if a kernel has no taps or another number of axes.

    Examples
    --------
    >>> from pyconvolve import kernels
    >>> kernels.compose([1, 1], [1, 1], [1, 1])
    array([1, 3, 3, 1])
    """
    if not kernels:
        raise ValueError("kernels must be one or more arrays, not none")
    factors = [numbers_of("kernels", kernel) for kernel in kernels]
    shapes = [factor.shape for factor in factors]
    if len({*map(len, shapes)}) > 1 or any(0 in shape for shape in shapes):
        raise ValueError(
            "kernels must have at least one tap and the same number of axes, but their "
            f"shapes are {shapes}"
        )
    return reduce(convolve, factors[1:], factors[0].copy())
