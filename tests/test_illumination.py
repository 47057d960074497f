"""Homomorphic filtering, in closed form."""

from functools import reduce

import numpy as np
import pytest
from problems import textured
from wrong_arguments import WrongValues, wrong_value_test

from pyconvolve import kernels


@pytest.mark.parametrize("shape", [(64,), (12, 9), (5, 6, 7), (1, 8)])
@pytest.mark.parametrize("order", [1, 2, 5])
def test_homomorphic_filter_in_closed_form(shape: tuple[int, ...], order: int) -> None:
    """Circular convolution of the image with its mirror images gives the same."""
    image = np.random.default_rng(0).random(shape) + 0.1
    mirrored = np.log(np.pad(image, [(0, n) for n in shape], "symmetric"))
    squares = reduce(np.add.outer, [(np.fft.fftfreq(2 * n) / 0.07) ** 2 for n in shape])
    gains = 0.4 + (1.7 - 0.4) * squares**order / (1 + squares**order)
    filtered = np.fft.ifftn(np.fft.fftn(mirrored) * gains).real
    expected = np.exp(filtered[tuple(slice(n) for n in shape)])
    got = kernels.homomorphic_filter(image, 0.07, 0.4, 1.7, order)
    np.testing.assert_allclose(got, expected, rtol=1e-10)


@pytest.mark.parametrize("gain", [0.0, 0.3, 1.0, 2.0])
def test_homomorphic_filter_of_brighter_images(gain: float) -> None:
    image = textured((16, 20))
    once = kernels.homomorphic_filter(image, 0.1, gain)
    np.testing.assert_allclose(
        kernels.homomorphic_filter(7 * image, 0.1, gain), 7**gain * once, rtol=1e-11
    )
    same = kernels.homomorphic_filter(image, 0.1, gain, gain)
    np.testing.assert_allclose(same, image**gain, rtol=1e-11)


def test_homomorphic_filter_of_offsets_and_types() -> None:
    image = np.random.default_rng(0).integers(0, 256, (20, 30)).astype(np.uint8)
    got = kernels.homomorphic_filter(image, 0.1, offset=1)
    expected = kernels.homomorphic_filter(image + 1.0, 0.1) - 1
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-3)
    for dtype, result in (("f2", "f4"), ("f4", "f4"), ("i8", "f8"), ("g", "g")):
        x = (image + 1).astype(dtype)
        x[x == 0] = 1
        assert kernels.homomorphic_filter(x, 0.1).dtype == np.dtype(result)


def test_homomorphic_filter_of_high_order() -> None:
    image = textured((40, 40))
    got = kernels.homomorphic_filter(image, 0.01, order=200)
    steep = kernels.homomorphic_filter(image, 0.01, order=40)
    np.testing.assert_allclose(got, steep, rtol=1e-6)


def test_homomorphic_filter_along_axes() -> None:
    image = np.stack([textured((20, 30), seed) for seed in range(3)], -1)
    got = kernels.homomorphic_filter(image, 0.1, axes=(0, 1))
    for channel in range(3):
        np.testing.assert_allclose(
            got[..., channel],
            kernels.homomorphic_filter(image[..., channel], 0.1),
            rtol=1e-11,
        )


IMAGE = textured((12, 12))
WRONG: WrongValues = {
    "homomorphic_filter": (
        {"image": IMAGE, "cutoff": 0.1},
        {
            "image": ("a", [], 3, -IMAGE, IMAGE * 1j, IMAGE * np.nan),
            "cutoff": (0, -1, "a", None, np.nan, (1, 2)),
            "gain_low": (-1, "a", None, np.nan, (1, 2)),
            "gain_high": (-1, "a", None, np.inf),
            "order": (0, 1.5, "a", None),
            "offset": ("a", None, np.nan, -99, 1j),
            "axes": (2, "a", 0.5, (0, 0)),
        },
    ),
}
test_wrong_arguments_are_named = wrong_value_test(kernels, WRONG)
