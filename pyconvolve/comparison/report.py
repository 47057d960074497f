"""Reports of times on a machine: saved in a file, and shown as tables."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from math import exp, floor, fsum, log, log10
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from .._core import cpu
from . import libraries, timing
from .interface import NEW_KERNEL, OUR_METHODS
from .problems import SORTS
from .race import Timed

# The lines of a page down to this one are not changed when tables are written to it.
MARK = "<!-- measured -->\n"
# Characters per line where the output is no terminal: enough for every name.
_WIDTH = 104
# Headings of the tables; those of columns of numbers end with a colon.
COLUMNS = (
    "problem", "dtype", "engine", "ours, ms:", "of peak:", "new kernel, ms:",
    "fastest peer", "its ms:", "ratio:",
)  # fmt: skip
SUMMARY = ("group", "problems:", "geometric mean:", "minimum:", "lost:")


class Summary(NamedTuple):
    """Ratios of a group of problems: the fastest peer's time divided by ours."""

    group: str
    problems: int
    mean: float | None
    """Geometric mean of the ratios."""
    least: float | None
    """Smallest ratio."""
    lost: int
    """Number of problems that a peer solves faster, or of which our result is wrong."""


@dataclass(frozen=True)
class Report:
    """The times of all problems, the machine, and the versions of the libraries."""

    command: str
    machine: dict[str, str]
    workers: int
    versions: dict[str, str]
    missing: list[str]
    peaks: dict[str, float]
    """Element type -> floating-point operations per second of one core."""
    timed: list[Timed] = field(default_factory=list)

    def groups(self) -> dict[str, list[Timed]]:
        """Return the timed problems of each group."""
        found: dict[str, list[Timed]] = {}
        for item in self.timed:
            found.setdefault(item.problem.group, []).append(item)
        return found

    def share(self, item: Timed) -> float | None:
        """Return our operations per second as a share of the peak of all workers.

        None if operations are not counted, and if our result is wrong.
        """
        if item.operations is None or item.ours is None:
            return None
        most = self.peaks[np.zeros(0, item.problem.dtype).real.dtype.name]
        return item.operations / item.ours / (most * self.workers)

    def summaries(self) -> list[Summary]:
        """Summarise the ratios of each group, and of all problems."""
        return [
            _summarise(group, items)
            for group, items in [*self.groups().items(), ("all", self.timed)]
        ]

    def wrong(self) -> list[str]:
        """Describe what is wrong with our results."""
        return [text for name, text in self._faults() if name in OUR_METHODS]

    def notes(self) -> list[str]:
        """Describe what is wrong with results of peers, which are then not compared."""
        return [text for name, text in self._faults() if name not in OUR_METHODS]

    def _faults(self) -> Iterator[tuple[str, str]]:
        for item in self.timed:
            for name, what in item.faults.items():
                yield name, f"{name}, {item.problem.name} {item.problem.dtype}: {what}"


def begin(quick: bool, workers: int) -> Report:
    """Import the libraries, and measure the machine's peak; nothing is timed yet."""
    options = ["--quick"] * quick + [f"--workers {workers}"] * (workers > 1)
    versions, missing = libraries.load()
    return Report(
        " ".join(["pyconvolve bench", *options]),
        _machine(),
        workers,
        versions,
        missing,
        {dtype: timing.peak(dtype) for dtype in ("float32", "float64")},
    )


def _machine() -> dict[str, str]:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2] for line in lines if line.startswith("model name")]
    return {
        "CPU": (models or [platform.processor() or platform.machine()])[0].strip(),
        "cores": str(os.cpu_count()),
        "instruction set": cpu.active(),
        "system": platform.system(),
        "Python": platform.python_version(),
    }


def _summarise(group: str, items: Sequence[Timed]) -> Summary:
    ratios = [item.ratio for item in items if item.ratio is not None]
    return Summary(
        group,
        len(items),
        exp(fsum(map(log, ratios)) / len(ratios)) if ratios else None,
        min(ratios, default=None),
        sum(item.ours is None or (item.ratio or 1) < 1 for item in items),
    )


def save(report: Report, path: Path) -> None:
    """Save a report in a file."""
    stored = asdict(report)
    sorts = {sort: name for name, sort in SORTS.items()}
    for item, saved in zip(report.timed, stored["timed"], strict=True):
        saved["problem"]["sort"] = sorts[type(item.problem)]
    path.write_text(json.dumps(stored, indent=1) + "\n")


