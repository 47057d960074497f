"""Convolutions of dask arrays are those of the whole array."""

# ruff: noqa: E402

from typing import Any

import numpy as np
import planned
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from problems import Problem, problems

import pyconvolve
from pyconvolve._core.thresholds import THRESHOLDS, Thresholds

dask = pytest.importorskip("dask")

import dask.array as da

from pyconvolve._dask import convolution

FEW = Thresholds(slab_share=1, slab_bytes=1)
"""Blocks of taps are as small as possible."""


def drawn_chunks(data: st.DataObject, shape: tuple[int, ...]) -> tuple[Any, ...]:
    """Divide each axis at random."""
    chunks = []
    for length in shape:
        cuts = data.draw(st.sets(st.integers(1, max(length - 1, 1)), max_size=5))
        limits = sorted({0, length, *(cut for cut in cuts if cut < length)})
        chunks.append(tuple(np.diff(limits).tolist()))
    return tuple(chunks)


def lazily(
    limits: Thresholds,
    correlating: bool,
    x: Any,
    h: Any,
    mode: str,
    method: str,
    **options: Any,
) -> Any:
    how = planned.rules_of(correlating, mode, method, limits, **options)
    cval = options.get("cval", 0)
    return convolution.run(planned.NAMES, how, x, h, cval, 1)


def assert_whole(got: Any, want: NDArray[Any], exact: bool) -> None:
    """Check values, and what is known without them."""
    assert got.shape == want.shape
    assert got.dtype == want.dtype
    assert got._meta.dtype == want.dtype
    assert type(got._meta) is np.ndarray
    for index in np.ndindex(got.numblocks):
        block = got.blocks[index]
        computed = block.compute(scheduler="synchronous")
        assert computed.shape == block.shape
        assert computed.dtype == want.dtype
    result = got.compute(scheduler="synchronous")
    if exact:
        np.testing.assert_array_equal(result, want)
    else:
        scale = np.abs(want[np.isfinite(want)]).max(initial=1)
        eps = np.finfo(want.dtype).eps
        np.testing.assert_allclose(result, want, rtol=0, atol=100 * eps * scale)


def swapped(problem: Problem) -> bool:
    """Whether the second input is the signal."""
    return problem.mode == "valid" and any(
        k > n for n, k in zip(problem.in1.shape, problem.in2.shape, strict=False)
    )


@given(problem=problems(), correlating=st.booleans(), data=st.data())
def test_direct_sums_are_the_same_bits(
    problem: Problem, correlating: bool, data: st.DataObject
) -> None:
    x, h, mode = problem.in1, problem.in2, problem.mode
    lazy = da.from_array(x, chunks=drawn_chunks(data, x.shape))
    function = pyconvolve.correlate if correlating else pyconvolve.convolve
    want = function(x, h, mode, "direct", **problem.options)
    try:
        got = lazily(
            THRESHOLDS, correlating, lazy, h, mode, "direct", **problem.options
        )
    except ValueError as error:
        assert mode == "valid"
        assert "must be no larger" in str(error)
        return
    assert_whole(got, want, True)


@given(problem=problems(), correlating=st.booleans(), data=st.data())
def test_blocks_of_taps(
    problem: Problem, correlating: bool, data: st.DataObject
) -> None:
    x, h, mode = problem.in1, problem.in2, problem.mode
    lazy = da.from_array(x, chunks=drawn_chunks(data, x.shape))
    function = pyconvolve.correlate if correlating else pyconvolve.convolve
    want = function(x, h, mode, "direct", **problem.options)
    try:
        got = lazily(FEW, correlating, lazy, h, mode, "direct", **problem.options)
    except ValueError as error:
        assert "must be no larger" in str(error)
        return
    assert_whole(got, want, want.dtype.kind in "biu")
