"""Frequency responses of kernels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._core.arguments import numbers_of
from ._arguments import Integers, sizes_of
from .manipulation import embed


def frequency_response(
    kernel: ArrayLike, size: Integers = 512
) -> tuple[tuple[NDArray[np.float64], ...], NDArray[np.complexfloating[Any, Any]]]:
    r"""Compute the frequency response of a kernel at equally spaced frequencies.

    .. math:: H(f) = \sum_k h[k] \, e^{-2 \pi i f \cdot k}

    The index k is counted from the kernel's centre, tap ``(n - 1) // 2`` of n. A
    symmetric kernel of odd size thus has a real response.

    Parameters
    ----------
    kernel : array_like
        Taps, of at least one dimension.
    size : int or sequence of int, optional
        Number of frequencies along every axis, or along each axis; at least the number
        of taps.

    Returns
    -------
    frequencies : tuple of ndarray
        Frequencies of each axis in cycles per sample, from -0.5 to below 0.5.
    response : ndarray, shape `size`
        Complex response; its magnitude is the gain.

    Raises
    ------
    ValueError, TypeError
        If an argument has a wrong value or type. The message names the argument and
        its allowed values.

    See Also
    --------
    scipy.signal.freqz : for filters in one dimension

    References
    ----------
    .. [1] A. V. Oppenheim and R. W. Schafer, *Discrete-Time Signal Processing*,
       3rd ed., Pearson, 2010, section 2.6.

    Examples
    --------
    >>> from pyconvolve import kernels
    >>> (frequencies,), response = kernels.frequency_response([0.25, 0.5, 0.25], 4)
    >>> frequencies
    array([-0.5 , -0.25,  0.  ,  0.25])
    >>> response.real
    array([0. , 0.5, 1. , 0.5])
    """
    taps = numbers_of("kernel", kernel)
    if not taps.ndim or not taps.size:
        raise ValueError(
            "kernel must have at least one axis and one tap, but its shape is "
            f"{taps.shape}"
        )
    sizes = sizes_of("size", size, taps.ndim)
    if any(n < k for n, k in zip(sizes, taps.shape, strict=True)):
        raise ValueError(
            f"size must be at least the kernel's shape {taps.shape}, not {size!r}"
        )
    response = np.fft.fftshift(np.fft.fftn(embed(taps, sizes, cyclic=True)))
    return tuple(np.fft.fftshift(np.fft.fftfreq(n)) for n in sizes), response
