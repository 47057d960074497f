"""Banks of filters that are drawn at random or learned from patches."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from problems import textured
from wrong_arguments import WrongValues, error_about, wrong_value_test

import pyconvolve
from pyconvolve import kernels


@pytest.mark.parametrize("dtype", ["f4", "f8", "c8", "c16"])
@pytest.mark.parametrize("norm", ["l2", "l1", "max", "sum", "power", "zero_sum"])
@pytest.mark.parametrize(("shape", "count"), [((3, 2, 2), 5), (9, 9), ((4, 4), 1)])
def test_orthogonal_banks(shape: Any, count: int, norm: Any, dtype: str) -> None:
    if norm == "zero_sum" and shape == count:
        with pytest.raises(ValueError, match="count must be at most 8"):
            kernels.random(shape, count, norm, rng=0, orthogonal=True, dtype=dtype)
        return
    bank = kernels.random(shape, count, norm, rng=0, orthogonal=True, dtype=dtype)
    sizes = (shape,) if isinstance(shape, int) else shape
    assert bank.shape == (count, *sizes)
    assert bank.dtype == np.dtype(dtype)
    flat = bank.reshape(count, -1)
    if norm == "zero_sum":
        assert abs(flat.sum(1)).max() < 1e-5
    products = flat @ flat.conj().T
    energies = np.sqrt(np.diagonal(products).real)
    alike = products / np.multiply.outer(energies, energies)
    np.testing.assert_allclose(alike, np.eye(count), atol=1e-5)
    if norm == "l2":
        np.testing.assert_allclose(energies, 1, rtol=1e-6)
    elif norm == "l1":
        np.testing.assert_allclose(abs(flat).sum(1), 1, rtol=1e-6)


def test_random_banks_are_normal() -> None:
    bank = kernels.random((4, 4), 5000, rng=1).reshape(5000, 16)
    np.testing.assert_allclose((bank**2).sum(1), 1, rtol=1e-12)
    # Every direction has the same probability.
    np.testing.assert_allclose(bank.T @ bank / 5000, np.eye(16) / 16, atol=0.005)
    np.testing.assert_allclose(bank.mean(0), 0, atol=0.015)


def test_orthogonal_banks_prefer_no_direction() -> None:
    rng = np.random.default_rng(0)
    first = np.array(
        [kernels.random(3, 3, rng=rng, orthogonal=True)[0] for _ in range(2000)]
    )
    np.testing.assert_allclose(first.mean(0), 0, atol=0.05)
    np.testing.assert_allclose(first.T @ first / 2000, np.eye(3) / 3, atol=0.05)


@pytest.mark.parametrize("orthogonal", [False, True])
def test_random_banks_are_reproducible(orthogonal: bool) -> None:
    draw = {"shape": (3, 3), "count": 4, "orthogonal": orthogonal}
    first = kernels.random(rng=7, **draw)
    np.testing.assert_array_equal(first, kernels.random(rng=7, **draw))
    generator = np.random.default_rng(7)
    np.testing.assert_array_equal(first, kernels.random(rng=generator, **draw))
    assert not np.allclose(first, kernels.random(rng=generator, **draw))
    assert not np.allclose(kernels.random(**draw), kernels.random(**draw))


@pytest.fixture(scope="module")
def photographs() -> list[np.ndarray]:
    skimage = pytest.importorskip("skimage")
    imread = pytest.importorskip("skimage.io").imread
    folder = Path(skimage.__file__).parent / "data"
    files = [folder / f"{n}.png" for n in ("camera", "astronaut", "coffee", "chelsea")]
    if not all(file.exists() for file in files):
        pytest.skip("scikit-image came without its photographs")
    images = [np.asarray(imread(file), float) for file in files]
    grey = [image.mean(-1) if image.ndim == 3 else image for image in images]
    return [image[::2, ::2] for image in grey]


def orientation(bank: np.ndarray) -> np.ndarray:
    """Coherence of the structure tensor of each filter.

    It is 1 if all energy is in one direction of frequencies, as for a grating, and 0
    for a blob.
    """
    power = abs(np.fft.fft2(bank, (32, 32))) ** 2
    f = np.fft.fftfreq(32)
    twice = np.exp(2j * np.arctan2(f[:, np.newaxis], f))
    return abs((power * twice).sum((1, 2))) / power.sum((1, 2))


def concentration(bank: np.ndarray) -> np.ndarray:
    """Share of the energy of each filter near its largest peak of frequencies."""
    power = abs(np.fft.fft2(bank, (32, 32))) ** 2
    f = np.fft.fftfreq(32)
    shares = []
    for plane in power:
        row, column = np.unravel_index(plane.argmax(), plane.shape)
        near = np.zeros(plane.shape, bool)
        for sign in (1, -1):
            down = (f[:, np.newaxis] - sign * f[row] + 0.5) % 1 - 0.5
            across = (f - sign * f[column] + 0.5) % 1 - 0.5
            near |= down**2 + across**2 <= 1 / 8**2
        shares.append(plane[near].sum() / plane.sum())
    return np.array(shares)


@pytest.mark.parametrize(
    "options", [{}, {"whiten": "pca"}, {"whiten": None}, {"spherical": False}], ids=str
)
def test_filters_learned_from_photographs_are_edges(
    photographs: list[np.ndarray], options: dict[str, Any]
) -> None:
    bank = kernels.learn(photographs, 32, (8, 8), stride=3, rng=0, **options)
    noise = kernels.random((8, 8), 500, "zero_sum", rng=0)
    for measure in (orientation, concentration):
        threshold = np.quantile(measure(noise), 0.95)
        assert (measure(bank) > threshold).mean() >= 0.6
        assert np.median(measure(bank)) > 1.5 * np.median(measure(noise))


def test_learned_filters_detect_themselves(photographs: list[np.ndarray]) -> None:
    """The output of a filter is largest for the patch that it has learned."""
    bank = kernels.learn(photographs, 16, (8, 8), stride=4, rng=0)
    for i, filter_ in enumerate(bank):
        seen = np.flip(filter_)
        responses = [pyconvolve.convolve(seen, h, "valid").item() for h in bank]
        assert np.argmax(responses) == i
        assert responses[i] == pytest.approx(1)


OPTIONS: list[dict[str, Any]] = [
    {"whiten": whiten, "spherical": spherical}
    for whiten in ("zca", "pca", None)
    for spherical in (True, False)
]


def assert_unit_energy(bank: np.ndarray, eps: float = 1e-12) -> None:
    axes = tuple(range(1, bank.ndim))
    np.testing.assert_allclose((abs(bank) ** 2).sum(axes), 1, rtol=eps)
    np.testing.assert_allclose(bank.sum(axes), 0, atol=eps)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_learned_filters_have_unit_energy_and_sum_to_zero(
    options: dict[str, Any],
) -> None:
    image = textured((40, 50))
    bank = kernels.learn(image, 6, (4, 5), rng=0, **options)
    assert bank.shape == (6, 4, 5)
    assert_unit_energy(bank)
    again = kernels.learn(image, 6, (4, 5), rng=np.random.default_rng(0), **options)
    np.testing.assert_array_equal(bank, again)
    other = kernels.learn(image, 6, (4, 5), rng=1, **options)
    assert not np.allclose(bank, other)


@pytest.mark.parametrize("spherical", [True, False])
def test_learned_filters_are_means_of_similar_patches(spherical: bool) -> None:
    """Three patterns with noise are learned as the patterns, reversed."""
    patterns = kernels.random((5, 5), 3, "zero_sum", rng=0, orthogonal=True)
    patterns = kernels.normalize(patterns, "l2", axis=(1, 2))
    noise = 0.1 * np.random.default_rng(0).standard_normal((300, 5, 5))
    images = np.repeat(patterns, 100, axis=0) + noise
    found = []
    for seed in range(4):
        options = {"whiten": None, "spherical": spherical, "rng": seed}
        (alone,) = kernels.learn(images[:100], 1, 5, **options)
        output = pyconvolve.convolve(patterns[0], alone, "valid").item()
        assert output == pytest.approx(1, abs=0.005)
        bank = kernels.learn(images, 3, 5, **options)
        outputs = [
            max(pyconvolve.convolve(pattern, h, "valid").item() for h in bank)
            for pattern in patterns
        ]
        found.append(min(outputs) > 0.995)
    # k-means may end in a local optimum, where two centres share a pattern.
    assert any(found)


@pytest.mark.parametrize("spherical", [True, False])
def test_clusters_do_not_depend_on_the_axes_of_whitening(spherical: bool) -> None:
    banks = [
        kernels.learn(textured((30, 30)), 4, 4, whiten=kind, spherical=spherical, rng=0)
        for kind in ("zca", "pca")
    ]
    np.testing.assert_allclose(*banks, atol=1e-8)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_learned_filters_do_not_depend_on_brightness(options: dict[str, Any]) -> None:
    # Integers: neither the offset nor the factor of the brightness is rounded.
    image = np.floor(100 * textured((30, 30)))
    bank = kernels.learn(image, 4, 4, rng=0, **options)
    brighter = kernels.learn(8 * image + 64, 4, 4, rng=0, **options)
    np.testing.assert_allclose(brighter, bank, atol=1e-12)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "c8"])
def test_element_types_of_learned_filters(dtype: str) -> None:
    image = textured((30, 30))
    bank = kernels.learn(image, 4, 4, rng=0, dtype=dtype)
    assert bank.dtype == np.dtype(dtype)
    assert bank.flags.c_contiguous
    assert_unit_energy(bank.astype(np.complex128), 8 * float(np.finfo(dtype).eps))
    np.testing.assert_allclose(bank, kernels.learn(image, 4, 4, rng=0), atol=1e-3)


@pytest.mark.parametrize(
    ("images", "shape", "expected"),
    [
        (textured((30, 40)), 5, (5, 5)),
        (textured((30, 40)).tolist(), (5, 3), (5, 3)),
        ((textured((30, 40)) % 256).astype(np.uint8), 5, (5, 5)),
        (textured((3, 30, 40)), 5, (5, 5)),
        ([textured((30, 40)), textured((20, 9))], (4, 6), (4, 6)),
        (textured((30, 40, 3)), (5, 5, 3), (5, 5, 3)),
        (textured((12, 12, 12)), (3, 4, 5), (3, 4, 5)),
        (textured((200, 1)).ravel(), (7,), (7,)),
        ([textured((90, 1)).ravel(), textured((50, 1)).ravel()], (7,), (7,)),
    ],
)
def test_images_to_learn_from(
    images: Any, shape: Any, expected: tuple[int, ...]
) -> None:
    bank = kernels.learn(images, 3, shape, rng=0)
    assert bank.shape == (3, *expected)
    assert_unit_energy(bank)


def test_colours_are_learned_together() -> None:
    """An image whose only contrast is between red and blue."""
    rng = np.random.default_rng(0)
    red = rng.random((40, 40))
    image = np.stack([red, np.full((40, 40), 0.5), 1 - red], -1)
    bank = kernels.learn(image, 4, (3, 3, 3), whiten=None, rng=0)
    np.testing.assert_allclose(bank[..., 0], -bank[..., 2], atol=1e-12)


def test_stride_leaves_patches_out() -> None:
    image = textured((20, 20))
    with pytest.raises(ValueError, match=r"count must be at most .*, 25, not 26"):
        kernels.learn(image, 26, 4, stride=4)
    assert kernels.learn(image, 25, 4, stride=4, rng=0).shape == (25, 4, 4)
    assert kernels.learn(image, 5, 4, stride=(16, 4), rng=0).shape == (5, 4, 4)


STEP = np.repeat([0.0, 1.0], 20) * np.ones((40, 1))
BARS = np.tile([0.0, 1, 0, 0], (20, 10))


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("image", [STEP, BARS], ids=["step", "bars"])
def test_fewer_different_patches_than_filters(
    image: np.ndarray, options: dict[str, Any]
) -> None:
    """Some of the patches are flat."""
    assert_unit_energy(kernels.learn(image, 8, 4, rng=0, **options), 1e-9)


def test_more_orthogonal_filters_than_taps() -> None:
    with error_about("count"):
        kernels.random(3, 4, orthogonal=True)


IMAGE = textured((12, 12))
NO_DATA = (IMAGE * 1j, IMAGE * np.nan, np.ones((12, 12)))
WRONG: WrongValues = {
    "random": (
        {"shape": (3, 3), "count": 4},
        {
            "shape": (0, -1, "a", None, (3, 0), 2.5),
            "count": (0, -1, "a", None, 2.5, (1,)),
            "norm": ("x", None, 2),
            "rng": ("a", -1, 0.5),
            "dtype": (int, bool),
        },
    ),
    "learn": (
        {"images": IMAGE, "count": 3, "shape": 3},
        {
            "images": (5, [], "abc", [[["a"]]], [IMAGE, IMAGE[0]], *NO_DATA),
            "count": (0, -1, 1.5, "a", None, 101),
            "shape": (13, 0, "a", None, 2.5, (3, 3, 3, 3)),
            "stride": (0, 1.5, "a", (1, 1, 1)),
            "whiten": ("x", 1, True),
            "rng": ("a", -1, 0.5),
            "dtype": (int, bool),
        },
    ),
}
test_wrong_arguments_are_named = wrong_value_test(kernels, WRONG)
