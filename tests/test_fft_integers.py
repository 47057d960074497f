"""Integers by transforms are exact, at the limits of their types, too."""

from math import prod
from typing import Any

import numpy as np
import pytest
from forms import FORMS, by_scipy, convolve, every_form
from numpy.typing import NDArray
from problems import INTEGERS, any_values, small_integers

import pyconvolve

pytestmark = pytest.mark.compiled


def by_python(x: NDArray[Any], h: NDArray[Any]) -> NDArray[Any]:
    """Convolve by a product of two integers of Python."""
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
