"""Image filters of dask arrays: `pyconvolve.ndimage`, chunk by chunk.

Each function takes the arguments of the function of the same name of
`pyconvolve.ndimage` but `output`: results are lazy, and have the type that they have
there by default. An image of integers that is to be smoothed in floating-point numbers
is converted first, by its method `astype`.

Results are those of the whole image. A task reads a chunk and the samples around it
that its outputs depend on, which may lie several chunks away. It uses one thread unless
`workers` says otherwise, because dask runs several tasks at once.

`median_filter`, `rank_filter`, `percentile_filter` and `generic_filter` are SciPy's.
`generic_filter1d`, whose outputs depend on whole lines, and functions that need the
whole image are not here.
"""

from __future__ import annotations

from .._dask.filters import chunkwise

__all__ = [
    "black_tophat",
    "convolve",
    "convolve1d",
    "correlate",
    "correlate1d",
    "gaussian_filter",
    "gaussian_filter1d",
    "gaussian_gradient_magnitude",
    "gaussian_laplace",
    "generic_filter",
    "generic_gradient_magnitude",
    "generic_laplace",
    "grey_closing",
    "grey_dilation",
    "grey_erosion",
    "grey_opening",
    "laplace",
    "maximum_filter",
    "maximum_filter1d",
    "median_filter",
    "minimum_filter",
    "minimum_filter1d",
    "morphological_gradient",
    "percentile_filter",
    "prewitt",
    "rank_filter",
    "sobel",
    "uniform_filter",
    "uniform_filter1d",
    "white_tophat",
]

black_tophat = chunkwise("black_tophat")
convolve = chunkwise("convolve")
convolve1d = chunkwise("convolve1d")
correlate = chunkwise("correlate")
correlate1d = chunkwise("correlate1d")
gaussian_filter = chunkwise("gaussian_filter")
gaussian_filter1d = chunkwise("gaussian_filter1d")
gaussian_gradient_magnitude = chunkwise("gaussian_gradient_magnitude")
gaussian_laplace = chunkwise("gaussian_laplace")
generic_filter = chunkwise("generic_filter")
generic_gradient_magnitude = chunkwise("generic_gradient_magnitude")
generic_laplace = chunkwise("generic_laplace")
grey_closing = chunkwise("grey_closing")
grey_dilation = chunkwise("grey_dilation")
grey_erosion = chunkwise("grey_erosion")
grey_opening = chunkwise("grey_opening")
laplace = chunkwise("laplace")
maximum_filter = chunkwise("maximum_filter")
maximum_filter1d = chunkwise("maximum_filter1d")
median_filter = chunkwise("median_filter")
minimum_filter = chunkwise("minimum_filter")
minimum_filter1d = chunkwise("minimum_filter1d")
morphological_gradient = chunkwise("morphological_gradient")
percentile_filter = chunkwise("percentile_filter")
prewitt = chunkwise("prewitt")
rank_filter = chunkwise("rank_filter")
sobel = chunkwise("sobel")
uniform_filter = chunkwise("uniform_filter")
uniform_filter1d = chunkwise("uniform_filter1d")
white_tophat = chunkwise("white_tophat")
