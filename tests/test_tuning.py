"""Fits of the numbers that plans are made by, on times that the tests make up."""

import json
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fixed_numbers import NUMBERS

from pyconvolve import cli, tuning
from pyconvolve._core import cost, cpu, planner
from pyconvolve._core.engines import direct
from pyconvolve._core.plan import METHODS
from pyconvolve._core.thresholds import FORMS, VECTORS, Thresholds
from pyconvolve.tuning import (
    _bounds,
    _constants,
    _fit,
    _formula,
    _rates,
    _samples,
    _tiles,
    _timing,
)

LENGTHS = VECTORS if cpu.wide() else VECTORS[:1]


@pytest.fixture(scope="module")
def found() -> cost.Numbers:
    """The result of a fit of small problems, in little time."""
    said: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_constants, "_MOST", {"longdouble": 1e5})
        patch.setattr(_constants, "_MOST_SUMS", 1e7)
        patch.setattr(_constants, "_READ", 1 << 20)
        patch.setattr(_tiles, "_MOST_SAMPLES", 1 << 14)
        patch.setattr(_fit, "BOUNDS", _bounds.BOUNDS[:1])
        fitted = tuning.fit(0.02, said=said.append)
    assert len(said) == 12
    return fitted


# drawing


def test_samples() -> None:
    drawn = tuning.samples(3, ("float32", "float64"))
    redrawn = tuning.samples(3, ("float32", "float64"))
    found = [*islice(drawn, 300)]
    assert found == [*islice(redrawn, 300)]
    for sample in found:
        for a, (n, k) in enumerate(zip(sample.data, sample.kernel, strict=True)):
            assert 1 <= k <= max(2, n // 2 + 1) if a in sample.axes else k in (1, n)
        assert {*sample.stride} <= {1, 2, 3, 4}
        assert len(sample.stride) == len(sample.axes)
    sample = min(found, key=lambda each: np.prod(each.data))
    x, h = sample.arrays()
    assert (x.shape, h.shape) == (sample.data, sample.kernel)
    assert x.dtype == h.dtype == np.dtype(sample.dtype)


def test_samples_are_packed_in_both_ways() -> None:
    """Random problems have vectors of samples and single ones, each with a constant."""
    counts = {"samples": 0, "strided_samples": 0}
    for sample in islice(tuning.samples(1, ("float32",)), 200):
        counted = _constants._count(sample, "direct")
        named = dict(zip(planner.DIRECT_COUNTS, counted, strict=True))
        for name in counts:
            counts[name] += named[name] > 0
    assert min(counts.values()) >= 20


def test_times_are_the_least_of_at_least_four() -> None:
    calls: list[str] = []
    runs = [lambda: calls.append("a"), lambda: calls.append("b")]
    found = _timing.fastest(runs, 0)
    assert calls == ["a", "b"] * 4
    assert len(found) == 2
    assert min(found) > 0


# constants


def test_fit_finds_the_constants_behind_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test computes times from known constants. The fit must find the constants."""
    true = {
        "direct": {
            "calls": 3e-6, "sums": 2e-11, "samples": 2e-10, "strided_samples": 1e-9
        },
        "fft": {"calls": 3e-6, "cycles": 2e-10},
    }  # fmt: skip

    def pretend(sample: Any, method: str, limit: float) -> float:
        count = _constants._count(sample, method)
        named = dict(zip(cost.ENGINES[method][0], count, strict=True))
        return float(sum(named[name] * each for name, each in true[method].items()))

    monkeypatch.setattr(_constants, "_seconds", pretend)
    monkeypatch.setattr(_constants, "_reading", lambda dtype: 0.0)
    for engine, (counts, elements) in cost.ENGINES.items():
        for element in elements:
            fitted = _constants.fit_constants(engine, element, 0.05, 1)
            assert [*fitted.seconds] == [*counts]
            np.testing.assert_allclose(fitted.ratios, 1, rtol=1e-3)
            for name, seconds in true[engine].items():
                assert fitted.seconds[name] == pytest.approx(seconds, rel=0.02)


def test_reading_takes_time() -> None:
    seconds = {dtype: _constants._reading(dtype) for dtype in ("float32", "float64")}
    assert 0 < seconds["float32"] < 1e-7
    assert 0 < seconds["float64"] < 1e-7


# tables


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


# rates of sums


@pytest.mark.compiled
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("span", range(1, 6))
def test_images_have_tap_columns_of_one_span(span: int, dtype: str) -> None:
    sample = _rates.image((span, _rates._ROW), dtype)
    plan = direct.plan(sample.problem(), _rates._LIMITS)
    assert plan is not None
    columns, *_ = planner.tap_columns(sample.problem(), plan._module.model)
    assert [i for i, count in enumerate(columns) if count] == [span]
    assert planner.blocks_of(sample.problem(), plan._module.model)["in_place"]


def test_shares_and_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    """Times as those of a machine with given speeds give these speeds back.

    Shares of the best speed are 0.5, 0.8, 1, 1 and 0.9 of it, in one type or the other.
    """
    speeds = {
        "float32": [2e10, 3.2e10, 4e10, 3.6e10, 3.6e10],
        "float64": [1e10, 1.6e10, 1.8e10, 2e10, 1.8e10],
    }

    def pretend(runs: Sequence[Any], seconds: float) -> list[float]:
        (run,) = runs
        signal, (kernel, _), output, *_ = run.args
        speed = speeds.get(signal.dtype.name, [1e9] * 5)[kernel.shape[0] - 1]
        return [output.size * kernel.size / speed]

    monkeypatch.setattr(_rates, "fastest", pretend)
    highest = 0.9**0.5
    assert _rates.measure_shares(1) == pytest.approx(
        {"1": 0.5 / highest, "2": 0.8 / highest, "3": 1, "4": 1, "5": 0.9 / highest},
        rel=1e-2,
    )
    sums = _rates.measure_sums(1)
    assert [*sums] == [*cost.SUMS]
    assert sums["float64"] == pytest.approx(1.8e10, rel=1e-2)
    assert sums["uint16"] == pytest.approx(1e9, rel=1e-2)


# thresholds


@pytest.mark.compiled
@pytest.mark.parametrize("bound", _bounds.BOUNDS, ids=lambda bound: bound.name)
def test_bounds_have_plans_for_all_values(bound: _bounds.Bound) -> None:
    """With some of these values, some problem is planned in another way."""
    (engine,) = METHODS[bound.method]
    value, differs = NUMBERS["thresholds"][bound.name], False
    with cost.using(NUMBERS):
        for sample in bound.problems:
            programs = set()
            for factor in (1.0, *bound.factors):
                limits: dict[str, Any] = {bound.name: round(value * factor)}
                limits["forms"] = bound.forms
                plan = engine.plan(sample.problem(), Thresholds(**limits))
                assert plan is not None
                assert plan.name == bound.method
                programs.add(plan.lay_out().layout)
            differs |= len(programs) > 1
    assert differs


Ratio = Callable[[int], float]


def searched(
    monkeypatch: pytest.MonkeyPatch, *measured: Ratio
) -> tuple[dict[str, int], list[list[int]]]:
    """Search one bound. Each measurement has times by value; return values tried."""
    problem = _samples.Sample((300, 500), (3, 3), (0, 1), "same", "float32")
    bound = _bounds.Bound("window_bytes", "direct", (0.5, 2.0), (problem, problem))
    left, tried = [*measured], []

    def pretend(runs: Sequence[Any], seconds: float) -> list[float]:
        values = [run.func.__self__.thresholds.window_bytes for run in runs]
        tried.append(values)
        # both problems are one measurement
        ratio = left[0] if len(tried) % 2 else left.pop(0)
        return [3e-3 * ratio(value) for value in values]

    monkeypatch.setattr(_bounds, "fastest", pretend)
    start = {"window_bytes": 60_000, "row_reals": 7}
    found = _bounds.search([bound], start, 1.0, lambda text: None)
    assert not left
    assert start == {"window_bytes": 60_000, "row_reals": 7}
    assert found["row_reals"] == 7
    return found, tried


def test_faster_values_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    def ratio(value: int) -> float:
        return {30_000: 0.97, 60_000: 1.0, 120_000: 0.95}[value]

    found, tried = searched(monkeypatch, ratio, ratio)
    assert found["window_bytes"] == 120_000
    assert tried == 2 * [[60_000, 30_000, 120_000]] + 2 * [[60_000, 120_000]]


def test_values_that_are_hardly_faster_are_not_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found, tried = searched(monkeypatch, lambda value: 1 - 0.015 * (value != 60_000))
    assert found["window_bytes"] == 60_000
    assert tried == 2 * [[60_000, 30_000, 120_000]]


def test_values_must_be_faster_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    found, _ = searched(
        monkeypatch, lambda value: 1 - 0.1 * (value == 30_000), lambda value: 1.0
    )
    assert found["window_bytes"] == 60_000


def test_equal_plans_are_timed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise another process could make one of them seem faster."""
    numbers: list[int] = []

    def pretend(runs: Sequence[Any], seconds: float) -> list[float]:
        numbers.append(len(runs))
        return [1 / n for n in range(1, len(runs) + 1)]

    monkeypatch.setattr(_bounds, "fastest", pretend)
    problem = _samples.Sample((40, 50), (3, 3), (0, 1), "same", "float32")
    bound = _bounds.Bound("tile_bytes", "direct", (), (problem,))
    found = cost.constants().thresholds
    assert _bounds.compare(bound, found, [5, 6], 1.0) == [1.0, 1.0]
    assert numbers == [1]


# files and the command


def test_fit_and_save(
    cost_file: Path, found: cost.Numbers, capsys: pytest.CaptureFixture[str]
) -> None:
    assert [*found] == ["direct", "fft", "tables", "thresholds"]
    for engine, elements in cost.constants().seconds.items():
        assert {*found[engine]} == {*elements}
    assert tuning.save(found) == cost_file
    cost._from_files.cache_clear()
    used = cost.constants()
    assert used.source == str(cost_file)
    for engine, elements in used.seconds.items():
        counts, _ = cost.ENGINES[engine]
        for element, each in elements.items():
            assert dict(zip(counts, each, strict=True)) == found[engine][element]
    assert used.thresholds == found["thresholds"]
    assert used.tables["forms"] == found["tables"]["forms"]
    assert used.tables["shares"][2] == found["tables"]["shares"]["2"]
    assert cli.main(["info"]) == 0
    assert str(cost_file) in capsys.readouterr().out
    cost_file.write_text("[1]")
    tuning.save(found)
    cost_file.write_text(json.dumps({"other": 1}))
    tuning.save(found)
    assert {*json.loads(cost_file.read_text())} == {"other", cpu.active()}


def test_a_fit_leaves_the_numbers_in_use(found: cost.Numbers) -> None:
    assert cost.constants().source == "shipped"
    assert found["tables"] != cost.shipped()["tables"]


def test_wrong_seconds() -> None:
    with pytest.raises(ValueError, match="seconds"):
        tuning.fit(0)


def test_tune(
    cost_file: Path,
    found: cost.Numbers,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(tuning, "fit", lambda seconds: found)
    assert cli.main(["tune", "--seconds", "1"]) == 0
    assert str(cost_file) in capsys.readouterr().out
    assert cost_file.exists()
    assert cli.main(["tune", "--seconds", "0"]) == 2
    assert "--seconds" in capsys.readouterr().err
    cost_file.unlink()
    cost_file.parent.rmdir()
    cost_file.parent.write_text("in the way")
    assert cli.main(["tune"]) == 2
    assert "can't write" in capsys.readouterr().err


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf"])
def test_no_time_to_tune(seconds: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["tune", "--seconds", seconds]) == 2
    assert "--seconds must be finite and above 0" in capsys.readouterr().err


def test_tune_first_checks_whether_it_can_write(
    cost_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fit(seconds: float) -> cost.Numbers:
        raise AssertionError("fitted before it was known where to write")

    monkeypatch.setattr(tuning, "fit", fit)
    cost_file.mkdir(parents=True)
    assert cli.main(["tune"]) == 2
    assert str(cost_file) in capsys.readouterr().err
    cost_file.rmdir()
    cost_file.parent.rmdir()
    cost_file.parent.write_text("a file where a folder should be")
    assert cli.main(["tune"]) == 2


def test_links_are_replaced_not_followed(
    cost_file: Path, found: cost.Numbers, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere.json"
    elsewhere.write_text('{"other": 1}')
    cost_file.parent.mkdir()
    cost_file.symlink_to(elsewhere)
    tuning.save(found)
    assert elsewhere.read_text() == '{"other": 1}'
    assert not cost_file.is_symlink()
    assert {*json.loads(cost_file.read_text())} == {"other", cpu.active()}
    assert [path.name for path in cost_file.parent.iterdir()] == [cost_file.name]
