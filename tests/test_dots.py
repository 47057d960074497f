"""Inner products: few outputs of many taps, where outputs and taps change places."""

from math import prod
from typing import Any

import numpy as np
import pytest
import scipy.signal
from hypothesis import assume, given
from hypothesis import strategies as st
from problems import small_integers
from test_filters import BOUNDARIES, LIMITS, TYPES, arrays

import pyconvolve
from pyconvolve import nn
from pyconvolve._core import planner
from pyconvolve._core.engines import direct, tapwise
from pyconvolve._core.problem import Axis, Operand, Problem
from pyconvolve._core.thresholds import THRESHOLDS, Thresholds

pytestmark = pytest.mark.compiled


@st.composite
def few_outputs(draw: st.DrawFn) -> Problem:
    """Draw filters with nearly as many taps as there are samples."""
    rank = draw(st.integers(1, 3))
    images, groups, channels, filters = (
        draw(st.integers(1, most)) for most in (2, 3, 3, 9)
    )
    axes = [
        Axis("batch", 0, None, 0, images, 1, images, 0),
        Axis("batch", 1, 0, 1, groups, 1, groups, 0),
        Axis("batch", None, 1, 2, filters, 1, filters, 0),
    ]
    longest = {1: 300, 2: 30, 3: 12}[rank]
    for a in range(3, 3 + rank):
        outputs, taps = draw(st.integers(1, 4)), draw(st.integers(1, longest))
        stride, dilation = draw(st.integers(1, 3)), draw(st.integers(1, 3))
        reach = stride * (outputs - 1) + dilation * (taps - 1) + 1
        before, after = (draw(st.integers(-2, min(3, reach - 1))) for _ in range(2))
        samples = max(1, reach - before - after)
        axes.append(
            Axis(
                "window", a, a, a, samples, taps, outputs, -before, stride, dilation, 1,
                draw(st.booleans()), draw(st.sampled_from(BOUNDARIES)),
            )
        )  # fmt: skip
    axes.append(Axis("summed", 2, 2, None, channels, channels, 1, 0))
    dtype = np.dtype(draw(st.sampled_from(TYPES)))
    conjugated = draw(st.booleans()) and dtype.kind == "c"
    return Problem(tuple(axes), Operand(dtype), Operand(dtype, conjugated), dtype)


def blocks_of(problem: Problem, limits: Thresholds = THRESHOLDS) -> dict[str, Any]:
    plan = direct.plan(problem, limits)
    assert plan is not None
    return planner.blocks_of(problem, plan._module.model)


@given(
    few_outputs(),
    st.sampled_from(LIMITS),
    st.sampled_from(["C", "F", "reversed", "swapped", "overlapping"]),
    st.sampled_from([1, 2]),
)
def test_equals_sums_tap_by_tap(
    problem: Problem, limits: Thresholds, layout: str, workers: int
) -> None:
    x, w = arrays(problem)
    if layout == "F":
        x, w = np.asfortranarray(x), np.asfortranarray(w)
    elif layout == "reversed":
        x, w = x[..., ::-1].copy()[..., ::-1], w[..., ::-1].copy()[..., ::-1]
    elif layout == "swapped":
        x, w = (a.astype(a.dtype.newbyteorder("S")) for a in (x, w))
        problem = problem._replace(
            signal=Operand(x.dtype), kernel=problem.kernel._replace(dtype=w.dtype)
        )
    elif layout == "overlapping":
        x = np.broadcast_to(x[:1], x.shape)
    want = np.empty(problem.shape, problem.output)
    other = tapwise.plan(problem, limits)
    other.run(x, other.prepare(w, False), want, None, 1)
    plan = direct.plan(problem, limits)
    assert plan is not None
    got = np.full(problem.shape, 7, problem.output)
    plan.lay_out().run(x, plan.prepare(w, False), got, None, workers)
    np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("dtype", ["f4", "f8", "i2", "i4", "i8", "u1", "c8", "c16"])
