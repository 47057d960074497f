"""Each decision of the planner alone, against the formulas that it follows."""

from collections.abc import Iterator
from itertools import product
from math import ceil, gcd, inf, log2, prod
from typing import Any, NamedTuple

import numpy as np
import planned
import pytest
from fixed_numbers import CONSTANTS, NUMBERS
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from problems import FUNCTIONS, problems

from pyconvolve._core import cost, planner
from pyconvolve._core.arguments import Names
from pyconvolve._core.engines import direct, fft
from pyconvolve._core.problem import Axis, Operand, Problem
from pyconvolve._core.thresholds import FORMS, THRESHOLDS, Thresholds
from pyconvolve.tuning import _formula

F8 = np.dtype("f8")
TABLES = CONSTANTS.tables
LIMITS = THRESHOLDS.filled(CONSTANTS.thresholds)
WRONG = (ValueError, TypeError)


# describe


def described(
    shape1: tuple[int, ...],
    shape2: tuple[int, ...],
    mode: str = "full",
    correlating: bool = False,
    names: Names = planned.NAMES,
    **options: Any,
) -> Any:
    how = planned.rules_of(correlating, mode, "auto", THRESHOLDS, **options)
    cval = options.get("cval", 0)
    return planner.describe(how, shape1, shape2, F8, F8, names, cval)


def test_positions_under_taps() -> None:
    """Worked by hand from the definition in `_core.problem`."""
    convolution, shape, swapped, flipped = described((9, 4), (3, 4), axes=0)
    assert shape == (11, 4)
    assert not swapped
    assert not flipped
    assert convolution.axes == (
        Axis("window", 0, 0, 0, 9, 3, 11, -2, reversed=True),
        Axis("batch", 1, 1, 1, 4, 1, 4, 0),
    )
    same, *_ = described((9,), (4,), "same", True, stride=2, dilation=3, origin=1)
    assert same.axes == (Axis("window", 0, 0, 0, 9, 4, 5, -6, 2, 3),)
    valid, shape, swapped, flipped = described((4,), (9,), "valid", True)
    # lags -5 to 0 of four samples, read backwards
    assert (shape, swapped, flipped) == ((6,), True, (0,))
    assert valid.axes == (Axis("window", 0, 0, 0, 9, 4, 6, 0, reversed=True),)
    lags, *_ = described((9,), (4,), "full", True, lags=(-2, 1))
    assert (lags.axes[0].offset, lags.axes[0].outputs) == (-2, 4)


