"""Ranges of tiles on one shared pool of threads; interruptible, safe to fork."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from operator import index
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

Body = Callable[[int, int, NDArray[np.int64]], object]

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


class _Turns:
    """Ranges that threads take in turn, phase after phase.

    No range of a phase is given out before all of the one before are done.
    """

    def __init__(self, phases: Sequence[tuple[int, Body]], workers: int) -> None:
        self.stop: NDArray[np.int64] = np.zeros(1, np.int64)
        self._phases = [(count, body) for count, body in phases if count]
        self._share = workers * _RANGES
        self._change = threading.Condition()
        self._busy: set[int] = set()
        # the phase at hand, what is given out of it, and what is done
        self._phase = self._given = self._done = 0

    def join(self) -> bool:
        """Count the calling thread as busy; false if it isn't wanted any more."""
        # a thread counts itself: Ctrl-C may keep `submit` from returning a future
        with self._change:
            if not self.stop[0]:
                self._busy.add(threading.get_ident())
            return not self.stop[0]

    def leave(self) -> None:
        """Count it no longer."""
        with self._change:
            self._busy.discard(threading.get_ident())
            self._change.notify_all()

    def wait(self) -> None:
        """Wait until no other thread is busy."""
        with self._change:
            self._change.wait_for(lambda: not self._busy)

    def halt(self) -> None:
        """Give out no more."""
        self.stop[0] = 1
        with self._change:
            self._change.notify_all()

    def forget(self) -> None:
        """Hold no body any longer: threads that start late hold the turns."""
        with self._change:
            self._phases, self._phase = [], 0

    def take(self) -> tuple[Body, int, int] | None:
        """Return the next range, once it may begin, and its phase's body."""
        with self._change:
            while not self.stop[0] and self._phase < len(self._phases):
                count, body = self._phases[self._phase]
                first = self._given
                if first < count:
                    self._given = min(first + max(1, count // self._share), count)
                    return body, first, self._given
                self._change.wait()
            return None

    def give_back(self, first: int, last: int) -> None:
        """Count a range as done."""
        with self._change:
            self._done += last - first
            if self._done == self._phases[self._phase][0]:
                self._phase += 1
                self._given = self._done = 0
                self._change.notify_all()


def run_phases(phases: Sequence[tuple[int, Body]], workers: int) -> None:
    """Call each phase's ``body(first, last, stop)`` for ranges of ``range(count)``.

    Phases, pairs of count and body, begin when the one before has ended. The calling
    thread works too. An exception in one thread, Ctrl-C among them, sets `stop`, which
    bodies poll, and is raised once all threads are done.
    """
    turns = _Turns(phases, workers)
    errors: list[BaseException] = []

    def work() -> None:
        try:
            while (turn := turns.take()) is not None:
                body, first, last = turn
                body(first, last, turns.stop)
                turns.give_back(first, last)
        except BaseException:
            turns.halt()
            raise

    def help_out() -> None:
        if not turns.join():
            return
        try:
            work()
        except BaseException as error:
            errors.append(error)
        finally:
            turns.leave()

    try:
        # no thread can be started any more when the interpreter shuts down
        with suppress(RuntimeError):
            pool = _shared_pool(workers - 1)
            for _ in range(workers - 1):
                pool.submit(help_out)
        work()
        turns.wait()
    except BaseException:
        turns.halt()
        turns.wait()
        raise
    finally:
        turns.forget()
    if errors:
        raise errors[0]


def run_ranges(count: int, workers: int, body: Body) -> None:
    """Call ``body(first, last, stop)`` for ranges that cover ``range(count)``."""
    run_phases([(count, body)], workers)
