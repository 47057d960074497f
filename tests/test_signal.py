"""pyconvolve.signal against scipy.signal: names, signatures, results, errors."""

import inspect
import warnings
from typing import Any

import numpy as np
import pytest
import reference
import scipy.signal
import signatures
from hypothesis import given
from hypothesis import strategies as st
from problems import MODES, any_values, small_integers

import pyconvolve
from pyconvolve import signal
from pyconvolve._scipy.names import NAMES

TWO_DIMENSIONAL = ["convolve2d", "correlate2d"]
BOUNDARIES = ["fill", "pad", "wrap", "circular", "symm", "symmetric"]
every_2d = pytest.mark.parametrize("name", TWO_DIMENSIONAL)


def both(name: str) -> tuple[Any, Any]:
    return getattr(signal, name), signal.originals[name][0]


def outcome(function: Any, *args: Any, **kwargs: Any) -> Any:
    """Return the result of a call, or the text of its ValueError."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return function(*args, **kwargs)
        except ValueError as error:
            return str(error)


@pytest.mark.parametrize("name", NAMES)
def test_signatures_begin_with_scipys(name: str) -> None:
    ours, theirs = both(name)
    if name == "sepfir2d":
        assert [*inspect.signature(ours).parameters][:3] == ["input", "hrow", "hcol"]
        return
    signatures.added(ours, theirs)


def test_every_other_name_is_scipys() -> None:
    for name in dir(scipy.signal):
        assert name in dir(signal)
        if name not in NAMES and not name.startswith("__"):
            assert getattr(signal, name) is getattr(scipy.signal, name)
    assert {*scipy.signal.__all__} == {*signal.__all__}
    names: dict[str, Any] = {}
    exec("from pyconvolve.signal import *", names)
    assert names["firwin"] is scipy.signal.firwin
    assert names["convolve"] is signal.convolve
    exec("import pyconvolve.signal.windows", names)
    exec("from pyconvolve.signal.windows import hann", names)
    assert names["hann"] is scipy.signal.windows.hann
    assert pyconvolve.signal is signal
    with pytest.raises(AttributeError, match="no_such"):
        signal.no_such_name  # noqa: B018


@pytest.mark.parametrize("name", NAMES)
def test_help(name: str) -> None:
    assert name in (inspect.getdoc(getattr(signal, name)) or "")


@given(
    st.sampled_from(TWO_DIMENSIONAL),
    st.sampled_from(MODES),
    st.sampled_from(BOUNDARIES),
    st.tuples(*[st.integers(1, 9)] * 2),
    st.tuples(*[st.integers(1, 9)] * 2),
    st.sampled_from(["i4", "u1", "f4", "f8", "c8", "c16", "g"]),
    st.sampled_from(["i4", "f8", "c16"]),
    st.integers(-3, 9),
)
def test_two_dimensions(
    name: str,
    mode: str,
    boundary: str,
    data: tuple[int, int],
    kernel: tuple[int, int],
    first: str,
    second: str,
    fill: int,
) -> None:
    ours, theirs = both(name)
    x, h = any_values(data, np.dtype(first)), any_values(kernel, np.dtype(second), 1)
    fill = abs(fill) if first == "u1" else fill
    want = outcome(theirs, x, h, mode, boundary, fill)
    got = outcome(ours, x, h, mode, boundary, fill)
    if isinstance(want, str):
        assert got == want
        return
    bound = reference.continued_bound(x, h, want.dtype, fill)
    np.testing.assert_allclose(got, want, 0, 2 * bound, strict=True)


@pytest.mark.parametrize("boundary", ["fill", "wrap", "symm"])
@every_2d
def test_large_kernels_with_boundaries(name: str, boundary: str) -> None:
    ours, theirs = both(name)
    x, h = any_values((60, 70), np.dtype("f8")), any_values((31, 26), np.dtype("f8"), 1)
    got, want = (f(x, h, "same", boundary, 2.5) for f in (ours, theirs))
    bound = reference.continued_bound(x, h, want.dtype, 2.5)
    np.testing.assert_allclose(got, want, 0, bound)
    out = np.empty_like(x)
    assert ours(x, h, "same", boundary, 2.5, out=out, workers=2) is out
    np.testing.assert_array_equal(out, got)


@every_2d
def test_two_dimensions_with_additions(name: str) -> None:
    ours, _ = both(name)
    x, h = small_integers((20, 21), "i4"), small_integers((4, 3), "i4", seed=1)
    whole = ours(x, h, "same", "symm")
    for method in ("direct", "fft"):
        got = ours(x, h, "same", "symm", method=method, stride=(2, 3))
        np.testing.assert_array_equal(got, whole[::2, ::3])
    spread = np.zeros((7, 5), "i4")
    spread[::2, ::2] = h
    want = ours(x, spread, "valid")
    np.testing.assert_array_equal(ours(x, h, "valid", dilation=2), want)


@pytest.mark.parametrize(
    "fill", [3, -1, 300, 1.5, -0.5, True, np.nan, np.inf, 1 + 2j, [3], [1, 2], []]
)
@pytest.mark.parametrize("dtype", ["u1", "i4", "f4", "c8"])
@every_2d
def test_fillvalues(name: str, dtype: str, fill: Any) -> None:
    x = np.arange(12).reshape(3, 4).astype(dtype)
    ours, theirs = both(name)
    got, want = (outcome(f, x, x[:2, :2], fillvalue=fill) for f in (ours, theirs))
    np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("lengths", [(1, 1), (3, 5), (5, 3), (4, 6), (6, 4), (7, 7)])
@pytest.mark.parametrize("mode", MODES)
def test_lags(mode: str, lengths: tuple[int, int]) -> None:
    got, want = (f(*lengths, mode) for f in both("correlation_lags"))
    if mode == "same" and lengths[0] % 2 and not lengths[1] % 2:
        # SciPy's lags are too large by one, as the next test shows
        want = want - 1
    np.testing.assert_array_equal(got, want, strict=True)
    with pytest.raises(ValueError, match="Mode bogus is invalid"):
        signal.correlation_lags(1, 2, "bogus")  # type: ignore[arg-type]


@pytest.mark.parametrize("mode", ["full", "same"])
@pytest.mark.parametrize("lengths", [(50, 1), (1, 50), (31, 30), (30, 31), (12, 5)])
def test_lags_tell_where_a_pattern_lies(lengths: tuple[int, int], mode: Any) -> None:
    x, h = np.zeros(lengths[0]), np.zeros(lengths[1])
    x[lengths[0] // 2] = h[lengths[1] // 2] = 1
    at = signal.correlation_lags(*lengths, mode)[signal.correlate(x, h, mode).argmax()]
    assert at == lengths[0] // 2 - lengths[1] // 2


@pytest.mark.parametrize("dtype", ["f4", "f8", "c8", "c16"])
@pytest.mark.parametrize("filters", [(3, 3), (5, 1), (1, 7), (9, 11)])
def test_separable_filters(dtype: str, filters: tuple[int, int]) -> None:
    image = any_values((12, 13), np.dtype(dtype))
    row, column = (any_values((n,), np.dtype(dtype), n) for n in filters)
    got, want = (f(image, row, column) for f in both("sepfir2d"))
    bound = reference.continued_bound(image, np.outer(column, row), got.dtype)
    np.testing.assert_allclose(got, want, 0, 2 * bound, strict=True)
    out = np.empty_like(got)
    assert signal.sepfir2d(image, row, column, out=out) is out
    np.testing.assert_array_equal(out, got)


@pytest.mark.parametrize(
    ("image", "filters"),
    [
        ((4, 4), [(3,), (2,)]),
        ((4, 4), [(4,), (3,)]),
        ((4,), [(3,), (3,)]),
        ((4, 4), [(1, 3), (3,)]),
        ((4, 4), [(3,), (3, 1)]),
        ((2, 4, 4), [(3,), (3,)]),
    ],
)
def test_separable_filters_that_do_not_fit(image: Any, filters: Any) -> None:
    arrays = [np.ones(shape) for shape in (image, *filters)]
    ours, theirs = (outcome(f, *arrays) for f in both("sepfir2d"))
    assert isinstance(ours, str)
    assert ours == theirs


def test_separable_filters_larger_than_the_image() -> None:
    """SciPy's function reads and writes outside of its arrays for these."""
    image = small_integers((3, 2), "f8")
    filters = small_integers((9,), "f8", seed=1), small_integers((11,), "f8", seed=2)
    kernel = np.outer(filters[1], filters[0])
    want = reference.convolve(image, kernel, "same", boundary="symmetric")
    np.testing.assert_array_equal(signal.sepfir2d(image, *filters), want)


