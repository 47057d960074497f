"""Times of several computations of the same thing, and the error of rounding."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np
import scipy.fft

from .. import get_workers

# Rounds, of which the fastest counts.
ROUNDS = 3
# Error that rounding in float32 explains, relative to the largest sample times the sum
# of the magnitudes of all taps. An FFT of a million samples has 20 stages of rounding.
ROUNDING_ERROR = 32 * float(np.finfo(np.float32).eps)


def fastest(
    contenders: dict[str, Callable[[], Any]], tick: Callable[[], None]
) -> tuple[dict[str, Any], dict[str, float]]:
    """Run all contenders in turn, `ROUNDS` times.

    Parameters
    ----------
    contenders : dict of str to callable
        Without arguments.
    tick : callable
        Is called after each round.

    Returns
    -------
    results : dict
        The value that each returned in the last round.
    seconds : dict of str to float
        The time of the fastest call of each.
    """
    seconds = dict.fromkeys(contenders, float("inf"))
    results = {}
    with scipy.fft.set_workers(get_workers()):
        for _ in range(ROUNDS):
            for name, run in contenders.items():
                start = perf_counter()
                results[name] = run()
                seconds[name] = min(seconds[name], perf_counter() - start)
            tick()
    return results, seconds
