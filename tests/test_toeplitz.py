"""Toeplitz and circulant operators: SciPy's matrices, and their inverses."""

import pickle
from typing import Any

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given
from hypothesis import strategies as st
from problems import any_values, small_integers

import pyconvolve
from pyconvolve.matrix import circulant_operator, toeplitz_operator

WRONG = (ValueError, TypeError)
LENGTHS = st.integers(1, 9)
TYPES = st.sampled_from([np.int64, np.float64, np.complex128])
SHAPES = st.lists(st.integers(1, 5), min_size=1, max_size=3).map(tuple)


@given(LENGTHS, LENGTHS, st.booleans(), TYPES, st.integers(0, 99))
def test_equals_scipys_toeplitz(
    rows: int, columns: int, is_given: bool, dtype: Any, seed: int
) -> None:
    c = small_integers((rows,), dtype, seed)
    r = small_integers((columns,), dtype, seed + 1) if is_given else None
    A, want = toeplitz_operator(c, r), scipy.linalg.toeplitz(c, r)
    np.testing.assert_array_equal(A.tocsr().toarray(), want, strict=True)
    x = small_integers((want.shape[1], 2), dtype, seed + 2)
    y = small_integers((rows,), dtype, seed + 3)
    np.testing.assert_allclose(A @ x, want @ x, 0, 1e-12, strict=True)
    np.testing.assert_allclose(A @ x[:, 0], want @ x[:, 0], 0, 1e-12, strict=True)
    np.testing.assert_allclose(A.H @ y, want.conj().T @ y, 0, 1e-12, strict=True)
    np.testing.assert_allclose(A.T @ y, want.T @ y, 0, 1e-12, strict=True)


@pytest.mark.parametrize(("rows", "columns"), [(2000, 3000), (5, 40_000), (9000, 1)])
@pytest.mark.parametrize("dtype", [np.float64, np.complex128])
def test_equals_scipys_product(rows: int, columns: int, dtype: Any) -> None:
    c, r, x, y = (any_values((n,), dtype, i) for i, n in enumerate((rows, columns) * 2))
    x, y = y, x
    A = toeplitz_operator(c, r)
    want = scipy.linalg.matmul_toeplitz((c, r), x)
    bound = 1e-14 * np.linalg.norm([*c, *r]) * np.linalg.norm(x)
    np.testing.assert_allclose(A @ x, want, 0, 10 * bound)
    error = abs(np.vdot(A @ x, y) - np.vdot(x, A.H @ y))
    assert error <= 10 * bound * np.linalg.norm(y)


def test_toeplitz_types() -> None:
    A = toeplitz_operator(np.ones(3, np.float32), np.ones(2, np.float32))
    assert A.dtype == (A @ np.ones(2, np.float32)).dtype == np.float32
    assert toeplitz_operator([1, 2j]).tocsr().toarray().tolist() == [[1, -2j], [2j, 1]]


@pytest.mark.parametrize("value", [[], [[1]], 1, ["a"], [None], None])
def test_wrong_toeplitz_arguments_are_named(value: Any) -> None:
    with pytest.raises(WRONG, match=r"\bc\b"):
        toeplitz_operator(value)
    if value is not None:
        with pytest.raises(WRONG, match=r"\br\b"):
            toeplitz_operator([1, 2], value)


