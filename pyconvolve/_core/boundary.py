"""Boundary modes: where a sample outside the array comes from.

A mode other than a constant or the nearest edge repeats the array with a period.
Position i is sample m = i mod period, or sample mirror - m where m lies beyond the
array. The table gives both, as functions of the length n; packing applies them.

====================  =======================  ==========================
numpy.pad             scipy.ndimage            outside of ``a b c d``
====================  =======================  ==========================
constant              constant, grid-constant  ``k k k|a b c d|k k k``
edge                  nearest                  ``a a a|a b c d|d d d``
reflect               mirror                   ``d c b|a b c d|c b a``
symmetric             reflect, grid-mirror     ``c b a|a b c d|d c b``
wrap                  wrap, grid-wrap          ``b c d|a b c d|a b c``
====================  =======================  ==========================
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

CONSTANT, CLAMP, FOLD = range(3)


class Boundary(NamedTuple):
    """How an array continues beyond its ends."""

    rule: int
    period: Callable[[int], int]
    mirror: Callable[[int], int]


BOUNDARIES = {
    "constant": Boundary(CONSTANT, lambda n: 1, lambda n: 0),
    "edge": Boundary(CLAMP, lambda n: 1, lambda n: 0),
    "reflect": Boundary(FOLD, lambda n: max(2 * n - 2, 1), lambda n: 2 * n - 2),
    "symmetric": Boundary(FOLD, lambda n: 2 * n, lambda n: 2 * n - 1),
    "wrap": Boundary(FOLD, lambda n: n, lambda n: 0),
}


def fold(mode: str, samples: int, positions: NDArray[np.intp]) -> NDArray[np.intp]:
    """Map positions, also outside the array, to samples; -1 is the constant."""
    boundary = BOUNDARIES[mode]
    if boundary.rule == CONSTANT:
        inside = (positions >= 0) & (positions < samples)
        return np.where(inside, positions, -1)
    if boundary.rule == CLAMP:
        return np.clip(positions, 0, samples - 1)
    folded = positions % boundary.period(samples)
    return np.where(folded < samples, folded, boundary.mirror(samples) - folded)
