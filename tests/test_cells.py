"""Cells of a convolution, each computed alone, make up the whole of it."""

from itertools import product
from math import ceil
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import Problem, problems, small_integers

import pyconvolve
from pyconvolve._core import api, plan
from pyconvolve._core.engines import overlap_add, tiles
from pyconvolve._core.engines.cells import crop


@given(problem=problems(), correlating=st.booleans(), data=st.data())
def test_cells_make_up_the_whole(
    problem: Problem, correlating: bool, data: st.DataObject
) -> None:
    x, h = (small_integers(a.shape, a.dtype) for a in (problem.in1, problem.in2))
    function = pyconvolve.correlate if correlating else pyconvolve.convolve
    want = function(x, h, problem.mode, "direct", **problem.options)
    usual = {"axes": None, "cval": 0, "stride": 1, "dilation": 1, "origin": 0}
    options: dict[str, Any] = {**usual, **problem.options}
    cval = options["cval"]
    if api.is_widened(x, cval):
        x = x.astype(want.dtype)
    rules = api.rules(correlating, problem.mode, "direct", **options)
    prepared = api.prepare(rules, x.shape, h.shape, x.dtype, h.dtype, None)
    if prepared.swapped:
        x, h = h, x
    size = [data.draw(st.integers(1, n)) for n in want.shape]
    got = np.empty_like(want)
    kinds = set()
    for place in product(
        *(range(ceil(n / s)) for n, s in zip(want.shape, size, strict=True))
    ):
        cell = crop(prepared.problem, place, size, x, h, got, cval)
        kinds.add(cell.problem)
        assert not cell.problem.reaches_outside
        engine = plan.make(cell.problem, "direct")
        engine.run(cell.signal, engine.keep(cell.kernel, False), cell.output, 0, 1)
        cell.finish()
    np.testing.assert_array_equal(got, want)
    batch = sum(not axis.convolved for axis in prepared.problem.axes)
    widened = 2 if cval else 1
    assert len(kinds) <= 2**batch * widened


@pytest.mark.parametrize("few", [0, 10**9], ids=["together", "each alone"])
@pytest.mark.parametrize(
    ("bad", "data", "kernel", "options"),
    [
        *(
            (bad, *problem)
            for bad in (np.nan, 1e30)
            for problem in (
                ((400_000,), (301,), {}),
                ((90, 20_000), (1, 301), {"axes": 1}),
                ((700, 500), (41, 23), {"boundary": "reflect"}),
                ((700, 500), (41, 23), {"stride": (2, 1), "dilation": (1, 3)}),
                ((3, 400, 410), (3, 25, 25), {"axes": (1, 2), "boundary": "wrap"}),
            )
        ),
        # samples of columns are not weighed
        (np.nan, (40_000, 40), (501, 1), {"axes": 0}),
    ],
)
@pytest.mark.parametrize("workers", [1, 3])
def test_many_wrong_tiles(
    bad: float,
    data: tuple[int, ...],
    kernel: tuple[int, ...],
    options: dict[str, Any],
    few: int,
    workers: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However many tiles are computed anew together, all outputs are right."""
    monkeypatch.setattr(tiles, "_FEW", few)
    monkeypatch.setattr(overlap_add, "_MARKS", 0)
    x, h = small_integers(data, "f8"), small_integers(kernel, "f8", seed=1)
    rng = np.random.default_rng(2)
    x.flat[rng.integers(0, x.size, x.size // 2000)] = bad
    fft, direct = (
        pyconvolve.convolve(x, h, "same", method, workers=workers, **options)
        for method in ("fft", "direct")
    )
    np.testing.assert_array_equal(np.isnan(fft), np.isnan(direct))
    large = (abs(np.nan_to_num(x, nan=1e30)) > 1e20).astype("f8")
    met = pyconvolve.convolve(large, h != 0, "same", "direct", **options)
    usual = met == 0
    assert 0 < usual.sum() < usual.size
    np.testing.assert_allclose(fft[usual], direct[usual], rtol=0, atol=1e-9)


def test_cells_of_strided_outputs() -> None:
    """Cells are found, too, where outputs share no sample."""
    rules = api.rules(False, "same", "fft", None, "constant", 0, (1500, 1), 1, 0)
    kind = np.dtype("f4")
    prepared = api.prepare(rules, (3000, 4_000_000), (1, 500_001), kind, kind, None)
    planned: Any = prepared.engine
    places = np.ones(planned._tiles.places, bool)
    rows, columns = planned._tiles.cell(places)
    assert 1 <= rows <= 2
    assert 1 <= columns <= 4_000_000
    assert planned._tiles.cells(places, (rows, columns)).all()
