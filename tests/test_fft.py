"""Convolution by transforms: every form of tile, boundary, size and layout."""

from typing import Any

import numpy as np
import planned
import pytest
import reference
from forms import (
    FORMS,
    assert_close,
    by_scipy,
    convolve,
    correlate,
    data_of,
    every_computed,
    every_form,
    every_small_form,
    limits_of,
    plan,
    stored,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from layouts import LAYOUTS, guarded
from numpy.typing import NDArray
from problems import (
    BOUNDARIES,
    FUNCTIONS,
    Problem,
    any_values,
    problems,
    small_integers,
)
from reference import transform_bound

import pyconvolve

pytestmark = pytest.mark.compiled


@settings(max_examples=2 * settings.default.max_examples)
@given(
    problems(),
    st.sampled_from(FUNCTIONS),
    st.tuples(*[st.sampled_from(sorted(LAYOUTS))] * 3),
    st.booleans(),
)
def test_any_problem(
    problem: Problem, name: str, layouts: tuple[str, str, str], into: bool
) -> None:
    function, mode = getattr(pyconvolve, name), problem.mode
    x, h = (
        LAYOUTS[w](a) for a, w in zip((problem.in1, problem.in2), layouts, strict=False)
    )
    want = getattr(reference, name)(x, h, mode, **problem.options)
    dtype = np.result_type(problem.in1, problem.in2).newbyteorder("=")
    got = function(x, h, mode, "fft", **problem.options)
    error = reference.continued_bound(
        problem.in1, problem.in2, dtype, problem.options.get("cval", 0)
    )
    reference.assert_matches(got, want, dtype, error)
    if into:
        layout = (
            layouts[2]
            if layouts[2] in ("reversed", "fortran")
            else "last axis reversed"
        )
        out = LAYOUTS[layout](np.zeros(want.shape, dtype))
        assert function(x, h, mode, "fft", out=out, **problem.options) is out
        np.testing.assert_array_equal(out, got)
    direct = function(x, h, mode, "direct", **problem.options)
    if dtype.kind in "fc":
        assert_close(got.astype(want.dtype), direct.astype(want.dtype), 2 * error)
    else:
        np.testing.assert_array_equal(got, direct)


@pytest.mark.pairwise
@pytest.mark.parametrize("mean", [0, -5])
@every_computed
@every_form
def test_every_form(form: str, dtype: np.dtype, mean: float) -> None:
    x, h, axes = data_of(form, dtype, mean)
    got = convolve(form, x, h, method="fft", axes=axes)
    assert got.dtype == dtype
    assert_close(
        got, by_scipy(x, h, axes), transform_bound(x, h) + transform_bound(x, h, "f8")
    )
    for mode in ("same", "valid"):
        fft, direct = (
            correlate(form, x, h, mode, method, axes=axes)
            for method in ("fft", "direct")
        )
        assert_close(fft, direct, 2 * transform_bound(x, h))


@every_computed
@every_form
def test_sizes_around_tile_boundaries(form: str, dtype: np.dtype) -> None:
    name, data, kernel, axes = FORMS[form]
    made = plan(form, data, kernel, dtype, axes)
    assert made.form == name
    h = any_values(kernel, dtype, seed=1)
    reached = set()
    convolved = range(len(data)) if axes is None else np.atleast_1d(axes).tolist()
    for i, (a, step) in enumerate(zip(convolved, stored(made), strict=True)):
        taps = kernel[a if len(kernel) == len(data) else i]
        many = max((data[a] + taps - 1) // step, 1)
        for outputs in {n * step + d for n in (1, 2, 3, many) for d in (-1, 0, 1)}:
            if outputs < taps or outputs > 120_000:
                continue
            shape = list(data)
            shape[a] = outputs - taps + 1
            # the mean of every other signal is 1
            x = any_values(tuple(shape), dtype) + dtype.type(outputs % 2)
            now = plan(form, x.shape, kernel, dtype, axes)
            reached.add((now.name, outputs % stored(now)[i]))
            got = convolve(form, x, h, method="fft", axes=axes)
            assert got.shape[a] == outputs
            assert_close(
                got,
                by_scipy(x, h, axes),
                transform_bound(x, h) + transform_bound(x, h, "f8"),
            )
    assert {where for where, _ in reached} == {"fft"}


@pytest.mark.pairwise
@pytest.mark.parametrize("mean", [0, 5])
@pytest.mark.parametrize("boundary", BOUNDARIES)
@every_small_form
def test_every_boundary(form: str, boundary: str, mean: float) -> None:
    x, h, axes = data_of(form, np.float64, mean)
    for options in ({}, {"stride": 3}, {"dilation": 2}, {"stride": 2, "dilation": 3}):
        fft, direct = (
            convolve(
                form, x, h, "same", method, axes=axes, boundary=boundary, **options
            )
            for method in ("fft", "direct")
        )
        assert_close(fft, direct, 4 * transform_bound(x, h))


@pytest.mark.parametrize("dtype", [np.float32, np.complex128, np.int32])
@pytest.mark.parametrize("items", [1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33])
def test_batches(items: int, dtype: Any) -> None:
    for x_items, h_items in {(items, items), (items, 1), (1, items)}:
        for length, taps in [(200, 30), (30, 200), (90, 90), (1, 40), (40, 1), (1, 1)]:
            x = any_values((x_items, length), dtype)
            h = any_values((h_items, taps), dtype, seed=1)
            for a in (0, 1):
                first, second = (x, h) if a else (x.T, h.T)
                for mode in ("full", "same"):
                    fft, direct = (
                        pyconvolve.convolve(first, second, mode, method, axes=a)
                        for method in ("fft", "direct")
                    )
                    if np.dtype(dtype).kind == "i":
                        np.testing.assert_array_equal(fft, direct)
                    else:
                        assert_close(fft, direct, 2 * transform_bound(x, h))


@every_computed
@every_form
def test_outputs_past_the_caches(form: str, dtype: np.dtype) -> None:
    """They are equal at any address, and no memory besides them is written."""
    x, h, axes = data_of(form, dtype)
    want = convolve(form, x, h, method="fft", axes=axes, workers=2)
    limits = limits_of(form, streamed_fft_bytes=0, prefetched_output_bytes=0)
    for offset in (*range(0, 64, 3 * dtype.itemsize), 1, 29):
        with guarded(want.shape, dtype, offset) as out:
            planned.convolve(limits, x, h, method="fft", axes=axes, workers=2, out=out)
            np.testing.assert_array_equal(out, want)


@given(
    st.lists(st.integers(1, 30), min_size=1, max_size=3).map(tuple),
    st.sampled_from(["f4", "f8", "c8", "c16", "g"]),
    st.integers(0, 99),
    st.data(),
)
@settings(max_examples=settings.default.max_examples // 2)
def test_algebra(
    shape: tuple[int, ...], dtype: str, seed: int, data: st.DataObject
) -> None:
    small = st.integers(1, 6)
    g, h = (
        small_integers(tuple(data.draw(small) for _ in shape), dtype, seed + i)
        for i in (1, 2)
    )
    x, y = (small_integers(shape, dtype, seed + i) for i in (3, 4))

    def convolve(a: NDArray[Any], b: NDArray[Any], **options: Any) -> NDArray[Any]:
        return pyconvolve.convolve(a, b, method="fft", **options)

    error = transform_bound(x, h) + transform_bound(y, h) + np.finfo(dtype).tiny
    assert_close(convolve(x + 3 * y, h), convolve(x, h) + 3 * convolve(y, h), 9 * error)
    assert_close(convolve(x, h), convolve(h, x), 2 * error)
    left, right = convolve(convolve(x, g), h), convolve(x, convolve(g, h))
    assert_close(left, right, 4 * transform_bound(x, h) * abs(g).sum())
    still = convolve(x, h, mode="same", boundary="wrap")
    moved = np.roll(x, (3,) * x.ndim, range(x.ndim))
    moved = convolve(moved, h, mode="same", boundary="wrap")
    wrapped = transform_bound(x, h) * 36 ** len(shape)
    assert_close(np.roll(moved, (-3,) * x.ndim, range(x.ndim)), still, wrapped)


@pytest.mark.parametrize(("samples", "taps"), [(1, 2), (1, 5), (2, 5), (5, 2), (4, 1)])
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_every_origin(axes: int, samples: int, taps: int) -> None:
    """Outputs that sum no sample are zero, whatever freed memory holds."""
    x = small_integers((samples,) * axes, np.int32)
    h = small_integers((taps,) * axes, np.int32, seed=1)
    for origin in range(-(taps // 2), (taps - 1) // 2 + 1):
        want = reference.convolve(x, h, "same", origin=origin)
        for dtype in (np.int32, np.float64):
            used = [np.full(2**n, np.nan) for n in range(4, 14)]
            del used
            got = pyconvolve.convolve(
                x.astype(dtype), h.astype(dtype), "same", "fft", origin=origin
            )
            assert_close(got, want.astype(float), 1e-9)
