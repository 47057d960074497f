"""What tasks of convolutions compute: a chunk of outputs, by one or several blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._core.arguments import Rules
from .._core.conversion import OutputOverflow, convert
from .._core.outside import constants_of, is_widened
from .._core.parts import Parts
from .._core.problem import Axis, Problem
from .._core.region import Region
from .._core.sums import is_converted, with_sums
from .tasks import joined

_HALF, _SINGLE = np.dtype(np.float16), np.dtype(np.float32)


@dataclass(frozen=True)
class Job:
    """A convolution of an array by chunks; all of its tasks share it."""

    problem: Problem
    rules: Rules
    cval: Any
    workers: int | None
    axes: tuple[tuple[tuple[Axis, ...], ...], ...]
    """For each axis of the problem, each of its blocks of taps, and each chunk."""
    partial: np.dtype | None
    """The type of sums over a block of taps. None: a block has all taps, and its sums
    are the outputs."""

    def part(self, index: Sequence[int], block: Sequence[int]) -> Problem:
        """Return the problem of a chunk and a block of taps."""
        rows = zip(self.axes, block, index, strict=True)
        return self.problem._replace(axes=tuple(axis[b][i] for axis, b, i in rows))


def partial_type(problem: Problem) -> np.dtype:
    """Return the type of sums over a block of taps."""
    if problem.sums is None:
        return _SINGLE if problem.output == _HALF else problem.output
    if problem.is_exact and problem.sums.kind != "O":
        return np.dtype(np.int64)
    return problem.sums


def compute(
    job: Job,
    index: Sequence[int],
    block: Sequence[int],
    kernel: NDArray[Any],
    pieces: Any,
    before: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Sum the products with a block of taps.

    Parameters
    ----------
    job : Job
    index, block : sequence of int
        The numbers of the chunk and of the block along each axis.
    kernel : ndarray
        The block of taps.
    pieces : list
        The samples that are read, as `joined` takes them.
    before : ndarray, optional
        Sums over other blocks, to be added.
    """
    problem, rules, slab = job.part(index, block), job.rules, joined(pieces)
    if job.partial is not None:
        problem = problem._replace(output=job.partial, sums=None, overflow="wrap")
    elif is_converted(rules):
        rules = with_sums(rules, slab, kernel, job.cval)
        if rules.sums is not None:
            problem = problem._replace(sums=rules.sums, overflow=rules.overflow)
    constants = constants_of(job.cval, problem, rules.axes)
    if constants is not None and is_widened(slab, constants):
        slab = slab.astype(problem.output)
        problem = problem._replace(signal=problem.signal._replace(dtype=slab.dtype))
    whole = Region(problem, (), (), ())
    result, _ = Parts(problem, rules, kernel, job.workers).run(whole, slab, constants)
    if before is not None:
        result += before
    return result


def finish(job: Job, index: Sequence[int], sums: NDArray[Any]) -> NDArray[Any]:
    """Convert sums over all blocks to outputs."""
    problem = job.part(index, (0,) * len(index))
    if problem.sums is None:
        return sums.astype(problem.output)
    result = np.empty(problem.shape, problem.output)
    lost = convert(sums, result, problem.overflow, 0)
    if lost and problem.overflow == "raise":
        raise OutputOverflow(lost, problem)
    return result
