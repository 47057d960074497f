"""Configures pytest and hypothesis.

pyconvolve chooses one instruction set when it is imported. To test another one, set
PYCONVOLVE_ISA and run `pytest -m compiled`: these tests depend on it.

A test that is marked `pairwise` runs for few combinations of its parameters, which
contain each pair of values of two parameters. With `--all-combinations` it runs for
all.
"""

import os
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path

import pytest
from fixed_numbers import NUMBERS
from hypothesis import HealthCheck, settings

import pyconvolve
from pyconvolve._core import cost, cpu

# Tests use the cost model's constants that come with pyconvolve, not those of `tune`.
NO_FILE = Path(__file__).parent / "no-cost.json"
cost.user_file = lambda: NO_FILE

# A shell lets its background jobs ignore Ctrl-C, and their processes inherit that.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

EXAMPLES = int(os.environ.get("PYCONVOLVE_EXAMPLES", "400"))

settings.register_profile(
    "pyconvolve",
    deadline=None,
    max_examples=EXAMPLES,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("pyconvolve")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--all-combinations",
        action="store_true",
        help="run tests marked pairwise for all combinations of their parameters",
    )


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    if config.getoption("--all-combinations"):
        return
    marked = defaultdict(list)
    for item in items:
        if item.get_closest_marker("pairwise"):
            marked[item.nodeid.partition("[")[0]].append(item)
    dropped = {item for each in marked.values() for item in {*each} - pairwise(each)}
    if dropped:
        config.hook.pytest_deselected(items=[i for i in items if i in dropped])
        items[:] = [item for item in items if item not in dropped]


def pairwise(items: list[pytest.Item]) -> set[pytest.Item]:
    """Choose few tests that contain each pair of values of two parameters."""
    pairs = {}
    for item in items:
        # all combinations share the same objects
        values = [(name, id(value)) for name, value in item.callspec.params.items()]
        pairs[item] = {*combinations(sorted(values), min(2, len(values)))}
    missing = set().union(*pairs.values())
    chosen = set()
    while missing:
        best = max(items, key=lambda item: len(pairs[item] & missing))
        missing -= pairs[best]
        chosen.add(best)
    return chosen


def pytest_report_header() -> str:
    return (
        f"pyconvolve {pyconvolve.__version__}: instruction set {cpu.active()} "
        f"of {', '.join(cpu.available())}; workers {pyconvolve.get_workers()}"
    )


@pytest.fixture
def cost_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Let the user's file of the cost model be another one, which isn't there yet."""
    path = tmp_path / "deeper" / "cost.json"
    monkeypatch.setattr(cost, "user_file", lambda: path)
    cost._from_files.cache_clear()
    yield path
    cost._from_files.cache_clear()


@pytest.fixture
def fixed_numbers() -> Iterator[None]:
    """Plan by numbers that no fit changes."""
    with cost.using(NUMBERS):
        yield


@pytest.fixture
def python(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a program in a fresh interpreter, away from the source tree."""

    def run(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", program],
            cwd=tmp_path,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run
