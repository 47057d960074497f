"""What the drawn figures of the guide share: width, colours, cells, text and arrows."""

from __future__ import annotations

from typing import Any

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

# Width of a figure in inches; 100 pixels of a page show an inch.
WIDTH = 7.0
FONT_SIZE = 9
# Colours that people with impaired colour vision tell apart (Okabe and Ito 2008), and
# lighter ones to write upon.
BLUE, ORANGE, GREEN, RED, GRAY = "#0072B2", "#D98200", "#009E73", "#D55E00", "#666666"
LIGHT_BLUE, LIGHT_ORANGE, LIGHT_GREEN = "#CCE3F0", "#FBE6C2", "#CCEBE2"
LIGHT_RED, LIGHT_GRAY = "#F7DFCC", "#ECECEC"


def blank(height: float, width: float, rows: float) -> tuple[Figure, Axes]:
    """Make a figure of a height in inches, for drawing with units of its own.

    Units run from 0 to `width` to the right, and from 0 to `rows` downwards.
    """
    figure = plt.figure(figsize=(WIDTH, height), facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(rows, 0))
    axes.axis("off")
    return figure, axes


def cell(
    axes: Axes,
    x: float,
    y: float,
    text: str = "",
    *,
    width: float = 1,
    height: float = 1,
    face: str = "white",
    edge: str = GRAY,
    **style: Any,
) -> None:
    """Draw a rectangle from its top left corner, with text in its middle."""
    box = Rectangle((x, y), width, height, facecolor=face, edgecolor=edge, **style)
    axes.add_patch(box)
    if text:
        label(axes, x + width / 2, y + height / 2, text)


def label(axes: Axes, x: float, y: float, text: str, **style: Any) -> None:
    """Write text around a point, or from it on with `ha="left"`."""
    style = {"ha": "center", "va": "center", "fontsize": FONT_SIZE, **style}
    axes.text(x, y, text, **style)


def arrow(
    axes: Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    color: str = GRAY,
    shape: str = "-|>",
) -> None:
    """Draw an arrow from point to point."""
    style = {"arrowstyle": shape, "color": color, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", end, start, arrowprops=style)
