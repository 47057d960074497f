"""pyconvolve.ndimage against scipy.ndimage: names, signatures, workers, blocks."""

import inspect
from typing import Any

import image_filters as drawn
import numpy as np
import pytest
import scipy.ndimage
from hypothesis import given
from hypothesis import strategies as st
from image_filters import ARGUMENTS, Call, assert_outcome, theirs
from problems import any_values, small_integers

import pyconvolve
from pyconvolve import ndimage
from pyconvolve._core import parallel, thread_pool
from pyconvolve._core.region import blocks
from pyconvolve._ndimage import stages
from pyconvolve._scipy.names import IMAGE_FILTERS

every = pytest.mark.parametrize("name", IMAGE_FILTERS)
# Any filter with any valid arguments, but Gaussians, whose sums are not exact.
exact = st.one_of(drawn.correlations(), drawn.extrema(), drawn.differences())


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


@every
def test_workers(name: str) -> None:
    x = any_values((300, 900), "f4")
    function = getattr(ndimage, name)
    one, *more = (function(x, **ARGUMENTS[name], workers=n) for n in (1, 2, 3))
    assert all(np.array_equal(one, other) for other in more)
    for wrong in (0, 1.5, "2"):
        with pytest.raises((TypeError, ValueError), match="workers must be"):
            function(x, **ARGUMENTS[name], workers=wrong)


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

    for module in (stages, parallel):
        monkeypatch.setattr(module, "run_phases", counting)
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
