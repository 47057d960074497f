"""The comparison with other libraries: results, times, libraries that are missing."""

# ruff: noqa: E402

import sys
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
import reference
from comparing import TINY, contender, fail, make

import pyconvolve
from pyconvolve._core import api

for name in ("matplotlib", "rich"):
    pytest.importorskip(name)

from pyconvolve.comparison import (
    convolution_methods,
    libraries,
    race,
    report,
    timing,
)
from pyconvolve.comparison.convolution_methods import CONVOLUTION_METHODS
from pyconvolve.comparison.convolutions import CONVOLUTIONS, Convolution
from pyconvolve.comparison.interface import NEW_KERNEL, Method
from pyconvolve.comparison.libraries import OURS
from pyconvolve.comparison.problems import METHODS, PROBLEMS, QUICK, methods


@pytest.fixture(scope="module")
def found() -> dict[str, str]:
    return libraries.load()[0]


@pytest.mark.parametrize("method", CONVOLUTION_METHODS, ids=lambda method: method.name)
def test_methods_are_right(method: Method[Convolution], found: dict[str, str]) -> None:
    if method.library not in found:
        pytest.skip(f"{method.library} is not installed")
    problems = [it for it in TINY if method in methods(it, found)]
    assert problems
    for problem in problems:
        x, h = problem.arrays()
        with libraries.threads(1):
            got = method.prepare(problem, x, h)()
        want = reference.convolve(x, h, "same")
        assert not race.fault(problem, got, want), problem


def test_references_are_right() -> None:
    for problem in TINY:
        x, h = problem.arrays()
        assert x.dtype == h.dtype == problem.dtype
        want = reference.convolve(x, h, "same")
        exact = problem.reference(x, h)
        assert not race.fault(problem, exact.astype(problem.dtype), want)


def test_sums_of_integers_fit() -> None:
    problems = [it for it in CONVOLUTIONS if np.dtype(it.dtype).kind in "iu"]
    assert {it.dtype for it in problems} == {"uint8", "int16", "int64"}
    for problem in problems:
        x, h = (int(values.max()) for values in problem.arrays())
        most = x * h * np.prod(problem.kernel)
        assert 100 < most <= np.iinfo(problem.dtype).max


def test_every_method_has_a_problem() -> None:
    everything = dict.fromkeys(libraries.LIBRARIES, "")
    for sort, every in METHODS.items():
        problems = [it for it in PROBLEMS if isinstance(it, sort)]
        used = [method for it in problems for method in methods(it, everything)]
        assert {*used} == {*every}
    assert len({*PROBLEMS}) == len(PROBLEMS)
    assert {*QUICK} < {*PROBLEMS}


def test_sums_that_take_too_long_are_left_out(found: dict[str, str]) -> None:
    huge = Convolution("huge", (10_000, 10_000), (999, 999), "float32")
    names = {method.name for method in methods(huge, found)}
    assert OURS in names
    assert "scipy.signal.fftconvolve" in names
    assert not {"scipy.ndimage.convolve", "scipy.signal.convolve2d"} & names


def test_new_kernels_are_new(monkeypatch: pytest.MonkeyPatch) -> None:
    kernels: list[bytes] = []
    monkeypatch.setattr(
        convolution_methods,
        "convolve",
        lambda x, h, *mode, **axes: kernels.append(h.tobytes()),
    )
    for dtype in ("float32", "complex128"):
        x, h = Convolution("", (300,), (99,), dtype).arrays()
        (method,) = (it for it in CONVOLUTION_METHODS if it.name == NEW_KERNEL)
        kernels[:] = [h.tobytes()]
        run = method.prepare(Convolution("", (300,), (99,), dtype), x, h)
        for _ in range(200):
            run()
        # the cache holds the last sixteen kernels
        for i, kernel in enumerate(kernels[1:], 1):
            assert kernel not in {kernels[0], *kernels[max(0, i - 16) : i]}


def test_libraries(found: dict[str, str]) -> None:
    for name, module in libraries.LIBRARIES.items():
        package = module.partition(".")[0]
        assert (name in found) == (find_spec(package) is not None)
    assert found[OURS] == pyconvolve.__version__
    assert found["NumPy"] == np.__version__


