"""Measure how much time `method="auto"` loses to the fastest of its engines.

    python benchmarks/regret.py [--problems 300] [--seed 0] [--seconds 0.5] [--worst 10]

The program draws problems at random: one to three convolved axes, batches, float32 and
float64, kernels from two taps to half the signal. It times the engines of each
problem in turns, on one core, with a kernel that is new in every call. The regret of a
problem is the time of the chosen engine over the time of the fastest one. The program
prints the problems with the largest regrets, and the distribution of all regrets.
"""

import argparse
from functools import partial
from itertools import islice
from typing import Any

import numpy as np
from rich.progress import track
from timing import fastest

import pyconvolve
from pyconvolve._core.plan import METHODS
from pyconvolve.tuning import Sample, samples

# Most products of a problem: the direct engine would take too long for more.
MOST_PRODUCTS = 3e10


def times(problem: Sample, seconds: float) -> tuple[str, dict[str, float]]:
    """Return the chosen engine, and the fastest of several runs of each engine."""
    x, h = problem.arrays()

    def run(method: Any) -> object:
        h.flat[0] += 1
        return pyconvolve.convolve(x, h, problem.mode, method, axes=problem.axes)

    chosen = pyconvolve.explain(x, h, problem.mode, axes=problem.axes).method
    contenders = {engine.name: partial(run, engine.name) for engine in METHODS["auto"]}
    return chosen, fastest(contenders, seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--problems", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=0.5, help="for each problem")
    parser.add_argument("--worst", type=int, default=10, help="problems to show")
    arguments = parser.parse_args()
    found = []
    drawn = samples(arguments.seed, ("float32", "float64"))
    drawn = islice(
        (sample for sample in drawn if sample.sums < MOST_PRODUCTS), arguments.problems
    )
    with pyconvolve.set_workers(1):
        for problem in track([*drawn], "timing"):
            chosen, best = times(problem, arguments.seconds)
            found.append((best[chosen] / min(best.values()), chosen, best, problem))
    found.sort(key=lambda item: item[0], reverse=True)
    for regret, chosen, best, problem in found[: arguments.worst]:
        shown = ", ".join(f"{name} {1e3 * t:.3f} ms" for name, t in best.items())
        print(f"{regret:5.2f} {chosen:6} {shown}  {problem}")
    regrets = [item[0] for item in found]
    wrong = sum(regret > 1 for regret in regrets)
    print(
        f"{len(found)} problems, {wrong} choices not the fastest; regret: mean "
        f"{np.mean(regrets):.3f}, 95th percentile {np.quantile(regrets, 0.95):.3f}, "
        f"worst {max(regrets):.3f}"
    )


if __name__ == "__main__":
    main()
