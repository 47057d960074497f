"""Draw how each boundary continues a row of pixels.

python docs/figures/boundaries.py
"""

from __future__ import annotations

import numpy as np
from diagrams import GRAY, blank, cell, label
from matplotlib import colormaps
from matplotlib import pyplot as plt

import pyconvolve

NAMES = ("constant", "edge", "reflect", "symmetric", "wrap")
# pixels: their brightness, and how many of them are drawn beyond either end
PIXELS = np.array([0.35, 0.55, 0.75, 0.9, 0.65, 0.45])
OUTSIDE = 7
LEFT = 4.2


def draw() -> None:
    """Draw the figure."""
    count = PIXELS.size + 2 * OUTSIDE
    _, axes = blank(2.7, LEFT + count + 0.4, 8.8)
    label(axes, LEFT + OUTSIDE + PIXELS.size / 2, 0.4, "the array", weight="bold")
    for number, name in enumerate(NAMES):
        y = 1.0 + 1.65 * number
        label(axes, 0.2, y + 0.5, name, ha="left", family="monospace")
        pixels, letters = continued(PIXELS, name), continued(np.arange(1, 7), name)
        for position in range(count):
            inside = OUTSIDE <= position < OUTSIDE + PIXELS.size
            letter = "0abcdef"[round(letters[position])]
            shade = colormaps["gray"](pixels[position])
            cell(axes, LEFT + position, y, face=shade, edge=GRAY, linewidth=0.5)
            style = {"weight": "bold"} if inside else {}
            color = "black" if pixels[position] > 0.5 else "white"
            label(axes, LEFT + position + 0.5, y + 0.5, letter, color=color, **style)
        cell(
            axes, LEFT + OUTSIDE, y, width=PIXELS.size, fill=False, edge="#D55E00",
            linewidth=2.2, zorder=3,
        )  # fmt: skip


def continued(x: np.ndarray, boundary: str) -> np.ndarray:
    """Return an array with the samples outside that a convolution sees."""
    # mode 'full' of a kernel whose only tap other than zero is its centre
    centre = np.zeros(2 * OUTSIDE + 1)
    centre[OUTSIDE] = 1
    return pyconvolve.convolve(x, centre, "full", boundary=boundary)


if __name__ == "__main__":
    draw()
    plt.show()
