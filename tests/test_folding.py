"""Symmetric and antisymmetric taps, which are folded."""

import numpy as np
import pytest
from factors import filters, mirrored, run
from hypothesis import given
from hypothesis import strategies as st

pytestmark = pytest.mark.compiled

SHAPES = [(400,), (130, 70), (40, 300), (14, 15, 16)]


@pytest.mark.parametrize("dtype", ["f4", "f8", "g"])
@given(shape=st.sampled_from(SHAPES), seed=st.integers(0, 999), data=st.data())
def test_differences_of_a_constant_are_zero(
    dtype: str, shape: tuple[int, ...], seed: int, data: st.DataObject
) -> None:
    """Whatever its value, and whatever the other passes round."""
    rng = np.random.default_rng(seed)
    taps = [data.draw(st.integers(2, 80 // len(shape))) for _ in shape]
    factors = [mirrored(rng.standard_normal(k), 1) for k in taps]
    axis = data.draw(st.integers(0, len(shape) - 1))
    factors[axis] = mirrored(factors[axis], -1)
    if taps[axis] % 2:
        factors[axis][taps[axis] // 2] = 0
    x = np.full(shape, rng.standard_normal(), dtype)
    problem = filters(shape, taps, dtype, boundary="symmetric")
    np.testing.assert_array_equal(run(problem, x, factors), 0)


@pytest.mark.parametrize("dtype", ["f4", "f8", "g"])
@given(shape=st.sampled_from(SHAPES), seed=st.integers(0, 999), data=st.data())
def test_results_of_a_mirrored_signal_are_mirrored(
    dtype: str, shape: tuple[int, ...], seed: int, data: st.DataObject
) -> None:
    """Bit for bit, if passes have the same order: that depends on the memory layout."""
    rng = np.random.default_rng(seed)
    taps = [2 * data.draw(st.integers(1, 40 // len(shape))) + 1 for _ in shape]
    factors = [mirrored(rng.standard_normal(k), 1) for k in taps]
    x = rng.standard_normal(shape).astype(dtype)
    problem = filters(shape, taps, dtype, boundary="symmetric")
    got = run(problem, x, factors)
    axis = data.draw(st.integers(0, len(shape) - 1))
    np.testing.assert_array_equal(
        run(problem, np.flip(x, axis).copy(), factors), np.flip(got, axis)
    )
