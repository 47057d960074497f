"""Runs plans: how many threads share a plan's tiles, and what memory each of them has.

Threads take a tile each, or, where tiles are few and large, share one of them phase by
phase. All come from one pool; runs can be interrupted, and processes forked.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from math import ceil
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .caches import register
from .memory import LEAST, empty
from .thresholds import Thresholds
from .workers import resolve

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

Stop = NDArray[np.int64] | None
Body = Callable[[int, int, NDArray[np.int64]], object]
# Runs a plan for a job, by some workers.
Runner = Callable[["Shareable", Any, int | None], None]

# Ranges per worker: enough that one slow worker doesn't keep the others waiting.
_RANGES = 8
_BYTE = np.dtype(np.uint8)


_pool: ThreadPoolExecutor | None = None
_pool_size = 0
_pool_lock = threading.Lock()


def _shared_pool(size: int) -> ThreadPoolExecutor:
    # its import brings in logging, and only calls that threads pay for need it
    from concurrent.futures import ThreadPoolExecutor

    global _pool, _pool_size
    with _pool_lock:
        if _pool is None or _pool_size < size:
            pool = ThreadPoolExecutor(size, "pyconvolve")
            # Ctrl-C reaches the main thread only: if it came while that starts one of
            # the pool's threads, the pool would not end it, nor would the program end
            starter = threading.Thread(target=_start_threads, args=(pool, size))
            starter.start()
            starter.join()
            # a pool in use elsewhere keeps its threads until its work is done
            _pool, _pool_size = pool, size
        return _pool


def _start_threads(pool: ThreadPoolExecutor, size: int) -> None:
    """Let a pool start all of its threads."""
    # a thread that has nothing to do would be used again
    barrier = threading.Barrier(size)
    try:
        for _ in range(size):
            pool.submit(barrier.wait)
    except RuntimeError:
        # there can't be as many, or the interpreter shuts down
        barrier.abort()


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


class Shareable(Protocol):
    """What there is to know of a plan, to share its tiles out."""

    seconds: float
    """That one thread takes."""
    rounds: tuple[int, ...]
    """Tiles that may be computed at the same time, round after round."""
    scratch: int
    """Bytes that a thread needs."""
    spectra_bytes: int
    """Of a kernel: what all threads take may grow with them."""
    phases: tuple[int, ...]
    """Pieces that packing, computing and storing a tile have, for threads to share;
    none: they may not."""
    tile: int
    """Bytes of such a tile, which are part of a thread's."""
    thresholds: Thresholds

    def run_tiles(
        self,
        job: Any,
        number: int,
        first: int,
        last: int,
        stop: Stop,
        scratch: Any,
        phase: int = ...,
        tile: int = ...,
        shared: Any = ...,
    ) -> None:
        """Compute tiles `first` to `last` - 1 of a round, or pieces of one's phase."""


def runner(plan: Shareable) -> Runner:
    """Return a function that runs all tiles of a plan, by as many threads as pay.

    It is given the plan, for one that held it would be part of a circle.
    """
    if (
        plan.seconds > plan.thresholds.thread_seconds
        or plan.scratch > _SPARE
        or len(plan.rounds) > 1
    ):
        return _run
    # a small call takes a microsecond or two: each line counts
    run_tiles, (tiles,) = plan.run_tiles, plan.rounds

    def run(plan: Shareable, job: Any, workers: int | None) -> None:
        try:
            scratch = _spare.pop()
        except IndexError:
            scratch = np.empty(_SPARE, _BYTE)
        run_tiles(job, 0, 0, tiles, None, scratch)
        _spare.append(scratch)

    return run


def _run(plan: Shareable, job: Any, workers: int | None) -> None:
    for number, tiles in enumerate(plan.rounds):
        threads, together = threads_for(plan, tiles, workers)
        if threads == 1:
            plan.run_tiles(job, number, 0, tiles, None, _scratch(plan.scratch))
            continue
        phases = [(tiles, partial(_run_tiles, plan, job, number))]
        if together:
            shared = _scratch(plan.tile)
            phases = [
                (pieces, partial(_run_pieces, plan, job, number, tile, phase, shared))
                for tile in range(tiles)
                for phase, pieces in enumerate(plan.phases)
            ]
        run_phases(phases, threads)


def threads_for(plan: Shareable, tiles: int, workers: int | None) -> tuple[int, bool]:
    """Tell how many threads pay, and whether each tile is shared by all of them."""
    limits = plan.thresholds
    if plan.seconds <= limits.thread_seconds:
        return 1, False
    number = resolve(workers)
    # tiles for large kernels are large: as many as three spectra would take
    room = number * limits.worker_bytes + 2 * plan.spectra_bytes
    apart = max(1, min(number, tiles, room // max(plan.scratch, 1)))
    if not plan.phases or plan.seconds <= sum(plan.rounds) * limits.share_seconds:
        return apart, False
    _, pieces, _ = plan.phases
    together = min(number, pieces)
    if pieces / ceil(pieces / together) > tiles / ceil(tiles / apart):
        return together, True
    return apart, False


def memory(plan: Shareable, workers: int) -> int:
    """Return how many bytes a run takes beside its arrays."""
    number, together = threads_for(plan, sum(plan.rounds), workers)
    if together:
        own = plan.scratch - plan.tile
        return plan.spectra_bytes + plan.tile + number * own
    return plan.spectra_bytes + number * plan.scratch


# Scratch of calls that are over, each of so many bytes; a list is as safe as a lock.
_SPARE = 1 << 16
_spare: list[NDArray[np.uint8]] = []
register(_spare.clear)


def _scratch(size: int) -> NDArray[np.uint8]:
    # large ones come from the pool of freed results
    return empty((size,), _BYTE) if size >= LEAST else np.empty(size, _BYTE)


def _run_tiles(
    plan: Shareable, job: Any, number: int, first: int, last: int, stop: Stop
) -> None:
    plan.run_tiles(job, number, first, last, stop, _scratch(plan.scratch))


def _run_pieces(
    plan: Shareable,
    job: Any,
    number: int,
    tile: int,
    phase: int,
    shared: NDArray[np.uint8],
    first: int,
    last: int,
    stop: Stop,
) -> None:
    scratch = _scratch(plan.scratch - plan.tile)
    plan.run_tiles(job, number, first, last, stop, scratch, phase, tile, shared)
