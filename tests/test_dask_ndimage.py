"""Image filters of dask arrays are those of the whole image."""

# ruff: noqa: E402

import inspect
import pickle
from collections.abc import Callable
from functools import partial
from typing import Any

import image_filters as drawn
import numpy as np
import pytest
import scipy.ndimage
from hypothesis import given, settings
from hypothesis import strategies as st
from image_filters import ARGUMENTS, Call, assert_outcome
from problems import any_values, small_integers

from pyconvolve import ndimage

dask = pytest.importorskip("dask")

import dask.array as da
from test_dask import STRIPS, chunks, computed, forbidden, unread

import pyconvolve.dask as lazily
from pyconvolve._dask import filters, halos
from pyconvolve._ndimage.reach import REACHES, Reach

SCIPYS = {
    "median_filter": {"size": (3, 4)},
    "rank_filter": {"size": 3, "rank": 2},
    "percentile_filter": {"footprint": [[0, 1], [1, 1]], "percentile": 30},
    "generic_filter": {"function": np.ptp, "size": (2, 3)},
}
EVERY = {**ARGUMENTS, **SCIPYS}
MODES = ["reflect", "mirror", "nearest", "wrap", "constant"]


def options_of(name: str) -> dict[str, Any]:
    depth = {"depth": 1} if "generic_" in name and name in ARGUMENTS else {}
    return {**EVERY[name], **depth}


def check(call: Call, lazy: Any, bound: float = 0) -> None:
    want = call.ours()
    got = drawn.outcome(getattr(lazily.ndimage, call.name), lazy, **call.options)
    if isinstance(want, tuple):
        assert got == want
        return
    arguments = filters.signature_of(call.name).bind(lazy, **call.options)
    arguments.apply_defaults()
    _, *others = arguments.arguments.items()
    strips = filters.run(call.name, lazy, dict(others), STRIPS)
    assert_outcome(computed(strips), want, bound)
    assert got.shape == want.shape
    assert got.dtype == got._meta.dtype == want.dtype
    assert got.chunks == lazy.chunks
    assert_outcome(computed(got), want, bound)


few = settings(max_examples=settings.default.max_examples // 4)


@few
@given(drawn.correlations(), st.data())
def test_correlations(call: Call, data: st.DataObject) -> None:
    check(call, da.from_array(call.x, chunks=data.draw(chunks(call.x.shape))))


@few
@given(drawn.extrema(), st.data())
def test_extrema(call: Call, data: st.DataObject) -> None:
    check(call, da.from_array(call.x, chunks=data.draw(chunks(call.x.shape))))


@few
@given(drawn.means(), st.data())
def test_means(call: Call, data: st.DataObject) -> None:
    lazy = da.from_array(call.x, chunks=data.draw(chunks(call.x.shape)))
    check(call, lazy, 3e-6 if call.x.dtype.char in "fF" else 1e-14)


@few
@given(drawn.differences(), st.data())
def test_differences(call: Call, data: st.DataObject) -> None:
    check(call, da.from_array(call.x, chunks=data.draw(chunks(call.x.shape))))


@few
@given(drawn.gaussians(), st.data())
def test_gaussians(call: Call, data: st.DataObject) -> None:
    lazy = da.from_array(call.x, chunks=data.draw(chunks(call.x.shape)))
    check(call, lazy, 1e-4 if call.x.dtype.char in "fF" else 1e-12)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", EVERY)
def test_every_filter(name: str, mode: str) -> None:
    x = any_values((13, 17), "f8")
    lazy = da.from_array(x, chunks=((4, 1, 1, 7), (2, 8, 7)))
    got = getattr(lazily.ndimage, name)(lazy, mode=mode, cval=2, **options_of(name))
    want = getattr(ndimage, name)(x, mode=mode, cval=2, **EVERY[name])
    np.testing.assert_allclose(computed(got), want, rtol=0, atol=1e-13)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("chunk", [1, 3, 12])
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("gaussian_filter", {"sigma": 1, "radius": 9}),
        ("gaussian_filter", {"sigma": 9}),
        ("gaussian_laplace", {"sigma": 2}),
        ("grey_opening", {"size": 9}),
        ("white_tophat", {"size": (7, 2)}),
        ("uniform_filter", {"size": 16}),
        ("maximum_filter1d", {"size": 40, "origin": 13}),
    ],
)
def test_filters_that_reach_far(
    name: str, arguments: dict[str, Any], chunk: int, mode: str
) -> None:
    """They read several chunks, mirrors of several chunks, or more than the image."""
    x = any_values((12, 14), "f8")
    lazy = da.from_array(x, chunks=chunk)
    got = getattr(lazily.ndimage, name)(lazy, mode=mode, cval=1, **arguments)
    want = getattr(ndimage, name)(x, mode=mode, cval=1, **arguments)
    np.testing.assert_allclose(computed(got), want, rtol=0, atol=1e-13)


