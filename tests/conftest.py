"""What every test runs under: one instruction set, and hypothesis without a clock.

An instruction set is chosen once, when pyconvolve is imported. To test another, start
pytest again with PYCONVOLVE_ISA set.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import pyconvolve
from pyconvolve._core import cost, cpu

# Choices are tested by the constants that everybody has.
NO_FILE = Path(__file__).parent / "no-cost.json"
cost.user_file = lambda: NO_FILE

EXAMPLES = int(os.environ.get("PYCONVOLVE_EXAMPLES", "400"))

settings.register_profile(
    "pyconvolve",
    deadline=None,
    max_examples=EXAMPLES,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("pyconvolve")


def pytest_report_header() -> str:
    return (
        f"pyconvolve {pyconvolve.__version__}: instruction set {cpu.active()} "
        f"of {', '.join(cpu.available())}; workers {pyconvolve.get_workers()}"
    )


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
