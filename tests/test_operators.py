"""Linear operators of convolutions: their matrices, adjoints, and other libraries."""

import pickle
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import reference
import scipy.sparse.linalg
from convolutions import Convolution, assert_canonical, convolutions
from hypothesis import given
from hypothesis import strategies as st
from problems import BOUNDARIES, DTYPES, any_values, small_integers

import pyconvolve
from pyconvolve import kernels
from pyconvolve.matrix import ConvolutionOperator, convolution_matrix

WRONG = (ValueError, TypeError)
COMPLEX = np.dtype(np.complex128)
SEEDS = st.integers(0, 99)


def operator_of(case: Convolution) -> ConvolutionOperator:
    return ConvolutionOperator(case.h, case.shape, **case.options)


def vectors(shape: Any, *types: Any, seed: int = 0) -> list[np.ndarray]:
    """Draw a vector or columns of small integers of each type."""
    return [small_integers(shape, dtype, seed + i, 9) for i, dtype in enumerate(types)]


def assert_close(got: np.ndarray, want: np.ndarray) -> None:
    """Compare integers exactly; transforms may round others, though by far below 1."""
    assert got.dtype == want.dtype
    assert got.shape == want.shape
    if got.dtype.kind in "biu":
        np.testing.assert_array_equal(got, want)
    else:
        np.testing.assert_allclose(got, want, 0, 1e-8)


def inner(a: np.ndarray, b: np.ndarray) -> int:
    """Return the inner product in Python's integers."""
    return sum(m * n for m, n in zip(a.tolist(), b.tolist(), strict=True))


@given(convolutions(np.dtype(np.int64), COMPLEX), SEEDS)
def test_equals_the_matrix(case: Convolution, seed: int) -> None:
    """The operator, its transpose, its adjoint, and its conjugate."""
    A, dense = operator_of(case), case.matrix()
    assert A.shape == dense.shape
    assert A.dtype == dense.dtype
    assert A.input_shape == case.shape
    for operator, matrix in (
        (A, dense),
        (A.T, dense.T),
        (A.H, dense.conj().T),
        (A.H.T, dense.conj()),
        (A.T.H, dense.conj()),
    ):
        assert operator.shape == matrix.shape
        assert operator.dtype == matrix.dtype
        m, n = matrix.shape
        for x in vectors(n, np.int64, COMPLEX, seed=seed):
            assert_close(operator @ x, matrix @ x)
            assert_close(operator.matvec(x[:, None]), (matrix @ x)[:, None])
        for x in vectors((n, 3), np.int64, COMPLEX, seed=seed):
            assert_close(operator @ x, matrix @ x)
        for y in vectors(m, np.int64, COMPLEX, seed=seed):
            assert_close(operator.rmatvec(y), matrix.conj().T @ y)
        for y in vectors((m, 2), np.int64, COMPLEX, seed=seed):
            assert_close(operator.rmatmat(y), matrix.conj().T @ y)
        np.testing.assert_array_equal(operator.tocsr().toarray(), matrix, strict=True)


@given(convolutions(), SEEDS)
def test_adjoint_identity(case: Convolution, seed: int) -> None:
    """<Ax, y> = <x, A'y>, in integers and by nothing but sums of the reference."""
    x = case.signal(seed=seed)
    want = reference.convolve(x, case.h, **case.options)
    A = operator_of(case)
    assert A.output_shape == want.shape
    (y,) = vectors(want.size, np.int64, seed=seed + 1)
    product = inner(want.ravel(), y)
    assert inner(A @ x.ravel(), y) == product
    assert inner(x.ravel(), A.H @ y) == inner(x.ravel(), A.T @ y) == product
    K = A.kernel_operator(x)
    assert inner(K @ case.h.ravel(), y) == product
    assert inner(case.h.ravel(), K.H @ y) == product


