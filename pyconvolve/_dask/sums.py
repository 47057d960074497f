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
from .._core.region import blocks, region
from .._core.sums import is_converted, with_sums
from .tasks import Pieces, strip_outputs

_HALF, _SINGLE = np.dtype(np.float16), np.dtype(np.float32)
_OBJECT = np.dtype(object)


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
        The samples that are read, as `Pieces` takes them.
    before : ndarray, optional
        Sums over other blocks, to be added.
    """
    problem, rules, slab = job.part(index, block), job.rules, Pieces(pieces)
    if job.partial is not None:
        problem = problem._replace(output=job.partial, sums=None, overflow="wrap")
    elif is_converted(rules):
        rules = _with_sums(job, slab, kernel)
        if rules.sums is not None:
            problem = problem._replace(sums=rules.sums, overflow=rules.overflow)
    constants = constants_of(job.cval, problem, rules.axes)
    is_wide = constants is not None and is_widened(
        np.empty(0, problem.signal.dtype), constants
    )
    if is_wide:
        problem = problem._replace(signal=problem.signal._replace(dtype=problem.output))
    parts = Parts(problem, rules, kernel, job.workers)
    # memory of the pool would stay with the process when dask frees the chunk
    result = np.empty(problem.shape, problem.output)
    most = strip_outputs(problem, problem.taps, slab, rules.thresholds)
    if problem.overflow == "raise":
        # one error counts the outputs of the chunk
        most = problem.outputs
    for outputs in blocks(problem, most):
        part = region(problem, outputs)
        samples = slab.part(part.signal)
        if is_wide:
            samples = samples.astype(problem.output)
        # a view, also of an array without axes
        strip: Any = (*outputs, ...)
        parts.run(part, samples, constants, result[strip])
    if before is not None:
        result += before
    return result


def _with_sums(job: Job, slab: Pieces, kernel: NDArray[Any]) -> Rules:
    """Fill in the type of sums that are converted to integers."""
    empty = np.empty(0, job.problem.signal.dtype)
    found = with_sums(job.rules, empty, kernel, job.cval)
    if found.sums == _OBJECT:
        # the samples themselves may be smaller than their type allows
        found = with_sums(job.rules, slab.whole(), kernel, job.cval)
    return found


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
