"""Sums that are cut toward zero to integers, as SciPy stores them."""

from typing import Any

import numpy as np
import pytest
from factors import batch, window
from problems import REAL
from scipy import ndimage

from pyconvolve._core.conversion import cast
from pyconvolve._core.engines import direct, fft, running, separable, tapwise
from pyconvolve._core.problem import Operand, Problem
from pyconvolve._core.thresholds import THRESHOLDS

pytestmark = pytest.mark.compiled

F8 = np.dtype("f8")
OUTPUTS = [dtype for dtype in REAL if dtype.kind in "biu"]
SPECIAL = [
    -0.5, 0.99, 300.7, -10.2, 70000.0, 3e9, -3e9, 5e9, -5e9, 1e19, -1e19, 1.5e19, 1e20,
    np.nan, np.inf, -np.inf, 2.0**63, -(2.0**63), 2.0**31, -(2.0**31) - 0.5,
    2.0**31 - 0.5, 2.0**63 - 1024, 2.0**64 - 2048,
]  # fmt: skip


def run(
    engine: Any, x: Any, taps: Any, output: np.dtype, rounding: float = 0.0
) -> np.ndarray:
    """Correlate along the last axis of two, and cut the sums."""
    axes = batch(0, 3), window(1, x.shape[1], taps.size, boundary="edge")
    sums = {"sums": F8, "overflow": "cut", "rounding": rounding}
    kernel = None if engine is running else Operand(F8)
    problem = Problem(axes, Operand(x.dtype), kernel, output)._replace(**sums)
    if engine is not separable:
        # kernels have one axis
        of_kernel = 0 if kernel else None
        axes = axes[0], axes[1]._replace(kernel=of_kernel)
        problem = problem._replace(axes=axes)
    made = engine.plan(problem, THRESHOLDS)
    assert made is not None
    operand = [taps] if engine is separable else None if engine is running else taps
    out = np.empty(x.shape, output)
    made.lay_out()
    made.run(x, made.prepare(operand, False), out, None, 1)
    return out


@pytest.mark.parametrize("output", OUTPUTS, ids=str)
@pytest.mark.parametrize("engine", [direct, running, separable, tapwise])
def test_special_numbers(engine: Any, output: np.dtype) -> None:
    x = np.array([SPECIAL * 9] * 3)
    want = ndimage.correlate1d(x, [1.0], output=output)
    if output.kind == "b":
        want = want.view(np.uint8) != 0
    for view in (np.s_[:], np.s_[:, ::-1]):
        got = run(engine, x[view], np.ones(1), output)
        np.testing.assert_array_equal(got, want[view])
    out = np.empty(x.shape, output)
    cast(x, out)
    np.testing.assert_array_equal(out, want)


@pytest.mark.parametrize("output", OUTPUTS, ids=str)
@pytest.mark.parametrize("engine", [direct, fft, separable, tapwise])
def test_sums_that_miss_an_integer(engine: Any, output: np.dtype) -> None:
    """A sum below an integer by less than the rounding is that integer."""
    x = np.random.default_rng(1).integers(1, 90, (3, 500)).astype("u1")
    tenth = np.full(10, 0.1)
    exact = ndimage.correlate1d(x.astype(int), np.ones(10, int), mode="nearest")
    want = (exact // 10).astype(output)
    np.testing.assert_array_equal(run(engine, x, tenth, output, 1e-9), want)
    if output.kind == "i":
        got = run(engine, -x.astype("i2"), tenth, output, 1e-9)
        np.testing.assert_array_equal(got, -want)


def test_numbers_that_are_no_floats() -> None:
    out = np.empty(4, "u1")
    cast(np.array([1, 256, -1, 300]), out)
    assert out.tolist() == [1, 0, 255, 44]
    wide = np.empty(2, "f4")
    cast(np.array([1e300, 2.5]), wide)
    assert wide.tolist() == [np.inf, 2.5]
