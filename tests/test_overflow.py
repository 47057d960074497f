"""Results of another type than their sums: exact, rounded, wrapped, clipped or refused.

Sums of integers are compared with Python's integers, others with sums in long double.
"""

import pickle
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import planned
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st
from problems import (
    FUNCTIONS,
    INTEGERS,
    MODES,
    Problem,
    any_values,
    problems,
    small_integers,
)

import pyconvolve
from pyconvolve import Convolver
from pyconvolve._core import api, sums
from pyconvolve._core.arguments import rules
from pyconvolve._core.thresholds import Thresholds

pytestmark = pytest.mark.compiled

METHODS = ["direct", "fft"]
OVERFLOWS = ["wrap", "saturate", "raise"]
TRUTH = np.dtype(bool)
every_method = pytest.mark.parametrize("method", METHODS)
every_overflow = pytest.mark.parametrize("overflow", OVERFLOWS)
every_integer = pytest.mark.parametrize("dtype", INTEGERS, ids=str)


def exact(name: str, x: Any, h: Any, mode: str = "full", **options: Any) -> np.ndarray:
    """Sum products of Python's integers."""
    function = getattr(reference, name)
    return function(np.asarray(x, object), np.asarray(h, object), mode, **options)


def narrowed(numbers: Any, dtype: Any, overflow: str) -> tuple[np.ndarray, int]:
    """Bring integers into a type, by their definition; return how many don't fit."""
    info = np.iinfo(dtype)
    low, high = int(info.min), int(info.max)
    values = np.array([int(n) for n in np.ravel(numbers)], object)
    misfits = sum(not low <= n <= high for n in values)
    if overflow == "wrap":
        values = [(n - low) % (high - low + 1) + low for n in values]
    else:
        values = [min(max(n, low), high) for n in values]
    return np.array(values, object).reshape(np.shape(numbers)).astype(dtype), misfits


def attempt(compute: Callable[..., Any], **options: Any) -> tuple[Any, int]:
    """Return the result of a call, or None and how many outputs do not fit."""
    try:
        return compute(**options), 0
    except OverflowError as error:
        return None, int(str(error).split(maxsplit=1)[0])


def assert_converted(
    compute: Callable[..., Any], numbers: Any, dtype: Any, overflow: str
) -> None:
    """Check a call, into an array of its own and into `out`, with exact sums."""
    want, misfits = narrowed(numbers, dtype, overflow)
    out = np.full(want.shape, 7, dtype)
    if overflow == "raise" and misfits:
        for options in ({}, {"out": out}):
            with pytest.raises(OverflowError, match=rf"^{misfits} of {want.size} "):
                compute(**options)
        assert (out == 7).all()
        return
    got = compute()
    assert got.dtype == dtype
    np.testing.assert_array_equal(got, want)
    assert compute(out=out) is out
    np.testing.assert_array_equal(out, want)


@dataclass
class Conversion:
    """A problem of integers, or of real numbers, whose result is one of integers."""

    name: str
    problem: Problem
    dtype: np.dtype
    overflow: str
    method: str
    in1: np.ndarray = field(init=False, repr=False)
    in2: np.ndarray = field(init=False, repr=False)
    options: dict[str, Any] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.in1, self.in2 = self.problem.in1, self.problem.in2
        self.options = {"mode": self.problem.mode, **self.problem.options}

    def __call__(self, **options: Any) -> Any:
        return getattr(pyconvolve, self.name)(
            self.in1, self.in2, method=self.method, dtype=self.dtype,
            overflow=self.overflow, **self.options, **options,
        )  # fmt: skip


@st.composite
def conversions(draw: st.DrawFn, first: Any, second: Any, constants: Any) -> Conversion:
    """Draw a problem whose inputs have given types, and how sums are converted."""
    shapes = draw(problems())
    options = dict(shapes.options)
    if "cval" in options:
        options["cval"] = draw(st.sampled_from(constants))
    seed, arrays = draw(st.integers(0, 99)), []
    for i, (like, types) in enumerate(
        zip((shapes.in1, shapes.in2), (first, second), strict=True)
    ):
        kind = np.dtype(draw(st.sampled_from(types)))
        values = any_values(like.shape, kind, seed + i)
        if draw(st.booleans()):
            values = small_integers(like.shape, kind, seed + i)
        elif kind.kind in "iu" and draw(st.booleans()):
            ends = np.iinfo(kind)
            values = np.random.default_rng(seed).choice(
                np.array([ends.min, ends.max], kind), like.shape
            )
        elif kind.kind == "f":
            values *= kind.type(draw(st.sampled_from([1, 100])))
        arrays.append(values)
    return Conversion(
        draw(st.sampled_from(FUNCTIONS)),
        Problem(*arrays, shapes.mode, options),
        draw(st.sampled_from(INTEGERS)),
        draw(st.sampled_from(OVERFLOWS)),
        draw(st.sampled_from(["auto", *METHODS])),
    )


