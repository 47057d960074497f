"""pyconvolve.ndimage against scipy.ndimage: names, signatures, outputs, errors."""

import copy
import inspect
import warnings
from typing import Any

import image_filters as drawn
import numpy as np
import pytest
import scipy.ndimage
from hypothesis import given
from hypothesis import strategies as st
from image_filters import Call, assert_outcome, outcome
from layouts import LAYOUTS
from problems import any_values, small_integers

import pyconvolve
from pyconvolve import ndimage
from pyconvolve._core import thread_pool
from pyconvolve._core.region import blocks
from pyconvolve._ndimage import stages
from pyconvolve._scipy.names import IMAGE_FILTERS

every = pytest.mark.parametrize("name", IMAGE_FILTERS)
# Arguments besides the image, for each function.
ARGUMENTS: dict[str, dict[str, Any]] = {
    "convolve": {"weights": [[1, 2, 0], [3, -1, 1]]},
    "correlate": {"weights": [[1, 2, 0], [3, -1, 1]]},
    "convolve1d": {"weights": [1, 2, -4, 1]},
    "correlate1d": {"weights": [1, 2, -4, 1]},
    "gaussian_filter": {"sigma": 1},
    "gaussian_filter1d": {"sigma": 1},
    "uniform_filter": {"size": 3},
    "uniform_filter1d": {"size": 3},
    "maximum_filter": {"size": 3},
    "minimum_filter": {"footprint": [[0, 1], [1, 1]]},
    "maximum_filter1d": {"size": 3},
    "minimum_filter1d": {"size": 4},
    "grey_erosion": {"structure": [[0, 1], [1, 1]]},
    "grey_dilation": {"size": (2, 3)},
    "grey_opening": {"size": 3},
    "grey_closing": {"footprint": [[0, 1], [1, 1]]},
    "white_tophat": {"size": 3},
    "black_tophat": {"size": (3, 2)},
    "morphological_gradient": {"size": 3},
    "sobel": {},
    "prewitt": {"axis": 0},
    "laplace": {},
    "gaussian_laplace": {"sigma": 1},
    "gaussian_gradient_magnitude": {"sigma": 1},
    "generic_laplace": {"derivative2": scipy.ndimage.sobel},
    "generic_gradient_magnitude": {"derivative": scipy.ndimage.prewitt},
}
# Any filter with any valid arguments, but Gaussians, whose sums are not exact.
exact = st.one_of(drawn.correlations(), drawn.extrema(), drawn.differences())


def theirs(name: str) -> Any:
    return ndimage.originals[name][0]


@every
def test_signatures_are_scipys(name: str) -> None:
    """Older versions of SciPy lack `axes` in some functions."""
    ours = inspect.signature(getattr(ndimage, name)).parameters
    wanted = inspect.signature(theirs(name)).parameters
    mine = [(p.name, p.default, p.kind) for p in ours.values() if p.name in wanted]
    assert mine == [(p.name, p.default, p.kind) for p in wanted.values()]
    added = {*ours} - {*wanted}
    assert {"workers"} <= added <= {"workers", "axes"}
    for option in added:
        assert (ours[option].default, ours[option].kind) == (
            None, inspect.Parameter.KEYWORD_ONLY,
        )  # fmt: skip


def test_every_other_name_is_scipys() -> None:
    for name in dir(scipy.ndimage):
        assert name in dir(ndimage)
        if name not in IMAGE_FILTERS and not name.startswith("__"):
            assert getattr(ndimage, name) is getattr(scipy.ndimage, name)
    assert {*scipy.ndimage.__all__} == {*ndimage.__all__}
    names: dict[str, Any] = {}
    exec("from pyconvolve.ndimage import *", names)
    assert names["zoom"] is scipy.ndimage.zoom
    assert names["convolve"] is ndimage.convolve
    assert pyconvolve.ndimage is ndimage
    with pytest.raises(AttributeError, match="no_such"):
        ndimage.no_such_name  # noqa: B018


