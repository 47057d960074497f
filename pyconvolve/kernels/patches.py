"""Patches of arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._core.arguments import axes_of
from ._arguments import Integers, sizes_of


def extract_patches(
    x: ArrayLike,
    shape: Integers,
    stride: Integers = 1,
    axes: Integers | None = None,
) -> NDArray[Any]:
    """Return a view of all patches of an array.

    Parameters
    ----------
    x : array_like
        Samples of any number of dimensions and of any type.
    shape : int or sequence of int
        Shape of a patch: number of samples along every one of `axes`, or along each.
    stride : int or sequence of int, optional
        Number of samples from one patch to the next, along every one of `axes`, or
        along each.
    axes : int or sequence of int, optional
        Axes that are cut into patches, all by default.

    Returns
    -------
    ndarray
        A read-only view. Its first axes are those of `x`; along `axes`, they count the
        patches. The axes of a patch follow, in the order of `shape`.

    Raises
    ------
    ValueError, TypeError
        If an argument has a wrong value or type. The message names the argument and
        its allowed values.

    Examples
    --------
    >>> import numpy as np
    >>> from pyconvolve import kernels
    >>> image = np.arange(12).reshape(3, 4)
    >>> patches = kernels.extract_patches(image, (2, 2), stride=(1, 2))
    >>> patches.shape
    (2, 2, 2, 2)
    >>> patches[1, 1]
    array([[ 6,  7],
           [10, 11]])
    """
    array = np.asarray(x)
    if not array.ndim:
        raise ValueError(f"x must have at least one axis, but is {x!r}")
    chosen = axes_of("axes", axes, "x", array.ndim)
    sizes = sizes_of("shape", shape, len(chosen))
    steps = sizes_of("stride", stride, len(chosen))
    if any(array.shape[a] < size for a, size in zip(chosen, sizes, strict=True)):
        raise ValueError(
            f"shape must be at most the shape {array.shape} of x along axes {chosen}, "
            f"not {shape!r}"
        )
    views = np.lib.stride_tricks.sliding_window_view(array, sizes, tuple(chosen))
    strided = [slice(None)] * array.ndim
    for a, step in zip(chosen, steps, strict=True):
        strided[a] = slice(None, None, step)
    return views[tuple(strided)]
