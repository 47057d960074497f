"""Gradients by means of windows: plans, and their runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._core import plan
from .._core import workers as threads
from .._core.caches import Cache
from .._core.layers import Window
from .._core.memory import allocator
from .._core.problem import Operand
from .._core.thresholds import THRESHOLDS
from . import windows

# Counts all positions.
_EVERYWHERE = -(2**62), 2**62
# Samples of a gradient that is worth a few calls of NumPy.
_FEW_SAMPLES = 1 << 12
# Samples of a window along the last axis that are written one after another. More are
# written by one assignment, whose inner loop is then long.
_SHORT = 8


class _Prepared(NamedTuple):
    """The plan of gradients with equal arguments, shapes and types."""

    plan: Any
    """None: windows do not overlap, and gradients are repeated; or nothing is."""
    argument: Any
    """Of the plan: its prepared kernel, or positions whose number divides sums."""
    divisors: NDArray[Any] | None
    """Divide the gradients by the means first."""
    windows: tuple[Window, ...]
    dtype: np.dtype
    allocate: Callable[..., NDArray[Any]]


_plans = Cache[_Prepared](
    4 << 20,
    lambda made: (
        256 + getattr(made.plan, "bytes", 0) + getattr(made.divisors, "nbytes", 0)
    ),
)


def run(
    shape: tuple[int, ...],
    gradients: NDArray[Any],
    how: windows.Pooling,
    count_include_pad: bool,
    workers: int | None,
) -> NDArray[Any]:
    """Return the gradient by the samples of a signal, which has this shape."""
    key = shape, gradients.shape, gradients.dtype, how, bool(count_include_pad)
    made = _plans.get(key) or _plans.find_or_make(key, partial(_prepare, *key))
    if workers is not None:
        threads.resolve(workers)
    if made.divisors is not None:
        gradients = gradients / made.divisors
    result = made.allocate(shape, made.dtype)
    if made.plan is not None:
        made.plan.run(gradients, made.argument, result, None, workers)
    elif result.size:
        _repeat(gradients, made.windows, result)
    return result


def _prepare(
    shape: tuple[int, ...],
    pooled: tuple[int, ...],
    kind: np.dtype,
    how: windows.Pooling,
    count_include_pad: bool,
) -> _Prepared:
    """Check arguments and plan."""
    threads.get_workers()
    found = how.windows("input_shape", shape)
    first = len(shape) - len(found)
    expected = (*shape[:first], *(window.outputs for window in found))
    if pooled != expected:
        raise ValueError(
            f"grad must have the shape {expected} of the means, not {pooled}"
        )
    dtype = kind.newbyteorder("=")
    if dtype.kind != "f":
        dtype = np.dtype(np.float64)
    counts = [windows.counts(window, count_include_pad) for window in found]
    made: Any = None
    argument: Any = None
    divisors: Any = None
    wide = np.result_type(dtype, np.float32)
    slides = all(window.stride == 1 for window in found)
    if slides and all((n == w.taps).all() for n, w in zip(counts, found, strict=True)):
        # sums are divided, not gradients
        argument = [(0, n) for n in shape[:first]] + [_EVERYWHERE] * len(found)
    else:
        # windows without positions have no gradients
        divisors = _products([np.maximum(n, 1) for n in counts]).astype(wide)
        if (divisors == divisors.flat[0]).all():
            divisors = divisors.ravel()[0]
        kind = np.result_type(kind, wide)
    samples = np.prod(shape)
    if samples > _FEW_SAMPLES and all(map(_is_disjoint, found)):
        return _Prepared(None, None, divisors, found, dtype, allocator(shape, dtype))
    if samples:
        problem = windows.adjoint_of(found, shape, kind)._replace(output=dtype)
        if slides:
            made = plan.reduced(problem, THRESHOLDS)
        else:
            # up-sampled sums: few branches of few taps each
            made = plan.fastest(_with_kernel(problem, wide), "direct", THRESHOLDS)
            argument = np.ones([window.taps for window in found], wide)
        argument = made.prepare(argument, True)
    return _Prepared(made, argument, divisors, found, dtype, allocator(shape, dtype))


def _is_disjoint(window: Window) -> bool:
    """Whether windows lie side by side, and inside of the signal."""
    return (
        window.stride == window.taps
        and window.begin == 0
        and window.outputs * window.taps <= window.samples
    )


def _with_kernel(problem: Any, dtype: np.dtype) -> Any:
    """Return a problem without a kernel as one whose taps are an array."""
    number, axes = 0, []
    for axis in problem.axes:
        if axis.role == "window":
            axis, number = axis._replace(kernel=number), number + 1
        axes.append(axis)
    return problem._replace(axes=tuple(axes), kernel=Operand(dtype))


def _repeat(
    gradients: NDArray[Any], found: Sequence[Window], result: NDArray[Any]
) -> None:
    """Give each sample the gradient of its window, and zeros behind the windows."""
    first, last = result.ndim - len(found), found[-1]
    covered = tuple(slice(window.outputs * window.taps) for window in found)
    if any(window.outputs * window.taps < window.samples for window in found):
        result[...] = 0
    in_rows = last.outputs > 1 and last.taps <= _SHORT
    if in_rows:
        rows = np.empty((*gradients.shape, last.taps), result.dtype)
        for tap in range(last.taps):
            rows[..., tap] = gradients
        gradients = rows.reshape(*gradients.shape[:-1], -1)
    # each axis as two, of windows and of their taps
    shape: list[int] = [*result.shape[:first]]
    index: list[Any] = [slice(None)] * first
    for window in found[:-1] if in_rows else found:
        shape += window.outputs, window.taps
        index += slice(None), None
    if in_rows:
        shape.append(gradients.shape[-1])
        index.append(slice(None))
    inside = result[(slice(None),) * first + covered]
    inside.reshape(shape)[...] = gradients[tuple(index)]


def _products(counts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Return the product of one count of each axis for all combinations."""
    product = counts[0]
    for each in counts[1:]:
        product = product[..., None] * each
    return product
