"""Streams go on from a state, change kernels, and tell what is wrong with a call."""

import copy
import ctypes
import pickle
import threading
import time
import tracemalloc
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.signal
from test_stream import blocks_of, check, in_blocks, numbers
from test_threads import interrupt, posix

import pyconvolve
from pyconvolve import Stream
from pyconvolve import stream as stream_module

pytestmark = pytest.mark.compiled

TYPES = ["f4", "f8", "c8", "c16", "f2", "i4", "g", "O"]


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("taps", [1, 40, 700, 5000])
def test_state_has_all_that_outputs_depend_on(dtype: str, taps: int) -> None:
    """A copy, a pickle and a restored stream go on with the same bits."""
    taps = min(taps, 300) if dtype == "O" else taps
    x, h = numbers(9000, dtype), numbers(taps, dtype, 1)
    for at in (0, 100, 3333, 8192):
        stream = Stream(h, block=64)
        for block in blocks_of(x[:at], [64, 1, 500]):
            stream(block)
        state = stream.state
        others = [copy.copy(stream), copy.deepcopy(stream)]
        others.append(pickle.loads(pickle.dumps(stream)))
        expected = in_blocks(stream, x[at:], [100])
        # the state is not that of the stream any more
        stream.state = state
        later = Stream(h, block=64)
        later.state = pickle.loads(pickle.dumps(state))
        for other in (*others, stream, later):
            np.testing.assert_array_equal(in_blocks(other, x[at:], [100]), expected)


def test_state_of_many_signals_and_of_a_matrix() -> None:
    for h, shape in ((numbers(600, "c16"), (3, 2)), (numbers((2, 3, 600), "f4"), (3,))):
        x = numbers((*shape, 2000), h.dtype, 1)
        stream = Stream(h)
        stream(x[..., :777])
        other = Stream(h)
        other.state = stream.state
        np.testing.assert_array_equal(
            other(x[..., 777:]), copy.copy(stream)(x[..., 777:])
        )


@pytest.mark.parametrize("dtype", ["f4", "f8", "c8", "i4", "g", "O"])
@pytest.mark.parametrize("taps", [30, 800])
def test_set_kernel(dtype: str, taps: int) -> None:
    """Outputs are those of the new kernel, as if it had always been there."""
    x, old = numbers(2500, dtype), numbers(800, dtype, 1)
    new = numbers(taps, dtype, 2)
    stream = Stream(old)
    stream(x[:1100])
    stream.set_kernel(new)
    np.testing.assert_array_equal(stream.kernel, new)
    y = np.concatenate([stream(x[1100:1150]), stream(x[1150:]), stream.flush()])
    expected = in_blocks(Stream(new), x, [2500])[1100:]
    if dtype in ("i4", "O"):
        np.testing.assert_array_equal(y, expected)
    else:
        size = 1000 * np.finfo(dtype).eps
        np.testing.assert_allclose(y, expected, rtol=0, atol=size)


def test_a_longer_kernel_sees_what_is_stored() -> None:
    """Samples that the old kernel did not reach any more count as zeros."""
    x, old, new = numbers(400, "i8"), numbers(20, "i8", 1), numbers(300, "i8", 2)
    stream = Stream(old)
    stream(x[:300])
    held = stream.state.samples.shape[-1]
    assert 19 <= held < 300
    stream.set_kernel(new)
    known = np.concatenate([np.zeros(300 - held, np.int64), x[300 - held :]])
    np.testing.assert_array_equal(stream(x[300:]), np.convolve(known, new)[300:400])


