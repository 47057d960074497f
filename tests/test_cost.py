"""Constants of the cost model: their source, their fit, and where they are stored."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import planned
import pytest

import pyconvolve
from pyconvolve import cli, tuning
from pyconvolve._core import cost, cpu, plan, planner
from pyconvolve._core.thresholds import THRESHOLDS


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = tmp_path / "deeper" / "cost.json"
    monkeypatch.setattr(cost, "user_file", lambda: path)
    cost.constants.cache_clear()
    yield path
    cost.constants.cache_clear()


@pytest.fixture(scope="module")
def found() -> tuning.Found:
    said: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tuning, "_MOST", {"longdouble": 1e5})
        patch.setattr(tuning, "_MOST_SUMS", 1e7)
        fitted = tuning.fit(0.02, said=said.append)
    assert len(said) == 9
    return fitted


@pytest.mark.usefixtures("cache")
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

    def read(sets: tuple[str, ...], name: str, known: dict[str, Any]) -> cost.Constants:
        monkeypatch.setattr(cpu, "INSTRUCTION_SETS", sets)
        monkeypatch.setattr(cpu, "active", lambda: name)
        monkeypatch.setattr(cost, "_shipped", lambda file: known)
        cost.constants.cache_clear()
        return cost.constants()

    return read


def estimates(**calls: float) -> dict[str, Any]:
    return {"direct": {name: {"calls": value} for name, value in calls.items()}}


@pytest.mark.usefixtures("cache")
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


@pytest.mark.usefixtures("cache")
def test_a_set_with_constants_of_its_own_needs_no_other(shipped: Any) -> None:
    known = {"v2": estimates(float32=2, uint8=2)}
    known["baseline"] = estimates(float32=1, uint8=1)
    found = shipped(("baseline",), "baseline", known)
    assert found.seconds == {"direct": {"float32": (1.0,), "uint8": (1.0,)}}


@pytest.mark.usefixtures("cache")
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
    assert cost.poll_sums("float16") == cost.poll_sums("uint16")


@pytest.mark.usefixtures("cache")
def test_of_two_element_types_as_near_the_larger_one_serves(
    shipped: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cost, "ENGINES", {"direct": (("calls",), ("float32",))})
    found = shipped(("v2",), "v2", {"v2": estimates(uint16=2, float64=8)})
    assert found.seconds["direct"] == {"float32": (8.0,)}


@pytest.mark.usefixtures("cache")
def test_an_engine_needs_estimates(shipped: Any) -> None:
    with pytest.raises(ValueError, match=r"constants\.json must have .* 'direct'"):
        shipped(("v2",), "v2", {"v2": {}})


def test_fit_and_save(
    cache: Path, found: tuning.Found, capsys: pytest.CaptureFixture[str]
) -> None:
    for engine, elements in cost.constants().seconds.items():
        assert {*found[engine]} == {*elements}
    assert tuning.save(found) == cache
    cost.constants.cache_clear()
    assert cost.constants().source == str(cache)
    for engine, elements in cost.constants().seconds.items():
        counts, _ = cost.ENGINES[engine]
        for element, each in elements.items():
            assert dict(zip(counts, each, strict=True)) == found[engine][element]
    assert cli.main(["info"]) == 0
    assert str(cache) in capsys.readouterr().out
    cache.write_text("[1]")
    tuning.save(found)
    cache.write_text(json.dumps({"other": 1}))
    tuning.save(found)
    assert {*json.loads(cache.read_text())} == {"other", cpu.active()}


def test_fit_finds_the_constants_behind_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test computes times from known constants. The fit must find the constants."""
    true = {"calls": 3e-6, "cycles": 2e-10}

    def pretend(sample: Any, method: str, limit: float) -> float:
        count = tuning._count(sample, method)
        if method == "direct":
            named = dict(zip(planner.DIRECT_COUNTS, count, strict=True))
            return named["calls"] * 3e-6 + named["sums"] * 2e-11
        named = dict(zip(planner.FFT_COUNTS, count, strict=True))
        return float(sum(named[name] * seconds for name, seconds in true.items()))

    monkeypatch.setattr(tuning, "_fastest", pretend)
    monkeypatch.setattr(tuning, "_reading", lambda dtype: 0.0)
    fitted = tuning.fit(0.05, said=lambda text: None)
    for element in fitted["fft"]:
        got = fitted["fft"][element]
        assert got["cycles"] == pytest.approx(2e-10, rel=1e-3)
        assert got["calls"] == pytest.approx(3e-6, rel=1e-3)
    for element in fitted["direct"]:
        assert fitted["direct"][element]["sums"] == pytest.approx(2e-11, rel=0.1)


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
def test_files_that_cannot_be_used(cache: Path, text: str) -> None:
    cache.parent.mkdir()
    cache.write_text(text.replace("ISA", cpu.active()))
    with pytest.warns(RuntimeWarning, match="pyconvolve tune"):
        assert cost.constants().source == "shipped"


