"""Reads a file by its first bytes, whatever its name is."""

from __future__ import annotations

from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from .contents import Content


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


def load_array(file: BinaryIO) -> NDArray[Any]:
    """Read a .npy file; raise ValueError, OSError or MemoryError if that fails."""
    try:
        samples: NDArray[Any] = np.load(file, allow_pickle=False)
    except (ValueError, OSError, MemoryError):
        raise
    except Exception as error:
        # a broken header raises exceptions of Python's tokenizer, among others
        raise ValueError(f"it is a broken npy file: {error}") from None
    return samples


def _array(file: BinaryIO) -> Content:
    samples = load_array(file)

    def save(result: NDArray[Any], file: BinaryIO, format: str) -> None:
        if format != "npy":
            raise ValueError(f"an array can be saved as npy only, not as {format}")
        np.save(file, result, allow_pickle=False)

    axes = tuple(range(samples.ndim))
    return Content("npy", samples, axes, "constant", None, "wrap", save)
