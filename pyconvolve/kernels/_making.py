"""What constructors of kernels share: their arguments, and how results are made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from math import isfinite, prod
from operator import index
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

Numbers = float | Sequence[float]
Integers = int | Sequence[int]

# Taps of a kernel; more is a mistake in a size or sigma.
_MOST_TAPS = 2**31


def kind_of(dtype: DTypeLike) -> np.dtype:
    """Check the type that a kernel is asked for in."""
    kind = np.dtype(dtype)
    if kind.kind not in "fc":
        raise TypeError(
            f"dtype must be of floating-point or complex numbers, not {kind.name}; "
            "as_integer_ratio makes integers of a kernel"
        )
    return kind


def work_type(dtype: DTypeLike) -> np.dtype:
    """Type that taps are computed in before they are rounded to `dtype`."""
    return np.result_type(kind_of(dtype).type(0).real.dtype, np.float64)


def per_axis(
    name: str, value: Numbers, ndim: int | None, least: float = 0, above: bool = False
) -> tuple[float, ...]:
    """One number per axis; a single one serves all of `ndim` axes, by default one."""
    try:
        values = tuple(map(float, value if np.iterable(value) else [value]))
    except (TypeError, ValueError):
        raise TypeError(
            f"{name} must be a number or one per axis, not {value!r}"
        ) from None
    if ndim is not None:
        ndim = at_least("ndim", ndim, 1)
    if not np.iterable(value):
        values *= ndim or 1
    if not values or ndim not in (None, len(values)):
        raise ValueError(
            f"{name} must be a number or one for each of {ndim or 'the'} axes, "
            f"not {value!r}"
        )
    for item in values:
        if not (isfinite(item) and (item > least if above else item >= least)):
            bound = "above" if above else "at least"
            raise ValueError(
                f"{name} must be finite and {bound} {least}, not {value!r}"
            )
    return values


def sizes_of(
    name: str, value: Integers, ndim: int | None, odd: bool = False
) -> tuple[int, ...]:
    """Taps along each axis."""
    try:
        sizes = [*map(index, value)] if np.iterable(value) else index(value)
    except TypeError:
        raise TypeError(
            f"{name} must be an integer or one per axis, not {value!r}"
        ) from None
    checked = tuple(map(int, per_axis(name, sizes, ndim, 1)))
    if odd and not all(size % 2 for size in checked):
        raise ValueError(f"{name} must be odd, not {value!r}")
    if prod(checked) >= _MOST_TAPS:
        raise ValueError(f"{name} must give fewer than 2**31 taps, not {value!r}")
    return checked


def at_least(name: str, value: Any, least: int) -> int:
    """Check an integer."""
    try:
        number = index(value)
    except TypeError:
        raise TypeError(f"{name} must be an integer, not {value!r}") from None
    if number < least:
        raise ValueError(f"{name} must be at least {least}, not {value!r}")
    return number


def one_of(name: str, value: Any, allowed: Sequence[str]) -> None:
    """Check an argument that is one word of a few."""
    if value not in allowed:
        words = ", ".join(map(repr, allowed))
        raise ValueError(f"{name} must be one of {words}, not {value!r}")


def axis_of(axis: Any, ndim: Any) -> tuple[int, int]:
    """Check the axis of a directional kernel, and its number of axes."""
    count = at_least("ndim", ndim, 1)
    try:
        number = index(axis)
    except TypeError:
        raise TypeError(f"axis must be an integer, not {axis!r}") from None
    if not -count <= number < count:
        raise ValueError(
            f"axis must lie between {-count} and {count - 1}, not {axis!r}"
        )
    return number % count, count


def offsets(taps: int, dtype: np.dtype) -> NDArray[Any]:
    """Distance of each tap from the centre: halves where their number is even."""
    return (np.arange(taps) - dtype.type(taps - 1) / 2).astype(dtype)


def distances(
    radii: Sequence[int], scales: Sequence[float], dtype: np.dtype
) -> NDArray[Any]:
    """Squared distance of each tap from the centre, in units of `scales`."""
    squares = [
        (offsets(2 * radius + 1, dtype) / dtype.type(scale)) ** 2
        for radius, scale in zip(radii, scales, strict=True)
    ]
    return reduce(np.add.outer, squares)


def radii_of(
    scales: Sequence[float], size: Integers | None, truncate: float
) -> tuple[int, ...]:
    """Taps on each side of the centre, from a size or from so many `scales`."""
    if size is not None:
        sizes = sizes_of("size", size, len(scales), odd=True)
        return tuple(taps // 2 for taps in sizes)
    (reach,) = per_axis("truncate", truncate, 1)
    radii = tuple(int(reach * scale + 0.5) for scale in scales)
    sizes_of("size", [2 * radius + 1 for radius in radii], None)
    return radii


def outer(factors: Sequence[NDArray[Any]], dtype: DTypeLike) -> NDArray[Any]:
    """Product of one factor per axis."""
    return reduce(np.multiply.outer, factors).astype(dtype)


def along(
    axis: int,
    ndim: int,
    on_axis: Sequence[float],
    elsewhere: Sequence[float],
    dtype: DTypeLike,
) -> NDArray[Any]:
    """Product of some taps along one axis with others along the rest."""
    kind = work_type(dtype)
    factors = [on_axis if a == axis else elsewhere for a in range(ndim)]
    return outer([np.array(taps, kind) for taps in factors], kind_of(dtype))


def separable(
    sizes: Sequence[int],
    taps: Callable[[int, int], NDArray[Any]],
    dtype: DTypeLike,
) -> NDArray[Any]:
    """Product over the axes of taps that sum to one, made from an axis and a size."""
    factors = [taps(a, size) for a, size in enumerate(sizes)]
    return outer([factor / factor.sum() for factor in factors], kind_of(dtype))


def numbers_of(value: ArrayLike, name: str = "kernel") -> NDArray[Any]:
    """Check that an array holds numbers."""
    array = np.asarray(value)
    if array.dtype.kind not in "biufc":
        raise TypeError(
            f"{name} must hold numbers or truth values, not {array.dtype!r}"
        )
    return array


def axes_of(name: str, axis: Any, ndim: int) -> list[int]:
    """Axes in the order given; all by default."""
    if axis is None:
        return list(range(ndim))
    try:
        given = [index(a) for a in (axis if np.iterable(axis) else [axis])]
    except TypeError:
        raise TypeError(
            f"{name} must be an integer or a sequence of integers, not {axis!r}"
        ) from None
    if not all(-ndim <= a < ndim for a in given):
        raise ValueError(
            f"{name} must lie between {-ndim} and {ndim - 1} for {ndim} axes, "
            f"not {axis!r}"
        )
    chosen = [a % ndim for a in given]
    if not chosen or len({*chosen}) < len(chosen):
        raise ValueError(f"{name} must name each of its axes once, not {axis!r}")
    return chosen
