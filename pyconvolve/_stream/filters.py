"""Kernels that convolve streams, and what each of them holds of the samples."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .._core.dtypes import real_type
from .._core.partitions import partition
from ..convolution import convolve
from ..convolver import Convolver

# The shortest block, and partition of taps, of exact sums.
_SHORTEST = 256
# Products of a block that is convolved as a whole, at least; a sample of it counts no
# more than so many taps.
_LONG, _DIRECT_TAPS = 1 << 20, 512
# Real types that are computed in partitions.
_PARTITIONED = (np.dtype(np.float32), np.dtype(np.float64))


class Filter(Protocol):
    """A kernel, and a stream that it convolves."""

    held: int
    """Samples of each input that it holds, at most."""

    @property
    def position(self) -> int:
        """Samples that have come."""

    def open(self, groups: int) -> None:
        """Begin a stream of so many groups of inputs."""

    def process(self, x: NDArray[Any], y: NDArray[Any], count: int) -> None:
        """Convolve the next samples, (groups, inputs, count), into outputs.

        The first axes of both arrays may be missing if they have length 1.
        """

    def read(self, count: int) -> NDArray[Any]:
        """Return the last samples: (groups, inputs, count)."""

    def recall(self, position: int, samples: NDArray[Any]) -> None:
        """Go on as if these had been the last samples up to a position."""


def filter_for(
    kernel: NDArray[Any], signal: np.dtype, dtype: np.dtype, block: int | None
) -> Filter:
    """Prepare a kernel for streams.

    Parameters
    ----------
    kernel : ndarray, shape (outputs, inputs, taps)
    signal : dtype
        Of the samples: `dtype`, or the same in reals.
    dtype : dtype
        Of the outputs.
    block : int or None
        The usual length of a block.
    """
    real = real_type(dtype)
    if real not in _PARTITIONED:
        return ExactFilter(kernel.astype(dtype))
    computed = dtype if kernel.dtype.kind == "c" else real
    return PartitionedFilter(kernel.astype(computed, copy=False), signal, block)


class PartitionedFilter:
    """A kernel in partitions, for numbers in single or double precision.

    Parameters
    ----------
    kernel : ndarray, shape (outputs, inputs, taps)
    signal : dtype
        Of the samples.
    block : int or None
        The usual length of a block.
    """

    def __init__(
        self, kernel: NDArray[Any], signal: np.dtype, block: int | None
    ) -> None:
        self._signal = signal
        self._partitioned = partition(kernel, signal.kind == "c", block)
        self.open = self._partitioned.open
        self.process = self._partitioned.process
        self.held: int = self._partitioned.held

    @property
    def position(self) -> int:
        """Samples that have come."""
        return self._partitioned.position

    def read(self, count: int) -> NDArray[Any]:
        """Return the last samples: (groups, inputs, count)."""
        groups, inputs = self._partitioned.shape
        reals = np.empty((groups, inputs, count), real_type(self._signal))
        self._partitioned.read(reals)
        per_group, per_line = self._partitioned.parts
        shape = groups // per_group, inputs // per_line, count
        samples = np.empty(shape, self._signal)
        for part, view in enumerate(self._parts(samples)):
            view[...] = self._parts_of(reals, part)
        return samples

    def recall(self, position: int, samples: NDArray[Any]) -> None:
        """Go on as if these had been the last samples up to a position."""
        groups, inputs, count = samples.shape
        per_group, per_line = self._partitioned.parts
        shape = groups * per_group, inputs * per_line, count
        reals = np.empty(shape, real_type(self._signal))
        for part, view in enumerate(self._parts(samples)):
            self._parts_of(reals, part)[...] = view
        self._partitioned.recall(position, reals)

    def _parts(self, samples: NDArray[Any]) -> tuple[NDArray[Any], ...]:
        """View the reals of numbers."""
        if self._signal.kind == "c":
            return samples.real, samples.imag
        return (samples,)

    def _parts_of(self, reals: NDArray[Any], part: int) -> NDArray[Any]:
        """View the same where each real part is a group, or a line, of its own."""
        per_group, per_line = self._partitioned.parts
        if per_group > 1:
            return reals[part::2]
        return reals[:, part::2] if per_line > 1 else reals


class ExactFilter:
    """A kernel of integers, objects, truth values or numbers in long double.

    Each block of n samples is convolved with the taps from n to 2 n, as soon as it is
    whole, for n of all powers of two: by `Convolver`, whose sums of integers are exact.
    The first taps are convolved with every block that comes.

    Parameters
    ----------
    kernel : ndarray, shape (outputs, inputs, taps)
    """

    def __init__(self, kernel: NDArray[Any]) -> None:
        self._dtype = kernel.dtype
        self._outputs, self._inputs, taps = kernel.shape
        self._head = min(taps, _SHORTEST)
        self._first = self._bank(kernel[..., : self._head], "valid")
        self._blocks: list[tuple[int, list[list[Convolver]]]] = []
        points = _SHORTEST
        while points < taps:
            part = self._bank(kernel[..., points : 2 * points], "full")
            self._blocks.append((points, part))
            points *= 2
        # Outputs of the longest block reach over two more.
        self.held = 4 * points if self._blocks else max(self._head - 1, 1)
        self.position = 0

    def _bank(self, kernel: NDArray[Any], mode: Any) -> list[list[Convolver]]:
        return [[Convolver(h, mode=mode, axes=-1) for h in row] for row in kernel]

    def open(self, groups: int) -> None:
        """Begin a stream of so many groups of inputs."""
        self.position = 0
        self._samples = np.zeros((groups, self._inputs, self.held), self._dtype)
        self._later = np.zeros((groups, self._outputs, self.held), self._dtype)

    def process(self, x: NDArray[Any], y: NDArray[Any], count: int) -> None:
        """Convolve the next samples."""
        groups = len(self._samples)
        x = x.reshape(groups, self._inputs, count)
        y = y.reshape(groups, self._outputs, count)
        first = 0
        while first < count:
            part = count - first
            if self._blocks:
                part = min(part, _SHORTEST - self.position % _SHORTEST)
            chosen = slice(first, first + part)
            self._step(x[..., chosen], y[..., chosen], part)
            first += part

    def _step(self, x: NDArray[Any], y: NDArray[Any], count: int) -> None:
        before = self.read(self._head - 1)
        _add_sums(y, self._first, np.concatenate([before, x], -1), False)
        if self._blocks:
            place = self.position % self.held
            later = self._later[..., place : place + count]
            y += later
            later[...] = 0
        self._take(x)
        for points, bank in self._blocks:
            if self.position % points == 0:
                self._add_block(points, bank, self.position // points - 1)

    def _add_block(self, points: int, bank: list[list[Convolver]], block: int) -> None:
        """Add the sums of a block to the outputs that have not come yet."""
        start = block * points
        place = start % self.held
        samples = self._samples[..., place : place + points]
        length = points + bank[0][0].kernel.size - 1
        sums = np.zeros((len(samples), self._outputs, length), self._dtype)
        _add_sums(sums, bank, samples, True)
        first = max(start + points, self.position)
        at = np.arange(first, start + points + length) % self.held
        self._later[..., at] += sums[..., length - len(at) :]

    def _take(self, x: NDArray[Any]) -> None:
        kept = x[..., -self.held :]
        end = self.position + x.shape[-1]
        at = np.arange(end - kept.shape[-1], end) % self.held
        self._samples[..., at] = kept
        self.position = end

    def read(self, count: int) -> NDArray[Any]:
        """Return the last samples: (groups, inputs, count)."""
        at = np.arange(self.position - count, self.position) % self.held
        return self._samples[..., at]

    def recall(self, position: int, samples: NDArray[Any]) -> None:
        """Go on as if these had been the last samples up to a position."""
        self.open(len(samples))
        self.position = position - samples.shape[-1]
        self._take(samples)
        # Sums of a block reach over the two blocks behind it. They are added in the
        # order in which the blocks came.
        ends = [
            (block * points, number, block - 1)
            for number, (points, _) in enumerate(self._blocks)
            for block in range(max(position // points - 1, 1), position // points + 1)
        ]
        for _, number, block in sorted(ends):
            self._add_block(*self._blocks[number], block)


def _add_sums(
    y: NDArray[Any], bank: list[list[Convolver]], x: NDArray[Any], adding: bool
) -> None:
    """Store, or add, the sums of all inputs' convolutions."""
    for output, row in enumerate(bank):
        for number, convolver in enumerate(row):
            sums = convolver(x[:, number])
            if adding or number:
                y[:, output] += sums
            else:
                y[:, output] = sums


