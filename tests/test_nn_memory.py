"""Memory that layers take besides their arrays: no matrix of patches.

A matrix of patches would have nine times the memory of the signal.
"""

import sys
from collections.abc import Callable
from typing import Any

import pytest
from status import MEMORY

MB = 2**20
# Each of two workers may take so much; Python's objects and packed weights are added.
PER_WORKER, SLACK = 4 * MB, 2 * MB

PROGRAM = (
    MEMORY
    + """
import numpy as np
from pyconvolve import nn

w = np.ones((16, 16, 3, 3), np.float32)

def call(images):
    x = np.ones((images, 16, 200, 200), np.float32)
    arrays = {"x": x, "grad": x, "w": w, "shape": x.shape, "weights": w.shape}
    result = {"x": x.copy(), "w": w.copy()}[RESULT]
    with open("/proc/self/clear_refs", "w") as control:
        control.write("5")
    before = memory("VmRSS")
    FUNCTION(*(arrays[name] for name in NAMES), padding=1, out=result, workers=2)
    return memory("VmHWM") - before

call(1)
print(call(6))
"""
)


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
@pytest.mark.parametrize(
    ("function", "names", "result"),
    [
        ("nn.conv", ["x", "w"], "x"),
        ("nn.conv_input_grad", ["shape", "w", "grad"], "x"),
        ("nn.conv_weight_grad", ["x", "weights", "grad"], "w"),
        ("nn.conv_transpose", ["x", "w"], "x"),
    ],
)
def test_memory(
    function: str, names: list[str], result: str, python: Callable[..., Any]
) -> None:
    program = PROGRAM.replace("FUNCTION", function).replace("NAMES", repr(names))
    done = python(program.replace("RESULT", repr(result)))
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) <= 2 * PER_WORKER + SLACK
