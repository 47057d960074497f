"""Many threads at once: shared plans, spectra, memory and settings, first calls.

A thread computes the same bits as if it were the only one. Threads begin at a barrier
and are switched often, so that they access shared objects at the same time.
"""

import pickle
import queue
import sys
import sysconfig
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import scipy.signal
from problems import DTYPES, any_values, small_integers

import pyconvolve
from pyconvolve import set_workers, signal
from pyconvolve._core import memory, parallel, thread_pool

THREADS = 16
# More blocks than any of these tests has workers.
MANY_BLOCKS = any_values((2400, 600), np.float32), any_values((9, 9), np.float32, 1)


@pytest.fixture(autouse=True)
def threads_are_switched_often() -> Iterator[None]:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval)


def at_once(call: Callable[[int], Any], number: int = THREADS) -> list[Any]:
    """Return results of `number` threads that begin at the same moment."""
    start = threading.Barrier(number)

    def begin(i: int) -> Any:
        start.wait(20)
        return call(i)

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(begin, range(number)))


def same(a: np.ndarray, b: np.ndarray) -> bool:
    return a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind in "fc")


def calls() -> list[Callable[..., np.ndarray]]:
    """Return a call for each function, engine and element type."""
    found: list[Callable[..., np.ndarray]] = []
    for i, dtype in enumerate(DTYPES):
        x, h = any_values((60 + i, 50), dtype, i), any_values((9, 8), dtype, i + 1)
        for name, method in [
            ("convolve", "direct"),
            ("convolve", "fft"),
            ("correlate", "auto"),
        ]:
            found.append(
                lambda *, name=name, method=method, x=x, h=h, **more: getattr(
                    pyconvolve, name
                )(x, h, "same", method, **more)
            )
    y, g = any_values((70, 80), np.float64), abs(any_values((7, 7), np.float64, 1))
    y[::7, ::5] = np.nan
    found.append(lambda **more: pyconvolve.normalized_convolve(y, g, **more))
    for form in [(3000, 1700), (40, 900, 33), (300_000, 25_000)]:
        x, h = any_values(form[:-1], np.float32), any_values(form[-1:], np.float32, 1)
        found.append(
            lambda *, x=x, h=h, **more: pyconvolve.convolve(
                x, h, "same", "fft", axes=-1, **more
            )
        )
    return found


def test_everything_at_once() -> None:
    """Each round begins with empty caches."""
    todo = calls()
    wanted = [call(workers=1) for call in todo]

    def all_of_them(seed: int) -> bool:
        rng = np.random.default_rng(seed)
        for i in rng.permutation(len(todo)):
            out = np.empty_like(wanted[i]) if seed % 2 else None
            got = todo[i](workers=1 + int(rng.integers(3)), out=out)
            if not same(got, wanted[i]) or (out is not None and got is not out):
                return False
        return True

    for _ in range(2):
        pyconvolve.clear_caches()
        assert all(at_once(all_of_them))


def test_the_same_first_call() -> None:
    for call in calls()[::4]:
        want = call(workers=1)
        pyconvolve.clear_caches()
        assert all(same(y, want) for y in at_once(lambda _, call=call: call()))


FIRST = """
import sys, threading
sys.setswitchinterval(1e-6)
import numpy as np, pyconvolve

rng = np.random.default_rng(0)
x = rng.standard_normal((300, 200))
h = rng.standard_normal((9, 9))

def first(i):
    dtype = ("f4", "f8", "g", "i2", "u4", "i8", "c8", "f2")[i % 8]
    a, b = (8 * x).astype(dtype), (8 * h).astype(dtype)
    if i < 8:
        return pyconvolve.convolve(a, b, "same", ("direct", "fft")[i % 2], workers=2)
    if i < 10:
        return pyconvolve.signal.correlate2d(a, b, "same", "wrap")
    if i < 12:
        return pyconvolve.Convolver(b, mode="valid")(a)
    if i < 14:
        return pyconvolve.normalized_convolve(x, pyconvolve.kernels.gaussian(2, ndim=2))
    with pyconvolve.patch_scipy():
        import scipy.signal
        return scipy.signal.fftconvolve(x, h)

start = threading.Barrier(16)
results = [None] * 16

def work(i):
    start.wait(20)
    results[i] = first(i)

threads = [threading.Thread(target=work, args=(i,)) for i in range(16)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
for i, result in enumerate(results):
    want = first(i)
    if result is None or result.dtype != want.dtype or (result != want).any():
        print("thread", i, "differs")
print("compared", pyconvolve.is_patched())
"""


def test_first_calls_of_a_process(python: Callable[..., Any]) -> None:
    """All threads import compiled modules, SciPy and other modules at once."""
    done = python(FIRST)
    assert done.stdout == "compared False\n", done.stdout + done.stderr
    assert not done.stderr


def test_one_convolver() -> None:
    """There are more shapes of signals than a Convolver stores plans for."""
    h = any_values((7, 6), np.float32)
    blur = pyconvolve.Convolver(h, mode="same", boundary="wrap", method="fft")
    signals = [any_values((30 + n, 40), np.float32, n) for n in range(12)]
    wanted = [
        pyconvolve.convolve(x, h, "same", "fft", boundary="wrap", workers=1)
        for x in signals
    ]

    def work(seed: int) -> bool:
        convolver = pickle.loads(pickle.dumps(blur)) if seed % 4 == 0 else blur
        for i in np.random.default_rng(seed).permutation(np.repeat(range(12), 3)):
            out = np.empty_like(wanted[i])
            right = same(convolver(signals[i]), wanted[i])
            right &= convolver(signals[i], out=out) is out and same(out, wanted[i])
            if not right or "7x6 taps" not in repr(convolver):
                return False
        return True

    assert all(at_once(work))
    assert repr(blur).count(" by fft") <= 8


