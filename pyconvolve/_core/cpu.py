"""The instruction set in use, and the modules compiled for it."""

from __future__ import annotations

import os
from functools import cache
from importlib import import_module
from types import ModuleType

from .._compiled import _cpu
from .._compiled import build as _build

INSTRUCTION_SETS: tuple[str, ...] = _build.INSTRUCTION_SETS


def available() -> tuple[str, ...]:
    """Return the instruction sets that are built and that this CPU runs, best last."""
    return tuple(name for name in INSTRUCTION_SETS if _cpu.runs(name))


@cache
def active() -> str:
    """Return the name of the instruction set in use: the best one, or PYCONVOLVE_ISA.

    Raises
    ------
    ValueError
        If this CPU doesn't run the instruction set that PYCONVOLVE_ISA names.
    """
    forced = os.environ.get("PYCONVOLVE_ISA")
    if not forced:
        return available()[-1]
    if forced not in available():
        raise ValueError(
            f"PYCONVOLVE_ISA is {forced!r}; this CPU runs {', '.join(available())}"
        )
    return forced


def wide() -> bool:
    """Whether the instruction set in use has modules with vectors twice as long."""
    return active() in _build.WIDE


def build() -> dict[str, str]:
    """Return compiler, Cython version, and compiler flags per instruction set."""
    flags = dict(zip(INSTRUCTION_SETS, _build.FLAGS, strict=True))
    return {"compiler": _build.COMPILER, "cython": _build.CYTHON, **flags}


@cache
def module(name: str, element: str) -> ModuleType:
    """Return the module compiled from source `name` for an element type."""
    return import_module(f"pyconvolve._compiled._{name}_{element}_{active()}")
