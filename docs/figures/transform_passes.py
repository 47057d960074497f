"""Draw the passes of a transform that exists for convolution only.

python docs/figures/transform_passes.py
"""

from __future__ import annotations

from diagrams import (
    BLUE,
    GRAY,
    LIGHT_BLUE,
    LIGHT_GREEN,
    LIGHT_ORANGE,
    arrow,
    blank,
    cell,
    label,
)
from matplotlib import pyplot as plt

RADIX, POINTS = 4, 16
LEFT, WIDTH = 11, 24
STEPS = (
    (1, "samples", LIGHT_BLUE),
    (RADIX, "a pass of radix 4", LIGHT_BLUE),
    (POINTS, "a second pass", LIGHT_BLUE),
    (POINTS, "times the spectrum", LIGHT_ORANGE),
    (RADIX, "a pass back", LIGHT_GREEN),
    (1, "outputs", LIGHT_GREEN),
)
MODULI = ("$t^{16} - u$", "$t^4 - u_c$", "$t - u_{cd}$", "", "", "")


def draw() -> None:
    """Draw the figure."""
    _, axes = blank(4.0, LEFT + WIDTH + 8.4, 18.0)
    for step, (blocks, name, color) in enumerate(STEPS):
        y = 0.8 + 3 * step
        label(axes, 0.2, y + 0.8, name, ha="left")
        width = WIDTH / blocks
        for block in range(blocks):
            cell(axes, LEFT + block * width, y, width=width, height=1.6, face=color)
            for point in range(1, POINTS // blocks):
                x = LEFT + block * width + point * WIDTH / POINTS
                axes.plot((x, x), (y, y + 1.6), ":", color=GRAY, linewidth=0.6)
        if MODULI[step]:
            text = "modulo " + MODULI[step]
            label(axes, LEFT + WIDTH + 0.5, y + 0.8, text, ha="left", color=GRAY)
        if step + 1 < len(STEPS):
            draw_links(axes, blocks, STEPS[step + 1][0], y + 1.65, y + 2.95)


def draw_links(axes: plt.Axes, above: int, below: int, top: float, end: float) -> None:
    """Draw which blocks become which."""
    for block in range(max(above, below)):
        upper, lower = block * above // max(above, below), block * below
        lower //= max(above, below)
        start = LEFT + (upper + 0.5) * WIDTH / above, top
        arrow(axes, start, (LEFT + (lower + 0.5) * WIDTH / below, end), BLUE, "-")


if __name__ == "__main__":
    draw()
    plt.show()
