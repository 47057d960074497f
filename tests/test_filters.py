"""Tiles of filters: kernels that share a signal, and channels that are summed."""

from math import prod
from typing import Any

import numpy as np
import planned
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from problems import small_integers

import pyconvolve
from pyconvolve._core.engines import direct, fft, polyphase, tapwise
from pyconvolve._core.problem import Axis, Operand, Problem
from pyconvolve._core.thresholds import FORMS, Thresholds

pytestmark = pytest.mark.compiled

TYPES = ["f4", "f8", "g", "c8", "c16", "i2", "i4", "i8", "u1", "f2"]
BOUNDARIES = ["absent", "edge", "reflect", "symmetric", "wrap"]
# Small windows, chunks and rows, so that few samples need several.
LIMITS = [
    Thresholds(),
    Thresholds(window_bytes=1 << 10, chunk_taps=5, row_reals=16),
    Thresholds(packed_bytes=256),
    Thresholds(packed_bytes=64, chunk_taps=11),
    Thresholds(window_bytes=1 << 13, chunk_taps=100, row_reals=64),
]


@st.composite
def layers(draw: st.DrawFn) -> Problem:
    """Draw a layer: images, groups, filters, summed channels, one to three axes."""
    rank = draw(st.integers(1, 3))
    images, groups, channels, filters = (
        draw(st.integers(1, most)) for most in (3, 3, 8, 40)
    )
    axes = [
        Axis("batch", 0, None, 0, images, 1, images, 0),
        Axis("batch", 1, 0, 1, groups, 1, groups, 0),
        Axis("batch", None, 1, 2, filters, 1, filters, 0),
    ]
    longest = {1: 150, 2: 20, 3: 8}[rank]
    for a in range(3, 3 + rank):
        samples, taps = draw(st.integers(1, longest)), draw(st.integers(1, 4))
        stride, dilation, up = (draw(st.integers(1, n)) for n in (3, 2, 3))
        before = draw(st.integers(0, taps * dilation - 1))
        outputs = (
            up * (samples - 1) + 2 * before - dilation * (taps - 1)
        ) // stride + 1
        axes.append(
            Axis(
                "window", a, a, a, samples, taps, max(1, outputs), -before, stride,
                dilation, up, draw(st.booleans()), draw(st.sampled_from(BOUNDARIES)),
            )
        )  # fmt: skip
    axes.append(Axis("summed", 2, 2, None, channels, channels, 1, 0))
    dtype = np.dtype(draw(st.sampled_from(TYPES)))
    conjugated = draw(st.booleans()) and dtype.kind == "c"
    return Problem(tuple(axes), Operand(dtype), Operand(dtype, conjugated), dtype)


