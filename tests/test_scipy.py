"""convolve and correlate against scipy.signal, scipy.ndimage and NumPy."""

import inspect
from typing import Any

import numpy as np
import pytest
import scipy.ndimage
import scipy.signal
from problems import BOUNDARIES, DTYPES, FUNCTIONS, MODES, any_values, small_integers

import pyconvolve

pytestmark = pytest.mark.compiled

NDIMAGE_MODES = {
    "constant": "constant",
    "edge": "nearest",
    "reflect": "mirror",
    "symmetric": "reflect",
    "wrap": "wrap",
}
SHAPES = [
    ((9,), (4,)),
    ((9,), (5,)),
    ((4,), (9,)),
    ((1,), (1,)),
    ((9,), (9,)),
    ((7, 8), (3, 4)),
    ((7, 8), (4, 5)),
    ((3, 4), (7, 8)),
    ((7, 8), (7, 3)),
    ((7, 8), (9, 3)),
    ((7, 8), (1, 1)),
    ((5, 6, 7), (2, 3, 4)),
    ((2, 3, 4), (5, 6, 7)),
    ((3, 4, 3, 4), (2, 3, 1, 2)),
]


def fits(data: tuple[int, ...], kernel: tuple[int, ...], mode: str) -> bool:
    larger = [n >= k for n, k in zip(data, kernel, strict=True)]
    smaller = [n <= k for n, k in zip(data, kernel, strict=True)]
    return mode != "valid" or all(larger) or all(smaller)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_signature(name: str) -> None:
    ours = list(inspect.signature(getattr(pyconvolve, name)).parameters.values())
    theirs = list(inspect.signature(getattr(scipy.signal, name)).parameters.values())
    for mine, his in zip(ours, theirs, strict=False):
        assert (mine.name, mine.kind, mine.default) == (his.name, his.kind, his.default)
    added = ours[len(theirs) :]
    assert all(parameter.kind is parameter.KEYWORD_ONLY for parameter in added)
    assert {parameter.name: parameter.default for parameter in added} == {
        "axes": None,
        "boundary": "constant",
        "cval": 0,
        "stride": 1,
        "dilation": 1,
        "upsample": 1,
        "origin": 0,
        "lags": None,
        "dtype": None,
        "overflow": "wrap",
        "out": None,
        "workers": None,
    }


@pytest.mark.parametrize("dtype", [np.int64, np.float64, np.complex128, np.uint8])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("data", "kernel"), SHAPES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_as_signal(
    name: str, data: tuple[int, ...], kernel: tuple[int, ...], mode: str, dtype: Any
) -> None:
    x, h = small_integers(data, dtype), small_integers(kernel, dtype, seed=1)
    ours, theirs = getattr(pyconvolve, name), getattr(scipy.signal, name)
    if not fits(data, kernel, mode):
        with pytest.raises(ValueError, match="valid"):
            ours(x, h, mode)
        return
    want = theirs(x, h, mode, "direct")
    for method in ("auto", "direct"):
        got = ours(x, h, mode, method)
        assert got.dtype == want.dtype
        np.testing.assert_array_equal(got, want)
    got = ours(x, h, mode, "fft")
    assert got.dtype == want.dtype
    np.testing.assert_allclose(got, want, rtol=0, atol=1e-12)


@pytest.mark.parametrize("second", DTYPES, ids=str)
@pytest.mark.parametrize("first", DTYPES, ids=str)
def test_dtypes(first: np.dtype, second: np.dtype) -> None:
    x, h = small_integers((9,), first), small_integers((4,), second, seed=1)
    for name in FUNCTIONS:
        want = getattr(scipy.signal, name)(x, h, method="direct")
        assert want.dtype == np.result_type(first, second)
        for method in ("auto", "direct", "fft"):
            got = getattr(pyconvolve, name)(x, h, method=method)
            assert got.dtype == want.dtype
        got = getattr(pyconvolve, name)(x, h, method="direct")
        np.testing.assert_array_equal(got, want)
        got = getattr(pyconvolve, name)(x.reshape(3, 3), h.reshape(2, 2))
        assert got.dtype == want.dtype


def test_python_numbers_are_arrays_to_numpy() -> None:
    assert pyconvolve.convolve(np.ones(3, np.float32), [1, 2]).dtype == np.float64
    assert pyconvolve.convolve(np.ones(3, np.int8), [1, 2]).dtype == np.int64
    assert pyconvolve.convolve([True, False], [1.5]).dtype == np.float64


@pytest.mark.parametrize("name", FUNCTIONS)
def test_scalars_as_signal(name: str) -> None:
    for x, h in [(2, 3), (2.5, 3), (1 + 2j, 3j), (np.float32(2), np.float32(3))]:
        want = getattr(scipy.signal, name)(x, h)
        got = getattr(pyconvolve, name)(x, h)
        assert np.shape(got) == ()
        assert got.dtype == want.dtype
        assert got == want


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_as_numpy(dtype: np.dtype, mode: str) -> None:
    x, h = small_integers((40,), dtype), small_integers((7,), dtype, seed=1)
    for a, b in ((x, h), (h, x)) if mode != "same" else ((x, h),):
        want = np.convolve(a, b, mode)
        got = pyconvolve.convolve(a, b, mode, "direct")
        assert got.dtype == want.dtype
        np.testing.assert_array_equal(got, want)
    for a, b in ((x, h), (h, x)) if mode == "full" else ((x, h),):
        want = np.correlate(a, b, mode)
        got = pyconvolve.correlate(a, b, mode, "direct")
        assert got.dtype == want.dtype
        if mode != "same":
            np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("boundary", BOUNDARIES)
