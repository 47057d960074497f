"""Whitening: features that are made uncorrelated and of equal variance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._core.arguments import check_word
from ._arguments import number_of


@dataclass(frozen=True)
class Whitening:
    """An affine map that makes features uncorrelated and of equal variance.

    Attributes
    ----------
    mean : ndarray, shape (features,)
        Mean of each feature.
    matrix : ndarray, shape (features, features)
        Whitening matrix: ``(x - mean) @ matrix`` is white.
    inverse_matrix : ndarray, shape (features, features)
        Inverse of the whitening matrix.

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
        """Compute the samples whose whitened values are `x`."""
        flat, shape = self._flat(x)
        return (flat @ self.inverse_matrix + self.mean).reshape(shape)

    def _flat(self, x: ArrayLike) -> tuple[NDArray[Any], tuple[int, ...]]:
        """Return samples of shape (samples, features), and the shape of `x`."""
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

    With the covariance :math:`C = U \Lambda U^T`, centred samples are multiplied by

    .. math:: U (\Lambda + \epsilon \bar \lambda)^{-1/2}

    for 'pca', and also by :math:`U^T` for 'zca'. The mean variance is
    :math:`\bar \lambda`.

    Parameters
    ----------
    x : array_like, shape (samples, ...)
        Real samples, at least two. All axes but the first one are features, for
        example a patch of an image.
    kind : {'pca', 'zca'}, optional
        'pca': the result holds the components along the principal axes, the one with
        the largest variance first. 'zca': the components are rotated back, so that the
        result is as near to the samples as possible.
    eps : float, optional
        Share :math:`\epsilon` of the mean variance that is added to each variance;
        above 0. It limits the amplification of noise.

    Returns
    -------
    white : ndarray, shape of `x`
        Whitened samples, in the type of `x` if it is floating-point. float16 becomes
        float32, and integers become float32 or float64.
    transform : Whitening
        The map, which can be applied to other samples and inverted.

    Raises
    ------
    ValueError, TypeError
        If an argument has a wrong value or type. The message names the argument and
        its allowed values.

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
    share = number_of("eps", eps, above=True)
    samples = np.asarray(x)
    if samples.dtype.kind not in "biuf":
        raise TypeError(f"x must hold real numbers, not {samples.dtype!r}")
    if samples.ndim < 2 or len(samples) < 2 or not samples.size:
        raise ValueError(
            "x must hold two samples or more, of shape (samples, ...), but its shape "
            f"is {samples.shape}"
        )
    flat = samples.reshape(len(samples), -1)
    flat = flat.astype(np.result_type(flat.dtype, np.float32), copy=False)
    if not np.isfinite(flat).all():
        raise ValueError("x must hold finite numbers only, not NaN or infinity")
    # Division by the largest sample keeps squares from overflow and underflow.
    unit = flat.dtype.type(abs(flat).max() or 1)
    mean = flat.mean(0)
    covariance = np.atleast_2d(np.cov((flat / unit).astype(np.float64), rowvar=False))
    variances, axes = np.linalg.eigh(covariance)
    variances, axes = variances[::-1], axes[:, ::-1]
    if not variances.any():
        raise ValueError("x must vary, but all samples are the same")
    deviations = np.sqrt(np.maximum(variances, 0) + share * variances.mean())
    rotation = axes if kind == "zca" else np.eye(len(axes))
    whitening = Whitening(
        mean,
        ((axes / deviations) @ rotation.T).astype(flat.dtype) / unit,
        ((rotation * deviations) @ axes.T).astype(flat.dtype) * unit,
    )
    return whitening(flat).reshape(samples.shape), whitening
