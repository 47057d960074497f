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

from .._dask.filters import Filter, chunkwise

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

black_tophat: Filter = chunkwise("black_tophat")
convolve: Filter = chunkwise("convolve")
convolve1d: Filter = chunkwise("convolve1d")
correlate: Filter = chunkwise("correlate")
correlate1d: Filter = chunkwise("correlate1d")
gaussian_filter: Filter = chunkwise("gaussian_filter")
gaussian_filter1d: Filter = chunkwise("gaussian_filter1d")
gaussian_gradient_magnitude: Filter = chunkwise("gaussian_gradient_magnitude")
gaussian_laplace: Filter = chunkwise("gaussian_laplace")
generic_filter: Filter = chunkwise("generic_filter")
generic_gradient_magnitude: Filter = chunkwise("generic_gradient_magnitude")
generic_laplace: Filter = chunkwise("generic_laplace")
grey_closing: Filter = chunkwise("grey_closing")
grey_dilation: Filter = chunkwise("grey_dilation")
grey_erosion: Filter = chunkwise("grey_erosion")
grey_opening: Filter = chunkwise("grey_opening")
laplace: Filter = chunkwise("laplace")
maximum_filter: Filter = chunkwise("maximum_filter")
maximum_filter1d: Filter = chunkwise("maximum_filter1d")
median_filter: Filter = chunkwise("median_filter")
minimum_filter: Filter = chunkwise("minimum_filter")
minimum_filter1d: Filter = chunkwise("minimum_filter1d")
morphological_gradient: Filter = chunkwise("morphological_gradient")
percentile_filter: Filter = chunkwise("percentile_filter")
prewitt: Filter = chunkwise("prewitt")
rank_filter: Filter = chunkwise("rank_filter")
sobel: Filter = chunkwise("sobel")
uniform_filter: Filter = chunkwise("uniform_filter")
uniform_filter1d: Filter = chunkwise("uniform_filter1d")
white_tophat: Filter = chunkwise("white_tophat")
