"""The command ``pyconvolve bench``: results and times of all libraries, reports."""

# ruff: noqa: E402

import json
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import reference

import pyconvolve
from pyconvolve import cli
from pyconvolve._core import api

for name in ("matplotlib", "rich"):
    pytest.importorskip(name)

from pyconvolve.comparison import libraries, methods, picture, race, report, timing
from pyconvolve.comparison.methods import METHODS, NEW_KERNEL, OURS, Method
from pyconvolve.comparison.problems import PROBLEMS, QUICK, Problem
from pyconvolve.comparison.race import Timed

ROOT = Path(__file__).parents[1]
TYPES = ("float32", "float64", "complex64", "complex128", "uint8", "int16", "int64")
# Shapes of data and kernels, of odd and even lengths, with one convolved axis or more.
SHAPES: list[tuple[tuple[int, ...], tuple[int, ...]]] = [
    ((40,), (5,)),
    ((41,), (6,)),
    ((12, 13), (3, 5)),
    ((13, 12), (4, 2)),
    ((3, 21), (1, 7)),
    ((22, 3), (6, 1)),
    ((2, 9, 4), (1, 3, 1)),
    ((6, 7, 8), (3, 3, 5)),
    ((6, 7, 8), (2, 3, 4)),
    # computed by transforms with every instruction set
    ((3000,), (999,)),
]
TINY = [
    Problem("tiny", data, kernel, dtype)
    for data, kernel in SHAPES
    for dtype in TYPES
    # sums of 999 bytes exceed a byte
    if dtype != "uint8" or kernel != (999,)
]


@pytest.fixture(scope="module")
def found() -> dict[str, str]:
    return libraries.load()[0]


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_methods_are_right(method: Method, found: dict[str, str]) -> None:
    if method.library not in found:
        pytest.skip(f"{method.library} is not installed")
    problems = [it for it in TINY if method in methods.methods(it, found)]
    assert problems
    for problem in problems:
        x, h = problem.arrays()
        with libraries.threads(1):
            got = method.prepare(problem, x, h)()
        want = reference.convolve(x, h, "same")
        assert not race.fault(got, want, problem.dtype), problem


def test_references_are_right() -> None:
    for problem in TINY:
        x, h = problem.arrays()
        assert x.dtype == h.dtype == problem.dtype
        want = reference.convolve(x, h, "same")
        exact = problem.reference(x, h)
        assert not race.fault(exact.astype(problem.dtype), want, problem.dtype)


def test_sums_of_integers_fit() -> None:
    problems = [it for it in PROBLEMS if np.dtype(it.dtype).kind in "iu"]
    assert {it.dtype for it in problems} == {"uint8", "int16", "int64"}
    for problem in problems:
        x, h = (int(values.max()) for values in problem.arrays())
        most = x * h * np.prod(problem.kernel)
        assert 100 < most <= np.iinfo(problem.dtype).max


def test_every_method_has_a_problem() -> None:
    everything = dict.fromkeys(libraries.LIBRARIES, "")
    used = [m.name for it in PROBLEMS for m in methods.methods(it, everything)]
    assert {*used} == {method.name for method in METHODS}
    assert len({*PROBLEMS}) == len(PROBLEMS)
    assert {*QUICK} < {*PROBLEMS}


def test_sums_that_take_too_long_are_left_out(found: dict[str, str]) -> None:
    huge = Problem("huge", (10_000, 10_000), (999, 999), "float32")
    names = {method.name for method in methods.methods(huge, found)}
    assert OURS in names
    assert "scipy.signal.fftconvolve" in names
    assert not {"scipy.ndimage.convolve", "scipy.signal.convolve2d"} & names


def test_new_kernels_are_new(monkeypatch: pytest.MonkeyPatch) -> None:
    kernels: list[bytes] = []
    monkeypatch.setattr(
        methods, "convolve", lambda x, h, *mode, **axes: kernels.append(h.tobytes())
    )
    for dtype in ("float32", "complex128"):
        x, h = Problem("", (300,), (99,), dtype).arrays()
        (method,) = (method for method in METHODS if method.name == NEW_KERNEL)
        kernels[:] = [h.tobytes()]
        run = method.prepare(Problem("", (300,), (99,), dtype), x, h)
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
    names = {method.name for method in methods.methods(TINY[0], versions)}
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


