"""lfilter and filtfilt of filters without feedback: SciPy's results and errors."""

from typing import Any

import numpy as np
import pytest
import scipy.signal
from filter_checks import assert_same_error, assert_scipys, outcome, without_scipy
from hypothesis import given
from hypothesis import strategies as st
from problems import small_integers

from pyconvolve import signal

TYPES = ["f4", "f8", "g", "c8", "c16", "G"]
PADDINGS = ["odd", "even", "constant", None]


@pytest.mark.parametrize("taps", ["i8", *TYPES])
@pytest.mark.parametrize("samples", ["i2", "?", ">f4", "e", *TYPES])
@pytest.mark.parametrize("denominator", [2.0, np.float32(1), [4], np.array([2j], "c8")])
def test_types(taps: str, samples: str, denominator: Any) -> None:
    b, x = small_integers((5,), taps), small_integers((3, 9), samples, 1)
    dtype = np.result_type(b, np.atleast_1d(denominator), x)
    if dtype.char not in "fdgFDG":
        assert_same_error("lfilter", b, denominator, x)
        return
    assert_scipys("lfilter", b, denominator, x)
    state = small_integers((3, 4), "f4", 2)
    assert_scipys("lfilter", b, denominator, x, zi=state)
    assert_scipys("lfilter", b, denominator, x, zi=state + 1j)


@given(
    st.lists(st.integers(1, 12), min_size=1, max_size=3),
    st.integers(1, 15),
    st.integers(-3, 2),
    st.booleans(),
    st.data(),
)
def test_any_state(
    shape: list[int], taps: int, axis: int, order_f: bool, data: st.DataObject
) -> None:
    """Integers, so that results are exact; states broadcast along other axes."""
    axis = axis % len(shape) - len(shape) * data.draw(st.booleans())
    x = small_integers(tuple(shape), "f8")
    x = np.asfortranarray(x) if order_f else x
    b = small_integers((taps,), "f8", 1)
    assert_scipys("lfilter", b, [2.0], x, axis)
    states = [data.draw(st.sampled_from([1, n])) for n in shape]
    states[axis] = taps - 1
    zi = small_integers(tuple(states), "f8", 2)
    assert_scipys("lfilter", b, [2.0], x, axis, zi)


def test_blocks_with_states_are_the_whole() -> None:
    """Blocks shorter than the filter, too."""
    x, b = small_integers((4, 100), "f8"), small_integers((9,), "f8", 1)
    zi, blocks = np.zeros((4, 8)), []
    for block in np.split(x, [3, 5, 40, 47, 99], axis=1):
        y, zi = signal.lfilter(b, 1.0, block, zi=zi)
        blocks.append(y)
    whole = signal.lfilter(b, 1.0, x)
    np.testing.assert_array_equal(np.concatenate(blocks, 1), whole)


