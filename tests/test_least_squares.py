"""Deconvolution by least squares beside NumPy and SciPy."""

from typing import Any

import numpy as np
import pytest
from deconvolutions import example, matrix, problems
from hypothesis import assume, given
from hypothesis import strategies as st

from pyconvolve import deconvolve

pytestmark = pytest.mark.compiled


@given(
    problem=problems(),
    regularization=st.sampled_from([0.0, 0.01, 1.0]),
    masked=st.booleans(),
)
def test_least_squares_is_that_of_numpy(
    problem: dict[str, Any], regularization: float, masked: bool
) -> None:
    y, h, boundary = problem["y"], problem["h"], problem["boundary"]
    missing = problem["missing"] & masked
    d, a = problem["d"], matrix(h, y.shape, boundary)
    rough = np.eye(y.size) if d is None else matrix(d, y.shape, boundary)
    rows = np.concatenate([a[~missing.reshape(-1)], regularization**0.5 * rough])
    data = np.concatenate([y[~missing], np.zeros(y.size)])
    assume(np.linalg.cond(rows) < 30)
    want, *_ = np.linalg.lstsq(rows, data)
    got = deconvolve(
        y, h, method="least_squares", regularization=regularization, regularizer=d,
        boundary=boundary, mask=missing if masked else None, iterations=400,
        tolerance=1e-13,
    )  # fmt: skip
    np.testing.assert_allclose(got.reshape(-1), want, atol=1e-8 * abs(want).max())


def test_iterations_are_those_of_scipy() -> None:
    """LSQR and CGLS have the same iterates."""
    linalg = pytest.importorskip("scipy.sparse.linalg")
    _, h, y = example((12, 13), (4, 3))
    y += np.random.default_rng(3).normal(0, 0.1, y.shape)
    a = matrix(h, y.shape, "reflect")
    for iterations in (1, 3, 8):
        want = linalg.lsqr(a, y.reshape(-1), 0.1, 0, 0, 0, iterations)[0]
        got = deconvolve(
            y, h, method="least_squares", boundary="reflect", regularization=0.01,
            iterations=iterations, tolerance=0,
        )  # fmt: skip
        np.testing.assert_allclose(got.reshape(-1), want, atol=1e-12)


def test_a_start_at_the_solution_takes_no_iteration() -> None:
    x, h, y = example((20,), (3,))
    calls: list[int] = []
    got = deconvolve(
        y, h, method="least_squares", regularization=0, boundary="wrap", x0=x,
        callback=lambda number, found: calls.append(number),
    )  # fmt: skip
    assert not calls
    np.testing.assert_array_equal(got, x)


def test_tolerance_ends_iterations() -> None:
    """The norm of the gradient is what the argument says."""
    _, h, y = example((20, 20), (3, 3))
    blur = matrix(h, y.shape, "wrap")
    target = np.linalg.norm(blur.T @ y.reshape(-1))
    how: Any = {"iterations": 1000, "boundary": "wrap", "regularization": 0.01}
    for tolerance in (1e-1, 1e-3, 1e-6):
        norms = []

        def watch(number: int, x: np.ndarray, norms: list[float] = norms) -> None:
            flat = x.reshape(-1)
            gradient = blur.T @ (y.reshape(-1) - blur @ flat) - 0.01 * flat
            norms.append(np.linalg.norm(gradient) / target)

        how |= {"tolerance": tolerance, "callback": watch}
        deconvolve(y, h, method="least_squares", **how)
        assert norms[-1] <= tolerance * 1.001
        assert min(norms[:-1], default=1) > tolerance * 0.999
