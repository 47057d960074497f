"""Integers by transforms in float64: split into digits that leave every sum exact."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, log2
from typing import Any, NamedTuple

from numpy.typing import NDArray

# Bits of the significand of float64.
_PRECISION = 53
# Rounding error of a transform in the worst case, in units of eps times the binary
# logarithm of its points times the norms of samples and of taps.
_ROUNDING = 3.0
# Digits of an integer, at most.
_MOST_DIGITS = 8
# Bytes of the integer types whose range serves as the largest magnitude: to look for
# the largest number of an array could save no digit.
_SHORT_BYTES = 2

# Bits, shift, whether it is the highest digit, and bias.
Digit = tuple[int, int, bool, int]


class Split(NamedTuple):
    """A number of digits, and the bits of a digit; 0 bits: integers are not split."""

    number: int
    bits: int

    def digit(self, i: int) -> Digit:
        """Return bits, shift, whether it is the highest one, and bias of digit `i`."""
        if not self.bits:
            return WHOLE_DIGIT
        bias = sum(1 << (self.bits * (k + 1) - 1) for k in range(self.number))
        return self.bits, self.bits * i, i == self.number - 1, bias % 2**64

    def of(self, value: int, i: int) -> int:
        """Return digit `i` of an integer."""
        bits, shift, is_highest, bias = self.digit(i)
        if not bits:
            return value
        rest = (value + bias) % 2**64 >> shift
        return (rest if is_highest else rest % 2**bits) - (1 << (bits - 1))


WHOLE = Split(1, 0)
WHOLE_DIGIT: Digit = 0, 0, True, 0


def digit_pairs(
    of_signal: Split, of_kernel: Split, bits: int
) -> Iterator[tuple[int, int, int]]:
    """Pair digits of the signal with digits of the kernel.

    Parameters
    ----------
    of_signal, of_kernel : Split
    bits : int
        Bits of the result. Products of digits above them are left out.

    Yields
    ------
    i, j : int
        Numbers of the digits of signal and kernel. Pairs with the same `j` follow each
        other.
    shift : int
        Bits by which the product is shifted left; 0 for the first pair only.
    """
    for j in range(of_kernel.number):
        for i in range(of_signal.number):
            shift = i * of_signal.bits + j * of_kernel.bits
            if shift < bits:
                yield i, j, shift


def largest(array: NDArray[Any]) -> int:
    """Return a bound of the magnitudes of integers."""
    if array.dtype.itemsize <= _SHORT_BYTES:
        return int(2 ** (8 * array.dtype.itemsize))
    return max(abs(int(array.max())), abs(int(array.min())))


def split(signal: int, kernel: int, points: int, taps: int) -> tuple[Split, Split]:
    """Split integers so that transforms of their digits are exact.

    Parameters
    ----------
    signal, kernel : int
        The largest magnitudes of samples and of taps.
    points : int
        Real numbers of a tile.
    taps : int
        Taps of the kernel.

    Returns
    -------
    of_signal, of_kernel : Split
        With the least number of products of digits.
    """
    allowed = _allowed_bits(points, taps)
    return min(
        (
            (of_signal, of_kernel)
            for of_signal in _splits(signal)
            for of_kernel in _splits(kernel)
            if _digit_bits(signal, of_signal) + _digit_bits(kernel, of_kernel)
            <= allowed
        ),
        key=lambda pair: pair[0].number * pair[1].number,
    )


def need_no_split(bound: float, points: int, taps: int) -> bool:
    """Whether transforms of integers are exact, whose sums have a bound.

    Parameters
    ----------
    bound : float
        Of the largest sample times the sum of the taps' magnitudes.
    points, taps : int
        As for `split`.
    """
    return log2(bound) <= _allowed_bits(points, taps)


def _allowed_bits(points: int, taps: int) -> float:
    """Return the bits of the largest product of a sample and a tap."""
    error = log2(_ROUNDING * max(log2(points), 1))
    error += 0.5 * log2(points * min(points, taps))
    return _PRECISION - 2 - max(error, log2(taps))


def _splits(magnitude: int) -> list[Split]:
    """Return the splits of integers into one, two, ... digits of equal size."""
    bits = min(magnitude.bit_length() + 1, 64)
    return [WHOLE] + [Split(n, ceil(bits / n)) for n in range(2, _MOST_DIGITS + 1)]


def _digit_bits(magnitude: int, digits: Split) -> float:
    """Return the bits of the magnitude of the largest digit."""
    return log2(max(magnitude, 1)) if not digits.bits else digits.bits - 1
