"""Separable filters: memory and Ctrl-C."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from processes import assert_little_memory, assert_stops, both_workers, reads_proc
from test_threads import posix

pytestmark = pytest.mark.compiled

SETUP = """
from factors import filters, factors_of, separable, THRESHOLDS
problem = filters({shape}, {taps}, {dtype!r}, boundary={boundary!r})
made = separable.plan(problem, THRESHOLDS, {roundings})
x, out = np.ones({shape}, {dtype!r}), np.ones({shape}, {dtype!r})
x = x{view}
taps = made.prepare(factors_of(problem), True)
"""
USUAL = {"boundary": "symmetric", "view": "", "roundings": "None"}


@reads_proc
@pytest.mark.parametrize(
    ("shape", "taps", "dtype", "options"),
    [
        ("(3000, 3000)", "(9, 9)", "f4", {}),
        ("(3000, 3000)", "(301, 301)", "f4", {}),
        ("(2000, 2000)", "(65, 65)", "f8", {"view": ".T"}),
        ("(2000, 2000)", "(65, 65)", "u1", {"roundings": "[0, 0]"}),
        ("(1000, 1000)", "(31, 31)", "g", {"view": ".T"}),
        ("(8_000_000,)", "(101,)", "f8", {}),
        ("(160, 170, 180)", "(17, 17, 17)", "f4", {"boundary": "wrap"}),
        ("(160, 170, 180)", "(31, 0, 31)", "f8", {}),
        ("(3000, 3000)", "(25, 25)", "f2", {}),
        ("(3000, 3000)", "(9, 9)", "f4", {"view": "[::-1, ::-1]"}),
        ("(1500, 2000, 3)", "(9, 9, 0)", "f4", {}),
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
    predicted, predicted_two = assert_little_memory(python, setup)
    assert predicted <= 2**21
    assert predicted_two <= 2**22


@posix
@both_workers
@pytest.mark.parametrize(
    ("shape", "taps", "dtype"),
    [
        ("(6000, 6000)", "(201, 201)", "f4"),
        ("(300, 300, 300)", "(31, 31, 31)", "f8"),
        ("(2000, 2000)", "(99, 99)", "g"),
        ("(30_000_000,)", "(2001,)", "f4"),
    ],
)
def test_interrupt(
    shape: str, taps: str, dtype: str, workers: int, tmp_path: Path
) -> None:
    chosen = {**USUAL, "boundary": "reflect"}
    setup = SETUP.format(shape=shape, taps=taps, dtype=dtype, **chosen)
    assert_stops(setup, workers, tmp_path)
