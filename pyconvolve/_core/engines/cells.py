"""Cells of a convolution: ranges of its outputs, each a problem of its own.

A cell reads its samples, those from outside included, through a window in which nothing
lies outside any more. So all are the same problem, wherever they are: those at the end
of an axis have as many outputs as others, too, of which some are not used.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..boundary import BOUNDARIES, CONSTANT, fold
from ..problem import Axis, Problem


class Cell(NamedTuple):
    """A problem and its arrays."""

    problem: Problem
    signal: NDArray[Any]
    kernel: NDArray[Any]
    output: NDArray[Any]
    """A view, or an array of its own whose first items belong into `target`."""
    target: NDArray[Any]

    def finish(self) -> None:
        """Store outputs where they belong."""
        if self.output is not self.target:
            self.target[...] = self.output[tuple(map(slice, self.target.shape))]


def crop(
    problem: Problem,
    place: Sequence[int],
    size: Sequence[int],
    signal: NDArray[Any],
    kernel: NDArray[Any],
    output: NDArray[Any],
    constant: Any,
) -> Cell:
    """Cut out one of the cells of a size, with what it is computed from."""
    axes: list[Axis] = []
    folded: list[tuple[int, NDArray[np.intp]]] = []
    padding = [(0, 0)] * signal.ndim
    for axis, i, outputs in zip(problem.axes, place, size, strict=True):
        first = i * outputs
        those = slice(first, min(first + outputs, axis.outputs))
        output = output[_along(axis.output, those)]
        if not axis.convolved:
            number = those.stop - first
            axes.append(axis._replace(samples=number, outputs=number))
            if axis.signal is not None:
                signal = signal[_along(axis.signal, those)]
            if axis.kernel is not None:
                kernel = kernel[_along(axis.kernel, those)]
            continue
        step = gcd(axis.stride, axis.dilation)
        stride, dilation = axis.stride // step, axis.dilation // step
        samples = stride * (outputs - 1) + dilation * (axis.taps - 1) + 1
        begin = axis.offset + axis.stride * first
        positions = range(begin, begin + step * samples, step)
        a = axis.signal
        assert a is not None
        before = min(len(range(begin, 0, step)), samples)
        after = min(samples - len(range(begin, axis.samples, step)), samples - before)
        after = max(after, 0)
        if (before or after) and BOUNDARIES[problem.boundary].rule != CONSTANT:
            at = fold(problem.boundary, axis.samples, np.array(positions))
            if problem.signal_reversed:
                at = (axis.samples - 1 - at)[::-1]
            signal = signal[_along(a, slice(at.min(), at.max() + 1))]
            folded.append((a, at - at.min()))
        else:
            inside = positions[before : samples - after]
            padding[a] = before, after
            if problem.signal_reversed:
                inside = range(axis.samples)[::-1][_slice_of(inside)][::-1]
                padding[a] = after, before
            signal = signal[_along(a, _slice_of(inside))]
        axes.append(
            axis._replace(
                samples=samples,
                offset=0,
                outputs=outputs,
                stride=stride,
                dilation=dilation,
            )
        )
    for a, at in folded:
        signal = signal.take(at, a)
    if any(map(any, padding)):
        if constant:
            kind = np.result_type(signal, problem.output_type)
            signal = signal.astype(kind, copy=False)
        signal = np.pad(signal, padding, constant_values=constant)
    alone = problem._replace(
        axes=tuple(axes),
        boundary="constant",
        excludes_outside=True,
        signal_type=signal.dtype,
    )
    whole = output
    if alone.shape != output.shape:
        whole = np.empty(alone.shape, output.dtype)
    return Cell(alone, signal, kernel, whole, output)


def _slice_of(places: range) -> slice:
    return slice(places.start, places.stop, places.step)


def _along(axis: int, chosen: Any) -> tuple[Any, ...]:
    return (*(slice(None),) * axis, chosen)
