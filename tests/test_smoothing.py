"""savgol_coeffs and savgol_filter: exact taps, and SciPy's results and errors."""

import functools
from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from math import factorial, prod
from typing import Any

import numpy as np
import pytest
import scipy.signal
from filter_checks import IS_OLD, assert_same_error, assert_scipys, without_scipy
from hypothesis import given
from hypothesis import strategies as st

from pyconvolve import kernels, signal

MODES = ["mirror", "constant", "nearest", "wrap", "interp"]


def solved(matrix: list[list[Fraction]], right: list[Fraction]) -> list[Fraction]:
    """Solve a system of equations by Gauss's elimination, in fractions."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for i in range(len(rows)):
        pivot = next(k for k in range(i, len(rows)) if rows[k][i])
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [value / rows[i][i] for value in rows[i]]
        for k in range(len(rows)):
            if k != i and rows[k][i]:
                factor = rows[k][i]
                rows[k] = [
                    a - factor * b for a, b in zip(rows[k], rows[i], strict=True)
                ]
    return [row[-1] for row in rows]


@functools.cache
def exact_taps(
    window: tuple[int, ...],
    degree: int,
    orders: tuple[int, ...],
    at: tuple[Fraction, ...],
) -> list[Fraction]:
    """Weights of the samples of a window, by the normal equations in fractions."""
    powers = [
        p for p in product(range(degree + 1), repeat=len(window)) if sum(p) <= degree
    ]
    positions = list(product(*map(range, window)))

    def monomial(position: Sequence[int], power: Sequence[int]) -> Fraction:
        steps = zip(position, at, power, strict=True)
        return prod((Fraction(n - a) ** p for n, a, p in steps), start=Fraction(1))

    design = [[monomial(position, power) for power in powers] for position in positions]
    columns = list(zip(*design, strict=True))
    normal = [[sum(map(Fraction.__mul__, a, b)) for b in columns] for a in columns]
    wanted = [Fraction(power == orders) for power in powers]
    coefficients = solved(normal, wanted)
    scale = prod(map(factorial, orders))
    return [scale * sum(map(Fraction.__mul__, row, coefficients)) for row in design]


@pytest.mark.parametrize("window", [1, 2, 5, 6, 31, 40])
@pytest.mark.parametrize("degree", [0, 1, 2, 5])
@pytest.mark.parametrize("deriv", [0, 1, 2])
@pytest.mark.parametrize("pos", [None, 0, 1, Fraction(1, 3), 0.7])
def test_taps_are_exact(window: int, degree: int, deriv: int, pos: Any) -> None:
    """They are the fractions, correctly rounded."""
    if degree >= window or deriv > degree or (pos or 0) >= window:
        return
    at = Fraction(window - 1, 2) if pos is None else Fraction(pos)
    want = exact_taps((window,), degree, (deriv,), (at,))
    got = signal.savgol_coeffs(window, degree, deriv, pos=pos, use="dot")
    assert got.dtype == np.float64
    assert got.tolist() == [float(tap) for tap in want]
    reversed_taps = signal.savgol_coeffs(window, degree, deriv, pos=pos)
    assert reversed_taps.tolist() == got[::-1].tolist()
    got = signal.savgol_coeffs(window, degree, deriv, delta=0.3, pos=pos, use="dot")
    scaled = [float(tap / Fraction(0.3) ** deriv) for tap in want]
    np.testing.assert_allclose(got, scaled, rtol=1e-15)


@pytest.mark.parametrize(
    ("window", "degree", "orders"),
    [((5, 4), 2, (0, 0)), ((4, 5), 3, (1, 2)), ((3, 5, 4), 2, (0, 1, 0))],
)
def test_taps_of_kernels_are_exact(
    window: tuple[int, ...], degree: int, orders: tuple[int, ...]
) -> None:
    centre = tuple(Fraction(n - 1, 2) for n in window)
    exact = exact_taps(window, degree, orders, centre)
    want = np.array([float(tap) for tap in exact]).reshape(window)
    got = kernels.savitzky_golay(window, degree, deriv=orders)
    # a convolution reverses the kernel
    np.testing.assert_allclose(np.flip(got), want, rtol=2**-52)
    rest = [
        tap - Fraction(*kept.as_integer_ratio())
        for tap, kept in zip(
            exact,
            np.flip(
                kernels.savitzky_golay(window, degree, deriv=orders, dtype="g")
            ).flat,
            strict=True,
        )
    ]
    assert max(map(abs, rest)) <= float(np.finfo("g").eps) * abs(want).max()


def test_taps_of_wide_windows() -> None:
    """Moments of the taps are exact to rounding, where SciPy's taps have no digit."""
    taps = signal.savgol_coeffs(2001, 5)
    largest = abs(taps).max()
    u = np.linspace(-1, 1, 2001)
    for power in range(6):
        assert abs(taps @ u**power - (power == 0)) < 1e-15
    # earlier versions of SciPy lose fewer digits
    error = abs(scipy.signal.savgol_coeffs(2001, 5) - taps).max()
    assert error > (1e-6 if IS_OLD else 0.5) * largest
    longer = signal.savgol_coeffs(20_001, 3)
    assert abs(longer.sum() - 1) < 1e-14


