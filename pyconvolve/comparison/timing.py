"""How times are taken, and the yardstick that they are held to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import perf_counter

from .._core import cpu

# Seconds that a turn takes at least: short calls come again before the caches hold what
# others need.
_TURN = 5e-3


def fastest(
    contenders: Mapping[str, Callable[[], object]], seconds: float
) -> dict[str, float]:
    """Run all in turn, again and again, and return the minimum of each.

    Parameters
    ----------
    contenders : mapping of str to callable
    seconds : float
        When to begin no further round; there is at least one.

    Returns
    -------
    dict of str to float
        Seconds of the fastest call of each.

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
    """Measure what one core can do: multiply-adds in registers.

    Parameters
    ----------
    dtype : {'float32', 'float64'}

    Returns
    -------
    float
        Operations per second; a product and a sum are two.

    Examples
    --------
    >>> from pyconvolve.comparison import timing
    >>> timing.peak("float32") > 1e8
    True
    """
    rounds = 1_000_000
    kernel = cpu.kernels("peak", dtype)
    best = fastest({"peak": lambda: kernel.run(rounds)}, 0.3)
    return float(kernel.run(rounds) / best["peak"])
