"""Integers by transforms in float64: cut into limbs that leave every sum exact."""

from __future__ import annotations

from math import ceil, log2
from typing import Any, NamedTuple

from numpy.typing import NDArray

# Bits of float64, and those that the error of a transform may spoil in the worst case.
_PRECISION = 53
_SPOILT = 3.0
_LIMBS = 8
# Bytes of integers whose type bounds them well enough.
_SHORT = 2


class Limbs(NamedTuple):
    """How integers are cut: `number` limbs of `bits` bits; 0 bits: as they are."""

    number: int
    bits: int

    def limb(self, i: int) -> tuple[int, int, bool, int]:
        """Bits, shift, whether it is the topmost, bias: of limb number `i`."""
        if not self.bits:
            return 0, 0, True, 0
        bias = sum(1 << (self.bits * (k + 1) - 1) for k in range(self.number))
        return self.bits, self.bits * i, i == self.number - 1, bias % 2**64

    def cut(self, value: int, i: int) -> int:
        """Limb number `i` of a single integer."""
        bits, shift, topmost, bias = self.limb(i)
        if not bits:
            return value
        rest = (value + bias) % 2**64 >> shift
        return (rest if topmost else rest % 2**bits) - (1 << (bits - 1))


WHOLE = Limbs(1, 0)


def largest(array: NDArray[Any]) -> int:
    """Bound the magnitude of integers, closely where that may save a limb."""
    if array.dtype.itemsize <= _SHORT:
        return int(2 ** (8 * array.dtype.itemsize))
    return max(abs(int(array.max())), abs(int(array.min())))


def cut(signal: int, kernel: int, points: int, taps: int) -> tuple[Limbs, Limbs]:
    """Cut integers up to these into as few limbs as are exact in tiles of `points`."""
    spoilt = log2(_SPOILT * max(log2(points), 1)) + 0.5 * log2(
        points * min(points, taps)
    )
    allowed = _PRECISION - 2 - max(spoilt, log2(taps))
    return min(
        (
            (limbs, weights)
            for limbs in _ways(signal)
            for weights in _ways(kernel)
            if _magnitude(signal, limbs) + _magnitude(kernel, weights) <= allowed
        ),
        key=lambda pair: pair[0].number * pair[1].number,
    )


def _ways(most: int) -> list[Limbs]:
    """Cut integers up to `most` into one, two, ... limbs of equal size."""
    bits = min(most.bit_length() + 1, 64)
    return [WHOLE] + [Limbs(n, ceil(bits / n)) for n in range(2, _LIMBS + 1)]


def _magnitude(most: int, limbs: Limbs) -> float:
    """Bits of the largest limb."""
    return log2(max(most, 1)) if not limbs.bits else limbs.bits - 1
