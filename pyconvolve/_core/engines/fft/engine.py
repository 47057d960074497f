"""The FFT engine: tiles of the output, computed by transforms of our own.

By overlap-save, a tile reads all samples that its outputs need, and tiles store
disjoint outputs. By overlap-add, tiles read disjoint samples, and outputs that tiles
share are summed; this is done if nothing lies outside the signal and fewer tiles are
needed. Integers are exact: they are split into digits so small that every sum rounds to
the right integer. Each tile's mean is subtracted before its transform, and its exact
response is added to the outputs, which makes sums of numbers of one sign more precise.
Tiles with NaN or infinities are repaired, so that NaN and infinities spread exactly as
far as the kernel reaches.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import inf, log2, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ... import cost, parallel, planner
from ...caches import Cache
from ...conversion import OutputOverflow, convert, without_conversion
from ...outside import real_pairs
from ...problem import Problem
from ...sums import EXACT
from ...thresholds import Thresholds
from .. import direct, polyphase
from . import repair
from .integers import (
    WHOLE,
    WHOLE_DIGIT,
    digit_pairs,
    largest,
    need_no_split,
    split,
)
from .modules import ElementTypes, Modules, modules_of, types_of
from .spectra import PreparedKernel, transform_for
from .tables import find_tables

name = "fft"
counts = planner.FFT_COUNTS
automatic = True

# Cycles for each byte of the outputs, in the type that is computed in. Of thousands of
# random problems, all had at least twice as many.
_LEAST_CYCLES = 0.4
# Bytes of a plan besides its programs and tables, about.
_PLAN_BYTES = 8192
_repair_plans = Cache[Any](2 << 20, lambda made: made.bytes)


def least_seconds(problem: Problem, enough: float) -> float:
    """Return the seconds that this engine takes at least, for so many outputs."""
    least = _least_call(cost.constants())
    if least >= enough:
        return least
    types = types_of(problem)
    if types is None:
        return inf
    calls, cycles, *_ = cost.constants().seconds[name][types.element]
    bytes_of_outputs = types.compute.itemsize * problem.outputs
    return (
        planner.count_branches(problem) * calls
        + _LEAST_CYCLES * bytes_of_outputs * cycles
    )


@lru_cache(8)
def _least_call(constants: cost.Constants) -> float:
    """Return the seconds that any call takes, of any type."""
    return min(seconds[0] for seconds in constants.seconds[name].values())


def plan(
    problem: Problem, thresholds: Thresholds
) -> FFTPlan | polyphase.PolyphasePlan | None:
    """Plan a problem; None: no axis is convolved, or its numbers are objects."""
    types = types_of(problem)
    if types is None or problem.support is not None:
        return None
    if polyphase.is_upsampled(problem):
        return polyphase.plan(problem, lambda branch: plan(branch, thresholds))
    roles = [axis.role for axis in problem.axes]
    if "window" not in roles or roles.count("summed") > 1:
        return None
    modules = modules_of(types.compute, thresholds, cost.constants())
    choice = planner.tile_choice(problem, modules.models)
    return (
        None if choice is None else FFTPlan(problem, types, modules, choice, thresholds)
    )


class FFTPlan:
    """A planned convolution by transforms of tiles: read-only, shared by threads."""

    name = name
    rounds: tuple[int, ...]
    phases: tuple[int, ...]
    layout: bytes
    """The program that the compiled module runs, after `lay_out`."""

    def __init__(
        self,
        problem: Problem,
        types: ElementTypes,
        modules: Modules,
        choice: planner.TileChoice,
        thresholds: Thresholds,
    ) -> None:
        self.problem, self.thresholds = problem, thresholds
        vectors, self.form, self.points, _, self.counted, self.seconds = choice
        self._types, self._module = types, modules.of_vectors[vectors]
        # whether sums of several products may have to be converted
        self._may_split = (
            problem.is_exact
            and problem.sums is not None
            and not need_no_split(
                EXACT[problem.sums], 2 * prod(self.points), problem.taps
            )
        )

    def lay_out(self) -> FFTPlan:
        """Make the programs and tables before the first run."""
        problem, module = self.problem, self._module
        compute, element, storing = self._types
        program, kernel_program, transforms = planner.tile_program(
            problem, module.model, self.form, self.points, storing
        )
        four_step_row = self.points[1] if self.form == "four_step" else None
        tables = find_tables(transforms, element, module.compiled, four_step_row)
        self.layout = program
        self._program = module.compiled.Program(program, *tables)
        self.exact = problem.is_exact
        self.rounds = self._program.rounds
        self.scratch_bytes = self._program.scratch
        self.tile_bytes = self._program.tile
        # threads share packing and storing by steps, and computing by parts
        steps, parts = self._program.steps, self._program.parts
        shares = parts > 1 and not self._program.transformed
        self.phases = (steps, parts, steps) if shares else ()
        is_wider = module.for_kernels is not module.compiled
        if is_wider:
            tables = find_tables(
                transforms, module.kernel_element, module.for_kernels, four_step_row
            )
        self.transform = transform_for(
            module.for_kernels,
            kernel_program,
            tables,
            is_wider,
            compute,
            max(self.scratch_bytes, self.thresholds.worker_bytes),
            self.exact,
            self.thresholds,
        )
        self.spectra_bytes = self.transform.spectra_bytes
        self.run_tiles = self._program.run
        self._run = parallel.runner(self)
        self.bytes = _PLAN_BYTES + len(program) + len(kernel_program)
        self.bytes += sum(len(table) for table in tables[0] if table is not None)
        return self

    def __repr__(self) -> str:
        shape = "x".join(str(n) for n in self.points)
        return (
            f"fft, {sum(self.rounds)} tiles, {self.form} of {shape} points, "
            f"{self._types.element}"
        )

    @property
    def axes(self) -> list[dict[str, int]]:
        """Axes of a tile, in the order in which tiles are numbered."""
        return planner.tile_axes(self.layout)

    @property
    def blocks(self) -> list[tuple[int, int, list[tuple[int, int, int]]]]:
        """Rounds: batches of tiles, number of the first tile, blocks along each axis.

        The blocks along an axis are the first one, the step to the next one, and how
        many they are.
        """
        return planner.rounds_of(self.layout)

    @property
    def work(self) -> dict[str, Any]:
        """The work of its tiles, as `planner.tile_work` counts it."""
        model = self._module.model
        return planner.tile_work(self.problem, model, self.form, self.points)

    @property
    def operations(self) -> float:
        """Additions and multiplications of all transforms, forward and back, about."""
        points = prod(self.points)
        columns = [axis["points"] for axis in self.axes if not axis["transformed"]]
        tiles = self._program.tiles * prod(columns)
        return tiles * 8.5 * points * log2(max(points, 2))

    def memory(self, workers: int) -> int:
        """Return how many bytes a call takes besides its arrays."""
        # the kernel is transformed before the signal, perhaps in a wider type
        transforming = self.spectra_bytes + self.transform.scratch_bytes
        sums = 8 * self.problem.outputs if self._may_split else 0
        return max(transforming, parallel.memory(self, workers)) + sums

    def prepare(self, kernel: NDArray[Any], pinned: bool) -> PreparedKernel:
        """Prepare a kernel for runs of this plan."""
        return self.transform.prepare(kernel, pinned)

    def run(
        self,
        signal: NDArray[Any],
        prepared: PreparedKernel,
        output: NDArray[Any],
        constants: Sequence[Any] | None,
        workers: int | None,
    ) -> None:
        """Convolve `signal` with a prepared kernel into `output`."""
        if not prepared.finite:
            other = _plan_repair(self.problem, True, self.thresholds)
            taps = other.prepare(prepared.kernel, False)
            other.run(signal, taps, output, constants, workers)
            return
        task = repair.Task(self, signal, prepared.kernel, output, constants, workers)
        counts = self.problem.overflow == "raise"
        # one for each tile, set if its outputs are not finite
        flags = bytearray(self._program.tiles)
        misfits: list[int] | None = [] if counts else None
        if self.exact:
            if not self._run_digits(task, prepared, flags, misfits):
                _run_apart(task)
                return
        else:
            outside = None
            if constants is not None:
                outside = real_pairs(constants, self._types.compute)
            spectra = prepared.spectra(self.transform, WHOLE, 0)
            job = (
                signal, spectra, output, outside, WHOLE_DIGIT, 0, False, flags, misfits
            )  # fmt: skip
            self._run(self, job, workers)
        if 1 in flags:
            if counts:
                # misfits of these tiles have been counted, too
                _run_apart(task)
                return
            repair.repair(task, flags, _plan_repair)
        if misfits:
            raise OutputOverflow(sum(misfits), self.problem)

    def _run_digits(
        self,
        task: repair.Task,
        prepared: PreparedKernel,
        flags: bytearray,
        misfits: list[int] | None,
    ) -> bool:
        """Convolve each digit of integers with each digit of the kernel.

        Return false, and compute nothing, if the sums of several products are to be
        converted.
        """
        problem, compute = self.problem, self._types.compute
        signal, constants = task.signal, task.constants
        # a point holds two real numbers
        points = 2 * prod(self.points)
        values = [0] * len(problem.axes) if constants is None else constants
        most = max(largest(signal), *(abs(int(value)) for value in values))
        of_signal, of_kernel = split(most, prepared.largest, points, problem.taps)
        bits = 8 * problem.output.itemsize
        if problem.sums is not None and of_signal.number * of_kernel.number > 1:
            if self._may_split:
                return False
            of_signal = of_kernel = WHOLE
        for i, j, shift in digit_pairs(of_signal, of_kernel, bits):
            outside = None
            if constants is not None or of_signal.bits:
                digits = [of_signal.of(int(value), i) for value in values]
                outside = real_pairs(digits, compute)
            spectra = prepared.spectra(self.transform, of_kernel, j)
            # the first product is stored, the others are added
            job = (
                signal, spectra, task.output, outside, of_signal.digit(i), shift,
                shift > 0, flags, misfits,
            )  # fmt: skip
            self._run(self, job, task.workers)
            # free these spectra before the spectra of the next digit are computed
            del spectra, job
        return True


def _run_apart(task: repair.Task) -> None:
    """Compute sums in an array of their own, and convert them."""
    problem: Problem = task.plan.problem
    summed = without_conversion(problem)
    plan = _plan_repair(summed, False, task.plan.thresholds)
    sums = np.empty(task.output.shape, summed.output)
    prepared = plan.prepare(task.kernel, False)
    plan.run(task.signal, prepared, sums, task.constants, task.workers)
    misfits = convert(sums, task.output, problem.overflow, problem.rounding)
    if misfits and problem.overflow == "raise":
        raise OutputOverflow(misfits, problem)


def _plan_repair(problem: Problem, directly: bool, thresholds: Thresholds) -> Any:
    """Plan a problem whose outputs are computed again, by sums or by transforms."""

    def make() -> Any:
        made = (direct.plan if directly else plan)(problem, thresholds)
        assert made is not None
        return made.lay_out()

    return _repair_plans.find_or_make((problem, directly, thresholds), make)