def test_each_result_is_a_copy() -> None:
    for use in ("conv", "dot"):
        taps = signal.savgol_coeffs(5, 2, use=use)
        kept = taps.copy()
        taps += 1
        np.testing.assert_array_equal(signal.savgol_coeffs(5, 2, use=use), kept)


@pytest.mark.parametrize("window", [1, 2, 5, 6, 9])
@pytest.mark.parametrize("deriv", [0, 1, 4])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("axis", [0, 1, -2])
@pytest.mark.parametrize("dtype", ["f4", "f8", ">f4", "g", "e", "u1", "i8", "?"])
def test_scipys_results(
    window: int, deriv: int, mode: str, axis: int, dtype: str
) -> None:
    x = (np.random.default_rng(0).standard_normal((14, 12)) * 9).astype(dtype)
    degree = min(3, window - 1)
    arguments = window, degree, deriv, 0.5, axis, mode, -2.5
    # SciPy fits the edges in single precision if the signal is float32
    assert_scipys("savgol_filter", x, *arguments, tolerance=1e3)


@given(
    st.integers(1, 40),
    st.integers(1, 25),
    st.integers(0, 4),
    st.integers(0, 3),
    st.sampled_from(MODES),
    st.integers(0, 99),
)
def test_any_filter(
    samples: int, window: int, degree: int, deriv: int, mode: str, seed: int
) -> None:
    x = np.random.default_rng(seed).standard_normal(samples)
    arguments = window, degree, deriv, 2.0, -1, mode, 3
    if degree >= window or (mode == "interp" and window > samples):
        assert_same_error("savgol_filter", x, *arguments)
    else:
        assert_scipys("savgol_filter", x, *arguments, tolerance=1e4)


def test_outputs_are_those_of_exact_taps() -> None:
    """Edges too, in single precision and on a large offset."""
    t = np.arange(60)
    cubic = (1e6 + 3.0 * t - 0.5 * t**2 + 0.01 * t**3).astype(np.float32)
    exact = cubic.astype(np.float64)
    for window in (7, 10):
        for deriv in (0, 1):
            got = signal.savgol_filter(cubic, window, 3, deriv)
            assert got.dtype == np.float32
            half = window // 2
            for n in range(60):
                if half <= n < 60 - half:
                    first, at = n - (window - 1) // 2, Fraction(window - 1, 2)
                else:
                    first = 0 if n < half else 60 - window
                    at = Fraction(n - first)
                taps = exact_taps((window,), 3, (deriv,), (at,))
                want = sum(
                    tap * Fraction(x)
                    for tap, x in zip(taps, exact[first:].tolist(), strict=False)
                )
                assert got[n] == pytest.approx(float(want), rel=1.2e-7, abs=1e-9)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("bad", [0, 3, 5, 20, 33, 39])
