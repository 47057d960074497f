"""`scipy.signal`, with its convolutions on pyconvolve's engines.

``from pyconvolve import signal`` in place of ``from scipy import signal`` is all that a
program needs. The functions below take SciPy's arguments, in its order, with its
defaults and words, and behind them the keyword-only ones of `pyconvolve.convolve`;
every other name is SciPy's own. What isn't a NumPy array, a list or a number goes to
SciPy's function: masked arrays, those of other libraries, array-API namespaces.
docs/scipy.md lists where results differ, and why.
"""

from __future__ import annotations

import functools
import inspect
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar, cast

import numpy as np
import scipy.signal
from numpy.typing import ArrayLike, NDArray

from . import convolution
from ._core import api
from ._core.arguments import Names, Rules, array_of, rules
from ._scipy.messages import complaint, complaint_of_axes
from ._scipy.names import BOUNDARIES, NAMES
from .convolution import Method, Mode

_NAMES = Names("in1", "in2")
_P = ParamSpec("_P")
_R = TypeVar("_R")

# Times that transforms have to be faster than sums to be chosen: where SciPy sums, and
# for convolve2d, which always sums there.
_WORTH, _WORTH_2D = 2, 6
# Seconds of sums of convolve2d that are never worth a loss of precision.
_SHORT_2D = 1e-3
# Seconds that a method is timed for, as SciPy does.
_MEASURED = 5e-3
# What SciPy's functions take for NumPy's own.
_OWN = (bool, int, float, complex, list, tuple, np.generic)

__all__ = list(scipy.signal.__all__)

# SciPy's functions that have a namesake here: as its users see them, and its modules.
originals = {
    name: tuple(
        getattr(module, name)
        for module in (scipy.signal, scipy.signal._signaltools)
        if hasattr(module, name)
    )
    for name in NAMES
}


def _is_foreign(value: object) -> bool:
    return type(value) not in (np.ndarray, np.memmap) and not isinstance(value, _OWN)


