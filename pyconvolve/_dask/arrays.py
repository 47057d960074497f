"""Arrays of dask: checks, keys of their chunks, and results made of tasks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from math import isnan
from typing import Any

import dask.array
import numpy as np
from dask.array import Array
from dask.highlevelgraph import HighLevelGraph

from .._core.arguments import array_of, check_type
from .._core.positions import Run
from .tasks import take

Chunks = tuple[tuple[int, ...], ...]


def lazy(name: str, value: Any, may_be_masked: bool = False) -> Array:
    """Return an array of dask, whose chunks are NumPy arrays of known sizes.

    Parameters
    ----------
    name : str
        Name of the argument in error messages.
    value : array_like
        Other arrays are divided into chunks as `dask.array.from_array` does.
    may_be_masked : bool, optional
        Whether chunks may be masked arrays.

    Raises
    ------
    ValueError, TypeError
        If sizes of chunks are unknown, or if chunks are arrays of another library, or
        hold no numbers.
    """
    if Array is not dask.array.core.Array:
        raise NotImplementedError(
            "pyconvolve.dask needs arrays of dask without query planning: set "
            "'array.query-planning' of dask.config to False before dask.array is "
            "imported"
        )
    if not isinstance(value, Array):
        if may_be_masked and isinstance(value, np.ma.MaskedArray):
            check_type(name, value.dtype)
            return dask.array.from_array(value, asarray=False)
        return dask.array.from_array(array_of(name, value))
    kind = type(value._meta)
    if kind is np.ma.MaskedArray and not may_be_masked:
        raise TypeError(
            f"{name} must not have masked arrays as chunks; use normalized_convolve, "
            "which leaves masked samples out, or fill them first, for example with "
            "dask.array.ma.filled"
        )
    if kind not in (np.ndarray, np.ma.MaskedArray):
        raise TypeError(
            f"{name} must have NumPy arrays as chunks, not {kind.__name__}; its method "
            "map_blocks(numpy.asarray) converts them"
        )
    if any(isnan(size) for sizes in value.chunks for size in sizes):
        raise ValueError(
            f"{name} must have chunks of known sizes, not {value.chunks}; call its "
            "method compute_chunk_sizes() first"
        )
    check_type(name, value.dtype)
    return value


class Chunked:
    """Keys of parts of an array: its chunks, or slices of them that tasks take.

    Parameters
    ----------
    array : dask.array.Array
    name : str
        Name of the tasks that take slices.
    tasks : dict
        The tasks are added to it.
    """

    def __init__(self, array: Array, name: str, tasks: dict[Any, Any]) -> None:
        self._name, self._array, self._tasks = name, array.name, tasks
        # ends of chunks along each axis, from 0 on
        self._ends = [(0, *accumulate(sizes)) for sizes in array.chunks]

    def keys(self, runs: Sequence[Sequence[Run]]) -> Any:
        """Return the keys of the parts that make up a slab.

        Parameters
        ----------
        runs : sequence of sequence of Run
            The samples along each axis, one after the other.

        Returns
        -------
        list of ... of list of tuple, or tuple
            Lists in lists, one for each axis, as `numpy.block` takes them.
        """
        return self._nested([self._pieces(a, each) for a, each in enumerate(runs)], ())

    def _nested(self, pieces: Sequence[Any], chosen: tuple[Any, ...]) -> Any:
        axis = len(chosen)
        if axis < len(pieces):
            return [self._nested(pieces, (*chosen, piece)) for piece in pieces[axis]]
        key = (self._array, *(number for number, _ in chosen))
        if all(part is None for _, part in chosen):
            return key
        parts = [
            (0, self._size(a, number), 1) if part is None else part
            for a, (number, part) in enumerate(chosen)
        ]
        taken = (self._name, *key[1:], *(limit for part in parts for limit in part))
        self._tasks[taken] = (take, key, parts)
        return taken

    def _size(self, axis: int, number: int) -> int:
        ends = self._ends[axis]
        return ends[number + 1] - ends[number]

    def _pieces(self, axis: int, runs: Sequence[Run]) -> list[Any]:
        """Return the number of each chunk, and the part that is taken; None: all."""
        found: list[Any] = []
        ends = self._ends[axis]
        for run in runs:
            some = []
            for number, (start, stop) in _overlapping(ends, run):
                step = -1 if run.is_reversed else 1
                is_whole = step == 1 and (start, stop) == ends[number : number + 2]
                part = start - ends[number], stop - ends[number], step
                some.append((number, None if is_whole else part))
            found += reversed(some) if run.is_reversed else some
        return found


def _overlapping(
    ends: Sequence[int], run: Run
) -> Iterator[tuple[int, tuple[int, int]]]:
    """Yield the chunks that hold samples of a run, and which of them they hold."""
    number = int(np.searchsorted(ends, run.first, "right")) - 1
    while number + 1 < len(ends) and ends[number] < run.end:
        start, stop = max(ends[number], run.first), min(ends[number + 1], run.end)
        if start < stop:
            yield number, (start, stop)
        number += 1


def made_of(
    name: str,
    tasks: Mapping[Any, Any],
    chunks: Chunks,
    meta: Any,
    arrays: Sequence[Array],
) -> Array:
    """Return the array whose chunks some tasks compute.

    Parameters
    ----------
    name : str
        The chunk with numbers i, j, ... has the key ``(name, i, j, ...)``.
    tasks : mapping
    chunks : tuple of tuple of int
    meta : ndarray or dtype
        An empty array like those of the chunks, or their type.
    arrays : sequence of dask.array.Array
        The arrays whose chunks are read.
    """
    if isinstance(meta, np.dtype):
        meta = np.empty((0,) * len(chunks), meta)
    graph = HighLevelGraph.from_collections(name, dict(tasks), dependencies=arrays)
    return Array(graph, name, chunks, meta=meta)
