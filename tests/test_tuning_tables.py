"""Fits of the tables of tiles, on times that the tests make up."""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from itertools import islice
from typing import Any

import numpy as np
import pytest
from fixed_numbers import NUMBERS

from pyconvolve._core import cost, cpu, planner
from pyconvolve._core.thresholds import FORMS, VECTORS
from pyconvolve.tuning import _formula, _tiles

LENGTHS = VECTORS if cpu.wide() else VECTORS[:1]


def made_up(
    tables: dict[str, Any], seed: int, number: int, dtypes: Sequence[str] = ()
) -> Iterator[_tiles.Timed]:
    """Times of random tiles, by the formula with given tables."""
    with pytest.MonkeyPatch.context() as patch:
        if dtypes:
            patch.setattr(_tiles, "_DTYPES", dtypes)
        for vectors in LENGTHS:
            for form in FORMS:
                for sample, plan in islice(_tiles.planned(form, vectors, seed), number):
                    timed = _tiles.timed(sample, plan, vectors, 0.0)
                    cycle = {"float32": 2e-10, "float64": 3e-10}[timed.element]
                    cycles = timed.work["tiles"] * cycles_by(tables, timed)
                    seconds = 1e-6 + 3e-10 * timed.misses + cycle * cycles
                    yield timed._replace(seconds=seconds)


def cycles_by(tables: dict[str, Any], timed: _tiles.Timed) -> float:
    """Cycles of a tile, by the formula with tables as files hold them."""
    passes = tables["passes"][str(timed.work["registers"])]
    (cycles,) = _formula.cycles_of(
        _formula.work_of([timed.work]),
        tables,
        [passes[str(radix)] for radix in _formula.RADICES],
        tables["forms"][timed.vectors][timed.form],
    )
    return float(cycles)


@pytest.mark.compiled
@pytest.mark.parametrize("vectors", LENGTHS)
@pytest.mark.parametrize("form", FORMS)
def test_the_formula_has_the_cycles_of_the_planner(form: str, vectors: str) -> None:
    """Tiles are up to several times as large as the caches of the tables."""
    tables = deepcopy(NUMBERS["tables"])
    tables["room"], tables["last_level"][0] = 5e4, 5e5
    largest = 0.0
    with cost.using(NUMBERS | {"tables": tables}):
        for sample, plan in islice(_tiles.planned(form, vectors, 3), 80):
            timed = _tiles.timed(sample, plan, vectors, 0.0)
            expected = timed.work["tiles"] * cycles_by(tables, timed)
            cycles = plan.counted[planner.FFT_COUNTS.index("cycles")]
            assert cycles == pytest.approx(expected)
            largest = max(largest, timed.work["size"])
    assert largest > 1e6


def changed_tables() -> dict[str, Any]:
    """Tables of another machine, on which everything takes other cycles."""
    rng = np.random.default_rng(5)
    tables = deepcopy(NUMBERS["tables"])
    for passes in tables["passes"].values():
        for radix in passes:
            passes[radix] *= np.exp(rng.normal(0, 0.2))
    for forms in tables["forms"].values():
        for numbers in forms.values():
            numbers[:] = numbers * np.exp(rng.normal(0, 0.3, 4))
    tables["pairs"] *= 0.6
    tables["strided"] = [40.0, 150.0]
    tables["tile"] *= 1.5
    tables["room"] *= 2.0
    return tables


@pytest.mark.compiled
@pytest.mark.usefixtures("fixed_numbers")
def test_tables_are_found_again() -> None:
    """The times of other problems are as the tables behind the times say."""
    true = changed_tables()
    times = [*made_up(true, 1, 48)]
    tables, ratios = _tiles.fit_tables(times, NUMBERS["tables"])
    np.testing.assert_allclose(np.quantile(ratios, [0.05, 0.95]), 1, atol=0.05)

    def errors(tables: dict[str, Any]) -> Any:
        """Relative errors of cycles, without the unit of a cycle."""
        others = made_up(true, 2, 30)
        ratio = [cycles_by(tables, each) / cycles_by(true, each) for each in others]
        return abs(np.log(ratio / np.median(ratio)))

    before, after = errors(NUMBERS["tables"]), errors(tables)
    assert np.median(before) > 0.1
    assert np.median(after) < 0.02
    assert np.quantile(after, 0.9) < 0.1


@pytest.mark.compiled
@pytest.mark.usefixtures("fixed_numbers")
def test_single_numbers_are_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """If changes cost almost nothing, the numbers are those behind the times."""
    monkeypatch.setattr(_tiles, "_PENALTY", 1e-4)
    true, start = changed_tables(), NUMBERS["tables"]
    tables, _ = _tiles.fit_tables([*made_up(true, 1, 60)], start)
    # the unit of a cycle is not determined
    unit = tables["tile"] / true["tile"]
    for vectors in LENGTHS:
        for form in ("panels", "lanes", "columns"):
            got, want = (each["forms"][vectors][form] for each in (tables, true))
            np.testing.assert_allclose(got[1:3], np.multiply(unit, want[1:3]), rtol=0.1)
    assert tables["room"] == pytest.approx(true["room"], rel=0.1)
    assert tables["pairs"] == pytest.approx(unit * true["pairs"], rel=0.1)
    # neighbours are often far apart
    assert tables["strided"][1] == pytest.approx(unit * true["strided"][1], rel=0.1)


@pytest.mark.compiled
@pytest.mark.usefixtures("fixed_numbers")
def test_numbers_that_times_say_nothing_about_stay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_tiles, "_MOST_SAMPLES", 1 << 14)
    start = NUMBERS["tables"]
    times = [*made_up(changed_tables(), 1, 10, ("float32",))]
    lanes = [each for each in times if each.form == "lanes"]
    tables, _ = _tiles.fit_tables(lanes, start)
    assert tables["forms"]["usual"]["lanes"] != start["forms"]["usual"]["lanes"]
    for form in ("panels", "four_step", "columns"):
        assert tables["forms"]["usual"][form] == start["forms"]["usual"][form]
    assert tables["pairs"] == pytest.approx(start["pairs"], rel=1e-2)
    assert tables["last_level"] == pytest.approx(start["last_level"], rel=1e-2)
    for name in ("kernel", "memory", "shares", "sums"):
        assert tables[name] == start[name]


@pytest.mark.compiled
@pytest.mark.usefixtures("fixed_numbers")
def test_outliers_change_little() -> None:
    """Another process may run while a time is taken."""
    true = changed_tables()
    times = [*made_up(true, 1, 24)]
    disturbed = [
        each._replace(seconds=each.seconds * (4 if i % 20 == 0 else 1))
        for i, each in enumerate(times)
    ]
    start = NUMBERS["tables"]
    _, ratios = _tiles.fit_tables(disturbed, start)
    calm = np.delete(ratios, np.s_[::20])
    assert np.quantile(abs(np.log(calm)), 0.9) < 0.15


@pytest.mark.compiled
def test_planned_tiles_have_their_form() -> None:
    for vectors in LENGTHS:
        for form in FORMS:
            for sample, plan in islice(_tiles.planned(form, vectors, 4), 5):
                assert plan.form == form
                lanes = plan._module.model.lanes
                assert (
                    lanes
                    == cpu.module(
                        {"usual": "fft", "wide": "wide_fft"}[vectors],
                        _tiles.timed(sample, plan, vectors, 0.0).element,
                    ).SHAPE[0]
                )