@every
def test_functions_are_those_of_the_module(name: str) -> None:
    function = getattr(ndimage, name)
    assert function is not theirs(name)
    assert (function.__module__, function.__name__) == ("pyconvolve.ndimage", name)
    assert f"`scipy.ndimage.{name}`" in inspect.getdoc(function)


@every
@pytest.mark.parametrize("dtype", ["f8", "f4", "i4", "u1"])
def test_defaults(name: str, dtype: str) -> None:
    x = small_integers((12, 13), dtype, largest=50)
    call = Call(name, x, ARGUMENTS[name])
    assert_outcome(call.ours(), call.theirs(), 1e-4, 2)


# Outputs: an array, or a view of the image's memory.


@pytest.mark.parametrize("layout", ["as it is", *LAYOUTS])
@pytest.mark.parametrize("dtype", ["f8", "f4", "i2"])
@every
def test_output_arrays(name: str, dtype: str, layout: str) -> None:
    x = small_integers((12, 13), "f8", largest=9)
    call = Call(name, x, ARGUMENTS[name])
    wanted = call.theirs(output=np.zeros(x.shape, dtype))
    output = np.full(x.shape, 7, dtype)
    if layout != "as it is":
        output = LAYOUTS[layout](output)
    got = call.ours(output=output)
    if layout == "read-only" or isinstance(wanted, tuple):
        assert got == call.theirs(output=output)
        return
    assert got is output
    np.testing.assert_allclose(got, wanted, 1e-5, 1e-4 if dtype[0] == "f" else 1)


@every
@pytest.mark.parametrize("shift", [0, 1, -1])
def test_output_overlaps_the_image(name: str, shift: int) -> None:
    memory = small_integers((400,), "i4", largest=30).astype("f8")
    x = memory[20:176].reshape(12, 13)
    output = memory[20 + 13 * shift :][:156].reshape(12, 13)
    call = Call(name, x.copy(), ARGUMENTS[name])
    wanted = call.theirs(output=np.zeros(x.shape))
    got = call.ours(x, output=output)
    assert got is output
    np.testing.assert_allclose(got, wanted, 1e-12, 1e-11)


@pytest.mark.parametrize(
    "output",
    [
        *("f8", "u1", "float32", "?", "bool", "O", "S", "f2", "bogus", "F", "D"),
        *(float, complex, bool, int, str, object, list),
        *(np.float32, np.bool_, np.int8, np.float16, np.longdouble),
        *(np.dtype("i2"), np.dtype("F"), np.dtype(">f4"), np.dtype(">D")),
        *([0.0] * 5, 3, 2.5, (), np.zeros(4), np.zeros((5, 1)), np.zeros(5, "F")),
        *(np.zeros(5, "O"), np.zeros(5, "f2")),
    ],
    ids=repr,
)
@every
def test_kinds_of_output(name: str, output: Any) -> None:
    if name == "generic_laplace" and (output is bool or output is np.bool_):
        # the derivative is SciPy's, which stores other bytes than 0 and 1
        return
    for dtype in ("f8", "F", "?"):
        call = Call(name, np.arange(5).astype(dtype), {**ARGUMENTS[name]})
        for option in ("weights", "footprint", "structure"):
            if np.ndim(call.options.get(option)) == 2:
                call.options[option] = call.options[option][1]
        if isinstance(call.options.get("size"), tuple):
            call.options["size"] = call.options["size"][1:]
        if dtype == "?" and name in ("sobel", "prewitt", "grey_erosion"):
            # SciPy stores intermediate results, or sums, as other bytes than 0 and 1
            continue
        got, want = (
            function(output=copy.copy(output)) for function in (call.ours, call.theirs)
        )
        assert_outcome(got, want, 1e-5, 2)


