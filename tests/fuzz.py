"""Convolve random problems for a given time, and check the results with reference.py.

    python tests/fuzz.py --seconds 60

Arrays lie between protected pages, at any address, with strides of any sign and size.
A read or write beside them ends the program. For a problem that fails, the program
prints the options that compute it again.
"""

import argparse
import ctypes
import faulthandler
import itertools
import math
import mmap
import os
import sys
import time
import traceback
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import reference
from problems import (
    BOUNDARIES,
    DTYPES,
    FUNCTIONS,
    INTEGERS,
    MODES,
    any_values,
    small_integers,
)

import pyconvolve

# Most samples and most taps along an axis, by the number of convolved axes.
LONGEST = {1: (3000, 400), 2: (90, 20), 3: (20, 7), 4: (8, 4)}
# Most products of samples and taps: the reference is slow.
MOST_PRODUCTS = 3e7
METHODS = ("auto", "direct", "fft")
PAGE = mmap.PAGESIZE
# PROT_NONE of mprotect.
NO_ACCESS = 0


class Case(NamedTuple):
    """A problem, how it is computed, and how its arrays lie in memory."""

    name: str
    in1: np.ndarray
    in2: np.ndarray
    mode: str
    method: str
    workers: int
    options: dict[str, Any]
    layouts: np.random.Generator
    """Draws the memory layouts."""
    into: bool
    """Whether the result is written into an array given as `out`."""
    clipped: np.dtype | None = None
    """The type of integers that sums are rounded and clipped to; None: they are not."""

    def __str__(self) -> str:
        return (
            f"{self.name} of {self.in1.dtype}{self.in1.shape} and "
            f"{self.in2.dtype}{self.in2.shape}, {self.mode}, {self.method}, "
            f"{self.workers} workers, {self.options}, clipped to {self.clipped}"
        )


