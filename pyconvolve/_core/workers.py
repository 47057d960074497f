"""How many threads a call may use."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from operator import index


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _count(name: str, workers: object) -> int:
    try:
        number = index(workers)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"{name} must be an integer, not {workers!r}") from None
    if number < 0:
        number += 1 + _usable_cores()
    if number < 1:
        raise ValueError(
            f"{name} must be at least 1, or from -{_usable_cores()} to -1 to count "
            f"from the usable cores down, not {workers!r}"
        )
    return number


def _default() -> int:
    text = os.environ.get("PYCONVOLVE_NUM_THREADS")
    if not text:
        return _usable_cores()
    try:
        return _count("PYCONVOLVE_NUM_THREADS", int(text))
    except ValueError:
        raise ValueError(
            f"PYCONVOLVE_NUM_THREADS is {text!r}; it must be an integer, at least 1"
        ) from None


class _Settings(threading.local):
    workers: int | None = None


_settings = _Settings()
_default_workers = _default()


def get_workers() -> int:
    """Return how many threads a call of this thread may use.

    Returns
    -------
    int
        What `set_workers` set, else the environment variable
        PYCONVOLVE_NUM_THREADS, else the number of usable cores.

    Examples
    --------
    >>> import pyconvolve
    >>> with pyconvolve.set_workers(2):
    ...     pyconvolve.get_workers()
    2
    """
    return _default_workers if _settings.workers is None else _settings.workers


@contextmanager
def set_workers(workers: int) -> Iterator[None]:
    """Set how many threads calls of this thread may use, in a ``with`` statement.

    Parameters
    ----------
    workers : int
        At least 1; negative numbers count down from the usable cores, of which -1
        means all.

    Raises
    ------
    TypeError
        If `workers` is no integer.
    ValueError
        If `workers` is zero or below minus the number of usable cores.

    Examples
    --------
    >>> import pyconvolve
    >>> with pyconvolve.set_workers(1):
    ...     y = pyconvolve.convolve([1, 2, 3], [1, 1])
    >>> y
    array([1, 3, 5, 3])
    """
    number = _count("workers", workers)
    before = _settings.workers
    _settings.workers = number
    try:
        yield
    finally:
        _settings.workers = before


def resolve(workers: object) -> int:
    """Return the number of threads that a call's argument `workers` stands for."""
    return get_workers() if workers is None else _count("workers", workers)