@pytest.mark.parametrize(
    ("data", "kernel"),
    [((9,), (4,)), ((3,), (10,)), ((1,), (5,)), ((7, 8), (3, 4)), ((1, 4), (5, 11))],
)
def test_boundaries_as_numpy_pads(
    data: tuple[int, ...], kernel: tuple[int, ...], boundary: str, mode: str
) -> None:
    if not fits(data, kernel, mode):
        return
    x, h = small_integers(data, np.int64), small_integers(kernel, np.int64, seed=1)
    wide = [(k - 1, k - 1) for k in kernel]
    cval = {"constant_values": 5} if boundary == "constant" else {}
    padded = np.pad(x, wide, mode=boundary, **cval)
    for name in FUNCTIONS:
        full = getattr(scipy.signal, name)(padded, h, "valid", "direct")
        plain = getattr(scipy.signal, name)(x, h, mode, "direct")
        if mode == "valid":
            want = plain
        else:
            starts = np.subtract(full.shape, plain.shape) // 2
            ends = starts + plain.shape
            want = full[tuple(map(slice, starts, ends))]
        outside: dict[str, Any] = {"boundary": boundary, "cval": 5 if cval else 0}
        got = getattr(pyconvolve, name)(x, h, mode, **outside)
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("boundary", BOUNDARIES)
@pytest.mark.parametrize(
    ("data", "kernel"),
    [
        ((12,), (5,)),
        ((12,), (6,)),
        ((3,), (9,)),
        ((1,), (4,)),
        ((9, 10), (3, 4)),
        ((9, 1), (2, 5)),
        ((4, 5, 6), (3, 2, 5)),
    ],
)
def test_as_ndimage(
    data: tuple[int, ...], kernel: tuple[int, ...], boundary: str
) -> None:
    x, h = small_integers(data, np.float64), small_integers(kernel, np.float64, seed=1)
    mode = NDIMAGE_MODES[boundary]
    even = np.array([k % 2 == 0 for k in kernel])
    low, high = -(np.array(kernel) // 2), (np.array(kernel) - 1) // 2
    rng = np.random.default_rng(0)
    for origin in (low, high, 0 * low, *rng.integers(low, high + 1, (6, len(kernel)))):
        options: dict[str, Any] = {"boundary": boundary}
        options |= {"cval": 2} if boundary == "constant" else {}
        got = pyconvolve.correlate(x, h, "same", origin=tuple(origin), **options)
        want = scipy.ndimage.correlate(x, h, mode=mode, cval=2, origin=tuple(origin))
        np.testing.assert_array_equal(got, want)

        # ndimage centres an even kernel on the other one of its two middle taps
        theirs = np.maximum(origin - even, low)
        got = pyconvolve.convolve(x, h, "same", origin=tuple(theirs + even), **options)
        want = scipy.ndimage.convolve(x, h, mode=mode, cval=2, origin=tuple(theirs))
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kernel", [(3, 3), (4, 5)])
@pytest.mark.parametrize(
    ("boundary", "name"),
    [("constant", "fill"), ("symmetric", "symm"), ("wrap", "wrap")],
)
def test_as_convolve2d(
    boundary: str, name: str, kernel: tuple[int, int], mode: str
) -> None:
    x, h = small_integers((9, 11), np.int64), small_integers(kernel, np.int64, seed=1)
    want = scipy.signal.convolve2d(x, h, mode, name, 3)
    cval = 3 if boundary == "constant" else 0
    got = pyconvolve.convolve(x, h, mode, boundary=boundary, cval=cval)
    np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("mode", ["full", "valid"])
@pytest.mark.parametrize(
    ("data", "kernel", "axes"),
    [
        ((5, 20), (5, 6), 1),
        ((20, 5), (6, 5), 0),
        ((5, 20), (1, 6), -1),
        ((1, 20), (5, 6), (1,)),
        ((4, 9, 10), (1, 3, 4), (1, 2)),
        ((9, 4, 10), (3, 1, 4), (0, -1)),
    ],
)
def test_axes_as_fftconvolve(
    data: tuple[int, ...], kernel: tuple[int, ...], axes: Any, mode: str
) -> None:
    x, h = any_values(data, np.float64), any_values(kernel, np.float64, seed=1)
    want = scipy.signal.fftconvolve(x, h, mode, axes)
    got = pyconvolve.convolve(x, h, mode, axes=axes)
    np.testing.assert_allclose(got, want, rtol=0, atol=1e-13)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_stride_of_kernel_by_zeros(name: str) -> None:
    x, h = small_integers((20, 21), np.int64), small_integers((3, 4), np.int64, seed=1)
    spread = np.zeros((5, 10), np.int64)
    spread[::2, ::3] = h
    ours, theirs = getattr(pyconvolve, name), getattr(scipy.signal, name)
    for mode in MODES:
        got = ours(x, h, mode, dilation=(2, 3), stride=(3, 2))
        want = theirs(x, spread, mode, "direct")[::3, ::2]
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("shape", [(400,), (60, 70)])
def test_nan_reaches_as_far_as_the_kernel(shape: tuple[int, ...]) -> None:
    x = any_values(shape, np.float64)
    x[(3,) * len(shape)] = np.nan
    h = np.ones((3,) * len(shape))
    got = pyconvolve.convolve(x, h, "same", "direct")
    assert np.isnan(got).sum() == 3 ** len(shape)


def test_nan_with_an_integer_kernel() -> None:
    got = pyconvolve.convolve([1.0, np.nan, 3.0], [1, 2])
    np.testing.assert_array_equal(got, [1, np.nan, np.nan, 6])
    got = pyconvolve.convolve([[1.0, np.inf, 3.0]], [[1, 2]])
    np.testing.assert_array_equal(got, [[1, np.inf, np.inf, 6]])
