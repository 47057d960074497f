"""Convolution by transforms: every form of tile, on any numbers, in any layout."""

from concurrent.futures import ThreadPoolExecutor
from math import prod
from typing import Any

import numpy as np
import planned
import pytest
import reference
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st
from layouts import LAYOUTS, guarded
from numpy.typing import NDArray
from problems import (
    BOUNDARIES,
    FUNCTIONS,
    INTEGERS,
    Problem,
    any_values,
    problems,
    small_integers,
)
from reference import transform_bound

import pyconvolve
from pyconvolve._core import cpu, parallel
from pyconvolve._core.engines.fft.modules import SOURCES
from pyconvolve._core.thresholds import Thresholds

pytestmark = pytest.mark.compiled

# A problem of each form, and of several tiles: shapes of data and kernel, and axes.
FORMS: dict[str, tuple[str, tuple[int, ...], tuple[int, ...], Any]] = {
    "panels": ("panels", (430, 210), (11, 9), None),
    "panels of three axes": ("panels", (40, 41, 42), (5, 4, 3), None),
    "lanes": ("lanes", (30000,), (101,), None),
    "lanes of a batch": ("lanes", (9, 3000), (50,), 1),
    "lanes with a kernel each": ("lanes", (19, 400), (19, 50), 1),
    "four_step": ("four_step", (90000,), (7001,), None),
    "one four_step tile": ("four_step", (20000,), (7001,), None),
    "columns": ("columns", (3000, 37), (21,), 0),
    "columns with a kernel each": ("columns", (500, 37), (21, 37), 0),
    "columns of two axes": ("columns", (200, 40, 48), (21, 3), (0, 1)),
    "overlapping panels": ("panels", (330, 300), (101, 40), None),
    "panels overlapping twice": ("panels", (23, 22, 27), (3, 5, 9), None),
    "overlapping columns": ("columns", (1800, 7), (300,), 0),
    "overlapping four_step": ("four_step", (80000,), (9001,), None),
}
if cpu.wide():
    FORMS |= {f"wide {form}": problem for form, problem in FORMS.items()}
OVERLAPPING = [form for form in FORMS if "overlapping" in form]
SMALL_FORMS = [form for form in FORMS if "four_step" not in form]
PLAIN_FORMS = [form for form in SMALL_FORMS if form not in OVERLAPPING]
COMPUTED = [np.dtype(t) for t in ("f4", "f8", "c8", "c16")]

ROWS = [form for form in FORMS if "columns" not in form]

every_form = pytest.mark.parametrize("form", FORMS)
every_small_form = pytest.mark.parametrize("form", SMALL_FORMS)
every_computed = pytest.mark.parametrize("dtype", COMPUTED, ids=str)


def limits_of(form: str, **others: Any) -> Thresholds:
    """Let all problems be tiled in a form, where they can be."""
    vectors = "wide" if form.startswith("wide") else "usual"
    return Thresholds(forms=(FORMS[form][0],), vectors=(vectors,), **others)


LIMITS = {form: limits_of(form) for form in FORMS}


def convolve(form: str, *arguments: Any, **options: Any) -> NDArray[Any]:
    return planned.convolve(LIMITS[form], *arguments, **options)


def correlate(form: str, *arguments: Any, **options: Any) -> NDArray[Any]:
    return planned.convolve(LIMITS[form], *arguments, correlating=True, **options)


def plan(
    form: str,
    data: tuple[int, ...],
    kernel: tuple[int, ...],
    dtype: Any,
    axes: Any = None,
    mode: str = "full",
) -> Any:
    return planned.plan(
        data, kernel, dtype, mode, "fft", axes=axes, limits=LIMITS[form]
    )


def stored(made: Any) -> list[int]:
    """Outputs that a tile stores, for each transformed axis."""
    axes = sorted(
        (axis for axis in made.axes if axis["transformed"] and axis["output"] >= 0),
        key=lambda axis: axis["output"],
    )
    return [axis["block_outputs"] for axis in axes]


def assert_close(got: NDArray[Any], want: NDArray[Any], error: float) -> None:
    assert got.shape == want.shape
    assert abs(got - want).max() <= error


