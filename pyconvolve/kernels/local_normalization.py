"""Normalisation of each sample by the mean, energy or contrast of its window."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._core.arguments import axes_of, numbers_of
from .._core.boundary import Boundary
from ..convolution import convolve
from ._arguments import Integers, Numbers, number_of, per_axis, sizes_of
from .averaging import box
from .gaussians import gaussian

# Lower bound of the local standard deviation, in eps of the largest sample: smaller
# deviations count as rounding errors of the blur.
_FLAT = 1000


def subtract_local_mean(
    x: ArrayLike,
    size: Integers,
    *,
    axes: int | Sequence[int] | None = None,
    boundary: Boundary = "symmetric",
) -> NDArray[Any]:
    """Subtract from each sample the mean of a window around it.

    Parameters
    ----------
    x : array_like
        Real or complex samples, of any number of dimensions.
    size : int or sequence of int
        Number of samples of the window along every one of `axes`, or along each.
    axes : int or sequence of int, optional
        Axes of the window, all by default.
    boundary : str or sequence of str, optional
        Samples beyond the ends of `x`, as for `pyconvolve.convolve`.

    Returns
    -------
    ndarray, shape of `x`
        In the type of `x` if it is floating-point or complex. float16 becomes float32,
        and integers become float64.

    Raises
    ------
    ValueError, TypeError
        If an argument has a wrong value or type. The message names the argument and
        its allowed values.

    Examples
    --------
    >>> from pyconvolve import kernels
    >>> kernels.subtract_local_mean([1.0, 2.0, 6.0, 4.0], 3).round(3)
    array([-0.333, -1.   ,  2.   , -0.667])
    """
    samples, chosen = _samples(x, axes)
    # The difference of two infinities is NaN.
    with np.errstate(invalid="ignore"):
        return samples - _window_mean(samples, size, chosen, boundary)


def divide_local_energy(
    x: ArrayLike,
    size: Integers,
    *,
    eps: float = 1e-6,
    axes: int | Sequence[int] | None = None,
    boundary: Boundary = "symmetric",
) -> NDArray[Any]:
    r"""Divide each sample by the root mean square of a window around it.

    .. math:: y = x \,/ \sqrt{m + \epsilon M}

    with the mean m of :math:`|x|^2` over the window, and the mean M of :math:`|x|^2`
    over all finite samples.

    Parameters
    ----------
    x : array_like
        Real or complex samples, of any number of dimensions.
    size : int or sequence of int
        Number of samples of the window along every one of `axes`, or along each.
    eps : float, optional
        Share :math:`\epsilon` of the mean energy M, at least 0. It limits the
        amplification of regions with little energy.
    axes : int or sequence of int, optional
        Axes of the window, all by default.
    boundary : str or sequence of str, optional
        Samples beyond the ends of `x`, as for `pyconvolve.convolve`.

    Returns
    -------
    ndarray, shape of `x`
        In the type of `x` if it is floating-point or complex. float16 becomes float32,
        and integers become float64.
        Zeros if all samples are zero.

    Raises
    ------
    ValueError, TypeError
        If an argument has a wrong value or type. The message names the argument and
        its allowed values.

    Examples
    --------
    >>> from pyconvolve import kernels
    >>> kernels.divide_local_energy([1.0, -1.0, 50.0, -50.0, 50.0], 1).round(2)
    array([ 1., -1.,  1., -1.,  1.])
    """
    samples, chosen = _samples(x, axes)
    share = number_of("eps", eps)
    samples = _normalized_by_peak(samples)
    energy = abs(samples) ** 2
    total = _mean_of_finite(energy)
    local = np.maximum(_window_mean(energy, size, chosen, boundary), 0) + share * total
    # The quotient of two infinities is NaN.
    with np.errstate(invalid="ignore"):
        return samples / np.sqrt(np.where(local == 0, 1, local))


def local_contrast_normalize(
    x: ArrayLike,
    sigma: Numbers,
    *,
    axes: int | Sequence[int] | None = None,
    boundary: Boundary = "symmetric",
) -> NDArray[Any]:
    r"""Subtract the local mean, and divide by the local standard deviation.

    .. math:: v = x - g * x, \quad y = v \,/ \max(c, \sqrt{g * v^2})

    The mean and the deviation are weighted by a Gaussian g. The constant c is the mean
    of all finite values of the root. It limits the amplification of flat regions.

    Parameters
    ----------
    x : array_like
        Real samples, of any number of dimensions.
    sigma : float or sequence of float
        Standard deviation of the Gaussian in samples, along every one of `axes`, or
        along each.
    axes : int or sequence of int, optional
        Axes of the Gaussian, all by default.
    boundary : str or sequence of str, optional
        Samples beyond the ends of `x`, as for `pyconvolve.convolve`.

    Returns
    -------
    ndarray, shape of `x`
        In the type of `x` if it is floating-point. float16 becomes float32,
        and integers become float64.

    Raises
    ------
    ValueError, TypeError
        If an argument has a wrong value or type. The message names the argument and
        its allowed values.

    References
    ----------
    .. [1] K. Jarrett et al., "What is the best multi-stage architecture for object
       recognition?", *International Conference on Computer Vision*, 2009,
       pages 2146-2153.

    Examples
    --------
    >>> import numpy as np
    >>> from pyconvolve import kernels
    >>> x = np.random.default_rng(0).random((40, 40)) * np.linspace(1, 10, 40)
    >>> y = kernels.local_contrast_normalize(x, 3.0)
    >>> bool(y[:, 30:].std() / y[:, 10:20].std() < x[:, 30:].std() / x[:, 10:20].std())
    True
    """
    samples, chosen = _samples(x, axes)
    if samples.dtype.kind == "c":
        raise TypeError(f"x must hold real numbers, not {samples.dtype}")
    samples = _normalized_by_peak(samples)
    weights = gaussian(per_axis("sigma", sigma, len(chosen)), dtype=samples.dtype)

    def blur(values: NDArray[Any]) -> NDArray[Any]:
        return convolve(values, weights, "same", axes=chosen, boundary=boundary)

    # The difference of two infinities is NaN.
    with np.errstate(invalid="ignore"):
        varying = samples - blur(samples)
    deviation = np.sqrt(np.maximum(blur(varying**2), 0))
    # Deviations that rounding alone can explain count as flat.
    info = np.finfo(samples.dtype)
    least = max(_FLAT * info.eps, _mean_of_finite(deviation))
    return varying / np.maximum(deviation, samples.dtype.type(least))


def _samples(x: ArrayLike, axes: Any) -> tuple[NDArray[Any], list[int]]:
    """Check samples and axes; return samples of a floating-point or complex type."""
    samples = numbers_of("x", x)
    if not samples.size or not samples.ndim:
        raise ValueError(f"x must not be empty, but its shape is {samples.shape}")
    chosen = axes_of("axes", axes, "x", samples.ndim)
    if samples.dtype.kind in "biu":
        return samples.astype(np.float64), chosen
    return samples.astype(np.result_type(samples.dtype, np.float32)), chosen


def _normalized_by_peak(samples: NDArray[Any]) -> NDArray[Any]:
    """Divide by the largest magnitude, which keeps squares in the range of the type."""
    finite = np.isfinite(samples)
    return samples / (abs(samples).max(where=finite, initial=0) or 1)


def _mean_of_finite(values: NDArray[Any]) -> Any:
    """Return the mean of all finite values.

    Other values must not influence outputs whose windows do not contain them.
    """
    finite = np.isfinite(values)
    return values.mean(where=finite) if finite.any() else values.dtype.type(0)


def _window_mean(
    samples: NDArray[Any], size: Integers, axes: list[int], boundary: Boundary
) -> NDArray[Any]:
    """Return the mean over the window at each sample, one axis after the other."""
    for taps, a in zip(sizes_of("size", size, len(axes)), axes, strict=True):
        weights = box(taps, dtype=samples.real.dtype)
        samples = convolve(samples, weights, "same", axes=a, boundary=boundary)
    return samples
