"""Maxima, minima and sums without a kernel: boxes and footprints."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layouts import LAYOUTS, guarded
from problems import any_values, small_integers
from reductions import (
    COMBINE,
    ORDERED,
    OUTPUTS,
    SIGNALS,
    batch,
    box,
    problem_of,
    reduced,
    reductions,
    run,
    samples_under,
    window,
)
from scipy import ndimage

from pyconvolve._core import plan
from pyconvolve._core.engines import extremum, running
from pyconvolve._core.engines.running.steps import steps
from pyconvolve._core.thresholds import THRESHOLDS, Thresholds

pytestmark = pytest.mark.compiled

FILTERS = {"max": ndimage.maximum_filter, "min": ndimage.minimum_filter}
# Modes of scipy.ndimage, and our words.
MODES = {
    "constant": "constant",
    "nearest": "edge",
    "mirror": "reflect",
    "reflect": "symmetric",
    "wrap": "wrap",
}
# Threads share even small problems.
SHARED = Thresholds(thread_seconds=0.0)
# Rows, planes, blocks and chunks are so small that few samples need several.
SMALL = Thresholds(
    thread_seconds=0.0, reduced_row_bytes=64, longest_row_bytes=200, row_chunk=16,
    row_block_bytes=64, plane_bytes=2 << 10, footprint_bytes=1 << 10, reduced_tiles=7,
    reduced_tile_outputs=9, prefetched_signal_bytes=0, streamed_direct_bytes=0,
)  # fmt: skip


def assert_equal(got: np.ndarray, want: np.ndarray) -> None:
    np.testing.assert_array_equal(got, want.astype(got.dtype))


@given(reductions(), st.sampled_from(OUTPUTS), st.sampled_from([1, 2]), st.booleans())
def test_boxes(drawn: Any, layout: str, workers: int, small: bool) -> None:
    """Any stride, dilation, boundary, type and memory layout."""
    problem, x, constants = drawn
    limits = SMALL if small else SHARED
    assert plan.reduced(problem, limits).name == "running"
    out = SIGNALS[layout](np.zeros(problem.shape, problem.output))
    got = run(problem, x, constants, out=out, workers=workers, thresholds=limits)
    assert_equal(got, reduced(problem, x, constants))


@pytest.mark.parametrize("reduction", COMBINE)
@pytest.mark.parametrize("output", ORDERED, ids=str)
@pytest.mark.parametrize("dtype", ORDERED, ids=str)
def test_types_of_signal_and_output(
    dtype: np.dtype, output: np.dtype, reduction: str
) -> None:
    """Samples of a type that a module doesn't read are refused, not misread."""
    axes = [window(0, 60, 7, boundary="symmetric")]
    problem = problem_of(axes, reduction, dtype, output)
    x = small_integers((60,), dtype)
    try:
        got = run(problem, x, None)
    except NotImplementedError:
        assert dtype != output or (reduction == "sum" and dtype.kind != "f")
        assert output != np.float64 or dtype in (np.float16, np.longdouble)
        return
    assert_equal(got, reduced(problem, x, None))


@given(reductions(upsampled=True), st.sampled_from([SHARED, SMALL]))
def test_upsampled_boxes(drawn: Any, limits: Thresholds) -> None:
    problem, x, _ = drawn
    absent = [
        axis._replace(
            boundary="absent" if axis.boundary == "constant" else axis.boundary
        )
        for axis in problem.axes
    ]
    problem = problem._replace(axes=tuple(absent))
    assert_equal(run(problem, x, thresholds=limits), reduced(problem, x))


@given(reductions(names=("sum",)), st.sampled_from([SHARED, SMALL]))
def test_sums(drawn: Any, limits: Thresholds) -> None:
    """Sums of integers up to 9 are exact in any type of float."""
    problem, x, constants = drawn
    x = x.astype(x.dtype if x.dtype.kind == "f" else np.float64)
    x[~(np.abs(x) < 10)] = 3
    problem = problem._replace(
        signal=problem.signal._replace(dtype=x.dtype),
        output=x.dtype.newbyteorder("="),
    )
    if constants is not None:
        constants = [int(value) % 4 for value in constants]
    want = reduced(problem, x, constants)
    exact = np.abs(want) <= 2**10
    got = run(problem, x, constants, thresholds=limits)
    np.testing.assert_array_equal(got[exact], want[exact].astype(got.dtype))
    np.testing.assert_allclose(got, want.astype(got.dtype), 1e-3)


