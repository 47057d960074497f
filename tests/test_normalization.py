"""Normalised kernels, against exact sums and definitions."""

from collections.abc import Callable
from fractions import Fraction
from math import fsum
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from layouts import LAYOUTS
from problems import any_values, small_integers
from wrong_arguments import error_about

from pyconvolve import kernels

NORMS = ["sum", "l1", "l2", "max", "zero_sum", "power"]
# Norms that scale; 'zero_sum' subtracts.
SCALES = [norm for norm in NORMS if norm != "zero_sum"]
MAGNITUDES = ["l1", "l2", "max"]
EPS = np.finfo(float).eps
TAPS = st.integers(-999, 999).map(lambda n: n / 8) | st.floats(0.001, 1000)
SHAPES = arrays.array_shapes(max_dims=3, max_side=5)
KERNELS = arrays.arrays(np.float64, SHAPES, elements=TAPS)
FREQUENCIES = st.floats(-0.5, 0.5)
each_norm = pytest.mark.parametrize("norm", NORMS)
each_scale = pytest.mark.parametrize("norm", SCALES)


def total(kernel: np.ndarray) -> float:
    return fsum(kernel.ravel())


def gain(kernel: np.ndarray, frequency: Any) -> float:
    """Magnitude of the response at a frequency, from its definition."""
    cycles = np.broadcast_to(frequency, kernel.ndim)
    turns = sum(f * k for f, k in zip(cycles, np.indices(kernel.shape), strict=True))
    return abs((kernel * np.exp(-2j * np.pi * turns)).sum())


MEASURES: dict[str, Callable[[np.ndarray], float]] = {
    "sum": total,
    "l1": lambda kernel: fsum(abs(kernel.ravel())),
    "l2": lambda kernel: fsum(abs(kernel.ravel()) ** 2) ** 0.5,
    "max": lambda kernel: abs(kernel).max(),
    "power": lambda kernel: gain(kernel, 0.2),
}


def measured(kernel: np.ndarray, norm: str) -> float:
    """Norm relative to the sum of magnitudes, which is small if taps cancel."""
    return abs(MEASURES[norm](kernel)) / (fsum(abs(kernel.ravel())) or 1)


def normalized(kernel: Any, norm: str, **options: Any) -> np.ndarray:
    if norm == "power":
        options = {"frequency": 0.2} | options
    return kernels.normalize(kernel, norm, **options)


@each_scale
@given(KERNELS)
@settings(max_examples=150)
def test_each_norm_becomes_one(norm: str, kernel: np.ndarray) -> None:
    share = measured(kernel, norm)
    assume(share > 1e-12)
    got = normalized(kernel, norm)
    assert got.shape == kernel.shape
    slack = 4 * kernel.size * EPS / share
    assert MEASURES[norm](got) == pytest.approx(1, rel=slack)
    scale = MEASURES[norm](kernel)
    np.testing.assert_allclose(got * scale, kernel, rtol=slack)


@given(KERNELS)
def test_the_sum_is_the_exact_one(kernel: np.ndarray) -> None:
    exact = [Fraction(tap) for tap in kernel.ravel()]
    whole = sum(exact)
    magnitude = sum(map(abs, exact))
    assume(magnitude and abs(whole) > magnitude / 10**6)
    got = kernels.normalize(kernel).ravel()
    for tap, wanted in zip(got, exact, strict=True):
        assert abs(Fraction(tap) - wanted / whole) <= abs(wanted / whole) / 10**8


@given(KERNELS)
def test_zero_sum_subtracts_the_mean(kernel: np.ndarray) -> None:
    got = kernels.normalize(kernel, "zero_sum")
    mean = sum(map(Fraction, kernel.ravel())) / kernel.size
    peak = abs(kernel).max()
    assert abs(total(got)) <= kernel.size * EPS * peak
    np.testing.assert_allclose(got, kernel - float(mean), atol=4 * EPS * peak)


