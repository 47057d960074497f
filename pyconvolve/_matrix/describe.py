"""A convolution with one kernel of signals of one shape: checked, and described."""

from __future__ import annotations

from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._core import adjoint, arguments, planner
from .._core.dtypes import limits_of
from .._core.problem import Problem

# A signal has fewer samples, so that their numbers fit 64 bits.
_MOST = 2**62
# Names of signal and kernel in messages of errors.
_NAMES = arguments.Names("x", "h")


class Convolution(NamedTuple):
    """A convolution with one kernel of signals of one shape."""

    rules: arguments.Rules
    kernel: NDArray[Any]
    """Read-only."""
    problem: Problem
    """For signals of the kernel's type."""
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]


def describe(
    h: Any,
    shape: Any,
    mode: Any,
    boundary: Any,
    stride: Any,
    dilation: Any,
    axes: Any,
    dtype: Any,
    origin: Any = 0,
) -> Convolution:
    """Check the arguments of an operator, and describe its sums."""
    rules = arguments.rules(
        False, mode, "auto", axes, boundary, 0, stride, dilation, origin
    )
    arguments.check_rules(rules, 0)
    kernel = kernel_of(h, dtype)
    samples = shape_of(shape)
    kind = kernel.dtype
    problem, outputs, is_exchanged, _ = planner.describe(
        rules, samples, kernel.shape, kind, kind, _NAMES
    )
    if is_exchanged:
        problem = adjoint.exchanged(problem)
    return Convolution(rules, kernel, problem, samples, outputs)


def kernel_of(h: Any, dtype: Any = None) -> NDArray[Any]:
    """Return a read-only copy of a kernel, as numbers of a type."""
    given = arguments.numbers_of("h", h)
    if not given.size:
        raise ValueError(f"h must not be empty, but its shape is {given.shape}")
    kernel = given.astype(_type_of(given, dtype))
    kernel.flags.writeable = False
    return kernel


def shape_of(shape: Any) -> tuple[int, ...]:
    """Convert to the shape of a signal that has samples."""
    checked = arguments.integers("shape", shape)
    samples = (checked,) if isinstance(checked, int) else checked
    if not samples or min(samples) < 1:
        raise ValueError(
            f"shape must be an integer or a sequence of integers from 1, not {shape!r}"
        )
    if prod(samples) >= _MOST:
        raise ValueError(f"shape must have fewer than 2**62 samples, not {shape!r}")
    return samples


def _type_of(h: NDArray[Any], dtype: Any) -> np.dtype:
    """Return the type of the taps; raise an error if it doesn't hold them."""
    own = h.dtype.newbyteorder("=")
    if dtype is None:
        return own
    wanted = arguments.dtype_of(dtype)
    if own.kind in "fc" and wanted.kind not in ("c" if own.kind == "c" else "fc"):
        kind = "complex" if own.kind == "c" else "real or complex"
        raise TypeError(
            f"dtype must be a type of {kind} numbers where h holds such, not "
            f"{wanted.name}"
        )
    if wanted.kind in "biu" and own != wanted:
        low, high = limits_of(wanted)
        least, largest = int(h.min()), int(h.max())
        if not low <= least <= largest <= high:
            raise ValueError(
                f"dtype must hold the taps of h, which are from {least} to "
                f"{largest}, not be {wanted.name}"
            )
    return wanted
