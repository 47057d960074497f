"""Methods that filter images: functions of each library, and how they are called."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from .. import convolve, ndimage
from .filters import SATURATED, Filter
from .interface import Array, Method, Run
from .libraries import OURS

# Functions of `scipy.ndimage`.
_FUNCTIONS = (
    "convolve",
    "gaussian_filter",
    "gaussian_laplace",
    "maximum_filter",
    "minimum_filter",
    "sobel",
    "uniform_filter",
)


def _is(function: str) -> Callable[[Filter], bool]:
    return lambda problem: problem.function == function


def _of_images(function: str) -> Callable[[Filter], bool]:
    """Tell whether a problem has this function, and an image with two axes."""
    return lambda problem: problem.function == function and len(problem.data) == 2


def _ours(problem: Filter, x: Array) -> Run:
    function, argument = getattr(ndimage, problem.function), problem.argument
    return lambda: function(x, argument)


def _ours_saturated(problem: Filter, x: Array) -> Run:
    taps = problem.argument
    return lambda: convolve(
        x, taps, "same", boundary="symmetric", dtype=x.dtype, overflow="saturate"
    )


def _scipy(problem: Filter, x: Array) -> Run:
    function = getattr(import_module("scipy.ndimage"), problem.function)
    argument = problem.argument
    return lambda: function(x, argument)


def _scipy_saturated(problem: Filter, x: Array) -> Run:
    """Round and limit sums of single precision, which SciPy would cut and wrap."""
    function = import_module("scipy.ndimage").convolve
    taps, limits = problem.argument, np.iinfo(x.dtype)

    def run() -> Array:
        y = function(x, taps, output=np.float32)
        np.rint(y, out=y)
        np.clip(y, limits.min, limits.max, out=y)
        result: Array = y.astype(x.dtype)
        return result

    return run


def _opencv(
    name: str, arguments: Callable[[Filter], tuple[Any, ...]]
) -> Callable[[Filter, Array], Run]:
    """Call a function of OpenCV with these arguments."""

    def prepare(problem: Filter, x: Array) -> Run:
        cv2 = import_module("cv2")
        function, given = getattr(cv2, name), arguments(problem)
        border = cv2.BORDER_REFLECT
        return lambda: function(x, *given, borderType=border)

    return prepare


def _gaussian(problem: Filter) -> tuple[Any, ...]:
    """Return the number of taps, that of SciPy, and the standard deviation."""
    taps = 2 * int(4 * problem.number + 0.5) + 1
    return (taps, taps), problem.number


def _derivatives(problem: Filter) -> tuple[int, ...]:
    """Return the type of the result, and the order along columns and rows."""
    return (-1, 1, 0) if problem.number == 1 else (-1, 0, 1)


def _box(problem: Filter) -> tuple[Any, ...]:
    return ((problem.number,) * 2,)


def _structure(problem: Filter) -> tuple[Array]:
    return (np.ones((problem.number,) * 2, np.uint8),)


def _kernel(problem: Filter) -> tuple[Any, ...]:
    # OpenCV correlates
    return -1, np.flip(problem.argument).copy()


FILTER_METHODS: tuple[Method[Filter], ...] = (
    Method(OURS, OURS, _ours, lambda it: it.function != SATURATED),
    Method(OURS, OURS, _ours_saturated, _is(SATURATED)),
    *(
        Method(f"scipy.ndimage.{name}", "scipy.ndimage", _scipy, _is(name))
        for name in _FUNCTIONS
    ),
    Method(
        "scipy.ndimage.convolve, rounded", "scipy.ndimage", _scipy_saturated,
        _is(SATURATED),
    ),
    Method(
        "cv2.GaussianBlur", "OpenCV", _opencv("GaussianBlur", _gaussian),
        _of_images("gaussian_filter"),
    ),
    Method("cv2.Sobel", "OpenCV", _opencv("Sobel", _derivatives), _of_images("sobel")),
    Method("cv2.blur", "OpenCV", _opencv("blur", _box), _of_images("uniform_filter")),
    Method(
        "cv2.dilate", "OpenCV", _opencv("dilate", _structure),
        _of_images("maximum_filter"),
    ),
    Method(
        "cv2.erode", "OpenCV", _opencv("erode", _structure),
        _of_images("minimum_filter"),
    ),
    Method(
        "cv2.filter2D", "OpenCV", _opencv("filter2D", _kernel),
        lambda it: _of_images("convolve")(it) or _of_images(SATURATED)(it),
    ),
)  # fmt: skip
