"""What tasks do with parts of arrays: they take them and put them together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def take(chunk: NDArray[Any], parts: Sequence[tuple[int, int, int]]) -> NDArray[Any]:
    """Copy a part of a chunk, so that the chunk need not stay in memory.

    Parameters
    ----------
    chunk : ndarray
    parts : sequence of (int, int, int)
        The first sample along each axis, the one behind the last, and 1, or -1 to
        reverse the samples.
    """
    inside = chunk[tuple(slice(first, end) for first, end, _ in parts)]
    return inside[tuple(slice(None, None, step) for *_, step in parts)].copy()


def joined(pieces: Any) -> NDArray[Any]:
    """Put pieces together: an array, or lists in lists, one for each axis."""
    one = pieces
    while isinstance(one, list) and len(one) == 1:
        one = one[0]
    return np.block(pieces) if isinstance(one, list) else np.asarray(one)