def contender(run: Callable[[np.ndarray], Any], name: str = "broken") -> Method:
    """Return a method whose result is a function of the right one."""

    def prepare(problem: Problem, x: np.ndarray, h: np.ndarray) -> Any:
        y = problem.reference(x, h).astype(problem.dtype)
        return lambda: run(y)

    return Method(name, "", prepare, lambda problem: True)


def fail(y: np.ndarray) -> None:
    raise RuntimeError("can't do it\nbecause")


def one_off(y: np.ndarray) -> np.ndarray:
    wrong = y.copy()
    wrong.flat[7] += 1
    return wrong


@pytest.mark.parametrize(
    ("run", "complaint"),
    [
        (one_off, "1 of 40 integers are wrong"),
        (lambda y: y[1:], "(39,) uint8 in place of (40,) uint8"),
        (lambda y: y.astype(float), "(40,) float64 in place of (40,) uint8"),
        (fail, "RuntimeError: can't do it"),
    ],
)
def test_wrong_results_are_found(run: Any, complaint: str) -> None:
    right = contender(np.copy, "right")
    problem = Problem("tiny", (40,), (5,), "uint8")
    item = race.race(problem, [METHODS[0], contender(run), right], 0)
    assert item.faults == {"broken": complaint}
    assert [*item.peers] == ["right"]
    assert item.peer == "right"
    assert item.ratio == item.seconds["right"] / item.seconds[OURS]
    found = make([item])
    assert found.notes() == [f"broken, 40 by 5 uint8: {complaint}"]
    assert found.wrong() == []

    item = race.race(problem, [contender(run, OURS), right], 0)
    assert item.ours is None
    assert item.ratio is None
    found = make([item])
    assert found.wrong() == [f"{OURS}, 40 by 5 uint8: {complaint}"]
    assert found.notes() == []
    assert found.summaries()[0] == ("tiny", 1, None, None, 1)


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
def test_errors_that_rounding_explains(dtype: str) -> None:
    eps = np.finfo(dtype).eps
    want = np.array([1, 10, -1000], dtype)
    assert not race.fault(want + np.array([2e5 * eps, 0, 0], dtype), want, dtype)
    found = race.fault(want + np.array([3e5 * eps, 0, 0], dtype), want, dtype)
    assert found == f"off by {300 * eps:.1e} of the largest result"
    assert race.fault(np.full_like(want, np.nan), want, dtype)


class Clock:
    """A clock that calls of contenders advance."""

    def __init__(self) -> None:
        self.now = 0.0
        self.calls: list[str] = []

    def contender(self, name: str, *costs: float) -> Method:
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
    # the whole takes little more than a second per phase
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
    every = Problem("tiny", (4, 40), (1, 5), "float32", shapes=21)
    assert {it.data for it in every.variants} == {(4, n) for n in range(20, 41)}
    problem = Problem("tiny", (4, 40), (1, 5), "float32", shapes=7)
    shapes = [variant.data for variant in problem.variants]
    assert shapes[0] == (4, 40)
    assert problem.name == "up to 4x40 by 1x5"
    want = sum(2 * 5 * 4 * samples for _, samples in shapes) / 7
    assert problem.operations == pytest.approx(want)

    seen: list[str] = []
    # a cache that other tests have filled would clear itself
    pyconvolve.clear_caches()
    monkeypatch.setattr(api.plans, "clear", lambda: seen.append("cleared"))

    def prepare(problem: Problem, x: np.ndarray, h: np.ndarray) -> Any:
        def run() -> np.ndarray:
            seen.append(problem.name)
            return pyconvolve.convolve(x, h, "same")

        return run

    ours = METHODS[0]._replace(prepare=prepare)
    item = race.race(problem, [ours, contender(np.copy, "right")], 0)
    assert item.faults == {}
    names = [variant.name for variant in problem.variants]
    assert seen[:8] == ["cleared", *names]
    assert seen.count("cleared") * 7 == len(seen) - seen.count("cleared")

    item = race.race(problem, [ours, contender(lambda y: y + 1)], 0)
    assert [*item.faults] == ["broken"]


