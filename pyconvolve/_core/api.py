"""The path of a call: its arguments are checked, its plan is found, and run."""

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
    check_rules,
    numbers_of,
)
from .caches import Cache, register
from .engines import tapwise
from .memory import allocator
from .output import copy_to, output_for
from .outside import constants_of, is_widened
from .problem import Problem
from .region import Cuts, cut, region


class Prepared(NamedTuple):
    """The plan of calls with equal rules, shapes and types."""

    problem: Problem
    plan: plan.Plan
    shape: tuple[int, ...]
    dtype: np.dtype
    swapped: bool
    """Whether the second input is the signal."""
    reads: Callable[[NDArray[Any]], NDArray[Any]] | None
    """Returns a view of the samples that are read, in the order in which the plan reads
    them; None: the signal itself."""
    is_empty: bool
    """Whether there are no outputs."""
    allocate: Callable[..., NDArray[Any]]
    """Makes arrays for results."""


plans = Cache[Prepared](4 << 20, lambda prepared: prepared.plan.bytes)
# Hashes of the keys of calls whose plans were made once and not cached, and the largest
# number of them.
_made_once: set[int] = set()
_MOST_MADE_ONCE = 4096
register(_made_once.clear)


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
    """Plan for arrays of these shapes and types.

    Error messages about `cval` quote it.
    """
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
    """Check arguments and return their problem, to plan regions of it."""
    check_rules(rules, cval)
    return planner.describe(rules, shape1, shape2, type1, type2, names, cval)[0]


def _prepare(key: tuple[Any, ...], names: Names, cval: Any) -> Prepared:
    """Find a plan among the older ones of the cache, or make it."""
    known = plans.find(key)
    if known is not None:
        return known
    rules, shape1, shape2, type1, type2 = key
    # an environment variable with a wrong value is an error of the first call
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
    # takes half the time of Prepared(...)
    prepared = tuple.__new__(
        Prepared,
        (
            problem,
            made,
            shape,
            dtype,
            swapped,
            read,
            0 in shape,
            allocator(shape, dtype),
        ),
    )
    # Plans of sums are made fast. They are cached when they are made a second time: if
    # each call had a new shape, Python's garbage collector would traverse thousands of
    # cached plans in vain.
    hashed = hash(key)
    if made.name == "fft" or hashed in _made_once:
        _made_once.discard(hashed)
        return plans.store(key, prepared)
    if len(_made_once) >= _MOST_MADE_ONCE:
        _made_once.clear()
    _made_once.add(hashed)
    return prepared


def _read(reads: Cuts, flipped: tuple[int, ...], signal: NDArray[Any]) -> NDArray[Any]:
    """View the samples of a signal that are read, reversed along the flipped axes."""
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
    """Run a plan.

    Parameters
    ----------
    prepared : Prepared
    first, second : ndarray
        The inputs.
    kernel : object
        The kernel as the plan has prepared it; None: it is prepared for this run.
    constants : sequence or None
        The constant outside the signal along each axis; None: zeros.
    out : ndarray or None
        The array for the result; None: a new one.
    workers : int or None
        The number of threads, at most; None: as `set_workers` set it.
    """
    _, made, shape, dtype, swapped, reads, is_empty, allocate = prepared
    if workers is not None:
        threads.resolve(workers)
    if out is None:
        output = allocate(shape, dtype)
    else:
        output = output_for(out, shape, dtype, (first, second))
    if swapped:
        first, second = second, first
    if not is_empty:
        if kernel is None:
            kernel = made.prepare(second, False)
        if reads is not None:
            first = reads(first)
        made.run(first, kernel, output, constants, workers)
    if out is not None:
        return copy_to(out, output)
    return output if shape else output[()]


def run_floating(
    names: Names,
    rules: Rules,
    in1: ArrayLike,
    in2: ArrayLike,
    cval: Any,
    out: NDArray[Any] | None,
    workers: int | None,
) -> Any:
    """Do the same as `run` in floating point.

    If an input is empty, so is the result, as for SciPy's convolutions by transforms.
    """
    first = in1 if type(in1) is np.ndarray else array_of(names[0], in1)
    second = in2 if type(in2) is np.ndarray else array_of(names[1], in2)
    if first.ndim == second.ndim and not (first.size and second.size):
        dtype = np.result_type(*map(_floating, names, (first, second)))
        return copy_to(out, output_for(out, (0,), dtype, ()))
    return run(names, rules, first, second, cval, out, workers)


def _floating(name: str, array: NDArray[Any]) -> np.dtype:
    """Floating-point type that an input is converted to."""
    numbers_of(name, array)
    return (
        np.dtype(np.float64)
        if array.dtype.kind in "biu"
        else np.result_type(array, np.float32)
    )