def by_scipy(
    x: NDArray[Any],
    h: NDArray[Any],
    axes: Any,
    precision: Any = "f8",
    mode: str = "full",
) -> NDArray[Any]:
    """Convolve in double precision or more."""
    if axes is not None and h.ndim < x.ndim:
        places = np.atleast_1d(axes)
        h = h.reshape(
            [h.shape[[*places].index(a)] if a in places else 1 for a in range(x.ndim)]
        )
    wide = np.result_type(x, h, precision)
    return scipy.signal.oaconvolve(x.astype(wide), h.astype(wide), mode, axes)


def data_of(
    form: str, dtype: Any, level: complex = 0
) -> tuple[NDArray[Any], NDArray[Any], Any]:
    """Normally distributed samples around a level, and taps."""
    name, data, kernel, axes = FORMS[form]
    made = plan(form, data, kernel, dtype, axes)
    assert made.form == name
    assert form not in OVERLAPPING or any(axis["adds"] for axis in made.axes)
    x = any_values(data, dtype) + np.dtype(dtype).type(level)
    return x, any_values(kernel, dtype, seed=1), axes


@settings(max_examples=2 * settings.default.max_examples)
@given(
    problems(),
    st.sampled_from(FUNCTIONS),
    st.tuples(*[st.sampled_from(sorted(LAYOUTS))] * 3),
    st.booleans(),
)
def test_any_problem(
    problem: Problem, name: str, layouts: tuple[str, str, str], into: bool
) -> None:
    function, mode = getattr(pyconvolve, name), problem.mode
    x, h = (
        LAYOUTS[w](a) for a, w in zip((problem.in1, problem.in2), layouts, strict=False)
    )
    want = getattr(reference, name)(x, h, mode, **problem.options)
    dtype = np.result_type(problem.in1, problem.in2).newbyteorder("=")
    got = function(x, h, mode, "fft", **problem.options)
    error = reference.continued_bound(
        problem.in1, problem.in2, dtype, problem.options.get("cval", 0)
    )
    reference.assert_matches(got, want, dtype, error)
    if into:
        layout = (
            layouts[2]
            if layouts[2] in ("reversed", "fortran")
            else "last axis reversed"
        )
        out = LAYOUTS[layout](np.zeros(want.shape, dtype))
        assert function(x, h, mode, "fft", out=out, **problem.options) is out
        np.testing.assert_array_equal(out, got)
    direct = function(x, h, mode, "direct", **problem.options)
    if dtype.kind in "fc":
        assert_close(got.astype(want.dtype), direct.astype(want.dtype), 2 * error)
    else:
        np.testing.assert_array_equal(got, direct)


@pytest.mark.pairwise
@pytest.mark.parametrize("level", [0, -5])
@every_computed
@every_form
def test_every_form(form: str, dtype: np.dtype, level: float) -> None:
    x, h, axes = data_of(form, dtype, level)
    got = convolve(form, x, h, method="fft", axes=axes)
    assert got.dtype == dtype
    assert_close(
        got, by_scipy(x, h, axes), transform_bound(x, h) + transform_bound(x, h, "f8")
    )
    for mode in ("same", "valid"):
        fft, direct = (
            correlate(form, x, h, mode, method, axes=axes)
            for method in ("fft", "direct")
        )
        assert_close(fft, direct, 2 * transform_bound(x, h))


