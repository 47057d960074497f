"""The command ``pyconvolve``."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pyconvolve
from pyconvolve import cli
from pyconvolve._core import cpu
from pyconvolve._core.dtypes import ELEMENT_TYPES


@pytest.fixture
def demo() -> None:
    """Skip a test where the packages of the extra `demo` are missing."""
    for name in ("skimage", "matplotlib", "rich"):
        pytest.importorskip(name)


@pytest.fixture
def photo(demo: None, tmp_path: Path) -> Path:
    return write(tmp_path / "photo.png", np.uint8, (24, 32, 3))


def write(path: Path, dtype: Any, shape: tuple[int, ...]) -> Path:
    from skimage.io import imsave

    largest = np.iinfo(dtype).max
    values = np.random.default_rng(1).integers(0, largest, shape, dtype, endpoint=True)
    imsave(path, values, check_contrast=False)
    return path


def test_info(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["info"]) == 0
    printed = capsys.readouterr().out
    rows = dict(line.split("  ", 1) for line in printed.splitlines())
    rows = {name.strip(): value.strip() for name, value in rows.items()}
    assert rows["pyconvolve"] == pyconvolve.__version__
    assert rows["instruction set"] == cpu.active()
    lanes = {"v3": 8, "v4": 8, "v4_512": 16}.get(cpu.active(), 4)
    vectors = f"of {lanes} float32"
    if "-DLANES=1" in cpu.build()[cpu.active()]:
        vectors = "none"
    assert rows["vectors"] == vectors
    assert rows["available"] == ", ".join(cpu.available())
    assert rows["workers"] == str(pyconvolve.get_workers())
    types = [str(dtype) for dtype in ELEMENT_TYPES]
    assert rows["element types"].split(", ")[: len(types)] == types
    assert "complex128" in rows["element types"]
    assert cli.main(["info", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == rows
    for name in cpu.INSTRUCTION_SETS:
        assert rows[f"flags of {name}"] == cpu.build()[name]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(shell: str, python: Callable[..., Any]) -> None:
    call = "import sys\nfrom pyconvolve import cli\nsys.exit(cli.main([]))"
    done = python(call, _PYCONVOLVE_COMPLETE=f"{shell}_source")
    assert done.returncode == 0
    assert f"_PYCONVOLVE_COMPLETE={shell}_complete" in done.stdout
    line = "pyconvolve apply --kernel gaussian --sig"
    done = python(
        call,
        _PYCONVOLVE_COMPLETE=f"{shell}_complete",
        COMP_WORDS=line.rpartition(" ")[0] if shell == "fish" else line,
        COMP_CWORD="--sig" if shell == "fish" else "4",
    )
    assert "--sigma" in done.stdout, done.stderr


@pytest.mark.parametrize("library", ["click", "rich_click"])
def test_help(library: str, python: Callable[..., Any]) -> None:
    if library == "rich_click":
        pytest.importorskip("rich_click")
    missing = "" if library == "rich_click" else "sys.modules['rich_click'] = None\n"
    program = "import sys\n%sfrom pyconvolve import cli\nsys.exit(cli.main(%r))"
    done = python(program % (missing, ["apply", "--help"]), COLUMNS="200")
    assert done.returncode == 0
    assert done.stderr == ""
    for text in (
        "Usage: pyconvolve apply",
        "--boundary",
        "--window-length",
        "Of sinc.",
    ):
        assert text in done.stdout
    assert ("╭" in done.stdout) == (library == "rich_click")
    done = python(program % (missing, []))
    for name in cli.group.commands:
        assert name in done.stdout


def test_python_m(python: Callable[..., Any]) -> None:
    done = python(
        "import runpy, sys\n"
        "sys.argv = ['pyconvolve', 'info']\n"
        "runpy.run_module('pyconvolve', run_name='__main__')\n"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("pyconvolve")


@pytest.mark.parametrize("argv", [["dance"], ["demo", "--inputs"], ["info", "--fast"]])
def test_wrong_command(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    used = "" if argv == ["dance"] else f" {argv[0]}"
    sentence = failure(argv, 2, capsys)
    assert sentence.startswith(f"pyconvolve{used}: ")
    assert argv[-1] in sentence


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 0
    assert "Usage: pyconvolve" in capsys.readouterr().out
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"pyconvolve {pyconvolve.__version__}\n"


@pytest.mark.parametrize("variable", ["PYCONVOLVE_ISA", "PYCONVOLVE_NUM_THREADS"])
def test_wrong_variables(variable: str, python: Callable[..., Any]) -> None:
    done = python(
        "import sys\nfrom pyconvolve import cli\nsys.exit(cli.main(['info']))",
        **{variable: "bogus"},
    )
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert variable in done.stderr


def test_failing_programs(tmp_path: Path, python: Callable[..., Any]) -> None:
    """Tracebacks show frames of the program only."""
    program = tmp_path / "fails.py"
    program.write_text("def fail():\n    raise RuntimeError('no')\n\nfail()\n")
    call = "import sys\nfrom pyconvolve import cli\nsys.exit(cli.main(%r))"
    done = python(call % ["run", str(program)])
    assert done.returncode == 1
    assert done.stderr.endswith("RuntimeError: no\n")
    files = [line for line in done.stderr.splitlines() if line.startswith("  File")]
    assert len(files) == 2
    assert all(str(program) in line for line in files)
    done = python(call % ["run", "-m", "no_such_module"])
    assert done.returncode == 1
    assert done.stderr == "pyconvolve run: there is no module no_such_module\n"
    program.write_text("raise KeyboardInterrupt\n")
    done = python(call % ["run", str(program)])
    assert done.returncode == 130


@pytest.mark.parametrize("command", ["tune", "demo"])
def test_ctrl_c(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(**options: Any) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli.group.commands[command], "callback", stop)
    assert cli.main([command]) == 130


def test_the_reader_closes_the_output(python: Callable[..., Any]) -> None:
    done = python(
        "import os, subprocess, sys\n"
        "reading, writing = os.pipe()\n"
        "os.close(reading)\n"
        "command = [sys.executable, '-m', 'pyconvolve', 'info']\n"
        "done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE)\n"
        "print(done.returncode, done.stderr)\n"
    )
    assert done.stdout == "1 b''\n", done.stderr


def test_demo(photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "picture.png"
    assert cli.main(["demo", str(photo), "--output", str(output)]) == 0
    assert output.read_bytes().startswith(b"\x89PNG")
    printed = capsys.readouterr().out
    for word in ("24x32x3", "blur", "sharpen", "find edges", "smooth along rows"):
        assert word in printed
    assert "photo: 40% of the pixels taken out" in printed


def test_demo_saves_in_the_working_directory(
    photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["demo", str(photo)]) == 0
    assert (tmp_path / "pyconvolve-demo.png").exists()


def test_bundled_photographs(demo: None) -> None:
    from pyconvolve.demo.photographs import load

    photographs = load(None)
    assert photographs[0].image.shape == (872, 1000, 3)
    for photograph in photographs:
        assert photograph.image.dtype == np.float32
        assert 0.5 < photograph.image.max() <= 1
        assert photograph.image.min() >= 0


@pytest.mark.parametrize(
    ("name", "dtype", "shape", "expected"),
    [
        ("grey.png", np.uint8, (5, 7), (5, 7, 1)),
        ("deep.png", np.uint16, (5, 7), (5, 7, 1)),
        ("deep.tif", np.uint16, (5, 7, 3), (5, 7, 3)),
        ("alpha.png", np.uint8, (5, 7, 4), (5, 7, 3)),
        ("large.png", np.uint8, (3100, 4), (1034, 2, 1)),
    ],
)
def test_kinds_of_photographs(
    name: str,
    dtype: Any,
    shape: tuple[int, ...],
    expected: tuple[int, ...],
    demo: None,
    tmp_path: Path,
) -> None:
    from pyconvolve.demo.photographs import load

    (photograph,) = load(write(tmp_path / name, dtype, shape))
    assert photograph.name == name.partition(".")[0]
    assert photograph.image.shape == expected
    assert 0 <= photograph.image.min() < photograph.image.max() <= 1


def test_grey_photograph(demo: None, tmp_path: Path) -> None:
    photo = write(tmp_path / "grey.png", np.uint8, (9, 300))
    output = tmp_path / "picture.png"
    assert cli.main(["demo", str(photo), "--output", str(output)]) == 0
    assert output.exists()


def test_transparency_is_left_out_with_a_note(
    demo: None, photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from pyconvolve.demo.photographs import load

    load(photo)
    assert capsys.readouterr().out == ""
    alpha = write(tmp_path / "alpha.png", np.uint8, (5, 7, 4))
    load(alpha)
    assert (
        capsys.readouterr().out
        == f"Channel 4 of {alpha} is left out as transparency.\n"
    )


@pytest.mark.parametrize("name", ["a[/b]", "[red]", r"$\frac$"])
def test_names_are_no_markup(
    name: str, demo: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / name
    folder.mkdir(parents=True)
    photo = write(folder / f"{folder.name}.png", np.uint8, (9, 12))
    output = folder / "picture.png"
    assert cli.main(["demo", str(photo), "--output", str(output)]) == 0
    assert output.exists()
    assert str(output) in capsys.readouterr().out.replace("\n", "")


def failure(argv: list[str], code: int, capsys: pytest.CaptureFixture[str]) -> str:
    assert cli.main(argv) == code
    (sentence,) = capsys.readouterr().err.splitlines()
    return sentence


def test_no_photograph(
    demo: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = tmp_path / "text.png"
    text.write_text("not an image")
    for path in (tmp_path / "missing.png", tmp_path, text):
        sentence = failure(["demo", str(path)], 2, capsys)
        assert f"can't open the photograph {path}: " in sentence


def test_wrong_output(
    photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, reason in {"a.doc": "must end with", "b/a.png": "no directory"}.items():
        output = str(tmp_path / name)
        sentence = failure(["demo", str(photo), "--output", output], 2, capsys)
        assert output in sentence
        assert reason in sentence


@pytest.mark.parametrize("name", ["skimage", "matplotlib", "rich"])
def test_missing_extra(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for module in list(sys.modules):
        if module.partition(".")[0] in ("skimage", "matplotlib", "rich"):
            monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setitem(sys.modules, name, None)
    for module in list(sys.modules):
        if module.startswith("pyconvolve.demo"):
            monkeypatch.delitem(sys.modules, module)
    monkeypatch.delattr(pyconvolve, "demo", raising=False)
    assert 'pip install "pyconvolve[demo]"' in failure(["demo"], 1, capsys)


def test_disagreement(
    demo: None,
    photo: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(
        "pyconvolve.demo.filtering.convolve",
        lambda *args, **kwargs: pyconvolve.convolve(*args, **kwargs) + 1e-3,
    )
    output = str(tmp_path / "picture.png")
    sentence = failure(["demo", str(photo), "--output", output], 1, capsys)
    for peer in ("scipy.signal", "scipy.ndimage"):
        assert f"'blur' of photo differs from {peer} by 1.0e-03" in sentence


def test_disagreement_on_gaps(
    demo: None,
    photo: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(
        "pyconvolve.demo.filling.normalized_convolve",
        lambda *args, **kwargs: pyconvolve.normalized_convolve(*args, **kwargs) + 1e-3,
    )
    output = str(tmp_path / "picture.png")
    sentence = failure(["demo", str(photo), "--output", output], 1, capsys)
    assert "gaps of photo" in sentence
    assert "1.0e-03" in sentence


def test_gaps_of_the_photographs_are_filled(demo: None) -> None:
    from pyconvolve.demo.filling import fill
    from pyconvolve.demo.photographs import load

    for filling in fill(load(None)):
        missing = (filling.holed != filling.photograph.image).any(axis=2).mean()
        assert 0.3 < missing <= 0.41
        flat = np.sqrt(((filling.holed - filling.photograph.image) ** 2).mean() / 0.4)
        assert filling.error < 0.5 * flat
        assert not filling.disagreements()


def test_learned_filters(demo: None) -> None:
    from pyconvolve.demo import learning
    from pyconvolve.demo.photographs import Photograph

    image = np.random.default_rng(0).random((30, 20, 3)).astype(np.float32)

    def learn(image: np.ndarray) -> np.ndarray | None:
        return learning.learn(Photograph("noise", image, (4, 4)))

    sheet = learn(image)
    assert sheet is not None
    assert sheet.shape == (72, 72, 1)
    assert (sheet.min(), sheet.max()) == pytest.approx((0, 1), abs=0.2)
    assert (sheet[8::9] == 0.5).all()
    for useless in (image[:7], image[:8, :8], np.ones_like(image)):
        assert learn(useless) is None