def load(path: Path) -> Report:
    """Read a report that `save` has written.

    Raises
    ------
    ValueError
        If the file can't be read, or holds no report.
    """
    try:
        stored = json.loads(path.read_text())
        timed = [_timed(**item) for item in stored.pop("timed")]
        return Report(**stored, timed=timed)
    except OSError as error:
        raise ValueError(f"can't read {path}: {error.strerror}") from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise ValueError(f"{path} holds nothing that --json has saved") from None


def _timed(problem: dict[str, Any], **rest: Any) -> Timed:
    sort = SORTS[problem.pop("sort")]
    fields = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in problem.items()
    }
    return Timed(sort(**fields), **rest)


def introduce(report: Report) -> None:
    """Print the machine, the libraries and the command."""
    console = Console()
    for line in [*_header(report), f"Command: {report.command}"]:
        console.print(line, highlight=False, markup=False)


def _header(report: Report) -> list[str]:
    def listed(named: dict[str, str]) -> str:
        return ", ".join(f"{name} {text}" for name, text in named.items())

    peaks = {dtype: f"{1e-9 * rate:.0f}" for dtype, rate in report.peaks.items()}
    lines = [
        f"Machine: {listed(report.machine)}.",
        f"Workers: {report.workers}. GFLOP/s at most, of each: {listed(peaks)}.",
        f"Libraries: {listed(report.versions)}.",
    ]
    if report.missing:
        lines.append(f"Not installed: {', '.join(report.missing)}.")
    return lines


def show(report: Report) -> None:
    """Print the tables, and the faults of peers."""
    console = Console(width=None if sys.stdout.isatty() else _WIDTH)
    table, summary = _table(COLUMNS), _table(SUMMARY)
    for items in report.groups().values():
        for item in items:
            lost = item.ours is None or (item.ratio or 1) < 1
            table.add_row(
                *_row(report, item),
                style="red" if lost else None,
                end_section=item is items[-1],
            )
    for line in report.summaries():
        summary.add_row(*_cells(line))
    for shown in (table, summary):
        console.print(shown)
    for note in report.notes():
        console.print(f"Not compared: {escape(note)}", highlight=False)


def write_page(report: Report, path: Path) -> None:
    """Write the tables as Markdown: below the line MARK if the file has it."""
    # bytes, so that text in any encoding stays as it is
    before = path.read_bytes() if path.exists() else b""
    above, mark, _ = before.partition(MARK.encode())
    lines = [""] if mark else []
    lines += [*_header(report), "", f"    {report.command}", ""]
    lines += _markdown(SUMMARY, [_cells(line) for line in report.summaries()])
    for group, items in report.groups().items():
        lines += ["", f"### {group[0].upper()}{group[1:]}", ""]
        lines += _markdown(COLUMNS, [_row(report, item) for item in items])
    lines += [f"\nNot compared: {note}" for note in report.notes()]
    tables = "\n".join(lines) + "\n"
    path.write_bytes((above + mark if mark else b"") + tables.encode())


def _row(report: Report, item: Timed) -> list[str]:
    peer, share = item.peer, report.share(item)
    return [
        item.problem.name,
        item.problem.dtype,
        item.engine,
        "WRONG" if item.ours is None else _milliseconds(item.ours),
        "" if share is None else f"{share:.0%}",
        _milliseconds(item.seconds.get(NEW_KERNEL)),
        peer or "",
        _milliseconds(item.seconds[peer] if peer else None),
        _ratio(item.ratio),
    ]


def _cells(line: Summary) -> list[str]:
    ratios = [_ratio(line.mean), _ratio(line.least)]
    return [line.group, str(line.problems), *ratios, str(line.lost)]


def _ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _milliseconds(seconds: float | None) -> str:
    """Format milliseconds with three digits, or all digits before the point."""
    if seconds is None:
        return ""
    value = 1e3 * seconds
    return f"{value:.{max(0, 2 - floor(log10(value)))}f}"


def _table(headings: Sequence[str]) -> Table:
    table = Table(box=SIMPLE_HEAD, show_edge=False, padding=0)
    for heading in headings:
        if heading.endswith(":"):
            lines = heading[:-1].replace(" ", "\n")
            table.add_column(lines, justify="right", no_wrap=True)
        else:
            table.add_column(heading, overflow="fold")
    return table


def _markdown(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [
        [heading.removesuffix(":") for heading in headings],
        ["--:" if heading.endswith(":") else "---" for heading in headings],
        *rows,
    ]
    return [f"| {' | '.join(line)} |" for line in lines]
