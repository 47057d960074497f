"""`pyconvolve apply`: wrong arguments and files that are broken."""

import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from applied import BOX, GAUSSIAN, encoded, noise
from applied import in_folder as in_folder

from pyconvolve import cli

Image = pytest.importorskip("PIL.Image")


def prepare_errors() -> None:
    for name in ("a.png", "a.npy", "a.wav"):
        Path(name).write_bytes(encoded(name[2:]))
    os.makedirs("deep")
    Path("deep/a.png").write_bytes(encoded("png"))
    Path("file").write_text("")
    Path("words.txt").write_text("some words")
    Path("empty.txt").write_text("# nothing\n")
    np.save("objects.npy", np.array([None]), allow_pickle=True)
    np.save("line.npy", np.ones(3))
    np.save("zero.npy", np.array([1.0, -1.0]))
    Image.fromarray(noise((9, 9))).save(
        "two.tif", save_all=True, append_images=[Image.fromarray(noise((9, 9)))]
    )
    rgba = Image.fromarray(noise((9, 9, 4)))
    rgba.save("alpha.png")
    rgba.convert("RGB").save("rgb.png")
    rgba.convert("CMYK").save("cmyk.tif")


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        (["a.png", "-o", "b.png"], 2, ["--kernel", "--kernel-file"]),
        (["a.png", *BOX], 2, ["--output"]),
        (["-o", "b.png", *BOX], 2, ["INPUT"]),
        (
            ["a.png", "-o", "b.png", "--kernel", "blur"],
            2,
            ["--kernel", "'blur'", "box"],
        ),
        (
            ["a.png", "-o", "b.png", *BOX, "--sigma", "2"],
            2,
            ["--sigma", "box", "--size"],
        ),
        (["a.png", "-o", "b.png", "--kernel", "box"], 2, ["box needs --size"]),
        (
            ["a.png", "-o", "b.png", "--kernel", "box", "--size", "x"],
            2,
            ["--size", "'x'"],
        ),
        (
            ["a.png", "-o", "b.png", "--kernel", "box", "--size", "1.5"],
            2,
            ["an integer"],
        ),
        (
            ["a.png", "-o", "b.png", "--kernel", "box", "--size", "0"],
            2,
            ["size", "not 0"],
        ),
        (
            ["a.png", "-o", "b.png", *GAUSSIAN, "--kind", "odd"],
            2,
            ["--kind", "sampled"],
        ),
        (["a.png", "-o", "b.png", *GAUSSIAN, "--truncate", "1,2"], 2, ["--truncate"]),
        (
            ["a.png", "-o", "b.png", *BOX, "--boundary", "nearest"],
            2,
            ["--boundary", "edge"],
        ),
        (["a.png", "-o", "b.png", *BOX, "--mode", "some"], 2, ["--mode", "'some'"]),
        (["a.png", "-o", "b.png", *BOX, "--axes", "x"], 2, ["--axes", "'x'"]),
        (["a.png", "-o", "b.png", *BOX, "--dtype", "byte8"], 2, ["--dtype", "'byte8'"]),
        (["a.png", "-o", "b.png", *BOX, "--dtype", ""], 2, ["--dtype", "''"]),
        (["a.png", "-o", "b.png", *BOX, "--dtype", "U3"], 2, ["--dtype", "U3"]),
        (["a.png", "-o", "b.png", *BOX, "--workers", "0"], 2, ["--workers", "0"]),
        (["a.png", "-o", "b.png", *BOX, "--normalize", "l3"], 2, ["--normalize", "l1"]),
        (
            ["a.png", "-o", "b.png", *BOX, "--kernel-file", "line.npy"],
            2,
            ["--kernel-file"],
        ),
        (
            ["a.png", "-o", "b.png", "--kernel-file", "none.npy"],
            2,
            ["none.npy", "No such"],
        ),
        (
            ["a.png", "-o", "b.png", "--kernel-file", "words.txt"],
            2,
            ["words.txt", "some"],
        ),
        (
            ["a.png", "-o", "b.png", "--kernel-file", "empty.txt"],
            2,
            ["holds no numbers"],
        ),
        (["a.png", "-o", "b.png", "--kernel-file", "objects.npy"], 2, ["objects.npy"]),
        (
            ["a.png", "-o", "b.png", "--kernel-file", "a.png"],
            2,
            ["--kernel-file a.png"],
        ),
        (
            ["a.npy", "-o", "b.npy", "--kernel-file", "zero.npy", "--normalize", "sum"],
            2,
            ["zero.npy", "norm"],
        ),
        (
            ["a.npy", "-o", "b.npy", "--kernel-file", "line.npy", "--sigma", "2"],
            2,
            ["--sigma", "--kernel-file"],
        ),
        (["a.png", "-o", "./deep/../a.png", *BOX], 2, ["overwrite", "INPUT"]),
        (["a.png", "a.npy", "-o", ".", *BOX], 2, ["overwrite", "a.png"]),
        (
            ["a.png", "deep/a.png", "-o", "out", *BOX],
            2,
            ["a.png", "deep/a.png", "one name"],
        ),
        (["a.png", "a.npy", "-o", "file", *BOX], 2, ["--output", "folder", "file"]),
        (["a.png", "a.npy", "-o", "-", *BOX], 2, ["--output -", "one INPUT"]),
        (["-", "a.npy", "-o", "out", *BOX], 2, ["INPUT -", "out"]),
        (["/", "-o", "./", *BOX, "--format", "tiff"], 2, ["INPUT /", "no name"]),
        (["-", "-", "-o", "out", *BOX], 2, ["INPUT -", "once"]),
        (["a.png", "-o", "-", *BOX, "--json"], 2, ["--json", "--output -"]),
        (["a.png", "-o", "b.doc", *BOX], 2, ["b.doc", ".png", "--format"]),
        (
            ["a.png", "-o", "b.png", *BOX, "--format", "npy"],
            2,
            ["--format npy", "b.png"],
        ),
        (["a.png", "-o", "none/b.png", *BOX], 2, ["none/b.png", "no directory"]),
        (["none.png", "-o", "b.png", *BOX], 1, ["none.png", "No such file"]),
        (["deep", "-o", "b.png", *BOX], 1, ["can't read deep"]),
        (["file", "-o", "b.png", *BOX], 1, ["can't read file", "empty"]),
        (["words.txt", "-o", "b.png", *BOX], 1, ["can't read words.txt", "png"]),
        (["objects.npy", "-o", "b.npy", *BOX], 1, ["can't read objects.npy"]),
        (["alpha.png", "-o", "b.bmp", *BOX], 1, ["b.bmp", "RGBA", "png"]),
        (
            ["rgb.png", "-o", "b.tif", *BOX, "--dtype", "float32"],
            1,
            ["b.tif", "no image holds float32", "npy"],
        ),
        (
            ["cmyk.tif", "-o", "b.tif", *BOX, "--dtype", "uint16"],
            1,
            ["b.tif", "CMYK;16", "npy does"],
        ),
        (["two.tif", "-o", "b.tif", *BOX], 1, ["two.tif", "2 images"]),
        (["a.png", "-o", "b.wav", *BOX], 1, ["can't write b.wav", "an image"]),
        (["a.wav", "-o", "b.png", *BOX], 1, ["can't write b.png", "a sound"]),
        (["a.npy", "-o", "b.png", *BOX], 1, ["can't write b.png", "an array"]),
        (["a.wav", "-o", "b.wav", *BOX, "--dtype", "int64"], 1, ["b.wav", "int64"]),
        (["a.png", "-o", "b.png", *BOX, "--dtype", "float32"], 1, ["b.png", "tiff"]),
        (
            ["alpha.png", "-o", "b.png", *BOX, "--mode", "full"],
            1,
            ["alpha", "--mode same"],
        ),
        (["a.png", "-o", "b.png", *BOX, "--axes", "5"], 1, ["a.png", "axes", "5"]),
        (["alpha.png", "-o", "b.png", *BOX, "--axes", "2"], 1, ["alpha.png", "--axes"]),
        (
            ["a.png", "-o", "b.png", "--kernel-file", "line.npy"],
            1,
            ["a.png", "line.npy", "kernel.ndim is 1", "len(axes) is 2", "--axes"],
        ),
        (
            ["a.png", "-o", "b.png", *BOX, "--cval", "3"],
            1,
            ["a.png", "cval", "symmetric"],
        ),
    ],
    ids=str,
)
def test_errors(
    argv: list[str], code: int, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    prepare_errors()
    there = {*os.listdir()}
    assert cli.main(["apply", *argv]) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    (sentence,) = printed.err.splitlines()
    assert sentence.startswith("pyconvolve apply: ")
    for word in words:
        assert word in sentence
    assert {*os.listdir()} == there


def npy_of(descr: str, shape: str) -> bytes:
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}}}\n"
    return b"\x93NUMPY\1\0" + len(header).to_bytes(2, "little") + header.encode()


