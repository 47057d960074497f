"""convolve and correlate of all kinds of numbers: rounding, overflow, NaN, objects."""

from array import array
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import reference
from exact import check
from problems import (
    BOUNDARIES,
    DTYPES,
    FLOATS,
    FUNCTIONS,
    INTEGERS,
    MODES,
    any_values,
    small_integers,
)

import pyconvolve

pytestmark = pytest.mark.compiled


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