def test_missing_libraries(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    original = libraries.import_module

    def broken(name: str) -> Any:
        if name == "numpy":
            raise OSError("libfortran.so.9: no such file")
        return original(name)

    monkeypatch.setitem(sys.modules, "scipy.ndimage", None)
    monkeypatch.setattr(libraries, "import_module", broken)
    versions, missing = libraries.load()
    assert {"scipy.ndimage", "NumPy"} <= {*missing}
    assert {*versions} == {*libraries.LIBRARIES} - {*missing}
    names = {method.name for method in methods(TINY[0], versions)}
    assert {OURS, "scipy.signal.convolve"} <= names
    assert not {"scipy.ndimage.convolve", "numpy.convolve"} & names
    report.introduce(make([], versions=versions, missing=missing))
    printed = capsys.readouterr().out.replace("\n", " ")
    assert "Not installed: NumPy, scipy.ndimage" in printed
    assert f"{OURS} {pyconvolve.__version__}" in printed


@pytest.mark.parametrize("workers", [1, 2])
def test_threads(workers: int, found: dict[str, str]) -> None:
    import scipy.fft

    readers: list[Callable[[], int]] = [pyconvolve.get_workers, scipy.fft.get_workers]
    if "OpenCV" in found:
        readers.append(libraries.import_module("cv2").getNumThreads)
    if "PyTorch" in found:
        readers.append(libraries.import_module("torch").get_num_threads)
    if "mkl_fft" in found:
        module = libraries.import_module(libraries.LIBRARIES["mkl_fft"])
        readers.append(module.get_workers)
    before = [read() for read in readers]
    with libraries.threads(workers):
        assert [read() for read in readers] == [workers] * len(readers)
    assert [read() for read in readers] == before


def one_off(y: np.ndarray) -> np.ndarray:
    wrong = y.copy()
    wrong.flat[7] += 1
    return wrong


@pytest.mark.parametrize(
    ("run", "fault"),
    [
        (one_off, "1 of 40 integers are wrong"),
        (lambda y: y[1:], "(39,) uint8 in place of (40,) uint8"),
        (lambda y: y.astype(float), "(40,) float64 in place of (40,) uint8"),
        (fail, "RuntimeError: can't do it"),
    ],
)
def test_wrong_results_are_found(run: Any, fault: str) -> None:
    right = contender(np.copy, "right")
    problem = Convolution("tiny", (40,), (5,), "uint8")
    item = race.race(problem, [CONVOLUTION_METHODS[0], contender(run), right], 0)
    assert item.faults == {"broken": fault}
    assert [*item.peers] == ["right"]
    assert item.peer == "right"
    assert item.ratio == item.seconds["right"] / item.seconds[OURS]
    found = make([item])
    assert found.notes() == [f"broken, 40 by 5 uint8: {fault}"]
    assert found.wrong() == []

    item = race.race(problem, [contender(run, OURS), right], 0)
    assert item.ours is None
    assert item.ratio is None
    found = make([item])
    assert found.wrong() == [f"{OURS}, 40 by 5 uint8: {fault}"]
    assert found.notes() == []
    assert found.summaries()[0] == ("tiny", 1, None, None, 1)


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
def test_errors_that_rounding_explains(dtype: str) -> None:
    eps = np.finfo(dtype).eps
    problem, want = Convolution("", (3,), (1,), dtype), np.array([1, 10, -1000], dtype)
    assert not race.fault(problem, want + np.array([2e5 * eps, 0, 0], dtype), want)
    found = race.fault(problem, want + np.array([3e5 * eps, 0, 0], dtype), want)
    assert found == f"off by {300 * eps:.1e} of the largest result"
    assert race.fault(problem, np.full_like(want, np.nan), want)


class Clock:
    """A clock that calls of contenders advance."""

    def __init__(self) -> None:
        self.now = 0.0
        self.calls: list[str] = []

    def contender(self, name: str, *costs: float) -> Method[Any]:
        """Return a method whose calls take these seconds, and later ones the last."""
        left = [*costs]

        def run(y: np.ndarray) -> np.ndarray:
            self.calls.append(name)
            self.now += left.pop(0) if left[1:] else left[0]
            return y

        return contender(run, name)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (race, timing):
        monkeypatch.setattr(module, "perf_counter", lambda: clock.now)
    return clock


def test_slow_methods_are_timed_no_further(clock: Clock) -> None:
    costs = {
        OURS: [2.0, 0.001, 0.0005],
        "even": [0.001, 0.0008, 0.0009],
        "sets up": [0.09, 0.001, 0.004],
        "slower": [0.025],
        "too slow": [0.11],
    }
    contenders = [clock.contender(name, *cost) for name, cost in costs.items()]
    item = race.race(TINY[0], contenders, 1.0)
    assert {n: pytest.approx(t) for n, t in item.seconds.items()} == {
        OURS: 0.0005,
        "even": 0.0008,
        "sets up": 0.001,
        "slower": 0.025,
        "too slow": 0.11,
    }
    calls = {name: clock.calls.count(name) for name in costs}
    assert calls["too slow"] == 1
    assert calls["slower"] == 2
    assert min(calls["sets up"], calls["even"], calls[OURS]) > 20
    # first calls take 2.2 seconds, and timing takes 1 second
    assert clock.now < 4


def test_turns(clock: Clock) -> None:
    runs = {
        name: clock.contender(name, cost).prepare(TINY[0], *TINY[0].arrays())
        for name, cost in {"a": 0.002, "b": 1.0}.items()
    }
    assert timing.fastest(runs, 0) == pytest.approx({"a": 0.002, "b": 1.0})
    assert clock.calls == ["a", "a", "a", "b"]
    timing.fastest(runs, 1.5)
    assert clock.calls[4:] == ["a", "a", "a", "b"] * 2


def test_shapes_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """No shape has a plan from an earlier call, and times are per shape."""
    every = Convolution("tiny", (4, 40), (1, 5), "float32", shapes=21)
    assert {it.data for it in every.variants} == {(4, n) for n in range(20, 41)}
    problem = Convolution("tiny", (4, 40), (1, 5), "float32", shapes=7)
    shapes = [variant.data for variant in problem.variants]
    assert shapes[0] == (4, 40)
    assert problem.name == "up to 4x40 by 1x5"
    want = sum(2 * 5 * 4 * samples for _, samples in shapes) / 7
    assert problem.operations == pytest.approx(want)

    seen: list[str] = []
    # a cache that other tests have filled would clear itself
    pyconvolve.clear_caches()
    monkeypatch.setattr(api.plans, "clear", lambda: seen.append("cleared"))

    def prepare(problem: Convolution, x: np.ndarray, h: np.ndarray) -> Any:
        def run() -> np.ndarray:
            seen.append(problem.name)
            return pyconvolve.convolve(x, h, "same")

        return run

    ours = CONVOLUTION_METHODS[0]._replace(prepare=prepare)
    item = race.race(problem, [ours, contender(np.copy, "right")], 0)
    assert item.faults == {}
    names = [variant.name for variant in problem.variants]
    assert seen[:8] == ["cleared", *names]
    assert seen.count("cleared") * 7 == len(seen) - seen.count("cleared")

    item = race.race(problem, [ours, contender(lambda y: y + 1)], 0)
    assert [*item.faults] == ["broken"]


def test_seconds_of_one_of_several_shapes(clock: Clock) -> None:
    problem = Convolution("tiny", (4, 40), (1, 5), "float32", shapes=5)
    item = race.race(problem, [clock.contender(OURS, 0.5)], 0)
    assert item.seconds == {OURS: pytest.approx(0.5)}


def test_peak() -> None:
    assert timing.peak("float64") > 1e7


def test_operations() -> None:
    for dtype, operations in (("float64", 2), ("complex64", 8)):
        problem = Convolution("", (1000,), (4,), dtype)
        assert problem.engine == "direct"
        assert problem.operations == 4000 * operations
    assert Convolution("", (1000,), (4,), "int16").operations is None
    large = Convolution("", (100_000,), (4001,), "float32")
    assert large.engine == "fft"
    assert large.operations == large.plan.operations < large.products


def test_plans_are_those_of_calls() -> None:
    for problem in TINY:
        x, h = problem.arrays()
        told = pyconvolve.explain(x, h, "same", axes=problem.axes)
        assert problem.engine == told.engine
