"""Integers by transforms in float64: split into digits that leave every sum exact."""

from __future__ import annotations

from math import ceil, log2
from typing import Any, NamedTuple

from numpy.typing import NDArray

# Bits of float64, and how many the error of a transform may take in the worst case.
_PRECISION = 53
_LOST = 3.0
_DIGITS = 8
# Bytes of integers whose type bounds them well enough.
_SHORT = 2

Digit = tuple[int, int, bool, int]


class Split(NamedTuple):
    """How integers are split: so many digits of so many bits; 0 bits: not at all."""

    number: int
    bits: int

    def digit(self, i: int) -> Digit:
        """Bits, shift, whether it is the topmost, and bias of digit number `i`."""
        if not self.bits:
            return 0, 0, True, 0
        bias = sum(1 << (self.bits * (k + 1) - 1) for k in range(self.number))
        return self.bits, self.bits * i, i == self.number - 1, bias % 2**64

    def of(self, value: int, i: int) -> int:
        """Digit number `i` of a single integer."""
        bits, shift, topmost, bias = self.digit(i)
        if not bits:
            return value
        rest = (value + bias) % 2**64 >> shift
        return (rest if topmost else rest % 2**bits) - (1 << (bits - 1))


WHOLE = Split(1, 0)


def largest(array: NDArray[Any]) -> int:
    """Bound the magnitude of integers, closely where that may save a digit."""
    if array.dtype.itemsize <= _SHORT:
        return int(2 ** (8 * array.dtype.itemsize))
    return max(abs(int(array.max())), abs(int(array.min())))


def split(signal: int, kernel: int, points: int, taps: int) -> tuple[Split, Split]:
    """Split integers up to these into as few digits as are exact in such tiles."""
    lost = log2(_LOST * max(log2(points), 1)) + 0.5 * log2(points * min(points, taps))
    allowed = _PRECISION - 2 - max(lost, log2(taps))
    return min(
        (
            (samples, weights)
            for samples in _ways(signal)
            for weights in _ways(kernel)
            if _magnitude(signal, samples) + _magnitude(kernel, weights) <= allowed
        ),
        key=lambda pair: pair[0].number * pair[1].number,
    )


def _ways(most: int) -> list[Split]:
    """Split integers up to `most` into one, two, ... digits of equal size."""
    bits = min(most.bit_length() + 1, 64)
    return [WHOLE] + [Split(n, ceil(bits / n)) for n in range(2, _DIGITS + 1)]


def _magnitude(most: int, way: Split) -> float:
    """Bits of the largest digit."""
    return log2(max(most, 1)) if not way.bits else way.bits - 1
