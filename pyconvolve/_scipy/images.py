"""Convolution of images with the words of `scipy.signal.convolve2d`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._core import api
from .._core.arguments import Names, rules
from ..convolution import Method, Mode
from .choice import prefers_sums_2d
from .names import BOUNDARIES

_NAMES = Names("in1", "in2")


def convolve_images(
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
    """Convolve two-dimensional arrays, or correlate them if `correlating` is true.

    The other arguments are those of `pyconvolve.signal.convolve2d`.
    """
    first, second = np.asarray(in1), np.asarray(in2)
    if not first.ndim == second.ndim == 2 or boundary not in BOUNDARIES:
        raise ValueError(f"in1 and in2 must be 2-D and boundary be of {[*BOUNDARIES]}")
    cval = fillvalue
    if fillvalue.__class__ is not int or fillvalue:
        cval = _converted(fillvalue, np.result_type(first, second))
        cval = cval if BOUNDARIES[boundary] == "constant" else 0
    how = rules(
        correlating, mode, method, None, BOUNDARIES[boundary], cval, stride, dilation,
        origin, None, False, prefers_sums_2d,
    )  # fmt: skip
    result: NDArray[Any] = api.run(_NAMES, how, first, second, cval, out, workers)
    return result


def _converted(fillvalue: Any, dtype: np.dtype) -> Any:
    """Convert `fillvalue` to a number as SciPy does, truncated if results are integers.

    The errors are SciPy's.
    """
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
