"""The tap-by-tap engine: one NumPy multiplication per tap.

It is slow, and computes everything that NumPy can multiply and add: objects, scalars,
and taps that are not finite where some samples take no part.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product, repeat
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..boundary import fold
from ..conversion import OutputOverflow, convert
from ..problem import Axis, Problem
from ..region import align
from ..thresholds import Thresholds

name = "tapwise"
counts: tuple[str, ...] = ("taps", "sums")
automatic = False

# Seconds per tap, for calls of NumPy, and per sum.
_SECONDS = 2e-5, 5e-8
# Outputs that are computed together, at most, to bound the memory of their products.
_OUTPUTS = 1 << 15


def least_seconds(problem: Problem, enough: float) -> float:
    """Return the seconds that this engine takes for any problem, at least."""
    return _SECONDS[0]


def plan(problem: Problem, thresholds: Thresholds) -> TapwisePlan:
    """Plan any problem."""
    return TapwisePlan(problem)


class TapwisePlan:
    """A planned sum over taps."""

    name = name
    bytes = 1024
    counted: tuple[float, ...]

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.counted = problem.taps, float(problem.outputs) * problem.taps
        self.seconds = sum(a * b for a, b in zip(_SECONDS, self.counted, strict=True))
        self._type = problem.summed
        if self._type == np.float16:
            self._type = np.dtype(np.float32)

    def lay_out(self) -> TapwisePlan:
        """Return the plan itself: there is no program."""
        return self

    def memory(self, workers: int) -> int:
        """Return how many bytes a call takes besides its arrays."""
        # three arrays: the sum so far, a product, and samples
        outputs = min(_OUTPUTS, self.problem.outputs)
        return workers * 3 * outputs * self._type.itemsize

    def __repr__(self) -> str:
        return f"tap by tap, {self.problem.taps} taps, {self._type.name}"

    def prepare(self, kernel: NDArray[Any], pinned: bool) -> NDArray[Any]:
        """Return the kernel, which needs no preparation."""
        return kernel

    def run(
        self,
        signal: NDArray[Any],
        kernel: NDArray[Any],
        output: NDArray[Any],
        constants: Sequence[Any] | None,
        workers: int | None,
    ) -> None:
        """Convolve `signal` with `kernel` into `output`."""
        problem = self.problem
        assert problem.kernel is not None
        axes = problem.axes
        signal = align(signal, [axis.signal for axis in axes])
        kernel = align(kernel, [axis.kernel for axis in axes])
        flips = [-1 if axis.reversed else 1 for axis in axes]
        kernel = kernel[tuple(slice(None, None, step) for step in flips)]
        if problem.signal.conjugated:
            signal = np.conjugate(signal, out=np.empty_like(signal))
            constants = constants and [np.conjugate(value) for value in constants]
        if problem.kernel.conjugated:
            kernel = np.conjugate(kernel, out=np.empty_like(kernel))
        if constants is not None and problem.output.kind in "iu":
            # modulo the range, as the samples
            constants = [np.array(value).astype(self._type) for value in constants]
        misfits = 0
        if not axes:
            result = np.empty((), self._type)
            np.multiply(signal, kernel, out=result, casting="unsafe", dtype=self._type)
            misfits = self._store(result, output)
        else:
            output = align(output, [axis.output for axis in axes])
            rest = prod(axis.outputs for axis in axes[1:])
            slab = max(1, _OUTPUTS // max(rest, 1))
            for first in range(0, axes[0].outputs, slab):
                last = min(first + slab, axes[0].outputs)
                ranges = [(first, last)] + [(0, axis.outputs) for axis in axes[1:]]
                sums = self._slab(signal, kernel, ranges, constants)
                misfits += self._store(sums, output[first:last])
        if misfits and problem.overflow == "raise":
            raise OutputOverflow(misfits, problem)

    def _store(self, sums: NDArray[Any], output: NDArray[Any]) -> int:
        """Store sums; return the number of them that the output's type doesn't hold."""
        if self.problem.sums is not None:
            how = self.problem
            return convert(sums, output, how.overflow, how.rounding)
        output[...] = sums
        return 0

    def _slab(
        self,
        signal: NDArray[Any],
        kernel: NDArray[Any],
        ranges: list[tuple[int, int]],
        constants: Sequence[Any] | None,
    ) -> NDArray[Any]:
        axes = self.problem.axes
        total = np.zeros([last - first for first, last in ranges], self._type)
        taps = [range(axis.taps) if axis.role != "batch" else [None] for axis in axes]
        support = self.problem.support or repeat(True)
        for tap, takes_part in zip(product(*taps), support, strict=False):
            if not takes_part:
                continue
            where, samples = [], []
            for axis, k, (first, last) in zip(axes, tap, ranges, strict=True):
                inside, at = self._samples(axis, k, first, last)
                where.append(inside)
                samples.append(at)
            chosen = tuple(
                slice(first, last) if k is None else slice(k, k + 1)
                for axis, k, (first, last) in zip(axes, tap, ranges, strict=True)
            )
            taken = signal
            for a, at in enumerate(samples):
                if axes[a].signal is not None:
                    outside = 0 if constants is None else constants[a]
                    taken = self._take(taken, at, a, outside)
            taken = taken.astype(self._type, copy=False)
            weight = kernel[
                tuple(
                    slice(None) if size == 1 else part
                    for size, part in zip(kernel.shape, chosen, strict=True)
                )
            ]
            with np.errstate(all="ignore"):
                total[tuple(where)] += taken * weight.astype(self._type)
        return total

    def _samples(
        self, axis: Axis, tap: int | None, first: int, last: int
    ) -> tuple[slice, NDArray[np.intp]]:
        """Return outputs that sum a tap, counted from `first`, and their samples."""
        outputs = np.arange(first, last)
        if tap is None:
            return slice(0, last - first), outputs
        positions = axis.stride * outputs + axis.offset + axis.dilation * tap
        at, between = np.divmod(positions, axis.upsampling)
        is_summed = between == 0
        if axis.boundary == "absent":
            is_summed &= (at >= 0) & (at < axis.samples)
        # outputs that sum the tap are equally far apart
        outputs = np.flatnonzero(is_summed)
        if not outputs.size:
            return slice(0, 0), at[:0]
        step = int(outputs[1] - outputs[0]) if outputs.size > 1 else 1
        summed = slice(int(outputs[0]), int(outputs[-1]) + 1, step)
        if axis.boundary == "absent":
            return summed, at[summed]
        return summed, fold(axis.boundary, axis.samples, at[summed])

    def _take(
        self, signal: NDArray[Any], at: NDArray[np.intp], axis: int, constant: Any
    ) -> NDArray[Any]:
        taken = signal.take(at, axis)
        outside = at < 0
        if outside.any():
            taken = taken.astype(self._type, copy=False)
            taken[(slice(None),) * axis + (outside,)] = constant
        return taken
