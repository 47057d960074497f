"""The way of a call: checks its arguments, finds a plan, runs it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import plan, planner
from . import workers as threads
from .arguments import (
    Names,
    Rules,
    array_of,
    check_out,
    check_rules,
    constant_of,
    is_one_value,
    numbers_of,
)
from .caches import Cache, register
from .engines import tapwise
from .memory import source
from .problem import Problem
from .region import Cuts, Region, cut, region
from .thresholds import Thresholds


class Prepared(NamedTuple):
    """What a call needs to know, however often it comes."""

    problem: Problem
    plan: plan.Plan
    shape: tuple[int, ...]
    dtype: np.dtype
    swapped: bool
    reads: Callable[[NDArray[Any]], NDArray[Any]] | None
    """Takes what is read of the signal, in the right order; None: all of it."""
    is_empty: bool
    """Whether there are no outputs."""
    make: Callable[..., NDArray[Any]]
    """Where arrays for its results come from."""


plans = Cache[Prepared](4 << 20, lambda prepared: prepared.plan.size)
_parts = Cache[plan.Plan](4 << 20, lambda made: made.size)
# Hashes of problems that came once, and how many are noted.
_once: set[int] = set()
_MOST_NOTED = 4096
register(_once.clear)


def run(
    names: Names,
    rules: Rules,
    in1: ArrayLike,
    in2: ArrayLike,
    cval: Any,
    out: NDArray[Any] | None,
    workers: int | None,
) -> Any:
    """Convolve or correlate `in1` with `in2`."""
    first = in1 if type(in1) is np.ndarray else array_of(names[0], in1)
    second = in2 if type(in2) is np.ndarray else array_of(names[1], in2)
    key = rules, first.shape, second.shape, first.dtype, second.dtype
    prepared = plans.get(key) or _prepare(key, names, cval)
    constants = None
    if not (cval.__class__ is int and cval == 0):
        constants = constants_of(cval, prepared.problem, rules)
        if constants is not None and is_widened(first, constants):
            first = first.astype(prepared.dtype)
            return run(names, rules, first, second, cval, out, workers)
    return execute(prepared, first, second, None, constants, out, workers)


def prepare(
    names: Names,
    rules: Rules,
    shape1: tuple[int, ...],
    shape2: tuple[int, ...],
    type1: np.dtype,
    type2: np.dtype,
    cval: Any = 0,
) -> Prepared:
    """Plan for arrays of these shapes and types; errors tell `cval`."""
    key = rules, shape1, shape2, type1, type2
    return plans.get(key) or _prepare(key, names, cval)


def problem_of(
    names: Names,
    rules: Rules,
    shape1: tuple[int, ...],
    shape2: tuple[int, ...],
    type1: np.dtype,
    type2: np.dtype,
    cval: Any,
) -> Problem:
    """Check arguments and return their problem, of which only regions are planned."""
    check_rules(rules, cval)
    return planner.describe(rules, shape1, shape2, type1, type2, names, cval)[0]


def _prepare(key: tuple[Any, ...], names: Names, cval: Any) -> Prepared:
    """Find a plan that was used some time ago, or make it."""
    known = plans.find(key)
    if known is not None:
        return known
    rules, shape1, shape2, type1, type2 = key
    # a wrong environment variable is an error of the first call
    threads.get_workers()
    check_rules(rules, cval)
    problem, shape, swapped, flipped = planner.describe(
        rules, shape1, shape2, type1, type2, names, cval
    )
    reads: Cuts = ()
    if rules.lags is not None:
        part = region(problem, [slice(0, n) for n in shape])
        problem, reads = part.problem, part.signal
    dtype = problem.output
    prefers = rules.prefers_sums
    if prefers is not None:
        prefers = partial(prefers, rules, shape1, shape2, dtype)
    made: plan.Plan
    if 0 in shape:
        made = tapwise.plan(problem, rules.thresholds)
    else:
        made = plan.fastest(problem, rules.method, rules.thresholds, prefers)
    read = partial(_read, reads, flipped) if reads or flipped else None
    # half of the time that Prepared(...) takes
    prepared = tuple.__new__(
        Prepared,
        (problem, made, shape, dtype, swapped, read, 0 in shape, source(shape, dtype)),
    )
    # a plan of sums is kept when its problem comes again: where shapes are new every
    # time, Python's garbage collector would look at thousands of plans in vain
    noted = hash(key)
    if made.name == "fft" or noted in _once:
        _once.discard(noted)
        return plans.keep(key, prepared, made.size)
    if len(_once) >= _MOST_NOTED:
        _once.clear()
    _once.add(noted)
    return prepared


def _read(reads: Cuts, flipped: tuple[int, ...], signal: NDArray[Any]) -> NDArray[Any]:
    """View what is read of a signal, backwards along some axes."""
    steps = [-1 if axis in flipped else 1 for axis in range(signal.ndim)]
    return cut(signal[tuple(slice(None, None, step) for step in steps)], reads)


def execute(
    prepared: Prepared,
    first: NDArray[Any],
    second: NDArray[Any],
    kernel: Any,
    constants: Sequence[Any] | None,
    out: NDArray[Any] | None,
    workers: int | None,
) -> Any:
    """Run a plan; `kernel` is what it has prepared of that, or None."""
    _, made, shape, dtype, swapped, reads, is_empty, make = prepared
    if workers is not None:
        threads.resolve(workers)
    if out is None:
        output = make(shape, dtype)
    else:
        output = place_for(out, shape, dtype, (first, second))
    if swapped:
        first, second = second, first
    if not is_empty:
        if kernel is None:
            kernel = made.prepare(second, False)
        if reads is not None:
            first = reads(first)
        made.run(first, kernel, output, constants, workers)
    if out is not None:
        return stored(output, out)
    return output if shape else output[()]


def place_for(
    out: NDArray[Any] | None,
    shape: tuple[int, ...],
    dtype: np.dtype,
    inputs: Sequence[NDArray[Any]],
) -> NDArray[Any]:
    """Return where to compute a result: not in `out` if that overlaps an input."""
    if out is not None:
        result = check_out(out, shape, dtype)
        for array in inputs:
            if _may_overlap(result, array):
                break
        else:
            return result
    return source(shape, dtype)(shape, dtype)


def stored(result: NDArray[Any], out: NDArray[Any] | None) -> NDArray[Any]:
    """Put a result where it is wanted, if it isn't there."""
    if out is None:
        return result
    target = np.asarray(out)
    if result is not target:
        target[...] = result
    return out


