"""Searches the bounds of `Thresholds` that are faster on this machine.

The search goes from one bound to the next. Each is tried with a few values on problems
that it matters for. All values take turns on each problem.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from .._core.engines import direct, fft
from .._core.thresholds import FORMS, Thresholds
from ._samples import Sample, runners
from ._timing import fastest

# Time of a value over the time of the one before, from which on it is taken.
_GAIN = 0.98


class Bound(NamedTuple):
    """A bound, the values to try, and problems that it matters for."""

    name: str
    method: str
    factors: tuple[float, ...]
    """Times the value before."""
    problems: tuple[Sample, ...]
    forms: tuple[str, ...] = FORMS
    """Forms that tiles may have."""


def _problem(
    data: tuple[int, ...],
    kernel: tuple[int, ...],
    dtype: str,
    axes: tuple[int, ...] | None = None,
) -> Sample:
    if axes is None:
        axes = tuple(range(len(data)))
    return Sample(data, kernel, axes, "same", dtype)


_HALF_OR_TWICE = (0.5, 2.0)
_WIDELY = (0.25, 0.5, 2.0, 4.0)
_LONG = (
    _problem((1_000_000,), (20_001,), "float32"),
    _problem((1_000_000,), (100_001,), "float64"),
)
_LARGE = (
    _problem((1024, 1024), (127, 127), "float32"),
    _problem((1024, 1024), (255, 255), "float32"),
    _problem((1024, 1024), (255, 255), "float64"),
    _problem((128, 128, 128), (25, 25, 25), "float32"),
    _problem((128, 128, 128), (17, 17, 17), "float64"),
)
BOUNDS = (
    Bound(
        "window_bytes",
        "direct",
        _HALF_OR_TWICE,
        (
            _problem((1024, 1024), (5, 5), "float32"),
            _problem((1024, 1024), (9, 9), "float64"),
            _problem((96, 96, 96), (3, 3, 3), "float32"),
            _problem((500, 500), (41, 41), "float32"),
        ),
    ),
    Bound(
        "row_reals",
        "direct",
        _HALF_OR_TWICE,
        (
            _problem((1024, 1024), (5, 5), "float32"),
            _problem((256, 8192), (9, 9), "float32"),
            _problem((256, 4096), (5, 5), "float64"),
        ),
    ),
    Bound(
        "segment_reals",
        "direct",
        _HALF_OR_TWICE,
        (
            _problem((64, 30_000), (1, 31), "float32", (1,)),
            _problem((64, 30_000), (1, 200), "float32", (1,)),
            _problem((1000, 3000), (1, 16), "float64", (1,)),
            _problem((1000, 5000), (1, 31), "float32", (1,)),
        ),
    ),
    Bound(
        "streamed_direct_bytes",
        "direct",
        _WIDELY,
        (
            _problem((700, 1024), (3, 3), "float32"),
            _problem((1024, 1024), (3, 3), "float32"),
            _problem((2048, 2048), (3, 3), "float32"),
            _problem((2048, 2048), (3, 3), "float64"),
        ),
    ),
    Bound(
        "tile_bytes",
        "fft",
        _HALF_OR_TWICE,
        (
            _problem((128, 128, 128), (13, 13, 13), "float32"),
            _problem((160, 160, 160), (13, 13, 13), "float32"),
            _problem((160, 160, 160), (13, 13, 13), "float64"),
            _problem((4_000_000,), (150_001,), "float64"),
        ),
    ),
    Bound(
        "column_vectors",
        "fft",
        _HALF_OR_TWICE,
        (
            _problem((8192, 256), (255, 1), "float32", (0,)),
            _problem((2048, 512), (65, 1), "float64", (0,)),
            _problem((300, 4000), (41, 1), "float32", (0,)),
        ),
        ("columns",),
    ),
    Bound("early_block_bytes", "fft", _HALF_OR_TWICE, (*_LONG, *_LARGE)),
    Bound("early_l2_bytes", "fft", _WIDELY, (*_LONG, *_LARGE)),
    Bound("early_l1_bytes", "fft", _HALF_OR_TWICE, (*_LONG, *_LARGE)),
    Bound(
        "streamed_fft_bytes",
        "fft",
        _WIDELY,
        (
            _problem((500, 500), (31, 31), "float32"),
            _problem((700, 700), (31, 31), "float32"),
            _problem((700, 700), (31, 31), "float64"),
            _problem((2048, 2048), (31, 31), "float32"),
        ),
    ),
    Bound(
        "prefetched_tile_bytes",
        "fft",
        _WIDELY,
        (
            _problem((2048, 2048), (127, 127), "float32"),
            _problem((2_000_000,), (20_001,), "float64"),
            _problem((160, 160, 160), (15, 15, 15), "float32"),
        ),
    ),
    Bound(
        "prefetched_output_bytes",
        "fft",
        _WIDELY,
        (
            _problem((1_000_000,), (101,), "float32"),
            _problem((3_000_000,), (101,), "float32"),
            _problem((64, 32_768), (1, 255), "float64", (1,)),
        ),
        ("lanes",),
    ),
)


def search(
    bounds: Sequence[Bound],
    start: Mapping[str, int],
    seconds: float,
    said: Callable[[str], None],
) -> dict[str, int]:
    """Search values that are faster.

    A value is taken if problems take at least 2 % less time with it, in the geometric
    mean, and again when it is measured a second time beside the value before.

    Parameters
    ----------
    bounds : sequence of Bound
    start : mapping of str to int
        The values to begin with.
    seconds : float
        Seconds for each bound, about.
    said : callable
        Is called with a line of text for each bound.
    """
    found = dict(start)
    for bound in bounds:
        before = found[bound.name]
        values = [max(1, round(before * factor)) for factor in bound.factors]
        ratios = compare(bound, found, values, seconds / 2)
        best = int(np.argmin(ratios))
        ratio = ratios[best]
        if ratio <= _GAIN:
            (ratio,) = compare(bound, found, [values[best]], seconds / 2)
        if ratio <= _GAIN:
            found[bound.name] = values[best]
        said(
            f"{bound.name}: {found[bound.name]}; {values[best]} takes {ratio:.3f} "
            f"times as long as {before}"
        )
    return found


def compare(
    bound: Bound, found: Mapping[str, int], values: Sequence[int], seconds: float
) -> list[float]:
    """Return the time with each value over the time with the one in `found`."""
    times = []
    for sample in bound.problems:
        plans = [
            _plan(bound, sample, {**found, bound.name: value})
            for value in (found[bound.name], *values)
        ]
        # equal plans are timed once
        distinct = {plan.layout: plan for plan in plans}
        best = fastest(
            runners(sample, distinct.values()), seconds / len(bound.problems)
        )
        by_layout = dict(zip(distinct, best, strict=True))
        times.append([by_layout[plan.layout] for plan in plans])
    logarithms = np.log(times)
    ratios = np.exp((logarithms - logarithms[:, :1]).mean(0))
    return [float(ratio) for ratio in ratios[1:]]


def _plan(
    bound: Bound, sample: Sample, values: Mapping[str, int]
) -> direct.DirectPlan | fft.FFTPlan:
    limits: dict[str, Any] = {**values, "forms": bound.forms}
    engine = {"direct": direct, "fft": fft}[bound.method]
    plan = engine.plan(sample.problem(), Thresholds(**limits))
    assert isinstance(plan, direct.DirectPlan | fft.FFTPlan)
    return plan.lay_out()
