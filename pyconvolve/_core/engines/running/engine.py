"""The running engine: which problems it solves, and its plans."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from types import ModuleType
from typing import Any

from numpy.typing import NDArray

from ... import cost, cpu, parallel
from ...problem import Problem
from ...reductions import Computed, computed
from ...thresholds import Thresholds
from .arrangement import Arrangement
from .lines import Order, natural_order, order_of

name = "running"
counts: tuple[str, ...] = ()
automatic = False

# Bytes of a plan, about, with one arrangement.
_PLAN_BYTES = 4096


def least_seconds(problem: Problem, enough: float) -> float:
    """Return the seconds that this engine takes for any problem: almost none."""
    return 0.0


def plan(problem: Problem, thresholds: Thresholds) -> RunningPlan | None:
    """Plan a problem; None: it is not about boxes, or no module computes its types."""
    if (problem.kernel, problem.support) != (None, None) or not problem.axes:
        return None
    how = computed(problem)
    if how is None:
        return None
    upsampled = [axis for axis in problem.axes if axis.upsampling > 1]
    # between samples there is nothing that could be continued outside
    if upsampled and (
        any(axis.boundary == "constant" for axis in problem.axes)
        or any(axis.boundary != "absent" or axis.dilation > 1 for axis in upsampled)
    ):
        return None
    return RunningPlan(problem, how, _filled(thresholds, cost.constants()))


@lru_cache(64)
def _filled(thresholds: Thresholds, constants: cost.Constants) -> Thresholds:
    return thresholds.filled(constants.thresholds)


class Counted:
    """The positions whose taps are counted, for any arrangement of a plan.

    Parameters
    ----------
    counted : sequence of pairs of int
        For each axis of the problem, the first position, and the first one behind.
    """

    def __init__(self, counted: Sequence[tuple[int, int]]) -> None:
        self._counted = counted
        self._arranged: dict[Order, bytes] = {}

    def arranged(self, arrangement: Arrangement) -> bytes:
        """Return the positions as compiled code takes them."""
        order = arrangement.order
        known = self._arranged.get(order)
        return known or self._arranged.setdefault(
            order, arrangement.arranged(self._counted)
        )


class RunningPlan:
    """A planned reduction over boxes: read-only, shared by threads."""

    name = name
    bytes = _PLAN_BYTES
    counted: tuple[float, ...] = ()

    def __init__(self, problem: Problem, how: Computed, thresholds: Thresholds) -> None:
        self.problem, self.thresholds, self._how = problem, thresholds, how
        self._rows: ModuleType = cpu.module("rows", how.element)
        self._natural = self._arrange(natural_order(problem))
        self.seconds = self._natural.seconds
        self._others: dict[Any, Arrangement] = {}

    def _arrange(self, order: Order) -> Arrangement:
        return Arrangement(self.problem, order, self._how, self._rows, self.thresholds)

    def lay_out(self) -> RunningPlan:
        """Return the plan itself: its program depends on the memory layout, too."""
        return self

    def __repr__(self) -> str:
        return f"running, {self._natural!r}, {self._how.element}"

    def memory(self, workers: int) -> int:
        """Return how many bytes a call takes besides its arrays."""
        return parallel.memory(self._natural, workers)

    def prepare(
        self, kernel: Sequence[tuple[int, int]] | None, pinned: bool
    ) -> Counted | None:
        """Prepare means: positions that are counted take the place of a kernel.

        They are a range for each axis of the problem. A sum is divided by the number of
        its taps that are counted along all axes. None: sums are not divided.
        """
        return None if kernel is None else Counted(kernel)

    def run(
        self,
        signal: NDArray[Any],
        prepared: Counted | None,
        output: NDArray[Any],
        constants: Sequence[Any] | None,
        workers: int | None,
    ) -> None:
        """Reduce `signal` into `output`."""
        arranged = self._natural
        if not (signal.flags.c_contiguous and output.flags.c_contiguous):
            order = order_of(self.problem, signal, output, self._is_free(constants))
            if order != arranged.order:
                arranged = self._others.get(order) or self._other(order)
        counted = None if prepared is None else prepared.arranged(arranged)
        arranged.run(signal, output, constants, counted, workers)

    def _is_free(self, constants: Sequence[Any] | None) -> bool:
        """Whether axes may be reduced in any order.

        Positions outside of several axes have the constant of the last of them.
        """
        outside = {
            (axis.boundary, None)
            if axis.boundary == "absent" or constants is None
            else ("constant", constants[a])
            for a, axis in enumerate(self.problem.axes)
            if axis.boundary in ("absent", "constant") and axis.reaches_outside
        }
        return len(outside) <= 1

    def _other(self, order: Order) -> Arrangement:
        return self._others.setdefault(order, self._arrange(order))
