"""Element types: which type a result is computed in, and how it is stored.

Integers are computed modulo a power of two, in an unsigned type at least as wide as the
result; so results are exact. No x86 instruction set multiplies bytes, so 8-bit integers
are computed in 16 bits. A sum of products of truth values is computed in float32: it is
zero only if all products are, because none is negative.
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
def computed(dtype: np.dtype) -> ElementType | None:
    """Return how results of a type are computed; None: only NumPy can compute them."""
    return ELEMENT_TYPES.get(real_type(dtype))


def element_name(dtype: np.dtype) -> str:
    """Return the name of a real element type in the names of compiled modules."""
    if dtype.kind == "b":
        return "uint8"
    if dtype == np.longdouble and dtype != np.float64:
        return "longdouble"
    return (
        f"{ {'u': 'uint', 'i': 'int', 'f': 'float'}[dtype.kind] }{8 * dtype.itemsize}"
    )
