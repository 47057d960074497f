"""Iterations that a progress bar counts and that a callback may end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Called after each iteration with its number, from 1 on, and with the signal so far.
# True ends the iterations.
Callback = Callable[[int, NDArray[Any]], object]
# Returns the numbers of iterations that it is given, and shows how far they are.
Progress = Callable[[Iterable[int]], Iterable[int]]


def numbers(iterations: int, progress: bool | Progress) -> Iterable[int]:
    """Return the numbers of iterations, from 1 on.

    Parameters
    ----------
    iterations : int
    progress : bool or callable
        Whether to show a bar, or a function that shows one.

    Raises
    ------
    ImportError
        If `progress` is True and rich is not installed.
    """
    counted = range(1, iterations + 1)
    if callable(progress):
        return progress(counted)
    if not progress:
        return counted
    try:
        from rich.progress import track
    except ImportError:
        raise ImportError(
            "progress=True needs rich, which the extra 'demo' installs; progress may "
            "also be a function such as tqdm.tqdm"
        ) from None
    return track(counted, description="deconvolve")


def ends(callback: Callback | None, number: int, x: NDArray[Any]) -> bool:
    """Call back after an iteration; return whether it shall be the last one.

    The callback gets a read-only view of the signal.
    """
    if callback is None:
        return False
    seen = x.view()
    seen.flags.writeable = False
    answer = callback(number, seen)
    return isinstance(answer, (bool, np.bool_)) and bool(answer)
