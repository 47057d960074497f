"""Whitening, in closed form."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from problems import textured
from wrong_arguments import WrongValues, error_about, wrong_value_test

from pyconvolve import kernels


def samples(count: int = 400, features: int = 6) -> np.ndarray:
    rng = np.random.default_rng(0)
    mixed = rng.standard_normal((count, features)) @ rng.standard_normal(
        (features,) * 2
    )
    return mixed + rng.standard_normal(features)


@pytest.mark.parametrize("kind", ["pca", "zca"])
def test_white_features_are_uncorrelated(kind: Any) -> None:
    x = samples()
    white, transform = kernels.whiten(x, kind, 1e-12)
    np.testing.assert_allclose(white.mean(0), 0, atol=1e-12)
    np.testing.assert_allclose(np.cov(white.T), np.eye(6), atol=1e-8)
    np.testing.assert_allclose(transform.inverse(white), x, atol=1e-9)
    np.testing.assert_allclose(transform(x), white, atol=1e-12)
    np.testing.assert_allclose(transform.mean, x.mean(0))
    np.testing.assert_allclose(
        transform.matrix @ transform.inverse_matrix, np.eye(6), atol=1e-9
    )


@pytest.mark.parametrize("eps", [1e-6, 0.01, 3.0])
def test_whitening_in_closed_form(eps: float) -> None:
    x = samples()
    variances, axes = np.linalg.eigh(np.cov(x.T))
    root = np.diag(1 / np.sqrt(variances + eps * variances.mean()))
    zca = kernels.whiten(x, "zca", eps)[1]
    np.testing.assert_allclose(zca.matrix, axes @ root @ axes.T, atol=1e-12)
    np.testing.assert_allclose(zca.matrix, zca.matrix.T, atol=1e-14)
    pca = kernels.whiten(x, "pca", eps)
    spread = pca[0].var(0, ddof=1)
    np.testing.assert_allclose(
        spread, np.sort(variances / (variances + eps * variances.mean()))[::-1]
    )
    np.testing.assert_allclose(pca[1].matrix @ pca[1].matrix.T, axes @ root**2 @ axes.T)


@pytest.mark.parametrize("kind", ["pca", "zca"])
def test_whitening_keeps_shapes(kind: Any) -> None:
    patches = kernels.extract_patches(textured((20, 20)), (3, 4)).reshape(-1, 3, 4)
    white, transform = kernels.whiten(patches, kind)
    assert white.shape == patches.shape
    np.testing.assert_allclose(transform(patches[:5]), white[:5], atol=1e-9)
    np.testing.assert_allclose(transform.inverse(white), patches, rtol=1e-9)
    flat, _ = kernels.whiten(patches.reshape(len(patches), -1), kind)
    np.testing.assert_allclose(flat.reshape(white.shape), white, atol=1e-9)
    # The result does not depend on the unit of the samples.
    np.testing.assert_allclose(kernels.whiten(patches * 1e5, kind)[0], white, atol=1e-6)


@pytest.mark.parametrize(
    ("dtype", "result"),
    [("f2", "f4"), ("f4", "f4"), ("f8", "f8"), ("i4", "f8"), ("?", "f4"), ("g", "g")],
)
def test_element_types_of_white_samples(dtype: str, result: str) -> None:
    x = (10 * samples()).astype(dtype)
    if dtype == "?":
        x = samples() > 0
    white, transform = kernels.whiten(x, eps=1e-4)
    assert white.dtype == transform.matrix.dtype == np.dtype(result)
    np.testing.assert_allclose(np.cov(white.T.astype(float)), np.eye(6), atol=0.01)


def test_more_features_than_samples() -> None:
    x = samples(5, 40)
    white, transform = kernels.whiten(x, eps=1e-3)
    assert np.isfinite(white).all()
    np.testing.assert_allclose(transform.inverse(white), x, atol=1e-9)


def test_one_feature() -> None:
    white, transform = kernels.whiten([[1.0], [2.0], [6.0]], eps=1e-12)
    assert white.std(ddof=1) == pytest.approx(1)
    np.testing.assert_allclose(transform.inverse(white), [[1], [2], [6]])


IMAGE = textured((12, 12))
NO_DATA = (IMAGE * 1j, IMAGE * np.nan, np.ones((12, 12)))
WRONG: WrongValues = {
    "whiten": (
        {"x": IMAGE},
        {
            "x": (3, [1, 2], [[1, 2]], "a", *NO_DATA),
            "kind": ("x", None, 1),
            "eps": (0, -1, "a", None, np.nan, (1, 2)),
        },
    ),
}
test_wrong_arguments_are_named = wrong_value_test(kernels, WRONG)


@pytest.mark.parametrize(
    "call",
    [
        lambda: kernels.whiten(IMAGE)[1](IMAGE[:, :3]),
        lambda: kernels.whiten(IMAGE)[1].inverse([1.0]),
    ],
)
def test_samples_that_do_not_fit_a_whitening_are_named(call: Callable[[], Any]) -> None:
    with error_about("x"):
        call()
