"""Tiles for the running engine: blocks of outputs whose planes fit the caches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from ...thresholds import Thresholds
from .lines import Line
from .steps import Step, cost

# Seconds for a vector that is read or written, for a row, and for a tile.
_VECTOR_SECONDS, _ROW_SECONDS, _TILE_SECONDS = 2.5e-10, 4e-8, 4e-7
# Seconds for a number that is combined by itself.
_SCANNED_SECONDS = 1.5e-9
_VECTOR_BYTES = 32
# Bytes of a row that take as long as the work that is done once for each row.
_ROW_BESIDE = 512
# Planes that compiled code combines at once: MOST_ROWS in src/reduce/boxes.pyx.
_RING = 8


@dataclass
class Tiles:
    """The division of a problem's outputs."""

    loops: Sequence[Line]
    levels: Sequence[Line]
    row: Line
    steps: tuple[Step, ...]
    chunk: int
    """Slots of a row that are read at once, because it is too long; 0: all."""
    unit: int
    """Reals of one position of a row."""
    itemsize: int
    """Bytes of a real."""
    thresholds: Thresholds

    def __post_init__(self) -> None:
        """Find how each axis is reduced, and divided into blocks."""
        self.groups = [_group(level) for level in self.levels]
        self.row_block = self._whole_row()
        self.level_blocks = [level.outputs for level in self.levels]
        self.loop_blocks = [loop.outputs for loop in self.loops]
        # long double has 16 bytes
        room = self.thresholds.plane_bytes * max(1, self.itemsize // 8)
        while self._plane_bytes() > room and self._shrink():
            pass
        self.seconds = self._predict()

    @property
    def lines(self) -> list[Line]:
        """All axes, in the order of the program."""
        return [*self.loops, *self.levels, self.row]

    @property
    def blocks(self) -> list[int]:
        """Outputs of a tile along each of them."""
        return [*self.loop_blocks, *self.level_blocks, self.row_block]

    @property
    def number(self) -> int:
        """Number of tiles."""
        return prod(
            line.classes * -(-line.outputs // block)
            for line, block in zip(self.lines, self.blocks, strict=True)
        )

    def divide(self) -> None:
        """Divide a call that is worth several threads into enough tiles."""
        thresholds = self.thresholds
        if self.seconds <= thresholds.thread_seconds:
            return
        outputs = prod([*self.level_blocks, self.row_block])
        room = max(1, thresholds.reduced_tile_outputs // outputs)
        for a in reversed(range(len(self.loops))):
            self.loop_blocks[a] = min(self.loops[a].outputs, room)
            room = max(1, room // self.loop_blocks[a])
        missing = -(-thresholds.reduced_tiles // self.number)
        if self.levels and missing > 1:
            level = self.levels[0]
            least = max(16, 4 * level.span // level.shift)
            block = max(least, -(-level.outputs // missing))
            self.level_blocks[0] = min(level.outputs, block)

    def _whole_row(self) -> int:
        """Return the outputs of a row of a tile: few slots are read for two tiles."""
        row, limits = self.row, self.thresholds
        if self.chunk:
            most = max(1, limits.row_block_bytes // self.itemsize)
            return min(row.outputs, row.axis.taps // row.shift, most)
        room = limits.reduced_row_bytes // (self.itemsize * self.unit)
        slots = max(room, 4 * row.span)
        block = max(1, (slots - row.span) // row.shift + 1)
        if 2 * row.outputs <= 3 * block:
            return row.outputs
        return -(-row.outputs // -(-row.outputs // block))

    def _plane_bytes(self) -> int:
        plane = self.row.slots(self.row_block) * self.unit * self.itemsize
        total = 0
        for a in reversed(range(len(self.levels))):
            level, group = self.levels[a], self.groups[a]
            number = 2 + (group + 1 if group > 1 else 0)
            if a == 0:
                taps = level.axis.taps + level.shift
                number += max(level.shift, _RING) if group > 1 else taps
            total += number * plane
            plane *= level.slots(self.level_blocks[a])
        return total

    def _shrink(self) -> bool:
        """Halve the block that costs least; return whether there is one to halve."""
        costs = []
        for a, level in enumerate(self.levels):
            block, group = self.level_blocks[a], self.groups[a]
            if a and block > 1:
                costs.append((_growth(level.span - 1, block), "level", a))
            if group > 1:
                # three steps for each slot, and one for each slot in the middle
                costs.append((_growth(level.axis.taps / 3, group), "group", a))
        if self.row_block > 1:
            # a row takes time, too
            beside = self.row.span - 1 + _ROW_BESIDE / self.itemsize
            costs.append((_growth(beside, self.row_block), "row", 0))
        if not costs:
            return False
        _, which, a = min(costs)
        if which == "level":
            self.level_blocks[a] = -(-self.level_blocks[a] // 2)
        elif which == "group":
            self.groups[a] //= 2
        else:
            self.row_block = -(-self.row_block // 2)
        return True

    def _predict(self) -> float:
        """Predict the seconds of one thread."""
        row, block = self.row, self.row_block
        rows = float(prod(loop.axis.outputs for loop in self.loops))
        along = row.slots(block) * row.axis.outputs / block * self.unit
        if self.chunk:
            scanned = rows * row.axis.outputs * (row.shift + 1) * _SCANNED_SECONDS
            read = rows * along * self.itemsize / _VECTOR_BYTES * _VECTOR_SECONDS
            return scanned + read
        vectors = 0.0
        reads = [
            level.slots(b) * level.axis.outputs / b
            for level, b in zip(self.levels, self.level_blocks, strict=True)
        ]
        for a, (level, group) in enumerate(zip(self.levels, self.groups, strict=True)):
            rows *= level.axis.outputs
            each = 2 * level.shift + 6.0
            if group == 1:
                each = min(level.axis.taps, (level.axis.taps + level.shift) / 2) + 1
            vectors += each * rows * prod(reads[a + 1 :]) * along
        if self.steps:
            vectors += cost(self.steps) * rows * along
        else:
            vectors += rows * (2 * along + row.axis.taps * row.axis.outputs * self.unit)
        return (
            vectors * self.itemsize / _VECTOR_BYTES * _VECTOR_SECONDS
            + rows * -(-row.outputs // block) * _ROW_SECONDS
            + self.number * _TILE_SECONDS
        )


def _group(level: Line) -> int:
    """Return how many outputs share prefixes and suffixes, if that takes less time."""
    taps, shift = level.axis.taps, level.shift
    if level.axis.upsampling > 1 or taps + shift <= 4 * shift + 5:
        return 1
    return taps // shift


def _growth(beside: float, block: float) -> float:
    """Return by what share costs grow if a block is halved.

    A block costs its length and something beside, which does not depend on it.
    """
    return (block / 2 + beside) / (block + beside) * 2 - 1
