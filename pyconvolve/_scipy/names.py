"""SciPy's names: of functions that have a namesake here, and of boundaries."""

from __future__ import annotations

from ..convolution import Boundary

# Of scipy.signal.
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
)

# Of convolve2d and correlate2d -> ours.
BOUNDARIES: dict[str, Boundary] = {
    "fill": "constant",
    "pad": "constant",
    "wrap": "wrap",
    "circular": "wrap",
    "symm": "symmetric",
    "symmetric": "symmetric",
}
