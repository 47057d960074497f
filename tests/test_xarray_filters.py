"""Image filters of labelled arrays are those without labels, along dimensions."""

# ruff: noqa: E402

from typing import Any

import numpy as np
import pytest
from image_filters import ARGUMENTS
from problems import any_values

from pyconvolve import ndimage

xr = pytest.importorskip("xarray")

import pyconvolve.xarray as labelled

FILTERS = [
    *("black_tophat", "gaussian_filter", "gaussian_gradient_magnitude"),
    *("gaussian_laplace", "grey_closing", "grey_dilation", "grey_erosion"),
    *("grey_opening", "laplace", "maximum_filter", "median_filter"),
    *("minimum_filter", "morphological_gradient", "percentile_filter", "prewitt"),
    *("rank_filter", "sobel", "uniform_filter", "white_tophat"),
]


def test_every_filter_is_there() -> None:
    others = {"convolve", "correlate", "normalized_convolve"}
    assert {*labelled.__all__} == {*FILTERS} | others
    for name in FILTERS:
        assert getattr(labelled, name).__module__ == "pyconvolve.xarray"


@pytest.mark.parametrize("name", FILTERS)
def test_filters(name: str) -> None:
    """Along two dimensions, each image of the third is filtered by itself."""
    x = xr.DataArray(
        any_values((5, 9, 8), "f8"),
        {"y": np.arange(9)},
        ("z", "y", "x"),
        "image",
        {"a": 1},
    )
    scipys: dict[str, Any] = {
        "median_filter": {"size": (2, 3)},
        "percentile_filter": {"size": 3, "percentile": 20},
        "rank_filter": {"size": 3, "rank": 1},
    }
    options = {**ARGUMENTS, **scipys}[name]
    if name in ("sobel", "prewitt"):
        got = getattr(labelled, name)(x, "y", mode=("wrap", "nearest", "mirror"))
        want = getattr(ndimage, name)(x.values, 1, mode=("wrap", "nearest", "mirror"))
    else:
        got = getattr(labelled, name)(x, dim=("y", "x"), mode="wrap", **options)
        want = np.stack(
            [getattr(ndimage, name)(each, mode="wrap", **options) for each in x.values]
        )
    np.testing.assert_allclose(got, want, rtol=0, atol=1e-13)
    assert (got.name, got.dims, got.attrs) == (x.name, x.dims, x.attrs)
    xr.testing.assert_identical(got.y, x.y)


@pytest.mark.parametrize(
    ("name", "options", "swapped"),
    [
        (
            "gaussian_filter",
            {"sigma": (1, 2), "order": (0, 1)},
            {"sigma": (2, 1), "order": (1, 0)},
        ),
        ("gaussian_laplace", {"sigma": (1, 2)}, {"sigma": (2, 1)}),
        ("gaussian_gradient_magnitude", {"sigma": (1, 2)}, {"sigma": (2, 1)}),
        (
            "uniform_filter",
            {"size": (3, 5), "origin": (1, 0)},
            {"size": (5, 3), "origin": (0, 1)},
        ),
        (
            "maximum_filter",
            {"size": (3, 5), "mode": ("wrap", "nearest")},
            {"size": (5, 3), "mode": ("nearest", "wrap")},
        ),
        ("minimum_filter", {"footprint": [[1, 1, 0]]}, {"footprint": [[1], [1], [0]]}),
        (
            "grey_dilation",
            {"structure": [[0, 1, 2]], "origin": (0, 1)},
            {"structure": [[0], [1], [2]], "origin": (1, 0)},
        ),
        ("median_filter", {"size": (1, 3)}, {"size": (3, 1)}),
    ],
)
def test_arguments_are_in_the_order_of_dimensions(
    name: str, options: dict[str, Any], swapped: dict[str, Any]
) -> None:
    x = xr.DataArray(any_values((7, 9), "f8"), dims=("y", "x"))
    function = getattr(labelled, name)
    got = function(x, dim=("x", "y"), **swapped)
    np.testing.assert_array_equal(got, getattr(ndimage, name)(x.values, **options))
    xr.testing.assert_identical(got, function(x, dim=("y", "x"), **options))
    xr.testing.assert_identical(got, function(x, **options))
    xr.testing.assert_identical(got, function(x.T, dim=("y", "x"), **options).T)
