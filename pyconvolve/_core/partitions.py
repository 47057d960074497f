"""Partitions of a kernel that convolves a stream: levels of them, of growing length.

A level transforms blocks of samples that are as long as its partitions of taps. Long
blocks take fewer operations for each sample, but their outputs come late: a level that
has a block's time to compute may begin two blocks behind the first tap. So the first
taps are summed directly, and partitions are the longer the later their taps are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import cost, cpu
from .dtypes import element_name
from .engines.fft.tables import find_tables
from .planner import radices_of

# Exponents of two of the samples of a block.
_SHORTEST, _LONGEST = 7, 17
# Levels of a kernel, at most.
_LEVELS = 4
# Samples that are computed at once where all taps are summed directly.
_STEP = 1024

# Cycles, measured on a Zen 4 core: of a vector of direct sums for each tap; of a step;
# to split the points of a block into lanes and to join them, for each vector of points;
# of a vector of points for each partition, whose spectra lie in the L2 cache or beyond.
_TAP, _STEP_CYCLES, _COLUMNS, _PRODUCT = 0.8, 150.0, 12.0, 4.0


class Level(NamedTuple):
    """Partitions of one length."""

    points: int
    """Samples of a block, and taps of a partition."""
    partitions: int
    delay: int
    """Blocks from a block to the first outputs that sum it."""
    first_tap: int


class Layout(NamedTuple):
    """How a kernel is divided."""

    head: int
    """Taps that are summed directly."""
    step: int
    """Samples that are computed at once, at most."""
    levels: tuple[Level, ...]


def partition(kernel: NDArray[Any], is_complex: bool, block: int | None) -> Any:
    """Prepare a kernel for streams.

    Parameters
    ----------
    kernel : ndarray, shape (outputs, inputs, taps)
        Of real or complex numbers in single or double precision.
    is_complex : bool
        Whether the signals are complex.
    block : int or None
        The usual length of a block.

    Returns
    -------
    Partitioned
        Of the compiled module for the kernel's precision.
    """
    taps, parts = _reals(kernel, is_complex)
    outputs, inputs, number = taps.shape
    element = element_name(taps.dtype)
    compiled = cpu.module("stream", element)
    lanes, registers, _ = compiled.SHAPE
    layout = Layout(number, _STEP, ())
    # the spectrum of a tap that is not finite would reach all outputs of a block
    if np.isfinite(taps).all():
        layout = choose(number, inputs, outputs, block, lanes, registers)
    passes = cost.constants().tables["passes"][registers]
    levels = []
    for level in layout.levels:
        lane = level.points // lanes
        columns = (lanes,) if lanes > 1 else ()
        rows = radices_of(lane, passes)
        (column_twiddles, row_twiddles), four_step = find_tables(
            ((columns, True), (rows, False)), element, compiled, lane
        )
        levels.append((*level, column_twiddles, four_step, rows, row_twiddles))
    head = np.ascontiguousarray(taps[..., : layout.head][..., ::-1])
    return compiled.Partitioned(taps, head, layout.step, parts, tuple(levels))


def _reals(
    kernel: NDArray[Any], is_complex: bool
) -> tuple[NDArray[Any], tuple[int, int, int]]:
    """Return a kernel of reals, and the reals of a number that it tells apart.

    These are counted for groups, for inputs and for outputs. A real kernel takes the
    parts of complex numbers as groups of their own.
    """
    if kernel.dtype.kind != "c":
        return np.ascontiguousarray(kernel), (2 if is_complex else 1, 1, 1)
    outputs, inputs, number = kernel.shape
    parts = 1, 2 if is_complex else 1, 2
    taps = np.empty((outputs, 2, inputs, parts[1], number), kernel.real.dtype)
    taps[:, 0, :, 0], taps[:, 1, :, 0] = kernel.real, kernel.imag
    if is_complex:
        taps[:, 0, :, 1], taps[:, 1, :, 1] = -kernel.imag, kernel.real
    return taps.reshape(2 * outputs, parts[1] * inputs, number), parts


@lru_cache(64)
def choose(
    taps: int, inputs: int, outputs: int, block: int | None, lanes: int, registers: int
) -> Layout:
    """Choose the levels that are expected to take the least time.

    Parameters
    ----------
    taps, inputs, outputs : int
        The shape of the kernel.
    block : int or None
        The usual length of a block.
    lanes, registers : int
        Those of the compiled module.
    """

    def cycles(layout: Layout) -> float:
        """Cycles of a sample and vector."""
        length = min(block or layout.step, layout.step)
        vectors = -(-length // lanes) / length
        found = inputs * outputs * layout.head * _TAP * vectors + _STEP_CYCLES / length
        for level in layout.levels:
            found += (
                (inputs + outputs) * _transform_cycles(level.points // lanes, registers)
                + inputs * outputs * level.partitions * _PRODUCT
            ) / lanes
        return found

    return min(_layouts(taps), key=cycles)


@lru_cache(64)
def _transform_cycles(lane: int, registers: int) -> float:
    """Cycles of a vector of points, to transform it there and back."""
    passes = cost.constants().tables["passes"][registers]
    return _COLUMNS + sum(passes[radix] for radix in radices_of(lane, passes))


def _layouts(taps: int) -> Iterator[Layout]:
    """Yield all ways to divide a kernel."""
    yield Layout(taps, _STEP, ())
    sizes = [2**exponent for exponent in range(_SHORTEST, _LONGEST + 1)]
    for number in range(1, _LEVELS + 1):
        for chosen in combinations(sizes, number):
            if taps > 2 * chosen[-1] or (number == 1 and taps > chosen[0]):
                yield Layout(chosen[0], chosen[0], tuple(_levels(chosen, taps)))


def _levels(sizes: Sequence[int], taps: int) -> Iterator[Level]:
    first = sizes[0]
    for number, points in enumerate(sizes):
        last = number == len(sizes) - 1
        end = taps if last else 2 * sizes[number + 1]
        yield Level(points, -(-(end - first) // points), 1 if number == 0 else 2, first)
        first = end