@given(conversions([TRUTH, *INTEGERS], [TRUTH, *INTEGERS], [0, 1, 100]))
def test_sums_of_integers_are_exact(problem: Conversion) -> None:
    """So are those that exceed 64 bits, before they wrap around or are clipped."""
    numbers = exact(problem.name, problem.in1, problem.in2, **problem.options)
    if problem.overflow == "wrap" and "cval" in problem.options:
        limits = [np.iinfo(t).max for t in (problem.dtype, "i1")]
        assert problem.options["cval"] <= max(limits)
    assert_converted(problem, numbers, problem.dtype, problem.overflow)


@given(
    conversions(
        [TRUTH, *INTEGERS, "f2", "f4", "f8", "g"],
        ["f2", "f4", "f8", "g"],
        [0, -300, 0.25, 1e5],
    )
)
def test_sums_of_real_numbers_are_rounded(problem: Conversion) -> None:
    x, h = problem.in1, problem.in2
    numbers = np.asarray(
        getattr(reference, problem.name)(x, h, **problem.options), np.longdouble
    )
    # one eighth for sums in single precision, otherwise that of double precision
    scale = np.abs(x.astype("g")).max(initial=abs(problem.options.get("cval", 0)))
    error = 2.0**-50 * float(scale * np.abs(h.astype("g")).sum())
    if x.dtype.itemsize <= 2 and x.dtype.kind in "biu":
        error = max(error, 1 / 8)
    if error > 1 / 4:
        return
    low, _ = narrowed(np.rint(numbers - error), problem.dtype, problem.overflow)
    high, _ = narrowed(np.rint(numbers + error), problem.dtype, problem.overflow)
    got, misfits = attempt(problem)
    if problem.overflow == "raise":
        info = np.iinfo(problem.dtype)
        least = np.rint(numbers + error) < info.min
        most = np.rint(numbers - error) < info.min
        least |= np.rint(numbers - error) > info.max
        most |= np.rint(numbers + error) > info.max
        assert least.sum() <= misfits <= most.sum()
        assert (got is None) == (misfits > 0)
        if misfits:
            return
    assert got.dtype == problem.dtype
    assert got.shape == low.shape
    assert ((got == low) | (got == high)).all()
    clear = low == high
    np.testing.assert_array_equal(got[clear], low[clear])


@pytest.mark.parametrize("image", ["u1", "i1", "u2", "i2", "i4", "f4", "f8", "g"])
@pytest.mark.parametrize("kernel", ["f2", "f4", "f8", "g"])
@every_integer
def test_ties_go_to_the_even_integer(dtype: np.dtype, kernel: str, image: str) -> None:
    """By sums of products; transforms round both ways."""
    x = np.arange(0, 120).astype(image)
    h = np.array([0.5], kernel)
    got = pyconvolve.convolve(x, h, method="direct", dtype=dtype)
    np.testing.assert_array_equal(got, np.rint(np.arange(0, 120) / 2))
    if dtype.kind == "i":
        got = pyconvolve.convolve(x, -h, method="direct", dtype=dtype)
        np.testing.assert_array_equal(got, np.rint(-np.arange(0, 120) / 2))


@every_overflow
@every_integer
@pytest.mark.parametrize("kind", ["f4", "f8", "g"])
def test_numbers_of_any_magnitude(kind: str, dtype: np.dtype, overflow: str) -> None:
    """Also those that no integer type holds, and those at the ends of the range."""
    info = np.iinfo(dtype)
    ends = [int(info.min), int(info.max), 2 ** (8 * dtype.itemsize)]
    powers = [2**n for n in (7, 8, 15, 16, 31, 32, 53, 62, 63, 64, 70, 100)]
    integers = [*ends, *powers, *(3 * 2**n for n in (20, 30, 61, 62, 90)), 0, 1, 10**30]
    shifted = [n + d for n in integers for d in (-257, -1, 1, 255)]
    x = np.array([float(n) for n in integers + shifted], kind)
    x = np.concatenate([x, -x, [-0.0, 0.25, -0.25, 0.75, -0.75]]).astype(kind)
    numbers = np.array([int(value) for value in np.rint(x)], object)
    assert_converted(
        lambda **options: pyconvolve.convolve(
            x, np.ones(1, kind), method="direct", dtype=dtype, overflow=overflow,
            **options,
        ),
        numbers, dtype, overflow,
    )  # fmt: skip


