"""Where the memory of results comes from."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from .._compiled._memory import LEAST, clear_pool, empty, same_bytes

__all__ = ["LEAST", "clear_pool", "empty", "same_bytes", "source"]


def source(shape: tuple[int, ...], dtype: np.dtype) -> Callable[..., Any]:
    """Return `empty`, or NumPy's where the pool has nothing to give."""
    return empty if prod(shape) * dtype.itemsize >= LEAST else np.empty
