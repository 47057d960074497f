"""Checks of arguments. An error names the argument, its value and valid values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from numbers import Number
from operator import index
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .boundary import BOUNDARIES, ELSEWHERE
from .dtypes import limits_of
from .problem import MODES, OVERFLOWS
from .thresholds import THRESHOLDS, Thresholds

METHODS = ("auto", "direct", "fft")
# Types of one number, whose values are compared with zero without a check.
NUMBERS = (int, float, bool, complex)


class Names(NamedTuple):
    """Names of the inputs of a function."""

    signal: str
    kernel: str


class Rules(NamedTuple):
    """Checked arguments that say how to convolve. The key of a plan includes them."""

    correlating: bool
    floating: bool
    """Whether integers become floats, and axes of one sample broadcast."""
    mode: str
    axes: int | tuple[int, ...] | None
    boundary: str | tuple[str, ...]
    zero: bool | tuple[bool, ...]
    """Whether `cval` is zero, for all axes or for each of them."""
    stride: int | tuple[int, ...]
    dilation: int | tuple[int, ...]
    upsample: int | tuple[int, ...]
    origin: int | tuple[int, ...]
    lags: tuple[Any, ...] | None
    """The first and the last lag, or such a pair for each axis."""
    ordered: bool
    """Whether the first input is the signal even if it is smaller than the second."""
    dtype: np.dtype | None
    """The type of the result; None: the type that NumPy promotes the inputs to."""
    overflow: str
    sums: np.dtype | None
    """As in `Problem`: `sums.with_sums` fills it in."""
    method: str
    prefers_sums: Callable[[Comparison], bool] | None
    """Returns whether method 'auto' prefers sums to faster transforms; None: it never
    does."""
    thresholds: Thresholds


class Comparison(NamedTuple):
    """A call that transforms compute faster than sums."""

    rules: Rules
    shape1: tuple[int, ...]
    shape2: tuple[int, ...]
    dtype: np.dtype
    """Type of the result."""
    sums: float
    """Seconds that sums are expected to take."""
    transforms: float
    """Seconds that transforms are expected to take."""


def rules(
    correlating: bool,
    mode: str,
    method: str,
    axes: Any,
    boundary: Any,
    cval: Any,
    stride: Any,
    dilation: Any,
    origin: Any,
    lags: Any = None,
    floating: bool = False,
    prefers_sums: Callable[[Comparison], bool] | None = None,
    ordered: bool = False,
    upsample: Any = 1,
    dtype: Any = None,
    overflow: str = "wrap",
) -> Rules:
    """Check the arguments as far as possible without the arrays."""
    if not (
        mode.__class__
        is method.__class__
        is boundary.__class__
        is overflow.__class__
        is str
    ):
        check_words(mode, method)
        check_word("overflow", overflow, OVERFLOWS)
        boundary = check_boundary(boundary)
    # every call does this, and Rules(...) takes twice the time
    return tuple.__new__(
        Rules,
        (
            correlating,
            floating,
            mode,
            axes if axes is None else integers("axes", axes),
            boundary,
            cval == 0 if cval.__class__ in NUMBERS else zero_of(cval),
            stride if stride.__class__ is int else integers("stride", stride),
            dilation if dilation.__class__ is int else integers("dilation", dilation),
            upsample if upsample.__class__ is int else integers("upsample", upsample),
            origin if origin.__class__ is int else integers("origin", origin),
            lags if lags is None else _lags(lags),
            ordered,
            dtype if dtype is None else dtype_of(dtype),
            overflow,
            None,
            method,
            prefers_sums,
            THRESHOLDS,
        ),
    )


def check_rules(rules: Rules, cval: Any) -> None:
    """Check what depends on several arguments, and words that `rules` didn't check."""
    check_words(rules.mode, rules.method)
    check_word("overflow", rules.overflow, OVERFLOWS)
    check_outside(rules.boundary, rules.zero, cval)


