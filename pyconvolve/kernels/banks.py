"""Banks of filters: drawn at random, or learned from patches of images."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from .._core.arguments import axes_of, check_word
from ._making import Integers, at_least, generator_of, kind_of, sizes_of
from .factoring import flip
from .inputs import whiten as whiten_samples
from .normalization import Norm, normalize

# Patches that filters are learned from at most: memory is theirs.
_PATCHES = 100_000
# Added to a patch's variance before it is divided by that, as a share of the mean one.
_CONTRAST = 0.1
# Share of the largest variance up to which a patch has nothing to learn from.
_FLAT = 1e-12
_ROUNDS = 30


def random(
    shape: Integers,
    count: int,
    norm: Norm = "l2",
    rng: np.random.Generator | int | None = None,
    orthogonal: bool = False,
    *,
    dtype: DTypeLike = np.float64,
) -> NDArray[Any]:
    """Draw a bank of filters from the normal distribution.

    Parameters
    ----------
    shape : int or sequence of int
        Of one filter.
    count : int
        Number of filters.
    norm : optional
        What each filter is normalised to, as for `normalize`.
    rng : numpy.random.Generator or int, optional
        Where numbers come from, or the seed of a new generator.
    orthogonal : bool, optional
        Whether products of different filters sum to zero, which signals keep their
        energy by; then `count` is at most the number of taps.
    dtype : dtype, optional
        Floating-point or complex.

    Returns
    -------
    ndarray, shape (count, *shape)

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong; the text names it and what it may be.

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
    number, kind = at_least("count", count, 1), kind_of(dtype)
    generator = generator_of(rng)
    flat = generator.standard_normal((number, prod(sizes)))
    if kind.kind == "c":
        flat = flat + 1j * generator.standard_normal(flat.shape)
    if orthogonal:
        room = prod(sizes)
        if norm == "zero_sum":
            # orthogonal to a constant, too
            room -= 1
            flat -= flat.mean(1, keepdims=True)
        if number > room:
            raise ValueError(
                f"count must be at most {room} for so many orthogonal filters of "
                f"{prod(sizes)} taps, not {count}"
            )
        basis, triangle = np.linalg.qr(flat.conj().T)
        # without its signs, the decomposition would prefer some directions
        diagonal = np.diagonal(triangle)
        flat = (basis * (diagonal / abs(diagonal))).conj().T
    bank = normalize(flat, norm, axis=1).reshape(number, *sizes)
    return bank.astype(kind)