@given(convolutions(np.dtype(np.int64), COMPLEX), SEEDS)
def test_kernel_operator(case: Convolution, seed: int) -> None:
    """Its matrix has the convolutions of single taps as columns."""
    for dtype in (np.int64, COMPLEX):
        x = case.signal(dtype, seed)
        K = operator_of(case).kernel_operator(x)
        assert K.input_shape == case.h.shape
        assert K.dtype == dtype
        taps = np.eye(case.h.size, dtype=dtype).reshape(-1, *case.h.shape)
        columns = [
            reference.convolve(x, tap, **case.options).ravel().astype(dtype)
            for tap in taps
        ]
        dense = np.stack(columns, 1)
        sparse = K.tocsr()
        assert_canonical(sparse)
        np.testing.assert_array_equal(sparse.toarray(), dense, strict=True)
        h = case.h.ravel()
        assert_close(K @ h, dense @ h)
        assert_close(K.T.H @ h, dense.conj() @ h)
        for y in vectors(len(dense), np.int64, COMPLEX, seed=seed):
            assert_close(K.H @ y, dense.conj().T @ y)
            assert_close(K.T @ y, dense.T @ y)
        for taps in vectors((h.size, 3), np.int64, COMPLEX, seed=seed):
            assert_close(K @ taps, dense @ taps)
        for y in vectors((len(dense), 2), np.int64, COMPLEX, seed=seed):
            assert_close(K.rmatmat(y), dense.conj().T @ y)


def test_kernels_whose_axes_have_another_order() -> None:
    h, x = small_integers((2, 3), np.int64), small_integers((6, 2, 5), np.int64, 1)
    A = ConvolutionOperator(h, x.shape, axes=(2, 0), boundary="edge")
    y = pyconvolve.convolve(x, h.T[:, None], axes=(0, 2), boundary="edge").ravel()
    np.testing.assert_array_equal(A @ x.ravel(), y)
    K = A.kernel_operator(x)
    assert_canonical(K.tocsr())
    np.testing.assert_array_equal(K @ h.ravel(), y)
    np.testing.assert_array_equal(K.H @ y, K.tocsr().T @ y)


@pytest.mark.parametrize("boundary", BOUNDARIES)
@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("side", [5, 41])
def test_adjoints_of_larger_images(boundary: Any, mode: Any, side: int) -> None:
    """Direct sums and transforms; integers are exact by both."""
    rng = np.random.default_rng(0)
    h = rng.integers(-9, 10, (side, side + 1))
    how: Any = {"mode": mode, "boundary": boundary}
    A = ConvolutionOperator(h, (130, 120), **how)
    x = rng.integers(-9, 10, A.input_shape)
    y = rng.integers(-9, 10, A.output_shape)
    want = int(np.vdot(pyconvolve.convolve(x, h, **how), y))
    assert np.vdot(A @ x.ravel(), y) == want
    assert np.vdot(x, A.H @ y.ravel()) == want
    assert np.vdot(h, A.kernel_operator(x).H @ y.ravel()) == want


@pytest.mark.parametrize(("side", "taps"), [(40, 100), (150, 401), (12, 60)])
def test_taps_that_meet_no_sample_have_no_gradient(side: int, taps: int) -> None:
    """The kernel of mode 'same' is more than twice as large as the image."""
    rng = np.random.default_rng(0)
    A = ConvolutionOperator(np.ones((taps, 3)), (side, 20), "same")
    K = A.kernel_operator(rng.integers(1, 9, A.input_shape).astype(float))
    y = rng.integers(1, 9, (K.shape[0], 3)).astype(float)
    want = K.tocsr().T @ y
    assert (want == 0).any()
    for _ in range(2):
        # freed results have other numbers than zero
        np.testing.assert_allclose(K.H @ y, want, 1e-12, 1e-9)
        np.testing.assert_allclose(K.H @ y[:, 0], want[:, 0], 1e-12, 1e-9)


FORMS = {
    "box": np.full((25, 27), 1 / 625),
    "gaussian": kernels.gaussian(4.0, ndim=2),
    "sparse": np.where(np.arange(31 * 31).reshape(31, 31) % 97, 0, 1.5),
    "dense": any_values((31, 30), np.float64),
}


