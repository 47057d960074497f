"""All benchmarks run, and their dashboard draws graphs."""

import functools
import json
import math
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import browse, serve, skip_without_chromium

pytest.importorskip("asv")
from asv_runner.discovery import (
    disc_benchmarks,
    get_benchmark_from_name,
    update_sys_path,
)

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
NAME = "latency.SmallCalls.time_1000_calls"


@pytest.fixture
def benchmarks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Any]:
    """Return every benchmark with each of its parameters, on small arrays."""
    # in the root of the tree, processes would import the package's sources
    monkeypatch.chdir(tmp_path)
    for library in ("MKL", "OMP", "OPENBLAS"):
        monkeypatch.setenv(f"{library}_NUM_THREADS", "1")
    for name in ("path", "meta_path"):
        monkeypatch.setattr(sys, name, [*getattr(sys, name)])
    root = str(BENCHMARKS / "suite")
    update_sys_path(root)
    names = [
        f"{benchmark.name}-{index}" if benchmark.params else benchmark.name
        for benchmark in disc_benchmarks(root)
        for index in range(math.prod(map(len, benchmark.params)))
    ]
    problems, shares = sys.modules["suite.problems"], sys.modules["suite.shares"]
    sizes = problems.sizes
    monkeypatch.setattr(
        problems,
        "sizes",
        lambda name: [tuple(min(n, 12) for n in shape) for shape in sizes(name)],
    )
    monkeypatch.setattr(shares, "peak", functools.cache(shares.peak))
    monkeypatch.setattr(shares, "SECONDS", 1e-3)
    once = {"number": 1, "repeat": 1, "warmup_time": 0}
    return [get_benchmark_from_name(root, name, once) for name in names]


def test_every_benchmark_runs_with_all_its_parameters(benchmarks: list[Any]) -> None:
    assert {each.type for each in benchmarks} == {"time", "peakmemory", "track"}
    for each in benchmarks:
        left_out = each.do_setup()
        assert not left_out, each
        result = each.do_run()
        if each.type == "time":
            result = min(result["samples"])
        assert 0 < result < math.inf, each


def asv(folder: Path, command: str, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "asv", command, *arguments],
        cwd=folder,
        env=os.environ | {"HOME": str(folder), "USERPROFILE": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def configure(folder: Path) -> None:
    """Write the suite's configuration into a folder, which will hold all results."""
    settings = json.loads((BENCHMARKS / "asv.conf.json").read_text())
    settings |= {
        "repo": str(folder / "repository"),
        "benchmark_dir": str(BENCHMARKS / settings["benchmark_dir"]),
    }
    (folder / "asv.conf.json").write_text(json.dumps(settings))
    asv(folder, "machine", "--yes", "--machine", "here")


def test_the_configuration_is_valid(tmp_path: Path) -> None:
    configure(tmp_path)
    asv(tmp_path, "check", "--python=same")


def history(folder: Path) -> list[str]:
    """Create a repository with three commits, and return their hashes."""

    def git(*arguments: str) -> str:
        who = ["-c", "user.name=tester", "-c", "user.email=tester@example.org"]
        done = subprocess.run(
            ["git", *who, *arguments], cwd=folder, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    folder.mkdir()
    git("init", "--quiet")
    hashes = []
    for subject in ("first", "second", "third"):
        git("commit", "--quiet", "--allow-empty", "--message", subject)
        hashes.append(git("rev-parse", "HEAD"))
    return hashes


@pytest.fixture
def page(tmp_path: Path) -> Iterator[str]:
    """Yield the address of a dashboard of one benchmark for three commits."""
    skip_without_chromium()
    if not shutil.which("git"):
        pytest.skip("needs git, which is not installed")
    if not (BENCHMARKS / "node_modules").exists():
        pytest.skip("needs the page's scripts: npm install --prefix benchmarks")
    hashes = history(tmp_path / "repository")
    configure(tmp_path)
    one = re.escape(f"{NAME}('32x32 by 3x3', 'convolve')")
    for commit in hashes:
        options = ["--python=same", "--quick", "--machine=here"]
        asv(tmp_path, "run", *options, "--bench", one, "--set-commit-hash", commit)
    asv(tmp_path, "publish")
    html = tmp_path / ".asv" / "html"
    subprocess.run([sys.executable, BENCHMARKS / "offline.py", html], check=True)

    with serve(html) as address:
        yield address


def test_the_dashboard_draws_graphs(page: str, tmp_path: Path) -> None:
    # the page draws only the graphs that are in the window
    grid, _ = browse(page, tmp_path, "--window-size=1200,2000", "--dump-dom")
    assert "SmallCalls.time_1000_calls" in grid
    assert 'class="flot-base"' in grid

    image = pytest.importorskip("PIL.Image")
    picture = tmp_path / "graph.png"
    options = ["--window-size=1200,800", f"--screenshot={picture}", "--dump-dom"]
    graph, _ = browse(f"{page}#{NAME}", tmp_path, *options)
    assert len(re.findall(r'class="flot-tick-label', graph)) >= 3
    pixels = np.asarray(image.open(picture).convert("RGB"), int)
    # the part below the titles, above the overview and right of the legend
    plot = pixels[100:660, 560:1160]
    # a line without gaps up to the last commit
    (columns,) = (np.ptp(plot, axis=2) > 60).any(axis=0).nonzero()
    assert columns.size > 550
    assert (np.diff(columns) == 1).all()
