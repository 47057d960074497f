"""The tiles of a convolution by transforms: axes, places, spectra, programs.

What a tiling chose becomes the integers that src/overlap_add.pyx follows, once per
problem.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import ceil, prod
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .. import boundary, cpu
from ..dtypes import ELEMENT_TYPES, element_name, real_type
from ..problem import Axis
from .tiling import Extent, Tiling
from .transform import radices, transform, twist

# Bytes of a tile up to which caches have room for the samples of the next one.
_ROOMY = 4 << 20
# Bytes of outputs from which on they are stored past the caches, where tiles lie, too.
_STREAMED = 1 << 20
# Bytes of a row from which on it is worth fetching ahead, however little is stored.
_LONG = 1 << 10
# Bytes of outputs from which on samples of riders come from memory.
_FAR = 16 << 20
# Bytes that outputs begin at multiples of, where that takes no more tiles.
_LINE = 64
# Bytes of a tile's blocks, and of rows that early passes take together: what the L2
# cache has room for.
_BLOCK, _ROWS = 1 << 20, 1 << 20
# The same of rows that one early pass takes together, and the L1 cache.
_NEAR = 24 << 10
# Tiles up to which each is computed anew alone, and outputs of cells of many of them;
# outputs of a cell, unless too many share a sample.
_FEW, _CELL, _MOST = 64, 1 << 16, 1 << 17
# Points computed between two looks for Ctrl-C.
_POLL = 1e6


class Round(NamedTuple):
    """Blocks that may be computed at the same time."""

    blocks: NDArray[np.intp]
    """First block along each axis, distance to the next, number."""
    places: slice
    """Of all blocks' places, theirs."""
    tiles: int
    """How many they fill."""


