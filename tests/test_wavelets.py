"""The Ricker wavelet and Gabor filters."""

from math import cos, pi, sin
from typing import Any

import numpy as np
import pytest
from kernel_checks import (
    assert_output,
    central_taps,
    coordinates,
    unit_energy,
    wider_shape,
)
from wrong_arguments import (
    NOT_ANGLES,
    NOT_COUNTS,
    NOT_NUMBERS,
    NOT_ODD_SIZES,
    NOT_POSITIVE,
    WrongValues,
    wrong_combination_test,
    wrong_value_test,
)

import pyconvolve
from pyconvolve import kernels


@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_ricker_is_a_laplacian_of_unit_energy(ndim: int) -> None:
    kernel = kernels.ricker(1.5, ndim=ndim)
    assert np.vdot(kernel, kernel) == pytest.approx(1, rel=1e-14)
    assert_output(kernel, np.ones(wider_shape(kernel)), 0)
    squares = sum((x / 1.5) ** 2 for x in coordinates(kernel.shape))
    hat = (ndim - squares) * np.exp(-squares / 2)
    np.testing.assert_allclose(kernel, unit_energy(hat), atol=1e-4 * kernel.max())


def test_ricker_of_astropy() -> None:
    astropy = pytest.importorskip("astropy.convolution")
    theirs = astropy.RickerWavelet2DKernel(2, x_size=21).array
    np.testing.assert_allclose(kernels.ricker((2, 2)), unit_energy(theirs), atol=1e-4)


@pytest.mark.parametrize("width", [1, 2, 5])
def test_ricker_is_zero_at_its_width(width: int) -> None:
    half = kernels.ricker(width)[5 * width :]
    assert abs(half[width]) < 1e-4 * half[0]
    assert (half[:width] > 0).all()
    assert (half[width + 1 : 3 * width] < 0).all()


def test_ricker_of_a_size() -> None:
    assert kernels.ricker((1, 2), size=(5, 7)).shape == (5, 7)
    assert kernels.ricker(2, ndim=2, truncate=1.5).shape == (7, 7)


@pytest.mark.parametrize(
    ("frequency", "wave"),
    [
        (0.2, (-0.2 * sin(0.6), 0.2 * cos(0.6))),
        ((0.3,), (0.3,)),
        ((0.1, -0.2), (0.1, -0.2)),
        (np.array([-0.1, 0.2, 0.05]), (-0.1, 0.2, 0.05)),
    ],
)
@pytest.mark.parametrize("phase", [0.0, 1.1])
def test_gabor_passes_its_wave(
    frequency: Any, wave: tuple[float, ...], phase: float
) -> None:
    """The output is the wave, shifted by the phase."""
    kernel = kernels.gabor(frequency, theta=0.6, phase=phase)
    turns = sum(
        f * x for f, x in zip(wave, coordinates(wider_shape(kernel)), strict=True)
    )
    got = pyconvolve.convolve(np.exp(2j * pi * turns), kernel, "valid", "direct")
    expected = np.exp(1j * (2 * pi * central_taps(turns, got.shape) + phase))
    np.testing.assert_allclose(got, expected, rtol=1e-12)
    real = kernels.gabor(frequency, theta=0.6, phase=phase, dtype=float)
    np.testing.assert_allclose(real, kernel.real, atol=1e-16)


@pytest.mark.parametrize("octaves", [0.5, 1, 2])
def test_gabor_has_its_bandwidth(octaves: float) -> None:
    kernel = kernels.gabor((0.1,), bandwidth=octaves, truncate=6)
    k = np.arange(len(kernel)) - len(kernel) // 2
    low = 2 * 0.1 / (1 + 2**octaves)
    for frequency in (low, low * 2**octaves):
        gain = abs((kernel * np.exp(-2j * pi * frequency * k)).sum())
        assert gain == pytest.approx(0.5, rel=1e-6)


def test_gabor_has_a_width_along_and_a_width_across_its_wave() -> None:
    weights = abs(kernels.gabor(0.2, (2, 5), theta=0.5))
    row, column = coordinates(weights.shape)
    along, across = (
        cos(0.5) * column - sin(0.5) * row,
        sin(0.5) * column + cos(0.5) * row,
    )
    assert (weights * along**2).sum() == pytest.approx(2**2, rel=0.1)
    assert (weights * across**2).sum() == pytest.approx(5**2, rel=0.1)


def test_gabors_of_one_size_make_a_bank() -> None:
    bank = [kernels.gabor(0.2, theta=angle, size=15) for angle in (0, 0.5, 1)]
    assert np.stack(bank).shape == (3, 15, 15)
    free = kernels.gabor(0.2, 3.0, theta=0.5)
    cut = kernels.gabor(0.2, 3.0, theta=0.5, size=(9, 7))
    rows, columns = (n // 2 for n in free.shape)
    part = free[rows - 4 : rows + 5, columns - 3 : columns + 4]
    np.testing.assert_allclose(cut / cut[4, 3], part / part[4, 3], atol=1e-14)


WRONG: WrongValues = {
    "ricker": (
        {"width": 1},
        {
            "width": (*NOT_POSITIVE, ()),
            "size": NOT_ODD_SIZES,
            "truncate": (-1, *NOT_NUMBERS),
            "ndim": NOT_COUNTS,
        },
    ),
    "gabor": (
        {"frequency": 0.2},
        {
            "frequency": (*NOT_POSITIVE, (), (0, 0), (np.inf, 0)),
            "sigma": (0, -1, "a", (1, 2, 3), (1, 0)),
            "theta": NOT_ANGLES,
            "phase": NOT_ANGLES,
            "bandwidth": NOT_POSITIVE,
            "truncate": NOT_POSITIVE,
        },
    ),
}
test_wrong_arguments_are_named = wrong_value_test(kernels, WRONG)
test_wrong_combinations_are_named = wrong_combination_test(
    kernels,
    [
        ("ricker", {"width": 1e12}, "width"),
        ("gabor", {"frequency": 0.6}, "frequency"),
        ("gabor", {"frequency": 0.1, "size": 4}, "size"),
        ("gabor", {"frequency": 1e-6}, "(frequency|sigma|size)"),
        ("gabor", {"frequency": (0.1, 0.1, 0.1), "sigma": (1, 2, 3)}, "sigma"),
    ],
)