@pytest.mark.parametrize("dtype", ["f8", "c16", "f4"])
@pytest.mark.parametrize("fade", [1, 100, 1000])
def test_fade(dtype: str, fade: int) -> None:
    x, old, new = numbers(3000, dtype), numbers(600, dtype, 1), numbers(200, dtype, 2)
    weights = np.zeros(3000)
    weights[1000:] = np.minimum(1, np.arange(1, 2001) / (fade + 1))
    both = [scipy.signal.lfilter(h, 1, x) for h in (old, new)]
    expected = both[0] + weights * (both[1] - both[0])
    for lengths in ([7, 333], [2000]):
        stream = Stream(old)
        y = [stream(block) for block in blocks_of(x[:1000], [250])]
        stream.set_kernel(new, fade=fade)
        y += [stream(block) for block in blocks_of(x[1000:], lengths)]
        size = 2000 * np.finfo(dtype).eps
        np.testing.assert_allclose(np.concatenate(y), expected, rtol=0, atol=size)


def test_a_fade_in_a_fade_and_its_state() -> None:
    """Kernels follow each other before the fade before has ended."""
    x = numbers(4000, "f8")
    kernels = [numbers(500, "f8", seed) for seed in range(3)]
    first, second = np.zeros(4000), np.zeros(4000)
    first[1000:] = np.minimum(1, np.arange(1, 3001) / 801)
    second[1300:] = np.minimum(1, np.arange(1, 2701) / 601)
    a, b, c = (scipy.signal.lfilter(h, 1, x) for h in kernels)
    expected = a + first * (b - a)
    expected = expected + second * (c - expected)
    stream = Stream(kernels[0])
    y = [stream(x[:1000])]
    stream.set_kernel(kernels[1], fade=800)
    y.append(stream(x[1000:1300]))
    stream.set_kernel(kernels[2], fade=600)
    y.append(stream(x[1300:1500]))
    other = pickle.loads(pickle.dumps(stream))
    rest = [stream(x[1500:1600]), stream(x[1600:])]
    np.testing.assert_allclose(
        np.concatenate([*y, *rest]), expected, rtol=0, atol=1e-11
    )
    np.testing.assert_array_equal(
        np.concatenate([other(x[1500:1600]), other(x[1600:])]), np.concatenate(rest)
    )


def test_flush_has_the_tail_of_a_kernel_that_fades() -> None:
    x, old, new = numbers(100, "f8"), numbers(300, "f8", 1), np.ones(1)
    for asks in (False, True):
        stream = Stream(old)
        stream(x)
        stream.set_kernel(new, fade=10_000)
        if asks:
            assert stream.state.fades
        y = stream.flush()
        weights = np.arange(1, 300) / 10_001
        tail = np.convolve(x, old)[100:]
        np.testing.assert_allclose(y, (1 - weights) * tail, rtol=0, atol=1e-12)


def test_flush_ends_the_signal() -> None:
    stream = Stream([1.0, 2.0, 3.0])
    assert stream.flush().shape == (0,)
    for _ in range(2):
        np.testing.assert_array_equal(stream(np.ones((2, 2))), [[1, 3], [1, 3]])
        np.testing.assert_array_equal(stream.flush(), [[5, 3], [5, 3]])
    # a new signal may have another shape and type
    assert stream(np.ones(4, np.complex64)).dtype == np.complex128
    assert stream.latency == 0
    assert Stream([1])([]).shape == (0,)