def arrays(problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """Return a signal and a kernel of small integers."""
    shapes = []
    for role, size in (("signal", "samples"), ("kernel", "taps")):
        lengths = {}
        for axis in problem.axes:
            number = getattr(axis, role)
            if number is not None:
                of_batch = role == "kernel" and axis.role == "batch"
                lengths[number] = axis.outputs if of_batch else getattr(axis, size)
        shapes.append(tuple(lengths[a] for a in sorted(lengths)))
    dtype, largest = problem.output, 1 if problem.output.itemsize < 3 else 3
    signal, kernel = (
        small_integers(shape, dtype, seed, largest) for seed, shape in enumerate(shapes)
    )
    return signal, kernel


@given(layers(), st.sampled_from(LIMITS), st.integers(1, 2), st.booleans())
def test_any_layer(
    problem: Problem, limits: Thresholds, workers: int, reordered: bool
) -> None:
    """Sums of integers equal those that NumPy sums tap by tap."""
    signal, kernel = arrays(problem)
    want = np.zeros(problem.shape, problem.output)
    tapwise.plan(problem, limits).run(signal, kernel, want, None, 1)
    got = np.full(problem.shape, 7, problem.output)
    if reordered:
        signal, kernel = np.asfortranarray(signal), np.asfortranarray(kernel)
        got = np.full(problem.shape[::-1], 7, problem.output).T
    plan = direct.plan(problem, limits)
    assert plan is not None
    plan.lay_out().run(signal, plan.prepare(kernel, False), got, None, workers)
    np.testing.assert_array_equal(got, want)


@given(layers(), st.sampled_from([*FORMS, None]), st.integers(1, 2))
def test_any_layer_by_transforms(
    problem: Problem, form: str | None, workers: int
) -> None:
    """Each tile of the signal is transformed once for all filters."""
    limits = Thresholds() if form is None else Thresholds(forms=(form,))
    plan = fft.plan(problem, limits)
    assume(plan is not None)
    assume(form is None or not isinstance(plan, polyphase.PolyphasePlan))
    plan.lay_out()
    signal, kernel = arrays(problem)
    want = np.zeros(problem.shape, problem.output)
    tapwise.plan(problem, limits).run(signal, kernel, want, None, 1)
    got = np.full(problem.shape, 7, problem.output)
    plan.run(signal, plan.prepare(kernel, False), got, None, workers)
    # products of small integers, in single precision at least
    atol = 0 if problem.output.kind in "iu" else 1e-2 if got.itemsize == 2 else 2e-3
    np.testing.assert_allclose(got, want, 0, atol)


@pytest.mark.parametrize("channels", [1, 3])
def test_samples_that_are_not_finite_by_transforms(channels: int) -> None:
    """NaN in one channel reaches the outputs that its window covers, of all filters."""
    axes = (
        Axis("batch", None, 0, 0, 5, 1, 5, 0),
        Axis("window", 1, 2, 1, 500, 64, 437, 0),
        Axis("summed", 0, 1, None, channels, channels, 1, 0),
    )
    dtype = np.dtype("f8")
    problem = Problem(axes, Operand(dtype), Operand(dtype), dtype)
    rng = np.random.default_rng(0)
    signal, kernel = (
        rng.standard_normal((channels, 500)), rng.standard_normal((5, channels, 64))
    )  # fmt: skip
    signal[-1, 250] = np.nan
    plan = fft.plan(problem, Thresholds())
    assert plan is not None
    plan.lay_out()
    got = np.zeros(problem.shape)
    plan.run(signal, plan.prepare(kernel, False), got, None, 1)
    reached = np.isnan(got)
    assert reached[:, 187:251].all()
    assert reached.sum() == 5 * 64
    want = np.zeros(problem.shape)
    tapwise.plan(problem, Thresholds()).run(signal, kernel, want, None, 1)
    np.testing.assert_allclose(got, want, 1e-12, 1e-11)


@pytest.mark.parametrize("offset", [0, 1e4])
@pytest.mark.parametrize("dtype", ["f4", "c8"])
def test_banks_by_transforms_are_as_precise_as_one_filter(
    offset: float, dtype: str
) -> None:
    """The response of each filter to the mean of a tile is added to its outputs."""
    rng = np.random.default_rng(0)
    x = (rng.standard_normal((90, 200)) + offset).astype(dtype)
    bank = rng.standard_normal((6, 21, 23)).astype(dtype)
    got = pyconvolve.convolve(x[None], bank, "same", "fft", axes=(1, 2))
    wide = np.result_type(dtype, "f8")
    for kernel, each in zip(bank, got, strict=True):
        want = pyconvolve.convolve(
            x.astype(wide), kernel.astype(wide), "same", "direct"
        )
        one = pyconvolve.convolve(x, kernel, "same", "fft")
        assert abs(each - want).max() <= 2 * abs(one - want).max()


def test_filters_share_tiles() -> None:
    """A bank is planned by filters, and its kernel is packed before the run."""
    plan = planned.plan((1, 64, 64), (16, 5, 5), "f4", axes=(1, 2), method="direct")
    assert plan._program.packed_kernel == 16 * 25
    assert plan.memory(1) > 16 * 25 * 4


@pytest.mark.parametrize("shape", [(64, 60), (9, 200), (300,)])
@pytest.mark.parametrize("filters", [2, 5, 8, 11, 32])
def test_banks_equal_their_filters(shape: tuple[int, ...], filters: int) -> None:
    x = small_integers(shape, "f4", 1)
    bank = small_integers((filters, *(4, 5)[: len(shape)]), "f4", 2)
    axes = tuple(range(1, 1 + len(shape)))
    got = pyconvolve.convolve(x[None], bank, "same", "direct", axes=axes)
    for kernel, each in zip(bank, got, strict=True):
        want = pyconvolve.convolve(x, kernel, "same", "direct")
        np.testing.assert_array_equal(each, want)


@pytest.mark.parametrize("mode", ["same", "valid"])
def test_taps_that_are_not_finite(mode: Any) -> None:
    """Where samples lie outside, an infinite tap must not meet them as zeros."""
    x = np.ones((1, 40, 30), "f8")
    bank = np.ones((9, 3, 3), "f8")
    bank[4, 0, 0] = np.inf
    got = pyconvolve.convolve(x, bank, mode, "direct", axes=(1, 2))
    assert np.isfinite(got[:4]).all()
    assert np.isfinite(got[5:]).all()
    assert not np.isnan(got).any()
    reached = np.isinf(got[4])
    assert reached.sum() == prod(n - (mode == "same") for n in reached.shape)


def test_convolver_packs_a_bank_once() -> None:
    x, bank = small_integers((1, 50, 50), "f4", 1), small_integers((8, 3, 3), "f4", 2)
    prepared = pyconvolve.Convolver(bank, mode="same", axes=(1, 2), method="direct")
    want = pyconvolve.convolve(x, bank, "same", "direct", axes=(1, 2))
    for _ in range(2):
        np.testing.assert_array_equal(prepared(x), want)
