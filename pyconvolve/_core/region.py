"""Regions: ranges of a problem's outputs, each of them a problem.

A region reads the samples that its outputs sum, a part of the signal. Every part of a
result is computed as a region: the outputs of some lags, blocks of normalised
convolutions, outputs of tiles that are repaired.
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

# Least number of contiguous outputs in a block, if the output has as many.
_ROW = 256
# Axes of an array, and the range along each.
Cuts = tuple[tuple[int, slice], ...]


class Region(NamedTuple):
    """A problem, and the ranges of signal, kernel and output that it is about."""

    problem: Problem
    signal: Cuts
    kernel: Cuts
    output: Cuts


def region(problem: Problem, outputs: Sequence[slice]) -> Region:
    """Make a problem of the outputs in a range along each axis.

    Parameters
    ----------
    problem : Problem
    outputs : sequence of slice
        The range along each axis of the problem.

    Returns
    -------
    Region
        The boundary of its problem is 'absent' along axes where outputs sum no sample
        outside the signal.
    """
    axes, signal, kernel, output = [], [], [], []
    for axis, chosen in zip(problem.axes, outputs, strict=True):
        number = chosen.stop - chosen.start
        if axis.output is None:
            axes.append(axis)
            continue
        output.append((axis.output, chosen))
        if axis.role == "batch":
            axes.append(axis._replace(samples=number, outputs=number))
            if axis.signal is not None:
                signal.append((axis.signal, chosen))
            if axis.kernel is not None:
                kernel.append((axis.kernel, chosen))
            continue
        part = axis._replace(
            outputs=number, offset=axis.offset + axis.stride * chosen.start
        )
        read = part.read
        first, last = _samples(axis, read.start, read.stop)
        inside = first <= read.start and read.stop <= last
        axes.append(
            part._replace(
                samples=last - first,
                offset=part.offset - axis.upsampling * first,
                boundary="absent" if inside else axis.boundary,
            )
        )
        if axis.signal is not None:
            signal.append((axis.signal, slice(first, last)))
    return Region(
        problem._replace(axes=tuple(axes)), tuple(signal), tuple(kernel), tuple(output)
    )


def _samples(axis: Axis, begin: int, end: int) -> tuple[int, int]:
    """Find the range of samples for positions from `begin` to `end` - 1.

    It includes the samples that continue the signal at positions outside.
    """
    rule = CONTINUATIONS[axis.boundary].rule
    if rule == FOLD and (begin < 0 or end > axis.samples):
        return _mirrored(axis, begin, end)
    first = min(max(begin, 0), axis.samples - 1)
    last = min(max(end, 1), axis.samples)
    # if all positions are outside, one sample is read
    return (
        (first, max(last, first + 1)) if rule != CLAMP else (min(first, last - 1), last)
    )


def _mirrored(axis: Axis, begin: int, end: int) -> tuple[int, int]:
    """Find the range of samples if some positions are beyond an end of the signal.

    A mirror at one end stays where it is if the samples that it reflects are among
    those of the range. Other rules read both ends.
    """
    word, samples = axis.boundary, axis.samples
    # the last sample is not reflected in the mirror 'reflect'
    beside = int(word == "reflect")
    first, last = 0, samples
    if word in ("reflect", "symmetric"):
        if begin >= 0:
            first = min(begin, samples - (end - samples) - beside)
        elif end <= samples:
            last = max(end, -begin + beside)
    if first < 0 or last > samples:
        return 0, samples
    return first, last


def cut(array: NDArray[Any], cuts: Iterable[tuple[int, slice]]) -> NDArray[Any]:
    """View the part of an array in a range along each of some axes."""
    index = [slice(None)] * array.ndim
    for axis, chosen in cuts:
        index[axis] = chosen
    return array[tuple(index)]


def split(array: NDArray[Any], axis: int, parts: int) -> NDArray[Any]:
    """View an array with one axis divided into equal parts: (parts, samples of a part).

    One axis can always be divided without a copy, whatever its stride is.
    """
    shape = array.shape
    return array.reshape(*shape[:axis], parts, shape[axis] // parts, *shape[axis + 1 :])


def shifted(ranges: Iterable[slice], block: Iterable[slice]) -> tuple[slice, ...]:
    """Add the start of a block to ranges that are counted from there."""
    return tuple(
        slice(whole.start + inner.start, whole.start + inner.stop)
        for inner, whole in zip(ranges, block, strict=True)
    )


def align(array: NDArray[Any], numbers: Sequence[int | None]) -> NDArray[Any]:
    """View an array with the axes of a problem, in their order.

    Parameters
    ----------
    array : ndarray
    numbers : sequence of int or None
        The axis of the array for each axis of the problem. None: the array has no such
        axis, and the result has one of length 1.
    """
    used = [number for number in numbers if number is not None]
    rest = [number for number in range(array.ndim) if number not in used]
    index: Any = (*(0,) * len(rest), ...)
    array = array.transpose(rest + used)[index]
    present = iter(range(array.ndim))
    shape = [1 if number is None else array.shape[next(present)] for number in numbers]
    return array.reshape(shape)


def blocks(problem: Problem, most: int) -> Iterator[tuple[slice, ...]]:
    """Divide the outputs into blocks that read as few samples twice as possible.

    Parameters
    ----------
    problem : Problem
    most : int
        Outputs of a block, at most.

    Yields
    ------
    tuple of slice
        The range of a block along each axis. Blocks are in C order.
    """
    outputs = [axis.outputs for axis in problem.axes]
    sizes = list(outputs)

    def cost(a: int) -> tuple[bool, float, bool]:
        # Compares, in this order: whether contiguous rows become short; the share of
        # samples that are read twice; whether all samples are read again, because only
        # the kernel has this axis.
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
        for size, n in zip(sizes, outputs, strict=True)
    ]
    yield from product(*ranges)


def gather(
    problem: Problem, signal: NDArray[Any], constants: Sequence[Any] | None
) -> tuple[Problem, NDArray[Any]]:
    """Copy the samples that a problem reads, including samples outside the signal.

    Parameters
    ----------
    problem : Problem
    signal : ndarray
    constants : sequence or None
        The constant outside the signal along each axis; None: zeros.

    Returns
    -------
    problem : Problem
        The same outputs from the copy. It reads no samples outside of the copy, so the
        boundary of its axes is 'absent'.
    signal : ndarray
        The copy.
    """
    axes = []
    if constants is not None:
        kind = np.result_type(signal, problem.summed)
        signal = signal.astype(kind, copy=False)
    for a, axis in enumerate(problem.axes):
        if axis.role != "window" or axis.signal is None:
            axes.append(axis)
            continue
        positions, gathered = _gather_axis(axis)
        at = fold(axis.boundary, axis.samples, positions)
        signal = signal.take(at, axis.signal)
        outside = (slice(None),) * axis.signal + (at < 0,)
        signal[outside] = 0 if constants is None else constants[a]
        axes.append(gathered)
    problem = problem._replace(
        axes=tuple(axes), signal=problem.signal._replace(dtype=signal.dtype)
    )
    return problem, signal


def _gather_axis(axis: Axis) -> tuple[NDArray[np.intp], Axis]:
    """Return the samples that an axis reads, and the axis of a copy of them."""
    if axis.upsampling > 1:
        first = axis.read.start
        # one sample, if the taps lie between samples
        samples = np.arange(first, max(axis.read.stop, first + 1))
        offset = axis.offset - axis.upsampling * first
        return samples, axis._replace(
            samples=samples.size, offset=offset, boundary="absent"
        )
    step = gcd(axis.stride, axis.dilation)
    dilation = axis.dilation // step
    # A tap multiplies `span` consecutive positions. If the dilation is larger than it,
    # the positions between the spans of two taps are not copied.
    span = axis.stride // step * (axis.outputs - 1) + 1
    closer = min(dilation, span)
    positions = np.arange(closer * (axis.taps - 1) + span)
    if closer < dilation:
        positions += (dilation - closer) * (positions // closer)
    return step * positions + axis.offset, axis._replace(
        samples=positions.size,
        offset=0,
        stride=axis.stride // step,
        dilation=closer,
        boundary="absent",
    )
