"""Reductions without a kernel: memory and Ctrl-C."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from processes import assert_little_memory, assert_stops, both_workers, reads_proc
from test_threads import posix

pytestmark = pytest.mark.compiled

SETUP = """
from reductions import box, plan, THRESHOLDS
problem = box({shape}, {taps}, {reduction!r}, {dtype!r}, boundary={boundary!r})
made = plan.reduced(problem, THRESHOLDS)
x, out = np.ones({shape}, {dtype!r}), np.ones({shape}, {dtype!r})
x, taps = x{view}, None
"""
USUAL = {"reduction": "max", "boundary": "absent", "view": ""}


@reads_proc
@pytest.mark.parametrize(
    ("shape", "taps", "dtype", "options"),
    [
        ("(3000, 3000)", "(3, 3)", "f4", {}),
        ("(3000, 3000)", "(301, 301)", "f4", {"boundary": "reflect"}),
        ("(2000, 2000)", "(301, 301)", "f8", {"reduction": "sum"}),
        ("(2000, 2000)", "(301, 301)", "g", {"view": ".T"}),
        ("(8_000_000,)", "(1001,)", "f8", {"reduction": "sum"}),
        ("(2_000_000,)", "(9001,)", "f8", {}),
        ("(160, 170, 180)", "(9, 9, 9)", "f4", {"boundary": "wrap"}),
        ("(160, 170, 180)", "(31, 31, 31)", "f8", {}),
        ("(3000, 3000)", "(25, 25)", "f2", {}),
        ("(3000, 3000)", "(9, 9)", "f4", {"view": "[::-1, ::-1]"}),
        ("(1500, 2000, 3)", "(9, 9, 1)", "f4", {}),
    ],
    ids=str,
)
def test_memory(
    shape: str,
    taps: str,
    dtype: str,
    options: dict[str, str],
    python: Callable[..., Any],
) -> None:
    """A worker takes at most 2 MB besides the arrays."""
    chosen = {**USUAL, **options}
    setup = SETUP.format(shape=shape, taps=taps, dtype=dtype, **chosen)
    assert_little_memory(python, setup)


@posix
@both_workers
@pytest.mark.parametrize(
    ("shape", "taps"),
    [
        ("(6000, 6000)", "(201, 201)"),
        ("(300, 300, 300)", "(31, 31, 31)"),
        ("(30_000_000,)", "(60_001,)"),
    ],
)
def test_interrupt(shape: str, taps: str, workers: int, tmp_path: Path) -> None:
    chosen = {**USUAL, "boundary": "reflect"}
    setup = SETUP.format(shape=shape, taps=taps, dtype="f4", **chosen)
    assert_stops(setup, workers, tmp_path)