@given(
    reductions(most_taps=8),
    st.integers(0, 2**32),
    st.sampled_from(OUTPUTS),
    st.booleans(),
    st.sampled_from([SHARED, SMALL]),
)
def test_footprints(
    drawn: Any, seed: int, layout: str, whole: bool, limits: Thresholds
) -> None:
    """Any taps, and the index of the first extremum among the samples inside."""
    problem, x, constants = drawn
    if not whole:
        used = np.random.default_rng(seed).random(problem.taps) < 0.5
        used[seed % problem.taps] = True
        problem = problem._replace(support=used.tobytes())
    absent = all(axis.boundary == "absent" for axis in problem.axes)
    made = extremum.plan(problem, limits)
    assert made is not None
    made.lay_out()
    out = SIGNALS[layout](np.zeros(problem.shape, problem.output))
    indices = np.zeros(problem.shape, np.int64) if absent else None
    made.run(x, None, out, constants, 2, indices)
    assert_equal(out, reduced(problem, x, constants))
    if indices is None:
        return
    samples, places = samples_under(problem, x, constants)
    is_extremum = (samples == out) | (np.isnan(samples) & np.isnan(out))
    is_extremum &= places >= 0
    first = np.take_along_axis(places, is_extremum.argmax(0)[None], 0)[0]
    first[~is_extremum.any(0)] = -1
    np.testing.assert_array_equal(indices, first)
    if whole and x.dtype.isnative and x.dtype != np.float16:
        indices[...] = -7
        extremum.IndexSearch(problem, SHARED).run(x, out, indices, 2)
        np.testing.assert_array_equal(indices, first)


def test_many_taps_have_indices() -> None:
    """More taps than bytes can number, of bytes, and of many equal samples."""
    x = any_values((60, 70), np.uint8) // 64
    problem = box(x.shape, (20, 30), "max", np.uint8)
    made = extremum.plan(problem, THRESHOLDS)
    assert made is not None
    out, indices = np.empty(x.shape, np.uint8), np.empty(x.shape, np.int64)
    made.lay_out().run(x, None, out, None, 1, indices)
    samples, places = samples_under(problem, x, None)
    assert_equal(out, samples.max(0))
    first = ((samples == out) & (places >= 0)).argmax(0)
    np.testing.assert_array_equal(
        indices, np.take_along_axis(places, first[None], 0)[0]
    )


