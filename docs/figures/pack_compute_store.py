"""Draw the three steps of a tile: pack, compute, store.

python docs/figures/pack_compute_store.py
"""

from __future__ import annotations

from diagrams import (
    BLUE,
    GRAY,
    GREEN,
    LIGHT_BLUE,
    LIGHT_GRAY,
    LIGHT_GREEN,
    arrow,
    blank,
    cell,
    label,
)
from matplotlib import pyplot as plt

SIZE = 10


def draw() -> None:
    """Draw the figure."""
    _, axes = blank(2.9, 42, 16.8)
    label(axes, 6, 1, "signal", weight="bold")
    cell(axes, 1, 2.4, width=SIZE, height=SIZE, face=LIGHT_GRAY)
    # the halo reaches beyond the corner of the signal
    cell(
        axes,
        0.2,
        1.6,
        width=5.6,
        height=5.6,
        face=LIGHT_BLUE,
        linestyle="--",
        edge=BLUE,
    )
    cell(axes, 1, 2.4, width=4, height=4, face="#9CC9E3", edge=BLUE)
    label(axes, 3, 4.4, "tile")
    label(axes, 3.1, 6.8, "halo", fontsize=8)
    label(
        axes, 6, 13.6, "any type, strides,\nbyte order, boundary", va="top", color=GRAY
    )
    arrow(axes, (11.6, 7), (16, 7))
    label(axes, 13.8, 6.2, "pack")
    label(axes, 20.5, 1, "window", weight="bold")
    for row in range(7):
        for column in range(7):
            cell(
                axes, 17 + column, 3.4 + row, face=LIGHT_BLUE, edge=BLUE, linewidth=0.6
            )
    label(axes, 20.5, 13.6, "contiguous numbers\nin the L2 cache", va="top", color=GRAY)
    arrow(axes, (24.6, 7), (29.2, 7))
    label(axes, 26.9, 6.2, "compute")
    label(axes, 26.9, 8, "and store")
    label(axes, 35.6, 1, "output", weight="bold")
    cell(axes, 30.6, 2.4, width=SIZE, height=SIZE, face=LIGHT_GRAY)
    cell(axes, 30.6, 2.4, width=4, height=4, face=LIGHT_GREEN, edge=GREEN)
    label(axes, 32.6, 4.4, "tile")
    label(axes, 35.6, 13.6, "any type, rounded and\nclipped if asked for", va="top",
          color=GRAY)  # fmt: skip


if __name__ == "__main__":
    draw()
    plt.show()
