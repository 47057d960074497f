"""Memory that image filters take besides their arrays: no other image."""

import sys
from collections.abc import Callable
from typing import Any

import pytest
from status import MEMORY

MB = 2**20
# Each of two workers may take so much; Python's objects are added.
PER_WORKER, SLACK = 4 * MB, 2 * MB

PROGRAM = (
    MEMORY
    + """
import numpy as np
from pyconvolve import ndimage

weights = np.full((3, 5), 0.1)
plus = [[0, 1, 0], [1, 1, 1], [0, 1, 0]]

def call(rows):
    x = np.ones((rows, 4000), DTYPE)
    output = np.ones((rows, 4000), OUTPUT)
    with open("/proc/self/clear_refs", "w") as control:
        control.write("5")
    before = memory("VmRSS")
    ndimage.CALL
    return memory("VmHWM") - before

call(500)
print(call(5000))
"""
)


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
@pytest.mark.parametrize(
    "call",
    [
        "correlate(x, weights, output=output, workers=2)",
        "gaussian_filter(x, 2, output=output, workers=2)",
        "gaussian_laplace(x, 2, output=output, workers=2)",
        "uniform_filter(x, 9, output=output, workers=2)",
        "maximum_filter(x, 9, output=output, workers=2)",
        "grey_erosion(x, footprint=plus, output=output, workers=2)",
        "sobel(x, 0, output=output, workers=2)",
        "laplace(x, output=output, workers=2)",
    ],
)
@pytest.mark.parametrize("types", [("u1", "u1"), ("f4", "f4"), ("u2", "f4")])
def test_memory(call: str, types: tuple[str, str], python: Callable[..., Any]) -> None:
    program = PROGRAM.replace("CALL", call)
    for name, kind in zip(("DTYPE", "OUTPUT"), types, strict=True):
        program = program.replace(name, repr(kind))
    done = python(program)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) <= 2 * PER_WORKER + SLACK


MAPPED = """
import threading
import numpy as np
from pyconvolve import ndimage

def anonymous():
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("RssAnon"):
                return int(line.split()[1])

shape = 20_000, 10_000
x = np.memmap("in", np.float32, "w+", shape=shape)
x[::1000, ::1000] = 1
output = np.memmap("out", np.float32, "w+", shape=shape)
ndimage.gaussian_filter(np.ones((9, 9), np.float32), 2)
before, highest, done = anonymous(), [0], threading.Event()

def watch():
    while not done.wait(0.002):
        highest[0] = max(highest[0], anonymous())

thread = threading.Thread(target=watch)
thread.start()
ndimage.gaussian_filter(x, 2, output=output)
done.set()
thread.join()
part = ndimage.gaussian_filter(np.asarray(x[4990:5030]), 2)
assert np.array_equal(output[5000:5020], part[10:30]), "wrong results"
print(highest[0] - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_files_that_are_mapped(
    python: Callable[..., Any],
) -> None:
    """800 MB in a file are filtered into another one, with little other memory."""
    done = python(MAPPED)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) <= 100_000
