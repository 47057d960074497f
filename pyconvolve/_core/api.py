"""The path of a call: its arguments are checked, its plan is found, and run."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import plan, planner
from . import workers as threads
from .arguments import (
    Comparison,
    Names,
    Rules,
    array_of,
    bias_of,
    check_out,
    check_rules,
    numbers_of,
)
from .caches import Cache, register
from .engines import tapwise
from .memory import allocator
from .output import copy_to, output_for
from .outside import constants_of, is_widened
from .problem import Problem
from .region import Cuts, cut, region, split
from .sums import is_converted, with_sums
from .thresholds import THRESHOLDS, Thresholds


class Prepared(NamedTuple):
    """The plan of calls with equal rules, shapes and types."""

    problem: Problem
    plan: plan.Plan
    shape: tuple[int, ...]
    dtype: np.dtype
    swapped: bool
    """Whether the second input is the signal."""
    views: Callable[[NDArray[Any], NDArray[Any], NDArray[Any]], Sequence[Any]] | None
    """Returns views of signal, kernel and output: the samples that are read, in the
    order in which the plan reads them, with the axes of the problem. None: the arrays
    themselves."""
    is_empty: bool
    """Whether there are no outputs."""
    allocate: Callable[..., NDArray[Any]]
    """Makes arrays for results."""


class Described(NamedTuple):
    """The problem of a layer, and how its arrays become those of the problem."""

    problem: Problem
    shape: tuple[int, ...]
    """Shape of the result."""
    groups: int
    """Number of groups of channels."""
    channels: tuple[int, int, int]
    """The axis of signal, of kernel and of output that holds the groups' channels."""


# Describes a layer by its options, by shapes and types of its inputs, and by the
# caller's constant, which messages of errors quote.
Describe = Callable[..., Described]

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
    if is_converted(rules):
        rules = with_sums(rules, first, second, cval)
    key = rules, first.shape, second.shape, first.dtype, second.dtype
    prepared = plans.get(key) or _prepare(key, names, cval)
    constants = None
    if not (cval.__class__ is int and cval == 0):
        constants = constants_of(cval, prepared.problem, rules.axes)
        if constants is not None and is_widened(first, constants):
            first = first.astype(prepared.dtype)
            return run(names, rules, first, second, cval, out, workers)
    return execute(prepared, first, second, None, constants, out, workers)


def run_layer(
    describe: Describe,
    options: Any,
    first: NDArray[Any],
    second: NDArray[Any],
    cval: Any,
    bias: ArrayLike | None,
    out: NDArray[Any] | None,
    workers: int | None,
) -> Any:
    """Run a layer, its transpose, or a gradient.

    Parameters
    ----------
    describe : callable
        Describes the computation. It is called once for a plan.
    options : NamedTuple
        The checked arguments, with the fields `method` and `thresholds`; hashable.
    first, second : ndarray
        The signal and the kernel.
    cval : scalar or sequence of scalars
        The constant outside the signal, for all window axes or for each of them.
    bias : array_like or None
        Is added to the channels of the result.
    out, workers : optional
        As for `execute`.
    """
    key = describe, options, first.shape, second.shape, first.dtype, second.dtype
    prepared = plans.get(key) or _prepare_layer(key, cval)
    constants = None
    if not (cval.__class__ is int and cval == 0):
        axes = enumerate(prepared.problem.axes)
        windows = tuple(a for a, axis in axes if axis.role == "window")
        constants = constants_of(cval, prepared.problem, windows)
        if constants is not None and is_widened(first, constants):
            first = first.astype(prepared.dtype)
            return run_layer(describe, options, first, second, cval, bias, out, workers)
    if bias is not None:
        channels = prepared.shape[1 - second.ndim]
        bias = bias_of(bias, channels, prepared.dtype, second.ndim - 2)
    return execute(prepared, first, second, None, constants, out, workers, bias)


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