def test_missing_samples_reach_no_further(mode: str, value: float, bad: int) -> None:
    x = np.arange(40.0)
    x[bad] = value
    got = np.isfinite(signal.savgol_filter(x, 7, 2, mode=mode))
    if mode == "interp":
        # SciPy raises ValueError if one is in the first window or in the last one
        want = abs(np.arange(40) - bad) > 3
        want[:3], want[-3:] = bad > 6, bad < 33
    else:
        want = np.isfinite(scipy.signal.savgol_filter(x, 7, 2, mode=mode))
    np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_out_and_workers(dtype: str) -> None:
    x = np.random.default_rng(0).standard_normal((30, 40)).astype(dtype)
    for mode in ("interp", "wrap"):
        want = signal.savgol_filter(x, 9, 2, axis=0, mode=mode)
        in_place = x.copy()
        for array, out in ((x, np.empty_like(x, order="F")), (in_place, in_place)):
            options: dict[str, Any] = {"axis": 0, "mode": mode, "workers": 2}
            assert signal.savgol_filter(array, 9, 2, out=out, **options) is out
            np.testing.assert_array_equal(out, want)
    with pytest.raises(ValueError, match="out must have the shape"):
        signal.savgol_filter(x, 9, 2, out=np.empty(3))
    # a complex signal is SciPy's
    out = np.empty(x.shape)
    with pytest.warns(np.exceptions.ComplexWarning):
        signal.savgol_filter(x + 0j, 9, 2, out=out)
    np.testing.assert_allclose(out, signal.savgol_filter(x, 9, 2), rtol=1e-4)


X = np.arange(20.0)
WRONG: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("savgol_coeffs", (5, 5), {}),
    ("savgol_coeffs", (5, 2), {"pos": 5}),
    ("savgol_coeffs", (5, 2), {"pos": -1}),
    ("savgol_coeffs", (5, 2), {"use": "bogus"}),
    ("savgol_coeffs", (5, 2), {"deriv": 1, "delta": 0.0}),
    ("savgol_coeffs", ("5", 2), {}),
    ("savgol_filter", (X, 5, 5), {}),
    ("savgol_filter", (X, 21, 5), {}),
    ("savgol_filter", (X, 5, 2), {"mode": "bogus"}),
    ("savgol_filter", (X, 5, 2), {"axis": 1}),
    ("savgol_filter", (X, 5, 2), {"axis": 1, "mode": "wrap"}),
    ("savgol_filter", (X, 5, 2), {"mode": "constant", "cval": "a"}),
    ("savgol_filter", (X, 5, 2), {"deriv": 1, "delta": 0.0}),
    ("savgol_filter", (5.0, 5, 2), {}),
    ("savgol_filter", (X, 5.0, 2), {}),
    ("savgol_filter", ([], 5, 2), {}),
]


@pytest.mark.parametrize(("name", "arguments", "options"), WRONG)
def test_wrong_arguments(
    name: str, arguments: tuple[Any, ...], options: dict[str, Any]
) -> None:
    assert_same_error(name, *arguments, **options)


def test_what_scipy_accepts_beside_numbers_of_samples() -> None:
    """A degree below zero, a window of floating-point type, other array libraries."""
    np.testing.assert_array_equal(signal.savgol_coeffs(5, -1), np.zeros(5))
    np.testing.assert_array_equal(signal.savgol_coeffs(5, 2, 3), np.zeros(5))
    np.testing.assert_allclose(
        signal.savgol_coeffs(5.0, 2), signal.savgol_coeffs(5, 2), atol=1e-15
    )
    with without_scipy():
        got = signal.savgol_coeffs(5, 2, xp=np)
    np.testing.assert_array_equal(got, signal.savgol_coeffs(5, 2))
    filtered = signal.savgol_filter(np.ma.array(X), 5, 2)
    np.testing.assert_allclose(filtered, X, atol=1e-12)
