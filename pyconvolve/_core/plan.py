"""Which engine solves a problem."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from numpy.typing import NDArray

from .engines import direct, fft, tapwise
from .problem import Problem
from .thresholds import Thresholds


class Plan(Protocol):
    """A planned problem: read-only, shared by threads."""

    name: str
    seconds: float
    """That one thread takes, as predicted."""
    size: int
    """Bytes of the plan, once it is laid out."""

    @property
    def counted(self) -> tuple[float, ...]:
        """What there is to do, as the engine counts it."""

    def lay_out(self) -> Plan:
        """Make what runs need, and only they."""

    def memory(self, workers: int) -> int:
        """Return how many bytes a call takes beside its arrays."""

    def prepare(self, kernel: NDArray[Any], often: bool) -> Any:
        """Prepare a kernel for one run, or for as many as wanted."""

    def run(
        self,
        signal: NDArray[Any],
        prepared: Any,
        output: NDArray[Any],
        constants: Sequence[Any] | None,
        workers: int | None,
    ) -> None:
        """Convolve `signal` with a kernel that was prepared into `output`.

        `constants` stand outside the signal, one along each axis of the problem; None:
        zeros.
        """


class Engine(Protocol):
    """A way to compute a convolution: a module in `engines`."""

    name: str
    counts: tuple[str, ...]
    """What it counts for the cost model."""

    def least_seconds(self, problem: Problem) -> float:
        """Seconds that it takes for any problem: faster ones need no look at it."""

    def plan(self, problem: Problem, thresholds: Thresholds) -> Plan | None:
        """Plan a problem; None: the engine can't solve it."""


ENGINES: tuple[Engine, ...] = (direct, fft, tapwise)
_METHODS: dict[str, tuple[Engine, ...]] = {
    "auto": (direct, fft),
    "direct": (direct,),
    "fft": (fft,),
}


def fastest(
    problem: Problem,
    method: str,
    thresholds: Thresholds,
    prefers_first: Callable[[float, float], bool] | None = None,
) -> Plan:
    """Plan a problem by the fastest engine of a method, or the first that is able to.

    There must be outputs. `prefers_first` tells whether the first engine of the method
    is to be preferred to a faster one, from the seconds that both take.
    """
    best: Plan | None = None
    for engine in _METHODS[method]:
        if best is None:
            best = engine.plan(problem, thresholds)
        elif best.seconds > engine.least_seconds(problem):
            other = engine.plan(problem, thresholds)
            if other is None or other.seconds >= best.seconds:
                continue
            if prefers_first is None or not prefers_first(best.seconds, other.seconds):
                best = other
    if best is None:
        plans = (engine.plan(problem, thresholds) for engine in ENGINES)
        best = next(plan for plan in plans if plan is not None)
    return best.lay_out()


def seconds(problem: Problem, method: str, thresholds: Thresholds) -> dict[str, float]:
    """Predict how long each engine of a method takes with one worker."""
    found: dict[str, float] = {}
    for engine in _METHODS[method] if problem.outputs else ():
        made = engine.plan(problem, thresholds)
        if made is not None:
            found[made.name] = made.seconds
    return found
