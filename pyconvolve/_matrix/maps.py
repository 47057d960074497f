"""Linear maps of vectors: the sums of a problem with one operand fixed."""

from __future__ import annotations

from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._core import adjoint, api
from .._core.arguments import numbers_of
from .._core.problem import Axis, Operand, Problem

# Types of vectors and numbers of columns for which a map stores the plan and the
# prepared operand, at most.
_MOST_PLANS = 8
_Key = tuple[np.dtype, int | None]


class Sums(NamedTuple):
    """What a map sums."""

    axes: tuple[Axis, ...]
    """Of the problem. Axes of the output come first, in its order."""
    by_signal: bool
    """Whether vectors are signals; otherwise they are kernels."""
    conjugated: bool
    """Whether the fixed operand is conjugated."""
    shape: tuple[int, ...]
    """Shape of the array that a vector has the samples of."""
    repeated: tuple[adjoint.Repeats, ...] = ()
    """Positions outside whose sums are added to those of samples."""
    flipped: tuple[int, ...] = ()
    """Axes of the output along which sums are in reverse order."""


def forward(problem: Problem, shape: tuple[int, ...], by_signal: bool) -> Sums:
    """Return the sums of a problem, as they are."""
    return Sums(problem.axes, by_signal, False, shape)


def transposed_by_signal(problem: Problem, shape: tuple[int, ...]) -> Sums:
    """Return the sums of the transpose by the signal, of outputs with a shape."""
    axes = adjoint.by_signal(problem).axes
    known = {axis.signal: axis for axis in problem.axes if axis.signal is not None}
    ordered = [known[number] for number in sorted(known)]
    repeated = [
        found
        for number, axis in enumerate(ordered)
        if (found := adjoint.find_repeats(number, axis)) is not None
    ]
    return Sums(axes, True, False, shape, tuple(repeated))


def transposed_by_kernel(problem: Problem, shape: tuple[int, ...]) -> Sums:
    """Return the sums of the transpose by the kernel, of outputs with a shape."""
    axes = adjoint.by_kernel(problem).axes
    known = {axis.kernel: axis for axis in problem.axes if axis.kernel is not None}
    ordered = [known[number] for number in sorted(known)]
    flipped = [number for number, axis in enumerate(ordered) if axis.reversed]
    return Sums(axes, False, False, shape, (), tuple(flipped))


class LinearMap:
    """Sums with one operand fixed, as a function of vectors.

    Parameters
    ----------
    sums : Sums
    fixed : ndarray
        The operand that is not a vector.
    workers : int or None
        As for `convolve`.
    """

    __slots__ = ("_fixed", "_plans", "_sums", "_workers")

    def __init__(self, sums: Sums, fixed: NDArray[Any], workers: int | None) -> None:
        self._sums, self._fixed, self._workers = sums, fixed, workers
        self._plans: dict[_Key, tuple[api.Prepared, Any]] = {}

    def __call__(self, x: Any) -> NDArray[Any]:
        """Apply the map to a vector, or to the columns of a matrix."""
        given = numbers_of("x", x)
        # one column is a vector
        columns = given.shape[1:] if given.shape[1:] != (1,) else ()
        prepared, pinned = self._look_up(given.dtype, *columns)
        operand = given.reshape(self._sums.shape + columns)
        if self._sums.by_signal:
            operands = operand, self._fixed
        else:
            operands = self._fixed, operand
        result = api.execute(prepared, *operands, pinned, None, None, self._workers)
        for repeats in self._sums.repeated:
            result = adjoint.add_repeated(result, repeats)
        if self._sums.flipped:
            result = np.flip(result, self._sums.flipped)
        size = prod(result.shape[: result.ndim - len(columns)])
        dtype = self._dtype(given.dtype)
        return result.reshape(size, *given.shape[1:]).astype(dtype, copy=False)

    def _dtype(self, vector: np.dtype) -> np.dtype:
        return np.result_type(vector, self._fixed.dtype).newbyteorder("=")

    def _look_up(
        self, vector: np.dtype, columns: int | None = None
    ) -> tuple[api.Prepared, Any]:
        """Return the plan for vectors, and the fixed kernel prepared for it or None."""
        key = vector, columns
        known = self._plans.get(key)
        if known is not None:
            return known
        prepared = api.prepare_problem(self._problem(vector, columns))
        pinned = None
        if self._sums.by_signal:
            pinned = prepared.plan.prepare(self._fixed, True)
        # as in `Convolver`: of two threads that do this at once, one loses its plan
        plans = [*self._plans.items(), (key, (prepared, pinned))]
        self._plans = dict(plans[-_MOST_PLANS:])
        return prepared, pinned

    def _problem(self, vector: np.dtype, columns: int | None) -> Problem:
        sums = self._sums
        operands = Operand(vector), Operand(self._fixed.dtype, sums.conjugated)
        signal, kernel = operands if sums.by_signal else operands[::-1]
        output = self._dtype(vector)
        if sums.repeated and output == np.float16:
            # sums that are added to others are not rounded before
            output = np.dtype(np.float32)
        axes = sums.axes if columns is None else self._with_columns(columns)
        return Problem(axes, signal, kernel, output)

    def _with_columns(self, columns: int) -> tuple[Axis, ...]:
        """Return the axes with one more, behind those of the vector's array."""
        axes, last = self._sums.axes, len(self._sums.shape)
        count = sum(axis.output is not None for axis in axes)
        signal, kernel = (last, None) if self._sums.by_signal else (None, last)
        more = Axis("batch", signal, kernel, count, columns, 1, columns, 0)
        return *axes[:count], more, *axes[count:]
