"""How all fits take times."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter

# Rounds, at least.
_ROUNDS = 4


def fastest(runs: Sequence[Callable[[], object]], seconds: float) -> list[float]:
    """Call functions in turn, and return the least seconds of a call of each.

    Parameters
    ----------
    runs : sequence of callable
    seconds : float
        No round begins after so many seconds, but there are at least four.

    Returns
    -------
    list of float
    """
    best = [float("inf")] * len(runs)
    end, rounds = perf_counter() + seconds, 0
    while rounds < _ROUNDS or perf_counter() < end:
        for i, run in enumerate(runs):
            start = perf_counter()
            run()
            best[i] = min(best[i], perf_counter() - start)
        rounds += 1
    return best
