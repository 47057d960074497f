"""Kernels of integers, against exact fractions."""

from fractions import Fraction
from math import ceil, comb, floor
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from wrong_arguments import error_about

from pyconvolve import kernels

# Taps along each axis.
SHAPES = arrays.array_shapes(max_dims=3, max_side=5)


def as_fractions(kernel: Any, **options: Any) -> list[Fraction]:
    integers, divisor = kernels.as_integer_ratio(kernel, **options)
    assert integers.dtype == np.int64
    assert integers.shape == np.shape(kernel)
    assert isinstance(divisor, int)
    assert divisor > 0
    assert np.gcd.reduce([*integers.ravel(), divisor]) == 1
    return [Fraction(int(n), divisor) for n in integers.ravel()]


@pytest.mark.parametrize(
    ("kernel", "integers", "divisor"),
    [
        (kernels.sobel(), [[1, 0, -1], [2, 0, -2], [1, 0, -1]], 8),
        (kernels.scharr(0), [[3, 10, 3], [0, 0, 0], [-3, -10, -3]], 32),
        (kernels.prewitt(), [[1, 0, -1]] * 3, 6),
        (kernels.prewitt(dtype=np.float32), [[1, 0, -1]] * 3, 6),
        (kernels.kirsch()[0], [[5, -3, -3], [5, 0, -3], [5, -3, -3]], 24),
        (kernels.corner()[3], [[5, 5, -4], [5, 5, -4], [-4, -4, -4]], 20),
        (kernels.savitzky_golay(7, 2), [-2, 3, 6, 7, 6, 3, -2], 21),
        (kernels.triangle(5, ndim=2)[1], [2, 4, 6, 4, 2], 81),
        ([0.1, 0.2, -0.3], [1, 2, -3], 10),
        (np.float16([0.1, 0.5]), [1, 5], 10),
        (np.longdouble(1) / np.array([3, 7], np.longdouble), [7, 3], 21),
        (np.array([0.25, 0.75], ">f8"), [1, 3], 4),
        ([2, 4, 6], [2, 4, 6], 1),
        ([True, False], [1, 0], 1),
        (np.array([255, 1], np.uint8), [255, 1], 1),
        ([0.0, 0.0], [0, 0], 1),
        ([], [], 1),
        (-2.5, -5, 2),
        ([-(2**62), 2**62], [-(2**62), 2**62], 1),
    ],
)
def test_integer_kernels(kernel: Any, integers: Any, divisor: int) -> None:
    got, by = kernels.as_integer_ratio(kernel)
    np.testing.assert_array_equal(got, integers)
    assert by == divisor
    expected = [Fraction(n, divisor) for n in np.ravel(integers).tolist()]
    assert as_fractions(kernel) == expected


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize("size", [*range(1, 50, 7), (3, 7), (5, 11, 13), 1001])
def test_boxes_are_ones(size: int | tuple[int, ...], dtype: type) -> None:
    box = kernels.box(size, dtype=dtype)
    integers, divisor = kernels.as_integer_ratio(box)
    assert (integers == 1).all()
    assert divisor == box.size


@pytest.mark.parametrize(
    ("n", "dtype"), [*((n, "f8") for n in (1, 2, 5, 10, 20, 30)), (5, "f4"), (10, "f4")]
)
def test_binomial_kernels(n: int, dtype: str) -> None:
    row = [comb(n, k) for k in range(n + 1)]
    integers, divisor = kernels.as_integer_ratio(np.ldexp(np.array(row, dtype), -n))
    assert integers.tolist() == row
    assert divisor == 2**n
    assert kernels.as_integer_ratio(row, norm="sum")[1] == 2**n


LARGEST = {"f2": (6, 8), "f4": (30, 150), "f8": (1000, 10_000), "g": (1000, 10_000)}


@given(st.sampled_from([*LARGEST]), st.data())
def test_fractions_are_found(dtype: str, data: st.DataObject) -> None:
    most, last = LARGEST[dtype]
    number = st.tuples(st.integers(-most, most), st.integers(1, last))
    taps = data.draw(st.lists(number, min_size=1, max_size=3))
    exact = [Fraction(n, d) for n, d in taps]
    kernel = np.array([n for n, _ in taps], dtype) / np.array(
        [d for _, d in taps], dtype
    )
    assert as_fractions(kernel) == exact


def simplest(low: Fraction, high: Fraction) -> Fraction:
    """Fraction of the least divisor between two positive fractions."""
    if ceil(low) <= high:
        return Fraction(ceil(low))
    below = floor(low)
    return below + 1 / simplest(1 / (high - below), 1 / (low - below))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@given(st.data())
def test_no_simpler_fraction_rounds_to_a_tap(dtype: type, data: st.DataObject) -> None:
    width = np.finfo(dtype).bits
    tap = dtype(data.draw(st.floats(2.0**-6, 64, width=width)))
    (got,) = as_fractions([tap])
    ulp = Fraction(float(np.spacing(tap)))
    # The tap may be the result of a few roundings.
    assert abs(got - Fraction(float(tap))) <= 8 * ulp
    rounds = simplest(*(Fraction(float(tap)) + half * ulp / 2 for half in (-1, 1)))
    assert got.denominator <= rounds.denominator


@given(
    arrays.arrays(np.int64, SHAPES, elements=st.integers(-50, 50)),
    st.sampled_from(["sum", "l1", "max"]),
    st.integers(1, 99),
)
@settings(max_examples=150)
def test_norms_of_integer_kernels_are_exact(
    integers: np.ndarray, norm: str, divisor: int
) -> None:
    taps = integers.ravel().tolist()
    magnitudes = [abs(tap) for tap in taps]
    whole = {"sum": sum(taps), "l1": sum(magnitudes), "max": max(magnitudes)}[norm]
    kernel = integers if divisor == 1 else integers / divisor
    if not whole:
        with pytest.raises(ValueError, match=norm):
            kernels.as_integer_ratio(kernel, norm=norm)
    else:
        assert as_fractions(kernel, norm=norm) == [Fraction(n, whole) for n in taps]


@pytest.mark.parametrize("factor", [np.pi, 1e-300, 1e300])
def test_norms_do_without_a_common_factor(factor: float) -> None:
    integers, divisor = kernels.as_integer_ratio(
        np.array([1, 2, -1]) * factor, norm="l1"
    )
    assert integers.tolist() == [1, 2, -1]
    assert divisor == 4


@pytest.mark.parametrize(
    ("kernel", "options", "argument"),
    [
        *((k, {}, "kernel") for k in ([1j], ["a"], [None], [np.nan], [np.inf, 1])),
        *((k, {}, "kernel") for k in ([1e300], [1e-300], [np.pi, np.e, 2**0.5])),
        (np.array([2**63], np.uint64), {}, "kernel"),
        *(([1, 2], {"norm": n}, "norm") for n in ("l2", "zero_sum", "x", 1, ["sum"])),
        ([1, -1], {"norm": "sum"}, "norm"),
        ([0, 0], {"norm": "max"}, "norm"),
        ([0.0, 0], {"norm": "l1"}, "norm"),
        *(([], {"norm": n}, "kernel") for n in ("sum", "l1", "max")),
    ],
    ids=str,
)
def test_wrong_integer_kernels_are_named(
    kernel: Any, options: dict[str, Any], argument: str
) -> None:
    with error_about(argument):
        kernels.as_integer_ratio(kernel, **options)
