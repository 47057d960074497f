"""Takes times of functions, and measures the peak that they are compared with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from time import perf_counter

from .._core import cpu

# Seconds that a function is called for in one turn, at least: short calls are repeated,
# so that they find their own data in the caches, not another function's.
_TURN = 5e-3


def fastest(
    contenders: Mapping[str, Callable[[], object]], seconds: float
) -> dict[str, float]:
    """Call functions in turn, in rounds, and return the shortest time of each.

    Parameters
    ----------
    contenders : mapping of str to callable
        Functions without arguments.
    seconds : float
        No round begins after so many seconds. There is at least one round.

    Returns
    -------
    dict of str to float
        Seconds of the fastest call of each function.

    Examples
    --------
    >>> from pyconvolve.comparison import timing
    >>> some = {"sum": lambda: sum(range(10)), "sort": lambda: sorted("abc")}
    >>> [*timing.fastest(some, 0.01)]
    ['sum', 'sort']
    """
    best = dict.fromkeys(contenders, float("inf"))
    end = perf_counter() + seconds
    while True:
        for name, run in contenders.items():
            turn = perf_counter() + _TURN
            while (start := perf_counter()) < turn:
                run()
                best[name] = min(best[name], perf_counter() - start)
        if perf_counter() >= end:
            return best


def peak(dtype: str) -> float:
    """Measure the peak of one core: multiply-adds on registers.

    It is the best of all instruction sets that the CPU runs, whichever is in use.

    Parameters
    ----------
    dtype : {'float32', 'float64'}
        Element type of the registers.

    Returns
    -------
    float
        Floating-point operations per second. A product and a sum are two operations.

    Examples
    --------
    >>> from pyconvolve.comparison import timing
    >>> timing.peak("float32") > 1e8
    True
    """
    rounds = 1_000_000
    modules = {isa: cpu.module("peak", dtype, isa) for isa in cpu.available()}
    best = fastest(
        {isa: partial(module.run, rounds) for isa, module in modules.items()}, 0.5
    )
    return max(float(modules[isa].run(rounds) / best[isa]) for isa in modules)
