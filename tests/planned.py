"""Convolutions with given thresholds, and plans to inspect."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyconvolve._core import api, planner
from pyconvolve._core.arguments import Names, Rules, rules
from pyconvolve._core.thresholds import THRESHOLDS, Thresholds

NAMES = Names("in1", "in2")
F8 = np.dtype("f8")
USUAL: dict[str, Any] = {
    "axes": None, "boundary": "constant", "cval": 0, "stride": 1, "dilation": 1,
    "origin": 0, "lags": None,
}  # fmt: skip


def rules_of(
    correlating: bool, mode: str, method: str, limits: Thresholds, **options: Any
) -> Rules:
    how = rules(correlating, mode, method, **{**USUAL, **options})
    return how._replace(thresholds=limits)


def convolve(
    limits: Thresholds,
    x: NDArray[Any],
    h: NDArray[Any],
    mode: str = "full",
    method: str = "auto",
    correlating: bool = False,
    out: NDArray[Any] | None = None,
    workers: int | None = None,
    **options: Any,
) -> NDArray[Any]:
    how = rules_of(correlating, mode, method, limits, **options)
    return api.run(NAMES, how, x, h, options.get("cval", 0), out, workers)


def prepare(
    data: tuple[int, ...],
    kernel: tuple[int, ...],
    dtype: Any,
    mode: str = "full",
    method: str = "auto",
    correlating: bool = False,
    limits: Thresholds = THRESHOLDS,
    kernel_dtype: Any = None,
    **options: Any,
) -> api.Prepared:
    how = rules_of(correlating, mode, method, limits, **options)
    kinds = np.dtype(dtype), np.dtype(dtype if kernel_dtype is None else kernel_dtype)
    return api.prepare(NAMES, how, data, kernel, *kinds)


def plan(*arguments: Any, **options: Any) -> Any:
    return prepare(*arguments, **options).plan


def described(
    shape1: tuple[int, ...],
    shape2: tuple[int, ...],
    mode: str = "full",
    correlating: bool = False,
    names: Names = NAMES,
    **options: Any,
) -> Any:
    """Return the result of `planner.describe` for two arrays of float64."""
    how = rules_of(correlating, mode, "auto", THRESHOLDS, **options)
    cval = options.get("cval", 0)
    return planner.describe(how, shape1, shape2, F8, F8, names, cval)
