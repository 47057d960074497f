"""Convolutions from file to file take little memory, however large the files are."""

from collections.abc import Callable
from typing import Any

import pytest
from processes import reads_proc
from status import MEMORY

# The file of the signal has 4 GB, almost all of it holes. Pages of files are no memory
# of the process, which it can give back at any time. A thread reads every other
# millisecond how much other memory the process has.
PROGRAM = (
    MEMORY
    + """
import os, sys, threading, time
import numpy as np, pyconvolve

class Peak:
    def __enter__(self):
        self.before = self.most = memory("RssAnon")
        self.thread = threading.Thread(target=self.watch)
        self.running = True
        self.thread.start()
        return self

    def watch(self):
        while self.running:
            self.most = max(self.most, memory("RssAnon"))
            time.sleep(0.002)

    def __exit__(self, *error):
        self.running = False
        self.thread.join()

shape, taps, options = {shape}, {taps}, {options}
x = np.memmap("signal", np.float32, "w+", shape=shape)
assert x.nbytes == 4 << 30
# samples other than zero, at the end of each axis
ends = tuple(slice(-50, None) for _ in shape)
x[ends] = np.random.default_rng(0).integers(1, 9, x[ends].shape)
h = np.arange(1, np.prod(taps) + 1, dtype=np.float32).reshape(taps)
stride = options["stride"]
outputs = tuple(-(-n // stride) for n in shape)
out = np.memmap("out", np.float32, "w+", shape=outputs)
plan = pyconvolve.explain(x, h, "same", **options)
# imports, and what a first call makes once
few = x[tuple(slice(8 * k) for k in taps)]
pyconvolve.convolve(few, h, "same", **options)
with Peak() as peak:
    pyconvolve.convolve(x, h, "same", **options, out=out)
print(peak.most - peak.before, plan.memory, h.nbytes)
# where the boundary was read, too
read = stride * (max(taps) // stride + 16)
some = x[tuple(slice(-read, None) for _ in shape)]
kept = tuple(slice(-4, None) for _ in shape)
got, want = out[kept], pyconvolve.convolve(some, h, "same", **options)[kept]
assert got.all()
assert np.allclose(got, want, rtol=1e-5), abs(got - want).max()
"""
)


@reads_proc
@pytest.mark.parametrize(
    ("shape", "taps", "options", "allowed"),
    [
        # direct sums take at most 2 MB for each worker, ...
        ("(32768, 32768)", "(5, 5)", {"method": "direct", "stride": 8}, 2 * 2),
        # ... also with a result of 1 GB
        ("(32768, 32768)", "(5, 5)", {"method": "direct", "stride": 2}, 2 * 2),
        # transforms take 4 MB for each worker, and three times the kernel's tile
        ("(32768, 32768)", "(65, 65)", {"method": "fft", "stride": 4}, 2 * 4 + 4),
        ("(1 << 30,)", "(1001,)", {"method": "fft", "stride": 4}, 2 * 4 + 1),
    ],
)
def test_memory(
    shape: str,
    taps: str,
    options: dict[str, Any],
    allowed: int,
    python: Callable[..., Any],
    tmp_path: Any,
) -> None:
    given = {"workers": 2, "boundary": "symmetric", **options}
    program = PROGRAM
    for name, value in (("shape", shape), ("taps", taps), ("options", given)):
        program = program.replace(f"{{{name}}}", str(value))
    try:
        done = python(program)
    finally:
        for name in ("signal", "out"):
            (tmp_path / name).unlink(missing_ok=True)
    assert not done.returncode, done.stderr
    taken, predicted, _ = map(int, done.stdout.split())
    # and Python's own objects
    assert taken < (allowed + 1) << 20
    assert predicted <= allowed << 20
