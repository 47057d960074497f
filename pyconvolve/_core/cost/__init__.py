"""Predicted time of each engine: counts of its work, times the seconds of each count.

An engine counts its work on a problem: calls, samples, products and so on. It also
plans by numbers that depend on the machine. `pyconvolve.tuning` measures all of them.

constants.json has, by instruction set,

- `direct` and `fft`: seconds of each count, by element type;
- `tables`: cycles of passes by their radix, and of tiles of each form; shares of the
  FMA peak that tap columns reach, by their span; products per second;
- `thresholds`: bounds that `Thresholds` leaves open.

tables.json has tables, and thresholds among them, for sets that constants.json has none
for. A file in the user's cache folder may have all of these numbers, measured on this
machine. It is read instead of constants.json.

constants.json may lack an instruction set, or an element type: after one was added, and
before benchmarks/fit_cost_model.py has run for it. The nearest constants serve instead.

1. An engine without constants for the instruction set has those of the next set below.
   If there is none below, it has those of the first set in the file.
2. An element type without constants, in the set of rule 1, has those of the type whose
   size is nearest. Of two that are as near, it is the larger one. Of two with the same
   size, it is the one of the same kind, and else the first one in the file.
3. Tables and thresholds belong to the constants that were fitted with them. They are
   those of the first set, in the order of rule 1, that has constants of any engine.
   Those that this set lacks are in tables.json.

An engine that no set has constants for needs estimates of them in the file.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import resources
from math import inf, log2
from pathlib import Path
from typing import Any

import numpy as np

from .. import cpu
from ..caches import clear_caches
from ..planner import DIRECT_COUNTS, FFT_COUNTS
from ..thresholds import FITTED

# Seconds between two polls for Ctrl-C.
_POLL = 5e-3
# Element types that direct sums, and transforms, are computed in.
SUMS = ("float32", "float64", "uint16", "uint32", "uint64", "longdouble")
FLOATS = ("float32", "float64", "longdouble")
# Engine -> names of its counts, and element types that it computes in.
ENGINES = {"direct": (DIRECT_COUNTS, SUMS), "fft": (FFT_COUNTS, FLOATS)}
# Largest value of a threshold in a file.
_MOST = 1 << 40

# The numbers of an instruction set, as files hold them: engine -> element type -> name
# of a count -> seconds; 'tables' -> name -> table; 'thresholds' -> name -> value.
Numbers = dict[str, dict[str, Any]]


@dataclass(frozen=True, eq=False)
class Constants:
    """The numbers in use, and where they come from. They are compared by identity."""

    source: str
    """'shipped', or the path of the user's file."""
    seconds: dict[str, dict[str, tuple[float, ...]]]
    """Engine -> element type that is computed in -> seconds, in order of the counts."""
    tables: dict[str, Any]
    """The tables of this module's docstring. Keys that are numbers are integers."""
    thresholds: dict[str, int]
    """A value for each bound that `Thresholds` leaves open."""

    def poll_sums(self, element: str) -> int:
        """Return the products that are summed between two polls for Ctrl-C."""
        rates = self.tables["sums"]
        return max(1, int(rates[_nearest_element(element, rates)] * _POLL))


# Numbers that stand in for those of the files.
_given: list[Constants] = []


def constants() -> Constants:
    """Return the numbers in use: those measured on this machine, or the shipped ones.

    Warns
    -----
    RuntimeWarning
        If the user's file can't be read, lacks an engine or element type of this
        version, or has other counts or tables than this version. The shipped numbers
        serve.
    """
    return _given[-1] if _given else _from_files()


@contextmanager
def using(numbers: Numbers) -> Iterator[None]:
    """Plan by other numbers in a block of code, in all threads: for fits of the rest.

    Parameters
    ----------
    numbers : dict
        As files hold them for an instruction set.
    """
    _given.append(_read(numbers, "given"))
    clear_caches()
    try:
        yield
    finally:
        _given.pop()
        clear_caches()