def run_floating(
    names: Names,
    rules: Rules,
    in1: ArrayLike,
    in2: ArrayLike,
    cval: Any,
    out: NDArray[Any] | None,
    workers: int | None,
) -> Any:
    """Do the same in floating point, with the shapes that SciPy's transforms take."""
    first = in1 if type(in1) is np.ndarray else array_of(names[0], in1)
    second = in2 if type(in2) is np.ndarray else array_of(names[1], in2)
    if first.ndim == second.ndim and not (first.size and second.size):
        dtype = np.result_type(*map(_floating, names, (first, second)))
        result = np.zeros(0, dtype)
        if out is not None:
            check_out(out, result.shape, dtype)
        return result if out is None else out
    return run(names, rules, first, second, cval, out, workers)


def _floating(name: str, array: NDArray[Any]) -> np.dtype:
    """Type that an input counts as where results are floating-point numbers."""
    numbers_of(name, array)
    return (
        np.dtype(np.float64)
        if array.dtype.kind in "biu"
        else np.result_type(array, np.float32)
    )


def _plan_part(problem: Problem, method: str, thresholds: Thresholds) -> plan.Plan:
    """Plan a region, or find the plan of one alike, which holds its last spectra."""
    key = problem, method, thresholds
    known = _parts.find(key)
    if known is not None:
        return known
    made = plan.fastest(problem, method, thresholds)
    return _parts.keep(key, made, made.size)


class Parts:
    """Computes regions of a problem; those alike share a plan and a prepared kernel."""

    def __init__(
        self, problem: Problem, rules: Rules, kernel: NDArray[Any], workers: int | None
    ) -> None:
        threads.resolve(workers)
        self.problem = problem
        self._rules, self._kernel, self._workers = rules, kernel, workers
        self._ready: dict[str, tuple[object, plan.Plan, Any]] = {}

    def run(
        self,
        part: Region,
        signal: NDArray[Any],
        constants: Sequence[Any] | None,
        out: NDArray[Any] | None = None,
        method: str | None = None,
    ) -> tuple[NDArray[Any], bool]:
        """Convolve what a region reads; tell whether it was by transforms."""
        problem = part.problem
        cuts = [(axis, those.start, those.stop) for axis, those in part.kernel]
        key, method = (problem, cuts), method or self._rules.method
        known, made, kernel = self._ready.get(method, (None, None, None))
        if made is None or known != key:
            made = _plan_part(problem, method, self._rules.thresholds)
            kernel = made.prepare(cut(self._kernel, part.kernel), False)
            self._ready[method] = key, made, kernel
        if out is None:
            out = source(problem.shape, problem.output)(problem.shape, problem.output)
        made.run(signal, kernel, out, constants, self._workers)
        return out, made.name == "fft"


def constants_of(cval: Any, problem: Problem, rules: Rules) -> list[Any] | None:
    """Return what stands outside along each axis of a problem; None: zeros."""
    count = len(problem.axes)
    if is_one_value(cval):
        values = [constant_of(cval, problem.output)] * count
    else:
        values = [constant_of(0, problem.output)] * count
        places = np.arange(count)
        if rules.axes is not None:
            places = places[np.atleast_1d(rules.axes)]
        for a, value in zip(places.tolist(), cval, strict=True):
            values[a] = constant_of(value, problem.output)
    constant = [axis.boundary == "constant" for axis in problem.axes]
    if not any(constant):
        return None
    return [v if used else v * 0 for v, used in zip(values, constant, strict=True)]


def is_widened(signal: NDArray[Any], constants: Sequence[Any]) -> bool:
    """Whether a real signal has to be complex for what stands outside."""
    return signal.dtype.kind not in "cO" and any(
        np.iscomplexobj(value) and value.imag for value in constants
    )


def _may_overlap(out: NDArray[Any], array: NDArray[Any]) -> bool:
    if out.base is None and array.base is None:
        # each owns its memory
        return out is array
    return np.may_share_memory(out, array)
