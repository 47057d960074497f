"""Signals made white, evenly lit or of even contrast before filters meet them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._core.arguments import axes_of, check_word, numbers_of
from ..convolution import Boundary, convolve
from ._making import Integers, Numbers, per_axis, sizes_of
from .gaussians import gaussian
from .smoothing import box

# Deviations up to so many eps of the largest sample are flat.
_FLAT = 1000


@dataclass(frozen=True)
class Whitening:
    """An affine map that makes features uncorrelated and of equal variance.

    Attributes
    ----------
    mean : ndarray, shape (features,)
    matrix, inverse_matrix : ndarray, shape (features, features)
        ``(x - mean) @ matrix`` is white; `inverse_matrix` takes it back.

    Examples
    --------
    >>> import numpy as np
    >>> from pyconvolve import kernels
    >>> x = np.random.default_rng(0).random((100, 3)).cumsum(axis=1)
    >>> white, transform = kernels.whiten(x)
    >>> bool(np.allclose(transform.inverse(white), x))
    True
    """

    mean: NDArray[Any]
    matrix: NDArray[Any]
    inverse_matrix: NDArray[Any]

    def __call__(self, x: ArrayLike) -> NDArray[Any]:
        """Whiten samples of shape (samples, ...)."""
        flat, shape = self._flat(x)
        return ((flat - self.mean) @ self.matrix).reshape(shape)

    def inverse(self, x: ArrayLike) -> NDArray[Any]:
        """Undo it."""
        flat, shape = self._flat(x)
        return (flat @ self.inverse_matrix + self.mean).reshape(shape)

    def _flat(self, x: ArrayLike) -> tuple[NDArray[Any], tuple[int, ...]]:
        samples = np.asarray(x)
        flat = samples.reshape(len(samples), -1) if samples.ndim else samples
        if flat.ndim != 2 or flat.shape[1] != len(self.mean):
            raise ValueError(
                f"x must hold {len(self.mean)} features per sample, but its shape is "
                f"{samples.shape}"
            )
        return flat, samples.shape


def whiten(
    x: ArrayLike, kind: Literal["pca", "zca"] = "zca", eps: float = 1e-3
) -> tuple[NDArray[Any], Whitening]:
    r"""Make the features of samples uncorrelated and of equal variance.

    With the covariance :math:`C = U \Lambda U^T`, samples are multiplied by
    :math:`U (\Lambda + \epsilon)^{-1/2}`, for 'zca' also by :math:`U^T`, which keeps
    them as near to what they were as can be.

    Parameters
    ----------
    x : array_like, shape (samples, ...)
        Real; all axes but the first are features: a patch, an image.
    kind : {'pca', 'zca'}, optional
        Along the principal axes, the largest variance first, or turned back.
    eps : float, optional
        What is added to each variance, as a share of the mean one: it keeps noise from
        being amplified. Above 0.

    Returns
    -------
    white : ndarray
        Of the shape of `x`.
    transform : Whitening
        Which does the same to other samples, and can be inverted.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong; the text names it and what it may be.

    References
    ----------
    .. [1] A. J. Bell and T. J. Sejnowski, "The 'independent components' of natural
       scenes are edge filters", *Vision Research* 37, 1997, pages 3327-3338.

    Examples
    --------
    >>> import numpy as np
    >>> from pyconvolve import kernels
    >>> x = np.random.default_rng(0).random((1000, 3)).cumsum(axis=1)
    >>> white, _ = kernels.whiten(x, eps=1e-9)
    >>> abs(np.cov(white.T).round(3))
    array([[1., 0., 0.],
           [0., 1., 0.],
           [0., 0., 1.]])
    """
    check_word("kind", kind, ("pca", "zca"))
    (share,) = per_axis("eps", eps, 1, above=True)
    samples = np.asarray(x)
    if samples.dtype.kind not in "biuf":
        raise TypeError(f"x must hold real numbers, not {samples.dtype!r}")
    if samples.ndim < 2 or len(samples) < 2 or not samples.size:
        raise ValueError(
            f"x must hold two samples or more, of shape (samples, ...), not "
            f"{samples.shape}"
        )
    flat = samples.reshape(len(samples), -1)
    flat = flat.astype(np.result_type(flat.dtype, np.float32), copy=False)
    if not np.isfinite(flat).all():
        raise ValueError("x must hold finite numbers only, not NaN or infinity")
    # so that no square over- or underflows
    unit = flat.dtype.type(abs(flat).max() or 1)
    mean = flat.mean(0)
    covariance = np.atleast_2d(np.cov((flat / unit).astype(np.float64), rowvar=False))
    variances, axes = np.linalg.eigh(covariance)
    variances, axes = variances[::-1], axes[:, ::-1]
    if not variances.any():
        raise ValueError("x must vary, but all samples are the same")
    deviations = np.sqrt(np.maximum(variances, 0) + share * variances.mean())
    turned = axes if kind == "zca" else np.eye(len(axes))
    whitening = Whitening(
        mean,
        ((axes / deviations) @ turned.T).astype(flat.dtype) / unit,
        ((turned * deviations) @ axes.T).astype(flat.dtype) * unit,
    )
    return whitening(flat).reshape(samples.shape), whitening


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
    r"""Even out the lighting of an image.

    What is seen is a product of light, which varies slowly, and reflectance, which
    varies fast. Their logarithms add, and are told apart by a Butterworth filter:

    .. math:: H(f) = g_l + (g_h - g_l) \frac{(|f| / f_c)^{2 n}}{1 + (|f| / f_c)^{2 n}}

    Parameters
    ----------
    image : array_like
        Real, of any number of dimensions; `image` plus `offset` must be above zero.
    cutoff : float
        Frequency between slow and fast, in cycles per sample, above 0.
    gain_low, gain_high : float, optional
        Exponents of light and reflectance: below and above 1.
    order : int, optional
        How steep the filter is.
    offset : float, optional
        Added before the logarithm, and subtracted at the end: 1 for 8-bit images with
        zeros.
    axes : int or sequence of int, optional
        Axes to filter along, all by default: ``(0, 1)`` for each colour on its own.

    Returns
    -------
    ndarray
        The image mirrored at its edges is filtered. A factor c of all the image
        becomes :math:`c^{g_l}` if `offset` is 0.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong; the text names it and what it may be.

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
    (edge,) = per_axis("cutoff", cutoff, 1, above=True)
    (low,) = per_axis("gain_low", gain_low, 1)
    (high,) = per_axis("gain_high", gain_high, 1)
    (steepness,) = sizes_of("order", order, 1)
    if not samples.size or not samples.ndim:
        raise ValueError(f"image must not be empty, but its shape is {samples.shape}")
    (added,) = per_axis("offset", offset, 1, -np.inf)
    light = samples.astype(np.result_type(samples.dtype, np.float32))
    light += light.dtype.type(added)
    if not (np.isfinite(light).all() and light.min() > 0):
        raise ValueError(
            "image must hold finite numbers above zero once offset is added, but the "
            f"least is {light.min()}"
        )
    # cosines are what an image mirrored at its edges is made of
    chosen = axes_of("axes", axes, "image", light.ndim)
    squares = np.zeros((1,) * light.ndim)
    for a in chosen:
        cycles = np.arange(light.shape[a]) / (2 * light.shape[a] * edge)
        squares = squares + (cycles**2).reshape([-1] + [1] * (light.ndim - 1 - a))
    with np.errstate(divide="ignore", over="ignore"):
        passed = expit(steepness * np.log(squares))
    gains = (low + (high - low) * passed).astype(light.dtype)
    filtered: NDArray[Any] = np.exp(
        idctn(dctn(np.log(light), axes=chosen) * gains, axes=chosen)
    )
    return filtered - light.dtype.type(added)


