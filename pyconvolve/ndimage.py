"""A drop-in replacement of `scipy.ndimage` whose filters run on pyconvolve.

Replace ``from scipy import ndimage`` by ``from pyconvolve import ndimage``. The
functions of this module take SciPy's arguments in SciPy's order, with its defaults and
words, and `workers` in addition, which is keyword-only. Every other name is SciPy's
own.

Images other than NumPy arrays, lists and numbers are passed to SciPy's function: masked
arrays and arrays of other libraries. docs/guide/scipy.md lists where results differ
from SciPy's, and why.
"""

from __future__ import annotations

from typing import Any

import scipy.ndimage

from ._ndimage.correlation import convolve as convolve
from ._ndimage.correlation import convolve1d as convolve1d
from ._ndimage.correlation import correlate as correlate
from ._ndimage.correlation import correlate1d as correlate1d
from ._ndimage.derivatives import laplace as laplace
from ._ndimage.derivatives import prewitt as prewitt
from ._ndimage.derivatives import sobel as sobel
from ._ndimage.drop_in import originals as originals
from ._ndimage.extrema import maximum_filter as maximum_filter
from ._ndimage.extrema import maximum_filter1d as maximum_filter1d
from ._ndimage.extrema import minimum_filter as minimum_filter
from ._ndimage.extrema import minimum_filter1d as minimum_filter1d
from ._ndimage.gaussians import gaussian_filter as gaussian_filter
from ._ndimage.gaussians import gaussian_filter1d as gaussian_filter1d
from ._ndimage.generic import (
    generic_gradient_magnitude as generic_gradient_magnitude,
)
from ._ndimage.generic import generic_laplace as generic_laplace
from ._ndimage.morphology import grey_closing as grey_closing
from ._ndimage.morphology import grey_dilation as grey_dilation
from ._ndimage.morphology import grey_erosion as grey_erosion
from ._ndimage.morphology import grey_opening as grey_opening
from ._ndimage.smoothed import (
    gaussian_gradient_magnitude as gaussian_gradient_magnitude,
)
from ._ndimage.smoothed import gaussian_laplace as gaussian_laplace
from ._ndimage.tophats import black_tophat as black_tophat
from ._ndimage.tophats import morphological_gradient as morphological_gradient
from ._ndimage.tophats import white_tophat as white_tophat
from ._ndimage.uniform import uniform_filter as uniform_filter
from ._ndimage.uniform import uniform_filter1d as uniform_filter1d

__all__ = list(scipy.ndimage.__all__)


def __getattr__(name: str) -> Any:
    return getattr(scipy.ndimage, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *dir(scipy.ndimage)})
