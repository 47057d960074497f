"""Memory that plans of transforms take, by their own account.

It is at most 4 MB for a worker, and three times a kernel's spectra. test_memory.py
measures it.
"""

from typing import Any

import planned
import pytest

import pyconvolve
from pyconvolve._core import cost
from pyconvolve._core.engines.fft import tables
from pyconvolve._core.thresholds import Thresholds

pytestmark = pytest.mark.compiled


def planned_bytes(*problem: Any, **limits: Any) -> tuple[int, int]:
    """Return the bytes that a plan and its twiddles take, and those it may take."""
    pyconvolve.clear_caches()
    made = planned.plan(*problem, "same", "fft", limits=Thresholds(**limits))
    bound = made.thresholds.worker_bytes + 3 * made.spectra_bytes
    # gaps between few rows, and before arrays that begin at a cache line
    gaps = 4 << 10
    return made.memory(1) + tables._tables.bytes, bound + gaps


@pytest.mark.parametrize(
    "problem",
    [
        ((1_000_000,), (500_000,), "f8"),
        ((3_000_000,), (1_200_000,), "f4"),
        ((3_000_000,), (1_200_000,), "c8"),
        ((16, 9, 34_676), (1, 3, 8687), "c8"),
        ((16, 300_000), (3, 20_000), "f4"),
    ],
    ids=str,
)
def test_plans_for_long_rows(problem: tuple[Any, ...]) -> None:
    """Step responses, panels and twiddles grow with rows, and are bounded, too."""
    taken, bound = planned_bytes(*problem)
    assert taken <= bound


@pytest.mark.parametrize("dtype", ["f4", "f8", "c8", "c16", "g"])
@pytest.mark.parametrize("taps", [500, 5000])
def test_plans_if_long_tiles_are_fastest(taps: int, dtype: str) -> None:
    """The twiddles of one tile for all samples would take more than the bound."""
    numbers = cost.shipped()
    numbers["tables"] |= {"room": 1e12, "last_level": [1e12, 25.0], "tile": 1e8}
    limits = {
        "worker_bytes": 1 << 18, "tile_bytes": 1 << 30, "forms": ("four_step",)
    }  # fmt: skip
    with cost.using(numbers):
        taken, bound = planned_bytes((1_000_000,), (taps,), dtype, **limits)
    assert taken <= bound
