"""The command ``pyconvolve run``."""

from __future__ import annotations

import runpy
import sys
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

from .. import patch_numpy, patch_scipy
from .interface import Failure, click, fail

# Library -> the function that replaces its functions.
_PATCHES = {"scipy": patch_scipy, "numpy": patch_numpy}


# options that follow the program belong to it
@click.command("run", context_settings={"allow_interspersed_args": False})
@click.option(
    "--only",
    type=click.Choice([*_PATCHES]),
    help="Replace functions of this library only.",
)
@click.option("-m", "module", is_flag=True, help="PROGRAM is the name of a module.")
@click.argument("program")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def run(
    only: str | None, module: bool, program: str, arguments: tuple[str, ...]
) -> int:
    """Run a Python program with functions of SciPy and NumPy replaced.

    PROGRAM is a Python file, and ARGUMENTS are its own.
    """
    file = Path(program)
    if not module and not file.is_file():
        fail(f"there is no file {file}", 2)
    sys.argv = [program, *arguments]
    sys.path.insert(0, "" if module else str(file.resolve().parent))
    try:
        with ExitStack() as patches:
            for library, patch in _PATCHES.items():
                if only in (None, library):
                    patches.enter_context(patch())
            if module and not _is_module(program):
                fail(f"there is no module {program}", 1)
            if module:
                runpy.run_module(program, run_name="__main__", alter_sys=True)
            else:
                runpy.run_path(program, run_name="__main__")
    except Failure:
        raise
    except (Exception, KeyboardInterrupt) as error:
        # show the traceback that the program has without this command
        frames = error.__traceback__
        while frames is not None and _is_launcher(frames.tb_frame.f_code.co_filename):
            frames = frames.tb_next
        sys.excepthook(type(error), error.with_traceback(frames), frames)
        return 130 if isinstance(error, KeyboardInterrupt) else 1
    return 0


def _is_module(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError as error:
        # find_spec imports the packages above, and these may miss another module
        if not f"{name}.".startswith(f"{error.name}."):
            raise
        return False


def _is_launcher(file: str) -> bool:
    """Tell whether a file of a traceback belongs to this command or to runpy."""
    return file in (__file__, runpy.__file__, "<frozen runpy>")
