"""Predicted time of each engine: counts of its work, times the seconds of each count.

An engine counts its work on a problem: calls, samples, products and so on.
constants.json has the seconds of each count, by instruction set, engine and element
type. A file in the user's cache folder may have seconds measured on this machine;
`pyconvolve.tuning` measures them. tables.json has numbers that differ less between
machines: cycles of passes and of tiles of each form, shares of the FMA peak that tap
columns reach, sizes of caches. benchmarks/direct.py and benchmarks/fft.py measure them.

constants.json may lack an instruction set, or an element type: after one was added, and
before benchmarks/fit_cost_model.py has run for it. The nearest constants serve instead.

1. An engine without constants for the instruction set has those of the next set below.
   If there is none below, it has those of the first set in the file.
2. An element type without constants, in the set of rule 1, has those of the type whose
   size is nearest. Of two that are as near, it is the larger one. Of two with the same
   size, it is the one of the same kind, and else the first one in the file.

An engine that no set has constants for needs estimates of them in the file.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Collection
from functools import cache
from importlib import resources
from math import log2
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .. import cpu
from ..planner import DIRECT_COUNTS, FFT_COUNTS

# Seconds between two polls for Ctrl-C.
_POLL = 5e-3
# Element types that direct sums, and transforms, are computed in.
SUMS = ("float32", "float64", "uint16", "uint32", "uint64", "longdouble")
FLOATS = ("float32", "float64", "longdouble")
# Engine -> names of its counts, and element types that it computes in.
ENGINES = {"direct": (DIRECT_COUNTS, SUMS), "fft": (FFT_COUNTS, FLOATS)}


# Engine -> element type -> name of a count -> seconds.
_Engines = dict[str, dict[str, dict[str, float]]]


class Constants(NamedTuple):
    """Seconds of each count, and where they come from."""

    source: str
    """'shipped', or the path of the user's file."""
    seconds: dict[str, dict[str, tuple[float, ...]]]
    """Engine -> element type that is computed in -> seconds, in order of the counts."""


def user_file() -> Path:
    """Return the path of the file with seconds measured on this machine."""
    from platformdirs import user_cache_path

    return user_cache_path("pyconvolve") / "cost.json"


@cache
def constants() -> Constants:
    """Return the constants measured on this machine, or else the shipped ones.

    Warns
    -----
    RuntimeWarning
        If the user's file can't be read, lacks an engine or element type of this
        version, or has other counts than this version. The shipped constants serve.
    """
    try:
        path = user_file()
        text = path.read_text()
    except (FileNotFoundError, NotADirectoryError, RuntimeError):
        # there is no file, or no home folder
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
    return _read(_complete(_shipped("constants.json"), cpu.active()), "shipped")


def _warn(path: Path, error: Exception) -> None:
    warnings.warn(
        f"{path} can't be used, run 'pyconvolve tune' again: {error!r:.200}",
        RuntimeWarning,
        stacklevel=4,
    )


def _shipped(name: str) -> Any:
    return json.loads(resources.files(__package__).joinpath(name).read_text())


def _complete(known: dict[str, _Engines], name: str) -> _Engines:
    """Return the constants of an instruction set, by the rules of this module."""
    sets = cpu.INSTRUCTION_SETS
    below = sets[: sets.index(name) + 1][::-1] if name in sets else (name,)
    order = [each for each in (*below, *known) if each in known]
    found = {}
    for engine, (_, elements) in ENGINES.items():
        nearest = next(
            (known[each][engine] for each in order if known[each].get(engine)), None
        )
        if nearest is None:
            raise ValueError(
                f"constants.json must have estimates for the engine {engine!r}"
            )
        found[engine] = {
            element: nearest[_nearest_element(element, nearest)] for element in elements
        }
    return found


def _nearest_element(element: str, known: Collection[str]) -> str:
    """Return the element type whose constants serve for another one."""
    if element in known:
        return element
    wanted = np.dtype(element)

    def distance(other: str) -> tuple[float, int, bool]:
        kind = np.dtype(other)
        ratio = abs(log2(kind.itemsize / wanted.itemsize))
        return ratio, -kind.itemsize, kind.kind != wanted.kind

    return min(known, key=distance)


def _read(known: _Engines, source: str) -> Constants:
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
    """Return the numbers of tables.json. Their keys that are numbers are integers."""
    read: dict[str, Any] = _shipped("tables.json")
    read["shares"] = _by_number(read["shares"])
    read["passes"] = _by_number(
        {registers: _by_number(each) for registers, each in read["passes"].items()}
    )
    return read


def _by_number(table: dict[str, Any]) -> dict[int, Any]:
    return {int(key): value for key, value in table.items()}


def poll_sums(element: str) -> int:
    """Return the products that are summed between two polls for Ctrl-C."""
    rates = tables()["sums"]
    return int(rates[_nearest_element(element, rates)] * _POLL)
