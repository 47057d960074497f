"""What each engine costs.

The constants hold for one core of about 3 GHz; only their ratios decide anything.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

# Products summed per second, per element type computed in, at 32 bytes per vector.
_SUMS = {
    "float32": 4.0e10,
    "float64": 2.0e10,
    "uint16": 3.5e10,
    "uint32": 1.5e10,
    "uint64": 2.5e9,
    "longdouble": 2.0e8,
}
# Seconds per output and call of the direct engine beside the sums.
_OUTPUT = 2.5e-10
_CALL = 3e-6
# Seconds from which more than one thread pays.
THREADS_PAY = 2e-4
# Seconds after which a kernel looks for Ctrl-C.
_STEP = 5e-3


# Cycles of a transform's pass per LANES points, by its radix.
_PASSES = {2: 2.2, 3: 2.9, 4: 2.9, 5: 4.4, 8: 4.3}
# Cycles per LANES points beyond the passes: of packing, the product and storing; of
# columns; of a panel's transpositions; of a twist and its inverse.
_POINT = 22.0
COLUMNS = 20.0
PANEL = 6.0
TWIST = 14.0
# The same where samples don't lie side by side, for each step between them, up to one
# cache line for each.
_STEP_BETWEEN, _APART = 25.0, 200.0
# Cycles of a tile, and of packing and storing one of its rows.
_TILE = 2000.0
_ROW = 160.0
# The same per LANES points for each doubling of a tile beyond the L2 cache, and beyond
# what is left to it of the L3.
_BEYOND = ((2**18, 3.5), (2**23, 25.0))
_CYCLE = 3.2e-10
# Without vectors, on the x87 unit.
_LONG_CYCLE = 4e-9
# Seconds per call beside the tiles.
_TILES_CALL = 4e-5


def direct(compute: str, sums: int, outputs: int) -> float:
    """Seconds of a direct convolution."""
    return _CALL + outputs * _OUTPUT + sums / _SUMS[compute]


@lru_cache(1024)
def passes(radices: tuple[int, ...]) -> float:
    """Cycles of a transform per LANES points."""
    return sum(_PASSES[radix] for radix in radices)


def strided(distance: int) -> float:
    """Cycles per LANES points for packing samples `distance` apart, and storing."""
    return 0.0 if distance == 1 else min(_STEP_BETWEEN * distance, _APART)


def tiles(
    compute: str, count: Any, points: Any, rows: Any, effort: Any, size: Any
) -> Any:
    """Seconds of `count` tiles and one kernel.

    A tile has so many times LANES points, in so many rows, and so many bytes; `effort`
    is that of its passes and its form.
    """
    effort = effort + _POINT
    for room, cycles in _BEYOND:
        effort = effort + cycles * np.log2(np.maximum(size / room, 1))
    each = points * effort + rows * _ROW + _TILE
    cycle = _LONG_CYCLE if compute == "longdouble" else _CYCLE
    return _TILES_CALL + (count + 0.6) * each * cycle


def step_sums(compute: str) -> int:
    """Products summed between two looks for Ctrl-C."""
    return int(_SUMS[compute] * _STEP)


def tapwise(sums: int, taps: int) -> float:
    """Seconds of a sum by one NumPy multiplication per tap."""
    return taps * 2e-5 + sums * 5e-8