def test_types_of_complex_results() -> None:
    x = np.arange(5) * 1j
    for name, options in (
        ("correlate", {"weights": [1, 2]}),
        ("convolve1d", {"weights": [1, 2]}),
        ("gaussian_filter1d", {"sigma": 1}),
        ("uniform_filter", {"size": 3}),
    ):
        with pytest.warns(UserWarning, match="promoting specified output") as caught:
            result = getattr(ndimage, name)(x, **options, output=np.float32)
        assert result.dtype == np.complex64
        assert caught[0].filename == __file__
    for dtype in ("?", "u1", "i2", "i4", "f4", "f8"):
        call = Call("correlate", np.ones(5, dtype), {"weights": [1j, 2]})
        assert_outcome(call.ours(), call.theirs())


@pytest.mark.parametrize("name", ["maximum_filter", "grey_erosion", "white_tophat"])
def test_size_is_ignored(name: str) -> None:
    x = small_integers((6, 7), "i4")
    options = {"size": 3, "footprint": [[0, 1], [1, 1]]}
    with pytest.warns(UserWarning, match="ignoring size") as caught:
        got = getattr(ndimage, name)(x, **options)
    assert {warning.filename for warning in caught} == {__file__}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        np.testing.assert_array_equal(got, theirs(name)(x, **options))


# Wrong arguments, and images that SciPy's functions filter.

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


@every
def test_workers(name: str) -> None:
    x = any_values((300, 900), "f4")
    function = getattr(ndimage, name)
    one, *more = (function(x, **ARGUMENTS[name], workers=n) for n in (1, 2, 3))
    assert all(np.array_equal(one, other) for other in more)
    for wrong in (0, 1.5, "2"):
        with pytest.raises((TypeError, ValueError), match="workers must be"):
            function(x, **ARGUMENTS[name], workers=wrong)


# Blocks of large images.


@given(exact, st.sampled_from([None, "f8", np.int16, np.float32]), st.integers(1, 40))
def test_blocks(call: Call, output: Any, size: int) -> None:
    """Blocks of any size have the outputs that the whole has."""

    def compute(made: Any, signal: Any, result: Any, workers: Any) -> None:
        whole = made.stages[0].problem if made.stages else None
        if whole is None:
            made.compute([slice(0, n) for n in signal.shape], signal, result)
            return
        for ranges in blocks(whole, size):
            made.compute(ranges, signal, result[ranges])

    want = call.ours(output=output)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stages.Filter, "run", compute)
        got = call.ours(output=output)
    if isinstance(want, tuple):
        assert got == want
    else:
        np.testing.assert_array_equal(got, want, strict=True)


LARGE = [(700, 600), (90, 70, 80), (3, 200_000), (200_000, 3), (400_000,)]


@pytest.mark.parametrize("mode", ["reflect", "mirror", "nearest", "wrap", "constant"])
@pytest.mark.parametrize("shape", LARGE, ids=str)
def test_large_images(
    shape: tuple[int, ...], mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two threads share the blocks of images that have several."""
    runs = []
    run_phases = thread_pool.run_phases

    def counting(phases: Any, workers: int) -> None:
        runs.append(workers)
        run_phases(phases, workers)

    monkeypatch.setattr(stages, "run_phases", counting)
    x = small_integers(shape, "u1", largest=250)
    weights = np.full((3, 2, 5)[: len(shape)], 0.25)
    for name, options in (
        ("correlate", {"weights": weights}),
        ("gaussian_filter", {"sigma": 0.7, "output": np.float32}),
        ("uniform_filter", {"size": 5}),
        ("sobel", {"output": np.int16}),
        ("gaussian_laplace", {"sigma": 1, "output": np.float64}),
    ):
        call = Call(name, x, {**options, "mode": mode, "cval": 3})
        got, want = call.ours(), call.theirs()
        assert_outcome(got, want, 1e-3)
        with pyconvolve.set_workers(2):
            np.testing.assert_array_equal(call.ours(), got)
    assert {*runs} <= {1, 2}
    assert 2 in runs
