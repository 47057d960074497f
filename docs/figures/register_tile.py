"""Draw a tile of outputs in registers, and a vector of samples that serves four rows.

python docs/figures/register_tile.py
"""

from __future__ import annotations

from diagrams import (
    BLUE,
    GRAY,
    LIGHT_BLUE,
    LIGHT_GREEN,
    LIGHT_ORANGE,
    ORANGE,
    arrow,
    blank,
    cell,
    label,
)
from matplotlib import pyplot as plt

# Those of float32 and AVX-512 with vectors of 32 bytes, and a column of five taps.
ROWS, VECTORS, SPAN = 4, 4, 5
LOADED = 3
WIDTH = 3.0


def draw() -> None:
    """Draw the figure."""
    _, axes = blank(3.6, 38.5, 12.6)
    label(axes, 8, 0.6, "samples in the window", weight="bold")
    for row in range(ROWS + SPAN - 1):
        for vector in range(VECTORS):
            loaded = row == LOADED and vector == 1
            face = LIGHT_ORANGE if loaded else LIGHT_BLUE
            x, y = 2 + vector * WIDTH, 1.6 + row
            cell(axes, x, y, "v" if loaded else "", width=WIDTH, face=face, edge=BLUE)
        label(axes, 1.1, 2.1 + row, f"{row}", color=GRAY)
    label(axes, 8, 10.4, f"{ROWS + SPAN - 1} rows of {VECTORS} vectors", color=GRAY)
    label(axes, 8, 11.5, "of 8 numbers each", color=GRAY)
    label(axes, 30, 9.9, "a column of taps", weight="bold")
    for tap in range(SPAN):
        cell(axes, 26.5 + 1.4 * tap, 10.6, f"h{tap}", width=1.4, face="white")
    label(axes, 30, 2.6, "outputs: 16 registers", weight="bold")
    for row in range(ROWS):
        tap = LOADED - row
        for vector in range(VECTORS):
            served = vector == 1
            text = f"+ h{tap} v" if served else ""
            x, y = 24 + vector * WIDTH, 3.6 + row
            face = LIGHT_ORANGE if served else LIGHT_GREEN
            cell(axes, x, y, text, width=WIDTH, face=face)
        label(axes, 37, 4.1 + row, f"{row}", color=GRAY)
    start = 2 + 2 * WIDTH, 2.1 + LOADED
    for row in range(ROWS):
        arrow(axes, start, (24 + WIDTH, 4.1 + row), ORANGE)
    label(axes, 30, 8.4, "one load of v serves four rows", color=GRAY)


if __name__ == "__main__":
    draw()
    plt.show()