def test_seconds_of_one_of_several_shapes(clock: Clock) -> None:
    problem = Problem("tiny", (4, 40), (1, 5), "float32", shapes=5)
    item = race.race(problem, [clock.contender(OURS, 0.5)], 0)
    assert item.seconds == {OURS: pytest.approx(0.5)}


def test_peak() -> None:
    assert timing.peak("float64") > 1e7


def make(timed: list[Timed], **given: Any) -> report.Report:
    made: dict[str, Any] = {
        "command": "pyconvolve bench",
        "machine": {"CPU": "abacus"},
        "workers": 1,
        "versions": {OURS: "1.2", "NumPy": "3.4"},
        "missing": [],
        "peaks": {"float32": 1e11, "float64": 5e10},
        "timed": timed,
    }
    return report.Report(**made | given)


def timed(group: str = "1-D", dtype: str = "float32", **seconds: float) -> Timed:
    problem = Problem(group, (1000,), (5,), dtype)
    names = {
        "ours": OURS,
        "new": NEW_KERNEL,
        "numpy": "numpy.convolve",
        "cv2": "cv2.filter2D",
    }
    return Timed(problem, "direct", 1e8, {names[k]: v for k, v in seconds.items()}, {})


def test_ratios_and_means() -> None:
    items = [
        timed(ours=0.001, new=0.0005, numpy=0.004, cv2=0.002),
        timed(ours=0.001, numpy=0.008),
        timed("2-D", ours=0.004, numpy=0.001),
        timed("2-D", ours=0.004),
    ]
    assert [item.ratio for item in items] == [2.0, 8.0, 0.25, None]
    assert [item.peer for item in items][:2] == ["cv2.filter2D", "numpy.convolve"]
    assert make(items).summaries() == [
        ("1-D", 2, pytest.approx(4.0), 2.0, 0),
        ("2-D", 2, 0.25, 0.25, 1),
        ("all", 4, pytest.approx(4 ** (1 / 3)), 0.25, 1),
    ]
    assert make([]).summaries() == [("all", 0, None, None, 0)]


def test_share_of_peak() -> None:
    found = make([])
    assert found.share(timed(ours=0.01)) == pytest.approx(0.1)
    assert found.share(timed(dtype="complex128", ours=0.01)) == pytest.approx(0.2)
    assert make([], workers=2).share(timed(ours=0.01)) == pytest.approx(0.05)
    wrong = Timed(timed().problem, "fft", 1.0, {OURS: 1.0}, {OURS: "off"})
    integers = Timed(timed(dtype="int16").problem, "fft", None, {OURS: 1.0}, {})
    assert found.share(wrong) is found.share(integers) is None


def test_operations() -> None:
    for dtype, operations in (("float64", 2), ("complex64", 8)):
        problem = Problem("", (1000,), (4,), dtype)
        assert problem.plan.name == "direct"
        assert problem.operations == 4000 * operations
    assert Problem("", (1000,), (4,), "int16").operations is None
    large = Problem("", (100_000,), (4001,), "float32")
    assert large.plan.name == "fft"
    assert large.operations == large.plan.operations < large.products


def test_plans_are_those_of_calls() -> None:
    for problem in TINY:
        x, h = problem.arrays()
        told = pyconvolve.explain(x, h, "same", axes=problem.axes)
        assert problem.plan.name == told.engine


def some() -> report.Report:
    """Return made-up times of all problems and all methods."""
    everything = dict.fromkeys(libraries.LIBRARIES, "1.0")
    items = []
    for i, problem in enumerate(PROBLEMS):
        names = [method.name for method in methods.methods(problem, everything)]
        seconds = {n: (1 + k + i) * 1e-3 for k, n in enumerate(names)}
        items.append(Timed(problem, problem.plan.name, None, seconds, {}))
    return make(items, versions=everything)


