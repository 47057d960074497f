"""The command ``pyconvolve``: demo, bench, run, tune and info."""

from __future__ import annotations

import argparse
import json
import os
import runpy
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from importlib.util import find_spec
from math import inf
from pathlib import Path

from . import __version__, get_workers, patch_numpy, patch_scipy
from ._core import cost, cpu
from ._core.dtypes import ELEMENT_TYPES

# Command -> packages that it needs, which the extra of the same name installs.
_EXTRAS = {
    "bench": ("matplotlib", "rich"),
    "demo": ("matplotlib", "rich", "skimage", "sklearn"),
}
# Library -> the function that replaces its functions.
_PATCHES = {"scipy": patch_scipy, "numpy": patch_numpy}
# Complex element types, in addition to `ELEMENT_TYPES`.
_COMPLEX = ("complex64", "complex128", "clongdouble")


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
    parser = _parser()
    arguments, rest = parser.parse_known_args(argv)
    if arguments.run is None:
        parser.print_help()
        return 0
    if rest:
        arguments.parser.error(f"unrecognized arguments: {' '.join(rest)}")
    name = arguments.parser.prog.partition(" ")[2]
    try:
        # both read environment variables and raise an error if one is wrong
        cpu.active()
        get_workers()
    except ValueError as error:
        return _fail(name, str(error), 2)
    try:
        code: int = arguments.run(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of the output has closed it. Python flushes standard output at
        # exit; without another target that would fail, too.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pyconvolve", description="Fast convolution in any number of dimensions."
    )
    parser.add_argument(
        "--version", action="version", version=f"pyconvolve {__version__}"
    )
    parser.set_defaults(run=None)
    commands = parser.add_subparsers(metavar="COMMAND")

    demo = commands.add_parser(
        "demo", help="filter photographs, compare with SciPy, and save a picture"
    )
    subject = demo.add_mutually_exclusive_group()
    subject.add_argument(
        "photo",
        nargs="?",
        type=Path,
        metavar="PHOTO",
        help="an image file (default: photographs that come with scikit-image)",
    )
    subject.add_argument(
        "--digits",
        action="store_true",
        help="train a small network on handwritten digits instead, three times",
    )
    demo.add_argument(
        "--output",
        type=Path,
        default=Path("pyconvolve-demo.png"),
        metavar="FILE",
        help="file for the picture of before and after, or of the network's filters "
        "(default: %(default)s)",
    )
    demo.set_defaults(run=_demo, parser=demo)

    bench = commands.add_parser(
        "bench", help="time pyconvolve and other libraries on the same problems"
    )
    problems = bench.add_mutually_exclusive_group()
    problems.add_argument(
        "--quick",
        action="store_true",
        help="time sixteen problems only, which takes half a minute",
    )
    problems.add_argument(
        "--from",
        dest="saved",
        type=Path,
        metavar="FILE",
        help="show times that --json has saved, and time nothing",
    )
    bench.add_argument(
        "--workers",
        type=int,
        default=1,
        metavar="N",
        help="threads that each library may use (default: %(default)s)",
    )
    bench.add_argument("--json", type=Path, metavar="FILE", help="file for all times")
    bench.add_argument(
        "--plot",
        type=Path,
        metavar="FILE",
        help="file for a picture of the times by size of the kernel",
    )
    bench.add_argument(
        "--markdown",
        type=Path,
        metavar="FILE",
        help="file for the tables; its lines up to '<!-- measured -->' stay",
    )
    bench.set_defaults(run=_bench, parser=bench)

    run = commands.add_parser(
        "run", help="run a Python program with functions of SciPy and NumPy replaced"
    )
    run.add_argument(
        "--only", choices=_PATCHES, help="replace functions of this library only"
    )
    run.add_argument(
        "-m", dest="module", action="store_true", help="PROGRAM is the name of a module"
    )
    run.add_argument("program", metavar="PROGRAM", help="a Python file")
    run.add_argument("arguments", nargs=argparse.REMAINDER, help="its arguments")
    run.set_defaults(run=_run, parser=run)

    tune = commands.add_parser(
        "tune", help="measure how direct sums and FFTs are fastest on this machine"
    )
    tune.add_argument(
        "--seconds",
        type=float,
        default=10.0,
        metavar="S",
        help="seconds for each fit, about; all fits take 24 times as long "
        "(default: %(default)s)",
    )
    tune.set_defaults(run=_tune, parser=tune)

    info = commands.add_parser("info", help="show version, instruction sets and build")
    info.add_argument("--json", action="store_true", help="print a JSON object")
    info.set_defaults(run=_info, parser=info)
    return parser


