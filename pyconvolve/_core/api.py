"""Checks arguments and names what is wrong with them, makes the problem, runs it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from numbers import Number
from operator import index
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import plan, threads
from .boundary import BOUNDARIES
from .memory import source
from .problem import MODES, Axis, Problem, extent

_PLANS = 256
# Strides and dilations below this leave positions far from the limits of integers.
_MOST = 2**31


class Prepared(NamedTuple):
    """What a call needs to know, however often it comes."""

    problem: Problem
    engine: plan.Engine
    shape: tuple[int, ...]
    dtype: np.dtype
    swapped: bool
    make: Callable[..., NDArray[Any]]
    """Where arrays for its results come from."""


class Rules(NamedTuple):
    """Arguments that say how to convolve, checked and fit to look a plan up by."""

    correlating: bool
    mode: str
    method: str
    axes: int | tuple[int, ...] | None
    boundary: str
    zero: bool
    stride: int | tuple[int, ...]
    dilation: int | tuple[int, ...]
    origin: int | tuple[int, ...]


def rules(
    correlating: bool,
    mode: str,
    method: str,
    axes: Any,
    boundary: str,
    cval: Any,
    stride: Any,
    dilation: Any,
    origin: Any,
) -> Rules:
    """Check arguments as far as they don't depend on any array."""
    if not (mode.__class__ is method.__class__ is boundary.__class__ is str):
        check_words(mode, method, boundary)
    # half of the time that Rules(...) takes, in every call
    return tuple.__new__(
        Rules,
        (
            correlating,
            mode,
            method,
            axes if axes is None else _integers("axes", axes),
            boundary,
            cval.__class__ is int and cval == 0,
            stride if stride.__class__ is int else _integers("stride", stride),
            dilation if dilation.__class__ is int else _integers("dilation", dilation),
            origin if origin.__class__ is int else _integers("origin", origin),
        ),
    )


def run(
    rules: Rules,
    in1: ArrayLike,
    in2: ArrayLike,
    cval: Any,
    out: NDArray[Any] | None,
    workers: int | None,
) -> Any:
    """Convolve or correlate `in1` with `in2`."""
    first = in1 if type(in1) is np.ndarray else array_of("in1", in1)
    second = in2 if type(in2) is np.ndarray else array_of("in2", in2)
    prepared = prepare(
        rules, first.shape, second.shape, first.dtype, second.dtype, None
    )
    if cval.__class__ is not int or cval:
        cval = constant_of(cval, prepared.dtype)
        if is_widened(first, cval):
            return run(rules, first.astype(prepared.dtype), second, cval, out, workers)
    return execute(prepared, first, second, None, cval, out, workers)


def run_floating(
    rules: Rules,
    in1: ArrayLike,
    in2: ArrayLike,
    cval: Any,
    out: NDArray[Any] | None,
    workers: int | None,
) -> Any:
    """Do the same in floating point, with the shapes that SciPy's transforms take."""
    first, second = array_of("in1", in1), array_of("in2", in2)
    dtype = np.result_type(_floating("in1", first), _floating("in2", second))
    if first.ndim == second.ndim:
        if not first.size or not second.size:
            result = np.zeros(0, dtype)
            return result if out is None else check_out(out, result.shape, dtype)
        rules = _without_axes_of_one(rules, first.shape, second.shape)
    prepared = prepare(
        rules, first.shape, second.shape, first.dtype, second.dtype, dtype
    )
    if cval.__class__ is not int or cval:
        cval = constant_of(cval, prepared.dtype)
        if is_widened(first, cval):
            first = first.astype(prepared.dtype)
            prepared = prepare(
                rules, first.shape, second.shape, dtype, second.dtype, dtype
            )
    return execute(prepared, first, second, None, cval, out, workers)


def _without_axes_of_one(
    rules: Rules, shape1: tuple[int, ...], shape2: tuple[int, ...]
) -> Rules:
    """Let axes of length one be broadcast in mode 'valid', whichever input has them."""
    axes = axes_of("axes", rules.axes, "in1", len(shape1)) if shape1 else []
    longer = [i for i, a in enumerate(axes) if 1 not in (shape1[a], shape2[a])]
    if rules.mode != "valid" or not axes or len(longer) == len(axes):
        return rules if axes else rules._replace(axes=None)
    chosen = longer or [0]

    def of_chosen(rule: int | tuple[int, ...]) -> int | tuple[int, ...]:
        if isinstance(rule, int) or len(rule) != len(axes):
            return rule
        return tuple(rule[i] for i in chosen)

    return rules._replace(
        axes=tuple(axes[i] for i in chosen),
        stride=of_chosen(rules.stride),
        dilation=of_chosen(rules.dilation),
        origin=of_chosen(rules.origin),
    )


