"""Chunks of outputs, blocks of taps, and the samples that they read along each axis."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from math import ceil, prod
from typing import NamedTuple

import dask.array

from .._core.positions import Run, centres, runs
from .._core.problem import Axis, Problem
from .._core.region import region
from .._core.thresholds import Thresholds

Sizes = tuple[int, ...]
_FOLDED = ("reflect", "symmetric", "wrap")


class Slab(NamedTuple):
    """A chunk of outputs along an axis, and the samples that it reads."""

    axis: Axis
    runs: tuple[Run, ...]
    """Of the samples along the axis of the signal."""
    meets: bool
    """Whether some tap may meet a sample that is other than zero."""


def chunks_of(
    problem: Problem, mode: str, chunks: tuple[Sizes, ...]
) -> tuple[Sizes, ...]:
    """Divide the outputs where the signal is divided, by the centres of the kernel.

    Outputs before the first sample, or behind the last one, have chunks of their own if
    they are more than a chunk. Along an axis that only the kernel has, chunks have the
    size that dask is configured to.
    """
    found = [
        ("auto" if axis.kernel is not None else (1,))
        if axis.signal is None
        else _chunks_along(axis, mode, chunks[axis.signal])
        for axis in problem.axes
    ]
    return dask.array.core.normalize_chunks(
        tuple(found), problem.shape, dtype=problem.output
    )


def _chunks_along(axis: Axis, mode: str, sizes: Sizes) -> Sizes:
    positions, up = centres(axis, mode), axis.upsampling
    start, step = positions.start, positions.step

    def before(position: int) -> int:
        return min(len(range(start, position, step)), axis.outputs)

    ends = [*accumulate(sizes)][:-1]
    limits = {0, axis.outputs, *(before(up * end) for end in ends)}
    most = max(max(sizes) * up // step, 1)
    for first, end in ((0, before(0)), (before(up * axis.samples), axis.outputs)):
        if end - first > most:
            limits |= {*range(first, end, most), end}
    return tuple(b - a for a, b in pairwise(sorted(limits))) or (0,)


def tap_blocks(
    problem: Problem, chunks: Sequence[Sizes], limits: Thresholds
) -> list[Sizes]:
    """Divide the taps along each axis so that no task reads too many samples.

    A task reads the samples that meet a block of taps, and its sums are added to those
    of the other blocks.
    """
    taps = [axis.taps for axis in problem.axes]
    outputs = [max(sizes) for sizes in chunks]

    def read(taps: Sequence[int]) -> list[int]:
        return [
            1
            if axis.signal is None
            else len(axis._replace(offset=0, outputs=n, taps=k).read)
            for axis, n, k in zip(problem.axes, outputs, taps, strict=True)
        ]

    one = read([1] * len(taps))
    most = max(
        limits.slab_share * prod(one),
        limits.slab_bytes // problem.signal.dtype.itemsize,
    )
    while prod(found := read(taps)) > most:
        a = max(range(len(taps)), key=lambda a: found[a] / one[a])
        taps[a] = ceil(taps[a] / 2)
    return [
        (size,) * (axis.taps // size) + (axis.taps % size,) * (axis.taps % size > 0)
        for axis, size in zip(problem.axes, taps, strict=True)
    ]


def slabs_of(
    problem: Problem, chunks: Sequence[Sizes], blocks: Sequence[Sizes]
) -> list[list[list[Slab]]]:
    """Return a slab for each axis, each of its blocks of taps, and each chunk."""
    return [
        [
            [_slab(problem, axis, taps, outputs) for outputs in _ranges(sizes)]
            for taps in _ranges(parts)
        ]
        for axis, sizes, parts in zip(problem.axes, chunks, blocks, strict=True)
    ]


def _ranges(sizes: Sizes) -> list[slice]:
    return [slice(*limits) for limits in pairwise((0, *accumulate(sizes)))]


def _slab(problem: Problem, axis: Axis, taps: slice, outputs: slice) -> Slab:
    if axis.role == "window":
        before = axis.taps - taps.stop if axis.reversed else taps.start
        axis = axis._replace(
            taps=taps.stop - taps.start, offset=axis.offset + axis.dilation * before
        )
    found = region(problem._replace(axes=(axis,)), [outputs])
    (part,) = found.problem.axes
    if not found.signal:
        return Slab(part, (Run(0, 1),), True)
    ((_, chosen),) = found.signal
    read = axis._replace(
        offset=axis.offset + axis.stride * outputs.start, outputs=part.outputs
    ).read
    if part.boundary in _FOLDED and 0 < len(read) <= axis.samples:
        # the region reads samples from one end to the other
        part = part._replace(
            samples=len(read),
            offset=part.offset + axis.upsampling * (chosen.start - read.start),
            boundary="absent",
        )
        mirrored = runs(axis.boundary, axis.samples, read.start, read.stop)
        return Slab(part, tuple(mirrored), True)
    meets = axis.boundary != "absent" or (read.start < axis.samples and read.stop > 0)
    return Slab(part, (Run(chosen.start, chosen.stop),), meets)