@given(arrays.array_shapes(max_dims=3, max_side=5), st.data())
@settings(max_examples=100)
def test_gain_at_any_frequency(shape: tuple[int, ...], data: st.DataObject) -> None:
    kernel = data.draw(arrays.arrays(np.float64, shape, elements=TAPS))
    if data.draw(st.booleans()):
        kernel = kernel + 1j * data.draw(arrays.arrays(float, shape, elements=TAPS))
    frequency = data.draw(
        FREQUENCIES | st.lists(FREQUENCIES, min_size=len(shape), max_size=len(shape))
    )
    size = gain(kernel, frequency)
    assume(size > 1e-6 * abs(kernel).sum())
    got = kernels.normalize(kernel, "power", frequency=frequency)
    assert gain(got, frequency) == pytest.approx(1, rel=1e-8)
    np.testing.assert_allclose(got * size, kernel, rtol=1e-8)


@each_norm
@given(KERNELS)
@settings(max_examples=100)
def test_idempotent(norm: str, kernel: np.ndarray) -> None:
    assume(norm == "zero_sum" or measured(kernel, norm) > 1e-3)
    once = normalized(kernel, norm)
    twice = normalized(once, norm)
    np.testing.assert_allclose(twice, once, rtol=1e-11, atol=8 * EPS * abs(once).max())


@each_norm
@pytest.mark.parametrize("exponent", [-1000, -500, -1, 3, 500, 1000])
@given(KERNELS)
@settings(max_examples=40)
def test_powers_of_two_have_no_effect(
    norm: str, exponent: int, kernel: np.ndarray
) -> None:
    assume(norm == "zero_sum" or measured(kernel, norm) > 1e-12)
    factor = 2.0**exponent
    got, scaled = normalized(kernel, norm), normalized(kernel * factor, norm)
    if norm == "zero_sum":
        # The tolerance is the least subnormal number.
        np.testing.assert_allclose(scaled, got * factor, rtol=0, atol=1e-323)
    else:
        np.testing.assert_array_equal(scaled, got)


@given(KERNELS, st.floats(1e-9, 1e9))
@settings(max_examples=100)
def test_positive_factors_have_no_effect(kernel: np.ndarray, factor: float) -> None:
    for norm in SCALES:
        if measured(kernel, norm) > 1e-3:
            np.testing.assert_allclose(
                normalized(kernel * factor, norm), normalized(kernel, norm), rtol=1e-11
            )


@pytest.mark.parametrize("norm", [*MAGNITUDES, "power"])
@given(KERNELS)
@settings(max_examples=100)
def test_signs_are_kept(norm: str, kernel: np.ndarray) -> None:
    assume(measured(kernel, norm) > 1e-12)
    np.testing.assert_array_equal(np.sign(normalized(kernel, norm)), np.sign(kernel))
    np.testing.assert_array_equal(normalized(-kernel, norm), -normalized(kernel, norm))


def test_a_negative_sum_becomes_one() -> None:
    assert kernels.normalize([-1, -2, 1]).tolist() == [0.5, 1, -0.5]
    assert kernels.normalize([-1, -2, 1], "max").tolist() == [-0.5, -1, 0.5]


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "g", "c8", "c16", "G"])
@pytest.mark.parametrize("axis", [None, 0, (2, 1), (0, -1)])
@each_norm
def test_in_place_gives_the_same_as_a_copy(norm: str, axis: Any, dtype: str) -> None:
    bank = any_values((3, 4, 5), dtype)
    copy = normalized(bank, norm, axis=axis)
    assert not np.shares_memory(copy, bank)
    other = np.empty_like(bank)
    assert normalized(bank, norm, axis=axis, out=other) is other
    assert normalized(bank, norm, axis=axis, out=bank) is bank
    np.testing.assert_array_equal(bank, copy)
    np.testing.assert_array_equal(other, copy)


def test_in_place_of_parts() -> None:
    bank = any_values((3, 4, 10), float)
    expected = normalized(bank[:, ::2, ::-2], "l2", axis=2)
    rest = bank[:, 1::2].copy()
    kernels.normalize(bank[:, ::2, ::-2], "l2", axis=2, out=bank[:, ::2, ::-2])
    np.testing.assert_array_equal(bank[:, ::2, ::-2], expected)
    np.testing.assert_array_equal(bank[:, 1::2], rest)
    wide = np.zeros((2, 3), np.complex64)
    kernels.normalize(np.ones((2, 3)), out=wide)
    np.testing.assert_allclose(wide, 1 / 6, rtol=1e-6)