def is_widened(signal: NDArray[Any], cval: Any) -> bool:
    """Whether a real signal has to be complex for what stands outside."""
    return bool(signal.dtype.kind not in "cO" and np.iscomplexobj(cval) and cval.imag)


def execute(
    prepared: Prepared,
    first: NDArray[Any],
    second: NDArray[Any],
    kept: Any,
    cval: Any,
    out: NDArray[Any] | None,
    workers: int | None,
) -> Any:
    """Run a plan; `kept` is what its engine has prepared of the kernel, or None."""
    if workers is not None:
        threads.resolve(workers)
    if out is None:
        output = result = prepared.make(prepared.shape, prepared.dtype)
    else:
        result = check_out(out, prepared.shape, prepared.dtype)
        overlaps = _may_overlap(out, first) or _may_overlap(out, second)
        output = prepared.make(prepared.shape, prepared.dtype) if overlaps else out
    if prepared.swapped:
        first, second = second, first
    if output.size:
        engine = prepared.engine
        if kept is None:
            kept = engine.keep(second, False)
        engine.run(first, kept, output, cval, workers)
    if output is not result:
        result[...] = output
    return result if result.ndim or out is not None else result[()]


def array_of(name: str, value: Any) -> NDArray[Any]:
    if isinstance(value, np.ma.MaskedArray):
        if np.ma.is_masked(value):
            masked = np.ma.getmaskarray(value).sum()
            raise TypeError(
                f"{name} is a masked array with {masked} masked samples; fill them "
                "first, for example with its method filled()"
            )
        value = value.data
    try:
        array = np.asarray(value)
    except ValueError as problem:
        raise ValueError(
            f"{name} must be an array or nested lists: {problem}"
        ) from None
    _check_type(name, array.dtype, array)
    return array


def numbers_of(name: str, value: Any) -> NDArray[Any]:
    """Convert to an array, which must not hold objects."""
    array = array_of(name, value)
    if array.dtype.kind == "O":
        raise TypeError(f"{name} must hold numbers or truth values, not objects")
    return array


def _check_type(name: str, dtype: np.dtype, value: Any = None) -> None:
    if dtype.kind not in "biufcO":
        raise TypeError(
            f"{name} must hold numbers, truth values or objects, not {dtype!r}"
        )
    bare = value is not None and value.dtype.kind == "O" and value.ndim == 0
    if bare and not isinstance(value[()], Number):
        raise TypeError(f"{name} must be an array of numbers, not {value[()]!r}")


def _floating(name: str, array: NDArray[Any]) -> np.dtype:
    """Type that an input counts as where results are floating-point numbers."""
    numbers_of(name, array)
    if array.dtype.kind in "biu":
        return np.dtype(np.float64)
    return np.result_type(array.dtype, np.float32)


def check_words(mode: object, method: object, boundary: object) -> None:
    """Check the arguments of every convolution that are one word of a few."""
    check_word("mode", mode, MODES)
    check_word("method", method, tuple(plan.METHODS))
    check_word("boundary", boundary, tuple(BOUNDARIES))


def check_word(name: str, value: object, allowed: Sequence[str]) -> None:
    if not isinstance(value, str) or value not in allowed:
        raise ValueError(
            f"{name} must be {', '.join(map(repr, allowed[:-1]))} or "
            f"{allowed[-1]!r}, not {value!r}"
        )


def _integers(name: str, value: Any) -> int | tuple[int, ...]:
    """One integer or a tuple of them, fit to look a plan up by."""
    try:
        return index(value)
    except TypeError:
        pass
    try:
        return tuple(index(item) for item in value)
    except TypeError:
        raise TypeError(
            f"{name} must be an integer or a sequence of integers, not {value!r}"
        ) from None


def _per_axis(
    name: str, value: int | tuple[int, ...], count: int, least: int | None
) -> tuple[int, ...]:
    values = (value,) * count if isinstance(value, int) else value
    if len(values) != count:
        raise ValueError(
            f"{name} must be one integer or one for each of the {count} convolved "
            f"axes, not {value!r}"
        )
    if least is not None and not all(least <= item < _MOST for item in values):
        raise ValueError(
            f"{name} must be at least {least} and below 2**31, not {value!r}"
        )
    return values


