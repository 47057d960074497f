"""The entries of a convolution's matrix, from the index map of its problem.

A row is an output, and a column a sample of the signal. Along each axis an output and a
tap name a sample, and the entry is the tap. Index maps of several axes are combined by
broadcasting: a column is a sum of one term for each axis. In the matrix that acts on
the kernel, columns are taps and entries are samples.

Rows are made in blocks, so that there is a block of a few megabytes besides the matrix.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from .._core.boundary import CONSTANT, CONTINUATIONS, fold
from .._core.problem import Axis, Problem

# Entries of a block of rows.
_BLOCK = 1 << 17
# Number of the window axis, or None, and a term for each row and tap along it.
_Term = tuple[int | None, NDArray[Any]]


class _Rows(NamedTuple):
    """A block of rows, with an entry for each output and tap."""

    first: int
    columns: NDArray[Any]
    """Of shape (rows, taps)."""
    entries: NDArray[Any]
    """Of the same shape."""
    present: NDArray[np.bool_]
    """Whether the sample is not outside; of the same shape."""
    repeats: NDArray[np.bool_]
    """Rows that may have a column several times. Columns of the others ascend."""


class Entries:
    """The entries of the matrix of a convolution.

    Parameters
    ----------
    problem : Problem
        Without summed axes.
    operand : ndarray
        The kernel, if columns are samples of the signal; otherwise the signal.
    by_signal : bool
        Whether columns are samples of the signal; otherwise they are taps.
    shape : tuple of int
        Shape of the array that the columns are elements of.
    """

    def __init__(
        self,
        problem: Problem,
        operand: NDArray[Any],
        by_signal: bool,
        shape: tuple[int, ...],
    ) -> None:
        self._axes, self._outputs = problem.axes, problem.shape
        self._operand, self._by_signal = operand, by_signal
        shapes = (shape, operand.shape) if by_signal else (operand.shape, shape)
        self._signal, self._kernel = map(_steps, shapes)
        windows = {}
        for axis in problem.axes:
            number = axis.signal if by_signal else axis.kernel
            if axis.role == "window" and number is not None:
                windows[number] = axis
        # in the order of columns
        ordered = [windows[number] for number in sorted(windows)]
        self._places = {axis.output: place for place, axis in enumerate(ordered)}
        self._taps = tuple(axis.taps for axis in ordered)
        self.shape = problem.outputs, prod(shape)

    def dense(self) -> NDArray[Any]:
        """Return the matrix as an array."""
        dtype = self._operand.dtype
        # entries that are added are not rounded to half precision before
        wide = np.dtype(np.float32) if dtype == np.float16 else dtype
        matrix = np.zeros(self.shape, wide)
        for rows in self._blocks(np.dtype(np.intp)):
            numbers = np.arange(rows.first, rows.first + len(rows.columns))[:, None]
            numbers = np.broadcast_to(numbers, rows.columns.shape)
            index = numbers[rows.present], rows.columns[rows.present]
            if rows.repeats.any():
                np.add.at(matrix, index, rows.entries[rows.present])
            else:
                matrix[index] = rows.entries[rows.present]
        return matrix.astype(dtype, copy=False)

    def csr(self) -> csr_array:
        """Return the matrix in CSR format: columns ascend, and none is repeated.

        Raises
        ------
        TypeError
            If the type of the entries is float16, which SciPy's sparse arrays don't
            have.
        """
        if self._operand.dtype == np.float16:
            raise TypeError(
                "dtype must not be float16 in a sparse array, for scipy.sparse does "
                "not compute with it; float32 holds all its numbers"
            )
        ends = np.zeros(self.shape[0] + 1, np.int64)
        counts = reduce(np.multiply.outer, map(self._counts, self._axes))
        np.cumsum(counts, out=ends[1:])
        kind = index_type(max(int(ends[-1]), *self.shape))
        columns = np.empty(ends[-1], kind)
        entries = np.empty(ends[-1], self._operand.dtype)
        for rows in self._blocks(kind):
            starts = ends[rows.first : rows.first + len(rows.columns) + 1]
            block = slice(starts[0], starts[-1])
            if not rows.repeats.any():
                columns[block] = rows.columns[rows.present]
                entries[block] = rows.entries[rows.present]
                continue
            in_repeats = np.repeat(rows.repeats, np.diff(starts))
            for part, there in (
                (~rows.repeats, ~in_repeats),
                (rows.repeats, in_repeats),
            ):
                found = self._part(rows, part)
                if part is rows.repeats:
                    found.sum_duplicates()
                columns[block][there], entries[block][there] = found.indices, found.data
        matrix = csr_array(
            (entries, columns, ends.astype(kind, copy=False)), shape=self.shape
        )
        matrix.has_canonical_format = True
        return matrix

    def _part(self, rows: _Rows, part: NDArray[np.bool_]) -> csr_array:
        """Return some rows of a block as they are."""
        present = rows.present[part]
        ends = np.concatenate([[0], np.cumsum(present.sum(1))])
        arrays = rows.entries[part][present], rows.columns[part][present], ends
        return csr_array(arrays, shape=(len(present), self.shape[1]))

    def _blocks(self, kind: np.dtype) -> Iterator[_Rows]:
        """Yield blocks of rows, with columns of a type."""
        step = max(1, _BLOCK // prod(self._taps))
        for first in range(0, self.shape[0], step):
            yield self._block(first, min(first + step, self.shape[0]), kind)

    def _block(self, first: int, last: int, kind: np.dtype) -> _Rows:
        samples: list[_Term] = []
        taps: list[_Term] = []
        present: list[_Term] = []
        repeats = np.zeros(last - first, bool)
        numbers = np.unravel_index(np.arange(first, last), self._outputs)
        for axis, n in zip(self._axes, numbers, strict=True):
            if axis.role == "batch":
                samples.append((None, _scaled(n[:, None], axis.signal, self._signal)))
                taps.append((None, _scaled(n[:, None], axis.kernel, self._kernel)))
                continue
            place = self._places[axis.output]
            tap = k = np.arange(axis.taps)
            if axis.reversed:
                tap, k = (tap[::-1], k) if self._by_signal else (tap, k[::-1])
            positions = axis.offset + axis.stride * n[:, None] + axis.dilation * k
            found = fold(axis.boundary, axis.samples, positions)
            inside = np.maximum(found, 0)
            samples.append((place, _scaled(inside, axis.signal, self._signal)))
            taps.append((place, _scaled(tap[None], axis.kernel, self._kernel)))
            present.append((place, found >= 0))
            if self._by_signal and _repeats(axis):
                repeats |= (found != positions).any(1)
        columns, index = (samples, taps) if self._by_signal else (taps, samples)
        entries = self._operand.ravel()[self._combined(index, np.add)]
        shape = last - first, prod(self._taps)
        return _Rows(
            first,
            np.broadcast_to(self._combined(columns, np.add, kind), shape),
            np.broadcast_to(entries, shape),
            np.broadcast_to(self._combined(present, np.logical_and), shape),
            repeats,
        )

    def _combined(
        self, terms: list[_Term], combine: np.ufunc, dtype: np.dtype | None = None
    ) -> NDArray[Any]:
        """Combine the terms of all axes: (rows, taps), or (1, taps) for equal rows."""
        arrays = []
        for place, term in terms:
            shape = [len(term)] + [1] * len(self._taps)
            if place is not None:
                shape[1 + place] = term.shape[1]
            arrays.append(term.reshape(shape).astype(dtype or term.dtype, copy=False))
        # the smaller ones first
        arrays.sort(key=lambda array: array.size)
        total = reduce(combine, arrays)
        return np.broadcast_to(total, (len(total), *self._taps)).reshape(len(total), -1)

    def _counts(self, axis: Axis) -> NDArray[np.int64]:
        """Return how many columns each output has along an axis."""
        if axis.role == "batch":
            return np.ones(axis.outputs, np.int64)
        first = axis.offset + axis.stride * np.arange(axis.outputs)
        if not _repeats(axis):
            low = np.maximum(0, -(first // axis.dilation))
            high = np.minimum(
                axis.taps - 1, (axis.samples - 1 - first) // axis.dilation
            )
            return np.maximum(high - low + 1, 0)
        counts = np.full(axis.outputs, axis.taps)
        if self._by_signal:
            outside = (first < 0) | (first + axis.span > axis.samples)
            counts[outside] = _distinct(axis, first[outside])
        return counts


def index_type(largest: int) -> np.dtype:
    """Return the type of indices up to a number."""
    return np.dtype(np.int32 if largest <= np.iinfo(np.int32).max else np.int64)


def _repeats(axis: Axis) -> bool:
    """Whether an output may have a sample several times."""
    return CONTINUATIONS[axis.boundary].rule != CONSTANT


def _distinct(axis: Axis, first: NDArray[np.intp]) -> NDArray[np.int64]:
    """Count the samples of outputs, each once, by the positions of their first taps."""
    counts = np.ones(first.size, np.int64)
    step = max(1, _BLOCK // axis.taps)
    for begin in range(0, first.size, step):
        some = slice(begin, begin + step)
        positions = first[some, None] + axis.dilation * np.arange(axis.taps)
        samples = np.sort(fold(axis.boundary, axis.samples, positions), axis=1)
        counts[some] += (samples[:, 1:] != samples[:, :-1]).sum(1)
    return counts


def _steps(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the distance between neighbours along each axis, in C order."""
    return tuple(prod(shape[a + 1 :]) for a in range(len(shape)))


def _scaled(
    numbers: NDArray[np.intp], axis: int | None, steps: tuple[int, ...]
) -> NDArray[np.intp]:
    """Return what an array's axis adds to the numbers of its elements, in C order."""
    return np.zeros((1, 1), np.intp) if axis is None else numbers * steps[axis]
