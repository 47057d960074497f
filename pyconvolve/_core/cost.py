"""What each engine costs.

The constants hold for one core of about 3 GHz; only their ratios decide anything.
"""

from __future__ import annotations

from math import log2

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
# Real operations per second of a transform, and per N log2 N of one.
_TRANSFORM = 2.5e9
_TRANSFORM_CALL = 6e-5
# Seconds from which more than one thread pays.
THREADS_PAY = 2e-4
# Seconds after which a kernel looks for Ctrl-C.
_STEP = 5e-3


def direct(compute: str, sums: int, outputs: int) -> float:
    """Seconds of a direct convolution."""
    return _CALL + outputs * _OUTPUT + sums / _SUMS[compute]


def transform(samples: int, itemsize: int) -> float:
    """Seconds of a convolution by two transforms and an inverse one."""
    operations = 3 * 2.5 * samples * log2(max(samples, 2)) * itemsize / 8
    return _TRANSFORM_CALL + operations / _TRANSFORM


def step_sums(compute: str) -> int:
    """Products summed between two looks for Ctrl-C."""
    return int(_SUMS[compute] * _STEP)


def tapwise(sums: int, taps: int) -> float:
    """Seconds of a sum by one NumPy multiplication per tap."""
    return taps * 2e-5 + sums * 5e-8
