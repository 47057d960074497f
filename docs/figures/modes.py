"""Draw which outputs each mode has, and the samples that the first and last one sum.

python docs/figures/modes.py
"""

from __future__ import annotations

from typing import NamedTuple

from diagrams import BLUE, GRAY, LIGHT_BLUE, LIGHT_GREEN, blank, cell, label
from matplotlib import pyplot as plt

# samples and taps, and the position of the kernel's centre
SAMPLES, TAPS = 10, 5
CENTRE = TAPS // 2
LEFT, MARGIN = 8.6, 4


class Row(NamedTuple):
    """Outputs of a call: the samples under their kernel's centre."""

    call: str
    outputs: range


ROWS = (
    Row('"full"', range(-CENTRE, SAMPLES + CENTRE)),
    Row('"same"', range(SAMPLES)),
    Row('"valid"', range(CENTRE, SAMPLES - CENTRE)),
    Row('"same", stride=3', range(0, SAMPLES, 3)),
    Row('"full", lags=(4, 7)', range(4 - CENTRE, 8 - CENTRE)),
)


def draw() -> None:
    """Draw the figure."""
    width = LEFT + SAMPLES + 2 * MARGIN + 0.3
    _, axes = blank(4.3, width, 14.6)
    begin = LEFT + MARGIN
    label(axes, 0.2, 0.9, f"{SAMPLES} samples", ha="left")
    for sample in range(SAMPLES):
        cell(axes, begin + sample, 0.4, str(sample), face=LIGHT_BLUE)
    for number, row in enumerate(ROWS):
        y = 2.3 + 2.5 * number
        label(axes, 0.2, y + 0.5, row.call, ha="left", family="monospace")
        for index, output in enumerate(row.outputs):
            cell(axes, begin + output, y, str(index), face=LIGHT_GREEN)
        for output, ends in zip((row.outputs[0], row.outputs[-1]), (0, 1), strict=True):
            draw_reach(axes, begin + output, y + 1.22 + 0.36 * ends)
    for x in (begin, begin + SAMPLES):
        axes.plot((x, x), (0.2, 14.3), ":", color=GRAY, linewidth=1, zorder=0)


def draw_reach(axes: plt.Axes, x: float, y: float) -> None:
    """Draw the samples under a kernel whose centre is the cell at x."""
    ends = x - CENTRE + 0.1, x + CENTRE + 0.9
    axes.plot(ends, (y, y), "|-", color=BLUE, markersize=5)
    axes.plot(x + 0.5, y, "o", color=BLUE, markersize=3.5)


if __name__ == "__main__":
    draw()
    plt.show()