WRONG_ARGUMENTS: list[tuple[tuple[str, ...], tuple[Any, ...], dict[str, Any]]] = [
    (("convolve", "correlate"), ((9,), (3,)), {"mode": "bogus"}),
    (("convolve", "correlate"), ((9,), (3,)), {"mode": None}),
    (("convolve", "correlate"), ((9,), (3,)), {"mode": 1}),
    (("convolve", "correlate"), ((9,), (3,)), {"method": "bogus"}),
    (("convolve", "correlate"), ((9,), (3, 3)), {}),
    (("convolve", "correlate"), ((), (3,)), {}),
    (("convolve", "correlate"), ((3, 5), (5, 3)), {"mode": "valid"}),
    (("fftconvolve", "oaconvolve"), ((9,), (3,)), {"mode": "bogus"}),
    (("fftconvolve", "oaconvolve"), ((9,), (3, 3)), {}),
    (("fftconvolve", "oaconvolve"), ((3, 5), (5, 3)), {"mode": "valid"}),
    (("fftconvolve", "oaconvolve"), ((3, 50), (2, 5)), {"axes": 1}),
    *(
        (("fftconvolve", "oaconvolve"), ((9, 9), (3, 3)), {"axes": axes})
        for axes in ((), (0, 0), 2, -3, 1.5, "0", (0, None), [0.0], (0, 2))
    ),
    (tuple(TWO_DIMENSIONAL), ((9,), (3,)), {}),
    (tuple(TWO_DIMENSIONAL), ((9, 9), (3, 3)), {"mode": "bogus"}),
    (tuple(TWO_DIMENSIONAL), ((9, 9), (3, 3)), {"boundary": "bogus"}),
    (tuple(TWO_DIMENSIONAL), ((3, 5), (5, 3)), {"mode": "valid"}),
    (("choose_conv_method",), ((9,), (3,)), {"mode": "bogus"}),
]