@given(arrays.array_shapes(max_dims=4, max_side=4), st.data())
@settings(max_examples=150)
def test_filters_are_normalised_one_by_one(
    shape: tuple[int, ...], data: st.DataObject
) -> None:
    ndim = len(shape)
    order = data.draw(st.permutations(range(ndim)))
    axes = order[: data.draw(st.integers(1, ndim))]
    signed = [a - ndim * data.draw(st.integers(0, 1)) for a in axes]
    norm = data.draw(st.sampled_from(NORMS))
    dtype = data.draw(st.sampled_from(["f4", "f8", "c16"]))
    # All taps are positive, so that no sum is zero.
    bank = any_values(shape, dtype, data.draw(st.integers(0, 99))) + 9
    options = {"frequency": [0.05 * (i + 1) for i in range(len(axes))]}
    got = kernels.normalize(bank, norm, axis=signed, on_zero="leave", **options)
    others = [a for a in range(ndim) if a not in axes]
    filters, results = (a.transpose(others + list(axes)) for a in (bank, got))
    for index in np.ndindex(*(shape[a] for a in others)):
        alone = kernels.normalize(filters[index], norm, on_zero="leave", **options)
        eps = np.finfo(dtype).eps
        np.testing.assert_allclose(
            results[index], alone, rtol=64 * eps, atol=64 * eps * abs(alone).max()
        )


def test_one_axis_is_an_integer_or_a_sequence() -> None:
    bank = any_values((3, 4), float)
    np.testing.assert_array_equal(
        kernels.normalize(bank, "l1", axis=-1), kernels.normalize(bank, "l1", axis=[1])
    )
    np.testing.assert_allclose(
        kernels.normalize(bank, "l1", axis=1), bank / abs(bank).sum(1, keepdims=True)
    )
    np.testing.assert_allclose(
        kernels.normalize(bank, "l1", axis=0), bank / abs(bank).sum(0)
    )


@pytest.mark.parametrize(
    ("given_type", "result"),
    [
        *((t, "f8") for t in ("?", "i1", "u1", "i4", "u8", ">i2")),
        *((t, t) for t in ("f2", "f4", "f8", "g", "c8", "c16", "G")),
        *((">f4", "f4"), (">f8", "f8"), (">c16", "c16")),
    ],
)
@each_norm
def test_element_types(norm: str, given_type: str, result: str) -> None:
    kernel = np.array([[1, 2, 0], [3, 1, 1]]).astype(given_type)
    got = normalized(kernel, norm)
    assert got.dtype == np.dtype(result)
    assert got.dtype.isnative
    expected = normalized(kernel.astype(np.result_type(kernel, float)), norm)
    np.testing.assert_allclose(got, expected, atol=2 * np.finfo(result).eps)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "g", "c8", ">f8", complex])
def test_dtype_of_the_result(dtype: Any) -> None:
    for kernel in ([1, 2, 5], np.array([1, 2, 5], np.float32)):
        got = kernels.normalize(kernel, dtype=dtype)
        assert got.dtype == np.dtype(dtype)
        np.testing.assert_allclose(got, [0.125, 0.25, 0.625], rtol=1e-15)
        out = np.zeros(3, dtype)
        assert kernels.normalize(kernel, dtype=dtype, out=out) is out
        np.testing.assert_array_equal(out, got)


@pytest.mark.parametrize("dtype", ["f8", "c16", "i4", "g"])
@pytest.mark.parametrize("axis", [None, 0, 1])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(layout: str, axis: int | None, dtype: str) -> None:
    kernel = small_integers((4, 6), dtype) + np.array(5, dtype)
    for norm in NORMS:
        got = normalized(LAYOUTS[layout](kernel), norm, axis=axis)
        np.testing.assert_allclose(got, normalized(kernel, norm, axis=axis), rtol=1e-14)
        assert got.flags.c_contiguous


