"""Image filters, with the words of `scipy.ndimage`, and saturated bytes."""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

import pyconvolve

from .problems import arrays, skip_what_is_missing

Call = Callable[..., object]


def _filter(name: str, *arguments: object) -> Call:
    from pyconvolve import ndimage

    # where the function is SciPy's, it takes no workers
    function = getattr(ndimage, name)
    return lambda x, workers: function(x, *arguments, workers=workers)


def _saturated() -> Call:
    taps = np.float32([[-1, -2, -1], [-2, 13, -2], [-1, -2, -1]])
    return partial(
        pyconvolve.convolve,
        in2=taps,
        mode="same",
        boundary="symmetric",
        dtype=np.uint8,
        overflow="saturate",
    )


# Filter -> type of the image, and what makes the function.
FILTERS: dict[str, tuple[str, Callable[[], Call]]] = {
    "gaussian 1": ("float32", partial(_filter, "gaussian_filter", 1)),
    "gaussian 8": ("float32", partial(_filter, "gaussian_filter", 8)),
    "uniform 9": ("float32", partial(_filter, "uniform_filter", 9)),
    "maximum 5": ("float32", partial(_filter, "maximum_filter", 5)),
    "maximum 31": ("float32", partial(_filter, "maximum_filter", 31)),
    "sobel 0": ("float32", partial(_filter, "sobel", 0)),
    "saturated 3x3": ("uint8", _saturated),
}


class Images:
    params = ([*FILTERS], ["64x64", "1080x1920", "2048x2048"], [1, 2])
    param_names = ("filter", "image", "workers")

    x: NDArray[np.generic]
    call: Call

    def setup(self, name: str, image: str, workers: int) -> None:
        dtype, make = FILTERS[name]
        (self.x,) = arrays(image, dtype)
        with skip_what_is_missing():
            self.call = make()
            self.time_filter(name, image, workers)

    def time_filter(self, name: str, image: str, workers: int) -> None:
        self.call(self.x, workers=workers)
