"""Kernels of small integers that find edges, lines and corners."""

from __future__ import annotations

from functools import reduce
from itertools import product
from math import cos, pi, sin
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ._making import (
    along,
    at_least,
    axis_of,
    distances,
    kind_of,
    ndim_of,
    outer,
    per_axis,
    sizes_of,
)

_CENTRAL = (1, 0, -1)
# Smoother and derivative that turn with the image best, five taps of Farid and
# Simoncelli's table.
_FARID = (
    0.0376593171958126,
    0.249153396177344,
    0.426374573253687,
    0.249153396177344,
    0.0376593171958126,
)
_FARID_DERIVATIVE = (
    0.109603762960254,
    0.276690988455557,
    0,
    -0.276690988455557,
    -0.109603762960254,
)


def sobel(
    axis: int = -1, *, ndim: int = 2, dtype: DTypeLike = np.float64
) -> NDArray[Any]:
    """Make Sobel's derivative: a central difference, smoothed by [1, 2, 1] across.

    Parameters
    ----------
    axis : int, optional
        Along which the derivative is taken.
    ndim : int, optional
        Number of axes.
    dtype : dtype, optional
        Floating-point or complex.

    Returns
    -------
    ndarray
        Gives exactly 1 for a unit ramp, in a convolution.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong; the text names it and what it may be.

    References
    ----------
    .. [1] I. Sobel and G. Feldman, "A 3x3 isotropic gradient operator for image
       processing", Stanford Artificial Intelligence Project, 1968.

    Examples
    --------
    >>> from pyconvolve import kernels
    >>> 8 * kernels.sobel(axis=1)
    array([[ 1.,  0., -1.],
           [ 2.,  0., -2.],
           [ 1.,  0., -1.]])
    """
    number, count = axis_of(axis, ndim)
    return along(number, count, _CENTRAL, (1, 2, 1)).astype(kind_of(dtype))


def prewitt(
    axis: int = -1, *, ndim: int = 2, dtype: DTypeLike = np.float64
) -> NDArray[Any]:
    """Make Prewitt's derivative: a central difference, smoothed by [1, 1, 1] across.

    Parameters
    ----------
    axis, ndim, dtype : optional
        As for `sobel`.

    Returns
    -------
    ndarray
        Gives exactly 1 for a unit ramp, in a convolution.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong; the text names it and what it may be.

    References
    ----------
    .. [1] J. M. S. Prewitt, "Object enhancement and extraction", in *Picture
       Processing and Psychopictorics*, Academic Press, 1970, pages 75-149.

    Examples
    --------
    >>> from pyconvolve import kernels
    >>> (6 * kernels.prewitt(axis=0)).round(9)
    array([[ 1.,  1.,  1.],
           [ 0.,  0.,  0.],
           [-1., -1., -1.]])
    """
    number, count = axis_of(axis, ndim)
    return along(number, count, _CENTRAL, (1, 1, 1)).astype(kind_of(dtype))


def scharr(
    axis: int = -1, *, ndim: int = 2, dtype: DTypeLike = np.float64
) -> NDArray[Any]:
    """Make Scharr's derivative, whose direction errs least among those of 3 taps.

    Parameters
    ----------
    axis, ndim, dtype : optional
        As for `sobel`.

    Returns
    -------
    ndarray
        Gives exactly 1 for a unit ramp, in a convolution.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong; the text names it and what it may be.

    References
    ----------
    .. [1] H. Scharr, *Optimale Operatoren in der Digitalen Bildverarbeitung*,
       dissertation, Heidelberg, 2000.

    Examples
    --------
    >>> from pyconvolve import kernels
    >>> 32 * kernels.scharr(axis=1)
    array([[  3.,   0.,  -3.],
           [ 10.,   0., -10.],
           [  3.,   0.,  -3.]])
    """
    number, count = axis_of(axis, ndim)
    return along(number, count, _CENTRAL, (3, 10, 3)).astype(kind_of(dtype))


