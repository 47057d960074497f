"""Element types: which type a result is computed in, and how it is stored.

Integers are computed modulo a power of two, in an unsigned type at least as wide as the
result; so results are exact. No x86 instruction set multiplies bytes, so 8-bit integers
are computed in 16 bits. A sum of products of truth values is computed in float32: it is
zero only if all products are, because none is negative.

Sums that are to be rounded, or clipped to the range of the result, have a type of their
own that holds them: see `sums.py`.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np


class ElementType(NamedTuple):
    """How a result of one element type is computed."""

    compute: str
    """Name of the type that it is computed in."""
    storing: str
    """How computed numbers become samples of the result, see `Storing` in `src`."""


# Real type of the result -> how it is computed.
ELEMENT_TYPES = {
    np.dtype(np.bool_): ElementType("float32", "truth"),
    np.dtype(np.int8): ElementType("uint16", "byte"),
    np.dtype(np.uint8): ElementType("uint16", "byte"),
    np.dtype(np.int16): ElementType("uint16", "same"),
    np.dtype(np.uint16): ElementType("uint16", "same"),
    np.dtype(np.int32): ElementType("uint32", "same"),
    np.dtype(np.uint32): ElementType("uint32", "same"),
    np.dtype(np.int64): ElementType("uint64", "same"),
    np.dtype(np.uint64): ElementType("uint64", "same"),
    np.dtype(np.float16): ElementType("float32", "half"),
    np.dtype(np.float32): ElementType("float32", "same"),
    np.dtype(np.float64): ElementType("float64", "same"),
    np.dtype(np.longdouble): ElementType("longdouble", "same"),
}


def real_type(dtype: np.dtype) -> np.dtype:
    """Return the type of the real and imaginary part, in native byte order."""
    dtype = dtype.newbyteorder("=")
    if dtype.kind == "c":
        return np.zeros((), dtype).real.dtype
    return dtype


@cache
def computed(
    dtype: np.dtype, sums: np.dtype | None = None, overflow: str = "wrap"
) -> ElementType | None:
    """Return how results of a type are computed; None: only NumPy can compute them.

    Parameters
    ----------
    dtype : dtype
        Type of the result.
    sums : dtype or None
        As in `Problem`.
    overflow : str
        As in `Problem`.
    """
    if sums is None:
        return ELEMENT_TYPES.get(real_type(dtype))
    if sums.kind == "O":
        return None
    # integers that fit a signed type have the same bits in the unsigned one
    compute = ("u" if sums.kind == "i" else "") + element_name(sums)
    narrowing = {"wrap": "wrap", "cut": "cut"}.get(overflow, "clip")
    name = "bool" if dtype.kind == "b" else element_name(dtype)
    return ElementType(compute, f"{narrowing} {name}")


@cache
def limits_of(dtype: np.dtype) -> tuple[int, int]:
    """Return the least and the largest number of a type of integers or truth values."""
    if dtype.kind == "b":
        return 0, 1
    limits = np.iinfo(dtype)
    return int(limits.min), int(limits.max)


def element_name(dtype: np.dtype) -> str:
    """Return the name of a real element type in the names of compiled modules."""
    if dtype.kind == "b":
        return "uint8"
    if dtype == np.longdouble and dtype != np.float64:
        return "longdouble"
    return (
        f"{ {'u': 'uint', 'i': 'int', 'f': 'float'}[dtype.kind] }{8 * dtype.itemsize}"
    )