@pytest.mark.parametrize("summed", sums.EXACT, ids=str)
@pytest.mark.parametrize("overflow", ["saturate", "raise"])
@every_integer
def test_ends_of_ranges(dtype: np.dtype, overflow: str, summed: np.dtype) -> None:
    """In each type that sums of integers are computed in."""
    info, most = np.iinfo(dtype), int(sums.EXACT[summed]) - 1
    ends = [int(end) + d for end in (info.min, info.max) for d in (-1, 0, 1)]
    numbers = [n for n in [*ends, most, -most, 0, 5] if -most <= n <= most]
    for signal in (numbers, [n for n in numbers if info.min <= n <= info.max]):
        x, h = np.array(signal * 9, "i8"), np.ones(1, "i8")
        how = planned.rules_of(
            False, "full", "direct", Thresholds(), dtype=dtype, overflow=overflow
        )._replace(sums=summed)
        prepared = api.prepare(planned.NAMES, how, x.shape, h.shape, x.dtype, h.dtype)

        def compute(
            prepared: Any = prepared, x: Any = x, h: Any = h, out: Any = None
        ) -> Any:
            return api.execute(prepared, x, h, None, None, out, 1)

        assert_converted(compute, x, dtype, overflow)


def nonfinite(dtype: np.dtype, overflow: str) -> list[int]:
    """Return NaN, infinity and minus infinity as integers."""
    if overflow == "wrap":
        return [0, 0, 0]
    return [0, int(np.iinfo(dtype).max), int(np.iinfo(dtype).min)]


@every_method
@every_integer
@pytest.mark.parametrize("overflow", ["wrap", "saturate"])
@pytest.mark.parametrize("kind", ["f4", "f8", "g"])
def test_nan_and_infinities(
    kind: str, overflow: str, dtype: np.dtype, method: str
) -> None:
    """NaN becomes 0, and infinities reach exactly as far as the kernel."""
    x = small_integers((60, 70), kind)
    x[10, 20], x[30, 40], x[50, 60] = np.nan, np.inf, -np.inf
    h = np.abs(small_integers((3, 5), kind, seed=1)) + 1
    for limits in (Thresholds(), Thresholds(repair_transforms=0, region_outputs=1)):
        got = planned.convolve(
            limits, x, h, "same", method, dtype=dtype, overflow=overflow
        )
        numbers = reference.convolve(x, h, "same")
        finite = np.isfinite(numbers)
        want, _ = narrowed(np.where(finite, numbers, 0), dtype, overflow)
        for value, which in zip(
            nonfinite(dtype, overflow),
            (np.isnan(numbers), numbers == np.inf, numbers == -np.inf),
            strict=True,
        ):
            assert which.any()
            want[which] = value
        np.testing.assert_array_equal(got, want)


@every_method
def test_nan_does_not_fit(method: str) -> None:
    x = np.ones((40, 50))
    x[5, 6], x[30, 40] = np.nan, np.inf
    out = np.full(x.shape, 7, "i2")
    with pytest.raises(OverflowError, match=r"^18 of 2000 "):
        pyconvolve.convolve(
            x, np.ones((3, 3)), "same", method, out=out, dtype="i2", overflow="raise"
        )
    assert (out == 7).all()
    # no output sums them
    x = np.ones((40, 50))
    x[5, 7] = np.nan
    got = pyconvolve.convolve(
        x, np.ones((1, 2)), "valid", method, stride=(1, 4), dtype="i2", overflow="raise"
    )
    np.testing.assert_array_equal(got, 2)


@pytest.mark.parametrize("overflow", ["wrap", "saturate"])
def test_taps_that_are_not_finite(overflow: str) -> None:
    """Samples outside take no part, so that no NaN comes from there."""
    x, h = np.array([1, 2, 3], "u1"), np.array([np.inf, 1.0])
    got = pyconvolve.convolve(x, h, dtype="i2", overflow=overflow)
    large = 32767 if overflow == "saturate" else 0
    np.testing.assert_array_equal(got, [large, large, large, 3])
    with pytest.raises(OverflowError, match=r"^3 of 4 "):
        pyconvolve.convolve(x, h, dtype="i2", overflow="raise")


