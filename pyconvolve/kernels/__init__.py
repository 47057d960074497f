"""Constructors of kernels, and functions that scale, factor, learn and show kernels.

A kernel is an array whose centre is tap ``(n - 1) // 2`` of n along each axis, as in
mode 'same'. Kernels are made for convolution; `flip` reverses them for
cross-correlation. Taps of smoothing kernels sum to one. A derivative of order m has an
output of exactly 1 for :math:`x^m / m!`, which is a unit ramp if m is 1.
"""

from .averaging import ball, box, disk, motion_blur, ring, tophat, triangle
from .banks import learn, random
from .derivatives import farid, laplacian, prewitt, roberts, scharr, sobel
from .directional import corner, kirsch, robinson
from .factoring import rank, separate
from .gaussians import difference_of_gaussians, gaussian, laplacian_of_gaussian
from .illumination import homomorphic_filter
from .integer_ratio import as_integer_ratio
from .local_normalization import (
    divide_local_energy,
    local_contrast_normalize,
    subtract_local_mean,
)
from .lowpass import exponential, sinc
from .manipulation import compose, embed, flip
from .normalization import normalize
from .patches import extract_patches
from .plotting import plot
from .polynomial import savitzky_golay
from .response import frequency_response
from .sharpening import emboss, unsharp
from .wavelets import gabor, ricker
from .whitening import Whitening, whiten

__all__ = [
    "Whitening",
    "as_integer_ratio",
    "ball",
    "box",
    "compose",
    "corner",
    "difference_of_gaussians",
    "disk",
    "divide_local_energy",
    "embed",
    "emboss",
    "exponential",
    "extract_patches",
    "farid",
    "flip",
    "frequency_response",
    "gabor",
    "gaussian",
    "homomorphic_filter",
    "kirsch",
    "laplacian",
    "laplacian_of_gaussian",
    "learn",
    "local_contrast_normalize",
    "motion_blur",
    "normalize",
    "plot",
    "prewitt",
    "random",
    "rank",
    "ricker",
    "ring",
    "roberts",
    "robinson",
    "savitzky_golay",
    "scharr",
    "separate",
    "sinc",
    "sobel",
    "subtract_local_mean",
    "tophat",
    "triangle",
    "unsharp",
    "whiten",
]