BROKEN = {
    "shape.npy": npy_of("<f8", f"({10**30},)"),
    "memory.npy": npy_of("<f8", f"({10**12},)"),
    "brackets.npy": npy_of("<f8", "((("),
    "type.npy": npy_of("<x8", "(2,)"),
    "magic.npy": b"\x93NUMPY",
    "header.wav": b"RIFF\0\0\0\0WAVE",
    "format.wav": b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0abc",
    "samples.wav": b"RIFF\x1c\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0"
    b"\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0",
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path(name).write_bytes(BROKEN[name])
    np.save("a.npy", np.ones(9))
    there = {*os.listdir()}
    assert cli.main(["apply", name, "-o", "b.npy", *BOX]) == 1
    (sentence,) = capsys.readouterr().err.splitlines()
    assert sentence.startswith(f"pyconvolve apply: can't read {name}: ")
    assert cli.main(["apply", "a.npy", "-o", "b.npy", "--kernel-file", name]) == 2
    (sentence,) = capsys.readouterr().err.splitlines()
    assert sentence.startswith(f"pyconvolve apply: can't use --kernel-file {name}: ")
    assert {*os.listdir()} == there


def test_alpha_is_not_converted_with_a_loss(capsys: pytest.CaptureFixture[str]) -> None:
    Image.fromarray(noise((5, 6, 4))).save("a.png")
    for dtype in ("int8", "uint8", "int16", "float32", "complex64"):
        argv = ["apply", "a.png", "-o", "b.npy", *BOX, "--dtype", dtype]
        if dtype == "int8":
            assert cli.main(argv) == 1
            (sentence,) = capsys.readouterr().err.splitlines()
            assert "can't write b.npy: alpha" in sentence
        else:
            assert cli.main(argv) == 0
            assert (np.load("b.npy")[..., 3] == noise((5, 6, 4))[..., 3]).all()


def test_what_pillow_cannot_store(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("a.png").write_bytes(encoded("png"))

    def save(*args: Any, **kwargs: Any) -> None:
        raise struct.error("a tag is broken")

    monkeypatch.setattr(Image.Image, "save", save)
    assert cli.main(["apply", "a.png", "-o", "b.png", *BOX]) == 1
    (sentence,) = capsys.readouterr().err.splitlines()
    assert sentence.startswith("pyconvolve apply: can't write b.png: ")
    assert "a tag is broken" in sentence
    assert not os.path.exists("b.png")


def test_kernels_for_some_files(capsys: pytest.CaptureFixture[str]) -> None:
    """Options that do not fit the first file are wrong; later files only fail."""
    Path("a.png").write_bytes(encoded("png"))
    np.save("b.npy", noise((5, 6, 7)))
    two = ["--kernel", "gaussian", "--sigma", "1,2", "-o", "out"]
    assert cli.main(["apply", "a.png", "b.npy", *two]) == 1
    assert "can't filter b.npy: --kernel gaussian: sigma" in capsys.readouterr().err
    assert os.listdir("out") == ["a.png"]
    assert cli.main(["apply", "b.npy", "a.png", *two]) == 2


def test_pillow_is_missing(python: Callable[..., Any]) -> None:
    Path("a.png").write_bytes(encoded("png"))
    Path("a.npy").write_bytes(encoded("npy"))
    program = (
        "import sys\n"
        "sys.modules['PIL'] = None\n"
        "from pyconvolve import cli\n"
        "sys.exit(cli.main(['apply', %r, '-o', 'out.npy', '--kernel', 'kirsch']))\n"
    ).replace("'kirsch'", "'laplacian'")
    done = python(program % "a.png")
    assert done.returncode == 1
    (sentence,) = done.stderr.splitlines()
    assert "it needs PIL, which 'pip install \"pyconvolve[cli]\"' installs" in sentence
    assert python(program % "a.npy").returncode == 0
    # other files are filtered
    both = program.replace("%r, '-o', 'out.npy'", "'a.png', 'a.npy', '-o', 'out'")
    done = python(both)
    assert done.returncode == 1
    (sentence,) = done.stderr.splitlines()
    assert "can't read a.png: it needs PIL" in sentence
    assert os.listdir("out") == ["a.npy"]
