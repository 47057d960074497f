"""Draws photographs before and after each step."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from .filling import MISSING, Filling
from .filtering import Comparison
from .learning import learn
from .photographs import Image

# Pixels along each side of the part of a photograph that is shown.
_SIDE = 220
# Images beside each other.
_COLUMNS = 4
# Pixels left of the first image, above each image, and between images.
_LEFT, _TOP, _GAP = 24, 22, 6
_DPI = 100


def save(comparisons: list[Comparison], fillings: list[Filling], output: Path) -> None:
    """Save a picture of the photographs before and after each step.

    Parameters
    ----------
    comparisons : list of Comparison
    fillings : list of Filling
        One of each photograph.
    output : Path
        The file to write.

    Raises
    ------
    OSError
        If the file can't be written.
    """
    lines = [
        (filling.photograph.name, row[start : start + _COLUMNS])
        for filling in fillings
        for row in [_panels(filling, comparisons)]
        for start in range(0, len(row), _COLUMNS)
    ]
    width = _LEFT + _COLUMNS * (_SIDE + _GAP)
    height = len(lines) * (_TOP + _SIDE + _GAP)
    figure = Figure((width / _DPI, height / _DPI), dpi=_DPI, facecolor="white")
    FigureCanvasAgg(figure)
    for i, (name, row) in enumerate(lines):
        y = 1 - ((i + 1) * (_TOP + _SIDE) + i * _GAP) / height
        for j, (caption, image) in enumerate(row):
            x = (_LEFT + j * (_SIDE + _GAP)) / width
            axes = figure.add_axes((x, y, _SIDE / width, _SIDE / height))
            axes.imshow(image, cmap="gray", vmin=0, vmax=1)
            axes.set_axis_off()
            axes.set_title(caption, fontsize=10, pad=4)
            if j == 0:
                axes.text(
                    -0.03, 0.5, name, transform=axes.transAxes, rotation=90, ha="right",
                    va="center", fontsize=11, parse_math=False,
                )  # fmt: skip
    figure.savefig(output, dpi=_DPI)


def _panels(filling: Filling, comparisons: list[Comparison]) -> list[tuple[str, Image]]:
    """Return captions and images of one photograph."""
    photograph = filling.photograph
    images = [("original", photograph.image)]
    images += [
        (item.step.caption, item.result)
        for item in comparisons
        if item.photograph is photograph
    ]
    images += [
        (f"{MISSING:.0%} of the pixels missing", filling.holed),
        ("gaps filled", filling.filled),
    ]
    panels = [(text, _detail(image, photograph.centre)) for text, image in images]
    filters = learn(photograph)
    if filters is not None:
        panels.append(("filters learned from it", filters))
    return panels


def _detail(image: Image, centre: tuple[int, int]) -> Image:
    """Cut out the part that is shown, with values limited to 0 to 1."""
    window = []
    for samples, middle in zip(image.shape, centre, strict=False):
        side = min(_SIDE, samples)
        start = min(max(middle - side // 2, 0), samples - side)
        window.append(slice(start, start + side))
    return np.clip(
        image[tuple(window)].squeeze(-1 if image.shape[2] == 1 else ()), 0, 1
    )
