"""Axes as the compiled code of the running engine sees them: lines of slots."""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd, prod
from typing import Any, NamedTuple

from numpy.typing import NDArray

from ...boundary import CONTINUATIONS
from ...problem import Axis, Problem

# Trailing axes without windows are one position of a row while it has fewer samples.
_UNIT = 64


class Order(NamedTuple):
    """An order of a problem's axes."""

    axes: tuple[int, ...]
    unit: int
    """How many of the last axes are one position of a row: they have no windows."""
    whole: int = 1
    """How many axes before those lie along a row: more than one if all samples along
    each of them, one after another in memory, are reduced to one output."""


def natural_order(problem: Problem) -> Order:
    """Return the order of the axes for arrays in C order."""
    order = _with_unit(problem, range(len(problem.axes)), None, None)
    if order.unit:
        return order
    whole = 0
    for axis in reversed(problem.axes):
        if not _is_whole(axis):
            break
        whole += 1
    return order._replace(whole=max(1, whole))


def order_of(
    problem: Problem, signal: NDArray[Any], output: NDArray[Any], free: bool
) -> Order:
    """Return the order of the axes that reads and stores in runs, if there are any.

    If axes may change places, the last one is that with the closest samples.
    """
    order: Sequence[int] = range(len(problem.axes))
    if free:
        strides = [abs(signal.strides[axis.signal or 0]) for axis in problem.axes]
        order = sorted(order, key=lambda a: -strides[a])
    return _with_unit(problem, order, signal, output)


def _with_unit(
    problem: Problem,
    axes: Sequence[int],
    signal: NDArray[Any] | None,
    output: NDArray[Any] | None,
) -> Order:
    """Find trailing axes without windows that are one position of a row.

    They have to be contiguous in both arrays; None: arrays are in C order.
    """
    order, unit, number = tuple(axes), 1, 0
    for a in reversed(order[1:]):
        axis = problem.axes[a]
        if not is_plain(axis) or unit * axis.samples >= _UNIT:
            break
        for array, at in ((signal, axis.signal), (output, axis.output)):
            if array is not None and array.strides[at or 0] != unit * array.itemsize:
                return Order(order, number)
        unit, number = unit * axis.samples, number + 1
    return Order(order, number)


def _is_whole(axis: Axis) -> bool:
    """Whether all samples are under the taps of the only output."""
    return (
        axis.outputs == axis.dilation == axis.upsampling == 1
        and axis.offset == 0
        and axis.taps == axis.samples
    )


def is_plain(axis: Axis) -> bool:
    """Whether each output is the sample at its place."""
    return (
        axis.taps == axis.stride == axis.upsampling == 1
        and axis.offset == 0
        and axis.outputs == axis.samples
    )


def is_loop(axis: Axis) -> bool:
    """Whether each output is a sample."""
    return axis.taps == axis.upsampling == 1 and not axis.reaches_outside


class Line(NamedTuple):
    """An axis whose positions under taps are slots: see src/reduce/program.pxd."""

    axis: Axis
    rank: int
    classes: int = 1
    step: int = 1
    shift: int = 1
    dilation: int = 1

    @property
    def outputs(self) -> int:
        """Outputs of the longest class."""
        return -(-self.axis.outputs // self.classes)

    @property
    def span(self) -> int:
        """Slots from the first to the last tap."""
        return self.dilation * (self.axis.taps - 1) + 1

    def slots(self, outputs: int) -> int:
        """Return how many slots so many outputs of a class read."""
        return self.shift * (outputs - 1) + self.span

    def fields(self, block: int, group: int) -> tuple[int, ...]:
        """Return the fields of the struct BoxAxis."""
        axis = self.axis
        boundary = CONTINUATIONS[axis.boundary]
        return (
            -1 if axis.signal is None else axis.signal,
            -1 if axis.output is None else axis.output,
            axis.samples,
            axis.taps,
            axis.outputs,
            axis.offset,
            axis.stride,
            axis.upsampling,
            boundary.rule,
            *boundary.of(axis.samples),
            self.rank,
            self.classes,
            self.step,
            self.shift,
            self.dilation,
            block,
            self.slots(block),
            group,
        )


# The row of a problem whose windows along the last axis are too long for a row.
NO_ROW = Line(Axis("batch", None, None, None, 1, 1, 1, 0), 0)


def line(axis: Axis, rank: int) -> Line:
    """Return an axis whose slots are a dilation apart."""
    if axis.taps == 1:
        return row(axis, rank)
    common = gcd(axis.stride, axis.dilation)
    classes = min(axis.dilation // common, axis.outputs)
    return Line(axis, rank, classes, axis.dilation, axis.stride // common)


def row(axis: Axis, rank: int) -> Line:
    """Return an axis whose slots are one position apart, as in memory."""
    return Line(axis, rank, shift=axis.stride, dilation=axis.dilation)


def joined(axes: Sequence[Axis], ranks: Sequence[int]) -> Line:
    """Return axes that are wholly reduced, and lie one after another, as one row."""
    samples = prod(axes[rank].samples for rank in ranks)
    last = axes[ranks[-1]]
    return Line(last._replace(samples=samples, taps=samples, stride=1), ranks[-1])
