"""Regions: ranges of a problem's outputs, each a problem of its own.

A region reads a part of the signal, the samples that its outputs sum. It is the one way
to compute a part of something larger: lags, outputs that are computed anew, tiles that
are repaired.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from math import gcd, prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .boundary import CLAMP, CONTINUATIONS, FOLD, fold
from .problem import Axis, Problem

# Outputs that lie side by side in a block, at least, where there are as many.
_ROW = 256
# Axes of an array, and what is taken along each.
Cuts = tuple[tuple[int, slice], ...]


class Region(NamedTuple):
    """A problem, and the parts of the arrays that it takes."""

    problem: Problem
    signal: Cuts
    kernel: Cuts
    output: Cuts


def region(problem: Problem, outputs: Sequence[slice]) -> Region:
    """Make a problem of a range of outputs along each axis.

    Parameters
    ----------
    problem : Problem
    outputs : sequence of slice
        From the first output to behind the last one, for each axis.

    Returns
    -------
    Region
        Its `boundary` is 'absent' along axes where nothing lies outside.
    """
    axes, signal, kernel, output = [], [], [], []
    for axis, those in zip(problem.axes, outputs, strict=True):
        number = those.stop - those.start
        output.append((axis.output, those))
        if axis.role == "batch":
            axes.append(axis._replace(samples=number, outputs=number))
            if axis.signal is not None:
                signal.append((axis.signal, those))
            if axis.kernel is not None:
                kernel.append((axis.kernel, those))
            continue
        begin = axis.offset + axis.stride * those.start
        end = begin + axis.stride * (number - 1) + axis.span
        first, last = _samples(axis, begin, end)
        inside = first <= begin and end <= last
        axes.append(
            axis._replace(
                samples=last - first,
                outputs=number,
                offset=begin - first,
                boundary="absent" if inside else axis.boundary,
            )
        )
        if axis.signal is not None:
            signal.append((axis.signal, slice(first, last)))
    return Region(
        problem._replace(axes=tuple(axes)), tuple(signal), tuple(kernel), tuple(output)
    )


def _samples(axis: Axis, begin: int, end: int) -> tuple[int, int]:
    """Find the samples that positions from `begin` to `end` - 1 are, or continue."""
    rule = CONTINUATIONS[axis.boundary].rule
    if rule == FOLD and (begin < 0 or end > axis.samples):
        return 0, axis.samples
    first = min(max(begin, 0), axis.samples - 1)
    last = min(max(end, 1), axis.samples)
    # of what lies outside altogether, one sample stays
    return (
        (first, max(last, first + 1)) if rule != CLAMP else (min(first, last - 1), last)
    )


def cut(array: NDArray[Any], cuts: Iterable[tuple[int, slice]]) -> NDArray[Any]:
    """View the part of an array that a region takes."""
    chosen = [slice(None)] * array.ndim
    for axis, those in cuts:
        chosen[axis] = those
    return array[tuple(chosen)]


def shifted(ranges: Iterable[slice], block: Iterable[slice]) -> tuple[slice, ...]:
    """Count ranges inside of a block from where the block itself is counted from."""
    return tuple(
        slice(whole.start + some.start, whole.start + some.stop)
        for some, whole in zip(ranges, block, strict=True)
    )


def align(array: NDArray[Any], numbers: Sequence[int | None]) -> NDArray[Any]:
    """View an array with its axes where a problem has them, of length one if it hasn't.

    Parameters
    ----------
    array : ndarray
    numbers : sequence of int or None
        Of the problem's axes in the array.
    """
    used = [number for number in numbers if number is not None]
    rest = [number for number in range(array.ndim) if number not in used]
    index: Any = (*(0,) * len(rest), ...)
    array = array.transpose(rest + used)[index]
    present = iter(range(array.ndim))
    shape = [1 if number is None else array.shape[next(present)] for number in numbers]
    return array.reshape(shape)


def blocks(problem: Problem, most: int) -> Iterator[tuple[slice, ...]]:
    """Cut the outputs into ranges that read as few samples twice as they can.

    Parameters
    ----------
    problem : Problem
    most : int
        Outputs of each.

    Yields
    ------
    tuple of slice
        Ranges of outputs, one for each axis, in C order.
    """
    sizes = list(problem.shape)

    def cost(a: int) -> tuple[bool, float, bool]:
        # of short rows, of samples that are read twice, and all of them read anew where
        # only the kernel has an axis
        axis = problem.axes[a]
        return (
            prod(sizes[a:]) < 2 * _ROW,
            (axis.span - 1) / sizes[a],
            axis.signal is None,
        )

    while prod(sizes) > most and max(sizes) > 1:
        a = min((a for a, size in enumerate(sizes) if size > 1), key=cost)
        sizes[a] = (sizes[a] + 1) // 2
    ranges = [
        [slice(first, min(first + size, n)) for first in range(0, n, max(size, 1))]
        for size, n in zip(sizes, problem.shape, strict=True)
    ]
    yield from product(*ranges)


def gather(
    problem: Problem, signal: NDArray[Any], constants: Sequence[Any] | None
) -> tuple[Problem, NDArray[Any]]:
    """Copy what a problem reads, and all that lies outside, so that nothing does.

    Parameters
    ----------
    problem : Problem
    signal : ndarray
    constants : sequence or None
        What stands outside along each axis; None: zeros.

    Returns
    -------
    problem : Problem
        The same for the copy, whose axes are all 'absent'.
    signal : ndarray
    """
    axes = []
    if constants is not None:
        kind = np.result_type(signal, problem.output)
        signal = signal.astype(kind, copy=False)
    for a, axis in enumerate(problem.axes):
        if axis.role == "batch" or axis.signal is None:
            axes.append(axis)
            continue
        step = gcd(axis.stride, axis.dilation)
        stride, dilation = axis.stride // step, axis.dilation // step
        # what a tap meets in all outputs; between those of two taps nothing is read
        span = stride * (axis.outputs - 1) + 1
        closer = min(dilation, span)
        positions = np.arange(closer * (axis.taps - 1) + span)
        if closer < dilation:
            positions += (dilation - closer) * (positions // closer)
        positions *= step
        positions += axis.offset
        at = fold(axis.boundary, axis.samples, positions)
        signal = signal.take(at, axis.signal)
        outside = (slice(None),) * axis.signal + (at < 0,)
        signal[outside] = 0 if constants is None else constants[a]
        axes.append(
            axis._replace(
                samples=positions.size,
                offset=0,
                stride=stride,
                dilation=closer,
                boundary="absent",
            )
        )
    gathered = problem._replace(
        axes=tuple(axes), signal=problem.signal._replace(dtype=signal.dtype)
    )
    return gathered, signal