def constant_of(cval: Any, dtype: np.dtype) -> Any:
    """Return the number that stands outside, as the result's type can hold it."""
    if dtype.kind == "O":
        return cval
    array = np.asarray(cval)
    value: Any = array.item() if array.size == 1 else None
    known: object = value
    if not isinstance(known, (Number, np.number)):
        raise TypeError(f"cval must be a number, not {cval!r}")
    if dtype.kind != "c" and np.iscomplexobj(value):
        if value.imag:
            raise ValueError(f"cval must be real where the result is, not {cval!r}")
        value = value.real
    if dtype.kind in "biu":
        low, high = (0, 1) if dtype.kind == "b" else _limits(dtype)
        if not low <= value <= high or value % 1:
            raise ValueError(
                f"cval must be an integer from {low} to {high}, for the result's type "
                f"is {dtype.name}, not {cval!r}"
            )
        return int(value)
    try:
        with np.errstate(over="ignore"):
            return dtype.type(value)
    except OverflowError:
        raise ValueError(
            f"cval must fit the result's {dtype.name}, not {cval!r}"
        ) from None


def _limits(dtype: np.dtype) -> tuple[int, int]:
    limits = np.iinfo(dtype)
    return int(limits.min), int(limits.max)


def check_out(out: Any, shape: tuple[int, ...], dtype: np.dtype) -> NDArray[Any]:
    if not isinstance(out, np.ndarray):
        raise TypeError(f"out must be a NumPy array, not {type(out).__name__}")
    if out.shape != shape:
        raise ValueError(f"out must have the shape {shape}, not {out.shape}")
    if out.dtype != dtype:
        raise TypeError(f"out must have the dtype {dtype}, not {out.dtype}")
    if not out.flags.writeable:
        raise ValueError("out must be writeable, not read-only")
    return out


def _may_overlap(out: NDArray[Any], array: NDArray[Any]) -> bool:
    if out.base is None and array.base is None:
        # each owns its memory
        return out is array
    return np.may_share_memory(out, array)


