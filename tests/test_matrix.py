"""Matrices of convolutions: single ones convolved, SciPy's matrices, and details."""

import tracemalloc
from math import prod
from typing import Any

import numpy as np
import pytest
import reference
import scipy.linalg
import scipy.sparse
from convolutions import (
    Convolution,
    assert_canonical,
    convolutions,
    matrix_by_columns,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import BOUNDARIES, DTYPES, MODES, any_values, small_integers

import pyconvolve
from pyconvolve._matrix import entries
from pyconvolve.matrix import ConvolutionOperator, Format, convolution_matrix

WRONG = (ValueError, TypeError)
# float16 is no type of sparse arrays.
SPARSE = [dtype for dtype in DTYPES if dtype != np.float16]


def assert_same(got: Any, want: np.ndarray) -> None:
    got = got.toarray() if scipy.sparse.issparse(got) else got
    assert type(got) is np.ndarray
    np.testing.assert_array_equal(got, want, strict=True)


@given(convolutions(*SPARSE))
def test_columns_are_convolutions_of_single_ones(case: Convolution) -> None:
    want = case.matrix()
    sparse = convolution_matrix(case.h, case.shape, **case.options)
    assert_canonical(sparse)
    assert_same(sparse, want)
    assert_same(
        convolution_matrix(case.h, case.shape, format="dense", **case.options), want
    )


@given(convolutions(), st.integers(0, 99))
def test_products_are_convolutions(case: Convolution, seed: int) -> None:
    x = case.signal(seed=seed)
    y = pyconvolve.convolve(x, case.h, **case.options)
    np.testing.assert_array_equal(y, reference.convolve(x, case.h, **case.options))
    matrix = convolution_matrix(case.h, case.shape, **case.options)
    assert matrix.shape == (y.size, x.size)
    assert_same(matrix @ x.ravel(), y.ravel())


@pytest.mark.parametrize("boundary", [*BOUNDARIES, ("constant", "wrap")])
def test_several_blocks_of_rows(boundary: Any) -> None:
    h, x = small_integers((9, 10), np.int64), small_integers((45, 50), np.int64, 1)
    assert x.size * h.size > entries._BLOCK
    matrix = convolution_matrix(h, x.shape, "same", boundary=boundary)
    assert_canonical(matrix)
    y = pyconvolve.convolve(x, h, "same", boundary=boundary)
    assert_same(matrix @ x.ravel(), y.ravel())
    dense = convolution_matrix(h, x.shape, "same", boundary=boundary, format="dense")
    assert_same(matrix, dense)


@pytest.mark.pairwise
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("boundary", [*BOUNDARIES, ("edge", "constant")])
@pytest.mark.parametrize("stride", [1, 2, (3, 1)])
@pytest.mark.parametrize("dilation", [1, 2, (1, 3)])
@pytest.mark.parametrize("axes", [(0, 1), (2, 0), (-2, -1)])
@pytest.mark.parametrize("taps", [(2, 3), (3, 1, 2), (1, 2, 3)])
@pytest.mark.parametrize("dtype", [np.int32, np.float64, np.complex64])
def test_each_pair_of_arguments(
    mode: Any, boundary: Any, stride: Any, dilation: Any, axes: Any, taps: Any,
    dtype: Any,
) -> None:  # fmt: skip
    shape = [7, 7, 7]
    for axis in {0, 1, 2} - {a % 3 for a in axes}:
        shape[axis] = 1 if len(taps) == 3 and mode == "full" else 2
        if len(taps) == 3:
            taps = (*taps[:axis], shape[axis], *taps[axis + 1 :])
    how: Any = {
        "mode": mode, "boundary": boundary, "stride": stride, "dilation": dilation,
        "axes": axes,
    }  # fmt: skip
    h = small_integers(taps, dtype, 1)
    matrix = convolution_matrix(h, shape, **how)
    assert_same(matrix, matrix_by_columns(h, tuple(shape), **how))
    x = small_integers(tuple(shape), dtype, 2)
    y = pyconvolve.convolve(x, h, **how)
    got = matrix @ x.ravel()
    assert got.dtype == y.dtype
    np.testing.assert_allclose(got, y.ravel(), 0, 1e-4 if dtype == np.complex64 else 0)


@given(st.integers(1, 9), st.integers(1, 9), st.sampled_from(MODES))
def test_equals_scipys_matrix(taps: int, samples: int, mode: Any) -> None:
    h = small_integers((taps,), np.int64, taps)
    got = convolution_matrix(h, samples, mode, format="dense")
    want = scipy.linalg.convolution_matrix(h, samples, mode)
    if mode == "same" and taps > samples:
        # SciPy's has as many outputs as taps, as numpy.convolve
        assert want.shape == (taps, samples)
        assert got.shape == (samples, samples)
        return
    assert_same(got, want)


@given(
    st.sampled_from(MODES), st.sampled_from(BOUNDARIES), st.integers(0, 9), st.data()
)
def test_a_composition_is_the_product(
    mode: Any, boundary: Any, seed: int, data: st.DataObject
) -> None:
    """Full convolutions compose to one with the convolved kernel; others do, too."""
    shapes = [data.draw(st.tuples(*[st.integers(1, 3)] * 2)) for _ in range(2)]
    f, g = (small_integers(shape, np.int64, seed + i) for i, shape in enumerate(shapes))
    x = small_integers((6, 7), np.int64, seed)
    once = pyconvolve.convolve(x, f, mode, boundary=boundary)
    twice = pyconvolve.convolve(once, g, mode, boundary=boundary)
    first = convolution_matrix(f, x.shape, mode, boundary=boundary)
    second = convolution_matrix(g, once.shape, mode, boundary=boundary)
    assert_same((second @ first) @ x.ravel(), twice.ravel())
    if mode in ("full", "valid") and boundary == "constant":
        both = convolution_matrix(pyconvolve.convolve(f, g), x.shape, mode)
        assert_same(second @ first, both.toarray())


@pytest.mark.parametrize("format", ["csr", "csc", "coo"])
def test_formats(format: Format) -> None:
    h = small_integers((3, 2), np.int32)
    got = convolution_matrix(h, (4, 5), boundary="edge", format=format)
    assert got.format == format
    assert isinstance(got, scipy.sparse.sparray)
    assert_same(got, matrix_by_columns(h, (4, 5), boundary="edge"))


def test_taps_that_are_zero_are_entries() -> None:
    matrix = convolution_matrix([0, 1, 0], 5, "valid")
    assert matrix.nnz == 9
    assert matrix.data.tolist() == [0, 1, 0] * 3


def test_taps_that_are_not_finite_reach_their_samples_only() -> None:
    matrix = convolution_matrix([np.inf, 1, np.nan], 3, "same", format="dense")
    want = [[1, np.inf, 0], [np.nan, 1, np.inf], [0, np.nan, 1]]
    np.testing.assert_array_equal(matrix, want)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_dtype(dtype: np.dtype) -> None:
    h = np.array([1, 0, 1], bool)
    for format in ("dense", "csr"):
        if dtype == np.float16 and format == "csr":
            continue
        got = convolution_matrix(h, 4, boundary="wrap", dtype=dtype, format=format)
        assert_same(got, matrix_by_columns(h.astype(dtype), (4,), boundary="wrap"))
    swapped = h.astype(dtype).astype(dtype.newbyteorder())
    got = convolution_matrix(swapped, 4, format="dense")
    assert got.dtype == dtype
    assert got.dtype.isnative


@pytest.mark.parametrize("format", ["dense", "csr"])
def test_repeated_integers_wrap_around(format: Format) -> None:
    """As sums do: modulo the range of the type."""
    h = np.full(3, 100, np.int8)
    matrix = convolution_matrix(h, 1, "same", boundary="edge", format=format)
    assert_same(matrix, np.array([[300 - 256]], np.int8))
    wide = convolution_matrix(h, 1, boundary="edge", dtype=np.int16, format=format)
    assert_same(wide, np.full((3, 1), 300, np.int16))


def test_half_precision_is_rounded_once() -> None:
    h = np.array([2048, 1, 1, 1, 1], np.float16)
    for taps in (h, h[::-1]):
        matrix = convolution_matrix(taps, 1, "same", boundary="edge", format="dense")
        assert_same(matrix, np.array([[2052]], np.float16))


def test_truth_values() -> None:
    rng = np.random.default_rng(0)
    h, x = rng.random((2, 3)) < 0.5, rng.random((5, 6)) < 0.3
    for format in ("dense", "csr"):
        matrix = convolution_matrix(h, x.shape, boundary="reflect", format=format)
        y = pyconvolve.convolve(x, h, boundary="reflect")
        assert_same(matrix @ x.ravel(), y.ravel())


def test_index_type() -> None:
    assert entries.index_type(2**31 - 1) == np.int32
    assert entries.index_type(2**31) == np.int64


def test_indices_of_small_matrices() -> None:
    for boundary in ("constant", "symmetric"):
        matrix = convolution_matrix([1, 2], (40,), boundary=boundary)
        assert matrix.indices.dtype == matrix.indptr.dtype == np.int32


@pytest.mark.parametrize("boundary", ["constant", "wrap"])
def test_indices_of_signals_beyond_32_bits(boundary: Any) -> None:
    samples = 2**31 + 10
    matrix = convolution_matrix(
        [1, 2, 3], samples, "same", boundary=boundary, stride=2**30
    )
    assert matrix.shape == (3, samples)
    assert matrix.indices.dtype == matrix.indptr.dtype == np.int64
    assert_canonical(matrix)
    rows = [{1: 1, 0: 2, samples - 1: 3}, {}, {}]
    if boundary == "constant":
        del rows[0][samples - 1]
    for row, at in ((1, 2**30), (2, 2**31)):
        rows[row] = {at + 1: 1, at: 2, at - 1: 3}
    for row, want in enumerate(rows):
        part = slice(*matrix.indptr[row : row + 2])
        got = zip(
            matrix.indices[part].tolist(), matrix.data[part].tolist(), strict=True
        )
        assert dict(got) == want


@pytest.mark.parametrize("boundary", ["constant", "wrap"])
@pytest.mark.parametrize(
    ("taps", "shape"), [((9, 9), (150, 160)), ((500,), (4000,)), ((2,), (900_000,))]
)
def test_memory(taps: Any, shape: Any, boundary: Any) -> None:
    """The arrays of the matrix, two numbers for each row, and blocks of few MB."""
    h = np.ones(taps)
    convolution_matrix(h, (10,) * len(shape))
    tracemalloc.start()
    try:
        matrix = convolution_matrix(h, shape, boundary=boundary)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    size = matrix.data.nbytes + matrix.indices.nbytes + matrix.indptr.nbytes
    assert peak < size + 16 * matrix.shape[0] + 12e6


@settings(max_examples=50)
@given(convolutions(np.dtype(np.float64)), st.integers(0, 99))
def test_any_numbers(case: Convolution, seed: int) -> None:
    """Products with normally distributed numbers are convolutions to rounding."""
    h = any_values(case.h.shape, np.float64, seed)
    x = any_values(case.shape, np.float64, seed + 1)
    matrix = convolution_matrix(h, case.shape, **case.options)
    y = pyconvolve.convolve(x, h, **case.options)
    bound = 1e-14 * np.linalg.norm(h) * np.linalg.norm(x) * 4
    assert abs(matrix @ x.ravel() - y.ravel()).max(initial=0) <= bound


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("h", value) for value in ([], "abc", [1, 2], None, np.ones((2, 2, 2)))),
        *(("h", value) for value in (np.array([1, None]), np.zeros((2, 0)), 3)),
        *(("shape", value) for value in (0, -1, (3, 0), (), 2.5, "33", None, 2**70)),
        *(("mode", value) for value in ("bogus", None, 1)),
        *(("boundary", value) for value in ("circular", "", 0, ("edge",) * 3)),
        *(("stride", value) for value in (0, 1.5, (1, 0), (1,), 2**31)),
        *(("dilation", value) for value in (0, 1.5, (1, 0), (1,), 2**31)),
        *(("axes", value) for value in (2, (0, 0), 1.5, ())),
        *(("dtype", value) for value in ("U3", object, "bogus", np.int8, bool)),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_wrong_arguments_are_named(name: str, value: Any) -> None:
    given: dict[str, Any] = {"h": [[1, 2], [3, 200.5]], "shape": (4, 5)}
    for make in (convolution_matrix, ConvolutionOperator):
        with pytest.raises(WRONG, match=rf"\b{name}\b"):
            make(**{**given, name: value})