@every_method
@pytest.mark.parametrize("kind", ["u1", "i2", "i4", "f8"])
def test_raise_leaves_out_as_it_is(kind: str, method: str) -> None:
    x = np.arange(100).reshape(10, 10).astype(kind)
    if kind == "i4":
        x *= 2**20
    before = x.copy()
    with pytest.raises(OverflowError, match=r"^\d+ of 100 outputs do not fit") as error:
        pyconvolve.convolve(
            x, x[:3, :3] + 100, "same", method, overflow="raise",
            dtype="u1" if kind == "f8" else kind, out=x if kind != "f8" else None,
        )  # fmt: skip
    np.testing.assert_array_equal(x, before)
    assert not isinstance(error.value, ValueError)
    assert "saturate" in str(error.value)


def test_the_default_is_unchanged() -> None:
    for first in INTEGERS:
        for second in INTEGERS:
            x, h = any_values((9, 8), first), any_values((3, 3), second, seed=1)
            usual = pyconvolve.convolve(x, h)
            if usual.dtype.kind == "f":
                continue
            same = pyconvolve.convolve(x, h, dtype=usual.dtype, overflow="wrap")
            np.testing.assert_array_equal(usual, same)
            assert usual.dtype == same.dtype


@every_method
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "g", "c8", "c16", "G"])
@pytest.mark.parametrize("image", ["?", "u1", "i8", "f4", "c8"])
@pytest.mark.parametrize("kernel", ["?", "i2", "f2", "f8", "c16"])
def test_floating_point_results(
    kernel: str, image: str, dtype: str, method: str
) -> None:
    """`overflow` does not affect them."""
    x, h = small_integers((20, 30), image), small_integers((5, 4), kernel, seed=1)
    if "c" in (image + kernel) and np.dtype(dtype).kind != "c":
        with pytest.raises(TypeError, match=r"dtype.*complex"):
            pyconvolve.correlate(x, h, method=method, dtype=dtype)
        return
    want = reference.correlate(x.astype("G"), h.astype("G"))
    for overflow in OVERFLOWS:
        got = pyconvolve.correlate(x, h, method=method, dtype=dtype, overflow=overflow)
        assert got.dtype == dtype
        atol = 1e-3 if method == "fft" else 0
        np.testing.assert_allclose(
            got.astype("G"), want, rtol=2**-10 if dtype == "f2" else 1e-6, atol=atol
        )


def test_truth_values() -> None:
    x = np.array([True, True, False, True])
    assert pyconvolve.convolve(x, x[:2], dtype=bool).dtype == bool
    got = pyconvolve.convolve(x, x[:2], dtype="u1")
    np.testing.assert_array_equal(got, [1, 2, 1, 1, 1])
    with pytest.raises(TypeError, match="dtype"):
        pyconvolve.convolve(x, [1, 2], dtype=bool)


def test_infinite_floats_are_no_error() -> None:
    got = pyconvolve.convolve([1e30], [1e30], dtype="f4", overflow="raise")
    assert got == np.inf


@every_overflow
@pytest.mark.parametrize("kind", ["u1", "i8", "u8", "f8"])
def test_arrays_without_axes(kind: str, overflow: str) -> None:
    x, h = np.array(200, kind), np.array(2, kind)
    if overflow == "raise":
        with pytest.raises(OverflowError, match=r"^1 of 1 "):
            pyconvolve.convolve(x, h, dtype="u1", overflow=overflow)
        return
    got = pyconvolve.convolve(x, h, dtype="u1", overflow=overflow)
    assert got == (255 if overflow == "saturate" else 144)
    assert got.dtype == np.uint8


@pytest.mark.parametrize("kind", ["i8", "u8"])
@pytest.mark.parametrize("dtype", ["i8", "u8", "i4"])
@pytest.mark.parametrize("overflow", ["saturate", "raise"])
def test_sums_beyond_64_bits(overflow: str, dtype: str, kind: str) -> None:
    x, h = any_values((9, 10), kind), any_values((3, 2), kind, seed=1)
    x[0, 0] = np.iinfo(kind).max
    explained = pyconvolve.explain(x, h, dtype=dtype, overflow=overflow)
    assert explained.engine == "tapwise"
    assert_converted(
        lambda **options: pyconvolve.convolve(
            x, h, dtype=dtype, overflow=overflow, **options
        ),
        exact("convolve", x, h), dtype, overflow,
    )  # fmt: skip


