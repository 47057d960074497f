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
# Seconds of a tile of transforms from which on it pays to share it.
SHARING_PAYS = 1e-3
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

# Cycles of a transform's pass per LANES points, by the registers there are for vectors,
# and by its radix.
PASSES = {
    16: {2: 2.3, 3: 2.9, 4: 3.1, 5: 4.8, 6: 4.3, 8: 5.1, 10: 6.6, 12: 6.7},
    32: {2: 2.2, 3: 2.9, 4: 2.9, 5: 4.0, 6: 3.5, 8: 3.7, 10: 5.1, 12: 4.7},
}
# The same for taking real and imaginary parts apart, and putting them together again.
PAIRS = 40.0
# The same where samples don't lie side by side, for each step between them, up to one
# cache line for each.
_STEP_BETWEEN, _APART = 25.0, 200.0
# Cycles of a tile.
_TILE = 2000.0
# Tiles that weigh as much as the kernel, which is transformed only once if it is kept.
_KERNEL = 0.4


class _Form(NamedTuple):
    """What tiles of a form take, in cycles unless said otherwise."""

    passes: float
    """Times the cycles of passes with the usual vectors."""
    point: float
    """Per LANES points: packing, transpositions, a twist, the product, storing."""
    row: float
    """Per row that is packed and stored, or piece of one."""
    beyond: float
    """Per LANES points for each doubling of a tile beyond what caches have room for,
    and as much again beyond four times that."""


# The kernels, one with vectors of twice the length.
USUAL, WIDE = "overlap_add", "wide_overlap_add"
FORMS = {
    USUAL: {
        "riders": _Form(1.0, 28.0, 275.0, 3.6),
        "twisted": _Form(1.0, 53.0, 750.0, 8.3),
        "panels": _Form(1.0, 28.0, 255.0, 4.8),
        "columns": _Form(1.0, 40.0, 190.0, 3.0),
    },
    WIDE: {
        "riders": _Form(1.75, 49.0, 480.0, 6.3),
        "twisted": _Form(1.7, 90.0, 1275.0, 14.1),
        "panels": _Form(1.85, 46.0, 365.0, 10.0),
        "columns": _Form(1.55, 62.0, 295.0, 4.7),
    },
}
_ROOM = 2.0**17.5
# The same for each doubling beyond the L3 cache, as if for passes.
_FAR, _BEYOND = 2.0**25, 25.0


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
    kernel: float
    """Cycles of one of its tiles, which a kernel takes about as many of."""
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


@lru_cache(4096)
def passes(registers: int, radices: tuple[int, ...]) -> float:
    """Cycles of a transform per LANES points."""
    return sum(PASSES[registers][radix] for radix in radices)


def strided(distance: int) -> float:
    """Cycles per LANES points for packing samples `distance` apart, and storing."""
    return 0.0 if distance == 1 else min(_STEP_BETWEEN * distance, _APART)


def tile(kernel: str, form: str, points: Any, rows: Any, effort: Any, size: Any) -> Any:
    """Cycles of a tile of so many times LANES points, so many rows, and so many bytes.

    `effort` is that of its passes.
    """
    each = FORMS[kernel][form]
    effort = effort + _BEYOND * np.log2(np.maximum(size / _FAR, 1))
    effort = each.passes * effort + each.point
    for room in (_ROOM, 4 * _ROOM):
        effort = effort + each.beyond * np.log2(np.maximum(size / room, 1))
    return points * effort + rows * each.row + _TILE


def weight(count: Any, cycles: Any) -> Any:
    """Cycles of so many tiles, and what is counted of their kernel's."""
    return (count + _KERNEL) * cycles


def step_sums(compute: str) -> int:
    """Products summed between two looks for Ctrl-C."""
    return int(_SUMS[compute] * _STEP)


def tapwise(sums: int, taps: int) -> float:
    """Seconds of a sum by one NumPy multiplication per tap."""
    return taps * 2e-5 + sums * 5e-8
