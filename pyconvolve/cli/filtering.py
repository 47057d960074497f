"""Filters one file."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import convolve, correlate
from .._core.arguments import axes_of
from . import files
from .contents import Content
from .interface import sentence_without
from .reading import read
from .task import Task

# Operation -> the function that computes it.
OPERATIONS: dict[str, Callable[..., NDArray[Any]]] = {
    "convolve": convolve,
    "correlate": correlate,
}


class FileError(Exception):
    """One input can't be filtered, or its output not be written."""


def filter_file(task: Task, pair: files.Pair) -> dict[str, Any]:
    """Filter an input and write its output; return what is reported.

    Raises
    ------
    FileError
        If that fails for a reason that other inputs may not have.
    """
    start = perf_counter()
    try:
        with files.opened(pair.source) as file:
            content = read(file)
    except ImportError as error:
        sentence = sentence_without(error)
        raise FileError(f"can't read {pair.source_name}: {sentence}") from None
    except (OSError, ValueError, MemoryError) as error:
        raise FileError(f"can't read {pair.source_name}: {_reason(error)}") from None
    try:
        axes, kernel = _kernel(task, content)
        result = _result(task, content, axes, kernel)
    except (ValueError, TypeError, OverflowError, MemoryError) as error:
        raise FileError(f"can't filter {pair.source_name}: {_reason(error)}") from None
    format = pair.format or content.format
    try:
        files.write(pair.target, lambda file: content.save(result, file, format))
    except BrokenPipeError:
        raise
    except (OSError, ValueError, MemoryError) as error:
        raise FileError(f"can't write {pair.target_name}: {_reason(error)}") from None
    return {
        "shape": result.shape,
        "dtype": result.dtype.name,
        "kernel_shape": kernel.shape,
        "seconds": round(perf_counter() - start, 6),
    }


def _reason(error: Exception) -> str:
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(reason.split())


def _kernel(task: Task, content: Content) -> tuple[list[int], NDArray[Any]]:
    """Return the axes to filter along, and the kernel for them."""
    ndim = content.samples.ndim
    axes = axes_of("axes", task.axes or content.axes, "an input", ndim)
    if not {*axes} <= {*content.axes}:
        raise ValueError(f"--axes must be some of {content.axes}, not {task.axes}")
    kernel = task.kernel(len(axes))
    if kernel.ndim != len(axes):
        raise ValueError(
            f"the kernel of {task.kernel_name} must have an axis for each of the axes "
            f"{tuple(axes)} to filter along, but kernel.ndim is {kernel.ndim} and "
            f"len(axes) is {len(axes)}; --axes chooses others"
        )
    if kernel.ndim == ndim:
        # `convolve` takes axes of such a kernel in the order of the samples' axes
        kernel = kernel.transpose(np.argsort(axes))
    return axes, kernel


def _result(
    task: Task, content: Content, axes: list[int], kernel: NDArray[Any]
) -> NDArray[Any]:
    dtype = task.dtype or content.dtype
    if dtype is None and task.overflow is not None:
        dtype = content.samples.dtype
    rules = {"boundary": content.boundary, **task.rules}
    return OPERATIONS[task.operation](
        content.samples,
        kernel,
        axes=axes,
        dtype=dtype,
        overflow=task.overflow or content.overflow,
        **rules,
    )
