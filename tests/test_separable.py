"""Separable filters: a pass along each of several axes."""

from typing import Any

import numpy as np
import pytest
from factors import (
    SIGNALS,
    axes_of,
    batch,
    cast,
    factors_of,
    filters,
    passes,
    problem_of,
    run,
    small_problems,
    window,
    windows,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from layouts import LAYOUTS, guarded
from problems import REAL, any_values, small_integers
from reductions import OUTPUTS
from scipy import ndimage

from pyconvolve._core.engines import separable
from pyconvolve._core.problem import Operand
from pyconvolve._core.thresholds import THRESHOLDS, Thresholds

pytestmark = pytest.mark.compiled

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
# Tiles are as small as they may be, and rows are prefetched and streamed.
SMALL = Thresholds(
    thread_seconds=0.0, plane_bytes=1, reduced_tiles=7, reduced_tile_outputs=9,
    prefetched_signal_bytes=0, streamed_direct_bytes=0,
)  # fmt: skip
INTEGERS = [dtype for dtype in REAL if dtype.kind in "biu"]


@given(
    small_problems(), st.sampled_from(OUTPUTS), st.sampled_from([1, 2]), st.booleans()
)
def test_exact_sums(drawn: Any, layout: str, workers: int, small: bool) -> None:
    """Any axes, offsets, boundaries, types and memory layouts."""
    problem, x, factors, constants = drawn
    want = passes(problem, x, factors, constants)
    out = SIGNALS[layout](np.zeros(problem.shape, problem.output))
    limits = SMALL if small else SHARED
    got = run(problem, x, factors, constants, False, out, workers, limits)
    # sums of magnitudes bound all partial sums
    most = np.abs(passes(problem, np.abs(x), list(map(np.abs, factors)), None)).max()
    if most < 2**23:
        np.testing.assert_array_equal(got, want.astype(got.dtype))


@pytest.mark.parametrize("boundary", ["constant", "wrap", "edge", "absent"])
def test_tiles_outside(boundary: str) -> None:
    """Tiles that reach no sample along rows, and a pass before that of rows."""
    x = small_integers((9, 5), "f4")
    axes = [
        window(0, 9, 3, boundary="constant"),
        window(1, 5, 4, outputs=400, offset=-190, boundary=boundary),
    ]
    problem, factors = problem_of(axes, "f4"), [np.array([1, 2, 3]), np.arange(4)]
    want = passes(problem, x, factors, [3, 7])
    for limits in (SHARED, SMALL):
        got = run(problem, x, factors, [3, 7], thresholds=limits)
        np.testing.assert_array_equal(got, want)


@settings(max_examples=150)
@given(
    st.sampled_from(list(MODES)),
    st.sampled_from([(50,), (30, 21), (300, 5), (9, 10, 11), (40, 3, 30)]),
    st.sampled_from(["f4", "f8"]),
    st.sampled_from(["C", "F"]),
    st.data(),
)
def test_correlate1d(
    mode: str, shape: tuple[int, ...], dtype: str, order: Any, data: st.DataObject
) -> None:
    """SciPy's correlate1d along some axes, one after another."""
    axes = data.draw(st.sets(st.sampled_from(range(len(shape))), min_size=1))
    taps = {a: data.draw(st.integers(1, 40)) for a in sorted(axes)}
    x = any_values(shape, dtype).copy(order)
    origin = {
        a: data.draw(st.integers(-(k // 2), (k - 1) // 2)) for a, k in taps.items()
    }
    problem = problem_of(
        [
            window(
                a, n, taps[a], offset=-(taps[a] // 2) - origin[a], boundary=MODES[mode]
            )
            if a in axes
            else batch(a, n)
            for a, n in enumerate(shape)
        ],
        dtype,
    )
    factors = factors_of(problem)
    cval = data.draw(st.sampled_from([0, 0.5]))
    want, bound = x.astype("f8"), np.abs(x).astype("f8") + cval
    for a, h in zip(taps, factors, strict=True):
        want = ndimage.correlate1d(want, h, a, mode=mode, cval=cval, origin=origin[a])
        bound = ndimage.correlate1d(bound, np.abs(h), a, mode="nearest") + bound.max()
    got = run(problem, x, factors, [cval] * len(shape))
    eps = np.finfo(dtype).eps * np.sqrt(sum(taps.values()))
    assert (np.abs(got - want) <= 2 * eps * np.maximum(bound, np.abs(want).max())).all()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", INTEGERS[1:], ids=str)
def test_rounded_passes(dtype: np.dtype, mode: str) -> None:
    """SciPy stores integers after each pass: cut toward zero, and wrapped around."""
    shape, rng = (31, 20, 17), np.random.default_rng(1)
    x = rng.integers(0, 100, shape).astype(dtype)
    problem = filters(shape, (5, 4, 9), dtype, boundary=MODES[mode])
    # multiples of an eighth: sums are exact, unless numbers wrap around to 2**64
    low = 0 if dtype == np.uint64 else -20
    factors = [rng.integers(low, 40, axis.taps) / 8 for axis in windows(problem)]
    want = x
    for a, h in enumerate(factors):
        want = ndimage.correlate1d(want, h, a, mode=mode, cval=7.5)
    for limits in (SHARED, SMALL):
        for layout in ("as it is", "fortran", "reversed"):
            got = run(
                problem, SIGNALS[layout](x), factors, [7.5] * 3, True, thresholds=limits
            )
            np.testing.assert_array_equal(got, want)
    once = run(problem, x, factors, [7.5] * 3)
    np.testing.assert_array_equal(
        once, cast(passes(problem, x, factors, [7.5] * 3), dtype)
    )


@pytest.mark.parametrize("mode", MODES)
def test_rounded_truth_values(mode: str) -> None:
    """SciPy stores a truth value as a byte, and reads that number again."""
    x = np.random.default_rng(1).random((40, 30)) < 0.5
    problem = filters(x.shape, (5, 4), "?", boundary=MODES[mode])
    factors = [np.array([1, 60, 2, 3.5, 90]), np.array([0.5, -1, 2, 0.75])]
    want = x
    for a, h in enumerate(factors):
        want = ndimage.correlate1d(want, h, a, mode=mode)
    got = run(problem, x, factors, rounds=True)
    np.testing.assert_array_equal(got.view(np.uint8), want.view(np.uint8) != 0)


@pytest.mark.parametrize("output", INTEGERS, ids=str)
def test_numbers_are_cast_as_in_scipy(output: np.dtype) -> None:
    special = [
        -0.5, 0.99, 300.7, -10.2, 70000.0, 3e9, -3e9, 5e9, -5e9, 1e19, -1e19, 1.5e19,
        1e20, np.nan, np.inf, -np.inf, 2.0**63, -(2.0**63), 2.0**31, -(2.0**31) - 0.5,
        2.0**31 - 0.5, 2.0**63 - 1024, 2.0**64 - 2048,
    ]  # fmt: skip
    x = np.array(special * 9)
    want = ndimage.correlate1d(x, [1.0], output=output)
    problem = filters(x.shape, (1,), "f8", output)
    for view in (np.s_[:], np.s_[::-1]):
        got = run(problem, x[view], [np.ones(1)])
        assert got.view(np.uint8).max() <= 1 or output.kind != "b"
        np.testing.assert_array_equal(
            got, want[view] != 0 if output == "?" else want[view]
        )
    twice = filters((1, x.size), (1, 1), "f8", output)
    got = run(twice, x[None], [np.ones(1)] * 2, rounds=True)
    want = ndimage.correlate1d(want, [1.0])
    np.testing.assert_array_equal(got[0], want != 0 if output == "?" else want)


@given(axes_of(), st.integers(0, 999), st.sampled_from([SHARED, SMALL]))
def test_nonfinite_samples(axes: Any, seed: int, limits: Thresholds) -> None:
    """NaN and infinities reach as far as one-dimensional sums carry them."""
    problem, rng = problem_of(axes, "f8"), np.random.default_rng(seed)
    x = rng.integers(-9, 9, [axis.samples for axis in axes]).astype("f8")
    for special in (np.nan, np.inf, -np.inf):
        x[rng.random(x.shape) < 0.02] = special
    factors = [rng.integers(-1, 2, axis.taps) for axis in windows(problem)]
    got = run(problem, x, factors, thresholds=limits)
    np.testing.assert_array_equal(got, passes(problem, x, factors).astype("f8"))


def test_taps_that_are_not_finite() -> None:
    problem = filters((9, 8), (3, 3), "f8", boundary="constant")
    x, factors = np.ones((9, 8)), [np.array([1.0, np.inf, 2.0]), np.ones(3)]
    got = run(problem, x, factors)
    np.testing.assert_array_equal(got, passes(problem, x, factors).astype("f8"))
    absent = filters((9, 8), (3, 3), "f8")
    with pytest.raises(ValueError, match="taps must be finite"):
        run(absent, x, factors)


def test_wrong_taps() -> None:
    made = separable.plan(filters((9, 8), (3, 4), "f8"), THRESHOLDS)
    assert made is not None
    with pytest.raises(ValueError, match=r"must have shape \(4,\), not \(3,\)"):
        made.prepare([np.ones(3), np.ones(3)], True)


@given(small_problems(), st.sampled_from([np.complex64, np.complex128, np.clongdouble]))
def test_complex_signals(drawn: Any, dtype: Any) -> None:
    problem, x, factors, constants = drawn
    x = x.astype("f4")
    z = (x + 1j * np.roll(x, 1)).astype(dtype)
    if constants is not None:
        constants = [value * (1 - 2j) for value in constants]
    problem = problem._replace(signal=Operand(z.dtype), output=z.dtype)
    want = passes(problem, z, factors, constants, np.clongdouble)
    if np.abs(want).max() < 2**18:
        np.testing.assert_array_equal(run(problem, z, factors, constants), want)


def test_a_real_signal_with_complex_constants() -> None:
    x, factors = small_integers((20, 30), "f4"), [np.ones(3), np.arange(5)]
    problem = filters(x.shape, (3, 5), "f4", "c8", boundary="constant")
    want = passes(problem, x, factors, [1j, 2 - 1j], np.clongdouble)
    np.testing.assert_array_equal(run(problem, x, factors, [1j, 2 - 1j]), want)


@pytest.mark.parametrize("mode", ["same", "constant"])
def test_float16_results(mode: str) -> None:
    x = small_integers((33, 40), "f2")
    problem = filters(x.shape, (3, 5), "f2", boundary="wrap")
    factors = [np.array([1, 2, 1]) / 4, np.array([1, 4, 6, 4, 1]) / 16]
    want = passes(problem, x, factors)
    got = run(problem, x, factors, rounds=mode == "constant")
    np.testing.assert_allclose(got, want, 1e-3, 1e-3)
    assert got.dtype == np.float16


@pytest.mark.parametrize(
    ("shape", "taps"),
    [
        ((40_000,), (20_001,)), ((3, 40_000), (2, 9001)), ((5000, 4), (4001, 2)),
        ((700, 600), (301, 402)), ((60, 50, 40), (41, 30, 21)),
        ((90, 2000, 3), (9, 99, 0)), ((50, 3, 2000), (60, 0, 30)),
        ((6, 7, 8, 9, 10), (9, 0, 5, 3, 4)),
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("dtype", ["f4", "f8", "g"])
def test_long_kernels(
    shape: tuple[int, ...], taps: tuple[int, ...], dtype: str
) -> None:
    x = small_integers(shape, dtype, largest=1)
    problem = filters(shape, taps, dtype, boundary="symmetric")
    rng = np.random.default_rng(0)
    factors = [rng.integers(-1, 2, axis.taps) for axis in windows(problem)]
    want, left = x.astype("i8"), list(factors)
    for a, axis in enumerate(problem.axes):
        if axis.role == "window":
            pad = axis.taps // 2, axis.taps - 1 - axis.taps // 2
            pads = [pad if a == b else (0, 0) for b in range(x.ndim)]
            padded = np.pad(want, pads, "symmetric")
            h = left.pop(0)
            want = np.apply_along_axis(np.correlate, a, padded, h)
    if np.abs(want).max() < 2**20:
        got = run(problem, x, factors)
        np.testing.assert_array_equal(got, want.astype(dtype))
        got = run(problem, x, factors, thresholds=SMALL, workers=2)
        np.testing.assert_array_equal(got, want.astype(dtype))


def test_kernels_that_are_too_long() -> None:
    """Planes under the taps would take more than 2 MB."""
    assert separable.plan(filters((9, 50), (200_000, 1), "f4"), THRESHOLDS) is None
    made = separable.plan(filters((9, 50), (1, 100_000), "f4"), THRESHOLDS)
    assert made is not None
    # in the other order of axes, rows are too long
    x = small_integers((9, 50), "f4")
    problem = filters(x.shape, (2, 20_000), "f4", boundary="edge")
    factors = [np.ones(2), np.ones(20_000)]
    want = run(problem, x, factors)
    np.testing.assert_array_equal(run(problem, np.asfortranarray(x), factors), want)


@pytest.mark.parametrize("output", ["f4", "f8", "u1", "f2"])
@pytest.mark.parametrize("layout", OUTPUTS)
@pytest.mark.parametrize(
    ("shape", "taps"),
    [((20, 173, 3), (3, 3, 0)), ((173, 3), (5, 0)), ((9, 300, 7), (0, 9, 0))],
)
def test_positions_of_several_numbers(
    shape: tuple[int, ...], taps: tuple[int, ...], layout: str, output: str
) -> None:
    """Colours, say; chunks of outputs that are converted end between positions."""
    x = small_integers(shape, "f4", largest=1)
    problem = filters(shape, taps, "f4", output, boundary="reflect")
    factors = [np.arange(axis.taps) for axis in windows(problem)]
    want = cast(passes(problem, x, factors), np.dtype(output))
    for limits in (THRESHOLDS, SMALL):
        out = SIGNALS[layout](np.zeros(shape, output))
        got = run(problem, x, factors, out=out, thresholds=limits)
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("dtype", ["f4", "u1", "i8", "f2", ">f8", "?"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(layout: str, dtype: str) -> None:
    x = small_integers((70, 150), dtype).astype(dtype)
    factors = [np.array([1, 2, -1]), np.arange(7) - 3]
    want = passes(filters(x.shape, (3, 7), dtype, boundary="wrap"), x, factors)
    given_as = LAYOUTS[layout](x)
    for output in ("f4", "f8", "i4"):
        problem = filters(x.shape, (3, 7), given_as.dtype, output, boundary="wrap")
        got = run(problem, given_as, factors)
        np.testing.assert_array_equal(got, want.astype(output))


@pytest.mark.parametrize(
    "shape", [(7,), (33,), (200,), (5, 7), (64, 3), (3, 5, 9), (40, 90)]
)
@pytest.mark.parametrize("dtype", ["f4", "f8", "u1", "i4", "f2"])
def test_nothing_outside_is_written(dtype: str, shape: tuple[int, ...]) -> None:
    x, kind = small_integers(shape, dtype), np.dtype(dtype)
    problem = filters(shape, [3] * len(shape), dtype, boundary="edge")
    factors = [np.array([1, 2, 1])] * len(shape)
    want = run(problem, x, factors)
    for limits in (THRESHOLDS, SMALL):
        for offset in range(0, 64, max(8, kind.itemsize)):
            with guarded(shape, kind, offset) as out:
                got = run(problem, x, factors, out=out, thresholds=limits)
                np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("at_end", [False, True])
def test_nothing_outside_is_read(at_end: bool) -> None:
    """Pages beside the signal, which may not be read, are not."""
    mmap = pytest.importorskip("mmap")
    ctypes = pytest.importorskip("ctypes")
    page = 4 * mmap.PAGESIZE
    memory = mmap.mmap(-1, 3 * page)
    around = np.frombuffer(memory, np.uint8)
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "mprotect"):
        pytest.skip("pages cannot be protected")
    first = around.ctypes.data
    for which in (0, 2):
        assert libc.mprotect(ctypes.c_void_p(first + which * page), page, 0) == 0
    for shape, taps in (
        ((37,), (3,)), ((600,), (9,)), ((700,), (40,)), ((5, 7), (2, 2)),
        ((2, 900), (1, 5)), ((4, 4, 14), (1, 2, 2)), ((300, 3), (20, 0)),
        ((2, 300, 3), (0, 7, 0)), ((30, 60), (3, 0)), ((9, 70), (3, 5)),
    ):  # fmt: skip
        for dtype in (np.float32, np.float64, np.uint8):
            size = int(np.prod(shape)) * np.dtype(dtype).itemsize
            start = 2 * page - size if at_end else page
            x = around[start : start + size].view(dtype).reshape(shape)
            x[...] = small_integers(shape, dtype)
            axes = [
                window(a, n, k, offset=0, outputs=n - k + 1) if k else batch(a, n)
                for a, (n, k) in enumerate(zip(shape, taps, strict=True))
            ]
            problem = problem_of(axes, dtype)
            for limits in (SMALL, SHARED):
                factors = [np.ones(k) for k in taps if k]
                got = run(problem, x, factors, thresholds=limits)
                np.testing.assert_array_equal(got, run(problem, x.copy(), factors))
    for which in (0, 2):
        libc.mprotect(ctypes.c_void_p(first + which * page), page, 3)


@pytest.mark.parametrize("dtype", ["f4", "f8", "u1"])
@pytest.mark.parametrize(
    ("shape", "taps"),
    [
        ((500, 600), (5, 5)), ((500, 600), (33, 41)), ((3, 400, 90), (0, 3, 9)),
        ((90_000,), (70,)), ((60, 70, 80), (9, 9, 9)), ((300, 400, 3), (0, 9, 0)),
        ((300, 400), (9, 0)), ((2000, 7), (9, 16)),
    ],
    ids=str,
)  # fmt: skip
def test_equal_bits(shape: tuple[int, ...], taps: tuple[int, ...], dtype: str) -> None:
    """Bits are independent of the number of threads."""
    x = any_values(shape, dtype)
    problem = filters(shape, taps, dtype, boundary="reflect")
    factors = factors_of(problem)
    for limits in (SHARED, SMALL):
        one = run(problem, x, factors, thresholds=limits)
        for n in (2, 3):
            many = run(problem, x, factors, workers=n, thresholds=limits)
            np.testing.assert_array_equal(many.view(np.uint8), one.view(np.uint8))
    # where the order of passes is given, they are independent of tiles, too
    problem = filters(shape, taps, dtype, boundary="constant")
    constants = [1] * len(shape)
    one = run(problem, x, factors, constants, thresholds=SHARED)
    many = run(problem, x, factors, constants, workers=2, thresholds=SMALL)
    np.testing.assert_array_equal(many.view(np.uint8), one.view(np.uint8))


@pytest.mark.parametrize(
    "changed",
    [
        {"output": np.dtype(object)}, {"support": b"\1" * 9}, {"kernel": None},
        {"kernel": Operand(np.dtype("c16"))}, {"output": np.dtype(">f8")},
        {"signal": Operand(np.dtype("c16"))}, {"reduction": "max"},
        {"axes": (batch(0, 9), batch(1, 8))},
        {"axes": (window(0, 9, 3, stride=2), batch(1, 8))},
        {"axes": (window(0, 9, 3, dilation=2), batch(1, 8))},
        {"axes": (window(0, 9, 3, upsampling=2), batch(1, 8))},
    ],
    ids=str,
)  # fmt: skip
def test_problems_of_other_engines(changed: dict[str, Any]) -> None:
    problem = filters((9, 8), (3, 3), "f8")
    assert separable.plan(problem, THRESHOLDS) is not None
    assert separable.plan(problem._replace(**changed), THRESHOLDS) is None
