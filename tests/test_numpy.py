"""pyconvolve.numpy against numpy: names, signatures, results, errors."""

import copy
import inspect
import itertools
import math
import pickle
import warnings
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import reference
import signatures
from hypothesis import given
from hypothesis import strategies as st
from problems import DTYPES, FUNCTIONS, MODES, any_values, small_integers

import pyconvolve
from pyconvolve import numpy as ours
from pyconvolve._core import api
from pyconvolve._core.arguments import Comparison
from pyconvolve._scipy.choice import numpy_prefers_sums

METHODS = ["auto", "direct", "fft"]
every_function = pytest.mark.parametrize("name", FUNCTIONS)


def both(name: str) -> tuple[Any, Any]:
    return getattr(ours, name), getattr(np, name)


def outcome(function: Any, *args: Any, **kwargs: Any) -> Any:
    """Return the result of a call, or its error."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = function(*args, **kwargs)
        except Exception as error:
            result = type(error), str(error)
    return result, [(each.category, str(each.message)) for each in caught]


def assert_same(name: str, *args: Any, times: int = 3) -> None:
    """Compare results or errors, also of calls whose plan is known."""
    function, theirs = both(name)
    want, warned = outcome(theirs, *args)
    for _ in range(times):
        got, also_warned = outcome(function, *args)
        assert also_warned == warned
        if isinstance(want, tuple):
            assert got == want
        else:
            np.testing.assert_array_equal(got, want, strict=True)


def rounding(name: str, a: np.ndarray, v: np.ndarray, mode: str) -> Any:
    """Return a bound for the errors of sums, ours and NumPy's together."""
    dtype = np.result_type(a, v)
    if dtype.kind not in "fc":
        return 0
    single = dtype == np.float16
    eps = np.finfo(np.float32 if single else dtype).eps
    sizes = (abs(each.astype(np.clongdouble)) for each in (a, v))
    scale = getattr(np, name)(*sizes, mode)
    taps = min(a.size, v.size)
    return 2 * scale * (eps * (4 + math.sqrt(taps)) + single * np.finfo("f2").eps)


@every_function
def test_signatures_begin_with_numpys(name: str) -> None:
    added = signatures.added(*both(name))
    assert [each.name for each in added] == ["method", "out", "workers"]


def test_every_other_name_is_numpys() -> None:
    assert {*dir(np)} <= {*dir(ours)}
    for name, value in vars(np).copy().items():
        if name not in FUNCTIONS and name != "__path__" and name not in vars(ours):
            assert getattr(ours, name) is value
    assert {*ours.__all__} == {*np.__all__}
    assert {*vars(ours)} & {*np.__all__} == {*FUNCTIONS}
    assert ours.float64 is np.float64
    assert ours.linalg is np.linalg
    assert ours.__version__ == np.__version__
    assert pyconvolve.numpy is ours
    assert "numpy" in dir(pyconvolve)
    with pytest.raises(AttributeError, match="no_such"):
        ours.no_such_name  # noqa: B018
    with pytest.raises(ModuleNotFoundError, match="not a package"):
        exec("import pyconvolve.numpy.linalg")


def test_import_of_all_names(python: Callable[..., Any]) -> None:
    done = python(
        "from pyconvolve.numpy import *\n"
        "import numpy, pyconvolve.numpy, sys\n"
        "print(convolve is pyconvolve.numpy.convolve, array is numpy.array)\n"
        "print(numpy.convolve is convolve, 'scipy.signal' in sys.modules)\n"
    )
    assert done.stdout == "True True\nFalse False\n", done.stderr


