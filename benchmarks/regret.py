"""How much time `method="auto"` loses to the better of its two engines.

    python benchmarks/regret.py [--problems 300] [--seed 0] [--seconds 0.2] [--worst 10]

Draws problems at random: one to three convolved axes, batches, float32 and float64,
kernels from two taps to half the signal. Times both engines of each in turn, on one
core, with a kernel that is new every time, and prints the distribution of the chosen
one's time over the faster one's.
"""

import argparse
import time
from itertools import islice

import numpy as np
from rich.progress import track

import pyconvolve
from pyconvolve.tuning import Sample, samples

METHODS = ("direct", "fft")
# Sums of products that the direct engine would take too long for.
MOST = 3e10


def times(problem: Sample, seconds: float) -> tuple[str, dict[str, float]]:
    """Return what is chosen, and the fastest of several runs of each."""
    x, h = problem.arrays()
    chosen = pyconvolve.explain(x, h, problem.mode, axes=problem.axes).method
    best = dict.fromkeys(METHODS, np.inf)
    spent = dict.fromkeys(METHODS, 0.0)
    for run in range(10_000):
        for method in METHODS:
            if run > 2 and spent[method] > seconds:
                continue
            if run and best[method] > 4 * min(best.values()) and spent[method] > 0.1:
                continue
            h.flat[0] += 1
            start = time.perf_counter()
            pyconvolve.convolve(x, h, problem.mode, method, axes=problem.axes)
            took = time.perf_counter() - start
            best[method] = min(best[method], took)
            spent[method] += took
        if all(value > seconds for value in spent.values()):
            break
        if run > 2 and sum(spent.values()) > 3 * seconds:
            break
    return chosen, best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--problems", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=0.2, help="for each engine")
    parser.add_argument("--worst", type=int, default=10, help="problems to show")
    arguments = parser.parse_args()
    found = []
    drawn = samples(arguments.seed, ("float32", "float64"))
    drawn = islice(
        (sample for sample in drawn if sample.sums < MOST), arguments.problems
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