def prepare_problem(problem: Problem) -> Prepared:
    """Plan a problem that is described already, by the fastest engine.

    The problem's signal, kernel and output are the arrays themselves. Its outputs have
    axes in the order of its own.
    """
    known = plans.find(problem)
    if known is not None:
        return known
    threads.get_workers()
    return _plan(problem, problem, problem.shape, False, None, "auto", THRESHOLDS)


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
    prefers = None
    if rules.prefers_sums is not None:
        prefers = partial(_prefers_sums, rules, shape1, shape2, problem.output)
    views = partial(_read, reads, flipped) if reads or flipped else None
    limits = rules.thresholds
    return _plan(key, problem, shape, swapped, views, rules.method, limits, prefers)


def _prefers_sums(rules: Rules, *comparison: Any) -> bool:
    """Ask the rules whether sums are preferred to faster transforms."""
    assert rules.prefers_sums is not None
    return rules.prefers_sums(Comparison(rules, *comparison))


def _prepare_layer(key: tuple[Any, ...], cval: Any) -> Prepared:
    """Do the same as `_prepare` for a layer."""
    known = plans.find(key)
    if known is not None:
        return known
    describe, options, *arrays = key
    threads.get_workers()
    problem, shape, groups, channels = describe(options, *arrays, cval)
    views = partial(_split, groups, channels) if groups > 1 else None
    method, limits = options.method, options.thresholds
    return _plan(key, problem, shape, False, views, method, limits)


def _plan(
    key: Hashable,
    problem: Problem,
    shape: tuple[int, ...],
    swapped: bool,
    views: Callable[..., Sequence[Any]] | None,
    method: str,
    thresholds: Thresholds,
    prefers: Callable[[float, float], bool] | None = None,
) -> Prepared:
    """Plan a problem, and store the plan for calls with an equal key."""
    made: plan.Plan
    dtype = problem.output
    if 0 in shape or not problem.taps:
        made = tapwise.plan(problem, thresholds)
    else:
        made = plan.fastest(problem, method, thresholds, prefers)
    # takes half the time of Prepared(...)
    prepared = tuple.__new__(
        Prepared,
        (
            problem,
            made,
            shape,
            dtype,
            swapped,
            views,
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


def _read(
    reads: Cuts,
    flipped: tuple[int, ...],
    signal: NDArray[Any],
    kernel: NDArray[Any],
    output: NDArray[Any],
) -> Sequence[NDArray[Any]]:
    """View the samples of a signal that are read, reversed along the flipped axes."""
    steps = [-1 if axis in flipped else 1 for axis in range(signal.ndim)]
    read = cut(signal[tuple(slice(None, None, step) for step in steps)], reads)
    return read, kernel, output


def _split(
    groups: int, axes: tuple[int, ...], *arrays: NDArray[Any]
) -> Sequence[NDArray[Any]]:
    """View arrays with an axis of groups before that of the channels of a group."""
    return [split(a, axis, groups) for a, axis in zip(arrays, axes, strict=True)]


def execute(
    prepared: Prepared,
    first: NDArray[Any],
    second: NDArray[Any],
    kernel: Any,
    constants: Sequence[Any] | None,
    out: NDArray[Any] | None,
    workers: int | None,
    bias: NDArray[Any] | None = None,
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
    bias : ndarray, optional
        Is added to the result.
    """
    problem, made, shape, dtype, swapped, views, is_empty, allocate = prepared
    if workers is not None:
        threads.resolve(workers)
    if out is None:
        output = allocate(shape, dtype)
    elif problem.overflow == "raise":
        # `out` stays as it is if there is an error
        check_out(out, shape, dtype)
        output = allocate(shape, dtype)
    else:
        inputs = (first, second) if bias is None else (first, second, bias)
        output = output_for(out, shape, dtype, inputs)
    if swapped:
        first, second = second, first
    if not is_empty:
        target = output
        if views is not None:
            first, second, target = views(first, second, output)
        if kernel is None:
            kernel = made.prepare(second, False)
        made.run(first, kernel, target, constants, workers)
        if bias is not None:
            output += bias
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
