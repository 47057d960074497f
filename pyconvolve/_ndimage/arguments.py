"""Arguments of image filters, in one form. SciPy's function judges wrong ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isfinite
from numbers import Number
from operator import index
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._core.problem import Axis

# Codes of the types that SciPy's image filters compute.
_REAL, _COMPLEX = "?bBhHiIlLqQfd", "FD"
# Mode of scipy.ndimage -> boundary of an axis.
BOUNDARIES = {
    "reflect": "symmetric",
    "grid-mirror": "symmetric",
    "mirror": "reflect",
    "nearest": "edge",
    "wrap": "wrap",
    "grid-wrap": "wrap",
    "constant": "constant",
    "grid-constant": "constant",
}


class Refused(Exception):
    """The arguments are wrong, or SciPy's alone: its function is to be called."""


class Taps(NamedTuple):
    """An array that is an argument, such as weights, as a part of a key."""

    data: bytes
    shape: tuple[int, ...]
    dtype: np.dtype

    def array(self) -> NDArray[Any]:
        """Return the array, read-only."""
        return np.frombuffer(self.data, self.dtype).reshape(self.shape)


class Window(NamedTuple):
    """The samples along one axis that an output is computed from."""

    size: int
    origin: int
    boundary: str

    @property
    def left(self) -> int:
        """Number of samples before that of the output."""
        return self.size // 2 + self.origin

    @property
    def right(self) -> int:
        """Number of samples behind that of the output."""
        return self.size - 1 - self.left

    def axis(self, number: int, samples: int, kernel: int | None) -> Axis:
        """Return the axis of a problem; `kernel` is that of its kernel, if any."""
        return Axis(
            "window", number, kernel, number, samples, self.size, samples, -self.left,
            boundary=self.boundary,
        )  # fmt: skip


class Range(NamedTuple):
    """All numbers from a lowest to a highest one."""

    low: float
    high: float

    @classmethod
    def of(cls, dtype: np.dtype, constant: float) -> Range:
        """Return the range of a type and a constant; without bounds for floats."""
        if dtype.kind not in "biu":
            return cls(-np.inf, np.inf)
        low, high = limits(dtype)
        return cls(min(low, constant), max(high, constant))


def axes_of_problem(
    shape: Sequence[int], windows: dict[int, Window], has_kernel: bool
) -> tuple[Axis, ...]:
    """Return the axes of a problem with windows along some axes of an image.

    A kernel has the axes with windows, in their order.
    """
    kernel = iter(range(len(windows)))
    return tuple(
        windows[a].axis(a, n, next(kernel) if has_kernel else None)
        if a in windows
        else Axis("batch", a, None, a, n, 1, n, 0)
        for a, n in enumerate(shape)
    )


def taps_of(value: Any, dtype: Any = None) -> Taps:
    """Return an array of numbers as a part of a key."""
    array = np.asarray(value, dtype)
    if array.dtype.kind not in "biufc":
        raise Refused
    return Taps(array.tobytes(), array.shape, array.dtype)


def hashable(value: Any) -> Any:
    """Return an argument, or tuples in place of lists and arrays."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple) and not isinstance(value, Taps):
        return tuple(map(hashable, value))
    return value


def check_type(dtype: np.dtype, allows_complex: bool = False) -> None:
    """Refuse types that SciPy's image filters don't compute."""
    if dtype.char not in _REAL and not (allows_complex and dtype.char in _COMPLEX):
        raise Refused


def axes_of(axes: Any, ndim: int) -> tuple[int, ...]:
    """Return the axes to filter along, in the order given; all by default."""
    if axes is None:
        return tuple(range(ndim))
    try:
        given = [index(axis) for axis in (axes if np.iterable(axes) else [axes])]
    except TypeError:
        raise Refused from None
    chosen = tuple(axis % ndim for axis in given)
    if not all(-ndim <= axis < ndim for axis in given) or len({*chosen}) < len(given):
        raise Refused
    return chosen


def each(value: Any, number: int) -> Sequence[Any]:
    """Return one value for each of a number of axes."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        return [value] * number
    values = list(value)
    if len(values) != number:
        raise Refused
    return values


def origins_of(origin: Any, axes: Sequence[int], ndim: int) -> dict[int, Any]:
    """Return the origin along each axis of a kernel that has several axes.

    Origins are in the order of `axes`, unless these are all axes of the image: as in
    SciPy, origins are then in the order of the image's axes. Axes of a kernel always
    are.
    """
    chosen = axes if len(axes) < ndim else range(ndim)
    return dict(zip(chosen, each(origin, len(axes)), strict=True))


def integer(value: Any) -> int:
    """Return an integer."""
    try:
        return index(value)
    except TypeError:
        raise Refused from None


def window(size: int, origin: Any, mode: Any) -> Window:
    """Return a window along an axis."""
    moved = integer(origin)
    if size < 1 or not 0 <= size // 2 + moved < size or not isinstance(mode, str):
        raise Refused
    if mode not in BOUNDARIES:
        raise Refused
    return Window(size, moved, BOUNDARIES[mode])


def reversed_origin(size: int, origin: Any) -> int:
    """Return the origin of a reversed window that has the outputs of another one."""
    return -integer(origin) - (size % 2 == 0)


def constant_of(cval: Any, allows_complex: bool = False) -> Any:
    """Return the constant outside."""
    if not isinstance(cval, Number | np.number | np.bool_):
        raise Refused
    try:
        return complex(cval) if allows_complex else float(cval)  # type: ignore[arg-type]
    except (TypeError, OverflowError):
        raise Refused from None


def constants_along(axes: Sequence[Axis], constant: Any) -> list[Any] | None:
    """Return the constant outside of each axis; None: zeros."""
    if not constant or not any(axis.boundary == "constant" for axis in axes):
        return None
    return [constant if axis.boundary == "constant" else 0 for axis in axes]


def integer_constant(cval: float, dtype: np.dtype) -> int:
    """Return a constant as an integer of a type, truncated and saturated."""
    low, high = (0, 1) if dtype.kind == "b" else limits(dtype)
    if cval != cval:
        raise Refused
    if not isfinite(cval):
        return high if cval > 0 else low
    return min(max(int(cval), low), high)


def limits(dtype: np.dtype) -> tuple[int, int]:
    """Return the lowest and the highest number of an integer type."""
    if dtype.kind == "b":
        return 0, 1
    found = np.iinfo(dtype)
    return int(found.min), int(found.max)