@pytest.mark.parametrize("name", ["gaussian_laplace", "gaussian_gradient_magnitude"])
def test_modes_that_are_mixed(name: str) -> None:
    """The derivative along an axis continues the image by one rule along all axes."""
    x = any_values((13, 17), "f8")
    for mode in (("wrap", "reflect"), ("constant", "wrap"), ("mirror", "nearest")):
        got = getattr(lazily.ndimage, name)(da.from_array(x, chunks=4), 1, mode=mode)
        want = getattr(ndimage, name)(x, 1, mode=mode)
        np.testing.assert_allclose(computed(got), want, rtol=0, atol=1e-13)


WINDOWS = [
    *("maximum_filter", "minimum_filter", "grey_dilation", "grey_erosion"),
    *("grey_closing", "grey_opening", "white_tophat", "black_tophat"),
    *("morphological_gradient", "median_filter", "rank_filter", "percentile_filter"),
    "generic_filter",
]


@pytest.mark.parametrize("name", WINDOWS)
@pytest.mark.parametrize("axes", [(1, 0), (2, 0), (-1, 1, 0)])
def test_axes_in_any_order(name: str, axes: tuple[int, ...]) -> None:
    """SciPy takes sizes in this order, but axes of footprints in that of the image."""
    shape = (3, 2, 1)[: len(axes)]
    full, holed = np.ones(shape, bool), np.ones(shape, bool)
    holed.flat[0] = False
    supports: list[dict[str, Any]] = [
        {"size": shape}, {"footprint": full}, {"footprint": holed}
    ]  # fmt: skip
    if name not in SCIPYS and not name.endswith("mum_filter"):
        supports += [{"structure": full}, {"structure": full, "footprint": holed}]
    x = small_integers((7, 8, 6), "i4")
    lazy = da.from_array(x, chunks=(3, 2, 4))
    arguments = {**SCIPYS.get(name, {}), "axes": axes, "mode": "mirror"}
    arguments = {k: v for k, v in arguments.items() if k not in ("size", "footprint")}
    for support in supports:
        want = getattr(ndimage, name)(x, **arguments, **support)
        if name not in SCIPYS and drawn.takes(name, "axes"):
            theirs = getattr(scipy.ndimage, name)(x, **arguments, **support)
            np.testing.assert_array_equal(want, theirs)
        got = getattr(lazily.ndimage, name)(lazy, **arguments, **support)
        np.testing.assert_array_equal(computed(got), want)


def test_nothing_is_computed_before_it_is_needed() -> None:
    x = unread("u1")
    with dask.config.set(scheduler=forbidden):
        for name in EVERY:
            options = options_of(name)
            for callers in ("function", "derivative", "derivative2"):
                if callers in options:
                    options[callers] = forbidden
            y = getattr(lazily.ndimage, name)(x, **options)
            assert (y.shape, y.chunks, y.dtype) == (x.shape, x.chunks, np.uint8)


@pytest.mark.parametrize("name", EVERY)
def test_signatures(name: str) -> None:
    ours = inspect.signature(getattr(lazily.ndimage, name)).parameters
    theirs = inspect.signature(getattr(ndimage, name)).parameters
    added = [each for each in ours if each not in theirs]
    assert [each for each in ours if each not in added] == [
        each for each in theirs if each != "output"
    ]
    assert added == [*(options_of(name).keys() - EVERY[name].keys())]
    if name in ARGUMENTS:
        assert ours["workers"].default == 1
    with pytest.raises(TypeError, match="output"):
        getattr(lazily.ndimage, name)(np.ones((4, 4)), output="f4", **options_of(name))


def test_every_filter_is_there() -> None:
    assert {*lazily.ndimage.__all__} == {*EVERY} == {*REACHES}
    assert {*ndimage.originals} == {*ARGUMENTS}
    for name in EVERY:
        function = getattr(lazily.ndimage, name)
        assert function.__module__ == "pyconvolve.dask.ndimage"
        assert pickle.loads(pickle.dumps(function)) is function


def calls_and_theirs() -> list[Any]:
    """Return wrong calls, and SciPy's function for each."""
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("gaussian_filter", {"sigma": [1.0]}),
        ("gaussian_filter", {"sigma": 1, "mode": "edge"}),
        ("uniform_filter", {"size": 3, "origin": 2}),
        ("convolve", {"weights": np.ones(3)}),
        ("correlate", {"weights": np.ones((3, 3)), "origin": (0, 2)}),
        ("maximum_filter", {}),
        ("median_filter", {"size": 3, "origin": 2}),
        ("rank_filter", {"size": 3, "rank": 9}),
        ("generic_filter", {"function": np.ptp}),
        ("sobel", {"axis": 2}),
        ("grey_erosion", {}),
        ("grey_dilation", {"size": 3, "mode": "edge"}),
        ("laplace", {"mode": ("wrap",)}),
        ("correlate1d", {"weights": np.ones((2, 2))}),
    ]
    return [pytest.param(*each, id=f"{each[0]}-{[*each[1]]}") for each in wrong]