@pytest.mark.parametrize("overflow", ["saturate", "raise"])
@pytest.mark.parametrize(
    ("image", "kernel"), [("i4", "i4"), ("u4", "i2"), ("u2", "i4"), ("i8", "i8")]
)
def test_products_of_digits(image: str, kernel: str, overflow: str) -> None:
    """Transforms of integers that are split into digits."""
    rng = np.random.default_rng(0)
    largest = {"i4": 2**31 - 1, "u4": 2**32 - 1, "u2": 2**16 - 1, "i8": 2**40}
    x = rng.integers(0, largest[image], (60, 70)).astype(image)
    h = rng.integers(-(2**15), 2**15, (9, 8)).astype(kernel)
    for dtype in ("i4", "u8"):
        assert_converted(
            lambda dtype=dtype, **options: pyconvolve.convolve(
                x, h, "same", "fft", dtype=dtype, overflow=overflow, **options
            ),
            exact("convolve", x, h, "same"), dtype, overflow,
        )  # fmt: skip


# Images with the largest sums that a type holds, and sums that are too large for it.
BOUNDS = [
    ("u1", 127, "int16"),
    ("u1", 128, "float32"),
    ("i1", 255, "int16"),
    ("i1", 256, "float32"),
    ("u2", 255, "float32"),
    ("u2", 256, "int32"),
    ("i2", 511, "float32"),
    ("i2", 512, "int32"),
    ("u1", 2**23 - 1, "int32"),
    ("u1", 2**23, "float64"),
    ("u4", 2**21 - 1, "float64"),
    ("u4", 2**21 + 1, "int64"),
    ("u8", 1, "object"),
    ("i8", 1, "object"),
]