@pytest.mark.parametrize(
    ("samples", "taps"),
    [
        ((500,), (500,)), ((5000,), (4990,)), ((70, 80), (69, 77)),
        ((20, 21, 30), (19, 20, 30)),
    ],
    ids=str,
)  # fmt: skip
def test_correlates_exactly(samples: Any, taps: Any, dtype: str) -> None:
    x, h = (small_integers(shape, np.dtype(dtype), 3) for shape in (samples, taps))
    want = scipy.signal.correlate(x, h, "valid", method="direct")
    np.testing.assert_array_equal(
        pyconvolve.correlate(x, h, "valid", method="direct"), want
    )
    want = scipy.signal.convolve(x, h, "valid", method="direct")
    np.testing.assert_array_equal(
        pyconvolve.convolve(x, h, "valid", method="direct"), want
    )


@pytest.mark.parametrize(
    ("outputs", "taps", "exchanged"),
    [(1, 500, True), (5, 500, True), (500, 5, False), (100, 100, False), (1, 3, False)],
)
def test_is_chosen_where_outputs_are_few(
    outputs: int, taps: int, exchanged: bool
) -> None:
    axis = Axis("window", 0, 0, 0, outputs + taps - 1, taps, outputs, 0)
    kind = np.dtype("f4")
    problem = Problem((axis,), Operand(kind), Operand(kind), kind)
    assert blocks_of(problem)["exchanged"] == exchanged


def test_channels_share_a_window() -> None:
    """Gradients by the weights: filters and channels, and few taps of the layer."""
    rng = np.random.default_rng(0)
    x, grad = rng.integers(-9, 9, (2, 3, 40, 50)), rng.integers(-9, 9, (2, 8, 40, 50))
    got = nn.conv_weight_grad(x, (8, 3, 3, 3), grad, padding=1)
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (40, 50), (2, 3))
    np.testing.assert_array_equal(got, np.einsum("ncijhw,nfhw->fcij", windows, grad))


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_infinities_reach_the_outputs_that_sum_them(dtype: str) -> None:
    """A row's last vector overlaps the one before it."""
    for n in (33, 37, 300):
        for place in (0, n - 9, n - 2, n - 1):
            x, h = np.ones((2, n), dtype)
            h[place] = np.inf
            for mode in ("valid", "same"):
                got = pyconvolve.correlate(x, h, mode, method="direct")
                want = np.correlate(x, h, mode)
                np.testing.assert_array_equal(np.isnan(got), np.isnan(want))
                np.testing.assert_array_equal(got, want)
            h[place], x[place] = 1, np.inf
            got = pyconvolve.correlate(x, h, "valid", method="direct")
            assert got == np.inf


def test_taps_are_read_in_place_or_packed() -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(-99, 99, 4000).astype(np.float64)
    h = rng.integers(-99, 99, (2, 4000)).astype(np.float64)
    want = [x @ row for row in h]
    for rows in (h, np.asfortranarray(h), h.astype(">f8"), h.astype(np.int16)):
        got = pyconvolve.correlate(x[None], rows, "valid", axes=-1)
        np.testing.assert_array_equal(got.ravel(), want)


@given(few_outputs())
def test_blocks_of_taps(problem: Problem) -> None:
    """Blocks are of taps, outputs are one chunk, and products are counted."""
    blocks = blocks_of(problem)
    assume(blocks["exchanged"])
    outputs = 1
    for number, block, chunk in zip(
        blocks["order"], blocks["outputs"], blocks["taps"], strict=True
    ):
        axis = problem.axes[number]
        assert 1 <= block <= (axis.outputs if axis.role == "batch" else axis.taps)
        assert chunk in (1, axis.outputs)
        outputs *= chunk
    assert outputs <= 1024
    plan = direct.plan(problem, THRESHOLDS)
    assert plan is not None
    counts = dict(zip(planner.DIRECT_COUNTS, plan.counted, strict=True))
    planes = 2 if problem.output.kind == "c" else 1
    products = prod(problem.shape) * prod(
        axis.taps for axis in problem.axes if axis.role != "batch"
    )
    assert counts["sums"] >= planes**2 * products
