"""Algebraic laws of convolution, tested on exact numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import BOUNDARIES, DTYPES, FLOATS, MODES, any_values, small_integers

import pyconvolve

pytestmark = pytest.mark.compiled

SHAPES = st.lists(st.integers(1, 9), min_size=1, max_size=3).map(tuple)
EXACT = st.sampled_from([np.dtype(t) for t in ("i8", "u1", "f8", "f4", "c16", "c8")])
SEEDS = st.integers(0, 999)


def kernel_shape(shape: tuple[int, ...], draw: st.DataObject) -> tuple[int, ...]:
    """Draw a shape with as many axes."""
    return tuple(draw.draw(st.integers(1, 6)) for _ in shape)


@given(SHAPES, EXACT, SEEDS, st.data())
def test_linear(
    shape: tuple[int, ...], dtype: np.dtype, seed: int, data: st.DataObject
) -> None:
    x, y = small_integers(shape, dtype, seed), small_integers(shape, dtype, seed + 1)
    g = small_integers(kernel_shape(shape, data), dtype, seed + 2)
    h = small_integers(g.shape, dtype, seed + 3)
    mode = data.draw(st.sampled_from(["full", "same"]))
    boundary = data.draw(st.sampled_from(BOUNDARIES))

    def convolve(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return pyconvolve.convolve(a, b, mode, "direct", boundary=boundary)

    three = dtype.type(3)
    in_x = convolve(x + three * y, h)
    np.testing.assert_array_equal(in_x, convolve(x, h) + three * convolve(y, h))
    in_h = convolve(x, g + three * h)
    np.testing.assert_array_equal(in_h, convolve(x, g) + three * convolve(x, h))


@given(SHAPES, EXACT, SEEDS, st.data())
def test_commutative(
    shape: tuple[int, ...], dtype: np.dtype, seed: int, data: st.DataObject
) -> None:
    x = small_integers(shape, dtype, seed)
    h = small_integers(kernel_shape(shape, data), dtype, seed + 1)
    first = pyconvolve.convolve(x, h, method="direct")
    np.testing.assert_array_equal(first, pyconvolve.convolve(h, x, method="direct"))


@given(SHAPES, EXACT, SEEDS, st.data())
def test_associative(
    shape: tuple[int, ...], dtype: np.dtype, seed: int, data: st.DataObject
) -> None:
    x = small_integers(shape, dtype, seed)
    g = small_integers(kernel_shape(shape, data), dtype, seed + 1)
    h = small_integers(kernel_shape(shape, data), dtype, seed + 2)
    convolve = pyconvolve.convolve
    left = convolve(convolve(x, g, method="direct"), h, method="direct")
    right = convolve(x, convolve(g, h, method="direct"), method="direct")
    np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize(
    ("data", "kernel"), [((37,), (9,)), ((8200,), (33,)), ((35, 41), (5, 4))]
)
def test_equivariant_to_circular_shifts(
    data: tuple[int, ...], kernel: tuple[int, ...], dtype: np.dtype
) -> None:
    x, h = any_values(data, dtype), any_values(kernel, dtype, seed=1)
    want = pyconvolve.convolve(x, h, "same", "direct", boundary="wrap")
    for shift in (1, 5, 16, 100):
        moved = pyconvolve.convolve(
            np.roll(x, (shift,) * x.ndim, range(x.ndim)),
            h,
            "same",
            "direct",
            boundary="wrap",
        )
        back = np.roll(moved, (-shift,) * x.ndim, range(x.ndim))
        np.testing.assert_array_equal(back, want)


@given(SHAPES, EXACT, SEEDS, st.data())
def test_correlation_is_convolution_with_the_flipped_conjugate(
    shape: tuple[int, ...], dtype: np.dtype, seed: int, data: st.DataObject
) -> None:
    x = small_integers(shape, dtype, seed)
    h = small_integers(kernel_shape(shape, data), dtype, seed + 1)
    flipped = np.flip(h).conj()
    boundary = data.draw(st.sampled_from(BOUNDARIES))
    options = {"boundary": boundary, "stride": 2, "dilation": 2}
    for mode in ("full", "same"):
        np.testing.assert_array_equal(
            pyconvolve.correlate(x, h, mode, "direct", **options),
            pyconvolve.convolve(x, flipped, mode, "direct", **options),
        )


@given(SHAPES, SEEDS, st.data())
def test_adjoint(shape: tuple[int, ...], seed: int, data: st.DataObject) -> None:
    """<x * h, y> = <x, y correlated with h>, with <a, b> the sum of conj(a) b."""
    x = small_integers(shape, np.complex128, seed)
    h = small_integers(kernel_shape(shape, data), np.complex128, seed + 1)
    blurred = pyconvolve.convolve(x, h, "full", "direct")
    y = small_integers(blurred.shape, np.complex128, seed + 2)
    back = pyconvolve.correlate(y, h, "valid", "direct")
    assert np.vdot(blurred, y) == np.vdot(x, back)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize(
    "kernel", [(1,), (8,), (9,), (100,), (3, 4), (9, 20), (2, 3, 5)]
)
def test_an_impulse_gives_the_kernel(kernel: tuple[int, ...], dtype: np.dtype) -> None:
    h = any_values(kernel, dtype)
    one = np.ones((1,) * len(kernel), dtype)
    np.testing.assert_array_equal(pyconvolve.convolve(one, h), h)
    np.testing.assert_array_equal(pyconvolve.convolve(h, one), h)
    impulse = np.zeros([2 * k + 1 for k in kernel], dtype)
    impulse[kernel] = 1
    got = pyconvolve.convolve(impulse, h, method="direct")
    inside = tuple(slice(k, 2 * k) for k in kernel)
    np.testing.assert_array_equal(got[inside], h)
    got[inside] = 0
    assert not got.any()


@pytest.mark.parametrize("boundary", sorted({*BOUNDARIES} - {"constant"}))
@pytest.mark.parametrize("mode", MODES)
def test_a_constant_stays_constant(mode: str, boundary: str) -> None:
    h = small_integers((4, 5), np.float32, seed=1)
    got = pyconvolve.convolve(
        np.full((30, 31), 2, np.float32), h, mode, boundary=boundary
    )
    assert (got == 2 * h.sum()).all()


@given(SHAPES, EXACT, SEEDS, st.data())
def test_the_sum_is_the_product_of_the_sums(
    shape: tuple[int, ...], dtype: np.dtype, seed: int, data: st.DataObject
) -> None:
    x = small_integers(shape, dtype, seed)
    h = small_integers(kernel_shape(shape, data), dtype, seed + 1)
    x_sum, h_sum, y_sum = (
        a.sum(dtype=dtype).reshape(1)
        for a in (x, h, pyconvolve.convolve(x, h, method="direct"))
    )
    np.testing.assert_array_equal(y_sum, x_sum * h_sum)


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_rows_then_columns_are_the_outer_product(boundary: str) -> None:
    x = small_integers((40, 50), np.int32)
    rows, columns = small_integers((5,), np.int32, 1), small_integers((4,), np.int32, 2)
    step = pyconvolve.convolve(x, rows, "same", axes=1, boundary=boundary)
    step = pyconvolve.convolve(step, columns, "same", axes=0, boundary=boundary)
    kernel = np.outer(columns, rows)
    whole = pyconvolve.convolve(x, kernel, "same", boundary=boundary)
    np.testing.assert_array_equal(step, whole)
