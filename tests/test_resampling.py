"""upfirdn, resample_poly and decimate: inserted zeros, SciPy's results and errors."""

import tracemalloc
from typing import Any

import numpy as np
import pytest
import scipy.signal
from filter_checks import assert_same_error, assert_scipys, without_scipy
from hypothesis import given
from hypothesis import strategies as st
from problems import small_integers

from pyconvolve import signal
from pyconvolve._scipy import continued

BOUNDARIES = ["constant", "wrap", "edge", "symmetric", "reflect"]
MODES = [*BOUNDARIES, "smooth", "antisymmetric", "antireflect", "line"]
BACKGROUNDS = ["mean", "median", "minimum", "maximum"]
INTEGERS = ["i2", "i8", "u1", "?"]
TYPES = ["f4", "f8", "c8", "c16", ">f4", "e", *INTEGERS]


@pytest.fixture(params=["copied", "parts"])
def parts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Extrapolate short signals like long ones, too: near both ends only."""
    if request.param == "parts":
        monkeypatch.setattr(continued, "_COPIED", 0)


def padded(x: np.ndarray, width: int, mode: str, cval: float) -> np.ndarray:
    """Continue a signal of two samples at least, by numpy.pad or sample by sample."""
    if mode == "constant":
        return np.pad(x, width, constant_values=cval)
    if mode in BOUNDARIES:
        return np.pad(x, width, mode)
    if mode in ("antisymmetric", "antireflect"):
        kind = {"antisymmetric": "symmetric", "antireflect": "reflect"}[mode]
        if mode == "antireflect":
            return np.pad(x, width, kind, reflect_type="odd")
        n = np.arange(-width, x.size + width) // x.size
        return np.pad(x, width, kind) * (1 - 2 * (n % 2))
    steps = np.arange(1, width + 1)
    slopes = x[1] - x[0], x[-1] - x[-2]
    if mode == "line":
        slopes = ((x[-1] - x[0]) / (x.size - 1),) * 2
    before = x[0] - steps[::-1] * slopes[0]
    return np.concatenate([before, x, x[-1] + steps * slopes[1]])


@pytest.mark.usefixtures("parts")
@given(
    st.integers(2, 30),
    st.integers(1, 40),
    st.integers(1, 6),
    st.integers(1, 6),
    st.sampled_from(MODES),
    st.integers(0, 99),
)
def test_zeros_are_inserted(
    samples: int, taps: int, up: int, down: int, mode: str, seed: int
) -> None:
    x, h = small_integers((samples,), "f8", seed), small_integers((taps,), "f8", seed)
    longer = padded(x, taps, mode, -2)
    spread = np.zeros((longer.size, up))
    spread[:, 0] = longer
    first = taps * up
    count = (samples - 1) * up + taps
    want = np.convolve(spread.ravel(), h)[first : first + count : down]
    with without_scipy():
        got = signal.upfirdn(h, x, up, down, mode=mode, cval=-2)
    np.testing.assert_allclose(got, want, rtol=0, atol=1e-11)


def test_convolve_takes_the_same_arguments() -> None:
    x, h = small_integers((20,), "f8"), small_integers((7,), "f8", 1)
    want = signal.upfirdn(h, x, 3, 2)
    got = signal.convolve(x, h, upsample=3, stride=2)
    np.testing.assert_array_equal(got, want)
    got = signal.correlate(x, h[::-1], upsample=3, stride=2)
    np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("taps", ["f4", "f8", "c8", "e", "i4"])
@pytest.mark.parametrize("axis", [0, 1, -2])
def test_types_of_upfirdn(mode: str, dtype: str, taps: str, axis: int) -> None:
    h = small_integers((7,), taps)
    x = small_integers((6, 9), dtype, 1)
    assert_scipys("upfirdn", h, x, 3, 2, axis, mode, tolerance=20)


@pytest.mark.usefixtures("parts")
@given(
    st.integers(1, 40),
    st.integers(1, 60),
    st.integers(1, 9),
    st.integers(1, 9),
    st.sampled_from(MODES),
    st.sampled_from([0, 2.5, -1]),
)
def test_scipys_upfirdn(
    samples: int, taps: int, up: int, down: int, mode: str, cval: float
) -> None:
    if mode in ("reflect", "smooth", "antireflect", "line"):
        samples += 1
    h, x = small_integers((taps,), "f8"), small_integers((2, samples), "f8", 1)
    assert_scipys("upfirdn", h, x, up, down, 1, mode.upper(), cval, tolerance=500)


@pytest.mark.parametrize("mode", MODES[1:])
def test_one_sample_continues(mode: str) -> None:
    """SciPy divides by zero, or reads memory outside of the array."""
    got = signal.upfirdn([1, 2, 4], [[3]], 2, mode=mode)
    sign = -1 if mode == "antisymmetric" else 1
    np.testing.assert_array_equal(got, [[3 + sign * 12, 6, 12 + sign * 3]])


@pytest.mark.usefixtures("parts")
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("bad", [0, 1, 15, 28, 29])
def test_missing_samples_reach_no_further(mode: str, value: float, bad: int) -> None:
    x = np.arange(30.0)
    x[bad] = value
    # SciPy adds zeros to taps whose number is no multiple of 2, and sums them
    taps = np.arange(1, 13)
    got = signal.upfirdn(taps, x, 2, 3, mode=mode)
    want = scipy.signal.upfirdn(taps, x, 2, 3, mode=mode)
    np.testing.assert_array_equal(np.isfinite(got), np.isfinite(want))


@pytest.mark.parametrize("padtype", [*MODES, *BACKGROUNDS])
@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("rates", [(3, 2), (2, 3), (10, 4), (1, 7), (5, 1)])
def test_types_of_resample_poly(padtype: str, dtype: str, rates: Any) -> None:
    x = small_integers((3, 25), dtype)
    if dtype == "?" and padtype in ("minimum", "maximum"):
        assert_same_error("resample_poly", x, *rates, 1, padtype=padtype)
        return
    if dtype in INTEGERS and not scipy.signal.resample_poly([1, 1], 2, 1).any():
        pytest.skip("SciPy 1.13 rounds taps to integers")
    if dtype == "u1" and padtype == "maximum":
        pytest.skip("SciPy subtracts the maximum of bytes modulo 256")
    # SciPy subtracts the background in the type of the signal
    tolerance = 2e4 if dtype == "e" else 100
    options = {"padtype": padtype, "tolerance": tolerance}
    assert_scipys("resample_poly", x, *rates, 1, **options)
    assert_scipys("resample_poly", x.T, *rates, **options)


@given(
    st.integers(2, 30),
    st.integers(1, 9),
    st.integers(1, 9),
    st.integers(1, 30),
    st.sampled_from([*MODES, *BACKGROUNDS]),
    st.sampled_from(["f4", "f8", "i4", "c8"]),
)
def test_windows_of_any_length(
    samples: int, up: int, down: int, taps: int, padtype: str, dtype: str
) -> None:
    """Outputs that no tap reaches are zero."""
    x, window = small_integers((samples,), "f8"), small_integers((taps,), dtype, 1)
    options = {"window": window, "padtype": padtype, "tolerance": 1e3}
    before = window.copy()
    assert_scipys("resample_poly", x, up, down, **options)
    np.testing.assert_array_equal(window, before)


@pytest.mark.parametrize("window", ["hann", ("kaiser", 3.0), 5.0, 4, [1, 2.0, 3], [2]])
@pytest.mark.parametrize("cval", [None, 2, -1.5])
def test_windows(window: Any, cval: Any) -> None:
    x = np.random.default_rng(0).standard_normal(50)
    for _ in range(2):
        assert_scipys("resample_poly", x, 4, 6, window=window, cval=cval, tolerance=100)
    if isinstance(window, list):
        assert_scipys("resample_poly", x, 4, 6, window=window, cval=1.0, tolerance=100)


def test_equal_rates_copy() -> None:
    x = np.arange(5)
    got = assert_scipys("resample_poly", x, 3, 3)
    assert not np.shares_memory(got, x)
    out = np.empty(5, int)
    assert signal.resample_poly(x, 1, 1, out=out) is out
    np.testing.assert_array_equal(out, x)


def test_backgrounds_of_bytes_do_not_wrap() -> None:
    """SciPy subtracts the maximum of bytes modulo 256."""
    x = np.array([10, 20, 30, 20, 10] * 9, "u1")
    want = scipy.signal.resample_poly(x.astype(float), 2, 1, padtype="maximum")
    got = signal.resample_poly(x, 2, 1, padtype="maximum")
    np.testing.assert_allclose(got, want, rtol=1e-12)
    assert abs(scipy.signal.resample_poly(x, 2, 1, padtype="maximum") - got).max() > 9


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("zero_phase", [True, False])
@pytest.mark.parametrize("n", [None, 0, 7])
@pytest.mark.parametrize("axis", [0, 1, -2])
def test_types_of_decimate(
    dtype: str, zero_phase: bool, n: int | None, axis: int
) -> None:
    x = small_integers((50, 41), dtype)
    for q in (2, 5):
        options = {"axis": axis, "zero_phase": zero_phase, "tolerance": 100}
        assert_scipys("decimate", x, q, n, "fir", **options)
        system = scipy.signal.dlti([1, 2, 3.0], [2.0])
        assert_scipys("decimate", x, q, n, system, **options)
        assert_scipys("decimate", x, q, n, system.to_zpk(), **options)


def test_decimation_with_feedback_is_scipys() -> None:
    x = np.random.default_rng(0).standard_normal(200)
    for ftype in ("iir", scipy.signal.dlti([1.0], [1.0, -0.5])):
        want = scipy.signal.decimate(x, 3, ftype=ftype)
        np.testing.assert_array_equal(signal.decimate(x, 3, ftype=ftype), want)
        out = np.empty(want.shape)
        assert signal.decimate(x, 3, ftype=ftype, out=out) is out
        np.testing.assert_array_equal(out, want)


@pytest.mark.usefixtures("parts")
@pytest.mark.parametrize(
    ("name", "arguments", "options"),
    [
        *(("upfirdn", (np.arange(9.0), 0, 2, 3, 0), {"mode": m}) for m in MODES),
        ("resample_poly", (0, 3, 2), {}),
        ("resample_poly", (0, 3, 2), {"padtype": "mean"}),
        ("resample_poly", (0, 3, 2), {"padtype": "line"}),
        ("decimate", (0, 4), {"ftype": "fir", "axis": 0}),
        ("decimate", (0, 4), {"ftype": "fir", "axis": 0, "zero_phase": False}),
    ],
)
def test_out_and_workers(name: str, arguments: Any, options: Any) -> None:
    x = small_integers((60, 4), "f8")
    function = getattr(signal, name)
    # the signal takes the place of 0
    given_x = [x if isinstance(a, int) and a == 0 else a for a in arguments]
    if name == "upfirdn":
        given_x[-1] = 0
    want = function(*given_x, **options)
    out = np.empty(want.shape, order="F")
    assert function(*given_x, out=out, workers=2, **options) is out
    np.testing.assert_array_equal(out, want)
    with pytest.raises(ValueError, match="out must have the shape"):
        function(*given_x, out=np.empty(3), **options)


@pytest.mark.usefixtures("parts")
@pytest.mark.parametrize("mode", MODES)
def test_out_may_overlap_the_signal(mode: str) -> None:
    memory = np.zeros(60)
    memory[:40] = small_integers((40,), "f8")
    x, out = memory[:40], memory[8:52]
    want = signal.upfirdn(np.arange(1, 6), x, mode=mode)
    assert signal.upfirdn(np.arange(1, 6), x, mode=mode, out=out) is out
    np.testing.assert_array_equal(out, want)


def test_long_signals_are_not_copied() -> None:
    x = np.ones(1_000_000)
    for mode in MODES:
        out = np.empty(500_005)
        signal.upfirdn(np.ones(10), x, 1, 2, mode=mode, out=out)
        tracemalloc.start()
        signal.upfirdn(np.ones(10), x, 1, 2, mode=mode, out=out)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < x.nbytes / 4


X = np.arange(40.0)
WRONG: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("upfirdn", ([[1, 1]], X), {}),
    ("upfirdn", ([], X), {}),
    ("upfirdn", ([1, 1], X), {"up": 0}),
    ("upfirdn", ([1, 1], X), {"down": -1}),
    ("upfirdn", ([1, 1], X), {"up": "a"}),
    ("upfirdn", ([1, 1], X), {"up": np.nan}),
    ("upfirdn", ([1, 1], X), {"axis": 1}),
    ("upfirdn", ([1, 1], X), {"axis": 0.5}),
    ("upfirdn", ([1, 1], 5.0), {}),
    ("upfirdn", ([1, 1], X), {"mode": "bogus"}),
    ("upfirdn", ([1, 1], X), {"mode": "periodic"}),
    ("upfirdn", ([1, 1], X), {"mode": 3}),
    ("upfirdn", ([1, 1], X), {"cval": 1j}),
    ("upfirdn", ([1, 1], X), {"cval": "a"}),
    ("upfirdn", ([1, 1], X), {"cval": [1]}),
    ("upfirdn", ([1, 1], X), {"mode": "edge", "cval": "a"}),
    ("upfirdn", ([1, 1], X.astype("g")), {}),
    ("upfirdn", ([1, 1], np.array([1, 2], object)), {}),
    ("upfirdn", (["a"], X), {}),
    ("resample_poly", (X, 2.5, 1), {}),
    ("resample_poly", (X, 2, 1.5), {}),
    ("resample_poly", (X, 0, 1), {}),
    ("resample_poly", (X, 2, -1), {}),
    ("resample_poly", (X, "2", 1), {}),
    ("resample_poly", (X, 2, 1), {"padtype": "bogus"}),
    ("resample_poly", (X, 2, 1), {"padtype": "Edge"}),
    ("resample_poly", (X, 2, 1), {"padtype": "mean", "cval": 1}),
    ("resample_poly", (X, 2, 1), {"cval": 1j}),
    ("resample_poly", (X, 2, 1), {"window": "bogus"}),
    ("resample_poly", (X, 2, 1), {"window": ("general_cosine", [1, 2])}),
    ("resample_poly", (X, 2, 1), {"window": [[1, 2]]}),
    ("resample_poly", (X, 2, 1), {"window": np.array(2)}),
    ("resample_poly", (X, 2, 1), {"window": np.array([200, 200], "u1") > 1}),
    ("resample_poly", (X, 2, 1), {"axis": 1}),
    ("resample_poly", (X.astype("g"), 2, 1), {}),
    ("resample_poly", (3.0, 2, 1), {}),
    ("decimate", (X, 4.0), {"ftype": "fir"}),
    ("decimate", (X, 0), {"ftype": "fir"}),
    ("decimate", (X, 1), {"ftype": "fir"}),
    ("decimate", (X, 4), {"ftype": "fir", "n": -1}),
    ("decimate", (X, 4), {"ftype": "fir", "n": 2.5}),
    ("decimate", (X, 4), {"ftype": "bogus"}),
    ("decimate", (X, 4), {"ftype": ([1, 1], [1])}),
    ("decimate", (X, 4), {"ftype": "fir", "axis": 1}),
    ("decimate", (X, 4), {"ftype": "fir", "axis": 1, "zero_phase": False}),
    ("decimate", (3.0, 4), {"ftype": "fir"}),
]


@pytest.mark.parametrize(("name", "arguments", "options"), WRONG)
def test_wrong_arguments(
    name: str, arguments: tuple[Any, ...], options: dict[str, Any]
) -> None:
    assert_same_error(name, *arguments, **options)


@pytest.mark.parametrize("x", [[], np.zeros((0, 3)), np.zeros((3, 0))])
def test_empty_signals_are_scipys(x: Any) -> None:
    for name, arguments in (
        ("upfirdn", ([1, 1], x, 2)),
        ("resample_poly", (x, 2, 3)),
    ):
        got = getattr(signal, name)(*arguments)
        want = getattr(scipy.signal, name)(*arguments)
        np.testing.assert_array_equal(got, want, strict=True)
