"""What constructors of kernels share: their arguments, and how results are made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from math import isfinite, prod
from operator import index
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

Numbers = float | Sequence[float]
Integers = int | Sequence[int]

# Taps of a kernel; more is a mistake in a size or sigma.
_MOST_TAPS = 2**28
_MOST_AXES = 64


def kind_of(dtype: DTypeLike) -> np.dtype:
    """Check the type that a kernel is asked for in."""
    try:
        kind = np.dtype(dtype)
    except TypeError:
        raise TypeError(f"dtype must be a type of numbers, not {dtype!r}") from None
    if kind.kind not in "fc":
        raise TypeError(
            f"dtype must be of floating-point or complex numbers, not {kind.name}; "
            "as_integer_ratio makes integers of a kernel"
        )
    return kind


def per_axis(
    name: str, value: Numbers, ndim: int | None, least: float = 0, above: bool = False
) -> tuple[float, ...]:
    """One number per axis; a single one serves all of `ndim` axes, by default one."""
    given: Any = value if np.iterable(value) else [value]
    try:
        # float() would read text, too
        values = tuple(float(item + 0) for item in given)
    except (TypeError, ValueError):
        raise TypeError(
            f"{name} must be a number or one per axis, not {value!r}"
        ) from None
    if ndim is not None:
        ndim = at_least("ndim", ndim, 1)
        if ndim > _MOST_AXES:
            raise ValueError(f"ndim must be at most {_MOST_AXES}, not {ndim}")
    if not np.iterable(value):
        values *= ndim or 1
    if not values or ndim not in (None, len(values)):
        raise ValueError(
            f"{name} must be a number or one for each of {ndim or 'the'} axes, "
            f"not {value!r}"
        )
    for item in values:
        if not (isfinite(item) and (item > least if above else item >= least)):
            bound = f" and {'above' if above else 'at least'} {least}"
            bound = bound if isfinite(least) else ""
            raise ValueError(f"{name} must be finite{bound}, not {value!r}")
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
    if prod(checked) > _MOST_TAPS:
        raise ValueError(f"{name} must give at most 2**28 taps, not {value!r}")
    return checked


def ndim_of(ndim: Any) -> int:
    """Check the number of axes of a kernel with three taps along each."""
    count = at_least("ndim", ndim, 1)
    if 3**count > _MOST_TAPS:
        raise ValueError(f"ndim must give at most 2**28 taps, not {ndim!r}")
    return count


def one_of(**given: Any) -> tuple[str, Any]:
    """Name and value of the only argument that was given."""
    known = {name: value for name, value in given.items() if value is not None}
    if len(known) != 1:
        names = " or ".join(given)
        raise ValueError(
            f"{names} must be given, one of them, not {' and '.join(known) or 'none'}"
        )
    return known.popitem()


def generator_of(rng: np.random.Generator | int | None) -> np.random.Generator:
    """Where random numbers come from."""
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError):
        raise TypeError(
            f"rng must be a numpy.random.Generator or an integer from 0 on, not {rng!r}"
        ) from None


def at_least(name: str, value: Any, least: int) -> int:
    """Check an integer."""
    try:
        number = index(value)
    except TypeError:
        raise TypeError(f"{name} must be an integer, not {value!r}") from None
    if number < least:
        raise ValueError(f"{name} must be at least {least}, not {value!r}")
    return number


def axis_of(axis: Any, ndim: Any) -> tuple[int, int]:
    """Check the axis of a directional kernel, and its number of axes."""
    count = ndim_of(ndim)
    try:
        number = index(axis)
    except TypeError:
        raise TypeError(f"axis must be an integer, not {axis!r}") from None
    if not -count <= number < count:
        raise ValueError(
            f"axis must lie between {-count} and {count - 1}, not {axis!r}"
        )
    return number % count, count


def offsets(taps: int) -> NDArray[np.longdouble]:
    """Distance of each tap from the centre: halves where their number is even.

    Taps are computed in extended precision, and rounded once.
    """
    return np.arange(taps) - np.longdouble(taps - 1) / 2


def distances(radii: Sequence[int], scales: Sequence[float]) -> NDArray[np.longdouble]:
    """Squared distance of each tap from the centre, in units of `scales`."""
    squares = [
        (offsets(2 * radius + 1) / scale) ** 2
        for radius, scale in zip(radii, scales, strict=True)
    ]
    return reduce(np.add.outer, squares)


def radii_of(
    name: str, scales: Sequence[float], size: Integers | None, truncate: float
) -> tuple[int, ...]:
    """Taps on each side of the centre, from a size or from so many `scales`."""
    if size is not None:
        sizes = sizes_of("size", size, len(scales), odd=True)
        return tuple(taps // 2 for taps in sizes)
    (reach,) = per_axis("truncate", truncate, 1)
    radii = tuple(int(reach * scale + 0.5) for scale in scales)
    sizes_of(name, [2 * radius + 1 for radius in radii], None)
    return radii


def outer(factors: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Product of one factor per axis."""
    return reduce(np.multiply.outer, factors)


def along(
    axis: int, ndim: int, derivative: Sequence[float], smoother: Sequence[float]
) -> NDArray[np.longdouble]:
    """Product of a derivative along one axis and of smoothers along the rest."""
    slope = np.array(derivative, np.longdouble)
    slope /= -(slope * offsets(slope.size)).sum()
    weights = np.array(smoother, np.longdouble)
    weights /= weights.sum()
    return outer([slope if a == axis else weights for a in range(ndim)])


def separable(
    sizes: Sequence[int], taps: Callable[[int, int], NDArray[Any]]
) -> NDArray[Any]:
    """Product over the axes of taps that sum to one, made from an axis and a size."""
    factors = [taps(a, size) for a, size in enumerate(sizes)]
    return outer([factor / factor.sum() for factor in factors])
