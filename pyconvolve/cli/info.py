"""The command ``pyconvolve info``."""

from __future__ import annotations

import json

from .. import __version__, get_workers
from .._core import cost, cpu
from .._core.dtypes import ELEMENT_TYPES
from .interface import click

# Complex element types, in addition to `ELEMENT_TYPES`.
_COMPLEX = ("complex64", "complex128", "clongdouble")


@click.command("info")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def info(as_json: bool) -> int:
    """Show version, instruction sets and build."""
    build = cpu.build()
    lanes = cpu.module("direct", "float32").TILE[2]
    rows = {
        "pyconvolve": __version__,
        "instruction set": cpu.active(),
        "vectors": f"of {lanes} float32" if lanes > 1 else "none",
        "available": ", ".join(cpu.available()),
        "built": ", ".join(cpu.INSTRUCTION_SETS),
        "workers": str(get_workers()),
        "cost model": cost.constants().source,
        "compiler": build["compiler"],
        "Cython": build["cython"],
        **{f"flags of {name}": build[name] for name in cpu.INSTRUCTION_SETS},
        "element types": ", ".join(map(str, (*ELEMENT_TYPES, *_COMPLEX))),
    }
    if as_json:
        print(json.dumps(rows, indent=2))
        return 0
    width = max(map(len, rows))
    for name, value in rows.items():
        print(f"{name:{width}}  {value}")
    return 0
