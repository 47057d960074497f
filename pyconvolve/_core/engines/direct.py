"""The direct engine: products summed by compiled kernels, block by block."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .. import cost, cpu, parallel, planner
from ..dtypes import computed
from ..problem import Problem
from ..thresholds import Thresholds
from . import tapwise

name = "direct"
counts = planner.DIRECT_COUNTS

# Bytes of a plan beside its program, about.
_PLAN = 2048


class _Module(NamedTuple):
    """A compiled module, and its model for the planner."""

    compute: np.dtype
    storing: str
    compiled: ModuleType
    model: planner.DirectModule


@lru_cache(64)
def _module(output: np.dtype, thresholds: Thresholds) -> _Module | None:
    """Find the module for a type of results; None: there is none."""
    element = computed(output)
    if element is None:
        return None
    compiled = cpu.module("direct", element.compute)
    tables, compute = cost.tables(), np.dtype(element.compute)
    model = planner.DirectModule(
        compiled.TILE,
        element.compute,
        compute.itemsize,
        cost.poll_sums(element.compute),
        tables["shares"],
        cost.constants().seconds[name][element.compute],
        tables["memory"],
        thresholds,
    )
    return _Module(compute, element.storing, compiled, model)


def least_seconds(problem: Problem) -> float:
    """Seconds that this engine takes for any problem: almost none."""
    return 0.0


def plan(problem: Problem, thresholds: Thresholds) -> DirectPlan | None:
    """Plan a problem; None: its numbers are none that kernels compute with."""
    module = _module(problem.output, thresholds)
    if module is None or not problem.axes:
        return None
    return DirectPlan(problem, module, thresholds)


class DirectPlan:
    """A planned direct convolution: read-only, shared by threads."""

    name = name
    spectra_bytes = tile_bytes = 0
    phases: tuple[int, ...] = ()
    rounds: tuple[int, ...]

    def __init__(
        self, problem: Problem, module: _Module, thresholds: Thresholds
    ) -> None:
        self.problem, self.thresholds = problem, thresholds
        self._module = module
        self.seconds = planner.direct_seconds(problem, module.model)

    def lay_out(self) -> DirectPlan:
        """Make the program, which takes longer than all else, before the first run."""
        module = self._module
        program = planner.direct_program(self.problem, module.model, module.storing)
        self.size = _PLAN + len(program)
        self._program = module.compiled.Program(program)
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
        """What there is to do, in the order of `counts`."""
        return planner.count_direct(self.problem, self._module.model)

    def memory(self, workers: int) -> int:
        """Return how many bytes a call takes beside its arrays."""
        return parallel.memory(self, workers)

    def prepare(self, kernel: NDArray[Any], often: bool) -> NDArray[Any]:
        """Prepare a kernel for one run or more: there is nothing to do."""
        return kernel

    def run(
        self,
        signal: NDArray[Any],
        kernel: NDArray[Any],
        output: NDArray[Any],
        constants: Sequence[Any] | None,
        workers: int | None,
    ) -> None:
        """Convolve `signal` with `kernel` into `output`."""
        outside = constants if constants is None else self._reals(constants)
        try:
            self._run(self, (signal, kernel, output, outside), workers)
        except FloatingPointError:
            # a product of a tap that is not finite would not leave samples out
            other = tapwise.plan(self.problem, self.thresholds)
            other.run(signal, kernel, output, constants, workers)

    def _reals(self, constants: Sequence[Any]) -> NDArray[Any]:
        """Real and imaginary parts of what stands outside, in the computing type."""
        output, compute = self.problem.output, self._module.compute
        values = np.array(constants, output)
        reals = np.stack([values.real, values.imag], 1)
        if output.kind in "iu":
            # modulo a power of two: from signed to unsigned of the same value
            reals = reals.astype(np.int64).view(np.uint64)
        return reals.astype(compute)
