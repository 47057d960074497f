"""Kernel and blocks of a stream: checks, types, and lines of samples."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._core.arguments import array_of, axes_of
from .._core.dtypes import real_type


def kernel_of(h: Any, dtype: np.dtype | None) -> NDArray[Any]:
    """Check a kernel for a type of outputs; return a copy that nobody changes."""
    kernel = array_of("h", h).copy()
    if kernel.ndim not in (1, 3):
        raise ValueError(
            "h must have the shape (taps,) or (outputs, inputs, taps), not "
            f"{kernel.shape}"
        )
    if not kernel.size:
        raise ValueError(f"h must not be empty, but its shape is {kernel.shape}")
    check_fits("h", kernel.dtype, dtype)
    kernel.flags.writeable = False
    return kernel


def types_of(
    block: np.dtype, kernel: np.dtype, wanted: np.dtype | None
) -> tuple[np.dtype, np.dtype]:
    """Return the types of the outputs, and of the samples, of a stream.

    Parameters
    ----------
    block, kernel : dtype
        Of the first block, and of the kernel.
    wanted : dtype or None
        The type that the caller gives for both.
    """
    if wanted is not None:
        return wanted, wanted
    result = np.dtype(object)
    if "O" not in (block.kind, kernel.kind):
        result = np.result_type(block, kernel)
    # real samples take half the time of complex ones
    return result, result if block.kind == "c" else real_type(result)


def axis_of(x: NDArray[Any], axis: int, kernel: NDArray[Any]) -> int:
    """Check the axes of a block; return that of time, counted from the first one.

    Parameters
    ----------
    x : ndarray
    axis : int
        The axis of time, as the caller names it.
    kernel : ndarray, shape (taps,) or (outputs, inputs, taps)
    """
    if x.ndim == kernel.ndim == 1 and axis in (-1, 0):
        # axes_of takes as long as the outputs of a short block
        return 0
    least = 2 if kernel.ndim == 3 else 1
    if x.ndim < least:
        raise ValueError(
            f"x_block must have at least {least} axes, not the shape {x.shape}"
        )
    (found,) = axes_of("axis", axis, "blocks", x.ndim)
    if least == 1:
        return found
    if found == 0:
        raise ValueError(
            f"axis must not be {axis}, the first one, which has the inputs"
        )
    if len(x) != kernel.shape[1]:
        raise ValueError(
            f"x_block must have {kernel.shape[1]} inputs along its first axis, not the "
            f"shape {x.shape}"
        )
    return found


def check_shape(x: NDArray[Any], axis: int, shape: tuple[int, ...]) -> None:
    """Raise ValueError unless a block has a shape besides its axis of time."""
    if (*x.shape[:axis], *x.shape[axis + 1 :]) != shape:
        expected: list[Any] = list(shape)
        expected.insert(axis, "any length")
        raise ValueError(
            f"x_block must have the shape ({', '.join(map(str, expected))}), as the "
            f"blocks before it, not {x.shape}"
        )


def check_fits(name: str, dtype: np.dtype, wanted: np.dtype | None) -> None:
    """Raise TypeError unless numbers of a type become those of the stream."""
    if wanted is not None and not np.can_cast(dtype, wanted, "same_kind"):
        raise TypeError(
            f"{name} must fit the stream's type {wanted.name}, not be of type "
            f"{dtype.name}"
        )


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
