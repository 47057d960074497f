"""Streams give the outputs of the whole signal, whatever the blocks are."""

from collections.abc import Iterator
from functools import reduce
from typing import Any

import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st
from layouts import every_other, in_a_record, misaligned, read_only

import pyconvolve
from pyconvolve import Stream
from pyconvolve._core import partitions
from pyconvolve._stream import filters

pytestmark = pytest.mark.compiled

FLOATS = ["f4", "f8", "c8", "c16"]
TYPES = [*FLOATS, "f2", "g", "G", "i1", "u2", "i4", "i8", "?", "O"]


def numbers(shape: Any, dtype: Any, seed: int = 0) -> np.ndarray:
    rng, dtype = np.random.default_rng(seed), np.dtype(dtype)
    if dtype.kind in "iuO":
        return rng.integers(0, 100, shape).astype(dtype)
    if dtype.kind == "b":
        return rng.random(shape) < 0.03
    x = rng.standard_normal(shape)
    if dtype.kind == "c":
        x = x + 1j * rng.standard_normal(shape)
    return x.astype(dtype)


def blocks_of(x: np.ndarray, lengths: Any, axis: int = -1) -> Iterator[np.ndarray]:
    """Cut a signal into blocks, the lengths repeated."""
    first = number = 0
    while first < x.shape[axis]:
        last = min(first + lengths[number % len(lengths)], x.shape[axis])
        yield np.take(x, range(first, last), axis)
        first, number = last, number + 1


def in_blocks(stream: Stream, x: np.ndarray, lengths: Any, axis: int = -1) -> Any:
    """Convolve a signal block by block."""
    outputs = [stream(block) for block in blocks_of(x, lengths, axis)]
    return np.concatenate([*outputs, stream.flush()], axis)


def whole(x: np.ndarray, h: np.ndarray, dtype: Any = None) -> np.ndarray:
    """Convolve rows by NumPy, exactly or in extended precision."""
    dtype = dtype or np.result_type(x, h)
    kind = np.dtype(dtype)
    wide: Any = {"f": np.longdouble, "c": np.clongdouble}.get(kind.kind, object)
    if kind.kind == "b":
        wide = np.int64
    if h.ndim == 3:
        lines = x.astype(wide)
        found = np.stack(
            [
                reduce(
                    np.add,
                    [np.convolve(*pair) for pair in zip(lines, row, strict=True)],
                )
                for row in h.astype(wide)
            ]
        )
    else:
        rows = x.astype(wide).reshape(-1, x.shape[-1])
        found = np.stack([np.convolve(row, h.astype(wide)) for row in rows])
        found = found.reshape(*x.shape[:-1], -1)
    if kind.kind in "iu":
        return (found & (256**kind.itemsize - 1)).astype(np.uint64).astype(kind)
    return found.astype(dtype) if kind.kind in "bO" else found


def check(y: np.ndarray, x: np.ndarray, h: np.ndarray) -> None:
    expected = whole(x, h, y.dtype)
    assert y.shape == expected.shape
    if y.dtype.kind in "fc":
        # of sums of normal numbers
        size = np.sqrt(h.shape[-1] * (h.shape[1] if h.ndim == 3 else 1))
        scale = max(1.0, abs(x).max(initial=0)) * max(1.0, abs(h).max())
        wrong = abs(y - expected).max(initial=0) / size / scale
        assert wrong < (30 if y.dtype != np.float16 else 60) * np.finfo(y.dtype).eps
    else:
        np.testing.assert_array_equal(y, expected)


lengths = st.lists(st.integers(0, 700), min_size=1, max_size=12).filter(any)


@given(
    st.sampled_from(TYPES),
    st.sampled_from([1, 2, 9, 130, 255, 257, 600, 1500, 4000]),
    lengths,
    st.integers(1, 3000),
    st.sampled_from([None, 1, 64, 1000]),
    st.integers(0, 9),
)
@settings(deadline=None)
def test_blocks_are_the_whole(
    dtype: str, taps: int, lengths: list[int], count: int, block: int | None, seed: int
) -> None:
    if np.dtype(dtype).kind == "O":
        taps, count = min(taps, 300), min(count, 600)
    x, h = numbers(count, dtype, seed), numbers(taps, dtype, seed + 1)
    y = in_blocks(Stream(h, block=block), x, lengths)
    assert y.dtype == np.result_type(x, h)
    check(y, x, h)


@pytest.mark.parametrize("kernel", ["f4", "c8", "i2", "f8", "c16", "g"])
@pytest.mark.parametrize("signal", ["f4", "c8", "i2", "f8", "c16", "?", "f2"])
def test_types(signal: str, kernel: str) -> None:
    """Types are promoted as by convolve, and complex numbers are so on either side."""
    x, h = numbers(1000, signal), numbers(300, kernel, 1)
    y = in_blocks(Stream(h), x, [0, 1, 50, 333])
    expected = pyconvolve.convolve(x, h)
    assert y.dtype == expected.dtype
    check(y, x, h)


