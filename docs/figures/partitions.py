"""Draw how a stream divides a kernel, and when it computes with each part.

python docs/figures/partitions.py
"""

from __future__ import annotations

import numpy as np
from diagrams import (
    BLUE,
    GRAY,
    LIGHT_BLUE,
    LIGHT_GREEN,
    LIGHT_ORANGE,
    ORANGE,
    blank,
    cell,
    label,
)
from matplotlib import pyplot as plt

# The first parts of a kernel of 144,000 taps, in units of 128 samples: of the levels,
# the length of a partition, the first tap and the number of partitions.
UNIT = 128
LEVELS = (1, 1, 7), (4, 8, 6)
TAPS = 32
LEFT = 7.4
NOTES = "each sample is summed when it comes", "a block is summed when it is whole"
COLORS = LIGHT_GREEN, LIGHT_ORANGE


def draw() -> None:
    """Draw the figure."""
    _, axes = blank(4.5, LEFT + TAPS + 0.8, 17)
    draw_response(axes)
    draw_time(axes)


def draw_response(axes: plt.Axes) -> None:
    """Draw an impulse response and its parts."""
    label(axes, 0.2, 1.8, "impulse response", ha="left")
    k = np.arange(0, TAPS, 0.08)
    h = np.exp(-k / 14) * np.random.default_rng(4).standard_normal(k.size)
    axes.plot(LEFT + k, 1.8 - 0.6 * h, color=GRAY, linewidth=0.7)
    y = 4.1
    label(axes, 0.2, y + 0.6, "head, partitions", ha="left")
    cell(axes, LEFT, y, height=1.2, face=LIGHT_BLUE)
    for (points, first, number), color in zip(LEVELS, COLORS, strict=True):
        for index in range(number):
            x = LEFT + first + index * points
            cell(axes, x, y, width=points, height=1.2, face=color)
    names = (0.5, "head"), (4.5, "level 1"), (20, "level 2")
    for x, name in names:
        label(axes, LEFT + x, y + 1.8, name)
    for tap in (0, 8, 16, 24, 32):
        label(axes, LEFT + tap, y - 0.45, f"{tap * UNIT}", color=GRAY)


def draw_time(axes: plt.Axes) -> None:
    """Draw when samples come, when they are worked on, and when outputs sum them."""
    label(axes, 0.2, 7.9, "time in samples", ha="left", color=GRAY)
    for time in (0, 8, 16, 24, 32):
        label(axes, LEFT + time, 7.9, f"{time * UNIT}", color=GRAY)
        axes.plot((LEFT + time,) * 2, (8.3, 16.7), ":", color=GRAY, linewidth=0.8)
    rows = [("head", 0, 0, 1)]
    rows += [
        (f"level {number}", points, first - points, points * count)
        for number, (points, first, count) in enumerate(LEVELS, 1)
    ]
    for number, (name, points, work, length) in enumerate(rows):
        y = 8.9 + 2.7 * number
        label(axes, 0.2, y + 0.6, name, ha="left")
        if points:
            text = "samples" if points > 1 else ""
            cell(axes, LEFT, y, text, width=points, height=1.2, face="white", edge=BLUE)
        if work:
            text = "work"
            cell(axes, LEFT + points, y, text, width=work, height=1.2, face="white",
                 edge=ORANGE, linestyle="--")  # fmt: skip
        color = (LIGHT_BLUE, *COLORS)[number]
        begin = LEFT + points + work
        length = min(length + points, LEFT + TAPS - begin)
        text = "outputs" if length > 4 else ""
        cell(axes, begin, y, text, width=length, height=1.2, face=color)
        if not work:
            style = {"ha": "left", "backgroundcolor": "white"}
            label(axes, begin + length + 0.4, y + 0.6, NOTES[number], **style)


if __name__ == "__main__":
    draw()
    plt.show()
