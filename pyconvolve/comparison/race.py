"""Runs all methods on each problem: checks their results, and times them in turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
from rich.progress import Progress

from .._core import api
from . import timing
from .interface import OUR_METHODS, Array, Method, Problem, Run
from .libraries import OURS, threads
from .problems import PROBLEMS, QUICK, methods

# Seconds that a problem is timed for, after two rounds of all methods.
SECONDS = 1.0
# A method that takes so many times as long as the fastest is timed no further.
_SLOWER = 20
# Seconds that a first call may take because the library initialises itself.
_SET_UP = 0.1


@dataclass(frozen=True)
class Timed:
    """A problem, and the time and the faults of each method."""

    problem: Problem
    engine: str
    operations: float | None
    """Additions and multiplications of our plan; None if they are not counted."""
    seconds: dict[str, float]
    """Method -> seconds of its fastest call; for several shapes, per shape."""
    faults: dict[str, str]
    """Method whose result is wrong, or that failed -> description."""

    @property
    def ours(self) -> float | None:
        """Seconds of our method; None if its result is wrong."""
        return None if OURS in self.faults else self.seconds[OURS]

    @property
    def peers(self) -> dict[str, float]:
        """Seconds of the methods of other libraries whose results are right."""
        return {
            name: seconds
            for name, seconds in self.seconds.items()
            if name not in OUR_METHODS and name not in self.faults
        }

    @property
    def peer(self) -> str | None:
        """The fastest method of another library; None if there is none."""
        return min(self.peers, key=self.peers.__getitem__, default=None)

    @property
    def ratio(self) -> float | None:
        """Seconds of the fastest peer, divided by ours."""
        if self.ours is None or self.peer is None:
            return None
        return self.peers[self.peer] / self.ours


def race(problem: Problem, contenders: Sequence[Method[Any]], seconds: float) -> Timed:
    """Check the results of all methods, and time in turn those that are not too slow.

    Parameters
    ----------
    problem : Problem
    contenders : sequence of Method
        With ours among them.
    seconds : float
        Seconds to time for, after two rounds of all methods.

    Returns
    -------
    Timed
    """
    variants = problem.variants
    inputs = [variant.arrays() for variant in variants]
    wants = [it.reference(*given) for it, given in zip(variants, inputs, strict=True)]
    runs: dict[str, Run] = {}
    best, faults = {}, {}
    for method in contenders:
        try:
            run = _in_turn(
                [
                    method.prepare(variant, *given)
                    for variant, given in zip(variants, inputs, strict=True)
                ],
                method.name in OUR_METHODS,
            )
            start = perf_counter()
            got = run()
            best[method.name] = perf_counter() - start
        except Exception as error:
            # a library may raise any exception for a problem that it can't solve
            reason, _, _ = str(error).partition("\n")
            faults[method.name] = f"{type(error).__name__}: {reason}"
            continue
        results = got if problem.shapes > 1 else [got]
        wrong = [*filter(None, map(fault, variants, results, wants))]
        if wrong:
            faults[method.name] = wrong[0]
        else:
            runs[method.name] = run
    # the first round excuses slow initialisation
    for excused, duration in ((_SET_UP, 0.0), (0.0, seconds)):
        limit = max(excused, _SLOWER * min((best[name] for name in runs), default=0))
        runs = {
            n: run for n, run in runs.items() if best[n] <= limit or n in OUR_METHODS
        }
        timed = timing.fastest(runs, duration)
        best |= {name: min(best[name], took) for name, took in timed.items()}
    seconds_per_shape = {name: took / problem.shapes for name, took in best.items()}
    return Timed(problem, problem.engine, problem.operations, seconds_per_shape, faults)


def _in_turn(runs: Sequence[Run], is_ours: bool) -> Run:
    """Return a function that runs all; if there are several, without cached plans."""
    if len(runs) == 1:
        return runs[0]

    def run() -> list[Any]:
        if is_ours:
            api.plans.clear()
        return [run() for run in runs]

    return run


def fault(problem: Problem, got: Any, want: Array) -> str:
    """Describe the fault of a result; return an empty text if it is right."""
    got = np.asarray(got)
    if got.shape != want.shape or got.dtype != problem.dtype:
        return f"{got.shape} {got.dtype} in place of {want.shape} {problem.dtype}"
    if want.dtype.kind in "iu":
        # in double precision, so that differences don't wrap
        errors = np.abs(got - want.astype(np.float64))
        wrong = int((errors > problem.tolerance).sum())
        return f"{wrong} of {want.size} integers are wrong" if wrong else ""
    error = float(np.abs(got - want).max() / np.abs(want).max())
    right = error <= problem.tolerance
    return "" if right else f"off by {error:.1e} of the largest result"


def run(quick: bool, found: dict[str, str], workers: int) -> Iterator[Timed]:
    """Time each problem with the methods of the libraries found.

    Parameters
    ----------
    quick : bool
        Whether to time a few problems only.
    found : dict of str to str
        Libraries that can be imported, as `libraries.load` returns them.
    workers : int
        Threads that each library may use.

    Yields
    ------
    Timed
    """
    problems = QUICK if quick else PROBLEMS
    # drawn between problems only, so that drawing takes no time from them
    with threads(workers), Progress(auto_refresh=False, transient=True) as progress:
        task = progress.add_task("", total=len(problems))
        for problem in problems:
            label = f"{problem.name} {problem.dtype}"
            progress.update(task, description=label, refresh=True)
            yield race(problem, methods(problem, found), SECONDS)
            progress.update(task, advance=1, refresh=True)
