"""Formats of files, and what is known of the content of a file."""

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
