"""Fits the tables of tiles to times of transforms, each of one form and vector length.

The times are those of a loop: one kernel, whose spectra are known, and warm caches.
Seconds of a call, of a cycle and of a cache miss in each element type are fitted, too,
and dropped: the constants of the cost model are fitted later, to calls of the package.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from itertools import groupby, islice
from math import prod
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._core import cpu
from .._core.dtypes import real_type
from .._core.engines import fft
from .._core.thresholds import FORMS, VECTORS, Thresholds
from ._formula import RADICES, Work, cycles_of, work_of
from ._samples import Sample, runners, samples
from ._timing import fastest

# Element types of the samples that are measured; some draw complex samples.
_DTYPES = (*3 * ("float32", "float64"), "complex64", "complex128")
# Problems of a form and length of vectors: at most, and at least.
_MOST, _LEAST = 48, 8
# Problems that are drawn to find those with tiles of a form.
_DRAWN = 4000
# Most samples of a problem: tiles of them are larger than most last-level caches.
_MOST_SAMPLES = 1 << 23
# Relative error of a time that a change of a parameter by a factor of e may save, for
# the change to be worth it.
_PENALTY = 0.3
# Largest factor by which a parameter may change.
_FACTOR = 20.0
# Relative error from which on a time counts less: another process may have run.
_OUTLIER = 0.2
# Seconds of a call, and of a cache miss, that a fit begins with.
_CALL, _MISS = 2e-6, 2e-10

# Where a number stands in tables: a key for each of the tables that hold each other.
Keys = tuple[str | int, ...]


class Timed(NamedTuple):
    """The time of a problem with tiles of one form."""

    form: str
    vectors: str
    element: str
    """Type that it was computed in."""
    work: dict[str, Any]
    """As `planner.tile_work` counts it."""
    misses: float
    """Samples and outputs that move between memory and caches."""
    seconds: float


def measure(seconds: float, seed: int) -> Iterator[Timed]:
    """Time random problems with tiles of each form and each length of vectors.

    Parameters
    ----------
    seconds : float
        Seconds for each form and length, about.
    seed : int
        Seed of the random problems.
    """
    for vectors in VECTORS if cpu.wide() else VECTORS[:1]:
        for form in FORMS:
            end = perf_counter() + seconds
            for count, (sample, plan) in enumerate(planned(form, vectors, seed)):
                late = perf_counter() > end
                if count >= _MOST or (late and count >= _LEAST):
                    break
                runs = runners(sample, [plan.lay_out()])
                (best,) = fastest(runs, seconds / (2 * _MOST))
                yield timed(sample, plan, vectors, best)


def planned(form: str, vectors: str, seed: int) -> Iterator[tuple[Sample, fft.FFTPlan]]:
    """Draw random problems with tiles of one form and length of vectors.

    Their plans are not laid out.
    """
    limits = Thresholds(forms=(form,), vectors=(vectors,))
    for drawn in islice(samples(seed, _DTYPES), _DRAWN):
        # the formula has no term for a stride
        sample = drawn._replace(stride=1)
        if prod(sample.data) > _MOST_SAMPLES:
            continue
        plan = fft.plan(sample.problem(), limits)
        # small panels serve where no tile of a form is within its bounds
        if isinstance(plan, fft.FFTPlan) and plan.form == form:
            yield sample, plan


def timed(sample: Sample, plan: fft.FFTPlan, vectors: str, seconds: float) -> Timed:
    """Return the time of a plan, and its work."""
    misses = plan.counted[fft.counts.index("cache_misses")]
    element = real_type(np.dtype(sample.dtype)).name
    return Timed(plan.form, vectors, element, plan.work, misses, seconds)


def fit_tables(
    times: Sequence[Timed], start: dict[str, Any]
) -> tuple[dict[str, Any], NDArray[Any]]:
    """Fit tables to times.

    The fit minimises the sum of squares of the logarithms of expected over measured
    seconds, and of small multiples of the logarithms of the parameters' changes [1]_.
    So a parameter that the times say nothing about keeps its value. Terms beyond
    `_OUTLIER` count linearly.

    Parameters
    ----------
    times : sequence of Timed
        Grouped by form and vectors.
    start : dict
        The tables to begin with, as files hold them.

    Returns
    -------
    tables : dict
    ratios : ndarray
        Expected over measured seconds of each time.

    References
    ----------
    .. [1] A. N. Tikhonov and V. Y. Arsenin, *Solutions of Ill-Posed Problems*,
       Winston, 1977, chapter 2.
    """
    from scipy.optimize import least_squares

    fit = _Fit(times, start)
    found = least_squares(
        fit.errors,
        fit.start,
        bounds=(fit.start - np.log(_FACTOR), fit.start + np.log(_FACTOR)),
        loss="soft_l1",
        f_scale=_OUTLIER,
    ).x
    tables = fit.tables(found)
    for keys in fit.keys:
        _set(tables, keys, float(f"{_get(tables, keys):.3g}"))
    return tables, np.exp(fit.expected(found) - fit.measured)


class _Group(NamedTuple):
    """Times of tiles of one form and length of vectors: an array of each number."""

    vectors: str
    form: str
    work: Work
    tiles: NDArray[Any]
    misses: NDArray[Any]
    element: NDArray[Any]
    """Number of the element type."""


class _Fit:
    """Times of tiles, and their logarithms as functions of those of the parameters.

    The parameters are the numbers of the tables at `keys`, then the seconds of a call,
    of a cache miss and of a cycle in each element type.
    """

    def __init__(self, times: Sequence[Timed], start: dict[str, Any]) -> None:
        self._initial = start
        self._elements = sorted({each.element for each in times})
        self._registers = str(times[0].work["registers"])
        self._groups = [
            self._group(vectors, form, [*group])
            for (vectors, form), group in groupby(
                times, lambda each: (each.vectors, each.form)
            )
        ]
        self.measured = np.log([each.seconds for each in times])
        self.keys = _keys(self._registers, self._groups)
        each = np.exp(self.measured) / np.concatenate([*self._cycles(start)])
        element = np.concatenate([group.element for group in self._groups])
        count = len(self._elements)
        cycle = [np.median(each[element == i]) for i in range(count)]
        numbers = [_get(start, keys) for keys in self.keys]
        self.start = np.log([*numbers, *count * [_CALL], *count * [_MISS], *cycle])

    def _group(self, vectors: str, form: str, times: Sequence[Timed]) -> _Group:
        return _Group(
            vectors,
            form,
            work_of(each.work for each in times),
            np.array([each.work["tiles"] for each in times]),
            np.array([each.misses for each in times]),
            np.array([self._elements.index(each.element) for each in times]),
        )

    def tables(self, logarithms: NDArray[Any]) -> dict[str, Any]:
        """Return the tables with these logarithms of the parameters."""
        tables = deepcopy(self._initial)
        for keys, value in zip(self.keys, np.exp(logarithms).tolist(), strict=False):
            _set(tables, keys, value)
        return tables

    def _cycles(self, tables: dict[str, Any]) -> Iterator[NDArray[Any]]:
        """Return the cycles of all tiles of each problem, group by group."""
        passes = [tables["passes"][self._registers][str(radix)] for radix in RADICES]
        for group in self._groups:
            numbers = tables["forms"][group.vectors][group.form]
            yield group.tiles * cycles_of(group.work, tables, passes, numbers)

    def expected(self, logarithms: NDArray[Any]) -> NDArray[Any]:
        """Return the logarithm of each expected time."""
        count = len(self._elements)
        call, miss, cycle = np.exp(logarithms[-3 * count :]).reshape(3, count)
        expected = [
            call[group.element]
            + miss[group.element] * group.misses
            + cycle[group.element] * cycles
            for group, cycles in zip(
                self._groups, self._cycles(self.tables(logarithms)), strict=True
            )
        ]
        return np.log(np.concatenate(expected))

    def errors(self, logarithms: NDArray[Any]) -> NDArray[Any]:
        """Return the errors of all times, and the penalties of all changes."""
        errors = self.expected(logarithms) - self.measured
        return np.concatenate([errors, _PENALTY * (logarithms - self.start)])


def _keys(registers: str, groups: Sequence[_Group]) -> list[Keys]:
    """Return where the numbers stand that these times depend on."""
    return [
        *(("passes", registers, str(radix)) for radix in RADICES),
        *(
            ("forms", group.vectors, group.form, i)
            for group in groups
            for i in range(4)
        ),
        *(("strided", i) for i in range(2)),
        *(("last_level", i) for i in range(2)),
        *((name,) for name in ("pairs", "tile", "room")),
    ]


def _get(tables: Any, keys: Keys) -> float:
    for key in keys:
        tables = tables[key]
    return float(tables)


def _set(tables: Any, keys: Keys, value: float) -> None:
    for key in keys[:-1]:
        tables = tables[key]
    tables[keys[-1]] = value
