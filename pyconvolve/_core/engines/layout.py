"""How a direct convolution is laid out: axes, blocks, window, tap columns.

All of it is decided here, once per problem, as integers; src/direct.pyx follows it.
benchmarks/direct.py measures what the constants below were chosen by.
"""

from __future__ import annotations

from math import ceil, gcd, lcm, prod
from types import ModuleType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .. import cost
from ..dtypes import ELEMENT_TYPES, element_name, real_type
from ..problem import Axis, Problem

# Bytes of a window: it stays in the L2 cache together with its outputs and taps.
_WINDOW = 192 * 1024
# Taps of a pass, whose tables stay in L2, too.
_TAPS = 16384
# Reals in a row of the window: rows shorter than this waste the edges of tiles.
_ROW = 2048
_LAPS = 8192
# Reals that axes behind the head may bring together before they stand alone.
_FLAT = 64
# Bytes of a line of the cache, and lines of a set of the L1 cache.
_LINE = 64
_WAYS = 8
# Share of FMA peak that tap columns of each span reach.
_SPAN_SHARE = {1: 0.47, 2: 0.70, 3: 0.80, 4: 0.90, 5: 0.88}


def planes_of(problem: Problem) -> tuple[int, int, int]:
    """Return how many real planes signal, kernel and output have."""
    types = (problem.signal_type, problem.kernel_type, problem.output_type)
    signal, kernel, output = (2 if dtype.kind == "c" else 1 for dtype in types)
    return signal, kernel, output


class _Piece(NamedTuple):
    """Vertically adjacent taps of the axis that tile rows follow."""

    offsets: tuple[int, int]
    taps: range