@every_function
def test_functions_are_proper_ones(name: str) -> None:
    function, theirs = both(name)
    assert name in (inspect.getdoc(function) or "")
    assert repr(function) == f"<function pyconvolve.numpy.{name}>"
    assert pickle.loads(pickle.dumps(function)) is function
    assert copy.deepcopy(function) is function
    assert function == theirs
    assert theirs == function
    assert function != FUNCTIONS
    assert {theirs: 1}[function] == {function: 1}[theirs] == 1
    assert ours.convolve != ours.correlate


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", [*DTYPES, np.dtype("O")], ids=str)
@every_function
def test_short_arrays(name: str, dtype: np.dtype, mode: str) -> None:
    """Sums of these integers are exact in every type."""
    for n, k in itertools.product(range(8), repeat=2):
        a, v = small_integers((n,), dtype), small_integers((k,), dtype, seed=1)
        assert_same(name, a, v, mode)


@pytest.mark.parametrize("second", [">i2", "f4", "u8", ">c8", "?", "f2"])
@pytest.mark.parametrize("first", [">f8", "u1", "i8", ">c16", "?", ">u4", "g"])
@every_function
def test_promotion(name: str, first: str, second: str) -> None:
    for n, k in ((5, 3), (3, 5)):
        a, v = small_integers((n,), first), small_integers((k,), second, seed=1)
        for mode in MODES:
            assert_same(name, a, v, mode)
            assert_same(name, a[::-1], np.repeat(v, 2)[::2], mode)


@st.composite
def views(draw: st.DrawFn, length: int) -> np.ndarray:
    """Draw a one-dimensional array of any type, byte order and stride."""
    dtype = draw(st.sampled_from(DTYPES))
    step = draw(st.sampled_from([1, 1, 2, 3, -1, -2]))
    whole = (length * abs(step),)
    seed = draw(st.integers(0, 999))
    make = draw(st.sampled_from([any_values, small_integers]))
    array = make(whole, dtype, seed).astype(dtype.newbyteorder(draw(order)))
    return array[::step]


order = st.sampled_from("<>")


@given(
    st.data(),
    st.sampled_from(FUNCTIONS),
    st.sampled_from(MODES),
    st.sampled_from(METHODS),
    st.integers(1, 60),
    st.integers(1, 60),
)
def test_any_arrays(
    data: st.DataObject, name: str, mode: str, method: str, n: int, k: int
) -> None:
    a, v = data.draw(views(n)), data.draw(views(k))
    function, theirs = both(name)
    with np.errstate(all="ignore"):
        got, want = function(a, v, mode, method=method), theirs(a, v, mode)
        bound = rounding(name, a, v, mode)
    if method == "fft" and want.dtype.kind in "fc":
        bound = bound + 2 * reference.transform_bound(a, v)
    assert got.dtype == want.dtype
    assert got.shape == want.shape
    if want.dtype.kind in "fc":
        assert (abs(got.astype(np.clongdouble) - want) <= bound).all()
    else:
        np.testing.assert_array_equal(got, want)
    np.testing.assert_array_equal(function(a, v, mode, method=method), got)


@pytest.mark.parametrize("lengths", [(3000, 700), (700, 3000), (20_000, 20_000)])
@pytest.mark.parametrize("dtype", ["i4", "u8", "f4", "f8", "c16"])
@every_function
def test_long_arrays(name: str, dtype: str, lengths: tuple[int, int]) -> None:
    """Integers are exact whichever engine sums them."""
    a, v = any_values(lengths[:1], dtype), any_values(lengths[1:], dtype, seed=1)
    function, theirs = both(name)
    for mode in MODES:
        want = theirs(a, v, mode)
        for method in ("auto", "fft"):
            got = function(a, v, mode, method=method)
            bound = 0 if want.dtype.kind in "iu" else reference.transform_bound(a, v)
            np.testing.assert_allclose(got, want, 0, bound, strict=True)


