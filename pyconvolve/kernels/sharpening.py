"""Kernels that add details to an image: unsharp masking and embossing."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ._arguments import Numbers, dtype_of, ndim_of, number_of, widths_of
from ._separable import CENTRAL_DIFFERENCE, gradient
from .gaussians import gaussian
from .manipulation import embed


def unsharp(
    sigma: Numbers,
    amount: float = 1.0,
    *,
    ndim: int | None = None,
    truncate: float = 4.0,
    dtype: DTypeLike = np.float64,
) -> NDArray[Any]:
    r"""Make a kernel of unsharp masking, which adds the details that a blur removes.

    .. math:: \delta + a (\delta - g)

    with the unit impulse :math:`\delta` and the Gaussian g.

    Parameters
    ----------
    sigma : float or sequence of float
        Standard deviation of the Gaussian in samples, along every axis or along each
        axis; above 0.
    amount : float, optional
        Factor a of the details.
    ndim : int, optional
        Number of axes if `sigma` is a single number, two by default.
    truncate : float, optional
        Radius of the kernel in units of `sigma`.
    dtype : dtype, optional
        Floating-point or complex type of the taps.

    Returns
    -------
    ndarray
        Taps that sum to one.

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
    >>> kernels.unsharp(0.5, 2, ndim=1)[1:4].round(3)
    array([-0.213,  1.427, -0.213])
    """
    factor = number_of("amount", amount, -np.inf)
    blur = gaussian(
        widths_of("sigma", sigma, ndim), truncate=truncate, dtype=np.longdouble
    )
    impulse = embed(np.ones((1,) * blur.ndim), blur.shape)
    return (impulse + factor * (impulse - blur)).astype(dtype_of(dtype))


def emboss(
    amount: float = 1.0, *, ndim: int = 2, dtype: DTypeLike = np.float64
) -> NDArray[Any]:
    r"""Make a kernel that shows an image as a relief.

    .. math:: \delta + 2 \cdot 3^{d - 1} \, a \sum_i D_i

    with the unit impulse :math:`\delta` and, along each of d axes, the derivative
    :math:`D_i` of `prewitt`. The light comes from where all axes begin, the top left of
    an image. A slope that faces the light becomes brighter.

    Parameters
    ----------
    amount : float, optional
        Factor a, the strength of the relief.
    ndim : int, optional
        Number of axes d.
    dtype : dtype, optional
        Floating-point or complex type of the taps.

    Returns
    -------
    ndarray, three taps along each axis
        Taps that sum to one.

    Raises
    ------
    ValueError, TypeError
        If an argument has a wrong value or type. The message names the argument and
        its allowed values.

    Examples
    --------
    >>> from pyconvolve import kernels
    >>> kernels.emboss()
    array([[ 2.,  1.,  0.],
           [ 1.,  1., -1.],
           [ 0., -1., -2.]])
    """
    count = ndim_of(ndim)
    strength = number_of("amount", amount, -np.inf)
    slopes = [gradient(a, count, CENTRAL_DIFFERENCE, (1, 1, 1)) for a in range(count)]
    taps = strength * 2 * 3 ** (count - 1) * reduce(np.add, slopes)
    taps[(1,) * count] += 1
    return taps.astype(dtype_of(dtype))
