"""The FFT engine: tiles of the output, by transforms of our own.

Tiles read the samples that their outputs need, and store disjoint outputs
(overlap-save). Where nothing lies outside the signal, and it takes fewer tiles, their
samples are disjoint instead, and outputs that tiles share are summed (overlap-add).
Integers are exact: they are split into digits small enough for every sum to round to
the right integer. The mean of each tile's samples is subtracted before its transform,
and its exact response added to the outputs, so sums of one sign are more precise. Tiles
with numbers that are not finite are repaired: such numbers spread exactly as far as the
kernel reaches.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import product
from math import inf, log2, prod
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ... import cost, cpu, parallel, planner
from ...caches import Cache
from ...dtypes import computed, element_name, real_type
from ...problem import Problem
from ...thresholds import Thresholds
from .. import direct
from . import repair
from .integers import WHOLE, Split, largest, split
from .spectra import Prepared, shared

name = "fft"
counts = planner.FFT_COUNTS

# Sources by the length of their vectors.
SOURCES = {"usual": "fft", "wide": "wide_fft"}
# Bytes of a plan beside its program, about.
_PLAN = 8192
_tables = Cache[bytes](16 << 20, len)
_repairs = Cache[Any](2 << 20, lambda made: made.size)


class _Types(NamedTuple):
    """Element types of a convolution by transforms."""

    compute: np.dtype
    element: str
    """Its name."""
    storing: str
    """How computed numbers become samples of the output."""


@cache
def _types(output: np.dtype, signal: np.dtype, kernel: np.dtype) -> _Types | None:
    """Choose the type that transforms are computed in; None: there is none."""
    numbers, kind = computed(output), real_type(output)
    if numbers is None:
        return None
    compute, storing = kind, numbers.storing
    # SciPy transforms integers in double precision, also for results in single
    integers = {*"biu"} & {signal.kind, kernel.kind}
    if kind.kind in "biu" or (kind == np.float32 and integers):
        compute = np.dtype(np.float64)
        if kind == np.float32:
            storing = "single"
    elif kind == np.float16:
        compute = np.dtype(np.float32)
    return _Types(compute, element_name(compute), storing)


def _types_of(problem: Problem) -> _Types | None:
    return _types(problem.output, problem.signal.dtype, problem.kernel.dtype)


class _Module(NamedTuple):
    """A compiled module with vectors of one length, and its model for the planner."""

    vectors: str
    compiled: ModuleType
    for_kernels: ModuleType
    """The module that transforms kernels, in wider numbers where there are any."""
    kernel_element: str
    """Element type of that module."""
    model: planner.FFTModule


class _Modules(NamedTuple):
    """The modules that compute in an element type."""

    of: tuple[_Module, ...]
    models: tuple[planner.FFTModule, ...]


@lru_cache(64)
def _modules(compute: np.dtype, thresholds: Thresholds) -> _Modules:
    element = element_name(compute)
    # spectra of kernels are a third of all roundings, unless they are rounded once
    wider = "float64" if element == "float32" else element
    seconds = cost.constants().seconds[name][element]
    tables = cost.tables()
    found = []
    for vectors in thresholds.vectors:
        if vectors == "wide" and not (cpu.wide() and compute.itemsize <= 8):
            continue
        compiled = cpu.module(SOURCES[vectors], element)
        for_kernels = cpu.module(SOURCES[vectors], wider)
        model = planner.FFTModule(
            element,
            compute.itemsize,
            compiled.SHAPE,
            np.dtype(wider).itemsize // compute.itemsize,
            for_kernels.SHAPE[0],
            {**tables, "forms": tables["forms"][vectors]},
            seconds,
            tables["memory"],
            thresholds,
        )
        found.append(_Module(vectors, compiled, for_kernels, wider, model))
    return _Modules(tuple(found), tuple(each.model for each in found))


@cache
def _least(element: str) -> float:
    return cost.constants().seconds[name][element][0]


def least_seconds(problem: Problem) -> float:
    """Seconds that this engine takes for any problem with such numbers."""
    types = _types_of(problem)
    return inf if types is None else _least(types.element)


def plan(problem: Problem, thresholds: Thresholds) -> FFTPlan | None:
    """Plan a problem; None: nothing is convolved, or its numbers are objects."""
    types = _types_of(problem)
    if types is None:
        return None
    if not any(axis.role == "window" for axis in problem.axes):
        return None
    modules = _modules(types.compute, thresholds)
    choice = planner.tile_choice(problem, modules.models)
    return (
        None if choice is None else FFTPlan(problem, types, modules, choice, thresholds)
    )


class FFTPlan:
    """A planned convolution by transforms of tiles: read-only, shared by threads."""

    name = name
    rounds: tuple[int, ...]
    phases: tuple[int, ...]

    def __init__(
        self,
        problem: Problem,
        types: _Types,
        modules: _Modules,
        choice: planner.TileChoice,
        thresholds: Thresholds,
    ) -> None:
        self.problem, self.thresholds = problem, thresholds
        vectors, self.form, self.points, _, self.counted, self.seconds = choice
        self._types, self._module = types, modules.of[vectors]

    def lay_out(self) -> FFTPlan:
        """Make the programs and tables before the first run."""
        problem, module = self.problem, self._module
        compute, element, storing = self._types
        program, kernel_program, transforms = planner.tile_program(
            problem, module.model, self.form, self.points, storing
        )
        tables = self._find_tables(transforms, element, module.compiled)
        self._layout = program
        self._program = module.compiled.Program(program, *tables)
        self.exact = problem.output.kind in "biu"
        self.rounds = self._program.rounds
        self.scratch_bytes = self._program.scratch
        self.tile_bytes = self._program.tile
        # so many pieces have packing, computing and storing
        steps, parts = self._program.steps, self._program.parts
        self.phases = (steps, parts, steps) if parts > 1 else ()
        narrow = module.for_kernels is not module.compiled
        if narrow:
            tables = self._find_tables(
                transforms, module.kernel_element, module.for_kernels
            )
        self.transform = shared(
            module.for_kernels,
            kernel_program,
            tables,
            narrow,
            compute,
            max(self.scratch_bytes, self.thresholds.worker),
            self.thresholds,
        )
        self.spectra_bytes = self.transform.bytes
        self.run_tiles = self._program.run
        self._run = parallel.runner(self)
        self.size = _PLAN + len(program) + len(kernel_program)
        self.size += sum(len(table) for table in tables[0] if table is not None)
        return self

    def _find_tables(
        self, transforms: tuple[Any, ...], element: str, compiled: ModuleType
    ) -> tuple[tuple[bytes | None, ...], bytes | None]:
        """Return twiddles of each axis, and those that join columns and rows."""
        tables: list[bytes | None] = []
        for transform in transforms:
            if transform is None:
                tables.append(None)
                continue
            key = element, *transform
            tables.append(_tables.get(key) or _table(planner.twiddles, key))
        joining = None
        if self.form == "four_step":
            lanes, _, fine = compiled.SHAPE
            key = element, *transforms[-2], self.points[1], lanes, fine
            joining = _table(planner.four_step_twiddles, key)
        return tuple(tables), joining

    def __repr__(self) -> str:
        shape = "x".join(str(n) for n in self.points)
        return (
            f"fft, {sum(self.rounds)} tiles, {self.form} of {shape} points, "
            f"{self._types.element}"
        )

    @property
    def axes(self) -> list[dict[str, int]]:
        """Axes of a tile, in the order in which places of the output are counted."""
        return planner.tile_axes(self._layout)

    @property
    def blocks(self) -> list[tuple[int, int, list[tuple[int, int, int]]]]:
        """Of each round: tiles, places before, and the blocks along those axes."""
        return planner.rounds_of(self._layout)

    @property
    def operations(self) -> float:
        """Additions and multiplications of all transforms, there and back, about."""
        points = prod(self.points)
        columns = [axis["points"] for axis in self.axes if not axis["transformed"]]
        tiles = self._program.tiles * prod(columns)
        return tiles * 8.5 * points * log2(max(points, 2))

    def memory(self, workers: int) -> int:
        """Return how many bytes a call takes beside its arrays."""
        # a kernel is transformed first, in numbers that may be wider; its step response
        # takes three rows of taps
        row = max(axis.taps for axis in self.problem.axes)
        row *= 0 if self.exact else np.dtype(self._module.kernel_element).itemsize
        transforming = self.spectra_bytes + self.transform.scratch + 3 * row
        return max(transforming, parallel.memory(self, workers))

    def prepare(self, kernel: NDArray[Any], often: bool) -> Prepared:
        """Prepare a kernel for one run, or for as many as wanted."""
        return self.transform.prepare(kernel, often)

    def run(
        self,
        signal: NDArray[Any],
        prepared: Prepared,
        output: NDArray[Any],
        constants: Sequence[Any] | None,
        workers: int | None,
    ) -> None:
        """Convolve `signal` with a kernel that was prepared into `output`."""
        if not prepared.finite:
            other = _plan_anew(self.problem, True, self.thresholds)
            other.run(signal, prepared.kernel, output, constants, workers)
            return
        # places of the output that hold numbers which are not finite
        flags = bytearray(self._program.tiles)
        if self.exact:
            self._run_digits(signal, prepared, output, constants, flags, workers)
        else:
            self._run_digit(
                signal, prepared, output, constants, flags, workers, WHOLE, 0, WHOLE, 0,
                0, False,
            )  # fmt: skip
        if 1 in flags:
            repair.repair(
                repair.Task(self, signal, prepared.kernel, output, constants, workers),
                flags,
                _plan_anew,
            )

    def _run_digits(
        self,
        signal: NDArray[Any],
        prepared: Prepared,
        output: NDArray[Any],
        constants: Sequence[Any] | None,
        flags: bytearray,
        workers: int | None,
    ) -> None:
        """Convolve each digit of integers with each of the kernel's."""
        problem, points = self.problem, prod(self.points)
        if problem.output.kind != "c":
            points *= 2
        most = max(largest(signal), *(abs(int(value)) for value in constants or (0,)))
        digits, weights = split(most, prepared.most, points, problem.taps)
        adding = False
        for j, i in product(range(weights.number), range(digits.number)):
            shift = i * digits.bits + j * weights.bits
            if adding and shift >= 8 * problem.output.itemsize:
                continue
            self._run_digit(
                signal, prepared, output, constants, flags, workers, digits, i, weights,
                j, shift, adding,
            )  # fmt: skip
            adding = True

    def _run_digit(
        self,
        signal: NDArray[Any],
        prepared: Prepared,
        output: NDArray[Any],
        constants: Sequence[Any] | None,
        flags: bytearray,
        workers: int | None,
        digits: Split,
        i: int,
        weights: Split,
        j: int,
        shift: int,
        adding: bool,
    ) -> None:
        """Convolve digit `i` of the signal with digit `j` of the kernel."""
        outside = None
        if constants is not None or digits.bits:
            outside = self._outside(constants, digits, i)
        spectra = prepared.spectra(self.transform, weights, j)
        job = signal, spectra, output, outside, digits.digit(i), shift, adding, flags
        self._run(self, job, workers)

    def _outside(
        self, constants: Sequence[Any] | None, digits: Split, i: int
    ) -> NDArray[Any]:
        """Real and imaginary parts of what stands outside."""
        if constants is None:
            constants = [0] * len(self.problem.axes)
        reals = np.zeros((len(constants), 2), self._types.compute)
        if self.exact:
            reals[:, 0] = [digits.of(int(value), i) for value in constants]
            return reals
        values = np.array(constants, self.problem.output)
        reals[:, 0] = values.real
        if values.dtype.kind == "c":
            reals[:, 1] = values.imag
        return reals


def _table(make: Any, key: tuple[Any, ...]) -> bytes:
    """Find a table that was used some time ago, or make it."""
    known = _tables.find(key)
    if known is None:
        made = make(*key)
        known = _tables.store(key, made)
    return known


def _plan_anew(problem: Problem, directly: bool, thresholds: Thresholds) -> Any:
    """Plan what is computed anew, by sums or by transforms."""
    key = problem, directly, thresholds
    known = _repairs.find(key)
    if known is None:
        engine = direct.plan if directly else plan
        found = engine(problem, thresholds)
        assert found is not None
        known = found.lay_out()
        _repairs.store(key, known)
    return known