def _split(taps: int, span: int) -> list[int]:
    """Sizes of the pieces that `taps` adjacent taps are cut into."""
    if taps == 5:
        return [5]
    pieces = ceil(taps / span)
    return [taps // pieces + (i < taps % pieces) for i in range(pieces)]


class Layout:
    """Everything the kernel needs to know of a problem, in its own order of axes."""

    def __init__(self, problem: Problem, module: ModuleType, itemsize: int) -> None:
        self.problem = problem
        self.itemsize = itemsize
        self.tile_rows, self.tile_vectors, self.lanes, self.span = module.TILE
        self.window_reals = _WINDOW // itemsize // planes_of(problem)[0]
        self.axes, self.head = self._arrange(problem.axes)
        self.trailing = prod(axis.outputs for axis in self.axes[self.head + 1 :])
        self.steps = [self._reduce(axis) for axis in self.axes]
        self.row_axis, self.lap = self._choose_rows()
        self.counts = self._choose_passes()
        self.blocks = self._choose_blocks()
        self.row_step = self._choose_row_step()
        self._measure_window()
        self.work = self._measure_work()

    def _arrange(self, axes: tuple[Axis, ...]) -> tuple[list[Axis], int]:
        """Order the axes: kernels per item, others, the head, flat ones behind it."""
        varying = [a for a in axes if a.kernel is not None and not a.convolved]
        rest = [a for a in axes if a.kernel is None or a.convolved]
        head = len(rest) - 1
        width = rest[head].outputs
        while head and width < _FLAT and self._is_plain(rest[head]):
            head -= 1
            width *= rest[head].outputs
        longest = max(range(len(rest)), key=lambda i: (rest[i].outputs, i))
        if width < 4 * self.lanes and rest[longest].outputs >= 2 * width:
            rest.append(rest.pop(longest))
            head = len(rest) - 1
        return varying + rest, len(varying) + head

    @staticmethod
    def _is_plain(axis: Axis) -> bool:
        return axis.taps == 1 and axis.offset == 0 and axis.samples == axis.outputs

    @staticmethod
    def _reduce(axis: Axis) -> tuple[int, int, int]:
        """Return samples per position, and stride and dilation in positions."""
        step = gcd(axis.stride, axis.dilation) if axis.taps > 1 else axis.stride
        return step, axis.stride // step, axis.dilation // step if axis.taps > 1 else 1

    def _share(self, count: int, apart: int) -> float:
        """Share of FMA peak for `count` taps of which every `apart`-th are adjacent."""
        runs = min(apart, count)
        longer = count % runs
        time = 0.0
        for number, length in (
            (longer, count // runs + 1),
            (runs - longer, count // runs),
        ):
            time += number * sum(
                size / _SPAN_SHARE[size] for size in _split(length, self.span)
            )
        return count / time

    def _lap_apart(self, lap: int, count: int) -> int:
        """How many taps of the head axis further the next lap is."""
        spacing = self.steps[self.head][2] * self.trailing
        return count if lap % spacing else lap // spacing * self.steps[self.head][1]

    def _choose_rows(self) -> tuple[int, int]:
        """Let tile rows follow the axis, or the laps, that serve the tile best."""
        width = self.axes[self.head].outputs * self.trailing
        tile = self.tile_vectors * self.lanes
        filled = width / (ceil(width / tile) * tile)
        head_taps = self.axes[self.head].taps
        best, row_axis = 0.0, -1
        for a in range(self.head):
            axis = self.axes[a]
            if axis.kernel is not None and not axis.convolved:
                continue
            _, apart, dilation = self.steps[a]
            if dilation * self.tile_rows > axis.outputs:
                dilation, apart = 1, axis.taps
            rows = axis.outputs / dilation
            share = self._share(axis.taps, apart) * filled
            share *= rows / (ceil(rows / self.tile_rows) * self.tile_rows)
            if share >= best:
                best, row_axis = share, a
        spacing = self.steps[self.head][2] * self.trailing
        lap = lcm(spacing, self.lanes)
        if lap > 16 * self.lanes:
            lap = self.lanes
        tile = self.tile_vectors * self.tile_rows * lap
        width = min(width, _LAPS)
        share = self._share(head_taps, self._lap_apart(lap, head_taps))
        share *= width / (ceil(width / tile) * tile)
        return (-1, lap) if share > best else (row_axis, 0)

    def _choose_passes(self) -> list[int]:
        """Taps of a pass per axis: few enough for the tables and for the window."""
        counts = [axis.taps for axis in self.axes]
        most = max(1, min(_TAPS, cost.step_sums(self.compute) // _ROW))
        order = [a for a in range(len(counts)) if a not in (self.row_axis, self.head)]
        order += [a for a in (self.row_axis, self.head) if a >= 0]
        for a in order:
            others = prod(counts) // counts[a]
            counts[a] = max(1, min(counts[a], most // others))
        least = [1] * len(counts)
        tiles = 4 * self.tile_vectors * self.lanes // self.trailing
        least[self.head] = min(self.axes[self.head].outputs, max(1, tiles))
        if self.row_axis >= 0:
            least[self.row_axis] = min(self.axes[self.row_axis].outputs, self.tile_rows)
        while self._window(least, counts) > self.window_reals and max(counts) > 1:
            a = max(order, key=lambda a: self._halo(a, least[a], counts[a]))
            counts[a] = (counts[a] + 1) // 2
        return counts

    @property
    def compute(self) -> str:
        """Element type that the kernel computes in."""
        return ELEMENT_TYPES[real_type(self.problem.output_type)].compute

    def _reach(self, a: int, count: int) -> int:
        return self.steps[a][2] * (count - 1)

    def _is_separate(self, a: int, block: int, count: int) -> bool:
        """Whether it takes less room to keep the samples of each tap on their own."""
        stride = self.steps[a][1]
        reach = self._reach(a, count)
        together = min(stride, reach + 1) * (block + reach // stride)
        return count * block < together

    def _phases(self, a: int, block: int, count: int) -> int:
        if self._is_separate(a, block, count):
            return count
        return min(self.steps[a][1], self._reach(a, count) + 1)

    def _slots(self, a: int, block: int, count: int) -> int:
        if self._is_separate(a, block, count):
            return block
        return block + self._reach(a, count) // self.steps[a][1]

    def _halo(self, a: int, block: int, count: int) -> float:
        """Slots of axis `a` in the window per output of a block."""
        return self._phases(a, block, count) * self._slots(a, block, count) / block

    def _window(self, blocks: list[int], counts: list[int]) -> int:
        """Reals of a window for blocks of this shape."""
        reals = prod(
            self._phases(a, blocks[a], counts[a]) * self._slots(a, blocks[a], counts[a])
            for a in range(self.head + 1)
        )
        return reals * self.trailing

    def _choose_blocks(self) -> list[int]:
        """Choose the outputs of a block per axis: least halo in a window."""
        outputs = [axis.outputs for axis in self.axes]
        blocks = [1] * len(outputs)
        blocks[self.head + 1 :] = outputs[self.head + 1 :]
        if self.row_axis < 0:
            row, grain = _LAPS, self.tile_vectors * self.tile_rows * self.lap
        else:
            row, grain = _ROW, self.tile_vectors * self.lanes
        grains = {self.head: max(1, grain // self.trailing)}
        if self.row_axis >= 0:
            grains[self.row_axis] = self.tile_rows
        sums = cost.step_sums(self.compute) // prod(self.counts)

        def fits(a: int, size: int) -> bool:
            wider = [*blocks[:a], size, *blocks[a + 1 :]]
            return self._window(wider, self.counts) <= self.window_reals and prod(
                wider
            ) <= max(sums, 1)

        def grow(a: int, size: int) -> bool:
            size = min(outputs[a], ceil(size / grains.get(a, 1)) * grains.get(a, 1))
            if size <= blocks[a] or not fits(a, size):
                return False
            blocks[a] = size
            return True

        size = max(1, row // self.trailing)
        while not grow(self.head, size) and size > 1:
            size //= 2
        if self.row_axis >= 0:
            grow(self.row_axis, self.tile_rows)
        growing = [
            a
            for a in range(self.head + 1)
            if self.axes[a].kernel is None or self.axes[a].convolved
        ]
        while growing:
            a = max(
                growing,
                key=lambda a: (
                    self._halo(a, blocks[a], self.counts[a]) + 0.5 / blocks[a]
                ),
            )
            step = max(grains.get(a, 1), blocks[a] // 4)
            if not grow(a, blocks[a] + step) and not grow(
                a, blocks[a] + grains.get(a, 1)
            ):
                growing.remove(a)
        for a in growing or range(self.head + 1):
            grain = grains.get(a, 1)
            even = ceil(outputs[a] / ceil(outputs[a] / blocks[a]))
            blocks[a] = min(blocks[a], ceil(even / grain) * grain)
        return blocks

    def _choose_row_step(self) -> int:
        """Rows of a block from one tile row to the next: those that share taps."""
        a = self.row_axis
        if a < 0 or self.counts[a] == 1 or self.is_separate(a):
            return 1
        dilation = self.steps[a][2]
        return dilation if dilation * self.tile_rows <= self.blocks[a] else 1

    def _measure_window(self) -> None:
        """Pitches of the window and of the stage, tight, the last axis first."""
        count = len(self.axes)
        self.pitch, self.stage_pitch = [0] * count, [0] * count
        reals = stage = 1
        for a in reversed(range(count)):
            self.pitch[a], self.stage_pitch[a] = reals, stage
            reals *= self.phases(a) * self.slots(a)
            stage *= self.blocks[a]
        self.packed, self.stage = reals, stage
        self.own_pitch = self._measure_signal()
        overhang = self.tile_vectors * self.lanes
        self.overread = 0
        if self.row_axis < 0:
            overhang += self.tile_vectors * self.tile_rows * self.lap
            self.overread = ceil(overhang / self.trailing)
        else:
            overhang += self.tile_rows * self.row_step * self.pitch[self.row_axis]
        self.window = reals + overhang

    @property
    def number(self) -> int:
        """Of blocks."""
        return prod(
            ceil(axis.outputs / block)
            for axis, block in zip(self.axes, self.blocks, strict=True)
        )

    def _measure_work(self) -> cost.Direct:
        """Count what the engine has to do."""
        itemsize, blocks = self.itemsize, self.number
        along = self.head if self.row_axis < 0 else self.row_axis
        padded = list(self.blocks)
        width = self.tile_vectors * self.lanes
        if self.row_axis < 0:
            width *= self.tile_rows * self.lap // self.lanes
        else:
            padded[along] = ceil(padded[along] / self.tile_rows) * self.tile_rows
        row = ceil(padded[self.head] * self.trailing / width) * width
        padded[self.head :] = [row]
        passes = prod(
            ceil(axis.taps / count)
            for axis, count in zip(self.axes, self.counts, strict=True)
        )
        planes = planes_of(self.problem)
        packed = 0 if self.can_read_in_place else self.packed * planes[0]
        samples = prod(axis.samples for axis in self.axes)
        sums = prod(padded) * prod(axis.taps for axis in self.axes)
        sums *= max(planes[0] * planes[1], planes[2])
        outputs = self.problem.outputs * planes[2]
        taps = self.counts[along]
        effort = blocks * sums / self._share(taps, self._apart(along, taps))
        return cost.Direct(
            calls=1,
            blocks=blocks * passes,
            outputs=outputs * passes,
            samples=blocks * passes * packed,
            again=max(0, blocks * passes * self.packed - samples)
            * cost.far(itemsize * samples),
            fresh=outputs * cost.fresh(itemsize * outputs),
            sums=effort,
            apart=effort if self.trailing * itemsize >= _LINE else 0,
        )

    def _measure_signal(self) -> list[int]:
        """Pitches of the signal itself, if C-contiguous."""
        shape = {axis.signal: axis.samples for axis in self.axes}
        return [
            0
            if axis.signal is None
            else prod(
                size
                for number, size in shape.items()
                if number is not None and number > axis.signal
            )
            for axis in self.axes
        ]

    @property
    def can_read_in_place(self) -> bool:
        """Whether samples are fit for the kernel as they lie in the signal."""
        problem = self.problem
        plain = (
            element_name(real_type(problem.signal_type)) == self.compute
            and problem.signal_type.kind != "c"
            and problem.signal_type.isnative
            and not problem.signal_reversed
        )
        undivided = all(
            self.phases(a) == 1 and self.steps[a][:2] == (1, 1)
            for a in range(len(self.axes))
        )
        single = all(
            count == axis.taps
            for count, axis in zip(self.counts, self.axes, strict=True)
        )
        ordered = self.own_pitch[self.head :] == self.pitch[self.head :]
        if not (plain and undivided and single and ordered):
            return False
        if self.row_axis < 0:
            return True
        # rows a multiple of 4096 bytes apart share the few lines of one cache set
        rows = self.tile_rows + self.counts[self.row_axis] - 1
        return (
            rows <= _WAYS or self.own_pitch[self.row_axis] * self.itemsize % 4096 != 0
        )

    def phases(self, a: int) -> int:
        """Phases of axis `a` in the window."""
        return self._phases(a, self.blocks[a], self.counts[a])

    def slots(self, a: int) -> int:
        """Slots of each phase of axis `a`."""
        return self._slots(a, self.blocks[a], self.counts[a])

    def is_separate(self, a: int) -> bool:
        """Whether each tap of axis `a` has a phase of its own."""
        return self._is_separate(a, self.blocks[a], self.counts[a])

    def _offsets(self, a: int, tap: int) -> tuple[int, int]:
        """Reals from tap 0 of axis `a` to another: in the window, in the signal."""
        _, stride, dilation = self.steps[a]
        slots = self.slots(a)
        position = dilation * tap
        if self.is_separate(a):
            slot = tap * slots
        else:
            slot = position % stride * slots + position // stride
        return slot * self.pitch[a], position * self.own_pitch[a]

    def _apart(self, a: int, count: int) -> int:
        """Taps of the axis of tile rows from one to the next that lies vertically."""
        if self.is_separate(a):
            return count
        if self.row_axis < 0:
            return self._lap_apart(self.lap, count)
        return self.steps[a][1] if self.row_step == self.steps[a][2] else count

    def _pieces(self, a: int, count: int) -> list[_Piece]:
        """Cut the taps of the axis of tile rows into vertically adjacent ones."""
        apart = self._apart(a, count)
        pieces = []
        for start in range(min(apart, count)):
            run = range(start, count, apart)
            first = 0
            for size in _split(len(run), self.span):
                taps = run[first : first + size]
                pieces.append(_Piece(self._offsets(a, taps[0]), taps))
                first += size
        return pieces

    def table(
        self, counts: tuple[int, ...]
    ) -> tuple[list[int], NDArray[np.intp], NDArray[np.intp]]:
        """Tap columns of a pass: how many of each span, offsets, order of taps."""
        along = self.head if self.row_axis < 0 else self.row_axis
        strides = [prod(counts[a + 1 :]) for a in range(len(counts))]
        before = self._grid(
            [a for a in range(len(counts)) if a < along], counts, strides
        )
        behind = self._grid(
            [a for a in range(len(counts)) if a > along], counts, strides
        )
        pieces = self._pieces(along, counts[along])
        columns, offsets, order = [0] * 6, [], []
        for span in range(5, 0, -1):
            chosen = [piece for piece in pieces if len(piece.taps) == span]
            if not chosen:
                continue
            at = np.array([piece.offsets for piece in chosen]).T
            taps = np.array([piece.taps for piece in chosen]) * strides[along]
            offset = (
                before[0][:, :, None, None]
                + at[:, None, :, None]
                + behind[0][:, None, None, :]
            )
            index = (before[1][:, None, None] + behind[1])[..., None] + taps[:, None, :]
            columns[span] = offset[0].size
            offsets.append(offset.reshape(2, -1))
            order.append(index.ravel())
        return columns, np.hstack(offsets), np.concatenate(order)

    def _grid(
        self, axes: list[int], counts: tuple[int, ...], strides: list[int]
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Offsets and numbers of all combinations of taps of `axes`."""
        offset, number = np.zeros((2, 1), np.intp), np.zeros(1, np.intp)
        for a in axes:
            steps = np.array([self._offsets(a, tap) for tap in range(counts[a])]).T
            offset = (offset[:, :, None] + steps[:, None, :]).reshape(2, -1)
            number = (number[:, None] + strides[a] * np.arange(counts[a])).ravel()
        return offset, number
