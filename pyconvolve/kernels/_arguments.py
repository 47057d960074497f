"""Checks of arguments that constructors of kernels have in common."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, prod
from operator import index
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from .._core.arguments import integer_of

Numbers = float | Sequence[float]
Integers = int | Sequence[int]

# Upper bound of the number of taps: 2 GiB of float64. A larger kernel comes from a
# mistaken size or width.
_MOST_TAPS = 2**28
# Upper bound of the number of axes, which is the limit of NumPy 2.
_MOST_AXES = 64


def dtype_of(dtype: DTypeLike) -> np.dtype:
    """Check that a kernel can have a dtype, and return it.

    Raises
    ------
    TypeError
        If the dtype is neither floating-point nor complex.
    """
    try:
        checked = np.dtype(dtype)
    except TypeError:
        raise TypeError(
            f"dtype must be a floating-point or complex type, not {dtype!r}"
        ) from None
    if checked.kind not in "fc":
        raise TypeError(
            f"dtype must be a floating-point or complex type, not {checked.name}; "
            "as_integer_ratio converts a kernel to integers"
        )
    return checked


def number_of(name: str, value: Any, least: float = 0, above: bool = False) -> float:
    """Check one finite number, and return it.

    Parameters
    ----------
    name : str
        Name of the argument, for the message of an error.
    value : float
        Value of the argument. A sequence of one number is taken, too.
    least : float, optional
        Lower bound.
    above : bool, optional
        Whether the number must be larger than `least`, instead of at least as large.
    """
    given = [*value] if np.iterable(value) else [value]
    numbers = _floats(name, value, given, "a number")
    if len(numbers) != 1:
        raise ValueError(f"{name} must be a single number, not {value!r}")
    _check_range(name, value, numbers, least, above)
    return numbers[0]


def per_axis(
    name: str, value: Any, ndim: int | None, least: float = 0, above: bool = False
) -> tuple[float, ...]:
    """Check one finite number for each axis, and return them.

    A single number is repeated `ndim` times, or stands for one axis if `ndim` is None.
    The other parameters are those of `number_of`.
    """
    given = [*value] if np.iterable(value) else [value]
    numbers = _floats(name, value, given, "a number or one per axis")
    if ndim is not None:
        ndim = integer_of("ndim", ndim, 1)
        if ndim > _MOST_AXES:
            raise ValueError(f"ndim must be at most {_MOST_AXES}, not {ndim}")
    if not np.iterable(value):
        numbers *= ndim or 1
    if not numbers or ndim not in (None, len(numbers)):
        raise ValueError(
            f"{name} must be a number or one for each of {ndim or 'the'} axes, "
            f"not {value!r}"
        )
    _check_range(name, value, numbers, least, above)
    return numbers


def _floats(
    name: str, value: Any, given: Sequence[Any], expected: str
) -> tuple[float, ...]:
    try:
        # the addition refuses text, which float() would parse
        return tuple(float(item + 0) for item in given)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be {expected}, not {value!r}") from None


def _check_range(
    name: str, value: Any, numbers: Sequence[float], least: float, above: bool
) -> None:
    for number in numbers:
        if not (isfinite(number) and (number > least if above else number >= least)):
            bound = f" and {'above' if above else 'at least'} {least}"
            bound = bound if isfinite(least) else ""
            raise ValueError(f"{name} must be finite{bound}, not {value!r}")


def sizes_of(
    name: str, value: Any, ndim: int | None, odd: bool = False
) -> tuple[int, ...]:
    """Check the number of taps along each axis, and return them."""
    try:
        given: Any = [*map(index, value)] if np.iterable(value) else index(value)
    except TypeError:
        raise TypeError(
            f"{name} must be an integer or one per axis, not {value!r}"
        ) from None
    sizes = tuple(map(int, per_axis(name, given, ndim, 1)))
    if odd and not all(size % 2 for size in sizes):
        raise ValueError(f"{name} must be odd, not {value!r}")
    if prod(sizes) > _MOST_TAPS:
        raise ValueError(f"{name} must give at most 2**28 taps, not {value!r}")
    return sizes


def radii_of(
    name: str, widths: Sequence[float], size: Integers | None, truncate: float
) -> tuple[int, ...]:
    """Return the number of taps on each side of the centre, for each axis.

    Parameters
    ----------
    name : str
        Name of the argument that gave `widths`, for the message of an error.
    widths : sequence of float
        Widths in samples, one per axis.
    size : int or sequence of int or None
        Odd numbers of taps. If given, `widths` and `truncate` do not matter.
    truncate : float
        Radius in units of the widths.
    """
    if size is not None:
        sizes = sizes_of("size", size, len(widths), odd=True)
        return tuple(taps // 2 for taps in sizes)
    reach = number_of("truncate", truncate)
    radii = tuple(int(reach * width + 0.5) for width in widths)
    sizes_of(name, [2 * radius + 1 for radius in radii], None)
    return radii


def widths_of(name: str, widths: Numbers, ndim: int | None) -> tuple[float, ...]:
    """Check widths above 0; a single number stands for two axes by default."""
    if ndim is None and not np.iterable(widths):
        ndim = 2
    return per_axis(name, widths, ndim, above=True)


def zero_sum_sizes(
    name: str, widths: tuple[float, ...], size: Integers | None, truncate: float
) -> list[int]:
    """Return the number of taps per axis, at least the three that a zero sum needs."""
    sizes = [2 * radius + 1 for radius in radii_of(name, widths, size, truncate)]
    if size is not None and min(sizes) < 3:
        raise ValueError(f"size must be at least 3, not {size!r}")
    return [max(taps, 3) for taps in sizes]


def ndim_of(ndim: Any) -> int:
    """Check the number of axes of a kernel with three taps along each axis."""
    count = integer_of("ndim", ndim, 1)
    if 3**count > _MOST_TAPS:
        raise ValueError(f"ndim must give at most 2**28 taps, not {ndim!r}")
    return count


def axis_of(axis: Any, ndim: Any) -> tuple[int, int]:
    """Check an axis and a number of axes; return both, the axis not negative."""
    count = ndim_of(ndim)
    number = integer_of("axis", axis)
    if not -count <= number < count:
        raise ValueError(
            f"axis must lie between {-count} and {count - 1}, not {axis!r}"
        )
    return number % count, count


def one_of(**given: Any) -> tuple[str, Any]:
    """Return the name and the value of the only argument that is not None."""
    known = {name: value for name, value in given.items() if value is not None}
    if len(known) != 1:
        names = " or ".join(given)
        raise ValueError(
            f"exactly one of {names} must be given, not {' and '.join(known) or 'none'}"
        )
    return known.popitem()


def generator_of(rng: np.random.Generator | int | None) -> np.random.Generator:
    """Return a generator of random numbers, or make one from a seed."""
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError):
        raise TypeError(
            f"rng must be a numpy.random.Generator or an integer from 0 on, not {rng!r}"
        ) from None
