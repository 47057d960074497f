"""Programs for the running engine, for an order of the axes."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import chain
from math import prod
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ... import boxes, parallel
from ...problem import Problem
from ...reductions import REDUCTIONS, Computed, constant_table
from ...thresholds import Thresholds
from .lines import NO_ROW, Line, Order, is_loop, joined, line, row
from .steps import Step, cost, steps
from .tiles import Tiles

# Counts all positions.
_EVERYWHERE = -(2**62), 2**62
# Reals that are combined between two polls for Ctrl-C.
_POLL = 1 << 22


class Arrangement:
    """A planned order of axes, with its program: read-only, shared by threads."""

    spectra_bytes = tile_bytes = 0
    phases: tuple[int, ...] = ()

    def __init__(
        self,
        problem: Problem,
        order: Order,
        how: Computed,
        rows: ModuleType,
        thresholds: Thresholds,
    ) -> None:
        self.order, self.thresholds = order, thresholds
        self._problem, self._how = problem, how
        tiles = _tiles(problem, order, np.dtype(how.element).itemsize, thresholds)
        tiles.divide()
        self._tiles, self.seconds = tiles, tiles.seconds
        compiled = boxes.Boxes(_program(problem, how, tiles), rows.TABLE)
        self.rounds: tuple[int, ...] = (compiled.tiles,)
        self.scratch_bytes = compiled.scratch
        self.run_tiles = compiled.run
        self._run = parallel.runner(self)
        self._table = self._table_of(None)

    def __repr__(self) -> str:
        shape = "x".join(map(str, self._tiles.blocks))
        return f"{self.rounds[0]} tiles {shape}"

    def run(
        self,
        signal: NDArray[Any],
        output: NDArray[Any],
        constants: Sequence[Any] | None,
        counted: bytes | None,
        workers: int | None,
    ) -> None:
        """Reduce `signal` into `output`: see `RunningPlan.run`.

        `counted` is a result of `arranged`.
        """
        table = self._table if constants is None else self._table_of(constants)
        self._run(self, (signal, output, table, counted), workers)

    def _table_of(self, constants: Sequence[Any] | None) -> NDArray[Any]:
        """Return the constants outside, and those of each axis of the program."""
        outside = constant_table(self._problem, self._how, constants)
        lines = self._tiles.lines
        # sums of a constant grow with the taps that were summed before
        taps, last = 1, lines[-1].rank
        reduced = np.empty((len(lines), 2), outside.dtype)
        for each, values in zip(lines, reduced, strict=True):
            values[0] = outside[each.rank, 0]
            values[1] = outside[max(each.rank, last), 0]
            if not REDUCTIONS[self._problem.reduction].idempotent:
                values *= outside.dtype.type(taps)
                taps *= each.axis.taps
        return np.concatenate([outside, reduced])

    def arranged(self, counted: Sequence[tuple[int, int]]) -> bytes:
        """Return the positions that are counted along each axis of the program."""
        numbers = array("q")
        for each in self._tiles.lines:
            # all taps of axes that are joined count
            joins = each.axis.taps != self._problem.axes[each.rank].taps
            numbers.extend(
                _EVERYWHERE if each is NO_ROW or joins else counted[each.rank]
            )
        return numbers.tobytes()


def _tiles(
    problem: Problem, order: Order, itemsize: int, thresholds: Thresholds
) -> Tiles:
    axes, positions = problem.axes, len(order.axes) - order.unit
    unit = prod(axes[a].samples for a in order.axes[positions:])
    outer, ranks = _split(order.axes[:positions], order.whole)
    loops = [line(axes[a], a) for a in outer if is_loop(axes[a])]
    looped = {each.rank for each in loops}
    levels = [line(axes[a], a) for a in outer if a not in looped]
    along = row(axes[ranks[0]], ranks[0])
    if len(ranks) > 1:
        along = joined(axes, ranks)
    longest = thresholds.longest_row_bytes // (unit * itemsize)
    if along.span > longest:
        along = line(along.axis, along.rank)
    chunk = 0
    if along.span > longest:
        if (
            unit == 1
            and along.shift <= thresholds.row_chunk
            and along.axis.upsampling == 1
            and not levels
        ):
            chunk = thresholds.row_chunk // along.shift * along.shift
        else:
            levels += [line(axes[a], a) for a in ranks]
            along = NO_ROW
    return Tiles(
        loops,
        levels,
        along,
        () if chunk else _steps(along, REDUCTIONS[problem.reduction].idempotent),
        chunk,
        unit,
        itemsize,
        thresholds,
    )


def _split(
    axes: tuple[int, ...], number: int
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return axes[: len(axes) - number], axes[len(axes) - number :]


def _steps(along: Line, idempotent: bool) -> tuple[Step, ...]:
    """Return the steps along a row; none: taps are phases of its stride."""
    taps, shift = along.axis.taps, along.shift
    if shift == 1 and taps == 1:
        return ()
    found = steps(taps, idempotent)
    return found if shift == 1 or taps > shift * (cost(found) + 1) else ()


def _program(problem: Problem, how: Computed, tiles: Tiles) -> bytes:
    """Write a program, as src/reduce/program.pxd has it."""
    groups = [1] * len(tiles.loops) + tiles.groups + [1]
    fields = [
        each.fields(block, group)
        for each, block, group in zip(tiles.lines, tiles.blocks, groups, strict=True)
    ]
    dilation, offsets, numbers = tiles.row.dilation, array("q"), array("q")
    for each in fields:
        numbers.extend(each)
    steps_at = len(numbers)
    for step in tiles.steps:
        here = step.windows + step.samples
        numbers.extend((len(step.windows), len(step.samples), step.width, len(offsets)))
        offsets.extend(dilation * offset for offset in here)
    limits, signal = tiles.thresholds, problem.signal.dtype
    assert limits.streamed_direct_bytes is not None
    read = prod(axis.samples for axis in problem.axes) * signal.itemsize
    stored = problem.outputs * problem.output.itemsize
    head = [
        boxes.REDUCTIONS[how.operation],
        boxes.ELEMENTS[how.element_of(signal)],
        not signal.isnative,
        boxes.STORING[how.storing],
        problem.output.itemsize,
        stored >= limits.streamed_direct_bytes,
        read >= limits.prefetched_signal_bytes,
        _POLL,
        tiles.unit,
        tiles.chunk,
        tiles.number,
        len(fields),
        len(tiles.loops),
        len(problem.axes),
        len(tiles.steps),
    ]
    # bytes to the arrays behind the head and these three numbers
    first = len(head) + 3
    places = first, first + steps_at, first + len(numbers)
    head += [8 * place for place in places]
    return (array("q", chain(head)) + numbers + offsets).tobytes()
