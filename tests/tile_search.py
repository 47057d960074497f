"""All tiles that a problem may have, by formulas of their own.

Tests compare the choice of the planner with them.
"""

from collections.abc import Iterator
from itertools import product
from math import ceil, gcd, inf, log2, prod
from typing import NamedTuple

from fixed_numbers import CONSTANTS

from pyconvolve._core import planner
from pyconvolve._core.problem import Axis, Problem
from pyconvolve._core.thresholds import THRESHOLDS

TABLES = CONSTANTS.tables
LIMITS = THRESHOLDS.filled(CONSTANTS.thresholds)
PASSES = TABLES["passes"][32]
# Cycles per vector of the passes of a transform, by its length.
CYCLES = {
    points: sum(PASSES[radix] for radix in planner.radices_of(points, PASSES))
    for points in planner.all_lengths(PASSES)
    if points <= 7000
}


def phases_of(axis: Axis) -> int:
    return axis.dilation // gcd(axis.stride, axis.dilation)


def stored(axis: Axis, length: int) -> int:
    """Outputs of one phase that a tile of `length` positions stores."""
    outputs = ceil(axis.outputs / phases_of(axis))
    stride = axis.stride // gcd(axis.stride, axis.dilation)
    if covers(axis, length):
        return outputs
    return min(outputs, (length - axis.taps) // stride + 1)


def covers(axis: Axis, length: int) -> bool:
    """Whether one circular convolution gives all outputs: none wraps around."""
    if axis.boundary != "absent" or axis.dilation != 1:
        return False
    first = axis.offset + axis.taps - 1
    last = first + axis.stride * (axis.outputs - 1)
    positions = axis.samples + axis.taps - 1
    if first < 0 or length < max(axis.samples, axis.taps):
        return False
    return last < length and first + length >= positions


def tiles_of(axis: Axis, length: int, may_add: bool) -> int:
    """How many tiles an axis takes. `may_add`: their outputs may overlap."""
    outputs = ceil(axis.outputs / phases_of(axis))
    each = stored(axis, length)
    if may_add and overlaps(axis, length):
        return ceil(axis.samples / each)
    return phases_of(axis) * ceil(outputs / each)


def overlaps(axis: Axis, length: int) -> bool:
    """Whether an axis takes fewer tiles of disjoint samples than of outputs."""
    first = axis.offset + axis.taps - 1
    plain = axis.boundary == "absent" and axis.dilation == axis.stride == 1
    if not plain or first < 0 or covers(axis, length) or length < 2 * axis.taps - 2:
        return False
    each = stored(axis, length)
    return ceil(axis.samples / each) < ceil(axis.outputs / each)


def filters_of(problem: Problem, form: str) -> int:
    """How many kernels share each tile of the signal, which is transformed once."""
    *_, last = problem.axes
    if form == "columns" and last.role == "batch" and last.kernel is not None:
        return 1
    return max((a.outputs for a in problem.axes if a.signal is None), default=1)


def transforms_of(problem: Problem, form: str) -> float:
    """Time of a tile, over that of its transforms there and back for each kernel.

    A product with a kernel's spectrum takes a fifth of the time of these transforms.
    """
    filters = filters_of(problem, form)
    return 0.5 + 0.5 / filters + 0.2 * (1 - 1 / filters)


class Shape(NamedTuple):
    """The tiles of a problem in one form, whatever their points."""

    problem: Problem
    form: str
    lanes: int
    windows: list[Axis]
    batch: list[Axis]
    halves: int
    """2: the halves of the last axis are the real and imaginary parts of points."""
    width: int
    """Columns of a tile."""
    beside: float
    """Cycles per vector for complex samples, and for samples that lie apart."""
    inputs: int
    """Bytes of signal and kernel."""
    limit: int
    """Most bytes of a tile."""


def shape_of(problem: Problem, form: str, lanes: int) -> Shape | None:
    """None: the problem has no tiles of this form."""
    windows = [a for a in problem.axes if a.role == "window"]
    batch = [a for a in problem.axes if a.role != "window"]
    *_, last = problem.axes
    width = 0
    if form == "columns":
        if last.role == "window" or last.outputs == 1:
            return None
        vectors = ceil(last.outputs / lanes)
        width = ceil(vectors / ceil(vectors / LIMITS.column_vectors)) * lanes
    elif (len(windows) > 1) != (form == "panels"):
        return None
    halves = 1 if problem.output.kind == "c" else 2
    beside = TABLES["pairs"] if halves == 1 else 0.0
    axes = problem.axes
    distance = prod(a.outputs for a in axes[axes.index(windows[-1]) + 1 :])
    if form != "columns" and distance > 1:
        each, most = TABLES["strided"]
        beside += min(each * distance, most)
    taps = prod(a.taps for a in windows)
    inputs = prod(a.samples for a in axes if a.signal is not None)
    inputs += taps * prod(a.outputs for a in batch if a.kernel is not None)
    per_axis = LIMITS.tile_per_axis if len(windows) > 1 else LIMITS.tile_per_kernel
    kernel = 8 * taps * per_axis ** len(windows) * max(width, 1)
    limit = max(LIMITS.tile_bytes, kernel)
    return Shape(
        problem, form, lanes, windows, batch, halves, width, beside, 8 * inputs, limit
    )


def cycles_of(shape: Shape, points: tuple[int, ...]) -> float:
    """Cycles of a tile, by the formula in fft_model.pxi."""
    total, lanes = prod(points), shape.lanes
    size, vectors, rows = 2 * 8 * total, total / lanes, points[0]
    if shape.form == "lanes":
        size, vectors, rows = size * max(2, lanes), total, lanes
    elif shape.form == "columns":
        size, vectors, rows = size * shape.width, vectors * shape.width, total
    elif shape.form == "panels":
        rows = total // points[-1]
        vectors = points[-1] * ceil(rows / lanes)
    times, point, row, beyond = TABLES["forms"]["usual"][shape.form]
    last_level, more = TABLES["last_level"]
    passes = shape.beside + 2 * sum(CYCLES[n] for n in points)
    passes += more * max(0, log2(size / last_level))
    each = times * passes + point
    for room in (TABLES["room"], 4 * TABLES["room"]):
        each += beyond * max(0, log2(size / room))
    return float(vectors * each + rows * row + TABLES["tile"])


def number_of(shape: Shape, points: tuple[int, ...]) -> float:
    """How many tiles there are."""
    batch, lanes = shape.batch, shape.lanes
    lengths = [prod(points)] if shape.form == "four_step" else [*points]
    lengths[-1] *= shape.halves
    number = float(prod(a.outputs for a in batch))
    for n, a in zip(lengths, shape.windows, strict=True):
        number *= tiles_of(a, n, shape.form != "lanes")
    if shape.form == "lanes":
        kernels = prod(a.outputs for a in batch if a.kernel is not None)
        each = number / kernels
        number = kernels * ceil(each / lanes)
        if filters_of(shape.problem, shape.form) == 1:
            number = min(number, each * ceil(kernels / lanes))
    elif shape.form == "columns":
        *_, last = batch
        number *= ceil(last.outputs / shape.width) / last.outputs
    return number


def is_small(shape: Shape, points: tuple[int, ...]) -> bool:
    """Whether a tile is within the bounds of memory."""
    lanes, width = shape.lanes, shape.width
    spectrum = size = 2 * 8 * prod(points)
    small = True
    if shape.form == "lanes":
        size *= max(2, lanes)
        small = 2 * (lanes + 1) * spectrum <= LIMITS.worker_bytes + 2 * spectrum
    elif shape.form == "columns":
        *_, last = shape.batch
        size *= width
        taken = size * (1 + 3 * lanes / width)
        small = last.kernel is not None or taken <= LIMITS.worker_bytes + spectrum
    elif shape.form == "panels":
        small = 2 * size <= LIMITS.worker_bytes + 3 * shape.inputs
    return small and size <= shape.limit


def all_points(shape: Shape) -> Iterator[tuple[tuple[int, ...], bool]]:
    """Points of tiles, and whether the planner compares them.

    It leaves out lengths with more cycles than another one, and no fewer tiles.
    """
    form, lanes, windows = shape.form, shape.lanes, shape.windows
    positions = [a.samples + a.span + a.stride * a.outputs for a in windows]
    most = [2 * max(n, 64 * lanes) for n in positions]
    if form == "four_step":
        rows, row = (
            [n for n in CYCLES if n <= 2 * most[0] and n % grain == 0]
            for grain in (lanes, max(16, lanes))
        )
        for points in product(rows, row):
            enough = shape.halves * prod(points) >= windows[0].taps
            if enough and max(points) <= 4 * min(points):
                yield points, True
        return
    lengths, compared = [], []
    for axis, limit in zip(windows, most, strict=True):
        is_last = axis is windows[-1]
        grain = lanes if is_last and form != "columns" else 1
        halves = shape.halves if is_last else 1
        each = [
            n
            for n in CYCLES
            if n <= limit and n % grain == 0 and halves * n >= axis.taps
        ]
        lengths.append(each)
        compared.append(compared_lengths(shape, axis, each, halves))
    for points in product(*lengths):
        yield points, all(n in few for n, few in zip(points, compared, strict=True))


def compared_lengths(
    shape: Shape, axis: Axis, lengths: list[int], halves: int
) -> list[int]:
    """Lengths with fewer tiles than all lengths that have fewer cycles.

    Cycles are those of a tile, or of the points along one of several axes.
    """
    times, point, *_ = TABLES["forms"]["usual"][shape.form]

    def cycles(n: int) -> float:
        if len(shape.windows) == 1:
            return cycles_of(shape, (n,))
        return float(n * (times * (shape.beside + 2 * CYCLES[n]) + point))

    found: list[int] = []
    fewest = inf
    for n in sorted(lengths, key=cycles):
        tiles = tiles_of(axis, halves * n, shape.form != "lanes")
        if tiles < fewest:
            fewest = tiles
            found.append(n)
    return found


class Tile(NamedTuple):
    weight: float
    number: float
    cycles: float
    is_compared: bool


def all_tiles(problem: Problem, form: str, lanes: int) -> dict[tuple[int, ...], Tile]:
    """All tiles of a form within the bounds of memory, by their points."""
    shape = shape_of(problem, form, lanes)
    found: dict[tuple[int, ...], Tile] = {}
    if shape is None:
        return found
    for points, is_compared in all_points(shape):
        if is_small(shape, points):
            number, cycles = number_of(shape, points), cycles_of(shape, points)
            weight = (number + TABLES["kernel"]) * cycles
            found[points] = Tile(weight, number, cycles, is_compared)
    return found
