"""Kernels as sums and products of one-dimensional factors."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._core.arguments import numbers_of
from ._arguments import number_of


def separate(
    kernel: ArrayLike, *, tolerance: float | None = None
) -> tuple[NDArray[Any], ...]:
    """Split a separable kernel into one factor per axis.

    Parameters
    ----------
    kernel : array_like
        Taps, of at least one dimension.
    tolerance : float, optional
        Largest difference allowed between the kernel and the product of the factors,
        relative to the largest tap. The default allows for rounding errors.

    Returns
    -------
    tuple of ndarray
        One-dimensional factors, whose outer product is the kernel. The largest
        magnitude of each factor but the first one is one.

    Raises
    ------
    ValueError
        If the kernel is not separable; the message gives its rank. Or if the kernel is
        empty or not finite, or `tolerance` is negative or not finite.
    TypeError
        If the kernel or `tolerance` does not hold numbers.

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
    # The lines of taps through the largest tap are the factors of a separable kernel.
    largest = np.unravel_index(abs(taps).argmax(), taps.shape)
    factors = []
    for a in range(taps.ndim):
        line = taps[tuple(slice(None) if a == b else i for b, i in enumerate(largest))]
        factors.append(line / taps[largest] if a and peak else line.copy())
    error = abs(reduce(np.multiply.outer, factors) - taps).max()
    share = float(4 * taps.ndim * np.finfo(taps.dtype).eps)
    if tolerance is not None:
        share = number_of("tolerance", tolerance)
    if error > share * peak:
        raise ValueError(
            f"kernel must be separable, but its rank is {rank(taps)}: the product of "
            f"its factors differs from the kernel by {error / peak:.1g} times its "
            "largest tap"
        )
    return tuple(factors)


def rank(kernel: ArrayLike, *, tolerance: float | None = None) -> int:
    """Compute the least number of separable kernels that sum to a kernel.

    In more than two dimensions, this is a lower bound.

    Parameters
    ----------
    kernel : array_like
        Taps, of at least one dimension.
    tolerance : float, optional
        Singular values up to this share of the largest one count as zero. The default
        allows for rounding errors.

    Returns
    -------
    int
        The matrix rank in two dimensions. In more dimensions, the largest rank of the
        matrices whose columns are the lines of taps along one axis. It is one if and
        only if the kernel is separable, and 0 if all taps are zero.

    Raises
    ------
    ValueError
        If the kernel is empty or not finite, or `tolerance` is negative or not finite.
    TypeError
        If the kernel or `tolerance` does not hold numbers.

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
        share = number_of("tolerance", tolerance)
    if not peak:
        return 0
    ranks = [1]
    for a in range(taps.ndim if taps.ndim > 1 else 0):
        lines = np.moveaxis(taps, a, 0).reshape(taps.shape[a], -1)
        # LAPACK supports neither half precision nor long double.
        values = np.linalg.svd((lines / peak).astype(np.complex128), False, False)
        ranks.append(int((values > share * values[0]).sum()))
    return max(ranks)


def _floats(kernel: ArrayLike) -> tuple[NDArray[Any], Any]:
    """Return taps in floating point, and their largest magnitude."""
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
