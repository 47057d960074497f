"""Normalised convolutions of dask arrays are those of the whole array."""

# ruff: noqa: E402

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import BOUNDARIES, any_values, holed

import pyconvolve

dask = pytest.importorskip("dask")

import dask.array as da
from test_dask import chunks, computed

import pyconvolve.dask as lazily


def assert_close(got: Any, want: Any) -> None:
    assert got.shape == want.shape
    assert got.dtype == got._meta.dtype == want.dtype
    assert type(got._meta) is type(want)
    values = computed(got)
    assert type(values) is type(want)
    if isinstance(want, np.ma.MaskedArray):
        np.testing.assert_array_equal(values.mask, want.mask)
        values, want = values.filled(0), want.filled(0)
    limit = 1e-4 if want.dtype == np.float32 else 1e-12
    np.testing.assert_allclose(values, want, rtol=limit, atol=limit)


@settings(max_examples=settings.default.max_examples // 8)
@given(data=st.data())
def test_chunks_are_those_of_the_whole(data: st.DataObject) -> None:
    draw = data.draw
    ndim = draw(st.integers(1, 3))
    shape = tuple(draw(st.integers(1, 14)) for _ in range(ndim))
    x = any_values(shape, draw(st.sampled_from(["f4", "f8", "c16", "i2"])))
    if x.dtype.kind in "fc" and draw(st.booleans()):
        x = holed(x, 0.3)
    mode = draw(st.sampled_from(["full", "same", "valid"]))
    longest = shape if mode == "valid" else (6,) * ndim
    taps = tuple(draw(st.integers(1, n)) for n in longest)
    # sums of weights that don't cancel
    h = np.random.default_rng(0).uniform(0.5, 1, taps).astype(x.real.dtype.char)
    if x.dtype.kind == "i":
        h = np.ones(taps)
    options: dict[str, Any] = {
        "mode": mode,
        "nan": draw(st.sampled_from(["ignore", "propagate"])),
        "min_weight": draw(st.sampled_from([0, 0.4])),
    }
    if mode == "same" and draw(st.booleans()):
        options["nan"] = "preserve"
    if draw(st.booleans()):
        options["edges"] = "renormalize"
    else:
        one = st.sampled_from(BOUNDARIES)
        options["boundary"] = draw(one | st.tuples(*(one,) * ndim))
        if "constant" in options["boundary"]:
            options["cval"] = draw(st.sampled_from([0, 2, np.nan]))
    arrays: dict[str, Any] = {}
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    for name, made in (
        ("weights", rng.integers(0, 4, shape) / 2),
        ("mask", rng.random(shape) < 0.3),
    ):
        if draw(st.booleans()):
            size = [draw(st.sampled_from([1, n])) for n in shape]
            arrays[name] = made[tuple(slice(n) for n in size)]
    lazy = da.from_array(x, chunks=draw(chunks(shape)))
    given_arrays = {
        name: da.from_array(each, chunks=draw(chunks(each.shape)))
        if draw(st.booleans())
        else each
        for name, each in arrays.items()
    }
    how = {**options, "method": "direct", "return_weights": True}
    want = pyconvolve.normalized_convolve(x, h, **arrays, **how)
    got = lazily.normalized_convolve(lazy, h, **given_arrays, **how)
    for each, expected in zip(got, want, strict=True):
        assert_close(each, expected)
    how["return_weights"] = False
    only = lazily.normalized_convolve(lazy, h, **given_arrays, **how)
    np.testing.assert_array_equal(computed(only), computed(got[0]))


@pytest.mark.parametrize("edges", [*BOUNDARIES, "renormalize"])
@pytest.mark.parametrize("arrays", [(), ("weights",), ("mask",), ("mask", "weights")])
def test_weights_outside(edges: Any, arrays: tuple[str, ...]) -> None:
    """A constant outside has weight 1, whatever the weights inside are."""
    rng = np.random.default_rng(0)
    x, h = rng.random((9, 10)), rng.random((4, 3))
    made = {"weights": rng.random((9, 10)), "mask": rng.random((9, 10)) < 0.3}
    options: dict[str, Any] = {name: made[name] for name in arrays}
    options |= {"mode": "full", "return_weights": True}
    if edges == "renormalize":
        options["edges"] = edges
    else:
        options["boundary"] = edges
    want = pyconvolve.normalized_convolve(x, h, **options)
    got = lazily.normalized_convolve(da.from_array(x, chunks=4), h, **options)
    for each, expected in zip(got, want, strict=True):
        assert_close(each, expected)


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_masked_arrays(boundary: Any) -> None:
    rng = np.random.default_rng(0)
    x = np.ma.MaskedArray(rng.random((20, 17)), rng.random((20, 17)) < 0.6)
    h = np.ones((3, 2))
    want = pyconvolve.normalized_convolve(x, h, boundary=boundary, min_weight=0.2)
    for lazy in (da.from_array(x, chunks=6, asarray=False), x):
        got = lazily.normalized_convolve(lazy, h, boundary=boundary, min_weight=0.2)
        assert_close(got, want)


def test_a_kernel_each() -> None:
    x, h = any_values((6, 30), "f8"), np.random.default_rng(0).random((6, 4))
    want = pyconvolve.normalized_convolve(x, h, axes=1, boundary="wrap")
    got = lazily.normalized_convolve(
        da.from_array(x, chunks=(4, 7)), h, axes=1, boundary="wrap"
    )
    assert_close(got, want)
    assert got.chunks == ((4, 2), (7, 7, 7, 7, 2))
    bank = pyconvolve.normalized_convolve(x[:1], h, axes=1)
    assert_close(lazily.normalized_convolve(da.from_array(x[:1], 5), h, axes=1), bank)


def test_kernels_larger_than_a_chunk() -> None:
    x = holed(any_values((60, 50), "f8"), 0.5)
    h = np.ones((31, 21))
    for method in ("direct", "fft"):
        want = pyconvolve.normalized_convolve(x, h, method=method, boundary="wrap")
        got = lazily.normalized_convolve(
            da.from_array(x, chunks=8), h, method=method, boundary="wrap"
        )
        assert_close(got, want)


def test_wrong_weights_are_found_when_they_are_read() -> None:
    weights = da.from_array(np.array([1.0, -1.0, 1.0, 1.0]), chunks=2)
    y = lazily.normalized_convolve(da.ones(4, chunks=2), [1], weights=weights)
    with pytest.raises(ValueError, match="weights must be finite and at least 0"):
        computed(y)
