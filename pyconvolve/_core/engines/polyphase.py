"""Up-sampled problems as sums of plain problems: their polyphase branches.

Outputs that sum the same taps are a branch, a convolution without up-sampling of the
same signal: no product with an inserted zero is formed. An engine that can't solve
up-sampled problems solves their branches one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from math import prod
from typing import Any, NamedTuple

from numpy.typing import NDArray

from .. import planner
from ..conversion import OutputOverflow
from ..problem import Problem
from ..region import Cuts, Region, cut


class Branches(NamedTuple):
    """The branches of a problem."""

    of_axis: list[list[tuple[range, range, Any]]]
    """Of each axis: the outputs and the taps of each branch, and its axis."""

    @property
    def number(self) -> int:
        """Number of branches."""
        return prod(map(len, self.of_axis))

    def regions(self, problem: Problem) -> list[Region]:
        """Return the branches as regions of the problem."""
        return [_region(problem, chosen) for chosen in product(*self.of_axis)]

    def longest(self, problem: Problem) -> Problem:
        """Return a branch that has as many taps as any other."""
        chosen = [max(axis, key=lambda branch: len(branch[1])) for axis in self.of_axis]
        return _region(problem, chosen).problem

    def leaves_gaps(self, problem: Problem) -> bool:
        """Tell whether outputs are in none of the branches: these are zero."""
        covered = [sum(len(branch[0]) for branch in axis) for axis in self.of_axis]
        return prod(covered) < problem.outputs


def is_upsampled(problem: Problem) -> bool:
    """Tell whether samples of a problem are further apart than its positions."""
    return any(axis.upsampling > 1 for axis in problem.axes)


def branches(problem: Problem) -> Branches:
    """Find the branches of a problem."""
    return Branches(
        [
            planner.branches(axis)
            if axis.upsampling > 1
            else [(range(axis.outputs), range(axis.taps), axis)]
            for axis in problem.axes
        ]
    )


def _region(problem: Problem, chosen: Sequence[tuple[range, range, Any]]) -> Region:
    axes, kernel, output = [], [], []
    for axis, (outputs, taps, branch) in zip(problem.axes, chosen, strict=True):
        axes.append(branch)
        if axis.output is not None:
            output.append((axis.output, _slice(outputs)))
        if axis.role == "window" and axis.kernel is not None:
            # a reversed kernel has its last tap first
            first = axis.taps - 1 - taps[-1] if axis.reversed else taps[0]
            stop = first + taps[-1] - taps[0] + 1
            kernel.append((axis.kernel, slice(first, stop, taps.step)))
    cuts: Cuts = ()
    return Region(
        problem._replace(axes=tuple(axes)), cuts, tuple(kernel), tuple(output)
    )


def _slice(chosen: range) -> slice:
    return slice(chosen.start, chosen.stop, chosen.step)


def plan(
    problem: Problem, plan_branch: Callable[[Problem], Any]
) -> PolyphasePlan | None:
    """Plan an up-sampled problem.

    Parameters
    ----------
    problem : Problem
    plan_branch : callable
        Plans a problem without up-sampling; its result is None if it can't.
    """
    found = branches(problem)
    longest = plan_branch(found.longest(problem)) if found.number else None
    if longest is None:
        return None
    return PolyphasePlan(problem, found, longest, plan_branch)


class PolyphasePlan:
    """A planned up-sampled problem: a plan for each branch.

    Parameters
    ----------
    problem : Problem
    found : Branches
    longest : Plan
        Of the longest branch.
    plan_branch : callable
        Plans a branch.
    """

    def __init__(
        self,
        problem: Problem,
        found: Branches,
        longest: Any,
        plan_branch: Callable[[Problem], Any],
    ) -> None:
        self.problem = problem
        self._branches, self._plan = found, plan_branch
        # branches differ by one tap and one output at most
        self.name = longest.name
        self.counted = tuple(found.number * count for count in longest.counted)
        self.seconds = found.number * longest.seconds
        self._longest = longest

    def lay_out(self) -> PolyphasePlan:
        """Plan all branches; equal ones share a plan."""
        plans: dict[Problem, Any] = {self._longest.problem: self._longest.lay_out()}
        self._parts: list[tuple[Region, Any]] = []
        for part in self._branches.regions(self.problem):
            if part.problem not in plans:
                plans[part.problem] = self._plan(part.problem).lay_out()
            self._parts.append((part, plans[part.problem]))
        self.bytes = sum(plan.bytes for plan in plans.values())
        self._has_gaps = self._branches.leaves_gaps(self.problem)
        return self

    def __repr__(self) -> str:
        return f"{self._branches.number} branches, each {self._longest!r}"

    def memory(self, workers: int) -> int:
        """Return how many bytes a call takes besides its arrays."""
        return max((plan.memory(workers) for _, plan in self._parts), default=0)

    def prepare(self, kernel: NDArray[Any], pinned: bool) -> list[Any]:
        """Prepare the taps of each branch."""
        return [
            plan.prepare(cut(kernel, part.kernel), pinned) for part, plan in self._parts
        ]

    def run(
        self,
        signal: NDArray[Any],
        prepared: list[Any],
        output: NDArray[Any],
        constants: Sequence[Any] | None,
        workers: int | None,
    ) -> None:
        """Convolve `signal` with a prepared kernel into `output`."""
        if self._has_gaps:
            output[...] = 0
        misfits = 0
        for (part, plan), kernel in zip(self._parts, prepared, strict=True):
            try:
                plan.run(signal, kernel, cut(output, part.output), constants, workers)
            except OutputOverflow as error:
                misfits += error.count
        if misfits:
            raise OutputOverflow(misfits, self.problem)
