"""The direct engine: products summed by compiled kernels, block by block."""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from math import prod
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import cost, cpu, threads
from ..dtypes import ELEMENT_TYPES, element_name, real_type
from ..problem import Problem
from . import tapwise
from .layout import Layout, planes_of

NAME = "direct"

_LAYOUTS = 64
# Bytes of outputs from which on they are stored past the caches.
_STREAMED = 6 << 20


def supports(problem: Problem) -> bool:
    """Whether this engine can solve `problem`."""
    if not problem.axes or not problem.outputs:
        return False
    return real_type(problem.output_type) in ELEMENT_TYPES


@lru_cache(_LAYOUTS)
def _layout(problem: Problem) -> Layout:
    element = ELEMENT_TYPES[real_type(problem.output_type)]
    module = cpu.kernels("direct", element.compute)
    return Layout(problem, module, np.dtype(element.compute).itemsize)


def work(problem: Problem) -> cost.Direct:
    """Count what is to do."""
    return _layout(problem).work


def seconds(problem: Problem) -> float:
    """Predict how long one worker takes."""
    layout = _layout(problem)
    return cost.seconds(layout.compute, layout.work)


def _terms(problem: Problem) -> NDArray[np.intp]:
    """Products that each plane of the output sums: signal plane, sort of tap.

    Sorts 0 to 3 are the real and imaginary part of the taps and the same negated.
    """
    signal_planes, kernel_planes, planes = planes_of(problem)
    terms = np.full((planes, 2, 2), -1, np.intp)
    for plane in range(planes):
        products = [
            (s, k)
            for s, k in product(range(signal_planes), range(kernel_planes))
            if (s + k) % 2 == plane
        ]
        for i, (s, k) in enumerate(products):
            negative = (
                (s and k)
                ^ (s and problem.signal_conjugated)
                ^ (k and problem.kernel_conjugated)
            )
            terms[plane, i] = s, k + 2 * bool(negative)
    return terms