def check_outside(
    boundary: str | tuple[str, ...], zero: bool | tuple[bool, ...], cval: Any
) -> None:
    """Raise ValueError for a boundary that isn't valid, or a constant without use."""
    if boundary.__class__ is str and boundary not in BOUNDARIES:
        check_boundary(boundary)
    given = (boundary,) if boundary.__class__ is str else boundary
    is_zero = zero if isinstance(zero, bool) else all(zero)
    if not is_zero and "constant" not in given:
        raise ValueError(
            f"cval must be left out with boundary={boundary!r}, for no constant stands "
            f"outside, not {cval!r}"
        )


def check_words(mode: object, method: object) -> None:
    """Raise ValueError unless mode and method are valid words."""
    if mode not in MODES or method not in METHODS:
        check_word("mode", mode, MODES)
        check_word("method", method, METHODS)


def check_word(name: str, value: object, allowed: Sequence[str]) -> None:
    """Raise ValueError unless a value is one of the allowed words."""
    if not isinstance(value, str) or value not in allowed:
        raise ValueError(
            f"{name} must be {', '.join(map(repr, allowed[:-1]))} or "
            f"{allowed[-1]!r}, not {value!r}"
        )


def check_boundary(boundary: Any) -> str | tuple[str, ...]:
    """Return one word, or a tuple of words; raise ValueError if one is not valid."""
    given = (boundary,)
    if not isinstance(boundary, str) and isinstance(boundary, Iterable):
        given = boundary = tuple(boundary)
    for each in given:
        if isinstance(each, str) and each in ELSEWHERE:
            raise ValueError(
                f"boundary must be {ELSEWHERE[each]!r} for what is called {each!r} "
                "elsewhere"
            )
        if each not in BOUNDARIES:
            check_word("boundary", each, tuple(BOUNDARIES))
    return boundary


def zero_of(cval: Any) -> bool | tuple[bool, ...]:
    """Return whether a constant is zero, or a tuple for several constants."""
    if is_one_value(cval):
        values = np.asarray(cval)
        return bool(values.dtype.kind in "biufcO" and (values == 0).all())
    return tuple(bool(zero_of(each)) for each in cval)


def is_one_value(cval: Any) -> bool:
    """Return whether `cval` is one constant for all axes."""
    return np.ndim(cval) == 0 or np.size(cval) == 1


def integers(name: str, value: Any) -> int | tuple[int, ...]:
    """Convert to one integer, or to a tuple of integers."""
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


def integer_of(name: str, value: Any, least: int | None = None) -> int:
    """Check an integer that must be `least` or more, and return it."""
    try:
        number = index(value)
    except TypeError:
        raise TypeError(f"{name} must be an integer, not {value!r}") from None
    if least is not None and number < least:
        raise ValueError(f"{name} must be at least {least}, not {value!r}")
    return number


def _lags(lags: Any) -> tuple[Any, ...]:
    """Convert to one pair of integers, or to a tuple of pairs."""
    if lags.__class__ is tuple and [each.__class__ for each in lags] == [int, int]:
        return lags
    try:
        pairs = [tuple(pair) if np.iterable(pair) else (pair,) for pair in lags]
        found = tuple(tuple(index(lag) for lag in pair) for pair in pairs)
    except TypeError:
        found = ()
    if [len(pair) for pair in found] == [1, 1]:
        return found[0] + found[1]
    if not found or any(len(pair) != 2 for pair in found):
        raise TypeError(
            "lags must be a pair of integers, the first lag and the last one, or one "
            f"such pair for each convolved axis, not {lags!r}"
        )
    return found


def dtype_of(dtype: Any) -> np.dtype:
    """Convert to a type of numbers or truth values, in this machine's byte order."""
    try:
        found = np.dtype(dtype)
    except (TypeError, ValueError):
        found = np.dtype("V")
    if found.kind not in "biufc":
        raise TypeError(
            "dtype must be a type of integers, of real or complex numbers, or None, "
            f"not {dtype!r}"
        )
    return found if found.isnative else found.newbyteorder("=")


def axes_of(name: str, axes: Any, array: str, ndim: int) -> list[int]:
    """Return the axes of an array in the order given; all of them by default."""
    if axes is None:
        return list(range(ndim))
    checked = integers(name, axes)
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


