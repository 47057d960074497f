"""Numbers of the cost model for tests, in place of the shipped ones.

A test of a rule, of a search or of a fit starts from these, so that its result doesn't
depend on the numbers that were fitted last.
"""

from typing import Any

from pyconvolve._core import cost

_TABLES: dict[str, Any] = {
    "passes": {
        "16": {"2": 2.3, "3": 2.9, "4": 3.1, "5": 4.8, "6": 4.3, "8": 5.1, "10": 6.6,
               "12": 6.7},
        "32": {"2": 2.2, "3": 2.9, "4": 2.9, "5": 4.0, "6": 3.5, "8": 3.7, "10": 5.1,
               "12": 4.7},
    },
    "forms": {
        "usual": {
            "panels": [1.0, 28.0, 255.0, 4.8],
            "lanes": [1.0, 28.0, 275.0, 3.6],
            "four_step": [1.0, 53.0, 750.0, 8.3],
            "columns": [1.0, 40.0, 190.0, 3.0],
        },
        "wide": {
            "panels": [1.85, 46.0, 365.0, 10.0],
            "lanes": [1.75, 49.0, 480.0, 6.3],
            "four_step": [1.7, 90.0, 1275.0, 14.1],
            "columns": [1.55, 62.0, 295.0, 4.7],
        },
    },
    "pairs": 40.0,
    "strided": [25.0, 200.0],
    "tile": 2000.0,
    "kernel": 0.4,
    "room": 185363.8,
    "last_level": [33554432, 25.0],
    "shares": {"1": 0.56, "2": 0.88, "3": 0.97, "4": 0.99, "5": 1.0},
    "sums": {"float32": 4e10, "float64": 2e10, "uint16": 3.5e10, "uint32": 1.5e10,
             "uint64": 2.5e9, "longdouble": 2e8},
    "memory": [2097152, 67108864, 134217728],
}  # fmt: skip
_THRESHOLDS = {
    "window_bytes": 327680,
    "row_reals": 2048,
    "segment_reals": 8192,
    "streamed_direct_bytes": 6291456,
    "tile_bytes": 6291456,
    "column_vectors": 16,
    "prefetched_tile_bytes": 4194304,
    "prefetched_output_bytes": 16777216,
    "streamed_fft_bytes": 1048576,
    "early_block_bytes": 1048576,
    "early_l2_bytes": 1048576,
    "early_l1_bytes": 24576,
}
# Seconds of each count; other counts take no time.
_DIRECT = {
    "calls": 4e-6, "blocks": 2e-7, "outputs": 1e-10, "samples": 2e-10,
    "strided_samples": 4e-10, "refetched": 2e-10,
}  # fmt: skip
_FFT = {"calls": 4e-6, "cycles": 2e-10, "cache_misses": 4e-10}


def _seconds(engine: str, **known: float) -> dict[str, float]:
    counts, _ = cost.ENGINES[engine]
    return {name: known.get(name, 0.0) for name in counts}


# As files hold them.
NUMBERS: cost.Numbers = {
    "direct": {
        element: _seconds("direct", **_DIRECT, sums=1 / rate)
        for element, rate in _TABLES["sums"].items()
    },
    "fft": {element: _seconds("fft", **_FFT) for element in cost.FLOATS},
    "tables": _TABLES,
    "thresholds": _THRESHOLDS,
}
# As plans read them.
CONSTANTS = cost._read(NUMBERS, "fixed")
