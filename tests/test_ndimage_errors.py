"""Wrong arguments of pyconvolve.ndimage, and images that SciPy's functions filter."""

import warnings
from typing import Any

import image_filters as drawn
import numpy as np
import pytest
from image_filters import ARGUMENTS, Call, assert_outcome, outcome, theirs
from problems import small_integers

from pyconvolve import ndimage
from pyconvolve._scipy.names import IMAGE_FILTERS

every = pytest.mark.parametrize("name", IMAGE_FILTERS)
WRONG: list[tuple[tuple[str, ...], dict[str, Any]]] = [
    (IMAGE_FILTERS, {"mode": "bogus"}),
    (IMAGE_FILTERS, {"mode": None}),
    (IMAGE_FILTERS, {"mode": 3}),
    (IMAGE_FILTERS, {"mode": ["reflect"] * 3}),
    (IMAGE_FILTERS, {"cval": "1"}),
    (IMAGE_FILTERS, {"cval": None}),
    (IMAGE_FILTERS, {"cval": 1j}),
    (IMAGE_FILTERS, {"cval": [1, 2]}),
    (IMAGE_FILTERS, {"bogus": 1}),
    *(
        (
            (
                "gaussian_filter",
                "uniform_filter",
                "maximum_filter",
                "correlate",
                "grey_opening",
                "laplace",
                "gaussian_laplace",
            ),
            {"axes": axes},
        )
        for axes in ((0, 0), 2, (0, -3), (0.0, 1), "0", (0,), (0, 1, 2), (0, 2), 1.5)
    ),
    *(
        (
            (
                "sobel",
                "prewitt",
                "correlate1d",
                "gaussian_filter1d",
                "uniform_filter1d",
                "maximum_filter1d",
            ),
            {"axis": axis},
        )
        for axis in (2, -3, 1.5, None, "0", (0,))
    ),
    *(
        (
            (
                "correlate",
                "convolve",
                "correlate1d",
                "convolve1d",
                "uniform_filter",
                "uniform_filter1d",
                "maximum_filter",
                "minimum_filter",
                "minimum_filter1d",
                "grey_erosion",
                "grey_dilation",
                "grey_opening",
            ),
            {"origin": origin},
        )
        for origin in (2, -2, 5, 1.0, "0", None, (0, 0, 0), (0, 1.5), [1])
    ),
    *(
        (("uniform_filter", "maximum_filter", "grey_dilation"), {"size": size})
        for size in ("3", None, (3,), (3, 3, 3), [2.5, 1], 1j)
    ),
    *(
        (("uniform_filter1d", "maximum_filter1d"), {"size": size})
        for size in (0, -1, 2.5, "3", None, (3,))
    ),
    *(
        (("gaussian_filter", "gaussian_filter1d", "gaussian_laplace"), {"sigma": sigma})
        for sigma in ("1", None, (1, 1, 1), 1j, -1, 0)
    ),
    *(
        (("gaussian_filter", "gaussian_filter1d"), {"order": order})
        for order in (-1, 1.5, "1", None, (1, 1, 1))
    ),
    *(
        (("gaussian_filter", "gaussian_filter1d"), {"radius": radius})
        for radius in (-1, 1.5, "1", (1, 1, 1))
    ),
    (("gaussian_laplace", "gaussian_gradient_magnitude"), {"order": 1}),
    (("gaussian_laplace", "gaussian_gradient_magnitude"), {"bogus": 1}),
    *(
        (("correlate", "convolve", "correlate1d", "convolve1d"), {"weights": weights})
        for weights in ([], [[]], 1, [[[1]]], "a", None, [None], [[1, 2], [3]])
    ),
    *(
        (("maximum_filter", "grey_erosion", "grey_closing"), {"footprint": footprint})
        for footprint in ([], [[0, 0], [0, 0]], [1, 1], 1, [[[1]]])
    ),
    *(
        (("grey_dilation", "grey_erosion"), {"size": None, "structure": structure})
        for structure in ([], [1, 1], 1, [[[1]]], None, "a", [[1j, 0], [0, 1]])
    ),
    (
        ("maximum_filter", "minimum_filter"),
        {"footprint": [[1, 0], [0, 1]], "mode": ["reflect", "wrap"]},
    ),
    (("maximum_filter", "grey_erosion"), {"size": None}),
]


@pytest.mark.parametrize(("names", "options"), WRONG, ids=repr)
def test_errors_are_scipys(names: tuple[str, ...], options: dict[str, Any]) -> None:
    x = small_integers((6, 7), "f8")
    for name in names:
        if "axes" in options and not drawn.takes(name, "axes"):
            continue
        call = Call(name, x, {**ARGUMENTS[name], **options})
        if "footprint" in options:
            call.options.pop("structure", None)
        assert_outcome(call.ours(), call.theirs(), 1e-12)


@pytest.mark.parametrize(
    "image",
    [3.0, 2, [], [[]], np.zeros((0, 3)), np.zeros((3, 0)), "a", None, [[1, 2], [3]]],
    ids=repr,
)
@every
def test_odd_images(name: str, image: Any) -> None:
    function = getattr(ndimage, name)
    got = outcome(function, image, **ARGUMENTS[name])
    want = outcome(theirs(name), image, **ARGUMENTS[name])
    if isinstance(want, tuple):
        assert got == want
    else:
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("dtype", ["f2", "g", "G", "O", "S3", "M8[s]", "i4,f8"])
@every
def test_types_that_scipy_refuses(name: str, dtype: str) -> None:
    call = Call(name, np.zeros((6, 7), dtype), ARGUMENTS[name])
    got, want = call.ours(), call.theirs()
    assert isinstance(want, tuple)
    assert got == want


@every
def test_arrays_of_other_libraries_go_to_scipy(name: str) -> None:
    function = getattr(ndimage, name)
    x = small_integers((6, 7), "f8", largest=9)

    class Container:
        def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
            return x.astype(dtype or x.dtype)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        matrix = np.asmatrix(x)
    for foreign in (np.ma.masked_greater(x, 3), matrix, Container()):
        got = outcome(function, foreign, **ARGUMENTS[name])
        want = outcome(theirs(name), foreign, **ARGUMENTS[name])
        assert type(got) is type(want)
        np.testing.assert_array_equal(got, want)
        with pytest.raises(TypeError, match="workers must be left out"):
            function(foreign, **ARGUMENTS[name], workers=1)
        with pytest.raises(TypeError, match="workers must be left out"):
            function(input=foreign, **ARGUMENTS[name], workers=1)
    masked = np.ma.masked_greater(np.zeros_like(x), 3)
    with pytest.raises(TypeError, match="workers must be left out"):
        function(x, **ARGUMENTS[name], output=masked, workers=1)
    for converted in (x.tolist(), tuple(map(tuple, x.tolist()))):
        np.testing.assert_array_equal(
            function(converted, **ARGUMENTS[name]), function(x, **ARGUMENTS[name])
        )


def test_weights_of_other_libraries_go_to_scipy() -> None:
    x = small_integers((6, 7), "f8")
    weights = np.ma.masked_equal([[1.0, 2.0]], 2.0)
    with pytest.raises(TypeError, match="workers must be left out"):
        ndimage.correlate(x, weights, workers=1)
    with pytest.raises(TypeError, match="workers must be left out"):
        ndimage.minimum_filter(x, footprint=weights, workers=1)
