"""Windows along a row, in steps: each step makes longer windows from shorter ones."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

# Taps up to which all of them are combined in one step.
_AT_ONCE = 5
# Windows that a step combines, at most.
_MOST = 5


class Step(NamedTuple):
    """A step: which windows and samples it combines, and how wide its windows are."""

    windows: tuple[int, ...]
    """Offsets of windows of the step before."""
    samples: tuple[int, ...]
    """Offsets of samples."""
    width: int

    @property
    def cost(self) -> float:
        """Vectors that are read and written for each vector of results."""
        return len(self.windows) + len(self.samples) + 1.5


@cache
def steps(taps: int, idempotent: bool) -> tuple[Step, ...]:
    """Return the steps to windows of so many taps.

    If a sample may be combined twice, windows overlap: maxima of 9 samples are maxima
    of three overlapping maxima of 3 or 4. Otherwise windows lie side by side, and the
    samples that remain are added. Each sum is one of few numbers, so that errors grow
    with the logarithm of the number of taps.
    """
    best: tuple[Step, ...] = (Step((), tuple(range(taps)), taps),)
    if taps <= _AT_ONCE:
        return best
    for number in range(2, _MOST + 1):
        if idempotent:
            width = -(-taps // number)
            offsets = {min(width * i, taps - width) for i in range(number)}
            last = Step(tuple(sorted(offsets)), (), taps)
        else:
            width = taps // number
            windows = tuple(width * i for i in range(number))
            last = Step(windows, tuple(range(width * number, taps)), taps)
        found = (*steps(width, idempotent), last)
        if cost(found) < cost(best):
            best = found
    return best


def cost(chosen: tuple[Step, ...]) -> float:
    """Return how many vectors steps read and write for each vector of results."""
    return sum(step.cost for step in chosen)
