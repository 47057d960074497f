"""Convolutions of dask arrays: each chunk of outputs is a region of the problem."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import dask.array
import numpy as np
from dask.array import Array
from dask.base import tokenize
from numpy.typing import ArrayLike

from .._core import api, planner
from .._core import workers as threads
from .._core.arguments import Names, Rules, axes_of, check_rules
from .._core.outside import constants_of
from .._core.problem import Problem
from .._core.sums import is_converted, with_sums
from .arrays import Chunked, Chunks, lazy, made_of
from .slabs import Slab, chunks_of, slabs_of, tap_blocks
from .sums import Job, compute, finish, partial_type


def run(
    names: Names,
    rules: Rules,
    in1: ArrayLike | Array,
    in2: ArrayLike | Array,
    cval: Any,
    workers: int | None,
) -> Array:
    """Convolve or correlate `in1` with `in2`, as `api.run` does, but lazily."""
    if workers is not None:
        threads.resolve(workers)
    signal, kernel = lazy(names.signal, in1), lazy(names.kernel, in2)
    if rules.mode == "valid" and not rules.ordered:
        exchanged = _exchanged(names, rules, signal, kernel, cval)
        if exchanged is not None:
            names = Names(names.kernel, names.signal)
            rules = rules._replace(correlating=False, ordered=True)
            return run(names, rules, exchanged, signal, cval, workers)
    rules = rules._replace(ordered=True)
    problem = _problem(names, rules, signal, kernel, cval)
    chunks = chunks_of(problem, rules.mode, signal.chunks)
    if 0 in problem.shape:
        return dask.array.zeros(problem.shape, dtype=problem.output, chunks=chunks)
    blocks = tap_blocks(problem, chunks, rules.thresholds)
    partial = None
    if any(len(sizes) > 1 for sizes in blocks):
        if is_converted(rules):
            problem = _with_sums(names, rules, problem, in2, cval)
        partial = partial_type(problem)
    kernel = kernel.rechunk(_chunks_of_kernel(problem, chunks, blocks, kernel.shape))
    found = slabs_of(problem, chunks, blocks)
    axes = tuple(
        tuple(tuple(slab.axis for slab in row) for row in rows) for rows in found
    )
    job = Job(problem, rules, cval, workers, axes, partial)
    word = "correlate" if rules.correlating else "convolve"
    name = f"{word}-{tokenize(signal, kernel, job)}"
    return _array(name, job, found, chunks, signal, kernel)


def _exchanged(
    names: Names, rules: Rules, signal: Array, kernel: Array, cval: Any
) -> Array | None:
    """Return the kernel as the signal of a convolution, if that is larger."""
    check_rules(rules, cval)
    _, _, swapped, flipped = planner.describe(
        rules, signal.shape, kernel.shape, signal.dtype, kernel.dtype, names, cval
    )
    if not swapped:
        return None
    if rules.correlating:
        # a correlation is a convolution with the reversed conjugate
        kernel = dask.array.flip(kernel, flipped)
        if kernel.dtype.kind in "cO":
            kernel = kernel.map_blocks(np.conj)
    if kernel.ndim == signal.ndim:
        return kernel
    # the kernel's axes are those that are convolved, in the order that they are given
    axes = axes_of("axes", rules.axes, names.signal, signal.ndim)
    places = tuple(slice(None) if a in axes else None for a in range(signal.ndim))
    return kernel.transpose(*np.argsort(axes).tolist())[places]


def _problem(
    names: Names, rules: Rules, signal: Array, kernel: Array, cval: Any
) -> Problem:
    """Check the arguments, and return their problem."""
    types = signal.dtype, kernel.dtype
    problem = api.problem_of(names, rules, signal.shape, kernel.shape, *types, cval)
    checked = problem
    if is_converted(rules):
        # samples and taps decide in which type sums are computed
        samples, taps = (np.empty(0, dtype) for dtype in types)
        checked = problem._replace(sums=with_sums(rules, samples, taps, cval).sums)
    constants_of(cval, checked, rules.axes)
    return problem


def _with_sums(
    names: Names, rules: Rules, problem: Problem, kernel: Any, cval: Any
) -> Problem:
    """Fill in the type of sums for any samples, because tasks see a part of them."""
    if isinstance(kernel, Array):
        raise ValueError(
            f"{names.kernel} must be a NumPy array, not one of dask, where integers "
            "are rounded or clipped and tasks sum blocks of its taps; call its method "
            "compute() first"
        )
    sums = with_sums(
        rules, np.empty(0, problem.signal.dtype), np.asarray(kernel), cval
    ).sums
    overflow = "wrap" if sums is None else rules.overflow
    return problem._replace(sums=sums, overflow=overflow)


def _chunks_of_kernel(
    problem: Problem, chunks: Chunks, blocks: Sequence[Any], shape: tuple[int, ...]
) -> Chunks:
    """Return the blocks of taps, and along other axes the kernels of each chunk."""
    found: list[Any] = [(length,) for length in shape]
    for axis, sizes, taps in zip(problem.axes, chunks, blocks, strict=True):
        if axis.kernel is not None:
            found[axis.kernel] = taps if axis.role == "window" else sizes
    return tuple(found)


def _array(
    name: str,
    job: Job,
    slabs: list[list[list[Slab]]],
    chunks: Chunks,
    signal: Array,
    kernel: Array,
) -> Array:
    """Return the array whose chunks are sums over blocks of taps."""
    job_key, tasks = f"{name}-job", dict[Any, Any]()
    tasks[job_key] = job
    samples = Chunked(signal, f"{name}-samples", tasks)
    all_blocks = [*product(*(range(len(rows)) for rows in slabs))]
    for index in product(*(range(len(sizes)) for sizes in chunks)):
        key = (name, *index)
        parts = []
        for block in all_blocks:
            places = zip(slabs, block, index, strict=True)
            chosen = [rows[b][i] for rows, b, i in places]
            if all(slab.meets for slab in chosen):
                parts.append((block, chosen))
        # outputs that meet no sample are zero by any block
        parts = parts or [(block, chosen)]
        before: tuple[Any, ...] = ()
        for number, (block, chosen) in enumerate(parts):
            taps = [0] * kernel.ndim
            for axis, b, i in zip(job.problem.axes, block, index, strict=True):
                if axis.kernel is not None:
                    taps[axis.kernel] = b if axis.role == "window" else i
            pieces = samples.keys([slab.runs for slab in chosen])
            task = compute, job_key, index, block, (kernel.name, *taps), pieces, *before
            if job.partial is None:
                tasks[key] = task
                break
            summed = (f"{name}-sums", number, *index)
            tasks[summed], before = task, (summed,)
        else:
            tasks[key] = finish, job_key, index, *before
    return made_of(name, tasks, chunks, job.problem.output, [signal, kernel])
