"""Signals made white, evenly lit or of even contrast, against formulas and ndimage."""

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np
import pytest
from complaints import WrongValues, complaint_about, each_wrong_value
from problems import any_values, textured
from scipy import ndimage

from pyconvolve import kernels


def samples(count: int = 400, features: int = 6) -> np.ndarray:
    rng = np.random.default_rng(0)
    mixed = rng.standard_normal((count, features)) @ rng.standard_normal(
        (features,) * 2
    )
    return mixed + rng.standard_normal(features)


@pytest.mark.parametrize("kind", ["pca", "zca"])
def test_white_features_are_uncorrelated(kind: Any) -> None:
    x = samples()
    white, transform = kernels.whiten(x, kind, 1e-12)
    np.testing.assert_allclose(white.mean(0), 0, atol=1e-12)
    np.testing.assert_allclose(np.cov(white.T), np.eye(6), atol=1e-8)
    np.testing.assert_allclose(transform.inverse(white), x, atol=1e-9)
    np.testing.assert_allclose(transform(x), white, atol=1e-12)
    np.testing.assert_allclose(transform.mean, x.mean(0))
    np.testing.assert_allclose(
        transform.matrix @ transform.inverse_matrix, np.eye(6), atol=1e-9
    )


@pytest.mark.parametrize("eps", [1e-6, 0.01, 3.0])
def test_whitening_in_closed_form(eps: float) -> None:
    x = samples()
    variances, axes = np.linalg.eigh(np.cov(x.T))
    root = np.diag(1 / np.sqrt(variances + eps * variances.mean()))
    zca = kernels.whiten(x, "zca", eps)[1]
    np.testing.assert_allclose(zca.matrix, axes @ root @ axes.T, atol=1e-12)
    np.testing.assert_allclose(zca.matrix, zca.matrix.T, atol=1e-14)
    pca = kernels.whiten(x, "pca", eps)
    spread = pca[0].var(0, ddof=1)
    np.testing.assert_allclose(
        spread, np.sort(variances / (variances + eps * variances.mean()))[::-1]
    )
    np.testing.assert_allclose(pca[1].matrix @ pca[1].matrix.T, axes @ root**2 @ axes.T)


@pytest.mark.parametrize("kind", ["pca", "zca"])
def test_whitening_keeps_shapes(kind: Any) -> None:
    patches = kernels.extract_patches(textured((20, 20)), (3, 4)).reshape(-1, 3, 4)
    white, transform = kernels.whiten(patches, kind)
    assert white.shape == patches.shape
    np.testing.assert_allclose(transform(patches[:5]), white[:5], atol=1e-9)
    np.testing.assert_allclose(transform.inverse(white), patches, rtol=1e-9)
    flat, _ = kernels.whiten(patches.reshape(len(patches), -1), kind)
    np.testing.assert_allclose(flat.reshape(white.shape), white, atol=1e-9)
    # it is of no account in what units the samples are
    np.testing.assert_allclose(kernels.whiten(patches * 1e5, kind)[0], white, atol=1e-6)


@pytest.mark.parametrize(
    ("dtype", "result"),
    [("f2", "f4"), ("f4", "f4"), ("f8", "f8"), ("i4", "f8"), ("?", "f4"), ("g", "g")],
)
def test_element_types_of_white_samples(dtype: str, result: str) -> None:
    x = (10 * samples()).astype(dtype)
    if dtype == "?":
        x = samples() > 0
    white, transform = kernels.whiten(x, eps=1e-4)
    assert white.dtype == transform.matrix.dtype == np.dtype(result)
    np.testing.assert_allclose(np.cov(white.T.astype(float)), np.eye(6), atol=0.01)


def test_more_features_than_samples() -> None:
    x = samples(5, 40)
    white, transform = kernels.whiten(x, eps=1e-3)
    assert np.isfinite(white).all()
    np.testing.assert_allclose(transform.inverse(white), x, atol=1e-9)


def test_one_feature() -> None:
    white, transform = kernels.whiten([[1.0], [2.0], [6.0]], eps=1e-12)
    assert white.std(ddof=1) == pytest.approx(1)
    np.testing.assert_allclose(transform.inverse(white), [[1], [2], [6]])


