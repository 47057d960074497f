"""Time `pyconvolve.Stream` beside `pedalboard.Convolution` and `scipy.signal.lfilter`.

    python benchmarks/stream.py [--seconds 2] [--only pedalboard]

Long kernels: both take turns, block by block, on one core. For each, the program prints
the mean time of a block and the time that 99 of 100 blocks stay below, and at the end
their ratio. The time that the samples of a block last at 48 kHz is the limit.

Short kernels: the least time of a call of each, and their ratio.
"""

import argparse
import time
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
from scipy.signal import lfilter
from timing import fastest

import pyconvolve
from pyconvolve import Stream

RATE = 48_000
LONG, SHORT = 144_000, (64, 500)
BLOCKS = (64, 512)
TYPES = (np.float32, np.float64)
# Calls that are not counted: the kernel is prepared, and caches fill.
FIRST = 300


def beside_pedalboard(block: int, seconds: float) -> None:
    """Print the times of blocks with a long kernel."""
    rng = np.random.default_rng(0)
    decay = np.exp(-np.arange(LONG) / 30_000)
    h = (rng.standard_normal(LONG) * decay).astype(np.float32)
    h /= abs(h).sum()
    x = rng.standard_normal((1, block)).astype(np.float32)
    out, stream = np.empty(block, np.float32), Stream(h, block=block)
    functions: dict[str, Callable[[], object]] = {"Stream": lambda: stream(x[0], out)}
    if find_spec("pedalboard"):
        from pedalboard import Convolution

        other = Convolution(h, 1.0, RATE)
        functions["pedalboard"] = lambda: other.process(
            x, RATE, buffer_size=block, reset=False
        )
    times: dict[str, list[float]] = {name: [] for name in functions}
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times["Stream"]) < 2 * FIRST:
        for name, function in functions.items():
            begin = time.perf_counter()
            function()
            times[name].append(time.perf_counter() - begin)
    print(f"{LONG:,} taps, blocks of {block}, which last {1e6 * block / RATE:.0f} us")
    found = {
        name: np.array([np.mean(each[FIRST:]), np.percentile(each[FIRST:], 99)])
        for name, each in times.items()
    }
    for name, (mean, late) in found.items():
        print(f"  {name:10} mean {1e6 * mean:6.1f} us, 99 % {1e6 * late:6.1f} us")
    if "pedalboard" in found:
        mean, late = found["pedalboard"] / found["Stream"]
        print(f"  {mean:.2f} and {late:.2f} times faster")


def beside_lfilter(taps: int, block: int, dtype: type, seconds: float) -> None:
    """Print the least times of a block with a short kernel."""
    rng = np.random.default_rng(0)
    h = rng.standard_normal(taps).astype(dtype)
    x = rng.standard_normal(block).astype(dtype)
    out, stream, zi = (
        np.empty_like(x),
        Stream(h, block=block),
        np.zeros(taps - 1, dtype),
    )
    times = fastest(
        {"ours": lambda: stream(x, out), "theirs": lambda: lfilter(h, 1, x, zi=zi)},
        seconds,
    )
    ours, theirs = 1e6 * times["ours"], 1e6 * times["theirs"]
    print(
        f"{theirs / ours:6.2f}  {ours:8.2f} us, lfilter {theirs:8.2f} us  {taps} taps, "
        f"blocks of {block}, {np.dtype(dtype).name}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=2, help="for each problem")
    parser.add_argument("--only", choices=["pedalboard", "lfilter"])
    arguments = parser.parse_args()
    with pyconvolve.set_workers(1):
        if arguments.only != "lfilter":
            for block in BLOCKS:
                beside_pedalboard(block, arguments.seconds)
        if arguments.only != "pedalboard":
            for taps in SHORT:
                for block in BLOCKS:
                    for dtype in TYPES:
                        beside_lfilter(taps, block, dtype, arguments.seconds)


if __name__ == "__main__":
    main()
