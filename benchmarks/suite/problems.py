"""Arrays of problems by name, such as "512x512 by 9x9", and skipping benchmarks."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray


def sizes(problem: str) -> list[tuple[int, ...]]:
    """Return the shapes of signal and kernel."""
    return [tuple(map(int, shape.split("x"))) for shape in problem.split(" by ")]


def noise(shape: tuple[int, ...], dtype: str, seed: int) -> NDArray[Any]:
    # numbers repeat: to draw every sample would take more memory than to convolve
    rng = np.random.default_rng(seed)
    values = 30 * rng.standard_normal(10_007)
    kind = np.dtype(dtype).kind
    if kind == "c":
        values = values + 30j * rng.standard_normal(values.size)
    elif kind in "bu":
        values = abs(values)
    return np.resize(values.astype(dtype), shape)


def arrays(problem: str, dtype: str) -> list[NDArray[Any]]:
    """Return signal and kernel."""
    return [noise(shape, dtype, seed) for seed, shape in enumerate(sizes(problem))]


@contextmanager
def skip_what_is_missing() -> Iterator[None]:
    """Skip a benchmark whose functions a commit lacks: asv skips it by this error."""
    try:
        yield
    except (AttributeError, ImportError, NameError, TypeError) as error:
        raise NotImplementedError(str(error)) from error