@pytest.mark.parametrize("boundary", BOUNDARIES)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("stride", [1, 3])
def test_adjoints_of_all_forms_of_kernels(
    form: str, boundary: Any, stride: int
) -> None:
    h = FORMS[form]
    A = ConvolutionOperator(h, (300, 301), "same", boundary=boundary, stride=stride)
    x, y = (any_values(n, np.float64, i) for i, n in enumerate(A.shape[::-1]))
    error = abs(np.vdot(A @ x, y) - np.vdot(x, A.H @ y))
    norms = np.linalg.norm(x) * np.linalg.norm(y) * np.linalg.norm(h)
    assert error <= 1e-13 * norms * 10


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_types_are_kept(dtype: np.dtype) -> None:
    h = small_integers((3, 2), dtype, 1)
    for boundary in ("constant", "symmetric"):
        how: Any = {"boundary": boundary}
        A = ConvolutionOperator(h, (5, 6), **how)
        assert A.dtype == dtype
        for other in DTYPES:
            x = small_integers((5, 6), other, 2)
            y = pyconvolve.convolve(x, h, **how)
            got = A @ x.ravel()
            np.testing.assert_array_equal(got, y.ravel(), strict=True)
            back = A.H @ small_integers(A.shape[:1], other, 3)
            assert back.dtype == y.dtype
            assert (A @ x.reshape(-1, 1)).dtype == y.dtype
            assert A.kernel_operator(x).H.matvec(y.ravel()).dtype == y.dtype


def test_half_precision_is_rounded_once() -> None:
    """Also where sums of positions outside are added."""
    h = np.ones(3, np.float16)
    A = ConvolutionOperator(h, 1, "full", boundary="edge")
    y = np.array([2048, 1, 1], np.float16)
    # sums of positions are 2048, 2049, 2050, 2 and 1; 2049 is no float16
    assert (A.H @ y).tolist() == [np.float16(6150)] != [np.float16(6149)]


def test_dtype() -> None:
    A = ConvolutionOperator([100, 100], 3, dtype=np.int16)
    assert A.dtype == np.int16
    assert (A @ np.full(3, 2, np.int8)).tolist() == [200, 400, 400, 200]
    assert (A @ np.full(3, 2, np.int8)).dtype == np.int16
    assert ConvolutionOperator([1, 2], 3, dtype=np.float32).H.dtype == np.float32


