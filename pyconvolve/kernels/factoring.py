"""Kernels taken apart, put together, and moved into other shapes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._core.arguments import axes_of, numbers_of
from ..convolution import convolve
from ._making import per_axis, sizes_of


def separate(
    kernel: ArrayLike, *, tolerance: float | None = None
) -> tuple[NDArray[Any], ...]:
    """Split a kernel into one factor per axis, of which it is the product.

    Parameters
    ----------
    kernel : array_like
        Of at least one dimension.
    tolerance : float, optional
        Largest difference allowed between kernel and product, relative to the
        largest tap: by default what rounding explains.

    Returns
    -------
    tuple of ndarray
        One-dimensional factors; all but the first have a largest magnitude of one.

    Raises
    ------
    ValueError
        If the kernel isn't separable; the text tells its rank.
    TypeError
        If the kernel holds no numbers.

    See Also
    --------
    rank : one for separable kernels

    Examples
    --------
    >>> from pyconvolve import kernels
    >>> rows, columns = kernels.separate([[1, 2, 1], [2, 4, 2], [1, 2, 1]])
    >>> rows, columns
    (array([2., 4., 2.]), array([0.5, 1. , 0.5]))
    """
    taps, peak = _floats(kernel)
    # through the largest tap runs a line along each axis: if any product does, theirs
    centre = np.unravel_index(abs(taps).argmax(), taps.shape)
    factors = []
    for a in range(taps.ndim):
        line = taps[tuple(slice(None) if a == b else i for b, i in enumerate(centre))]
        factors.append(line / taps[centre] if a and peak else line.copy())
    error = abs(reduce(np.multiply.outer, factors) - taps).max()
    share = float(4 * taps.ndim * np.finfo(taps.dtype).eps)
    if tolerance is not None:
        (share,) = per_axis("tolerance", tolerance, 1)
    if error > share * peak:
        raise ValueError(
            f"kernel must be separable, but its rank is {rank(taps)}: the product of "
            f"factors differs from it by {error / peak:.1g} of its largest tap"
        )
    return tuple(factors)


def rank(kernel: ArrayLike, *, tolerance: float | None = None) -> int:
    """Tell how many separable kernels it takes to make up a kernel, at least.

    Parameters
    ----------
    kernel : array_like
        Of at least one dimension.
    tolerance : float, optional
        Singular values up to this share of the largest one count as zero: by default
        what rounding explains.

    Returns
    -------
    int
        The matrix rank in two dimensions; in more, the largest rank of the matrices
        whose rows are the lines along one axis. One if and only if the kernel is
        separable, 0 if all taps are zero.

    Raises
    ------
    ValueError, TypeError
        If the kernel is empty or holds no numbers.

    References
    ----------
    .. [1] T. G. Kolda and B. W. Bader, "Tensor decompositions and applications",
       *SIAM Review* 51, 2009, pages 455-500, section 4.1.

    Examples
    --------
    >>> from pyconvolve import kernels
    >>> kernels.rank(kernels.sobel()), kernels.rank(kernels.laplacian())
    (1, 2)
    """
    taps, peak = _floats(kernel)
    eps = max(np.finfo(taps.dtype).eps, np.finfo(np.float64).eps)
    share = float(eps) * max(taps.size // min(taps.shape), max(taps.shape))
    if tolerance is not None:
        (share,) = per_axis("tolerance", tolerance, 1)
    if not peak:
        return 0
    ranks = [1]
    for a in range(taps.ndim if taps.ndim > 1 else 0):
        lines = np.moveaxis(taps, a, 0).reshape(taps.shape[a], -1)
        # LAPACK knows neither half nor long double
        values = np.linalg.svd((lines / peak).astype(np.complex128), False, False)
        ranks.append(int((values > share * values[0]).sum()))
    return max(ranks)


def flip(kernel: ArrayLike, axes: int | Sequence[int] | None = None) -> NDArray[Any]:
    """Reverse a kernel: what turns a convolution into a cross-correlation.

    Parameters
    ----------
    kernel : array_like
        With complex taps the two also differ by conjugation.
    axes : int or sequence of int, optional
        Axes to reverse, all by default.

    Returns
    -------
    ndarray
        A view.

    Raises
    ------
    ValueError, TypeError
        If an axis doesn't exist.

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
    """Surround a kernel by zeros.

    Parameters
    ----------
    kernel : array_like
        With its centre at tap ``(n - 1) // 2`` of n, as in mode 'same'.
    shape : int or sequence of int
        At least the kernel's along each axis; a single number stands for every axis.
    cyclic : bool, optional
        Put the centre at index 0, and what is in front of it at the end: the kernel
        of a circular convolution, whose discrete Fourier transform is the response.

    Returns
    -------
    ndarray
        Of `shape`; its centre is the kernel's.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong; the text names it and what it may be.

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
    if any(size < taps_ for size, taps_ in zip(sizes, taps.shape, strict=True)):
        raise ValueError(
            f"shape must be at least the kernel's {taps.shape}, not {shape!r}"
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
    """Make the one kernel that does what several do one after the other.

    Parameters
    ----------
    *kernels : array_like
        With the same number of axes.

    Returns
    -------
    ndarray
        Their full convolution.

    Raises
    ------
    ValueError, TypeError
        If there is no kernel, or they don't fit together.

    Examples
    --------
    >>> from pyconvolve import kernels
    >>> kernels.compose([1, 1], [1, 1], [1, 1])
    array([1, 3, 3, 1])
    """
    if not kernels:
        raise ValueError("kernels must be at least one, not none")
    factors = [numbers_of("kernels", kernel) for kernel in kernels]
    shapes = [factor.shape for factor in factors]
    if len({*map(len, shapes)}) > 1 or any(0 in shape for shape in shapes):
        raise ValueError(
            "kernels must have taps, and the same number of axes, but their shapes "
            f"are {shapes}"
        )
    return reduce(convolve, factors[1:], factors[0].copy())


def _floats(kernel: ArrayLike) -> tuple[NDArray[Any], Any]:
    """Taps in floating point, and the largest magnitude."""
    taps = numbers_of("kernel", kernel)
    if not taps.size or not taps.ndim:
        raise ValueError(
            "kernel must have at least one axis and one tap, but its shape is "
            f"{taps.shape}"
        )
    taps = taps if taps.dtype.kind in "fc" else taps.astype(np.float64)
    peak = abs(taps).max()
    if not np.isfinite(peak):
        raise ValueError("kernel must hold finite taps only, not NaN or infinity")
    return taps, peak
