"""How all benchmarks here take times, and the yardstick that they are held to."""

import time
from collections.abc import Callable

from pyconvolve._core import cpu


def fastest(
    contenders: dict[str, Callable[[], object]], seconds: float
) -> dict[str, float]:
    """Run all in turn, again and again, and return the minimum of each."""
    best = dict.fromkeys(contenders, float("inf"))
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for name, run in contenders.items():
            start = time.perf_counter()
            run()
            best[name] = min(best[name], time.perf_counter() - start)
    return best


def peak(dtype: str) -> float:
    """Operations per second that one core can do: multiply-adds in registers."""
    rounds = 1_000_000
    kernel = cpu.kernels("peak", dtype)
    best = fastest({"peak": lambda: kernel.run(rounds)}, 0.3)
    return float(kernel.run(rounds) / best["peak"])