@pytest.mark.parametrize("boundary", ["constant", "wrap"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_results_are_those_of_a_convolver(boundary: Any, dtype: Any) -> None:
    """Bit for bit."""
    x, h = any_values((200, 150), dtype), any_values((17, 16), dtype)
    how: Any = {"mode": "same", "boundary": boundary}
    want = pyconvolve.Convolver(h, **how)(x)
    A = ConvolutionOperator(h, x.shape, **how)
    np.testing.assert_array_equal(A @ x.ravel(), want.ravel(), strict=True)


def test_vectors_of_any_layout() -> None:
    h, x = small_integers((3, 3), np.int64), small_integers((40, 2), np.int64, 1)
    A = ConvolutionOperator(h, (5, 8), boundary="reflect")
    want = convolution_matrix(h, (5, 8), boundary="reflect") @ x
    for columns in (x, np.asfortranarray(x), x[::-1][::-1], np.repeat(x, 2, 1)[:, ::2]):
        np.testing.assert_array_equal(A @ columns, want)
        np.testing.assert_array_equal(A @ columns[:, 1], want[:, 1])
    swapped = x.astype(x.dtype.newbyteorder())
    np.testing.assert_array_equal(A @ swapped, want)
    with pytest.warns(PendingDeprecationWarning):
        matrix = np.asmatrix(x[:, :1])
    assert isinstance(A.matvec(matrix), np.matrix)
    np.testing.assert_array_equal(A.matvec(matrix), want[:, :1])
    assert (A @ np.ones((40, 0))).shape == (70, 0)
    assert (A.H @ np.ones((70, 0))).shape == (40, 0)


def test_a_product_copies_no_image() -> None:
    x, h = np.ones((512, 512), np.float32), np.ones((5, 5), np.float32)
    A = ConvolutionOperator(h, x.shape, "same", boundary="wrap")
    for operator in (A, A.H):
        vector = x.ravel()
        operator.matvec(vector)
        tracemalloc.start()
        try:
            operator.matvec(vector)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < 1.1 * x.nbytes


@given(st.integers(1, 8), st.integers(0, 9), st.sampled_from(BOUNDARIES))
def test_sums_and_products_of_operators(n: int, seed: int, boundary: Any) -> None:
    f, g = (small_integers((3,), np.int64, seed + i) for i in range(2))
    x = small_integers((n,), np.int64, seed)
    F, G = (ConvolutionOperator(h, n, "same", boundary=boundary) for h in (f, g))
    f, g = F.tocsr().toarray(), G.tocsr().toarray()
    for got, want in (
        (F + G, f + g),
        (F - 2 * G, f - 2 * g),
        (F @ G, f @ g),
        (F**3, f @ f @ f),
        (-F, -f),
        ((F @ G).H, (f @ g).T),
        ((F + G).T, (f + g).T),
    ):
        assert isinstance(got, scipy.sparse.linalg.LinearOperator)
        np.testing.assert_array_equal(got @ x, want @ x)
    np.testing.assert_array_equal(x @ F, x @ f)
    np.testing.assert_array_equal(F(x), f @ x)


def test_transposes_of_transposes_are_the_operator() -> None:
    A = ConvolutionOperator([1, 2j], 4)
    assert A.T.T is A.H.H is A
    assert A.T.H.H.T is A
    real = ConvolutionOperator([1, 2], 4)
    assert real.T.H is real


@pytest.mark.parametrize("pick", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickling(pick: int) -> None:
    A = ConvolutionOperator([[1, 2j]], (3, 4), boundary="edge", workers=1)
    K = A.kernel_operator(np.arange(12))
    x, y = np.arange(12), np.arange(15)
    for operator, vector in ((A, x), (A.H, y), (A.T, y), (K, [1, 2]), (K.H, y)):
        want = operator @ vector
        data = pickle.dumps(operator, pick)
        copy = pickle.loads(data)
        np.testing.assert_array_equal(copy @ vector, want, strict=True)
        assert copy.output_shape == operator.output_shape
        assert repr(copy) == repr(operator)
    big = ConvolutionOperator(np.ones((40, 40)), (300, 300))
    big.rmatvec(big.matvec(np.ones(90_000)))
    assert len(pickle.dumps(big)) < 40 * 40 * 8 + 2000


def test_arrays_are_copied() -> None:
    h, x = np.array([1, 2]), np.array([1, 0, 0])
    A = ConvolutionOperator(h, 3)
    K = A.kernel_operator(x)
    h[:] = x[:] = 9
    assert (A @ [1, 0, 0]).tolist() == [1, 2, 0, 0]
    assert (K @ [1, 2]).tolist() == [1, 2, 0, 0]


def test_threads_share_an_operator() -> None:
    A = ConvolutionOperator(any_values((9, 9), np.float64), (60, 70), boundary="edge")
    vectors = [
        any_values(4200, np.float64, i).astype(t) for i in range(8) for t in "fd"
    ]
    want = [A.tocsr() @ x for x in vectors]
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(A.matvec, vectors))
    for a, b in zip(got, want, strict=True):
        np.testing.assert_allclose(a, b, 1e-4, 1e-4)


def test_repr() -> None:
    A = ConvolutionOperator(
        np.ones((3, 2)), [4, 5], boundary="wrap", stride=np.array([2, 1])
    )
    text = (
        "<3x20 ConvolutionOperator with dtype=float64: 3x2 taps on 4x5, mode='full', "
        "boundary='wrap', stride=(2, 1)>"
    )
    assert repr(A) == text.replace("3x20", f"{A.shape[0]}x20")
    assert repr(A.T) == repr(A.H) == repr(A) + ".H"
    A = ConvolutionOperator([1j], 3, axes=0)
    assert repr(A).endswith("mode='full', axes=0>")
    assert repr(A.T) == repr(A) + ".T"
    assert repr(A.H.T) == repr(A) + ".H.T"
    text = "<3x1 KernelOperator with dtype=int64: kernels of 1 taps on 3, mode='full'"
    assert repr(A.kernel_operator([1, 2, 3])).startswith(text)


@pytest.mark.parametrize("workers", [0, 1.5, "2"])
def test_workers_are_checked(workers: Any) -> None:
    with pytest.raises(WRONG, match="workers must be"):
        ConvolutionOperator([1, 2], 3, workers=workers)


def test_wrong_vectors_are_named() -> None:
    A = ConvolutionOperator([1.0, 2.0], (2, 3), axes=1)
    for x in (np.ones(5), np.ones((3, 2)), 1.0):
        with pytest.raises(ValueError, match=r"x must have the shape \(2, 3\)"):
            A.kernel_operator(x)
    with pytest.raises(TypeError, match="x must hold numbers"):
        A.kernel_operator(np.array([None] * 6))
    with pytest.raises(TypeError, match="x must hold numbers"):
        A.matvec(np.array([1] * 6, object))
    with pytest.raises(ValueError, match="dimension mismatch"):
        A.matvec(np.ones(5))


def test_least_squares_find_the_image() -> None:
    rng = np.random.default_rng(0)
    image = rng.random((40, 50))
    for boundary in BOUNDARIES:
        A = ConvolutionOperator(
            kernels.gaussian(0.6, ndim=2), image.shape, "same", boundary=boundary
        )
        blurred = A @ image.ravel()
        found = scipy.sparse.linalg.lsqr(A, blurred, atol=1e-12, btol=1e-12)[0]
        np.testing.assert_allclose(found, image.ravel(), 0, 1e-8)


def test_least_squares_find_the_kernel() -> None:
    rng = np.random.default_rng(0)
    image, h = rng.random((40, 50)), rng.random((5, 4))
    for boundary in BOUNDARIES:
        A = ConvolutionOperator(h, image.shape, "same", boundary=boundary, stride=2)
        K = A.kernel_operator(image)
        blurred = A @ image.ravel()
        for solve in (scipy.sparse.linalg.lsqr, scipy.sparse.linalg.lsmr):
            found = solve(K, blurred, atol=1e-13, btol=1e-13)[0]
            np.testing.assert_allclose(found, h.ravel(), 0, 1e-8)


def test_conjugate_gradients() -> None:
    """Normal equations in single precision stay in it."""
    h = kernels.gaussian(0.7, ndim=1).astype(np.float32)
    A = ConvolutionOperator(h, 200, "same", boundary="symmetric")
    x = any_values((200,), np.float32)
    found, status = scipy.sparse.linalg.cg(A.H @ A, A.H @ (A @ x), rtol=1e-6)
    assert status == 0
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, x, 0, 1e-2)


def test_singular_values_are_those_of_the_matrix() -> None:
    A = ConvolutionOperator([1.0, 2.0, 0.5], 30, "same", boundary="reflect")
    got = scipy.sparse.linalg.svds(A, 3, return_singular_vectors=False)
    want = np.linalg.svd(A.tocsr().toarray(), compute_uv=False)[:3]
    np.testing.assert_allclose(sorted(got), sorted(want))


@pytest.mark.parametrize("complexflag", [0, 3])
@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_pylops_dottest(boundary: Any, complexflag: int) -> None:
    dottest = pytest.importorskip("pylops.utils").dottest
    h = any_values((3, 4), np.complex128 if complexflag else np.float64)
    how: Any = {"boundary": boundary}
    for A in (
        ConvolutionOperator(h, (11, 12), **how),
        ConvolutionOperator(h, (11, 12), "same", stride=(2, 3), **how),
        ConvolutionOperator(h, (7, 2, 8), "valid", axes=(0, 2), dilation=2, **how),
        ConvolutionOperator(h[0], (7, 2, 8), "same", axes=2, **how),
    ):
        x = any_values(A.input_shape, h.dtype, 1)
        for operator in (A, A.H, A.kernel_operator(x), A.T @ A):
            assert dottest(operator, *operator.shape, complexflag=complexflag)


@pytest.mark.parametrize("taps", [(5, 7), (4, 6), (1, 3)])
def test_equals_pylops(taps: tuple[int, int]) -> None:
    """Its kernels have their centre at `offset`; even taps have it in mode 'same'."""
    pytest.importorskip("pylops")
    from pylops.signalprocessing import Convolve1D, Convolve2D, ConvolveND

    h, x = any_values(taps, np.float64), any_values((20, 30), np.float64, 1)
    centre = tuple((n - 1) // 2 for n in taps)
    pairs = [
        (
            ConvolutionOperator(h, x.shape, "same"),
            Convolve2D(x.shape, h, offset=centre),
        ),
        (
            ConvolutionOperator(h, x.shape, "same"),
            ConvolveND(x.shape, h, offset=centre, axes=(0, 1)),
        ),
        (
            ConvolutionOperator(h[0], x.shape, "same", axes=1),
            Convolve1D(x.shape, h[0], offset=centre[1], axis=1),
        ),
        (
            ConvolutionOperator(h[:, 0], x.shape, "same", axes=0),
            Convolve1D(x.shape, h[:, 0], offset=centre[0], axis=0),
        ),
    ]
    for ours, theirs in pairs:
        assert ours.shape == theirs.shape
        np.testing.assert_allclose(ours @ x.ravel(), theirs @ x.ravel(), 0, 1e-12)
        np.testing.assert_allclose(ours.H @ x.ravel(), theirs.H @ x.ravel(), 0, 1e-12)
