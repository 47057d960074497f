"""Runs of a plan in a fresh process: the memory it takes, and Ctrl-C."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from status import MEMORY
from test_threads import interrupt

reads_proc = pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="reads /proc"
)
both_workers = pytest.mark.parametrize("workers", [1, 2])

IMPORTS = f"""
import sys, time
sys.path.insert(0, {str(Path(__file__).parent)!r})
import numpy as np
"""
MEASURED = """
with open("/proc/self/clear_refs", "w") as control:
    control.write("5")
before = memory("VmRSS")
made.run(x, taps, out, None, 1)
print(memory("VmHWM") - before, made.memory(1), made.memory(2))
made.run(x, taps, out, None, 2)
print(memory("VmHWM") - before)
"""
INTERRUPTED = """
print("ready", flush=True)
try:
    while True:
        made.run(x, taps, out, None, {workers})
except KeyboardInterrupt:
    print("interrupted", True, time.monotonic())
"""


def assert_little_memory(python: Callable[..., Any], setup: str) -> tuple[int, int]:
    """Check that each worker takes at most 2 MB besides the arrays.

    `setup` makes a plan `made`, and `x`, `taps` and `out`. Return the bytes that the
    plan predicts for one and for two workers.
    """
    done = python(MEMORY + IMPORTS + setup + MEASURED)
    one, predicted, predicted_two, two = map(int, done.stdout.split())
    # and Python's own objects
    assert one <= 3 * 2**20
    assert two <= 5 * 2**20
    return predicted, predicted_two


def assert_stops(setup: str, workers: int, folder: Path) -> None:
    """Check that Ctrl-C ends endless runs of a plan in two seconds."""
    program = IMPORTS + setup + INTERRUPTED.format(workers=workers)
    assert interrupt(program, folder) < 2
