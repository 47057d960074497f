"""Filters of pyconvolve.ndimage against OpenCV's, where the definitions are equal."""

from typing import Any

import numpy as np
import pytest
from problems import any_values, small_integers

from pyconvolve import ndimage

pytestmark = pytest.mark.compiled

cv2 = pytest.importorskip("cv2")

MODES = {
    "reflect": cv2.BORDER_REFLECT,
    "mirror": cv2.BORDER_REFLECT_101,
    "nearest": cv2.BORDER_REPLICATE,
    "constant": cv2.BORDER_CONSTANT,
}
every_mode = pytest.mark.parametrize("mode", MODES)
every_float = pytest.mark.parametrize("dtype", ["f4", "f8"])
SHAPE = (60, 75)


def assert_close(got: np.ndarray, want: np.ndarray, scale: float = 1) -> None:
    assert got.dtype == want.dtype
    np.testing.assert_allclose(got, want, 0, 40 * np.finfo(got.dtype).eps * scale)


@every_mode
@every_float
@pytest.mark.parametrize("size", [(3, 3), (5, 4), (2, 7), (1, 1), (13, 15)])
def test_filter2d(size: tuple[int, int], dtype: str, mode: str) -> None:
    """It correlates; its anchor is the centre, of even kernels the second of two."""
    x, weights = any_values(SHAPE, dtype), any_values(size, "f8", 1)
    want = cv2.filter2D(x, -1, weights, borderType=MODES[mode])
    got = ndimage.correlate(x, weights, mode=mode)
    assert_close(got, want, abs(weights).sum())


@every_mode
@pytest.mark.parametrize("dtype", ["u1", "i2", "u2"])
def test_filter2d_of_integers(dtype: str, mode: str) -> None:
    """Sums are integers, which OpenCV limits to the range, and SciPy wraps."""
    x = small_integers(SHAPE, dtype, largest=20)
    weights = small_integers((3, 5), "f8", 1) + 3
    want = cv2.filter2D(x, -1, weights, borderType=MODES[mode])
    whole = ndimage.correlate(x, weights, mode=mode, output=np.int64)
    limits = np.iinfo(dtype)
    np.testing.assert_array_equal(whole.clip(limits.min, limits.max), want)
    got = ndimage.correlate(x, weights, mode=mode)
    np.testing.assert_array_equal(got, whole.astype(dtype))


@every_mode
@every_float
def test_sepfilter2d(dtype: str, mode: str) -> None:
    x = any_values(SHAPE, dtype)
    row, column = any_values((5,), "f8", 1), any_values((4,), "f8", 2)
    want = cv2.sepFilter2D(x, -1, row, column, borderType=MODES[mode])
    got = ndimage.correlate1d(x, row, 1, mode=mode)
    got = ndimage.correlate1d(got, column, 0, mode=mode)
    assert_close(got, want, abs(row).sum() * abs(column).sum())


@every_mode
@every_float
@pytest.mark.parametrize("sigma", [0.8, 1, 3])
def test_gaussian_blur(sigma: float, dtype: str, mode: str) -> None:
    x = any_values(SHAPE, dtype)
    size = 2 * int(4 * sigma + 0.5) + 1
    want = cv2.GaussianBlur(x, (size, size), sigma, borderType=MODES[mode])
    assert_close(ndimage.gaussian_filter(x, sigma, mode=mode), want)


@every_mode
def test_gaussian_blur_of_bytes(mode: str) -> None:
    """OpenCV rounds once, and multiplies by weights of 16 bits."""
    x = any_values(SHAPE, "u1")
    want = cv2.GaussianBlur(x, (9, 9), 1, borderType=MODES[mode])
    got = ndimage.gaussian_filter(x, 1, mode=mode, output=np.float64)
    assert (abs(got - want) <= 0.5 + 255 * 9 / 2**8).all()
    assert abs(got - want).mean() < 0.6


@every_mode
@pytest.mark.parametrize("axis", [0, 1])
def test_sobel(axis: int, mode: str) -> None:
    order = {"dx": axis, "dy": 1 - axis, "borderType": MODES[mode]}
    x = any_values(SHAPE, "u1")
    want = cv2.Sobel(x, cv2.CV_16S, **order)
    got = ndimage.sobel(x, axis, mode=mode, output=np.int16)
    np.testing.assert_array_equal(got, want, strict=True)
    for dtype in ("f4", "f8"):
        x = any_values(SHAPE, dtype)
        want = cv2.Sobel(x, -1, **order)
        assert_close(ndimage.sobel(x, axis, mode=mode), want, 8)


@every_mode
@every_float
def test_laplacian(dtype: str, mode: str) -> None:
    x = any_values(SHAPE, dtype)
    want = cv2.Laplacian(x, -1, borderType=MODES[mode])
    assert_close(ndimage.laplace(x, mode=mode), want, 8)


@every_mode
@every_float
@pytest.mark.parametrize("sizes", [(3, 3), (9, 4), (1, 31)])
def test_box_filter(sizes: tuple[int, int], dtype: str, mode: str) -> None:
    x = any_values(SHAPE, dtype)
    want = cv2.boxFilter(x, -1, sizes[::-1], borderType=MODES[mode])
    # its sums run along the axis, and errors with them
    assert_close(ndimage.uniform_filter(x, sizes, mode=mode), want, 20)


@pytest.mark.parametrize("mode", ["reflect", "mirror", "nearest"])
@pytest.mark.parametrize("dtype", ["u1", "u2", "i2", "f4", "f8"])
@pytest.mark.parametrize("size", [(3, 3), (5, 2), (4, 9)])
def test_erode_and_dilate(size: tuple[int, int], dtype: str, mode: str) -> None:
    x, border = any_values(SHAPE, dtype), {"borderType": MODES[mode]}
    footprint = small_integers(size, "?", 3)
    footprint[size[0] // 2, 0] = True
    for shape in (np.ones(size, "u1"), footprint.view("u1")):
        want = cv2.erode(x, shape, **border)
        got = ndimage.grey_erosion(x, footprint=shape, mode=mode)
        np.testing.assert_array_equal(got, want, strict=True)
        got = ndimage.minimum_filter(x, footprint=shape, mode=mode)
        np.testing.assert_array_equal(got, want, strict=True)
        # it doesn't reverse the footprint
        want = cv2.dilate(x, shape, **border)
        got = ndimage.maximum_filter(x, footprint=shape, mode=mode)
        np.testing.assert_array_equal(got, want, strict=True)


@pytest.mark.parametrize(
    ("name", "operation"),
    [
        ("grey_opening", cv2.MORPH_OPEN),
        ("grey_closing", cv2.MORPH_CLOSE),
        ("white_tophat", cv2.MORPH_TOPHAT),
        ("black_tophat", cv2.MORPH_BLACKHAT),
        ("morphological_gradient", cv2.MORPH_GRADIENT),
    ],
)
@pytest.mark.parametrize("dtype", ["u1", "f4"])
def test_morphology(name: str, operation: Any, dtype: str) -> None:
    x = any_values(SHAPE, dtype)
    disk = np.hypot(*np.mgrid[-3:4, -3:4]) <= 3.3
    want = cv2.morphologyEx(
        x, operation, disk.astype("u1"), borderType=cv2.BORDER_REFLECT
    )
    got = getattr(ndimage, name)(x, footprint=disk)
    np.testing.assert_array_equal(got, want, strict=True)
