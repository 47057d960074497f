"""Checked arguments of `deconvolve`: arrays of one precision, and their problems."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._core import api
from .._core.arguments import Names, numbers_of, rules
from .._core.forms import are_finite
from .._core.problem import Problem
from .._core.region import align
from .._normalized.arguments import missing_of, operands, signal_dtype

_NAMES = Names("y", "h")


class Kernel(NamedTuple):
    """A kernel, and the convolution of the signal with it."""

    taps: NDArray[Any]
    problem: Problem

    @property
    def aligned(self) -> NDArray[Any]:
        """The taps, with the axes of the signal."""
        return align(self.taps, [axis.kernel for axis in self.problem.axes])


class Blurred(NamedTuple):
    """The result of a convolution, and what is known of its making."""

    y: NDArray[Any]
    """The result, in the type of the signal that is asked for. Missing samples are
    zero."""
    kernel: Kernel
    axes: tuple[int, ...]
    """The convolved axes, in ascending order."""
    missing: NDArray[np.bool_] | None
    """True where a sample of `y` is missing; None: no sample is missing."""


def blurred_of(
    y: ArrayLike, h: ArrayLike, axes: Any, boundary: Any, mask: ArrayLike | None
) -> Blurred:
    """Check the arrays, the axes and the boundary.

    Samples are missing where `mask` is true, where `y` is masked, and where it is NaN.
    """
    samples, taps, hidden = operands(_NAMES, y, h)
    if not (samples.ndim and samples.size):
        raise ValueError(f"y must not be empty, but its shape is {samples.shape}")
    kernel = _kernel(_NAMES, samples, taps, axes, boundary)
    finite = are_finite(samples)
    unknown = missing_of(_NAMES.signal, samples, mask, hidden, nan=not finite)
    missing = unknown.find(samples, ())
    if missing is not None:
        samples = np.where(missing, samples.dtype.type(0), samples)
    if not finite:
        _check_finite(_NAMES.signal, samples)
    # the type of the signal: complex if one of both is
    kind = np.result_type(signal_dtype(samples, taps), taps)
    along = enumerate(kernel.problem.axes)
    windows = tuple(a for a, axis in along if axis.role == "window")
    return Blurred(samples.astype(kind, copy=False), kernel, windows, missing)


def regularizer_of(
    blurred: Blurred, regularizer: ArrayLike, axes: Any, boundary: Any
) -> Kernel:
    """Check the argument `regularizer`, a kernel."""
    names = Names("y", "regularizer")
    taps = numbers_of(names.kernel, regularizer)
    kind: Any = blurred.y.dtype
    if taps.dtype.kind != "c":
        kind = kind.type(0).real.dtype
    elif kind.kind != "c":
        raise TypeError("regularizer must be real where y and h are, not complex")
    given = taps.astype(kind)
    return _kernel(names, blurred.y, given, axes, boundary)


def start_of(blurred: Blurred, x0: ArrayLike) -> NDArray[Any]:
    """Check the argument `x0`, which iterations start at."""
    start = numbers_of("x0", x0)
    if start.shape != blurred.y.shape:
        raise ValueError(
            f"x0 must have the shape {blurred.y.shape} of y, not {start.shape}"
        )
    if start.dtype.kind == "c" and blurred.y.dtype.kind != "c":
        raise TypeError("x0 must be real where y and h are, not complex")
    _check_finite("x0", start)
    return start


def _kernel(
    names: Names, samples: NDArray[Any], taps: NDArray[Any], axes: Any, boundary: Any
) -> Kernel:
    """Describe a convolution, which checks that its arguments fit together."""
    how = rules(False, "same", "auto", axes, boundary, 0, 1, 1, 0, ordered=True)
    types = samples.dtype, taps.dtype
    problem = api.problem_of(names, how, samples.shape, taps.shape, *types, 0)
    if problem.shape != samples.shape:
        raise ValueError(
            f"{names.kernel} must have length 1, or that of y, along axes that are not "
            f"convolved, but has the shape {taps.shape} for the shape {samples.shape}"
        )
    _check_finite(names.kernel, taps)
    return Kernel(taps, problem)


def _check_finite(name: str, array: NDArray[Any]) -> None:
    """Raise ValueError if an element is NaN or infinite."""
    if are_finite(array):
        return
    wrong = array[~np.isfinite(array)]
    # finite numbers may have an infinite sum
    if wrong.size:
        raise ValueError(
            f"{name} must hold finite numbers, but {wrong.size} of {array.size} are "
            f"not, for example {wrong[0]}"
        )
