"""A pytest plugin: `dask_image.ndfilters` has the filters of `pyconvolve.dask`.

dask-image checks arguments itself, and raises errors where SciPy has other ones or
none, for example for sizes that are not integers. `checked` does the same.
"""

import sys
from collections import Counter
from collections.abc import Callable
from inspect import signature
from numbers import Integral
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from pyconvolve.dask import ndimage

calls: Counter[str] = Counter()

# Their name -> ours, where they differ.
ALIASES = {"gaussian": "gaussian_filter"}
NAMES = [
    *("convolve", "correlate", "gaussian", "gaussian_filter"),
    *("gaussian_gradient_magnitude", "gaussian_laplace", "generic_filter"),
    *("laplace", "maximum_filter", "median_filter", "minimum_filter"),
    *("percentile_filter", "prewitt", "rank_filter", "sobel", "uniform_filter"),
]


def check_window(shape: Any, origin: Any) -> None:
    """Raise dask-image's error for the sizes of a window, or for its origin."""
    sizes, origins = np.asarray(shape), np.asarray(origin)
    for name, given in (("size", sizes), ("origin", origins)):
        if given.dtype.kind != "i":
            raise TypeError(f"{name} must be integers, not {given}")
    fitting = sizes.ndim == 1 and origins.shape in ((), sizes.shape)
    if fitting and (origins >= (sizes + 1) // 2).any():
        raise ValueError(f"origin must be within the window {sizes}, not {origins}")


def checked(image: Any, given: dict[str, Any]) -> None:
    """Raise dask-image's error for wrong arguments, if it is another one than ours."""
    if not isinstance(given.get("axis", 0), Integral):
        raise ValueError("axis must be an integer")
    if "weights" in given:
        check_window(given["weights"].shape, given["origin"])
        if given["weights"].ndim != image.ndim:
            raise ValueError("weights must have the axes of the image")
    elif "size" in given:
        size, footprint = given["size"], given.get("footprint")
        if footprint is not None:
            if size is not None or not footprint.size:
                raise RuntimeError(
                    "footprint must have samples, and there must be no size"
                )
            check_window(footprint.shape, given["origin"])
        elif size is not None:
            shape = (size,) * image.ndim if np.ndim(size) == 0 else tuple(size)
            check_window(shape, given["origin"])


def counting(name: str) -> Callable[..., Any]:
    function = getattr(ndimage, ALIASES.get(name, name))

    def call(image: Any, *args: Any, **kwargs: Any) -> Any:
        calls[name] += 1
        bound = signature(function).bind(image, *args, **kwargs)
        bound.apply_defaults()
        checked(image, bound.arguments)
        return function(image, *args, **kwargs)

    call.__name__ = name
    return call


def pytest_configure() -> None:
    package, filters = ModuleType("dask_image"), ModuleType("dask_image.ndfilters")
    package.ndfilters = filters  # type: ignore[attr-defined]
    for name in NAMES:
        setattr(filters, name, counting(name))
    sys.modules |= {"dask_image": package, "dask_image.ndfilters": filters}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    counts = " ".join(f"{name}={count}" for name, count in calls.items())
    terminalreporter.write_line(f"calls: {counts}")
