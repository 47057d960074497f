"""Programs that use SciPy's functions have equal results after patch_scipy."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pyconvolve
from pyconvolve._core import api
from pyconvolve._ndimage import stages


def images(dtype: str) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    image = rng.random((120, 150)).cumsum(0).cumsum(1)
    image = (image / image.max() + 0.1 * rng.random(image.shape)).astype(dtype)
    return image, image[30:57, 40:63].copy()


def find_template(dtype: str) -> Any:
    feature = pytest.importorskip("skimage.feature")
    image, template = images(dtype)
    found = feature.match_template(image, template, pad_input=True)
    assert np.unravel_index(found.argmax(), found.shape) == (43, 51)
    return found


def find_template_in_volume(dtype: str) -> Any:
    feature = pytest.importorskip("skimage.feature")
    volume = np.random.default_rng(1).random((30, 31, 32)).astype(dtype)
    return feature.match_template(volume, volume[5:12, 6:14, 7:12])


def sharpen(dtype: str) -> Any:
    restoration = pytest.importorskip("skimage.restoration")
    image, _ = images(dtype)
    psf = np.ones((5, 5), dtype) / 25
    return restoration.richardson_lucy(image, psf, 10, filter_epsilon=1e-6)


def seismic(dtype: str) -> Any:
    pytest.importorskip("pylops")
    from pylops.signalprocessing import Convolve1D, ConvolveND

    image, kernel = images(dtype)
    results = []
    for method in ("direct", "fft"):
        line = Convolve1D(image.shape[1], kernel[0], offset=3, method=method)
        results += [line @ image[0], line.H @ image[1]]
        plane = ConvolveND(image.shape, kernel, (13, 11), (0, 1), method=method)
        results += [plane @ image.ravel(), plane.H @ image.ravel()]
    rows = Convolve1D(image.shape, kernel[0], offset=3, axis=1)
    results += [rows @ image.ravel(), rows.H @ image.ravel()]
    return np.concatenate(results)


@pytest.mark.parametrize(
    "program", [find_template, find_template_in_volume, sharpen, seismic]
)
@pytest.mark.parametrize(("dtype", "error"), [("f4", 2e-4), ("f8", 1e-11)])
def test_results_are_equal(
    program: Callable[[str], Any],
    dtype: str,
    error: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    want = program(dtype)
    calls = []
    execute = api.execute

    def counting(*args: Any) -> Any:
        calls.append(args)
        return execute(*args)

    monkeypatch.setattr(api, "execute", counting)
    with pyconvolve.patch_scipy():
        got = program(dtype)
    assert calls
    np.testing.assert_allclose(got, want, error, error * abs(want).max(), strict=True)


def blurred(dtype: str) -> Any:
    filters = pytest.importorskip("skimage.filters")
    image, _ = images(dtype)
    found = [filters.gaussian(image, 2), filters.gaussian(image, (1, 3), mode="wrap")]
    found += [
        filters.unsharp_mask(image, 3, 2),
        filters.difference_of_gaussians(image, 1),
    ]
    return np.stack(found)


def edges(dtype: str) -> Any:
    filters = pytest.importorskip("skimage.filters")
    image, _ = images(dtype)
    found = [filters.sobel(image), filters.prewitt_h(image), filters.laplace(image)]
    return np.stack([*found, filters.farid(image), filters.roberts(image)])


def local(dtype: str) -> Any:
    filters = pytest.importorskip("skimage.filters")
    image, _ = images(dtype)
    found = [filters.threshold_local(image, 11), filters.threshold_sauvola(image, 15)]
    return np.stack([*found, filters.meijering(image, [1, 2])])


def shapes(dtype: str) -> Any:
    morphology = pytest.importorskip("skimage.morphology")
    image, _ = images(dtype)
    disk = morphology.disk(4)
    found = [morphology.erosion(image, disk), morphology.dilation(image, disk)]
    found += [morphology.white_tophat(image, disk), morphology.closing(image, disk)]
    return np.stack(found)


def corners(dtype: str) -> Any:
    feature = pytest.importorskip("skimage.feature")
    image, _ = images(dtype)
    found = feature.corner_harris(image)
    peaks = feature.peak_local_max(found, min_distance=5)
    chosen = np.zeros_like(found)
    chosen[tuple(peaks.T)] = 1
    return np.stack([found, chosen, feature.canny(image, 2).astype(found.dtype)])


def texture(dtype: str) -> Any:
    """Calls of scipy.ndimage, by a program of its own."""
    from scipy import ndimage

    image, template = images(dtype)
    found = [ndimage.uniform_filter(image**2, 7), ndimage.uniform_filter(image, 7)]
    found += [ndimage.gaussian_gradient_magnitude(image, 2)]
    found += [ndimage.convolve(image, template / template.sum(), mode="mirror")]
    return np.stack([*found, ndimage.grey_opening(image, (3, 5))])


@pytest.mark.parametrize("program", [blurred, edges, local, shapes, corners, texture])
@pytest.mark.parametrize(("dtype", "error"), [("f4", 1e-4), ("f8", 1e-11)])
def test_images_are_equal(
    program: Callable[[str], Any],
    dtype: str,
    error: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    want = program(dtype)
    runs = []
    run = stages.Filter.run
    monkeypatch.setattr(
        stages.Filter, "run", lambda *args: (runs.append(args), run(*args))
    )
    with pyconvolve.patch_scipy():
        got = program(dtype)
    assert runs
    for mine, theirs in zip(got, want, strict=True):
        bound = error * np.nanmax(abs(theirs))
        np.testing.assert_allclose(mine, theirs, error, bound, strict=True)