def extract_patches(
    x: ArrayLike,
    shape: Integers,
    stride: Integers = 1,
    axes: Integers | None = None,
) -> NDArray[Any]:
    """View all patches of an array.

    Parameters
    ----------
    x : array_like
        Of any number of dimensions.
    shape : int or sequence of int
        Of a patch: along every one of `axes`, or along each.
    stride : int or sequence of int, optional
        Samples from one patch to the next.
    axes : int or sequence of int, optional
        Axes that are cut, all by default.

    Returns
    -------
    ndarray
        A view that can't be written to. `x`'s axes come first, of which those cut count
        the patches, then `shape`.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong; the text names it and what it may be.

    Examples
    --------
    >>> import numpy as np
    >>> from pyconvolve import kernels
    >>> image = np.arange(12).reshape(3, 4)
    >>> patches = kernels.extract_patches(image, (2, 2), stride=(1, 2))
    >>> patches.shape
    (2, 2, 2, 2)
    >>> patches[1, 1]
    array([[ 6,  7],
           [10, 11]])
    """
    array = np.asarray(x)
    if not array.ndim:
        raise ValueError(f"x must have an axis or more, not be {x!r}")
    chosen = axes_of("axes", axes, "x", array.ndim)
    sizes = sizes_of("shape", shape, len(chosen))
    steps = sizes_of("stride", stride, len(chosen))
    if any(array.shape[a] < size for a, size in zip(chosen, sizes, strict=True)):
        raise ValueError(
            f"shape must be at most that of x, {array.shape}, along axes {chosen}, "
            f"not {shape!r}"
        )
    views = np.lib.stride_tricks.sliding_window_view(array, sizes, tuple(chosen))
    taken = [slice(None)] * array.ndim
    for a, step in zip(chosen, steps, strict=True):
        taken[a] = slice(None, None, step)
    return views[tuple(taken)]


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
    """Learn a bank of filters by k-means on patches of images.

    Patches lose their mean and are divided by their contrast, then are whitened. The
    centres of their clusters, taken back to images, are the filters: localised edges,
    if the images are photographs.

    Parameters
    ----------
    images : array_like or sequence of array_like
        One image, a stack of them, or several of different sizes, each with as many
        axes as `shape` has numbers: colours may be the last.
    count : int
        Number of filters.
    shape : int or sequence of int
        Of one filter; a single number stands for two axes.
    stride : int or sequence of int, optional
        Samples from one patch to the next.
    whiten : {'zca', 'pca'} or None, optional
        How patches are made uncorrelated, see `whiten`.
    spherical : bool, optional
        Whether patches and centres have unit energy, so that clusters are of
        directions; else plain k-means.
    rng : numpy.random.Generator or int, optional
        Where numbers come from, or the seed of a new generator.
    dtype : dtype, optional
        Floating-point or complex.

    Returns
    -------
    ndarray, shape (count, *shape)
        For convolutions: reversed, so that each finds what it has learned. Each sums
        to zero and has unit energy.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong; the text names it and what it may be.

    Notes
    -----
    It learns from 100,000 patches at most, drawn at random.

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
    number = at_least("count", count, 1)
    if whiten is not None:
        check_word("whiten", whiten, ("zca", "pca"))
    kind = kind_of(dtype)
    generator = generator_of(rng)
    patches = _draw(_images(images, len(sizes)), sizes, stride, generator)
    if len(patches) < number:
        raise ValueError(
            f"count must be at most the number of patches, {len(patches)}, not {count}"
        )
    patches -= patches.mean(1, keepdims=True)
    variance = (patches**2).mean(1, keepdims=True)
    varying = variance[:, 0] > _FLAT * variance.max()
    if not varying.any():
        raise ValueError("images must not be flat everywhere")
    patches, variance = patches[varying], variance[varying]
    patches /= np.sqrt(variance + _CONTRAST * variance.mean())
    back = None
    if whiten is not None:
        patches, transform = whiten_samples(patches, whiten)
        back = transform.inverse_matrix
    centres = _cluster(patches, number, spherical, generator)
    if back is not None:
        centres = centres @ back
    bank = normalize(centres, "zero_sum", axis=1)
    bank = normalize(bank, "l2", axis=1, on_zero="leave").reshape(number, *sizes)
    return flip(bank, range(1, bank.ndim)).astype(kind, order="C")


def _images(images: Any, ndim: int) -> list[NDArray[np.float64]]:
    """Tell one image, a stack and a sequence of images from each other."""
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
            f"images must have {ndim} axes each, as shape has numbers, not {found}"
        )
    for image in stack:
        if image.dtype.kind not in "biuf":
            raise TypeError(f"images must hold real numbers, not {image.dtype!r}")
        if image.dtype.kind == "f" and not np.isfinite(image).all():
            raise ValueError(
                "images must hold finite numbers only, not NaN or infinity"
            )
    return stack


def _draw(
    images: list[NDArray[Any]],
    sizes: tuple[int, ...],
    stride: Integers,
    generator: np.random.Generator,
) -> NDArray[np.float64]:
    """Take patches of all images, as many as there are or as memory allows."""
    views = [extract_patches(image, sizes, stride) for image in images]
    numbers = [prod(view.shape[: len(sizes)]) for view in views]
    share = min(1.0, _PATCHES / sum(numbers))
    taken = []
    for view, number in zip(views, numbers, strict=True):
        chosen = np.arange(number)
        if share < 1:
            drawn = generator.choice(number, max(1, int(share * number)), replace=False)
            chosen = np.sort(drawn)
        places = np.unravel_index(chosen, view.shape[: len(sizes)])
        taken.append(view[places].reshape(len(chosen), -1).astype(np.float64))
    return np.concatenate(taken)


def _cluster(
    samples: NDArray[np.float64],
    count: int,
    spherical: bool,
    generator: np.random.Generator,
) -> NDArray[np.float64]:
    """Find the centres of clusters."""
    from scipy.cluster.vq import vq

    def direction(rows: NDArray[np.float64]) -> NDArray[np.float64]:
        return normalize(rows, "l2", axis=1, on_zero="leave") if spherical else rows

    samples = direction(samples)
    centres = samples[generator.choice(len(samples), count, len(samples) < count)]
    for _ in range(_ROUNDS):
        # of unit vectors, the nearest is the one in the most similar direction
        labels, _ = vq(samples, centres, check_finite=False)
        order = np.argsort(labels, kind="stable")
        found, starts, sizes = np.unique(
            labels[order], return_index=True, return_counts=True
        )
        # a centre that nothing is near to starts anew
        centres = samples[generator.choice(len(samples), count)]
        centres[found] = np.add.reduceat(samples[order], starts) / sizes[:, np.newaxis]
        centres = direction(centres)
    return centres