def test_files_with_counts_of_an_earlier_version(
    cache: Path, found: tuning.Found
) -> None:
    """Their seconds may mean something else, so the file is measured anew."""
    earlier = {"refetched": "again", "page_faults": "fresh", "cache_misses": "far"}
    renamed = {
        engine: {
            element: {earlier.get(name, name): value for name, value in each.items()}
            for element, each in elements.items()
        }
        for engine, elements in found.items()
    }
    tuning.save(renamed)
    cost.constants.cache_clear()
    with pytest.warns(RuntimeWarning, match=r"pyconvolve tune.*page_faults"):
        assert cost.constants().source == "shipped"


@pytest.mark.parametrize(
    "wrong", [-1, float("nan"), float("inf"), "much", "1", None, [], {}, 10**400]
)
def test_constants_that_are_no_seconds(
    cache: Path, found: tuning.Found, wrong: Any
) -> None:
    tuning.save(found)
    known = json.loads(cache.read_text())
    known[cpu.active()]["direct"]["float64"]["sums"] = wrong
    cache.write_text(json.dumps(known))
    cost.constants.cache_clear()
    with pytest.warns(RuntimeWarning, match="pyconvolve tune"):
        assert cost.constants().source == "shipped"


@pytest.mark.parametrize("error", [RuntimeError, PermissionError])
def test_no_home_folder(
    error: Any, cache: Path, monkeypatch: pytest.MonkeyPatch
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


def test_wrong_seconds() -> None:
    with pytest.raises(ValueError, match="seconds"):
        tuning.fit(0)


def test_tune(
    cache: Path,
    found: tuning.Found,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(tuning, "fit", lambda seconds: found)
    assert cli.main(["tune", "--seconds", "1"]) == 0
    assert str(cache) in capsys.readouterr().out
    assert cache.exists()
    assert cli.main(["tune", "--seconds", "0"]) == 2
    assert "--seconds" in capsys.readouterr().err
    cache.unlink()
    cache.parent.rmdir()
    cache.parent.write_text("in the way")
    assert cli.main(["tune"]) == 2
    assert "can't write" in capsys.readouterr().err


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
        # direct sums win unless transforms save more than an eighth
        wins = plan.seconds["fft"] < 0.875 * plan.seconds["direct"]
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


def test_samples() -> None:
    drawn = tuning.samples(3, ("float32", "float64"))
    redrawn = tuning.samples(3, ("float32", "float64"))
    for _, sample, same in zip(range(300), drawn, redrawn, strict=False):
        assert sample == same
        for a, (n, k) in enumerate(zip(sample.data, sample.kernel, strict=True)):
            assert 1 <= k <= max(2, n // 2 + 1) if a in sample.axes else k in (1, n)
    x, h = sample.arrays()
    assert (x.shape, h.shape) == (sample.data, sample.kernel)
    assert x.dtype == h.dtype == np.dtype(sample.dtype)


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf"])
def test_no_time_to_tune(seconds: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["tune", "--seconds", seconds]) == 2
    assert "--seconds must be finite and above 0" in capsys.readouterr().err


def test_tune_first_checks_whether_it_can_write(
    cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fit(seconds: float) -> tuning.Found:
        raise AssertionError("fitted before it was known where to write")

    monkeypatch.setattr(tuning, "fit", fit)
    cache.mkdir(parents=True)
    assert cli.main(["tune"]) == 2
    assert str(cache) in capsys.readouterr().err
    cache.rmdir()
    cache.parent.rmdir()
    cache.parent.write_text("a file where a folder should be")
    assert cli.main(["tune"]) == 2


def test_links_are_replaced_not_followed(
    cache: Path, found: tuning.Found, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere.json"
    elsewhere.write_text('{"other": 1}')
    cache.parent.mkdir()
    cache.symlink_to(elsewhere)
    tuning.save(found)
    assert elsewhere.read_text() == '{"other": 1}'
    assert not cache.is_symlink()
    assert {*json.loads(cache.read_text())} == {"other", cpu.active()}
    assert [path.name for path in cache.parent.iterdir()] == [cache.name]


class Engine(SimpleNamespace):
    """An engine whose plans take given seconds; a plan is its own engine."""

    seconds: float

    def least_seconds(self, problem: Any) -> float:
        return 0.0

    def plan(self, problem: Any, thresholds: Any) -> "Engine":
        return self

    def lay_out(self) -> "Engine":
        return self


@pytest.mark.parametrize(("second", "wins"), [(0.99, 0), (0.88, 0), (0.87, 1), (2, 0)])
def test_the_first_engine_wins_ties(
    second: float, wins: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    engines = Engine(seconds=1.0), Engine(seconds=second)
    monkeypatch.setitem(plan.METHODS, "auto", engines)
    problem: Any = None
    assert plan.fastest(problem, "auto", THRESHOLDS) is engines[wins]
