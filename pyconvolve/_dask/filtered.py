"""What tasks of image filters compute: a chunk, strip by strip."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import ndimage
from .._core.problem import Axis, Operand, Problem
from .._core.region import blocks, shifted
from .._core.thresholds import Thresholds
from .._ndimage.reach import Reach
from .halos import within
from .tasks import Pieces, strip_outputs


@dataclass(frozen=True)
class Job:
    """A filter of an array by chunks; all of its tasks share it."""

    name: str
    """Of a function of `pyconvolve.ndimage`."""
    arguments: Mapping[str, Any]
    dtype: np.dtype
    reaches: tuple[Reach, ...]
    """For each axis."""
    kept: tuple[tuple[slice, ...], ...]
    """For each axis and each chunk, the part of the results that is the chunk."""
    limits: Thresholds


def compute(job: Job, index: tuple[int, ...], pieces: Any) -> NDArray[Any]:
    """Filter a chunk, with the samples around it that it depends on."""
    slab = Pieces(pieces)
    kept = [ranges[i] for ranges, i in zip(job.kept, index, strict=True)]
    # memory of the pool would stay with the process when dask frees the chunk
    result = np.empty([each.stop - each.start for each in kept], job.dtype)
    for outputs in _strips(job, slab, result.shape):
        strip = shifted(outputs, kept)
        places = zip(job.reaches, slab.shape, strip, strict=True)
        reads = [within(reach, n, each.start, each.stop) for reach, n, each in places]
        samples = slab.part(tuple(enumerate(reads)))
        filtered = np.empty(samples.shape, job.dtype)
        getattr(ndimage, job.name)(samples, output=filtered, **job.arguments)
        result[outputs] = filtered[
            tuple(
                slice(each.start - read.start, each.stop - read.start)
                for each, read in zip(strip, reads, strict=True)
            )
        ]
    return result


def _strips(
    job: Job, slab: Pieces, outputs: Sequence[int]
) -> Iterable[tuple[slice, ...]]:
    """Divide the outputs, so that a part of the slab only is copied at once."""
    axes, taps = [], 1
    for a, (samples, reach, number) in enumerate(
        zip(slab.shape, job.reaches, outputs, strict=True)
    ):
        span = reach.left + reach.right + 1
        taps *= span
        if samples < number + span - 1 and "wrap" in reach.boundaries:
            # a strip at an end reads all samples of the axis
            span = samples
        axes.append(Axis("window", a, None, a, samples, span, number, 0))
    problem = Problem(tuple(axes), Operand(job.dtype), None, job.dtype)
    return blocks(problem, strip_outputs(problem, taps, slab, job.limits))
