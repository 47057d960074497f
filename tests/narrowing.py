"""Sums brought into a type of integers by their definition, to compare results with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import reference
from hypothesis import strategies as st
from problems import (
    FUNCTIONS,
    INTEGERS,
    Problem,
    any_values,
    problems,
    small_integers,
)

import pyconvolve

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
def conversions(
    draw: st.DrawFn, first: Any, second: Any, constants: dict[str, list[Any]]
) -> Conversion:
    """Draw a problem whose inputs have given types, and how sums are converted.

    `constants` has values outside the signal for each value of `overflow`.
    """
    shapes, overflow = draw(problems()), draw(st.sampled_from(OVERFLOWS))
    options = dict(shapes.options)
    if "cval" in options:
        options["cval"] = draw(st.sampled_from(constants[overflow]))
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
        overflow,
        draw(st.sampled_from(["auto", *METHODS])),
    )


def image_of(kind: str, shape: tuple[int, ...] = (97, 130)) -> np.ndarray:
    return any_values(shape, kind, seed=3)
