"""Boundary modes: where a sample outside the array comes from.

A mode other than a constant or the nearest edge repeats the array with a period.
Position i is sample m = i mod period, or sample mirror - m where m lies beyond the
array. The table gives both for n samples; packing applies them.

====================  =======================  ==========================
numpy.pad             scipy.ndimage            outside of ``a b c d``
====================  =======================  ==========================
constant              constant, grid-constant  ``k k k|a b c d|k k k``
edge                  nearest                  ``a a a|a b c d|d d d``
reflect               mirror                   ``d c b|a b c d|c b a``
symmetric             reflect, grid-mirror     ``c b a|a b c d|d c b``
wrap                  wrap, grid-wrap          ``b c d|a b c d|a b c``
====================  =======================  ==========================

Where several axes have a constant, and a sample lies outside of more than one, the last
of them counts, as if `numpy.pad` had padded one axis after the other.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

CONSTANT, CLAMP, FOLD = range(3)


class Boundary(NamedTuple):
    """How an array of n samples continues beyond its ends."""

    rule: int
    period: tuple[int, int] = (0, 1)
    """Factor of n, and what is added to it."""
    mirror: tuple[int, int] = (0, 0)

    def of(self, samples: int) -> tuple[int, int]:
        """Period and mirror of an array of so many samples."""
        period, mirror = (a * samples + b for a, b in (self.period, self.mirror))
        return max(period, 1), mirror


# What `boundary=` may be.
BOUNDARIES = {
    "constant": Boundary(CONSTANT),
    "edge": Boundary(CLAMP),
    "reflect": Boundary(FOLD, (2, -2), (2, -2)),
    "symmetric": Boundary(FOLD, (2, 0), (2, -1)),
    "wrap": Boundary(FOLD, (1, 0), (0, 0)),
}
# What other libraries call them; 'reflect' is a word of two of them.
ELSEWHERE = {
    "nearest": "edge",
    "extend": "edge",
    "replicate": "edge",
    "mirror": "reflect",
    "symm": "symmetric",
    "grid-mirror": "symmetric",
    "circular": "wrap",
    "grid-wrap": "wrap",
    "fill": "constant",
    "pad": "constant",
    "zeros": "constant",
    "grid-constant": "constant",
}
# And what an axis may have: samples outside that take no part have no value.
CONTINUATIONS = {"absent": Boundary(CONSTANT), **BOUNDARIES}


def fold(mode: str, samples: int, positions: NDArray[np.intp]) -> NDArray[np.intp]:
    """Map positions, also outside the array, to samples; -1 is the constant."""
    boundary = CONTINUATIONS[mode]
    if boundary.rule == CONSTANT:
        inside = (positions >= 0) & (positions < samples)
        return np.where(inside, positions, -1)
    if boundary.rule == CLAMP:
        return np.clip(positions, 0, samples - 1)
    period, mirror = boundary.of(samples)
    folded = positions % period
    return np.where(folded < samples, folded, mirror - folded)
