"""Sums in which some taps take no part: those of image filters that are zero.

A zero times NaN or infinity would be NaN. All taps are summed first, which is right if
all outputs are finite. Otherwise the kernel is cut into runs of taps that take part,
and the outputs of the runs are added.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._core.caches import Cache
from .._core.memory import allocator
from .._core.problem import Axis, Problem

_plans = Cache[Any](1 << 20, lambda made: made.bytes)


class SparsePlan:
    """A planned sum over some of the taps: read-only, shared by threads.

    Parameters
    ----------
    problem : Problem
        With a support. Each axis of the kernel belongs to an axis with a window, in the
        same order.
    plan : callable
        Plans a sum over all taps.
    """

    def __init__(self, problem: Problem, plan: Callable[[Problem], Any]) -> None:
        self.problem, self._plan = problem, plan
        self._dense = plan(problem._replace(support=None))
        # spectra are prepared for each run, and stay in their own cache
        self.name, self.seconds = self._dense.name, self._dense.seconds
        self.bytes = self._dense.bytes

    def prepare(self, kernel: NDArray[Any], pinned: bool) -> tuple[Any, NDArray[Any]]:
        """Prepare a kernel for runs of this plan."""
        return self._dense.prepare(kernel, pinned), kernel

    def run(
        self,
        signal: NDArray[Any],
        prepared: tuple[Any, NDArray[Any]],
        output: NDArray[Any],
        constants: Sequence[Any] | None,
        workers: int | None,
    ) -> None:
        """Convolve `signal` with a prepared kernel into `output`."""
        dense, kernel = prepared
        self._dense.run(signal, dense, output, constants, workers)
        with np.errstate(invalid="ignore", over="ignore"):
            # not finite if any output isn't
            total = np.add.reduce(output, axis=None)
        if not np.isfinite(total):
            self._run_parts(signal, kernel, output, constants, workers)

    def _run_parts(
        self,
        signal: NDArray[Any],
        kernel: NDArray[Any],
        output: NDArray[Any],
        constants: Sequence[Any] | None,
        workers: int | None,
    ) -> None:
        output[...] = 0
        part = allocator(output.shape, output.dtype)(output.shape, output.dtype)
        for problem, taps in self._parts(kernel):
            plan = _plans.find(problem)
            if plan is None:
                plan = _plans.store(problem, self._plan(problem))
            plan.run(signal, plan.prepare(taps, False), part, constants, workers)
            with np.errstate(invalid="ignore", over="ignore"):
                output += part

    def _parts(self, kernel: NDArray[Any]) -> Iterator[tuple[Problem, NDArray[Any]]]:
        """Yield problems with parts of the kernel: runs along its last axis."""
        assert self.problem.support is not None
        support = np.frombuffer(self.problem.support, bool).reshape(kernel.shape)
        for row in np.ndindex(support.shape[:-1]):
            edges = np.flatnonzero(np.diff(support[row], prepend=False, append=False))
            for first, stop in edges.reshape(-1, 2).tolist():
                starts, sizes = (*row, first), (1,) * len(row) + (stop - first,)
                chosen = tuple(
                    slice(start, start + size)
                    for start, size in zip(starts, sizes, strict=True)
                )
                axes = tuple(
                    axis
                    if axis.kernel is None
                    else _moved(axis, starts[axis.kernel], sizes[axis.kernel])
                    for axis in self.problem.axes
                )
                yield (
                    self.problem._replace(axes=axes, support=None),
                    np.ascontiguousarray(kernel[chosen]),
                )


def _moved(axis: Axis, start: int, taps: int) -> Axis:
    """Return an axis with a part of the taps."""
    return axis._replace(taps=taps, offset=axis.offset + axis.dilation * start)
