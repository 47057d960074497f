"""What each engine costs.

An engine counts what a problem takes of it; times the seconds of each, which cost.json
holds for every instruction set, or a file in the user's cache folder for this machine,
that is the time it will take. `pyconvolve.tuning` measures these seconds.
"""

from __future__ import annotations

import json
import warnings
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from . import cpu

# Products summed per second, about, per element type computed in.
_SUMS = {
    "float32": 4.0e10,
    "float64": 2.0e10,
    "uint16": 3.5e10,
    "uint32": 1.5e10,
    "uint64": 2.5e9,
    "longdouble": 2.0e8,
}
# Seconds from which more than one thread pays.
THREADS_PAY = 2e-4
# Seconds after which a kernel looks for Ctrl-C.
_STEP = 5e-3
# Bytes from which on an array begins to leave the caches, and has left them.
_MEMORY = 2.0**21, 2.0**26
# Instruction sets whose constants serve others.
_NEAREST = {"baseline": "v2"}
# Bytes of freed results that are kept for the next.
_POOL = 2.0**27
# Element types that transforms are computed in.
FLOATS = ("float32", "float64", "longdouble")

# Cycles of a transform's pass per LANES points, by its radix.
_PASSES = {2: 2.2, 3: 2.9, 4: 2.9, 5: 4.4, 8: 4.3}
# Cycles per LANES points beyond the passes: of packing, the product and storing; of
# columns; of a panel's transpositions; of a twist and its inverse.
_POINT = 22.0
COLUMNS = 20.0
PANEL = 6.0
TWIST = 14.0
# The same where samples don't lie side by side, for each step between them, up to one
# cache line for each.
_STEP_BETWEEN, _APART = 25.0, 200.0
# Cycles of a tile, and of packing and storing one of its rows, or a piece of one.
_TILE = 2000.0
ROW, PIECE = 160.0, 300.0
# Transforming a kernel, of what a tile takes. In single precision it takes twice as
# long, but tiles are chosen for kernels that are kept.
_KERNEL = 0.6
# Cycles per LANES points of vectors twice as long, of what they are for the usual ones:
# by the form of tiles. More than two where panels outgrow the L1 cache.
WIDE = {"riders": 1.8, "columns": 1.75, "twisted": 1.9, "panels": 2.2}
# The same per LANES points for each doubling of a tile beyond the L2 cache, and beyond
# what is left to it of the L3.
_BEYOND = ((2**18, 3.5), (2**23, 25.0))


class Direct(NamedTuple):
    """What a direct convolution takes: how often, or how many seconds each time."""

    calls: float
    blocks: float
    outputs: float
    """Stored."""
    samples: float
    """Packed into windows."""
    again: float
    """Samples that come from memory once more."""
    fresh: float
    """Outputs in memory that nobody has used before."""
    sums: float
    """Of products, as if all taps were in the widest columns."""
    apart: float
    """Of those, the ones of taps whose samples share no lines of the cache."""


class Transforms(NamedTuple):
    """What a convolution by transforms takes: how often, or how many seconds each."""

    calls: float
    cycles: float
    far: float
    """Samples and outputs that come from memory or go there."""
    fresh: float
    """Outputs in memory that nobody has used before."""


class Constants(NamedTuple):
    """Seconds, by the element type that is computed in."""

    source: str
    direct: dict[str, Direct]
    transforms: dict[str, Transforms]


def far(size: float) -> float:
    """Share of an array of so many bytes that is no longer, or not yet, in a cache."""
    least, most = _MEMORY
    return min(1.0, max(0.0, float(np.log2(size / least) / np.log2(most / least))))


def fresh(size: float) -> bool:
    """Whether a result of so many bytes is more than memory is kept for."""
    return size > _POOL


def user_file() -> Path:
    """Where seconds measured on this machine are kept."""
    from platformdirs import user_cache_path

    return user_cache_path("pyconvolve") / "cost.json"


@cache
def constants() -> Constants:
    """Return those measured on this machine, or else those that come with it."""
    try:
        path = user_file()
        known = json.loads(path.read_text())
        if cpu.active() in known:
            return _read(known[cpu.active()], str(path))
    except (FileNotFoundError, NotADirectoryError, RuntimeError):
        # nobody has tuned, or has a home
        pass
    except (OSError, ValueError, TypeError, KeyError) as error:
        warnings.warn(
            f"{path} can't be used, run 'pyconvolve tune' again: {error}",
            RuntimeWarning,
            stacklevel=2,
        )
    shipped = json.loads(resources.files(__package__).joinpath("cost.json").read_text())
    name = cpu.active()
    return _read(shipped[_NEAREST.get(name, name)], "shipped")


def _read(known: dict[str, dict[str, dict[str, float]]], source: str) -> Constants:
    return Constants(
        source,
        {name: Direct(**_checked(known["direct"][name])) for name in _SUMS},
        {name: Transforms(**_checked(known["transforms"][name])) for name in FLOATS},
    )


def _checked(each: dict[str, float]) -> dict[str, float]:
    for field, value in each.items():
        if not 0 <= float(value) < np.inf:
            raise ValueError(f"{field} must be at least 0 seconds, not {value}")
    return each


def seconds(compute: str, work: Direct | Transforms) -> float:
    """Seconds of what an engine counted."""
    known = constants()
    each: Direct | Transforms
    if isinstance(work, Direct):
        each = known.direct[compute]
    else:
        each = known.transforms[compute]
    return sum(a * b for a, b in zip(each, work, strict=True))


@lru_cache(1024)
def passes(radices: tuple[int, ...]) -> float:
    """Cycles of a transform per LANES points."""
    return sum(_PASSES[radix] for radix in radices)


def strided(distance: int) -> float:
    """Cycles per LANES points for packing samples `distance` apart, and storing."""
    return 0.0 if distance == 1 else min(_STEP_BETWEEN * distance, _APART)


def tiles(count: Any, points: Any, rest: Any, effort: Any, size: Any) -> Any:
    """Cycles of `count` tiles and one kernel.

    A tile has so many times LANES points, and so many bytes; `effort` is that of its
    passes and its form, `rest` are the cycles of its rows.
    """
    effort = effort + _POINT
    for room, cycles in _BEYOND:
        effort = effort + cycles * np.log2(np.maximum(size / room, 1))
    return (count + _KERNEL) * (points * effort + rest + _TILE)


def step_sums(compute: str) -> int:
    """Products summed between two looks for Ctrl-C."""
    return int(_SUMS[compute] * _STEP)


def tapwise(sums: int, taps: int) -> float:
    """Seconds of a sum by one NumPy multiplication per tap."""
    return taps * 2e-5 + sums * 5e-8
