"""The search for tiles of transforms, against a search of all tiles."""

from itertools import product
from math import prod
from typing import Any

import numpy as np
import planned
import pytest
from fixed_numbers import CONSTANTS
from hypothesis import given, settings
from hypothesis import strategies as st
from tile_search import TABLES, all_tiles, filters_of, transforms_of

from pyconvolve._core import cost, planner
from pyconvolve._core.engines import fft
from pyconvolve._core.problem import Operand, Problem
from pyconvolve._core.thresholds import FORMS, Thresholds
from pyconvolve.tuning import _formula


def model_of(lanes: int, **limits: Any) -> planner.FFTModel:
    """A model of transforms that compares all lengths."""
    limits["lengths"] = (1000, 1000, 1000)
    return planner.FFTModel(
        "float64",
        8,
        (lanes, 32, 4),
        1,
        lanes,
        {**TABLES, "forms": TABLES["forms"]["usual"]},
        (1e-6, 1e-9, 1e-10, 1e-10),
        TABLES["memory"],
        Thresholds(**limits).filled(CONSTANTS.thresholds),
    )


@st.composite
def tiled(draw: st.DrawFn) -> Problem:
    """A problem of one or two transformed axes, with one batch axis at most."""
    rank = draw(st.integers(1, 2))
    longest, taps = ((3000, 150), (120, 20))[rank - 1]
    n = draw(st.lists(st.integers(20, longest), min_size=rank, max_size=rank))
    k = draw(st.lists(st.integers(2, taps), min_size=rank, max_size=rank))
    mode = draw(st.sampled_from(["full", "same", "valid"]))
    if mode == "valid":
        n = [max(pair) for pair in zip(n, k, strict=True)]
    options: dict[str, Any] = {}
    if draw(st.booleans()):
        options["stride"] = draw(st.integers(1, 3))
        options["dilation"] = 1 if mode == "valid" else draw(st.integers(1, 3))
        options["boundary"] = draw(st.sampled_from(["constant", "wrap"]))
    if draw(st.booleans()):
        number, batch = draw(st.integers(1, 40)), draw(st.integers(0, rank))
        options["axes"] = tuple(a for a in range(rank + 1) if a != batch)
        n.insert(batch, number)
        k.insert(batch, draw(st.sampled_from([1, number])))
    made: Problem = planned.described(tuple(n), tuple(k), mode, **options)[0]
    if draw(st.booleans()):
        c16 = np.dtype("c16")
        made = made._replace(signal=Operand(c16), output=c16)
    return made


@settings(max_examples=settings.default.max_examples // 4)
@given(tiled(), st.sampled_from([4, 8]), st.sampled_from([*FORMS, None]))
def test_tiles_are_the_best_of_all(
    problem: Problem, lanes: int, form: str | None
) -> None:
    """No other length or form has less weight; counts are those of the choice."""
    forms = FORMS if form is None else (form,)
    model = model_of(lanes, forms=forms)
    choice = planner.tile_choice(problem, (model,))
    found = {
        (each, points): tile
        for each in forms
        for points, tile in all_tiles(problem, each, lanes).items()
    }
    if choice is None:
        assert not found
        return
    _, chosen, points, weight, counts, seconds = choice
    if not found:
        # the smallest panels serve if no tile is within the bounds
        assert chosen == "panels"
        return
    tile = found[chosen, points]
    work = planner.tile_work(problem, model, chosen, points)
    assert work["tiles"] == pytest.approx(tile.number)
    assert weight == pytest.approx(tile.weight)
    named = dict(zip(planner.FFT_COUNTS, counts, strict=True))
    cycles = tile.number * tile.cycles * transforms_of(problem, chosen)
    assert named["cycles"] == pytest.approx(cycles)
    prices = (1e-6, 1e-9, 1e-10, 1e-10)
    assert seconds == pytest.approx(sum(map(float.__mul__, counts, prices)))
    compared = min(tile.weight for tile in found.values() if tile.is_compared)
    assert weight == pytest.approx(compared)
    assert weight <= 1.03 * min(tile.weight for tile in found.values())


@pytest.mark.compiled
@settings(max_examples=settings.default.max_examples // 2)
@given(tiled(), st.sampled_from(["usual", "wide"]), st.sampled_from(FORMS))
def test_the_formula_has_the_cycles_of_the_planner(
    problem: Problem, vectors: str, form: str
) -> None:
    """The formula that tables are fitted with, and the tables in use."""
    tables = cost.constants().tables
    plan = fft.plan(problem, Thresholds(forms=(form,), vectors=(vectors,)))
    if not isinstance(plan, fft.FFTPlan):
        return
    work = plan.work
    passes = tables["passes"][work["registers"]]
    (cycles,) = _formula.cycles_of(
        _formula.work_of([work]),
        tables,
        [passes[radix] for radix in _formula.RADICES],
        tables["forms"][vectors][plan.form],
    )
    named = dict(zip(planner.FFT_COUNTS, plan.counted, strict=True))
    cycles *= work["tiles"] * transforms_of(problem, plan.form)
    assert cycles == pytest.approx(named["cycles"])


@settings(max_examples=settings.default.max_examples // 4)
@given(tiled(), st.sampled_from(FORMS))
def test_programs_have_the_tiles_that_were_counted(problem: Problem, form: str) -> None:
    """Rounds have each block once; the same problem gives the same bytes."""
    model = model_of(4, forms=(form,))
    choice = planner.tile_choice(problem, (model,))
    if choice is None:
        return
    _, chosen, points, weight, counts, _ = choice
    made = [
        planner.tile_program(problem, model, chosen, points, "same") for _ in range(2)
    ]
    assert made[0] == made[1]
    program, _, transforms = made[0]
    rounds = planner.rounds_of(program)
    seen = [
        block
        for _, _, axes in rounds
        for block in product(*(range(f, f + s * n, s) for f, s, n in axes))
    ]
    assert len(seen) == len({*seen})
    assert len(seen) == prod(1 + max(each) for each in zip(*seen, strict=True))
    named = dict(zip(planner.FFT_COUNTS, counts, strict=True))
    cycles = named["cycles"] / transforms_of(problem, chosen)
    # the weight is that of these tiles, and of the kernel's
    of_tile = (weight - cycles) / TABLES["kernel"]
    number = cycles / of_tile / filters_of(problem, chosen)
    if chosen != "lanes":
        assert sum(tiles for tiles, *_ in rounds) == pytest.approx(number)
    sizes = [
        axis["points"] for axis in planner.tile_axes(program) if axis["transformed"]
    ]
    assert len([each for each in transforms if each]) == len(sizes)
