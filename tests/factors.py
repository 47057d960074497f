"""Separable filters by NumPy, axis by axis, and hypothesis strategies to draw them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st
from layouts import LAYOUTS
from numpy.typing import NDArray
from problems import REAL
from reference import OUTSIDE, SOURCE

from pyconvolve._core.engines import separable
from pyconvolve._core.problem import Axis, Operand, Problem
from pyconvolve._core.thresholds import THRESHOLDS, Thresholds

BOUNDARIES = ["absent", *SOURCE]
SIGNALS = {"as it is": lambda a: a, **LAYOUTS}
# Most samples and most taps along an axis, by the number of axes.
LONGEST = {1: (400, 90), 2: (70, 40), 3: (20, 9), 4: (8, 5)}


def window(number: int, samples: int, taps: int, **more: Any) -> Axis:
    """Return an axis that is filtered, with as many outputs as samples."""
    more = {"outputs": samples, "offset": -(taps // 2), **more}
    return Axis("window", number, number, number, samples, taps, **more)


def batch(number: int, samples: int) -> Axis:
    return Axis("batch", number, None, number, samples, 1, samples, 0)


def problem_of(axes: Sequence[Axis], signal: Any, output: Any = None) -> Problem:
    signal = np.dtype(signal)
    output = np.dtype(output or signal.newbyteorder("="))
    problem = Problem(tuple(axes), Operand(signal), Operand(np.dtype("f8")), output)
    if output.kind in "biu":
        problem = problem._replace(sums=np.dtype("f8"), overflow="cut")
    return problem


def filters(
    shape: Sequence[int],
    taps: Sequence[int],
    dtype: Any,
    output: Any = None,
    **more: Any,
) -> Problem:
    """Return the problem of filters along each axis, of the same options; 0: none."""
    axes = [
        window(a, n, k, **more) if k else batch(a, n)
        for a, (n, k) in enumerate(zip(shape, taps, strict=True))
    ]
    return problem_of(axes, dtype, output)


def factors_of(problem: Problem, seed: int = 0) -> list[NDArray[Any]]:
    """Draw a factor from a normal distribution for each axis that is filtered."""
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(axis.taps) for axis in windows(problem)]


def mirrored(taps: NDArray[Any], sign: int) -> NDArray[Any]:
    """Make taps symmetric by sign 1, antisymmetric by -1; 0 returns them.

    A tap in the middle stays as it is.
    """
    half = taps.size // 2
    if sign and half:
        taps = taps.copy()
        taps[-half:] = sign * taps[:half][::-1]
    return taps


def windows(problem: Problem) -> list[Axis]:
    return [axis for axis in problem.axes if axis.role == "window"]


def run(
    problem: Problem,
    x: NDArray[Any],
    factors: Sequence[NDArray[Any]],
    constants: Sequence[Any] | None = None,
    rounds: bool = False,
    out: NDArray[Any] | None = None,
    workers: int | None = 1,
    thresholds: Thresholds = THRESHOLDS,
) -> NDArray[Any]:
    """Filter `x` by the engine."""
    roundings = [0.0] * len(windows(problem)) if rounds else None
    made = separable.plan(problem, thresholds, roundings)
    assert made is not None
    if out is None:
        out = np.empty(problem.shape, problem.output)
    made.run(x, made.prepare(factors, True), out, constants, workers)
    return out


def passes(
    problem: Problem,
    x: NDArray[Any],
    factors: Sequence[NDArray[Any]],
    constants: Sequence[Any] | None = None,
    dtype: Any = np.longdouble,
    rounded: Any = None,
) -> NDArray[Any]:
    """Filter `x` by NumPy, in `dtype`; `rounded` is called after each pass."""
    y, left = x.astype(dtype), list(factors)
    for a, axis in enumerate(problem.axes):
        if axis.role == "batch":
            continue
        positions = axis.offset + np.arange(axis.outputs + axis.taps - 1)
        word = "constant" if axis.boundary == "absent" else axis.boundary
        at = SOURCE[word](positions, axis.samples)
        y = y.take(at, a)
        before = (slice(None),) * a
        outside: Any = 0 if axis.boundary == "absent" or not constants else constants[a]
        y[(*before, at == OUTSIDE)] = outside
        taps = left.pop(0)
        taps = taps[::-1] if axis.reversed else taps
        with np.errstate(invalid="ignore", over="ignore"):
            y = sum(
                y[(*before, slice(k, k + axis.outputs))] * dtype(tap)
                for k, tap in enumerate(taps)
            )
        if rounded is not None:
            y = rounded(y)
    return y


def cast(y: NDArray[Any], dtype: np.dtype) -> NDArray[Any]:
    """Cut numbers below 2**63 toward zero, and let them wrap around."""
    if dtype.kind == "b":
        return cast(y, np.dtype(np.uint8)) != 0
    if dtype.kind == "f":
        with np.errstate(over="ignore"):
            return y.astype(dtype)
    # C casts to small integers by way of int32
    whole = y.astype(np.int64)
    if dtype.itemsize < 4 or dtype == np.int32:
        whole[np.abs(y) >= 2**31] = -(2**31)
    return whole.astype(dtype)


@st.composite
def axes_of(draw: Any, words: Sequence[str] = tuple(BOUNDARIES)) -> list[Axis]:
    ndim = draw(st.integers(1, 4))
    longest, most = LONGEST[ndim]
    filtered = draw(st.integers(0, ndim - 1))
    axes = []
    for a in range(ndim):
        n = draw(st.integers(1, longest))
        if a != filtered and draw(st.integers(0, 3)) == 0:
            axes.append(batch(a, n))
            continue
        taps = draw(st.integers(1, draw(st.sampled_from([5, most]))))
        axes.append(
            window(
                a,
                n,
                taps,
                outputs=draw(st.integers(1, n + 6) | st.just(n)),
                offset=draw(st.integers(-2 * taps - 2, n)),
                boundary=draw(st.sampled_from(words)),
                reversed=draw(st.booleans()),
            )
        )
    return axes


@st.composite
def small_problems(
    draw: Any,
) -> tuple[Problem, NDArray[Any], list[NDArray[Any]], list[int] | None]:
    """Draw filters whose sums are small integers, and exact in any type of float."""
    axes = draw(axes_of())
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    signal = draw(st.sampled_from(REAL))
    floats = [dtype for dtype in REAL if dtype.kind == "f" and dtype != np.float16]
    output = draw(st.sampled_from(floats))
    shape = [axis.samples for axis in axes]
    x = rng.integers(0 if signal.kind in "bu" else -2, 2, shape).astype(signal)
    x = SIGNALS[draw(st.sampled_from(list(SIGNALS)))](x)
    problem = problem_of(axes, x.dtype, output)
    factors = [
        mirrored(rng.integers(-2, 3, axis.taps), draw(st.sampled_from([0, 0, 1, -1])))
        for axis in windows(problem)
    ]
    constants = None
    if draw(st.booleans()):
        constants = [int(draw(st.sampled_from([0, 0, 3, -1]))) for _ in axes]
    return problem, x, factors, constants
