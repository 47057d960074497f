"""Draws times by size of the kernel: a panel per signal, a line per library."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from math import ceil
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator
from PIL import Image

from .convolution_methods import CONVOLUTION_METHODS
from .convolutions import Convolution
from .interface import NEW_KERNEL
from .libraries import LIBRARIES, OURS
from .race import Timed
from .report import Report

# Kernels below which a signal has no panel.
_LEAST = 3
# Panels beside each other.
_COLUMNS = 3
# Width and height of a panel, and height of the legend, in inches.
_PANEL = (3.7, 3.2)
_LEGEND = 0.75
_DPI = 100
# Library -> its colour, the same in all panels.
_COLOURS = dict(
    zip(
        [name for name in LIBRARIES if name != OURS],
        ("#4477aa", "#ee7733", "#ccaa33", "#cc3311", "#aa3377", "#228833", "#33bbee",
         "#999999"),
        strict=True,
    )
)  # fmt: skip
_OURS: dict[str, Any] = {"color": "black", "linewidth": 2, "zorder": 3}
# Engine -> its name in the legend, its marker, and the colour that fills the marker.
_ENGINES = {
    "direct": (f"{OURS}, direct sums", "s", "white"),
    "fft": (f"{OURS}, transforms", "o", "black"),
}
_LIBRARY = {method.name: method.library for method in CONVOLUTION_METHODS}
# A convolution, and its times.
Pair = tuple[Convolution, Timed]


def panels(timed: Sequence[Timed]) -> list[list[Pair]]:
    """Choose the convolutions of each panel.

    There is a panel for each element type and number of axes. It shows the signal that
    was timed with the most kernels.

    Parameters
    ----------
    timed : sequence of Timed

    Returns
    -------
    list of list of pairs
        The convolutions of each panel and their times, in the order of the size of the
        kernel.
    """
    found: dict[tuple[str, int], dict[tuple[int, ...], list[Pair]]] = {}
    for item in timed:
        problem = item.problem
        if isinstance(problem, Convolution) and len({*problem.kernel}) == 1:
            signals = found.setdefault((problem.dtype, len(problem.data)), {})
            signals.setdefault(problem.data, []).append((problem, item))
    chosen = [max(signals.values(), key=len) for _, signals in sorted(found.items())]
    return [
        sorted(pairs, key=lambda pair: pair[0].products)
        for pairs in chosen
        if len(pairs) >= _LEAST
    ]


def draw(report: Report) -> Figure:
    """Draw all panels, and a legend of the libraries in them."""
    drawn = panels(report.timed)
    columns = min(_COLUMNS, max(len(drawn), 1))
    rows = max(ceil(len(drawn) / columns), 1)
    size = columns * _PANEL[0], rows * _PANEL[1] + _LEGEND
    figure = Figure(size, dpi=_DPI, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    handles: dict[str, Any] = {}
    for i, pairs in enumerate(drawn):
        ax = figure.add_subplot(rows, columns, i + 1)
        _draw_panel(ax, pairs)
        if i % columns == 0:
            ax.set_ylabel("milliseconds")
        lines, labels = ax.get_legend_handles_labels()
        handles |= dict(zip(labels, lines, strict=True))
    if handles:
        figure.legend(
            handles.values(),
            handles.keys(),
            loc="outside lower center",
            ncols=2 * columns,
            frameon=False,
        )
    return figure


def _draw_panel(ax: Axes, pairs: Sequence[Pair]) -> None:
    problems, items = zip(*pairs, strict=True)
    sides = [problem.kernel[0] for problem in problems]

    def curve(times: Sequence[float | None], label: str, **style: Any) -> None:
        """Draw a line through the times that are known."""
        points = [(n, 1e3 * t) for n, t in zip(sides, times, strict=True) if t]
        if points:
            ax.plot(*zip(*points, strict=True), label=label, **style)

    # matplotlib leaves labels that begin with an underscore out of the legend
    curve([item.ours for item in items], "_", **_OURS)
    for engine, (label, marker, filling) in _ENGINES.items():
        times = [item.ours if item.engine == engine else None for item in items]
        curve(times, label, marker=marker, mfc=filling, linestyle="none", **_OURS)
    times = [
        None if NEW_KERNEL in item.faults else item.seconds.get(NEW_KERNEL)
        for item in items
    ]
    curve(times, NEW_KERNEL, linestyle=":", **_OURS)
    for name, colour in _COLOURS.items():
        of_library = [
            [t for peer, t in item.peers.items() if _LIBRARY.get(peer) == name]
            for item in items
        ]
        times = [min(found, default=None) for found in of_library]
        curve(times, name, color=colour, marker=".", linewidth=1.2)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.xaxis.set_major_locator(FixedLocator(sides))
    ax.xaxis.set_minor_locator(NullLocator())
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(lambda value, _: f"{value:,g}")
    ax.tick_params(labelsize=8)
    ax.grid(color="0.9")
    problem = problems[0]
    size, _, _ = problem.name.partition(" by ")
    on_a_line = problem.axis is not None
    samples = f"{size} samples" if on_a_line else size
    ax.set_title(f"{samples}, {problem.dtype}", fontsize=10)
    ax.set_xlabel("taps" if on_a_line else "taps along each axis")


def save(report: Report, path: Path) -> None:
    """Draw all panels, and save them in a file."""
    figure = draw(report)
    if path.suffix.lower() != ".png":
        figure.savefig(path)
        return
    with BytesIO() as drawn:
        figure.savefig(drawn, format="png")
        # with a palette the file has a third of the size
        picture = Image.open(drawn).convert("RGB").quantize(dither=Image.Dither.NONE)
    picture.save(path, optimize=True)
