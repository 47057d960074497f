"""The command ``pyconvolve``: demonstrate, run programs, tell what this build can."""

from __future__ import annotations

import argparse
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path

from . import __version__, get_workers, patch_scipy
from ._core import cost, cpu
from ._core.dtypes import ELEMENT_TYPES

_DEMO_EXTRA = ("matplotlib", "rich", "skimage")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand and return its exit code.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments behind ``pyconvolve``, those of the process by default.

    Returns
    -------
    int
        0 if all went well, 1 if the work could not be done or its result is wrong,
        2 if an argument is at fault.
    """
    arguments = _parser().parse_args(argv)
    code: int = arguments.run(arguments)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pyconvolve", description="Convolution in any number of dimensions, fast."
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    demo = commands.add_parser(
        "demo", help="filter photographs, compare with SciPy, save a picture"
    )
    demo.add_argument(
        "photo",
        nargs="?",
        type=Path,
        metavar="PHOTO",
        help="an image file; by default photographs that come with scikit-image",
    )
    demo.add_argument(
        "--output",
        type=Path,
        default=Path("pyconvolve-demo.png"),
        metavar="FILE",
        help="where to save the picture of before and after (default: %(default)s)",
    )
    demo.set_defaults(run=_demo)

    run = commands.add_parser(
        "run", help="run a program on pyconvolve's engines in place of SciPy's"
    )
    run.add_argument(
        "-m", dest="module", action="store_true", help="PROGRAM is a module's name"
    )
    run.add_argument("program", metavar="PROGRAM", help="a Python file")
    run.add_argument("arguments", nargs=argparse.REMAINDER, help="its arguments")
    run.set_defaults(run=_run)

    tune = commands.add_parser(
        "tune", help="measure this machine, for the choice between the engines"
    )
    tune.add_argument(
        "--seconds",
        type=float,
        default=10.0,
        metavar="S",
        help="for each of nine fits, about (default: %(default)s)",
    )
    tune.set_defaults(run=_tune)

    info = commands.add_parser("info", help="show version, instruction sets and build")
    info.set_defaults(run=_info)
    return parser


def _demo(arguments: argparse.Namespace) -> int:
    try:
        from . import demo
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in _DEMO_EXTRA:
            raise
        return _fail(
            "demo",
            f"it needs {error.name}, which 'pip install \"pyconvolve[demo]\"' installs",
            1,
        )
    try:
        demo.check_output(arguments.output)
        photographs = demo.load(arguments.photo)
    except ValueError as error:
        return _fail("demo", str(error), 2)
    comparisons, fillings = demo.compare(photographs), demo.fill(photographs)
    try:
        demo.save(comparisons, fillings, arguments.output)
    except OSError as error:
        return _fail("demo", f"can't write {arguments.output}: {error.strerror}", 2)
    demo.show(comparisons, fillings, arguments.output)
    found: list[demo.Comparison | demo.Filling] = [*comparisons, *fillings]
    disagreements = [text for item in found for text in item.disagreements()]
    if disagreements:
        return _fail("demo", "; ".join(disagreements), 1)
    return 0


def _run(arguments: argparse.Namespace) -> int:
    program = Path(arguments.program)
    if not arguments.module and not program.is_file():
        return _fail("run", f"there is no file {program}", 2)
    sys.argv = [arguments.program, *arguments.arguments]
    with patch_scipy():
        if arguments.module:
            sys.path.insert(0, "")
            runpy.run_module(arguments.program, run_name="__main__", alter_sys=True)
        else:
            sys.path.insert(0, str(program.resolve().parent))
            runpy.run_path(arguments.program, run_name="__main__")
    return 0


def _tune(arguments: argparse.Namespace) -> int:
    from . import tuning

    if not arguments.seconds > 0:
        return _fail("tune", f"--seconds must be above 0, not {arguments.seconds}", 2)
    found = tuning.fit(arguments.seconds)
    try:
        print(f"saved in {tuning.save(found)}")
    except OSError as error:
        return _fail("tune", f"can't write {error.filename}: {error.strerror}", 2)
    return 0


def _info(arguments: argparse.Namespace) -> int:
    build = cpu.build()
    lanes = cpu.kernels("direct", "float32").TILE[2]
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
        "element types": ", ".join(map(str, ELEMENT_TYPES)),
    }
    width = max(map(len, rows))
    for name, value in rows.items():
        print(f"{name:{width}}  {value}")
    return 0


def _fail(command: str, sentence: str, code: int) -> int:
    print(f"pyconvolve {command}: {sentence}", file=sys.stderr)
    return code