class Direct:
    """A planned direct convolution."""

    name = NAME
    spectra_bytes = 0

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        element = ELEMENT_TYPES[real_type(problem.output_type)]
        module = cpu.kernels("direct", element.compute)
        self._compute = np.dtype(element.compute)
        layout = _layout(problem)
        self._outside_zero = np.zeros(planes_of(problem)[0], self._compute)
        self._blocks = layout.number
        self._seconds = seconds(problem)
        self._program = self._make_program(layout, module, element.storing)
        self._layout = f"blocks {'x'.join(map(str, layout.blocks))}"

    def __repr__(self) -> str:
        return f"direct, {self._blocks} {self._layout}, {self._compute.name}"

    def _make_program(self, layout: Layout, module: ModuleType, storing: str) -> Any:
        problem = self._problem
        starts = [
            range(0, axis.taps, count)
            for axis, count in zip(layout.axes, layout.counts, strict=True)
        ]
        tables: dict[tuple[int, ...], int] = {}
        rows: list[list[int]] = []
        passes, offsets, order = [], [], []
        offset_count = tap_count = 0
        for start in product(*starts):
            counts = tuple(
                min(count, axis.taps - first)
                for axis, count, first in zip(
                    layout.axes, layout.counts, start, strict=True
                )
            )
            if counts not in tables:
                columns, offset, index = layout.table(counts)
                tables[counts] = len(rows)
                rows.append([*columns, offset_count, tap_count, index.size])
                offsets.append(offset)
                order.append(index)
                offset_count += offset.shape[1]
                tap_count += index.size
            passes.append([tables[counts], *start, *counts])
        shape = self._shape(layout, module, storing)
        axes = [self._axis(layout, a) for a in range(len(layout.axes))]
        return module.Program(
            np.array([shape[name] for name in module.SHAPE], np.intp),
            np.array([[axis[name] for name in module.AXIS] for axis in axes], np.intp),
            np.array(passes, np.intp),
            np.array(rows, np.intp),
            np.ascontiguousarray(np.hstack(offsets), np.intp),
            np.concatenate(order).astype(np.intp),
            _terms(problem),
        )

    def _shape(
        self, layout: Layout, module: ModuleType, storing: str
    ) -> dict[str, int]:
        problem = self._problem
        signal_planes, kernel_planes, planes = planes_of(problem)
        # packing and storing take time, too
        sums = prod(layout.blocks) * prod(layout.counts) * signal_planes * kernel_planes
        sums += 32 * (layout.packed * signal_planes + layout.stage * planes)
        return {
            "head": layout.head,
            "trailing": layout.trailing,
            "row_axis": layout.row_axis,
            "row_step": layout.row_step,
            "lap": layout.lap,
            "window": layout.window,
            "packed": layout.packed,
            "stage": layout.stage,
            "taps": prod(layout.counts),
            "signal_element": _element(module, problem.signal_type),
            "signal_swapped": not problem.signal_type.isnative,
            "signal_planes": signal_planes,
            "signal_reversed": problem.signal_reversed,
            "kernel_element": _element(module, problem.kernel_type),
            "kernel_swapped": not problem.kernel_type.isnative,
            "kernel_planes": kernel_planes,
            "kernel_reversed": problem.kernel_reversed,
            "planes": planes,
            "storing": module.STORING.index(storing),
            "in_place": layout.can_read_in_place,
            "streams": self._streams(layout),
            "overread": layout.overread,
            "finite_taps": problem.excludes_outside and problem.reaches_outside,
            "poll": max(1, cost.step_sums(layout.compute) // sums),
        }

    def _streams(self, layout: Layout) -> bool:
        """Whether outputs may go past the caches: large, and stored only once."""
        once = all(
            axis.taps <= count
            for axis, count in zip(layout.axes, layout.counts, strict=True)
        )
        return once and self._problem.output_bytes >= _STREAMED

    def _axis(self, layout: Layout, a: int) -> dict[str, int]:
        axis = layout.axes[a]
        step, stride, dilation = layout.steps[a]
        return {
            **axis.described(self._problem.boundary if axis.convolved else "edge"),
            "start": axis.offset,
            "step": step,
            "block": layout.blocks[a],
            "stride": stride,
            "dilation": dilation,
            "phases": layout.phases(a),
            "spread": dilation if layout.is_separate(a) else 1,
            "slots": layout.slots(a),
            "pitch": layout.pitch[a],
            "own_pitch": layout.own_pitch[a],
            "stage": layout.stage_pitch[a],
        }

    def memory(self, workers: int) -> int:
        """Return how many bytes a call takes beside its arrays."""
        return int(workers * self._program.scratch * self._compute.itemsize)

    def keep(self, kernel: NDArray[Any], often: bool) -> NDArray[Any]:
        """Prepare a kernel for one run or more: there is nothing to do."""
        return kernel

    def run(
        self,
        signal: NDArray[Any],
        kernel: NDArray[Any],
        output: NDArray[Any],
        constant: complex,
        workers: int | None,
    ) -> None:
        """Convolve `signal` with `kernel` into `output`."""
        outside = self._outside_zero
        if constant:
            outside = self._planes_of(constant)
        number = 1
        if self._seconds > cost.THREADS_PAY and self._blocks > 1:
            number = min(threads.resolve(workers), self._blocks)
        if number == 1:
            done = self._program.run(
                signal, kernel, output, outside, 0, self._blocks, None
            )
        else:
            done = self._run_by_threads(signal, kernel, output, outside, number)
        if not done:
            tapwise.Tapwise(self._problem).run(
                signal, kernel, output, constant, workers
            )

    def _run_by_threads(
        self,
        signal: NDArray[Any],
        kernel: NDArray[Any],
        output: NDArray[Any],
        outside: NDArray[Any],
        number: int,
    ) -> bool:
        """Share the blocks out; false if nothing was computed."""
        done = True

        def body(first: int, last: int, stop: NDArray[np.int64]) -> None:
            nonlocal done
            if not self._program.run(
                signal, kernel, output, outside, first, last, stop
            ):
                done = False

        threads.run_ranges(self._blocks, number, body)
        return done

    def _planes_of(self, constant: complex) -> NDArray[Any]:
        """Real and imaginary part of what stands outside, in the computing type."""
        output = self._problem.output_type
        value = np.array(constant, output)
        parts = [value.real, value.imag][: self._outside_zero.size]
        if output.kind in "iu":
            # modulo a power of two: from signed to unsigned of the same value
            return (
                np.array(parts).astype(np.int64).view(np.uint64).astype(self._compute)
            )
        return np.array(parts).astype(self._compute)


def _element(module: ModuleType, dtype: np.dtype) -> int:
    return int(module.ELEMENTS.index(element_name(real_type(dtype))))


def prepare(problem: Problem) -> Direct:
    """Plan `problem`."""
    return Direct(problem)
