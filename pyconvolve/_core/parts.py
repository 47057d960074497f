"""Parts of a problem, region by region; equal regions share a plan."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from numpy.typing import NDArray

from . import plan
from . import workers as threads
from .arguments import Rules
from .caches import Cache
from .memory import allocator
from .problem import Problem
from .region import Region, cut
from .thresholds import Thresholds

_plans = Cache[plan.Plan](4 << 20, lambda made: made.bytes)


class Parts:
    """Computes regions of a problem.

    Consecutive regions that are equal but for their position share a plan and a
    prepared kernel.
    """

    def __init__(
        self, problem: Problem, rules: Rules, kernel: NDArray[Any], workers: int | None
    ) -> None:
        threads.resolve(workers)
        self.problem = problem
        self._rules, self._kernel, self._workers = rules, kernel, workers
        # by method: problem and taps of the last region, its plan, its prepared kernel
        self._last: dict[str, tuple[object, plan.Plan, Any]] = {}

    def run(
        self,
        region: Region,
        signal: NDArray[Any],
        constants: Sequence[Any] | None,
        out: NDArray[Any] | None = None,
        method: str | None = None,
    ) -> tuple[NDArray[Any], bool]:
        """Compute a region.

        Parameters
        ----------
        region : Region
        signal : ndarray
            The samples that the region reads.
        constants : sequence or None
            The constant outside the signal along each axis; None: zeros.
        out : ndarray, optional
            The array for the outputs; by default a new one.
        method : str, optional
            By default that of the rules.

        Returns
        -------
        out : ndarray
        by_transforms : bool
            Whether the FFT engine computed the outputs.
        """
        problem = region.problem
        taps = [(axis, chosen.start, chosen.stop) for axis, chosen in region.kernel]
        key, method = (problem, taps), method or self._rules.method
        known, made, kernel = self._last.get(method, (None, None, None))
        if made is None or known != key:
            made = _plan(problem, method, self._rules.thresholds)
            kernel = made.prepare(cut(self._kernel, region.kernel), False)
            self._last[method] = key, made, kernel
        if out is None:
            allocate = allocator(problem.shape, problem.output)
            out = allocate(problem.shape, problem.output)
        made.run(signal, kernel, out, constants, self._workers)
        return out, made.name == "fft"


def _plan(problem: Problem, method: str, thresholds: Thresholds) -> plan.Plan:
    """Find the plan of an equal region, which holds its last spectra, or make it."""
    key = problem, method, thresholds
    return _plans.find_or_make(key, partial(plan.fastest, *key))
