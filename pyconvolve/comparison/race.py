"""All methods on one problem: results checked, times taken in turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
from rich.progress import Progress

from .._core import api
from . import timing
from .libraries import OURS, threads
from .methods import OWN, Method, Run, methods
from .problems import PROBLEMS, QUICK, Array, Problem

# Seconds for each problem, after two rounds of all methods.
SECONDS = 1.0
# Methods that take so many times as long as the fastest are timed no further.
_SLOWER = 20
# Seconds that setting up a library may take in a first run.
_SET_UP = 0.1
# Largest error that rounding explains, in units of eps times the largest result.
_ROUNDING = 256


@dataclass(frozen=True)
class Timed:
    """A problem, what it takes, and what was found of each method."""

    problem: Problem
    engine: str
    operations: float | None
    seconds: dict[str, float]
    faults: dict[str, str]
    """Methods whose result is wrong, or that failed, and how."""

    @property
    def ours(self) -> float | None:
        """Seconds of ours, if its result is right."""
        return None if OURS in self.faults else self.seconds[OURS]

    @property
    def peers(self) -> dict[str, float]:
        """Seconds of other libraries' methods whose results are right."""
        return {
            name: seconds
            for name, seconds in self.seconds.items()
            if name not in OWN and name not in self.faults
        }

    @property
    def peer(self) -> str | None:
        """The fastest method of another library."""
        return min(self.peers, key=self.peers.__getitem__, default=None)

    @property
    def ratio(self) -> float | None:
        """Seconds of the fastest peer over ours."""
        if self.ours is None or self.peer is None:
            return None
        return self.peers[self.peer] / self.ours


def race(problem: Problem, contenders: Sequence[Method], seconds: float) -> Timed:
    """Check the results of each, then time in turn those that are not far behind."""
    variants = problem.variants
    inputs = [variant.arrays() for variant in variants]
    wants = [v.reference(*given) for v, given in zip(variants, inputs, strict=True)]
    runs: dict[str, Run] = {}
    best, faults = {}, {}
    for method in contenders:
        try:
            run = _in_turn(
                [
                    method.prepare(variant, *given)
                    for variant, given in zip(variants, inputs, strict=True)
                ],
                method.name in OWN,
            )
            start = perf_counter()
            got = run()
            best[method.name] = perf_counter() - start
        except Exception as error:
            # what libraries raise for what they can't do is theirs to choose
            reason, _, _ = str(error).partition("\n")
            faults[method.name] = f"{type(error).__name__}: {reason}"
            continue
        results = got if problem.shapes > 1 else [got]
        dtypes = [problem.dtype] * problem.shapes
        wrong = [*filter(None, map(fault, results, wants, dtypes))]
        if wrong:
            faults[method.name] = wrong[0]
        else:
            runs[method.name] = run
    for excused, duration in ((_SET_UP, 0.0), (0.0, seconds)):
        limit = max(excused, _SLOWER * min((best[name] for name in runs), default=0))
        runs = {n: run for n, run in runs.items() if best[n] <= limit or n in OWN}
        again = timing.fastest(runs, duration)
        best |= {name: min(best[name], took) for name, took in again.items()}
    seconds_per_shape = {name: took / problem.shapes for name, took in best.items()}
    return Timed(
        problem, problem.plan.name, problem.operations, seconds_per_shape, faults
    )


def _in_turn(runs: Sequence[Run], own: bool) -> Run:
    """Run all, without plans of earlier calls, if there are several."""
    if len(runs) == 1:
        return runs[0]

    def run() -> list[Any]:
        if own:
            api.plans.clear()
        return [run() for run in runs]

    return run


def fault(got: Any, want: Array, dtype: str) -> str:
    """Say what is wrong with a result, if anything is."""
    got = np.asarray(got)
    if got.shape != want.shape or got.dtype != dtype:
        return f"{got.shape} {got.dtype} in place of {want.shape} {dtype}"
    if want.dtype.kind in "iu":
        wrong = int((got != want).sum())
        return f"{wrong} of {want.size} integers are wrong" if wrong else ""
    error = float(np.abs(got - want).max() / np.abs(want).max())
    bound = _ROUNDING * float(np.finfo(dtype).eps)
    return "" if error <= bound else f"off by {error:.1e} of the largest result"


def run(quick: bool, found: dict[str, str], workers: int) -> Iterator[Timed]:
    """Time problem by problem with the libraries found."""
    problems = QUICK if quick else PROBLEMS
    # drawn between problems only, so that it takes no time from them
    with threads(workers), Progress(auto_refresh=False, transient=True) as progress:
        task = progress.add_task("", total=len(problems))
        for problem in problems:
            label = f"{problem.name} {problem.dtype}"
            progress.update(task, description=label, refresh=True)
            yield race(problem, methods(problem, found), SECONDS)
            progress.update(task, advance=1, refresh=True)