@pytest.mark.parametrize("shape", [(64,), (12, 9), (5, 6, 7), (1, 8)])
@pytest.mark.parametrize("order", [1, 2, 5])
def test_homomorphic_filter_in_closed_form(shape: tuple[int, ...], order: int) -> None:
    """As circular convolution of the image with its mirror images."""
    image = np.random.default_rng(0).random(shape) + 0.1
    mirrored = np.log(np.pad(image, [(0, n) for n in shape], "symmetric"))
    squares = reduce(np.add.outer, [(np.fft.fftfreq(2 * n) / 0.07) ** 2 for n in shape])
    gains = 0.4 + (1.7 - 0.4) * squares**order / (1 + squares**order)
    filtered = np.fft.ifftn(np.fft.fftn(mirrored) * gains).real
    expected = np.exp(filtered[tuple(slice(n) for n in shape)])
    got = kernels.homomorphic_filter(image, 0.07, 0.4, 1.7, order)
    np.testing.assert_allclose(got, expected, rtol=1e-10)


@pytest.mark.parametrize("gain", [0.0, 0.3, 1.0, 2.0])
def test_homomorphic_filter_of_factors(gain: float) -> None:
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


def test_homomorphic_filter_as_steep_as_can_be() -> None:
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


def windowed(x: np.ndarray, size: Sequence[int] | int, mode: str) -> np.ndarray:
    return ndimage.uniform_filter(x, size, mode=mode)


# our boundaries in ndimage's words
MODES = {
    "symmetric": "reflect",
    "reflect": "mirror",
    "edge": "nearest",
    "wrap": "wrap",
    "constant": "constant",
}
WINDOWS = [((50,), 7), ((50,), 4), ((20, 30), 5), ((20, 30), (4, 7)), ((8, 9, 10), 3)]


@pytest.mark.parametrize("boundary", MODES)
@pytest.mark.parametrize(("shape", "size"), WINDOWS)
def test_local_means_and_energies(
    shape: tuple[int, ...], size: Any, boundary: Any
) -> None:
    x = any_values(shape, float) + 1
    mode = MODES[boundary]
    np.testing.assert_allclose(
        kernels.subtract_local_mean(x, size, boundary=boundary),
        x - windowed(x, size, mode),
        atol=1e-12,
    )
    energy = windowed(x**2, size, mode)
    for eps in (0.0, 1e-6, 0.5):
        np.testing.assert_allclose(
            kernels.divide_local_energy(x, size, eps=eps, boundary=boundary),
            x / np.sqrt(energy + eps * (x**2).mean()),
            rtol=1e-10,
        )


@pytest.mark.parametrize("boundary", MODES)
@pytest.mark.parametrize(
    ("shape", "sigma"), [((80,), 2.0), ((20, 30), 1.5), ((20, 30), (1, 2.5))]
)
def test_local_contrast_in_closed_form(
    shape: tuple[int, ...], sigma: Any, boundary: Any
) -> None:
    x = any_values(shape, float) * np.linspace(0.1, 5, shape[-1])
    mode = MODES[boundary]
    varying = x - ndimage.gaussian_filter(x, sigma, mode=mode)
    deviation = np.sqrt(ndimage.gaussian_filter(varying**2, sigma, mode=mode))
    np.testing.assert_allclose(
        kernels.local_contrast_normalize(x, sigma, boundary=boundary),
        varying / np.maximum(deviation, deviation.mean()),
        atol=1e-11,
    )


LOCAL: dict[str, Callable[..., np.ndarray]] = {
    "subtract_local_mean": kernels.subtract_local_mean,
    "divide_local_energy": kernels.divide_local_energy,
    "local_contrast_normalize": kernels.local_contrast_normalize,
}
each_local = pytest.mark.parametrize("local", LOCAL.values(), ids=LOCAL)


@each_local
def test_local_windows_along_some_axes(local: Callable[..., np.ndarray]) -> None:
    x = any_values((3, 14, 15), float)
    got = local(x, (3, 2), axes=(2, 1))
    if local is not kernels.subtract_local_mean:
        x = x[:1]
        got = local(x, (3, 2), axes=(2, 1))
    for channel, wanted in zip(x, got, strict=True):
        np.testing.assert_allclose(local(channel, (2, 3)), wanted, atol=1e-12)
    np.testing.assert_allclose(
        local(x, 3, axes=-1), local(x, (3,), axes=[2]), atol=1e-14
    )


