"""The fuzzer finds wrong results and accesses, and none in some problems."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import fuzz
import numpy as np
import pytest

import pyconvolve

pytestmark = [
    pytest.mark.compiled,
    pytest.mark.skipif(sys.platform == "win32", reason="pages are protected by POSIX"),
]


def run(program: str) -> subprocess.CompletedProcess[str]:
    """Run a program that can import the fuzzer."""
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(fuzz.__file__).parent,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_some_problems() -> None:
    done = run(
        "import sys, fuzz\n"
        "sys.argv = ['fuzz', '--seed', '1', '--problems', '150']\n"
        "sys.exit(fuzz.main())\n"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(done.stdout.split()[0]) > 100


def test_wrong_results_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*arguments: Any, **options: Any) -> Any:
        result = pyconvolve.convolve(*arguments, **options)
        result.flat[-1:] = result.flat[-1:] + result.dtype.type(1)
        return result

    case = fuzz.Case(
        "convolve", np.ones(40), np.ones(3), "full", "direct", 1, {},
        np.random.default_rng(0), False,
    )  # fmt: skip
    fuzz.check(case)
    monkeypatch.setattr(fuzz, "pyconvolve", type("Wrong", (), {"convolve": wrong}))
    with pytest.raises(AssertionError):
        fuzz.check(case)


@pytest.mark.parametrize("offset", [-1, fuzz.PAGE])
def test_protected_pages_end_the_program(offset: int) -> None:
    done = run(
        "import ctypes, fuzz, numpy as np\n"
        "memory = fuzz.between_guards(fuzz.PAGE, np.random.default_rng(0))\n"
        "print(memory[0], memory[-1], flush=True)\n"
        f"ctypes.c_char.from_address(memory.ctypes.data + {offset}).value\n"
        "print('not reached')\n"
    )
    assert done.stdout == "0 0\n", done.stderr


def test_the_problem_that_killed_the_program_is_printed() -> None:
    done = run(
        "import os, signal, sys, fuzz\n"
        "fuzz.check = lambda case: os.kill(os.getpid(), signal.SIGKILL)\n"
        "sys.argv = ['fuzz', '--seed', '5', '--problems', '9']\n"
        "sys.exit(fuzz.main())\n"
    )
    assert done.returncode == 1
    assert "failed: --seed 5 --only " in done.stdout