def subtract_local_mean(
    x: ArrayLike,
    size: Integers,
    *,
    axes: int | Sequence[int] | None = None,
    boundary: Boundary = "symmetric",
) -> NDArray[Any]:
    """Subtract from every sample the mean of a window around it.

    Parameters
    ----------
    x : array_like
        Of any number of dimensions.
    size : int or sequence of int
        Of the window along every one of `axes`, or along each.
    axes : int or sequence of int, optional
        Axes of the window, all by default.
    boundary : optional
        How `x` goes on beyond its ends, as for `pyconvolve.convolve`.

    Returns
    -------
    ndarray

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong; the text names it and what it may be.

    Examples
    --------
    >>> from pyconvolve import kernels
    >>> kernels.subtract_local_mean([1.0, 2.0, 6.0, 4.0], 3).round(3)
    array([-0.333, -1.   ,  2.   , -0.667])
    """
    samples, chosen = _samples(x, axes)
    # infinity less infinity
    with np.errstate(invalid="ignore"):
        return samples - _windowed(samples, size, chosen, boundary)


def divide_local_energy(
    x: ArrayLike,
    size: Integers,
    *,
    eps: float = 1e-6,
    axes: int | Sequence[int] | None = None,
    boundary: Boundary = "symmetric",
) -> NDArray[Any]:
    r"""Divide every sample by the root mean square of a window around it.

    .. math:: y = x \,/ \sqrt{m + \epsilon M}

    with the mean m of :math:`|x|^2` over the window, and M over all that is finite.

    Parameters
    ----------
    x : array_like
        Of any number of dimensions.
    size : int or sequence of int
        Of the window along every one of `axes`, or along each.
    eps : float, optional
        Keeps flat regions from being blown up.
    axes, boundary : optional
        As for `subtract_local_mean`.

    Returns
    -------
    ndarray
        Zeros where all of `x` is zero.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong; the text names it and what it may be.

    Examples
    --------
    >>> from pyconvolve import kernels
    >>> kernels.divide_local_energy([1.0, -1.0, 50.0, -50.0, 50.0], 1).round(2)
    array([ 1., -1.,  1., -1.,  1.])
    """
    samples, chosen = _samples(x, axes)
    (share,) = per_axis("eps", eps, 1)
    samples = _without_unit(samples)
    energy = abs(samples) ** 2
    total = _mean_of_finite(energy)
    local = np.maximum(_windowed(energy, size, chosen, boundary), 0) + share * total
    # an infinity over another one
    with np.errstate(invalid="ignore"):
        return samples / np.sqrt(np.where(local == 0, 1, local))


