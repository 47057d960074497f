"""Chooses the engine that solves a problem."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from numpy.typing import NDArray

from . import forms
from .engines import direct, extremum, fft, running, separable, tapwise
from .problem import Problem
from .thresholds import Thresholds


class Plan(Protocol):
    """A planned problem: read-only, shared by threads."""

    name: str
    seconds: float
    """Predicted for one thread."""
    bytes: int
    """Memory of the plan, after `lay_out`."""

    @property
    def counted(self) -> tuple[float, ...]:
        """The counts of the problem, in the order of the engine's `counts`."""

    def lay_out(self) -> Plan:
        """Make programs and tables, which only runs need; return the plan."""

    def memory(self, workers: int) -> int:
        """Return how many bytes a call takes besides its arrays."""

    def prepare(self, kernel: Any, pinned: bool) -> Any:
        """Prepare a kernel for runs of this plan.

        Parameters
        ----------
        kernel : ndarray
            Without a kernel, heights or positions in its place; None: there are none.
        pinned : bool
            Whether the caller holds the result for many runs. Then the result stores
            everything that these runs compute from the kernel, and is in no cache.

        Returns
        -------
        object
            An argument of `run`.
        """

    def run(
        self,
        signal: NDArray[Any],
        prepared: Any,
        output: NDArray[Any],
        constants: Sequence[Any] | None,
        workers: int | None,
    ) -> None:
        """Convolve `signal` with a prepared kernel into `output`.

        Parameters
        ----------
        signal : ndarray
        prepared : object
            The result of `prepare`.
        output : ndarray
            It must overlap neither the signal nor the kernel.
        constants : sequence or None
            The constant outside the signal along each axis; None: zeros.
        workers : int or None
            The number of threads, at most; None: as `set_workers` set it.

        Raises
        ------
        OutputOverflow
            If the problem's overflow is 'raise', and its output's type doesn't hold all
            sums.
        """


class Engine(Protocol):
    """A way to compute a convolution: a module in `engines`."""

    name: str
    counts: tuple[str, ...]
    """Names of the numbers that the cost model predicts its seconds from."""
    automatic: bool
    """Whether method 'auto' may choose it; its name is a method, too. Otherwise it
    solves problems that the engines of a method can't solve."""

    def least_seconds(self, problem: Problem, enough: float) -> float:
        """Return a lower bound of the seconds of `plan`, found without planning.

        A bound of `enough` seconds serves as well as any larger one.
        """

    def plan(self, problem: Problem, thresholds: Thresholds) -> Plan | None:
        """Plan a problem; None: the engine can't solve it."""


# Share of an engine's seconds that a later one must save to be preferred. Direct sums
# come first: they take less memory, their errors are local, and a new kernel costs them
# nothing. Of 465 random problems, 95 percent then take at most 1.14 times as long as by
# the faster engine with one kernel and warm caches, and 1.41 times with new kernels and
# cold caches; with an eighth in place of three tenths 1.00 and 1.56 times.
_ADVANTAGE = 0.3
# In the order in which they are compared.
ENGINES: tuple[Engine, ...] = (direct, fft, tapwise)
# Those of problems without a kernel, in the same order.
WITHOUT_KERNEL: tuple[Engine, ...] = (running, extremum)
# Name of a method -> the engines that it may choose.
METHODS: dict[str, tuple[Engine, ...]] = {
    "auto": tuple(engine for engine in ENGINES if engine.automatic),
    **{engine.name: (engine,) for engine in ENGINES if engine.automatic},
}


def fastest(
    problem: Problem,
    method: str,
    thresholds: Thresholds,
    prefers_first: Callable[[float, float], bool] | None = None,
) -> Plan:
    """Plan a problem by the fastest engine of a method.

    If no engine of the method can solve it, the first one of all engines that can does.
    With method 'auto', kernels of some forms may be summed by yet another plan.

    Parameters
    ----------
    problem : Problem
        It must have outputs.
    method : str
    thresholds : Thresholds
    prefers_first : callable, optional
        Is called with the seconds of the fastest engine so far and of a faster one, and
        returns whether the faster one is to be passed over.
    """
    best: Plan | None = None
    for engine in METHODS[method]:
        if best is None:
            best = engine.plan(problem, thresholds)
            continue
        most = (1 - _ADVANTAGE) * best.seconds
        if most > engine.least_seconds(problem, most):
            other = engine.plan(problem, thresholds)
            if other is None or other.seconds >= most:
                continue
            if prefers_first is None or not prefers_first(best.seconds, other.seconds):
                best = other
    if best is None:
        plans = (engine.plan(problem, thresholds) for engine in ENGINES)
        best = next(plan for plan in plans if plan is not None)
    best = best.lay_out()
    return forms.plan(problem, best, thresholds) if method == "auto" else best


def reduced(problem: Problem, thresholds: Thresholds) -> Plan:
    """Plan a problem without a kernel, by the first engine that can solve it.

    Raises
    ------
    NotImplementedError
        If there is none.
    """
    for engine in WITHOUT_KERNEL:
        best = engine.plan(problem, thresholds)
        if best is not None:
            return best.lay_out()
    raise NotImplementedError(f"no engine reduces {problem!r}")


def separated(
    problem: Problem,
    thresholds: Thresholds,
    roundings: Sequence[float] | None = None,
) -> Plan | None:
    """Plan a problem whose kernel is the outer product of one factor for each axis.

    The plan prepares a sequence of factors, one for each window axis. Sums along an
    axis are continued outside before those along the next one are computed.

    Parameters
    ----------
    problem : Problem
    thresholds : Thresholds
    roundings : sequence of float or None
        Not None: sums along each axis are stored in the type of the output, integers
        truncated toward zero and taken modulo the range of the type. There is a number
        for each window axis; a sum that is below an integer by so little is taken for
        this integer. None: only results are stored.

    Returns
    -------
    Plan or None
        None: the separable engine can't solve the problem.
    """
    return separable.plan(problem, thresholds, roundings)


def seconds(problem: Problem, method: str, thresholds: Thresholds) -> dict[str, float]:
    """Predict the seconds of each engine of a method with one worker."""
    found: dict[str, float] = {}
    for engine in METHODS[method] if problem.outputs else ():
        made = engine.plan(problem, thresholds)
        if made is not None:
            found[made.name] = made.seconds
    return found
