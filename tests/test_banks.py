"""Patches of images, and banks of filters drawn at random or learned from patches."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from complaints import WrongValues, complaint_about, each_wrong_value
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import any_values, small_integers, textured

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
    # every direction is as likely
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


@given(
    st.lists(st.integers(1, 5), min_size=1, max_size=3), st.integers(0, 999), st.data()
)
@settings(max_examples=150)
def test_patches_are_slices(shape: list[int], seed: int, data: st.DataObject) -> None:
    x = any_values(tuple(n + 2 for n in shape), float, seed)
    axes = data.draw(st.permutations(range(x.ndim)))[
        : data.draw(st.integers(1, x.ndim))
    ]
    sizes = [data.draw(st.integers(1, x.shape[a])) for a in axes]
    steps = [data.draw(st.integers(1, 3)) for _ in axes]
    patches = kernels.extract_patches(x, sizes, steps, axes)
    counts = list(x.shape)
    for a, size, step in zip(axes, sizes, steps, strict=True):
        counts[a] = (x.shape[a] - size) // step + 1
    assert patches.shape == (*counts, *sizes)
    assert np.shares_memory(patches, x)
    assert not patches.flags.writeable
    for index in np.ndindex(*counts):
        cut: list[Any] = list(index)
        for a, size, step in zip(axes, sizes, steps, strict=True):
            cut[a] = slice(index[a] * step, index[a] * step + size)
        expected = x[tuple(cut)].transpose(np.argsort(np.argsort(axes)))
        np.testing.assert_array_equal(patches[index], expected)


def test_patches_of_all_axes() -> None:
    x = np.arange(20).reshape(4, 5)
    patches = kernels.extract_patches(x, 2)
    assert patches.shape == (3, 4, 2, 2)
    assert patches[1, 2].tolist() == [[7, 8], [12, 13]]
    assert kernels.extract_patches(x, 3, 2, axes=1).shape == (4, 2, 3)
    # what a correlation multiplies a kernel with
    kernel = small_integers((2, 2), int)
    np.testing.assert_array_equal(
        (patches * kernel).sum((2, 3)), pyconvolve.correlate(x, kernel, "valid")
    )


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
    """How much of each filter's energy lies in one direction of frequencies.

    That is the coherence of the structure tensor: 1 for a grating, 0 for a blob.
    """
    power = abs(np.fft.fft2(bank, (32, 32))) ** 2
    f = np.fft.fftfreq(32)
    twice = np.exp(2j * np.arctan2(f[:, np.newaxis], f))
    return abs((power * twice).sum((1, 2))) / power.sum((1, 2))


def concentration(bank: np.ndarray) -> np.ndarray:
    """Share of each filter's energy in its largest peak, as narrow as peaks can be."""
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
def test_photographs_are_made_of_edges(
    photographs: list[np.ndarray], options: dict[str, Any]
) -> None:
    bank = kernels.learn(photographs, 32, (8, 8), stride=3, rng=0, **options)
    noise = kernels.random((8, 8), 500, "zero_sum", rng=0)
    for measure in (orientation, concentration):
        usual = np.quantile(measure(noise), 0.95)
        assert (measure(bank) > usual).mean() >= 0.6
        assert np.median(measure(bank)) > 1.5 * np.median(measure(noise))


def test_learned_filters_are_found_again(photographs: list[np.ndarray]) -> None:
    """In a convolution each answers to a patch like itself more than the others do."""
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


def of_unit_energy(bank: np.ndarray, eps: float = 1e-12) -> None:
    axes = tuple(range(1, bank.ndim))
    np.testing.assert_allclose((abs(bank) ** 2).sum(axes), 1, rtol=eps)
    np.testing.assert_allclose(bank.sum(axes), 0, atol=eps)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_learned_filters_have_unit_energy_and_no_sum(options: dict[str, Any]) -> None:
    image = textured((40, 50))
    bank = kernels.learn(image, 6, (4, 5), rng=0, **options)
    assert bank.shape == (6, 4, 5)
    of_unit_energy(bank)
    again = kernels.learn(image, 6, (4, 5), rng=np.random.default_rng(0), **options)
    np.testing.assert_array_equal(bank, again)
    other = kernels.learn(image, 6, (4, 5), rng=1, **options)
    assert not np.allclose(bank, other)


@pytest.mark.parametrize("spherical", [True, False])
def test_learned_filters_are_means_of_what_is_alike(spherical: bool) -> None:
    """Of noisy patterns, it finds the patterns, turned for a convolution."""
    patterns = kernels.random((5, 5), 3, "zero_sum", rng=0, orthogonal=True)
    patterns = kernels.normalize(patterns, "l2", axis=(1, 2))
    noise = 0.1 * np.random.default_rng(0).standard_normal((300, 5, 5))
    images = np.repeat(patterns, 100, axis=0) + noise
    found = []
    for seed in range(4):
        options = {"whiten": None, "spherical": spherical, "rng": seed}
        (alone,) = kernels.learn(images[:100], 1, 5, **options)
        answer = pyconvolve.convolve(patterns[0], alone, "valid").item()
        assert answer == pytest.approx(1, abs=0.005)
        bank = kernels.learn(images, 3, 5, **options)
        answers = [
            max(pyconvolve.convolve(pattern, h, "valid").item() for h in bank)
            for pattern in patterns
        ]
        found.append(min(answers) > 0.995)
    # k-means may end where two centres share a pattern, though not always
    assert any(found)


@pytest.mark.parametrize("spherical", [True, False])
def test_clusters_do_not_depend_on_the_axes_of_whitening(spherical: bool) -> None:
    banks = [
        kernels.learn(textured((30, 30)), 4, 4, whiten=kind, spherical=spherical, rng=0)
        for kind in ("zca", "pca")
    ]
    np.testing.assert_allclose(*banks, atol=1e-8)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_learned_filters_do_not_depend_on_light(options: dict[str, Any]) -> None:
    # of which neither the mean nor the factor needs rounding
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
    of_unit_energy(bank.astype(np.complex128), 8 * float(np.finfo(dtype).eps))
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
    of_unit_energy(bank)


def test_colours_are_learned_together() -> None:
    """A filter that sees red against blue, of an image with no other contrast."""
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
def test_few_different_patches(image: np.ndarray, options: dict[str, Any]) -> None:
    """Fewer than filters, and flat ones among them."""
    of_unit_energy(kernels.learn(image, 8, 4, rng=0, **options), 1e-9)


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
    "extract_patches": (
        {"x": IMAGE, "shape": 3},
        {
            "x": (5,),
            "shape": (13, 0, "a", None, (3, 3, 3), 2.5),
            "stride": (0, -1, "a", None, 1.5, (1, 1, 1)),
            "axes": (2, -3, "a", 0.5, (0, 0), ()),
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


@each_wrong_value(WRONG)
def test_wrong_arguments_are_named(name: str, argument: str, value: Any) -> None:
    right, _ = WRONG[name]
    with complaint_about(argument):
        getattr(kernels, name)(**right | {argument: value})


def test_more_orthogonal_filters_than_taps() -> None:
    with complaint_about("count"):
        kernels.random(3, 4, orthogonal=True)