@pytest.mark.parametrize("dtype", ["f4", "i4"])
def test_the_next_signal_needs_no_preparation(
    dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, filter_for = list[Any](), stream_module.filter_for

    def counted(*args: Any) -> Any:
        made.append(args)
        return filter_for(*args)

    monkeypatch.setattr(stream_module, "filter_for", counted)
    h, x = numbers((500,), dtype), numbers((700,), dtype, 1)
    stream = Stream(h)
    for _ in range(3):
        check(in_blocks(stream, x, [64]), x, h)
    stream(x[:90])
    stream.reset()
    both = np.stack([x, x[::-1]])
    check(in_blocks(stream, both, [100])[1], x[::-1], h)
    assert len(made) == 1
    stream.set_kernel(h[:300])
    check(in_blocks(stream, x, [64]), x, h[:300])
    assert len(made) == 2
    # the outputs have another type
    in_blocks(stream, x.astype("f8"), [64])
    assert len(made) == 3


def test_a_kernel_set_before_the_first_block() -> None:
    stream = Stream([1, 2])
    stream.set_kernel([3, 4, 5], fade=10)
    stream = copy.copy(stream)
    np.testing.assert_array_equal(stream([1, 0, 0]), [3, 4, 5])


@pytest.mark.parametrize(
    ("arguments", "options", "says"),
    [
        ((1,), {}, r"h must have the shape \(taps,\)"),
        (([[1]],), {}, r"h must have the shape .* not \(1, 1\)"),
        (([],), {}, r"h must not be empty"),
        (([1],), {"axis": 1.5}, "axis must be an integer, not 1.5"),
        (([1],), {"block": 0}, "block must be at least 1, not 0"),
        (([1],), {"dtype": "U3"}, "dtype must be"),
        (([1.5],), {"dtype": int}, "h must fit the stream's type int64"),
        (([1],), {"workers": 0}, "workers must be at least 1"),
        ((["a"],), {}, "h must hold numbers"),
    ],
)
def test_wrong_streams(arguments: Any, options: Any, says: str) -> None:
    with pytest.raises((TypeError, ValueError), match=says):
        Stream(*arguments, **options)


def test_wrong_blocks_are_not_taken() -> None:
    stream = Stream(np.ones((1, 2, 3)))
    with pytest.raises(ValueError, match="x_block must have at least 2 axes"):
        stream([1, 2])
    with pytest.raises(ValueError, match="x_block must have 2 inputs"):
        stream(np.ones((3, 4)))
    with pytest.raises(ValueError, match="axis must not be 0"):
        Stream(np.ones((1, 2, 3)), axis=0)(np.ones((2, 4)))
    with pytest.raises(ValueError, match="axis must lie between"):
        Stream([1], axis=2)([1])
    stream = Stream([1, 1])
    stream([1, 2])
    with pytest.raises(ValueError, match=r"shape \(any length\)"):
        stream([[1, 2]])
    with pytest.raises(TypeError, match="x_block must fit the stream's type int64"):
        stream([1.5])
    with pytest.raises(ValueError, match="out must have the shape"):
        stream([3], out=np.zeros(2, np.int64))
    with pytest.raises(TypeError, match="out must have the dtype"):
        stream([3], out=np.zeros(1))
    np.testing.assert_array_equal(stream([3]), [5])
    with pytest.raises(ValueError, match=r"h must have the shape \('taps',\)"):
        stream.set_kernel(np.ones((1, 1, 1), int))
    with pytest.raises(ValueError, match="fade must be 0 for outputs of type int64"):
        stream.set_kernel([1], fade=3)
    with pytest.raises(ValueError, match="fade must be at least 0"):
        stream.set_kernel([1], fade=-1)
    with pytest.raises(TypeError, match="h must fit"):
        stream.set_kernel([1.5])
    with pytest.raises(TypeError, match="state must be that of a stream"):
        stream.state = 3  # type: ignore[assignment]
    np.testing.assert_array_equal(stream([4]), [7])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (([[1]], [1]), r"h must have the shape \(taps,\)"),
        (([], [1]), r"h must have the shape \(taps,\)"),
        (([1], 1), "x must have at least one axis"),
        (([1, 2], [1], [1, 2]), r"zi must have the shape \(1,\), not \(2,\)"),
        (([1, 2], [1], None, 1), "axis must lie between"),
        (([1, 2], [1], None, 0.5), "axis must be an integer"),
    ],
)
def test_wrong_blocks_with_a_state(arguments: Any, says: str) -> None:
    with pytest.raises((TypeError, ValueError), match=says):
        pyconvolve.stream_convolve(*arguments)


def test_empty_block_with_a_state() -> None:
    y, state = pyconvolve.stream_convolve([1, 2, 3], [], [4, 5])
    assert y.shape == (0,)
    np.testing.assert_array_equal(state, [4, 5])


