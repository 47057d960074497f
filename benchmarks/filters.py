"""Time the filters of `pyconvolve.signal` beside those of `scipy.signal`.

    OPENBLAS_NUM_THREADS=1 python benchmarks/filters.py [--seconds 0.5] [--only savgol]

The program times both functions of each problem in turns, on one core, and prints the
least seconds of each and their ratio. At the end it prints the geometric mean of all
ratios. `filtfilt` of SciPy solves equations, where threads of BLAS would wait for each
other on a busy machine.
"""

import argparse
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

import numpy as np
import scipy.signal

import pyconvolve
from pyconvolve import signal

# Samples of one minute of audio.
MINUTE = 60 * 44_100
TYPES = (np.float32, np.float64)


def problems() -> Iterator[tuple[str, str, tuple[Any, ...], dict[str, Any]]]:
    """Yield a title, and the name, the arguments and the options of a function."""
    rng = np.random.default_rng(0)
    for dtype in TYPES:
        kind = np.dtype(dtype).name
        audio = rng.standard_normal(MINUTE).astype(dtype)
        long, short, image = audio[:1_000_000], audio[:100_000], None
        image = long.reshape(100, 10_000)
        yield (
            f"resample_poly, a minute from 44.1 to 48 kHz, {kind}",
            *("resample_poly", (audio, 160, 147), {}),
        )
        for up, down in ((2, 1), (3, 1), (160, 147)):
            taps = scipy.signal.firwin(20 * up + 1, 1 / max(up, down)).astype(dtype)
            yield (
                f"upfirdn by {up}/{down}, {taps.size} taps, a minute, {kind}",
                *("upfirdn", (taps, audio, up, down), {}),
            )
        yield (
            f"decimate by 4, a minute, {kind}",
            *("decimate", (audio, 4), {"ftype": "fir"}),
        )
        for window in (31, 101):
            yield (
                f"savgol_filter, {window} taps, 1,000,000 samples, {kind}",
                *("savgol_filter", (long, window, 3), {}),
            )
        one = np.ones(1, dtype)
        for count in (64, 512):
            taps = scipy.signal.firwin(count, 0.1).astype(dtype)
            for title, x, axis in (
                ("1,000,000 samples", long, -1),
                ("100x10,000 along rows", image, 1),
                ("100x10,000 along columns", image, 0),
            ):
                yield (
                    f"lfilter, {count} taps, {title}, {kind}",
                    *("lfilter", (taps, one, x, axis), {}),
                )
        taps = scipy.signal.firwin(101, 0.1).astype(dtype)
        yield (
            f"filtfilt, 101 taps, 100,000 samples, {kind}",
            *("filtfilt", (taps, one, short), {}),
        )


def times(functions: list[Callable[[], object]], seconds: float) -> list[float]:
    """Return the least seconds of each function, timed in turns."""
    best = [np.inf] * len(functions)
    end, turns = perf_counter() + seconds, 0
    while perf_counter() < end or turns < 3:
        for i, function in enumerate(functions):
            start = perf_counter()
            function()
            best[i] = min(best[i], perf_counter() - start)
        turns += 1
    return [float(time) for time in best]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=0.5, help="for each problem")
    parser.add_argument("--only", default="", help="part of the titles of problems")
    arguments = parser.parse_args()
    ratios = []
    with pyconvolve.set_workers(1):
        for title, name, args, options in problems():
            if arguments.only not in title:
                continue
            functions = [
                lambda f=f, a=args, o=options: f(*a, **o)
                for f in (getattr(signal, name), signal.originals[name][0])
            ]
            ours, theirs = times(functions, arguments.seconds)
            ratios.append(theirs / ours)
            print(
                f"{theirs / ours:6.2f}  {1e3 * ours:8.3f} ms, SciPy "
                f"{1e3 * theirs:8.3f} ms  {title}",
                flush=True,
            )
    if ratios:
        print(f"{np.exp(np.mean(np.log(ratios))):6.2f}  geometric mean")


if __name__ == "__main__":
    main()
