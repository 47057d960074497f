"""Repair of tiles with samples that are not finite, region by region.

A transform spreads NaN or an infinity over all outputs of a tile. The outputs of a tile
that holds such a sample are therefore computed again: they are summed directly; or, if
that takes longer, the finite samples are convolved by transforms, and then NaN and
infinities are written to the outputs that they reach.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from math import ceil, prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ... import thread_pool
from ...conversion import convert, without_conversion
from ...problem import Problem
from ...region import cut, gather, region
from ...thresholds import Thresholds
from ...workers import resolve

# Makes a plan by sums if its second argument is true, otherwise a plan by transforms.
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
    """Compute the outputs of flagged tiles again.

    Parameters
    ----------
    task : Task
    flags : bytearray
        One for each tile of the plan: 1 if its outputs are not finite.
    planner : callable
        Plans the regions that are computed.
    """
    problem, limits = task.plan.problem, task.plan.thresholds
    flagged = np.frombuffer(flags, bool)
    size = _region_size(task.plan, int(np.count_nonzero(flagged)))
    grid = _find_regions(task.plan, flagged, size)
    regions = np.argwhere(grid).tolist()
    # seconds of sums, over the seconds of one convolution by transforms
    direct = planner(problem, True, limits)
    ratio = len(regions) / grid.size * direct.seconds / task.plan.seconds
    by_transforms = ratio > limits.repair_transforms
    threads = resolve(task.workers)
    # threads compute a region each, or share every region
    is_threaded = len(regions) >= threads > 1
    each = task._replace(workers=1) if is_threaded else task

    def body(first: int, last: int, stop: thread_pool.Stop | None) -> None:
        for index in regions[first:last]:
            if stop is not None and stop[0]:
                return
            of_output = [
                slice(i * n, min((i + 1) * n, most))
                for i, n, most in zip(index, size, problem.shape, strict=True)
            ]
            outputs = [
                slice(0, 1) if axis.output is None else of_output[axis.output]
                for axis in problem.axes
            ]
            _repair_region(each, outputs, by_transforms, planner)

    if is_threaded:
        thread_pool.run_phases([(len(regions), body)], threads)
    else:
        body(0, len(regions), None)


def _repair_region(
    task: Task, outputs: Sequence[slice], by_transforms: bool, planner: Planner
) -> None:
    """Compute a range of outputs again."""
    limits = task.plan.thresholds
    found = region(task.plan.problem, outputs)
    signal, kernel = cut(task.signal, found.signal), cut(task.kernel, found.kernel)
    output = cut(task.output, found.output)
    if by_transforms and found.problem.summed.kind == "f":
        problem, samples = gather(found.problem, signal, task.constants)
        if not np.isfinite(samples).all():
            if problem.sums is None:
                sums = output
            else:
                sums = np.empty(output.shape, problem.sums)
            _transform_finite_samples(
                without_conversion(problem), samples, kernel, sums, task, planner
            )
            if problem.sums is not None:
                convert(sums, output, problem.overflow, problem.rounding)
            return
    plan = planner(found.problem, True, limits)
    taps = plan.prepare(kernel, False)
    plan.run(signal, taps, output, task.constants, task.workers)


def _transform_finite_samples(
    problem: Problem,
    signal: NDArray[Any],
    kernel: NDArray[Any],
    output: NDArray[Any],
    task: Task,
    planner: Planner,
) -> None:
    """Convolve the finite samples, and write NaN and infinities where others reach."""
    limits = task.plan.thresholds
    above, below, unknown = signal == np.inf, signal == -np.inf, np.isnan(signal)
    finite = signal.copy()
    finite[above | below | unknown] = 0
    plan = planner(problem, False, limits)
    plan.run(finite, plan.prepare(kernel, False), output, None, task.workers)
    del finite
    reach = _reach(problem, plan, output, task.workers, planner)
    up = reach(above, kernel > 0) | reach(below, kernel < 0)
    down = reach(above, kernel < 0) | reach(below, kernel > 0)
    neither = reach(unknown, np.ones(kernel.shape, bool))
    neither |= reach(above | below, kernel == 0) | (up & down)
    np.copyto(output, np.inf, where=up)
    np.copyto(output, -np.inf, where=down)
    np.copyto(output, np.nan, where=neither)


def _reach(
    problem: Problem,
    plan: Any,
    output: NDArray[Any],
    workers: int | None,
    planner: Planner,
) -> Callable[[NDArray[np.bool_], NDArray[np.bool_]], NDArray[np.bool_]]:
    """Return a function that finds the outputs that chosen samples reach.

    The function takes masks of samples and of taps. An output is reached if it sums a
    product of a chosen sample and a chosen tap. Such products are counted by a
    convolution of the masks.
    """
    # above this size, rounding in single precision could change a count by one half
    is_single = (
        2 * prod(plan.points) * problem.taps < plan.thresholds.single_precision_counts
    )
    dtype = np.dtype(np.float32 if is_single else np.float64)
    assert problem.kernel is not None
    counting = planner(
        problem._replace(
            signal=problem.signal._replace(dtype=dtype),
            kernel=problem.kernel._replace(dtype=dtype),
            output=dtype,
        ),
        False,
        plan.thresholds,
    )

    def reach(samples: NDArray[np.bool_], taps: NDArray[np.bool_]) -> NDArray[np.bool_]:
        products = np.zeros(output.shape, dtype)
        if samples.any() and taps.any():
            chosen = counting.prepare(taps.astype(dtype), False)
            counting.run(samples.astype(dtype), chosen, products, None, workers)
        return products > 0.5

    return reach


def _region_size(plan: Any, flagged: int) -> tuple[int, ...]:
    """Return the number of outputs of a region along each axis.

    A region has the outputs of one tile, or of many tiles if many are flagged. A large
    region is halved along axes where half of it still has as many outputs as share a
    sample.
    """
    limits, outputs = plan.thresholds, plan.problem.shape
    tile = {a["output"]: a["block_outputs"] * a["phases"] for a in plan.axes}
    size = [min(n, tile[a]) for a, n in enumerate(outputs)]
    room = limits.region_outputs if flagged > limits.few_tiles else 1
    for a, n in reversed(list(enumerate(outputs))):
        size[a] = min(n, size[a] * max(1, room // prod(size)))
    # outputs along each axis that share a sample
    sharing = [
        max(1, axis.span / axis.stride)
        for axis in plan.problem.axes
        if axis.output is not None
    ]
    while prod(size) > limits.most_outputs:
        a = max(range(len(size)), key=lambda a: size[a] / sharing[a])
        if size[a] < 2 * sharing[a]:
            break
        size[a] = ceil(size[a] / 2)
    return tuple(size)


def _find_regions(
    plan: Any, flagged: NDArray[np.bool_], size: tuple[int, ...]
) -> NDArray[np.bool_]:
    """Find the regions that hold outputs of flagged tiles.

    Parameters
    ----------
    plan : FFTPlan
    flagged : ndarray of bool, of shape (tiles,)
    size : tuple of int
        Outputs of a region along each axis.

    Returns
    -------
    ndarray of bool
        Its shape is the number of regions along each axis of the output.
    """
    outputs = plan.problem.shape
    grid = np.zeros([ceil(n / m) for n, m in zip(outputs, size, strict=True)], bool)
    starts = [first_tile for _, first_tile, _ in plan.blocks] + [flagged.size]
    for (_, start, blocks), end in zip(plan.blocks, starts[1:], strict=True):
        tiles = np.flatnonzero(flagged[start:end])
        if not tiles.size:
            continue
        # along each axis: of each tile, the first region, the second one, ...
        regions: list[list[NDArray[np.intp]]] = [[] for _ in outputs]
        for a, first, last in _outputs_of(plan.axes, blocks, tiles):
            begin, final = first // size[a], last // size[a]
            most = int((final - begin).max())
            regions[a] = [np.minimum(begin + i, final) for i in range(most + 1)]
        for index in product(*regions):
            grid[index] = True
    return grid


def _outputs_of(
    axes: Sequence[dict[str, int]],
    blocks: Sequence[tuple[int, int, int]],
    tiles: NDArray[np.intp],
) -> Iterator[tuple[int, NDArray[np.intp], NDArray[np.intp]]]:
    """Find the outputs of tiles of a round.

    Parameters
    ----------
    axes : sequence of dict
        Axes of a tile. Tiles are numbered in C order, by block and by phase along each.
    blocks : sequence of (start, step, number)
        Blocks of the round along these axes.
    tiles : ndarray of int
        Numbers of the tiles, counted from the first tile of the round.

    Yields
    ------
    axis : int
        An axis of the output.
    first, last : ndarray of int
        The first and the last output along this axis of each tile.
    """
    for axis, (start, step, number) in zip(
        reversed(axes), reversed(blocks), strict=True
    ):
        tiles, phase = np.divmod(tiles, axis["phases"])
        tiles, block = np.divmod(tiles, number)
        block = start + step * block
        if axis["output"] < 0:
            continue
        phases, outputs = axis["phases"], axis["block_outputs"]
        first = phases * outputs * block + phase
        last = first + phases * (outputs - 1)
        if axis["adds"]:
            first = np.maximum(first - axis["first_output"], 0)
            last += axis["taps"] - 1 - axis["first_output"]
        yield axis["output"], first, np.minimum(last, axis["outputs"] - 1)
