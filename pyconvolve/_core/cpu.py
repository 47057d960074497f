"""The instruction set in use, and the modules compiled for it."""

from __future__ import annotations

import os
from functools import cache
from importlib import import_module
from types import ModuleType

from .._compiled import _cpu
from .._compiled import build as _build

INSTRUCTION_SETS: tuple[str, ...] = _build.INSTRUCTION_SETS


# Vendor and family of CPUs whose units have the full width of AVX-512 -> their models.
# Other CPUs split a vector of 64 bytes in two, or join two units of 32 bytes: sums in
# vectors of 32 bytes are as fast there, and load fewer pairs of cache lines.
#
# Numbers: Linux, arch/x86/include/asm/intel-family.h and arch/x86/kernel/cpu/amd.c.
# Widths: Intel, "64 and IA-32 Architectures Optimization Reference Manual", sections on
# Ice Lake and Sapphire Rapids servers; AMD, "Software Optimization Guide for the AMD
# Zen5 Microarchitecture" (58455): some products have a datapath of 256 bits.
FULL_WIDTH: dict[tuple[str, int], frozenset[int]] = {
    # Ice Lake, Sapphire, Emerald and Granite Rapids servers
    ("GenuineIntel", 6): frozenset({0x6A, 0x6C, 0x8F, 0xCF, 0xAD, 0xAE}),
    # Diamond Rapids
    ("GenuineIntel", 19): frozenset({0x01}),
    # Zen 5: Turin, Granite Ridge and Strix Halo, but not Strix Point and Krackan Point
    ("AuthenticAMD", 0x1A): frozenset(
        {*range(0x20), *range(0x40, 0x50), *range(0x70, 0x80)}
    ),
}


def has_full_width(vendor: str, family: int, model: int) -> bool:
    """Whether the units of a CPU with AVX-512 have the full width of its vectors."""
    return model in FULL_WIDTH.get((vendor, family), ())


def available() -> tuple[str, ...]:
    """Return the instruction sets that are built and that this CPU runs."""
    return tuple(name for name in INSTRUCTION_SETS if _cpu.runs(name))


def best() -> str:
    """Return the fastest instruction set that is built and that this CPU runs.

    'v4_512' is that only on a CPU whose units have the full width of AVX-512.
    """
    full = has_full_width(*_cpu.identity())
    return [name for name in available() if full or name not in _build.BASES][-1]


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
        return best()
    if forced not in available():
        raise ValueError(
            f"PYCONVOLVE_ISA is {forced!r}; this CPU runs {', '.join(available())}"
        )
    return forced


def wide() -> bool:
    """Whether there are modules with vectors twice as long for transforms."""
    return _build.BASES.get(active(), active()) in _build.WIDE


def build() -> dict[str, str]:
    """Return compiler, Cython version, and compiler flags per instruction set."""
    flags = dict(zip(INSTRUCTION_SETS, _build.FLAGS, strict=True))
    return {"compiler": _build.COMPILER, "cython": _build.CYTHON, **flags}


@cache
def module(name: str, element: str, isa: str = "") -> ModuleType:
    """Return the module compiled from source `name` for an element type.

    `isa` is an instruction set; by default the one in use.
    """
    isa = isa or active()
    if (name, element) not in _build.OWN:
        isa = _build.BASES.get(isa, isa)
    return import_module(f"pyconvolve._compiled._{name}_{element}_{isa}")