@pytest.mark.parametrize("dtype", ["f4", "f8", "c8"])
@pytest.mark.parametrize("axis", [0, 1])
def test_long_filters(dtype: str, axis: int) -> None:
    """Transforms, too."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((300, 400)).astype(dtype)
    for taps in (64, 1000):
        b = scipy.signal.firwin(taps, 0.1).astype(dtype)
        assert_scipys("lfilter", b, np.float32(1), x, axis, tolerance=20)


def test_out_and_workers() -> None:
    x, b = small_integers((30, 40), "f8"), small_integers((9,), "f8", 1)
    want = signal.lfilter(b, 2.0, x, 0)
    in_place = x.copy()
    for array, out in ((x, np.empty_like(x, order="F")), (in_place, in_place)):
        assert signal.lfilter(b, 2.0, array, 0, out=out, workers=2) is out
        np.testing.assert_array_equal(out, want)
    state = small_integers((8, 1), "f8", 2)
    y, zf = scipy.signal.lfilter(b, 2.0, x, 0, state)
    in_place = x.copy()
    got, final = signal.lfilter(b, 2.0, in_place, 0, state, out=in_place)
    assert got is in_place
    np.testing.assert_array_equal(got, y)
    np.testing.assert_array_equal(final, zf)
    # filters with feedback are SciPy's
    y, zf = scipy.signal.lfilter([1.0, 2], [1, 0.5], x, zi=np.ones((30, 1)))
    got, final = signal.lfilter([1.0, 2], [1, 0.5], x, zi=np.ones((30, 1)), out=out)
    assert got is out
    np.testing.assert_array_equal(got, y)
    np.testing.assert_array_equal(final, zf)
    y = scipy.signal.lfilter([1.0, 2], [1, 0.5], x)
    assert signal.lfilter([1.0, 2], [1, 0.5], x, out=out) is out
    np.testing.assert_array_equal(out, y)
    with pytest.raises(TypeError, match="out must have the dtype"):
        signal.lfilter([1.0, 2], [1, 0.5], x, out=np.empty((30, 40), "f4"))


@pytest.mark.parametrize("taps", [2, 5, 8])
@pytest.mark.parametrize("dtype", ["f8", "g", "c16", "i2", "i8"])
@pytest.mark.parametrize("padtype", PADDINGS)
@pytest.mark.parametrize("padlen", [None, 0, 1, 5, 7, 25, -2])
@pytest.mark.parametrize("axis", [0, 1, -2])
def test_both_passes(
    taps: int, dtype: str, padtype: Any, padlen: int | None, axis: int
) -> None:
    x = small_integers((28, 26), dtype)
    b = small_integers((taps,), "i8", 1) + (taps == 5) * 1j
    assert_scipys("filtfilt", b, 2.0, x, axis, padtype, padlen, tolerance=20)


@given(st.integers(1, 60), st.integers(2, 20), st.integers(0, 70), st.data())
def test_any_padding(samples: int, taps: int, padlen: int, data: st.DataObject) -> None:
    x, b = small_integers((samples,), "f8"), small_integers((taps,), "f8", 1)
    padtype = data.draw(st.sampled_from(PADDINGS))
    if padtype is not None and padlen >= samples:
        assert_same_error("filtfilt", b, 1.0, x, -1, padtype, padlen)
    else:
        assert_scipys("filtfilt", b, 1.0, x, -1, padtype, padlen, tolerance=50)


@pytest.mark.parametrize(
    "types", [("f4", "f4"), ("f8", "f4"), ("i8", "e"), ("c8", "f4")]
)
def test_types_of_both_passes(types: tuple[str, str]) -> None:
    b = small_integers((5,), types[0])
    x = small_integers((40,), types[1], 1)
    assert_scipys("filtfilt", b, np.ones(1, types[0]), x, tolerance=20)


def test_long_filters_pass_twice() -> None:
    x = np.random.default_rng(0).standard_normal((3, 9000))
    for taps in (101, 2000):
        b = scipy.signal.firwin(taps, 0.1)
        for padlen in (None, 150):
            assert_scipys("filtfilt", b, 1.0, x, padlen=padlen, tolerance=20)


def test_reflections_of_bytes_do_not_wrap() -> None:
    """SciPy continues the signal in its own type, modulo 256."""
    x = np.arange(0, 250, 10, dtype="u1")
    got = signal.filtfilt([1, 1], 2.0, x)
    np.testing.assert_array_equal(got, np.arange(0, 250, 10))
    assert abs(scipy.signal.filtfilt([1, 1], 2.0, x) - x).max() > 50


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_missing_samples_reach_no_further(value: float) -> None:
    b = np.arange(1, 6.0)
    for bad in (0, 4, 20, 35, 39):
        x = np.arange(40.0)
        x[bad] = value
        with np.errstate(invalid="ignore"):
            for padtype in PADDINGS:
                want = scipy.signal.filtfilt(b, 1.0, x, padtype=padtype)
                got = signal.filtfilt(b, 1.0, x, padtype=padtype)
                np.testing.assert_array_equal(np.isfinite(got), np.isfinite(want))
        want = scipy.signal.lfilter(b, 1.0, x)
        np.testing.assert_array_equal(signal.lfilter(b, 1.0, x), want)


def test_out_of_both_passes() -> None:
    x, b = small_integers((40,), "f8"), small_integers((5,), "f8", 1)
    for options in ({}, {"padlen": 1}, {"method": "gust"}):
        want = signal.filtfilt(b, 1.0, x, **options)
        in_place = x.copy()
        got = signal.filtfilt(b, 1.0, in_place, out=in_place, workers=2, **options)
        assert got is in_place
        np.testing.assert_array_equal(got, want)


X = np.arange(40.0)
WRONG: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("lfilter", ([1, 1], [1], [1, 2, 3]), {}),
    ("lfilter", ([1, 1], [[1.0]], X), {}),
    ("lfilter", ([1, 1], [], X), {}),
    ("lfilter", ([[1, 1]], 1.0, X), {}),
    ("lfilter", ([], 1.0, X), {}),
    ("lfilter", ([1, 1], 1.0, 3.0), {}),
    ("lfilter", ([1, 1], 1.0, []), {}),
    ("lfilter", ([1, 1], 1.0, np.zeros((0, 3))), {}),
    ("lfilter", ([1, 1], 1.0, X), {"axis": 1}),
    ("lfilter", ([1, 1], 1.0, X), {"axis": 1, "zi": [1]}),
    ("lfilter", ([1, 1], 1.0, X), {"axis": 0.5}),
    ("lfilter", ([1, 1], 1.0, X), {"zi": [1, 2]}),
    ("lfilter", ([1, 1], 1.0, X), {"zi": [[1]]}),
    ("lfilter", ([1, 1], 1.0, X), {"zi": 1}),
    ("lfilter", ([1, 1, 1], 1.0, X.reshape(4, 10)), {"zi": np.ones((3, 2))}),
    ("lfilter", ([1, 1, 1], 1.0, X.reshape(4, 10)), {"zi": np.ones((4, 1))}),
    ("lfilter", (["a"], 1.0, X), {}),
    ("lfilter", (np.ones(2, "f2"), np.ones(1, "f2"), np.ones(3, "f2")), {}),
    ("filtfilt", ([1, 1], 1.0, X), {"padtype": "bogus"}),
    ("filtfilt", ([1, 1], 1.0, X), {"method": "bogus"}),
    ("filtfilt", ([1, 1], 1.0, X), {"padlen": 40}),
    ("filtfilt", ([1, 1], 1.0, X), {"padlen": 2.5}),
    ("filtfilt", ([1] * 20, 1.0, X), {}),
    ("filtfilt", ([1, 1], 1.0, X), {"axis": 1}),
    ("filtfilt", ([[1, 1]], 1.0, X), {}),
    ("filtfilt", ([], 1.0, X), {}),
    ("filtfilt", ([1], 1.0, X), {}),
    ("filtfilt", ([1, 1], 1.0, 5.0), {}),
    ("filtfilt", (np.ones(2, "f2"), np.ones(1, "f2"), X), {}),
]


@pytest.mark.parametrize(("name", "arguments", "options"), WRONG)
def test_wrong_arguments(
    name: str, arguments: tuple[Any, ...], options: dict[str, Any]
) -> None:
    assert_same_error(name, *arguments, **options)


def test_division_by_zero() -> None:
    for name in ("lfilter", "filtfilt"):
        functions = getattr(signal, name), getattr(scipy.signal, name)
        got, want = (outcome(function, [1, 1], 0.0, X) for function in functions)
        np.testing.assert_array_equal(got, want)
        assert np.isinf(got).any()


def test_feedback_objects_and_other_arrays_are_scipys() -> None:
    objects = np.array([1, 2, 3] * 9, object)
    for b, a, x in (
        ([1, 2], [1, 0.5], X),
        ([1, 2], 1, objects),
        ([1, 2], 1.0, np.ma.array(X)),
    ):
        for name in ("lfilter", "filtfilt"):
            got = getattr(signal, name)(b, a, x)
            want = getattr(scipy.signal, name)(b, a, x)
            np.testing.assert_array_equal(got, want, strict=True)
    with without_scipy(), pytest.raises(AssertionError):
        signal.lfilter([1, 2], [1, 0.5], X)
