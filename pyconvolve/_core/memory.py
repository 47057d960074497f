"""Where the memory of results comes from."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from .._kernels._memory import LEAST, empty

__all__ = ["STREAMED", "empty", "source"]

# Bytes of an output from which on it goes past the caches, which it would not fit into.
STREAMED = 6 << 20


def source(shape: tuple[int, ...], dtype: np.dtype) -> Callable[..., Any]:
    """Return `empty`, or NumPy's where the pool has nothing to give."""
    return empty if prod(shape) * dtype.itemsize >= LEAST else np.empty
