"""Filters of pyconvolve.ndimage against SciPy's, for any valid arguments."""

from typing import Any

import image_filters as drawn
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from image_filters import Call, assert_outcome

from pyconvolve import ndimage

pytestmark = pytest.mark.compiled


def check(call: Call, output: Any, bound: float = 0, steps: int = 0) -> None:
    """Compare the results of a call in every kind of output."""
    want = call.theirs(output=output)
    assert_outcome(call.ours(output=output), want, bound, steps)
    # the filter is in the cache
    assert_outcome(call.ours(output=output), want, bound, steps)


@given(drawn.correlations(), st.sampled_from([None, "f8", "D", np.int16, np.float32]))
def test_correlations(call: Call, output: Any) -> None:
    check(call, output)


@given(drawn.extrema(), st.sampled_from([None, "f8", "i8", np.float32]))
def test_extrema(call: Call, output: Any) -> None:
    check(call, output)


@given(drawn.means(), st.sampled_from([None, "f8", "D", np.int32, np.float32]))
def test_means(call: Call, output: Any) -> None:
    check(call, output, 1e-5)


@given(drawn.differences(), st.sampled_from([None, "f8", "D", np.int16, np.float32]))
def test_differences(call: Call, output: Any) -> None:
    if output is None and call.x.dtype.newbyteorder("=") in (np.bool_, np.uint64):
        # SciPy reads intermediate results as bytes, or rounds them to double precision
        output = np.float64
    check(call, output)


@given(drawn.gaussians(), st.sampled_from([None, "f8", "D", np.float32]))
def test_gaussians(call: Call, output: Any) -> None:
    if output is None and call.x.dtype.kind in "biu":
        # sums near an integer may be truncated to either one, and derivatives of images
        # that differ by one differ by more; the next test is about integers
        output = np.float64
    is_root = call.name == "gaussian_gradient_magnitude"
    if is_root and call.x.dtype.kind == "c" and output in (None, "D"):
        got, want = call.ours(output=output), call.theirs(output=output)
        # rounding decides between the two roots of a negative number
        is_other = (abs(want.real) <= 1e-3) & (abs(got + want) < abs(got - want))
        assert_outcome(np.where(is_other, -got, got), want, 1e-3)
        return
    check(call, output, 1e-3)


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "i4", "u8", "i8"])
@pytest.mark.parametrize("sigma", [0.6, 1, (2, 0.7)])
def test_gaussians_of_integers(dtype: str, sigma: Any) -> None:
    """No sum of random integers is near an integer, and SciPy truncates as we do."""
    x = np.random.default_rng(0).integers(0, 100, (60, 70)).astype(dtype)
    for mode in ("reflect", "constant"):
        call = Call("gaussian_filter", x, {"sigma": sigma, "mode": mode, "cval": 2.5})
        check(call, None)


@pytest.mark.parametrize("sigma", [0.5, 1, 3])
@pytest.mark.parametrize("dtype", ["?", "u1", "i2"])
def test_smoothed_constants_are_constant(dtype: str, sigma: float) -> None:
    """No mean of equal integers is truncated to the integer below."""
    for value in np.unique(np.arange(-40, 256).astype(dtype)):
        x = np.full((6, 7), value)
        np.testing.assert_array_equal(ndimage.gaussian_filter(x, sigma), x)
        weights = np.full((7, 7), 1 / 49)
        np.testing.assert_array_equal(ndimage.convolve(x, weights), x)
