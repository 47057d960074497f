"""Programs for the separable engine, for an order of the axes."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import chain
from math import prod
from types import ModuleType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ... import parallel, separable
from ...boundary import CONTINUATIONS
from ...dtypes import element_name
from ...problem import Axis, Problem
from ...thresholds import Thresholds
from .order import Order
from .tiles import Rates, Tiles

_CACHE_LINE = 64
# Bytes of a row that is streamed though it is not whole cache lines.
_LEAST_ROW = 768
# Bytes of arrays from which on outputs are streamed, for each of those from which on
# signals are prefetched, if only rows are filtered: one row after another is stored.
_ROWS_ONLY = 8


class Kernel(Protocol):
    """A prepared kernel."""

    taps: NDArray[Any]
    folds: NDArray[np.int64]


class Arrangement:
    """A planned order of passes, with its program: read-only, shared by threads."""

    spectra_bytes = tile_bytes = 0
    phases: tuple[int, ...] = ()

    def __init__(
        self,
        problem: Problem,
        order: Order,
        compute: np.dtype,
        storing: str,
        lines: ModuleType,
        rates: Rates,
        poll: int,
        rounds: bool,
        thresholds: Thresholds,
    ) -> None:
        self.order, self.thresholds = order, thresholds
        axes = problem.axes
        tiles = Tiles(
            [axes[a] for a in order.loops],
            [axes[a] for a in order.levels],
            _joined([axes[a] for a in order.row]),
            order.row_stage,
            prod(axes[a].samples for a in order.unit),
            compute.itemsize,
            lines.TILE,
            order.in_place,
            sum(_bytes(problem)),
            problem.output != compute,
            rounds,
            rates,
            thresholds,
        )
        tiles.divide()
        self._tiles, self.seconds = tiles, tiles.seconds
        self.fits, self.is_whole = tiles.fits, tiles.is_whole
        program = _program(problem, order, tiles, storing, poll, rounds)
        compiled = separable.Separable(program, lines.TABLE)
        self.bytes = len(program)
        self.rounds: tuple[int, ...] = (compiled.tiles,)
        self.scratch_bytes = compiled.scratch
        self.run_tiles = compiled.run
        self._run = parallel.runner(self)

    def __repr__(self) -> str:
        shape = "x".join(map(str, self._tiles.blocks))
        return f"{self.rounds[0]} tiles {shape}"

    def run(
        self,
        signal: NDArray[Any],
        output: NDArray[Any],
        constants: NDArray[Any],
        kernel: Kernel,
        roundings: NDArray[np.float64],
        workers: int | None,
    ) -> None:
        """Filter `signal` into `output`: see `separable.Separable.run`."""
        job = signal, output, constants, kernel.taps, kernel.folds, roundings
        self._run(self, job, workers)


def first_taps(problem: Problem) -> list[int]:
    """Return the number of each axis' first tap among those of all axes."""
    found, number = [], 0
    for axis in problem.axes:
        found.append(number)
        number += axis.taps if axis.role == "window" else 0
    return found


def _joined(axes: Sequence[Axis]) -> Axis:
    """Return axes without a pass that lie one after another in memory, as one."""
    if len(axes) == 1:
        return axes[0]
    samples = prod(axis.samples for axis in axes)
    return axes[-1]._replace(samples=samples, outputs=samples)


def _program(
    problem: Problem,
    order: Order,
    tiles: Tiles,
    storing: str,
    poll: int,
    rounds: bool,
) -> bytes:
    """Write a program, as src/separable/program.pxd has it."""
    numbers, first = array("q"), first_taps(problem)
    ranks = (*order.loops, *order.levels, order.row[0])
    loops, levels = len(order.loops), len(order.levels)
    for i, (axis, rank, block) in enumerate(
        zip(tiles.axes, ranks, tiles.blocks, strict=True)
    ):
        boundary = CONTINUATIONS[axis.boundary]
        numbers.extend((
            -1 if axis.signal is None else axis.signal,
            -1 if axis.output is None else axis.output,
            axis.samples,
            axis.taps,
            axis.outputs,
            axis.offset,
            boundary.rule,
            *boundary.of(axis.samples),
            rank,
            first[rank],
            block,
            tiles.planes(i - loops) if loops <= i < loops + levels else 1,
        ))  # fmt: skip
    limits, signal = tiles.thresholds, problem.signal.dtype
    head = [
        separable.ELEMENTS[element_name(signal.newbyteorder("="))],
        not signal.isnative,
        separable.STORING[storing],
        problem.output.itemsize,
        rounds,
        _streams(problem, tiles),
        _bytes(problem)[0] >= limits.prefetched_signal_bytes,
        order.in_place,
        poll,
        tiles.unit,
        tiles.number,
        len(tiles.axes),
        loops,
        order.row_stage,
    ]
    # bytes to the axes behind the head and this number
    head.append(8 * (len(head) + 1))
    return (array("q", chain(head)) + numbers).tobytes()


def _bytes(problem: Problem) -> tuple[int, int]:
    """Return the bytes of the signal, and of the output."""
    read = prod(axis.samples for axis in problem.axes) * problem.signal.dtype.itemsize
    return read, problem.outputs * problem.output.itemsize


def _streams(problem: Problem, tiles: Tiles) -> bool:
    """Whether outputs go past the caches.

    Those of smaller arrays stay there. Where a row begins or ends in the middle of a
    cache line, it takes longer: that matters if rows are short.
    """
    limits, (read, stored) = tiles.thresholds, _bytes(problem)
    assert limits.streamed_direct_bytes is not None
    row = tiles.row.outputs * tiles.unit * problem.output.itemsize
    if stored < limits.streamed_direct_bytes or (
        row < _LEAST_ROW and row % _CACHE_LINE
    ):
        return False
    in_memory = limits.prefetched_signal_bytes * (1 if tiles.levels else _ROWS_ONLY)
    return read + stored >= in_memory
