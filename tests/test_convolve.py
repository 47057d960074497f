"""convolve and correlate against their definition, computed by plain sums."""

from typing import Any

import numpy as np
import planned
import pytest
import reference
from exact import check
from hypothesis import given, settings
from hypothesis import strategies as st
from layouts import guarded
from numpy.lib.stride_tricks import sliding_window_view
from problems import (
    BOUNDARIES,
    DTYPES,
    FUNCTIONS,
    MODES,
    Problem,
    any_values,
    problems,
    small_integers,
)

import pyconvolve
from pyconvolve._core.thresholds import Thresholds

pytestmark = pytest.mark.compiled

# Numbers of samples near multiples of the vectors and tiles of every instruction set.
SIZES = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 23, 24, 25, 31, 32, 33, 47, 63, 65, 71, 72]
# Numbers of samples near multiples of the blocks that a long axis is divided into.
LENGTHS = [1, 2, 15, 31, 33, 64, 73, 129, 257, 1000, 8191, 8192, 8193, 16389, 24583]


@settings(max_examples=4 * settings.default.max_examples)
@given(problems(), st.sampled_from(FUNCTIONS), st.sampled_from([None, 1, 2]))
def test_any_problem(problem: Problem, name: str, workers: int | None) -> None:
    x, h, mode = problem.in1, problem.in2, problem.mode
    got = getattr(pyconvolve, name)(
        x, h, mode, "direct", workers=workers, **problem.options
    )
    function = getattr(reference, name)
    bound = reference.error_bound(x, h, function, mode, **problem.options)
    want = function(x, h, mode, **problem.options)
    reference.assert_matches(got, want, np.result_type(x, h), bound)


@given(problems(), st.sampled_from(FUNCTIONS), st.sampled_from(["auto", "fft"]))
def test_any_problem_by_any_method(problem: Problem, name: str, method: str) -> None:
    x, h, mode = problem.in1, problem.in2, problem.mode
    got = getattr(pyconvolve, name)(x, h, mode, method, **problem.options)
    want = getattr(reference, name)(x, h, mode, **problem.options)
    cval = problem.options.get("cval", 0)
    bound = reference.continued_bound(x, h, got.dtype, cval)
    reference.assert_matches(got, want, got.dtype, bound)


# With it, outputs of any size are stored past the caches.
STREAMED = Thresholds(streamed_direct_bytes=0)


@pytest.mark.pairwise
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("width", [160, 163])
@pytest.mark.parametrize(
    "kernel", [(1, 1), (2, 3), (3, 3), (4, 4), (5, 5), (7, 7), (1, 9)]
)
def test_outputs_past_the_caches(
    kernel: tuple[int, int], width: int, dtype: np.dtype
) -> None:
    """They are right at any address, and memory beside them is not written."""
    x, h = small_integers((29, width), dtype), small_integers(kernel, dtype, seed=1)
    want = reference.convolve(x, h, "same").astype(dtype)
    size = dtype.itemsize
    for offset in (0, size, 32, 64 - size, 1):
        with guarded(want.shape, dtype, offset) as out:
            planned.convolve(STREAMED, x, h, "same", "direct", out=out)
            np.testing.assert_array_equal(out, want)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "kernel", [(1, 1), (3, 3), (5, 5), (2, 4), (1, 7), (7, 1), (9, 6), (4, 17)]
)
def test_heights_and_widths(kernel: tuple[int, int], dtype: Any) -> None:
    h = small_integers(kernel, dtype, seed=1)
    x = small_integers((max(SIZES), max(SIZES)), dtype)
    for i, height in enumerate(SIZES):
        for width in SIZES[i % 3 :: 3]:
            check("convolve", x[:height, :width], h, "same", method="direct")


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_heights_and_widths_of_every_type(dtype: np.dtype) -> None:
    for i, height in enumerate([1, 3, 8, 17]):
        for width in [1, 2, 8, 15, 16, 33, 72, 145][i % 2 :: 2]:
            for kernel in [(3, 3), (2, 5)]:
                x = any_values((height, width), dtype)
                h = any_values(kernel, dtype, seed=1)
                if dtype.kind in "fc":
                    x, h = small_integers(x.shape, dtype), small_integers(kernel, dtype)
                for mode in ("full", "same"):
                    check("correlate", x, h, mode, boundary="reflect", method="direct")


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int16, np.complex64])
@pytest.mark.parametrize("taps", [1, 2, 3, 5, 8, 9, 16, 17, 31, 33, 64, 101, 128, 257])
def test_lengths(taps: int, dtype: Any) -> None:
    x = small_integers((max(LENGTHS),), dtype)
    h = small_integers((taps,), dtype, seed=1)
    exact = np.int64 if np.dtype(dtype).kind != "c" else np.complex128
    for length in LENGTHS:
        want = np.convolve(x[:length].astype(exact), h.astype(exact))
        got = pyconvolve.convolve(x[:length], h, method="direct")
        assert got.dtype == dtype
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_lengths_of_every_type(dtype: np.dtype) -> None:
    for length in [1, 7, 33, 257, 8200]:
        for taps in [1, 3, 9, 20]:
            x = small_integers((length,), dtype)
            h = small_integers((taps,), dtype, seed=1)
            for mode in MODES:
                check("convolve", x, h, mode, boundary="wrap", method="direct")


