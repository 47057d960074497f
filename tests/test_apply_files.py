"""`pyconvolve apply`: which files are read and written, and how."""

import io
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from applied import BOX, GAUSSIAN, apply, encoded, noise, python_m
from applied import in_folder as in_folder
from scipy.io import wavfile

from pyconvolve import cli
from pyconvolve.cli import files

Image = pytest.importorskip("PIL.Image")


@pytest.mark.parametrize("format", ["png", "jpeg", "tiff", "npy", "wav"])
def test_standard_input_and_output(format: str) -> None:
    done = python_m(encoded(format), "-", "-o", "-", "--kernel", "box", "--size", "1")
    assert done.returncode == 0, done.stderr
    assert done.stderr == b""
    if format == "npy":
        assert (np.load(io.BytesIO(done.stdout)) == noise((20, 30))).all()
    elif format == "wav":
        found = wavfile.read(io.BytesIO(done.stdout))[1]
        assert (found == noise((100,), np.int16)).all()
    else:
        with Image.open(io.BytesIO(done.stdout)) as image:
            assert image.format == format.upper()
            error = abs(np.asarray(image) - noise((20, 30)).astype(int)).mean()
            assert error < 15 if format == "jpeg" else error == 0


def test_the_format_can_be_said() -> None:
    options = ["-o", "-", "--kernel", "box", "--size", "1", "--format", "tiff"]
    done = python_m(encoded("png"), "-", *options)
    with Image.open(io.BytesIO(done.stdout)) as image:
        assert image.format == "TIFF"
        assert (np.asarray(image) == noise((20, 30))).all()


def test_a_closed_pipe() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    Path("a.npy").write_bytes(encoded("npy"))
    command = [sys.executable, "-m", "pyconvolve", "apply", "a.npy", "-o", "-"]
    done = subprocess.run([*command, *GAUSSIAN], stdout=writing, stderr=-1)
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")


