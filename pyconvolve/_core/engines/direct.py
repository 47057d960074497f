"""The direct engine: compiled modules sum products, block by block of the output."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .. import cost, cpu, parallel, planner
from ..conversion import OutputOverflow
from ..dtypes import computed
from ..outside import real_pairs
from ..problem import Problem
from ..thresholds import Thresholds
from . import tapwise

name = "direct"
counts = planner.DIRECT_COUNTS
automatic = True

# Bytes of a plan besides its program, about.
_PLAN_BYTES = 2048


# A kernel, and its taps as runs take them; None: some are not finite, but must be.
_Kernel = tuple[NDArray[Any], NDArray[Any] | None]


class _Module(NamedTuple):
    """A compiled module, and its model for the planner."""

    compute: np.dtype
    storing: str
    compiled: ModuleType
    model: planner.DirectModel


@lru_cache(64)
def _module(
    output: np.dtype,
    sums: np.dtype | None,
    overflow: str,
    thresholds: Thresholds,
    constants: cost.Constants,
) -> _Module | None:
    """Find the module for a type of results; None: no module computes it."""
    element = computed(output, sums, overflow)
    if element is None:
        return None
    compiled = cpu.module("direct", element.compute)
    compute = np.dtype(element.compute)
    model = planner.DirectModel(
        compiled.TILE,
        element.compute,
        compute.itemsize,
        constants.poll_sums(element.compute),
        constants.tables["shares"],
        constants.seconds[name][element.compute],
        constants.tables["memory"],
        thresholds.filled(constants.thresholds),
    )
    return _Module(compute, element.storing, compiled, model)


def least_seconds(problem: Problem, enough: float) -> float:
    """Return the seconds that this engine takes for any problem: almost none."""
    return 0.0


def plan(problem: Problem, thresholds: Thresholds) -> DirectPlan | None:
    """Plan a problem; None: it has no axes, or its numbers are objects."""
    module = _module(
        problem.output, problem.sums, problem.overflow, thresholds, cost.constants()
    )
    if module is None or not problem.axes:
        return None
    return DirectPlan(problem, module, thresholds)


class DirectPlan:
    """A planned direct convolution: read-only, shared by threads."""

    name = name
    spectra_bytes = tile_bytes = 0
    phases: tuple[int, ...] = ()
    rounds: tuple[int, ...]
    layout: bytes
    """The program that the compiled module runs, after `lay_out`."""

    def __init__(
        self, problem: Problem, module: _Module, thresholds: Thresholds
    ) -> None:
        self.problem, self.thresholds = problem, thresholds
        self._module, self._raises = module, problem.overflow == "raise"
        self.seconds = planner.direct_seconds(problem, module.model)

    def lay_out(self) -> DirectPlan:
        """Make the program, which takes most of the planning's time."""
        module = self._module
        self.layout = planner.direct_program(self.problem, module.model, module.storing)
        self.bytes = _PLAN_BYTES + len(self.layout)
        self._program = module.compiled.Program(self.layout)
        # every run reads them
        self._packed_kernel = self._program.packed_kernel
        self._leaves_gaps = self._program.leaves_gaps
        self.rounds = (self._program.blocks,)
        self.scratch_bytes = self._program.scratch
        self.run_tiles = self._program.run
        self._run = parallel.runner(self)
        return self

    def __repr__(self) -> str:
        blocks = planner.blocks_of(self.problem, self._module.model)["outputs"]
        shape = "x".join(map(str, blocks))
        return f"direct, {sum(self.rounds)} blocks {shape}, {self._module.compute.name}"

    @property
    def counted(self) -> tuple[float, ...]:
        """The counts of this problem, in the order of `counts`."""
        return planner.count_direct(self.problem, self._module.model)

    def memory(self, workers: int) -> int:
        """Return how many bytes a call takes besides its arrays."""
        packed = self._packed_kernel * self._module.compute.itemsize
        return packed + parallel.memory(self, workers)

    def prepare(self, kernel: NDArray[Any], pinned: bool) -> _Kernel:
        """Pack the kernel, if its filters share tiles; runs pack other kernels."""
        if not self._packed_kernel:
            return kernel, kernel
        packed = np.empty(self._packed_kernel, self._module.compute)
        return kernel, packed if self._program.pack(kernel, packed) else None

    def run(
        self,
        signal: NDArray[Any],
        prepared: _Kernel,
        output: NDArray[Any],
        constants: Sequence[Any] | None,
        workers: int | None,
    ) -> None:
        """Convolve `signal` with a prepared kernel into `output`."""
        kernel, taps = prepared
        outside = None
        misfits: list[int] | None = None
        if constants is not None:
            outside = real_pairs(constants, self._module.compute)
        if self._leaves_gaps:
            output[...] = 0
        if self._raises:
            misfits = []
        try:
            if taps is None:
                raise FloatingPointError
            self._run(self, (signal, taps, output, outside, misfits), workers)
        except FloatingPointError:
            # A tap is not finite, and some samples take no part. The module would
            # multiply zeros in their stead, and NaN would result.
            other = tapwise.plan(self.problem, self.thresholds)
            other.run(signal, kernel, output, constants, workers)
        if misfits:
            raise OutputOverflow(sum(misfits), self.problem)