@pytest.mark.parametrize(
    ("kernel", "norm", "expected"),
    [
        (7.0, "sum", 1),
        (-7.0, "sum", 1),
        (-7.0, "max", -1),
        (5.0, "zero_sum", 0),
        ([[4]], "l2", [[1]]),
        ([True, False, True], "sum", [0.5, 0, 0.5]),
        ([3, 4j], "l2", [0.6, 0.8j]),
        ([3, 4j], "max", [0.75, 1j]),
        ([1j, 1j], "sum", [0.5, 0.5]),
        ([1 + 1j, 1 - 1j], "zero_sum", [1j, -1j]),
        ([2**62, 2**62], "sum", [0.5, 0.5]),
    ],
)
def test_known_results(kernel: Any, norm: str, expected: Any) -> None:
    got = kernels.normalize(kernel, norm)
    np.testing.assert_allclose(got, expected, rtol=1e-15)
    assert got.shape == np.shape(kernel)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "g", "c8", "c16", "G"])
@each_scale
def test_least_and_largest_taps_are_normalised(norm: str, dtype: str) -> None:
    shape = np.array([1, 2, -1, 4], dtype)
    info = np.finfo(dtype)
    least, huge = info.smallest_subnormal, np.ldexp(info.dtype.type(1), info.maxexp - 3)
    for factor in (least, huge):
        got = normalized(shape * factor, norm)
        np.testing.assert_array_equal(got, normalized(shape, norm))


@pytest.mark.parametrize("factor", [1e-300, 1e300, 5e-324])
@each_scale
def test_extreme_kernels_are_normalised(norm: str, factor: float) -> None:
    bank = np.array([[1, 2, 1], [factor, 2 * factor, factor]])
    got = normalized(bank, norm, axis=1)
    np.testing.assert_allclose(got[1], got[0], rtol=1e-14)


CANCEL = {
    "difference": [1, -1],
    "rounded": [0.1, 0.2, -0.3],
    "rounded twice": [[0.7, -0.1, -0.2], [-0.4, 0.3, -0.3]],
    "sobel": kernels.sobel(),
    "farid": kernels.farid(),
    "laplacian": kernels.laplacian(diagonals=True),
    "derivative": kernels.gaussian(2, order=1, ndim=2),
    "laplacian of gaussian": kernels.laplacian_of_gaussian(1.3),
    "many": np.repeat([0.1, -0.1], 5000),
    "zero": [0, 0],
}


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "c8", "c16"])
@pytest.mark.parametrize("kernel", CANCEL.values(), ids=CANCEL)
def test_sums_of_zero_are_refused(kernel: Any, dtype: str) -> None:
    kernel = np.array(kernel, dtype)
    with pytest.raises(ValueError, match=r"kernel must have a norm 'sum' above zero"):
        kernels.normalize(kernel)
    kernels.normalize(kernel, "zero_sum")


@given(KERNELS)
@settings(max_examples=200)
def test_kernels_of_zero_sum_cannot_be_scaled_to_unit_sum(kernel: np.ndarray) -> None:
    for dtype in (np.float32, np.float64):
        flat = kernels.normalize(kernel.astype(dtype), "zero_sum")
        with pytest.raises(ValueError, match="sum"):
            kernels.normalize(flat)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble])
def test_sums_above_the_rounding_error_are_taken(dtype: type) -> None:
    eps = np.finfo(dtype).eps
    kernel = np.array([1, -1 + 64 * eps], dtype)
    np.testing.assert_allclose(kernels.normalize(kernel) * 64 * eps, kernel, rtol=1e-3)


@pytest.mark.parametrize(
    ("axis", "named"), [((2,), r"\(1, 0\)"), ((0, 2), r"\(0,\)"), (1, r"\(1, 2\)")]
)
def test_the_filter_is_named_and_nothing_is_written(axis: Any, named: str) -> None:
    bank = np.arange(1.0, 25).reshape(2, 3, 4)
    if axis == (2,):
        bank[1, 0] = [1, -1, 2, -2]
    elif axis == 1:
        bank[1, :, 2] = [3, -1, -2]
    else:
        bank[1, 0] = -bank[0, 0]
    before = bank.copy()
    with pytest.raises(ValueError, match=rf"that of filter {named} is zero"):
        kernels.normalize(bank, axis=axis, out=bank)
    np.testing.assert_array_equal(bank, before)


