"""Fits of the constants of the cost model, and where they are stored."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pyconvolve import cli, tuning
from pyconvolve._core import cost, cpu, planner


@pytest.fixture(scope="module")
def found() -> tuning.Found:
    said: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tuning, "_MOST", {"longdouble": 1e5})
        patch.setattr(tuning, "_MOST_SUMS", 1e7)
        fitted = tuning.fit(0.02, said=said.append)
    assert len(said) == 9
    return fitted


def test_fit_and_save(
    cost_file: Path, found: tuning.Found, capsys: pytest.CaptureFixture[str]
) -> None:
    for engine, elements in cost.constants().seconds.items():
        assert {*found[engine]} == {*elements}
    assert tuning.save(found) == cost_file
    cost._from_files.cache_clear()
    assert cost.constants().source == str(cost_file)
    for engine, elements in cost.constants().seconds.items():
        counts, _ = cost.ENGINES[engine]
        for element, each in elements.items():
            assert dict(zip(counts, each, strict=True)) == found[engine][element]
    assert cli.main(["info"]) == 0
    assert str(cost_file) in capsys.readouterr().out
    cost_file.write_text("[1]")
    tuning.save(found)
    cost_file.write_text(json.dumps({"other": 1}))
    tuning.save(found)
    assert {*json.loads(cost_file.read_text())} == {"other", cpu.active()}


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


def test_wrong_seconds() -> None:
    with pytest.raises(ValueError, match="seconds"):
        tuning.fit(0)


def test_tune(
    cost_file: Path,
    found: tuning.Found,
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
    cost_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fit(seconds: float) -> tuning.Found:
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
    cost_file: Path, found: tuning.Found, tmp_path: Path
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