def test_json(tmp_path: Path) -> None:
    found = some()
    found.timed.append(race.race(TINY[0], [METHODS[0], contender(fail)], 0))
    file = tmp_path / "times.json"
    report.save(found, file)
    assert report.load(file) == found
    stored = json.loads(file.read_text())
    assert stored["timed"][0]["seconds"] == found.timed[0].seconds
    assert stored["machine"] == {"CPU": "abacus"}


def test_picture() -> None:
    found = some()
    figure = picture.draw(found)
    titles = [ax.get_title() for ax in figure.axes]
    assert titles == [
        f"{signal}, {dtype}"
        for dtype in ("float32", "float64")
        for signal in ("1,000,000 samples", "2048x2048", "128x128x128")
    ]
    labels = {text.get_text() for text in figure.legends[0].get_texts()}
    engines = {f"{OURS}, direct sums", f"{OURS}, transforms"}
    assert labels == {*libraries.LIBRARIES} - {OURS} | {NEW_KERNEL} | engines
    for ax, items in zip(figure.axes, picture.panels(found.timed), strict=True):
        assert ax.get_xscale() == ax.get_yscale() == "log"
        lines = {line.get_label(): line for line in ax.get_lines()}
        sides = [item.problem.kernel[0] for item in items]
        assert sides == sorted(sides)
        (whole,) = (line for label, line in lines.items() if label[0] == "_")
        assert [*whole.get_xdata()] == sides
        assert whole.get_ydata() == pytest.approx([1e3 * it.ours for it in items])
        for engine, label in (("direct", "direct sums"), ("fft", "transforms")):
            marked = lines.get(f"{OURS}, {label}")
            of_engine = [it.problem.kernel[0] for it in items if it.engine == engine]
            # without vectors, one engine may be chosen for a whole panel
            assert ([] if marked is None else [*marked.get_xdata()]) == of_engine
        markers = [lines[label].get_marker() for label in engines & {*lines}]
        assert len({*markers}) == len(markers)
        for name in {*lines} & {*libraries.LIBRARIES}:
            of_library = [m.name for m in METHODS if m.library == name]
            best = {
                it.problem.kernel[0]: 1e3 * min(it.seconds[n] for n in names)
                for it in items
                if (names := [n for n in of_library if n in it.seconds])
            }
            assert [*lines[name].get_xdata()] == [*best]
            assert [*lines[name].get_ydata()] == pytest.approx([*best.values()])
    colours = [line.get_color() for line in figure.legends[0].get_lines()]
    assert len({*colours}) == len(libraries.LIBRARIES)


