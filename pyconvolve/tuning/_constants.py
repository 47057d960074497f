"""Fits the seconds of each count of an engine's work to times of its calls."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .. import convolution
from .._core import cost
from .._core.plan import METHODS
from .._core.thresholds import THRESHOLDS
from .._core.workers import set_workers
from ..convolution import Method
from ._samples import Sample, samples
from ._timing import fastest

# Element type that is computed in -> element type of the samples that are measured.
SAMPLES = {
    "float32": "float32",
    "float64": "float64",
    "uint16": "int16",
    "uint32": "int32",
    "uint64": "int64",
    "longdouble": "longdouble",
}
# Bytes of an array whose reading is timed. It must be larger than any cache.
_READ = 1 << 28
# Most products of samples and taps that direct sums are measured with; more take too
# long. The second table has the bounds of slower element types.
_MOST_SUMS = 4e9
_MOST = {"longdouble": 1e7}
# Times as many products that transforms are measured with.
_TRANSFORMS_SAVE = 100
# Least problems of a fit.
_LEAST = 20


class Fitted(NamedTuple):
    """The constants of an engine in an element type."""

    seconds: dict[str, float]
    """By name of the count."""
    ratios: NDArray[Any]
    """Expected over measured seconds of each problem."""


def fit_constants(method: Method, element: str, seconds: float, seed: int) -> Fitted:
    """Measure random problems, and fit seconds per count to their times.

    Parameters
    ----------
    method : str
        The engine.
    element : str
        The element type that it computes in.
    seconds : float
        Seconds to measure for, about.
    seed : int
        Seed of the random problems.
    """
    fields, _ = cost.ENGINES[method]
    counts: list[tuple[float, ...]] = []
    times: list[float] = []
    most = _MOST.get(element, _MOST_SUMS)
    if method == "fft":
        most *= _TRANSFORMS_SAVE
    end = time.perf_counter() + seconds
    for sample in samples(seed, (SAMPLES[element],)):
        if time.perf_counter() > end and len(times) > _LEAST:
            break
        if sample.sums > most or sample.is_large:
            continue
        counts.append(_count(sample, method))
        times.append(_seconds(sample, method, seconds / 200))
    known = np.zeros(len(fields))
    if "refetched" in fields:
        known[fields.index("refetched")] = _reading(SAMPLES[element])
    constants, ratios = _solve(np.array(counts), np.array(times), known)
    found = zip(fields, constants, strict=True)
    return Fitted({name: float(f"{value:.4g}") for name, value in found}, ratios)


def _seconds(sample: Sample, method: Method, seconds: float) -> float:
    """Return the least seconds of a call in a loop: one kernel, and warm caches."""
    x, h = sample.arrays()

    def run() -> object:
        return convolution.convolve(
            x, h, sample.mode, method, axes=sample.axes, stride=sample.stride
        )

    with set_workers(1):
        return fastest([run], seconds)[0]


def _solve(
    counts: NDArray[Any], times: NDArray[Any], known: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Fit the constants that are not known.

    Parameters
    ----------
    counts : ndarray, of shape (problems, constants)
    times : ndarray, of shape (problems,)
        Seconds measured.
    known : ndarray, of shape (constants,)
        Seconds per count that are known; 0 for those to fit.

    Returns
    -------
    constants : ndarray, of shape (constants,)
        Seconds per count.
    ratios : ndarray, of shape (problems,)
        Expected over measured seconds.
    """
    from scipy.optimize import nnls

    # relative errors, because the ratio of two engines' times decides
    relative = counts / times[:, None]
    scale = relative.max(0)
    scale[(scale == 0) | (known > 0)] = np.inf
    solution, _ = nnls(relative / scale, np.maximum(1 - relative @ known, 0))
    constants = solution / scale + known
    return constants, relative @ constants


def _reading(dtype: str) -> float:
    """Measure the seconds in which one sample is read from memory."""
    values = np.ones(_READ // 8)
    seconds = fastest([values.max], 0)[0]
    return seconds / values.nbytes * np.dtype(dtype).itemsize


def _count(sample: Sample, method: Method) -> tuple[float, ...]:
    """Return the counts of an engine for a problem, as the cost model defines them."""
    (engine,) = METHODS[method]
    plan = engine.plan(sample.problem(), THRESHOLDS)
    assert plan is not None
    return plan.counted
