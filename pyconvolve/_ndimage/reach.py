"""How far image filters reach: which samples around it an output depends on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial, reduce
from typing import Any, NamedTuple

import numpy as np

from . import correlation, derivatives, extrema
from .arguments import BOUNDARIES, Refused, Window, axes_of, each, integer, window
from .boxes import boxes
from .gaussians import pass_along, passes_of
from .morphology import reversed_origins
from .smoothed import derivatives_of, options_of


class Reach(NamedTuple):
    """The samples along an axis that an output of a filter depends on."""

    left: int
    """How many samples before that of the output."""
    right: int
    """How many samples behind it."""
    boundaries: frozenset[str]
    """The rules by which the filter continues the image, and what it computes of it."""


# Axis of an image -> the reach along it. Outputs depend on one sample of other axes.
Reaches = dict[int, Reach]


def _of_windows(windows: Mapping[int, Window]) -> Reaches:
    return {
        a: Reach(each.left, each.right, frozenset({each.boundary}))
        for a, each in windows.items()
    }


def _after(first: Reaches, second: Reaches) -> Reaches:
    """Return the reach of a filter of the results of another one."""
    return _merged(first, second, lambda a, b: a + b)


def _beside(filters: Iterable[Reaches]) -> Reaches:
    """Return the reach of several filters of one image."""
    return reduce(partial(_merged, combine=max), filters, {})


def _merged(
    first: Reaches, second: Reaches, combine: Callable[[int, int], int]
) -> Reaches:
    nothing = Reach(0, 0, frozenset())
    merged = {}
    for a in {*first, *second}:
        one, other = first.get(a, nothing), second.get(a, nothing)
        left, right = map(combine, one[:2], other[:2])
        merged[a] = Reach(left, right, one.boundaries | other.boundaries)
    return merged


def _kernel(
    convolving: bool,
    ndim: int,
    *,
    weights: Any,
    mode: Any,
    origin: Any,
    axes: Any,
    **_: Any,
) -> Reaches:
    shape = np.shape(weights)
    found = correlation.windows_of(ndim, shape, convolving, mode, origin, axes)
    return _of_windows(found)


def _kernel_1d(
    convolving: bool,
    ndim: int,
    *,
    weights: Any,
    axis: Any,
    mode: Any,
    origin: Any,
    **_: Any,
) -> Reaches:
    size = np.size(weights)
    along, found = correlation.window_along(ndim, size, convolving, mode, origin, axis)
    return _of_windows({along: found})


def _gaussian(
    ndim: int, *, sigma: Any, order: Any, mode: Any, truncate: Any, radius: Any,
    axes: Any, **_: Any,
) -> Reaches:  # fmt: skip
    passes = passes_of(ndim, sigma, order, mode, truncate, radius, axes)
    return _of_windows({found.axis: found.window for found in passes})


def _gaussian_1d(
    ndim: int, *, sigma: Any, axis: Any, order: Any, mode: Any, truncate: Any,
    radius: Any, **_: Any,
) -> Reaches:  # fmt: skip
    found = pass_along(ndim, axis, sigma, order, mode, truncate, radius)
    return _of_windows({found.axis: found.window})


def _smoothed(
    squares: bool,
    ndim: int,
    *,
    sigma: Any,
    mode: Any,
    axes: Any,
    kwargs: Any,
    **_: Any,
) -> Reaches:
    truncate, radius = options_of(kwargs)
    return _beside(
        _of_windows(
            {
                found.axis: found.window
                for found in passes_of(ndim, *derivative, truncate, radius, None)
            }
        )
        for derivative in derivatives_of(ndim, squares, sigma, mode, axes)
    )


def _differences(ndim: int, *, mode: Any, axes: Any = None, **_: Any) -> Reaches:
    return _of_windows(derivatives.windows_of(ndim, mode, axes))


def _boxes(
    ndim: int, *, size: Any, mode: Any, origin: Any, axes: Any = None, **_: Any
) -> Reaches:
    return _of_windows(boxes(ndim, size, mode, origin, axes))


def _box_1d(
    ndim: int, *, size: Any, axis: Any, mode: Any, origin: Any, **_: Any
) -> Reaches:
    (along,) = axes_of(integer(axis), ndim)
    return _of_windows({along: window(integer(size), origin, mode)})


def _extremum(
    ndim: int,
    *,
    size: Any,
    footprint: Any,
    mode: Any,
    origin: Any,
    axes: Any = None,
    structure: Any = None,
    **_: Any,
) -> Reaches:
    shape = _shape_of(size, footprint, structure)
    if extrema.is_box(footprint, structure):
        return _boxes(ndim, size=shape, mode=mode, origin=origin, axes=axes)
    return _of_windows(extrema.windows_of(ndim, shape, mode, origin, axes))


def _shape_of(size: Any, footprint: Any, structure: Any) -> Any:
    """Return the samples of a window along each axis; `size` may be one for all."""
    support = structure if footprint is None else footprint
    return size if support is None else np.shape(support)


def _rank(
    ndim: int,
    *,
    size: Any,
    footprint: Any,
    mode: Any,
    origin: Any,
    axes: Any = None,
    **_: Any,
) -> Reaches:
    shape = np.shape(footprint)
    if footprint is None:
        shape = tuple(map(integer, each(size, len(axes_of(axes, ndim)))))
    return _of_windows(extrema.windows_of(ndim, shape, mode, origin, axes))


def _morphology(
    stages: str, ndim: int, *, size: Any, footprint: Any, structure: Any, mode: Any,
    origin: Any, axes: Any, **_: Any,
) -> Reaches:  # fmt: skip
    """Return the reach of an erosion 'e', a dilation 'd', or one after the other."""
    shape = _shape_of(size, footprint, structure)
    if shape is None:
        raise Refused
    is_size = footprint is None and structure is None
    found: Reaches = {}
    for stage in stages:
        moved = origin
        if stage == "d":
            moved = reversed_origins(ndim, shape, is_size, origin, axes)
        reached = _extremum(
            ndim, size=size, footprint=footprint, structure=structure, mode=mode,
            origin=moved, axes=axes,
        )  # fmt: skip
        found = _after(found, reached)
    return found


def _gradient(ndim: int, **arguments: Any) -> Reaches:
    return _beside(_morphology(stage, ndim, **arguments) for stage in "ed")


def _generic(ndim: int, *, depth: Any, mode: Any, axes: Any, **_: Any) -> Reaches:
    """Return the reach that the caller tells: nobody knows that of a derivative."""
    words = each(mode, len(axes_of(axes, ndim)))
    boundaries = frozenset(BOUNDARIES[word] for word in words)
    return {
        a: Reach(far, far, boundaries)
        for a, far in enumerate(map(integer, each(depth, ndim)))
    }


# Name of a function of `pyconvolve.ndimage` -> its reach for arguments. The last four
# functions are SciPy's.
REACHES: dict[str, Callable[..., Reaches]] = {
    "black_tophat": partial(_morphology, "de"),
    "convolve": partial(_kernel, True),
    "convolve1d": partial(_kernel_1d, True),
    "correlate": partial(_kernel, False),
    "correlate1d": partial(_kernel_1d, False),
    "gaussian_filter": _gaussian,
    "gaussian_filter1d": _gaussian_1d,
    "gaussian_gradient_magnitude": partial(_smoothed, True),
    "gaussian_laplace": partial(_smoothed, False),
    "generic_gradient_magnitude": _generic,
    "generic_laplace": _generic,
    "grey_closing": partial(_morphology, "de"),
    "grey_dilation": partial(_morphology, "d"),
    "grey_erosion": partial(_morphology, "e"),
    "grey_opening": partial(_morphology, "ed"),
    "laplace": _differences,
    "maximum_filter": _extremum,
    "maximum_filter1d": _box_1d,
    "minimum_filter": _extremum,
    "minimum_filter1d": _box_1d,
    "morphological_gradient": _gradient,
    "prewitt": _differences,
    "sobel": _differences,
    "uniform_filter": _boxes,
    "uniform_filter1d": _box_1d,
    "white_tophat": partial(_morphology, "ed"),
    "generic_filter": _rank,
    "median_filter": _rank,
    "percentile_filter": _rank,
    "rank_filter": _rank,
}
