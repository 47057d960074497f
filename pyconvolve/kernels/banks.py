"""Banks of filters: drawn at random, or learned from patches of images."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from .._core.arguments import check_word, integer_of
from ._arguments import Integers, dtype_of, generator_of, sizes_of
from .manipulation import flip
from .normalization import Norm, normalize
from .patches import extract_patches
from .whitening import whiten as whiten_samples

# Upper bound of the number of patches that filters are learned from; it bounds memory.
_MOST_PATCHES = 100_000
# Added to the variance of a patch before the division by its root, as a share of the
# mean variance: it limits the amplification of patches with little contrast.
_CONTRAST = 0.1
# Patches whose variance is at most this share of the largest one are left out.
_FLAT = 1e-12
# Number of iterations of k-means.
_ITERATIONS = 30


def random(
    shape: Integers,
    count: int,
    norm: Norm = "l2",
    rng: np.random.Generator | int | None = None,
    orthogonal: bool = False,
    *,
    dtype: DTypeLike = np.float64,
) -> NDArray[Any]:
    r"""Draw a bank of filters from the normal distribution.

    Parameters
    ----------
    shape : int or sequence of int
        Shape of one filter. A single number makes filters of one axis.
    count : int
        Number of filters.
    norm : {'l2', 'sum', 'l1', 'max', 'zero_sum', 'power'}, optional
        Norm that each filter is scaled to, as for `normalize`.
    rng : numpy.random.Generator or int, optional
        Generator of random numbers, or the seed of a new one.
    orthogonal : bool, optional
        Whether the filters are orthogonal: the products of the taps of two different
        filters sum to zero. `count` is then at most the number of taps of a filter; it
        is at most one less if `norm` is 'zero_sum'.
    dtype : dtype, optional
        Floating-point or complex type of the taps.

    Returns
    -------
    ndarray, shape (count, \*shape)
        A bank of filters.

    Raises
    ------
    ValueError, TypeError
        If an argument has a wrong value or type. The message names the argument and
        its allowed values.

    References
    ----------
    .. [1] A. M. Saxe et al., "On random weights and unsupervised feature learning",
       *International Conference on Machine Learning*, 2011.

    Examples
    --------
    >>> from pyconvolve import kernels
    >>> bank = kernels.random((3, 5, 5), 8, rng=0, orthogonal=True)
    >>> bank.shape
    (8, 3, 5, 5)
    >>> bool(abs((bank[0] * bank[1]).sum()) < 1e-12)
    True
    """
    sizes = sizes_of("shape", shape, None)
    number, result = integer_of("count", count, 1), dtype_of(dtype)
    generator = generator_of(rng)
    flat = generator.standard_normal((number, prod(sizes)))
    if result.kind == "c":
        flat = flat + 1j * generator.standard_normal(flat.shape)
    if orthogonal:
        dimensions = prod(sizes)
        if norm == "zero_sum":
            # The filters are also orthogonal to a filter of equal taps.
            dimensions -= 1
            flat -= flat.mean(1, keepdims=True)
        if number > dimensions:
            raise ValueError(
                f"count must be at most {dimensions} for orthogonal filters of "
                f"{prod(sizes)} taps, not {count}"
            )
        flat = _orthogonalize(flat)
    bank = normalize(flat, norm, axis=1).reshape(number, *sizes)
    return bank.astype(result)


def _orthogonalize(rows: NDArray[Any]) -> NDArray[Any]:
    """Make rows orthonormal by a QR decomposition.

    LAPACK chooses signs that depend on the rows. With the signs of the diagonal of R
    instead, orthonormal rows made from normally distributed ones are uniformly
    distributed.
    """
    basis, triangle = np.linalg.qr(rows.conj().T)
    diagonal = np.diagonal(triangle)
    return (basis * (diagonal / abs(diagonal))).conj().T


def learn(
    images: ArrayLike | Sequence[ArrayLike],
    count: int,
    shape: Integers,
    *,
    stride: Integers = 1,
    whiten: Literal["zca", "pca"] | None = "zca",
    spherical: bool = True,
    rng: np.random.Generator | int | None = None,
    dtype: DTypeLike = np.float64,
) -> NDArray[Any]:
    r"""Learn a bank of filters from patches of images by k-means clustering.

    The mean of each patch is subtracted, then the patch is divided by its standard
    deviation. The patches are whitened and clustered. The centres of the clusters,
    with the whitening undone, are the filters. Filters that are learned from
    photographs detect localised edges.

    Parameters
    ----------
    images : array_like or sequence of array_like
        Real samples: one image, a stack of images, or several images of different
        shapes. Each image has as many axes as `shape` has numbers. The last axis may
        hold colours.
    count : int
        Number of filters, at most the number of patches.
    shape : int or sequence of int
        Shape of one filter. A single number stands for two axes.
    stride : int or sequence of int, optional
        Number of samples from one patch to the next, along every axis or along each.
    whiten : {'zca', 'pca'} or None, optional
        Kind of whitening, as for `whiten`, or None for patches that are not whitened.
    spherical : bool, optional
        True for spherical k-means: patches and centres are scaled to unit energy, and
        are clustered by direction. False for plain k-means.
    rng : numpy.random.Generator or int, optional
        Generator of random numbers, or the seed of a new one.
    dtype : dtype, optional
        Floating-point or complex type of the taps.

    Returns
    -------
    ndarray, shape (count, \*shape)
        A bank of filters for convolution. The filters are reversed, so that the output
        of each one is largest at patches that are similar to its cluster. The taps of
        each filter sum to zero, and their squares sum to one.

    Raises
    ------
    ValueError, TypeError
        If an argument has a wrong value or type. The message names the argument and
        its allowed values.

    Notes
    -----
    If there are more than 100,000 patches, about this number is drawn at random.

    References
    ----------
    .. [1] A. Coates and A. Y. Ng, "Learning feature representations with k-means", in
       *Neural Networks: Tricks of the Trade*, Springer, 2012, pages 561-580.

    Examples
    --------
    >>> import numpy as np
    >>> from pyconvolve import kernels
    >>> image = np.random.default_rng(0).random((64, 64)).cumsum(axis=1)
    >>> kernels.learn(image, 4, (5, 5), rng=0).shape
    (4, 5, 5)
    """
    ndim = None if np.iterable(shape) else 2
    sizes = sizes_of("shape", shape, ndim)
    number = integer_of("count", count, 1)
    if whiten is not None:
        check_word("whiten", whiten, ("zca", "pca"))
    result = dtype_of(dtype)
    generator = generator_of(rng)
    patches = _draw_patches(_images(images, len(sizes)), sizes, stride, generator)
    if len(patches) < number:
        raise ValueError(
            f"count must be at most the number of patches, {len(patches)}, not {count}"
        )
    patches = _normalize_contrast(patches)
    unwhiten = None
    if whiten is not None:
        patches, transform = whiten_samples(patches, whiten)
        unwhiten = transform.inverse_matrix
    centres = _cluster(patches, number, spherical, generator)
    if unwhiten is not None:
        centres = centres @ unwhiten
    bank = normalize(centres, "zero_sum", axis=1)
    bank = normalize(bank, "l2", axis=1, on_zero="leave").reshape(number, *sizes)
    return flip(bank, range(1, bank.ndim)).astype(result, order="C")


def _images(images: Any, ndim: int) -> list[NDArray[np.float64]]:
    """Return a list of images, given one image, a stack or a sequence of images."""
    if isinstance(images, np.ndarray):
        stack = [images] if images.ndim == ndim else [*images]
    else:
        if not np.iterable(images):
            raise TypeError(f"images must be arrays, not {images!r}")
        stack = [np.asarray(image) for image in images]
        if stack and stack[0].ndim == ndim - 1:
            stack = [np.asarray(images)]
    if not stack or any(image.ndim != ndim for image in stack):
        found = [np.ndim(image) for image in stack]
        raise ValueError(
            f"images must have {ndim} axes each, one for each number of shape, "
            f"not {found}"
        )
    for image in stack:
        if image.dtype.kind not in "biuf":
            raise TypeError(f"images must hold real numbers, not {image.dtype!r}")
        if image.dtype.kind == "f" and not np.isfinite(image).all():
            raise ValueError(
                "images must hold finite numbers only, not NaN or infinity"
            )
    return stack


def _draw_patches(
    images: list[NDArray[Any]],
    sizes: tuple[int, ...],
    stride: Integers,
    generator: np.random.Generator,
) -> NDArray[np.float64]:
    """Return the patches of all images, or a random choice if there are too many.

    The result has the shape (patches, taps).
    """
    views = [extract_patches(image, sizes, stride) for image in images]
    numbers = [prod(view.shape[: len(sizes)]) for view in views]
    share = min(1.0, _MOST_PATCHES / sum(numbers))
    drawn = []
    for view, number in zip(views, numbers, strict=True):
        chosen = np.arange(number)
        if share < 1:
            count = max(1, int(share * number))
            chosen = np.sort(generator.choice(number, count, replace=False))
        positions = np.unravel_index(chosen, view.shape[: len(sizes)])
        drawn.append(view[positions].reshape(len(chosen), -1).astype(np.float64))
    return np.concatenate(drawn)


def _normalize_contrast(patches: NDArray[np.float64]) -> NDArray[np.float64]:
    """Subtract the mean of each patch, divide by its contrast, leave flat ones out."""
    patches = patches - patches.mean(1, keepdims=True)
    variance = (patches**2).mean(1, keepdims=True)
    varying = variance[:, 0] > _FLAT * variance.max()
    if not varying.any():
        raise ValueError("images must not be flat everywhere")
    patches, variance = patches[varying], variance[varying]
    return patches / np.sqrt(variance + _CONTRAST * variance.mean())


def _cluster(
    samples: NDArray[np.float64],
    count: int,
    spherical: bool,
    generator: np.random.Generator,
) -> NDArray[np.float64]:
    """Return the centres of clusters of samples, found by k-means."""
    from scipy.cluster.vq import vq

    def scaled(rows: NDArray[np.float64]) -> NDArray[np.float64]:
        return normalize(rows, "l2", axis=1, on_zero="leave") if spherical else rows

    samples = scaled(samples)
    centres = samples[generator.choice(len(samples), count, len(samples) < count)]
    for _ in range(_ITERATIONS):
        # The nearest of unit vectors is also the one with the most similar direction.
        labels, _ = vq(samples, centres, check_finite=False)
        order = np.argsort(labels, kind="stable")
        found, starts, sizes = np.unique(
            labels[order], return_index=True, return_counts=True
        )
        # A centre without samples is replaced by a sample drawn at random.
        centres = samples[generator.choice(len(samples), count)]
        centres[found] = np.add.reduceat(samples[order], starts) / sizes[:, np.newaxis]
        centres = scaled(centres)
    return centres