def _drop_in(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Leave to SciPy what isn't NumPy's, and complain in its words."""
    name = function.__name__
    theirs = originals[name][0]
    signature = inspect.signature(function)
    parameters = signature.parameters.values()
    arrays = [p.name for p in parameters if p.default is p.empty]
    added = {p.name for p in parameters if p.kind is p.KEYWORD_ONLY}

    @functools.wraps(function)
    def call(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        given = args[: len(arrays)]
        if len(given) < len(arrays):
            given += tuple(kwargs[name] for name in arrays if name in kwargs)
        for value in given:
            if type(value) is np.ndarray or not _is_foreign(value):
                continue
            if added & kwargs.keys():
                kinds = " and ".join(type(value).__name__ for value in given)
                raise TypeError(
                    f"{min(added & kwargs.keys())} must be left out unless inputs are "
                    f"NumPy arrays, not {kinds}"
                )
            result: _R = theirs(*args, **kwargs)
            return result
        try:
            return function(*args, **kwargs)
        except (TypeError, ValueError):
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            text = complaint(name, bound.arguments)
            if text is None:
                raise
        raise ValueError(text)

    call.__module__ = __name__
    return call


def _like_scipy(function: Callable[_P, _R], correlating: bool) -> Callable[_P, _R]:
    """Sum where SciPy would, unless that takes more than twice as long."""

    @functools.wraps(function)
    def call(
        in1: ArrayLike,
        in2: ArrayLike,
        mode: Mode = "full",
        method: Method = "auto",
        *,
        axes: Any = None,
        boundary: Any = "constant",
        cval: Any = 0,
        stride: Any = 1,
        dilation: Any = 1,
        origin: Any = 0,
        lags: Any = None,
        out: NDArray[Any] | None = None,
        workers: int | None = None,
    ) -> Any:
        how = rules(
            correlating, mode, method, axes, boundary, cval, stride, dilation, origin,
            lags, False, _prefers_sums,
        )  # fmt: skip
        return api.run(_NAMES, how, in1, in2, cval, out, workers)

    return cast("Callable[_P, _R]", call)


def _prefers_sums(
    rules: Rules,
    shape1: tuple[int, ...],
    shape2: tuple[int, ...],
    dtype: np.dtype,
    sums: float,
    transforms: float,
) -> bool:
    """Whether SciPy sums, where that takes not much longer than transforms."""
    if sums > _WORTH * transforms or rules.axes is not None or dtype.kind not in "fc":
        return False
    in1, in2 = (np.broadcast_to(dtype.type(0), shape) for shape in (shape1, shape2))
    chosen = originals["choose_conv_method"][0](in1, in2, rules.mode)
    return bool(chosen == "direct")


def _prefers_sums_2d(
    rules: Rules,
    shape1: tuple[int, ...],
    shape2: tuple[int, ...],
    dtype: np.dtype,
    sums: float,
    transforms: float,
) -> bool:
    """Whether images are summed, as SciPy always does.

    Sums are exact to the rounding of each output, transforms to that of a whole tile.
    """
    return sums < max(_SHORT_2D, _WORTH_2D * transforms)


def _is_product(in1: ArrayLike, in2: ArrayLike, axes: Any) -> bool:
    """Whether each convolved axis has length one in one input or the other."""
    shapes = np.shape(in1), np.shape(in2)
    if not (1 in shapes[0] or 1 in shapes[1] or () in shapes):
        return False
    if len(shapes[0]) != len(shapes[1]) or 0 in shapes[0] + shapes[1]:
        return False
    if axes is not None and complaint_of_axes(*shapes, axes) is not None:
        return False
    convolved = range(len(shapes[0])) if axes is None else np.atleast_1d(axes)
    return all(1 in (shapes[0][a], shapes[1][a]) for a in convolved)


def _multiplying(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Multiply, which keeps integers, where SciPy does: where nothing is convolved."""
    convolving: Callable[..., Any] = function

    @functools.wraps(function)
    def call(
        in1: ArrayLike,
        in2: ArrayLike,
        mode: Mode = "full",
        axes: Any = None,
        **rules: Any,
    ) -> Any:
        if not _is_product(in1, in2, axes):
            return convolving(in1, in2, mode, axes, **rules)
        # of one tap, 'full' is all there is
        mode = "full" if mode == "valid" else mode
        return convolution.convolve(in1, in2, mode, "direct", axes=axes, **rules)

    return cast("Callable[_P, _R]", call)


convolve = _drop_in(_like_scipy(convolution.convolve, False))
correlate = _drop_in(_like_scipy(convolution.correlate, True))
fftconvolve = _drop_in(_multiplying(convolution.fftconvolve))
oaconvolve = _drop_in(_multiplying(convolution.oaconvolve))


@_drop_in
def convolve2d(
    in1: ArrayLike,
    in2: ArrayLike,
    mode: Mode = "full",
    boundary: str = "fill",
    fillvalue: complex = 0,
    *,
    method: Method = "auto",
    stride: int | Sequence[int] = 1,
    dilation: int | Sequence[int] = 1,
    origin: int | Sequence[int] = 0,
    out: NDArray[Any] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    """Convolve two two-dimensional arrays.

    Parameters
    ----------
    in1, in2 : array_like, two-dimensional
        Image and kernel.
    mode : {'full', 'same', 'valid'}, optional
        As for `convolve`.
    boundary : {'fill', 'wrap', 'symm'}, optional
        What stands outside: `fillvalue` ('pad' is the same), the image again
        ('circular'), its mirror image ('symmetric').
    fillvalue : scalar, optional
        Truncated where the result holds integers.
    method : {'auto', 'direct', 'fft'}, optional
        'auto' multiplies spectra only where that is expected to be six times faster
        and sums to take a millisecond, for SciPy sums products, and some programs
        count on its precision.
    stride, dilation, origin, out, workers : optional
        As for `pyconvolve.convolve`; SciPy has none of them.

    Returns
    -------
    ndarray

    Raises
    ------
    ValueError
        As SciPy, if an argument is wrong.

    References
    ----------
    .. [1] `scipy.signal.convolve2d`

    Examples
    --------
    >>> from pyconvolve import signal
    >>> signal.convolve2d([[1, 2], [3, 4]], [[1, 1]], "same", "wrap")
    array([[3, 3],
           [7, 7]])
    """
    return _convolve_images(
        False, in1, in2, mode, boundary, fillvalue, method, stride, dilation, origin,
        out, workers,
    )  # fmt: skip


@_drop_in
def correlate2d(
    in1: ArrayLike,
    in2: ArrayLike,
    mode: Mode = "full",
    boundary: str = "fill",
    fillvalue: complex = 0,
    *,
    method: Method = "auto",
    stride: int | Sequence[int] = 1,
    dilation: int | Sequence[int] = 1,
    origin: int | Sequence[int] = 0,
    out: NDArray[Any] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    """Cross-correlate two two-dimensional arrays.

    Parameters
    ----------
    in1, in2 : array_like, two-dimensional
        Image and kernel, which is conjugated; whichever is the smaller in mode 'valid'.
    mode : {'full', 'same', 'valid'}, optional
        As for `convolve`; the centre of an even kernel is one sample further down than
        for `correlate`.
    boundary, fillvalue : optional
        As for `convolve2d`.
    method : {'auto', 'direct', 'fft'}, optional
        As for `convolve2d`.
    stride, dilation, origin, out, workers : optional
        As for `pyconvolve.correlate`; SciPy has none of them.

    Returns
    -------
    ndarray

    Raises
    ------
    ValueError
        As SciPy, if an argument is wrong.

    References
    ----------
    .. [1] `scipy.signal.correlate2d`

    Examples
    --------
    >>> from pyconvolve import signal
    >>> signal.correlate2d([[1, 2], [3, 4]], [[0, 1]], "same", "wrap")
    array([[2, 1],
           [4, 3]])
    """
    moved: Any = origin
    if mode == "same":
        moved = np.broadcast_to(origin, 2) - [n % 2 == 0 for n in np.shape(in2)]
        moved = tuple(moved.tolist())
    result = _convolve_images(
        True, in1, in2, mode, boundary, fillvalue, method, stride, dilation, moved, out,
        workers,
    )  # fmt: skip
    if mode == "valid" and np.size(in1) < np.size(in2):
        # SciPy conjugates the smaller one
        np.conjugate(result, out=result)
    return result


def _convolve_images(
    correlating: bool,
    in1: ArrayLike,
    in2: ArrayLike,
    mode: Mode,
    boundary: str,
    fillvalue: Any,
    method: Method,
    stride: Any,
    dilation: Any,
    origin: Any,
    out: NDArray[Any] | None,
    workers: int | None,
) -> NDArray[Any]:
    first, second = np.asarray(in1), np.asarray(in2)
    if not first.ndim == second.ndim == 2 or boundary not in BOUNDARIES:
        raise ValueError(f"in1 and in2 must be 2-D and boundary be of {[*BOUNDARIES]}")
    cval = fillvalue
    if fillvalue.__class__ is not int or fillvalue:
        cval = _filling(fillvalue, np.result_type(first, second))
        cval = cval if BOUNDARIES[boundary] == "constant" else 0
    how = rules(
        correlating, mode, method, None, BOUNDARIES[boundary], cval, stride, dilation,
        origin, None, False, _prefers_sums_2d,
    )  # fmt: skip
    result: NDArray[Any] = api.run(_NAMES, how, first, second, cval, out, workers)
    return result


def _filling(fillvalue: Any, dtype: np.dtype) -> Any:
    """Convert as SciPy does: integers are truncated to."""
    value = np.asarray(fillvalue)
    if not value.size:
        raise ValueError("`fillvalue` cannot be an empty array.")
    if value.size != 1:
        raise ValueError("`fillvalue` must be scalar or an array with one element.")
    number = value.item()
    if dtype.kind not in "biu":
        real = dtype.kind != "f" or np.isrealobj(number)
        fits = real or not number.imag
    else:
        number = int(number) if np.isrealobj(number) and np.isfinite(number) else None
        fits = number is not None and np.can_cast(np.min_scalar_type(number), dtype)
    if not fits:
        raise ValueError(
            "could not cast `fillvalue` directly to the output type (it was first "
            "converted to complex)."
        )
    return number


@_drop_in
def choose_conv_method(
    in1: ArrayLike, in2: ArrayLike, mode: Mode = "full", measure: bool = False
) -> str | tuple[str, dict[str, float]]:
    """Tell which method of `convolve` is faster, by pyconvolve's engines.

    Parameters
    ----------
    in1, in2, mode
        As for `convolve`.
    measure : bool, optional
        Time both methods instead of predicting how long they take.

    Returns
    -------
    method : {'direct', 'fft'}
    times : dict of str to float
        Seconds of both; only if `measure`.

    Raises
    ------
    ValueError
        As SciPy, if an argument is wrong.

    See Also
    --------
    pyconvolve.explain : tells more

    References
    ----------
    .. [1] `scipy.signal.choose_conv_method`

    Examples
    --------
    >>> import numpy as np
    >>> from pyconvolve import signal
    >>> signal.choose_conv_method(np.ones((500, 500)), np.ones((3, 3)))
    'direct'
    """
    if not measure:
        how = rules(
            False, mode, "auto", None, "constant", 0, 1, 1, 0, None, False,
            _prefers_sums,
        )  # fmt: skip
        first, second = array_of("in1", in1), array_of("in2", in2)
        chosen = api.prepare(
            _NAMES, how, first.shape, second.shape, first.dtype, second.dtype
        )
        return "fft" if chosen.plan.name == "fft" else "direct"
    methods: tuple[Method, ...] = "fft", "direct"
    times: dict[str, float] = {
        method: _seconds(functools.partial(convolve, in1, in2, mode, method))
        for method in methods
    }
    return min(times, key=times.__getitem__), times


def _seconds(call: Callable[[], object]) -> float:
    """Time a call, once at least; the first one plans."""
    best, end = np.inf, time.perf_counter() + _MEASURED
    while best == np.inf or time.perf_counter() < end:
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    return float(best)


def correlation_lags(in1_len: int, in2_len: int, mode: Mode = "full") -> NDArray[Any]:
    """Shifts of `in2` that belong to the outputs of `correlate` in one dimension.

    Parameters
    ----------
    in1_len, in2_len : int
        Samples of the two inputs.
    mode : {'full', 'same', 'valid'}, optional
        As for `correlate`.

    Returns
    -------
    ndarray of int

    Raises
    ------
    ValueError
        If there is no such mode.

    References
    ----------
    .. [1] `scipy.signal.correlation_lags`

    Examples
    --------
    >>> from pyconvolve import signal
    >>> signal.correlation_lags(5, 3, "same")
    array([-1,  0,  1,  2,  3])
    """
    if mode == "valid":
        return np.arange(min(in1_len - in2_len, 0), max(in1_len - in2_len, 0) + 1)
    if mode == "same":
        first = (in2_len - 1) // 2 - (in2_len - 1)
        return np.arange(first, first + in1_len)
    if mode != "full":
        raise ValueError(f"Mode {mode} is invalid")
    return np.arange(1 - in2_len, in1_len)


@_drop_in
def sepfir2d(
    input: ArrayLike,
    hrow: ArrayLike,
    hcol: ArrayLike,
    *,
    out: NDArray[Any] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    """Convolve rows and columns of an image with a filter each, mirrored at its edges.

    Parameters
    ----------
    input : array_like, two-dimensional
        The image.
    hrow, hcol : array_like, one-dimensional, of odd length
        Filters along the rows and along the columns.
    out, workers : optional
        As for `pyconvolve.convolve`; SciPy has none of them.

    Returns
    -------
    ndarray
        Of floating-point numbers, float32 or more.

    Raises
    ------
    ValueError
        As SciPy, if an argument is wrong.

    References
    ----------
    .. [1] `scipy.signal.sepfir2d`

    Examples
    --------
    >>> from pyconvolve import signal
    >>> signal.sepfir2d([[1, 2], [3, 4]], [1, 1, 1], [0, 1, 0])
    array([[ 4.,  5.],
           [10., 11.]])
    """
    image = np.asarray(input)
    row, column = np.asarray(hrow), np.asarray(hcol)
    for array, ndim in ((image, 2), (row, 1), (column, 1)):
        if array.ndim != ndim:
            kind = "too deep" if array.ndim > ndim else "of too small depth"
            raise ValueError(f"object {kind} for desired array")
    if not (row.size % 2 and column.size % 2):
        raise ValueError("hrow and hcol must be odd length")
    # Python's numbers are of the image's type
    typed = [a for a in (hrow, hcol) if isinstance(a, np.ndarray) or np.iscomplexobj(a)]
    dtype = np.result_type(image, np.float32, *map(np.asarray, typed))
    rows = convolution.convolve(
        image.astype(dtype, copy=False), row.astype(dtype), "same", axes=1,
        boundary="symmetric", workers=workers,
    )  # fmt: skip
    return convolution.convolve(
        rows, column.astype(dtype), "same", axes=0, boundary="symmetric", out=out,
        workers=workers,
    )  # fmt: skip


def __getattr__(name: str) -> Any:
    return getattr(scipy.signal, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *dir(scipy.signal)})


# import pyconvolve.signal.windows
sys.modules[f"{__name__}.windows"] = scipy.signal.windows