def _demo(arguments: argparse.Namespace) -> int:
    if arguments.digits:
        return _digits(arguments.output)
    try:
        from .demo import filling, filtering, photographs, picture, tables
    except ImportError as error:
        return _missing("demo", error)
    try:
        _check_picture(arguments.output)
        loaded = photographs.load(arguments.photo)
    except ValueError as error:
        return _fail("demo", str(error), 2)
    comparisons, fillings = filtering.compare(loaded), filling.fill(loaded)
    try:
        picture.save(comparisons, fillings, arguments.output)
    except OSError as error:
        return _fail("demo", f"can't write {arguments.output}: {error.strerror}", 2)
    tables.show(comparisons, fillings, arguments.output)
    found: list[filtering.Comparison | filling.Filling] = [*comparisons, *fillings]
    disagreements = [text for item in found for text in item.disagreements()]
    if disagreements:
        return _fail("demo", "; ".join(disagreements), 1)
    return 0


def _digits(output: Path) -> int:
    try:
        from .demo import digits

        _check_picture(output)
        results = digits.train()
    except ImportError as error:
        return _missing("demo", error)
    except ValueError as error:
        return _fail("demo", str(error), 2)
    try:
        digits.save_picture(results, output)
    except OSError as error:
        return _fail("demo", f"can't write {output}: {error.strerror}", 2)
    digits.show(results, output)
    return 0


def _bench(arguments: argparse.Namespace) -> int:
    try:
        from .comparison import picture, race, report
    except ImportError as error:
        return _missing("bench", error)
    outputs = [
        (arguments.json, report.save),
        (arguments.plot, picture.save),
        (arguments.markdown, report.write_page),
    ]
    outputs = [(path, save) for path, save in outputs if path]
    try:
        if arguments.workers < 1:
            raise ValueError(f"--workers must be at least 1, not {arguments.workers}")
        if arguments.plot:
            _check_picture(arguments.plot)
        for path, _ in outputs:
            _check_writable(path)
        saved = report.load(arguments.saved) if arguments.saved else None
    except ValueError as error:
        return _fail("bench", str(error), 2)
    found = saved or report.begin(arguments.quick, arguments.workers)
    report.introduce(found)
    code = 0
    if not saved:
        try:
            for item in race.run(arguments.quick, found.versions, found.workers):
                found.timed.append(item)
        except KeyboardInterrupt:
            code = 130
    report.show(found)
    for path, save in outputs:
        try:
            save(found, path)
        except OSError as error:
            return _fail("bench", f"can't write {path}: {error.strerror}", 2)
    if found.wrong():
        return _fail("bench", "; ".join(found.wrong()), code or 1)
    return code


def _run(arguments: argparse.Namespace) -> int:
    program = Path(arguments.program)
    if not arguments.module and not program.is_file():
        return _fail("run", f"there is no file {program}", 2)
    sys.argv = [arguments.program, *arguments.arguments]
    sys.path.insert(0, "" if arguments.module else str(program.resolve().parent))
    try:
        with ExitStack() as patches:
            for library, patch in _PATCHES.items():
                if arguments.only in (None, library):
                    patches.enter_context(patch())
            if arguments.module and not _is_module(arguments.program):
                return _fail("run", f"there is no module {arguments.program}", 1)
            if arguments.module:
                runpy.run_module(arguments.program, run_name="__main__", alter_sys=True)
            else:
                runpy.run_path(arguments.program, run_name="__main__")
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


def _tune(arguments: argparse.Namespace) -> int:
    from . import tuning

    seconds = arguments.seconds
    if not 0 < seconds < inf:
        return _fail("tune", f"--seconds must be finite and above 0, not {seconds}", 2)
    try:
        tuning.check_writable()
        found = tuning.fit(seconds)
        print(f"saved in {tuning.save(found)}")
    except OSError as error:
        return _fail("tune", f"can't write {error.filename}: {error.strerror}", 2)
    return 0


def _info(arguments: argparse.Namespace) -> int:
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
    if arguments.json:
        print(json.dumps(rows, indent=2))
        return 0
    width = max(map(len, rows))
    for name, value in rows.items():
        print(f"{name:{width}}  {value}")
    return 0


def _missing(command: str, error: ImportError) -> int:
    if (error.name or "").partition(".")[0] not in _EXTRAS[command]:
        raise error
    install = f"'pip install \"pyconvolve[{command}]\"' installs"
    return _fail(command, f"it needs {error.name}, which {install}", 1)


def _check_picture(output: Path) -> None:
    """Raise ValueError, before the work begins, if a picture can't be saved."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    formats = FigureCanvasAgg.get_supported_filetypes()
    if output.suffix[1:].lower() not in formats:
        raise ValueError(
            f"can't save a picture as {output}: its name must end with one of "
            f"{', '.join(sorted(formats))}"
        )
    if not output.absolute().parent.is_dir():
        raise ValueError(
            f"can't save a picture as {output}: {output.parent} is no directory"
        )


def _check_writable(output: Path) -> None:
    """Raise ValueError if a file can't be written; create none."""
    is_new = not output.exists()
    try:
        output.open("ab").close()
    except OSError as error:
        raise ValueError(f"can't write {output}: {error.strerror}") from None
    if is_new:
        output.unlink()


def _fail(command: str, sentence: str, code: int) -> int:
    print(f"pyconvolve {command}: {sentence}", file=sys.stderr)
    return code