@pytest.mark.parametrize(("name", "arguments"), calls_and_theirs())
def test_scipys_errors(name: str, arguments: dict[str, Any]) -> None:
    """They are raised when the result is asked for."""
    image = np.ones((5, 6))
    functions = [getattr(module, name) for module in (scipy.ndimage, lazily.ndimage)]
    want, got = (
        drawn.outcome(partial(function, image, **arguments)) for function in functions
    )
    assert isinstance(want, tuple)
    assert got == want


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda x: lazily.ndimage.sobel(x[x[:, 0] > 0]),
            ValueError,
            "^input must have chunks of known sizes",
        ),
        (lambda x: lazily.ndimage.sobel(x, workers=0), ValueError, "^workers must"),
        (
            lambda x: lazily.ndimage.sobel(da.ma.masked_equal(x, 1)),
            TypeError,
            "^input must not have masked arrays",
        ),
        (
            lambda x: lazily.ndimage.generic_laplace(x, ndimage.sobel),
            TypeError,
            "depth",
        ),
        (
            lambda x: lazily.ndimage.generic_laplace(x, ndimage.sobel, depth=-1),
            ValueError,
            "^depth must be at least 0, .*not -1",
        ),
        (
            lambda x: lazily.ndimage.generic_laplace(x, ndimage.sobel, depth=(1, 2, 3)),
            ValueError,
            "^depth must be at least 0, for all axes or for each of the 2",
        ),
        (
            lambda x: lazily.ndimage.generic_laplace(x, ndimage.sobel, depth=1.5),
            TypeError,
            "^depth must be an integer or a sequence",
        ),
    ],
)
def test_errors(
    call: Callable[[Any], Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        call(da.ones((10, 12), chunks=5))


def test_size_beside_a_footprint() -> None:
    """It is ignored with a warning, as by SciPy, but not once more in each task."""
    x = small_integers((9, 9), "f8")
    with pytest.warns(UserWarning, match="ignoring size because footprint is set") as w:
        got = lazily.ndimage.maximum_filter(da.from_array(x, chunks=4), 5, [[1, 1]])
    assert len(w) == 1
    assert w[0].filename == __file__
    want = ndimage.maximum_filter(x, footprint=[[1, 1]])
    np.testing.assert_array_equal(computed(got), want)


def test_functions_of_callers_take_further_arguments() -> None:
    def derivative(
        image: Any,
        axis: int,
        output: Any,
        mode: str,
        cval: float,
        *args: Any,
        **how: Any,
    ) -> Any:
        assert args == (2,)
        return ndimage.gaussian_filter1d(
            image, args[0], axis, 1, output, mode, cval, **how
        )

    x = any_values((20, 30), "f8")
    how: dict[str, Any] = {"extra_arguments": (2,), "extra_keywords": {"radius": 4}}
    for name in ("generic_gradient_magnitude", "generic_laplace"):
        want = getattr(ndimage, name)(x, derivative, **how)
        lazy = getattr(lazily.ndimage, name)
        got = lazy(da.from_array(x, chunks=7), derivative, depth=(4, 4), **how)
        np.testing.assert_allclose(computed(got), want, rtol=0, atol=1e-13)


def test_no_samples() -> None:
    got = lazily.ndimage.gaussian_filter(da.zeros((0, 5), dtype="u1"), 1)
    assert computed(got).shape == (0, 5)
    assert got.dtype == np.uint8


@given(
    st.integers(0, 6), st.integers(0, 6), st.sampled_from(["edge", "wrap"]), st.data()
)
def test_what_a_chunk_reads(
    left: int, right: int, boundary: str, data: st.DataObject
) -> None:
    """It reads no more than it needs, but near the ends of the image."""
    samples = data.draw(st.integers(1, 40))
    first = data.draw(st.integers(0, samples - 1))
    end = data.draw(st.integers(first + 1, samples))
    reach = Reach(left, right, frozenset({boundary}))
    runs, kept = halos.around(reach, samples, first, end)
    read = [i for run in runs for i in range(run.first, run.end)]
    assert read[kept] == [*range(first, end)]
    assert len({*read}) == len(read)
    if left <= first and end + right <= samples:
        assert read == [*range(first - left, end + right)]
    elif boundary == "wrap" and end - first + left + right <= samples:
        wanted = range(first - left, end + right)
        assert read == [i % samples for i in wanted]
    else:
        assert len(read) <= max(end - first, left + 1, right + 1) + left + right
