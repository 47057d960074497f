"""A drop-in replacement of `scipy.signal` whose convolutions run on pyconvolve.

Replace ``from scipy import signal`` by ``from pyconvolve import signal``. The functions
of this module take SciPy's arguments in SciPy's order, with its defaults and words.
Further arguments are keyword-only and mean the same as for `pyconvolve.convolve`. Every
other name is SciPy's own.

Inputs other than NumPy arrays, lists and numbers are passed to SciPy's function: masked
arrays and arrays of other libraries. docs/scipy.md lists where results differ from
SciPy's, and why.
"""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar, cast

import numpy as np
import scipy.signal
from numpy.typing import ArrayLike, NDArray

from . import convolution
from ._core import api
from ._core.arguments import Names, array_of, rules
from ._scipy.choice import prefers_sums
from ._scipy.drop_in import drop_in
from ._scipy.drop_in import originals as originals
from ._scipy.images import convolve_images
from ._scipy.messages import axes_error_message
from .convolution import Method, Mode

_NAMES = Names("in1", "in2")
_P = ParamSpec("_P")
_R = TypeVar("_R")

# Seconds that each method is timed for, at least: as long as SciPy times it.
_MEASURED = 5e-3

__all__ = list(scipy.signal.__all__)


def _like_scipy(function: Callable[_P, _R], correlating: bool) -> Callable[_P, _R]:
    """Sum products where SciPy does, unless transforms are twice as fast."""

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
            lags, False, prefers_sums,
        )  # fmt: skip
        return api.run(_NAMES, how, in1, in2, cval, out, workers)

    return cast("Callable[_P, _R]", call)


def _is_product(in1: ArrayLike, in2: ArrayLike, axes: Any) -> bool:
    """Tell whether each convolved axis has length one in one of the inputs."""
    shapes = np.shape(in1), np.shape(in2)
    if not (1 in shapes[0] or 1 in shapes[1] or () in shapes):
        return False
    if len(shapes[0]) != len(shapes[1]) or 0 in shapes[0] + shapes[1]:
        return False
    if axes is not None and axes_error_message(*shapes, axes) is not None:
        return False
    convolved = range(len(shapes[0])) if axes is None else np.atleast_1d(axes)
    return all(1 in (shapes[0][a], shapes[1][a]) for a in convolved)


def _multiplying(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Multiply if no axis is convolved.

    SciPy multiplies there, too, so that integers stay integers.
    """
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
        # a kernel of one tap has the same outputs in modes 'full' and 'valid'
        mode = "full" if mode == "valid" else mode
        return convolution.convolve(in1, in2, mode, "direct", axes=axes, **rules)

    return cast("Callable[_P, _R]", call)


convolve = drop_in(_like_scipy(convolution.convolve, False))
correlate = drop_in(_like_scipy(convolution.correlate, True))
fftconvolve = drop_in(_multiplying(convolution.fftconvolve))
oaconvolve = drop_in(_multiplying(convolution.oaconvolve))


@drop_in
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
        The samples outside of the image. 'fill' or 'pad': `fillvalue`. 'wrap' or
        'circular': the image, repeated. 'symm' or 'symmetric': its mirror image.
    fillvalue : scalar, optional
        The value outside with `boundary` 'fill'; truncated if the result holds
        integers.
    method : {'auto', 'direct', 'fft'}, optional
        'auto' multiplies spectra only if that is expected to be six times as fast as
        summing products, and summing to take more than a millisecond. SciPy always sums
        products, and programs may depend on the precision of sums.
    stride, dilation, origin, out, workers : optional
        As for `pyconvolve.convolve`; SciPy has none of them.

    Returns
    -------
    ndarray
        Two-dimensional, of the type that NumPy promotes the inputs to.

    Raises
    ------
    ValueError
        If an argument is wrong, with SciPy's message.

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
    return convolve_images(
        False, in1, in2, mode, boundary, fillvalue, method, stride, dilation, origin,
        out, workers,
    )  # fmt: skip


@drop_in
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
        Image and kernel. The kernel is conjugated; in mode 'valid' the smaller input.
    mode : {'full', 'same', 'valid'}, optional
        As for `convolve`. In mode 'same', outputs of a kernel with an even number of
        taps lie one sample later than those of `correlate`.
    boundary, fillvalue : optional
        As for `convolve2d`.
    method : {'auto', 'direct', 'fft'}, optional
        As for `convolve2d`.
    stride, dilation, origin, out, workers : optional
        As for `pyconvolve.correlate`; SciPy has none of them.

    Returns
    -------
    ndarray
        Two-dimensional, of the type that NumPy promotes the inputs to.

    Raises
    ------
    ValueError
        If an argument is wrong, with SciPy's message.

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
    result = convolve_images(
        True, in1, in2, mode, boundary, fillvalue, method, stride, dilation, moved, out,
        workers,
    )  # fmt: skip
    if mode == "valid" and np.size(in1) < np.size(in2):
        # SciPy conjugates the smaller input
        np.conjugate(result, out=result)
    return result


@drop_in
def choose_conv_method(
    in1: ArrayLike, in2: ArrayLike, mode: Mode = "full", measure: bool = False
) -> str | tuple[str, dict[str, float]]:
    """Tell which method `convolve` of this module chooses.

    Parameters
    ----------
    in1, in2 : array_like
        As for `convolve`. Unless `measure` is true, only shapes and types matter.
    mode : {'full', 'same', 'valid'}, optional
        As for `convolve`.
    measure : bool, optional
        Whether to time both methods instead of predicting how long they take.

    Returns
    -------
    method : {'direct', 'fft'}
        The method chosen; the faster one if `measure` is true.
    times : dict of str to float
        Only if `measure` is true: seconds of each method.

    Raises
    ------
    ValueError
        If an argument is wrong, with SciPy's message.

    See Also
    --------
    pyconvolve.explain : also tells the times expected and the memory

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
            prefers_sums,
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
    """Return the least seconds of a call; the first of several calls plans."""
    best, end = np.inf, time.perf_counter() + _MEASURED
    while best == np.inf or time.perf_counter() < end:
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    return float(best)


def correlation_lags(in1_len: int, in2_len: int, mode: Mode = "full") -> NDArray[Any]:
    """Return the lag of each output of `correlate` in one dimension.

    Parameters
    ----------
    in1_len, in2_len : int
        Numbers of samples of the two inputs.
    mode : {'full', 'same', 'valid'}, optional
        As for `correlate`.

    Returns
    -------
    ndarray of int
        Lags in samples, in ascending order: the shift of `in2` against `in1`.

    Raises
    ------
    ValueError
        If `mode` is none of these, with SciPy's message.

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


@drop_in
def sepfir2d(
    input: ArrayLike,
    hrow: ArrayLike,
    hcol: ArrayLike,
    *,
    out: NDArray[Any] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    """Convolve the rows of an image with one filter and its columns with another.

    The image is mirrored at its edges.

    Parameters
    ----------
    input : array_like, two-dimensional
        The image.
    hrow, hcol : array_like, one-dimensional, of odd length
        The filter along each row, and the filter along each column.
    out, workers : optional
        As for `pyconvolve.convolve`; SciPy has neither.

    Returns
    -------
    ndarray
        Of the shape of the image, of real or complex floating-point numbers in single
        precision at least.

    Raises
    ------
    ValueError
        If an argument is wrong, with SciPy's message.

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
    # lists of Python's real numbers don't take part in the promotion of types
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


# makes 'import pyconvolve.signal.windows' work
sys.modules[f"{__name__}.windows"] = scipy.signal.windows