@pytest.mark.parametrize(("names", "shapes", "options"), WRONG_ARGUMENTS)
def test_errors_are_scipys(names: Any, shapes: Any, options: Any) -> None:
    for name in names:
        arrays = [np.ones(shape) for shape in shapes]
        ours, theirs = (outcome(f, *arrays, **options) for f in both(name))
        assert isinstance(theirs, str)
        # SciPy's convolve names the wrong mode only if it chooses the method
        assert ours.partition(", not")[0].rstrip(".") == (
            theirs.partition(", not")[0].rstrip(".")
        )


@pytest.mark.parametrize("name", ["convolve", "correlate", "fftconvolve", "oaconvolve"])
def test_every_argument_of_the_signature_may_be_given(name: str) -> None:
    function = getattr(signal, name)
    parameters = inspect.signature(function).parameters.values()
    defaults = {p.name: p.default for p in parameters if p.default is not p.empty}
    x, h = np.arange(9.0), np.array([1.0, 2.0])
    np.testing.assert_array_equal(function(x, h, **defaults), function(x, h))


@pytest.mark.parametrize("name", ["convolve", "correlate"])
def test_type_and_overflow(name: str) -> None:
    x, h = np.array([100, 200, 50], np.uint8), np.array([2, 1], np.uint8)
    ours, theirs = both(name)
    got = ours(x, h, dtype=np.uint8, overflow="saturate")
    assert got.dtype == np.uint8
    np.testing.assert_array_equal(got, np.clip(theirs(x.astype(int), h), 0, 255))


def test_unknown_arguments() -> None:
    for arguments, options in (((), {}), (([1], [2], "full", "auto", 1), {}),
                               (([1], [2]), {"bogus": 1})):  # fmt: skip
        with pytest.raises(TypeError, match=r"argument|convolve"):
            signal.convolve(*arguments, **options)


@pytest.mark.parametrize("dtype", ["i4", "u1", "?", "f2", "f4", "c16"])
@pytest.mark.parametrize("name", ["fftconvolve", "oaconvolve"])
@pytest.mark.parametrize(
    ("data", "kernel", "axes"),
    [
        ((), (), None),
        ((5,), (1,), None),
        ((1,), (5,), None),
        ((3, 4), (1, 1), None),
        ((3, 1), (1, 4), None),
        ((3, 4), (3, 1), 1),
        ((3, 1), (3, 4), (1,)),
    ],
)
def test_nothing_to_transform(
    data: Any, kernel: Any, axes: Any, name: str, dtype: str
) -> None:
    x, h = small_integers(data, dtype), small_integers(kernel, dtype, seed=1)
    for mode in ("full", "valid"):
        got, want = (f(x, h, mode, axes) for f in both(name))
        np.testing.assert_array_equal(got, want, strict=True)


