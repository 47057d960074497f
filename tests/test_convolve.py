"""convolve and correlate against their definition, computed by plain sums."""

from array import array
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import planned
import pytest
import reference
from hypothesis import given, settings
from hypothesis import strategies as st
from layouts import guarded
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike
from problems import (
    BOUNDARIES,
    DTYPES,
    FLOATS,
    FUNCTIONS,
    INTEGERS,
    MODES,
    Problem,
    any_values,
    problems,
    small_integers,
)

import pyconvolve
from pyconvolve._core.thresholds import Thresholds

pytestmark = pytest.mark.kernels

# Numbers of samples near multiples of the vectors and tiles of every instruction set.
SIZES = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 23, 24, 25, 31, 32, 33, 47, 63, 65, 71, 72]
# Numbers of samples near multiples of the blocks that a long axis is divided into.
LENGTHS = [1, 2, 15, 31, 33, 64, 73, 129, 257, 1000, 8191, 8192, 8193, 16389, 24583]


def check(
    name: str, in1: ArrayLike, in2: ArrayLike, mode: str = "full", **options: Any
) -> None:
    """Compare with the reference; sums of integers must be exact in every type."""
    ours = {key: options.pop(key) for key in ("method", "workers") if key in options}
    got = getattr(pyconvolve, name)(in1, in2, mode, **ours, **options)
    want = getattr(reference, name)(in1, in2, mode, **options)
    dtype = np.result_type(np.asarray(in1), np.asarray(in2))
    reference.assert_matches(got, want, dtype)


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
STREAMED = Thresholds(streamed_sums=0)


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


@pytest.mark.pairwise
@pytest.mark.parametrize("dtype", INTEGERS, ids=str)
@pytest.mark.parametrize("method", ["auto", "direct", "fft"])
@pytest.mark.parametrize(("data", "kernel"), [((700,), (300,)), ((40, 41), (20, 21))])
def test_integers_wrap_around(
    data: tuple[int, ...], kernel: tuple[int, ...], method: str, dtype: np.dtype
) -> None:
    x, h = any_values(data, dtype), any_values(kernel, dtype, seed=1)
    check("convolve", x, h, "valid", method=method)
    largest = np.full_like(x, np.iinfo(dtype).max)
    smallest = np.full_like(h, np.iinfo(dtype).min)
    check("correlate", largest, smallest, "valid", method=method)


@pytest.mark.parametrize("method", ["auto", "direct", "fft"])
def test_bool_is_an_or_of_ands(method: str) -> None:
    rng = np.random.default_rng(0)
    for data, kernel in [((300,), (260,)), ((20, 21), (3, 3)), ((5, 6, 7), (2, 3, 2))]:
        x, h = rng.random(data) < 0.1, rng.random(kernel) < 0.3
        for mode in MODES:
            check("convolve", x, h, mode, method=method)
    check("convolve", np.ones(300, bool), np.ones(256, bool), method=method)
    check("convolve", ~x, h, "same", cval=True, method=method)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize(
    ("data", "kernel"),
    [((3000,), (1000,)), ((60, 70), (25, 26)), ((9, 10, 11), (5,) * 3)],
)
def test_rounding(
    data: tuple[int, ...], kernel: tuple[int, ...], dtype: np.dtype
) -> None:
    x, h = any_values(data, dtype), any_values(kernel, dtype, seed=1)
    for a, b in ((x, h), (abs(x), abs(h))):
        a, b = a.astype(dtype), b.astype(dtype)
        got = pyconvolve.convolve(a, b, "valid", "direct")
        want = reference.convolve(a, b, "valid")
        bound = reference.error_bound(a, b, reference.convolve, "valid")
        reference.assert_matches(got, want, dtype, bound)


@pytest.mark.parametrize("swapped", [False, True])
def test_every_float16(swapped: bool) -> None:
    x = np.arange(2**16, dtype=np.uint16).view(np.float16)
    x = x.astype(x.dtype.newbyteorder()) if swapped else x
    one = np.ones(1, np.float16)
    np.testing.assert_array_equal(pyconvolve.convolve(x, one, method="direct"), x)


def test_float16_is_rounded_once_at_the_end() -> None:
    largest, step = np.float16(65504), np.float16(2.0**-24)
    for x in (
        [largest, largest, -largest],
        [largest, np.float16(15.99), 0],
        [largest, np.float16(16), 0],
        [step, step / 2, step],
        [np.float16(1), np.float16(2.0**-11), 2 * step],
        [np.float16(1), np.float16(2.0**-11), 0],
        [np.float16(2.0**-14), -step, -step],
    ):
        x = np.array(x, np.float16)
        with np.errstate(over="ignore"):
            want = np.float16(x.astype(np.float64).sum())
        got = pyconvolve.convolve(x, np.ones(3, np.float16), "valid", "direct")
        np.testing.assert_array_equal(got, [want])


