"""Convolutions of dask arrays are those of the whole array."""

# ruff: noqa: E402

import pickle
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import planned
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from problems import BOUNDARIES, Problem, any_values, problems, small_integers

import pyconvolve
from pyconvolve._core.thresholds import THRESHOLDS, Thresholds

dask = pytest.importorskip("dask")

import dask.array as da

import pyconvolve.dask as lazily
from pyconvolve._dask import convolution
from pyconvolve._dask.tasks import take

# The taps of all kernels are divided into single ones, and chunks into strips.
SINGLE_TAPS = Thresholds(slab_share=1, slab_bytes=1)
STRIPS = Thresholds(strip_bytes=64, strip_per_tap=1)
FUNCTIONS = {
    False: (lazily.convolve, pyconvolve.convolve),
    True: (lazily.correlate, pyconvolve.correlate),
}


def computed(array: Any) -> Any:
    return array.compute(scheduler="synchronous")


def run(
    limits: Thresholds,
    x: Any,
    h: Any,
    mode: str = "full",
    method: str = "auto",
    correlating: bool = False,
    **options: Any,
) -> Any:
    """Convolve lazily with given thresholds."""
    how = planned.rules_of(correlating, mode, method, limits, **options)
    return convolution.run(planned.NAMES, how, x, h, options.get("cval", 0), 1)


