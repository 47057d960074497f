"""The command ``pyconvolve kernels``."""

from __future__ import annotations

import inspect
import json
from typing import Any

from . import kernel_options
from .interface import click
from .kernel_options import CONSTRUCTORS, Parameter


@click.command("kernels")
@click.argument("names", nargs=-1, metavar="[NAME]...", type=click.Choice(CONSTRUCTORS))
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def kernels(names: tuple[str, ...], as_json: bool) -> int:
    """List the kernels of 'pyconvolve apply' and their options.

    NAME is a kernel; by default, all are listed.
    """
    from .. import kernels as constructors

    found: dict[str, Any] = {}
    for name in names or CONSTRUCTORS:
        document = inspect.getdoc(getattr(constructors, name)) or ""
        found[name] = {
            "summary": document.partition("\n")[0],
            "parameters": {
                parameter.name: _row(parameter)
                for parameter in kernel_options.parameters(name).values()
            },
        }
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return 0
    for name, kernel in found.items():
        click.echo(f"{name}: {kernel['summary']}")
        for row in kernel["parameters"].values():
            note = "  (required)" if row["required"] else ""
            if row["default"] is not None:
                note = f"  (default: {row['default']})"
            click.echo(f"    {row['option']} {row['type']}{note}")
    return 0


def _row(parameter: Parameter) -> dict[str, Any]:
    required = parameter.default is inspect.Parameter.empty
    return {
        "option": parameter.option,
        "type": parameter.placeholder,
        "required": required,
        "default": None if required else parameter.default,
    }
