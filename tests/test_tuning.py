"""Fits of the numbers that plans are made by, on times that the tests make up."""

import json
from collections.abc import Callable, Sequence
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
from pyconvolve._core.thresholds import Thresholds
from pyconvolve.tuning import (
    _bounds,
    _constants,
    _fit,
    _rates,
    _samples,
    _tiles,
    _timing,
)


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