def farid(
    axis: int = -1, *, ndim: int = 2, dtype: DTypeLike = np.float64
) -> NDArray[Any]:
    """Make Farid's and Simoncelli's derivative of 5 taps, which turns with the image.

    Parameters
    ----------
    axis, ndim, dtype : optional
        As for `sobel`.

    Returns
    -------
    ndarray
        Gives exactly 1 for a unit ramp, in a convolution.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong; the text names it and what it may be.

    References
    ----------
    .. [1] H. Farid and E. P. Simoncelli, "Differentiation of discrete
       multidimensional signals", *IEEE Transactions on Image Processing* 13, 2004,
       pages 496-508.

    Examples
    --------
    >>> from pyconvolve import kernels
    >>> kernels.farid(axis=1)[2].round(3)
    array([ 0.047,  0.119,  0.   , -0.119, -0.047])
    """
    number, count = axis_of(axis, ndim)
    return along(number, count, _FARID_DERIVATIVE, _FARID).astype(kind_of(dtype))


def roberts(axis: int = 0, *, dtype: DTypeLike = np.float64) -> NDArray[Any]:
    """Make Roberts' cross: a difference of neighbours along a diagonal.

    Parameters
    ----------
    axis : {0, 1}, optional
        The diagonal: 0 for that of a matrix, along which both indices grow, 1 for
        the other, along which the first falls and the second grows.
    dtype : dtype, optional
        Floating-point or complex.

    Returns
    -------
    ndarray, shape (2, 2)
        Gives exactly 1, in a convolution, for a ramp of unit slope along its diagonal.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong; the text names it and what it may be.

    References
    ----------
    .. [1] L. G. Roberts, *Machine Perception of Three-Dimensional Solids*,
       dissertation, Massachusetts Institute of Technology, 1963.

    Examples
    --------
    >>> from pyconvolve import kernels
    >>> kernels.roberts().round(3)
    array([[ 0.707,  0.   ],
           [ 0.   , -0.707]])
    """
    number, _ = axis_of(axis, 2)
    taps = np.diag(np.array([1, -1]) / np.sqrt(np.longdouble(2)))
    return (taps[::-1] if number else taps).astype(kind_of(dtype))