def array_of(name: str, value: Any) -> NDArray[Any]:
    """Convert to an array of numbers, truth values or objects."""
    if isinstance(value, np.ma.MaskedArray):
        if np.ma.is_masked(value):
            masked = np.ma.getmaskarray(value).sum()
            raise TypeError(
                f"{name} is a masked array with {masked} masked samples; use "
                "normalized_convolve, which leaves them out, or fill them first, for "
                "example with its method filled()"
            )
        value = value.data
    # labelled arrays may be lazy or not
    graph_of = getattr(value, "__dask_graph__", None)
    if graph_of is not None and graph_of() is not None:
        raise TypeError(
            f"{name} must be in memory, but is lazy; functions of pyconvolve.dask take "
            "arrays of dask, and its method compute() loads it"
        )
    try:
        array = np.asarray(value)
    except ValueError as problem:
        raise ValueError(
            f"{name} must be an array or nested lists: {problem}"
        ) from None
    check_type(name, array.dtype)
    bare: object = array[()] if array.dtype.kind == "O" and array.ndim == 0 else 0
    if not isinstance(bare, Number):
        raise TypeError(f"{name} must be an array of numbers, not {bare!r}")
    return array


def numbers_of(name: str, value: Any) -> NDArray[Any]:
    """Convert to an array, which must not hold objects."""
    array = array_of(name, value)
    if array.dtype.kind == "O":
        raise TypeError(f"{name} must hold numbers or truth values, not objects")
    return array


def check_type(name: str, dtype: np.dtype) -> None:
    """Raise TypeError unless samples of a type can be convolved."""
    if dtype.kind not in "biufcO":
        raise TypeError(
            f"{name} must hold numbers, truth values or objects, not {dtype!r}"
        )


def constant_of(cval: Any, dtype: np.dtype, other: np.dtype | None = None) -> Any:
    """Return the constant outside as a number of the type that is computed in.

    Parameters
    ----------
    cval : object
    dtype : dtype
    other : dtype, optional
        Another type of integers or truth values that the constant may have.
    """
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
        low, high = own = limits_of(dtype)
        if other is not None:
            least, most = limits_of(other)
            low, high = min(low, least), max(high, most)
        if not low <= value <= high or value % 1:
            reason = f"the result's type is {dtype.name}"
            if (low, high) != own:
                reason = "the inputs hold integers"
            raise ValueError(
                f"cval must be an integer from {low} to {high}, for {reason}, not "
                f"{cval!r}"
            )
        return int(value)
    try:
        with np.errstate(over="ignore"):
            return dtype.type(value)
    except OverflowError:
        raise ValueError(
            f"cval must fit the result's {dtype.name}, not {cval!r}"
        ) from None


def bias_of(bias: Any, channels: int, dtype: np.dtype, spatial: int) -> NDArray[Any]:
    """Return one number for each channel, to be added to (..., channels, *spatial).

    Parameters
    ----------
    bias : array_like
    channels : int
    dtype : dtype
        Type of the result, which the bias is converted to.
    spatial : int
        Number of spatial axes.
    """
    given = numbers_of("bias", bias)
    if given.shape != (channels,):
        raise ValueError(
            f"bias must have the shape {(channels,)}, a number for each channel of the "
            f"result, not {given.shape}"
        )
    if given.dtype != dtype:
        both_integers = given.dtype.kind in "biu" and dtype.kind in "iu"
        if not (both_integers or np.can_cast(given.dtype, dtype, "same_kind")):
            raise TypeError(
                f"bias must fit the result's type {dtype.name}, not be of type "
                f"{given.dtype.name}"
            )
        given = given.astype(dtype)
    return given.reshape(channels, *(1,) * spatial)


def check_out(out: Any, shape: tuple[int, ...], dtype: np.dtype) -> NDArray[Any]:
    """Return `out` if a result of this shape and type fits it.

    A subclass of ndarray is viewed as ndarray, because it may override anything.
    """
    if not isinstance(out, np.ndarray):
        raise TypeError(f"out must be a NumPy array, not {type(out).__name__}")
    out = np.asarray(out)
    if out.shape != shape:
        raise ValueError(f"out must have the shape {shape}, not {out.shape}")
    if out.dtype != dtype:
        raise TypeError(f"out must have the dtype {dtype}, not {out.dtype}")
    if not out.flags.writeable:
        raise ValueError("out must be writeable, not read-only")
    return out
