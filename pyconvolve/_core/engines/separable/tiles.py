"""Tiles for the separable engine: blocks of outputs whose planes fit the L2 cache."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil, prod
from operator import mul
from typing import NamedTuple

from ...problem import Axis
from ...thresholds import Thresholds

# Most bytes of scratch memory.
_MOST_BYTES = 2 << 20
# Bytes of planes for each of `plane_bytes`: few of them are read for each output. With
# several levels, planes that are larger than the L2 cache may take less time than many
# rows that are read for several tiles.
_SHARE, _LARGE_SHARE = 2, 4
# Positions of a row that no level holds.
_LONGEST_ROW = 1 << 14


class Rates(NamedTuple):
    """Seconds of the work of one thread, each for one of these."""

    calls: float
    products: float
    rows: float
    """Rows that are filtered along themselves."""
    lines: float
    """Rows that the passes of levels compute."""
    packed: float
    """Reals that are packed."""
    outside: float
    """Reals outside the signal in rows that are packed or filtered."""
    moved: float
    """Bytes of the arrays that are read and stored."""
    far: float
    """The same, if the arrays are in memory and not in a cache."""
    again: float
    """Bytes of samples that are read for another tile, too."""
    converted: float
    """Outputs that are converted."""
    rounded: float
    """Reals that are rounded between two passes."""


@dataclass
class Tiles:
    """The division of a problem's outputs."""

    loops: Sequence[Axis]
    levels: Sequence[Axis]
    row: Axis
    stage: int
    """How many levels are filtered before the row; -1: the row has no pass."""
    unit: int
    """Reals of one position of a row."""
    itemsize: int
    """Bytes of a real."""
    tile: tuple[int, int, int]
    """Reals that are computed together: rows, reals of each, and reals along a row."""
    in_place: bool
    """Whether the level that is filtered first reads the signal in place."""
    moved: int
    """Bytes of the arrays that are read and stored."""
    converts: bool
    """Whether outputs are of another type."""
    rounds: bool
    """Whether passes round to that type."""
    rates: Rates
    thresholds: Thresholds
    seconds: float = field(init=False)
    fits: bool = field(init=False)
    """Whether scratch memory is small enough."""

    def __post_init__(self) -> None:
        """Find the blocks that take the least time."""
        self.loop_blocks = [loop.outputs for loop in self.loops]
        found = self._divisions(_SHARE)
        if len(self.levels) > 1:
            found += self._divisions(_LARGE_SHARE)
        large, self.seconds, self.row_block, self.level_blocks = min(found)
        self.fits = not large

    @property
    def axes(self) -> list[Axis]:
        """All axes, in the order of the program."""
        return [*self.loops, *self.levels, self.row]

    @property
    def blocks(self) -> list[int]:
        """Outputs of a tile along each of them."""
        return [*self.loop_blocks, *self.level_blocks, self.row_block]

    @property
    def is_whole(self) -> bool:
        """Whether only the level that is filtered last is divided."""
        inner = zip(self.levels[1:], self.level_blocks[1:], strict=True)
        return self.row_block == self.row.outputs and all(
            level.outputs == block for level, block in inner
        )

    @property
    def number(self) -> int:
        """Number of tiles."""
        return prod(map(_parts, self.axes, self.blocks))

    def planes(self, a: int) -> int:
        """Return how many planes a level holds."""
        return self.levels[a].taps + self.tile[0] - 1

    def divide(self) -> None:
        """Divide a call that is worth several threads into enough tiles."""
        limits = self.thresholds
        if self.seconds <= limits.thread_seconds:
            return
        outputs = prod([*self.level_blocks, self.row_block]) * self.unit
        room = max(1, limits.reduced_tile_outputs // outputs)
        for a in reversed(range(len(self.loops))):
            self.loop_blocks[a] = min(self.loops[a].outputs, room)
            room = max(1, room // self.loop_blocks[a])
        missing = -(-limits.reduced_tiles // self.number)
        if self.levels and missing > 1:
            # a tile computes the planes in front of it once more
            level, rows = self.levels[0], self.tile[0]
            block = max(4 * rows, 8 * level.taps, -(-level.outputs // missing))
            self.level_blocks[0] = min(level.outputs, -(-block // rows) * rows)

    def _divisions(self, share: int) -> list[tuple[bool, float, int, list[int]]]:
        """Return ways to divide rows and inner levels: the fewer rows, the longer.

        Each has whether it takes too much memory, its seconds, and the blocks.
        """
        found = []
        self.level_blocks = [level.outputs for level in self.levels]
        while True:
            self.row_block = self._row_block(share)
            large = self._bytes(self.row_block) > _MOST_BYTES
            blocks = self.row_block, list(self.level_blocks)
            found.append((large, self._predict(), *blocks))
            inner = [a for a, n in enumerate(self.level_blocks) if a and n > 8]
            if self.row_block == self.row.outputs or not inner:
                return found
            a = min(inner, key=lambda a: self.levels[a].taps / self.level_blocks[a])
            self.level_blocks[a] = -(-self.level_blocks[a] // 2)

    @property
    def _halo(self) -> int:
        return self.row.taps - 1 if self.stage > 0 else 0

    def _rows(self) -> tuple[int, int]:
        """Return the rows that all levels hold: those of samples, and of outputs."""
        inner, wide, narrow = 1, 0, 0
        for a in reversed(range(len(self.levels))):
            rows = self.planes(a) * inner
            if self.stage >= len(self.levels) - a:
                wide += rows
            else:
                narrow += rows
            inner *= self.level_blocks[a]
        return wide, narrow

    def _bytes(self, block: int) -> int:
        wide, narrow = self._rows()
        rows, columns, _ = self.tile
        halo = self.row.taps - 1 if self.stage >= 0 else 0
        slots = block + halo
        reals = wide * slots + narrow * block + slots
        reals += rows * slots if self.stage > 0 else 0
        return (reals * self.unit + (wide + narrow) * columns) * self.itemsize

    def _room(self, share: int) -> int:
        """Return how many bytes planes may have; long double has 16 bytes."""
        return share * self.thresholds.plane_bytes * max(1, self.itemsize // 8)

    def _row_block(self, share: int) -> int:
        """Return the outputs of a row of a tile."""
        row, unit = self.row, self.unit
        least = -(-self.tile[2] // unit)
        if not self.levels:
            block = max(least, _LONGEST_ROW // unit)
        else:
            per_real = self._bytes(1) - self._bytes(0)
            block = max(least, (self._room(share) - self._bytes(0)) // per_real)
        parts = _parts(row, block)
        # whole tiles along a row
        block = -(-row.outputs // parts)
        return min(row.outputs, -(-block // least) * least)

    def _predict(self) -> float:
        """Predict the seconds of one thread."""
        return sum(map(mul, self.rates, self.counted()))

    def counted(self) -> tuple[float, ...]:
        """Count the work, as `Rates` has it."""
        parts = _parts(self.row, self.row_block)
        narrow = self.row.outputs * self.unit
        wide = narrow + parts * self._halo * self.unit
        # rows of samples that each level reads, for all of its tiles
        reads = [
            min(n + level.taps - 1, level.samples) * _parts(level, n)
            for level, n in zip(self.levels, self.level_blocks, strict=True)
        ]
        number = float(prod(loop.outputs for loop in self.loops) * prod(reads))
        packed = 0.0 if self.in_place else number * wide
        own = prod([level.samples for level in self.levels]) * narrow
        again = number * wide - own * prod(loop.outputs for loop in self.loops)
        again = max(0.0, again) * self.itemsize
        products = rows = lines = outside = computed = 0.0
        # whole tiles of reals are computed
        _, columns, along = self.tile
        part = self.row_block * self.unit
        filtered = parts * _whole(part, along if part > columns else columns // 2)
        for stage in range(len(self.levels) + 1):
            if stage:
                a = len(self.levels) - stage
                number *= self.levels[a].outputs / reads[a]
                reals = wide if self.stage >= stage else narrow
                reals = parts * _whole(ceil(reals / parts), columns)
                products += number * reals * self.levels[a].taps
                lines += number * parts
                computed += number * reals
            if stage == self.stage:
                products += number * filtered * self.row.taps
                slots = self.row.outputs + self.row.taps - 1
                outside = number * max(0, slots - self.row.samples) * self.unit
                rows += number * parts
                computed += number * narrow
        converted = number * narrow * self.converts
        rounded = (computed - number * narrow) * self.rounds
        moved = float(self.moved)
        far = moved * (moved >= self.thresholds.prefetched_signal_bytes)
        work = 1.0, products, rows, lines, packed, outside, moved, far, again
        return (*work, converted, rounded)


def _parts(axis: Axis, block: int) -> int:
    return ceil(axis.outputs / block)


def _whole(reals: int, tile: int) -> int:
    return -(-reals // tile) * tile
