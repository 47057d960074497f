"""Calls of `pyconvolve apply` in a folder of their own, and inputs for it."""

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import ndimage
from scipy.io import wavfile

from pyconvolve import cli

Image = pytest.importorskip("PIL.Image")

# A kernel of integers without any symmetry, and its text.
KERNEL = np.array([[0, -1, 2], [-3, 5, -1], [1, -1, 0]])
GAUSSIAN = ["--kernel", "gaussian", "--sigma", "1.5"]
BOX = ["--kernel", "box", "--size", "3"]


@pytest.fixture(autouse=True)
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each test of a module that imports this in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    np.savetxt("kernel.txt", KERNEL, fmt="%d")


def apply(*argv: str) -> None:
    assert cli.main(["apply", *argv]) == 0


def noise(shape: tuple[int, ...], dtype: Any = np.uint8) -> np.ndarray:
    rng = np.random.default_rng(1)
    if np.dtype(dtype).kind == "f":
        return rng.standard_normal(shape).astype(dtype)
    info = np.iinfo(dtype)
    return rng.integers(info.min, info.max, shape, dtype, endpoint=True)


def smoothed(x: np.ndarray) -> np.ndarray:
    """What SciPy makes of each colour of an image."""
    sigma = (1.5, 1.5) + (0,) * (x.ndim - 2)
    return ndimage.gaussian_filter(x.astype(float), sigma, mode="reflect")


def python_m(stdin: bytes, *argv: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "pyconvolve", "apply", *argv]
    return subprocess.run(command, input=stdin, capture_output=True, timeout=120)


def encoded(format: str) -> bytes:
    file = io.BytesIO()
    if format == "npy":
        np.save(file, noise((20, 30)))
    elif format == "wav":
        wavfile.write(file, 8000, noise((100,), np.int16))
    else:
        Image.fromarray(noise((20, 30))).save(file, format)
    return file.getvalue()