@pytest.mark.parametrize("integer", INTEGERS, ids=str)
def test_large_integers_with_floats(integer: np.dtype) -> None:
    """Each integer is rounded to the type of the result before it is multiplied."""
    info = np.iinfo(integer)
    extremes = [info.max, info.min, info.max - 1, info.min + 1, info.max // 3]
    x = np.repeat(np.array(extremes, integer), 7)
    for real in ("f4", "f8", "g", "c8", "c16"):
        dtype = np.result_type(integer, real)
        got = pyconvolve.convolve(x, np.ones(1, real), method="direct")
        assert got.dtype == dtype
        np.testing.assert_array_equal(got, x.astype(dtype))
    if integer.kind == "u":
        signed = np.ones(1, f"i{integer.itemsize}")
        want = np.convolve(x, signed)
        got = pyconvolve.convolve(x, signed, method="direct")
        assert got.dtype == want.dtype
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("shape", [(), (7,), (4, 5), (3, 2, 4)])
def test_objects(shape: tuple[int, ...], name: str) -> None:
    rng = np.random.default_rng(0)
    numbers = rng.integers(1, 9, shape)
    kinds = [int, Fraction, lambda n: Decimal(int(n)) / 8, lambda n: 2 ** int(9 * n)]
    for make in kinds:
        x = np.asarray(np.frompyfunc(make, 1, 1)(numbers), object)
        h = x[(..., *(slice(2),) * len(shape))]
        for mode in MODES:
            check(name, x, h, mode)
        if shape:
            check(name, x, h, "same", boundary="reflect", stride=2, dilation=2)
            check(name, x, h.ravel()[:2], "full", axes=-1, cval=make(np.int64(3)))
            check(name, numbers, h, "full", cval=make(np.int64(3)))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_scalars(name: str) -> None:
    for pair in [(3, 4), (2.5, 4), (1 + 2j, 3 - 1j), (True, False), (np.int8(99),) * 2]:
        x, h = map(np.asarray, pair)
        for method in ("auto", "direct"):
            check(name, x, h, method=method)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_lists(name: str) -> None:
    check(name, [1, 2, 3], [0.5, 1])
    check(name, [[1, 2], [3, 4]], ((1, 1j),))
    check(name, range(4), (True, False))
    check(name, array("d", [1, 2, 3]), memoryview(b"ab"))
    check(name, np.ma.array([1, 2, 3]), [1, 1])


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


@pytest.mark.pairwise
@pytest.mark.parametrize("dtype", [*FLOATS], ids=str)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("boundary", BOUNDARIES)
@pytest.mark.parametrize(
    ("data", "kernel"),
    [((50,), (4,)), ((9000,), (9,)), ((35, 37), (3, 4)), ((3, 9, 40), (2, 3, 3))],
)
def test_nonfinite_spreads_as_far_as_the_kernel(
    data: tuple[int, ...],
    kernel: tuple[int, ...],
    boundary: str,
    value: float,
    dtype: np.dtype,
) -> None:
    h = small_integers(kernel, dtype, seed=1)
    rng = np.random.default_rng(0)
    for position in (0, -1, *rng.integers(0, np.prod(data), 2)):
        x = small_integers(data, dtype)
        x.flat[position] = value
        for options in ({}, {"stride": 2}, {"dilation": 3}):
            got = pyconvolve.convolve(
                x, h, "same", "direct", boundary=boundary, **options
            )
            want = reference.convolve(x, h, "same", boundary=boundary, **options)
            if dtype.kind == "c":
                got, want = np.isfinite(got), np.isfinite(want)
            np.testing.assert_array_equal(got.astype(want.dtype), want)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_nonfinite_taps_outside(value: float, dtype: np.dtype) -> None:
    shapes = [((20,), (5,), 1), ((20,), (30,), 3), ((9, 40), (3, 3), 5)]
    for data, kernel, position in shapes:
        x = np.ones(data, dtype)
        h = np.ones(kernel, dtype)
        h.flat[position] = value
        for boundary, cval in [("constant", 0), ("constant", 2), ("edge", 0)]:
            for mode in MODES if kernel < data else ["full", "same"]:
                options = {"boundary": boundary, "cval": cval}
                got = pyconvolve.convolve(x, h, mode, "direct", **options)
                want = reference.convolve(x, h, mode, **options)
                if dtype.kind == "c":
                    got, want = np.isfinite(got), np.isfinite(want)
                np.testing.assert_array_equal(got.astype(want.dtype), want)


@pytest.mark.parametrize("cval", [np.nan, np.inf, -2.5, 2.0**900])
def test_any_cval(cval: float) -> None:
    x, h = small_integers((9, 33), np.float64), np.array([[1, 2, 0], [3, 1, 1.0]])
    for mode in ("full", "same"):
        check("convolve", x, h, mode, cval=cval, method="direct")


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_cval_is_any_number(dtype: np.dtype) -> None:
    x, h = small_integers((9,), dtype), small_integers((4,), dtype, seed=1)
    want = pyconvolve.convolve(x, h, cval=1)
    numbers = [True, 1.0, 1 + 0j, np.True_, np.int8(1), np.uint64(1), np.float16(1)]
    for cval in [*numbers, np.array(1), np.array([1]), Fraction(1), Decimal(1)]:
        got = pyconvolve.convolve(x, h, cval=cval)
        assert got.dtype == dtype
        np.testing.assert_array_equal(got, want)


@pytest.mark.pairwise
@pytest.mark.parametrize(
    "cval",
    [0, 0.0, -0.0, False, 0j, complex(-0.0, -0.0), np.float32(0), np.int8(0),
     np.False_, np.array(0.0), np.array([0]), Fraction(0), Decimal("-0")],
    ids=repr,
)  # fmt: skip
@pytest.mark.parametrize("method", ["direct", "fft"])
@pytest.mark.parametrize("per_axis", [False, True])
def test_no_products_with_zeros_outside(cval: Any, method: Any, per_axis: bool) -> None:
    """No product with a zero outside is formed, so infinite taps give no NaN there."""
    outside = [cval] if per_axis else cval
    got = pyconvolve.convolve([1.0, 2, 3], [1, np.inf], method=method, cval=outside)
    np.testing.assert_array_equal(got, [1, np.inf, np.inf, np.inf])
    assert got.dtype == np.float64
    squares = pyconvolve.normalized_convolve([1.0, 2, 3], [1, 1], cval=outside)
    np.testing.assert_array_equal(
        squares, pyconvolve.normalized_convolve([1.0, 2, 3], [1, 1])
    )


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
