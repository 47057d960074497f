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
_PASSES = {2: 2.0, 3: 2.6, 4: 2.3, 5: 4.0, 8: 3.4}
# Cycles of the leaf beyond two passes; of packing and storing; of a panel's two
# transpositions; of a twist and its inverse; of columns beyond their passes.
POINT = 10.0
PANEL = 9.0
TWIST = 8.0
COLUMNS = 5.0
# Cycles of a tile, and per LANES points of a tile beyond the L2 cache.
_TILE = 2000.0
_BEYOND = 8.0
_L2 = 400e3
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


def tiles(compute: str, count: Any, points: Any, effort: Any, size: Any) -> Any:
    """Seconds of `count` tiles and one kernel: times LANES points, bytes of a tile."""
    beyond = np.minimum(np.maximum(size / _L2 - 1, 0), 1) * _BEYOND
    each = points * (POINT + effort + beyond) + _TILE
    cycle = _LONG_CYCLE if compute == "longdouble" else _CYCLE
    return _TILES_CALL + (count + 0.5) * each * cycle


def step_sums(compute: str) -> int:
    """Products summed between two looks for Ctrl-C."""
    return int(_SUMS[compute] * _STEP)


def tapwise(sums: int, taps: int) -> float:
    """Seconds of a sum by one NumPy multiplication per tap."""
    return taps * 2e-5 + sums * 5e-8
