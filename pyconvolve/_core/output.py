"""Arrays that results are computed in: new ones, or the caller's `out`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arguments import check_out
from .memory import allocator


def output_for(
    out: NDArray[Any] | None,
    shape: tuple[int, ...],
    dtype: np.dtype,
    inputs: Sequence[NDArray[Any]],
) -> NDArray[Any]:
    """Return the array to compute a result in.

    It is `out`, or a new array if `out` is None or may overlap an input.
    """
    if out is not None:
        result = check_out(out, shape, dtype)
        for array in inputs:
            if _may_overlap(result, array):
                break
        else:
            return result
    return allocator(shape, dtype)(shape, dtype)


def copy_to(out: NDArray[Any] | None, result: NDArray[Any]) -> NDArray[Any]:
    """Copy a result to `out`, unless it was computed there; return `out`.

    If `out` is None, return the result.
    """
    if out is None:
        return result
    target = np.asarray(out)
    if result is not target:
        target[...] = result
    return out


def _may_overlap(out: NDArray[Any], array: NDArray[Any]) -> bool:
    if out.base is None and array.base is None:
        # both own their memory
        return out is array
    return np.may_share_memory(out, array)
