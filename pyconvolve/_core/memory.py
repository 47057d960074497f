"""Where the memory of results comes from."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from .._kernels._memory import LEAST, empty, same_bytes

__all__ = ["empty", "outgrows_caches", "same_bytes", "source"]

# Bytes from which on an array would not fit into them.
_CACHES = 6 << 20


def outgrows_caches(number: int, dtype: np.dtype) -> bool:
    """Whether so many elements are better stored past the caches."""
    return number * dtype.itemsize >= _CACHES


def source(shape: tuple[int, ...], dtype: np.dtype) -> Callable[..., Any]:
    """Return `empty`, or NumPy's where the pool has nothing to give."""
    return empty if prod(shape) * dtype.itemsize >= LEAST else np.empty
