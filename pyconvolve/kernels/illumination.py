"""Uneven illumination, removed from images by homomorphic filtering."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._core.arguments import axes_of
from ._arguments import number_of, sizes_of


def homomorphic_filter(
    image: ArrayLike,
    cutoff: float,
    gain_low: float = 0.5,
    gain_high: float = 2.0,
    order: int = 2,
    *,
    offset: float = 0.0,
    axes: int | Sequence[int] | None = None,
) -> NDArray[Any]:
    r"""Remove uneven lighting from an image.

    An image is a product of illumination, which varies slowly, and reflectance, which
    varies fast. Their logarithms add. A Butterworth filter separates the logarithms:

    .. math:: H(f) = g_l + (g_h - g_l) \frac{(|f| / f_c)^{2 n}}{1 + (|f| / f_c)^{2 n}}

    Parameters
    ----------
    image : array_like
        Real samples, of any number of dimensions. `image` plus `offset` must be above
        zero.
    cutoff : float
        Frequency :math:`f_c` between illumination and reflectance in cycles per
        sample, above 0.
    gain_low, gain_high : float, optional
        Exponents :math:`g_l` of the illumination, usually below 1, and :math:`g_h` of
        the reflectance, usually above 1; at least 0.
    order : int, optional
        Order n of the filter, at least 1. A higher order separates more steeply.
    offset : float, optional
        Number that is added before the logarithm and subtracted at the end, for
        example 1 for an 8-bit image that contains zeros.
    axes : int or sequence of int, optional
        Axes to filter along, all by default. ``(0, 1)`` filters each colour of an image
        separately.

    Returns
    -------
    ndarray, shape of `image`
        The filtered image, in the type of `image` if it is floating-point. float16
        becomes float32, and integers become float32 or float64. The image is mirrored
        at its edges. If `offset` is 0, an image that is c times as bright has an
        output that is :math:`c^{g_l}` times as bright.

    Raises
    ------
    ValueError, TypeError
        If an argument has a wrong value or type. The message names the argument and
        its allowed values.

    References
    ----------
    .. [1] A. V. Oppenheim, R. W. Schafer and T. G. Stockham, "Nonlinear filtering of
       multiplied and convolved signals", *Proceedings of the IEEE* 56, 1968,
       pages 1264-1291.

    Examples
    --------
    >>> import numpy as np
    >>> from pyconvolve import kernels
    >>> light = np.linspace(1, 20, 64)
    >>> stripes = np.where(np.arange(64) // 4 % 2, 1.0, 0.5) * light
    >>> even = kernels.homomorphic_filter(stripes, 0.05, gain_low=0.2, gain_high=1)
    >>> bool(np.ptp(even[4::8]) / even[4::8].mean() < np.ptp(light) / light.mean() / 2)
    True
    """
    from scipy.fft import dctn, idctn
    from scipy.special import expit

    samples = np.asarray(image)
    if samples.dtype.kind not in "biuf":
        raise TypeError(f"image must hold real numbers, not {samples.dtype!r}")
    edge = number_of("cutoff", cutoff, above=True)
    low = number_of("gain_low", gain_low)
    high = number_of("gain_high", gain_high)
    (steepness,) = sizes_of("order", order, 1)
    if not samples.size or not samples.ndim:
        raise ValueError(f"image must not be empty, but its shape is {samples.shape}")
    added = number_of("offset", offset, -np.inf)
    light = samples.astype(np.result_type(samples.dtype, np.float32))
    light += light.dtype.type(added)
    if not (np.isfinite(light).all() and light.min() > 0):
        raise ValueError(
            "image must hold finite numbers, and be above zero after offset is added, "
            f"but the least is {light.min()}"
        )
    # The cosine transform is the Fourier transform of the image mirrored at its edges.
    chosen = axes_of("axes", axes, "image", light.ndim)
    squares = np.zeros((1,) * light.ndim)
    for a in chosen:
        cycles = np.arange(light.shape[a]) / (2 * light.shape[a] * edge)
        squares = squares + (cycles**2).reshape([-1] + [1] * (light.ndim - 1 - a))
    with np.errstate(divide="ignore", over="ignore"):
        highpass = expit(steepness * np.log(squares))
    gains = (low + (high - low) * highpass).astype(light.dtype)
    filtered: NDArray[Any] = np.exp(
        idctn(dctn(np.log(light), axes=chosen) * gains, axes=chosen)
    )
    return filtered - light.dtype.type(added)