def is_long(kernel: NDArray[Any], count: int) -> bool:
    """Whether the engines for whole signals take less time for a block.

    A call of them takes some tens of microseconds. As many samples as the kernel has
    taps are transformed once more, for the blocks that follow.
    """
    if kernel.ndim > 1 or count < kernel.size:
        return False
    return count * min(kernel.size, _DIRECT_TAPS) >= _LONG


def convolve_whole(
    last: Filter,
    kernel: NDArray[Any],
    x: NDArray[Any],
    y: NDArray[Any],
    workers: int | None,
) -> None:
    """Convolve a long block by the engines for signals that are there as a whole.

    Parameters
    ----------
    last : Filter
        It goes on behind the block.
    kernel : ndarray, shape (taps,)
    x, y : ndarray, shape (groups, 1, count)
        The first axes may be missing if they have length 1.
    workers : int or None
        The number of threads, at most.
    """
    x, y = (a.reshape(*(1,) * (3 - a.ndim), *a.shape) for a in (x, y))
    count, position = x.shape[-1], last.position
    # zeros stand before the first sample
    joined = np.concatenate([last.read(last.held), x], -1)
    start = joined.shape[-1] - count - kernel.size + 1
    dtype = y.dtype if kernel.dtype.kind == "c" else real_type(y.dtype)
    taps = kernel.astype(dtype, copy=False)
    convolve(joined[..., start:], taps, "valid", axes=-1, out=y, workers=workers)
    kept = min(last.held, position + count)
    last.recall(position + count, joined[..., joined.shape[-1] - kept :])
