"""Numbers of the cost model: their sources, and choices that follow from them."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import planned
import pytest

import pyconvolve
from pyconvolve import cli, tuning
from pyconvolve._core import cost, cpu, plan
from pyconvolve._core.problem import Operand
from pyconvolve._core.thresholds import FITTED, THRESHOLDS, Thresholds


@pytest.mark.usefixtures("cost_file")
def test_shipped_constants(capsys: pytest.CaptureFixture[str]) -> None:
    known = cost.constants()
    assert known.source == "shipped"
    assert {*known.seconds} == {"direct", "fft"}
    for engine in known.seconds.values():
        for each in engine.values():
            assert all(seconds >= 0 for seconds in each)
            assert max(each) > 0
    assert cli.main(["info"]) == 0
    assert "shipped" in capsys.readouterr().out


@pytest.fixture
def shipped(monkeypatch: pytest.MonkeyPatch) -> Callable[..., cost.Constants]:
    """Constants of an instruction set, with given ones shipped."""
    monkeypatch.setattr(cost, "ENGINES", {"direct": (("calls",), ("float32", "uint8"))})
    tables = cost._shipped("tables.json")

    def read(sets: tuple[str, ...], name: str, known: dict[str, Any]) -> cost.Constants:
        monkeypatch.setattr(cpu, "INSTRUCTION_SETS", sets)
        monkeypatch.setattr(cpu, "active", lambda: name)
        files = {"constants.json": known, "tables.json": tables}
        monkeypatch.setattr(cost, "_shipped", lambda file: deepcopy(files[file]))
        cost._from_files.cache_clear()
        return cost.constants()

    return read


def estimates(**calls: float) -> dict[str, Any]:
    return {"direct": {name: {"calls": value} for name, value in calls.items()}}


@pytest.mark.usefixtures("cost_file")
@pytest.mark.parametrize(
    ("sets", "name", "expected"),
    [
        (("v2", "v3", "v4"), "v3", 3),
        (("v2", "v3", "v4", "v5"), "v5", 3),
        (("baseline", "v2", "v3"), "baseline", 2),
        (("baseline",), "baseline", 2),
        (("neon", "sve"), "sve", 2),
    ],
)
def test_the_next_instruction_set_below_serves(
    shipped: Any, sets: tuple[str, ...], name: str, expected: float
) -> None:
    """If no set below has constants for the engine, the first set serves."""
    known = {
        "v2": estimates(float32=2, uint8=2),
        "v3": estimates(float32=3, uint8=3),
        "v4": {"direct": {}},
    }
    found = shipped(sets, name, known)
    assert found.source == "shipped"
    assert found.seconds == {"direct": {"float32": (expected,), "uint8": (expected,)}}


@pytest.mark.usefixtures("cost_file")
def test_a_set_with_constants_of_its_own_needs_no_other(shipped: Any) -> None:
    known = {"v2": estimates(float32=2, uint8=2)}
    known["baseline"] = estimates(float32=1, uint8=1)
    found = shipped(("baseline",), "baseline", known)
    assert found.seconds == {"direct": {"float32": (1.0,), "uint8": (1.0,)}}


@pytest.mark.usefixtures("cost_file")
@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({"float64": 8, "uint16": 2}, 2),
        ({"float64": 8, "uint32": 4}, 4),
        ({"float16": 1, "uint16": 2}, 2),
        ({"int8": 3, "bool": 4, "uint16": 2}, 3),
    ],
)
def test_the_nearest_element_type_serves(
    shipped: Any, known: dict[str, float], expected: float
) -> None:
    found = shipped(("v2",), "v2", {"v2": estimates(float32=9, **known)})
    assert found.seconds["direct"] == {"float32": (9.0,), "uint8": (expected,)}


def test_polls_of_an_element_type_without_a_row() -> None:
    known = cost.constants()
    assert known.poll_sums("float16") == known.poll_sums("uint16")


@pytest.mark.usefixtures("cost_file")
def test_of_two_element_types_as_near_the_larger_one_serves(
    shipped: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cost, "ENGINES", {"direct": (("calls",), ("float32",))})
    found = shipped(("v2",), "v2", {"v2": estimates(uint16=2, float64=8)})
    assert found.seconds["direct"] == {"float32": (8.0,)}


@pytest.mark.usefixtures("cost_file")
def test_an_engine_needs_estimates(shipped: Any) -> None:
    with pytest.raises(ValueError, match=r"constants\.json must have .* 'direct'"):
        shipped(("v2",), "v2", {"v2": {}})


@pytest.mark.parametrize(
    "text",
    [
        *("", "[1]", "{ not json", '{"ISA": {}}', '{"ISA": {"direct": {}}}'),
        '{"ISA": {"direct": {"float32": {"calls": "much"}}}}',
        '{"ISA": {"direct": {"float32": {"calls": -1}}}}',
        '{"ISA": {"direct": {"float32": {"bogus": 1}}}}',
        '{"ISA": {"direct": {}, "transforms": {}}}',
        *('"ISA"', '{"ISA": null}', '{"ISA": []}', '{"ISA": {"direct": []}}'),
        '{"ISA": {"direct": {"float32": []}}}',
        "[" * 100_000,
    ],
)
def test_files_that_cannot_be_used(cost_file: Path, text: str) -> None:
    cost_file.parent.mkdir()
    cost_file.write_text(text.replace("ISA", cpu.active()))
    with pytest.warns(RuntimeWarning, match="pyconvolve tune"):
        assert cost.constants().source == "shipped"


def test_files_with_counts_of_an_earlier_version(cost_file: Path) -> None:
    """Their seconds may mean something else, so the file is measured anew."""
    earlier = {"refetched": "again", "page_faults": "fresh", "cache_misses": "far"}
    renamed = {
        engine: {
            element: {earlier.get(name, name): value for name, value in each.items()}
            for element, each in elements.items()
        }
        for engine, elements in cost.shipped().items()
        if engine in cost.ENGINES
    }
    tuning.save(renamed)
    cost._from_files.cache_clear()
    with pytest.warns(RuntimeWarning, match=r"pyconvolve tune.*page_faults"):
        assert cost.constants().source == "shipped"


@pytest.mark.parametrize(
    "wrong", [-1, float("nan"), float("inf"), "much", "1", None, [], {}, 10**400]
)
def test_constants_that_are_no_seconds(cost_file: Path, wrong: Any) -> None:
    known = cost.shipped()
    known["direct"]["float64"]["sums"] = wrong
    tuning.save(known)
    cost._from_files.cache_clear()
    with pytest.warns(RuntimeWarning, match="pyconvolve tune"):
        assert cost.constants().source == "shipped"


def test_files_without_tables(cost_file: Path) -> None:
    """Those of tables.json serve, and thresholds, too."""
    known = cost.shipped()
    tuning.save({engine: known[engine] for engine in cost.ENGINES})
    cost._from_files.cache_clear()
    found, defaults = cost.constants(), cost._defaults()
    assert found.source == str(cost_file)
    assert found.thresholds == defaults["thresholds"]
    assert found.tables["forms"] == defaults["tables"]["forms"]
    assert found.tables["shares"][3] == defaults["tables"]["shares"]["3"]


@pytest.mark.usefixtures("cost_file")
def test_tables_and_thresholds_of_a_file() -> None:
    known, defaults = cost.shipped(), cost._defaults()
    known["tables"] = {"tile": 1234.5}
    known["thresholds"] = {"window_bytes": 65536}
    tuning.save(known)
    cost._from_files.cache_clear()
    found = cost.constants()
    assert found.tables["tile"] == 1234.5
    assert found.tables["room"] == defaults["tables"]["room"]
    assert found.thresholds == defaults["thresholds"] | {"window_bytes": 65536}


@pytest.mark.parametrize(
    ("table", "wrong"),
    [
        *(("tile", wrong) for wrong in (0, -1, "1", None, True, [1], 10**400)),
        *(("strided", wrong) for wrong in (1, [], [1], [1, 2, 3], [1, 0], {})),
        *(("shares", wrong) for wrong in ({}, {"1": 1}, [1, 1, 1, 1, 1], 1)),
        ("forms", {"usual": {}, "wide": {}}),
        ("passes", {"16": [], "32": []}),
        ("bogus", 1),
    ],
)
@pytest.mark.usefixtures("cost_file")
def test_wrong_tables(table: str, wrong: Any) -> None:
    known = cost.shipped()
    known["tables"][table] = wrong
    tuning.save(known)
    cost._from_files.cache_clear()
    with pytest.warns(RuntimeWarning, match="pyconvolve tune"):
        assert cost.constants().source == "shipped"


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        *(("tile_bytes", wrong) for wrong in (0, -1, 1.5, "1", None, True, 10**400)),
        ("worker_bytes", 1 << 20),
        ("bogus", 1),
    ],
)
@pytest.mark.usefixtures("cost_file")
def test_wrong_thresholds(name: str, wrong: Any) -> None:
    known = cost.shipped()
    known["thresholds"][name] = wrong
    tuning.save(known)
    cost._from_files.cache_clear()
    with pytest.warns(RuntimeWarning, match=name):
        assert cost.constants().source == "shipped"


@pytest.mark.usefixtures("cost_file")
def test_tables_belong_to_constants(shipped: Any) -> None:
    """A set without constants has the tables of the set that its constants are of."""
    known = {
        "v2": estimates(float32=2) | {"tables": {"tile": 2.0, "room": 2.0}},
        "v3": estimates(float32=3) | {"tables": {"tile": 3.0}},
        "v4": {"direct": {}, "tables": {"tile": 4.0}},
    }
    known["v3"]["thresholds"] = {"tile_bytes": 3}
    defaults = cost._defaults()
    for name in ("v3", "v4"):
        found = shipped(("v2", "v3", "v4"), name, known)
        assert found.tables["tile"] == 3
        assert found.tables["room"] == defaults["tables"]["room"]
        assert found.thresholds == defaults["thresholds"] | {"tile_bytes": 3}


def test_every_fitted_threshold_has_a_value() -> None:
    assert {*cost._defaults()["thresholds"]} == {*FITTED}
    fitted = cost.constants().thresholds
    filled = Thresholds(tile_bytes=5, few_tiles=6).filled(fitted)
    assert (filled.tile_bytes, filled.few_tiles) == (5, 6)
    assert filled.window_bytes == fitted["window_bytes"]
    assert THRESHOLDS.window_bytes is None


def test_plans_are_made_by_the_numbers_in_use() -> None:
    """Plans that were made by other numbers are made anew."""

    def planned_scratch(**thresholds: int) -> list[int]:
        limits = Thresholds(**thresholds) if thresholds else THRESHOLDS
        return [
            planned.plan(*sizes, "f8", "same", method, limits=limits).scratch_bytes
            for method, *sizes in (
                ("direct", (700, 700), (9, 9)),
                ("fft", (3000, 2000), (50, 50)),
            )
        ]

    def predicted() -> float:
        return planned.plan((90, 90), (40, 40), "f8", "same", "fft").seconds

    usual, numbers = planned_scratch(), cost.shipped()
    numbers["thresholds"] |= {"window_bytes": 1 << 16, "tile_bytes": 1 << 18}
    small = planned_scratch(window_bytes=1 << 16, tile_bytes=1 << 18)
    assert all(a < b for a, b in zip(small, usual, strict=True))
    with cost.using(numbers):
        assert planned_scratch() == small
    before = predicted()
    numbers["tables"]["tile"] *= 100
    with cost.using(numbers):
        assert predicted() > before
    assert planned_scratch() == usual
    assert predicted() == before


@pytest.mark.parametrize("error", [RuntimeError, PermissionError])
def test_no_home_folder(
    error: Any, cost_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Missing:
        def read_text(self) -> str:
            raise error("no home")

    monkeypatch.setattr(cost, "user_file", Missing)
    if error is RuntimeError:
        assert cost.constants().source == "shipped"
        return
    with pytest.warns(RuntimeWarning, match="no home"):
        assert cost.constants().source == "shipped"


def test_the_cache_folder_is_the_users(python: Callable[..., Any]) -> None:
    done = python(
        "from pyconvolve._core import cost; print(cost.user_file())",
        XDG_CACHE_HOME="/somewhere",
    )
    assert "pyconvolve" in done.stdout
    assert done.stdout.strip().endswith("cost.json")


def test_larger_problems_take_longer() -> None:
    for method in ("direct", "fft"):
        for small, large in (
            (((100, 100), (9, 9)), ((200, 200), (9, 9))),
            (((5000,), (50,)), ((500_000,), (50,))),
            (((90, 90), (5, 5)), ((90, 90), (31, 31))),
        ):
            less, more = (
                planned.plan(*sizes, "f4", "same", method).seconds
                for sizes in (small, large)
            )
            assert less < more


@pytest.mark.parametrize("dtype", ["f4", "f8", "i2", "u1", "i8", "c8", "?", "f2", "g"])
def test_explain(dtype: str) -> None:
    x = np.broadcast_to(np.zeros((), dtype), (600, 500))
    for size, engine in ((2, "direct"), (300, "fft")):
        h = np.broadcast_to(np.zeros((), dtype), (size, size))
        plan = pyconvolve.explain(x, h, "same", workers=2)
        assert plan.engine == plan.method == engine
        assert {*plan.seconds} == {"direct", "fft"}
        # direct sums win unless transforms save more than three tenths
        wins = plan.seconds["fft"] < 0.7 * plan.seconds["direct"]
        assert ("fft" if wins else "direct") == engine
        assert plan.workers == 2
        assert 0 < plan.memory < 2**28
        assert engine in repr(plan)
        assert " ms" in repr(plan)
    forced = pyconvolve.explain(x, h, "same", "direct")
    assert forced.engine == "direct"
    assert [*forced.seconds] == ["direct"]


def test_explain_objects_and_errors() -> None:
    objects = np.array([1, 2], object)
    plan = pyconvolve.explain(objects, objects)
    assert (plan.engine, plan.method) == ("tapwise", "direct")
    with pytest.raises(ValueError, match="mode"):
        pyconvolve.explain([1], [1], "bogus")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="in2"):
        pyconvolve.explain([1], [[1]])
    with pytest.raises(ValueError, match="workers"):
        pyconvolve.explain([1], [1], workers=0)


class Engine(SimpleNamespace):
    """An engine whose plans take given seconds; a plan is its own engine."""

    seconds: float

    def least_seconds(self, problem: Any, enough: float) -> float:
        return 0.0

    def plan(self, problem: Any, thresholds: Any) -> "Engine":
        return self

    def lay_out(self) -> "Engine":
        return self


@pytest.mark.parametrize(("second", "wins"), [(0.99, 0), (0.71, 0), (0.69, 1), (2, 0)])
def test_the_first_engine_wins_ties(
    second: float, wins: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # too fast to look at the taps
    engines = Engine(seconds=1e-6), Engine(seconds=1e-6 * second)
    monkeypatch.setitem(plan.METHODS, "auto", engines)
    problem: Any = SimpleNamespace(kernel=Operand(np.dtype("f8")))
    assert plan.fastest(problem, "auto", THRESHOLDS) is engines[wins]
