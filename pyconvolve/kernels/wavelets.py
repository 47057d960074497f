"""Wavelets: the Ricker wavelet and Gabor filters."""

from __future__ import annotations

from math import pi, sqrt
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ._arguments import (
    Integers,
    Numbers,
    dtype_of,
    number_of,
    per_axis,
    sizes_of,
    zero_sum_sizes,
)
from ._coordinates import positions, squared_distances
from .normalization import normalize


def ricker(
    width: Numbers,
    *,
    ndim: int | None = None,
    size: Integers | None = None,
    truncate: float = 5.0,
    dtype: DTypeLike = np.float64,
) -> NDArray[Any]:
    r"""Make a Ricker wavelet, or "Mexican hat".

    .. math:: h(x) \sim (d - r^2) \, e^{-r^2 / 2}, \quad r^2 = \sum_a (x_a / w_a)^2

    in d dimensions.

    Parameters
    ----------
    width : float or sequence of float
        Width w in samples, along every axis or along each axis; above 0. In one
        dimension it is the distance of the zeros from the centre.
    ndim : int, optional
        Number of axes if `width` is a single number, one by default.
    size : int or sequence of int, optional
        Odd number of taps along every axis, or along each axis; at least 3.
        `truncate` is then ignored.
    truncate : float, optional
        Radius of the kernel in units of `width`.
    dtype : dtype, optional
        Floating-point or complex type of the taps.

    Returns
    -------
    ndarray
        Taps that sum to zero; their squares sum to one.

    Raises
    ------
    ValueError, TypeError
        If an argument has a wrong value or type. The message names the argument and
        its allowed values.

    References
    ----------
    .. [1] N. Ricker, "The form and laws of propagation of seismic wavelets",
       *Geophysics* 18, 1953, pages 10-40.

    Examples
    --------
    >>> from pyconvolve import kernels
    >>> kernels.ricker(2.0)[10:15].round(3)
    array([ 0.613,  0.406, -0.   , -0.249, -0.249])
    """
    widths = per_axis("width", width, ndim, above=True)
    sizes = zero_sum_sizes("width", widths, size, truncate)
    squares = squared_distances([taps // 2 for taps in sizes], widths)
    hat = (len(widths) - squares) * np.exp(-0.5 * squares)
    return normalize(normalize(hat, "zero_sum"), "l2").astype(dtype_of(dtype))


def gabor(
    frequency: Numbers,
    sigma: Numbers | None = None,
    *,
    theta: float = 0.0,
    bandwidth: float = 1.0,
    phase: float = 0.0,
    size: Integers | None = None,
    truncate: float = 3.0,
    dtype: DTypeLike = np.complex128,
) -> NDArray[Any]:
    r"""Make a Gabor filter: a complex wave times a Gaussian.

    .. math:: h[k] \sim g(k) \, e^{i (2 \pi f \cdot k + \varphi)}

    The real part detects lines, the imaginary part detects edges, and the magnitude
    detects both.

    Parameters
    ----------
    frequency : float or sequence of float
        A number: frequency in cycles per sample of a wave in two dimensions, which
        travels in the direction `theta`; above 0. A sequence: the wave vector f, one
        number per axis. Each component must be below 0.5 cycles per sample.
    sigma : float or two floats, optional
        Standard deviation of g in samples, or one along the wave and one across it;
        above 0. By default it follows from `bandwidth`.
    theta : float, optional
        Angle in radians from the last axis towards the beginning of the first axis,
        which is counterclockwise in an image.
    bandwidth : float, optional
        Width in octaves of the band in which the gain is at least half of its maximum.
        The default of one octave is typical of simple cells in the visual cortex.
    phase : float, optional
        Phase :math:`\varphi` in radians.
    size : int or sequence of int, optional
        Odd number of taps along every axis, or along each axis. `truncate` is then
        ignored. Filters of one size can be stacked to a bank.
    truncate : float, optional
        Radius of the kernel in units of `sigma`.
    dtype : dtype, optional
        Complex type of the taps. With a floating-point type, only the real part is
        returned.

    Returns
    -------
    ndarray
        Taps whose envelope g sums to one.

    Raises
    ------
    ValueError, TypeError
        If an argument has a wrong value or type. The message names the argument and
        its allowed values.

    References
    ----------
    .. [1] J. G. Daugman, "Uncertainty relation for resolution in space, spatial
       frequency, and orientation optimized by two-dimensional visual cortical
       filters", *Journal of the Optical Society of America* A 2, 1985,
       pages 1160-1169.

    Examples
    --------
    >>> import numpy as np
    >>> from pyconvolve import kernels
    >>> kernels.gabor(0.25, 1.0, truncate=1).round(2)[1]
    array([0. -0.12j, 0.2+0.j  , 0. +0.12j])

    A bank of four directions:

    >>> angles = [0, np.pi / 4, np.pi / 2, 3 * np.pi / 4]
    >>> np.stack([kernels.gabor(0.2, theta=a, size=15) for a in angles]).shape
    (4, 15, 15)
    """
    result = dtype_of(dtype)
    wave = _wave_vector(frequency, theta)
    total = float(np.sqrt((wave**2).sum()))
    if sigma is None:
        octaves = number_of("bandwidth", bandwidth, above=True)
        ratio = (2**octaves + 1) / (2**octaves - 1)
        sigma = sqrt(np.log(2) / 2) / pi * ratio / total
    widths = per_axis("sigma", sigma, None if np.iterable(sigma) else 2, above=True)
    if len(widths) != 2:
        raise ValueError(
            "sigma must be one number, or one along the wave and one across it, "
            f"not {sigma!r}"
        )
    direction, (along, across) = wave / total, widths
    ends = number_of("truncate", truncate, above=True)
    angle = number_of("phase", phase, -np.inf)
    # radius of the ellipsoid along each axis
    reach = [
        max(abs(ends * along * d), abs(ends * across * sqrt(max(0, 1 - d**2))), 1)
        for d in direction
    ]
    if size is None:
        sizes = sizes_of("sigma", [2 * int(np.ceil(r - 1e-9)) + 1 for r in reach], None)
    else:
        sizes = sizes_of("size", size, len(wave), odd=True)
    taps_at = positions(sizes)
    distance_along = taps_at @ direction
    squares_across = (taps_at**2).sum(-1) - distance_along**2
    envelope = np.exp(
        -0.5 * ((distance_along / along) ** 2 + squares_across / across**2)
    )
    carrier = np.exp(1j * (2 * pi * (taps_at @ wave) + angle))
    taps = envelope / envelope.sum() * carrier
    return (taps if result.kind == "c" else taps.real).astype(result)


def _wave_vector(frequency: Numbers, theta: float) -> NDArray[np.longdouble]:
    """Return the frequency along each axis, in cycles per sample."""
    if np.iterable(frequency):
        wave = np.array(per_axis("frequency", frequency, None, -np.inf), np.longdouble)
    else:
        cycles = number_of("frequency", frequency, above=True)
        angle = number_of("theta", theta, -np.inf)
        wave = cycles * np.array([-np.sin(angle), np.cos(angle)], np.longdouble)
    if not (wave**2).sum() > 0:
        raise ValueError(f"frequency must not be zero, but is {frequency!r}")
    if max(abs(wave)) >= 0.5:
        raise ValueError(
            f"frequency must be below 0.5 cycles per sample, not {frequency!r}"
        )
    return wave
