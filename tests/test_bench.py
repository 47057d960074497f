"""The command ``pyconvolve bench``: reports, pictures, arguments."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from comparing import TINY, contender, fail, make, some, timed

import pyconvolve
from pyconvolve import cli, ndimage
from pyconvolve.comparison import (
    convolution_methods,
    libraries,
    picture,
    race,
    report,
)
from pyconvolve.comparison.convolution_methods import CONVOLUTION_METHODS
from pyconvolve.comparison.convolutions import Convolution
from pyconvolve.comparison.filters import Filter
from pyconvolve.comparison.interface import NEW_KERNEL
from pyconvolve.comparison.libraries import OURS
from pyconvolve.comparison.race import Timed

ROOT = Path(__file__).parents[1]


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


def test_json(tmp_path: Path) -> None:
    found = some()
    found.timed.append(race.race(TINY[0], [CONVOLUTION_METHODS[0], contender(fail)], 0))
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
    for ax, pairs in zip(figure.axes, picture.panels(found.timed), strict=True):
        problems, items = zip(*pairs, strict=True)
        assert ax.get_xscale() == ax.get_yscale() == "log"
        lines = {line.get_label(): line for line in ax.get_lines()}
        sides = [problem.kernel[0] for problem in problems]
        assert sides == sorted(sides)
        (whole,) = (line for label, line in lines.items() if label[0] == "_")
        assert [*whole.get_xdata()] == sides
        assert whole.get_ydata() == pytest.approx([1e3 * it.ours for it in items])
        for engine, label in (("direct", "direct sums"), ("fft", "transforms")):
            marked = lines.get(f"{OURS}, {label}")
            of_engine = [it.problem.kernel[0] for it in items if it.engine == engine]
            # without vectors, direct sums may be chosen for a whole panel
            assert ([] if marked is None else [*marked.get_xdata()]) == of_engine
        markers = [lines[label].get_marker() for label in engines & {*lines}]
        assert len({*markers}) == len(markers)
        for name in {*lines} & {*libraries.LIBRARIES}:
            of_library = [m.name for m in CONVOLUTION_METHODS if m.library == name]
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
    """Let the command time five tiny problems, for a moment, with NumPy and SciPy."""
    problems = [Convolution("1-D", (40,), (taps,), "float32") for taps in (3, 5, 7)]
    problems.append(Convolution("other types", (8, 8), (3, 3), "uint8"))
    image = Filter("image filters", (9, 8), "float32", "gaussian_filter", 1)
    monkeypatch.setattr(race, "PROBLEMS", [*problems, image])
    monkeypatch.setattr(race, "QUICK", problems[:1])
    monkeypatch.setattr(race, "SECONDS", 0.0)
    few = {name: name for name in (OURS, "scipy.signal", "scipy.ndimage")}
    few["NumPy"] = "numpy"
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
    for text in ("40 by 7", "8x8 by 3x3", "uint8", "geometric", "Workers: 2.", "9x8"):
        assert text in printed
    assert "pyconvolve bench --workers 2" in printed
    found = report.load(files["json"])
    assert len(found.timed) == 5
    assert found.workers == 2
    for item in found.timed:
        assert not item.faults
    for item in found.timed[:4]:
        assert {OURS, "scipy.signal.convolve"} <= {*item.seconds}
    image = found.timed[4]
    assert {*image.seconds} == {OURS, "scipy.ndimage.gaussian_filter"}
    assert image.problem == Filter(
        "image filters", (9, 8), "float32", "gaussian_filter", 1
    )
    assert files["plot"].read_bytes().startswith(b"\x89PNG")
    page = files["markdown"].read_text()
    assert "| 8x8 by 3x3 | uint8 | direct |" in page
    (row,) = (line for line in page.splitlines() if "gaussian_filter 1, 9x8" in line)
    _, title, dtype, engine, _, share, new_kernel, peer, _, ratio, _ = row.split("|")
    cells = title, dtype, engine, share, new_kernel, peer
    assert [cell.strip() for cell in cells] == [
        *("gaussian_filter 1, 9x8", "float32", "", "", ""),
        "scipy.ndimage.gaussian_filter",
    ]
    assert float(ratio) == pytest.approx(image.ratio, abs=0.01)
    assert "| image filters | 1 | " in page
    assert "### Image filters" in page

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
        convolution_methods,
        "convolve",
        lambda *args: pyconvolve.convolve(*args) + np.uint8(1),
    )
    monkeypatch.setattr(ndimage, "gaussian_filter", lambda x, sigma: x)
    assert cli.main(["bench"]) == 1
    printed = capsys.readouterr()
    assert printed.out.count("WRONG") == 5
    (sentence,) = printed.err.splitlines()
    assert "pyconvolve, 8x8 by 3x3 uint8: 64 of 64 integers are wrong" in sentence
    assert "pyconvolve, gaussian_filter 1, 9x8 float32: off by" in sentence


def test_interrupted(
    tiny: None,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    original = race.race

    def stopped(problem: Convolution, *rest: Any) -> Timed:
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
    page = (ROOT / "docs/guide/speed.md").read_text()
    assert report.MARK in page
    for headings in (report.COLUMNS, report.SUMMARY):
        assert f"| {' | '.join(text.removesuffix(':') for text in headings)} |" in page
    size = (ROOT / "docs/guide/speed.png").stat().st_size
    assert size < 150_000
