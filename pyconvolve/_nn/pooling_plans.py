"""Plans of pooling, and their runs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._core import plan
from .._core import workers as threads
from .._core.caches import Cache
from .._core.engines import extremum
from .._core.memory import allocator
from .._core.output import copy_to, output_for
from .._core.problem import Operand
from .._core.thresholds import THRESHOLDS
from . import options, windows


class _Prepared(NamedTuple):
    """The plan of calls with equal arguments, shapes and types."""

    plan: Any
    """None: there are no outputs."""
    counted: Any
    """Positions whose number divides sums; None: sums are not divided."""
    search: extremum.IndexSearch | None
    """Finds indices of extrema that are known; None: the plan finds both."""
    shape: tuple[int, ...]
    dtype: np.dtype
    allocate: Callable[..., NDArray[Any]]


_plans = Cache[_Prepared](4 << 20, lambda made: 256 + getattr(made.plan, "bytes", 0))


def extrema(
    reduction: str,
    x: ArrayLike,
    how: windows.Pooling,
    return_indices: bool,
    out: NDArray[Any] | None,
    workers: int | None,
) -> Any:
    """Return maxima or minima, and their indices if these are wanted."""
    array = options.array("x", x)
    key = reduction, array.shape, array.dtype, how, bool(return_indices)
    made = _plans.get(key) or _plans.find_or_make(key, partial(_prepare, *key))
    if not return_indices:
        return _run(made, array, None, out, workers)
    indices = allocator(made.shape, np.dtype(np.int64))(made.shape, np.dtype(np.int64))
    return _run(made, array, indices, out, workers), indices


def means(
    x: ArrayLike,
    how: windows.Pooling,
    count_include_pad: bool,
    out: NDArray[Any] | None,
    workers: int | None,
) -> NDArray[Any]:
    """Return means."""
    array = options.array("x", x)
    key = "mean", array.shape, array.dtype, how, bool(count_include_pad)
    made = _plans.get(key) or _plans.find_or_make(key, partial(_prepare, *key))
    return _run(made, array, None, out, workers)


def _prepare(
    reduction: str,
    shape: tuple[int, ...],
    dtype: np.dtype,
    how: windows.Pooling,
    extra: bool,
) -> _Prepared:
    """Check arguments and plan.

    `extra`: whether indices of extrema are wanted, or padding counts for means.
    """
    # an environment variable with a wrong value is an error of the first call
    threads.get_workers()
    if dtype.kind not in "biuf":
        raise TypeError(
            f"x must hold truth values, integers or real numbers, not {dtype!r}"
        )
    found = how.windows("x", shape)
    output = dtype.newbyteorder("=")
    if reduction == "mean" and dtype.kind != "f":
        output = np.dtype(np.float64)
    kind = "sum" if reduction == "mean" else reduction
    problem = windows.problem_of(found, shape, kind, dtype, output)
    pooled = problem.shape
    made: Any = None
    counted = search = None
    indexed = extra and reduction != "mean"
    if 0 not in pooled:
        if indexed and extremum.prefers_search(problem):
            computed = np.dtype(np.float32) if output == np.float16 else output
            native = problem._replace(signal=Operand(computed), output=computed)
            search = extremum.IndexSearch(native, THRESHOLDS)
        if indexed and search is None:
            made = extremum.plan(problem, THRESHOLDS)
            made = made.lay_out()
        else:
            made = plan.reduced(problem, THRESHOLDS)
        if reduction == "mean":
            first = len(shape) - len(found)
            ranges = [(0, n) for n in shape[:first]]
            ranges += [windows.counted(window, extra) for window in found]
            counted = made.prepare(ranges, True)
    return _Prepared(made, counted, search, pooled, output, allocator(pooled, output))


def _run(
    made: _Prepared,
    x: NDArray[Any],
    indices: NDArray[np.int64] | None,
    out: NDArray[Any] | None,
    workers: int | None,
) -> NDArray[Any]:
    if workers is not None:
        threads.resolve(workers)
    how, counted, search, shape, dtype, allocate = made
    if out is None:
        output = allocate(shape, dtype)
    else:
        output = output_for(out, shape, dtype, (x,))
    if how is not None:
        if indices is None or search is not None:
            how.run(x, counted, output, None, workers)
        else:
            how.run(x, None, output, None, workers, indices)
    if search is not None:
        # samples are searched in the type that they are computed in
        kind = np.float32 if dtype == np.float16 else dtype
        samples, extrema = (a.astype(kind, copy=False) for a in (x, output))
        assert indices is not None
        search.run(samples, extrema, indices, workers)
    return copy_to(out, output)
