"""Tiles with numbers that are not finite: computed anew, region by region.

A transform spreads such a number over all of its tile. So outputs of a tile that holds
one are summed directly, or, where that takes too long, transformed without these
numbers, which are then written wherever they reach.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from math import ceil, prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ... import thread_pool
from ...problem import Problem
from ...region import cut, gather, region
from ...thresholds import Thresholds
from ...workers import resolve

# Makes a plan by sums, or by transforms.
Planner = Callable[[Problem, bool, Thresholds], Any]


class Task(NamedTuple):
    """A run whose outputs are to be repaired."""

    plan: Any
    signal: NDArray[Any]
    kernel: NDArray[Any]
    output: NDArray[Any]
    constants: Sequence[Any] | None
    workers: int | None


def repair(task: Task, flags: bytearray, planner: Planner) -> None:
    """Compute outputs anew at places that are flagged."""
    problem, limits = task.plan.problem, task.plan.thresholds
    places = np.frombuffer(flags, bool)
    size = _region_size(task.plan, int(np.count_nonzero(places)))
    found = _regions(task.plan, places, size)
    chosen = np.argwhere(found).tolist()
    direct = planner(problem, True, limits)
    # how many convolutions by transforms take as long as sums do
    transforms = len(chosen) / found.size * direct.seconds / task.plan.seconds
    threads = resolve(task.workers)
    apart = len(chosen) >= threads > 1

    def body(first: int, last: int, stop: thread_pool.Stop | None) -> None:
        for place in chosen[first:last]:
            if stop is not None and stop[0]:
                return
            outputs = [
                slice(i * n, min((i + 1) * n, most))
                for i, n, most in zip(place, size, problem.shape, strict=True)
            ]
            _repair_region(
                task._replace(workers=1) if apart else task,
                outputs,
                transforms > limits.marks,
                planner,
            )

    if apart:
        thread_pool.run_phases([(len(chosen), body)], threads)
    else:
        body(0, len(chosen), None)


def _repair_region(
    task: Task, outputs: Sequence[slice], marking: bool, planner: Planner
) -> None:
    """Compute a range of outputs anew."""
    limits = task.plan.thresholds
    found = region(task.plan.problem, outputs)
    signal, kernel = cut(task.signal, found.signal), cut(task.kernel, found.kernel)
    output = cut(task.output, found.output)
    if marking and task.plan.problem.output.kind == "f":
        problem, samples = gather(found.problem, signal, task.constants)
        if not np.isfinite(samples).all():
            _run_marked(problem, samples, kernel, output, task, planner)
            return
    plan = planner(found.problem, True, limits)
    plan.run(signal, kernel, output, task.constants, task.workers)


def _run_marked(
    problem: Problem,
    signal: NDArray[Any],
    kernel: NDArray[Any],
    output: NDArray[Any],
    task: Task,
    planner: Planner,
) -> None:
    """Convolve what is finite, and write where all else reaches."""
    limits = task.plan.thresholds
    above, below, unknown = signal == np.inf, signal == -np.inf, np.isnan(signal)
    finite = signal.copy()
    finite[above | below | unknown] = 0
    plan = planner(problem, False, limits)
    plan.run(finite, plan.prepare(kernel, False), output, None, task.workers)
    del finite
    meet = _meeting(problem, plan, output, task.workers, planner)
    up = meet(above, kernel > 0) | meet(below, kernel < 0)
    down = meet(above, kernel < 0) | meet(below, kernel > 0)
    neither = meet(unknown, np.ones(kernel.shape, bool))
    neither |= meet(above | below, kernel == 0) | (up & down)
    np.copyto(output, np.inf, where=up)
    np.copyto(output, -np.inf, where=down)
    np.copyto(output, np.nan, where=neither)


def _meeting(
    problem: Problem,
    plan: Any,
    output: NDArray[Any],
    workers: int | None,
    planner: Planner,
) -> Callable[[NDArray[np.bool_], NDArray[np.bool_]], NDArray[np.bool_]]:
    """Return a function that tells where chosen samples meet chosen taps."""
    # rounding would leave counts of single precision too close to the next one
    single = 2 * prod(plan.points) * problem.taps < plan.thresholds.counted
    kind = np.dtype(np.float32 if single else np.float64)
    counting = planner(
        problem._replace(
            signal=problem.signal._replace(dtype=kind),
            kernel=problem.kernel._replace(dtype=kind),
            output=kind,
        ),
        False,
        plan.thresholds,
    )

    def meet(samples: NDArray[np.bool_], taps: NDArray[np.bool_]) -> NDArray[np.bool_]:
        found = np.zeros(output.shape, kind)
        if samples.any() and taps.any():
            chosen = counting.prepare(taps.astype(kind), False)
            counting.run(samples.astype(kind), chosen, found, None, workers)
        return found > 0.5

    return meet


def _region_size(plan: Any, flagged: int) -> tuple[int, ...]:
    """Return the outputs of a region along each axis.

    Those of a tile, or of many tiles where many are flagged. Large ones are halved
    along axes that leave at least as many as share a sample.
    """
    limits, outputs = plan.thresholds, plan.problem.shape
    tile = {a["output"]: a["block_outputs"] * a["phases"] for a in plan.axes}
    size = [min(n, tile[a]) for a, n in enumerate(outputs)]
    room = limits.region_outputs if flagged > limits.few_tiles else 1
    for a, n in reversed(list(enumerate(outputs))):
        size[a] = min(n, size[a] * max(1, room // prod(size)))
    shared = [max(1, axis.span / axis.stride) for axis in plan.problem.axes]
    while prod(size) > limits.most_outputs:
        a = max(range(len(size)), key=lambda a: size[a] / shared[a])
        if size[a] < 2 * shared[a]:
            break
        size[a] = ceil(size[a] / 2)
    return tuple(size)


def _regions(
    plan: Any, places: NDArray[np.bool_], size: tuple[int, ...]
) -> NDArray[np.bool_]:
    """Tell which regions of the output hold outputs of chosen places."""
    outputs = plan.problem.shape
    found = np.zeros([ceil(n / m) for n, m in zip(outputs, size, strict=True)], bool)
    starts = [before for _, before, _ in plan.blocks] + [places.size]
    for (_, before, blocks), beyond in zip(plan.blocks, starts[1:], strict=True):
        chosen = np.flatnonzero(places[before:beyond])
        if not chosen.size:
            continue
        met: list[list[NDArray[np.intp]]] = [[] for _ in outputs]
        for a, first, last in _outputs_of(plan.axes, blocks, chosen):
            begin, end = first // size[a], last // size[a]
            most = int((end - begin).max())
            met[a] = [np.minimum(begin + i, end) for i in range(most + 1)]
        for corner in product(*met):
            found[corner] = True
    return found


def _outputs_of(
    axes: Sequence[dict[str, int]],
    blocks: Sequence[tuple[int, int, int]],
    places: NDArray[np.intp],
) -> Iterator[tuple[int, NDArray[np.intp], NDArray[np.intp]]]:
    """Axis, first and last output of each of some places."""
    for axis, (start, step, number) in zip(
        reversed(axes), reversed(blocks), strict=True
    ):
        places, phase = np.divmod(places, axis["phases"])
        places, block = np.divmod(places, number)
        block = start + step * block
        if axis["output"] < 0:
            continue
        phases, kept = axis["phases"], axis["block_outputs"]
        first = phases * kept * block + phase
        last = first + phases * (kept - 1)
        if axis["adds"]:
            first = np.maximum(first - axis["first_output"], 0)
            last += axis["taps"] - 1 - axis["first_output"]
        yield axis["output"], first, np.minimum(last, axis["outputs"] - 1)