def between_guards(size: int, rng: np.random.Generator) -> np.ndarray:
    """Return `size` bytes of memory, with protected pages before and behind it."""
    pages = -(-size // PAGE) * PAGE
    memory = mmap.mmap(-1, pages + 2 * PAGE)
    start = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    protect = ctypes.CDLL(None, use_errno=True).mprotect
    for guard in (start, start + PAGE + pages):
        if protect(ctypes.c_void_p(guard), ctypes.c_size_t(PAGE), NO_ACCESS):
            raise OSError(ctypes.get_errno(), "pages can't be protected")
    spare = pages - size
    offset = spare if rng.random() < 0.7 else int(rng.integers(0, min(spare, 64) + 1))
    return np.frombuffer(memory, np.uint8, size, PAGE + offset)


def laid_out(array: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Copy an array between protected pages, with axes of any order and direction."""
    order = rng.permutation(array.ndim)
    step = array.itemsize * int(rng.choice([1, 1, 1, 2, 3]))
    strides, first, span = [0] * array.ndim, 0, array.itemsize
    for axis in order:
        strides[axis] = step
        reach = step * (array.shape[axis] - 1)
        span += reach
        if rng.random() < 0.3:
            strides[axis] = -step
            first += reach
        step *= array.shape[axis]
    memory = between_guards(span, rng)
    copy = np.ndarray(array.shape, array.dtype, memory, first, strides)
    copy[...] = array
    return copy


def draw(rng: np.random.Generator) -> Case:
    """Draw a case; small shapes are as likely as large ones."""
    rank = int(rng.choice([1, 1, 2, 2, 3, 4]))
    batch = int(rng.choice([0, 0, 0, 1, 2])) if rank < 4 else 0
    n, k = (
        [round(most ** rng.uniform(0, 1)) for _ in range(rank)]
        for most in LONGEST[rank]
    )
    mode = str(rng.choice(MODES))
    options: dict[str, Any] = {
        "stride": [int(rng.choice([1, 1, 1, 2, 3])) for _ in range(rank)],
        "dilation": [int(rng.choice([1, 1, 1, 2, 5])) for _ in range(rank)],
        "upsample": [int(rng.choice([1, 1, 1, 2, 3, 7])) for _ in range(rank)],
        "boundary": [str(rng.choice(BOUNDARIES)) for _ in range(rank)],
    }
    if rng.random() < 0.6:
        options = {}
    if mode == "valid":
        dilation = options.get("dilation", [1] * rank)
        reach = [d * (b - 1) + 1 for d, b in zip(dilation, k, strict=True)]
        n = [max(a, b) for a, b in zip(n, reach, strict=True)]
        # without other options the kernel may be the first array, too
        if not options and rng.random() < 0.1:
            n, k = k, n
    if batch:
        axes = sorted(rng.permutation(rank + batch)[:rank].tolist())
        options["axes"] = tuple(axes)
        shared = rng.random() < 0.5
        for axis in sorted({*range(rank + batch)} - {*axes}):
            count = int(rng.integers(1, 20))
            n.insert(axis, count)
            k.insert(axis, 1 if shared else count)
    types = [DTYPES[i] for i in rng.integers(0, len(DTYPES), 2)]
    if rng.random() < 0.5:
        types[1] = types[0]
    make = any_values if rng.random() < 0.5 else small_integers
    kind = np.result_type(*types).kind
    if make is any_values and any(t.kind in "biu" for t in types) and kind in "fc":
        make = small_integers
    seed = int(rng.integers(0, 1000))
    arrays = [
        make(tuple(shape), dtype, seed + i)
        for i, (shape, dtype) in enumerate(zip((n, k), types, strict=True))
    ]
    clipped = None
    if kind in "biuf" and rng.random() < 0.3:
        clipped = INTEGERS[rng.integers(0, len(INTEGERS))]
    return Case(
        str(rng.choice(FUNCTIONS)), *arrays, mode, str(rng.choice(METHODS)),
        int(rng.choice([1, 1, 2])), options, rng, bool(rng.random() < 0.5), clipped,
    )  # fmt: skip


def check(case: Case) -> None:
    """Compute a case, and compare the result with the reference."""
    x, h, dtype = case.in1, case.in2, np.result_type(case.in1, case.in2)
    function = getattr(reference, case.name)
    if case.clipped is None:
        want = function(x, h, case.mode, **case.options)
        got = compute(case, want.shape, dtype)
        bound = reference.continued_bound(x, h, dtype)
        reference.assert_matches(got, want, dtype, bound)
        return
    is_exact = dtype.kind != "f"
    wide = object if is_exact else np.longdouble
    sums = function(x.astype(wide), h.astype(wide), case.mode, **case.options)
    got = compute(case, sums.shape, case.clipped)
    assert got.dtype == case.clipped
    limits, bound = np.iinfo(case.clipped), 0.0
    if not is_exact:
        # sums may be in single precision
        bound = 0.5 + 1 / 8 + reference.continued_bound(x, h, np.dtype(float))
    error = np.abs(got.astype(wide) - np.clip(sums, limits.min, limits.max))
    assert (error <= bound).all()


def compute(case: Case, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """Compute a case, from and to arrays that lie between protected pages."""
    out, options = None, case.options
    if case.clipped is not None:
        options = {**options, "dtype": case.clipped, "overflow": "saturate"}
    if case.into:
        out = laid_out(np.zeros(shape, dtype), case.layouts)
    got = getattr(pyconvolve, case.name)(
        laid_out(case.in1, case.layouts), laid_out(case.in2, case.layouts), case.mode,
        case.method, out=out, workers=case.workers, **options,
    )  # fmt: skip
    assert out is None or got is out
    return got


def run(seed: int, numbers: Iterable[int], seconds: float, current: mmap.mmap) -> int:
    """Check problems for some seconds; `current` gets the number of each, in turn."""
    end, done = time.monotonic() + seconds, 0
    for number in numbers:
        if time.monotonic() > end:
            break
        current[:] = number.to_bytes(8, sys.byteorder)
        case = draw(np.random.default_rng([seed, number]))
        if case.in1.size * case.in2.size > MOST_PRODUCTS:
            continue
        try:
            check(case)
        except Exception:
            print(case, flush=True)
            raise
        done += 1
    print(f"{done} problems, none failed", flush=True)
    return 0


def main() -> int:
    """Check problems in a child process, which may be killed; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=math.inf)
    parser.add_argument(
        "--problems", type=int, help="how many; by default as many as fit the time"
    )
    parser.add_argument("--seed", type=int, default=time.time_ns())
    parser.add_argument("--only", type=int, help="number of a problem that failed")
    given = parser.parse_args()
    numbers: Iterable[int] = itertools.count()
    if given.only is not None:
        numbers = [given.only]
    elif given.problems is not None:
        numbers = range(given.problems)
    current = mmap.mmap(-1, 8)
    child = os.fork()
    if child == 0:
        faulthandler.enable()
        # os._exit: the parent cleans up what the child has inherited
        code = 1
        try:
            code = run(given.seed, numbers, given.seconds, current)
        except Exception:
            traceback.print_exc()
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if status:
        number = int.from_bytes(current[:], sys.byteorder)
        print(f"failed: --seed {given.seed} --only {number}", flush=True)
    return 1 if status else 0


if __name__ == "__main__":
    sys.exit(main())