class Tiles:
    """The tiles that a tiling chose, as the kernel takes them."""

    def __init__(self, tiling: Tiling) -> None:
        self._tiling = tiling
        self._problem = tiling.problem
        self._module = cpu.kernels(tiling.kernel, tiling.compute)
        self._describe_axes()
        axes, lanes, form = self.axes, tiling.lanes, tiling.form
        own_riders = form == "riders" and tiling.has_own_lanes
        own_columns = form == "columns" and tiling.batch[-1] in tiling.varying
        varying = [self._numbers.index(a) for a in tiling.varying]
        fixed = [i for i in range(len(axes)) if i not in varying]
        self.order = fixed + varying if own_riders else varying + fixed
        self.places = prod(axis["blocks"] * axis["phases"] for axis in axes)
        items, period = prod(axes[i]["blocks"] for i in varying), 1
        if form == "riders":
            period = items if own_riders else self.places // items
        groups = ceil(period / lanes)
        self.number = self.places // period * groups
        self.rounds = _rounds(axes, groups / period)
        # lanes that have a kernel each
        self.responses = lanes if own_riders else tiling.width if own_columns else 1
        self.sums = self._measure_sums() * self.responses
        own = own_riders or own_columns or form in ("panels", "twisted")
        spectrum = self._measure_spectrum(own)
        self.spectra_shape = (groups if own_riders else items, spectrum + self.sums)
        self.spectra_bytes = prod(self.spectra_shape) * tiling.itemsize
        shape = {
            "period": period,
            "own": own,
            "panels": form != "columns",
            "last": self._numbers.index(tiling.transformed[-1]),
            **self._early(),
            "planes": tiling.planes,
            "spectrum": spectrum,
            "sums": self.sums,
            "responses": self.responses,
            "poll": int(_POLL // lanes),
            "streams": self._streams(),
            **self._operands(),
        }
        self.program = self.analyst = self._build(tiling.compute, shape, 0, False)
        narrow, alone = 0, form == "columns" and not own
        if tiling.analysed != tiling.compute:
            narrow = lanes // cpu.kernels(tiling.kernel, tiling.analysed).VECTOR
        if narrow or alone:
            self.analyst = self._build(tiling.analysed, shape, narrow, alone)
        steps = {
            "pack": self.program.steps,
            "compute": self.program.parts,
            "store": self.program.steps,
        }
        # what flags tell of a tile, in this order: numbers that are not finite have
        # spoilt it, or some samples have drowned in others' rounding
        self.flags = self._module.FLAGS
        self.whole = self._module.PHASES.index("all")
        self.phases = [
            (self._module.PHASES.index(phase), count) for phase, count in steps.items()
        ]

    def _describe_axes(self) -> None:
        """Describe all axes to the kernel, those of a tile's columns and rows last."""
        tiling = self._tiling
        columns = tiling.form == "columns"
        numbers = tiling.batch[:-1] if columns else [*tiling.batch]
        axes = [self._batch_axis(a, 1) for a in numbers]
        if tiling.form == "twisted":
            (a,), (rows, row) = tiling.transformed, tiling.points
            axes.append(self._rows_axis(rows, row))
            axes.append(self._transformed_axis(a, rows * row, True))
            axes[-1]["points"] = row
            numbers += [-1, a]
        else:
            for a, points in zip(tiling.transformed, tiling.points, strict=True):
                halved = a == tiling.transformed[-1]
                axes.append(self._transformed_axis(a, points, halved))
                numbers.append(a)
        if columns:
            axes.append(self._batch_axis(tiling.batch[-1], tiling.width))
            numbers.append(tiling.batch[-1])
        self.axes, self._numbers = axes, numbers

    def _measure_spectrum(self, own: bool) -> int:
        """Count the reals of a spectrum; `own`: one for each lane, or row."""
        tiling, points = self._tiling, prod(self._tiling.points)
        if not own:
            return 2 * points
        if tiling.form == "columns":
            return 2 * points * tiling.width
        lanes, width = tiling.lanes, tiling.points[-1]
        rows = lanes if tiling.form == "riders" else points // width
        return 2 * ceil(rows / lanes) * lanes * width

    def _measure_sums(self) -> int:
        """Count the reals by which a kernel's response to ones is kept."""
        tiling = self._tiling
        lanes, row = tiling.lanes, 2 * tiling.points[-1]
        taps = tiling.extents[tiling.transformed[-1]].taps
        if tiling.problem.output_type.kind in "biu":
            return 0
        if tiling.planes == 2:
            return 2
        if tiling.form == "twisted":
            return row * ceil(taps / row)
        # beyond its taps a kernel makes the same of ones everywhere
        if tiling.form == "columns":
            return min(row, taps)
        if tiling.form == "riders" and lanes > 1:
            return min(row, (ceil(taps / lanes) + 1) * lanes)
        return row

    def _build(
        self, element: str, shape: dict[str, int], narrow: int, alone: bool
    ) -> Any:
        """Return the kernel's program for tiles computed in an element type.

        `narrow`: how many of its vectors fill one of single precision, in which spectra
        are kept; 0: they are kept in the element type. `alone`: a tile has one vector
        of columns only, for a kernel that they share.
        """
        tiling = self._tiling
        module = cpu.kernels(tiling.kernel, element)
        lanes, axes = module.VECTOR, [dict(axis) for axis in self.axes]
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
                    tiling.kernel, element, self._passes(i), halved
                )
        tile = lanes * row if riding else pitch + row
        size = tiling.itemsize
        worth = shape["streams"] or 2 * axes[-1]["points"] * size >= _LONG
        if riding:
            worth = self._problem.output_bytes >= _FAR
        together = tile * size + self.spectra_bytes
        sizes = {
            "riders": lanes if riding else 1,
            "row": row if riding else pitch,
            "tile": tile,
            "fetches": worth and tile * size <= _ROOMY,
            "distant": together > _BLOCK and shape["own"] and shape["panels"],
            "panel": 2 * lanes * axes[-1]["points"] if shape["panels"] else 0,
            "line": axes[-1]["points"] + lanes,
            "narrow": narrow,
        }
        return module.Program(
            np.array([{**shape, **sizes}[name] for name in module.SHAPE], np.intp),
            np.array([[axis[name] for name in module.AXIS] for axis in axes], np.intp),
            np.array(self.order, np.intp),
            tuple(transforms),
            self._twist(element),
        )

    def _twist(self, element: str) -> NDArray[Any] | None:
        tiling = self._tiling
        if tiling.form != "twisted":
            return None
        rows, points = self._passes(len(self.axes) - 2), tiling.points[1]
        return twist(tiling.kernel, element, rows, points, tiling.planes == 1)

    @property
    def _early_axis(self) -> int:
        """Axis whose outer passes can be run on rows just packed; -1: there is none."""
        a = next(i for i, axis in enumerate(self.axes) if axis["transformed"])
        alone = self._tiling.form == "columns" or a == len(self.axes) - 1
        return -1 if alone else a

    def _passes(self, i: int) -> tuple[int, ...]:
        """Radices of the passes along an axis.

        Early ones are large, for they should be few, but blocks are to fill panels, and
        rows to stay in the L1 cache.
        """
        axes, lanes = self.axes, self._tiling.lanes
        *left, leaf = radices(axes[i]["points"], self._tiling.registers)
        if i != self._early_axis:
            return (*left, leaf)
        row = axes[-1]["points"] * 2 * self._tiling.itemsize
        rows, early = prod(axis["points"] for axis in axes[i:-1]), []
        while left:
            fitting = [
                radix
                for radix in left
                if rows // radix % lanes == 0 and radix * row <= _NEAR
            ]
            early.append(max(fitting, default=left[0]))
            left.remove(early[-1])
            rows //= early[-1]
        return (*early, leaf)

    def _early(self) -> dict[str, int]:
        """Tell how many outer passes are run on rows while they are packed, and where.

        One of them, or as many as it takes for a block to stay in the cache that those
        rows stay in; one only where rows are those of one long transform.
        """
        tiling, axes = self._tiling, self.axes
        found = {"early": -1, "early_passes": 0}
        a = self._early_axis
        if a < 0:
            return found
        *outer, _ = self._passes(a)
        rows = prod(axis["points"] for axis in axes[a:-1])
        size = rows * axes[-1]["points"] * 2 * tiling.itemsize
        parts = 1
        for passes, radix in enumerate(outer, 1):
            parts *= radix
            together = parts * size // axes[a]["points"]
            if rows // parts % tiling.lanes or (passes > 1 and together > _ROWS):
                break
            found = {"early": a, "early_passes": passes}
            if size // parts <= _BLOCK or tiling.form == "twisted":
                break
        return found

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
        narrowed = output == np.float32 and self._tiling.compute != output
        return "single" if narrowed else ELEMENT_TYPES[output].storing

    def _described(self, axis: Axis) -> dict[str, int]:
        return {**axis.described(self._problem.boundary), "half": 0, "along": 0}

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
        for size in (_LINE, self._tiling.itemsize * self._tiling.lanes):
            grain = size // self._tiling.itemsize
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
        large = self._problem.output_bytes >= _STREAMED
        return large and self._tiling.form != "riders"

    def kinds(self, flags: bytearray) -> dict[str, NDArray[np.bool_]]:
        """Tell of what kind of places flags are."""
        places = np.frombuffer(flags, bool).reshape(-1, self.places)
        return dict(zip(self.flags, places, strict=True))

    def cell(self, places: NDArray[np.bool_]) -> tuple[int, ...]:
        """Return the outputs of a cell along each axis.

        Those of a tile, or of many tiles where many are chosen. Large ones are halved
        along axes that leave at least as many as share a sample.
        """
        outputs = self._problem.shape
        sizes = {axis["output"]: axis["kept"] * axis["phases"] for axis in self.axes}
        cell = [min(n, sizes[a]) for a, n in enumerate(outputs)]
        room = _CELL if np.count_nonzero(places) > _FEW else 1
        for a, n in reversed(list(enumerate(outputs))):
            cell[a] = min(n, cell[a] * max(1, room // prod(cell)))
        shared = [max(1, axis.span / axis.stride) for axis in self._problem.axes]
        while prod(cell) > _MOST:
            a = max(range(len(cell)), key=lambda a: cell[a] / shared[a])
            if cell[a] < 2 * shared[a]:
                break
            cell[a] = ceil(cell[a] / 2)
        return tuple(cell)

    def cells(
        self, places: NDArray[np.bool_], cell: tuple[int, ...]
    ) -> NDArray[np.bool_]:
        """Tell which cells of the output hold outputs of chosen places."""
        outputs = self._problem.shape
        counts = [ceil(n / size) for n, size in zip(outputs, cell, strict=True)]
        found = np.zeros(counts, bool)
        for blocks, those, _ in self.rounds:
            chosen = np.flatnonzero(places[those])
            if not chosen.size:
                continue
            met: list[list[NDArray[np.intp]]] = [[] for _ in outputs]
            for a, first, last in self._outputs_of(blocks, chosen):
                begin, end = first // cell[a], last // cell[a]
                most = int((end - begin).max())
                met[a] = [np.minimum(begin + i, end) for i in range(most + 1)]
            for corner in product(*met):
                found[corner] = True
        return found

    def _outputs_of(
        self, blocks: NDArray[np.intp], places: NDArray[np.intp]
    ) -> Iterator[tuple[int, NDArray[np.intp], NDArray[np.intp]]]:
        """Axis, first and last output of each of some places."""
        for i in reversed(self.order):
            axis = self.axes[i]
            places, phase = np.divmod(places, axis["phases"])
            places, block = np.divmod(places, blocks[i, 2])
            block = blocks[i, 0] + blocks[i, 1] * block
            if axis["output"] < 0:
                continue
            step, kept = axis["phases"], axis["kept"]
            first = step * kept * block + phase
            last = first + step * (kept - 1)
            if axis["adds"]:
                first = np.maximum(first - axis["keep"], 0)
                last += axis["taps"] - 1 - axis["keep"]
            yield axis["output"], first, np.minimum(last, axis["outputs"] - 1)


def _rounds(axes: list[dict[str, int]], share: float) -> list[Round]:
    """Tell which blocks may be computed at the same time; `share`: tiles of a place.

    Even blocks store outputs that odd ones, which come later, add to: along each axis.
    """
    every = np.array([[0, 1, axis["blocks"]] for axis in axes], np.intp)
    shared = [i for i, axis in enumerate(axes) if axis["adds"]]
    phases = prod(axis["phases"] for axis in axes)
    rounds, before = [], 0
    for parity in product((0, 1), repeat=len(shared)):
        blocks = every.copy()
        for i, odd in zip(shared, parity, strict=True):
            blocks[i] = odd, 2, (axes[i]["blocks"] + 1 - odd) // 2
        number = phases * prod(blocks[:, 2].tolist())
        places = slice(before, before + number)
        rounds.append(Round(blocks, places, round(number * share)))
        before += number
    return rounds


def _element(module: ModuleType, dtype: np.dtype) -> int:
    return int(module.ELEMENTS.index(element_name(real_type(dtype))))
