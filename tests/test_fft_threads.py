"""Threads share plans and tiles of the FFT engine, and results are equal bit by bit."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import planned
import pytest
from forms import FORMS, SMALL_FORMS, convolve, every_form
from layouts import LAYOUTS
from numpy.typing import NDArray
from problems import any_values

import pyconvolve
from pyconvolve._core import cpu, parallel
from pyconvolve._core.engines.fft.modules import SOURCES
from pyconvolve._core.thresholds import Thresholds

pytestmark = pytest.mark.compiled


@pytest.mark.parametrize("dtype", ["f4", "f8", "c8", "i8", "?"])
@every_form
def test_equal_bits(form: str, dtype: str) -> None:
    _, data, kernel, axes = FORMS[form]
    x, h = any_values(data, dtype), any_values(kernel, dtype, seed=1)
    one, *more = (
        convolve(form, x, h, method="fft", axes=axes, workers=n) for n in (1, 2, 3)
    )
    out = LAYOUTS["reversed"](np.ones_like(one))
    convolve(form, x, h, method="fft", axes=axes, out=out)
    for other in (*more, out):
        np.testing.assert_array_equal(other, one)


@pytest.mark.parametrize("dtype", ["f4", "f8", "c16", "i8"])
@every_form
def test_shared_tiles(form: str, dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Results are equal bit by bit if threads share the phases of tiles."""
    _, data, kernel, axes = FORMS[form]
    x, h = any_values(data, dtype, 2), any_values(kernel, dtype, seed=3)
    if np.dtype(dtype).kind != "i":
        x[(0,) * x.ndim] = np.nan
    one = convolve(form, x, h, method="fft", axes=axes, workers=1)
    shared = []

    def share(made: Any, tiles: int, workers: int) -> tuple[int, bool]:
        shared.append(made.phases)
        return workers, made.phases != ()

    monkeypatch.setattr(parallel, "threads_for", share)
    for n in (2, 3):
        many = convolve(form, x, h, method="fft", axes=axes, workers=n)
        np.testing.assert_array_equal(many, one)
    if FORMS[form][0] in ("panels", "four_step"):
        assert shared[0]


@pytest.mark.parametrize("dtype", ["f4", "f8", "c16", "g"])
@pytest.mark.parametrize(
    ("data", "kernel"), [((1000, 90), (200, 7)), ((100, 21, 22), (30, 4, 3))]
)
@pytest.mark.usefixtures("fixed_numbers")
def test_passes_on_rows_just_packed(
    data: tuple[int, ...],
    kernel: tuple[int, ...],
    dtype: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Results are equal bit by bit for any number of early passes and of threads."""
    x, h = any_values(data, dtype, 2), any_values(kernel, dtype, seed=3)
    few, more = Thresholds(), Thresholds(early_block_bytes=0, early_l2_bytes=1 << 30)
    one, many = (
        planned.convolve(limits, x, h, method="fft", workers=1)
        for limits in (few, more)
    )
    parts = [
        planned.plan(data, kernel, dtype, method="fft", limits=limits).phases[1]
        for limits in (few, more)
    ]
    assert parts[0] < parts[1]
    lanes, *_ = cpu.module(SOURCES["usual"], "float32").SHAPE
    if lanes > 1:
        np.testing.assert_array_equal(many, one)
    else:
        # without vectors, compilers may round other loops in another order
        least = 100 * np.finfo(dtype).eps * abs(one).max()
        np.testing.assert_allclose(many, one, rtol=0, atol=least)
    monkeypatch.setattr(parallel, "threads_for", lambda *_: (3, True))
    shared = planned.convolve(more, x, h, method="fft", workers=3)
    np.testing.assert_array_equal(shared, many)


@pytest.mark.parametrize(
    ("data", "kernel", "shares_tiles"),
    [((512, 512), (255, 255), True), ((2048, 2048), (9, 9), False)],
)
def test_few_large_tiles_are_shared(
    data: tuple[int, ...], kernel: tuple[int, ...], shares_tiles: bool
) -> None:
    made = planned.plan(data, kernel, "f8", method="fft")
    tiles = sum(made.rounds)
    assert parallel.threads_for(made, tiles, 2) == (2, shares_tiles)
    assert parallel.threads_for(made, tiles, 1) == (1, False)


def test_threads_share_a_plan() -> None:
    inputs = []
    for form in SMALL_FORMS:
        _, data, kernel, axes = FORMS[form]
        for seed in (0, 2):
            x = any_values(data, "f8", seed)
            inputs.append((x, any_values(kernel, "f8", seed + 1), axes))

    def call(i: int) -> NDArray[Any]:
        x, h, axes = inputs[i]
        return pyconvolve.convolve(x, h, method="fft", axes=axes, workers=1 + i % 3)

    wanted = [call(i) for i in range(len(inputs))]
    order = [*range(len(inputs))] * 4
    with ThreadPoolExecutor(6) as pool:
        for i, got in zip(order, pool.map(call, order), strict=True):
            np.testing.assert_array_equal(got, wanted[i])
