"""The transposes of a problem: from its outputs to its signal, and to its kernel.

Along a window axis, outputs are linear in the signal x~ and in the kernel h:

    y[n] = sum over k of  h[k] * x~[s*n + o + d*k]

The transposes sum the same products over other indices:

    dx~[i] = sum over n and k with s*n + o + d*k = i of  h[k] * y[n]
    dh[k] = sum over n of  x~[s*n + o + d*k] * y[n]

The first one is a correlation of y, up-sampled by s, with the reversed kernel. In the
second one y is the kernel, and stride and dilation change places.

Where the boundary repeats samples, positions outside of the signal have sums dx~, too.
`add_repeated` adds them to the sums of the samples that they repeat. If a signal that
is periodic has one output for each s samples, y is periodic, and so is dx~: then there
are no such sums.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .boundary import CONSTANT, CONTINUATIONS, fold
from .problem import Axis, Problem

# Samples, and the positions whose sums are added to theirs. One sample: the sums of all
# positions are.
_Addition = tuple[int | slice, slice]


class Repeats(NamedTuple):
    """Positions along an axis that repeat samples."""

    number: int
    """The axis of the sums."""
    inside: slice
    """The positions of the samples."""
    additions: tuple[_Addition, ...]


def repeated(axis: Axis) -> tuple[int, int]:
    """Return how many positions that repeat samples have sums of their own.

    Returns
    -------
    before, after : int
        Positions before the first and behind the last sample.
    """
    if CONTINUATIONS[axis.boundary].rule == CONSTANT or _is_periodic(axis):
        return 0, 0
    read = axis.read
    return max(0, -read.start), max(0, read.stop - axis.samples)


def window_by_signal(axis: Axis) -> Axis:
    """Return a window axis of the transpose by the signal, whose signal is y."""
    before, after = repeated(axis)
    transposed = Axis(
        "window", axis.output, axis.kernel, axis.signal, axis.outputs, axis.taps,
        before + axis.samples + after, -before - axis.offset - (axis.span - 1), 1,
        axis.dilation, axis.stride, axis.kernel is not None and not axis.reversed,
    )  # fmt: skip
    if _is_periodic(axis) and transposed.reaches_outside:
        return transposed._replace(boundary="wrap")
    return transposed


def window_by_kernel(axis: Axis) -> Axis:
    """Return a window axis of the transpose by the kernel, whose kernel is y.

    If the kernel is reversed, its sums are in reverse order.
    """
    return Axis(
        "window", axis.signal, axis.output, axis.kernel, axis.samples, axis.outputs,
        axis.taps, axis.offset, axis.dilation, axis.stride, boundary=axis.boundary,
    )  # fmt: skip


def by_signal(problem: Problem) -> Problem:
    """Return the transpose of a convolution by its signal.

    Parameters
    ----------
    problem : Problem
        Without summed axes.

    Returns
    -------
    Problem
        Its signal are the outputs. Its outputs have the axes that the signal of
        `problem` has in `problem`, in their order.
    """
    return _transposed(
        problem, window_by_signal, lambda a: (a.output, a.kernel, a.signal)
    )


def by_kernel(problem: Problem) -> Problem:
    """Return the transpose of a convolution by its kernel.

    Parameters
    ----------
    problem : Problem
        Without summed axes.

    Returns
    -------
    Problem
        Its kernel are the outputs. Its outputs have the axes that the kernel of
        `problem` has in `problem`, in the kernel's order. Along window axes they are in
        reverse order if the kernel is reversed.
    """
    return _transposed(
        problem, window_by_kernel, lambda a: (a.signal, a.output, a.kernel)
    )


def exchanged(problem: Problem) -> Problem:
    """Return the same sums with signal and kernel exchanged.

    Parameters
    ----------
    problem : Problem
        A convolution without dilation, outside whose signal no samples take part.
    """
    axes = []
    for axis in problem.axes:
        changed = axis._replace(signal=axis.kernel, kernel=axis.signal)
        if axis.role == "window":
            changed = changed._replace(
                samples=axis.taps,
                taps=axis.samples,
                offset=axis.offset + axis.taps - axis.samples,
            )
        axes.append(changed)
    assert problem.kernel is not None
    return problem._replace(
        axes=tuple(axes), signal=problem.kernel, kernel=problem.signal
    )


def find_repeats(number: int, axis: Axis) -> Repeats | None:
    """Find the positions of a transpose by the signal that repeat samples.

    Parameters
    ----------
    number : int
        The axis of the transpose's outputs.
    axis : Axis
        The window axis whose transpose it is.

    Returns
    -------
    Repeats or None
        None: no position outside has a sum of its own.
    """
    before, after = repeated(axis)
    if not before and not after:
        return None
    behind = before + axis.samples
    additions: list[_Addition] = []
    for first, last in ((0, before), (behind, behind + after)):
        positions = np.arange(first - before, last - before)
        samples = fold(axis.boundary, axis.samples, positions).tolist()
        for begin, end in _runs(samples):
            low, high = samples[begin], samples[end - 1]
            outside = slice(first + begin, first + end)
            if low == high and end - begin > 1:
                additions.append((low, outside))
            elif low <= high:
                additions.append((slice(low, high + 1), outside))
            else:
                stop = first + begin - 1 if first + begin else None
                backwards = slice(first + end - 1, stop, -1)
                additions.append((slice(high, low + 1), backwards))
    return Repeats(number, slice(before, behind), tuple(additions))


def add_repeated(sums: NDArray[Any], repeats: Repeats) -> NDArray[Any]:
    """Add sums of positions outside to those of the samples that they repeat.

    Parameters
    ----------
    sums : ndarray
        Those of all positions. They are changed.
    repeats : Repeats

    Returns
    -------
    ndarray
        The sums of the samples, a view.
    """
    number, inside, additions = repeats
    others = (slice(None),) * number
    inner = sums[(*others, inside)]
    for samples, positions in additions:
        outside = sums[(*others, positions)]
        if isinstance(samples, int):
            outside = np.add.reduce(outside, number, sums.dtype)
        inner[(*others, samples)] += outside
    return inner


def _is_periodic(axis: Axis) -> bool:
    """Whether outputs continue periodically as the signal does."""
    return axis.boundary == "wrap" and axis.stride * axis.outputs == axis.samples


def _transposed(
    problem: Problem,
    transpose: Callable[[Axis], Axis],
    numbers: Callable[[Axis], tuple[int | None, int | None, int | None]],
) -> Problem:
    """Transpose each axis; `numbers` are those of signal, kernel and output then."""
    present: dict[int, Axis] = {}
    summed: list[Axis] = []
    for axis in problem.axes:
        signal, kernel, output = numbers(axis)
        length = axis.outputs
        if output is None:
            if length > 1:
                lengths = length, length, 1, 0
                summed.append(Axis("summed", signal, kernel, None, *lengths))
        elif axis.role == "window":
            present[output] = transpose(axis)
        else:
            lengths = length, 1, length, 0
            present[output] = Axis("batch", signal, kernel, output, *lengths)
    # in the order of the output, numbered without gaps
    ordered = [present[number] for number in sorted(present)]
    axes = [axis._replace(output=number) for number, axis in enumerate(ordered)]
    return problem._replace(axes=(*axes, *summed))


def _runs(samples: list[int]) -> Iterator[tuple[int, int]]:
    """Divide into runs of numbers that ascend or descend by one, or are equal."""
    steps = np.diff(samples)
    # where a step differs from the one before
    changes = np.flatnonzero(np.diff(steps)) + 1
    begin, count = 0, len(samples)
    while begin < count:
        end = begin + 1
        if end < count and abs(steps[begin]) <= 1:
            later = changes[np.searchsorted(changes, begin, "right") :]
            end = int(later[0]) + 1 if later.size else count
        yield begin, end
        begin = end
