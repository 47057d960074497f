"""The command ``pyconvolve``: apply, kernels, demo, bench, run, tune and info."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence

from .. import __version__, get_workers
from .._core import cpu
from .apply import apply
from .bench import bench
from .demo import demo
from .info import info
from .interface import Failure, click
from .kernels import kernels
from .run import run
from .tune import tune


@click.group(
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, message="pyconvolve %(version)s")
@click.pass_context
def group(context: click.Context) -> None:
    """Fast convolution in any number of dimensions."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
        return
    try:
        # both read environment variables and raise an error if one is wrong
        cpu.active()
        get_workers()
    except ValueError as error:
        raise Failure(str(error), 2) from None


for _command in (apply, kernels, demo, bench, run, tune, info):
    group.add_command(_command)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand and return its exit code.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments that follow ``pyconvolve``; by default those of the process.

    Returns
    -------
    int
        0 on success, 1 if the work could not be done or its result is wrong, 2 if an
        argument is wrong, 130 after Ctrl-C.
    """
    try:
        code = group.main(argv, "pyconvolve", standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()
    except click.ClickException as error:
        print(_sentence(error), file=sys.stderr)
        return error.code if isinstance(error, Failure) else error.exit_code
    except click.Abort:
        return 130
    except OSError as error:
        # Standard output can't be written, for a disk is full or the reader has closed
        # it, which is no error to speak of.
        if not isinstance(error, BrokenPipeError):
            print(f"pyconvolve: {error}", file=sys.stderr)
        # Python flushes it at exit; without another target that would fail, too.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code or 0


def _sentence(error: click.ClickException) -> str:
    """Return an error in one line that begins with the command."""
    command = "pyconvolve"
    if isinstance(error, Failure):
        command = error.command
    elif isinstance(error, click.UsageError) and error.ctx is not None:
        command = error.ctx.command_path
    # click lists what an argument may be in lines of their own
    sentence = re.sub(r"\s*\n\s*", " ", error.format_message())
    return f"{command}: {sentence}"