def kirsch(*, dtype: DTypeLike = np.float64) -> NDArray[Any]:
    """Make Kirsch's compass: edges in eight directions, each with a side of threes.

    Parameters
    ----------
    dtype : dtype, optional
        Floating-point or complex.

    Returns
    -------
    ndarray, shape (8, 3, 3)
        A bank: number i is for what rises in the direction of i times 45 degrees,
        from the last axis towards the beginning of the first (counterclockwise in an
        image). Each gives exactly 1, in a convolution, for a ramp of unit slope in its
        direction.

    Raises
    ------
    TypeError
        If `dtype` is wrong.

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
        Floating-point or complex.

    Returns
    -------
    ndarray, shape (8, 3, 3)
        A bank, in the order and scale of `kirsch`.

    Raises
    ------
    TypeError
        If `dtype` is wrong.

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
    """Turn taps around a centre, given from the direction itself counterclockwise."""
    bank = np.zeros((8, 3, 3), np.longdouble)
    for turn in range(8):
        # to the neighbour in this direction
        way = np.array([-round(sin(turn * pi / 4)), round(cos(turn * pi / 4))])
        slope = np.longdouble(0)
        for step, tap in enumerate(around):
            angle = (turn + step) * pi / 4
            row, column = round(-sin(angle)), round(cos(angle))
            # a convolution meets its taps in reverse
            bank[turn, 1 - row, 1 - column] = tap
            slope += tap * (row * way[0] + column * way[1])
        bank[turn] /= slope / np.sqrt(np.longdouble(way @ way))
    return bank.astype(kind_of(dtype))


def corner(
    size: int = 3, *, ndim: int = 2, dtype: DTypeLike = np.float64
) -> NDArray[Any]:
    """Make a bank that finds corners: what is bright towards one corner only.

    Parameters
    ----------
    size : int, optional
        Odd number of taps along each axis, at least 3.
    ndim : int, optional
        Number of axes.
    dtype : dtype, optional
        Floating-point or complex.

    Returns
    -------
    ndarray, shape (2**ndim, size, ...)
        Number i is for what is bright from the centre towards the beginning of each
        axis whose bit in i is 0 and the end of those whose bit is 1, the last axis
        having the lowest bit. Each sums to zero, and gives exactly 1 for a corner of
        ones among zeros.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong; the text names it and what it may be.

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
    sizes = sizes_of("size", at_least("size", size, 3), count, odd=True)
    # in a convolution the first taps meet the last samples
    late = (np.arange(size) <= size // 2).astype(np.longdouble)
    bank = []
    for ends in product((0, 1), repeat=count):
        inside = outer([late if end else late[::-1] for end in ends])
        bright = inside.sum()
        bank.append(inside / bright - (1 - inside) / (np.prod(sizes) - bright))
    return np.stack(bank).astype(kind_of(dtype))


def laplacian(
    *, ndim: int = 2, diagonals: bool = False, dtype: DTypeLike = np.float64
) -> NDArray[Any]:
    r"""Make a Laplacian of 3 taps along each axis.

    .. math:: \sum_a \partial^2 / \partial x_a^2

    Parameters
    ----------
    ndim : int, optional
        Number of axes.
    diagonals : bool, optional
        Whether all neighbours have a part, of which there are 8 in two dimensions, or
        only those along the axes, 4 in two dimensions.
    dtype : dtype, optional
        Floating-point or complex.

    Returns
    -------
    ndarray
        Sums to zero, and gives exactly 1 for the parabola :math:`x_a^2 / 2`.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong; the text names it and what it may be.

    References
    ----------
    .. [1] R. C. Gonzalez and R. E. Woods, *Digital Image Processing*, 4th ed.,
       Pearson, 2018, section 3.6.

    Examples
    --------
    >>> from pyconvolve import kernels
    >>> kernels.laplacian()
    array([[ 0.,  1.,  0.],
           [ 1., -4.,  1.],
           [ 0.,  1.,  0.]])
    >>> 3 * kernels.laplacian(diagonals=True)
    array([[ 1.,  1.,  1.],
           [ 1., -8.,  1.],
           [ 1.,  1.,  1.]])
    """
    count = ndim_of(ndim)
    if diagonals:
        taps = np.ones((3,) * count, np.longdouble)
        taps[(1,) * count] = 1 - 3**count
        return (taps / 3 ** (count - 1)).astype(kind_of(dtype))
    taps = (distances((1,) * count, (1,) * count) == 1).astype(kind_of(dtype))
    taps[(1,) * count] = -2 * count
    return taps


def emboss(
    amount: float = 1.0, *, ndim: int = 2, dtype: DTypeLike = np.float64
) -> NDArray[Any]:
    """Make light fall on an image from where all axes begin.

    What rises away from the light faces it and gets brighter: the derivatives of
    `prewitt` along all axes are added, six times each in two dimensions.

    Parameters
    ----------
    amount : float, optional
        Strength of the relief.
    ndim : int, optional
        Number of axes.
    dtype : dtype, optional
        Floating-point or complex.

    Returns
    -------
    ndarray
        Sums to one.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong; the text names it and what it may be.

    Examples
    --------
    >>> from pyconvolve import kernels
    >>> kernels.emboss()
    array([[ 2.,  1.,  0.],
           [ 1.,  1., -1.],
           [ 0., -1., -2.]])
    """
    count = ndim_of(ndim)
    (strength,) = per_axis("amount", amount, 1, -np.inf)
    slopes = [along(a, count, _CENTRAL, (1, 1, 1)) for a in range(count)]
    taps = strength * 2 * 3 ** (count - 1) * reduce(np.add, slopes)
    taps[(1,) * count] += 1
    return taps.astype(kind_of(dtype))