@pytest.mark.parametrize("norm", MAGNITUDES)
def test_only_zeros_have_no_magnitude(norm: str) -> None:
    with pytest.raises(ValueError, match=norm):
        kernels.normalize(np.zeros((2, 3)), norm)
    got = kernels.normalize([1, -1], norm)
    assert MEASURES[norm](got) == pytest.approx(1)


@pytest.mark.parametrize("frequency", [0.5, -0.5, (0.5, 0), (0.25, 0.5)])
def test_gains_of_zero_are_refused(frequency: Any) -> None:
    """Equal taps cancel at half a cycle per sample."""
    with pytest.raises(ValueError, match="power"):
        kernels.normalize(np.ones((4, 6)), "power", frequency=frequency)


@each_scale
def test_filters_of_norm_zero_are_left_or_made_uniform(norm: str) -> None:
    zero = [0, 0, 0] if norm in MAGNITUDES else None
    frequency = 0.0 if norm == "sum" else 0.125
    if zero is None:
        wave = np.exp(-2j * np.pi * frequency * np.arange(3))
        zero = np.cross(wave.real, wave.imag) if norm == "power" else [1, 1, -2]
    bank = np.array([[1, 2, 3], zero, [5, -1, 2]], float)
    alone = [kernels.normalize(h, norm, frequency=frequency) for h in bank[[0, 2]]]
    left, uniform = (
        kernels.normalize(bank, norm, axis=1, frequency=frequency, on_zero=choice)
        for choice in ("leave", "uniform")
    )
    for got in (left, uniform):
        np.testing.assert_allclose(got[[0, 2]], alone, rtol=1e-14)
    np.testing.assert_array_equal(left[1], bank[1])
    np.testing.assert_allclose(
        uniform[1], kernels.normalize(np.ones(3), norm, frequency=frequency), rtol=1e-14
    )


@pytest.mark.parametrize("on_zero", ["raise", "leave", "uniform"])
def test_zero_sum_is_never_refused(on_zero: str) -> None:
    got = kernels.normalize(np.ones((2, 2)), "zero_sum", on_zero=on_zero)
    np.testing.assert_array_equal(got, np.zeros((2, 2)))


READ_ONLY = np.ones(2)
READ_ONLY.flags.writeable = False


@pytest.mark.parametrize(
    ("kernel", "options", "argument"),
    [
        *(([1, 2], {"norm": n}, "norm") for n in ("x", "L1", None, 2, ["sum"])),
        *(([1, 2], {"on_zero": n}, "on_zero") for n in ("x", None, 0)),
        *(([1, 2], {"axis": a}, "axis") for a in (1, -2, 0.0, "0", (), (0, -1))),
        *(([1, 2], {"dtype": t}, "dtype") for t in (int, bool, object, "U3")),
        *((k, {}, "kernel") for k in ([], [[], []], ["a"], [None], {}, "abc")),
        *((k, {}, "kernel") for k in ([1, np.nan], [np.inf, 1], [1j * np.inf, 1])),
        ([1, 2j], {"dtype": float}, "dtype"),
        ([1, 2], {"out": [1, 2]}, "out"),
        ([1, 2], {"out": np.zeros(3)}, "out"),
        ([1, 2], {"out": np.zeros((1, 2))}, "out"),
        ([1, 2], {"out": np.zeros(2, int)}, "out"),
        ([1, 2], {"out": READ_ONLY}, "out"),
        ([1, 2j], {"out": np.zeros(2)}, "out"),
        ([1, 2], {"out": np.zeros(2, np.float32), "dtype": float}, "out"),
        *(
            ([1, 2], {"norm": "power", "frequency": f}, "frequency")
            for f in ("a", None, np.nan, np.inf, (0.1, 0.2), (), 1j)
        ),
        (
            [1, 1],
            {"norm": "power", "frequency": 0.5, "on_zero": "uniform"},
            "frequency",
        ),
    ],
    ids=str,
)
def test_wrong_arguments_are_named(
    kernel: Any, options: dict[str, Any], argument: str
) -> None:
    with error_about(argument):
        kernels.normalize(kernel, **options)
