"""The command ``pyconvolve apply``."""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext
from typing import Any

from .._core.problem import MODES, OVERFLOWS
from . import contents, files, kernel_options
from .filtering import OPERATIONS, FileError, filter_file
from .interface import Command, click
from .task import Task, task_of


class _Apply(Command):
    """Has options for the parameters of kernels, which take time to be found."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return all parameters; the last one shows the help."""
        *own, helping = super().get_params(ctx)
        return [*own, *kernel_options.options(), helping]


@click.command(
    "apply",
    cls=_Apply,
    epilog="'pyconvolve kernels' lists the kernels and the options that belong to "
    "each.",
)
@click.argument(
    "inputs", nargs=-1, required=True, metavar="INPUT...", type=click.Path()
)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(),
    metavar="FILE|FOLDER|-",
    help="File for the result; for many INPUTs a folder, where they keep their names; "
    "- is standard output.",
)
@click.option(
    "--format",
    type=click.Choice(sorted({*contents.FORMATS.values()})),
    help="Format of the result, where its name doesn't tell.  [default: the INPUT's]",
)
@click.option(
    "--kernel",
    type=click.Choice(kernel_options.CONSTRUCTORS),
    metavar="NAME",
    help="Kernel to make; its parameters are options.",
)
@click.option(
    "--kernel-file",
    type=click.Path(),
    metavar="FILE",
    help="Kernel to read: .npy, or text with a row of numbers in each line.",
)
@click.option(
    "--operation",
    type=click.Choice([*OPERATIONS]),
    default="convolve",
    show_default=True,
    help="'correlate' does not reverse the kernel.",
)
@click.option(
    "--mode",
    type=click.Choice(MODES),
    default="same",
    show_default=True,
    help="Which outputs are computed.",
)
@click.option(
    "--boundary",
    metavar="WORD[,WORD...]",
    help="How samples continue beyond the ends: constant, edge, reflect, symmetric or "
    "wrap, for all axes or one for each.  [default: symmetric for images, otherwise "
    "constant]",
)
@click.option(
    "--cval", type=float, default=0.0, metavar="X", help="Constant beyond the ends."
)
@click.option(
    "--axes",
    metavar="N[,N...]",
    help="Axes to filter along.  [default: rows and columns of images, time of sounds, "
    "all axes of arrays]",
)
@click.option(
    "--dtype",
    metavar="TYPE",
    help="Type of the result, such as float32.  [default: the type of images and "
    "sounds; NumPy's promoted type for arrays]",
)
@click.option(
    "--overflow",
    type=click.Choice(OVERFLOWS),
    help="What to do with results that the type does not hold. Arrays then keep their "
    "type.  [default: saturate for images and sounds]",
)
@click.option("--workers", type=int, metavar="N", help="Largest number of threads.")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print a JSON list that describes each file.",
)
def apply(
    inputs: tuple[str, ...],
    output: str,
    format: str | None,
    as_json: bool,
    **options: Any,
) -> int:
    """Filter images, sounds and arrays by a kernel.

    INPUT is an image (png, tiff, jpeg, webp, bmp), a .wav or a .npy file, or - for
    standard input. Alpha and the type of images and sounds stay.
    """
    if as_json and output == files.STREAM:
        raise click.UsageError("--json can't be combined with --output -")
    if inputs.count(files.STREAM) > 1:
        raise click.UsageError("INPUT - can be given once only")
    task = task_of(options)
    pairs = files.pairs(inputs, output, format)
    reports, errors = [], []
    shows_bar = len(pairs) > 1 and sys.stderr.isatty()
    bar = click.progressbar(pairs, file=sys.stderr) if shows_bar else nullcontext(pairs)
    try:
        with bar as shown:
            for pair in shown:
                report, error = _attempt(task, pair)
                reports.append(report)
                if error:
                    errors.append(error)
    finally:
        # after the bar, which they would tear apart
        for error in errors:
            click.echo(f"pyconvolve apply: {error}", err=True)
    if as_json:
        click.echo(json.dumps(reports, indent=2))
    return 1 if errors else 0


def _attempt(task: Task, pair: files.Pair) -> tuple[dict[str, Any], str | None]:
    """Filter one input; return its report, and a sentence if that fails."""
    report: dict[str, Any] = {"input": pair.source, "output": pair.target}
    try:
        return report | filter_file(task, pair), None
    except FileError as error:
        return report | {"error": str(error)}, str(error)
