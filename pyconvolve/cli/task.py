"""What ``pyconvolve apply`` does to each file, from its options."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._core.arguments import check_boundary, integer_of
from . import kernel_options
from .interface import click
from .reading import load_array


class Task(NamedTuple):
    """What is done to each input."""

    kernel: Callable[[int], NDArray[Any]]
    """Returns the kernel for a number of axes."""
    kernel_name: str
    operation: str
    """A row of `filtering.OPERATIONS`."""
    axes: tuple[int, ...] | None
    dtype: np.dtype | None
    overflow: str | None
    rules: dict[str, Any]
    """Arguments of the operation that are the same for all inputs."""


def task_of(options: dict[str, Any]) -> Task:
    """Check all options as far as possible without the inputs."""
    given = kernel_options.taken(options)
    name, path = options["kernel"], options["kernel_file"]
    norm, workers = options["normalize"], options["workers"]
    if (name is None) == (path is None):
        raise click.UsageError("one of --kernel and --kernel-file must be given")
    if path is not None and given:
        option = f"--{next(iter(given)).replace('_', '-')}"
        raise click.UsageError(f"{option} does not belong to --kernel-file")
    rules = {"mode": options["mode"], "cval": options["cval"], "workers": workers}
    dtype = options["dtype"]
    try:
        if workers is not None:
            integer_of("workers", workers, 1)
        if options["boundary"] is not None:
            words = options["boundary"].split(",")
            rules["boundary"] = check_boundary(words if words[1:] else words[0])
    except ValueError as error:
        raise click.UsageError(f"--{error}") from None
    try:
        dtype = None if dtype is None else np.dtype(dtype)
    except TypeError:
        raise click.UsageError(
            f"--dtype must be a type of NumPy, not {dtype!r}"
        ) from None
    if dtype is not None and dtype.kind not in "biufc":
        raise click.UsageError(f"--dtype must be a type of numbers, not {dtype}")
    if path is not None:
        kernel = _loaded(path, norm)
    else:
        kernel = _made(name, kernel_options.arguments(name, given), norm)
    return Task(
        kernel,
        f"--kernel {name}" if path is None else f"--kernel-file {path}",
        options["operation"],
        _axes(options["axes"]),
        dtype,
        options["overflow"],
        rules,
    )


def _axes(text: str | None) -> tuple[int, ...] | None:
    if text is None:
        return None
    try:
        return tuple(map(int, text.split(",")))
    except ValueError:
        raise click.UsageError(
            f"--axes must be integers separated by commas, not {text!r}"
        ) from None


def _loaded(path: str, norm: str | None) -> Callable[[int], NDArray[Any]]:
    """Read a kernel; raise UsageError if that fails."""
    try:
        content = Path(path).read_bytes()
        if content.startswith(b"\x93NUMPY"):
            kernel = load_array(BytesIO(content))
        else:
            # editors of Windows may put a mark of the encoding before the text
            lines = content.decode("utf-8-sig").splitlines()
            # NumPy only warns of a text without numbers
            if not any(line.partition("#")[0].strip() for line in lines):
                raise ValueError("it holds no numbers")
            kernel = np.loadtxt(lines, ndmin=1)
        if not kernel.size:
            raise ValueError(f"its shape is {kernel.shape}")
        kernel = _normalized(kernel, norm)
    except (OSError, ValueError, TypeError, MemoryError) as error:
        reason = getattr(error, "strerror", None) or error
        raise click.UsageError(f"can't use --kernel-file {path}: {reason}") from None
    return lambda axes: kernel


def _made(
    name: str, given: dict[str, Any], norm: str | None
) -> Callable[[int], NDArray[Any]]:
    """Return a function that makes a kernel of a number of axes.

    The function raises UsageError if the options are wrong for the first number of axes
    that it is called with, and ValueError or TypeError if they are for a later one.
    """
    made: dict[int, NDArray[Any]] = {}

    def make(axes: int) -> NDArray[Any]:
        if axes not in made:
            try:
                made[axes] = _normalized(kernel_options.build(name, given, axes), norm)
            except (ValueError, TypeError) as error:
                sentence = f"--kernel {name}: {error}"
                if made:
                    raise type(error)(sentence) from None
                raise click.UsageError(sentence) from None
        return made[axes]

    return make


def _normalized(kernel: NDArray[Any], norm: str | None) -> NDArray[Any]:
    if norm is None:
        return kernel
    from ..kernels import normalize

    return normalize(kernel, norm)  # type: ignore[arg-type]
