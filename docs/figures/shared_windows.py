"""Draw how the windows of a box share suffixes and prefixes of blocks.

python docs/figures/shared_windows.py
"""

from __future__ import annotations

from diagrams import (
    GRAY,
    LIGHT_BLUE,
    LIGHT_GREEN,
    LIGHT_ORANGE,
    RED,
    arrow,
    blank,
    cell,
    label,
)
from matplotlib import pyplot as plt

SIZE, BLOCKS, WINDOW = 6, 3, 8
LEFT = 7.6


def draw() -> None:
    """Draw the figure."""
    count = SIZE * BLOCKS
    _, axes = blank(3.0, LEFT + count + 0.6, 10.4)
    for y, name in ((0.7, "samples"), (2.9, "suffixes of blocks"),
                    (5.1, "prefixes of blocks"), (7.3, "a window")):  # fmt: skip
        label(axes, 0.2, y + 0.5, name, ha="left")
    for sample in range(count):
        begins, ends = sample == WINDOW, sample == WINDOW + SIZE - 1
        cell(axes, LEFT + sample, 0.7, str(sample), face=LIGHT_BLUE)
        cell(axes, LEFT + sample, 2.9, face=LIGHT_ORANGE if begins else "white")
        cell(axes, LEFT + sample, 5.1, face=LIGHT_GREEN if ends else "white")
    for block in range(BLOCKS):
        # sums run from the end of a block, and from its beginning
        x = LEFT + block * SIZE
        arrow(axes, (x + SIZE - 0.3, 3.4), (x + 0.3, 3.4), GRAY)
        arrow(axes, (x + 0.3, 5.6), (x + SIZE - 0.3, 5.6), GRAY)
    middle = (WINDOW // SIZE + 1) * SIZE
    cell(axes, LEFT + WINDOW, 7.3, "suffix", width=middle - WINDOW, face=LIGHT_ORANGE)
    rest = WINDOW + SIZE - middle
    cell(axes, LEFT + middle, 7.3, "prefix", width=rest, face=LIGHT_GREEN)
    for block in range(BLOCKS + 1):
        x = LEFT + block * SIZE
        axes.plot((x, x), (0.3, 8.7), color=RED, linewidth=1.4)
    first, last = WINDOW, WINDOW + SIZE - 1
    text = f"samples {first} to {last}: the suffix at {first} and the prefix at {last}"
    label(axes, LEFT + count / 2, 9.8, text, color=GRAY)


if __name__ == "__main__":
    draw()
    plt.show()
