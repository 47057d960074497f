"""A drop-in replacement of `scipy.signal` whose convolutions run on pyconvolve.

Replace ``from scipy import signal`` by ``from pyconvolve import signal``. The functions
of this module take SciPy's arguments in SciPy's order, with its defaults and words.
Further arguments are keyword-only and mean the same as for `pyconvolve.convolve`. Every
other name is SciPy's own.

Inputs other than NumPy arrays, lists and numbers are passed to SciPy's function: masked
arrays and arrays of other libraries. docs/guide/scipy.md lists where results differ
from SciPy's, and why.
"""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypeVar, cast, overload

import numpy as np
import scipy.signal
from numpy.typing import ArrayLike, NDArray

from . import convolution
from ._core import api
from ._core.arguments import Names, array_of, rules
from ._scipy.choice import prefers_sums
from ._scipy.drop_in import drop_in
from ._scipy.drop_in import originals as originals
from ._scipy.filtering import filtfilt as filtfilt
from ._scipy.filtering import lfilter as lfilter
from ._scipy.images import convolve2d as convolve2d
from ._scipy.images import correlate2d as correlate2d
from ._scipy.images import sepfir2d as sepfir2d
from ._scipy.messages import axes_error_message
from ._scipy.resampling import decimate as decimate
from ._scipy.resampling import resample_poly as resample_poly
from ._scipy.resampling import upfirdn as upfirdn
from ._scipy.smoothing import savgol_coeffs as savgol_coeffs
from ._scipy.smoothing import savgol_filter as savgol_filter
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
        upsample: Any = 1,
        origin: Any = 0,
        lags: Any = None,
        dtype: Any = None,
        overflow: Any = "wrap",
        out: NDArray[Any] | None = None,
        workers: int | None = None,
    ) -> Any:
        how = rules(
            correlating, mode, method, axes, boundary, cval, stride, dilation, origin,
            lags, False, prefers_sums, False, upsample, dtype, overflow,
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


if TYPE_CHECKING:
    # these have the same arguments, and editors show their documentation
    from .convolution import convolve as convolve
    from .convolution import correlate as correlate
    from .convolution import fftconvolve as fftconvolve
    from .convolution import oaconvolve as oaconvolve
else:
    convolve = drop_in(_like_scipy(convolution.convolve, False))
    correlate = drop_in(_like_scipy(convolution.correlate, True))
    fftconvolve = drop_in(_multiplying(convolution.fftconvolve))
    oaconvolve = drop_in(_multiplying(convolution.oaconvolve))


@overload
def choose_conv_method(
    in1: ArrayLike, in2: ArrayLike, mode: Mode = "full", measure: Literal[False] = False
) -> str: ...
@overload
def choose_conv_method(
    in1: ArrayLike, in2: ArrayLike, mode: Mode = "full", *, measure: Literal[True]
) -> tuple[str, dict[str, float]]: ...
@overload
def choose_conv_method(
    in1: ArrayLike, in2: ArrayLike, mode: Mode, measure: Literal[True]
) -> tuple[str, dict[str, float]]: ...
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


def correlation_lags(
    in1_len: int, in2_len: int, mode: Mode = "full"
) -> NDArray[np.int_]:
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


def __getattr__(name: str) -> Any:
    return getattr(scipy.signal, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *dir(scipy.signal)})


# makes 'import pyconvolve.signal.windows' work
sys.modules[f"{__name__}.windows"] = scipy.signal.windows
