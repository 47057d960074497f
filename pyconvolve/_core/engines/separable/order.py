"""Which axis lies along rows, and in which order the axes are filtered."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, NamedTuple

from numpy.typing import NDArray

from ...problem import Axis, Problem

# Trailing axes without a pass are one position of a row while they have at most so many
# samples: longer ones are rows.
_UNIT = 24
# Of the L1 cache: addresses so many bytes apart have the same places, so many of them.
_L1_WAY, _L1_WAYS = 4096, 8


class Order(NamedTuple):
    """An order of a problem's axes."""

    loops: tuple[int, ...]
    """Axes without a pass."""
    levels: tuple[int, ...]
    """Axes that are filtered row by row, the last one to be filtered first."""
    row: tuple[int, ...]
    """The axis along rows. Several axes without a pass, which lie one after another in
    memory, are one row."""
    unit: tuple[int, ...]
    """Trailing axes, whose samples are one position of a row."""
    row_stage: int
    """How many levels are filtered before the axis along rows; -1: it has no pass."""
    in_place: bool
    """Whether the level that is filtered first reads rows of the signal in place."""


class Arrays:
    """The memory layout of a signal and an output.

    Parameters
    ----------
    problem : Problem
    signal, output : ndarray or None
        None: in C order of the problem's axes.
    """

    def __init__(
        self,
        problem: Problem,
        signal: NDArray[Any] | None = None,
        output: NDArray[Any] | None = None,
    ) -> None:
        axes = problem.axes
        self.itemsizes = problem.signal.dtype.itemsize, problem.output.itemsize
        self.signal, self.output = (
            _c_strides([axis.samples for axis in axes], self.itemsizes[0]),
            _c_strides([axis.outputs for axis in axes], self.itemsizes[1]),
        )
        if signal is not None:
            self.signal = [signal.strides[axis.signal or 0] for axis in axes]
        if output is not None:
            self.output = [output.strides[axis.output or 0] for axis in axes]


def _c_strides(shape: Sequence[int], itemsize: int) -> list[int]:
    return [itemsize * prod(shape[a + 1 :]) for a in range(len(shape))]


def order_of(
    problem: Problem, arrays: Arrays, free: bool, native: bool, rows_of_tile: int
) -> Order:
    """Return the order of the axes that reads and stores in runs, if there are any.

    Parameters
    ----------
    problem : Problem
    arrays : Arrays
    free : bool
        Whether results do not depend on the order of the passes. Otherwise that is the
        order of the axes.
    native : bool
        Whether samples are of the type that is computed in.
    rows_of_tile : int
        Outputs of a level that are computed together.
    """
    axes = problem.axes
    order = sorted(
        range(len(axes)), key=lambda a: (axes[a].samples > 1, -abs(arrays.signal[a]))
    )
    tail = _contiguous_tail(axes, order, arrays)
    rest = order[: len(order) - len(tail)]
    unit: tuple[int, ...] = ()
    reals = prod(axes[a].samples for a in tail)
    if tail and not (rest and _is_pass(axes[rest[-1]]) and reals <= _UNIT):
        row = tail
    else:
        row, unit = (rest.pop(),), tail
    levels = [a for a in rest if _is_pass(axes[a])]
    if not free:
        levels.sort(reverse=True)
    position = (reals if unit else 1) * arrays.itemsizes[0]
    in_place = native and bool(levels) and arrays.signal[row[-1]] == position
    expels = False
    if in_place:
        stride = arrays.signal[levels[-1]]
        expels = _expels(stride, axes[levels[-1]].taps + rows_of_tile - 1)
    stage = -1
    if _is_pass(axes[row[0]]):
        # rows that are packed may be filtered at once
        stage = 0 if expels or not in_place else len(levels)
        if not free:
            stage = sum(a < row[0] for a in levels)
    in_place = in_place and not expels
    loops = tuple(a for a in rest if not _is_pass(axes[a]))
    return Order(loops, tuple(levels), row, unit, stage, in_place)


def _contiguous_tail(
    axes: Sequence[Axis], order: Sequence[int], arrays: Arrays
) -> tuple[int, ...]:
    """Return the last axes that have no pass and are one run in both arrays."""
    reals, number = 1, 0
    for a in reversed(order):
        runs = reals * arrays.itemsizes[0], reals * arrays.itemsizes[1]
        if _is_pass(axes[a]) or (arrays.signal[a], arrays.output[a]) != runs:
            break
        reals, number = reals * axes[a].samples, number + 1
    return tuple(order[len(order) - number :])


def _is_pass(axis: Axis) -> bool:
    return axis.role == "window"


def _expels(stride: int, rows: int) -> bool:
    """Whether the rows of a tile are likely to expel each other from the L1 cache.

    Rows at a multiple of a large power of two have the same places there.
    """
    places = max(1, _L1_WAY // (stride & -stride)) if stride else rows
    return rows > _L1_WAYS * places
