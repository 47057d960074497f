"""Banks of filters that detect edges or corners, one filter for each direction."""

from __future__ import annotations

from itertools import product
from math import cos, pi, sin
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .._core.arguments import integer_of
from ._arguments import dtype_of, ndim_of, sizes_of
from ._separable import outer


def kirsch(*, dtype: DTypeLike = np.float64) -> NDArray[Any]:
    """Make Kirsch's compass, which detects edges in eight directions.

    Each filter has the taps 5 on one side and -3 elsewhere, before it is scaled.

    Parameters
    ----------
    dtype : dtype, optional
        Floating-point or complex type of the taps.

    Returns
    -------
    ndarray, shape (8, 3, 3)
        A bank of filters. The direction of filter i is i times 45 degrees from the
        last axis towards the beginning of the first axis, which is counterclockwise in
        an image. The output of each filter is exactly 1 for a ramp of unit slope in its
        direction, in a convolution.

    Raises
    ------
    TypeError
        If `dtype` is neither floating-point nor complex.

    References
    ----------
    .. [1] R. A. Kirsch, "Computer determination of the constituent structure of
       biological images", *Computers and Biomedical Research* 4, 1971, pages 315-328.

    Examples
    --------
    >>> from pyconvolve import kernels
    >>> (24 * kernels.kirsch()[0]).round(9)
    array([[ 5., -3., -3.],
           [ 5.,  0., -3.],
           [ 5., -3., -3.]])
    """
    return _compass((5, 5, -3, -3, -3, -3, -3, 5), dtype)


def robinson(*, dtype: DTypeLike = np.float64) -> NDArray[Any]:
    """Make Robinson's compass: Sobel's derivative in eight directions.

    Parameters
    ----------
    dtype : dtype, optional
        Floating-point or complex type of the taps.

    Returns
    -------
    ndarray, shape (8, 3, 3)
        A bank of filters, whose order and scale are as for `kirsch`.

    Raises
    ------
    TypeError
        If `dtype` is neither floating-point nor complex.

    References
    ----------
    .. [1] G. S. Robinson, "Edge detection by compass gradient masks", *Computer
       Graphics and Image Processing* 6, 1977, pages 492-501.

    Examples
    --------
    >>> from pyconvolve import kernels
    >>> (6 * 2**0.5 * kernels.robinson()[1]).round(9)
    array([[ 0., -1., -2.],
           [ 1.,  0., -1.],
           [ 2.,  1.,  0.]])
    """
    return _compass((2, 1, 0, -1, -2, -1, 0, 1), dtype)


def _compass(around: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    """Make a filter for each of eight directions by rotating taps about the centre.

    `around` holds the taps of one filter as seen by the samples: the first one is in
    the direction of the filter, the others follow counterclockwise.
    """
    bank = np.zeros((8, 3, 3), np.longdouble)
    for turn in range(8):
        direction = np.array(_neighbour(turn))
        slope = np.longdouble(0)
        for step, tap in enumerate(around):
            row, column = _neighbour(turn + step)
            # A convolution reverses the kernel.
            bank[turn, 1 - row, 1 - column] = tap
            slope += tap * (np.array([row, column]) @ direction)
        bank[turn] /= slope / np.sqrt(np.longdouble(direction @ direction))
    return bank.astype(dtype_of(dtype))


def _neighbour(turn: int) -> tuple[int, int]:
    """Return the row and column of the neighbour at so many times 45 degrees."""
    angle = turn * pi / 4
    return round(-sin(angle)), round(cos(angle))


def corner(
    size: int = 3, *, ndim: int = 2, dtype: DTypeLike = np.float64
) -> NDArray[Any]:
    """Make a bank of filters that detect corners, one for each orientation.

    Each filter is the mean of the samples towards one corner of the window minus the
    mean of all other samples.

    Parameters
    ----------
    size : int, optional
        Odd number of taps along each axis, at least 3.
    ndim : int, optional
        Number of axes.
    dtype : dtype, optional
        Floating-point or complex type of the taps.

    Returns
    -------
    ndarray, shape (2**ndim, size, ...)
        A bank of filters. Filter i detects a bright corner that extends from the
        centre towards the beginning of each axis whose bit in i is 0, and towards the
        end of each axis whose bit is 1. The last axis has the lowest bit. The taps of
        each filter sum to zero. Its output is exactly 1 for a corner of ones among
        zeros, in a convolution.

    Raises
    ------
    ValueError, TypeError
        If an argument has a wrong value or type. The message names the argument and
        its allowed values.

    References
    ----------
    .. [1] M. Sonka, V. Hlavac and R. Boyle, *Image Processing, Analysis and Machine
       Vision*, 4th ed., Cengage, 2015, section 5.3.

    Examples
    --------
    >>> from pyconvolve import kernels
    >>> (20 * kernels.corner()[3]).round(9)
    array([[ 5.,  5., -4.],
           [ 5.,  5., -4.],
           [-4., -4., -4.]])
    """
    count = ndim_of(ndim)
    sizes = sizes_of("size", integer_of("size", size, 3), count, odd=True)
    # A convolution reverses the kernel: its first taps are for the last samples.
    end_half = (np.arange(size) <= size // 2).astype(np.longdouble)
    bank = []
    for ends in product((0, 1), repeat=count):
        inside = outer([end_half if end else end_half[::-1] for end in ends])
        bright = inside.sum()
        bank.append(inside / bright - (1 - inside) / (np.prod(sizes) - bright))
    return np.stack(bank).astype(dtype_of(dtype))
