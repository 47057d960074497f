"""Weighted means of dask arrays, chunk by chunk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from operator import getitem
from typing import Any

import dask.array
import numpy as np
from dask.array import Array
from dask.base import tokenize
from numpy.typing import ArrayLike, NDArray

from .._core import api
from .._core import workers as threads
from .._core.arguments import Names, check_word, rules
from .._core.outside import constants_of
from .._core.problem import Axis, Problem
from .._core.region import gather
from .._normalized.arguments import check_edges, number_of, operands, signal_dtype
from .._normalized.means import totals_of
from ..normalized import normalized_convolve
from .arrays import Chunked, Chunks, lazy, made_of
from .slabs import Slab, chunks_of, slabs_of
from .tasks import Pieces

_NAMES = Names("x", "kernel")


@dataclass(frozen=True)
class Job:
    """A normalised convolution of an array by chunks; all of its tasks share it."""

    problem: Problem
    axes: tuple[tuple[Axis, ...], ...]
    """For each axis of the problem, and each chunk."""
    constants: Sequence[Any] | None
    is_masked: bool
    """Whether results are masked arrays."""
    nan: str
    min_weight: float
    renormalizes: bool
    """Whether samples outside have no weight."""
    method: Any
    along: Any
    """The argument `axes`."""
    return_weights: bool
    workers: int | None


def run(
    x: ArrayLike | Array,
    kernel: ArrayLike,
    *,
    weights: ArrayLike | Array | None,
    mask: ArrayLike | Array | None,
    nan: str,
    min_weight: float,
    mode: Any,
    method: Any,
    boundary: Any,
    cval: Any,
    edges: str,
    axes: Any,
    return_weights: bool,
    workers: int | None,
) -> Any:
    """Compute `pyconvolve.normalized_convolve`, but lazily."""
    check_word("nan", nan, ("ignore", "propagate", "preserve"))
    least = number_of("min_weight", min_weight)
    if nan == "preserve" and mode != "same":
        raise ValueError(f"mode must be 'same' with nan='preserve', not {mode!r}")
    if workers is not None:
        threads.resolve(workers)
    signal = lazy("x", x, may_be_masked=True)
    if not signal.ndim:
        raise ValueError("x must have at least one axis")
    check_edges(edges, boundary, cval)
    empty = np.empty(0, signal.dtype)
    _, taps, _ = operands(_NAMES, empty, kernel)
    how = rules(False, mode, method, axes, boundary, cval, 1, 1, 0, ordered=True)
    dtype = signal_dtype(empty, taps)
    problem = api.problem_of(
        _NAMES, how, signal.shape, taps.shape, dtype, taps.dtype, cval
    )
    totals_of(taps, problem)
    constants = constants_of(cval, problem, how.axes)
    chunks = chunks_of(problem, how.mode, signal.chunks)
    if 0 in problem.shape:
        return _empty(problem, chunks, taps, return_weights)
    found = slabs_of(problem, chunks, [(axis.taps,) for axis in problem.axes])
    is_masked = isinstance(signal._meta, np.ma.MaskedArray)
    job = Job(
        problem, tuple(tuple(slab.axis for slab in row) for (row,) in found), constants,
        is_masked, nan, least, edges == "renormalize", method, how.axes,
        bool(return_weights), workers,
    )  # fmt: skip
    arrays = [
        dask.array.ma.getdata(signal) if is_masked else signal,
        dask.array.ma.getmaskarray(signal) if is_masked else None,
        _broadcast("mask", mask, "biu", signal),
        _broadcast("weights", weights, "biuf", signal),
    ]
    return _results(job, found, chunks, arrays, taps)


def _empty(
    problem: Problem, chunks: Chunks, taps: NDArray[Any], return_weights: bool
) -> Any:
    y, weight = (
        dask.array.zeros(problem.shape, dtype=dtype, chunks=chunks)
        for dtype in (problem.output, taps.real.dtype)
    )
    return (y, weight) if return_weights else y


def _broadcast(name: str, value: Any, kinds: str, signal: Array) -> Array | None:
    """Return an array of the shape of the signal; None if it isn't given."""
    if value is None:
        return None
    array = lazy(name, value)
    if array.dtype.kind not in kinds:
        held = "truth values" if name == "mask" else "real numbers"
        raise TypeError(f"{name} must hold {held}, not {array.dtype!r}")
    try:
        return dask.array.broadcast_to(array, signal.shape)
    except ValueError:
        raise ValueError(
            f"{name} must broadcast to the shape {signal.shape} of x, not {array.shape}"
        ) from None


