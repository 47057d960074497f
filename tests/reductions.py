"""Reductions by NumPy, window by window, and hypothesis strategies that draw them."""

from collections.abc import Sequence
from itertools import product
from math import prod
from typing import Any

import numpy as np
from hypothesis import strategies as st
from layouts import LAYOUTS
from numpy.typing import NDArray
from problems import REAL
from reference import OUTSIDE, SOURCE

from pyconvolve._core import plan
from pyconvolve._core.problem import Axis, Operand, Problem
from pyconvolve._core.thresholds import THRESHOLDS, Thresholds

COMBINE = {"sum": np.add, "max": np.maximum, "min": np.minimum}
BOUNDARIES = ["absent", *SOURCE]
ORDERED = [np.dtype(dtype) for dtype in REAL]
# Most samples and most taps along an axis, by the number of axes.
LONGEST = {1: (200, 90), 2: (40, 25), 3: (14, 8), 4: (7, 4)}
# Layouts of signals, and of outputs.
SIGNALS = {"as it is": lambda a: a, **LAYOUTS}
OUTPUTS = [
    name for name in SIGNALS if name != "read-only" and "swapped bytes" not in name
]


def window(number: int, samples: int, taps: int, **more: Any) -> Axis:
    """Return a window axis of an array, with as many outputs as samples."""
    more = {"outputs": samples, "offset": -(taps // 2), **more}
    return Axis("window", number, None, number, samples, taps, **more)


def batch(number: int, samples: int) -> Axis:
    return Axis("batch", number, None, number, samples, 1, samples, 0)


def problem_of(
    axes: Sequence[Axis], reduction: str, dtype: Any, output: Any = None
) -> Problem:
    dtype = np.dtype(dtype)
    output = np.dtype(output or dtype.newbyteorder("="))
    return Problem(tuple(axes), Operand(dtype), None, output, reduction)


def box(
    shape: Sequence[int], taps: Sequence[int], reduction: str, dtype: Any, **more: Any
) -> Problem:
    """Return the problem of a box along each axis, of the same options."""
    axes = [
        window(a, n, k, **more)
        for a, (n, k) in enumerate(zip(shape, taps, strict=True))
    ]
    return problem_of(axes, reduction, dtype)


def run(
    problem: Problem,
    x: NDArray[Any],
    constants: Sequence[Any] | None = None,
    counted: Any = None,
    out: NDArray[Any] | None = None,
    workers: int | None = 1,
    thresholds: Thresholds = THRESHOLDS,
) -> NDArray[Any]:
    """Reduce `x` by the engine that takes the problem."""
    made = plan.reduced(problem, thresholds)
    if out is None:
        out = np.empty(problem.shape, problem.output)
    made.run(x, made.prepare(counted, True), out, constants, workers)
    return out


def taps_of(problem: Problem) -> list[tuple[int, ...]]:
    taps = list(product(*(range(axis.taps) for axis in problem.axes)))
    if problem.support is None:
        return taps
    return [tap for tap, used in zip(taps, problem.support, strict=True) if used]


def neutral(problem: Problem) -> Any:
    """Return the neutral number, outside a signal whose boundary is 'absent'."""
    dtype, reduction = problem.output, problem.reduction
    if reduction == "sum":
        return 0
    if dtype.kind == "b":
        return reduction == "min"
    if dtype.kind == "f":
        return np.inf if reduction == "min" else -np.inf
    limits = np.iinfo(dtype)
    return limits.max if reduction == "min" else limits.min


def continued(
    problem: Problem, x: NDArray[Any], constants: Sequence[Any] | None
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return all samples from the first to the last tap, inside the signal or not.

    The second array has their indices along the window axes; -1: there is no sample.
    """
    axes = problem.axes
    spatial = [a for a, axis in enumerate(axes) if axis.role == "window"]
    lengths = [n if a in spatial else 1 for a, n in enumerate(x.shape)]
    index = np.broadcast_to(np.arange(prod(lengths)).reshape(lengths), x.shape)
    x = x.astype(np.longdouble if problem.output.kind == "f" else problem.output)
    for a, axis in enumerate(axes):
        stop = axis.offset + axis.stride * (axis.outputs - 1) + axis.span
        positions = np.arange(axis.offset, stop)
        word = "constant" if axis.boundary == "absent" else axis.boundary
        at = SOURCE[word](positions // axis.upsampling, axis.samples)
        at[positions % axis.upsampling != 0] = OUTSIDE
        outside: Any = neutral(problem)
        if axis.boundary != "absent":
            outside = 0 if constants is None else constants[a]
        x, index = x.take(at, a), index.take(at, a)
        x[(slice(None),) * a + (at == OUTSIDE,)] = outside
        index[(slice(None),) * a + (at == OUTSIDE,)] = -1
    return x, index


def under(axis: Axis, tap: int) -> slice:
    """Return the samples under a tap of all outputs."""
    first = axis.dilation * tap
    return slice(first, first + axis.stride * (axis.outputs - 1) + 1, axis.stride)


def samples_under(
    problem: Problem, x: NDArray[Any], constants: Sequence[Any] | None
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return the samples under all taps, and their indices, as `continued` has them.

    The first axis of both is that of taps.
    """
    samples, index = continued(problem, x, constants)
    cuts = [tuple(map(under, problem.axes, tap)) for tap in taps_of(problem)]
    return np.array([samples[at] for at in cuts]), np.array([index[at] for at in cuts])


def reduced(
    problem: Problem, x: NDArray[Any], constants: Sequence[Any] | None = None
) -> NDArray[Any]:
    """Reduce `x` by NumPy; sums are in long double."""
    combine = COMBINE[problem.reduction]
    with np.errstate(invalid="ignore"):
        if problem.support is not None:
            return combine.reduce(samples_under(problem, x, constants)[0])
        y, _ = continued(problem, x, constants)
        for a, axis in enumerate(problem.axes):
            before = (slice(None),) * a
            taps = [y[(*before, under(axis, tap))] for tap in range(axis.taps)]
            y = combine.reduce(np.array(taps))
    return y


def values(draw: Any, shape: tuple[int, ...], dtype: np.dtype) -> NDArray[Any]:
    """Draw samples: few different ones or any, with NaN and infinities or without."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    if dtype.kind == "b":
        return rng.random(shape) < 0.5
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        low, high = draw(st.sampled_from([(0, 3), (limits.min, limits.max)]))
        return rng.integers(low, high, shape, dtype, endpoint=True)
    x = rng.integers(-9, 9, shape).astype(dtype)
    for special in (np.nan, -np.inf, np.inf):
        x[rng.random(shape) < draw(st.sampled_from([0, 0, 0.02, 0.2]))] = special
    return x


@st.composite
def axes_of(draw: Any, upsampled: bool = False, most_taps: int = 90) -> list[Axis]:
    ndim = draw(st.integers(1, 4))
    longest, most = LONGEST[ndim]
    most = min(most, most_taps)
    axes = []
    for a in range(ndim):
        n = draw(st.integers(1, longest))
        if draw(st.integers(0, 3)) == 0:
            axes.append(batch(a, n))
            continue
        taps = draw(st.integers(1, draw(st.sampled_from([min(7, most), most]))))
        up = draw(st.integers(1, 4)) if upsampled else 1
        axes.append(
            window(
                a,
                n,
                taps,
                outputs=draw(st.integers(1, n + 6)),
                offset=draw(st.integers(-2 * taps - 2, n)),
                stride=draw(st.sampled_from([1, 1, 2, 3, 5])),
                dilation=1 if up > 1 else draw(st.sampled_from([1, 1, 2, 3, 7])),
                upsampling=up,
                boundary="absent" if up > 1 else draw(st.sampled_from(BOUNDARIES)),
            )
        )
    return axes


@st.composite
def reductions(
    draw: Any, names: Sequence[str] = ("max", "min"), **more: Any
) -> tuple[Problem, NDArray[Any], list[Any] | None]:
    """Draw a problem, its signal in some layout, and constants."""
    axes = draw(axes_of(**more))
    reduction, dtype = draw(st.sampled_from(names)), draw(st.sampled_from(ORDERED))
    x = values(draw, tuple(axis.samples for axis in axes), dtype)
    x = SIGNALS[draw(st.sampled_from(list(SIGNALS)))](x)
    constants = None
    if draw(st.booleans()):
        drawn = [draw(st.integers(0, 1 if dtype.kind == "b" else 50)) for _ in axes]
        alike = draw(st.booleans())
        constants = [dtype.type(drawn[0] if alike else value) for value in drawn]
    return problem_of(axes, reduction, x.dtype), x, constants
