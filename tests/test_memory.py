"""Beyond its input and output a direct call takes at most 2 MB for each worker."""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pyconvolve

MB = 2**20
# Python's own objects, the C library's bookkeeping
SLACK = MB

# The operating system's count of memory: tracemalloc doesn't see what C allocates.
PROGRAM = """
import re
import numpy as np, pyconvolve

def memory(field):
    with open("/proc/self/status") as status:
        return int(re.search(field + ":[^0-9]+([0-9]+) kB", status.read())[1]) * 1024

def call(x, **more):
    return pyconvolve.convolve(x, h, {mode!r}, "direct", **more, **{options})

x, h = np.ones({data}), np.ones({kernel})
x = x{view}
little = call(x[{little}], workers=2)
out = np.ones({shape}, little.dtype)
before = memory("VmRSS")
for n in (1, 2):
    call(x, out=out, workers=n)
    print(memory("VmHWM") - before)
"""

CASES: dict[str, dict[str, Any]] = {
    "float32": {"data": "(3000, 3001), 'f4'", "kernel": "(9, 9), 'f4'"},
    "float64": {"data": "(3000, 3001), 'f8'", "kernel": "(3, 3), 'f8'"},
    "1-D": {"data": "8_000_000, 'f8'", "kernel": "101"},
    "3-D": {"data": "(160, 170, 180), 'f4'", "kernel": "(3, 3, 3), 'f4'"},
    "wide": {"data": "(3, 3_000_000), 'f4'", "kernel": "(3, 3), 'f4'"},
    "tall": {"data": "(3_000_000, 3), 'f4'", "kernel": "(3, 3), 'f4'"},
    "channels": {
        "data": "(2000, 1500, 3), 'f4'",
        "kernel": "(5, 5), 'f4'",
        "options": {"axes": (0, 1)},
    },
    "many small": {
        "data": "(50_000, 8, 8), 'f8'",
        "kernel": "(3, 3)",
        "options": {"axes": (1, 2)},
    },
    "kernel each": {
        "data": "(50_000, 8, 8), 'f8'",
        "kernel": "(50_000, 3, 3)",
        "options": {"axes": (1, 2)},
        "little": ":",
    },
    "mixed types": {"data": "(4000, 4000), 'u1'", "kernel": "(3, 3), 'f8'"},
    "big-endian": {"data": "(3000, 3000), '>f8'", "kernel": "(3, 3), '>f8'"},
    "bool": {"data": "(5000, 5000), '?'", "kernel": "(3, 3), '?'"},
    "uint8": {"data": "(5000, 5000), 'u1'", "kernel": "(3, 3), 'u1'"},
    "float16": {"data": "(4000, 4000), 'f2'", "kernel": "(3, 3), 'f2'"},
    "complex": {"data": "(2000, 2000), 'c8'", "kernel": "(3, 3), 'c8'"},
    "complex kernel": {"data": "(2000, 2000), 'f4'", "kernel": "(3, 3), 'c8'"},
    "longdouble": {"data": "(1500, 1500), 'g'", "kernel": "(3, 3), 'g'"},
    "not contiguous": {"data": "(4000, 4001), 'f4'", "kernel": "(3, 3), 'f4'"},
    "stride": {
        "data": "(4000, 4000), 'f4'",
        "kernel": "(3, 3), 'f4'",
        "options": {"stride": 2, "boundary": "reflect"},
        "shape": "(2000, 2000)",
    },
    "dilation": {
        "data": "(2000, 2000), 'f4'",
        "kernel": "(3, 3), 'f4'",
        "options": {"dilation": (400, 300), "boundary": "wrap"},
    },
    "far apart": {
        "data": "4_000_000, 'f4'",
        "kernel": "3, 'f4'",
        "options": {"dilation": 1_000_000},
    },
    "long kernel": {
        "data": "4_000_100, 'f4'",
        "kernel": "4_000_000, 'f4'",
        "mode": "valid",
        "little": "-4_000_000:",
        "shape": "101",
    },
    "full": {
        "data": "(3000, 3000), 'f4'",
        "kernel": "(5, 5), 'f4'",
        "mode": "full",
        "shape": "(3004, 3004)",
    },
}
CASES["not contiguous"]["view"] = "[::-1, ::2].T"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("case", CASES)
def test_memory(case: str, python: Callable[..., Any]) -> None:
    usual = {"mode": "same", "options": {}, "view": "", "little": ":200"}
    done = python(PROGRAM.format(**{**usual, "shape": "x.shape", **CASES[case]}))
    one, two = map(int, done.stdout.split() or pytest.fail(done.stderr))
    assert one <= 2 * MB + SLACK
    assert two <= 2 * 2 * MB + SLACK


@pytest.mark.parametrize("dtype", ["f4", "u1", "c16", "?", ">i4", "O"])
def test_nothing_is_held_or_lost(dtype: str) -> None:
    x, h = np.ones((9, 9), dtype), np.ones((3, 3), dtype)
    out = np.ones((9, 9), x.dtype.newbyteorder("="))
    held = [x, h, out, x.dtype]
    options: dict[str, Any] = {"boundary": "edge", "workers": 2}

    def counts() -> list[int]:
        return [sys.getrefcount(thing) for thing in held]

    def calls(times: int) -> None:
        for _ in range(times):
            pyconvolve.convolve(x, h, "same", "direct", out=out, **options)
            pyconvolve.correlate(x, h, "valid", "direct")
            for wrong in ({"stride": 0}, {"out": x[1:]}, {"boundary": "bogus"}):
                with pytest.raises(ValueError, match=next(iter(wrong))):
                    pyconvolve.convolve(x, h, **wrong)

    calls(2)
    before = counts()
    calls(50)
    # the plan kept for the last problem may hold a dtype
    assert all(abs(b - a) <= 4 for a, b in zip(counts(), before, strict=True))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_many_different_problems(python: Callable[..., Any]) -> None:
    done = python(
        """
import re
import numpy as np, pyconvolve

def memory():
    with open("/proc/self/status") as status:
        return int(re.search("VmRSS:[^0-9]+([0-9]+) kB", status.read())[1]) * 1024

def calls(low, high):
    for n in range(low, high):
        x, h = np.ones((8 + n % 90, 8 + n // 90), "f4"), np.ones((5, 5), "f4")
        pyconvolve.convolve(x, h, "same", "direct")

calls(0, 2000)
before = memory()
calls(2000, 6000)
print(memory() - before)
"""
    )
    assert int(done.stdout or pytest.fail(done.stderr)) <= 2 * MB
