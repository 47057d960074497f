"""The thread pool of all calls, and phases of work that its threads share.

Threads take ranges of a phase in turn. Ctrl-C and errors end a run in all threads. A
forked process makes a new pool.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

# An array of one number, which is not zero once work has to stop.
Stop = NDArray[np.int64]
# Computes the items from the first to behind the last one.
Body = Callable[[int, int, Stop], object]

# Ranges of a phase for each worker: many, so that no worker waits long for a slow one.
_RANGES_PER_WORKER = 8

_pool: ThreadPoolExecutor | None = None
_pool_size = 0
_pool_lock = threading.Lock()


def _shared_pool(size: int) -> ThreadPoolExecutor:
    # this import takes long, for it imports logging, and small calls need no threads
    from concurrent.futures import ThreadPoolExecutor

    global _pool, _pool_size
    with _pool_lock:
        if _pool is None or _pool_size < size:
            pool = ThreadPoolExecutor(size, "pyconvolve")
            # Ctrl-C interrupts the main thread only. If it interrupted the start of a
            # thread of the pool, that thread would never end, nor would the program.
            starter = threading.Thread(target=_start_threads, args=(pool, size))
            starter.start()
            starter.join()
            # an earlier pool that is in use ends its threads when its work is done
            _pool, _pool_size = pool, size
        return _pool


def _start_threads(pool: ThreadPoolExecutor, size: int) -> None:
    """Let a pool start all of its threads."""
    # a pool starts no thread while another one is idle, so all of them wait here
    barrier = threading.Barrier(size)
    try:
        for _ in range(size):
            pool.submit(barrier.wait)
    except RuntimeError:
        # the system allows no more threads, or the interpreter shuts down
        barrier.abort()


def _forget_pool() -> None:
    global _pool, _pool_size, _pool_lock
    _pool, _pool_size, _pool_lock = None, 0, threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_pool)


class _Turns:
    """Ranges that threads take in turn, phase after phase.

    A phase begins when all ranges of the previous phase are done.
    """

    def __init__(self, phases: Sequence[tuple[int, Body]], workers: int) -> None:
        self.stop: Stop = np.zeros(1, np.int64)
        self._phases = [(count, body) for count, body in phases if count]
        self._ranges = workers * _RANGES_PER_WORKER
        self._change = threading.Condition()
        self._busy: set[int] = set()
        # number of the current phase, and how many of its items are taken and done
        self._phase = self._taken = self._done = 0

    def join(self) -> bool:
        """Count the calling thread as busy; return whether there is work to do."""
        # each thread counts itself, because Ctrl-C may interrupt `submit` after it has
        # started a thread
        with self._change:
            if not self.stop[0]:
                self._busy.add(threading.get_ident())
            return not self.stop[0]

    def leave(self) -> None:
        """Count the calling thread as busy no longer."""
        with self._change:
            self._busy.discard(threading.get_ident())
            self._change.notify_all()

    def wait(self) -> None:
        """Wait until no other thread is busy."""
        with self._change:
            self._change.wait_for(lambda: not self._busy)

    def halt(self) -> None:
        """Let threads take no more ranges."""
        self.stop[0] = 1
        with self._change:
            self._change.notify_all()

    def forget(self) -> None:
        """Drop the bodies, and the arrays that they hold.

        A thread of the pool that starts late still holds this object.
        """
        with self._change:
            self._phases, self._phase = [], 0

    def take(self) -> tuple[Body, int, int] | None:
        """Wait for the next range; return its body, its first and its end item."""
        with self._change:
            while not self.stop[0] and self._phase < len(self._phases):
                count, body = self._phases[self._phase]
                first = self._taken
                if first < count:
                    size = max(1, count // self._ranges)
                    self._taken = min(first + size, count)
                    return body, first, self._taken
                self._change.wait()
            return None

    def finish(self, first: int, last: int) -> None:
        """Count a range as done."""
        with self._change:
            self._done += last - first
            if self._done == self._phases[self._phase][0]:
                self._phase += 1
                self._taken = self._done = 0
                self._change.notify_all()


def run_phases(phases: Sequence[tuple[int, Body]], workers: int) -> None:
    """Call each phase's ``body(first, last, stop)`` for ranges of ``range(count)``.

    Parameters
    ----------
    phases : sequence of (count, body)
        A phase begins when the previous phase has ended.
    workers : int
        Number of threads, of which the calling thread is one.

    Raises
    ------
    BaseException
        An exception of any thread, KeyboardInterrupt included. It sets `stop`, which
        bodies poll, and is raised when all threads are done.
    """
    turns = _Turns(phases, workers)
    errors: list[BaseException] = []

    def work() -> None:
        try:
            while (turn := turns.take()) is not None:
                body, first, last = turn
                body(first, last, turns.stop)
                turns.finish(first, last)
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
        # an interpreter that shuts down can start no thread
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