@pytest.mark.parametrize(("kind", "tap", "expected"), BOUNDS)
def test_the_fastest_type_that_holds_all_sums(
    kind: str, tap: int, expected: str
) -> None:
    info = np.iinfo(kind)
    x = np.array([info.min, info.max] * 20, kind)
    if expected == "object":
        x[0] = info.max
        x[1] = info.max - 1 if kind == "u8" else info.min
    h = np.array([tap - tap // 2, -(tap // 2)])
    how = rules(
        False, "full", "auto", None, "constant", 0, 1, 1, 0, dtype="i8",
        overflow="saturate",
    )  # fmt: skip
    chosen = sums.with_sums(how, x, h, 0).sums
    assert chosen == expected
    for method in METHODS:
        got = pyconvolve.convolve(x, h, "full", method, dtype="i8", overflow="saturate")
        want, _ = narrowed(exact("convolve", x, h), "i8", "saturate")
        np.testing.assert_array_equal(got, want)


def test_small_numbers_of_wide_types() -> None:
    """The samples of 64 bits themselves tell how large sums are."""
    small, large = np.arange(9), np.arange(9) * 10**6
    for x, expected in ((small, "uint16"), (large, "uint32")):
        explained = pyconvolve.explain(x, [1, -2], dtype="u1", overflow="saturate")
        assert expected in explained.tiles


@pytest.mark.parametrize(
    ("kind", "taps", "scale", "cval", "expected"),
    [
        ("u1", (5, 5), 1, 0, "float32"),
        ("u1", (61, 61), 1, 0, "float32"),
        ("i2", (5, 5), 1, 0, "float32"),
        ("u2", (5, 5), 1, 1e9, "float64"),
        ("u2", (5, 5), 10, 0, "float64"),
        ("u1", (5, 5), np.nan, 0, "float64"),
        ("u1", (5, 5), 1, np.nan, "float64"),
        ("i4", (5, 5), 1, 0, "float64"),
        ("f2", (5, 5), 1, 0, "float64"),
        ("f4", (5, 5), 1, 0, "float64"),
    ],
)
def test_single_precision_where_it_is_accurate(
    kind: str, taps: tuple[int, ...], scale: float, cval: float, expected: str
) -> None:
    x, h = np.ones((70, 80), kind), np.full(taps, scale / np.prod(taps))
    explained = pyconvolve.explain(x, h, "same", "direct", cval=cval, dtype="u1")
    assert explained.tiles.endswith(expected)


@every_method
@pytest.mark.parametrize("kind", ["u1", "u2", "i2"])
@pytest.mark.parametrize("size", [3, 15, 41])
def test_rounding_errors_are_far_below_one_half(
    size: int, kind: str, method: str
) -> None:
    """Outputs differ from rounded sums only where these are close to a tie."""
    info = np.iinfo(kind)
    rng = np.random.default_rng(size)
    x = rng.integers(info.min, info.max, (150, 140), kind, endpoint=True)
    h = rng.random((size, size))
    h /= h.sum()
    got = pyconvolve.convolve(x, h, "same", method, dtype=kind, overflow="saturate")
    want = pyconvolve.convolve(x.astype("f8"), h, "same", "direct")
    assert np.abs(got - want).max() < 0.5 + 1 / 16


def image_of(kind: str, shape: tuple[int, ...] = (97, 130)) -> np.ndarray:
    return any_values(shape, kind, seed=3)


@pytest.mark.parametrize("kind", ["u1", "u2"])
@pytest.mark.parametrize("size", [(1, 1), (3, 3), (5, 5), (7, 3), (4, 2), (13, 13)])
@pytest.mark.parametrize("mode", ["reflect", "symmetric", "edge", "constant"])
@pytest.mark.parametrize("taps", ["integers", "fractions"])
def test_filter2d_of_opencv(
    taps: str, mode: str, size: tuple[int, int], kind: str
) -> None:
    """Sums of products of these taps are not rounded, and ties are the same."""
    cv2 = pytest.importorskip("cv2")
    if taps == "fractions" and min(size) > 10:
        pytest.skip("OpenCV multiplies spectra")
    borders = {
        "reflect": cv2.BORDER_REFLECT_101,
        "symmetric": cv2.BORDER_REFLECT,
        "edge": cv2.BORDER_REPLICATE,
        "constant": cv2.BORDER_CONSTANT,
    }
    x = image_of(kind)
    h = np.random.default_rng(1).integers(-4, 5, size)
    divisor = 8 if taps == "fractions" else 1
    # the centre of an even kernel is that of mode 'same'
    anchor = tuple(n // 2 for n in size[::-1])
    want = cv2.filter2D(x, -1, h / divisor, anchor=anchor, borderType=borders[mode])
    for method in METHODS:
        if taps == "fractions" and method == "fft":
            continue
        got = pyconvolve.correlate(
            x, h if taps == "integers" else h / divisor, "same", method, boundary=mode,
            dtype=kind, overflow="saturate",
        )  # fmt: skip
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize(
    ("data", "kernel", "options"),
    [
        ((300, 400), (5, 4), {}),
        ((300, 400), (31, 30), {"method": "fft"}),
        ((300, 400), (9, 9), {"stride": 2, "dilation": (1, 3), "boundary": "wrap"}),
        ((90, 80, 3), (5, 5), {"axes": (0, 1)}),
        ((100, 120), (7, 7), {"upsample": (2, 3), "method": "direct"}),
        ((100, 120), (7, 7), {"upsample": (2, 3), "method": "fft"}),
        ((200_000,), (501,), {}),
    ],
)
@pytest.mark.parametrize("taps", ["i2", "f8"])
@every_overflow
def test_bits_do_not_depend_on_workers(
    overflow: str,
    taps: str,
    data: tuple[int, ...],
    kernel: tuple[int, ...],
    options: dict[str, Any],
) -> None:
    x, h = image_of("u1", data), small_integers(kernel, taps)
    limits = Thresholds(thread_seconds=0, share_seconds=0)
    method = options.get("method", "auto")
    options = {k: v for k, v in options.items() if k != "method"}

    def compute(workers: int) -> Any:
        try:
            return planned.convolve(
                limits, x, h, "same", method, workers=workers, dtype="u1",
                overflow=overflow, **options,
            )  # fmt: skip
        except OverflowError as error:
            return str(error)

    alone = compute(1)
    assert isinstance(alone, str) == (overflow == "raise")
    for workers in (2, 3):
        np.testing.assert_array_equal(compute(workers), alone)


@pytest.mark.parametrize("name", FUNCTIONS)
@every_overflow
@every_method
def test_lags_are_slices(method: str, overflow: str, name: str) -> None:
    x, h = image_of("u1", (60, 70)), small_integers((5, 7), "i1")
    function = getattr(pyconvolve, name)
    first = [0, 0] if name == "convolve" else [-4, -6]
    pairs = [(f + 3, f + 20) for f in first]
    options = {"method": method, "dtype": "i2", "overflow": overflow}
    whole = function(x, h, **options)
    part = function(x, h, lags=pairs, **options)
    np.testing.assert_array_equal(part, whole[3:21, 3:21])
    if overflow == "raise":
        with pytest.raises(OverflowError, match="of 324 "):
            function(x, h, lags=pairs, method=method, dtype="i1", overflow="raise")


@pytest.mark.parametrize("kind", ["u1", "<i4", ">i4", ">u2", "?", ">f8"])
@pytest.mark.parametrize("dtype", ["u1", "i2", "u8"])
@every_method
def test_memory_layouts(method: str, dtype: str, kind: str) -> None:
    x, h = small_integers((40, 50, 3), kind, largest=100), small_integers((5, 4), "i1")
    want, _ = narrowed(
        exact("convolve", x.astype("i8"), h, "same", axes=(0, 1)), dtype, "saturate"
    )
    strided = np.zeros((80, 100, 6), kind)[::2, ::-2, 1::2]
    strided[...] = x
    outs = [
        np.zeros(x.shape, dtype),
        np.zeros(x.shape, dtype, "F"),
        np.zeros((80, 100, 6), dtype)[::2, ::-2, 1::2],
        np.zeros(x.size * 8 + 1, "u1")[1:][: x.size * np.dtype(dtype).itemsize]
        .view(dtype).reshape(x.shape),
    ]  # fmt: skip
    for signal in (x, strided, np.asfortranarray(x)):
        for out in outs:
            pyconvolve.convolve(
                signal, h, "same", method, axes=(0, 1), dtype=dtype, out=out,
                overflow="saturate",
            )  # fmt: skip
            np.testing.assert_array_equal(out, want)


def test_dtype_in_another_byte_order() -> None:
    """Results have this machine's byte order, as all results have."""
    got = pyconvolve.convolve([1, 2], [3], dtype=">i2")
    assert got.dtype == np.int16


@every_overflow
@every_method
@pytest.mark.parametrize("taps", ["i1", "f4"])
def test_convolver(taps: str, method: str, overflow: str) -> None:
    h = np.abs(small_integers((5, 4), taps)) + 1
    options = {
        "mode": "same", "method": method, "dtype": "u1", "overflow": overflow,
        "boundary": "constant", "cval": 3,
    }  # fmt: skip
    convolver = Convolver(h, **options)
    assert f"dtype=uint8, overflow={overflow!r}"[:11] in repr(convolver)
    signals = [
        np.ones((30, 40), "u1"),
        image_of("u1", (30, 40)),
        np.ones((30, 40), "i8"),
        image_of("i8", (30, 40)) // 2**20,
        image_of("f8", (30, 40)),
    ]
    for each in (convolver, pickle.loads(pickle.dumps(convolver))):
        for signal in [*signals, *signals]:
            try:
                want = pyconvolve.convolve(signal, h, **options)
            except OverflowError as error:
                with pytest.raises(OverflowError, match=re.escape(str(error))):
                    each(signal)
                continue
            np.testing.assert_array_equal(each(signal), want)


def test_threads_share_a_convolver() -> None:
    convolver = Convolver(np.ones((3, 3)), mode="same", dtype="u1", overflow="saturate")
    images = [image_of("u1", (40 + i, 50)) for i in range(6)]
    want = [convolver(image) for image in images]
    with ThreadPoolExecutor(4) as pool:
        for got, expected in zip(
            pool.map(convolver, images * 9), want * 9, strict=True
        ):
            np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("data", "kernel"), [((30,), (7,)), ((7,), (30,))])
def test_either_input_may_be_the_larger_one(
    data: tuple[int, ...], kernel: tuple[int, ...], mode: str
) -> None:
    for first, second in (("u1", "i2"), ("i2", "u1"), ("u1", "f4"), ("f4", "u1")):
        x, h = small_integers(data, first), small_integers(kernel, second, seed=1)
        got = pyconvolve.correlate(x, h, mode, dtype="i1", overflow="saturate")
        want, _ = narrowed(reference.correlate(x, h, mode), "i1", "saturate")
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_constant_that_the_image_does_not_hold(name: str) -> None:
    x, function = np.array([1, 2, 3], "u1"), getattr(pyconvolve, name)
    for h in ([1, 1, 1], [1.0, 1.0, 1.0]):
        got = function(x, h, "same", cval=-300, dtype="i2", overflow="saturate")
        np.testing.assert_array_equal(got, [-297, 6, -295])
    got = function(x, [0.5, 1, 0.5], "same", cval=0.5, dtype="u1")
    np.testing.assert_array_equal(got, [2, 4, 4])
    got = function(x, [1, 1, 1], "same", cval=-1, dtype="i1")
    np.testing.assert_array_equal(got, [2, 6, 4])
    for cval, options in [
        (0.5, {"overflow": "saturate"}),
        (2**64, {"overflow": "saturate"}),
        (-1, {"overflow": "wrap"}),
        (1j, {"overflow": "saturate"}),
        (np.nan, {"overflow": "saturate"}),
    ]:
        with pytest.raises(ValueError, match="cval"):
            function(x, np.ones(3, "u1"), "same", cval=cval, dtype="u1", **options)
    with pytest.raises(TypeError, match="cval"):
        function(x, [1, 1, 1], "same", cval="1", dtype="u1", overflow="saturate")


WRONG_TYPES = ["bogus", object, "M8[D]", [("a", "f8")], 3, "S4", {}]
X, H = np.ones((5, 6)), np.ones((3, 3))


@pytest.mark.parametrize("name", [*FUNCTIONS, "explain", "Convolver"])
@pytest.mark.parametrize(
    ("argument", "value"),
    [
        *(("dtype", value) for value in WRONG_TYPES),
        *(("overflow", value) for value in ("clip", "Wrap", "", 0, None, ["wrap"])),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_wrong_arguments(name: str, argument: str, value: Any) -> None:
    arrays = (H,) if name == "Convolver" else (X, H)
    wrong = TypeError if argument == "dtype" else ValueError
    with pytest.raises(wrong) as caught:
        getattr(pyconvolve, name)(*arrays, **{argument: value})
    assert argument in str(caught.value)
    assert repr(value) in str(caught.value)
    if argument == "overflow":
        assert "'wrap', 'saturate' or 'raise'" in str(caught.value)


@pytest.mark.parametrize("name", [*FUNCTIONS, "explain"])
@every_overflow
def test_types_that_do_not_fit_the_inputs(overflow: str, name: str) -> None:
    function = getattr(pyconvolve, name)
    for x, h, dtype, words in [
        (X * 1j, H, "f8", "complex"),
        (X, H * 1j, "u1", "complex"),
        (X, H, bool, "bool"),
        (X > 0, X.astype("u1")[:2, :2], bool, "bool"),
        (X.astype(object), H, "f8", "objects"),
        (X, H.astype(object), "u1", "objects"),
    ]:
        with pytest.raises(TypeError, match=f"dtype.*{words}"):
            function(x, h, dtype=dtype, overflow=overflow)


def test_objects_are_as_before() -> None:
    x = np.array([1, 2, 3], object)
    for overflow in OVERFLOWS:
        got = pyconvolve.convolve(x, x, overflow=overflow)
        np.testing.assert_array_equal(got, np.convolve([1, 2, 3], [1, 2, 3]))
        assert got.dtype == object


def test_out_has_the_type_of_the_result() -> None:
    with pytest.raises(TypeError, match=r"out must have the dtype uint8, not float64"):
        pyconvolve.convolve(X, H, "same", dtype="u1", out=np.empty_like(X))
    with pytest.raises(ValueError, match="out must have the shape"):
        pyconvolve.convolve(
            X, H, "same", dtype="u1", overflow="raise", out=np.empty(3, "u1")
        )


def test_explain_plans_what_is_computed() -> None:
    x = np.zeros((500, 600), "u1")
    for h, text in [
        (np.ones((3, 3)), "direct.*float32"),
        (np.ones((3, 3), int), "direct.*uint16"),
        (np.ones((99, 99)) / 9801, "fft.*float32"),
        (np.ones((99, 99), int), "fft.*float64"),
    ]:
        made = pyconvolve.explain(x, h, "same", dtype="u1", overflow="saturate")
        assert re.match(text, made.tiles)


def test_wide_results_of_images_need_no_overflow() -> None:
    x = np.full((6, 7), 255, "u1")
    got = pyconvolve.convolve(x, np.full((3, 3), 255, "u1"), "valid", dtype="i4")
    np.testing.assert_array_equal(got, 9 * 255**2)


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0)])
def test_empty_images(shape: tuple[int, ...]) -> None:
    x, h = np.zeros(shape, "i8"), np.ones((1,) * len(shape), int)
    with pytest.raises(ValueError, match="in1"):
        pyconvolve.convolve(x, h, dtype="u1", overflow="saturate")


def test_a_batch_of_kernels_is_bounded_by_its_largest_one() -> None:
    x, h = image_of("u1", (1, 30, 40)), np.ones((50, 3, 3), int)
    made = sums.magnitude_of(h, (1, 2))
    assert 9 <= made.total < 9.01
    assert sums.magnitude_of(h[0], (1, 2)).total < 9.01
    want, _ = narrowed(exact("convolve", x[0], h[0], "same"), "u1", "saturate")
    for method in METHODS:
        got = pyconvolve.convolve(
            x, h, "same", method, axes=(1, 2), dtype="u1", overflow="saturate"
        )
        np.testing.assert_array_equal(got, np.broadcast_to(want, got.shape))
