"""Blocks of a stream as lines of samples, which filters read and write."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def lines_of(array: NDArray[Any], axis: int, has_lines: bool) -> NDArray[Any]:
    """View a block as lines of samples.

    Parameters
    ----------
    array : ndarray
    axis : int
        The axis of time, counted from the first one.
    has_lines : bool
        Whether the first axis has the inputs, or the outputs, of a matrix of kernels.
        Otherwise all signals are groups of their own.

    Returns
    -------
    ndarray, shape (..., lines, samples)
        Axes in front of these, if there are any, are those of groups.
    """
    lines = array if axis == array.ndim - 1 else np.moveaxis(array, axis, -1)
    if has_lines:
        return np.moveaxis(lines, 0, -2) if lines.ndim > 2 else lines
    return lines if lines.ndim == 1 else lines[..., None, :]


def with_one_axis(lines: NDArray[Any]) -> NDArray[Any]:
    """Return lines with one axis of groups: a view, or a copy if there is none."""
    if lines.ndim <= 3:
        return lines
    return lines.reshape(-1, *lines.shape[-2:])
