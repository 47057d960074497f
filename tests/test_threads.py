"""Workers never change a result; threads, forks and Ctrl-C are safe."""

import os
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from problems import BOUNDARIES, DTYPES, FUNCTIONS, any_values

import pyconvolve
from pyconvolve import get_workers, set_workers
from pyconvolve._core import thread_pool

METHODS = ["direct", "fft"]
posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals and fork")


def same_bits(a: np.ndarray, b: np.ndarray) -> bool:
    # values are compared, because the padding bytes of a long double are arbitrary
    return a.dtype == b.dtype and np.array_equal(a, b)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize(
    ("data", "kernel", "options"),
    [
        ((40001,), (37,), {}),
        ((211, 203), (7, 6), {}),
        ((211, 203), (7, 6), {"stride": 2, "dilation": (1, 3)}),
        ((23, 25, 61), (3, 2, 3), {}),
        ((300, 8, 8), (3, 3), {"axes": (1, 2)}),
        ((300, 8, 8), (300, 3, 3), {"axes": (1, 2)}),
        ((90, 80, 3), (5, 5), {"axes": (0, 1)}),
        ((9,), (17001,), {}),
    ],
    ids=str,
)
def test_bit_identical(
    data: tuple[int, ...],
    kernel: tuple[int, ...],
    options: dict[str, Any],
    dtype: np.dtype,
) -> None:
    x, h = any_values(data, dtype), any_values(kernel, dtype, seed=1)
    for name, mode, boundary in [
        ("convolve", "same", "reflect"),
        ("correlate", "full", "constant"),
    ]:
        function = getattr(pyconvolve, name)
        for method in ("direct", "auto"):
            one, *more = (
                function(x, h, mode, method, boundary=boundary, workers=n, **options)
                for n in (1, 2, 3, 8)
            )
            assert all(same_bits(one, other) for other in more)
        with set_workers(2):
            other = function(x, h, mode, "auto", boundary=boundary, **options)
        assert same_bits(other, one)


def test_bit_identical_on_large_data() -> None:
    x, h = any_values((1500, 1600), np.float32), any_values((9, 9), np.float32, seed=1)
    for boundary in BOUNDARIES:
        one, two, three = (
            pyconvolve.convolve(x, h, "same", "direct", boundary=boundary, workers=n)
            for n in (1, 2, 3)
        )
        assert same_bits(one, two)
        assert same_bits(one, three)


def test_many_threads_at_once() -> None:
    problems = []
    for i, dtype in enumerate(DTYPES * 3):
        data, kernel = [((50 + i, 60), (3, 2 + i % 5)), ((3000 + i,), (5 + i,))][i % 2]
        x, h = any_values(data, dtype, i), any_values(kernel, dtype, i + 1)
        options = {"boundary": BOUNDARIES[i % 5], "stride": 1 + i % 2}
        name = FUNCTIONS[i % 2]
        problems.append((getattr(pyconvolve, name), x, h, options, 1 + i % 3))
    wanted = [f(x, h, "same", workers=1, **options) for f, x, h, options, _ in problems]
    start = threading.Barrier(8)

    def call_all(seed: int) -> bool:
        start.wait()
        for i in np.random.default_rng(seed).permutation(len(problems)):
            f, x, h, options, workers = problems[i]
            if not same_bits(f(x, h, "same", workers=workers, **options), wanted[i]):
                return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(call_all, range(8)))


def test_threads_write_rows_of_one_array() -> None:
    x, h = any_values((64, 500), np.float32), any_values((9,), np.float32, seed=1)
    want = pyconvolve.convolve(x, h, "same", axes=1)
    out = np.zeros_like(want)

    def one_row(i: int) -> None:
        pyconvolve.convolve(x[i], h, "same", out=out[i], workers=2)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one_row, range(64)))
    assert same_bits(out, want)


def test_set_workers_nests_and_restores() -> None:
    default = get_workers()
    with set_workers(3):
        assert get_workers() == 3
        with set_workers(1):
            assert get_workers() == 1
        assert get_workers() == 3
    assert get_workers() == default
    with pytest.raises(KeyError), set_workers(5):
        raise KeyError
    assert get_workers() == default


def test_set_workers_as_a_statement() -> None:
    with set_workers(3):
        inner = set_workers(2)
        assert get_workers() == 2
        with inner:
            assert get_workers() == 2
        assert get_workers() == 3
        set_workers(1)
        assert get_workers() == 1
    for wrong in (0, "x", 1.5, None):
        with pytest.raises((TypeError, ValueError), match=r"^workers must be"):
            set_workers(wrong)  # type: ignore[arg-type]


def test_negative_workers_count_down_from_the_cores() -> None:
    with set_workers(-1):
        every = get_workers()
    assert every >= 1
    with set_workers(-every):
        assert get_workers() == 1
    with set_workers(np.int64(2)):
        assert get_workers() == 2


