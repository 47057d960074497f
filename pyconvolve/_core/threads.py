"""Ranges of tiles on one shared pool of threads; interruptible, safe to fork."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from operator import index
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

# Ranges per worker: enough that one slow worker doesn't keep the others waiting.
_RANGES = 8


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
_pool: ThreadPoolExecutor | None = None
_pool_size = 0
_pool_lock = threading.Lock()


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


def _shared_pool(size: int) -> ThreadPoolExecutor:
    # its import brings in logging, and only calls that threads pay for need it
    from concurrent.futures import ThreadPoolExecutor

    global _pool, _pool_size
    with _pool_lock:
        if _pool is None or _pool_size < size:
            # a pool in use elsewhere keeps its threads until its work is done
            _pool = ThreadPoolExecutor(size, "pyconvolve")
            _pool_size = size
        return _pool


def _forget_pool() -> None:
    global _pool, _pool_size, _pool_lock
    _pool, _pool_size, _pool_lock = None, 0, threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_pool)


def run_ranges(
    count: int, workers: int, body: Callable[[int, int, NDArray[np.int64]], object]
) -> None:
    """Call ``body(first, last, stop)`` for ranges that cover ``range(count)``.

    The calling thread works too. An exception in one thread, Ctrl-C among them,
    sets `stop`, which bodies poll, and is raised once all threads are done.
    """
    stop = np.zeros(1, np.int64)
    size = max(1, count // (workers * _RANGES))
    starts = iter(range(0, count, size))
    turn = threading.Lock()

    def work() -> None:
        try:
            while not stop[0]:
                with turn:
                    first = next(starts, None)
                if first is None:
                    return
                body(first, min(first + size, count), stop)
        except BaseException:
            stop[0] = 1
            raise

    idle = threading.Condition()
    busy: set[int] = set()
    errors: list[BaseException] = []

    def help_out() -> None:
        # a thread counts itself: Ctrl-C may keep `submit` from returning a future
        me = threading.get_ident()
        with idle:
            if stop[0]:
                return
            busy.add(me)
        try:
            work()
        except BaseException as error:
            errors.append(error)
        finally:
            with idle:
                busy.discard(me)
                idle.notify()

    def wait() -> None:
        with idle:
            idle.wait_for(lambda: not busy)

    try:
        # no thread can be started any more when the interpreter shuts down
        with suppress(RuntimeError):
            pool = _shared_pool(workers - 1)
            for _ in range(workers - 1):
                pool.submit(help_out)
        work()
        wait()
    except BaseException:
        stop[0] = 1
        wait()
        raise
    if errors:
        raise errors[0]
