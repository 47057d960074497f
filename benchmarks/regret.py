"""Measure how much time `method="auto"` loses to the fastest of its engines.

    python benchmarks/regret.py [--problems 300] [--seed 0] [--seconds 0.5] [--worst 10]

The program draws problems at random: one to three convolved axes, batches, strides,
float32 and float64, kernels from two taps to half the signal. It times the engines of
each problem in turns, on one core, in four situations: with one kernel or with a kernel
that is new in every call, and with warm caches or with caches that other data has
filled. The regret of a problem is the time of the chosen engine over the time of the
fastest one. The program prints, for each situation, the problems with the largest
regrets, and the distribution of all regrets.
"""

import argparse
from collections.abc import Callable
from itertools import islice, product
from time import perf_counter
from typing import Any

import numpy as np
from rich.progress import track

import pyconvolve
from pyconvolve._core.plan import METHODS
from pyconvolve.tuning import Sample, samples

# Most products of a problem: the direct engine would take too long for more.
MOST_PRODUCTS = 3e10
KERNELS = ("repeated", "new")
CACHES = ("warm", "cold")
# More bytes than the caches of one core, and than its share of those of all cores.
FILLING = np.ones(8 << 20)
# Seconds of a turn in warm caches, which several calls share.
TURN = 2e-3


def timed(run: Callable[[], object], caches: str) -> float:
    """Return the least seconds of a call, in one turn."""
    if caches == "cold":
        FILLING.sum()
        start = perf_counter()
        run()
        return perf_counter() - start
    best, end = np.inf, perf_counter() + TURN
    run()
    while (start := perf_counter()) < end or best == np.inf:
        run()
        best = min(best, perf_counter() - start)
    return float(best)


def times(
    problem: Sample, kernels: str, caches: str, seconds: float
) -> tuple[str, dict[str, float]]:
    """Return the chosen engine, and the fastest of several runs of each engine."""
    x, h = problem.arrays()

    def run(method: Any) -> object:
        if kernels == "new":
            h.flat[0] += 1
        return pyconvolve.convolve(
            x, h, problem.mode, method, axes=problem.axes, stride=problem.stride
        )

    plan = pyconvolve.explain(
        x, h, problem.mode, axes=problem.axes, stride=problem.stride
    )
    chosen = plan.method
    best = {engine.name: np.inf for engine in METHODS["auto"]}
    end, turns = perf_counter() + seconds, 0
    while perf_counter() < end or turns < 3:
        for name in best:
            best[name] = min(best[name], timed(lambda name=name: run(name), caches))
        turns += 1
    return chosen, best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--problems", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=0.5, help="for each problem")
    parser.add_argument("--worst", type=int, default=10, help="problems to show")
    arguments = parser.parse_args()
    drawn = samples(arguments.seed, ("float32", "float64"))
    chosen_samples = [
        *islice(
            (sample for sample in drawn if sample.sums < MOST_PRODUCTS),
            arguments.problems,
        )
    ]
    for kernels, caches in product(KERNELS, CACHES):
        found = []
        with pyconvolve.set_workers(1):
            for problem in track(chosen_samples, f"{kernels} kernel, {caches} caches"):
                chosen, best = times(problem, kernels, caches, arguments.seconds)
                found.append((best[chosen] / min(best.values()), chosen, best, problem))
        found.sort(key=lambda item: item[0], reverse=True)
        for regret, chosen, best, problem in found[: arguments.worst]:
            shown = ", ".join(f"{name} {1e3 * t:.3f} ms" for name, t in best.items())
            print(f"{regret:5.2f} {chosen:6} {shown}  {problem}")
        regrets = [item[0] for item in found]
        wrong = sum(regret > 1 for regret in regrets)
        print(
            f"{kernels} kernel, {caches} caches: {len(found)} problems, {wrong} "
            f"choices not the fastest; regret: mean {np.mean(regrets):.3f}, "
            f"95th percentile {np.quantile(regrets, 0.95):.3f}, "
            f"worst {max(regrets):.3f}"
        )


if __name__ == "__main__":
    main()