@every_computed
@every_form
def test_sizes_around_tile_boundaries(form: str, dtype: np.dtype) -> None:
    name, data, kernel, axes = FORMS[form]
    made = plan(form, data, kernel, dtype, axes)
    assert made.form == name
    h = any_values(kernel, dtype, seed=1)
    reached = set()
    convolved = range(len(data)) if axes is None else np.atleast_1d(axes).tolist()
    for i, (a, step) in enumerate(zip(convolved, stored(made), strict=True)):
        taps = kernel[a if len(kernel) == len(data) else i]
        many = max((data[a] + taps - 1) // step, 1)
        for outputs in {n * step + d for n in (1, 2, 3, many) for d in (-1, 0, 1)}:
            if outputs < taps or outputs > 120_000:
                continue
            shape = list(data)
            shape[a] = outputs - taps + 1
            # every other one around a level
            x = any_values(tuple(shape), dtype) + dtype.type(outputs % 2)
            now = plan(form, x.shape, kernel, dtype, axes)
            reached.add((now.name, outputs % stored(now)[i]))
            got = convolve(form, x, h, method="fft", axes=axes)
            assert got.shape[a] == outputs
            assert_close(
                got,
                by_scipy(x, h, axes),
                transform_bound(x, h) + transform_bound(x, h, "f8"),
            )
    assert {where for where, _ in reached} == {"fft"}


@pytest.mark.pairwise
@pytest.mark.parametrize("level", [0, 5])
@pytest.mark.parametrize("boundary", BOUNDARIES)
@every_small_form
def test_every_boundary(form: str, boundary: str, level: float) -> None:
    x, h, axes = data_of(form, np.float64, level)
    for options in ({}, {"stride": 3}, {"dilation": 2}, {"stride": 2, "dilation": 3}):
        fft, direct = (
            convolve(
                form, x, h, "same", method, axes=axes, boundary=boundary, **options
            )
            for method in ("fft", "direct")
        )
        assert_close(fft, direct, 4 * transform_bound(x, h))


@pytest.mark.parametrize("dtype", [np.float32, np.complex128, np.int32])
@pytest.mark.parametrize("items", [1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33])
def test_batches(items: int, dtype: Any) -> None:
    for x_items, h_items in {(items, items), (items, 1), (1, items)}:
        for length, taps in [(200, 30), (30, 200), (90, 90), (1, 40), (40, 1), (1, 1)]:
            x = any_values((x_items, length), dtype)
            h = any_values((h_items, taps), dtype, seed=1)
            for a in (0, 1):
                first, second = (x, h) if a else (x.T, h.T)
                for mode in ("full", "same"):
                    fft, direct = (
                        pyconvolve.convolve(first, second, mode, method, axes=a)
                        for method in ("fft", "direct")
                    )
                    if np.dtype(dtype).kind == "i":
                        np.testing.assert_array_equal(fft, direct)
                    else:
                        assert_close(fft, direct, 2 * transform_bound(x, h))


def by_python(x: NDArray[Any], h: NDArray[Any]) -> NDArray[Any]:
    """In Python's integers, as one product of two of them."""
    bits = 160
    first, second = (sum(int(v) << (bits * i) for i, v in enumerate(a)) for a in (x, h))
    product = first * second
    mask, half = (1 << bits) - 1, 1 << (bits - 1)
    wanted = []
    for _ in range(x.size + h.size - 1):
        digit = ((product & mask) ^ half) - half
        wanted.append(digit)
        product = (product - digit) >> bits
    whole = np.iinfo(x.dtype)
    count = int(whole.max) - int(whole.min) + 1
    low = int(whole.min)
    return np.array([(v - low) % count + low for v in wanted], x.dtype)


def extremes(size: int, dtype: np.dtype, kind: str) -> NDArray[Any]:
    info = np.iinfo(dtype)
    if kind == "random":
        return any_values((size,), dtype, size)
    both = {"largest": [info.max], "smallest": [info.min]}
    return np.resize(np.array(both.get(kind, [info.min, info.max]), dtype), size)


@pytest.mark.pairwise
@pytest.mark.parametrize("dtype", INTEGERS, ids=str)
@pytest.mark.parametrize("kernel", ["random", "largest", "smallest", "alternating"])
@pytest.mark.parametrize("data", ["random", "largest", "smallest", "alternating"])
def test_integers_are_exact(data: str, kernel: str, dtype: np.dtype) -> None:
    for length, taps in [(60, 9), (700, 300), (2500, 1100)]:
        x, h = extremes(length, dtype, data), extremes(taps, dtype, kernel)
        got = pyconvolve.convolve(x, h, method="fft")
        np.testing.assert_array_equal(got, by_python(x, h))


@pytest.mark.parametrize("dtype", ["u1", "i4", "u4", "i8", "u8", "?"])
@every_form
def test_integers_of_every_form(form: str, dtype: str) -> None:
    _, data, kernel, axes = FORMS[form]
    x, h = any_values(data, dtype), any_values(kernel, dtype, seed=1)
    if prod(data) * prod(kernel) > 5e6:
        x = small_integers(data, dtype, largest=100)
        h = small_integers(kernel, dtype, seed=1, largest=100)
        got = convolve(form, x, h, method="fft", axes=axes)
        want = np.rint(by_scipy(x, h, axes))
        want = want > 0 if dtype == "?" else want.astype(np.int64).astype(dtype)
    else:
        got, want = (
            convolve(form, x, h, "full", method, axes=axes)
            for method in ("fft", "direct")
        )
    np.testing.assert_array_equal(got, want)


def assert_nonfinite_alike(fft: NDArray[Any], direct: NDArray[Any], by: float) -> None:
    finite = np.isfinite(direct)
    np.testing.assert_array_equal(np.isfinite(fft), finite)
    if direct.dtype.kind == "f":
        np.testing.assert_array_equal(fft[~finite], direct[~finite])
    assert_close(np.where(finite, fft, 0), np.where(finite, direct, 0), by)


@pytest.mark.pairwise
@pytest.mark.parametrize("marks", [0, np.inf], ids=["marked", "direct"])
@pytest.mark.parametrize("dtype", ["f4", "f8", "c8"])
@pytest.mark.parametrize("boundary", BOUNDARIES)
@every_small_form
def test_nonfinite_samples(
    form: str,
    boundary: str,
    dtype: str,
    marks: float,
) -> None:
    limits = limits_of(form, marks=marks)
    x, h, axes = data_of(form, dtype)
    h.flat[h.size // 2] = 0
    error = 4 * transform_bound(x, h)
    rng = np.random.default_rng(0)
    mode = "full" if boundary == "constant" else "same"
    for values in ([np.nan], [np.inf], [-np.inf, np.inf, np.nan]):
        holed = x.copy()
        holed.flat[rng.integers(0, x.size, len(values))] = values
        fft, direct = (
            planned.convolve(
                limits, holed, h, mode, method, axes=axes, boundary=boundary
            )
            for method in ("fft", "direct")
        )
        assert_nonfinite_alike(fft, direct, error)


@pytest.mark.pairwise
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("boundary", BOUNDARIES)
@pytest.mark.parametrize("form", PLAIN_FORMS)
def test_nonfinite_taps(form: str, boundary: str, value: float) -> None:
    x, h, axes = data_of(form, np.float64)
    error = 4 * transform_bound(x, h)
    h.flat[h.size // 3] = value
    fft, direct = (
        correlate(form, x, h, "full", method, axes=axes, boundary=boundary)
        for method in ("fft", "direct")
    )
    assert_nonfinite_alike(fft, direct, error)


@pytest.mark.pairwise
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("share", [0, 0.5, 1])
@pytest.mark.parametrize(
    "form",
    ["four_step", "overlapping four_step"],
)
def test_nonfinite_sample_in_a_four_step_tile(
    form: str, share: float, value: float
) -> None:
    x, h, _ = data_of(form, np.float32)
    clean = convolve(form, x, h, method="fft")
    place = int(share * (x.size - 1))
    x[place] = value
    got = convolve(form, x, h, method="fft")
    hit = np.zeros(got.size, bool)
    hit[place : place + h.size] = True
    np.testing.assert_array_equal(np.isfinite(got), ~hit)
    want = value * h
    np.testing.assert_array_equal(got[hit], want)
    assert_close(got[~hit], clean[~hit], 2 * transform_bound(x[:0], h) + 1e-2)


@pytest.mark.parametrize("dilation", [3, 10**7, 2**31 - 1])
@pytest.mark.parametrize("boundary", ["constant", "wrap"])
def test_nonfinite_samples_far_apart(boundary: str, dilation: int) -> None:
    """What is computed anew takes no memory for what lies between the taps."""
    limits = Thresholds(marks=0)
    x, h = any_values((50,), np.float64), any_values((3,), np.float64, seed=1)
    x[[7, 20]] = np.nan, np.inf
    options: dict[str, Any] = {"boundary": boundary, "dilation": dilation}
    fft, direct = (
        planned.convolve(limits, x, h, "same", method, **options)
        for method in ("fft", "direct")
    )
    assert_nonfinite_alike(fft, direct, 1e-12)


@every_small_form
def test_overflow_of_finite_samples(form: str) -> None:
    x, h, axes = data_of(form, np.float32)
    x, h = abs(x) + 1, abs(h) + 1
    x.flat[x.size // 2] = 1e30
    h.flat[0] = 1e30
    fft, direct = (
        convolve(form, x, h, "full", method, axes=axes) for method in ("fft", "direct")
    )
    np.testing.assert_array_equal(np.isfinite(fft), np.isfinite(direct))
    np.testing.assert_array_equal(np.isinf(fft), np.isinf(direct))


def errors(
    x: NDArray[Any], h: NDArray[Any], axes: Any
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Ours and SciPy's, against SciPy's in long double."""
    want = by_scipy(x, h, axes, "g")
    ours = pyconvolve.convolve(x, h, method="fft", axes=axes)
    return abs(ours - want), abs(scipy.signal.fftconvolve(x, h, axes=axes) - want)


ACCURACY = [
    ((3000,), (301,), None),
    ((9000,), (2000,), None),
    ((5000,), (4000,), None),
    ((150, 160), (15, 16), None),
    ((16, 2000), (16, 300), 1),
    ((2000, 16), (300, 16), 0),
]


@pytest.mark.pairwise
@every_computed
@pytest.mark.parametrize(("data", "kernel", "axes"), ACCURACY, ids=str)
@pytest.mark.parametrize("scale", ["one", "positive", "raised", "tiny"])
def test_no_less_accurate_than_scipy(
    scale: str,
    data: tuple[int, ...],
    kernel: tuple[int, ...],
    axes: int | None,
    dtype: np.dtype,
) -> None:
    ours, theirs = [], []
    # the largest of few errors is chance
    for seed in range(3):
        x, h = any_values(data, dtype, seed), any_values(kernel, dtype, seed + 3)
        if scale == "positive":
            x, h = abs(x), abs(h)
        elif scale == "raised":
            x, h = x + ((3 - 2j) if dtype.kind == "c" else 3), h + 1
        elif scale == "tiny":
            single = dtype.name in ("float32", "complex64")
            x = x * (1e-30 if single else 1e-300)
        found = errors(x.astype(dtype), h.astype(dtype), axes)
        ours.append(found[0])
        theirs.append(found[1])
    assert np.mean(np.square(ours)) <= np.mean(np.square(theirs))
    assert np.quantile(ours, 0.999) <= 1.2 * np.quantile(theirs, 0.999)
    assert np.max(ours) <= 2 * np.max(theirs)


@every_computed
@every_form
def test_a_level_costs_no_precision(form: str, dtype: np.dtype) -> None:
    """What samples have in common is as precise as a few roundings can be."""
    turned = dtype.kind == "c"
    x, h, axes = data_of(form, dtype, 1000 - 2000j if turned else 1000)
    h = abs(h) * dtype.type(1 + 2j if turned else 1)
    got = convolve(form, x, h, "valid", "fft", axes=axes)
    want = by_scipy(x, h, axes, "g", "valid")
    error = abs((got - want) / want)
    assert np.sqrt((error**2).mean()) < 0.8 * np.finfo(dtype).eps


@every_computed
@every_form
def test_outputs_past_the_caches(form: str, dtype: np.dtype) -> None:
    """They are the same at any address, and nothing beside them is touched."""
    x, h, axes = data_of(form, dtype)
    want = convolve(form, x, h, method="fft", axes=axes, workers=2)
    limits = limits_of(form, streamed_tiles=0, prefetched_outputs=0)
    for offset in (*range(0, 64, 3 * dtype.itemsize), 1, 29):
        with guarded(want.shape, dtype, offset) as out:
            planned.convolve(limits, x, h, method="fft", axes=axes, workers=2, out=out)
            np.testing.assert_array_equal(out, want)


@pytest.mark.parametrize(
    ("data", "kernel", "axes"),
    [((3, 4, 60, 70), (3, 4, 9, 8), (2, 3)), ((3, 60, 4, 70), (3, 9, 4, 8), (1, 3))],
)
def test_levels_of_kernels_along_two_axes(
    data: tuple[int, ...], kernel: tuple[int, ...], axes: tuple[int, ...]
) -> None:
    x, h = any_values(data, np.float64) + 9, any_values(kernel, np.float64, seed=1)
    fft, direct = (
        pyconvolve.correlate(x, h, method=method, axes=axes)
        for method in ("fft", "direct")
    )
    assert_close(fft, direct, transform_bound(x[0], h[0]))


def test_level_of_part_of_the_samples() -> None:
    """Levels come from samples, some of which may be outliers, or not finite."""
    x, h = any_values((30000,), np.float64), any_values((101,), np.float64, seed=1)
    x[::7] += 1e9
    assert_close(
        pyconvolve.convolve(x, h, method="fft"),
        pyconvolve.convolve(x, h, method="direct"),
        2 * transform_bound(x, h),
    )
    x = any_values((330, 210), np.float64) + 3
    h = any_values((7, 9), np.float64, seed=1)
    for value in (np.nan, np.inf):
        x[:, ::2] = value
        fft, direct = (
            pyconvolve.convolve(x, h, method=method) for method in ("fft", "direct")
        )
        np.testing.assert_array_equal(np.isnan(fft), np.isnan(direct))
    x[:] = 1e300
    x[::2] = -1e300
    x[::16] = 1.5e300
    assert_close(
        pyconvolve.convolve(x / 1e300, h, method="fft"),
        pyconvolve.convolve(x, h, method="fft") / 1e300,
        2 * transform_bound(x / 1e300, h),
    )


@every_computed
@every_form
def test_errors_are_those_of_a_tile(form: str, dtype: np.dtype) -> None:
    """Errors are a few eps times the norm of a tile's samples times the kernel's."""
    x, h, axes = data_of(form, dtype)
    # where no tile ends
    first = 2 * len(x) // 5
    x[:first] *= dtype.type(1e6)
    x[first:] *= dtype.type(1e-6)
    got = convolve(form, x, h, method="fft", axes=axes)
    # each by itself, or errors of the large ones would hide the small ones
    is_large = np.arange(len(x)).reshape(-1, *[1] * (x.ndim - 1)) < first
    large, small = (
        by_scipy(np.where(where, x, 0), h, axes, "g") for where in (is_large, ~is_large)
    )
    large[first + len(got) - len(x) :] = 0
    error = abs(got - large - small)
    assert error.max() <= transform_bound(x, h)
    made = plan(form, x.shape, h.shape, dtype, axes)
    if axes in (None, 0) and stored(made)[0] < len(x) // 4:
        # of the large samples' last tile, or what it shares
        beyond = first + h.shape[0] + 2 * stored(made)[0]
        assert error[beyond:].max() <= transform_bound(x[first:], h)


@pytest.mark.parametrize("dtype", ["f4", "f8", "c8", "i8", "?"])
@every_form
def test_equal_bits(form: str, dtype: str) -> None:
    _, data, kernel, axes = FORMS[form]
    x, h = any_values(data, dtype), any_values(kernel, dtype, seed=1)
    one, *more = (
        convolve(form, x, h, method="fft", axes=axes, workers=n) for n in (1, 2, 3)
    )
    out = LAYOUTS["reversed"](np.ones_like(one))
    convolve(form, x, h, method="fft", axes=axes, out=out)
    for other in (*more, out):
        np.testing.assert_array_equal(other, one)


@pytest.mark.parametrize("dtype", ["f4", "f8", "c16", "i8"])
@every_form
def test_shared_tiles(form: str, dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Phases of tiles that threads share, however small, leave the same bits."""
    _, data, kernel, axes = FORMS[form]
    x, h = any_values(data, dtype, 2), any_values(kernel, dtype, seed=3)
    if np.dtype(dtype).kind != "i":
        x[(0,) * x.ndim] = np.nan
    one = convolve(form, x, h, method="fft", axes=axes, workers=1)
    shared = []

    def share(made: Any, tiles: int, workers: int) -> tuple[int, bool]:
        shared.append(made.phases)
        return workers, made.phases != ()

    monkeypatch.setattr(parallel, "threads_for", share)
    for n in (2, 3):
        many = convolve(form, x, h, method="fft", axes=axes, workers=n)
        np.testing.assert_array_equal(many, one)
    if FORMS[form][0] in ("panels", "four_step"):
        assert shared[0]


@pytest.mark.parametrize("dtype", ["f4", "f8", "c16", "g"])
@pytest.mark.parametrize(
    ("data", "kernel"), [((1000, 90), (200, 7)), ((100, 21, 22), (30, 4, 3))]
)
def test_passes_on_rows_just_packed(
    data: tuple[int, ...],
    kernel: tuple[int, ...],
    dtype: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However many there are, and whoever does them, bits are the same."""
    x, h = any_values(data, dtype, 2), any_values(kernel, dtype, seed=3)
    few, more = Thresholds(), Thresholds(early_block=0, early_rows=1 << 30)
    one, many = (
        planned.convolve(limits, x, h, method="fft", workers=1)
        for limits in (few, more)
    )
    parts = [
        planned.plan(data, kernel, dtype, method="fft", limits=limits).phases[1]
        for limits in (few, more)
    ]
    assert parts[0] < parts[1]
    lanes, *_ = cpu.module(SOURCES["usual"], "float32").SHAPE
    if lanes > 1:
        np.testing.assert_array_equal(many, one)
    else:
        # without vectors, compilers may round other loops otherwise
        least = 100 * np.finfo(dtype).eps * abs(one).max()
        np.testing.assert_allclose(many, one, rtol=0, atol=least)
    monkeypatch.setattr(parallel, "threads_for", lambda *_: (3, True))
    shared = planned.convolve(more, x, h, method="fft", workers=3)
    np.testing.assert_array_equal(shared, many)


@pytest.mark.parametrize(
    ("data", "kernel", "together"),
    [((512, 512), (255, 255), True), ((2048, 2048), (9, 9), False)],
)
def test_few_large_tiles_are_shared(
    data: tuple[int, ...], kernel: tuple[int, ...], together: bool
) -> None:
    made = planned.plan(data, kernel, "f8", method="fft")
    tiles = sum(made.rounds)
    assert parallel.threads_for(made, tiles, 2) == (2, together)
    assert parallel.threads_for(made, tiles, 1) == (1, False)


def test_threads_share_a_plan() -> None:
    inputs = []
    for form in SMALL_FORMS:
        _, data, kernel, axes = FORMS[form]
        for seed in (0, 2):
            x = any_values(data, "f8", seed)
            inputs.append((x, any_values(kernel, "f8", seed + 1), axes))

    def call(i: int) -> NDArray[Any]:
        x, h, axes = inputs[i]
        return pyconvolve.convolve(x, h, method="fft", axes=axes, workers=1 + i % 3)

    wanted = [call(i) for i in range(len(inputs))]
    order = [*range(len(inputs))] * 4
    with ThreadPoolExecutor(6) as pool:
        for i, got in zip(order, pool.map(call, order), strict=True):
            np.testing.assert_array_equal(got, wanted[i])


@given(
    st.lists(st.integers(1, 30), min_size=1, max_size=3).map(tuple),
    st.sampled_from(["f4", "f8", "c8", "c16", "g"]),
    st.integers(0, 99),
    st.data(),
)
@settings(max_examples=settings.default.max_examples // 2)
def test_algebra(
    shape: tuple[int, ...], dtype: str, seed: int, data: st.DataObject
) -> None:
    small = st.integers(1, 6)
    g, h = (
        small_integers(tuple(data.draw(small) for _ in shape), dtype, seed + i)
        for i in (1, 2)
    )
    x, y = (small_integers(shape, dtype, seed + i) for i in (3, 4))

    def convolve(a: NDArray[Any], b: NDArray[Any], **options: Any) -> NDArray[Any]:
        return pyconvolve.convolve(a, b, method="fft", **options)

    error = transform_bound(x, h) + transform_bound(y, h) + np.finfo(dtype).tiny
    assert_close(convolve(x + 3 * y, h), convolve(x, h) + 3 * convolve(y, h), 9 * error)
    assert_close(convolve(x, h), convolve(h, x), 2 * error)
    left, right = convolve(convolve(x, g), h), convolve(x, convolve(g, h))
    assert_close(left, right, 4 * transform_bound(x, h) * abs(g).sum())
    still = convolve(x, h, mode="same", boundary="wrap")
    moved = np.roll(x, (3,) * x.ndim, range(x.ndim))
    moved = convolve(moved, h, mode="same", boundary="wrap")
    wrapped = transform_bound(x, h) * 36 ** len(shape)
    assert_close(np.roll(moved, (-3,) * x.ndim, range(x.ndim)), still, wrapped)


@pytest.mark.parametrize(("samples", "taps"), [(1, 2), (1, 5), (2, 5), (5, 2), (4, 1)])
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_every_origin(axes: int, samples: int, taps: int) -> None:
    """Outputs may lie beyond all sums, where whatever memory held must not show."""
    x = small_integers((samples,) * axes, np.int32)
    h = small_integers((taps,) * axes, np.int32, seed=1)
    for origin in range(-(taps // 2), (taps - 1) // 2 + 1):
        want = reference.convolve(x, h, "same", origin=origin)
        for dtype in (np.int32, np.float64):
            used = [np.full(2**n, np.nan) for n in range(4, 14)]
            del used
            got = pyconvolve.convolve(
                x.astype(dtype), h.astype(dtype), "same", "fft", origin=origin
            )
            assert_close(got, want.astype(float), 1e-9)