@pytest.mark.parametrize("value", ["dok", "array", None, 0])
def test_format_is_checked(value: Any) -> None:
    with pytest.raises(ValueError, match="format must be 'csr'"):
        convolution_matrix([1, 2], 3, format=value)


def test_dtype_must_hold_the_taps() -> None:
    with pytest.raises(TypeError, match="dtype must be a type of complex"):
        convolution_matrix([1j], 3, dtype=float)
    for h, dtype in (([300], np.int8), ([-1], np.uint8), ([2], bool)):
        with pytest.raises(ValueError, match="dtype must hold the taps of h"):
            convolution_matrix(h, 3, dtype=dtype)
    with pytest.raises(TypeError, match="dtype must not be float16"):
        convolution_matrix(np.ones(2, np.float16), 3)


def test_valid_needs_one_that_is_larger() -> None:
    """The rule and the message are those of `convolve`."""
    with pytest.raises(ValueError, match="mode 'valid' needs x or h at least as large"):
        convolution_matrix(np.ones((1, 3)), (3, 1), "valid")
    with pytest.raises(ValueError, match="dilation is"):
        convolution_matrix(np.ones(3), 2, "valid", dilation=2)
    small = convolution_matrix([1, 2, 3], 2, "valid", format="dense")
    assert small.tolist() == [[2, 1], [3, 2]]


def test_sizes() -> None:
    """Entries outside are not stored."""
    matrix = convolution_matrix(np.ones((3, 4)), (10, 20))
    assert matrix.shape == (12 * 23, 200)
    assert matrix.nnz == 200 * 12
    assert convolution_matrix(np.ones(50), 3, "same").nnz == prod((3, 3))
