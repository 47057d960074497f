"""Random problems to measure, and their plans."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._core import api
from .._core.arguments import Names, rules
from .._core.plan import Plan
from .._core.problem import Problem
from ..convolution import Mode

_NAMES = Names("in1", "in2")
# Most samples of a problem that is measured; more take too much memory.
_MOST_SAMPLES = 1 << 26
# Samples of a row whose bytes are a multiple of 4096: direct sums copy such rows.
_ROW = 1024


class Sample(NamedTuple):
    """A problem to measure: shapes of signal and kernel, axes, mode, type, strides."""

    data: tuple[int, ...]
    kernel: tuple[int, ...]
    axes: tuple[int, ...]
    mode: Mode
    dtype: str
    stride: int | tuple[int, ...] = 1

    @property
    def sums(self) -> float:
        """Number of products that the direct engine adds up, about."""
        taps = prod(self.kernel[axis] for axis in self.axes)
        strides = np.broadcast_to(self.stride, len(self.axes))
        return float(np.prod(self.data, dtype=float) * taps / np.prod(strides))

    @property
    def is_large(self) -> bool:
        """Whether it takes too much memory to be measured."""
        return prod(self.data) > _MOST_SAMPLES

    def arrays(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return noise of these shapes."""
        rng = np.random.default_rng(1)
        data, kernel = (
            (8 * rng.standard_normal(shape)).astype(self.dtype)
            for shape in (self.data, self.kernel)
        )
        return data, kernel

    def problem(self) -> Problem:
        """Return it as the planner sees it."""
        how = rules(
            False, self.mode, "auto", self.axes, "constant", 0, self.stride, 1, 0
        )
        dtype = np.dtype(self.dtype)
        return api.problem_of(_NAMES, how, self.data, self.kernel, dtype, dtype, 0)


def samples(seed: int, dtypes: tuple[str, ...]) -> Iterator[Sample]:
    """Draw random problems, without end.

    Parameters
    ----------
    seed : int
        Seed of the random numbers.
    dtypes : tuple of str
        Element types to choose from.

    Yields
    ------
    Sample
        With one to three convolved axes. Three of ten are batches; three of ten batches
        have a kernel for each signal. Kernels have from two taps to half the samples of
        the signal along each axis. Sizes are uniform on a logarithmic scale. Two of ten
        problems have a stride of two to four along all axes, and two of ten along all
        but the last, so that direct sums gather samples or copy them in runs. They copy
        images, too, whose rows have a multiple of 4096 bytes: three of ten large ones.

    Examples
    --------
    >>> from pyconvolve import tuning
    >>> next(tuning.samples(0, ("float32",))).dtype
    'float32'
    """
    rng = np.random.default_rng(seed)
    modes: tuple[Mode, ...] = "full", "same", "valid"
    while True:
        count = int(rng.integers(1, 4))
        size = 10 ** rng.uniform(2.5, 7)
        data = [max(4, round(size**s)) for s in rng.dirichlet(np.full(count, 8.0))]
        kernel = [round(2 * (n / 4) ** rng.uniform(0, 1)) for n in data]
        axes = list(range(count))
        if rng.random() < 0.3:
            at = int(rng.integers(0, 2)) * count
            data.insert(at, int(rng.integers(2, 65)))
            kernel.insert(at, data[at] if rng.random() < 0.3 else 1)
            axes = [a + (at == 0) for a in axes]
        stride, layout = [1] * count, rng.random()
        if layout < 0.4:
            strided = count if layout < 0.2 else count - 1
            stride[:strided] = [int(rng.integers(2, 5))] * strided
        elif layout < 0.7 and count > 1 and data[-1] >= _ROW // 4:
            data[-1] += -data[-1] % _ROW
        yield Sample(
            tuple(data),
            tuple(kernel),
            tuple(axes),
            modes[int(rng.integers(0, 3))],
            dtypes[int(rng.integers(0, len(dtypes)))],
            tuple(stride),
        )


def runners(sample: Sample, plans: Iterable[Plan]) -> list[Callable[[], None]]:
    """Return functions that run plans of a sample, each in one thread.

    Their arrays exist already, and kernels are prepared.
    """
    x, h = sample.arrays()
    problem = sample.problem()
    output = np.empty(problem.shape, problem.output)
    return [
        partial(plan.run, x, plan.prepare(h, True), output, None, 1) for plan in plans
    ]
