"""The arguments of layers that say how to compute them."""

from __future__ import annotations

from operator import index
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._core.arguments import (
    METHODS,
    NUMBERS,
    array_of,
    check_boundary,
    check_outside,
    check_word,
    integer_of,
    integers,
    zero_of,
)
from .._core.boundary import BOUNDARIES
from .._core.thresholds import THRESHOLDS, Thresholds
from . import padding as paddings

# Most steps of a stride or a dilation. Products of it with lengths of arrays fit 64
# bits.
_MOST = 2**31 - 1


class Options(NamedTuple):
    """Checked arguments of a layer. The key of a plan includes them."""

    stride: int | tuple[int, ...]
    padding: paddings.Checked
    dilation: int | tuple[int, ...]
    groups: int
    boundary: str | tuple[str, ...]
    zero: bool | tuple[bool, ...]
    """Whether `cval` is zero, for all axes or for each of them."""
    shape: int | tuple[int, ...] | None
    """The shape of a result that the inputs leave open: that of the layer's signal or
    of its weights for gradients, that of the spatial axes for transposed layers."""
    output_padding: int | tuple[int, ...]
    method: str
    thresholds: Thresholds


def check(
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: Any,
    boundary: Any,
    cval: Any,
    method: Any,
    shape: int | tuple[int, ...] | None = None,
    output_padding: Any = 0,
) -> Options:
    """Check the arguments as far as possible without the arrays."""
    if method.__class__ is not str or method not in METHODS:
        check_word("method", method, METHODS)
    if boundary.__class__ is not str or boundary not in BOUNDARIES:
        boundary = check_boundary(boundary)
    zero = cval == 0 if cval.__class__ in NUMBERS else zero_of(cval)
    if zero is not True:
        check_outside(boundary, zero, cval)
    # every call does this, and Options(...) takes twice the time
    return tuple.__new__(
        Options,
        (
            stride if stride.__class__ is int else integers("stride", stride),
            padding if padding.__class__ is int else paddings.check(padding),
            dilation if dilation.__class__ is int else integers("dilation", dilation),
            groups if groups.__class__ is int else integer_of("groups", groups),
            boundary,
            zero,
            shape,
            output_padding
            if output_padding.__class__ is int
            else integers("output_padding", output_padding),
            method,
            THRESHOLDS,
        ),
    )


def array(name: str, value: ArrayLike) -> NDArray[Any]:
    """Convert to an array."""
    return value if type(value) is np.ndarray else array_of(name, value)


def shape_of(name: str, shape: Any) -> tuple[int, ...]:
    """Convert to a tuple of integers."""
    try:
        return tuple(map(index, shape))
    except TypeError:
        raise TypeError(
            f"{name} must be a sequence of integers, not {shape!r}"
        ) from None


def per_axis(name: str, value: int | tuple[int, ...], count: int) -> tuple[int, ...]:
    """Return a number of steps for each spatial axis, each at least 1."""
    steps = spread(name, value, count)
    if not (min(steps) >= 1 and max(steps) <= _MOST):
        raise ValueError(f"{name} must be from 1 to {_MOST}, not {value!r}")
    return steps


def spread(
    name: str, value: int | tuple[int, ...], count: int, axes: str = "spatial axes"
) -> tuple[int, ...]:
    """Return an integer for each axis; messages of errors call them `axes`."""
    steps = (value,) * count if isinstance(value, int) else value
    if len(steps) != count:
        raise ValueError(
            f"{name} must be one integer or one for each of the {count} {axes}, "
            f"not {value!r}"
        )
    return steps
