"""Reads photographs."""

from __future__ import annotations

from importlib.resources import as_file, files
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from skimage.io import imread

from .. import convolve

Image = NDArray[np.float32]

# Pixels along the longer side, above which a photograph is reduced: scipy.ndimage would
# need minutes for larger ones.
_LONGEST_SIDE = 1500
# File in skimage/data -> its name, and the centre of the part that the picture shows.
_BUNDLED = {
    "hubble_deep_field.jpg": ("Hubble", (436, 500)),
    "astronaut.png": ("astronaut", (150, 230)),
}


class Photograph(NamedTuple):
    """An image with values from 0 to 1, of shape (rows, columns, colours)."""

    name: str
    image: Image
    centre: tuple[int, int]
    """Row and column of the centre of the part that the picture shows."""


def load(photo: Path | None) -> list[Photograph]:
    """Read photographs.

    Parameters
    ----------
    photo : Path or None
        An image file; None: those that come with scikit-image.

    Returns
    -------
    list of Photograph

    Raises
    ------
    ValueError
        If the file can't be read, or has a shape that is none of an image.
    """
    if photo is not None:
        image = _read(photo)
        rows, columns, _ = image.shape
        return [Photograph(photo.stem, image, (rows // 2, columns // 2))]
    photographs = []
    for file, (name, centre) in _BUNDLED.items():
        with as_file(files("skimage") / "data" / file) as path:
            photographs.append(Photograph(name, _read(path), centre))
    return photographs


def _read(path: Path) -> Image:
    try:
        with path.open("rb") as file:
            stored = np.asarray(imread(file))
    except Exception as error:
        # each reader of an image format raises exceptions of its own
        reason = getattr(error, "strerror", None) or "it holds no image that is known"
        raise ValueError(f"can't open the photograph {path}: {reason}") from None
    while stored.ndim > 3:
        # the first image of a file with several
        stored = stored[0]
    if stored.ndim == 2:
        stored = stored[..., np.newaxis]
    if stored.ndim != 3 or stored.shape[2] > 4 or stored.size == 0:
        raise ValueError(
            f"can't use the photograph {path}: its shape is {stored.shape}; it may be "
            "(rows, columns), or (rows, columns, channels) with 1 to 4 channels"
        )
    # the second of two channels and the fourth of four are transparency
    channels = 1 if stored.shape[2] < 3 else 3
    if stored.shape[2] > channels:
        print(f"Channel {channels + 1} of {path} is left out as transparency.")
    image = _unit_range(stored[..., :channels])
    reduction = ceil(max(image.shape[:2]) / _LONGEST_SIDE)
    if reduction > 1:
        box = np.full((reduction, reduction), reduction**-2, np.float32)
        image = convolve(
            image, box, "same", axes=(0, 1), boundary="edge", stride=reduction
        )
    return np.ascontiguousarray(image, np.float32)


def _unit_range(stored: NDArray[Any]) -> Image:
    """Scale integers by their type's range, and floats that exceed 1 by the largest."""
    if stored.dtype.kind in "iu":
        return (stored / np.iinfo(stored.dtype).max).astype(np.float32)
    image = np.nan_to_num(stored.astype(np.float32), posinf=1.0, neginf=0.0)
    return image / max(1.0, float(np.abs(image).max()))