@settings(max_examples=settings.default.max_examples // 2)
@given(problems(), st.sampled_from(FUNCTIONS))
def test_outputs_lie_where_modes_say(problem: Any, name: str) -> None:
    """Each window axis has the outputs of its mode, and reads up to the last sample."""
    options = {key: value for key, value in problem.options.items() if key != "cval"}
    made, shape, swapped, _ = described(
        problem.in1.shape,
        problem.in2.shape,
        problem.mode,
        name == "correlate",
        **options,
    )
    assert shape == made.shape
    for axis in made.axes:
        if axis.role == "batch":
            assert axis.taps == axis.stride == axis.dilation == 1
            assert axis.samples == axis.outputs
            continue
        last = axis.offset + axis.stride * (axis.outputs - 1)
        reach = axis.span - 1
        # samples and the zeros between them
        positions = axis.upsampling * (axis.samples - 1) + 1
        if problem.mode == "valid":
            assert axis.offset >= 0
            assert last + reach < positions
            assert last + reach + axis.stride >= positions
        elif problem.mode == "full":
            assert axis.offset == -reach
            assert last < positions <= last + axis.stride
        elif not swapped:
            assert axis.outputs == ceil(positions / axis.stride)
            # the origin of a kernel of even span may lie beside it
            assert -reach - 1 <= axis.offset <= 0
        assert axis.reaches_outside or axis.boundary == "absent"


@pytest.mark.parametrize(
    ("shapes", "options"),
    [
        (((3, 4), (3,)), {}),
        (((3, 4), (2, 3)), {"axes": 1}),
        (((0,), (3,)), {}),
        (((3,), (0,)), {}),
        (((3,), (5,)), {"mode": "valid", "dilation": 2}),
        (((3, 4), (2, 5)), {"mode": "valid"}),
        (((3, 4), (2, 3)), {"axes": (0, 2)}),
    ],
)
def test_errors_tell_names(shapes: Any, options: dict[str, Any]) -> None:
    """Messages name the arrays by the caller's words, and by no others."""
    with pytest.raises(WRONG) as usual:
        described(*shapes, **options)
    with pytest.raises(WRONG) as named:
        described(*shapes, names=Names("volume", "stencil"), **options)
    ours = str(usual.value).replace("in1", "volume").replace("in2", "stencil")
    assert str(named.value) == ours
    assert {*("in1", "in2")} & {*str(usual.value).replace("'", " ").split()}


# blocks and taps


def direct_model(number: int) -> planner.DirectModel:
    """A model with tiles of four rows and two vectors."""
    lanes = (1, 2, 8, 16)[number]
    thresholds = Thresholds(
        window_bytes=(2 << 10, 192 << 10)[number % 2], chunk_taps=100
    ).filled(CONSTANTS.thresholds)
    return planner.DirectModel(
        (4, 2, lanes, (4, 5)[number // 2], 4, 3),
        "float64",
        8,
        CONSTANTS.poll_sums("float64"),
        TABLES["shares"],
        (1e-9,) * len(planner.DIRECT_COUNTS),
        TABLES["memory"],
        thresholds,
    )


def as_described(problem: Any, name: str) -> Problem:
    options = {key: value for key, value in problem.options.items() if key != "cval"}
    made: Problem = described(
        problem.in1.shape,
        problem.in2.shape,
        problem.mode,
        name == "correlate",
        **options,
    )[0]
    return made


@given(problems(), st.sampled_from(FUNCTIONS), st.integers(0, 3))
def test_tap_columns(problem: Any, name: str, number: int) -> None:
    """They hold each tap of a chunk once, with its offsets in window and signal."""
    made, model = as_described(problem, name), direct_model(number)
    # each branch has columns of its own
    axes = tuple(axis._replace(upsampling=1) for axis in made.axes)
    made = made._replace(axes=axes)
    blocks = planner.blocks_of(made, model)
    # these have windows of other layouts: tests/test_filters.py, tests/test_dots.py
    assume(blocks["filter_axis"] < 0 and not blocks["exchanged"])
    columns, offsets, in_signal, order = planner.tap_columns(made, model)
    axes = tuple(made.axes[a] for a in blocks["order"])
    taps = blocks["taps"]
    assert sorted(order) == list(range(prod(taps)))
    assert sum(columns) == len(offsets) == len(in_signal)
    assert sum(span * count for span, count in enumerate(columns)) == len(order)

    lengths = [p * s for p, s in zip(blocks["phases"], blocks["slots"], strict=True)]
    pitch = [prod(lengths[a + 1 :]) for a in range(len(axes))]
    order = iter(order)
    for span, column in spans(columns):
        members = [np.unravel_index(next(order), taps) for _ in range(span)]
        offsets_of_taps = [
            window_offset(axes, blocks, pitch, [int(k) for k in tap]) for tap in members
        ]
        assert offsets_of_taps[0] == offsets[column]
        # each other tap lies one tile row further
        row = blocks["segment"] or blocks["row_step"] * pitch[blocks["row_axis"]]
        distances = [offset - offsets_of_taps[0] for offset in offsets_of_taps]
        assert distances == [i * row for i in range(span)]
        signal = sum(
            axis.dilation // common(axis) * int(k) * signal_pitch(axes, axis)
            for axis, k in zip(axes, members[0], strict=True)
        )
        assert signal == in_signal[column]


def spans(columns: list[int]) -> Iterator[tuple[int, int]]:
    """Span and number of each tap column, the widest ones first."""
    number = 0
    for span in range(len(columns) - 1, 0, -1):
        for _ in range(columns[span]):
            yield span, number
            number += 1


def common(axis: Axis) -> int:
    return gcd(axis.stride, axis.dilation) if axis.taps > 1 else axis.stride


def signal_pitch(axes: list[Axis], axis: Axis) -> int:
    if axis.signal is None:
        return 0
    return prod(
        other.samples
        for other in axes
        if other.signal is not None and other.signal > axis.signal
    )


def window_offset(
    axes: list[Axis], blocks: dict[str, Any], pitch: list[int], tap: list[int]
) -> int:
    """Reals from the start of the window to the sample under a tap of output 0."""
    offset = 0
    for a, (axis, k) in enumerate(zip(axes, tap, strict=True)):
        phases, slots = blocks["phases"][a], blocks["slots"][a]
        stride = axis.stride // common(axis) if axis.taps > 1 else 1
        position = axis.dilation // common(axis) * k if axis.taps > 1 else 0
        reach = axis.dilation // common(axis) * (blocks["taps"][a] - 1)
        if (
            phases == blocks["taps"][a]
            and slots == blocks["outputs"][a]
            and (phases * slots < min(stride, reach + 1) * (slots + reach // stride))
        ):
            offset += k * slots * pitch[a]
        else:
            offset += (position % stride * slots + position // stride) * pitch[a]
    return offset


@given(problems(), st.sampled_from(FUNCTIONS), st.integers(0, 3))
def test_blocks(problem: Any, name: str, number: int) -> None:
    """Blocks and chunks stay within their bounds; seconds follow from the counts."""
    made, model = as_described(problem, name), direct_model(number)
    blocks = planner.blocks_of(made, model)
    assume(not blocks["exchanged"])
    assert sorted(blocks["order"]) == list(range(len(made.axes)))
    for a, outputs, taps in zip(
        blocks["order"], blocks["outputs"], blocks["taps"], strict=True
    ):
        axis = made.axes[a]
        assert 1 <= outputs <= axis.outputs
        assert 1 <= taps <= axis.taps
    assert prod(blocks["taps"]) <= 100
    counts = dict(
        zip(planner.DIRECT_COUNTS, planner.count_direct(made, model), strict=True)
    )
    assert counts["outputs"] % made.outputs == 0
    products = [
        sum(len(outputs) * len(taps) for outputs, taps, _ in planner.branches(axis))
        for axis in made.axes
    ]
    assert counts["sums"] >= prod(products)
    seconds = planner.direct_seconds(made, model)
    assert seconds == pytest.approx(1e-9 * sum(counts.values()))


@pytest.mark.parametrize(
    ("data", "kernel", "types", "options", "packed"),
    [
        # rows whose distance is a multiple of 4096 bytes are not read in place
        ((300, 512), (20, 3), "dd", {}, "samples"),
        ((300, 500), (20, 3), "dd", {"mode": "valid"}, None),
        # blocks at the rim are packed
        ((300, 500), (20, 3), "dd", {}, "samples"),
        ((300, 500), (20, 3), "fd", {}, "samples"),
        ((300, 500), (20, 3), "dd", {"stride": (2, 1)}, "samples"),
        ((300, 500), (20, 3), "dd", {"stride": (1, 2)}, "samples"),
        ((300, 500), (20, 3), "dd", {"stride": (1, 3)}, "strided_samples"),
        ((300, 500), (20, 3), "DD", {}, "samples"),
        ((300, 500), (20, 3), "DD", {"stride": (1, 2)}, "strided_samples"),
        ((300, 500), (20, 3), (">d", "d"), {}, "strided_samples"),
        ((300, 500), (20, 3), "ed", {}, "strided_samples"),
        ((500, 3), (20, 1), "fd", {"axes": 0}, "samples"),
        ((500, 3), (20, 1), "fd", {"axes": 0, "stride": 2}, "strided_samples"),
        # the long axis is the inner one, and its samples are three apart
        ((5000, 3), (20, 2), "dd", {}, "strided_samples"),
    ],
)
def test_samples_are_packed_in_vectors_or_one_by_one(
    data: Any, kernel: Any, types: Any, options: dict[str, Any], packed: str | None
) -> None:
    signal, taps = map(np.dtype, types)
    options = {"mode": "same", **options}
    how = planned.rules_of(False, method="direct", limits=THRESHOLDS, **options)
    made = planner.describe(how, data, kernel, signal, taps, planned.NAMES)[0]
    with cost.using(NUMBERS):
        plan = direct.plan(made, THRESHOLDS)
    assert plan is not None
    counts = dict(zip(planner.DIRECT_COUNTS, plan.counted, strict=True))
    found = [name for name in ("samples", "strided_samples") if counts[name]]
    assert found == ([packed] if packed else [])


# tiles


PASSES = TABLES["passes"][32]
# Cycles per vector of the passes of a transform, by its length.
CYCLES = {
    points: sum(PASSES[radix] for radix in planner.radices_of(points, PASSES))
    for points in planner.all_lengths(PASSES)
    if points <= 7000
}


def model_of(lanes: int, **limits: Any) -> planner.FFTModel:
    """A model of transforms that compares all lengths."""
    limits["lengths"] = (1000, 1000, 1000)
    return planner.FFTModel(
        "float64",
        8,
        (lanes, 32, 4),
        1,
        lanes,
        {**TABLES, "forms": TABLES["forms"]["usual"]},
        (1e-6, 1e-9, 1e-10, 1e-10),
        TABLES["memory"],
        Thresholds(**limits).filled(CONSTANTS.thresholds),
    )


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


@st.composite
def tiled(draw: st.DrawFn) -> Problem:
    """A problem of one or two transformed axes, with one batch axis at most."""
    rank = draw(st.integers(1, 2))
    longest, taps = ((3000, 150), (120, 20))[rank - 1]
    n = draw(st.lists(st.integers(20, longest), min_size=rank, max_size=rank))
    k = draw(st.lists(st.integers(2, taps), min_size=rank, max_size=rank))
    mode = draw(st.sampled_from(["full", "same", "valid"]))
    if mode == "valid":
        n = [max(pair) for pair in zip(n, k, strict=True)]
    options: dict[str, Any] = {}
    if draw(st.booleans()):
        options["stride"] = draw(st.integers(1, 3))
        options["dilation"] = 1 if mode == "valid" else draw(st.integers(1, 3))
        options["boundary"] = draw(st.sampled_from(["constant", "wrap"]))
    if draw(st.booleans()):
        number, batch = draw(st.integers(1, 40)), draw(st.integers(0, rank))
        options["axes"] = tuple(a for a in range(rank + 1) if a != batch)
        n.insert(batch, number)
        k.insert(batch, draw(st.sampled_from([1, number])))
    made: Problem = described(tuple(n), tuple(k), mode, **options)[0]
    if draw(st.booleans()):
        c16 = np.dtype("c16")
        made = made._replace(signal=Operand(c16), output=c16)
    return made


@settings(max_examples=settings.default.max_examples // 4)
@given(tiled(), st.sampled_from([4, 8]), st.sampled_from([*FORMS, None]))
def test_tiles_are_the_best_of_all(
    problem: Problem, lanes: int, form: str | None
) -> None:
    """No other length or form has less weight; counts are those of the choice."""
    forms = FORMS if form is None else (form,)
    model = model_of(lanes, forms=forms)
    choice = planner.tile_choice(problem, (model,))
    found = {
        (each, points): tile
        for each in forms
        for points, tile in all_tiles(problem, each, lanes).items()
    }
    if choice is None:
        assert not found
        return
    _, chosen, points, weight, counts, seconds = choice
    if not found:
        # the smallest panels serve if no tile is within the bounds
        assert chosen == "panels"
        return
    tile = found[chosen, points]
    work = planner.tile_work(problem, model, chosen, points)
    assert work["tiles"] == pytest.approx(tile.number)
    assert weight == pytest.approx(tile.weight)
    named = dict(zip(planner.FFT_COUNTS, counts, strict=True))
    cycles = tile.number * tile.cycles * transforms_of(problem, chosen)
    assert named["cycles"] == pytest.approx(cycles)
    prices = (1e-6, 1e-9, 1e-10, 1e-10)
    assert seconds == pytest.approx(sum(map(float.__mul__, counts, prices)))
    compared = min(tile.weight for tile in found.values() if tile.is_compared)
    assert weight == pytest.approx(compared)
    assert weight <= 1.03 * min(tile.weight for tile in found.values())


@pytest.mark.compiled
@settings(max_examples=settings.default.max_examples // 2)
@given(tiled(), st.sampled_from(["usual", "wide"]), st.sampled_from(FORMS))
def test_the_formula_has_the_cycles_of_the_planner(
    problem: Problem, vectors: str, form: str
) -> None:
    """The formula that tables are fitted with, and the tables in use."""
    tables = cost.constants().tables
    plan = fft.plan(problem, Thresholds(forms=(form,), vectors=(vectors,)))
    if not isinstance(plan, fft.FFTPlan):
        return
    work = plan.work
    passes = tables["passes"][work["registers"]]
    (cycles,) = _formula.cycles_of(
        _formula.work_of([work]),
        tables,
        [passes[radix] for radix in _formula.RADICES],
        tables["forms"][vectors][plan.form],
    )
    named = dict(zip(planner.FFT_COUNTS, plan.counted, strict=True))
    assert work["tiles"] * cycles == pytest.approx(named["cycles"])


@settings(max_examples=settings.default.max_examples // 4)
@given(tiled(), st.sampled_from(FORMS))
def test_programs_have_the_tiles_that_were_counted(problem: Problem, form: str) -> None:
    """Rounds have each block once; the same problem gives the same bytes."""
    model = model_of(4, forms=(form,))
    choice = planner.tile_choice(problem, (model,))
    if choice is None:
        return
    _, chosen, points, weight, counts, _ = choice
    made = [
        planner.tile_program(problem, model, chosen, points, "same") for _ in range(2)
    ]
    assert made[0] == made[1]
    program, _, transforms = made[0]
    rounds = planner.rounds_of(program)
    seen = [
        block
        for _, _, axes in rounds
        for block in product(*(range(f, f + s * n, s) for f, s, n in axes))
    ]
    assert len(seen) == len({*seen})
    assert len(seen) == prod(1 + max(each) for each in zip(*seen, strict=True))
    named = dict(zip(planner.FFT_COUNTS, counts, strict=True))
    cycles = named["cycles"] / transforms_of(problem, chosen)
    # the weight is that of these tiles, and of the kernel's
    of_tile = (weight - cycles) / TABLES["kernel"]
    number = cycles / of_tile / filters_of(problem, chosen)
    if chosen != "lanes":
        assert sum(tiles for tiles, *_ in rounds) == pytest.approx(number)
    sizes = [
        axis["points"] for axis in planner.tile_axes(program) if axis["transformed"]
    ]
    assert len([each for each in transforms if each]) == len(sizes)
