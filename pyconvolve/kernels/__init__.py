"""Kernels: made by hand, at random or by learning; normalised, factored, looked at.

All are arrays with their centre at tap ``(n - 1) // 2`` of n, as in mode 'same', and
made for convolutions: `flip` turns them for cross-correlations. Blurs sum to one;
derivatives of order m give exactly 1 for :math:`x^m / m!`, a unit ramp if m is 1.
"""

from .banks import extract_patches, learn, random
from .derivatives import (
    corner,
    emboss,
    farid,
    kirsch,
    laplacian,
    prewitt,
    roberts,
    robinson,
    scharr,
    sobel,
)
from .factoring import compose, embed, flip, rank, separate
from .gaussians import (
    difference_of_gaussians,
    gabor,
    gaussian,
    laplacian_of_gaussian,
    ricker,
    unsharp,
)
from .inputs import (
    Whitening,
    divide_local_energy,
    homomorphic_filter,
    local_contrast_normalize,
    subtract_local_mean,
    whiten,
)
from .normalization import as_integer_ratio, normalize
from .response import frequency_response, plot
from .smoothing import (
    ball,
    box,
    disk,
    exponential,
    motion_blur,
    ring,
    savitzky_golay,
    sinc,
    tophat,
    triangle,
)

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
