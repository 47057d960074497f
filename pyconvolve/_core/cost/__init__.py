"""What each engine costs.

An engine counts what a problem takes of it. Times the seconds of each thing counted,
that is the predicted time. constants.json holds these seconds for every instruction
set, or a file in the user's cache folder for this machine; `pyconvolve.tuning` measures
them. tables.json holds what differs less: cycles of passes and of tiles of each form,
shares of FMA peak that tap columns reach, sizes of caches. benchmarks/direct.py and
benchmarks/fft.py measure these.
"""

from __future__ import annotations

import json
import warnings
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .. import cpu
from ..planner import DIRECT_COUNTS, FFT_COUNTS

# Seconds after which a kernel looks for Ctrl-C.
_POLL = 5e-3
# Instruction sets whose constants serve others.
_NEAREST = {"baseline": "v2"}
# Element types that sums, and transforms, are computed in.
SUMS = ("float32", "float64", "uint16", "uint32", "uint64", "longdouble")
FLOATS = ("float32", "float64", "longdouble")
# What engines count, and the element types that they compute in.
ENGINES = {"direct": (DIRECT_COUNTS, SUMS), "fft": (FFT_COUNTS, FLOATS)}


class Constants(NamedTuple):
    """Seconds of each thing counted, by engine and element type that is computed in."""

    source: str
    seconds: dict[str, dict[str, tuple[float, ...]]]


def user_file() -> Path:
    """Where seconds measured on this machine are kept."""
    from platformdirs import user_cache_path

    return user_cache_path("pyconvolve") / "cost.json"


@cache
def constants() -> Constants:
    """Return those measured on this machine, or else those that come with it."""
    try:
        path = user_file()
        text = path.read_text()
    except (FileNotFoundError, NotADirectoryError, RuntimeError):
        # nobody has tuned, or has a home
        text = "{}"
    except (OSError, ValueError) as error:
        _warn(path, error)
        text = "{}"
    try:
        known = json.loads(text)
        if not isinstance(known, dict):
            raise TypeError("it must hold an object of instruction sets")
        if cpu.active() in known:
            return _read(known[cpu.active()], str(path))
    except (
        ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError
    ) as error:  # fmt: skip
        _warn(path, error)
    name = cpu.active()
    return _read(_shipped("constants.json")[_NEAREST.get(name, name)], "shipped")


def _warn(path: Path, error: Exception) -> None:
    warnings.warn(
        f"{path} can't be used, run 'pyconvolve tune' again: {error!r:.200}",
        RuntimeWarning,
        stacklevel=4,
    )


def _shipped(name: str) -> Any:
    return json.loads(resources.files(__package__).joinpath(name).read_text())


def _read(known: dict[str, dict[str, dict[str, float]]], source: str) -> Constants:
    return Constants(
        source,
        {
            engine: {
                element: _checked(known[engine][element], counts)
                for element in elements
            }
            for engine, (counts, elements) in ENGINES.items()
        },
    )


def _checked(each: dict[str, float], counts: tuple[str, ...]) -> tuple[float, ...]:
    if {*each} != {*counts}:
        raise ValueError(f"there must be {', '.join(counts)}, not {', '.join(each)}")
    for name, value in each.items():
        if not isinstance(value, int | float) or not 0 <= float(value) < np.inf:
            raise ValueError(f"{name} must be at least 0 seconds, not {value}")
    return tuple(float(each[name]) for name in counts)


@cache
def tables() -> dict[str, Any]:
    """Return what doesn't differ between machines of a kind, ready to be looked up."""
    read: dict[str, Any] = _shipped("tables.json")
    read["shares"] = _by_number(read["shares"])
    read["passes"] = _by_number(
        {registers: _by_number(each) for registers, each in read["passes"].items()}
    )
    return read


def _by_number(table: dict[str, Any]) -> dict[int, Any]:
    return {int(key): value for key, value in table.items()}


def poll_sums(element: str) -> int:
    """Products summed between two looks for Ctrl-C."""
    return int(tables()["sums"][element] * _POLL)
