"""How a convolution by transforms is tiled: form, lengths, places, pitches.

All of it is decided here, once per problem, as integers; src/overlap_add.pyx follows
it. A tile has one of four forms:

panels
    Columns along all convolved axes but the last, rows along that, in panels.
riders
    One convolved axis: blocks of it, and of all signals of a batch, ride as the rows
    of one panel.
twisted
    One convolved axis and few, long blocks: each is a tile of columns and rows.
columns
    The last axis is a batch, whose signals lie side by side: columns only.
"""

from __future__ import annotations

from math import ceil, gcd, prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .. import cost, cpu
from ..dtypes import element_name, real_type
from ..problem import Axis, Problem
from .transform import lengths, radices

# Bytes that a worker may take, beside three spectra.
LARGE = 4 << 20
# Bytes of a tile; more for large kernels: so many times as long along every axis, or
# along the only one.
_TILE = 6 << 20
_KERNELS, _KERNEL = 7, 5
# Most vectors of columns in a tile: enough that rows aren't short.
_WIDTH = 16
# Lengths per axis that are looked at where one, two, ... axes are convolved.
_LENGTHS = (1000, 32, 16, 8, 5)


class _Candidates(NamedTuple):
    """Lengths of one axis: points, tiles along it, cycles of its passes."""

    points: NDArray[Any]
    places: NDArray[Any]
    passes: NDArray[Any]


class _Choice(NamedTuple):
    weight: float
    """Cycles of all tiles, and what counts of the kernel's, by which they compare."""
    form: str
    points: tuple[int, ...]
    places: float
    cycles: float
    """Of one tile."""


def _lightest(
    form: str, lengths: list[NDArray[Any]], places: NDArray[Any], cycles: NDArray[Any]
) -> _Choice:
    """Return the choice of least weight, by places and cycles of all combinations."""
    weight = cost.weight(places, cycles)
    best = np.unravel_index(np.argmin(weight), weight.shape)
    points = tuple(int(length[k]) for length, k in zip(lengths, best, strict=True))
    return _Choice(
        float(weight[best]), form, points, float(places[best]), float(cycles[best])
    )


