"""Draw the two passes of a separable filter, and the rows that are held between them.

python docs/figures/separable_passes.py
"""

from __future__ import annotations

from diagrams import (
    GRAY,
    LIGHT_BLUE,
    LIGHT_GRAY,
    LIGHT_GREEN,
    LIGHT_ORANGE,
    arrow,
    blank,
    cell,
    label,
)
from matplotlib import pyplot as plt

ROWS, TAPS, ROW = 11, 5, 5
WIDTH = 9.0


def draw() -> None:
    """Draw the figure."""
    _, axes = blank(3.3, 42, 14.6)
    for column, name in enumerate(("image", "rows in the cache", "output")):
        label(axes, 1 + WIDTH / 2 + 15.4 * column, 0.8, name, weight="bold")
    first = ROW - TAPS // 2
    for row in range(ROWS):
        y = 1.8 + row
        under = first <= row < first + TAPS
        last = row == first + TAPS - 1
        cell(axes, 1, y, width=WIDTH, face=LIGHT_ORANGE if last else LIGHT_BLUE)
        if under:
            face = LIGHT_ORANGE if last else LIGHT_BLUE
            cell(axes, 16.4, y, width=WIDTH, face=face)
            arrow(axes, (25.5, y + 0.5), (31.6, 1.8 + ROW + 0.5), GRAY)
        if row <= ROW:
            face = LIGHT_ORANGE if row == ROW else LIGHT_GREEN
            cell(axes, 31.8, y, width=WIDTH, face=face)
        else:
            cell(axes, 31.8, y, width=WIDTH, face=LIGHT_GRAY, linestyle=":")
    y = 1.8 + first + TAPS - 0.5
    arrow(axes, (10.1, y), (16.2, y), GRAY)
    label(axes, 13.2, y + 0.9, "along the row")
    label(axes, 28.5, 1.8 + ROW - 3.2, "along the\ncolumns")
    label(
        axes, 20.9, 13.7, "as many rows as there are taps, and a few more", color=GRAY
    )


if __name__ == "__main__":
    draw()
    plt.show()