@given(
    st.sampled_from([*FLOATS, "i4", "g", "?"]),
    st.integers(1, 3),
    st.integers(1, 3),
    st.sampled_from([1, 5, 300, 2000]),
    lengths,
)
@settings(deadline=None, max_examples=60)
def test_matrix_of_kernels(
    dtype: str, outputs: int, inputs: int, taps: int, lengths: list[int]
) -> None:
    x, h = numbers((inputs, 1500), dtype), numbers((outputs, inputs, taps), dtype, 1)
    check(in_blocks(Stream(h), x, lengths), x, h)


@pytest.mark.parametrize("dtype", ["f4", "c16", "i8"])
@pytest.mark.parametrize("axis", [0, 1, 2, -1, -3])
def test_axis(dtype: str, axis: int) -> None:
    x, h = numbers((900, 3, 2), dtype), numbers(400, dtype, 1)
    x = np.moveaxis(x, 0, axis)
    y = in_blocks(Stream(h, axis=axis), x, [17, 0, 300], axis)
    check(np.moveaxis(y, axis, -1), np.moveaxis(x, axis, -1), h)


@pytest.mark.parametrize("dtype", ["f8", "c8", "i4"])
def test_matrix_beside_other_axes(dtype: str) -> None:
    """The first axis has the inputs, further ones independent signals."""
    x, h = numbers((2, 3, 900), dtype), numbers((4, 2, 300), dtype, 1)
    y = in_blocks(Stream(h, axis=-1), x, [200])
    assert y.shape == (4, 3, 1199)
    for k in range(3):
        check(y[:, k], x[:, k], h)
    turned = in_blocks(Stream(h, axis=1), np.moveaxis(x, -1, 1), [200], 1)
    np.testing.assert_array_equal(np.moveaxis(turned, 1, -1), y)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize(
    "sizes",
    [
        (128,),
        (256,),
        (1024,),
        (128, 256),
        (128, 1024, 2048),
        (256, 8192),
        (128, 512, 2048, 16384),
        (512, 32768),
        (1024, 65536),
        (2048, 131072),
    ],
    ids=str,
)
def test_every_layout(
    sizes: tuple[int, ...], dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Transforms of all lengths, divided into units or not, whole or in pieces."""
    taps = 2 * sizes[-1] + sizes[-1] // 2 + 37
    layout = partitions.Layout(
        sizes[0], sizes[0], tuple(partitions._levels(sizes, taps))
    )
    monkeypatch.setattr(partitions, "choose", lambda *_: layout)
    monkeypatch.setattr(filters, "_LONG", 1 << 60)
    count = 5 * sizes[-1] + 100
    x, h = numbers(count, dtype), numbers(taps, dtype, 1)
    y = in_blocks(Stream(h), x, [sizes[-1] // 3 + 11, 5, 64])
    # exact at a few hundred outputs
    at = np.unique(np.linspace(0, y.size - 1, 300).astype(int))
    wide_x, wide_h = x.astype(np.longdouble), h.astype(np.longdouble)
    for n in at:
        low, high = max(0, n - taps + 1), min(n + 1, count)
        exact = wide_x[low:high] @ wide_h[n - np.arange(low, high)]
        assert abs(y[n] - exact) < 40 * np.finfo(dtype).eps * np.sqrt(taps)


def test_layouts_cover_every_tap() -> None:
    """Levels follow each other, and leave their transforms a block's time."""
    for taps in [1, 127, 128, 129, 1000, 50_000, 144_000, 1_200_000, 5_000_000]:
        for layout in partitions._layouts(taps):
            end = layout.head
            for number, level in enumerate(layout.levels):
                assert level.first_tap == end == level.delay * level.points
                assert level.delay == (1 if number == 0 else 2)
                end += level.partitions * level.points
            assert end >= taps
            if layout.levels:
                assert layout.head == layout.step == layout.levels[0].points
                assert end - layout.levels[-1].points < taps


def test_long_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are convolved as a whole, and blocks behind them go on from there."""
    calls = []
    convolve = filters.convolve
    monkeypatch.setattr(
        filters, "convolve", lambda *a, **k: calls.append(a) or convolve(*a, **k)
    )
    for dtype in [*FLOATS, "i4"]:
        calls.clear()
        x, h = numbers(60_000, dtype), numbers(3000, dtype, 1)
        for chunks in ([20_000, 100, 64], [100, 20_000, 5]):
            check(in_blocks(Stream(h, workers=2), x, chunks), x, h)
        assert len(calls) >= 6
        two = np.stack([x, x[::-1]])
        check(in_blocks(Stream(h), two, [100, 20_000, 5]), two, h)


@pytest.mark.parametrize("dtype", ["f4", "f8", "c16"])
def test_outputs_are_those_of_lfilter(dtype: str) -> None:
    x, h = numbers(2000, dtype), numbers(500, dtype, 1)
    stream = Stream(h, block=64)
    y = np.concatenate([stream(block) for block in blocks_of(x, [64])])
    expected = scipy.signal.lfilter(h, 1, x)
    assert y.size == x.size
    np.testing.assert_allclose(y, expected, rtol=0, atol=1e4 * np.finfo(dtype).eps)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_what_is_not_finite_reaches_as_far_as_the_taps(dtype: str, bad: float) -> None:
    x, h = numbers(9000, dtype), numbers(2500, dtype, 1)
    for places in ([4000], [0, 100, 8999], range(3000, 3400), [127, 128, 129, 5000]):
        spoiled = x.copy()
        spoiled[places] = bad
        with np.errstate(invalid="ignore"):
            expected = np.convolve(spoiled, h)
            y = in_blocks(Stream(h, block=64), spoiled, [64, 3, 900])
        np.testing.assert_array_equal(np.isfinite(y), np.isfinite(expected))
        np.testing.assert_array_equal(np.isnan(y), np.isnan(expected))
        far = np.isinf(expected)
        np.testing.assert_array_equal(y[far], expected[far])
        fine = np.isfinite(expected)
        np.testing.assert_allclose(y[fine], expected[fine], rtol=0, atol=1e-2)


def test_both_infinities() -> None:
    x, h = np.zeros(6000), np.ones(2000)
    x[[1000, 2500]] = np.inf, -np.inf
    with np.errstate(invalid="ignore"):
        expected = np.convolve(x, h)
        y = in_blocks(Stream(h), x, [50])
    np.testing.assert_array_equal(y, expected)


def test_taps_that_are_not_finite() -> None:
    """They are multiplied by the zeros before the first sample and behind the last."""
    x, h = numbers(3000, "f8"), numbers(1000, "f8", 1)
    h[[500, 900]] = np.inf, np.nan
    with np.errstate(invalid="ignore"):
        expected = np.convolve(np.pad(x, 999), h, "valid")
        y = in_blocks(Stream(h), x, [64])
    np.testing.assert_array_equal(np.isnan(y), np.isnan(expected))


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("count", [64, 100])
def test_work_is_spread_evenly(dtype: str, count: int) -> None:
    """No block has to wait for the transforms of a long level."""
    partitioned = partitions.partition(numbers((1, 1, 100_000), dtype), False, count)
    partitioned.open(1)
    x = numbers((1, 1, count), dtype)
    # outputs of the first level are due as soon as its block is whole
    longer = [points for points, _ in partitioned.progress[1:]]
    assert max(longer) >= 4096
    for _ in range(2 * max(longer) // count):
        partitioned.process(x, np.empty_like(x), count)
        for points, share in partitioned.progress[1:]:
            into = partitioned.position % points
            if into < partitioned.position and into:
                ahead = share - into / points
                # a short level has few units
                assert -1e-3 <= ahead <= 0.5, (points, into)


def test_equal_blocks_have_equal_bits() -> None:
    """Outputs depend neither on the caller's blocks nor on what came before."""
    x, h = numbers(20_000, "f4"), numbers(9000, "f4", 1)
    one = in_blocks(Stream(h, block=64), x, [64])
    stream = Stream(h, block=64)
    stream(numbers(5000, "f4", 7))
    stream.reset()
    np.testing.assert_array_equal(in_blocks(stream, x, [64]), one)


@pytest.mark.parametrize("lay_out", [every_other, misaligned, read_only, in_a_record])
@pytest.mark.parametrize("dtype", ["f4", "c16", ">f8", "i4"])
def test_memory_layouts(lay_out: Any, dtype: str) -> None:
    x, h = numbers((2, 900), dtype), numbers(300, dtype, 1)
    stream, outputs = Stream(h), []
    for block in blocks_of(x, [100]):
        out = np.empty(block.shape, np.result_type(x, h))
        if lay_out is not read_only:
            out = lay_out(out)
        assert stream(lay_out(block), out=out) is out
        outputs.append(out)
    np.testing.assert_array_equal(
        np.concatenate(outputs, -1), in_blocks(Stream(h), x, [100])[:, :900]
    )


def test_out_may_be_the_block() -> None:
    x, h = numbers(5000, "f4"), numbers(1000, "f4", 1)
    stream, expected = Stream(h), in_blocks(Stream(h), x, [700])[:5000]
    y = x.copy()
    for first in range(0, 5000, 700):
        block = y[first : first + 700]
        stream(block, out=block)
    np.testing.assert_array_equal(y, expected)


@pytest.mark.parametrize("dtype", ["f8", "f4", "c16", "i4", "O"])
@pytest.mark.parametrize("axis", [0, 1])
def test_stream_convolve(dtype: str, axis: int) -> None:
    x, h = numbers((40, 50), dtype), numbers(30, dtype, 1)
    state, found = None, []
    expected = np.zeros((29, 50) if axis == 0 else (40, 29))
    for block in blocks_of(x, [7, 20], axis):
        y, state = pyconvolve.stream_convolve(h, block, state, axis)
        found.append(y)
        if dtype not in "i4O":
            reference, expected = scipy.signal.lfilter(h, 1, block, axis, expected)
            size = 300 * np.finfo(dtype).eps
            np.testing.assert_allclose(y, reference, rtol=0, atol=size)
            np.testing.assert_allclose(state, expected, rtol=0, atol=size)
    y = np.moveaxis(np.concatenate([*found, state], axis), axis, -1)
    check(y.astype(dtype), np.moveaxis(x, axis, -1), h)
