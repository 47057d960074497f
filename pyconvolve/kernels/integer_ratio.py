"""Kernels of integers and a common divisor."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor, lcm
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._core.arguments import check_word, numbers_of

# Largest relative difference between a floating-point tap and the fraction that it
# stands for, in eps of its type.
_ROUNDINGS = 4
# A tap counts as an exact binary fraction if its numerator is this many times smaller
# than the numerators that the tolerance can tell apart.
_EXACT_MARGIN = 2**6


def as_integer_ratio(
    kernel: ArrayLike, *, norm: Literal["sum", "l1", "max"] | None = None
) -> tuple[NDArray[np.int64], int]:
    """Find the smallest kernel of integers that is a multiple of a kernel.

    Parameters
    ----------
    kernel : array_like
        Real taps. A floating-point tap stands for the fraction with the least
        denominator whose relative difference from the tap is at most four eps of the
        type.
    norm : {'sum', 'l1', 'max'}, optional
        Norm that becomes one first, exactly: the sum of the taps, the sum of their
        magnitudes, or the largest magnitude.

    Returns
    -------
    integers : ndarray of int64, shape of `kernel`
        Numerators of the taps.
    divisor : int
        Common denominator, above zero: ``integers / divisor`` is the kernel.

    Raises
    ------
    ValueError
        If no common divisor makes the integers fit into 64 bits, if the norm is zero,
        or if a tap is not finite.
    TypeError
        If the kernel is complex or does not hold numbers.

    See Also
    --------
    normalize : normalisation in floating point

    Examples
    --------
    >>> from pyconvolve import kernels
    >>> kernels.as_integer_ratio(kernels.scharr())
    (array([[  3,   0,  -3],
           [ 10,   0, -10],
           [  3,   0,  -3]]), 32)
    >>> kernels.as_integer_ratio([2, 4, 2], norm="sum")
    (array([1, 2, 1]), 4)
    """
    taps = numbers_of("kernel", kernel)
    if taps.dtype.kind == "c":
        raise TypeError(f"kernel must be real, not {taps.dtype}")
    if norm is not None and not taps.size:
        raise ValueError(f"kernel must not be empty, but its shape is {taps.shape}")
    if taps.dtype.kind == "f" and not np.isfinite(taps).all():
        raise ValueError("kernel must hold finite taps only, not NaN or infinity")
    if norm is not None:
        check_word("norm", norm, ("sum", "l1", "max"))
        if taps.dtype.kind == "f" and taps.any():
            # The scale of the taps may be irrational. The norm removes it.
            taps = taps / abs(taps).max()
    margin = Fraction(0)
    if taps.dtype.kind == "f":
        margin = _ROUNDINGS * Fraction(*np.finfo(taps.dtype).eps.as_integer_ratio())
        exact = [Fraction(*tap.as_integer_ratio()) for tap in taps.ravel()]
    else:
        exact = [Fraction(tap) for tap in taps.ravel().tolist()]
    simplest = [_simplest_near(tap, margin) for tap in exact]
    divisor, integers = _common_divisor(simplest, norm)
    binary_divisor, binary = _common_divisor(exact, norm)
    # Taps with few significant bits are exact binary fractions, not rounded ones.
    few_bits = _largest(binary) * _EXACT_MARGIN * margin < 1
    if not margin or (binary_divisor < divisor and few_bits):
        divisor, integers = binary_divisor, binary
    if max(_largest(integers), divisor) >= 2**63:
        raise ValueError(
            "kernel must hold fractions with a common divisor below 2**63, not "
            f"{taps.ravel()[:3].tolist()}..."
        )
    return np.array(integers, np.int64).reshape(taps.shape), divisor


def _largest(integers: list[int]) -> int:
    """Return the largest magnitude."""
    return max(map(abs, integers), default=0)


def _common_divisor(
    fractions: list[Fraction], norm: str | None
) -> tuple[int, list[int]]:
    """Normalise fractions; return their common divisor and their numerators."""
    whole = Fraction(1)
    if norm is not None:
        terms = fractions if norm == "sum" else [abs(term) for term in fractions]
        whole = max(terms) if norm == "max" else sum(terms, Fraction(0))
        if not whole:
            raise ValueError(f"kernel must have a norm {norm!r} above zero")
    divisor = lcm(*((term / whole).denominator for term in fractions))
    return divisor, [int(term / whole * divisor) for term in fractions]


def _simplest_near(value: Fraction, margin: Fraction) -> Fraction:
    """Find the fraction with the least divisor within a relative margin of a value."""
    if not value or not margin:
        return value
    size = abs(value)
    nearest = _simplest(size * (1 - margin), size * (1 + margin))
    return nearest if value > 0 else -nearest


def _simplest(low: Fraction, high: Fraction) -> Fraction:
    """Find the fraction with the least divisor in an interval above zero.

    The continued fractions of both ends are expanded as long as they agree.
    """
    if ceil(low) <= high:
        return Fraction(ceil(low))
    below = floor(low)
    return below + 1 / _simplest(1 / (high - below), 1 / (low - below))