@pytest.mark.parametrize("name", ["convolve", "correlate", "fftconvolve", "convolve2d"])
def test_arrays_of_other_libraries_go_to_scipy(name: str) -> None:
    ours, theirs = both(name)
    x, h = small_integers((6, 7), "f8"), small_integers((3, 2), "f8", seed=1)
    masked = np.ma.masked_greater(x, 3)

    class Container:
        def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
            return x.astype(dtype or x.dtype)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        matrix = np.asmatrix(x)
    for foreign in (masked, matrix, Container()):
        got, want = outcome(ours, foreign, h), outcome(theirs, foreign, h)
        assert type(got) is type(want)
        np.testing.assert_array_equal(got, want)
        with pytest.raises(TypeError, match="workers"):
            ours(foreign, h, workers=1)
        with pytest.raises(TypeError, match="workers"):
            ours(in1=foreign, in2=h, workers=1)
    for converted in (x.tolist(), tuple(x.tolist())):
        np.testing.assert_array_equal(ours(converted, h), ours(x, h))


def test_torch() -> None:
    torch = pytest.importorskip("torch")
    x = torch.arange(5.0, dtype=torch.float64)
    got, want = (f(x, x[:2]) for f in both("convolve"))
    assert type(got) is type(want)
    np.testing.assert_array_equal(np.asarray(got), np.asarray(want))


@pytest.mark.parametrize("dtype", ["f4", "f8", "i4", "?", "O", "f2", "c8"])
def test_choice_is_that_of_auto(dtype: str) -> None:
    for data, kernel in (((1000,), (3,)), ((100_000,), (9000,)), ((99, 99), (50, 50))):
        x, h = np.ones(data, dtype), np.ones(kernel, dtype)
        chosen = signal.choose_conv_method(x, h, "same")
        assert chosen in ("direct", "fft")
        assert chosen == pyconvolve.explain(x, h, "same").method
    chosen, times = signal.choose_conv_method(np.ones(9), np.ones(3), measure=True)
    assert {*times} == {"direct", "fft"}
    assert times[chosen] == min(times.values()) > 0


@pytest.mark.parametrize("shapes", [((1000,), (50,)), ((3000,), (100,))])
def test_measuring_is_no_slower_than_scipys(shapes: Any) -> None:
    """Each method is timed for 5 ms, or for one call, and no longer."""
    calls = 0
    x, h = (any_values(shape, np.float64) for shape in shapes)
    convolve = signal.convolve

    def counted(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        return convolve(*arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(signal, "convolve", counted)
        _, times = signal.choose_conv_method(x, h, "same", measure=True)
    assert 2 <= calls <= 2 + sum(2 * 5e-3 / time for time in times.values())


@pytest.mark.parametrize("name", ["convolve", "correlate"])
def test_sums_where_scipy_sums(name: str) -> None:
    """Samples keep digits that rounding of transforms would hide behind larger ones."""
    ours, theirs = both(name)
    rng = np.random.default_rng(0)
    summed = 0
    for samples, taps in [(30, 30), (100, 60), (400, 70), (1000, 60), (3000, 130)]:
        for dtype in ("f4", "f8", "c16"):
            x, h = rng.random(samples).astype(dtype), rng.random(taps).astype(dtype)
            x[samples // 2 :] *= 1e-9
            seconds = pyconvolve.explain(x, h).seconds
            if choice_of_scipy(x, h) == "fft" or seconds["direct"] > 2 * seconds["fft"]:
                continue
            summed += 1
            want = theirs(x, h, method="direct")
            got = ours(x, h)
            assert abs(got / want - 1).max() < 100 * np.finfo(dtype).eps
    assert summed > 5


def choice_of_scipy(x: np.ndarray, h: np.ndarray) -> str:
    return str(signal.originals["choose_conv_method"][0](x, h))


@pytest.mark.parametrize("kernel", ["u1", "i2", "?"])
@pytest.mark.parametrize("dtype", ["f4", "c8"])
def test_integers_are_transformed_in_double_precision(dtype: str, kernel: str) -> None:
    x = any_values((300, 40), np.dtype(dtype))
    h = small_integers((9, 9), kernel)
    for a, b in ((x, h), (h, x)):
        for options in ({}, {"boundary": "wrap"}, {"stride": 2}):
            got = pyconvolve.convolve(a, b, "full", "fft", **options)
            want = pyconvolve.convolve(
                a.astype("c16"), b.astype("c16"), "full", "fft", **options
            )
            assert got.dtype == np.dtype(dtype)
            rounding = np.finfo(dtype).eps * abs(want) + 1e-12
            assert (abs(got - want) <= rounding).all()