@pytest.mark.parametrize(
    "inputs",
    [
        (3, [1, 2]),
        ([1, 2], 3),
        (3, 4.5),
        (True, [False, True]),
        ((1, 2), (3.5,)),
        (np.float32(2), np.ones(3, np.float32)),
        (np.ones(3, np.float32), 2.0),
        ([2**70, 1], [1, 2]),
        ([1, 2, 3], [Decimal(1), Decimal(2)]),
        ([Fraction(1, 3)] * 4, [Fraction(1, 2), 1]),
        (range(5), range(3)),
        pytest.param((memoryview(b"abc"), [1]), id="memoryview"),
        ([], [1]),
        ([1], []),
        ([], []),
        (np.ones(2), np.ones(0)),
        (np.ones((2, 2)), [1]),
        ([1], np.ones((2, 2))),
        ([1, 2, 3], np.ones((2, 2))),
        (np.ones((0, 2)), [1]),
        (np.ones((2, 0)), np.ones((3, 0))),
        ("ab", [1]),
        (["a"], ["b"]),
        (None, [1]),
        ([None], [1]),
        ({}, [1]),
        (np.array([1, 2], "m8[s]"), [2]),
        (np.array([1], "m8[s]"), [2.5]),
        (np.array(["2020"], "M8[s]"), [1]),
        (np.array([(1, 2)], "i,i"), [1]),
    ],
    ids=str,
)
@every_function
def test_inputs(name: str, inputs: tuple[Any, Any]) -> None:
    for mode in (*MODES, "bogus"):
        assert_same(name, *inputs, mode)
    assert_same(name, *inputs)


@every_function
def test_ragged_lists(name: str) -> None:
    assert_same(name, [[1, 2], [3]], [1])


@pytest.mark.parametrize(
    "mode",
    [
        *("f", "F", "s", "v", "SAME", "Full", "sam", "valid ", "fullx", "x", ""),
        *(0, 1, 2, -1, 3, 2**40, np.int64(1), np.array(1), np.str_("same")),
        *(True, False, np.True_, 1.0, None, b"full", [1], ["full"], {}),
    ],
    ids=repr,
)
@every_function
def test_modes_of_the_installed_numpy(name: str, mode: Any) -> None:
    assert_same(name, np.arange(5.0), np.arange(1.0, 4), mode)
    assert_same(name, [1, 2], [3, 4, 5], mode)
    assert_same(name, np.ones((2, 2)), [1], mode)
    assert_same(name, [], [1], mode)


@every_function
def test_wrong_calls(name: str) -> None:
    function, theirs = both(name)
    for args, kwargs in (
        ((), {}),
        (([1],), {}),
        (([1], [2], "full", 4), {}),
        (([1], [2]), {"bogus": 1}),
    ):
        got, _ = outcome(function, *args, **kwargs)
        assert got[0] is outcome(theirs, *args, **kwargs)[0][0] is TypeError
    a, v = np.arange(4.0), np.ones(2)
    for _ in range(3):
        assert function(a=a, v=v, mode="same").size == 4
        for inputs in ((a, v), (a.astype(object), v)):
            with pytest.raises(ValueError, match="method must be"):
                function(*inputs, method="bogus")
            with pytest.raises(ValueError, match="method must be"):
                function(*inputs, method=[1])
            with pytest.raises(ValueError, match="workers must be"):
                function(*inputs, workers=0)
            with pytest.raises(ValueError, match="out must have the shape"):
                function(*inputs, "same", out=np.ones(3))
            with pytest.raises(TypeError, match="out must have the dtype"):
                function(*inputs, "same", out=np.ones(4, "f4"))
            with pytest.raises(TypeError, match="out must be a NumPy array"):
                function(*inputs, out=[1])


@pytest.mark.parametrize("dtype", ["f8", "i4", "c8", "O"])
@every_function
def test_out(name: str, dtype: str) -> None:
    function, theirs = both(name)
    for n, k in ((7, 3), (3, 7)):
        a, v = small_integers((n,), dtype), small_integers((k,), dtype, seed=1)
        for mode in MODES:
            want = theirs(a, v, mode)
            for step in (1, 2, -1):
                whole = np.zeros(abs(step) * want.size, dtype)
                out = whole[::step]
                assert function(a, v, mode, out=out) is out
                np.testing.assert_array_equal(out, want, strict=True)
                assert np.count_nonzero(whole) == np.count_nonzero(want)
        for target in (a, v):
            if target.size == 7:
                want = theirs(a, v, "same")
                assert function(a, v, "same", out=target) is target
                np.testing.assert_array_equal(target, want)


