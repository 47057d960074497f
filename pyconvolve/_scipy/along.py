"""Convolution along one axis, for the drop-ins of SciPy's filters."""

from __future__ import annotations

from operator import index
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._core import api
from .._core.arguments import Names, check_out, rules
from .._core.dtypes import real_type
from .._core.output import copy_to
from .choice import prefers_sums_of_filters
from .drop_in import originals

_NAMES = Names("x", "h")


def convolve_along(
    x: NDArray[Any],
    taps: NDArray[Any],
    axis: int,
    boundary: str,
    lags: tuple[int, int] | None,
    cval: Any = 0,
    up: int = 1,
    down: int = 1,
    out: NDArray[Any] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    """Convolve along one axis, by sums unless transforms are twice as fast.

    Arguments are those of `pyconvolve.convolve` in mode 'full'; `up` and `down` are its
    `upsample` and `stride`.
    """
    how = rules(
        False, "full", "auto", axis, boundary, cval, down, 1, 0, lags, False,
        prefers_sums_of_filters, True, up,
    )  # fmt: skip
    result: NDArray[Any] = api.run(_NAMES, how, x, taps, cval, out, workers)
    return result


def narrowed(taps: NDArray[Any], dtype: np.dtype, signal: np.dtype) -> NDArray[Any]:
    """Convert taps to a result's type, or to its real type if that is enough.

    Parameters
    ----------
    taps : ndarray
    dtype, signal : dtype
        Types of the result and of the signal.
    """
    is_enough = signal == dtype and taps.dtype.kind != "c"
    return taps.astype(real_type(dtype) if is_enough else dtype)


def has_samples(x: NDArray[Any], axis: object) -> bool:
    """Tell whether an array has samples along an axis, and the axis is valid."""
    try:
        number = index(axis)  # type: ignore[arg-type]
    except TypeError:
        return False
    return x.size > 0 and -x.ndim <= number < x.ndim


def call_original(
    name: str, *args: Any, out: NDArray[Any] | None = None, **kwargs: Any
) -> Any:
    """Call SciPy's function, and copy its result, or the first of several, to `out`."""
    result = originals[name][0](*args, **kwargs)
    if out is None:
        return result
    several = isinstance(result, tuple)
    first = result[0] if several else result
    check_out(out, first.shape, first.dtype)
    copy_to(out, first)
    return (out, *result[1:]) if several else out
