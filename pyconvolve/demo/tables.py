"""Prints times and agreement."""

from __future__ import annotations

from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from .. import get_workers
from .filling import MISSING, Filling
from .filtering import STEPS, Comparison
from .timing import ROUNDS


def show(comparisons: list[Comparison], fillings: list[Filling], output: Path) -> None:
    """Print a table of all steps, a sentence on each filling, and the picture's name.

    Parameters
    ----------
    comparisons : list of Comparison
        All steps of the first photograph, all of the second, and so on.
    fillings : list of Filling
    output : Path
        The file of the picture.
    """
    table = Table(
        box=SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True
    )
    for heading in ("photograph", "step", "kernel"):
        table.add_column(heading, overflow="fold")
    for heading in ("pycon-\nvolve", "scipy.\nsignal", "scipy.\nndimage"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("times\nfaster", justify="right")
    table.add_column("agrees\nto", justify="right", no_wrap=True)
    for number, item in enumerate(comparisons):
        step = number % len(STEPS)
        size = "x".join(map(str, item.photograph.image.shape))
        ours, *peers = item.seconds.values()
        difference = max(item.differences.values())
        table.add_row(
            [escape(item.photograph.name), size, "", ""][step],
            item.step.name,
            item.step.kernel_name,
            *(f"{1e3 * seconds:.1f}" for seconds in item.seconds.values()),
            f"{min(peers) / ours:.1f}",
            f"[red]{difference:.0e}" if item.disagreements() else f"{difference:.0e}",
            end_section=step == len(STEPS) - 1,
        )
    console = Console()
    console.print(table)
    console.print(
        f"Milliseconds in float32, the fastest of {ROUNDS} rounds. {get_workers()} "
        "workers, also for\nscipy.signal's FFTs. 'times faster' is relative to the "
        "faster of SciPy's two modules.",
        highlight=False,
    )
    for filling in fillings:
        ours, theirs = filling.seconds.values()
        console.print(
            f"{filling.photograph.name}: {MISSING:.0%} of the pixels taken out, and "
            f"filled in {1e3 * ours:.1f} ms;\nscipy.ndimage took "
            f"{theirs / ours:.1f} times as long. Their error (rms) is "
            f"{filling.error:.3f} of white.",
            highlight=False,
            markup=False,
        )
    console.print(f"Before and after: {output}", highlight=False, markup=False)