def shipped() -> Numbers:
    """Return the shipped numbers of the instruction set in use, by the rules above."""
    return _complete(_shipped("constants.json"), cpu.active())


def user_file() -> Path:
    """Return the path of the file with numbers measured on this machine."""
    from platformdirs import user_cache_path

    return user_cache_path("pyconvolve") / "cost.json"


@cache
def _from_files() -> Constants:
    """Read the user's file, or else the shipped one."""
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
    return _read(shipped(), "shipped")


def _warn(path: Path, error: Exception) -> None:
    warnings.warn(
        f"{path} can't be used, run 'pyconvolve tune' again: {error!r:.200}",
        RuntimeWarning,
        stacklevel=5,
    )


def _shipped(name: str) -> Any:
    return json.loads(resources.files(__package__).joinpath(name).read_text())


def _complete(known: dict[str, Numbers], name: str) -> Numbers:
    """Return the numbers of an instruction set, by the rules of this module."""
    sets = cpu.INSTRUCTION_SETS
    below = sets[: sets.index(name) + 1][::-1] if name in sets else (name,)
    order = [each for each in (*below, *known) if each in known]
    found: Numbers = {}
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
    fitted = next(each for each in order if any(map(known[each].get, ENGINES)))
    for name, numbers in _defaults().items():
        found[name] = numbers | known[fitted].get(name, {})
    return found


def _defaults() -> Numbers:
    """Return the tables and thresholds of tables.json."""
    tables = _shipped("tables.json")
    return {"thresholds": tables.pop("thresholds"), "tables": tables}


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


def _read(known: Numbers, source: str) -> Constants:
    seconds = {
        engine: {
            element: _seconds(known[engine][element], counts) for element in elements
        }
        for engine, (counts, elements) in ENGINES.items()
    }
    defaults = _defaults()
    thresholds = _threshold_values(known.get("thresholds", {}))
    tables = defaults["tables"] | known.get("tables", {})
    _check_like("tables", tables, defaults["tables"])
    for name in ("shares", "passes"):
        tables[name] = _by_number(tables[name])
    return Constants(source, seconds, tables, defaults["thresholds"] | thresholds)


def _seconds(each: dict[str, float], counts: tuple[str, ...]) -> tuple[float, ...]:
    if {*each} != {*counts}:
        raise ValueError(f"there must be {', '.join(counts)}, not {', '.join(each)}")
    for name, value in each.items():
        if not isinstance(value, int | float) or not 0 <= float(value) < inf:
            raise ValueError(f"{name} must be at least 0 seconds, not {value}")
    return tuple(float(each[name]) for name in counts)


def _threshold_values(given: dict[str, Any]) -> dict[str, int]:
    for name, value in given.items():
        if name not in FITTED:
            raise ValueError(f"{name} is none of the thresholds {', '.join(FITTED)}")
        if type(value) is not int or not 0 < value <= _MOST:
            raise ValueError(f"{name} must be from 1 to {_MOST}, not {value}")
    return given


def _check_like(name: str, given: Any, wanted: Any) -> None:
    """Raise ValueError unless numbers are above 0 and have the form of others."""
    if isinstance(wanted, dict):
        if {*given} != {*wanted}:
            raise ValueError(
                f"{name} must have {', '.join(wanted)}, not {', '.join(given)}"
            )
        for key, value in wanted.items():
            _check_like(f"{name} {key}", given[key], value)
    elif isinstance(wanted, list):
        if not isinstance(given, list) or len(given) != len(wanted):
            raise ValueError(f"{name} must be {len(wanted)} numbers, not {given}")
        for each, value in zip(given, wanted, strict=True):
            _check_like(name, each, value)
    elif (
        not isinstance(given, int | float)
        or isinstance(given, bool)
        or not 0 < float(given) < inf
    ):
        raise ValueError(f"{name} must be a number above 0, not {given}")


def _by_number(table: Any) -> Any:
    """Return a table whose keys are integers, also in tables that it holds."""
    if not isinstance(table, dict):
        return table
    return {int(key): _by_number(value) for key, value in table.items()}
