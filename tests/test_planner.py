"""Problems, blocks and taps that the planner lays out, against their definitions."""

from collections.abc import Iterator
from math import ceil, gcd, prod
from typing import Any

import numpy as np
import planned
import pytest
from fixed_numbers import CONSTANTS, NUMBERS
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from problems import FUNCTIONS, problems

from pyconvolve._core import cost, planner
from pyconvolve._core.arguments import Names
from pyconvolve._core.engines import direct
from pyconvolve._core.problem import Axis, Problem
from pyconvolve._core.thresholds import THRESHOLDS, Thresholds

TABLES = CONSTANTS.tables
WRONG = (ValueError, TypeError)


# describe


def test_positions_under_taps() -> None:
    """Worked by hand from the definition in `_core.problem`."""
    convolution, shape, swapped, flipped = planned.described((9, 4), (3, 4), axes=0)
    assert shape == (11, 4)
    assert not swapped
    assert not flipped
    assert convolution.axes == (
        Axis("window", 0, 0, 0, 9, 3, 11, -2, reversed=True),
        Axis("batch", 1, 1, 1, 4, 1, 4, 0),
    )
    same, *_ = planned.described(
        (9,), (4,), "same", True, stride=2, dilation=3, origin=1
    )
    assert same.axes == (Axis("window", 0, 0, 0, 9, 4, 5, -6, 2, 3),)
    valid, shape, swapped, flipped = planned.described((4,), (9,), "valid", True)
    # lags -5 to 0 of four samples, read backwards
    assert (shape, swapped, flipped) == ((6,), True, (0,))
    assert valid.axes == (Axis("window", 0, 0, 0, 9, 4, 6, 0, reversed=True),)
    lags, *_ = planned.described((9,), (4,), "full", True, lags=(-2, 1))
    assert (lags.axes[0].offset, lags.axes[0].outputs) == (-2, 4)


@settings(max_examples=settings.default.max_examples // 2)
@given(problems(), st.sampled_from(FUNCTIONS))
def test_outputs_lie_where_modes_say(problem: Any, name: str) -> None:
    """Each window axis has the outputs of its mode, and reads up to the last sample."""
    options = {key: value for key, value in problem.options.items() if key != "cval"}
    made, shape, swapped, _ = planned.described(
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
        planned.described(*shapes, **options)
    with pytest.raises(WRONG) as named:
        planned.described(*shapes, names=Names("volume", "stencil"), **options)
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
    made: Problem = planned.described(
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
