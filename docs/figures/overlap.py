"""Draw how tiles of transforms share a signal: overlap-save and overlap-add.

python docs/figures/overlap.py
"""

from __future__ import annotations

from diagrams import (
    LIGHT_BLUE,
    LIGHT_GRAY,
    LIGHT_GREEN,
    LIGHT_ORANGE,
    blank,
    cell,
    label,
)
from matplotlib import pyplot as plt

# Outputs of a tile of overlap-save, which are samples of one of overlap-add, and taps
# less one.
BLOCK, TAIL, TILES = 9, 3, 3
LEFT = 8.4


def draw() -> None:
    """Draw the figure."""
    _, axes = blank(4.6, LEFT + TILES * BLOCK + TAIL + 1.2, 18.2)
    label(axes, 0.2, 0.9, "overlap-save", ha="left", weight="bold")
    label(axes, 0.2, 2.3, "samples", ha="left")
    cell(axes, LEFT + TAIL, 1.7, width=TILES * BLOCK, height=1.2, face=LIGHT_BLUE)
    for tile in range(TILES):
        y = 3.5 + 1.7 * tile
        x = LEFT + tile * BLOCK
        label(axes, 0.2, y + 0.6, f"tile {tile}", ha="left")
        cell(axes, x, y, "left out", width=TAIL, height=1.2, face=LIGHT_GRAY)
        cell(axes, x + TAIL, y, "outputs", width=BLOCK, height=1.2, face=LIGHT_GREEN)
    top = 10.0
    label(axes, 0.2, top, "overlap-add", ha="left", weight="bold")
    label(axes, 0.2, top + 1.4, "samples", ha="left")
    for tile in range(TILES):
        x = LEFT + tile * BLOCK
        cell(axes, x, top + 0.8, width=BLOCK, height=1.2, face=LIGHT_BLUE)
        y = top + 2.6 + 1.7 * tile
        label(axes, 0.2, y + 0.6, f"tile {tile}", ha="left")
        if tile:
            cell(axes, x, y, "added", width=TAIL, height=1.2, face=LIGHT_ORANGE)
        begin = x + (TAIL if tile else 0)
        width = BLOCK - (TAIL if tile else 0)
        cell(axes, begin, y, "outputs", width=width, height=1.2, face=LIGHT_GREEN)
        cell(axes, x + BLOCK, y, "tail", width=TAIL, height=1.2, face=LIGHT_ORANGE)


if __name__ == "__main__":
    draw()
    plt.show()
