"""What tasks do with parts of arrays: they take them and put them together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._core.problem import Problem
from .._core.region import Cuts
from .._core.thresholds import Thresholds


def take(chunk: NDArray[Any], parts: Sequence[tuple[int, int, int]]) -> NDArray[Any]:
    """Copy a part of a chunk, so that the chunk need not stay in memory.

    Parameters
    ----------
    chunk : ndarray
    parts : sequence of (int, int, int)
        The first sample along each axis, the one behind the last, and 1, or -1 to
        reverse the samples.
    """
    inside = chunk[tuple(slice(first, end) for first, end, _ in parts)]
    return inside[tuple(slice(None, None, step) for *_, step in parts)].copy()


class Pieces:
    """An array in pieces.

    Parameters
    ----------
    nested : ndarray, or list of ... of list of ndarray
        A list for each axis, as `numpy.block` takes them.
    """

    def __init__(self, nested: Any) -> None:
        self._nested = nested
        self._limits: list[list[int]] = []
        first = nested
        rows = []
        while isinstance(first, list):
            rows.append(first)
            first = first[0]
        for axis, row in enumerate(rows):
            lengths = [_corner(each).shape[axis] for each in row]
            self._limits.append([0, *accumulate(lengths)])
        self.is_one = all(len(limits) == 2 for limits in self._limits)
        self.shape = tuple(limits[-1] for limits in self._limits)

    def whole(self) -> NDArray[Any]:
        """Return the array."""
        return self.part(())

    def part(self, cuts: Cuts) -> NDArray[Any]:
        """Return a part of the array; a view if it lies in one piece.

        Parameters
        ----------
        cuts : tuple of (int, slice)
            The range along some axes.
        """
        chosen = [slice(0, limits[-1]) for limits in self._limits]
        for axis, each in cuts:
            chosen[axis] = each
        found = self._inside(self._nested, chosen, ())
        one = found
        while isinstance(one, list) and len(one) == 1:
            one = one[0]
        return np.block(found) if isinstance(one, list) else np.asarray(one)

    def _inside(self, nested: Any, chosen: Sequence[slice], index: Any) -> Any:
        if not isinstance(nested, list):
            return nested[index]
        wanted, limits = chosen[len(index)], pairwise(self._limits[len(index)])
        return [
            self._inside(
                each,
                chosen,
                (*index, slice(max(wanted.start - first, 0), wanted.stop - first)),
            )
            for each, (first, end) in zip(nested, limits, strict=True)
            if first < wanted.stop and wanted.start < end
        ]


def strip_outputs(problem: Problem, taps: int, slab: Pieces, limits: Thresholds) -> int:
    """Return how many outputs are computed together, each of so many taps.

    If the slab is in several pieces, a strip of it only is copied at once.
    """
    if slab.is_one:
        return problem.outputs
    return max(
        limits.strip_bytes // problem.output.itemsize,
        limits.strip_per_tap * taps,
    )


def _corner(nested: Any) -> NDArray[Any]:
    while isinstance(nested, list):
        nested = nested[0]
    return np.asarray(nested)
