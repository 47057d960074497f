"""Measure the direct engine, and the thresholds that are chosen by measurement.

    python benchmarks/direct.py [--dtype float32] [--seconds 2]

The program prints times on one core, GFLOP/s (a product and a sum are two operations),
and the share of the core's peak. It measures tap columns of each span, in cache; square
kernels on images; kernels on a line; and sizes of the window (`Thresholds.window`).
Times are minima of interleaved runs.
"""

import argparse
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
from timing import fastest, peak

import pyconvolve
from pyconvolve._core import api
from pyconvolve._core.arguments import Names, rules
from pyconvolve._core.thresholds import Thresholds


def call(
    shape: tuple[int, ...], kernel: tuple[int, ...], dtype: str
) -> tuple[Callable[[], object], float]:
    """Return a call that writes into an existing array, and its operations."""
    rng = np.random.default_rng(0)
    x, h = (rng.standard_normal(size).astype(dtype) for size in (shape, kernel))
    out = np.empty_like(x)
    operations = 2.0 * x.size * h.size
    return (
        lambda: pyconvolve.convolve(x, h, "same", "direct", out=out),
        operations,
    )


def show(
    title: str,
    problems: Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]],
    dtype: str,
    limit: float,
) -> None:
    calls = {name: call(*sizes, dtype) for name, sizes in problems.items()}
    best = fastest({name: run for name, (run, _) in calls.items()}, limit)
    highest = peak(dtype)
    print(f"{title}, {dtype}")
    for name, seconds in best.items():
        rate = calls[name][1] / seconds
        shown = f"{1e-9 * rate:8.1f} GFLOP/s {rate / highest:5.0%}"
        print(f"  {name:24} {1e3 * seconds:9.3f} ms {shown}")


def windows(dtype: str, limit: float) -> None:
    """Time a small kernel on a large image, for several sizes of the window."""
    runs: dict[str, Callable[[], object]] = {}
    x, h = np.ones((2048, 2048), dtype), np.ones((5, 5), dtype)
    out = np.empty_like(x)
    how = rules(False, "same", "direct", None, "constant", 0, 1, 1, 0)
    for size in (64, 128, 192, 256, 384):
        limits = Thresholds(window_bytes=size * 1024)
        plan = api.prepare(
            Names("x", "h"), how._replace(thresholds=limits), x.shape, h.shape, x.dtype,
            h.dtype,
        ).plan  # fmt: skip
        runs[f"{size} KiB"] = partial(plan.run, x, h, out, None, None)
    print(f"window, 2048x2048 by 5x5, {dtype}")
    for name, seconds in fastest(runs, limit).items():
        print(f"  {name:24} {1e3 * seconds:9.3f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--seconds", type=float, default=2.0)
    given = parser.parse_args()
    with pyconvolve.set_workers(1):
        spans = {f"span {k}": ((60, 480), (k, 9)) for k in range(1, 6)}
        show("tap columns", spans, given.dtype, given.seconds)
        images = {
            f"{n}x{n} by {k}x{k}": ((n, n), (k, k))
            for n in (512, 2048)
            for k in (3, 5, 9, 15)
        }
        show("images", images, given.dtype, 2 * given.seconds)
        lines = {f"1e6 by {k}": ((1_000_000,), (k,)) for k in (5, 9, 31, 128)}
        show("lines", lines, given.dtype, given.seconds)
        windows(given.dtype, given.seconds)


if __name__ == "__main__":
    main()
