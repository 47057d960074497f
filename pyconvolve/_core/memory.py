"""Memory of results: a pool of the memory of freed results, or NumPy's."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from .._compiled._memory import LEAST, clear_pool, empty, same_bytes

__all__ = ["LEAST", "allocator", "clear_pool", "empty", "same_bytes"]


def allocator(shape: tuple[int, ...], dtype: np.dtype) -> Callable[..., Any]:
    """Return the function that makes arrays: `empty` of the pool if they are large."""
    return empty if prod(shape) * dtype.itemsize >= LEAST else np.empty
