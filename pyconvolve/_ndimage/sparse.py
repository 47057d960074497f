"""Sums in which some taps take no part: those of image filters that are zero.

A zero times NaN or infinity would be NaN. Where most taps take part, transforms of all
taps may take less time than sums over these. They are right if all outputs are finite.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from numpy.typing import NDArray

from .._core.forms import BYTES_PER_SECOND, are_finite
from .._core.problem import Problem
from .._core.thresholds import THRESHOLDS


def faster_if_finite(
    problem: Problem, made: Any, plan: Callable[[Problem], Any]
) -> Any:
    """Return a plan that sums all taps first, if that is expected to be faster.

    Parameters
    ----------
    problem : Problem
        With a support.
    made : Plan
        The plan of a sum over the support.
    plan : callable
        Plans a sum over all taps.
    """
    if made.seconds < THRESHOLDS.form_seconds:
        return made
    dense = plan(problem._replace(support=None))
    seconds = (
        dense.seconds + problem.outputs * problem.output.itemsize / BYTES_PER_SECOND
    )
    return (
        SparsePlan(dense, made)
        if seconds < THRESHOLDS.form_share * made.seconds
        else made
    )


class SparsePlan:
    """A planned sum over some of the taps: read-only, shared by threads.

    Parameters
    ----------
    dense : Plan
        Of a sum over all taps.
    sparse : Plan
        Of the same problem with a support.
    """

    def __init__(self, dense: Any, sparse: Any) -> None:
        self._dense, self._sparse = dense, sparse
        # spectra are prepared for each run, and stay in their own cache
        self.name, self.seconds = dense.name, dense.seconds
        self.bytes = dense.bytes + sparse.bytes

    def prepare(self, kernel: NDArray[Any], pinned: bool) -> tuple[Any, NDArray[Any]]:
        """Prepare a kernel, whose taps that take no part are zero."""
        return self._dense.prepare(kernel, pinned), kernel

    def run(
        self,
        signal: NDArray[Any],
        prepared: tuple[Any, NDArray[Any]],
        output: NDArray[Any],
        constants: Sequence[Any] | None,
        workers: int | None,
    ) -> None:
        """Convolve `signal` with a prepared kernel into `output`."""
        dense, kernel = prepared
        self._dense.run(signal, dense, output, constants, workers)
        if not are_finite(output):
            taps = self._sparse.prepare(kernel, False)
            self._sparse.run(signal, taps, output, constants, workers)
