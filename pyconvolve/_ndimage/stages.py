"""Filters as stages: problems that follow one another, and types that they store.

Intermediate results are as large as a block of the output, never as the image: a block
of a stage needs a block of the stage before, which is computed when it is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._core import workers as threads
from .._core.caches import Cache
from .._core.conversion import cast
from .._core.memory import allocator
from .._core.problem import Problem
from .._core.region import blocks as divide
from .._core.region import cut, region
from .._core.thread_pool import Stop, run_phases
from .._core.thresholds import THRESHOLDS

# Bytes of the outputs of a block, and how many outputs there are for each tap at least:
# samples at the edges of blocks are read twice.
_BLOCK, _BLOCK_PER_TAP = 1 << 20, 8
# Bytes of a filter besides its plans, and of the ranges of a block, about.
_FILTER_BYTES, _BLOCK_BYTES = 1024, 256

# Plans of blocks.
_plans = Cache[Any](4 << 20, lambda made: made.bytes)


class Stage(NamedTuple):
    """A problem, and the type that its results are stored in."""

    problem: Problem
    plan: Callable[[Problem], Any]
    """Plans a part of the problem; a function of a module, which is part of a key."""
    operand: Any
    """What the plan prepares: a kernel, or what takes its place."""
    constants: Sequence[Any] | None
    """The constant outside of each axis; None: zeros."""
    stored: np.dtype
    """The type of the results, if it is another one than that of the problem."""

    @property
    def converts(self) -> bool:
        """Whether results are computed in another type than they are stored in."""
        return self.problem.output != self.stored

    def finish(
        self,
        plan: Any,
        prepared: Any,
        signal: NDArray[Any],
        output: NDArray[Any],
        workers: int | None,
    ) -> None:
        """Run a plan, and store its results."""
        if not self.converts:
            plan.run(signal, prepared, output, self.constants, workers)
            return
        kind = self.problem.output
        computed = allocator(output.shape, kind)(output.shape, kind)
        plan.run(signal, prepared, computed, self.constants, workers)
        cast(computed, output)


class Filter:
    """A planned filter for images of one shape and type: read-only, shared by threads.

    Parameters
    ----------
    shape : tuple of int
    dtype : dtype
        Of the results.
    stages : sequence of Stage
        Without any, results are the samples.
    """

    def __init__(
        self, shape: tuple[int, ...], dtype: np.dtype, stages: Sequence[Stage]
    ) -> None:
        self.shape, self.dtype, self.stages = shape, dtype, stages
        self.allocate = allocator(shape, dtype)
        self._plans = [stage.plan(stage.problem) for stage in stages]
        # spectra of kernels stay in their own cache
        self._prepared = [
            None if plan.name == "fft" else plan.prepare(stage.operand, False)
            for stage, plan in zip(stages, self._plans, strict=True)
        ]
        self._blocks: Sequence[tuple[slice, ...]] = ()
        # a plan whose results are stored as they are divides its outputs itself
        if len(stages) > 1 or any(stage.converts for stage in stages):
            self._blocks = _blocks(stages)
        self.seconds = sum(plan.seconds for plan in self._plans)
        self.bytes = _FILTER_BYTES + _BLOCK_BYTES * len(self._blocks)
        self.bytes += sum(
            plan.bytes + getattr(stage.operand, "nbytes", 0)
            for stage, plan in zip(stages, self._plans, strict=True)
        )

    def run(
        self, signal: NDArray[Any], output: NDArray[Any], workers: int | None
    ) -> None:
        """Filter an image.

        Parameters
        ----------
        signal, output : ndarray
            They must not overlap.
        workers : int or None
            The number of threads, at most; None: as `set_workers` set it.
        """
        if len(self._blocks) > 1:
            _run_blocks(self._blocks, self.compute, signal, output, self, workers)
            return
        if not self.stages:
            _copy(signal, output)
        last = len(self.stages) - 1
        for number, stage in enumerate(self.stages):
            plan, prepared = self._plans[number], self._prepared[number]
            if prepared is None:
                prepared = plan.prepare(stage.operand, False)
            target = output
            if number < last:
                target = allocator(self.shape, stage.stored)(self.shape, stage.stored)
            stage.finish(plan, prepared, signal, target, workers)
            signal = target

    def compute(
        self, ranges: Sequence[slice], signal: NDArray[Any], output: NDArray[Any]
    ) -> None:
        """Compute a block of the results of an image."""
        if self.stages:
            self._compute(len(self.stages) - 1, ranges, signal, output)
        else:
            _copy(signal[tuple(ranges)], output)

    def _compute(
        self,
        number: int,
        ranges: Sequence[slice],
        signal: NDArray[Any],
        output: NDArray[Any],
    ) -> None:
        """Compute a block of the results of a stage."""
        stage = self.stages[number]
        part = region(stage.problem, ranges)
        if number:
            # all axes are in the signal, in their order
            read = [chosen for _, chosen in part.signal]
            shape = tuple(chosen.stop - chosen.start for chosen in read)
            kind = self.stages[number - 1].stored
            source = allocator(shape, kind)(shape, kind)
            self._compute(number - 1, read, signal, source)
        else:
            source = cut(signal, part.signal)
        key = stage.plan, part.problem
        plan = _plans.get(key) or _plans.find(key)
        if plan is None:
            plan = _plans.store(key, stage.plan(part.problem))
        stage.finish(plan, plan.prepare(stage.operand, False), source, output, 1)


class Combined:
    """A sum of filters, or the root of the sum of their squares.

    Parameters
    ----------
    filters : sequence of Filter
        Of images of one shape and type, and with results of one type.
    squares : bool
    """

    def __init__(self, filters: Sequence[Filter], squares: bool) -> None:
        self._filters, self._squares = filters, squares
        self.shape, self.dtype = filters[0].shape, filters[0].dtype
        self.allocate = allocator(self.shape, self.dtype)
        self.seconds = sum(each.seconds for each in filters)
        stages = [stage for each in filters for stage in each.stages]
        self._blocks = _blocks(stages) if stages else ()
        self.bytes = sum(each.bytes for each in filters)
        self.bytes += _BLOCK_BYTES * len(self._blocks)

    def run(
        self, signal: NDArray[Any], output: NDArray[Any], workers: int | None
    ) -> None:
        """Filter an image: see `Filter.run`."""
        if len(self._blocks) > 1:
            _run_blocks(self._blocks, self._compute, signal, output, self, workers)
        else:
            self._add(lambda each, out: each.run(signal, out, workers), output)

    def _compute(
        self, ranges: Sequence[slice], signal: NDArray[Any], output: NDArray[Any]
    ) -> None:
        self._add(lambda each, out: each.compute(ranges, signal, out), output)

    def _add(
        self,
        compute: Callable[[Filter, NDArray[Any]], object],
        output: NDArray[Any],
    ) -> None:
        first, *others = self._filters
        compute(first, output)
        if self._squares:
            np.multiply(output, output, output)
        if others:
            part = allocator(output.shape, self.dtype)(output.shape, self.dtype)
        for each in others:
            compute(each, part)
            if self._squares:
                np.multiply(part, part, part)
            output += part
        if self._squares:
            np.sqrt(output, output, casting="unsafe")


class Components:
    """A filter of the real and of the imaginary part of complex images.

    Parameters
    ----------
    dtype : dtype
        Of the results.
    real, imaginary : Filter
    """

    def __init__(self, dtype: np.dtype, real: Filter, imaginary: Filter) -> None:
        self.dtype, self._parts = dtype, (real, imaginary)
        self.shape = real.shape
        self.allocate = allocator(self.shape, dtype)
        self.bytes = real.bytes + imaginary.bytes

    def run(
        self, signal: NDArray[Any], output: NDArray[Any], workers: int | None
    ) -> None:
        """Filter an image: see `Filter.run`."""
        real, imaginary = self._parts
        real.run(signal.real, output.real, workers)
        imaginary.run(signal.imag, output.imag, workers)


def _copy(signal: NDArray[Any], output: NDArray[Any]) -> None:
    with np.errstate(invalid="ignore", over="ignore"):
        output[...] = signal


def _run_blocks(
    blocks: Sequence[tuple[slice, ...]],
    compute: Callable[[Sequence[slice], NDArray[Any], NDArray[Any]], None],
    signal: NDArray[Any],
    output: NDArray[Any],
    made: Filter | Combined,
    workers: int | None,
) -> None:
    """Compute all blocks of an output, by as many threads as pay."""

    def compute_some(first: int, end: int, stop: Stop | None) -> None:
        for ranges in blocks[first:end]:
            if stop is not None and stop[0]:
                return
            compute(ranges, signal, output[ranges])

    used = 1
    if made.seconds > THRESHOLDS.thread_seconds:
        used = min(threads.resolve(workers), len(blocks))
    if used == 1:
        compute_some(0, len(blocks), None)
    else:
        run_phases([(len(blocks), compute_some)], used)


def _blocks(stages: Sequence[Stage]) -> list[tuple[slice, ...]]:
    """Divide the outputs into blocks, for windows as long as those of any stage."""
    axes = list(stages[0].problem.axes)
    for stage in stages[1:]:
        for a, axis in enumerate(stage.problem.axes):
            axes[a] = max(axes[a], axis, key=lambda axis: axis.taps)
    whole = stages[0].problem._replace(axes=tuple(axes))
    outputs = _BLOCK // max(stage.stored.itemsize for stage in stages)
    return list(divide(whole, max(outputs, _BLOCK_PER_TAP * whole.taps)))
