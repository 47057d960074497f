"""Richardson-Lucy beside scikit-image, dense matrices, and what likelihood promises."""

from typing import Any

import numpy as np
import pytest
from deconvolutions import SHAPES, example, matrix, problems
from hypothesis import given
from hypothesis import strategies as st
from problems import BOUNDARIES

from pyconvolve import Convolver, convolve, deconvolve, kernels

pytestmark = pytest.mark.compiled


@pytest.mark.parametrize(("shape", "taps"), SHAPES)
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_richardson_lucy_is_that_of_scikit_image(
    shape: tuple[int, ...], taps: tuple[int, ...], dtype: str
) -> None:
    restoration = pytest.importorskip("skimage.restoration")
    _, h, y = example(shape, taps, boundary="constant")
    h, y = h.astype(dtype), y.astype(dtype)
    for iterations, epsilon in ((1, None), (20, None), (5, 0.3)):
        how: Any = {"filter_epsilon": epsilon}
        want = restoration.richardson_lucy(y, h, iterations, clip=False, **how)
        got = deconvolve(y, h, method="richardson_lucy", iterations=iterations, **how)
        assert got.dtype == want.dtype == dtype
        bound = 300 * np.finfo(dtype).eps
        np.testing.assert_allclose(got, want, rtol=bound, atol=bound)


@given(problem=problems(), iterations=st.integers(0, 4), normalize=st.booleans())
def test_richardson_lucy_is_the_formula(
    problem: dict[str, Any], iterations: int, normalize: bool
) -> None:
    """With the exact transpose, for any boundary and missing samples."""
    y, h, boundary = abs(problem["y"]), abs(problem["h"]), problem["boundary"]
    missing = problem["missing"]
    a, w = matrix(h, y.shape, boundary), ~missing.reshape(-1)
    x = np.full(y.size, 0.5)
    scale = a.T @ w if normalize else np.ones(y.size)
    for _ in range(iterations):
        correction = a.T @ (w * y.reshape(-1) / (a @ x + 1e-12))
        x = np.where(scale > 0, x * correction / np.where(scale > 0, scale, 1), x)
    got = deconvolve(
        y, h, method="richardson_lucy", iterations=iterations, boundary=boundary,
        mask=missing, normalize=normalize,
    )  # fmt: skip
    np.testing.assert_allclose(got.reshape(-1), x, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("boundary", BOUNDARIES)
@pytest.mark.parametrize("missing", [0, 0.2])
def test_likelihood_rises_and_counts_are_kept(boundary: Any, missing: float) -> None:
    """The sum of the convolution is that of the data, and nothing is negative."""
    x, h, _ = example((30, 33), (5, 4))
    x[10:14, 5:9] = 0
    rng = np.random.default_rng(1)
    blur = Convolver(h, mode="same", boundary=boundary)
    y = rng.poisson(20 * blur(x)).astype(float)
    there = rng.random(y.shape) >= missing
    likelihoods = []

    def watch(number: int, found: np.ndarray) -> None:
        assert found.min() >= 0
        again = blur(found)
        np.testing.assert_allclose(again[there].sum(), y[there].sum(), rtol=1e-9)
        likelihoods.append((y * np.log(again) - again)[there].sum())

    deconvolve(
        y, h, method="richardson_lucy", iterations=30, boundary=boundary,
        mask=~there, normalize=True, callback=watch,
    )  # fmt: skip
    assert len(likelihoods) == 30
    assert np.diff(likelihoods).min() >= 0


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_a_bright_point_before_a_dark_background(dtype: str) -> None:
    """Transforms round zeros to small numbers of either sign, which do not matter."""
    x = np.zeros((200, 190))
    x[50, 60], x[120, 30] = 1e5, 1
    h = kernels.gaussian(3, ndim=2, truncate=5)
    y = convolve(x, h, "same", method="direct")
    how: Any = {"method": "richardson_lucy", "iterations": 60}
    least: list[float] = []
    got = deconvolve(
        y.astype(dtype), h.astype(dtype), callback=lambda _, x: least.append(x.min()),
        **how,
    )  # fmt: skip
    assert min(least) >= 0
    want = deconvolve(y.astype("g"), h.astype("g"), **how)
    np.testing.assert_allclose(got, want, atol=1e-4 * want.max())
    assert abs(got[120, 30] / want[120, 30] - 1) < 0.2


def test_edges_are_not_dark() -> None:
    """An even surface stays even, if zeros outside are not counted."""
    h = kernels.gaussian(2, ndim=2)
    how: dict[str, Any] = {"method": "richardson_lucy", "iterations": 20}
    y = np.pad(np.ones((20, 30)), 8)
    mask = np.pad(np.zeros((20, 30), bool), 8, constant_values=True)
    got = deconvolve(y, h, mask=mask, **how)[8:-8, 8:-8]
    assert abs(got - 1).max() < 0.05
    assert abs(deconvolve(np.ones((20, 30)), h, **how) - 1).max() > 0.3


def test_samples_that_no_output_depends_on_stay() -> None:
    mask = np.zeros(20, bool)
    mask[5:15] = True
    for start in (None, np.arange(20.0)):
        got = deconvolve(
            np.ones(20), np.ones(3), method="richardson_lucy", mask=mask, x0=start
        )
        kept = np.full(20, 0.5) if start is None else start
        np.testing.assert_array_equal(got[6:14], kept[6:14])
        assert abs(got[[5, 14]] - kept[[5, 14]]).min() > 0.05