def test_set_workers_holds_for_the_calling_thread() -> None:
    default = get_workers()
    with set_workers(default + 1), ThreadPoolExecutor(1) as pool:
        assert pool.submit(get_workers).result() == default

        def inside() -> int:
            with set_workers(default + 2):
                return get_workers()

        assert pool.submit(inside).result() == default + 2
        assert get_workers() == default + 1


def test_number_of_threads_from_the_environment(python: Callable[..., Any]) -> None:
    program = "import pyconvolve; print(pyconvolve.get_workers())"
    for number in ("1", "3"):
        done = python(program, PYCONVOLVE_NUM_THREADS=number)
        assert done.stdout.split() == [number], done.stderr
    done = python(program, PYCONVOLVE_NUM_THREADS="")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
    assert int(done.stdout) == (cores or os.cpu_count())


@pytest.mark.parametrize("method", METHODS)
def test_other_threads_run_during_a_call(method: str) -> None:
    x, h = any_values((700, 700), np.float64), any_values((41, 41), np.float64, seed=1)
    if method == "fft":
        x = np.tile(x, (4, 4))
    started, finished = threading.Event(), threading.Event()

    def call() -> None:
        started.set()
        pyconvolve.convolve(x, h, "same", method, workers=1)
        finished.set()

    caller = threading.Thread(target=call)
    caller.start()
    started.wait()
    steps = 0
    while not finished.is_set():
        steps += 1
    caller.join()
    # if the call held the lock throughout, there would be a step or two
    assert steps > 10_000


# x is broadcast to many signals, so that calls take long, but need few bytes
INTERRUPTED = """
import signal, time
import numpy as np, pyconvolve
signal.signal(signal.SIGINT, signal.default_int_handler)
x, h = np.full({data}, {value}, {dtype!r}), np.full({kernel}, {value}, {dtype!r})
x = np.broadcast_to(x, {times} + x.shape)
tiny = np.ones((40, 40), x.dtype)
small = pyconvolve.convolve(tiny, tiny, "same", {method!r}, workers=2)
print("ready", flush=True)
try:
    pyconvolve.convolve(x, h, "same", {method!r}, workers={workers}, **{options})
except KeyboardInterrupt:
    at = time.monotonic()
    repeated = pyconvolve.convolve(tiny, tiny, "same", {method!r}, workers=2)
    print("interrupted", np.array_equal(small, repeated), at, flush=True)
"""


def interrupt(program: str, directory: Path, after: float = 0.3) -> float:
    """Interrupt a program `after` seconds; return how many seconds it then takes."""
    with subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n", child.communicate()
            threading.Event().wait(after)
            sent = time.monotonic()
            child.send_signal(signal.SIGINT)
            said, complained = child.communicate(timeout=20)
        finally:
            child.kill()
    assert said.startswith("interrupted True "), complained
    return float(said.split()[-1]) - sent


@posix
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    ("data", "kernel", "dtype", "options"),
    [
        ("(4000, 4000)", "(801, 801)", "float32", {}),
        ("(4000, 4000)", "(801, 801)", "float64", {"boundary": "wrap"}),
        ("(9000000,)", "(1000001,)", "float32", {}),
        ("(600, 600)", "(4000, 4000)", "float32", {}),
        ("(2000, 2000)", "(301, 301)", "longdouble", {}),
        ("(4000, 4000)", "(601, 601)", "complex64", {}),
        ("(400, 400, 400)", "(101, 101, 101)", "uint8", {"stride": 2}),
        ("(5000, 100, 100)", "(401, 401)", "float32", {"axes": (1, 2)}),
        ("(300, 300)", "(200, 200)", "object", {}),
    ],
    ids=str,
)
def test_interrupt(
    data: str,
    kernel: str,
    dtype: str,
    options: dict[str, Any],
    workers: int,
    tmp_path: Path,
) -> None:
    """Without the interrupt the call would take minutes, longer than the test waits."""
    program = INTERRUPTED.format(
        method="direct", data=data, kernel=kernel, dtype=dtype, options=options,
        value=1, times=(), workers=workers,
    )  # fmt: skip
    interrupt(program, tmp_path)


@posix
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    ("data", "kernel", "dtype", "axes", "times"),
    [
        ("(4096, 4096)", "(2049, 2049)", "float32", (1, 2), 30),
        ("(300, 300, 300)", "(101, 101, 101)", "float64", (1, 2, 3), 9),
        ("30_000_000", "3_000_000", "complex64", (1,), 8),
        ("(3000, 3000)", "(801, 801)", "int64", (1, 2), 9),
        ("(2000, 2000)", "(301, 301)", "longdouble", (1, 2), 9),
    ],
    ids=str,
)
def test_interrupt_transforms(
    data: str,
    kernel: str,
    dtype: str,
    axes: tuple[int, ...],
    times: int,
    workers: int,
    tmp_path: Path,
) -> None:
    """Without the interrupt the call would take several times as long as allowed."""
    # these integers have to be split into digits
    value = 2**63 - 1 if dtype == "int64" else 1
    program = INTERRUPTED.format(
        method="fft", data=data, kernel=kernel, dtype=dtype, options={"axes": axes},
        value=value, times=(times,), workers=workers,
    )  # fmt: skip
    # in the first part of a second a call transforms the kernel
    after = 1.2 if workers == 1 else 0.1
    assert interrupt(program, tmp_path, after) < 2


