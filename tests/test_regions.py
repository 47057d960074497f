"""Regions of a convolution, computed one by one, make up the whole result."""

from itertools import product
from math import ceil
from typing import Any

import numpy as np
import planned
import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import Problem, problems, small_integers

import pyconvolve
from pyconvolve._core import api, plan
from pyconvolve._core.engines.fft import repair
from pyconvolve._core.outside import constants_of, is_widened
from pyconvolve._core.problem import Axis, Operand
from pyconvolve._core.problem import Problem as CoreProblem
from pyconvolve._core.region import blocks, cut, gather, region
from pyconvolve._core.thresholds import THRESHOLDS, Thresholds

pytestmark = pytest.mark.compiled


@given(
    problem=problems(),
    correlating=st.booleans(),
    gathering=st.booleans(),
    data=st.data(),
)
def test_regions_make_up_the_whole(
    problem: Problem, correlating: bool, gathering: bool, data: st.DataObject
) -> None:
    x, h = (small_integers(a.shape, a.dtype) for a in (problem.in1, problem.in2))
    function = pyconvolve.correlate if correlating else pyconvolve.convolve
    want = function(x, h, problem.mode, "direct", **problem.options)
    cval = problem.options.get("cval", 0)
    how = planned.rules_of(
        correlating, problem.mode, "direct", THRESHOLDS, **problem.options
    )
    prepared = api.prepare(planned.NAMES, how, x.shape, h.shape, x.dtype, h.dtype)
    constants = None
    if cval:
        constants = constants_of(cval, prepared.problem, how.axes)
    if constants is not None and is_widened(x, constants):
        x = x.astype(want.dtype)
        prepared = api.prepare(planned.NAMES, how, x.shape, h.shape, x.dtype, h.dtype)
    if prepared.swapped:
        x, h = h, x
    if prepared.views is not None:
        x, h, _ = prepared.views(x, h, want)
    size = [data.draw(st.integers(1, n)) for n in want.shape]
    got = np.empty_like(want)
    for index in product(
        *(range(ceil(n / s)) for n, s in zip(want.shape, size, strict=True))
    ):
        outputs = [
            slice(i * s, min((i + 1) * s, n))
            for i, s, n in zip(index, size, want.shape, strict=True)
        ]
        part = region(prepared.problem, outputs)
        regional, signal, outside = part.problem, cut(x, part.signal), constants
        if gathering:
            regional, signal = gather(regional, signal, constants)
            assert not any(axis.reaches_outside for axis in regional.axes)
            outside = None
        made = plan.fastest(regional, "direct", THRESHOLDS)
        kernel = made.prepare(cut(h, part.kernel), False)
        made.run(signal, kernel, cut(got, part.output), outside, 1)
    np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("boundary", ["reflect", "symmetric", "edge", "constant"])
def test_regions_at_an_edge_read_few_samples(boundary: str) -> None:
    """Blocks of several stages would else compute whole rows again and again."""
    axis = Axis("window", 0, None, 0, 1000, 9, 1000, -4, boundary=boundary)
    problem = CoreProblem((axis,), Operand(np.dtype("f8")), None, np.dtype("f8"), "sum")
    for outputs in (slice(0, 50), slice(1, 2), slice(0, 1), slice(950, 1000)):
        ((_, read),) = region(problem, [outputs]).signal
        assert read.stop - read.start <= outputs.stop - outputs.start + 8


@pytest.mark.parametrize(
    "few", [0, 10**9], ids=["many tiles a region", "a tile a region"]
)
@pytest.mark.parametrize(
    ("data", "kernel", "options"),
    [
        ((400_000,), (301,), {}),
        ((90, 20_000), (1, 301), {"axes": 1}),
        ((700, 500), (41, 23), {"boundary": "reflect"}),
        ((700, 500), (41, 23), {"boundary": ("constant", "wrap"), "cval": 2}),
        ((700, 500), (41, 23), {"stride": (2, 1), "dilation": (1, 3)}),
        ((3, 400, 410), (3, 25, 25), {"axes": (1, 2), "boundary": "wrap"}),
        ((40_000, 40), (501, 1), {"axes": 0}),
    ],
)
@pytest.mark.parametrize("workers", [1, 3])
def test_many_tiles_with_nan(
    data: tuple[int, ...],
    kernel: tuple[int, ...],
    options: dict[str, Any],
    few: int,
    workers: int,
) -> None:
    """All outputs are right, however many tiles a region has."""
    x, h = small_integers(data, "f8"), small_integers(kernel, "f8", seed=1)
    rng = np.random.default_rng(2)
    x.flat[rng.integers(0, x.size, x.size // 2000)] = np.nan
    for transforms in (0, np.inf):
        limits = Thresholds(few_tiles=few, repair_transforms=transforms)
        fft, direct = (
            planned.convolve(limits, x, h, "same", method, workers=workers, **options)
            for method in ("fft", "direct")
        )
        np.testing.assert_array_equal(np.isnan(fft), np.isnan(direct))
        usual = ~np.isnan(direct)
        assert 0 < usual.sum() < usual.size
        np.testing.assert_allclose(fft[usual], direct[usual], rtol=0, atol=1e-9)


def test_regions_of_strided_outputs() -> None:
    """Tiles are divided into regions although outputs share no sample."""
    made = planned.plan(
        (3000, 4_000_000), (1, 500_001), "f4", "same", "fft", stride=(1500, 1)
    )
    flagged = np.ones(sum(tiles for tiles, *_ in made.blocks), bool)
    rows, columns = repair._region_size(made, flagged.size)
    assert 1 <= rows <= 2
    assert 1 <= columns <= 4_000_000
    assert repair._find_regions(made, flagged, (rows, columns)).all()


@pytest.mark.parametrize(
    ("data", "kernel", "options"),
    [
        ((700, 800), (9, 12), {}),
        ((872, 1000, 3), (9, 9), {"axes": (0, 1)}),
        ((200, 1, 6000), (1, 20, 200), {"axes": -1}),
        ((5, 3), (2, 2), {}),
        ((0, 6), (3,), {"axes": 1}),
    ],
)
@pytest.mark.parametrize("most", [1, 7, 1000, 1 << 17])
def test_blocks_cover_each_output_once(
    data: tuple[int, ...], kernel: tuple[int, ...], options: dict[str, Any], most: int
) -> None:
    if most == 1 and max(data) > 10:
        return
    how = planned.rules_of(False, "same", "auto", THRESHOLDS, **options)
    kind = np.dtype(float)
    problem = api.problem_of(planned.NAMES, how, data, kernel, kind, kind, 0)
    number = np.zeros(problem.shape, np.int8)
    for block in blocks(problem, most):
        number[block] += 1
        assert number[block].size <= most
        if data[-1] == 3 and most >= 1000:
            # a block has all colours of a pixel, which are contiguous
            assert number[block].shape[-1] == 3
    assert (number == 1).all()