def test_digits_of_one_kernel() -> None:
    """The kernel is split into other digits for each magnitude of signals."""
    h = any_values((9, 9), np.int64)
    signals = [small_integers((50, 50), np.int64, i, 4**i) for i in range(1, THREADS)]
    wanted = [pyconvolve.convolve(x, h, "same", "direct", workers=1) for x in signals]
    pyconvolve.clear_caches()
    convolver = pyconvolve.Convolver(h, mode="same", method="fft")

    def work(seed: int) -> bool:
        order = np.random.default_rng(seed).permutation(len(signals))
        return all(
            same(pyconvolve.convolve(signals[i], h, "same", "fft"), wanted[i])
            and same(convolver(signals[i]), wanted[i])
            for i in order
        )

    assert all(at_once(work))


def test_set_workers_in_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each thread's calls use as many workers as this thread has set."""
    x, h = MANY_BLOCKS
    want = pyconvolve.convolve(x, h, "same", "direct", workers=1)
    used: dict[int, set[int]] = {}
    run_phases = parallel.run_phases

    def noting(phases: Any, workers: int) -> None:
        used.setdefault(threading.get_ident(), set()).add(workers)
        run_phases(phases, workers)

    monkeypatch.setattr(parallel, "run_phases", noting)
    default = pyconvolve.get_workers()
    barrier = threading.Barrier(6)

    def work(i: int) -> bool:
        outer, inner = 2 + i, 7 - i
        right = pyconvolve.get_workers() == default
        with set_workers(outer):
            for _ in range(3):
                barrier.wait(20)
                right &= pyconvolve.get_workers() == outer
                right &= same(pyconvolve.convolve(x, h, "same", "direct"), want)
                with set_workers(inner):
                    barrier.wait(20)
                    right &= pyconvolve.get_workers() == inner
                right &= pyconvolve.get_workers() == outer
        right &= pyconvolve.get_workers() == default
        return right and used[threading.get_ident()] == {outer}

    assert all(at_once(work, 6))


def test_the_pool_grows_under_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """If a larger pool replaces a pool, the old pool ends its work and its threads."""
    monkeypatch.setattr(thread_pool, "_pool", None)
    monkeypatch.setattr(thread_pool, "_pool_size", 0)
    before = set(threading.enumerate())
    x, h = MANY_BLOCKS
    want = pyconvolve.convolve(x, h, "same", "direct", workers=1)

    def work(i: int) -> bool:
        return all(
            same(pyconvolve.convolve(x, h, "same", "direct", workers=n), want)
            for n in range(1 + i % 4, 9, 2)
        )

    assert all(at_once(work))
    assert thread_pool._pool_size == 7
    current = thread_pool._pool
    assert current is not None
    for thread in set(threading.enumerate()) - before - {*current._threads}:
        thread.join(20)
        assert not thread.is_alive()


def test_patches_while_modules_come_and_go() -> None:
    x = any_values((50,), np.float64)
    want = signal.convolve(x, x)

    def work(i: int) -> bool:
        right = True
        for n in range(10):
            name = f"module_{i}_{n}"
            module = ModuleType(name)
            vars(module)["convolve"] = scipy.signal.convolve
            sys.modules[name] = module
            with pyconvolve.patch_scipy(("convolve", "fftconvolve")[: 1 + n % 2]):
                right &= scipy.signal.convolve is signal.convolve
                right &= same(scipy.signal.convolve(x, x), want)
            pyconvolve.patch_scipy("oaconvolve")
            right &= pyconvolve.is_patched("oaconvolve")
            pyconvolve.unpatch_scipy("oaconvolve")
            del sys.modules[name]
        return right

    assert all(at_once(work))
    assert not pyconvolve.is_patched()
    for name in ("convolve", "fftconvolve", "oaconvolve"):
        assert getattr(scipy.signal, name) is signal.originals[name][0]


def test_arrays_freed_by_other_threads() -> None:
    """Arrays never share memory if one thread makes them and another frees them."""
    handed: queue.SimpleQueue[tuple[np.ndarray, int]] = queue.SimpleQueue()

    def work(seed: int) -> bool:
        rng = np.random.default_rng(seed)
        right = True
        for i in range(25):
            stamp = seed * 25 + i
            array = memory.empty((int(rng.integers(2**19, 2**20)),), np.dtype("i4"))
            array.fill(stamp)
            if i % 5 == 0:
                array.resize((2**20,), refcheck=False)
                array[...] = stamp
            handed.put((array, stamp))
            del array
            other, expected = handed.get()
            right &= bool((other == expected).all())
            del other
        return right

    assert all(at_once(work))
    assert handed.empty()


@pytest.mark.skipif(
    not sysconfig.get_config_var("Py_GIL_DISABLED"), reason="needs free-threaded Python"
)
def test_no_module_enables_the_gil(python: Callable[..., Any]) -> None:
    done = python(
        "import sys, numpy, pyconvolve\n"
        "from pyconvolve._core import cpu\n"
        "from pyconvolve._core.engines.fft.modules import SOURCES\n"
        "transforms = [*SOURCES.values()][: 2 if cpu.wide() else 1]\n"
        "for source in ('direct', 'peak', *transforms):\n"
        "    cpu.module(source, 'float32')\n"
        "print(sys._is_gil_enabled())\n",
        PYTHON_GIL="",
        PYTHONWARNINGS="error",
    )
    assert done.stdout == "False\n", done.stderr