def local_contrast_normalize(
    x: ArrayLike,
    sigma: Numbers,
    *,
    axes: int | Sequence[int] | None = None,
    boundary: Boundary = "symmetric",
) -> NDArray[Any]:
    r"""Subtract the local mean and divide by the local deviation, both by a Gaussian.

    .. math:: v = x - g * x, \quad y = v \,/ \max(c, \sqrt{g * v^2})

    with c the mean of all roots that are finite, so that flat regions aren't blown up.

    Parameters
    ----------
    x : array_like
        Real, of any number of dimensions.
    sigma : float or sequence of float
        Standard deviation of the Gaussian in samples, along every one of `axes`, or
        along each.
    axes, boundary : optional
        As for `subtract_local_mean`.

    Returns
    -------
    ndarray

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong; the text names it and what it may be.

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
    samples = _without_unit(samples)
    weights = gaussian(per_axis("sigma", sigma, len(chosen)), dtype=samples.dtype)

    def blur(values: NDArray[Any]) -> NDArray[Any]:
        return convolve(values, weights, "same", axes=chosen, boundary=boundary)

    # infinity less infinity
    with np.errstate(invalid="ignore"):
        varying = samples - blur(samples)
    deviation = np.sqrt(np.maximum(blur(varying**2), 0))
    # what is no more than the rounding of a blur is no contrast
    info = np.finfo(samples.dtype)
    least = max(_FLAT * info.eps, _mean_of_finite(deviation))
    return varying / np.maximum(deviation, samples.dtype.type(least))


def _samples(x: ArrayLike, axes: Any) -> tuple[NDArray[Any], list[int]]:
    samples = numbers_of("x", x)
    if not samples.size or not samples.ndim:
        raise ValueError(f"x must not be empty, but its shape is {samples.shape}")
    chosen = axes_of("axes", axes, "x", samples.ndim)
    if samples.dtype.kind in "biu":
        return samples.astype(np.float64), chosen
    return samples.astype(np.result_type(samples.dtype, np.float32)), chosen


def _without_unit(samples: NDArray[Any]) -> NDArray[Any]:
    """Divide by the largest magnitude, so that no square over- or underflows."""
    finite = np.isfinite(samples)
    return samples / (abs(samples).max(where=finite, initial=0) or 1)


def _mean_of_finite(values: NDArray[Any]) -> Any:
    """Mean of all: what isn't finite reaches no further than windows do."""
    finite = np.isfinite(values)
    return values.mean(where=finite) if finite.any() else values.dtype.type(0)


def _windowed(
    samples: NDArray[Any], size: Integers, axes: list[int], boundary: Boundary
) -> NDArray[Any]:
    """Mean over a window: a box is a product, so it is one axis after the other."""
    for taps, a in zip(sizes_of("size", size, len(axes)), axes, strict=True):
        weights = box(taps, dtype=samples.real.dtype)
        samples = convolve(samples, weights, "same", axes=a, boundary=boundary)
    return samples