def test_many_files(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a.png", "b.npy", "c.wav"):
        Path(name).write_bytes(encoded(name[2:]))
    Path("broken.png").write_bytes(encoded("png")[:60])
    argv = ["a.png", "broken.png", "none.png", "b.npy", "c.wav"]
    assert cli.main(["apply", *argv, "-o", "out/deep", *GAUSSIAN, "--json"]) == 1
    printed = capsys.readouterr()
    broken, none = printed.err.splitlines()
    assert broken.startswith("pyconvolve apply: can't read broken.png: ")
    assert none == "pyconvolve apply: can't read none.png: No such file or directory"
    assert {*os.listdir("out/deep")} == {"a.png", "b.npy", "c.wav"}
    reports = json.loads(printed.out)
    assert [report["input"] for report in reports] == argv
    assert [report["output"] for report in reports] == [
        str(Path("out/deep", name)) for name in argv
    ]
    assert ["error" in report for report in reports] == [
        False,
        True,
        True,
        False,
        False,
    ]
    first = reports[0]
    assert first["shape"] == [20, 30]
    assert first["dtype"] == "uint8"
    assert first["kernel_shape"] == [13, 13]
    assert first["seconds"] > 0


def test_formats_in_a_folder() -> None:
    Path("a.png").write_bytes(encoded("png"))
    Path("a.b.bmp").write_bytes(encoded("bmp"))
    apply("a.png", "a.b.bmp", "-o", "out", "--format", "tiff", *GAUSSIAN)
    assert {*os.listdir("out")} == {"a.tif", "a.b.tif"}
    with Image.open("out/a.tif") as image:
        assert image.format == "TIFF"


def test_bar(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ["a.npy", "b.npy"]
    for name in names:
        Path(name).write_bytes(encoded("npy"))
    apply(*names, "-o", "out", *GAUSSIAN)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    apply(*names, "-o", "out", *GAUSSIAN)
    printed = capsys.readouterr()
    assert "100%" in printed.err
    assert printed.out == ""


@pytest.mark.parametrize("error", [OSError(28, "No space left"), KeyboardInterrupt()])
def test_outputs_are_whole(
    error: BaseException,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("a.npy").write_bytes(encoded("npy"))
    Path("b.npy").write_text("before")
    there = {*os.listdir()}

    def save(file: Any, *args: Any, **kwargs: Any) -> None:
        file.write(b"half")
        raise error

    monkeypatch.setattr(np, "save", save)
    code = cli.main(["apply", "a.npy", "-o", "b.npy", *GAUSSIAN])
    assert code == (1 if isinstance(error, OSError) else 130)
    assert Path("b.npy").read_text() == "before"
    assert {*os.listdir()} == there
    if isinstance(error, OSError):
        sentence = "pyconvolve apply: can't write b.npy: No space left\n"
        assert capsys.readouterr().err == sentence


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_permissions_and_links() -> None:
    Path("a.npy").write_bytes(encoded("npy"))
    os.mkdir("deep")
    Path("deep/b.npy").write_text("before")
    os.chmod("deep/b.npy", 0o604)
    os.symlink("deep/b.npy", "link.npy")
    apply("a.npy", "-o", "link.npy", *GAUSSIAN)
    assert os.path.islink("link.npy")
    assert os.stat("deep/b.npy").st_mode & 0o777 == 0o604
    assert np.load("deep/b.npy").shape == (20, 30)
    before = os.umask(0o027)
    try:
        apply("a.npy", "-o", "new.npy", *GAUSSIAN)
    finally:
        os.umask(before)
    assert os.stat("new.npy").st_mode & 0o777 == 0o640


@pytest.mark.skipif(os.name == "nt", reason="links need permission")
def test_other_names_of_an_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = encoded("npy")
    Path("a.npy").write_bytes(before)
    os.symlink("a.npy", "link.npy")
    for name in ("link.npy", "./a.npy"):
        assert cli.main(["apply", "a.npy", "-o", name, *GAUSSIAN]) == 2
    # where case is ignored, A.npy is a.npy, and realpath doesn't tell
    with monkeypatch.context() as patched:
        patched.setattr(os.path, "realpath", os.path.abspath)
        assert cli.main(["apply", "a.npy", "-o", "link.npy", *GAUSSIAN]) == 2
    sentences = capsys.readouterr().err.splitlines()
    assert len(sentences) == 3
    assert all("overwrite the INPUT" in sentence for sentence in sentences)
    # a hard link gets a file of its own
    os.link("a.npy", "hard.npy")
    apply("a.npy", "-o", "hard.npy", *GAUSSIAN)
    assert Path("a.npy").read_bytes() == before
    assert Path("hard.npy").read_bytes() != before


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_named_pipes_are_read() -> None:
    """Shells make them of <(command)."""
    os.mkfifo("pipe")
    Path("taps.txt").write_text("1 2 -1")
    np.save("a.npy", np.arange(9.0))
    exact = np.convolve(np.arange(9.0), [1, 2, -1], "same")
    for name, argv in {
        "a.npy": ["pipe", "--kernel-file", "taps.txt"],
        "taps.txt": ["a.npy", "--kernel-file", "pipe"],
    }.items():
        writer = threading.Thread(
            target=Path("pipe").write_bytes, args=[Path(name).read_bytes()]
        )
        writer.start()
        apply(*argv, "-o", "b.npy")
        writer.join()
        assert (np.load("b.npy") == exact).all()


@pytest.mark.skipif(os.name == "nt", reason="shells of Windows close no files")
def test_closed_files() -> None:
    np.save("a.npy", np.ones(9))
    command = [sys.executable, "-m", "pyconvolve", "apply", *BOX]

    def run(*argv: str, closed: str) -> tuple[int, list[str]]:
        shell = ["sh", "-c", f'exec "$@" {closed}', "sh", *command, *argv]
        done = subprocess.run(shell, capture_output=True, text=True, timeout=120)
        return done.returncode, done.stderr.splitlines()

    code, sentences = run("-", "-o", "b.npy", closed="<&-")
    assert code == 1
    assert sentences == ["pyconvolve apply: can't read standard input: it is closed"]
    code, (sentence,) = run("a.npy", "-o", "-", closed=">&-")
    assert code == 2
    assert "--output -" in sentence
    assert run("a.npy", "-o", "b.npy", closed=">&-") == (0, [])
    assert np.load("b.npy").shape == (9,)
    if os.path.exists("/dev/full"):
        code, (sentence,) = run("a.npy", "-o", "b.npy", "--json", closed=">/dev/full")
        assert code == 1
        assert "No space left" in sentence


def test_devices_are_written_in_place() -> None:
    if not os.path.exists("/dev/null"):
        pytest.skip("there is no /dev/null")
    files.write("/dev/null", lambda file: None)
    assert not os.path.isfile("/dev/null")