@pytest.mark.pairwise
@pytest.mark.parametrize("boundary", BOUNDARIES)
@pytest.mark.parametrize("dtype", [np.float32, np.int32, np.complex128, np.bool_])
@pytest.mark.parametrize(
    ("data", "kernel"), [((11,), (17001,)), ((5, 3), (131, 130)), ((1, 9), (16400, 1))]
)
def test_many_taps_on_little_data(
    data: tuple[int, ...], kernel: tuple[int, ...], dtype: Any, boundary: str
) -> None:
    x = small_integers(data, dtype)
    h = small_integers(kernel, dtype, seed=1)
    got = pyconvolve.convolve(x, h, "same", "direct", boundary=boundary)
    assert got.dtype == dtype
    # the reference takes too long for so many taps
    wide = np.pad(x, [(k // 2, (k - 1) // 2) for k in kernel], mode=boundary)
    windows = sliding_window_view(wide, kernel).astype(np.result_type(dtype, "i8"))
    want = np.tensordot(windows, np.flip(h), h.ndim)
    np.testing.assert_array_equal(got, want.astype(dtype))


@pytest.mark.parametrize("dtype", [np.float32, np.uint8, np.float64])
def test_many_taps_and_a_long_result(dtype: Any) -> None:
    x = small_integers((20000,), dtype)
    h = small_integers((17000,), dtype, seed=1)
    want = np.convolve(x.astype(np.int64), h.astype(np.int64))
    for a, b in ((x, h), (h, x)):
        got = pyconvolve.convolve(a, b, method="direct")
        np.testing.assert_array_equal(got, want.astype(dtype))
        got = pyconvolve.convolve(a, b, "valid", method="direct")
        np.testing.assert_array_equal(got, want[16999:20000].astype(dtype))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8, np.complex64])
@pytest.mark.parametrize(
    ("data", "kernel", "axes"),
    [
        ((50, 40, 3), (5, 5), (0, 1)),
        ((50, 40, 3), (5, 5, 1), (0, 1)),
        ((50, 40, 3), (3, 4, 3), (0, 1)),
        ((50, 40, 4), (3, 3), (1, 0)),
        ((50, 40, 1), (3, 3, 2), (0, 1)),
        ((1000, 5), (3, 3), None),
        ((1000, 5), (4, 9), None),
        ((1000, 5), (7,), 0),
        ((1000, 5), (7,), 1),
        ((5, 1000), (7, 3), None),
        ((300, 2, 2), (2, 3, 3), None),
        ((2, 3, 400), (3, 3, 3), None),
        ((7, 5, 6, 9), (3, 3, 3, 3), None),
        ((2, 3, 2, 3, 20), (2, 2, 2, 2, 3), None),
        ((2, 1, 2, 1, 2, 1, 9), (1, 2, 1, 2, 1, 2, 3), None),
        ((500, 8, 8), (3, 3), (1, 2)),
        ((500, 8, 8), (500, 3, 3), (1, 2)),
        ((1, 8, 8), (500, 3, 3), (1, 2)),
        ((4, 1, 9, 9), (1, 3, 3, 3), (2, 3)),
        ((4, 1, 9, 9), (1, 3, 3, 3), (-2, -1)),
        ((6, 5, 4, 70), (9,), -1),
        ((70, 4, 5, 6), (9,), 0),
        ((3, 17, 4, 19), (3, 5), (1, 3)),
        ((3, 17, 4, 19), (5, 3), (-1, 1)),
    ],
)
def test_shapes(
    data: tuple[int, ...], kernel: tuple[int, ...], axes: Any, dtype: Any
) -> None:
    x = small_integers(data, dtype)
    h = small_integers(kernel, dtype, seed=1)
    options = {} if axes is None else {"axes": axes}
    for name in FUNCTIONS:
        check(name, x, h, "same", boundary="symmetric", method="direct", **options)
        check(name, x, h, "full", method="direct", **options)


@pytest.mark.parametrize("boundary", BOUNDARIES)
@pytest.mark.parametrize(
    ("data", "kernel", "stride", "dilation"),
    [
        ((9000,), (5,), 2, 1),
        ((9000,), (33,), 3, 1),
        ((9000,), (5,), 7, 2),
        ((9000,), (9,), 1, 50),
        ((9000,), (3,), 1, 4000),
        ((90,), (4,), 1, 4000),
        ((50,), (3,), 1000, 1),
        ((90, 80), (3, 5), (1, 2), 1),
        ((90, 80), (3, 5), (3, 1), (1, 2)),
        ((90, 80), (4, 3), 5, (7, 11)),
        ((90, 80), (3, 3), 1, (40, 1)),
        ((9, 8), (3, 3), 1, (4, 100)),
        ((20, 21, 22), (3, 2, 3), 2, (1, 2, 3)),
    ],
)
def test_stride_and_dilation(
    data: tuple[int, ...],
    kernel: tuple[int, ...],
    stride: Any,
    dilation: Any,
    boundary: str,
) -> None:
    x = small_integers(data, np.float32)
    h = small_integers(kernel, np.float32, seed=1)
    options = {"boundary": boundary, "stride": stride, "dilation": dilation}
    for mode in ("full", "same"):
        check("convolve", x, h, mode, method="direct", **options)
    if boundary == "constant":
        check("correlate", x, h, "full", method="direct", cval=-2, **options)


@pytest.mark.pairwise
@pytest.mark.parametrize("boundary", BOUNDARIES)
@pytest.mark.parametrize("taps", [1, 2, 3, 8, 9, 40])
@pytest.mark.parametrize("length", [1, 2, 5, 40])
def test_every_origin(length: int, taps: int, boundary: str) -> None:
    x = small_integers((length,), np.float64)
    h = small_integers((taps,), np.float64, seed=1)
    for origin in range(-(taps // 2), (taps - 1) // 2 + 1):
        for name in FUNCTIONS:
            for method in ("direct", "fft"):
                got = getattr(pyconvolve, name)(
                    x, h, "same", method, origin=origin, boundary=boundary
                )
                want = getattr(reference, name)(
                    x, h, "same", origin=origin, boundary=boundary
                )
                np.testing.assert_allclose(got, want, rtol=0, atol=1e-12)


def test_calls_share_no_data() -> None:
    """Equal problems share a plan, but no data."""
    x, h = small_integers((40, 41), np.float32), small_integers((3, 4), np.float32, 1)
    for i in range(3):
        h *= 2
        x[i] = 5
        for cval in (0, i, 2 * i):
            check("convolve", x, h, "same", cval=cval, method="direct")
            check("correlate", x, h, "same", cval=cval, method="direct")
            check("convolve", x.T, h.T, "same", cval=cval, method="direct")
            check("convolve", x[::-1], h[:, ::-1], "same", cval=cval, method="direct")
        check("convolve", x.astype(">f4"), h, "same", method="direct")
        check("convolve", x.astype(np.int8), h, "same", method="direct")


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("mode", MODES)
def test_an_empty_batch(mode: str, dtype: np.dtype) -> None:
    x = np.ones((0, 6, 2, 5), dtype)
    for h in (np.ones((3, 2), dtype), np.ones((1, 3, 2, 2), dtype)):
        check("convolve", x, h, mode, axes=(1, 3))
        check("correlate", x, h, mode, axes=(1, 3))


@pytest.mark.parametrize("dtype", [np.float32, np.complex128, np.int64])
def test_methods_agree_on_large_data(dtype: Any) -> None:
    x = small_integers((300, 310), dtype)
    h = small_integers((40, 41), dtype, seed=1)
    direct = pyconvolve.convolve(x, h, "same", "direct")
    for method in ("auto", "fft"):
        other = pyconvolve.convolve(x, h, "same", method)
        assert other.dtype == direct.dtype
        np.testing.assert_array_equal(np.rint(other), direct)
