"""Measure the overlap-add engine on one core: its speed, or its accuracy.

    python benchmarks/fft.py [--dtype float32 ...] [--seconds 1] [--accuracy]

For each problem the program prints the time of a call, with a new array and with an
existing array for the result; GFLOP/s; the share of the core's peak; and the tiles.
8.5 N log2 N operations are counted for N complex points, there and back. Times are
minima of interleaved runs. With --accuracy the program prints the tables of errors in
docs/guide/accuracy.md instead.
"""

import argparse
from collections.abc import Callable

import numpy as np
import scipy.signal
from numpy.typing import NDArray
from timing import fastest, peak

import pyconvolve
from pyconvolve._core import api
from pyconvolve._core.arguments import Names, rules

PROBLEMS: list[tuple[tuple[int, ...], tuple[int, ...], int | None]] = [
    *(((1_000_000,), (k,), None) for k in (101, 1001, 10_001, 100_001)),
    ((20_000,), (7001,), None),
    *(((2048, 2048), (k, k), None) for k in (15, 31, 63, 127, 513)),
    ((700, 700), (500, 500), None),
    ((128, 128, 128), (9, 9, 9), None),
    ((192, 192, 192), (31, 31, 31), None),
    ((64, 16_384), (1, 255), 1),
    ((16_384, 64), (255, 1), 0),
]
KINDS = ("random", "positive", "tiny")
# Factors by which the first half of an image is brighter than its second half.
RATIOS = (1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6)


def noise(shape: tuple[int, ...], dtype: str, seed: int) -> NDArray[np.inexact]:
    rng = np.random.default_rng(seed)
    values = rng.standard_normal(shape)
    if np.dtype(dtype).kind == "c":
        return (values + 1j * rng.standard_normal(shape)).astype(dtype)
    return values.astype(dtype)


def speeds(dtype: str, seconds: float) -> None:
    highest = peak(np.zeros(0, dtype).real.dtype.name)
    print(f"{dtype}; the core's multipliers do {highest * 1e-9:.1f} GFLOP/s")
    for shape, kernel, axes in PROBLEMS:
        x, h = noise(shape, dtype, 0), noise(kernel, dtype, 1)
        out = np.empty_like(x)

        def call(
            x: NDArray[np.inexact] = x,
            h: NDArray[np.inexact] = h,
            axes: int | None = axes,
            out: NDArray[np.inexact] | None = None,
        ) -> object:
            return pyconvolve.convolve(x, h, "same", "fft", axes=axes, out=out)

        contenders: dict[str, Callable[[], object]] = {
            "call": call,
            "out": lambda call=call, out=out: call(out=out),
        }
        best = fastest(contenders, seconds)
        how = rules(False, "same", "fft", axes, "constant", 0, 1, 1, 0)
        names = Names("x", "h")
        plan = api.prepare(names, how, x.shape, h.shape, x.dtype, h.dtype).plan
        rate = plan.operations / best["out"]
        name = " by ".join("x".join(map(str, size)) for size in (shape, kernel))
        times = f"{1e3 * best['call']:9.3f} ms, {1e3 * best['out']:9.3f} into out"
        shown = f"{rate * 1e-9:6.1f} GFLOP/s {rate / highest:5.0%}"
        print(f"  {name:26} {times} {shown}  {plan!r}")


def exact(x: NDArray[np.inexact], h: NDArray[np.inexact]) -> NDArray[np.inexact]:
    """Compute the full convolution tap by tap, in extended precision."""
    wide = np.clongdouble if np.iscomplexobj(x) else np.longdouble
    x, total = x.astype(wide), np.zeros(np.add(x.shape, h.shape) - 1, wide)
    for tap in np.ndindex(h.shape):
        target = tuple(slice(k, k + n) for k, n in zip(tap, x.shape, strict=True))
        total[target] += h[tap].astype(wide) * x
    return total


def data(
    kind: str, shape: tuple[int, ...], kernel: tuple[int, ...], dtype: str, seed: int
) -> tuple[NDArray[np.inexact], NDArray[np.inexact]]:
    x, h = noise(shape, dtype, seed), noise(kernel, dtype, seed + 1)
    if kind == "positive":
        return abs(x).astype(dtype), abs(h).astype(dtype)
    if kind == "tiny":
        x *= 1e-30 if np.finfo(dtype).bits == 32 else 1e-290
    return x, h


def errors(
    x: NDArray[np.inexact], h: NDArray[np.inexact]
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Return pyconvolve's errors and SciPy's, of all outputs that sum all taps.

    Each is relative to the norm of the samples that the output sums, times the norm of
    the kernel.
    """
    inner = tuple(map(slice, np.subtract(h.shape, 1), x.shape))
    want = exact(x, h)[inner]
    power = (abs(a.astype(np.clongdouble)) ** 2 for a in (x, h))
    window_power = exact(next(power), np.ones(h.shape))[inner]
    scale = np.sqrt(window_power * next(power).sum())
    ours = pyconvolve.convolve(x, h, method="fft")[inner]
    theirs = scipy.signal.fftconvolve(x, h)[inner]
    return abs(ours - want) / scale, abs(theirs - want) / scale


def accuracies() -> None:
    """Print root-mean-square errors and largest errors, over four draws."""
    columns = "pyconvolve: mean | largest | scipy.signal: mean | largest"
    print(f"| data | problem | dtype | {columns} |")
    print("| --- | --- | --- | --: | --: | --: | --: |")
    for kind in KINDS:
        for shape, kernel in (((20_000,), (501,)), ((300, 300), (31, 31))):
            name = " by ".join("x".join(map(str, n)) for n in (shape, kernel))
            for dtype in ("float32", "float64", "complex64", "complex128"):
                found = [
                    errors(*data(kind, shape, kernel, dtype, 2 * i)) for i in range(4)
                ]
                shown = [
                    f"{np.sqrt((error**2).mean()):.1e} | {error.max():.1e}"
                    for error in map(np.array, zip(*found, strict=True))
                ]
                print(f"| {kind} | {name} | {dtype} | {' | '.join(shown)} |")


def two_brightnesses() -> None:
    """Print the largest errors of outputs that sum samples of the darker half only."""
    side, taps = 512, 31
    rng = np.random.default_rng(0)
    image = rng.random((side, side)).astype(np.float32)
    kernel = rng.random((taps, taps)).astype(np.float32)
    print("| ratio | method='direct' | method='fft' | scipy.signal.fftconvolve |")
    print("| --: | --: | --: | --: |")
    for ratio in RATIOS:
        x = image.copy()
        x[: side // 2] *= np.float32(ratio)
        dark = np.s_[side // 2 + taps - 1 : side, taps - 1 : side]
        want = exact(x, kernel)[dark]
        found = (
            pyconvolve.convolve(x, kernel, method="direct"),
            pyconvolve.convolve(x, kernel, method="fft"),
            scipy.signal.fftconvolve(x, kernel),
        )
        shown = " | ".join(f"{abs(y[dark] / want - 1).max():.1e}" for y in found)
        print(f"| {ratio:.0e} | {shown} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dtype", nargs="*", default=["float32", "float64"])
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--accuracy", action="store_true")
    given = parser.parse_args()
    if given.accuracy:
        accuracies()
        print()
        two_brightnesses()
        return
    with pyconvolve.set_workers(1):
        for dtype in given.dtype:
            speeds(dtype, given.seconds)


if __name__ == "__main__":
    main()
