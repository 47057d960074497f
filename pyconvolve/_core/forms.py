"""Kernels of a form that takes less time: boxes, outer products, and few taps.

A plan is made for the shape of a kernel. Some kernels of this shape are boxes, whose
taps are equal: the running engine sums them at a cost that hardly depends on their
size. Some are the outer product of one factor for each axis, and the separable engine
sums them axis by axis. Others have few taps that are not zero, and the direct engine
sums these only.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from math import gcd, prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .caches import Cache
from .engines import direct, running, separable
from .problem import Axis, Problem
from .thresholds import Thresholds

# Bytes that are read in a second, to see whether all numbers are finite, or are scaled.
BYTES_PER_SECOND = 1e10
# Errors of an outer product, in units of the last place of its largest number, for
# each axis.
_ERRORS = 2
# Bytes of a kernel whose form is remembered, at most.
_MOST_KERNEL = 1 << 16
_FORM_BYTES = 512

# With a form, or None, its bytes in the cache.
_forms = Cache[tuple[Any, int]](1 << 20, lambda known: known[1])


class Form(NamedTuple):
    """How a kernel is summed."""

    plan: Any
    operand: Any
    """What the plan prepares."""
    kind: str
    """'box', 'product' or 'sparse'."""
    scale: float = 1.0
    """What sums are multiplied by."""

    @property
    def bytes(self) -> int:
        """Bytes of the plan, and of the operand."""
        operands = self.operand if isinstance(self.operand, tuple) else [self.operand]
        size = sum(0 if array is None else array.nbytes for array in operands)
        return _FORM_BYTES + self.plan.bytes + size

    def holds(self, signal: NDArray[Any], constants: Sequence[Any] | None) -> bool:
        """Tell whether results are those of the whole kernel.

        Sums along an axis would be continued by a constant. A tap that is zero is left
        out, though its product with a sample that is not finite is NaN.
        """
        if self.kind == "box":
            return True
        if self.kind == "product":
            return constants is None
        if signal.dtype.kind not in "fc":
            return True
        return are_finite(signal) and bool(np.isfinite(constants or 0).all())


def are_finite(numbers: NDArray[Any]) -> bool:
    """Tell whether all numbers, and their sum, are finite."""
    with np.errstate(invalid="ignore", over="ignore"):
        return bool(np.isfinite(np.add.reduce(numbers, axis=None)))


def plan(problem: Problem, dense: Any, thresholds: Thresholds) -> Any:
    """Return a plan that looks at the form of each kernel, if that is worth its time.

    Parameters
    ----------
    problem : Problem
    dense : Plan
        A plan for any kernel.
    thresholds : Thresholds
    """
    if (
        dense.seconds < thresholds.form_seconds
        or problem.support is not None
        or not all(map(_is_plain, problem.axes))
    ):
        return dense
    return FormPlan(problem, dense, thresholds)


def _is_plain(axis: Axis) -> bool:
    """Whether outputs sum along the axis just if the kernel has it."""
    if axis.role == "batch":
        return axis.kernel is None
    return axis.role == "window" and axis.kernel is not None and axis.upsampling == 1


class FormPlan:
    """A planned convolution with kernels of any form: read-only, shared by threads.

    `dense` is the plan for kernels of no form that takes less time.
    """

    def __init__(self, problem: Problem, dense: Any, thresholds: Thresholds) -> None:
        self.problem, self.dense, self._thresholds = problem, dense, thresholds
        self.name, self.seconds, self.bytes = dense.name, dense.seconds, dense.bytes
        self.counted = dense.counted
        self._most = thresholds.form_share * dense.seconds

    def __repr__(self) -> str:
        return repr(self.dense)

    def lay_out(self) -> FormPlan:
        """Return the plan itself."""
        return self

    def memory(self, workers: int) -> int:
        """Return how many bytes a call takes besides its arrays."""
        return int(self.dense.memory(workers))

    def chosen_for(self, kernel: NDArray[Any]) -> Any:
        """Return the plan that sums a kernel."""
        form = self._form(kernel)
        return self.dense if form is None else form.plan

    def prepare(self, kernel: NDArray[Any], pinned: bool) -> tuple[Any, ...]:
        """Prepare a kernel for runs of the plan that sums it."""
        form = self._form(kernel)
        if form is None:
            return None, self.dense.prepare(kernel, pinned), kernel
        return form, form.plan.prepare(form.operand, pinned), kernel

    def run(
        self,
        signal: NDArray[Any],
        prepared: tuple[Any, ...],
        output: NDArray[Any],
        constants: Sequence[Any] | None,
        workers: int | None,
    ) -> None:
        """Convolve `signal` with a prepared kernel into `output`."""
        form, taps, kernel = prepared
        if form is not None and not form.holds(signal, constants):
            form, taps = None, self.dense.prepare(kernel, False)
        if form is None:
            self.dense.run(signal, taps, output, constants, workers)
            return
        form.plan.run(signal, taps, output, constants, workers)
        if form.scale != 1:
            np.multiply(output, output.dtype.type(form.scale), output)

    def _form(self, kernel: NDArray[Any]) -> Form | None:
        """Find the form of a kernel; None: it takes as long as any kernel."""
        if kernel.nbytes > _MOST_KERNEL:
            return self._find(kernel)
        key = self.problem, self._thresholds, kernel.tobytes()
        found, _ = _forms.find(key) or _forms.store(key, self._sized(kernel))
        return found

    def _sized(self, kernel: NDArray[Any]) -> tuple[Form | None, int]:
        """Return the form of a kernel, and its bytes in the cache."""
        found = self._find(kernel)
        size = _FORM_BYTES + kernel.nbytes
        return found, size if found is None else size + found.bytes

    def _find(self, kernel: NDArray[Any]) -> Form | None:
        axes = [axis for axis in self.problem.axes if axis.role == "window"]
        if kernel.dtype.kind not in "biufc" or kernel.ndim != len(axes):
            return None
        taps = kernel.transpose([axis.kernel or 0 for axis in axes])
        forms = self._box(taps), self._factored(taps)
        found = [form for form in forms if form is not None]
        if found:
            return min(found, key=lambda form: form.plan.seconds)
        return self._sparse(taps)

    @cached_property
    def _of_boxes(self) -> running.RunningPlan | None:
        axes = tuple(axis._replace(kernel=None) for axis in self.problem.axes)
        boxes = self.problem._replace(axes=axes, kernel=None)
        return running.plan(boxes, self._thresholds)

    @cached_property
    def _of_factors(self) -> separable.SeparablePlan | None:
        return separable.plan(self.problem, self._thresholds)

    def _box(self, taps: NDArray[Any]) -> Form | None:
        """Return a kernel of equal taps; None: that takes longer, or they are not.

        Sums are scaled after they are stored.
        """
        problem, tap = self.problem, taps.flat[0]
        if problem.output.kind != "f" or not (taps == tap).all() or not tap:
            return None
        if problem.signal.conjugated or not np.isfinite(tap) or taps.dtype.kind == "c":
            return None
        made = self._of_boxes
        if made is None:
            return None
        moved = 0.0 if tap == 1 else 2 * problem.outputs * problem.output.itemsize
        if made.seconds + moved / BYTES_PER_SECOND > self._most:
            return None
        return Form(made, None, "box", float(tap))

    def _factored(self, taps: NDArray[Any]) -> Form | None:
        """Return a kernel as an outer product; None: that takes longer, or it is none.

        Taps are in the order of the axes.
        """
        summed = self.problem.summed
        if self.problem.is_exact or taps.dtype.kind == "c" or taps.ndim < 2:
            return None
        if summed.kind not in "fc" or summed == np.float16:
            return None
        precision = float(np.finfo(summed).eps)
        if not _may_be_product(taps, precision):
            return None
        made = self._of_factors
        if made is None or made.seconds > self._most:
            return None
        factors = factors_of(taps, precision)
        return None if factors is None else Form(made, factors, "product")

    def _sparse(self, taps: NDArray[Any]) -> Form | None:
        """Return a kernel without zeros; None: that takes longer, or it has few."""
        few = np.count_nonzero(taps)
        if not 0 < few <= self._thresholds.sparse_share * taps.size:
            return None
        problem, kept = without_zeros(self.problem, taps, taps != 0)
        made = direct.plan(problem, self._thresholds)
        if made is None:
            return None
        seconds = made.seconds
        if problem.signal.dtype.kind in "fc":
            samples = prod(axis.samples for axis in problem.axes)
            seconds += samples * problem.signal.dtype.itemsize / BYTES_PER_SECOND
        if seconds > self._most:
            return None
        return Form(made.lay_out(), kept, "sparse")


def without_zeros(
    problem: Problem, taps: NDArray[Any], takes_part: NDArray[np.bool_]
) -> tuple[Problem, NDArray[Any]]:
    """Return a problem, and its kernel, with the taps that take part.

    Zeros around the kernel are cut off. If the others lie between taps that are equally
    far apart, they become a dilation; otherwise the support names the taps.

    Parameters
    ----------
    problem : Problem
        Without up-sampling. Each window axis has an axis of the kernel.
    taps, takes_part : ndarray
        With an axis for each window axis of the problem, in their order.
    """
    windows = [axis for axis in problem.axes if axis.role == "window"]
    at = [
        np.flatnonzero(takes_part.any(axis=tuple({*range(taps.ndim)} - {a})))
        for a in range(taps.ndim)
    ]
    steps = [gcd(*np.diff(numbers).tolist()) or 1 for numbers in at]
    if not takes_part[_grid(at, steps)].all():
        steps = [1] * taps.ndim
    chosen = _grid(at, steps)
    support = np.flip(
        takes_part[chosen],
        tuple(a for a, axis in enumerate(windows) if axis.reversed),
    )
    axes, along = [], enumerate(zip(at, steps, strict=True))
    for axis in problem.axes:
        if axis.role == "window":
            number, (numbers, step) = next(along)
            first, last = int(numbers[0]), int(numbers[-1])
            before = axis.taps - 1 - last if axis.reversed else first
            axis = axis._replace(
                kernel=number,
                taps=(last - first) // step + 1,
                offset=axis.offset + axis.dilation * before,
                dilation=axis.dilation * step,
            )
        axes.append(axis)
    named = None if support.all() else support.tobytes()
    kept = np.ascontiguousarray(taps[chosen])
    return problem._replace(axes=tuple(axes), support=named), kept


def _grid(at: Sequence[NDArray[np.intp]], steps: Sequence[int]) -> tuple[slice, ...]:
    """Return equally spaced numbers from the first to the last one of each axis."""
    return tuple(
        slice(int(numbers[0]), int(numbers[-1]) + 1, step)
        for numbers, step in zip(at, steps, strict=True)
    )


def _may_be_product(taps: NDArray[Any], precision: float) -> bool:
    """Tell whether two rows of a kernel are proportional, which takes little time."""
    rows = taps.reshape(len(taps), -1).astype(np.result_type(taps, np.float64))
    first, other = rows[(len(rows) - 1) // 2], rows[len(rows) // 2 - 1]
    at = int(np.argmax(abs(first)))
    error = abs(first * other[at] - other * first[at]).max()
    scale = abs(first[at]) * abs(other).max()
    return bool(error <= 4 * _ERRORS * taps.ndim * precision * scale)


def factors_of(
    taps: NDArray[Any], precision: float
) -> tuple[NDArray[np.floating[Any]], ...] | None:
    """Return one factor for each axis, whose outer product the taps are.

    Parameters
    ----------
    taps : ndarray of real numbers
    precision : float
        The errors of the product are a few times this share of the largest tap at most.
        If they are larger, or taps are not finite, there are no factors: None.
    """
    # long double stays what it is
    taps = taps.astype(np.result_type(taps, np.float64))
    magnitudes = abs(taps)
    largest = float(magnitudes.max())
    if not largest or not np.isfinite(largest):
        return None
    # through the smallest tap, factors of integers over a power of two are exact
    least = np.where(magnitudes > 0, magnitudes, np.inf).argmin()
    factors, error = _factors_at(taps, int(least))
    if error:
        factors, error = _factors_at(taps, int(magnitudes.argmax()))
    return factors if error <= _ERRORS * taps.ndim * precision * largest else None


def _factors_at(
    taps: NDArray[np.floating[Any]], number: int
) -> tuple[tuple[NDArray[np.floating[Any]], ...], float]:
    """Take the taps along each axis through one tap; return the error of the product.

    Factors have about the same magnitude, so that none overflows. Powers of two change
    no digit of them.
    """
    at: Any = np.unravel_index(number, taps.shape)
    factors = [taps[(*at[:a], slice(None), *at[a + 1 :])] for a in range(taps.ndim)]
    with np.errstate(over="ignore", invalid="ignore"):
        factors = [factors[0], *(factor / taps[at] for factor in factors[1:])]
        largest = [float(abs(factor).max()) for factor in factors]
        if not np.isfinite(largest).all():
            return tuple(factors), np.inf
        powers = [round(np.log2(number)) for number in largest]
        share = sum(powers) // taps.ndim
        powers = [share - power for power in powers]
        powers[0] -= sum(powers)
        factors = [
            np.ldexp(factor, power)
            for factor, power in zip(factors, powers, strict=True)
        ]
        product = factors[0]
        for factor in factors[1:]:
            product = np.multiply.outer(product, factor)
        error = float(abs(product - taps).max())
    return tuple(factors), error if error == error else np.inf