class Extent(NamedTuple):
    """One convolved axis of the problem, at the distance of two taps."""

    taps: int
    outputs: int
    """Of one phase of a dilation."""
    stride: int
    step: int
    phases: int
    whole: int
    """Positions of a tile that covers everything; 0: there is none."""
    samples: int
    """That tiles can share out, to add up their outputs; 0: they can't."""

    def kept(self, length: int) -> int:
        """Return how many outputs a tile of `length` positions can store."""
        if self.whole and length >= self.whole:
            return self.outputs
        return min(self.outputs, (length - self.taps) // self.stride + 1)

    def adds(self, length: int) -> bool:
        """Whether it takes fewer tiles where their outputs overlap."""
        if not self.samples or length >= self.whole or length < 2 * self.taps - 2:
            return False
        return ceil(self.samples / self.kept(length)) < ceil(
            self.outputs / self.kept(length)
        )

    def places(self, length: int) -> int:
        """Return how many such tiles it takes."""
        shared = self.samples if self.adds(length) else self.outputs
        return self.phases * ceil(shared / self.kept(length))

    def all_places(self, length: NDArray[Any]) -> NDArray[Any]:
        """Do the same for many lengths."""
        kept = np.minimum(self.outputs, (length - self.taps) // self.stride + 1)
        places = -(-self.outputs // np.maximum(kept, 1))
        if self.samples:
            adding = -(-self.samples // np.maximum(kept, 1))
            overlapping = length >= 2 * self.taps - 2
            places = np.where(overlapping, np.minimum(places, adding), places)
        if self.whole:
            places = np.where(length >= self.whole, 1, places)
        return places * self.phases

    @property
    def most(self) -> int:
        """Positions beyond which nothing is gained."""
        span = self.stride * (self.outputs - 1) + self.taps
        return min(span, self.whole) if self.whole else span


def extent_of(axis: Axis, excludes_outside: bool, adds: bool) -> Extent:
    """Reduce an axis to positions whose distance is that of two taps."""
    common = gcd(axis.stride, axis.dilation)
    phases, stride = axis.dilation // common, axis.stride // common
    whole = 0
    first = axis.offset + axis.taps - 1
    if excludes_outside and axis.dilation == 1 and first >= 0:
        # the wrapped ends of a circular convolution may meet where nothing is stored
        beyond = first + axis.stride * (axis.outputs - 1) + 1
        everything = axis.samples + axis.taps - 1
        whole = max(axis.samples, axis.taps, everything - first, beyond)
    outputs = ceil(axis.outputs / phases)
    samples = axis.samples if adds and whole and stride == 1 else 0
    return Extent(axis.taps, outputs, stride, axis.dilation, phases, whole, samples)


def _is_batch(axis: Axis) -> bool:
    """Whether each output of a convolved axis is a single sample's, times a tap."""
    last = axis.offset + axis.stride * (axis.outputs - 1)
    return axis.taps == 1 and axis.offset >= 0 and last < axis.samples


class Tiling:
    """What is fastest for a problem: its form, and the points of a tile per axis."""

    def __init__(self, problem: Problem, compute: np.dtype, kernel: str) -> None:
        self.problem = problem
        self.kernel = kernel
        self.compute = element_name(compute)
        self.itemsize = compute.itemsize
        module = cpu.kernels(kernel, self.compute)
        self.lanes, self.registers = module.VECTOR, module.REGISTERS
        self.planes = 2 if problem.output_type.kind == "c" else 1
        axes = problem.axes
        convolved = [a for a, axis in enumerate(axes) if axis.convolved]
        self.transformed = [a for a in convolved if not _is_batch(axes[a])]
        self.transformed = self.transformed or convolved[-1:]
        # rounding sums of narrow floats twice would show
        adds = problem.output_type.kind in "iu" or real_type(
            problem.output_type
        ) == np.dtype(compute)
        self.extents = {
            a: extent_of(axes[a], problem.excludes_outside, adds)
            for a in self.transformed
        }
        self.batch = [a for a in range(len(axes)) if a not in self.extents]
        self.varying = [
            a
            for a in self.batch
            if not axes[a].convolved and axes[a].kernel is not None
        ]
        self.signals = prod(axes[a].outputs for a in self.batch)
        self.items = prod(axes[a].outputs for a in self.varying)
        choice = min(self.choices())
        self.weight, self.form, self.points = choice[:3]
        moved = problem.outputs + prod(axis.samples for axis in axes)
        self.work = cost.Transforms(
            calls=1,
            cycles=choice.places * choice.cycles,
            kernel=choice.cycles,
            far=moved * cost.far(moved * self.itemsize),
            fresh=problem.outputs * cost.fresh(problem.output_bytes),
        )
        self.extents = {a: self._extent(a, self.form) for a in self.transformed}

    @property
    def forms(self) -> list[str]:
        """Forms that tiles of the problem can have."""
        forms = ["panels"] if len(self.transformed) > 1 else ["riders", "twisted"]
        last = len(self.problem.axes) - 1
        if last in self.batch and self.problem.axes[last].outputs > 1:
            forms.append("columns")
        return forms

    def choices(self) -> list[_Choice]:
        """Return the fastest tile of each of them."""
        return [
            self._measure_twisted()
            if form == "twisted"
            else self._measure_product(form)
            for form in self.forms
        ]

    def _extent(self, a: int, form: str) -> Extent:
        """Riders are too many for their overlaps to matter."""
        extent = self.extents[a]
        return extent._replace(samples=0) if form == "riders" else extent

    @property
    def seconds(self) -> float:
        """Of one worker."""
        return cost.seconds(self.compute, self.work)

    @property
    def analysed(self) -> str:
        """Element type that kernels are transformed in.

        Their spectra are a third of all roundings, unless they are rounded once.
        """
        return "float64" if self.compute == "float32" else self.compute

    @property
    def _wider(self) -> int:
        """Times that numbers are longer in it."""
        return np.dtype(self.analysed).itemsize // self.itemsize

    @property
    def halves(self) -> int:
        """Samples of the halved axis that ride in one point."""
        return 2 if self.planes == 1 else 1

    @property
    def positions(self) -> int:
        """Samples that a transform covers."""
        return prod(self.points) * self.halves

    @property
    def width(self) -> int:
        """Lanes of a tile of columns, if there are as many."""
        vectors = ceil(self.problem.axes[-1].outputs / self.lanes)
        return ceil(vectors / ceil(vectors / _WIDTH)) * self.lanes

    @property
    def _inputs(self) -> int:
        """Bytes of signal and kernel."""
        problem, axes = self.problem, self.problem.axes
        samples = prod(axis.samples for axis in axes if axis.signal is not None)
        taps = prod(
            axis.taps if axis.convolved else axis.outputs
            for axis in axes
            if axis.kernel is not None
        )
        return (
            samples * problem.signal_type.itemsize + taps * problem.kernel_type.itemsize
        )

    @property
    def _pairs(self) -> float:
        """Cycles per LANES points for taking pairs apart, where samples are complex."""
        return cost.PAIRS if self.planes == 2 else 0.0

    @property
    def _distance(self) -> int:
        """Samples between neighbours along the last axis that is transformed."""
        return prod(
            axis.outputs for axis in self.problem.axes[self.transformed[-1] + 1 :]
        )

    @property
    def has_own_lanes(self) -> bool:
        """Whether riders have a kernel each."""
        if self.items == 1:
            return False
        places = self._places() // self.items
        return ceil(self.items / self.lanes) * places < self.items * ceil(
            places / self.lanes
        )

    def _places(self) -> int:
        (a,) = self.transformed
        return self.signals * self.extents[a].places(self.halves * self.points[0])

    def _cycles(self, points: int) -> float:
        """Count those of a transform, per LANES points."""
        return cost.passes(self.registers, radices(points, self.registers))

    def _candidates(self, extent: Extent, grain: int, halves: int) -> _Candidates:
        """Lengths of an axis that are worth a try: none better in all respects."""
        known = lengths()
        least = int(np.searchsorted(known, extent.taps / halves))
        most = int(
            np.searchsorted(known, max(2 * extent.most / halves, 8 * grain), "right")
        )
        points = known[least:most]
        points = points[points % grain == 0]
        passes = np.array([self._cycles(int(n)) for n in points])
        places = extent.all_places(halves * points)
        panels = cost.FORMS[self.kernel]["panels"]
        cycles = points * (panels.passes * passes + panels.point)
        chosen, fewest = [], np.inf
        for i in np.argsort(cycles, kind="stable"):
            if places[i] < fewest:
                chosen.append(i)
                fewest = places[i]
        most = _LENGTHS[min(len(self.transformed), len(_LENGTHS)) - 1]
        if len(chosen) > most:
            spread = np.linspace(0, len(chosen) - 1, most).round().astype(int)
            chosen = [chosen[i] for i in spread]
        return _Candidates(points[chosen], places[chosen], passes[chosen])

    def _measure_product(self, form: str) -> _Choice:
        """Try all combinations of lengths."""
        last = self.transformed[-1]
        riding, lanes = form == "riders", self.lanes
        tries = [
            self._candidates(
                self._extent(a, form),
                1 if a != last or form == "columns" else lanes,
                self.halves if a == last else 1,
            )
            for a in self.transformed
        ]
        count = len(tries)
        tile, places, effort = np.ones(1), np.full(1, self.signals), np.full(1, 0.0)
        for i, candidate in enumerate(tries):
            shape = [-1 if k == i else 1 for k in range(count)]
            tile = tile * candidate.points.reshape(shape)
            places = places * candidate.places.reshape(shape)
            effort = effort + 2 * candidate.passes.reshape(shape)
        effort = effort + self._pairs
        if form != "columns":
            effort = effort + cost.strided(self._distance)
        rows = tile
        if form != "columns":
            shape = [1] * (count - 1) + [-1]
            rows = tile / tries[-1].points.reshape(shape)
        size = spectrum = tile * 2 * self.itemsize
        longer = _KERNELS if count > 1 else _KERNEL
        kernel = prod(longer * extent.taps for extent in self.extents.values())
        allowed: Any = True
        if riding:
            together = self.items * np.ceil(places / self.items / lanes)
            own = places / self.items * ceil(self.items / lanes)
            places = np.minimum(together, own) if self.items > 1 else together
            tile, rows = tile * lanes, rows * lanes
            size = spectrum * max(2, lanes)
            # as much for the panel, and lines
            taken = 2 * (lanes + 1) * spectrum
            if lanes == 1:
                # for levels, too; vectors of wider numbers would have fewer lanes
                taken = (taken + spectrum) * self._wider
            allowed = taken <= LARGE + 2 * spectrum
        elif form == "columns":
            batch = self.problem.axes[-1].outputs
            places = places // batch * ceil(batch / self.width)
            tile = tile * self.width
            size = spectrum * self.width
            kernel *= self.width
            if self.batch[-1] not in self.varying:
                # rows are a vector longer, and a kernel takes two vectors of columns
                allowed = size * (1 + 3 * lanes / self.width) <= LARGE + spectrum
        vectors = tile / lanes
        if form == "panels":
            # a panel that rows don't fill takes as long as any
            vectors = tile / rows * np.ceil(rows / lanes)
        cycles = cost.tile(self.kernel, form, vectors, rows, effort, size)
        small = size <= max(_TILE, kernel * self.itemsize)
        if form == "panels":
            # a kernel takes its spectrum and a tile
            taken = size * (1 + self._wider)
            small &= taken <= LARGE + 3 * self._inputs
            small = small if small.any() else size == size.min()
        cycles = np.where(allowed & small, cycles, np.inf)
        return _lightest(
            form, [candidate.points for candidate in tries], places, cycles
        )

    def _measure_twisted(self) -> _Choice:
        """Try all combinations of rows and of points of a row."""
        (a,) = self.transformed
        extent, halves = self.extents[a], self.halves
        most = max(2 * extent.most / halves, 32 * self.lanes**2)
        known = lengths()[: np.searchsorted(lengths(), 2 * most**0.5, "right") + 4]
        rows = known[known % self.lanes == 0][:, None]
        points = known[known % max(16, self.lanes) == 0]
        passes = {int(n): self._cycles(int(n)) for n in known}
        effort = 2.0 * np.array([[passes[int(n)] for n in rows[:, 0]]]).T
        effort = effort + 2 * np.array([passes[int(n)] for n in points])
        effort = effort + cost.strided(self._distance) + self._pairs
        tile = rows * points
        size = tile * 2 * self.itemsize
        allowed = (tile * halves >= extent.taps) & (rows <= 4 * points)
        allowed &= points <= 4 * rows
        small = allowed & (size <= max(_TILE, _KERNEL * extent.taps * self.itemsize))
        if small.any():
            allowed = small
        places = self.signals * extent.all_places(
            np.maximum(halves * tile, extent.taps)
        )
        cycles = cost.tile(
            self.kernel, "twisted", tile / self.lanes, rows, effort, size
        )
        cycles = np.where(allowed, cycles, np.inf)
        return _lightest("twisted", [rows[:, 0], points], places, cycles)
