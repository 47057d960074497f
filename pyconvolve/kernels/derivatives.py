"""First derivatives, and the Laplacian, from few taps along each axis."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ._arguments import axis_of, dtype_of, ndim_of
from ._coordinates import squared_distances
from ._separable import CENTRAL_DIFFERENCE, gradient

# Smoother and derivative of five taps in the table of Farid and Simoncelli, 2004.
_FARID_SMOOTHER = (
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
    """Make Sobel's derivative, smoothed by [1, 2, 1] along the other axes.

    The derivative is a central difference.

    Parameters
    ----------
    axis : int, optional
        Axis of the derivative, the last one by default.
    ndim : int, optional
        Number of axes.
    dtype : dtype, optional
        Floating-point or complex type of the taps.

    Returns
    -------
    ndarray, three taps along each axis
        A kernel whose output is exactly 1 for a unit ramp, in a convolution.

    Raises
    ------
    ValueError, TypeError
        If an argument has a wrong value or type. The message names the argument and
        its allowed values.

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
    return gradient(number, count, CENTRAL_DIFFERENCE, (1, 2, 1)).astype(
        dtype_of(dtype)
    )


def prewitt(
    axis: int = -1, *, ndim: int = 2, dtype: DTypeLike = np.float64
) -> NDArray[Any]:
    """Make Prewitt's derivative, smoothed by [1, 1, 1] along the other axes.

    The derivative is a central difference.

    Parameters
    ----------
    axis : int, optional
        Axis of the derivative, the last one by default.
    ndim : int, optional
        Number of axes.
    dtype : dtype, optional
        Floating-point or complex type of the taps.

    Returns
    -------
    ndarray, three taps along each axis
        A kernel whose output is exactly 1 for a unit ramp, in a convolution.

    Raises
    ------
    ValueError, TypeError
        If an argument has a wrong value or type. The message names the argument and
        its allowed values.

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
    return gradient(number, count, CENTRAL_DIFFERENCE, (1, 1, 1)).astype(
        dtype_of(dtype)
    )


def scharr(
    axis: int = -1, *, ndim: int = 2, dtype: DTypeLike = np.float64
) -> NDArray[Any]:
    """Make Scharr's derivative, smoothed by [3, 10, 3] along the other axes.

    The derivative is a central difference. Among the gradients of three taps along
    each axis, this one has the least error of its direction.

    Parameters
    ----------
    axis : int, optional
        Axis of the derivative, the last one by default.
    ndim : int, optional
        Number of axes.
    dtype : dtype, optional
        Floating-point or complex type of the taps.

    Returns
    -------
    ndarray, three taps along each axis
        A kernel whose output is exactly 1 for a unit ramp, in a convolution.

    Raises
    ------
    ValueError, TypeError
        If an argument has a wrong value or type. The message names the argument and
        its allowed values.

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
    return gradient(number, count, CENTRAL_DIFFERENCE, (3, 10, 3)).astype(
        dtype_of(dtype)
    )


def farid(
    axis: int = -1, *, ndim: int = 2, dtype: DTypeLike = np.float64
) -> NDArray[Any]:
    """Make the derivative of Farid and Simoncelli, with five taps.

    Its taps are optimised so that the gradient of a rotated image is the rotated
    gradient, as nearly as possible.

    Parameters
    ----------
    axis : int, optional
        Axis of the derivative, the last one by default.
    ndim : int, optional
        Number of axes.
    dtype : dtype, optional
        Floating-point or complex type of the taps.

    Returns
    -------
    ndarray, five taps along each axis
        A kernel whose output is exactly 1 for a unit ramp, in a convolution.

    Raises
    ------
    ValueError, TypeError
        If an argument has a wrong value or type. The message names the argument and
        its allowed values.

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
    return gradient(number, count, _FARID_DERIVATIVE, _FARID_SMOOTHER).astype(
        dtype_of(dtype)
    )


def roberts(axis: int = 0, *, dtype: DTypeLike = np.float64) -> NDArray[Any]:
    """Make Roberts' cross: the difference of two neighbours on a diagonal.

    Parameters
    ----------
    axis : {0, 1}, optional
        Diagonal of the derivative. 0: the main diagonal, along which both indices
        increase. 1: the other diagonal, along which the first index decreases and the
        second one increases.
    dtype : dtype, optional
        Floating-point or complex type of the taps.

    Returns
    -------
    ndarray, shape (2, 2)
        A kernel whose output is exactly 1 for a ramp of unit slope along the diagonal,
        in a convolution.

    Raises
    ------
    ValueError, TypeError
        If an argument has a wrong value or type. The message names the argument and
        its allowed values.

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
    return (taps[::-1] if number else taps).astype(dtype_of(dtype))


def laplacian(
    *, ndim: int = 2, diagonals: bool = False, dtype: DTypeLike = np.float64
) -> NDArray[Any]:
    r"""Make a Laplacian of three taps along each axis.

    .. math:: \sum_a \partial^2 / \partial x_a^2

    Parameters
    ----------
    ndim : int, optional
        Number of axes.
    diagonals : bool, optional
        Whether the diagonal neighbours have a tap, too. In two dimensions there are
        then eight neighbours, otherwise four.
    dtype : dtype, optional
        Floating-point or complex type of the taps.

    Returns
    -------
    ndarray, three taps along each axis
        Taps that sum to zero. The output is exactly 1 for the parabola
        :math:`x_a^2 / 2` along any axis a.

    Raises
    ------
    ValueError, TypeError
        If an argument has a wrong value or type. The message names the argument and
        its allowed values.

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
    count, result = ndim_of(ndim), dtype_of(dtype)
    if diagonals:
        taps = np.ones((3,) * count, np.longdouble)
        taps[(1,) * count] = 1 - 3**count
        return (taps / 3 ** (count - 1)).astype(result)
    taps = (squared_distances((1,) * count, (1,) * count) == 1).astype(result)
    taps[(1,) * count] = -2 * count
    return taps