@each_local
@pytest.mark.parametrize(
    ("dtype", "result"),
    [("f2", "f4"), ("f4", "f4"), ("f8", "f8"), ("u1", "f8"), ("g", "g")],
)
def test_element_types_of_local_windows(
    local: Callable[..., np.ndarray], dtype: str, result: str
) -> None:
    x = np.random.default_rng(0).integers(1, 99, (20, 20)).astype(dtype)
    got = local(x, 3)
    assert got.dtype == np.dtype(result)
    np.testing.assert_allclose(got, local(x.astype(float), 3), rtol=1e-3, atol=1e-4)


@each_local
def test_flat_regions_are_not_blown_up(local: Callable[..., np.ndarray]) -> None:
    x = np.full((30, 30), 0.1)
    x[10:20, 10:20] += any_values((10, 10), float)
    assert abs(local(x, 3)).max() < 20
    assert np.isfinite(local(np.zeros((9, 9)), 3)).all()
    assert abs(local(np.full((9, 9), 0.1), 3)).max() <= 1 + 1e-5


def test_energy_of_complex_samples() -> None:
    x = any_values((30,), complex)
    got = kernels.divide_local_energy(x, 3, eps=0)
    energy = windowed(abs(x) ** 2, 3, "reflect")
    np.testing.assert_allclose(got, x / np.sqrt(energy), rtol=1e-12)
    mean = kernels.subtract_local_mean(x, 3)
    np.testing.assert_allclose(
        mean.real, kernels.subtract_local_mean(x.real, 3), atol=1e-14
    )


@pytest.mark.parametrize(
    ("dtype", "factor"),
    [("f8", 2.0**-600), ("f8", 2.0**600), ("f4", 2.0**-80), ("f4", 2.0**80)],
)
@each_local
def test_units_do_not_matter(
    local: Callable[..., np.ndarray], dtype: str, factor: float
) -> None:
    x = any_values((20, 20), dtype)
    got, expected = local(x * np.array(factor, dtype), 3), local(x, 3)
    if local is kernels.subtract_local_mean:
        expected = expected * np.array(factor, dtype)
    np.testing.assert_allclose(got, expected, rtol=1e-5)


IMAGE = textured((12, 12))
NO_DATA = (IMAGE * 1j, IMAGE * np.nan, np.ones((12, 12)))
WRONG: WrongValues = {
    "whiten": (
        {"x": IMAGE},
        {
            "x": (3, [1, 2], [[1, 2]], "a", *NO_DATA),
            "kind": ("x", None, 1),
            "eps": (0, -1, "a", None, np.nan, (1, 2)),
        },
    ),
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
    **{
        name: (
            {"x": IMAGE, argument: 3},
            {
                "x": ("a", [], 3, [None]),
                argument: (-1, "a", None, (3, 3, 3)),
                "axes": (2, -3, "a", 0.5, (0, 0), ()),
                "boundary": ("x", None),
            },
        )
        for name, argument in (
            ("subtract_local_mean", "size"),
            ("divide_local_energy", "size"),
            ("local_contrast_normalize", "sigma"),
        )
    },
}


@each_wrong_value(WRONG)
def test_wrong_arguments_are_named(name: str, argument: str, value: Any) -> None:
    right, _ = WRONG[name]
    with complaint_about(argument):
        getattr(kernels, name)(**right | {argument: value})


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda: kernels.divide_local_energy(IMAGE, 3, eps=-1), "eps"),
        (lambda: kernels.local_contrast_normalize(IMAGE * 1j, 3), "x"),
        (lambda: kernels.whiten(IMAGE)[1](IMAGE[:, :3]), "x"),
        (lambda: kernels.whiten(IMAGE)[1].inverse([1.0]), "x"),
    ],
)
def test_what_does_not_fit_together_is_named(
    call: Callable[[], Any], argument: str
) -> None:
    with complaint_about(argument):
        call()