@settings(max_examples=100)
@given(
    st.sampled_from(["max", "min"]),
    st.sampled_from(list(MODES)),
    st.sampled_from([(50,), (30, 21), (9, 10, 11)]),
    st.data(),
)
def test_filters_of_scipy(
    reduction: str, mode: str, shape: tuple[int, ...], data: st.DataObject
) -> None:
    """SciPy computes in double precision, which is exact for these samples."""
    size = [data.draw(st.integers(1, n)) for n in shape]
    origin = [data.draw(st.integers(-(k // 2), (k - 1) // 2)) for k in size]
    dtype = data.draw(st.sampled_from(["u1", "i2", "i4", "f4", "f8"]))
    x = any_values(shape, dtype)
    want = FILTERS[reduction](x, size, mode=mode, origin=origin, cval=3)
    axes = [
        window(a, n, k, offset=-(k // 2) - o, boundary=MODES[mode])
        for a, (n, k, o) in enumerate(zip(shape, size, origin, strict=True))
    ]
    problem = problem_of(axes, reduction, dtype)
    got = run(problem, x, [np.dtype(dtype).type(3)] * len(shape))
    np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("reduction", FILTERS)
def test_footprints_of_scipy(reduction: str) -> None:
    x = any_values((40, 50), np.float32)
    footprint = np.hypot(*np.ogrid[-4:5, -3:4]) < 4
    want = FILTERS[reduction](x, footprint=footprint, mode="mirror")
    problem = box(x.shape, footprint.shape, reduction, np.float32, boundary="reflect")
    problem = problem._replace(support=footprint.tobytes())
    assert plan.reduced(problem, THRESHOLDS).name == "extremum"
    np.testing.assert_array_equal(run(problem, x), want)


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("dtype", ["f8", "f4", "i4", "u1"])
def test_structuring_functions_of_scipy(dtype: str, whole: bool) -> None:
    """Heights are added to samples; dilation reflects them, and erosion subtracts."""
    rng = np.random.default_rng(0)
    x = rng.integers(10, 100, (40, 51)).astype(dtype)
    heights = rng.integers(0, 9, (4, 5)).astype(dtype)
    footprint = np.ones((4, 5), bool) if whole else rng.random((4, 5)) < 0.6
    dilated = ndimage.grey_dilation(x, None, footprint, heights, mode="mirror")
    eroded = ndimage.grey_erosion(x, None, footprint, heights, mode="mirror")
    for reduction, want, h, used, origin in (
        ("max", dilated, heights[::-1, ::-1], footprint[::-1, ::-1], (-1, -2)),
        ("min", eroded, -heights, footprint, (-2, -2)),
    ):
        axes = [
            window(a, n, k, offset=o, boundary="reflect")
            for a, (n, k, o) in enumerate(zip(x.shape, (4, 5), origin, strict=True))
        ]
        problem = problem_of(axes, reduction, dtype)
        problem = problem._replace(support=used.tobytes())
        made = plan.reduced(problem, THRESHOLDS)
        out = np.zeros_like(x)
        made.run(x, made.prepare(h, True), out, None, 1)
        np.testing.assert_array_equal(out, want)


@pytest.mark.parametrize("reduction", ["max", "min", "sum"])
@pytest.mark.parametrize(
    ("shape", "taps"),
    [
        ((70_000,), (40_001,)),
        ((3, 70_000), (1, 30_000)),
        ((3000, 5), (2001, 2)),
        ((700, 600), (301, 402)),
        ((60, 50, 40), (41, 30, 21)),
        ((40, 300, 2), (3, 99, 1)),
    ],
    ids=str,
)
def test_long_windows(
    shape: tuple[int, ...], taps: tuple[int, ...], reduction: str
) -> None:
    """Windows that are longer than blocks, also those that are too long for a row."""
    x = small_integers(shape, np.float64)
    problem = box(shape, taps, reduction, np.float64, boundary="symmetric")
    want = x
    for a, k in enumerate(taps):
        # prefix sums of integers are exact; SciPy's extrema are independent of ours
        pad = [(k // 2, k - 1 - k // 2) if b == a else (0, 0) for b in range(x.ndim)]
        if reduction != "sum":
            filter1d = getattr(ndimage, FILTERS[reduction].__name__ + "1d")
            want = filter1d(want, k, a, mode="reflect")
            continue
        sums = np.pad(want, pad, "symmetric").cumsum(a)
        zeros = np.zeros_like(sums.take([0], a))
        sums = np.concatenate([zeros, sums], a)
        n = shape[a]
        want = sums.take(range(k, k + n), a) - sums.take(range(n), a)
    np.testing.assert_array_equal(run(problem, x), want)


def test_large_samples_leave_nothing_behind() -> None:
    """A running sum, as SciPy's, ends in zeros."""
    x = np.ones(3000)
    x[7], x[1003] = 1e16, np.nan
    for taps in (3, 9, 100, 1000):
        got = run(box(x.shape, (taps,), "sum", x.dtype, offset=-taps + 1), x)
        where = np.arange(3000)
        large = (where >= 7) & (where < 7 + taps)
        missing = (where >= 1003) & (where < 1003 + taps)
        np.testing.assert_array_equal(np.isnan(got), missing)
        counts = np.minimum(where + 1, taps)
        usual = ~(large | missing)
        np.testing.assert_array_equal(got[usual], counts[usual])


def test_errors_do_not_grow_along_an_axis() -> None:
    x = any_values((200_000,), np.float32) + np.float32(1000)
    got = run(box(x.shape, (31,), "sum", x.dtype, offset=0, outputs=199_970), x)
    sums = x.astype(np.float64).cumsum()
    want = np.concatenate([sums[30:31], sums[31:] - sums[:-31]])
    error = np.abs(got - want) / want
    assert error.max() < 6 * np.finfo(np.float32).eps
    assert error[-1000:].max() < 2 * error[:1000].max()


@pytest.mark.parametrize("limits", [SHARED, SMALL], ids=["usual", "small"])
@pytest.mark.parametrize("dtype", ["?", "u1", "i8", "f2", "f4", "f8", "g"])
@pytest.mark.parametrize(
    ("shape", "taps", "stride"),
    [
        ((3, 40, 50), (1, 5, 4), 2), ((300,), (90,), 1), ((4, 300), (1, 33), 4),
        ((2, 20, 30), (2, 20, 30), 1), ((7, 9), (3, 1), 1), ((200, 3), (70, 1), 1),
    ],
)  # fmt: skip
def test_means(
    shape: tuple[int, ...],
    taps: tuple[int, ...],
    stride: int,
    dtype: str,
    limits: Thresholds,
) -> None:
    """Sums are divided by the number of taps at positions that are counted."""
    x = any_values(shape, dtype)
    output = np.dtype(dtype if np.dtype(dtype).kind == "f" else "f8")
    axes = [
        batch(a, n)
        if k == 1
        else window(a, n, k, stride=stride, outputs=-(-n // stride), offset=-(k // 3))
        for a, (n, k) in enumerate(zip(shape, taps, strict=True))
    ]
    problem = problem_of(axes, "sum", dtype, output)
    counted = [(0, n) for n in shape]
    got = run(problem, x, counted=counted, workers=2, thresholds=limits)
    samples, places = samples_under(problem, x.astype("f8"), None)
    want = samples.sum(0) / (places >= 0).sum(0)
    eps = np.finfo(np.float32 if dtype == "f2" else output).eps
    bound = 20 * eps * np.abs(samples).max() + np.finfo(output).eps * np.abs(want)
    assert (np.abs(got - want) <= bound).all()


@pytest.mark.parametrize("number", [2**53 + 3, -(2**53) - 3, 2**63 - 1, -(2**63)])
def test_large_integers(number: int) -> None:
    """SciPy goes through double precision."""
    x = np.full((5, 6), number, np.int64)
    x[2, 3] -= 1 if number > 0 else -1
    for reduction, combine in COMBINE.items():
        if reduction != "sum":
            got = run(box(x.shape, (3, 3), reduction, x.dtype), x)
            padded = np.pad(x, 1, "edge")
            views = np.lib.stride_tricks.sliding_window_view(padded, (3, 3))
            np.testing.assert_array_equal(got, combine.reduce(views, (2, 3)))


@pytest.mark.parametrize("taps", [(3, 3), (9, 20)])
@pytest.mark.parametrize("dtype", [np.float32, np.uint8, np.int64, np.float16])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(layout: str, dtype: Any, taps: tuple[int, int]) -> None:
    x = any_values((70, 61), dtype)
    problem = box(x.shape, taps, "max", dtype, boundary="wrap")
    want = run(problem, x)
    np.testing.assert_array_equal(want, reduced(problem, x).astype(dtype))
    given_as = LAYOUTS[layout](x)
    swapped = problem._replace(signal=problem.signal._replace(dtype=given_as.dtype))
    np.testing.assert_array_equal(run(swapped, given_as), want)


@pytest.mark.parametrize("shape", [(7,), (33,), (5, 7), (64, 3), (3, 5, 9), (40, 50)])
@pytest.mark.parametrize("dtype", ORDERED, ids=str)
def test_nothing_outside_is_written(dtype: np.dtype, shape: tuple[int, ...]) -> None:
    x = any_values(shape, dtype)
    for reduction in ("max", "sum") if dtype.kind == "f" else ("max",):
        problem = box(shape, [3] * len(shape), reduction, dtype, boundary="edge")
        want = run(problem, x)
        for offset in range(0, 64, max(8, dtype.itemsize)):
            with guarded(shape, dtype, offset) as out:
                np.testing.assert_array_equal(run(problem, x, out=out), want)


@pytest.mark.parametrize("at_end", [False, True])
def test_nothing_outside_is_read(at_end: bool) -> None:
    """Pages beside the signal, which may not be read, are not."""
    mmap = pytest.importorskip("mmap")
    ctypes = pytest.importorskip("ctypes")
    page = mmap.PAGESIZE
    memory = mmap.mmap(-1, 3 * page)
    around = np.frombuffer(memory, np.uint8)
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "mprotect"):
        pytest.skip("pages cannot be protected")
    first = around.ctypes.data
    for which in (0, 2):
        assert libc.mprotect(ctypes.c_void_p(first + which * page), page, 0) == 0
    for shape, taps, stride in (
        ((37,), (3,), 1), ((5, 7), (2, 2), 2), ((9, 13), (3, 3), 1),
        ((3, 21), (1, 9), 3), ((4, 4, 14), (1, 2, 2), 2), ((30, 3), (20, 1), 1),
        ((6, 7), (6, 7), 1),
    ):  # fmt: skip
        for dtype in (np.float32, np.uint8):
            size = int(np.prod(shape)) * np.dtype(dtype).itemsize
            start = 2 * page - size if at_end else page
            x = around[start : start + size].view(dtype).reshape(shape)
            x[...] = any_values(shape, dtype)
            axes = [
                window(
                    a, n, k, offset=0, stride=stride if k > 1 else 1,
                    outputs=(n - k) // (stride if k > 1 else 1) + 1,
                )
                for a, (n, k) in enumerate(zip(shape, taps, strict=True))
            ]  # fmt: skip
            problem = problem_of(axes, "max", dtype)
            np.testing.assert_array_equal(run(problem, x), run(problem, x.copy()))
            made = extremum.plan(problem, THRESHOLDS)
            assert made is not None
            out, indices = np.empty(problem.shape, dtype), np.empty(problem.shape, int)
            made.lay_out().run(x, None, out, None, 1, indices)
            np.testing.assert_array_equal(out, run(problem, x))
    for which in (0, 2):
        libc.mprotect(ctypes.c_void_p(first + which * page), page, 3)


@pytest.mark.parametrize("dtype", ["f4", "f8", "u1", "i4", "f2"])
@pytest.mark.parametrize(
    ("shape", "taps", "more"),
    [
        ((500, 600), (5, 5), {}),
        ((500, 600), (33, 41), {"boundary": "reflect"}),
        ((3, 400, 90), (1, 3, 3), {}),
        ((90_000,), (700,), {}),
        ((60, 70, 80), (9, 9, 9), {"boundary": "wrap"}),
    ],
    ids=str,
)
def test_equal_bits(
    shape: tuple[int, ...], taps: tuple[int, ...], more: dict[str, Any], dtype: str
) -> None:
    """The bits of sums, too, are independent of the number of threads."""
    x = any_values(shape, dtype)
    for reduction in ("max", "sum") if dtype[0] == "f" else ("max",):
        problem = box(shape, taps, reduction, dtype, **more)
        one = run(problem, x, thresholds=SHARED)
        for n in (2, 3):
            many = run(problem, x, workers=n, thresholds=SHARED)
            np.testing.assert_array_equal(many.view(np.uint8), one.view(np.uint8))


def test_a_problem_that_no_engine_reduces() -> None:
    problem = box((5, 6), (3, 3), "max", np.complex64)
    assert running.plan(problem, THRESHOLDS) is None
    assert extremum.plan(problem, THRESHOLDS) is None
    with pytest.raises(NotImplementedError, match="no engine reduces"):
        plan.reduced(problem, THRESHOLDS)
    integers = box((5,), (3,), "sum", np.int32)
    assert running.plan(integers, THRESHOLDS) is None


@given(st.integers(1, 3000), st.booleans())
def test_steps(taps: int, idempotent: bool) -> None:
    """Steps combine each tap of a window; sums combine it once."""
    last: list[int] = []
    for step in steps(taps, idempotent):
        found = [0] * step.width
        for offset in step.windows:
            for k, times in enumerate(last):
                found[offset + k] += times
        for offset in step.samples:
            found[offset] += 1
        last = found
    assert len(last) == taps
    assert min(last) >= 1
    assert idempotent or max(last) == 1
