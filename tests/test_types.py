"""Type errors and types that a type checker finds in a user's program."""

from pathlib import Path

import pytest

PROGRAM = """
import numpy as np
import pyconvolve
from pyconvolve import kernels, signal

x = np.ones((8, 9))
reveal_type(pyconvolve.convolve(x, x))
reveal_type(pyconvolve.normalized_convolve(x, x))
reveal_type(pyconvolve.normalized_convolve(x, x, return_weights=True))
reveal_type(kernels.gaussian(1.0))
reveal_type(pyconvolve.kernels.gaussian(1.0))
signal.savgol_filter(x, 3, 1)
with pyconvolve.set_workers(2):
    pass
pyconvolve.nothing
pyconvolve.kernels.nothing
pyconvolve.convolve(x, x, mode="most")
kernels.gaussian("2")
"""


def test_mypy(tmp_path: Path) -> None:
    api = pytest.importorskip("mypy.api")
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    # as for a user: without this project's settings, and without errors of the package
    options = ["--strict", "--config-file=", "--follow-imports=silent"]
    options.append(f"--cache-dir={tmp_path / 'cache'}")
    out, errors, _ = api.run([*options, str(program)])
    assert not errors
    found = [line.partition(".py:")[2] for line in out.splitlines()]
    types = [line for line in found if "Revealed type" in line]
    assert len(types) == 5
    assert not any('"Any"' in line for line in types)
    assert "tuple[" in types[2]
    wrong = [line for line in found if ": error:" in line]
    first = PROGRAM.splitlines().index("pyconvolve.nothing") + 1
    assert [int(line.partition(":")[0]) for line in wrong] == [*range(first, first + 4)]
    assert '"nothing"' in wrong[0]
    assert '"nothing"' in wrong[1]
