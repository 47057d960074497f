"""NaN and infinities reach the same outputs by transforms as by sums."""

from typing import Any

import numpy as np
import planned
import pytest
from forms import (
    PLAIN_FORMS,
    assert_close,
    convolve,
    correlate,
    data_of,
    every_small_form,
    limits_of,
)
from numpy.typing import NDArray
from problems import BOUNDARIES, any_values
from reference import transform_bound

from pyconvolve._core.thresholds import Thresholds

pytestmark = pytest.mark.compiled


def assert_nonfinite_alike(fft: NDArray[Any], direct: NDArray[Any], by: float) -> None:
    finite = np.isfinite(direct)
    np.testing.assert_array_equal(np.isfinite(fft), finite)
    if direct.dtype.kind == "f":
        np.testing.assert_array_equal(fft[~finite], direct[~finite])
    assert_close(np.where(finite, fft, 0), np.where(finite, direct, 0), by)


@pytest.mark.pairwise
@pytest.mark.parametrize(
    "repair_transforms", [0, np.inf], ids=["by transforms", "direct"]
)
@pytest.mark.parametrize("dtype", ["f4", "f8", "c8"])
@pytest.mark.parametrize("boundary", BOUNDARIES)
@every_small_form
def test_nonfinite_samples(
    form: str,
    boundary: str,
    dtype: str,
    repair_transforms: float,
) -> None:
    limits = limits_of(form, repair_transforms=repair_transforms)
    x, h, axes = data_of(form, dtype)
    h.flat[h.size // 2] = 0
    error = 4 * transform_bound(x, h)
    rng = np.random.default_rng(0)
    mode = "full" if boundary == "constant" else "same"
    for values in ([np.nan], [np.inf], [-np.inf, np.inf, np.nan]):
        holed = x.copy()
        holed.flat[rng.integers(0, x.size, len(values))] = values
        fft, direct = (
            planned.convolve(
                limits, holed, h, mode, method, axes=axes, boundary=boundary
            )
            for method in ("fft", "direct")
        )
        assert_nonfinite_alike(fft, direct, error)


@pytest.mark.pairwise
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("boundary", BOUNDARIES)
@pytest.mark.parametrize("form", PLAIN_FORMS)
def test_nonfinite_taps(form: str, boundary: str, value: float) -> None:
    x, h, axes = data_of(form, np.float64)
    error = 4 * transform_bound(x, h)
    h.flat[h.size // 3] = value
    fft, direct = (
        correlate(form, x, h, "full", method, axes=axes, boundary=boundary)
        for method in ("fft", "direct")
    )
    assert_nonfinite_alike(fft, direct, error)


@pytest.mark.pairwise
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("share", [0, 0.5, 1])
@pytest.mark.parametrize(
    "form",
    ["four_step", "overlapping four_step"],
)
def test_nonfinite_sample_in_a_four_step_tile(
    form: str, share: float, value: float
) -> None:
    x, h, _ = data_of(form, np.float32)
    clean = convolve(form, x, h, method="fft")
    position = int(share * (x.size - 1))
    x[position] = value
    got = convolve(form, x, h, method="fft")
    hit = np.zeros(got.size, bool)
    hit[position : position + h.size] = True
    np.testing.assert_array_equal(np.isfinite(got), ~hit)
    want = value * h
    np.testing.assert_array_equal(got[hit], want)
    assert_close(got[~hit], clean[~hit], 2 * transform_bound(x[:0], h) + 1e-2)


@pytest.mark.parametrize("dilation", [3, 10**7, 2**31 - 1])
@pytest.mark.parametrize("boundary", ["constant", "wrap"])
def test_nonfinite_samples_with_large_dilations(boundary: str, dilation: int) -> None:
    """Repaired outputs take no memory for the positions between the taps."""
    limits = Thresholds(repair_transforms=0)
    x, h = any_values((50,), np.float64), any_values((3,), np.float64, seed=1)
    x[[7, 20]] = np.nan, np.inf
    options: dict[str, Any] = {"boundary": boundary, "dilation": dilation}
    fft, direct = (
        planned.convolve(limits, x, h, "same", method, **options)
        for method in ("fft", "direct")
    )
    assert_nonfinite_alike(fft, direct, 1e-12)


@every_small_form
def test_overflow_of_finite_samples(form: str) -> None:
    x, h, axes = data_of(form, np.float32)
    x, h = abs(x) + 1, abs(h) + 1
    x.flat[x.size // 2] = 1e30
    h.flat[0] = 1e30
    fft, direct = (
        convolve(form, x, h, "full", method, axes=axes) for method in ("fft", "direct")
    )
    np.testing.assert_array_equal(np.isfinite(fft), np.isfinite(direct))
    np.testing.assert_array_equal(np.isinf(fft), np.isinf(direct))
