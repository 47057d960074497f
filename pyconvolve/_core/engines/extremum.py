"""The extremum engine: maxima and minima over any footprint, and where they stand.

Heights may be added to the samples first, as grey morphology does. All taps of an
output are combined one by one. For boxes without indices, the running engine is faster.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import product
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import boxes, cpu, footprints, parallel
from ..problem import Axis, Problem
from ..reductions import Computed, computed, constant_table
from ..thresholds import Thresholds
from .running.lines import Line, is_loop, line, row

name = "extremum"
counts: tuple[str, ...] = ()
automatic = False

# Bytes of a plan besides its program, about.
_PLAN_BYTES = 2048
# Samples that are combined between two polls for Ctrl-C.
_POLL = 1 << 22
# Bytes of a vector, and seconds for one that is combined, with indices or without; for
# a sample that is packed, a row of outputs, and a row of a window that is searched.
_VECTOR_BYTES, _SECONDS, _INDEXED_SECONDS = 32, 5e-10, 1.1e-9
_PACKED_SECONDS, _ROW_SECONDS, _SEARCHED_ROW_SECONDS = 8e-10, 6e-8, 8e-9


def least_seconds(problem: Problem, enough: float) -> float:
    """Return the seconds that this engine takes for any problem: almost none."""
    return 0.0


def plan(problem: Problem, thresholds: Thresholds) -> ExtremumPlan | None:
    """Plan a problem; None: it has a kernel, or no module computes its types."""
    if problem.kernel is not None or not problem.axes:
        return None
    how = computed(problem)
    if how is None or any(axis.upsampling > 1 for axis in problem.axes):
        return None
    return ExtremumPlan(problem, how, thresholds)


class ExtremumPlan:
    """A planned reduction over a footprint: read-only, shared by threads."""

    name = name
    spectra_bytes = tile_bytes = 0
    phases: tuple[int, ...] = ()
    counted: tuple[float, ...] = ()

    def __init__(self, problem: Problem, how: Computed, thresholds: Thresholds) -> None:
        self.problem, self.thresholds, self._how = problem, thresholds, how
        self._taps = _taps(problem)
        itemsize = np.dtype(how.element).itemsize
        *outer, last = enumerate(problem.axes)
        along = row(last[1], last[0])
        if along.span * itemsize > thresholds.longest_row_bytes:
            along = line(last[1], last[0])
        loops = [line(axis, a) for a, axis in outer if is_loop(axis)]
        levels = [line(axis, a) for a, axis in outer if not is_loop(axis)]
        self._loops, self._lines = len(loops), [*loops, *levels, along]
        self.seconds = _combined_seconds(problem, itemsize, _SECONDS)
        self._blocks = self._divide(itemsize)

    def lay_out(self) -> ExtremumPlan:
        """Write the program."""
        program = _program(
            self.problem, self._how, self._lines, self._loops, self._blocks, self._taps
        )
        self.bytes = _PLAN_BYTES + len(program)
        rows = cpu.module("rows", self._how.element)
        compiled = footprints.Footprint(program, rows.TABLE)
        self.rounds: tuple[int, ...] = (compiled.tiles,)
        self.scratch_bytes = compiled.scratch
        self.run_tiles = compiled.run
        self._run = parallel.runner(self)
        self._table = constant_table(self.problem, self._how, None)
        return self

    def __repr__(self) -> str:
        shape = "x".join(map(str, self._blocks))
        return f"extremum, {self.rounds[0]} tiles {shape}, {self._how.element}"

    def memory(self, workers: int) -> int:
        """Return how many bytes a call takes besides its arrays."""
        return parallel.memory(self, workers)

    def prepare(self, kernel: NDArray[Any] | None, pinned: bool) -> NDArray[Any] | None:
        """Prepare the heights of a structuring function, in the place of a kernel.

        It has a number for each tap of the axes, in C order, which is added to samples
        before they are compared. None: nothing is added.
        """
        if kernel is None:
            return None
        heights = np.asarray(kernel).ravel()
        if self.problem.support is not None:
            heights = heights[np.frombuffer(self.problem.support, bool)]
        return np.ascontiguousarray(heights, self._table.dtype)

    def run(
        self,
        signal: NDArray[Any],
        prepared: NDArray[Any] | None,
        output: NDArray[Any],
        constants: Sequence[Any] | None,
        workers: int | None,
        indices: NDArray[np.int64] | None = None,
    ) -> None:
        """Reduce `signal` into `output`.

        Without heights, `indices`, of the shape of the output, receives the index of
        the first sample that is the extremum: in C order, among the samples along the
        window axes.
        """
        table = self._table
        if constants is not None:
            table = constant_table(self.problem, self._how, constants)
        self._run(self, (signal, output, table, indices, prepared), workers)

    def _divide(self, itemsize: int) -> list[int]:
        """Divide the outputs into blocks whose windows fit the caches."""
        lines, loops = self._lines, self._loops
        blocks = [1] * loops + [each.outputs for each in lines[loops:]]

        def window(blocks: list[int]) -> int:
            slots = zip(lines[loops:], blocks[loops:], strict=True)
            return itemsize * prod(each.slots(block) for each, block in slots)

        def cost(a: int) -> float:
            # of the samples of a block, the share that another block reads, too
            return (lines[a].span - 1) / lines[a].slots(blocks[a])

        last, limits = len(lines) - 1, self.thresholds
        longest = limits.reduced_row_bytes // itemsize + 4 * lines[last].span
        while lines[last].slots(blocks[last]) > longest and blocks[last] > 1:
            blocks[last] = -(-blocks[last] // 2)
        while window(blocks) > limits.footprint_bytes and max(blocks) > 1:
            a = min((a for a, block in enumerate(blocks) if block > 1), key=cost)
            blocks[a] = -(-blocks[a] // 2)
        if self.seconds > limits.thread_seconds:
            while (
                _number(lines, blocks) < limits.reduced_tiles
                and max(blocks[:last], default=1) > 1
            ):
                a = max(range(last), key=blocks.__getitem__)
                if blocks[a] <= lines[a].span:
                    break
                blocks[a] = -(-blocks[a] // 2)
        else:
            blocks[:loops] = [each.outputs for each in lines[:loops]]
        return blocks


class IndexSearch:
    """Finds the indices of known extrema of boxes: read-only, shared by threads.

    That takes less time than to combine indices, too, if windows are large and outputs
    are few.

    Parameters
    ----------
    problem : Problem
        Of a maximum or a minimum, in this machine's byte order, without a support.
        Samples outside take no part.
    thresholds : Thresholds
    """

    spectra_bytes = tile_bytes = scratch_bytes = 0
    phases: tuple[int, ...] = ()

    def __init__(self, problem: Problem, thresholds: Thresholds) -> None:
        self.thresholds = thresholds
        how = computed(problem)
        assert how is not None
        lines = [row(axis, a) for a, axis in enumerate(problem.axes)]
        blocks = [each.outputs for each in lines]
        program = _program(problem, how, lines, 0, blocks, [])
        compiled = footprints.Search(program, cpu.module("rows", how.element).TABLE)
        self.bytes = _PLAN_BYTES
        self.seconds = _searched_seconds(problem, problem.output.itemsize)
        self.rounds: tuple[int, ...] = (compiled.tiles,)
        self.run_tiles = compiled.run
        self._run = parallel.runner(self)

    def run(
        self,
        signal: NDArray[Any],
        extrema: NDArray[Any],
        indices: NDArray[np.int64],
        workers: int | None,
    ) -> None:
        """Find the index of the first sample that is the extremum, for each output."""
        self._run(self, (signal, extrema, indices), workers)


def _program(
    problem: Problem,
    how: Computed,
    lines: Sequence[Line],
    loops: int,
    blocks: Sequence[int],
    taps: Sequence[tuple[int, ...]],
) -> bytes:
    """Write a program, as src/reduce/program.pxd has it."""
    numbers = array("q")
    for each, block in zip(lines, blocks, strict=True):
        numbers.extend(each.fields(block, 1))
    taps_at = len(numbers)
    for tap in taps:
        numbers.extend(each.dilation * tap[each.rank] for each in lines[loops:])
    index_at = len(numbers)
    numbers.extend(_index_step(problem.axes, each.rank) for each in lines)
    head = [
        boxes.REDUCTIONS[how.operation],
        boxes.ELEMENTS[how.element_of(problem.signal.dtype)],
        not problem.signal.dtype.isnative,
        boxes.STORING[how.storing],
        problem.output.itemsize,
        _POLL,
        _number(lines, blocks),
        len(taps),
        len(lines),
        loops,
    ]
    # bytes to the arrays behind the head and these three numbers
    first = len(head) + 3
    head += [8 * (first + place) for place in (0, taps_at, index_at)]
    return (array("q", head) + numbers).tobytes()


def prefers_search(problem: Problem) -> bool:
    """Tell whether indices of extrema are searched for in less time than combined."""
    itemsize = problem.output.itemsize
    combined = _combined_seconds(problem, itemsize, _INDEXED_SECONDS)
    return _searched_seconds(problem, itemsize) < combined


def _combined_seconds(problem: Problem, itemsize: int, seconds: float) -> float:
    """Predict the seconds of combining all taps, if a vector takes so many."""
    taps = problem.taps if problem.support is None else sum(problem.support)
    last = problem.axes[-1].outputs
    rows = problem.outputs / last
    vectors = -(-last * itemsize // _VECTOR_BYTES)
    packed = prod(axis.samples for axis in problem.axes) * _PACKED_SECONDS
    return packed + rows * (vectors * taps * seconds + _ROW_SECONDS)


def _searched_seconds(problem: Problem, itemsize: int) -> float:
    """Predict the seconds of searching: half of a window on average."""
    last = problem.axes[-1].taps
    rows = problem.taps / last / 2
    vectors = -(-last * itemsize // _VECTOR_BYTES)
    return problem.outputs * (
        (rows + 1) * _SEARCHED_ROW_SECONDS + rows * vectors * _SECONDS
    )


def _taps(problem: Problem) -> list[tuple[int, ...]]:
    """Return the taps that take part, each with its number along all axes."""
    taps = list(product(*(range(axis.taps) for axis in problem.axes)))
    if problem.support is None:
        return taps
    return [tap for tap, used in zip(taps, problem.support, strict=True) if used]


def _index_step(axes: Sequence[Axis], a: int) -> int:
    """Return by how much a sample's index grows along an axis."""
    if axes[a].role != "window":
        return 0
    return prod(axis.samples for axis in axes[a + 1 :] if axis.role == "window")


def _number(lines: Sequence[Line], blocks: Sequence[int]) -> int:
    """Return the number of tiles."""
    return prod(
        each.classes * -(-each.outputs // block)
        for each, block in zip(lines, blocks, strict=True)
    )
