"""Sums and statistics of windows: runs of neighbouring samples along some axes."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from math import isqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..convolution import convolve

# Samples of a window that are summed one by one. The sum of a longer window is a sum of
# shorter sums, which takes 2 * sqrt(n) additions instead of n.
_SHORT = 64
# Samples per axis that a block's median is taken of, at least, if it has as many.
_MEDIAN_SAMPLES = 32


def sum_windows(
    values: NDArray[Any],
    axes: Sequence[int],
    sizes: Sequence[int],
    workers: int | None,
) -> NDArray[Any]:
    """Sum every window that lies inside an array.

    Sums are direct: an output depends on the samples of its own window only.

    Parameters
    ----------
    values : ndarray
    axes : sequence of int
        Axes that a window extends along.
    sizes : sequence of int
        Samples of a window along each of `axes`.
    workers : int or None
        The largest number of threads.

    Returns
    -------
    ndarray
        Along each of `axes` shorter than `values` by the window's size less one.
    """
    for axis, size in zip(axes, sizes, strict=True):
        values = _sum_along(values, axis, size, workers)
    return values


def _sum_along(
    values: NDArray[Any], axis: int, size: int, workers: int | None
) -> NDArray[Any]:

    def total(part: NDArray[Any], number: int, dilation: int = 1) -> NDArray[Any]:
        ones = np.ones(number, part.real.dtype)
        return convolve(
            part, ones, "valid", "direct", axes=axis, dilation=dilation, workers=workers
        )

    if size <= _SHORT:
        return values if size == 1 else total(values, size)
    short = isqrt(size)
    covered = short * (size // short)
    sums = total(total(values, short), size // short, short)
    if covered == size:
        return sums
    before = (slice(None),) * axis
    rest = total(values[(*before, slice(covered, None))], size - covered)
    rest += sums[(*before, slice(0, rest.shape[axis]))]
    return rest


def changes_in_windows(
    samples: NDArray[Any],
    axes: Sequence[int],
    sizes: Sequence[int],
    dtype: np.dtype,
    workers: int | None,
) -> NDArray[Any]:
    """Count the pairs of different neighbours in every window, in type `dtype`."""
    changes: Any = 0
    for a, size in zip(axes, sizes, strict=True):
        if size > 1:
            before = (slice(None),) * a
            changed = (
                samples[(*before, slice(1, None))]
                != samples[(*before, slice(None, -1))]
            )
            pairs = [n - (b == a) for b, n in zip(axes, sizes, strict=True)]
            changes = changes + sum_windows(changed.astype(dtype), axes, pairs, workers)
    return changes


def unit_templates(templates: NDArray[Any], axes: tuple[int, ...]) -> NDArray[Any]:
    """Subtract the mean of each template, and divide by the root of its energy.

    Parameters
    ----------
    templates : ndarray
    axes : tuple of int
        Axes of one template; the others count templates.

    Raises
    ------
    ValueError
        If a template is not finite, or constant.
    """
    if not np.isfinite(templates).all():
        raise ValueError("template must hold finite numbers only, not NaN or infinity")
    order = [*(a for a in range(templates.ndim) if a not in axes), *axes]
    moved = templates.transpose(order)
    flat = centred(moved.reshape(*moved.shape[: -len(axes)], -1), None)
    energies = power(flat).sum(-1, keepdims=True)
    if not energies.all():
        raise ValueError("template must vary, but all its taps are the same")
    flat /= np.sqrt(energies)
    return flat.reshape(moved.shape).transpose(np.argsort(order))


def centred(values: NDArray[Any], present: NDArray[np.bool_] | None) -> NDArray[Any]:
    """Scale to magnitudes up to 1 along the last axis, and subtract the mean there.

    The first number is subtracted before, so that equal numbers give exact zeros.

    Parameters
    ----------
    values : ndarray
    present : ndarray of bool or None
        Numbers that count; the others become 0. None: all count.
    """
    if present is None:
        values = values - values[..., :1]
        number: Any = values.shape[-1]
    else:
        first = present.argmax(-1)[..., None]
        values = np.where(present, values - np.take_along_axis(values, first, -1), 0)
        number = np.maximum(present.sum(-1, keepdims=True), 1)
    values *= _inverse_scale(values, (-1,))
    mean = values.sum(-1, keepdims=True) / number
    values -= mean if present is None else np.where(present, mean, 0)
    return values


def without_median(
    samples: NDArray[Any], present: NDArray[np.bool_], axes: tuple[int, ...]
) -> NDArray[Any]:
    """Subtract the median along some axes, and scale to magnitudes up to 1 there.

    The median is taken of some of the samples, evenly spaced. Samples that are not
    present become 0.
    """
    steps = tuple(
        slice(None, None, max(1, n // _MEDIAN_SAMPLES) if a in axes else 1)
        for a, n in enumerate(samples.shape)
    )
    some, known = samples[steps], present[steps]
    middle: Any
    if known.all():
        middle = _median(some, np.median, axes)
    else:
        with warnings.catch_warnings():
            # NumPy warns if no sample is present
            warnings.simplefilter("ignore", RuntimeWarning)
            middle = _median(np.where(known, some, np.nan), np.nanmedian, axes)
        middle = np.nan_to_num(middle)
    values = samples if present.all() else np.where(present, samples, middle)
    values = values - middle
    values *= _inverse_scale(values, axes)
    return values


def _median(samples: NDArray[Any], median: Any, axes: tuple[int, ...]) -> Any:
    if samples.dtype.kind != "c":
        return median(samples, axes, keepdims=True)
    return median(samples.real, axes, keepdims=True) + 1j * median(
        samples.imag, axes, keepdims=True
    )


def _inverse_scale(values: NDArray[Any], axes: tuple[int, ...]) -> NDArray[Any]:
    """Return powers of two that scale magnitudes along some axes to 1 at most."""
    if values.dtype.kind == "c":
        largest = abs(values).max(axes, keepdims=True)
    else:
        largest = np.maximum(
            values.max(axes, keepdims=True), -values.min(axes, keepdims=True)
        )
    return np.ldexp(np.ones_like(largest), -np.frexp(largest)[1])


def power(values: NDArray[Any]) -> NDArray[Any]:
    """Return squared magnitudes."""
    if values.dtype.kind != "c":
        return np.square(values)
    return np.square(values.real) + np.square(values.imag)


def limit_to_one(values: NDArray[Any]) -> None:
    """Reduce magnitudes that rounding made larger than 1, in place."""
    if values.dtype.kind != "c":
        np.clip(values, -1, 1, out=values)
    else:
        values /= np.maximum(1, abs(values))