def test_another_thread_gets_an_error() -> None:
    """A long call releases the GIL, and keeps others from the stream."""
    stream, refused = Stream(numbers(100_000, "f8"), block=64), []
    stream(np.ones(1))
    x = np.ones(90_000)
    ended = threading.Event()

    def call() -> None:
        while not ended.is_set():
            try:
                _ = stream.state
            except RuntimeError as error:
                refused.append(str(error))

    other = threading.Thread(target=call)
    other.start()
    end = time.monotonic() + 20
    while not refused and time.monotonic() < end:
        with suppress(RuntimeError):
            stream(x)
    ended.set()
    other.join()
    assert refused[0] == "another thread is using this stream"


def test_a_long_call_releases_the_gil() -> None:
    stream = Stream(numbers((4, 4, 20_000), "f8"), block=64)
    stream(np.ones((4, 1)))
    x, times, ended = np.ones((4, 400_000)), [], threading.Event()

    def note() -> None:
        while not ended.wait(1e-3):
            times.append(time.monotonic())

    other = threading.Thread(target=note)
    other.start()
    begin = time.monotonic()
    stream(x)
    end = time.monotonic()
    ended.set()
    other.join()
    quarter = (end - begin) / 4
    assert any(begin + quarter < at < end - quarter for at in times)


def test_a_thread_sets_kernels() -> None:
    stream, x = Stream(numbers(3000, "f4"), block=64), numbers(64, "f4")
    stream(x)

    def change() -> None:
        for seed in range(40):
            stream.set_kernel(numbers(3000, "f4", seed), fade=100)

    other = threading.Thread(target=change)
    other.start()
    while other.is_alive():
        stream(x)
    other.join()
    for _ in range(100):
        stream(x)
    np.testing.assert_array_equal(stream.kernel, numbers(3000, "f4", 39))
    last = scipy.signal.lfilter(stream.kernel, 1, np.tile(x, 60))[-64:]
    np.testing.assert_allclose(stream(x), last, rtol=0, atol=2e-3)


@posix
def test_interrupt(tmp_path: Path) -> None:
    """Ctrl-C ends a long call; the stream says that it has lost samples."""
    program = """
import time
import numpy as np, pyconvolve
stream = pyconvolve.Stream(np.ones((8, 8, 30_000)), block=64)
x = np.ones((8, 5_000_000))
stream(x[:, :1])
print("ready", flush=True)
try:
    stream(x)
except KeyboardInterrupt:
    at = time.monotonic()
    try:
        stream(x[:, :1])
    except RuntimeError as error:
        lost = "lost samples" in str(error)
    stream.reset()
    print("interrupted", lost and stream(x[:, :1]).shape == (8, 1), at)
"""
    assert interrupt(program, tmp_path) < 2


class Statistics(ctypes.Structure):
    """What glibc says of memory: `man 3 mallinfo`."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks",
                     "fsmblks", "uordblks", "fordblks", "keepcost")
    ]  # fmt: skip


@pytest.mark.parametrize("dtype", ["f4", "f8", "c8"])
@pytest.mark.parametrize("count", [1, 64, 500])
def test_steady_streams_allocate_nothing(dtype: str, count: int) -> None:
    """Neither NumPy nor C takes memory for a block, over all blocks of a period."""
    try:
        mallinfo2 = ctypes.CDLL(None).mallinfo2
    except (AttributeError, TypeError):
        pytest.skip("needs the statistics of glibc")
    mallinfo2.restype = Statistics
    stream = Stream(numbers(20_000, dtype), block=count)
    x, out = numbers(count, dtype, 1), np.empty(count, dtype)
    blocks = range(20_000 // count)
    for _ in blocks:
        stream(x, out)
    before = mallinfo2()
    for _ in blocks:
        stream(x, out)
    after = mallinfo2()
    assert after.uordblks + after.hblkhd == before.uordblks + before.hblkhd
    tracemalloc.start()
    stream(x, out)
    tracemalloc.reset_peak()
    first, _ = tracemalloc.get_traced_memory()
    for _ in range(100):
        stream(x, out)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # integers and views, no samples
    assert peak - first < 1000
