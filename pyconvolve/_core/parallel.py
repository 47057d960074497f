"""Runs plans: how many threads share a plan's tiles, and their memory.

Threads compute a tile each. Where tiles are few and large, all threads compute the same
tile, phase by phase.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import ceil
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .caches import register
from .memory import LEAST, empty
from .thread_pool import Stop, run_phases
from .thresholds import Thresholds
from .workers import resolve

# Runs a plan for a job, by some workers.
Runner = Callable[["Shareable", Any, int | None], None]

_BYTE = np.dtype(np.uint8)
# Bytes of a block of scratch for small calls. A call takes a block from the list and
# returns it afterwards; lists need no lock for this.
_SMALL_SCRATCH = 1 << 16
_small_scratch: list[NDArray[np.uint8]] = []
register(_small_scratch.clear)


class Shareable(Protocol):
    """The attributes of a plan by which its tiles are distributed among threads."""

    seconds: float
    """Predicted for one thread."""
    rounds: tuple[int, ...]
    """Number of tiles of each round. Tiles of a round may be computed at the same time;
    a round begins when the previous round has ended."""
    scratch_bytes: int
    """Memory that a thread needs, its tile included."""
    spectra_bytes: int
    """Memory of the spectra of a kernel; the limit for all threads grows with it."""
    phases: tuple[int, ...]
    """Pieces into which packing, computing and storing a tile are divided, for threads
    to share; empty: threads can't share a tile."""
    tile_bytes: int
    """Memory of a tile that threads share."""
    thresholds: Thresholds

    def run_tiles(
        self,
        job: Any,
        number: int,
        first: int,
        last: int,
        stop: Stop | None,
        scratch: Any,
        phase: int = ...,
        tile: int = ...,
        shared: Any = ...,
    ) -> None:
        """Compute tiles `first` to `last` - 1 of a round, or pieces of one's phase."""


def runner(plan: Shareable) -> Runner:
    """Return a function that runs all tiles of a plan, by as many threads as pay.

    The plan is an argument of this function. If the function held the plan, which holds
    the function, only the garbage collector could free both.
    """
    if (
        plan.seconds > plan.thresholds.thread_seconds
        or plan.scratch_bytes > _SMALL_SCRATCH
        or len(plan.rounds) > 1
    ):
        return _run
    # a small call takes a microsecond or two, so this function calls no other one
    run_tiles, (tiles,) = plan.run_tiles, plan.rounds

    def run(plan: Shareable, job: Any, workers: int | None) -> None:
        try:
            scratch = _small_scratch.pop()
        except IndexError:
            scratch = np.empty(_SMALL_SCRATCH, _BYTE)
        run_tiles(job, 0, 0, tiles, None, scratch)
        _small_scratch.append(scratch)

    return run


def _run(plan: Shareable, job: Any, workers: int | None) -> None:
    for number, tiles in enumerate(plan.rounds):
        threads, shares_tiles = threads_for(plan, tiles, workers)
        if threads == 1:
            plan.run_tiles(job, number, 0, tiles, None, _scratch(plan.scratch_bytes))
            continue
        phases = [(tiles, partial(_run_tiles, plan, job, number))]
        if shares_tiles:
            shared = _scratch(plan.tile_bytes)
            phases = [
                (pieces, partial(_run_pieces, plan, job, number, tile, phase, shared))
                for tile in range(tiles)
                for phase, pieces in enumerate(plan.phases)
            ]
        run_phases(phases, threads)


def threads_for(plan: Shareable, tiles: int, workers: int | None) -> tuple[int, bool]:
    """Return how many threads pay, and whether all of them share each tile."""
    limits = plan.thresholds
    if plan.seconds <= limits.thread_seconds:
        return 1, False
    number = resolve(workers)
    # Tiles for large kernels are large. Besides the memory of each worker, a call may
    # take three times the memory of the kernel's spectra, including the spectra.
    room = number * limits.worker_bytes + 2 * plan.spectra_bytes
    with_a_tile_each = max(1, min(number, tiles, room // max(plan.scratch_bytes, 1)))
    if not plan.phases or plan.seconds <= sum(plan.rounds) * limits.share_seconds:
        return with_a_tile_each, False
    _, pieces, _ = plan.phases
    sharing = min(number, pieces)
    if pieces / ceil(pieces / sharing) > tiles / ceil(tiles / with_a_tile_each):
        return sharing, True
    return with_a_tile_each, False


def memory(plan: Shareable, workers: int) -> int:
    """Return how many bytes a run takes besides its arrays."""
    threads, shares_tiles = threads_for(plan, sum(plan.rounds), workers)
    if shares_tiles:
        of_threads = threads * (plan.scratch_bytes - plan.tile_bytes)
        return plan.spectra_bytes + plan.tile_bytes + of_threads
    return plan.spectra_bytes + threads * plan.scratch_bytes


def _scratch(size: int) -> NDArray[np.uint8]:
    # the pool of freed results has large blocks
    return empty((size,), _BYTE) if size >= LEAST else np.empty(size, _BYTE)


def _run_tiles(
    plan: Shareable, job: Any, number: int, first: int, last: int, stop: Stop
) -> None:
    plan.run_tiles(job, number, first, last, stop, _scratch(plan.scratch_bytes))


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
    scratch = _scratch(plan.scratch_bytes - plan.tile_bytes)
    plan.run_tiles(job, number, first, last, stop, scratch, phase, tile, shared)
