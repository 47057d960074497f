"""Which instruction set runs, and the compiled kernels for it."""

from __future__ import annotations

import os
from functools import cache
from importlib import import_module
from types import ModuleType

from .._kernels import _cpu
from .._kernels import build as _build

INSTRUCTION_SETS: tuple[str, ...] = _build.INSTRUCTION_SETS


def available() -> tuple[str, ...]:
    """Instruction sets that are built and that this CPU can run, the best last."""
    return tuple(name for name in INSTRUCTION_SETS if _cpu.runs(name))


@cache
def active() -> str:
    """Name of the instruction set in use: the best one, or PYCONVOLVE_ISA.

    Raises
    ------
    ValueError
        If this CPU doesn't run what PYCONVOLVE_ISA names.
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
    """Whether there are kernels for it with vectors of twice the length."""
    return active() in _build.WIDE


def build() -> dict[str, str]:
    """How the kernels were built: compiler, Cython, flags per instruction set."""
    flags = dict(zip(INSTRUCTION_SETS, _build.FLAGS, strict=True))
    return {"compiler": _build.COMPILER, "cython": _build.CYTHON, **flags}


@cache
def kernels(name: str, element: str) -> ModuleType:
    """Return the compiled module of kernel `name` for an element type."""
    return import_module(f"pyconvolve._kernels._{name}_{element}_{active()}")
