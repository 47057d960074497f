"""SciPy's names of the functions that pyconvolve replaces, and of boundaries."""

from __future__ import annotations

from .._core.boundary import Boundary

# Functions of scipy.signal.
NAMES = (
    "choose_conv_method",
    "convolve",
    "convolve2d",
    "correlate",
    "correlate2d",
    "correlation_lags",
    "fftconvolve",
    "oaconvolve",
    "sepfir2d",
    "lfilter",
    "filtfilt",
    "savgol_coeffs",
    "savgol_filter",
    "upfirdn",
    "resample_poly",
    "decimate",
)

# Functions of scipy.ndimage.
IMAGE_FILTERS = (
    "convolve",
    "correlate",
    "convolve1d",
    "correlate1d",
    "gaussian_filter",
    "gaussian_filter1d",
    "uniform_filter",
    "uniform_filter1d",
    "maximum_filter",
    "minimum_filter",
    "maximum_filter1d",
    "minimum_filter1d",
    "grey_erosion",
    "grey_dilation",
    "grey_opening",
    "grey_closing",
    "white_tophat",
    "black_tophat",
    "morphological_gradient",
    "sobel",
    "prewitt",
    "laplace",
    "gaussian_laplace",
    "gaussian_gradient_magnitude",
    "generic_laplace",
    "generic_gradient_magnitude",
)

# Boundary of convolve2d and correlate2d -> boundary of pyconvolve.convolve.
BOUNDARIES: dict[str, Boundary] = {
    "fill": "constant",
    "pad": "constant",
    "wrap": "wrap",
    "circular": "wrap",
    "symm": "symmetric",
    "symmetric": "symmetric",
}
