"""The type of results, by the argument `dtype`."""

from typing import Any

import numpy as np
import pytest
import reference
from narrowing import OVERFLOWS, every_method, every_overflow
from problems import FUNCTIONS, INTEGERS, any_values, small_integers

import pyconvolve

pytestmark = pytest.mark.compiled


def test_the_default_is_unchanged() -> None:
    for first in INTEGERS:
        for second in INTEGERS:
            x, h = any_values((9, 8), first), any_values((3, 3), second, seed=1)
            usual = pyconvolve.convolve(x, h)
            if usual.dtype.kind == "f":
                continue
            same = pyconvolve.convolve(x, h, dtype=usual.dtype, overflow="wrap")
            np.testing.assert_array_equal(usual, same)
            assert usual.dtype == same.dtype


@every_method
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "g", "c8", "c16", "G"])
@pytest.mark.parametrize("image", ["?", "u1", "i8", "f4", "c8"])
@pytest.mark.parametrize("kernel", ["?", "i2", "f2", "f8", "c16"])
def test_floating_point_results(
    kernel: str, image: str, dtype: str, method: str
) -> None:
    """`overflow` does not affect them."""
    x, h = small_integers((20, 30), image), small_integers((5, 4), kernel, seed=1)
    if "c" in (image + kernel) and np.dtype(dtype).kind != "c":
        with pytest.raises(TypeError, match=r"dtype.*complex"):
            pyconvolve.correlate(x, h, method=method, dtype=dtype)
        return
    want = reference.correlate(x.astype("G"), h.astype("G"))
    for overflow in OVERFLOWS:
        got = pyconvolve.correlate(x, h, method=method, dtype=dtype, overflow=overflow)
        assert got.dtype == dtype
        atol = 1e-3 if method == "fft" else 0
        np.testing.assert_allclose(
            got.astype("G"), want, rtol=2**-10 if dtype == "f2" else 1e-6, atol=atol
        )


def test_truth_values() -> None:
    x = np.array([True, True, False, True])
    assert pyconvolve.convolve(x, x[:2], dtype=bool).dtype == bool
    got = pyconvolve.convolve(x, x[:2], dtype="u1")
    np.testing.assert_array_equal(got, [1, 2, 1, 1, 1])
    with pytest.raises(TypeError, match="dtype"):
        pyconvolve.convolve(x, [1, 2], dtype=bool)


def test_infinite_floats_are_no_error() -> None:
    got = pyconvolve.convolve([1e30], [1e30], dtype="f4", overflow="raise")
    assert got == np.inf


def test_dtype_in_another_byte_order() -> None:
    """Results have this machine's byte order, as all results have."""
    got = pyconvolve.convolve([1, 2], [3], dtype=">i2")
    assert got.dtype == np.int16


def test_wide_results_of_images_need_no_overflow() -> None:
    x = np.full((6, 7), 255, "u1")
    got = pyconvolve.convolve(x, np.full((3, 3), 255, "u1"), "valid", dtype="i4")
    np.testing.assert_array_equal(got, 9 * 255**2)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_constant_that_the_image_does_not_hold(name: str) -> None:
    x, function = np.array([1, 2, 3], "u1"), getattr(pyconvolve, name)
    for h in ([1, 1, 1], [1.0, 1.0, 1.0]):
        got = function(x, h, "same", cval=-300, dtype="i2", overflow="saturate")
        np.testing.assert_array_equal(got, [-297, 6, -295])
    got = function(x, [0.5, 1, 0.5], "same", cval=0.5, dtype="u1")
    np.testing.assert_array_equal(got, [2, 4, 4])
    got = function(x, [1, 1, 1], "same", cval=-1, dtype="i1")
    np.testing.assert_array_equal(got, [2, 6, 4])
    for cval, options in [
        (0.5, {"overflow": "saturate"}),
        (2**64, {"overflow": "saturate"}),
        (-1, {"overflow": "wrap"}),
        (1j, {"overflow": "saturate"}),
        (np.nan, {"overflow": "saturate"}),
    ]:
        with pytest.raises(ValueError, match="cval"):
            function(x, np.ones(3, "u1"), "same", cval=cval, dtype="u1", **options)
    with pytest.raises(TypeError, match="cval"):
        function(x, [1, 1, 1], "same", cval="1", dtype="u1", overflow="saturate")


WRONG_TYPES = ["bogus", object, "M8[D]", [("a", "f8")], 3, "S4", {}]
X, H = np.ones((5, 6)), np.ones((3, 3))


@pytest.mark.parametrize("name", [*FUNCTIONS, "explain", "Convolver"])
@pytest.mark.parametrize(
    ("argument", "value"),
    [
        *(("dtype", value) for value in WRONG_TYPES),
        *(("overflow", value) for value in ("clip", "Wrap", "", 0, None, ["wrap"])),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_wrong_arguments(name: str, argument: str, value: Any) -> None:
    arrays = (H,) if name == "Convolver" else (X, H)
    wrong = TypeError if argument == "dtype" else ValueError
    with pytest.raises(wrong) as caught:
        getattr(pyconvolve, name)(*arrays, **{argument: value})
    assert argument in str(caught.value)
    assert repr(value) in str(caught.value)
    if argument == "overflow":
        assert "'wrap', 'saturate' or 'raise'" in str(caught.value)


@pytest.mark.parametrize("name", [*FUNCTIONS, "explain"])
@every_overflow
def test_types_that_do_not_fit_the_inputs(overflow: str, name: str) -> None:
    function = getattr(pyconvolve, name)
    for x, h, dtype, words in [
        (X * 1j, H, "f8", "complex"),
        (X, H * 1j, "u1", "complex"),
        (X, H, bool, "bool"),
        (X > 0, X.astype("u1")[:2, :2], bool, "bool"),
        (X.astype(object), H, "f8", "objects"),
        (X, H.astype(object), "u1", "objects"),
    ]:
        with pytest.raises(TypeError, match=f"dtype.*{words}"):
            function(x, h, dtype=dtype, overflow=overflow)


def test_objects_are_as_before() -> None:
    x = np.array([1, 2, 3], object)
    for overflow in OVERFLOWS:
        got = pyconvolve.convolve(x, x, overflow=overflow)
        np.testing.assert_array_equal(got, np.convolve([1, 2, 3], [1, 2, 3]))
        assert got.dtype == object


def test_out_has_the_type_of_the_result() -> None:
    with pytest.raises(TypeError, match=r"out must have the dtype uint8, not float64"):
        pyconvolve.convolve(X, H, "same", dtype="u1", out=np.empty_like(X))
    with pytest.raises(ValueError, match="out must have the shape"):
        pyconvolve.convolve(
            X, H, "same", dtype="u1", overflow="raise", out=np.empty(3, "u1")
        )


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0)])
def test_empty_images(shape: tuple[int, ...]) -> None:
    x, h = np.zeros(shape, "i8"), np.ones((1,) * len(shape), int)
    with pytest.raises(ValueError, match="in1"):
        pyconvolve.convolve(x, h, dtype="u1", overflow="saturate")