def _results(
    job: Job,
    slabs: list[list[list[Slab]]],
    chunks: Chunks,
    arrays: Sequence[Array | None],
    taps: NDArray[Any],
) -> Any:
    """Return the array of means, and that of weights if it is asked for."""
    problem = job.problem
    name = f"normalized_convolve-{tokenize(job, taps, *arrays)}"
    job_key, tasks = f"{name}-job", dict[Any, Any]()
    tasks[job_key] = job
    kernels = _kernels(problem, chunks, taps)
    sources = [
        None if array is None else Chunked(array, f"{name}-{number}", tasks)
        for number, array in enumerate(arrays)
    ]
    means = f"{name}-both" if job.return_weights else name
    indices = [*product(*(range(len(sizes)) for sizes in chunks))]
    for index in indices:
        runs = [row[i].runs for (row,), i in zip(slabs, index, strict=True)]
        pieces = [None if each is None else each.keys(runs) for each in sources]
        at = [0] * taps.ndim
        for axis, i in zip(problem.axes, index, strict=True):
            if axis.role == "batch" and axis.kernel is not None:
                at[axis.kernel] = i
        tasks[means, *index] = compute, job_key, index, (kernels.name, *at), *pieces
    read = [kernels, *(array for array in arrays if array is not None)]
    meta = np.empty((0,) * len(chunks), problem.output)
    if job.is_masked:
        meta = np.ma.MaskedArray(meta)
    if not job.return_weights:
        return made_of(name, tasks, chunks, meta, read)
    both = made_of(means, tasks, chunks, meta, read)
    weight = np.empty((0,) * len(chunks), taps.real.dtype)
    return tuple(
        made_of(
            each,
            {(each, *index): (getitem, (means, *index), n) for index in indices},
            chunks,
            kind,
            [both],
        )
        for n, (each, kind) in enumerate(((name, meta), (f"{name}-weights", weight)))
    )


def _kernels(problem: Problem, chunks: Chunks, taps: NDArray[Any]) -> Array:
    """Divide kernels as the outputs are divided."""
    sizes: list[Any] = [(length,) for length in taps.shape]
    for axis, found in zip(problem.axes, chunks, strict=True):
        if axis.role == "batch" and axis.kernel is not None:
            sizes[axis.kernel] = found
    return dask.array.from_array(taps, chunks=tuple(sizes))


def compute(
    job: Job,
    index: Sequence[int],
    kernel: NDArray[Any],
    x: Any,
    hidden: Any,
    mask: Any,
    weights: Any,
) -> Any:
    """Compute a chunk of means, or that and the chunk of weights.

    Parameters
    ----------
    job : Job
    index : sequence of int
        The numbers of the chunk.
    kernel : ndarray
    x, hidden, mask, weights : list or None
        Parts of these arrays, as `Pieces` takes them.
    """
    rows = zip(job.axes, index, strict=True)
    problem = job.problem._replace(axes=tuple(axis[i] for axis, i in rows))
    samples = Pieces(x).whole()
    # as numbers, a NaN outside is no missing sample
    missing = np.zeros(samples.shape, bool)
    if job.nan != "propagate" and samples.dtype.kind in "fc":
        missing |= np.isnan(samples)
    for each in (hidden, mask):
        if each is not None:
            missing |= Pieces(each).whole().astype(bool, copy=False)
    weight = None if weights is None else Pieces(weights).whole()
    if any(axis.reaches_outside for axis in problem.axes):
        missing = _continued(problem, missing, job.renormalizes)
        weight = None if weight is None else _continued(problem, weight, 1)
        samples = gather(problem, samples, job.constants)[1]
    y, met = normalized_convolve(
        samples, kernel, weights=weight, mask=missing if missing.any() else None,
        nan="propagate", min_weight=job.min_weight, mode="valid", method=job.method,
        axes=job.along, return_weights=True, workers=job.workers,
        out=np.empty(problem.shape, problem.output),
    )  # fmt: skip
    if job.nan == "preserve" and samples.dtype.kind in "fc":
        y[np.isnan(samples[_centres(problem)])] = np.nan
    if job.is_masked:
        y = np.ma.MaskedArray(y, met <= job.min_weight)
    return (y, met) if job.return_weights else y


def _continued(problem: Problem, array: NDArray[Any], outside: Any) -> NDArray[Any]:
    """Continue masks or weights as the samples; `outside` stands for a constant."""
    constants = [outside] * len(problem.axes)
    return gather(problem._replace(output=array.dtype), array, constants)[1]


def _centres(problem: Problem) -> tuple[slice, ...]:
    """Return the samples at the positions of the outputs in mode 'same'."""
    return tuple(
        slice(axis.span // 2, axis.span // 2 + axis.outputs)
        if axis.role == "window"
        else slice(None)
        for axis in problem.axes
    )