@lru_cache(_PLANS)
def prepare(
    rules: Rules,
    shape1: tuple[int, ...],
    shape2: tuple[int, ...],
    type1: np.dtype,
    type2: np.dtype,
    dtype: np.dtype | None,
) -> Prepared:
    """Plan for arrays of these shapes and types; `dtype`: of the result."""
    correlating, mode, method, axes, boundary, zero, stride, dilation, origin = rules
    check_words(mode, method, boundary)
    _check_type("in1", type1)
    _check_type("in2", type2)
    convolved = axes_of("axes", axes, "in1", len(shape1))
    kernel_axes = _kernel_axes(shape1, shape2, axes, convolved)
    count = len(convolved)
    strides = _per_axis("stride", stride, count, 1)
    dilations = _per_axis("dilation", dilation, count, 1)
    origins = _per_axis("origin", origin, count, None)
    for name, sizes in (
        ("in1", [shape1[a] for a in convolved]),
        ("in2", [shape2[kernel_axes[a]] for a in convolved]),
    ):
        if 0 in sizes:
            shape = shape1 if name == "in1" else shape2
            raise ValueError(f"{name} must not be empty, but its shape is {shape}")
    if mode != "same" and any(origins):
        raise ValueError(f"origin must be 0 unless mode is 'same', not {origin!r}")
    for a, moved, d in zip(convolved, origins, dilations, strict=True):
        span = d * (shape2[kernel_axes[a]] - 1) + 1
        if not -(span // 2) <= moved <= (span - 1) // 2:
            raise ValueError(
                f"origin must lie between {-(span // 2)} and {(span - 1) // 2} for a "
                f"kernel that spans {span} samples, not {origin!r}"
            )
    excludes_outside = boundary == "constant" and zero
    swapped = _is_swapped(
        [(shape1[a], shape2[kernel_axes[a]]) for a in convolved],
        (shape1, shape2),
        mode,
        dilations,
        excludes_outside,
    )
    described = []
    for a, length in enumerate(shape1):
        other = kernel_axes.get(a)
        if a in convolved:
            assert other is not None
            i = convolved.index(a)
            described.append(
                _describe(
                    a,
                    other,
                    length,
                    shape2[other],
                    mode,
                    swapped,
                    strides[i],
                    dilations[i],
                    origins[i] if correlating else -origins[i],
                )
            )
        else:
            described.append(
                _describe_batch(
                    a, other, length, 1 if other is None else shape2[other], swapped
                )
            )
    dtype = (dtype or np.result_type(type1, type2)).newbyteorder("=")
    types = (type2, type1) if swapped else (type1, type2)
    problem = Problem(
        axes=tuple(described),
        boundary=boundary,
        excludes_outside=excludes_outside,
        signal_type=types[0],
        kernel_type=types[1],
        output_type=dtype,
        signal_reversed=correlating and swapped,
        signal_conjugated=correlating and swapped and type2.kind in "cO",
        kernel_reversed=swapped or not correlating,
        kernel_conjugated=correlating and not swapped and type2.kind in "cO",
    )
    return Prepared(
        problem,
        plan.make(problem, method),
        problem.shape,
        dtype,
        swapped,
        source(problem.shape, dtype),
    )


def axes_of(name: str, axes: Any, array: str, ndim: int) -> list[int]:
    """Axes of an array in the order given; all of them by default."""
    if axes is None:
        return list(range(ndim))
    checked = _integers(name, axes)
    given = (checked,) if isinstance(checked, int) else checked
    if not given:
        raise ValueError(f"{name} must name at least one axis, not ()")
    for axis in given:
        if not -ndim <= axis < ndim:
            raise ValueError(
                f"{name} must lie between {-ndim} and {ndim - 1} for {array} with "
                f"{ndim} axes, not {axes!r}"
            )
    chosen = [axis % ndim for axis in given]
    if len(set(chosen)) < len(chosen):
        raise ValueError(f"{name} must be unique, not {axes!r}")
    return chosen


def _kernel_axes(
    shape1: tuple[int, ...],
    shape2: tuple[int, ...],
    axes: int | tuple[int, ...] | None,
    convolved: list[int],
) -> dict[int, int]:
    """Which axis of the kernel goes with which of the signal."""
    if len(shape1) == len(shape2):
        for a, (length, other) in enumerate(zip(shape1, shape2, strict=True)):
            if a not in convolved and length != other and 1 not in (length, other):
                raise ValueError(
                    f"in1 and in2 must broadcast outside of axes={axes!r}, but their "
                    f"shapes are {shape1} and {shape2}"
                )
        return {a: a for a in range(len(shape1))}
    if axes is not None and len(shape2) == len(convolved):
        return {a: i for i, a in enumerate(convolved)}
    allowed = f"in1's {len(shape1)} axes"
    if axes is not None:
        allowed += f" or the {len(convolved)} of axes={axes!r}"
    raise ValueError(
        f"in2 must have {allowed}, but their shapes are {shape1} and {shape2}"
    )


def _is_swapped(
    lengths: list[tuple[int, int]],
    shapes: tuple[tuple[int, ...], tuple[int, ...]],
    mode: str,
    dilations: tuple[int, ...],
    excludes_outside: bool,
) -> bool:
    """Whether the second input is the signal, by rule ('valid') or for speed."""
    undilated = all(dilation == 1 for dilation in dilations)
    spans = [
        (samples, dilation * (taps - 1) + 1)
        for (samples, taps), dilation in zip(lengths, dilations, strict=True)
    ]
    if mode == "valid":
        if all(samples >= span for samples, span in spans):
            return False
        if undilated and all(samples <= span for samples, span in spans):
            return True
        raise ValueError(
            "mode 'valid' needs in1 or in2 at least as large as the other on every "
            f"convolved axis, but their shapes are {shapes[0]} and {shapes[1]}"
            + ("" if undilated else f" and dilation is {dilations}")
        )
    if not (excludes_outside and undilated):
        return False
    sizes = [1, 1]
    for samples, taps in lengths:
        sizes[0] *= samples
        sizes[1] *= taps
    return sizes[1] > sizes[0]


def _describe(
    a: int,
    other: int,
    length: int,
    taps: int,
    mode: str,
    swapped: bool,
    stride: int,
    dilation: int,
    origin: int,
) -> Axis:
    reach = dilation * (taps - 1)
    offset, outputs = extent(mode, length, reach, origin)
    signal: tuple[int, int] = (length, a)
    kernel = (taps, other)
    if swapped:
        if mode == "valid":
            offset, outputs = length - taps, taps - length + 1
        offset += taps - length
        signal, kernel = (taps, other), (length, a)
    return Axis(
        samples=signal[0],
        taps=kernel[0],
        offset=offset,
        outputs=-(-outputs // stride),
        stride=stride,
        dilation=dilation,
        convolved=True,
        signal=signal[1],
        kernel=kernel[1],
        output=a,
    )


def _describe_batch(
    a: int, other: int | None, length: int, kernel_length: int, swapped: bool
) -> Axis:
    outputs = length if kernel_length == 1 else kernel_length
    signal = None if length == 1 else a
    kernel = None if kernel_length == 1 else other
    if swapped:
        signal, kernel = kernel, signal
    return Axis(
        samples=outputs,
        taps=1,
        offset=0,
        outputs=outputs,
        stride=1,
        dilation=1,
        convolved=False,
        signal=signal,
        kernel=kernel,
        output=a,
    )
