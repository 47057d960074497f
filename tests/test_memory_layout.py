"""Inputs and outputs in any memory layout; out= that overlaps an input."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from layouts import LAYOUTS
from problems import BOUNDARIES, DTYPES, FUNCTIONS, small_integers

import pyconvolve

pytestmark = pytest.mark.compiled


def result(x: np.ndarray, h: np.ndarray, **options: Any) -> np.ndarray:
    return pyconvolve.convolve(x, h, "same", "direct", boundary="reflect", **options)


@pytest.mark.pairwise
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    ("data", "kernel"), [((40,), (5,)), ((35, 21), (3, 4)), ((4, 3, 50), (3, 2, 3))]
)
def test_inputs(
    data: tuple[int, ...], kernel: tuple[int, ...], layout: str, dtype: np.dtype
) -> None:
    x, h = small_integers(data, dtype), small_integers(kernel, dtype, seed=1)
    want = result(x, h)
    lay_out = LAYOUTS[layout]
    for a, b in ((lay_out(x), h), (x, lay_out(h)), (lay_out(x), lay_out(h))):
        np.testing.assert_array_equal(a, x)
        np.testing.assert_array_equal(b, h)
        got = result(a, b)
        assert got.dtype == dtype.newbyteorder("=")
        np.testing.assert_array_equal(got, want)
        np.testing.assert_array_equal(a, x)
        np.testing.assert_array_equal(b, h)


@pytest.mark.pairwise
@pytest.mark.parametrize(
    "layout",
    [name for name in LAYOUTS if name != "read-only" and "swapped bytes" not in name],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8, np.complex64])
@pytest.mark.parametrize(
    ("data", "kernel"),
    [((9000,), (17,)), ((95, 41), (3, 4)), ((4, 3, 50), (3, 2, 3))],
)
def test_out(
    data: tuple[int, ...], kernel: tuple[int, ...], dtype: Any, layout: str
) -> None:
    x, h = small_integers(data, dtype), small_integers(kernel, dtype, seed=1)
    want = result(x, h)
    out = LAYOUTS[layout](np.zeros(data, dtype))
    assert result(x, h, out=out) is out
    np.testing.assert_array_equal(out, want)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("method", ["auto", "direct", "fft"])
def test_out_by_any_method(method: str, name: str) -> None:
    x, h = small_integers((30, 31), np.int32), small_integers((5, 6), np.int32, 1)
    function = getattr(pyconvolve, name)
    for mode in ("full", "same", "valid"):
        for options in ({}, {"stride": 2}, {"boundary": "wrap"}, {"dilation": 2}):
            want = function(x, h, mode, method, **options)
            out = np.zeros(want.shape[::-1], np.int32).T
            assert function(x, h, mode, method, out=out, **options) is out
            np.testing.assert_array_equal(out, want)
            # in mode 'valid' inputs change places, also with out=
            if mode == "valid" and "dilation" not in options:
                assert function(h, x, mode, method, out=out, **options) is out
                np.testing.assert_array_equal(
                    out, function(h, x, mode, method, **options)
                )


def test_out_leaves_samples_between_its_own_unchanged() -> None:
    x, h = small_integers((20, 33), np.float32), small_integers((3, 3), np.float32, 1)
    wide = np.full((40, 99), -7, np.float32)
    result(x, h, out=wide[::2, ::3])
    np.testing.assert_array_equal(wide[::2, ::3], result(x, h))
    assert (wide[1::2] == -7).all()
    assert (wide[:, 1::3] == -7).all()
    assert (wide[:, 2::3] == -7).all()


@pytest.mark.parametrize("dtype", [*DTYPES, np.dtype(object)], ids=str)
def test_out_for_scalars_objects_and_empty_batches(dtype: np.dtype) -> None:
    one = np.ones((), dtype)
    out = np.zeros((), dtype)
    assert pyconvolve.convolve(one, one, out=out) is out
    assert out == 1
    x, h = small_integers((4, 5), "i4").astype(dtype), np.ones((2, 2), dtype)
    out = np.zeros((5, 6), dtype)
    assert pyconvolve.convolve(x, h, out=out) is out
    np.testing.assert_array_equal(out, pyconvolve.convolve(x, h))
    out = np.zeros((0, 6), dtype)
    assert pyconvolve.convolve(np.ones((0, 5), dtype), h[0], axes=1, out=out) is out


@pytest.mark.pairwise
@pytest.mark.parametrize("boundary", BOUNDARIES)
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("dtype", [np.float32, np.int64, np.complex128])
@pytest.mark.parametrize(
    ("data", "kernel"), [((40,), (5,)), ((20000,), (9,)), ((300, 70), (5, 4))]
)
def test_out_is_the_input(
    data: tuple[int, ...],
    kernel: tuple[int, ...],
    dtype: Any,
    workers: int,
    boundary: str,
) -> None:
    x, h = small_integers(data, dtype), small_integers(kernel, dtype, seed=1)
    options: dict[str, Any] = {"boundary": boundary, "workers": workers}
    for method in ("auto", "direct"):
        want = pyconvolve.convolve(x, h, "same", method, **options)
        y = x.copy()
        assert pyconvolve.convolve(y, h, "same", method, out=y, **options) is y
        np.testing.assert_array_equal(y, want)
        y = x.copy()
        got = pyconvolve.convolve(y, h, "same", method, out=np.flip(y), **options)
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("shift", [1, 2, 64, -1, -64])
@pytest.mark.parametrize("length", [50, 30000])
def test_out_is_the_input_shifted(length: int, shift: int) -> None:
    buffer = small_integers((length + 64,), np.float64)
    h = small_integers((7,), np.float64, seed=1)
    first, second = max(0, -shift), max(0, shift)
    x, out = buffer[first : first + length], buffer[second : second + length]
    want = result(x.copy(), h)
    result(x, h, out=out)
    np.testing.assert_array_equal(out, want)


def test_out_is_the_kernel() -> None:
    x, h = small_integers((30, 31), np.float64), small_integers((30, 31), np.float64, 1)
    want = result(x, h)
    np.testing.assert_array_equal(result(x, h, out=h), want)
    square = small_integers((30, 31), np.float64)
    want = result(square.copy(), square.copy())
    np.testing.assert_array_equal(result(square, square, out=square), want)


def test_out_interleaves_with_the_input() -> None:
    pairs = small_integers((5000, 2), np.float32)
    h = small_integers((7,), np.float32, seed=1)
    want = result(pairs[:, 0].copy(), h)
    result(pairs[:, 0], h, out=pairs[:, 1])
    np.testing.assert_array_equal(pairs[:, 1], want)


@given(
    st.lists(st.integers(1, 12), min_size=1, max_size=3),
    st.lists(st.sampled_from([-3, -2, -1, 1, 2, 3]), min_size=6, max_size=6),
    st.permutations(range(3)),
)
def test_any_strides(shape: list[int], steps: list[int], order: list[int]) -> None:
    rank = len(shape)
    order = [axis for axis in order if axis < rank]

    def strided(steps: list[int]) -> np.ndarray:
        wide = np.zeros([shape[a] * abs(steps[a]) for a in order], np.float32)
        view = wide[tuple(slice(None, None, steps[a]) for a in order)]
        return view.transpose(np.argsort(order))

    x, h = strided(steps[:3]), small_integers((2,) * rank, np.float32, seed=1)
    x[...] = small_integers(x.shape, np.float32)
    out = strided(steps[3:])
    result(x, h, out=out)
    np.testing.assert_array_equal(out, result(np.ascontiguousarray(x), h))


@pytest.mark.parametrize("mode", ["r", "c", "r+"])
def test_memmap(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "data"
    x = small_integers((300, 500), ">f4")
    h = small_integers((5, 6), np.float32, seed=1)
    x.tofile(path)
    mapped = np.memmap(path, ">f4", mode, shape=x.shape)
    want = result(x.astype("f4"), h)
    np.testing.assert_array_equal(result(mapped, h), want)
    assert path.read_bytes() == x.tobytes()
    on_disk = np.memmap(tmp_path / "out", np.float32, "w+", shape=x.shape)
    assert result(mapped, h, out=on_disk) is on_disk
    on_disk.flush()
    written = np.fromfile(tmp_path / "out", np.float32).reshape(x.shape)
    np.testing.assert_array_equal(written, want)


def test_broadcast_inputs() -> None:
    x = np.broadcast_to(small_integers((1, 40), np.float32), (30, 40))
    h = np.broadcast_to(np.float32(2), (3, 4))
    np.testing.assert_array_equal(result(x, h), result(x.copy(), h.copy()))


def test_overlapping_windows_of_an_input() -> None:
    x = np.lib.stride_tricks.sliding_window_view(small_integers((60,), np.int16), 20)
    h = small_integers((3, 4), np.int16, seed=1)
    np.testing.assert_array_equal(result(x, h), result(x.copy(), h))


def test_new_results_are_contiguous_plain_arrays() -> None:
    x = np.asfortranarray(small_integers((30, 40), ">f8")).view(np.recarray)
    for mode in ("full", "same", "valid"):
        for name in FUNCTIONS:
            got = getattr(pyconvolve, name)(x, np.ones((3, 3)), mode)
            assert type(got) is np.ndarray
            assert got.flags.c_contiguous
            assert got.flags.writeable
            assert got.base is None or got.base.nbytes == got.nbytes
