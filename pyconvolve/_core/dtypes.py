"""Element types: what a sample is stored as, computed in, and written as.

Integers are computed modulo a power of two, in an unsigned type at least as wide
as the result, which is exact whatever their size. No x86 instruction set multiplies
bytes, so 8-bit integers are computed in 16 bits. A sum of products of truth values
is computed in float32, which never returns to zero once it has left it.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np


class ElementType(NamedTuple):
    """How a result of one element type is computed."""

    compute: str
    storing: str


# result type, the real part's for complex ones -> element type of the kernels
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
    """Native element type of the real and imaginary part of `dtype`."""
    dtype = dtype.newbyteorder("=")
    if dtype.kind == "c":
        return np.zeros((), dtype).real.dtype
    return dtype


@cache
def computed(dtype: np.dtype) -> ElementType | None:
    """How results of a type are computed; None: NumPy alone can do that."""
    return ELEMENT_TYPES.get(real_type(dtype))


def element_name(dtype: np.dtype) -> str:
    """Name of a real element type as the kernels know it."""
    if dtype.kind == "b":
        return "uint8"
    if dtype == np.longdouble and dtype != np.float64:
        return "longdouble"
    return (
        f"{ {'u': 'uint', 'i': 'int', 'f': 'float'}[dtype.kind] }{8 * dtype.itemsize}"
    )
