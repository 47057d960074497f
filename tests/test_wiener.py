"""Wiener's filter beside scikit-image and the solution of normal equations."""

from typing import Any

import numpy as np
import pytest
from deconvolutions import SHAPES, example, laplacian, matrix, problems
from hypothesis import assume, given
from hypothesis import strategies as st

import pyconvolve
from pyconvolve import convolve, deconvolve, kernels

pytestmark = pytest.mark.compiled


@pytest.mark.parametrize(("shape", "taps"), SHAPES)
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_wiener_is_that_of_scikit_image(
    shape: tuple[int, ...], taps: tuple[int, ...], dtype: str
) -> None:
    restoration = pytest.importorskip("skimage.restoration")
    _, h, y = example(shape, taps)
    h, y = h.astype(dtype), y.astype(dtype)
    d = kernels.gaussian(0.8, ndim=len(shape)).astype(dtype)
    for balance, regularizer in ((0.1, None), (1e-3, None), (0.1, d)):
        want = restoration.wiener(y, h, balance, regularizer, clip=False)
        got = deconvolve(y, h, regularization=balance, regularizer=regularizer)
        assert got.dtype == want.dtype == dtype
        bound = 30 * np.finfo(dtype).eps / balance
        np.testing.assert_allclose(got, want, atol=bound)


def test_the_centre_of_even_kernels_is_that_of_convolve() -> None:
    """scikit-image has the centre one sample further, and its result is shifted."""
    restoration = pytest.importorskip("skimage.restoration")
    x, h, y = example((40, 31), (4, 2))
    want = restoration.wiener(y, h, 1e-9, clip=False)
    got = deconvolve(y, h, regularization=1e-9)
    np.testing.assert_allclose(got, np.roll(want, (-1, -1), (0, 1)), atol=1e-6)
    np.testing.assert_allclose(got, x, atol=1e-4)


@given(problem=problems(), regularization=st.sampled_from([1e-3, 0.5]))
def test_wiener_solves_normal_equations(
    problem: dict[str, Any], regularization: float
) -> None:
    y, h = problem["y"], problem["h"]
    regularizer = problem["d"]
    a = matrix(h, y.shape, "wrap")
    d = laplacian(y.ndim) if regularizer is None else regularizer
    d = matrix(d, y.shape, "wrap")
    normal = a.conj().T @ a + regularization * d.conj().T @ d
    assume(np.linalg.cond(normal) < 1e6)
    want = np.linalg.solve(normal, a.conj().T @ y.reshape(-1))
    got = deconvolve(y, h, regularization=regularization, regularizer=regularizer)
    scale = abs(want).max()
    assert abs(got.reshape(-1) - want).max() <= 1e-8 * scale


def test_frequencies_without_a_divisor_are_zero() -> None:
    """Two equal taps suppress every second sample's sign exactly."""
    x = np.random.default_rng(0).random(8)
    h = [0.5, 0.5]
    y = convolve(x, h, "same", boundary="wrap")
    got = deconvolve(y, h, regularization=0)
    pattern = (-1.0) ** np.arange(8)
    np.testing.assert_allclose(got, x - pattern * (pattern @ x) / 8, atol=1e-12)


def test_a_kernel_that_changed_has_another_filter() -> None:
    """Filters are cached by the values of taps."""
    _, h, y = example((30, 20), (3, 3))
    first = deconvolve(y, h)
    np.testing.assert_array_equal(deconvolve(y, h), first)
    h *= 2
    changed = deconvolve(y, h)
    assert abs(changed - first).max() > 0.1
    pyconvolve.clear_caches()
    np.testing.assert_array_equal(deconvolve(y, h), changed)
