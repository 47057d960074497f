"""Boundary modes: which sample continues an array at a position outside.

Modes other than 'constant' and 'edge' repeat the array with a period. Position i has
sample m = i mod period, or sample mirror - m if m lies beyond the array. The table
`BOUNDARIES` has the period and the mirror of n samples; the packing of the engines
applies them.

====================  =======================  ==========================
numpy.pad             scipy.ndimage            outside of ``a b c d``
====================  =======================  ==========================
constant              constant, grid-constant  ``k k k|a b c d|k k k``
edge                  nearest                  ``a a a|a b c d|d d d``
reflect               mirror                   ``d c b|a b c d|c b a``
symmetric             reflect, grid-mirror     ``c b a|a b c d|d c b``
wrap                  wrap, grid-wrap          ``b c d|a b c d|a b c``
====================  =======================  ==========================

If several axes have a constant, and a position is outside along more than one of them,
it has the constant of the last one, as if `numpy.pad` padded one axis after the other.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

CONSTANT, CLAMP, FOLD = range(3)


class Continuation(NamedTuple):
    """How an array of n samples continues beyond its ends."""

    rule: int
    period: tuple[int, int] = (0, 1)
    """The factor of n, and a number that is added."""
    mirror: tuple[int, int] = (0, 0)
    """The same two numbers."""

    def of(self, samples: int) -> tuple[int, int]:
        """Return period and mirror for a number of samples."""
        period, mirror = (a * samples + b for a, b in (self.period, self.mirror))
        return max(period, 1), mirror


# The values of the argument `boundary`, for type checkers.
Boundary = Literal["constant", "edge", "reflect", "symmetric", "wrap"]
BOUNDARIES: dict[str, Continuation] = {
    "constant": Continuation(CONSTANT),
    "edge": Continuation(CLAMP),
    "reflect": Continuation(FOLD, (2, -2), (2, -2)),
    "symmetric": Continuation(FOLD, (2, 0), (2, -1)),
    "wrap": Continuation(FOLD, (1, 0), (0, 0)),
}
# Their names in other libraries, for error messages. 'reflect' of SciPy is left out,
# because it is also a name here.
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
# The boundaries of an axis. 'absent': positions outside take no part in any sum.
CONTINUATIONS = {"absent": Continuation(CONSTANT), **BOUNDARIES}


def fold(mode: str, samples: int, positions: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the sample at each position; -1 for the constant."""
    boundary = CONTINUATIONS[mode]
    if boundary.rule == CONSTANT:
        inside = (positions >= 0) & (positions < samples)
        return np.where(inside, positions, -1)
    if boundary.rule == CLAMP:
        return np.clip(positions, 0, samples - 1)
    period, mirror = boundary.of(samples)
    folded = positions % period
    return np.where(folded < samples, folded, mirror - folded)
