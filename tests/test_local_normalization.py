"""Local means, energies and contrasts, against scipy.ndimage."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from problems import any_values, textured
from scipy import ndimage
from wrong_arguments import WrongValues, error_about, wrong_value_test

from pyconvolve import kernels


def window_mean(x: np.ndarray, size: Sequence[int] | int, mode: str) -> np.ndarray:
    return ndimage.uniform_filter(x, size, mode=mode)


# Boundaries of the package, and their names in ndimage.
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
        x - window_mean(x, size, mode),
        atol=1e-12,
    )
    energy = window_mean(x**2, size, mode)
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
def test_flat_regions_are_not_amplified(local: Callable[..., np.ndarray]) -> None:
    x = np.full((30, 30), 0.1)
    x[10:20, 10:20] += any_values((10, 10), float)
    assert abs(local(x, 3)).max() < 20
    assert np.isfinite(local(np.zeros((9, 9)), 3)).all()
    assert abs(local(np.full((9, 9), 0.1), 3)).max() <= 1 + 1e-5


def test_energy_of_complex_samples() -> None:
    x = any_values((30,), complex)
    got = kernels.divide_local_energy(x, 3, eps=0)
    energy = window_mean(abs(x) ** 2, 3, "reflect")
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


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(
    ("filtering", "reach"),
    [
        (lambda x: kernels.subtract_local_mean(x, 5), 2),
        (lambda x: kernels.divide_local_energy(x, 5), 2),
        (lambda x: kernels.local_contrast_normalize(x, 1.0), 8),
    ],
)
def test_nonfinite_samples_reach_their_windows_only(
    filtering: Any, reach: int, value: float
) -> None:
    x = np.random.default_rng(0).random((50, 60))
    want = filtering(x)
    x[20, 30] = value
    got = filtering(x)
    met = np.zeros(x.shape, bool)
    met[20 - reach : 21 + reach, 30 - reach : 31 + reach] = True
    assert np.isfinite(got[~met]).all()
    # The mean over all finite samples changes slightly.
    np.testing.assert_allclose(got[~met], want[~met], rtol=0.02)
    assert not np.isfinite(got[20, 30])


IMAGE = textured((12, 12))
WRONG: WrongValues = {
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
test_wrong_arguments_are_named = wrong_value_test(kernels, WRONG)


def test_negative_eps_and_complex_contrast_are_named() -> None:
    with error_about("eps"):
        kernels.divide_local_energy(IMAGE, 3, eps=-1)
    with error_about("x"):
        kernels.local_contrast_normalize(IMAGE * 1j, 3)
