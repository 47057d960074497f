"""The overlap-add engine: tiles of the output, by transforms of our own.

Tiles read the samples that their outputs need, which are disjoint (overlap-save). Where
nothing lies outside the signal, and it takes fewer tiles, their samples are disjoint
instead, and outputs that tiles share are summed (overlap-add). Threads take a tile
each, or, where tiles are few, share one phase by phase. Integers are exact: they
are cut into limbs small enough for every sum to round to the right integer. What the
samples of a tile have in common is left out of its transforms, and what the kernel
makes of that is added to the outputs, so sums of one sign are more precise. Tiles with
numbers that are not finite are computed by the direct engine, or, where that takes too
long, without those numbers, which are then written wherever they reach.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache, partial
from itertools import product
from math import ceil, log2, prod
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .. import boundary, cost, cpu, threads
from ..dtypes import ELEMENT_TYPES, element_name, real_type
from ..memory import empty, outgrows_caches
from ..problem import Axis, Problem
from . import direct
from .kept import Kept, Recent
from .limbs import Limbs, cut, largest
from .tiling import LARGE, USUAL, WIDE, Extent, Tiling
from .transform import radices, transform, twist

NAME = "fft"

# Share of tiles with numbers that are not finite from which all are computed anew.
_MANY = 0.5
# Convolutions by transforms that it takes to find out where such numbers reach.
_MARKS = 6
# Bytes of a tile up to which caches have room for the samples of the next one.
_ROOMY = 4 << 20
# Bytes of a row from which on it is worth fetching ahead, however little is stored.
_LONG = 1 << 10
_TILINGS = 64
# Bytes that outputs begin at multiples of, where that takes no more tiles.
_LINE = 64
# Exponent of the least number of double precision.
_LEAST = -1074
# Points computed between two looks for Ctrl-C.
_POLL = 1e6

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
    usual = Tiling(problem, compute, USUAL)
    if not cpu.wide() or compute.itemsize > 8 or usual.forms == ["panels"]:
        return usual
    return min(usual, Tiling(problem, compute, WIDE), key=lambda tiling: tiling.weight)


class _Round(NamedTuple):
    """Blocks that may be computed at the same time, and how many places they have."""

    blocks: NDArray[np.intp]
    """First block along each axis, distance to the next, number."""
    places: int


class OverlapAdd:
    """A planned convolution by transforms of tiles."""

    name = NAME

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._compute = _compute(problem)
        self._element = element_name(self._compute)
        self._tiling = _tiling(problem)
        self._module = cpu.kernels(self._tiling.kernel, self._element)
        self.exact = problem.output_type.kind in "biu"
        self._outside_zero = np.zeros(2, self._compute)
        self._lay_out()

    def __repr__(self) -> str:
        tiling = self._tiling
        shape = "x".join(str(n) for n in tiling.points)
        return (
            f"fft, {self._tiles} tiles, {tiling.form} of {shape} points, "
            f"{self._compute.name}"
        )

    @property
    def operations(self) -> float:
        """Additions and multiplications of all transforms, there and back, about."""
        points = prod(self._tiling.points)
        width = self._tiling.width if self._tiling.form == "columns" else 1
        return self._places * width * 8.5 * points * log2(max(points, 2))

    def memory(self, workers: int) -> int:
        """Return how many bytes a call takes beside its arrays."""
        number, together = self._workers(workers, self._tiles)
        tile = int(self._program.tile)
        tiles = 1 if together else number
        return self.spectra_bytes + tiles * tile + number * (self._scratch_bytes - tile)

    def _lay_out(self) -> None:
        """Describe axes, places and scratch to the kernel."""
        tiling = self._tiling
        lanes = tiling.lanes
        points = dict(zip(tiling.transformed, tiling.points, strict=False))
        riding, columns = tiling.form == "riders", tiling.form == "columns"
        last = tiling.transformed[-1]
        axes: list[dict[str, int]] = []
        numbers = [a for a in tiling.batch if not (columns and a == tiling.batch[-1])]
        for a in numbers:
            axes.append(self._batch_axis(a, 1))
        for a in tiling.transformed:
            if tiling.form == "twisted":
                rows, row = tiling.points
                axes.append(self._rows_axis(rows, row))
                axes.append(self._transformed_axis(a, rows * row, True))
                axes[-1]["points"] = row
                numbers.append(-1)
            else:
                axes.append(self._transformed_axis(a, points[a], a == last))
            numbers.append(a)
        if columns:
            axes.append(self._batch_axis(tiling.batch[-1], tiling.width))
            numbers.append(tiling.batch[-1])
        own_riders = riding and tiling.has_own_lanes
        varying = [numbers.index(a) for a in tiling.varying]
        fixed = [i for i in range(len(axes)) if i not in varying]
        order = fixed + varying if own_riders else varying + fixed
        self._places = prod(axis["blocks"] * axis["phases"] for axis in axes)
        items = prod(axes[i]["blocks"] for i in varying)
        period = 1
        if riding:
            period = items if own_riders else self._places // items
        groups = ceil(period / lanes) if riding else 1
        self._tiles = self._places // period * groups
        self._axes, self._order = axes, order
        self._rounds = _rounds(axes)
        own = own_riders or (not riding and not columns)
        own = own or (columns and tiling.batch[-1] in tiling.varying)
        spectrum = 2 * prod(tiling.points)
        if own:
            rows = lanes if riding else prod(axis["points"] for axis in axes[:-1])
            width = axes[-1]["points"]
            spectrum = 2 * ceil(rows / lanes) * lanes * width
            if columns:
                spectrum = 2 * prod(tiling.points) * width
        twisted = tiling.form == "twisted"
        sums = 2 * tiling.points[-1]
        # beyond its taps a kernel makes the same of ones everywhere
        taps = tiling.extents[last].taps
        if self.exact:
            sums = 0
        elif tiling.planes == 2:
            sums = 2
        elif twisted:
            sums *= ceil(taps / sums)
        elif columns:
            sums = min(sums, taps)
        elif riding and lanes > 1:
            sums = min(sums, (ceil(taps / lanes) + 1) * lanes)
        # where lanes have a kernel each
        responses = lanes if own_riders else tiling.width if columns and own else 1
        sums *= responses
        self._spectra_shape = (groups if own_riders else items, spectrum + sums)
        self._sums, self._responses, self._last = sums, responses, last
        shape = {
            "period": period,
            "own": own,
            "panels": not columns,
            "last": numbers.index(last),
            "early": self._early(axes) if not columns else -1,
            "planes": tiling.planes,
            "spectrum": spectrum,
            "sums": sums,
            "responses": responses,
            "poll": int(_POLL // lanes),
            "streams": self._streams(),
            **self._operands(),
        }
        self._program = self._analyst = self._build(self._element, shape, 0, False)
        element, narrow, alone = self._element, 0, columns and not own
        if element == "float32":
            # a kernel's spectrum is a third of all roundings, unless it is rounded once
            element = "float64"
            narrow = lanes // cpu.kernels(tiling.kernel, element).VECTOR
        if narrow or alone:
            self._analyst = self._build(element, shape, narrow, alone)
        self.spectra_bytes = prod(self._spectra_shape) * self._compute.itemsize
        self._scratch_bytes = int(self._program.scratch)
        parts, steps = self._program.parts, self._program.steps
        self._whole = self._module.PHASES.index("all")
        self._phases = [
            (self._module.PHASES.index(phase), count)
            for phase, count in (("pack", steps), ("compute", parts), ("store", steps))
        ]

    def _build(
        self, element: str, shape: dict[str, int], narrow: int, alone: bool
    ) -> Any:
        """Return the kernel's program for tiles computed in an element type.

        `narrow`: how many of its vectors fill one of single precision, in which spectra
        are kept; 0: they are kept in the element type. `alone`: a tile has one vector
        of columns only, for a kernel that they share.
        """
        tiling, module = self._tiling, cpu.kernels(self._tiling.kernel, element)
        lanes, axes = module.VECTOR, [dict(axis) for axis in self._axes]
        if alone:
            axes[-1]["points"] = lanes
        riding, twisted = tiling.form == "riders", tiling.form == "twisted"
        transforms: list[Any] = [None] * len(axes)
        pitch = row = 2
        for i, axis in reversed(list(enumerate(axes))):
            axis["pitch"] = pitch
            # a line more than a power of two, or columns share few lines of the cache
            pad = 2 * lanes if axis["points"] > 1 and pitch * axis["points"] > 2 else 0
            pitch = pitch * axis["points"] + pad
            if i == len(axes) - 1:
                row = pitch
            if axis["transformed"]:
                halved = bool(axis["half"]) and not (twisted and i == len(axes) - 1)
                if twisted and i == len(axes) - 2:
                    halved = tiling.planes == 1
                transforms[i] = transform(
                    tiling.kernel, element, axis["points"], halved
                )
        tile = lanes * row if riding else pitch + row
        size = self._compute.itemsize
        worth = shape["streams"] or 2 * axes[-1]["points"] * size >= _LONG
        sizes = {
            "riders": lanes if riding else 1,
            "row": row if riding else pitch,
            "tile": tile,
            "fetches": worth and tile * size <= _ROOMY,
            "panel": 2 * lanes * axes[-1]["points"] if shape["panels"] else 0,
            "line": axes[-1]["points"] + lanes,
            "narrow": narrow,
        }
        return module.Program(
            np.array([{**shape, **sizes}[name] for name in module.SHAPE], np.intp),
            np.array([[axis[name] for name in module.AXIS] for axis in axes], np.intp),
            np.array(self._order, np.intp),
            tuple(transforms),
            self._twist(element) if twisted else None,
        )

    def _twist(self, element: str) -> NDArray[Any]:
        tiling = self._tiling
        return twist(tiling.kernel, element, *tiling.points, tiling.planes == 1)

    def _early(self, axes: list[dict[str, int]]) -> int:
        """Axis whose outer pass can be run on rows while they are packed, or -1."""
        for i, axis in enumerate(axes[:-1]):
            if axis["transformed"]:
                radix, *inner = radices(axis["points"])
                rows = prod(other["points"] for other in axes[i:-1]) // radix
                return i if inner and rows % self._tiling.lanes == 0 else -1
        return -1

    def _operands(self) -> dict[str, int]:
        problem, module = self._problem, self._module
        output = real_type(problem.output_type)
        return {
            "signal_element": _element(module, problem.signal_type),
            "signal_swapped": not problem.signal_type.isnative,
            "signal_planes": 2 if problem.signal_type.kind == "c" else 1,
            "signal_reversed": problem.signal_reversed,
            "signal_conjugated": problem.signal_conjugated,
            "kernel_element": _element(module, problem.kernel_type),
            "kernel_swapped": not problem.kernel_type.isnative,
            "kernel_planes": 2 if problem.kernel_type.kind == "c" else 1,
            # a correlation's sum runs against the convolution's that transforms do
            "kernel_reversed": not problem.kernel_reversed,
            "kernel_conjugated": problem.kernel_conjugated,
            "storing": module.STORING.index(self._storing(output)),
            "integer": output.itemsize if output.kind in "iu" else 0,
        }

    def _storing(self, output: np.dtype) -> str:
        narrowed = output == np.float32 and self._compute != output
        return "single" if narrowed else ELEMENT_TYPES[output].storing

    def _described(self, axis: Axis) -> dict[str, int]:
        rule = boundary.BOUNDARIES[self._problem.boundary]
        return {
            "half": 0,
            "along": 0,
            "samples": axis.samples,
            "boundary": rule.rule,
            "period": rule.period(axis.samples),
            "mirror": rule.mirror(axis.samples),
            "signal": -1 if axis.signal is None else axis.signal,
            "kernel": -1 if axis.kernel is None else axis.kernel,
            "output": axis.output,
            "outputs": axis.outputs,
            "convolved": axis.convolved,
        }

    def _batch_axis(self, a: int, width: int) -> dict[str, int]:
        """Describe an axis that isn't transformed; a tile takes `width` signals."""
        axis = self._problem.axes[a]
        varies = a in self._tiling.varying
        return {
            **self._described(axis),
            "kernel": axis.kernel if varies and axis.kernel is not None else -1,
            "boundary": boundary.CONSTANT,
            "points": width,
            "transformed": False,
            "blocks": ceil(axis.outputs / width),
            "phases": 1,
            "adds": False,
            "keep": 0,
            "kept": width,
            "stride": 1,
            "origin": axis.offset,
            "hop": width * axis.stride,
            "shift": 0,
            "step": axis.stride,
            "taps": axis.outputs if varies else width,
        }

    def _rows_axis(self, rows: int, row: int) -> dict[str, int]:
        """Describe the rows that a single long transform is cut into."""
        one = Axis(1, 1, 0, 1, 1, 1, False, None, None, 0)
        return {
            **self._described(one),
            "output": -1,
            "boundary": boundary.CONSTANT,
            "points": rows,
            "along": row,
            "transformed": True,
            "blocks": 1,
            "phases": 1,
            "adds": False,
            "keep": 0,
            "kept": 1,
            "stride": 1,
            "origin": 0,
            "hop": 0,
            "shift": 0,
            "step": 1,
            "taps": 1,
        }

    def _transformed_axis(self, a: int, points: int, halved: bool) -> dict[str, int]:
        axis, extent = self._problem.axes[a], self._tiling.extents[a]
        halved = halved and self._tiling.planes == 1
        length = points * 2 if halved else points
        kept, adds = extent.kept(length), extent.adds(length)
        reads_all = adds or (extent.whole and length >= extent.whole)
        keep = axis.taps - 1 + (axis.offset if reads_all else 0)
        early = 0
        if a == len(self._problem.axes) - 1 and not adds:
            early, kept = self._aligned(extent, length, keep, kept)
        return {
            **self._described(axis),
            "points": points,
            "half": points if halved else 0,
            "transformed": True,
            "blocks": extent.places(length) // extent.phases,
            "phases": extent.phases,
            "adds": adds,
            "keep": keep + early,
            "kept": kept,
            "stride": extent.stride,
            "origin": (0 if reads_all else axis.offset) - early * extent.step,
            "hop": kept * extent.stride * extent.step,
            "shift": axis.stride,
            "step": extent.step,
            "taps": axis.taps,
        }

    def _aligned(
        self, extent: Extent, length: int, keep: int, kept: int
    ) -> tuple[int, int]:
        """How much earlier a tile begins, and what it stores, for aligned outputs."""
        if extent.stride > 1 or extent.phases > 1:
            return 0, kept
        tiles = ceil(extent.outputs / kept)
        for size in (_LINE, self._compute.itemsize * self._tiling.lanes):
            grain = size // self._compute.itemsize
            early = -keep % grain
            if extent.whole and length >= extent.whole:
                if length >= extent.whole + early:
                    return early, kept
                continue
            room = min(length - extent.taps + 1, kept)
            fewer = (room - early) // grain * grain
            if fewer > 0 and ceil(extent.outputs / fewer) == tiles:
                return early, fewer
        return 0, kept

    def _streams(self) -> bool:
        """Whether outputs are stored past the caches."""
        problem = self._problem
        large = outgrows_caches(problem.outputs, problem.output_type)
        return large and self._tiling.form != "riders"

    def analyse(
        self, kernel: NDArray[Any], limb: tuple[int, int, bool, int]
    ) -> NDArray[Any]:
        """Compute the spectra of a kernel, or of one limb of it."""
        spectra = empty(self._spectra_shape, self._compute)
        if self._element == "float32":
            # not all vectors need be filled
            spectra.fill(0)
        scratch = self._scratch(self._analyst, True)
        self._analyst.analyse(kernel, spectra, limb, scratch)
        if self._sums:
            self._respond_to_ones(kernel, spectra[:, -self._sums :])
        return spectra

    def _respond_to_ones(self, kernel: NDArray[Any], sums: NDArray[Any]) -> None:
        """Compute what each item of a kernel makes of a tile of ones, by position.

        Beyond the end of a tile samples come again, if real with their sign changed.
        """
        problem = self._problem
        along = problem.axes[self._last].kernel
        assert along is not None
        axes = [self._axes[i] for i in self._order]
        items = [
            axis["kernel"]
            for axis in axes
            if axis["kernel"] >= 0 and not axis["convolved"]
        ]
        rest = tuple(a for a in range(kernel.ndim) if a != along and a not in items)
        # of lanes with a kernel each, side by side
        abreast = self._responses
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

    def _scratch(self, program: Any, with_tile: bool) -> NDArray[np.uint8]:
        size = program.scratch if with_tile else program.scratch - program.tile
        # the pool would keep in vain what only a kernel takes
        make = np.empty if size > max(self._scratch_bytes, LARGE) else empty
        return make((size,), np.dtype(np.uint8))

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
        problem = self._problem
        if not kept.finite:
            self._run_direct(problem, signal, kept.kernel, output, constant, workers)
            return
        flags = [np.zeros(places, np.uint8) for _, places in self._rounds]
        limbs = weights = Limbs(1, 0)
        if self.exact:
            most = max(largest(signal), abs(int(constant)))
            points = prod(self._tiling.points) * self._tiling.halves
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
        if any(some.any() for some in flags):
            self._mend(signal, kept, output, constant, flags, workers)

    def _run_tiles(
        self,
        signal: NDArray[Any],
        spectra: NDArray[Any],
        output: NDArray[Any],
        outside: NDArray[Any],
        limb: tuple[int, int, bool, int],
        shift: int,
        adding: bool,
        flags: list[NDArray[np.uint8]],
        workers: int | None,
    ) -> None:
        for (blocks, places), some in zip(self._rounds, flags, strict=True):
            tiles = self._tiles * places // self._places
            number, together = self._workers(workers, tiles)
            shared = None
            if together:
                shared = empty((self._program.tile,), np.dtype(np.uint8))
            operands = (
                signal, spectra, output, outside, limb, shift, adding, blocks, some,
            )  # fmt: skip
            body = partial(self._run_phase, operands, shared)
            if number == 1:
                body(self._whole, 0, 0, tiles, None)
            elif together:
                phases = product(range(tiles), self._phases)
                threads.run_phases(
                    [(count, partial(body, i, tile)) for tile, (i, count) in phases],
                    number,
                )
            else:
                threads.run_ranges(tiles, number, partial(body, self._whole, 0))

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
        scratch = self._scratch(self._program, shared is None)
        self._program.run(*operands, phase, tile, first, last, stop, scratch, shared)

    def _workers(self, workers: int | None, tiles: int) -> tuple[int, bool]:
        """Tell how many threads pay, and whether tiles are shared by all of them."""
        if self._tiling.seconds <= cost.THREADS_PAY:
            return 1, False
        number = threads.resolve(workers)
        # tiles for large kernels are large: as many as three spectra would take
        room = number * LARGE + 2 * self.spectra_bytes
        apart = max(1, min(number, tiles, room // self._scratch_bytes))
        parts = self._program.parts
        together = min(number, parts)
        worth = self._tiling.seconds > self._tiles * cost.SHARING_PAYS
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
        kept: Kept,
        output: NDArray[Any],
        constant: Any,
        flags: list[NDArray[np.uint8]],
        workers: int | None,
    ) -> None:
        """Put right the tiles that hold numbers which are not finite."""
        problem, kernel = self._problem, kept.kernel
        share = sum(int(some.sum()) for some in flags) / self._places
        if (
            problem.output_type.kind == "f"
            and direct.seconds(problem) * share > _MARKS * self._tiling.seconds
            and np.isfinite(constant)
        ):
            finite = np.isfinite(signal)
            if not finite.all():
                cleaned = signal.copy()
                cleaned[~finite] = 0
                self.run(cleaned, kept, output, constant, workers)
                self._mark(signal, kernel, output, workers)
                return
        if share >= _MANY:
            self._run_direct(problem, signal, kernel, output, constant, workers)
            return
        spoilt = (
            (blocks, int(place))
            for (blocks, _), some in zip(self._rounds, flags, strict=True)
            for place in np.flatnonzero(some)
        )
        for blocks, place in spoilt:
            axes, chosen = list(problem.axes), [slice(None)] * len(problem.axes)
            taken = [slice(None)] * signal.ndim
            weights = [slice(None)] * kernel.ndim
            for a, first, count, step in self._outputs_of(blocks, place):
                axis = axes[a]
                last = min(first + step * (count - 1) + 1, axis.outputs)
                outputs = ceil((last - first) / step)
                chosen[axis.output] = slice(first, last, step)
                if axis.convolved:
                    axes[a] = axis._replace(
                        offset=axis.offset + axis.stride * first,
                        stride=axis.stride * step,
                        outputs=outputs,
                    )
                    continue
                axes[a] = axis._replace(samples=outputs, outputs=outputs)
                if axis.signal is not None:
                    taken[axis.signal] = slice(first, last)
                if axis.kernel is not None:
                    weights[axis.kernel] = slice(first, last)
            self._run_direct(
                problem._replace(axes=tuple(axes)), signal[tuple(taken)],
                kernel[tuple(weights)], output[tuple(chosen)], constant, workers,
            )  # fmt: skip

    def _mark(
        self,
        signal: NDArray[Any],
        kernel: NDArray[Any],
        output: NDArray[Any],
        workers: int | None,
    ) -> None:
        """Write NaN and infinities where samples that are not finite reach."""
        truth = np.dtype(bool)
        engine = OverlapAdd(
            self._problem._replace(
                signal_type=truth, kernel_type=truth, output_type=truth
            )
        )

        def meet(samples: NDArray[Any], taps: NDArray[Any]) -> NDArray[Any]:
            found = np.zeros(output.shape, truth)
            if samples.any() and taps.any():
                engine.run(samples, engine.keep(taps, True), found, False, workers)
            return found

        above, below = signal == np.inf, signal == -np.inf
        up = meet(above, kernel > 0) | meet(below, kernel < 0)
        down = meet(above, kernel < 0) | meet(below, kernel > 0)
        neither = meet(np.isnan(signal), np.ones(kernel.shape, truth))
        neither |= meet(above | below, kernel == 0) | (up & down)
        np.copyto(output, np.inf, where=up)
        np.copyto(output, -np.inf, where=down)
        np.copyto(output, np.nan, where=neither)

    def _outputs_of(
        self, blocks: NDArray[np.intp], place: int
    ) -> Iterator[tuple[int, int, int, int]]:
        """Axis, first output, number of outputs and their distance, of one place."""
        for i in reversed(self._order):
            axis = self._axes[i]
            place, phase = divmod(place, axis["phases"])
            place, block = divmod(place, int(blocks[i, 2]))
            block = int(blocks[i, 0] + blocks[i, 1] * block)
            if axis["output"] < 0:
                continue
            a = [axis.output for axis in self._problem.axes].index(axis["output"])
            step, kept = axis["phases"], axis["kept"]
            first = phase + step * kept * block
            if axis["adds"]:
                beyond = kept * (block + 1) - axis["keep"] + axis["taps"] - 1
                first = max(0, kept * block - axis["keep"])
                kept = beyond - first
            yield a, first, kept, step

    @staticmethod
    def _run_direct(
        problem: Problem,
        signal: NDArray[Any],
        kernel: NDArray[Any],
        output: NDArray[Any],
        constant: Any,
        workers: int | None,
    ) -> None:
        direct.prepare(problem).run(signal, kernel, output, constant, workers)


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


def _rounds(axes: list[dict[str, int]]) -> list[_Round]:
    """Tell which blocks may be computed at the same time.

    Even blocks store outputs that odd ones, which come later, add to: along each axis.
    """
    every = np.array([[0, 1, axis["blocks"]] for axis in axes], np.intp)
    shared = [i for i, axis in enumerate(axes) if axis["adds"]]
    phases = prod(axis["phases"] for axis in axes)
    rounds = []
    for parity in product((0, 1), repeat=len(shared)):
        blocks = every.copy()
        for i, odd in zip(shared, parity, strict=True):
            blocks[i] = odd, 2, (axes[i]["blocks"] + 1 - odd) // 2
        rounds.append(_Round(blocks, phases * prod(blocks[:, 2].tolist())))
    return rounds


def _element(module: ModuleType, dtype: np.dtype) -> int:
    return int(module.ELEMENTS.index(element_name(real_type(dtype))))


def prepare(problem: Problem) -> OverlapAdd:
    """Plan `problem`."""
    return OverlapAdd(problem)
