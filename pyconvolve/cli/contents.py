"""Contents of files: read by the first bytes of a file, whatever its name is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

# Ending of a name -> format.
FORMATS = {
    ".bmp": "bmp",
    ".jpeg": "jpeg",
    ".jpg": "jpeg",
    ".npy": "npy",
    ".png": "png",
    ".tif": "tiff",
    ".tiff": "tiff",
    ".wav": "wav",
    ".webp": "webp",
}


class Content(NamedTuple):
    """Samples of a file, how they are filtered by default, and how they are stored."""

    format: str
    """That of the file."""
    samples: NDArray[Any]
    axes: tuple[int, ...]
    """Those that may be filtered, and are by default."""
    boundary: str
    dtype: np.dtype | None
    """Of the result; None: the type that NumPy promotes samples and kernel to."""
    overflow: str
    save: Callable[[NDArray[Any], BinaryIO, str], None]
    """Writes a result into a file of a format; raises ValueError if it can't."""


def format_of(name: PurePath) -> str | None:
    """Return the format that the name of a file tells, or None."""
    return FORMATS.get(name.suffix.lower())


def read(file: BinaryIO) -> Content:
    """Read a file of any known format.

    Raises
    ------
    ValueError, OSError
        If the file is broken, or of another format.
    ImportError
        If it is not an array or a sound, and Pillow is not installed.
    """
    start = file.read(12)
    file.seek(0)
    if not start:
        raise ValueError("it is empty")
    if start.startswith(b"\x93NUMPY"):
        return _array(file)
    if start[:4] in (b"RIFF", b"RIFX", b"RF64") and start[8:] == b"WAVE":
        from . import sounds

        return sounds.read(file)
    from . import pictures

    return pictures.read(file)


def _array(file: BinaryIO) -> Content:
    samples = np.load(file, allow_pickle=False)

    def save(result: NDArray[Any], file: BinaryIO, format: str) -> None:
        if format != "npy":
            raise ValueError(f"an array can be saved as npy only, not as {format}")
        np.save(file, result, allow_pickle=False)

    axes = tuple(range(samples.ndim))
    return Content("npy", samples, axes, "constant", None, "wrap", save)