def circulant_matrix(h: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return the matrix whose columns are shifts of the kernel."""
    padded = np.zeros(shape, h.dtype)
    padded[tuple(map(slice, h.shape))] = h
    columns = [np.roll(padded, at, range(h.ndim)) for at in np.ndindex(shape)]
    return np.stack([column.ravel() for column in columns], 1)


@given(SHAPES, TYPES, st.integers(0, 99), st.data())
def test_circulant_columns_are_shifts(
    shape: tuple[int, ...], dtype: Any, seed: int, data: st.DataObject
) -> None:
    taps = tuple(data.draw(st.integers(1, n)) for n in shape)
    h = small_integers(taps, dtype, seed)
    A = circulant_operator(h) if taps == shape else circulant_operator(h, shape)
    want = circulant_matrix(h, shape)
    np.testing.assert_array_equal(A.tocsr().toarray(), want, strict=True)
    if len(shape) == 1 and taps == shape:
        np.testing.assert_array_equal(want, scipy.linalg.circulant(h))
    x = small_integers((len(want),), dtype, seed + 1)
    for operator, matrix in ((A, want), (A.T, want.T), (A.H, want.conj().T)):
        np.testing.assert_allclose(operator @ x, matrix @ x, 0, 1e-12)
    assert A.input_shape == A.output_shape == shape
    x = x.reshape(shape)
    np.testing.assert_allclose(
        A.kernel_operator(x) @ h.ravel(), want @ x.ravel(), 0, 1e-12
    )


@given(SHAPES, TYPES, st.integers(0, 99))
def test_eigenvalues(shape: tuple[int, ...], dtype: Any, seed: int) -> None:
    """Waves are eigenvectors."""
    make = small_integers if dtype is np.int64 else any_values
    h = make(shape, dtype, seed)
    A = circulant_operator(h)
    eigenvalues = A.eigenvalues
    assert eigenvalues.shape == shape
    assert eigenvalues.dtype == np.complex128
    matrix = circulant_matrix(h, shape)
    for at in np.ndindex(shape):
        spectrum = np.zeros(shape)
        spectrum[at] = 1
        wave = np.fft.ifftn(spectrum).ravel()
        np.testing.assert_allclose(matrix @ wave, eigenvalues[at] * wave, 0, 1e-10)
        np.testing.assert_allclose(A @ wave, eigenvalues[at] * wave, 0, 1e-10)


def test_eigenvalues_can_be_changed() -> None:
    A = circulant_operator([2.0, 1.0])
    A.eigenvalues[:] = 0
    assert A.eigenvalues.real.tolist() == [3, 1]


@given(SHAPES, TYPES, TYPES, st.integers(0, 99), st.integers(0, 2))
def test_solve_is_the_inverse(
    shape: tuple[int, ...], dtype: Any, other: Any, seed: int, columns: int
) -> None:
    h = small_integers(shape, dtype, seed)
    h.flat[0] += 5 * h.size
    A = circulant_operator(h)
    matrix = circulant_matrix(h, shape)
    size = (len(matrix), columns) if columns else shape
    b = small_integers(size, other, seed + 1)
    x = A.solve(b)
    assert x.shape == b.shape
    is_complex = np.iscomplexobj(h) or np.iscomplexobj(b)
    assert x.dtype == (np.complex128 if is_complex else np.float64)
    flat = b if columns else b.ravel()
    want = np.linalg.solve(matrix, flat).reshape(b.shape)
    np.testing.assert_allclose(x, want, 0, 1e-12)
    np.testing.assert_allclose(A.solve(flat), want.reshape(flat.shape), 0, 1e-12)
    if len(shape) == 1:
        want = scipy.linalg.solve_circulant(h, flat)
        np.testing.assert_allclose(x, want, 0, 1e-12)


@given(SHAPES, TYPES, st.floats(1e-3, 10), st.integers(0, 99))
def test_solve_with_regularization(
    shape: tuple[int, ...], dtype: Any, regularization: float, seed: int
) -> None:
    """The normal equations by LAPACK; the matrix may be singular."""
    h, b = (small_integers(shape, dtype, seed + i) for i in range(2))
    matrix = circulant_matrix(h, shape)
    adjoint = matrix.conj().T
    normal = adjoint @ matrix + regularization * np.eye(len(matrix))
    want = np.linalg.solve(normal, adjoint @ b.ravel()).reshape(shape)
    got = circulant_operator(h).solve(b, regularization)
    np.testing.assert_allclose(got, want, 0, 1e-9 * (1 + abs(want).max()))


def test_singular_matrices_are_named() -> None:
    A = circulant_operator([[1, -1]], (2, 4))
    with pytest.raises(np.linalg.LinAlgError, match="singular: 2 of its 8 eigenvalues"):
        A.solve(np.ones((2, 4)))
    with pytest.raises(np.linalg.LinAlgError, match="singular"):
        circulant_operator([0.0, 0.0]).solve([1, 2])
    with pytest.raises(np.linalg.LinAlgError, match="singular"):
        circulant_operator(np.ones(7) / 7, 49).solve(np.ones(49))
    assert A.solve(np.ones((2, 4)), 0.5).shape == (2, 4)


def test_periodic_convolution() -> None:
    """The operator of mode 'same' is the one of the kernel moved to element 0."""
    h, x = any_values((3, 4), np.float64), any_values((8, 9), np.float64, 1)
    y = pyconvolve.convolve(x, h, "same", boundary="wrap")
    padded = np.zeros(x.shape)
    padded[:3, :4] = h
    A = circulant_operator(np.roll(padded, (-1, -1), (0, 1)))
    np.testing.assert_allclose(A @ x.ravel(), y.ravel(), 0, 1e-12)
    np.testing.assert_allclose(A.solve(y), x, 0, 1e-10)


@pytest.mark.parametrize(
    ("h", "b", "result"),
    [("f4", "f4", "f4"), ("f4", "f8", "f8"), ("f4", "c8", "c8"), ("f2", "f2", "f4"),
     ("i1", "u1", "f8"), ("f8", "f4", "f8"), ("g", "f4", "g"), ("?", "?", "f8")],
)  # fmt: skip
def test_types_of_solve(h: str, b: str, result: str) -> None:
    kernel, image = np.array([[1, 0, 1]], h), np.arange(12).reshape(4, 3).astype(b)
    A = circulant_operator(kernel, (4, 3))
    got = A.solve(image)
    assert got.dtype == np.dtype(result)
    np.testing.assert_allclose((A @ got.ravel()).astype("D"), image.ravel(), 0, 1e-5)


def test_pickling() -> None:
    A = circulant_operator([3, 1], 500)
    b = np.arange(500)
    want = A.solve(b)
    data = pickle.dumps(A)
    assert len(data) < 1000
    copy = pickle.loads(data)
    np.testing.assert_array_equal(copy.solve(b), want)
    np.testing.assert_array_equal(copy @ b, A @ b)
    assert (
        repr(copy)
        == repr(A)
        == ("<500x500 CirculantOperator with dtype=int64: 2 taps on 500, circulant>")
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("h", value) for value in ([], 3, "abc", None, np.zeros((2, 0)))),
        *(("shape", value) for value in (1, (3, 3), 0, 2.5, "3", ())),
    ],
    ids=repr,
)
def test_wrong_circulant_arguments_are_named(name: str, value: Any) -> None:
    with pytest.raises(WRONG, match=rf"\b{name}\b"):
        circulant_operator(**{"h": [1, 2], name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("b", value) for value in (np.ones(5), np.ones((3, 2)), np.ones((6, 1, 1)))),
        *(("b", value) for value in (1, "abc", [None] * 6)),
        *(("regularization", value) for value in (-1, np.nan, np.inf, 1j, "1", [1])),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_wrong_arguments_of_solve_are_named(name: str, value: Any) -> None:
    A = circulant_operator([[1, 2]], (2, 3))
    with pytest.raises(WRONG, match=rf"\b{name}\b"):
        A.solve(**{"b": np.ones(6), name: value})