def test_programs_end_after_an_interrupt_of_the_first_call(
    python: Callable[..., Any],
) -> None:
    """Ctrl-C may interrupt the start of another thread."""
    done = python(
        "import threading\n"
        "import numpy as np, pyconvolve\n"
        "start = threading.Thread.start\n"
        "def interrupted(thread):\n"
        "    start(thread)\n"
        "    if threading.current_thread() is threading.main_thread():\n"
        "        raise KeyboardInterrupt\n"
        "threading.Thread.start = interrupted\n"
        "x = np.ones((1000, 1000))\n"
        "try:\n"
        "    pyconvolve.convolve(x, x[:9, :9], workers=2)\n"
        "except KeyboardInterrupt:\n"
        "    print('interrupted')\n"
    )
    assert done.stdout == "interrupted\n", done.stderr


def test_interrupt_while_threads_are_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread is stopped and awaited even if `submit` has not returned yet."""
    started, ended = threading.Event(), threading.Event()

    class Pool:
        def submit(self, work: Callable[[], None]) -> None:
            threading.Thread(target=work).start()
            assert started.wait(20)
            raise KeyboardInterrupt

    def body(first: int, last: int, stop: np.ndarray) -> None:
        started.set()
        end = time.monotonic() + 20
        while not stop[0] and time.monotonic() < end:
            time.sleep(0.01)
        time.sleep(0.1)
        if stop[0]:
            ended.set()

    monkeypatch.setattr(thread_pool, "_shared_pool", lambda size: Pool())
    with pytest.raises(KeyboardInterrupt):
        thread_pool.run_phases([(100, body)], 2)
    assert ended.is_set()


def test_threads_that_start_late_hold_no_array(monkeypatch: pytest.MonkeyPatch) -> None:
    late: list[Callable[[], None]] = []

    class Pool:
        def submit(self, work: Callable[[], None]) -> None:
            late.append(work)

    def body(tile: np.ndarray, first: int, last: int, stop: np.ndarray) -> None:
        tile[first:last] += 1

    monkeypatch.setattr(thread_pool, "_shared_pool", lambda size: Pool())
    tile = np.zeros(100)
    tile_ref = weakref.ref(tile)
    thread_pool.run_phases([(100, partial(body, tile))] * 2, 3)
    assert (tile == 2).all()
    del tile
    assert tile_ref() is None
    for work in late:
        work()


def test_errors_of_any_thread_are_raised() -> None:
    main = threading.get_ident()
    failed = threading.Event()

    def body(first: int, last: int, stop: np.ndarray) -> None:
        if threading.get_ident() == main:
            assert failed.wait(20)
        else:
            failed.set()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        thread_pool.run_phases([(100, body)], 2)


FORKED = """
import os, threading
import numpy as np, pyconvolve
x, h = np.ones((600, 700), np.float32), np.ones((9, 9), np.float32)
want = pyconvolve.convolve(x, h, "same", {method!r}, workers=2)
busy = threading.Event()

def keep_calling():
    while not busy.is_set():
        pyconvolve.convolve(x, h, "same", {method!r}, workers=2)

caller = threading.Thread(target=keep_calling)
if {while_busy}:
    caller.start()
for _ in range(5):
    child = os.fork()
    if child == 0:
        for n in (1, 2, 3):
            got = pyconvolve.convolve(x, h, "same", {method!r}, workers=n)
            if not np.array_equal(got, want):
                os._exit(1)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
busy.set()
if {while_busy}:
    caller.join()
print(np.array_equal(pyconvolve.convolve(x, h, "same", {method!r}, workers=2), want))
"""


@posix
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("while_busy", [False, True])
def test_fork(while_busy: bool, method: str, python: Callable[..., Any]) -> None:
    done = python(FORKED.format(while_busy=while_busy, method=method))
    assert done.stdout == "True\n", done.stderr


@pytest.mark.parametrize("method", METHODS)
def test_call_at_exit(method: str, python: Callable[..., Any]) -> None:
    """Calls at exit return their result, although no thread can be started then."""
    done = python(
        "import atexit, numpy as np, pyconvolve\n"
        "x, h = np.ones((600, 700)), np.ones((9, 9))\n"
        "def late():\n"
        f"    y = pyconvolve.convolve(x, h, 'same', {method!r}, workers=2)\n"
        "    print(y[300, 300].round(9))\n"
        "atexit.register(late)\n"
    )
    assert done.stdout == "81.0\n", done.stderr
    assert not done.stderr