@every_function
def test_workers(name: str) -> None:
    function, _ = both(name)
    a, v = any_values((300_000,), "f8"), any_values((40,), "f8", seed=1)
    for method in METHODS:
        one = function(a, v, "same", method=method, workers=1)
        two = function(a, v, "same", method=method, workers=2)
        assert (one == two).all()


@pytest.mark.parametrize("special", [np.nan, np.inf, -np.inf])
@every_function
def test_numbers_that_are_not_finite(name: str, special: float) -> None:
    for n, k, at in itertools.product((2, 5, 9), (1, 4, 9), (0, -1)):
        for which in (0, 1):
            arrays = small_integers((n,), "f8"), small_integers((k,), "f8", seed=1)
            arrays[which][at] = special
            for mode in MODES:
                assert_same(name, *arrays, mode, times=2)


@pytest.mark.parametrize("dtype", ["f4", "f8", "c16"])
@every_function
def test_sums_unless_transforms_are_twice_as_fast(name: str, dtype: str) -> None:
    """Samples keep digits that rounding of transforms would hide behind larger ones."""
    function, theirs = both(name)
    rng = np.random.default_rng(0)
    summed = transformed = 0
    for samples, taps in [(30, 30), (400, 70), (1000, 60), (3000, 130), (9000, 5000)]:
        a, v = rng.random(samples).astype(dtype), rng.random(taps).astype(dtype)
        a[samples // 2 :] *= 1e-9
        seconds = pyconvolve.explain(a, v).seconds
        got, want = function(a, v, "full"), theirs(a, v, "full")
        if seconds["direct"] <= 2 * seconds["fft"]:
            summed += 1
            assert abs(got / want - 1).max() < 200 * np.finfo(dtype).eps
        else:
            transformed += 1
            assert (got == function(a, v, "full", method="fft")).all()
    assert summed > 1
    assert transformed


@pytest.mark.parametrize(("dtype", "prefers"), [("f4", True), ("c16", True), ("i4", 0)])
def test_choice(dtype: str, prefers: bool) -> None:
    how = ours._CONVOLVE["full", "auto"]
    call = Comparison(how, (9,), (3,), np.dtype(dtype), sums=2.0, transforms=1.0)
    assert numpy_prefers_sums(call) == prefers
    assert not numpy_prefers_sums(call._replace(sums=2.1))


class Overriding:
    """Overrides NumPy's functions (NEP 18)."""

    def __array_function__(
        self, function: Any, types: Any, args: Any, kwargs: Any
    ) -> Any:
        return function, args, kwargs


class Container:
    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return np.arange(5, dtype=dtype or "f8")


class Subclass(np.ndarray):
    pass


@every_function
def test_arrays_of_other_libraries_go_to_numpy(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    function, theirs = both(name)
    x, v = np.arange(5.0), np.ones(2)
    masked = np.ma.masked_greater(x, 3)
    overriding = Overriding()
    assert function(overriding, v) == theirs(overriding, v)
    assert function(v, overriding, "same") == theirs(v, overriding, "same")
    assert function(v, overriding)[0] is theirs
    monkeypatch.setattr(api, "execute", None)
    for foreign in (masked, x.view(Subclass), Container(), range(5)):
        for inputs in ((foreign, v), (v, foreign)):
            got, want = function(*inputs, "same"), theirs(*inputs, "same")
            assert type(got) is type(want)
            np.testing.assert_array_equal(got, want)
            for added in ({"workers": 1}, {"method": "fft"}, {"out": v}):
                with pytest.raises(TypeError, match=f"{min(added)} must be left out"):
                    function(*inputs, **added)


def test_memory_maps_are_summed_here(tmp_path: Path) -> None:
    x = np.memmap(tmp_path / "samples", "f8", "w+", shape=(9,))
    x[...] = range(9)
    got = ours.convolve(x, [1, 1], "same", workers=1)
    assert type(got) is np.ndarray
    np.testing.assert_array_equal(got, np.convolve(x, [1, 1], "same"))
