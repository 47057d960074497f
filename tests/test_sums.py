"""The type that sums are computed in: the fastest one that holds them."""

import re
from typing import Any

import numpy as np
import planned
import pytest
from narrowing import (
    METHODS,
    assert_converted,
    every_integer,
    every_method,
    exact,
    image_of,
    narrowed,
)
from problems import any_values

import pyconvolve
from pyconvolve._core import api, sums
from pyconvolve._core.arguments import rules
from pyconvolve._core.thresholds import Thresholds

pytestmark = pytest.mark.compiled

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
