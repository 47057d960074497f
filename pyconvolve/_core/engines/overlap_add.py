"""The overlap-add engine: tiles of the output, by transforms of our own.

Tiles read the samples that their outputs need, which are disjoint (overlap-save). Where
nothing lies outside the signal, and it takes fewer tiles, their samples are disjoint
instead, and outputs that tiles share are summed (overlap-add). Threads take a tile
each, or, where tiles are few, share one phase by phase. Integers are exact: they
are cut into limbs small enough for every sum to round to the right integer. What the
samples of a tile have in common is left out of its transforms, and what the kernel
makes of that is added to the outputs, so sums of one sign are more precise. Tiles with
numbers that are not finite are computed anew, cell by cell of the output, by the direct
engine, or, where that takes too long, without those numbers, which are then written
wherever they reach. Tiles with samples so small that the rounding of others hides them
are computed by it, too, or once more without those others, for outputs that they don't
reach.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from itertools import product
from math import ceil, log2, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import cost, cpu, threads
from ..dtypes import ELEMENT_TYPES, real_type
from ..memory import empty
from ..problem import Problem
from . import direct
from .cells import Cell, crop
from .kept import Kept, Recent
from .limbs import WHOLE, Limbs, cut, largest
from .tiles import Tiles
from .tiling import LARGE, Tiling

NAME = "fft"

# Convolutions by transforms that it takes to find out where such numbers reach, and to
# compute small samples apart.
_MARKS = 6
_PARTS = 3
# Points of a tile, times taps, up to which single precision counts where they reach.
_COUNTED = 1 << 30
_TILINGS = 64
_UNCUT = WHOLE.limb(0)
_BYTE = np.dtype(np.uint8)
# Exponent of the least number of double precision.
_LEAST = -1074

_recent = Recent()


def supports(problem: Problem) -> bool:
    """Whether this engine can solve `problem`."""
    convolved = any(axis.convolved for axis in problem.axes)
    return (
        convolved
        and problem.outputs > 0
        and real_type(problem.output_type) in ELEMENT_TYPES
    )


def work(problem: Problem) -> cost.Transforms:
    """Count what is to do."""
    return _tiling(problem).work


def seconds(problem: Problem) -> float:
    """Predict how long one worker takes."""
    return _tiling(problem).seconds


def _compute(problem: Problem) -> np.dtype:
    """Element type that transforms are computed in."""
    kind = real_type(problem.output_type)
    inputs = problem.signal_type.kind + problem.kernel_type.kind
    # SciPy transforms integers in double precision, also for results in single
    if kind.kind in "biu" or (kind == np.float32 and {*"biu"} & {*inputs}):
        return np.dtype(np.float64)
    return np.dtype(np.float32) if kind == np.float16 else kind


@lru_cache(_TILINGS)
def _tiling(problem: Problem) -> Tiling:
    compute = _compute(problem)
    usual = Tiling(problem, compute, cost.USUAL)
    if not cpu.wide() or compute.itemsize > 8:
        return usual
    wide = Tiling(problem, compute, cost.WIDE)
    return min(usual, wide, key=lambda tiling: tiling.weight)


class OverlapAdd:
    """A planned convolution by transforms of tiles."""

    name = NAME

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._compute = _compute(problem)
        self._tiling = _tiling(problem)
        self._seconds = self._tiling.seconds
        self._brief = self._seconds <= cost.THREADS_PAY
        self.exact = problem.output_type.kind in "biu"
        self._outside_zero = np.zeros(2, self._compute)
        self._tiles = Tiles(self._tiling)
        self.spectra_bytes = self._tiles.spectra_bytes
        self._scratch_bytes = int(self._tiles.program.scratch)
        self._flags = len(self._tiles.flags) * self._tiles.places

    def __repr__(self) -> str:
        tiling = self._tiling
        shape = "x".join(str(n) for n in tiling.points)
        return (
            f"fft, {self._tiles.number} tiles, {tiling.form} of {shape} points, "
            f"{self._compute.name}"
        )

    @property
    def operations(self) -> float:
        """Additions and multiplications of all transforms, there and back, about."""
        points = prod(self._tiling.points)
        width = self._tiling.width if self._tiling.form == "columns" else 1
        return self._tiles.places * width * 8.5 * points * log2(max(points, 2))

    def memory(self, workers: int) -> int:
        """Return how many bytes a call takes beside its arrays."""
        number, together = self._workers(workers, self._tiles.number)
        tile = int(self._tiles.program.tile)
        tiles = 1 if together else number
        return self.spectra_bytes + tiles * tile + number * (self._scratch_bytes - tile)

    def analyse(
        self, kernel: NDArray[Any], limb: tuple[int, int, bool, int]
    ) -> NDArray[Any]:
        """Compute the spectra of a kernel, or of one limb of it."""
        spectra = empty(self._tiles.spectra_shape, self._compute)
        if self._tiling.compute == "float32":
            # not all vectors need be filled
            spectra.fill(0)
        analyst = self._tiles.analyst
        # the pool would keep in vain what only a kernel takes
        large = analyst.scratch > max(self._scratch_bytes, LARGE)
        make = np.empty if large else empty
        # scratch is gone before responses take memory
        analyst.analyse(kernel, spectra, limb, make((analyst.scratch,), _BYTE))
        if self._tiles.sums:
            self._respond_to_ones(kernel, spectra[:, -self._tiles.sums :])
        return spectra

    def _respond_to_ones(self, kernel: NDArray[Any], sums: NDArray[Any]) -> None:
        """Compute what each item of a kernel makes of a tile of ones, by position.

        Beyond the end of a tile samples come again, if real with their sign changed.
        """
        problem = self._problem
        along = problem.axes[self._tiling.transformed[-1]].kernel
        assert along is not None
        axes = [self._tiles.axes[i] for i in self._tiles.order]
        items = [
            axis["kernel"]
            for axis in axes
            if axis["kernel"] >= 0 and not axis["convolved"]
        ]
        rest = tuple(a for a in range(kernel.ndim) if a != along and a not in items)
        # of lanes with a kernel each, side by side
        abreast = self._tiles.responses
        columns = abreast > 1 and self._tiling.form == "columns"
        whole: Any = 0
        running: Any = 0
        for part in _summable(kernel, self._compute):
            taps = part.sum(rest, keepdims=True) if rest else part
            taps = taps.transpose(*items, *rest, along).reshape(-1, kernel.shape[along])
            rows = problem.axes[-1].outputs if columns else len(taps)
            taps = taps.reshape(-1, rows, taps.shape[1])
            if rows % abreast:
                taps = np.pad(taps, ((0, 0), (0, -rows % abreast), (0, 0)))
            taps = taps.reshape(-1, abreast, taps.shape[2]).transpose(0, 2, 1)
            total = taps.sum(1, keepdims=True)
            whole = whole + total
            if self._tiling.planes == 1:
                taps = taps if problem.kernel_reversed else taps[:, ::-1]
                np.cumsum(taps, 1, out=taps)
                taps -= total / 2
                taps *= 2
                taps += running
                running = taps
        sums = sums.reshape(len(sums), -1, abreast)
        if self._tiling.planes == 2:
            # a tile's end meets its beginning: it is the same everywhere
            sums[:, :1] = whole.real
            sums[:, 1:] = -whole.imag if problem.kernel_conjugated else whole.imag
            return
        sums[...] = whole
        sums[:, : running.shape[1]] = running

    def keep(self, kernel: NDArray[Any], often: bool) -> Kept:
        """Prepare a kernel for one run, or for as many as wanted."""
        return Kept(self, kernel, True) if often else _recent.keep(self, kernel)

    def run(
        self,
        signal: NDArray[Any],
        kept: Kept,
        output: NDArray[Any],
        constant: Any,
        workers: int | None,
    ) -> None:
        """Convolve `signal` with a kernel that was kept into `output`."""
        if not kept.finite:
            engine = _prepare_direct(self._problem)
            engine.run(signal, kept.kernel, output, constant, workers)
            return
        flags = self._transform(signal, kept, output, constant, workers)
        if 1 in flags:
            self._mend(signal, kept.kernel, output, constant, flags, workers)

    def _transform(
        self,
        signal: NDArray[Any],
        kept: Kept,
        output: NDArray[Any],
        constant: Any,
        workers: int | None,
    ) -> bytearray:
        """Convolve by transforms, and return the flags of what went wrong."""
        flags = bytearray(self._flags)
        if self.exact:
            self._run_limbs(signal, kept, output, constant, flags, workers)
        else:
            self._run_tiles(
                signal, kept.spectra(WHOLE, 0), output,
                self._outside(constant, WHOLE, 0), _UNCUT, 0, False, flags, workers,
            )  # fmt: skip
        return flags

    def _run_limbs(
        self,
        signal: NDArray[Any],
        kept: Kept,
        output: NDArray[Any],
        constant: Any,
        flags: bytearray,
        workers: int | None,
    ) -> None:
        """Convolve each limb of integers with each of the kernel's."""
        problem = self._problem
        most = max(largest(signal), abs(int(constant)))
        points = self._tiling.positions
        limbs, weights = cut(most, kept.most, points, problem.taps)
        adding = False
        for j, i in product(range(weights.number), range(limbs.number)):
            shift = i * limbs.bits + j * weights.bits
            if adding and shift >= 8 * problem.output_type.itemsize:
                continue
            self._run_tiles(
                signal, kept.spectra(weights, j), output,
                self._outside(constant, limbs, i), limbs.limb(i), shift, adding, flags,
                workers,
            )  # fmt: skip
            adding = True

    def _run_tiles(
        self,
        signal: NDArray[Any],
        spectra: NDArray[Any],
        output: NDArray[Any],
        outside: NDArray[Any],
        limb: tuple[int, int, bool, int],
        shift: int,
        adding: bool,
        flags: bytearray,
        workers: int | None,
    ) -> None:
        for blocks, places, tiles in self._tiles.rounds:
            operands = (
                signal, spectra, output, outside, limb, shift, adding, blocks, flags,
                places.start,
            )  # fmt: skip
            number, together = self._workers(workers, tiles)
            if number == 1:
                self._run_phase(operands, None, self._tiles.whole, 0, 0, tiles, None)
                continue
            shared = None
            if together:
                shared = empty((self._tiles.program.tile,), _BYTE)
            body = partial(self._run_phase, operands, shared)
            if together:
                phases = product(range(tiles), self._tiles.phases)
                threads.run_phases(
                    [(count, partial(body, i, tile)) for tile, (i, count) in phases],
                    number,
                )
            else:
                threads.run_ranges(tiles, number, partial(body, self._tiles.whole, 0))

    def _run_phase(
        self,
        operands: tuple[Any, ...],
        shared: NDArray[np.uint8] | None,
        phase: int,
        tile: int,
        first: int,
        last: int,
        stop: NDArray[np.int64] | None,
    ) -> None:
        program = self._tiles.program
        size = program.scratch if shared is None else program.scratch - program.tile
        scratch = empty((size,), _BYTE)
        program.run(*operands, phase, tile, first, last, stop, scratch, shared)

    def _workers(self, workers: int | None, tiles: int) -> tuple[int, bool]:
        """Tell how many threads pay, and whether tiles are shared by all of them."""
        if self._brief:
            return 1, False
        number = threads.resolve(workers)
        # tiles for large kernels are large: as many as three spectra would take
        room = number * LARGE + 2 * self.spectra_bytes
        apart = max(1, min(number, tiles, room // self._scratch_bytes))
        parts = self._tiles.program.parts
        together = min(number, parts)
        worth = self._seconds > self._tiles.number * cost.SHARING_PAYS
        if worth and parts / ceil(parts / together) > tiles / ceil(tiles / apart):
            return together, True
        return apart, False

    def _outside(self, constant: Any, limbs: Limbs, i: int) -> NDArray[Any]:
        """Real and imaginary part of what stands outside."""
        if not constant and not limbs.bits:
            return self._outside_zero
        if self.exact:
            return np.array([limbs.cut(int(constant), i), 0], self._compute)
        value = np.array(constant, self._problem.output_type)
        return np.array([value.real, value.imag]).astype(self._compute)

    def _mend(
        self,
        signal: NDArray[Any],
        kernel: NDArray[Any],
        output: NDArray[Any],
        constant: Any,
        flags: bytearray,
        workers: int | None,
    ) -> None:
        """Put right the tiles that some numbers have spoilt, or drowned, others in."""
        kinds = self._tiles.kinds(flags)
        size = self._tiles.cell(np.logical_or.reduce(list(kinds.values())))
        spoilt, drowned = (
            self._tiles.cells(kinds[name], size) for name in ("spoilt", "drowned")
        )
        places = np.argwhere(spoilt | drowned).tolist()
        share = len(places) / spoilt.size
        transforms = share * direct.seconds(self._problem) / self._seconds
        number = threads.resolve(workers)
        apart = len(places) >= number > 1

        def body(first: int, last: int, stop: NDArray[np.int64] | None) -> None:
            for place in places[first:last]:
                if stop is not None and stop[0]:
                    return
                cell = crop(
                    self._problem, place, size, signal, kernel, output, constant
                )
                hit = bool(spoilt[tuple(place)])
                _mend_cell(cell, hit, transforms, 1 if apart else workers)

        if apart:
            threads.run_ranges(len(places), number, body)
        else:
            body(0, len(places), None)

    def _run_finite(self, cell: Cell, workers: int | None) -> None:
        """Convolve what is finite, and write where all else reaches."""
        signal, kernel, output = cell.signal, cell.kernel, cell.output
        cleaned = signal.copy()
        cleaned[~np.isfinite(signal)] = 0
        self.run(cleaned, self.keep(kernel, False), output, 0, workers)
        del cleaned
        meet = self._meeting(output, workers)
        above, below = signal == np.inf, signal == -np.inf
        up = meet(above, kernel > 0) | meet(below, kernel < 0)
        down = meet(above, kernel < 0) | meet(below, kernel > 0)
        neither = meet(np.isnan(signal), np.ones(kernel.shape, bool))
        neither |= meet(above | below, kernel == 0) | (up & down)
        np.copyto(output, np.inf, where=up)
        np.copyto(output, -np.inf, where=down)
        np.copyto(output, np.nan, where=neither)

    def _run_apart(self, cell: Cell, workers: int | None) -> None:
        """Convolve small samples apart, for outputs that no large ones reach."""
        signal, kernel, output = cell.signal, cell.kernel, cell.output
        kept = self.keep(kernel, False)
        flags = self._transform(signal, kept, output, 0, workers)
        if not self._tiles.kinds(flags)["drowned"].any():
            return
        large = self._hiding(signal)
        apart = ~self._meeting(output, workers)(large, kernel != 0)
        if not apart.any():
            return
        # what was read from outside, too, is a copy already
        rest = signal if signal.flags.owndata else signal.copy()
        rest[large] = 0
        precise = np.empty(output.shape, output.dtype)
        self._transform(rest, kept, precise, 0, workers)
        np.copyto(output, precise, where=apart)

    def _hiding(self, signal: NDArray[Any]) -> NDArray[np.bool_]:
        """Tell which samples are so large that their rounding hides others."""
        size = np.abs(signal.astype(np.result_type(signal, self._compute), copy=False))
        large: NDArray[np.bool_] = size >= size.max() * np.finfo(self._compute).eps
        return large

    def _meeting(
        self, output: NDArray[Any], workers: int | None
    ) -> Callable[[NDArray[np.bool_], NDArray[np.bool_]], NDArray[np.bool_]]:
        """Return a function that tells where chosen samples meet chosen taps."""
        counting = self._counting("f4")
        # rounding would leave counts too close to the next one
        if _tiling(counting).positions * counting.taps >= _COUNTED:
            counting = self._counting("f8")
        engine, counts = _prepare(counting), counting.output_type

        def meet(
            samples: NDArray[np.bool_], taps: NDArray[np.bool_]
        ) -> NDArray[np.bool_]:
            found = np.zeros(output.shape, counts)
            if samples.any() and taps.any():
                chosen = engine.keep(taps.astype(counts), False)
                engine.run(samples.astype(counts), chosen, found, 0, workers)
            return found > 0.5

        return meet

    def _counting(self, name: str) -> Problem:
        """Replace the types of all numbers of the problem."""
        kind = np.dtype(name)
        return self._problem._replace(
            signal_type=kind, kernel_type=kind, output_type=kind
        )


def _mend_cell(
    cell: Cell, spoilt: bool, transforms: float, workers: int | None
) -> None:
    """Compute a cell anew; `transforms`: how many take as long as all direct sums."""
    real = cell.problem.output_type.kind == "f"
    if spoilt and real and transforms > _MARKS and not np.isfinite(cell.signal).all():
        _prepare(cell.problem)._run_finite(cell, workers)
    elif spoilt or transforms <= _PARTS:
        engine = _prepare_direct(cell.problem)
        engine.run(cell.signal, cell.kernel, cell.output, 0, workers)
    else:
        _prepare(cell.problem)._run_apart(cell, workers)
    cell.finish()


def _summable(kernel: NDArray[Any], compute: np.dtype) -> tuple[NDArray[Any], ...]:
    """Copy a kernel as parts whose sums are more precise than the compute type."""
    precise = np.result_type(np.float64, compute)
    if kernel.dtype.kind == "c":
        precise = np.result_type(precise, np.complex64)
    rest = kernel.astype(precise, "C")
    if compute != np.float64:
        return (rest,)
    # whole multiples of a step, so few that any number of them, and half of one, adds
    # up exactly
    reals = rest.view(compute)
    _, exponent = np.frexp(max(reals.max(), -reals.min()))
    step = np.ldexp(1.0, max(int(exponent) + kernel.size.bit_length() - 52, _LEAST))
    whole = reals / step
    np.rint(whole, out=whole)
    whole *= step
    reals -= whole
    return whole.view(precise), rest


def prepare(problem: Problem) -> OverlapAdd:
    """Plan `problem`."""
    return OverlapAdd(problem)


# those that mend tiles
_prepare = lru_cache(_TILINGS)(prepare)
_prepare_direct = lru_cache(_TILINGS)(direct.prepare)
