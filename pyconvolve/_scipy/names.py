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

# Boundary of convolve2d and correlate2d -> boundary of pyconvolve.convolve.
BOUNDARIES: dict[str, Boundary] = {
    "fill": "constant",
    "pad": "constant",
    "wrap": "wrap",
    "circular": "wrap",
    "symm": "symmetric",
    "symmetric": "symmetric",
}
