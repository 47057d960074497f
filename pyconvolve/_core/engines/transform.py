"""Tables of transforms: radices, twiddles and twists, by length and element type."""

from __future__ import annotations

from functools import cache, lru_cache, partial
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import cost, cpu

# The radix of the last pass, which multiplies spectra, too.
_LEAF = 4
_MOST = 1 << 24
_TABLES = 256


@cache
def lengths() -> NDArray[np.int64]:
    """All lengths that transforms have: 4 times 2^a 3^b 5^c, ascending."""
    powers = [
        [base**i for i in range(25) if base**i <= _MOST // _LEAF] for base in (2, 3, 5)
    ]
    products = np.array([a * b for a in powers[0] for b in powers[1]])
    products = np.multiply.outer(products[products <= _MOST // _LEAF], powers[2])
    return _LEAF * np.sort(products[products <= _MOST // _LEAF])


@lru_cache(4096)
def radices(points: int, registers: int) -> tuple[int, ...]:
    """Radices of the fastest passes of a transform, first to last.

    The smaller ones come first, which is up to a tenth faster than the other way around
    where points don't stay in the L1 cache.
    """
    found = None
    if points >= _LEAF and points % _LEAF == 0:
        found = _outer(points // _LEAF, registers)
    if found is None:
        raise ValueError(f"points must be 4 times 2^a 3^b 5^c, not {points}")
    return (*sorted(found), _LEAF)


@lru_cache(4096)
def _outer(points: int, registers: int) -> tuple[int, ...] | None:
    """Radices whose product is `points` and whose passes take the least time."""
    if points == 1:
        return ()
    found = [
        (radix, *rest)
        for radix in cost.PASSES[registers]
        if points % radix == 0
        and (rest := _outer(points // radix, registers)) is not None
    ]
    return min(found, key=partial(cost.passes, registers), default=None)


def _roots(turns: NDArray[np.int64], whole: int, element: str) -> NDArray[Any]:
    """exp(2 pi i turns/whole) as pairs, to the last digit of the element type."""
    work = np.dtype(np.longdouble if element == "longdouble" else np.float64)
    turns = turns % whole
    quarters = (8 * turns + whole) // (2 * whole)
    rest = (4 * turns - quarters * whole).astype(work) / work.type(whole)
    angle = rest * (2 * np.arctan(work.type(1)))
    cosine, sine = np.cos(angle), np.sin(angle)
    odd = quarters % 2 == 1
    pairs = np.stack([np.where(odd, -sine, cosine), np.where(odd, cosine, sine)], -1)
    pairs[quarters % 4 >= 2] *= -1
    return pairs.astype(element)


def _split(
    turns: NDArray[np.int64], whole: int, radix: int
) -> tuple[NDArray[np.int64], int]:
    """Roots u_c of the blocks that blocks with roots u are split into."""
    return (turns[:, None] + whole * np.arange(radix)).ravel(), whole * radix


@lru_cache(_TABLES)
def transform(kernel: str, element: str, passes: tuple[int, ...], halved: bool) -> Any:
    """Return the kernel's transform by passes of these radices.

    `halved`: of a real signal's halves.
    """
    turns, whole = np.array([int(halved)], np.int64), 4
    levels, twiddles = [], []
    left, first = prod(passes), 0
    for radix in passes:
        levels.append([radix, left, first])
        children, finer = _split(turns, whole, radix)
        powers = turns[:, None] * np.arange(1, radix)
        twiddles.append(_roots(powers, finer, element).ravel())
        turns, whole = children, finer
        left //= radix
        first += twiddles[-1].size
    return cpu.kernels(kernel, element).Transform(
        np.array(levels, np.intp), np.concatenate(twiddles)
    )


@lru_cache(_TABLES)
def twist(
    kernel: str, element: str, passes: tuple[int, ...], points: int, halved: bool
) -> NDArray[Any]:
    """Return what joins transforms of columns and of rows into a single long one.

    Row k of the columns' transform, by passes of these radices, is a polynomial modulo
    t^points - u_k, which multiplying sample j by u_k^(j/points) turns into one modulo
    t^points - 1. A power is a coarse one times a fine one, which is near 1 and stored
    less 1: so the product is almost as precise as if it were stored.
    """
    module = cpu.kernels(kernel, element)
    turns, whole = np.array([int(halved)], np.int64), 4
    for radix in passes:
        turns, whole = _split(turns, whole, radix)
    # of the two angles of a root, the smaller one
    turns = np.where(2 * turns > whole, turns - whole, turns)[:, None]
    middle = module.TWIST // 2
    coarse = _roots(
        turns * np.arange(middle, points, 2 * middle), whole * points, element
    )
    fine = _roots(turns * np.arange(-middle, middle), whole * points, "longdouble")
    fine -= np.array([1, 0])
    pairs = np.concatenate([coarse, fine.astype(element)], 1)
    lanes = module.VECTOR
    # panel, step, part, lane
    return np.ascontiguousarray(
        pairs.reshape(len(turns) // lanes, lanes, -1, 2).transpose(0, 2, 3, 1)
    )
