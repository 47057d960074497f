"""Results of pyconvolve.ndimage where SciPy's are inexact, or differ on purpose."""

from itertools import product
from math import trunc
from typing import Any

import numpy as np
import pytest
import scipy.ndimage
from hypothesis import given
from hypothesis import strategies as st
from image_filters import Call, assert_outcome
from problems import any_values, small_integers

from pyconvolve import ndimage

pytestmark = pytest.mark.compiled

MODES = {
    "reflect": "symmetric",
    "mirror": "reflect",
    "nearest": "edge",
    "wrap": "wrap",
    "constant": "constant",
}
NOT_FINITE = [np.nan, np.inf, -np.inf]


def windows(x: np.ndarray, sizes: Any, mode: str, cval: Any = 0) -> np.ndarray:
    """Return the window around each sample; the last axes are those of the window."""
    wide = [(size // 2, (size - 1) // 2) for size in sizes]
    constant = {"constant_values": cval} if mode == "constant" else {}
    padded = np.pad(x, wide, MODES[mode], **constant)
    return np.lib.stride_tricks.sliding_window_view(padded, sizes)


# Samples that are not finite, or very large.


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", [2, 3, 8, 25])
def test_means_next_to_large_samples(size: int, mode: str, dtype: str) -> None:
    """A running sum would lose the small samples behind a large one."""
    x = np.ones(60, dtype)
    x[20] = 1e16
    got = ndimage.uniform_filter1d(x, size, mode=mode, cval=1)
    want = windows(x, (size,), mode, 1).astype("f8").mean(1)
    np.testing.assert_allclose(got, want, 10 * np.finfo(dtype).eps)


@pytest.mark.parametrize("value", NOT_FINITE)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("sizes", [(3, 4), (5, 1), (9, 7)])
def test_windows_that_hold_a_number_that_is_not_finite(
    sizes: tuple[int, int], mode: str, value: float
) -> None:
    x = small_integers((20, 21), "f8")
    x[7, 8] = value
    under = windows(x, sizes, mode)
    with np.errstate(invalid="ignore"):
        for name, function in (
            ("uniform_filter", np.mean),
            ("maximum_filter", np.max),
            ("minimum_filter", np.min),
        ):
            got = getattr(ndimage, name)(x, sizes, mode=mode)
            want = function(under, axis=(2, 3))
            np.testing.assert_allclose(got, want, 1e-14, 1e-14)
        blurred = ndimage.gaussian_filter(x, 1, radius=[s // 2 for s in sizes])
    reach = (slice(7 - sizes[0] // 2, 8 + sizes[0] // 2),)
    reach += (slice(8 - sizes[1] // 2, 9 + sizes[1] // 2),)
    expected = np.zeros(x.shape, bool)
    expected[reach] = True
    np.testing.assert_array_equal(~np.isfinite(blurred), expected)


@given(
    st.sampled_from(["convolve", "correlate"]),
    st.sampled_from([*MODES]),
    st.sampled_from(["f4", "f8", "D"]),
    st.sampled_from([None, "i4"]),
    st.integers(0, 999),
    st.lists(st.sampled_from(NOT_FINITE), min_size=1, max_size=4),
)
def test_weights_of_zero_take_no_part(
    name: str, mode: str, dtype: str, output: Any, seed: int, values: list[float]
) -> None:
    rng = np.random.default_rng(seed)
    x = small_integers((9, 10), dtype, seed)
    x.ravel()[rng.integers(0, x.size, len(values))] = values
    weights = small_integers((3, 5), "f8", seed) * rng.integers(0, 2, (3, 5))
    weights.ravel()[rng.integers(0, 15)] = 2
    options = {"weights": weights, "mode": mode, "cval": rng.choice([0, np.nan])}
    call = Call(name, x, options)
    got, want = call.ours(), call.theirs()
    if dtype == "D":
        # infinite real and imaginary parts are multiplied in another order
        np.testing.assert_array_equal(np.isfinite(got), np.isfinite(want))
        finite = np.isfinite(want)
        np.testing.assert_array_equal(got[finite], want[finite])
    else:
        assert_outcome(got, want)


def test_large_sparse_kernels() -> None:
    """Rings and dilated kernels, with transforms and block by block."""
    x = any_values((400, 500), "f8")
    weights = np.zeros((41, 37))
    weights[::8, ::6] = any_values((6, 7), "f8", 1)
    for value in (0, np.nan):
        x[100, 200] = value
        for output in (None, np.float32):
            call = Call("correlate", x, {"weights": weights})
            assert_outcome(call.ours(output=output), call.theirs(output=output), 1e-4)
    small = 0 * weights + 1e-17
    np.testing.assert_array_equal(ndimage.correlate(x, small), 0 * np.nan_to_num(x))


# Exact integers.


def integer_sums(x: np.ndarray, weights: np.ndarray, mode: str) -> np.ndarray:
    """Correlate with Python's integers."""
    under = windows(x, weights.shape, mode).astype(object)
    return (under * weights.astype(object)).sum(tuple(range(x.ndim, under.ndim)))


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8"])
@pytest.mark.parametrize("mode", MODES)
def test_sums_of_integers_are_exact(mode: str, dtype: str) -> None:
    """SciPy sums in double precision, and casts sums beyond the range arbitrarily."""
    x = any_values((9, 11), dtype)
    for weights in (
        np.array([[3, -1], [100, 0], [-7, 2]]),
        np.array([[2.0**50, 1.0, -3.0]]),
    ):
        got = ndimage.correlate(x, weights, mode=mode)
        sums = integer_sums(x, weights.astype(object).astype("i8"), mode)
        modulus = 1 << 8 * x.itemsize
        want = np.array([int(s) % modulus for s in sums.ravel()], "u8")
        np.testing.assert_array_equal(got.ravel(), want.astype(dtype), strict=True)
    got = ndimage.sobel(x, 0, mode=mode)
    weights = np.outer([-1, 0, 1], [1, 2, 1])
    sums = integer_sums(x, weights, mode)
    want = np.array([int(s) % modulus for s in sums.ravel()], "u8")
    np.testing.assert_array_equal(got.ravel(), want.astype(dtype))


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4"])
@pytest.mark.parametrize("sizes", [(3, 4), (1, 51), (7, 1)])
def test_means_of_integers_are_truncated_after_each_axis(
    sizes: tuple[int, int], dtype: str
) -> None:
    x = any_values((20, 30), dtype)
    want = x.astype(object)
    for axis, size in enumerate(sizes):
        along = [1, 1]
        along[axis] = size
        sums = windows(want, along, "reflect").sum((2, 3))
        flat = [abs(int(s)) // size * (1 if s > 0 else -1) for s in sums.ravel()]
        want = np.array(flat, object).reshape(x.shape)
    got = ndimage.uniform_filter(x, sizes)
    np.testing.assert_array_equal(got, want.astype(dtype), strict=True)


@pytest.mark.parametrize("output", ["i8", "u8", "i4", "u2"])
def test_large_sums_are_truncated(output: str) -> None:
    """Numbers that no integer has are stored as by SciPy."""
    values = [1e12 + 0.75, -1e12 - 0.75, 2.0**62, -0.75, 3e9]
    if output == "u8":
        values = [1e12 + 0.75, 2.0**63 + 2.0**20, 2.0**62, -0.75, 3e9]
    for x in (np.array(values), np.array([v / 2 for v in values])):
        for name in ("correlate", "correlate1d"):
            got = getattr(ndimage, name)(x, [1.0], output=output)
            with np.errstate(invalid="ignore"):
                want = getattr(scipy.ndimage, name)(x, [1.0], output=output)
            np.testing.assert_array_equal(got, want, strict=True)


@pytest.mark.parametrize("dtype", ["i8", "u8"])
def test_extrema_of_large_integers_are_exact(dtype: str) -> None:
    """SciPy compares them in double precision."""
    x = any_values((20, 21), dtype)
    x[3, 4] = 2**53 + 3
    for sizes in ((3, 3), (2, 9)):
        under = windows(x, sizes, "reflect")
        got = ndimage.maximum_filter(x, sizes)
        np.testing.assert_array_equal(got, under.max((2, 3)), strict=True)
        got = ndimage.minimum_filter(x, footprint=np.ones(sizes))
        np.testing.assert_array_equal(got, under.min((2, 3)), strict=True)
    cross = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], bool)
    under = windows(x, (3, 3), "reflect")[..., cross]
    got = ndimage.maximum_filter(x, footprint=cross)
    np.testing.assert_array_equal(got, under.max(-1), strict=True)


@pytest.mark.parametrize("cval", [-np.inf, np.inf, -1e30, 300, -2.7, 2.7])
@pytest.mark.parametrize("dtype", ["u1", "i2", "i8"])
def test_constants_are_limited_to_the_range(dtype: str, cval: float) -> None:
    x = any_values((9,), dtype)
    limits = np.iinfo(dtype)
    value = min(max(cval, limits.min), limits.max)
    want = windows(x, (3,), "constant", x.dtype.type(int(value))).max(1)
    for window in ({"size": 3}, {"footprint": [1, 1, 1]}):
        got = ndimage.maximum_filter(x, **window, mode="constant", cval=cval)
        np.testing.assert_array_equal(got, want, strict=True)


@pytest.mark.parametrize("dtype", ["u1", "i1", "i8"])
def test_structures_are_integers_for_integers(dtype: str) -> None:
    """They are truncated, and sums wrap."""
    x = any_values((40,), dtype)
    heights = np.array([1.7, -2.7, 100])
    under = windows(x, (3,), "wrap")
    whole = np.array([trunc(h) for h in heights]).astype(dtype)
    with np.errstate(over="ignore"):
        got = ndimage.grey_dilation(x, structure=heights[::-1], mode="wrap")
        np.testing.assert_array_equal(got, (under + whole).max(1), strict=True)
        got = ndimage.grey_erosion(x, structure=heights, mode="wrap")
        np.testing.assert_array_equal(got, (under - whole).min(1), strict=True)


@given(
    st.sampled_from([*MODES]),
    st.integers(1, 9),
    st.integers(1, 60),
    st.data(),
)
def test_windows_longer_than_the_axis(
    mode: str, samples: int, size: int, data: st.DataObject
) -> None:
    x = small_integers((samples, 3), "i4", size, 50)
    origin = data.draw(st.integers(-(size // 2), (size - 1) // 2))
    options = {"mode": mode, "cval": -60, "axis": 0, "origin": origin, "size": size}
    for name in ("maximum_filter1d", "minimum_filter1d", "uniform_filter1d"):
        call = Call(name, x, options)
        assert_outcome(call.ours(), call.theirs())


@pytest.mark.parametrize("dtype", ["f4", "f8", "i4"])
@pytest.mark.parametrize(
    ("shape", "size"), [((14, 15, 16, 17), 9), ((120, 130), 140), ((40, 50, 60), 31)]
)
def test_boxes_with_long_axes(shape: tuple[int, ...], size: int, dtype: str) -> None:
    """They are divided into windows along one axis after the other."""
    x = small_integers(shape, dtype, largest=90)
    for name in ("maximum_filter", "minimum_filter", "uniform_filter"):
        for output in (None, np.float32, np.int16):
            call = Call(name, x, {"size": size, "mode": "mirror"})
            got, want = call.ours(output=output), call.theirs(output=output)
            assert_outcome(got, want, 1e-4, 1 if name == "uniform_filter" else 0)


# Precision.


@pytest.mark.parametrize("weights", [(5, 5), (61, 50)])
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_precision_of_sums(dtype: str, weights: tuple[int, int]) -> None:
    x, h = any_values((200, 210), dtype), any_values(weights, "f8", 1)
    got = ndimage.correlate(x, h)
    want = ndimage.originals["correlate"][0](x.astype("f8"), h)
    norm = np.sqrt(x.size) * np.sqrt((h**2).sum())
    bound = 20 * np.finfo(dtype).eps * norm
    np.testing.assert_allclose(got, want, 0, bound)


@pytest.mark.parametrize("scale", [1e-50, 1e-30, 1e30])
def test_weights_beyond_single_precision(scale: float) -> None:
    """Tiny weights that differ are symmetric to SciPy's function."""
    x = any_values((30,), "f4") * np.float32(1e-6 / scale if scale > 1 else 1e30)
    weights = np.array([1, -2, 3]) * scale
    got = ndimage.correlate1d(x, weights)
    want = windows(x.astype("f8"), (3,), "reflect") @ weights
    np.testing.assert_allclose(got, want, 1e-5, 1e-6 * abs(want).max())


@pytest.mark.parametrize("sigma", [1, 1.3, 2, 5, 8])
def test_gaussians_of_single_precision_are_as_bright(sigma: float) -> None:
    """Taps that are rounded one by one would sum to another number than 1."""
    x = np.zeros(201, np.float32)
    x[100] = 1
    taps = ndimage.gaussian_filter1d(x, sigma, truncate=5)
    exact = ndimage.gaussian_filter1d(x.astype("f8"), sigma, truncate=5)
    assert abs(taps.sum(dtype="f8") - 1) < 1.2e-8
    np.testing.assert_allclose(taps, exact, 1.2e-7)


def test_repeated_and_new_arguments() -> None:
    """A filter in the cache serves equal arguments only."""
    x = small_integers((9, 10), "f8")
    for size, mode, cval in product((2, 3), ("constant", "reflect"), (0, 1, 2.0)):
        for _ in range(2):
            call = Call("uniform_filter", x, {"size": size, "mode": mode, "cval": cval})
            assert_outcome(call.ours(), call.theirs(), 1e-14)
            weights = np.full((size, 2), cval + 1.0)
            call = Call("correlate", x, {"weights": weights, "mode": mode})
            assert_outcome(call.ours(), call.theirs())
            weights[0] = 7
            assert_outcome(call.ours(), call.theirs())
