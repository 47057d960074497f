"""Image filters to time: functions, images, and reference results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import ndimage

from .interface import Array, Problem, shape_text

# Convolves integers, rounds sums to nearest, and limits them to the range of the type.
SATURATED = "saturated convolve"
# Functions that compute no sums, so that results are exact.
_EXACT = ("maximum_filter", "minimum_filter")
_LAPLACIAN = ((0, 1, 0), (1, -4, 1), (0, 1, 0))


@dataclass(frozen=True)
class Filter(Problem):
    """A function of `scipy.ndimage`, or SATURATED, with its second argument.

    Outside, the image is continued by its mirror image, with the last sample repeated.
    """

    group: str
    data: tuple[int, ...]
    dtype: str
    function: str
    number: int
    """Standard deviation, size, axis, or the taps of a kernel along each axis."""

    @property
    def name(self) -> str:
        """The function, its number, and the shape of the image, as text."""
        return f"{self.function} {self.number}, {shape_text(self.data)}"

    @property
    def argument(self) -> Any:
        """The second argument of the function: the number, or a kernel."""
        if self.function == SATURATED:
            return _sharpening(self.number)
        if self.function == "convolve":
            return np.array(_LAPLACIAN, self.dtype)
        return self.number

    @property
    def tolerance(self) -> float:
        """As for other problems; integers may differ by one, but no extrema."""
        if self.function in _EXACT:
            return 0
        return 1 if np.dtype(self.dtype).kind in "iu" else super().tolerance

    def arrays(self) -> tuple[Array, ...]:
        """Return an image of noise. Integers have the range of their type."""
        rng = np.random.default_rng(0)
        if np.dtype(self.dtype).kind in "iu":
            limits = np.iinfo(self.dtype)
            integers: Array = rng.integers(
                limits.min, limits.max, self.data, self.dtype, endpoint=True
            )
            return (integers,)
        return (rng.standard_normal(self.data).astype(self.dtype),)

    def reference(self, *arrays: Array) -> Array:
        """Compute the results with SciPy; sums are in double precision."""
        (x,) = arrays
        y: Array
        if self.function == SATURATED:
            limits = np.iinfo(self.dtype)
            y = ndimage.convolve(x, self.argument, output=np.float64)
            return np.rint(y).clip(limits.min, limits.max).astype(self.dtype)
        wide = x.astype(np.float64) if x.dtype.kind == "f" else x
        y = getattr(ndimage, self.function)(wide, self.argument)
        return y


def _sharpening(side: int) -> Array:
    """Return a kernel: twice the sample minus an uneven mean of those around it.

    It has no symmetry, is no outer product, and no tap is 0.
    """
    taps = np.random.default_rng(side).uniform(0.5, 1.5, (side, side))
    taps /= -taps.sum()
    taps[side // 2, side // 2] += 2
    return taps.astype(np.float32)


_GROUP = "image filters"
_IMAGE, _VOLUME, _SCREEN = (2048, 2048), (160, 160, 160), (1080, 1920)
FILTERS: tuple[Filter, ...] = (
    *(
        Filter(_GROUP, _IMAGE, dtype, "gaussian_filter", sigma)
        for sigma in (1, 3, 8)
        for dtype in ("float32", "float64")
    ),
    Filter(_GROUP, _VOLUME, "float32", "gaussian_filter", 2),
    Filter(_GROUP, _IMAGE, "float32", "sobel", 0),
    Filter(_GROUP, _IMAGE, "float32", "uniform_filter", 9),
    Filter(_GROUP, _IMAGE, "float64", "uniform_filter", 51),
    *(Filter(_GROUP, _IMAGE, "float32", "maximum_filter", n) for n in (5, 31)),
    *(Filter(_GROUP, (1500, 1500), "uint8", "minimum_filter", n) for n in (5, 31)),
    Filter(_GROUP, (1024, 1024), "float64", "gaussian_laplace", 2),
    Filter(_GROUP, _IMAGE, "float32", "convolve", 3),
    *(Filter(_GROUP, _SCREEN, "uint8", SATURATED, side) for side in (3, 5)),
)
# A few of them.
FEW_FILTERS: tuple[Filter, ...] = (
    Filter(_GROUP, _IMAGE, "float32", "gaussian_filter", 3),
    Filter(_GROUP, _IMAGE, "float32", "maximum_filter", 31),
    Filter(_GROUP, _SCREEN, "uint8", SATURATED, 3),
)
