"""Sums of positions outside are added to those of the samples that they repeat."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import BOUNDARIES, small_integers
from reference import SOURCE

from pyconvolve._core import adjoint
from pyconvolve._core.problem import Axis

REPEATING = [boundary for boundary in BOUNDARIES if boundary != "constant"]


def window(
    samples: int, taps: int, outputs: int, offset: int, boundary: str, stride: int = 1
) -> Axis:
    return Axis(
        "window", 0, 0, 0, samples, taps, outputs, offset, stride, boundary=boundary
    )


@given(
    st.sampled_from(REPEATING), st.integers(1, 9), st.integers(0, 40),
    st.integers(0, 40), st.integers(0, 1),
)  # fmt: skip
def test_adds_to_the_repeated_samples(
    boundary: str, samples: int, before: int, after: int, number: int
) -> None:
    """However often the samples are repeated."""
    length = before + samples + after
    axis = window(samples, 1, length, -before, boundary)
    assert adjoint.repeated(axis) == (before, after)
    sums = small_integers((length, 3), np.int64, length)
    want = np.zeros((samples, 3), np.int64)
    source = SOURCE[boundary](np.arange(-before, length - before), samples)
    np.add.at(want, source, sums)
    sums, want = (a if number == 0 else a.T.copy() for a in (sums, want))
    repeats = adjoint.find_repeats(number, axis)
    assert (repeats is None) == (before == after == 0)
    if repeats is None:
        return
    got = adjoint.add_repeated(sums, repeats)
    np.testing.assert_array_equal(got, want)
    assert np.shares_memory(got, sums)


@pytest.mark.parametrize("dtype", [bool, np.int8, np.float32])
def test_sums_have_their_type(dtype: type) -> None:
    """Integers wrap around, and truth values are combined by "or"."""
    repeats = adjoint.find_repeats(0, window(2, 1, 6, -3, "edge"))
    assert repeats is not None
    sums = np.array([0, 0, 0, 1, 0, 0]).astype(dtype)
    assert adjoint.add_repeated(sums, repeats).tolist() == [1, 0]
    sums = np.array([1, 1, 1, 1, 0, 0]).astype(dtype)
    want = [1 if dtype is bool else 4, 0]
    assert adjoint.add_repeated(sums, repeats).tolist() == want
    if dtype is np.int8:
        sums = np.array([100, 100, 100, 0, 0, 0], dtype)
        assert adjoint.add_repeated(sums, repeats).tolist() == [300 - 256, 0]


@pytest.mark.parametrize(
    ("outputs", "stride", "boundary", "expected"),
    [
        (12, 1, "wrap", (0, 0)),
        (6, 2, "wrap", (0, 0)),
        (3, 4, "wrap", (0, 0)),
        (11, 1, "wrap", (2, 1)),
        (5, 2, "wrap", (2, 0)),
        (12, 1, "symmetric", (2, 2)),
        (12, 1, "constant", (0, 0)),
        (12, 1, "absent", (0, 0)),
    ],
)
def test_outputs_of_a_period_have_no_positions_outside(
    outputs: int, stride: int, boundary: str, expected: tuple[int, int]
) -> None:
    axis = window(12, 5, outputs, -2, boundary, stride)
    assert adjoint.repeated(axis) == expected
    transposed = adjoint.window_by_signal(axis)
    assert transposed.outputs == 12 + sum(expected)
    assert (transposed.boundary == "wrap") == (boundary == "wrap" and not any(expected))
