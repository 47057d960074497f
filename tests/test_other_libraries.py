"""Kernels that other libraries make, too."""

from collections.abc import Callable
from math import log
from typing import Any

import numpy as np
import pytest
from kernel_checks import central_taps, impulse_response, unit_energy, unit_sum
from kernel_examples import Maker

from pyconvolve import kernels


def derivative_of_opencv(cv2: Any, ksize: int) -> np.ndarray:
    columns, rows = cv2.getDerivKernels(1, 0, ksize, normalize=True, ktype=cv2.CV_64F)
    return np.flip(np.outer(rows, columns))


# Window length, degree, order of the derivative, and distance of samples.
SAVGOL = [(7, 3, 0, 1), (7, 3, 1, 0.5), (9, 4, 2, 2), (6, 2, 1, 1), (5, 2, 3, 1)]
# For each kernel, the module of a library, its kernel, and ours.
SAME: dict[str, tuple[str, Maker, Callable[[], np.ndarray]]] = {
    "ndimage.gaussian_filter": (
        "scipy.ndimage",
        lambda lib: impulse_response(lambda x: lib.gaussian_filter(x, 1.7), 15),
        lambda: kernels.gaussian(1.7, ndim=2),
    ),
    "ndimage.gaussian_filter, truncate": (
        "scipy.ndimage",
        lambda lib: impulse_response(
            lambda x: lib.gaussian_filter(x, 2, truncate=2.3), 11, 3
        ),
        lambda: kernels.gaussian(2, ndim=3, truncate=2.3),
    ),
    "ndimage.uniform_filter": (
        "scipy.ndimage",
        lambda lib: impulse_response(lambda x: lib.uniform_filter(x, 5), 5),
        lambda: kernels.box(5, ndim=2),
    ),
    "ndimage.sobel": (
        "scipy.ndimage",
        lambda lib: impulse_response(lambda x: lib.sobel(x, 0), 3) / 8,
        lambda: kernels.sobel(0),
    ),
    "ndimage.sobel in three dimensions": (
        "scipy.ndimage",
        lambda lib: impulse_response(lambda x: lib.sobel(x, 1), 3, 3) / 32,
        lambda: kernels.sobel(1, ndim=3),
    ),
    "ndimage.prewitt": (
        "scipy.ndimage",
        lambda lib: impulse_response(lambda x: lib.prewitt(x, 1), 3) / 6,
        lambda: kernels.prewitt(1),
    ),
    "ndimage.laplace": (
        "scipy.ndimage",
        lambda lib: impulse_response(lib.laplace, 3, 3),
        lambda: kernels.laplacian(ndim=3),
    ),
    "signal.firwin": (
        "scipy.signal",
        lambda lib: lib.firwin(31, 0.2, fs=1, window=("kaiser", 5)),
        lambda: kernels.sinc(0.2, 31, window=("kaiser", 5)),
    ),
    "signal.firwin, even": (
        "scipy.signal",
        lambda lib: lib.firwin(12, 0.1, fs=1),
        lambda: kernels.sinc(0.1, 12),
    ),
    **{
        f"signal.savgol_coeffs{case}": (
            "scipy.signal",
            lambda lib, case=case: lib.savgol_coeffs(
                *case[:2], deriv=case[2], delta=case[3], use="conv"
            ),
            lambda case=case: kernels.savitzky_golay(
                *case[:2], deriv=case[2], delta=case[3]
            ),
        )
        for case in SAVGOL
    },
    "signal.windows.triang": (
        "scipy.signal",
        lambda lib: unit_sum(lib.windows.triang(9)),
        lambda: kernels.triangle(9),
    ),
    "numpy.bartlett, even": (
        "numpy",
        lambda lib: unit_sum(lib.bartlett(10)[1:-1]),
        lambda: kernels.triangle(8),
    ),
    "signal.windows.gaussian": (
        "scipy.signal",
        lambda lib: unit_sum(lib.windows.gaussian(9, 1.3)),
        lambda: kernels.gaussian(1.3, size=9),
    ),
    "signal.windows.exponential": (
        "scipy.signal",
        lambda lib: unit_sum(
            lib.windows.exponential(12, 0, -1 / log(1 - 0.3), sym=False)
        ),
        lambda: kernels.exponential(0.3, size=12)[11:],
    ),
    "skimage disk": (
        "skimage.morphology",
        lambda lib: unit_sum(lib.disk(5)),
        lambda: kernels.disk(5),
    ),
    "skimage ball": (
        "skimage.morphology",
        lambda lib: unit_sum(lib.ball(4)),
        lambda: kernels.ball(4),
    ),
    **{
        f"skimage {name}": (
            "skimage.filters",
            lambda lib, name=name: (
                impulse_response(lambda x: getattr(lib, name)(x, axis=0), 3, 3) / 2
            ),
            lambda name=name: getattr(kernels, name)(0, ndim=3),
        )
        for name in ("sobel", "prewitt", "scharr")
    },
    "skimage unsharp_mask": (
        "skimage.filters",
        lambda lib: impulse_response(
            lambda x: lib.unsharp_mask(x, 1.5, 0.7, preserve_range=True), 13
        ),
        lambda: kernels.unsharp(1.5, 0.7),
    ),
    "astropy Gaussian2DKernel": (
        "astropy.convolution",
        lambda lib: unit_sum(lib.Gaussian2DKernel(1.5, 0.7, x_size=13, y_size=7).array),
        lambda: kernels.gaussian((0.7, 1.5), size=(7, 13)),
    ),
    "astropy Tophat2DKernel": (
        "astropy.convolution",
        lambda lib: unit_sum(lib.Tophat2DKernel(3.5, x_size=7, y_size=7).array),
        lambda: kernels.disk(3.5),
    ),
    "astropy Ring2DKernel": (
        "astropy.convolution",
        lambda lib: unit_sum(lib.Ring2DKernel(2, 2).array),
        lambda: kernels.ring(2, 4),
    ),
    "astropy Box2DKernel": (
        "astropy.convolution",
        lambda lib: lib.Box2DKernel(5).array,
        lambda: kernels.box(5, ndim=2),
    ),
    "OpenCV getGaussianKernel": (
        "cv2",
        lambda lib: lib.getGaussianKernel(9, 1.4)[:, 0],
        lambda: kernels.gaussian(1.4, size=9),
    ),
    "OpenCV Sobel": (
        "cv2",
        lambda lib: derivative_of_opencv(lib, 3),
        lambda: kernels.sobel(1),
    ),
    "OpenCV Scharr": (
        "cv2",
        lambda lib: derivative_of_opencv(lib, lib.FILTER_SCHARR),
        lambda: kernels.scharr(1),
    ),
}
SAME_UP_TO_SCALE: dict[str, tuple[str, Maker, Callable[[], np.ndarray]]] = {
    "skimage farid": (
        "skimage.filters",
        lambda lib: impulse_response(lib.farid_h, 5),
        lambda: kernels.farid(0),
    ),
    "skimage gabor_kernel": (
        "skimage.filters",
        lambda lib: lib.gabor_kernel(0.2, theta=0.7, bandwidth=1.3, offset=0.4),
        lambda: kernels.gabor(0.2, theta=-0.7, bandwidth=1.3, phase=0.4),
    ),
    "skimage gabor_kernel, sigma": (
        "skimage.filters",
        lambda lib: lib.gabor_kernel(0.3, theta=-2, sigma_x=1.5, sigma_y=4, n_stds=2),
        lambda: kernels.gabor(0.3, (1.5, 4), theta=2, truncate=2),
    ),
    "skimage roberts_pos_diag": (
        "skimage.filters",
        lambda lib: impulse_response(
            lambda x: np.roll(lib.roberts_pos_diag(x), 1, (0, 1)), 2
        ),
        lambda: kernels.roberts(0),
    ),
    "skimage roberts_neg_diag": (
        "skimage.filters",
        lambda lib: (
            -impulse_response(lambda x: np.roll(lib.roberts_neg_diag(x), 1, (0, 1)), 2)
        ),
        lambda: kernels.roberts(1),
    ),
    "OpenCV getGaborKernel": (
        "cv2",
        lambda lib: lib.getGaborKernel((15, 15), 2, 0.6, 5, 0.8, 0.3, lib.CV_64F),
        lambda: (
            np.flip(
                central_taps(
                    kernels.gabor(0.2, (2, 2.5), theta=-0.6, phase=0.3, truncate=9),
                    (15, 15),
                )
            ).real
        ),
    ),
}


@pytest.mark.parametrize(("module", "theirs", "ours"), SAME.values(), ids=SAME)
def test_same_as_other_libraries(
    module: str, theirs: Maker, ours: Callable[[], np.ndarray]
) -> None:
    expected = theirs(pytest.importorskip(module))
    np.testing.assert_allclose(ours(), expected, rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize(
    ("module", "theirs", "ours"), SAME_UP_TO_SCALE.values(), ids=SAME_UP_TO_SCALE
)
def test_same_as_other_libraries_up_to_scale(
    module: str, theirs: Maker, ours: Callable[[], np.ndarray]
) -> None:
    expected = theirs(pytest.importorskip(module))
    np.testing.assert_allclose(
        unit_energy(ours()), unit_energy(expected), rtol=1e-9, atol=1e-13
    )