def test_picture_of_nothing() -> None:
    figure = picture.draw(make([timed(ours=1.0)]))
    assert not figure.axes
    assert not figure.legends


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command time four tiny problems, for a moment, with NumPy and SciPy."""
    problems = [Problem("1-D", (40,), (taps,), "float32") for taps in (3, 5, 7)]
    problems.append(Problem("other types", (8, 8), (3, 3), "uint8"))
    monkeypatch.setattr(race, "PROBLEMS", problems)
    monkeypatch.setattr(race, "QUICK", problems[:1])
    monkeypatch.setattr(race, "SECONDS", 0.0)
    few = {OURS: "pyconvolve", "NumPy": "numpy", "scipy.signal": "scipy.signal"}
    monkeypatch.setattr(libraries, "LIBRARIES", few)


def test_command(
    tiny: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {name: tmp_path / f"a.{name}" for name in ("json", "markdown")}
    files["plot"] = tmp_path / "a.png"
    options = [
        text for name, file in files.items() for text in (f"--{name}", str(file))
    ]
    assert cli.main(["bench", "--workers", "2", *options]) == 0
    printed = capsys.readouterr().out
    for text in ("40 by 7", "8x8 by 3x3", "uint8", "geometric", "Workers: 2."):
        assert text in printed
    assert "pyconvolve bench --workers 2" in printed
    found = report.load(files["json"])
    assert len(found.timed) == 4
    assert found.workers == 2
    for item in found.timed:
        assert {OURS, "scipy.signal.convolve"} <= {*item.seconds}
        assert not item.faults
    assert files["plot"].read_bytes().startswith(b"\x89PNG")
    assert "| 8x8 by 3x3 | uint8 | direct |" in files["markdown"].read_text()

    others = [text.replace("a.", "b.") for text in options]
    saved = ["--from", str(files["json"])]
    assert cli.main(["bench", *saved, *others]) == 0
    assert capsys.readouterr().out.split() == printed.split()
    for file in files.values():
        copy = file.with_name(file.name.replace("a.", "b."))
        assert copy.read_bytes() == file.read_bytes()


def test_quick(tiny: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["bench", "--quick"]) == 0
    printed = capsys.readouterr().out
    assert "40 by 3" in printed
    assert "40 by 5" not in printed


def test_wrong_results_of_ours(
    tiny: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        methods, "convolve", lambda *args: pyconvolve.convolve(*args) + np.uint8(1)
    )
    assert cli.main(["bench"]) == 1
    printed = capsys.readouterr()
    assert printed.out.count("WRONG") == 4
    (sentence,) = printed.err.splitlines()
    assert "pyconvolve, 8x8 by 3x3 uint8: 64 of 64 integers are wrong" in sentence


def test_interrupted(
    tiny: None,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    original = race.race

    def stopped(problem: Problem, *rest: Any) -> Timed:
        if problem.kernel == (7,):
            raise KeyboardInterrupt
        return original(problem, *rest)

    monkeypatch.setattr(race, "race", stopped)
    file = tmp_path / "times.json"
    assert cli.main(["bench", "--json", str(file)]) == 130
    printed = capsys.readouterr().out
    assert "40 by 5" in printed
    assert "40 by 7" not in printed
    assert len(report.load(file).timed) == 2


@pytest.mark.parametrize(
    ("argv", "reason"),
    [
        (["--workers", "0"], "--workers must be at least 1, not 0"),
        (["--workers", "-2"], "--workers must be at least 1, not -2"),
        (["--json", "none/a.json"], "can't write none/a.json: No such file"),
        (["--json", "."], "can't write .: Is a directory"),
        (["--markdown", "none/a.md"], "can't write none/a.md: No such file"),
        (["--plot", "none/a.png"], "none is no directory"),
        (["--plot", "a.doc"], "must end with"),
        (["--from", "none.json"], "can't read none.json: No such file"),
        (["--from", "text.json"], "text.json holds nothing that --json has saved"),
        (["--from", "list.json"], "list.json holds nothing that --json has saved"),
    ],
)
def test_wrong_arguments(
    argv: list[str],
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(report, "begin", None)
    Path("text.json").write_text("times")
    Path("list.json").write_text("[]")
    assert cli.main(["bench", *argv]) == 2
    (sentence,) = capsys.readouterr().err.splitlines()
    assert sentence.startswith("pyconvolve bench: ")
    assert reason in sentence
    assert {*tmp_path.iterdir()} == {tmp_path / "text.json", tmp_path / "list.json"}


@pytest.mark.parametrize("name", ["matplotlib", "rich"])
def test_missing_extra(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for module in list(sys.modules):
        if module.partition(".")[0] == name or module.startswith(
            "pyconvolve.comparison"
        ):
            monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delattr(pyconvolve, "comparison")
    assert cli.main(["bench"]) == 1
    assert 'pip install "pyconvolve[bench]"' in capsys.readouterr().err


def test_tables_stand_below_their_mark(tmp_path: Path) -> None:
    found, page = some(), tmp_path / "page.md"
    page.write_bytes(b"old tables\xff\n")
    report.write_page(found, page)
    alone = page.read_text()
    assert "old tables" not in alone
    assert "| 1,000,000 by 5 | float32 |" in alone
    page.write_text(f"# Speed\n\n{report.MARK}old tables\n")
    for _ in range(2):
        report.write_page(found, page)
        assert page.read_text() == f"# Speed\n\n{report.MARK}\n{alone}"


def test_page_of_the_documentation() -> None:
    page = (ROOT / "docs/speed.md").read_text()
    assert report.MARK in page
    for headings in (report.COLUMNS, report.SUMMARY):
        assert f"| {' | '.join(text.removesuffix(':') for text in headings)} |" in page
    size = (ROOT / "docs/speed.png").stat().st_size
    assert size < 150_000
