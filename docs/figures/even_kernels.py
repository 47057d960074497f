"""Draw the four samples that an output of an even kernel sums, for each origin.

python docs/figures/even_kernels.py
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from diagrams import BLUE, GRAY, LIGHT_BLUE, ORANGE, blank, cell, label
from matplotlib import pyplot as plt
from numpy.typing import NDArray

import pyconvolve

TAPS, SAMPLES, OUTPUT = 4, 9, 4
ORIGINS = (-2, -1, 0, 1)
FUNCTIONS = pyconvolve.convolve, pyconvolve.correlate
LEFT, GAP = 3.6, 1.4


def draw() -> None:
    """Draw the figure."""
    _, axes = blank(2.5, LEFT + 2 * SAMPLES + GAP + 0.4, 7.9)
    for column, function in enumerate(FUNCTIONS):
        begin = LEFT + column * (SAMPLES + GAP)
        name = f"{function.__name__}(x, h, 'same')"
        label(axes, begin + SAMPLES / 2, 0.5, name, family="monospace")
        for sample in range(SAMPLES):
            text = "n" if sample == OUTPUT else f"{sample - OUTPUT:+d}"
            color = BLUE if sample == OUTPUT else GRAY
            label(axes, begin + sample + 0.5, 1.6, text, color=color)
        for row, origin in enumerate(ORIGINS):
            y = 2.2 + 1.4 * row
            if not column:
                text = f"origin={origin}"
                label(axes, 0.2, y + 0.5, text, ha="left", family="monospace")
            for sample, tap in enumerate(taps_of(function, origin)):
                text = f"h{tap - 1}" if tap else ""
                cell(axes, begin + sample, y, text, face=LIGHT_BLUE if tap else "white")
            style = {"edge": ORANGE, "linewidth": 2, "zorder": 3}
            cell(axes, begin + OUTPUT, y, fill=False, **style)


def taps_of(function: Callable[..., NDArray[Any]], origin: int) -> list[int]:
    """Return which tap, counted from 1, each sample is multiplied by; 0: none."""
    found = []
    for sample in range(SAMPLES):
        x = np.zeros(SAMPLES, int)
        x[sample] = 1
        kernel = np.arange(1, TAPS + 1)
        found.append(int(function(x, kernel, "same", origin=origin)[OUTPUT]))
    return found


if __name__ == "__main__":
    draw()
    plt.show()