@st.composite
def chunks(draw: st.DrawFn, shape: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """Divide each axis at random, also into chunks of one sample."""
    divided = []
    for length in shape:
        most = st.integers(1, max(length - 1, 1))
        inside = draw(st.sets(most, max_size=6)) if length > 1 else set()
        divided.append(tuple(np.diff([0, *sorted(inside), length]).tolist()))
    return tuple(divided)


def assert_whole(got: Any, want: NDArray[Any]) -> None:
    """Check values, chunk by chunk, and what is known without them."""
    assert got.shape == want.shape
    assert got.dtype == got._meta.dtype == want.dtype
    assert type(got._meta) is np.ndarray
    assert all(size > 0 for sizes in got.chunks for size in sizes)
    blocks, whole = dask.compute(
        [got.blocks[index] for index in np.ndindex(got.numblocks)],
        got,
        scheduler="synchronous",
    )
    sizes = [tuple(each) for each in product(*got.chunks)]
    assert [block.shape for block in blocks] == sizes
    assert whole.dtype == want.dtype
    if want.dtype.kind in "biuO":
        np.testing.assert_array_equal(whole, want)
    else:
        scale = np.abs(want[np.isfinite(want)]).max(initial=1)
        limit = 50 * np.finfo(want.dtype).eps * scale
        np.testing.assert_allclose(whole, want, rtol=0, atol=limit)


@pytest.mark.parametrize(
    "limits", [THRESHOLDS, SINGLE_TAPS, STRIPS], ids=["usual", "single taps", "strips"]
)
@pytest.mark.parametrize("correlating", [False, True])
@settings(max_examples=settings.default.max_examples // 5)
@given(problem=problems(), data=st.data())
def test_chunks_are_those_of_the_whole(
    limits: Thresholds, correlating: bool, problem: Problem, data: st.DataObject
) -> None:
    x, h, mode, options = problem.in1, problem.in2, problem.mode, problem.options
    lazy = da.from_array(x, chunks=data.draw(chunks(x.shape)))
    want = FUNCTIONS[correlating][1](x, h, mode, "direct", **options)
    got = run(limits, lazy, h, mode, "direct", correlating, **options)
    assert_whole(got, want)


@pytest.mark.parametrize("limits", [THRESHOLDS, SINGLE_TAPS])
@settings(max_examples=settings.default.max_examples // 10)
@given(data=st.data())
def test_lags(limits: Thresholds, data: st.DataObject) -> None:
    n, k = data.draw(st.integers(1, 30)), data.draw(st.integers(1, 12))
    first = data.draw(st.integers(0, n + k - 2))
    lags = first, data.draw(st.integers(first, n + k - 2))
    x, h = small_integers((n,), "i4"), small_integers((k,), "i4", 1)
    lazy = da.from_array(x, chunks=data.draw(chunks(x.shape)))
    for boundary in BOUNDARIES:
        options: dict[str, Any] = {"boundary": boundary, "lags": lags, "stride": 2}
        want = pyconvolve.convolve(x, h, **options)
        assert_whole(run(limits, lazy, h, **options), want)


@pytest.mark.parametrize("dtype", ["f4", "f8", "c8"])
@pytest.mark.parametrize("method", ["direct", "fft", "auto"])
@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_methods(dtype: str, method: Any, boundary: Any) -> None:
    x, h = any_values((90, 130), dtype), any_values((9, 14), dtype, 1)
    lazy = da.from_array(x, chunks=((40, 1, 49), (64, 66)))
    options: dict[str, Any] = {"boundary": boundary, "method": method}
    for mode in ("full", "same", "valid"):
        want = pyconvolve.convolve(x, h, mode, **options)
        assert_whole(lazily.convolve(lazy, h, mode, **options), want)


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_direct_sums_are_the_same_to_the_bit(mode: Any, boundary: Any) -> None:
    x, h = any_values((200, 300), "f4"), any_values((5, 7), "f4", 1)
    got = lazily.convolve(
        da.from_array(x, chunks=(64, 100)), h, mode, "direct", boundary=boundary
    )
    want = pyconvolve.convolve(x, h, mode, "direct", boundary=boundary)
    np.testing.assert_array_equal(computed(got), want)


def forbidden(*_: Any, **__: Any) -> Any:
    """Stand for a scheduler, or for a function of chunks, that must not be called."""
    raise AssertionError("computed too early")


def unread(dtype: str) -> Any:
    """Return an array whose chunks can't be computed."""
    parts = da.zeros((100, 100), chunks=((50, 50), (30, 70)), dtype=dtype)
    return parts.map_blocks(forbidden, dtype=dtype, meta=parts._meta)


def test_nothing_is_computed_before_it_is_needed() -> None:
    x = unread("f4")
    with dask.config.set(scheduler=forbidden):
        y = lazily.convolve(x, np.ones((3, 3), "f4"), "same", boundary="wrap")
        z = lazily.normalized_convolve(x, np.ones((3, 3), "f4"), mask=x > 0)
    assert y.chunks == z.chunks == x.chunks
    assert y.dtype == z.dtype == np.float32


@pytest.mark.parametrize(
    ("mode", "options", "expected"),
    [
        ("same", {}, (4, 1, 5)),
        ("same", {"origin": 1}, (4, 1, 5)),
        # outputs outside belong to the first and to the last chunk
        ("full", {}, (5, 1, 6)),
        ("valid", {}, (3, 1, 4)),
        ("same", {"stride": 2}, (2, 1, 2)),
        ("same", {"stride": 5}, (1, 1)),
        ("same", {"upsample": 2}, (8, 2, 9)),
        ("full", {"lags": (4, 5)}, (1, 1)),
        # outputs outside, in chunks of their own
        ("full", {"dilation": 8}, (5, 3, 4, 1, 5, 5, 3)),
        ("full", {"dilation": 8, "boundary": "reflect"}, (5, 3, 4, 1, 5, 5, 3)),
    ],
)
def test_chunks(mode: Any, options: dict[str, Any], expected: tuple[int, ...]) -> None:
    x, h = np.arange(10), [1, 2, 3]
    got = lazily.convolve(da.from_array(x, chunks=((4, 1, 5),)), h, mode, **options)
    assert got.chunks == (expected,)
    np.testing.assert_array_equal(
        computed(got), pyconvolve.convolve(x, h, mode, **options)
    )


def read_by(result: Any, x: Any) -> set[tuple[int, ...]]:
    """Return the chunks of an array that the tasks of another one read."""
    needed = result.dask.cull(result.__dask_keys__())
    return {key[1:] for key in needed if isinstance(key, tuple) and key[0] == x.name}


@pytest.mark.parametrize(
    ("boundary", "first", "inner"),
    [
        ("wrap", {(0,), (1,), (9,)}, {(2,), (3,), (4,)}),
        ("reflect", {(0,), (1,)}, {(2,), (3,), (4,)}),
        ("edge", {(0,), (1,)}, {(2,), (3,), (4,)}),
    ],
)
def test_a_task_reads_neighbours_only(
    boundary: Any, first: set[Any], inner: set[Any]
) -> None:
    x = da.zeros(100, chunks=10)
    y = lazily.convolve(x, np.ones(5), "same", boundary=boundary)
    assert read_by(y.blocks[0], x) == first
    assert read_by(y.blocks[3], x) == inner
    near = lazily.ndimage.uniform_filter(x, 5, mode="wrap")
    assert read_by(near.blocks[0], x) == {(0,), (1,), (9,)}
    far = lazily.convolve(x, np.ones(31), "same")
    assert read_by(far.blocks[5], x) == {(3,), (4,), (5,), (6,), (7,)}


def test_a_task_reads_rims_and_not_chunks() -> None:
    """A neighbour is sliced where it is, and not sent as a whole."""
    x = da.zeros((90, 90), chunks=30)
    y = lazily.convolve(x, np.ones((3, 3)), "same")
    taken = [key for key in y.dask if key[0] == f"{y.name}-samples"]
    for part in ([(0, 1, 1), (0, 30, 1)], [(0, 30, -1), (29, 30, 1)]):
        assert take(np.zeros((30, 30)), part).base is None
    # four corners and four edges of the chunk in the middle, fewer of the others
    assert len(taken) == 4 * 3 + 4 * 5 + 8


@pytest.mark.parametrize("boundary", BOUNDARIES)
@pytest.mark.parametrize("mode", ["full", "same", "valid"])
def test_blocks_of_taps_bound_what_a_task_reads(mode: Any, boundary: Any) -> None:
    """The usual thresholds divide a kernel that is much larger than a chunk."""
    limits = Thresholds(slab_share=4, slab_bytes=1)
    x, h = small_integers((200,), "i4"), small_integers((101,), "i4", 1)
    lazy = da.from_array(x, chunks=10)
    got = run(limits, lazy, h, mode, boundary=boundary)
    assert len(got.dask) > 2 * got.numblocks[0]
    assert_whole(got, pyconvolve.convolve(x, h, mode, boundary=boundary))
    job = got.dask[f"{got.name}-job"]
    read = max(axis.samples for row in job.axes[0] for axis in row)
    assert read <= 40
    # chunks of a task's outputs are not larger than those of the signal
    assert max(got.chunks[0]) <= 20


@pytest.mark.parametrize("limits", [THRESHOLDS, SINGLE_TAPS])
@pytest.mark.parametrize(
    ("x", "h", "options"),
    [
        ("u1", "i1", {"dtype": "u1", "overflow": "saturate"}),
        ("u1", "f4", {"dtype": "u1", "overflow": "saturate"}),
        ("u1", "f8", {"dtype": "i2", "cval": 3.5}),
        ("i2", "i2", {"dtype": "i8", "overflow": "raise"}),
        ("i8", "i8", {"overflow": "saturate"}),
        ("u8", "i8", {"dtype": "i2", "overflow": "saturate"}),
        ("f4", "f4", {"dtype": "i4"}),
        ("f2", "f2", {}),
        ("f4", "f4", {"dtype": "f8"}),
        ("i2", "i2", {"dtype": "f4"}),
        ("?", "?", {"dtype": "i4"}),
    ],
)
def test_conversions(
    limits: Thresholds, x: str, h: str, options: dict[str, Any]
) -> None:
    size = (13, 11), (4, 3)
    data, taps = any_values(size[0], x), any_values(size[1], h, 1)
    if options.get("overflow") == "raise":
        taps = small_integers(size[1], h, 1)
    want = pyconvolve.convolve(data, taps, "same", "direct", **options)
    got = run(
        limits, da.from_array(data, chunks=(5, 4)), taps, "same", "direct", **options
    )
    if x == "f2":
        assert got.dtype == np.float16
        np.testing.assert_allclose(computed(got), want, rtol=2e-3, atol=2e-3)
    else:
        assert_whole(got, want)


@pytest.mark.parametrize("limits", [THRESHOLDS, SINGLE_TAPS])
def test_overflow_is_raised_when_it_is_found(limits: Thresholds) -> None:
    x = da.from_array(np.full(20, 200, np.uint8), chunks=5)
    y = run(limits, x, np.ones(2, np.uint8), "same", overflow="raise")
    with pytest.raises(OverflowError, match=r"^4 of 5 outputs do not fit uint8"):
        computed(y.blocks[0])


def test_python_integers() -> None:
    x = np.array([10**30, 1, 2, 3, 4], object)
    got = lazily.convolve(da.from_array(x, chunks=2), [1, 2], "same")
    np.testing.assert_array_equal(computed(got), pyconvolve.convolve(x, [1, 2], "same"))


@pytest.mark.parametrize("limits", [THRESHOLDS, SINGLE_TAPS])
@pytest.mark.parametrize(
    ("x", "h", "axes"),
    [
        ((3, 20), (1, 4), 1),
        ((1, 20), (5, 4), 1),
        ((3, 20), (3, 4), (1,)),
        ((3, 20, 9), (4, 2), (1, 2)),
        ((3, 20, 9), (4, 2), (2, 1)),
        ((20, 3), (4,), 0),
    ],
)
def test_batches_and_banks(
    limits: Thresholds, x: tuple[int, ...], h: tuple[int, ...], axes: Any
) -> None:
    data, taps = small_integers(x, "i4"), small_integers(h, "i4", 1)
    lazy = da.from_array(data, chunks=tuple(max(1, n // 3) for n in x))
    want = pyconvolve.convolve(data, taps, "same", axes=axes, boundary="wrap")
    got = run(limits, lazy, taps, "same", axes=axes, boundary="wrap")
    assert_whole(got, want)
    with dask.config.set({"array.chunk-size": "64B"}):
        got = run(limits, lazy, taps, "same", axes=axes, boundary="wrap")
    assert_whole(got, want)


def test_no_outputs() -> None:
    x = da.zeros((0, 8), chunks=(1, 4), dtype="f4")
    got = lazily.convolve(x, np.ones(3, "f4"), "same", axes=1)
    assert computed(got).shape == (0, 8)
    assert got.dtype == np.float32
    got, weight = lazily.normalized_convolve(
        x, np.ones(3, "f4"), axes=1, return_weights=True
    )
    assert computed(got).shape == computed(weight).shape == (0, 8)


def test_numbers() -> None:
    """They are arrays without axes."""
    for got in (lazily.convolve(5.0, 2.0), lazily.convolve(da.asarray(5), 2.0)):
        assert got.shape == ()
        assert computed(got) == 10


def test_chunks_without_samples_are_left_out() -> None:
    x = da.from_array(np.arange(7), chunks=((2, 0, 2, 3, 0),))
    assert 0 in x.chunks[0]
    got = lazily.convolve(x, [1, 2, 3], "same", boundary="wrap")
    want = pyconvolve.convolve(computed(x), [1, 2, 3], "same", boundary="wrap")
    assert_whole(got, want)


@pytest.mark.parametrize("limits", [THRESHOLDS, SINGLE_TAPS])
def test_lazy_kernels(limits: Thresholds) -> None:
    x, h = small_integers((20, 30), "i4"), small_integers((6, 7), "i4", 1)
    lazy, taps = da.from_array(x, chunks=7), da.from_array(h, chunks=4)
    assert_whole(run(limits, lazy, taps, "same"), pyconvolve.convolve(x, h, "same"))
    options: dict[str, Any] = {"dtype": "u1", "overflow": "saturate"}
    if limits is THRESHOLDS:
        want = pyconvolve.convolve(x, h, "same", **options)
        assert_whole(run(limits, lazy, taps, "same", **options), want)
    else:
        with pytest.raises(
            ValueError, match=r"^in2 must be a NumPy array, not .* dask"
        ):
            run(limits, lazy, taps, "same", **options)


def test_other_arrays() -> None:
    """Lists and NumPy arrays become dask arrays."""
    got = lazily.correlate([1, 2, 3], [1, 1], "same")
    assert isinstance(got, da.Array)
    assert (
        computed(got).tolist()
        == pyconvolve.correlate([1, 2, 3], [1, 1], "same").tolist()
    )


def test_results_can_be_pickled() -> None:
    x = da.from_array(np.arange(40.0), chunks=9)
    y = lazily.convolve(x, [1.0, 2.0], "same", boundary="reflect")
    again = pickle.loads(pickle.dumps(y))
    np.testing.assert_array_equal(computed(again), computed(y))
    assert pickle.loads(pickle.dumps(THRESHOLDS)) is THRESHOLDS
    other = pickle.loads(pickle.dumps(SINGLE_TAPS))
    assert (other.slab_share, other.slab_bytes) == (1, 1)


def test_names_tell_what_is_computed() -> None:
    """Equal calls share their results, others don't."""
    x = da.from_array(np.arange(40.0), chunks=9)
    names = [
        function(x, h, mode, **options).name
        for function in (lazily.convolve, lazily.correlate)
        for h in ([1.0, 2.0], [2.0, 1.0])
        for mode in ("same", "full")
        for options in ({}, {"boundary": "wrap"}, {"cval": 2}, {"workers": 2})
    ]
    assert len({*names}) == len(names)
    assert lazily.convolve(x, [1.0, 2.0], "same").name == names[0]


def test_query_planning(python: Callable[..., Any]) -> None:
    """dask's experimental arrays of this kind are refused, not misunderstood."""
    done = python(
        "import dask\n"
        "dask.config.set({'array.query-planning': True})\n"
        "try:\n"
        "    import dask.array\n"
        "except ImportError:\n"
        "    raise SystemExit(print('this dask has no query-planning'))\n"
        "import pyconvolve.dask\n"
        "try:\n"
        "    pyconvolve.dask.convolve([1.0], [1.0])\n"
        "except NotImplementedError as error:\n"
        "    print(error)\n"
        "else:\n"
        "    print('it has query-planning')\n"
    )
    assert "query-planning" in done.stdout, done.stderr


def test_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A task uses one thread unless it is told to use more."""
    from pyconvolve._core import parts

    given = []
    plain = parts.Parts.__init__

    def noted(self: Any, problem: Any, rules: Any, kernel: Any, workers: Any) -> None:
        given.append(workers)
        plain(self, problem, rules, kernel, workers)

    monkeypatch.setattr(parts.Parts, "__init__", noted)
    x = da.zeros(10)
    computed(lazily.convolve(x, [1.0]))
    computed(lazily.convolve(x, [1.0], workers=2))
    computed(lazily.convolve(x, [1.0], workers=None))
    assert given == [1, 2, None]
