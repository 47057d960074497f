"""The number of threads that a call may use."""

from __future__ import annotations

import os
import threading
from contextlib import AbstractContextManager
from functools import cache
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
        cores = _usable_cores()
        down = f"from -{cores} to -1" if cores > 1 else "-1"
        raise ValueError(
            f"{name} must be at least 1, or {down} to count from the usable cores "
            f"down, not {workers!r}"
        )
    return number


@cache
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


def get_workers() -> int:
    """Return how many threads a call of this thread may use.

    Returns
    -------
    int
        The number that `set_workers` has set; by default that of the environment
        variable PYCONVOLVE_NUM_THREADS, or else the number of usable cores.

    Examples
    --------
    >>> import pyconvolve
    >>> with pyconvolve.set_workers(2):
    ...     pyconvolve.get_workers()
    2
    """
    return _default() if _settings.workers is None else _settings.workers


class _Restore:
    """Restores the number of workers at the end of a ``with`` statement."""

    def __init__(self, before: int | None) -> None:
        self._before = before

    def __enter__(self) -> None:
        return None

    def __exit__(self, *error: object) -> None:
        _settings.workers = self._before


def set_workers(workers: int) -> AbstractContextManager[None]:
    """Set how many threads calls of this thread may use.

    Parameters
    ----------
    workers : int
        At least 1, or a negative number: -1 is the number of usable cores, -2 is one
        less, and so on.

    Returns
    -------
    context manager
        At the end of a ``with`` statement, it restores the previous number.

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

    For all later calls of this thread:

    >>> _ = pyconvolve.set_workers(-1)
    """
    number = _count("workers", workers)
    restore = _Restore(_settings.workers)
    _settings.workers = number
    return restore


def resolve(workers: object) -> int:
    """Return the number of threads that the argument `workers` of a call means."""
    return get_workers() if workers is None else _count("workers", workers)
