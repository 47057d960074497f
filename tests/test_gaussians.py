"""Gaussians, their derivatives, Laplacians and differences, in closed form."""

from functools import partial, reduce
from math import factorial, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_checks import (
    assert_output,
    coordinates,
    impulse_response,
    unit_energy,
    unit_sum,
)
from kernel_examples import each_kind
from scipy import ndimage, special, stats
from wrong_arguments import (
    NOT_COUNTS,
    NOT_NUMBERS,
    NOT_ODD_SIZES,
    NOT_POSITIVE,
    NOT_WORDS,
    WrongValues,
    wrong_combination_test,
    wrong_value_test,
)

import pyconvolve
from pyconvolve import kernels


@each_kind
def test_radii_of_gaussians(kind: str) -> None:
    make = partial(kernels.gaussian, kind=kind)
    assert make(1.6).shape == (13,)
    assert make(1.6, truncate=2.9).shape == (11,)
    assert make(1.6, truncate=0).tolist() == [1]
    assert make((1.6, 0), size=5).shape == (5, 5)
    np.testing.assert_array_equal(make((0, 1))[0], make(1))


@pytest.mark.parametrize("sigma", [0.02, 0.3, 1, 4.5, 60])
@each_kind
def test_gaussians_in_closed_form(kind: str, sigma: float) -> None:
    k = np.arange(-20, 21)
    normal = stats.norm(scale=sigma)
    taps = {
        "sampled": lambda: normal.pdf(k),
        "integrated": lambda: normal.cdf(0.5 - abs(k)) - normal.cdf(-0.5 - abs(k)),
        "discrete": lambda: special.ive(k, sigma**2),
    }[kind]()
    np.testing.assert_allclose(
        kernels.gaussian(sigma, size=41, kind=kind),
        unit_sum(taps),
        rtol=1e-11,
        atol=1e-100 if kind == "sampled" else 1e-16,
    )


def hermite(x: np.ndarray, sigma: float, order: int) -> np.ndarray:
    """Derivative of a Gaussian, by its Hermite polynomial."""
    polynomial = special.eval_hermitenorm(order, x / sigma)
    return (-1 / sigma) ** order * polynomial * stats.norm.pdf(x, scale=sigma)


@pytest.mark.parametrize("order", range(1, 5))
@pytest.mark.parametrize("sigma", [1.5, 2.5])
def test_derivatives_of_gaussians_in_closed_form(sigma: float, order: int) -> None:
    k = np.arange(-30.0, 31)
    sampled = kernels.gaussian(sigma, order=order, size=61)
    expected = hermite(k, sigma, order)
    np.testing.assert_allclose(sampled, expected, atol=1e-5 * abs(expected).max())
    integrated = kernels.gaussian(sigma, order=order, size=61, kind="integrated")
    low, high = (hermite(k + end, sigma, order - 1) for end in (-0.5, 0.5))
    np.testing.assert_allclose(
        integrated, high - low, atol=1e-5 * abs(high - low).max()
    )


@pytest.mark.parametrize("order", range(1, 5))
def test_derivatives_of_gaussians_are_similar_to_those_of_scipy(order: int) -> None:
    theirs = impulse_response(
        lambda x: ndimage.gaussian_filter1d(x, 2, order=order, truncate=6), 25, 1
    )
    ours = kernels.gaussian(2, order=order, truncate=6)
    np.testing.assert_allclose(ours, theirs, atol=1e-4 * abs(theirs).max())


@each_kind
@pytest.mark.parametrize("order", range(5))
@pytest.mark.parametrize("sigma", [0.05, 0.1, 0.2, 0.3, 0.5, 1, 3, 20])
def test_derivatives_of_narrow_and_wide_gaussians(
    sigma: float, order: int, kind: str
) -> None:
    for size in (None, 2 * ((order + 1) // 2) + 1, 9):
        kernel = kernels.gaussian(sigma, order=order, kind=kind, size=size)
        x = np.arange(len(kernel)) - len(kernel) // 2
        for power in range(order + 1):
            terms = (-x.astype(float)) ** power / factorial(power) * kernel
            wrong = terms.sum() - (power == order)
            assert abs(wrong) <= 1e-9 * max(1, abs(terms).sum()), (size, power)


@given(st.floats(0.3, 4), st.floats(0.3, 4))
@settings(max_examples=40)
def test_variances_of_discrete_gaussians_add(first: float, second: float) -> None:
    make = partial(kernels.gaussian, kind="discrete")
    both = pyconvolve.convolve(make(first, size=81), make(second, size=81), "same")
    whole = make(sqrt(first**2 + second**2), size=81)
    np.testing.assert_allclose(both, whole, atol=1e-14)


@pytest.mark.parametrize("order", range(1, 5))
def test_derivatives_of_discrete_gaussians_are_differences(order: int) -> None:
    slope, bend = [0.5, 0, -0.5], [1, -2, 1]
    steps = [bend] * (order // 2) + [slope] * (order % 2)
    blur = kernels.gaussian(1.2, size=21, kind="discrete")
    np.testing.assert_allclose(
        kernels.gaussian(1.2, order=order, kind="discrete", size=21 + 2 * len(steps)),
        reduce(np.convolve, steps, blur),
        atol=1e-14,
    )


@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_laplacian_of_gaussian_is_a_sum_of_derivatives(ndim: int) -> None:
    kernel = kernels.laplacian_of_gaussian(1.2, ndim=ndim)
    orders = 2 * np.eye(ndim, dtype=int)
    terms = [kernels.gaussian(1.2, ndim=ndim, order=order) for order in orders]
    np.testing.assert_allclose(kernel, sum(terms), atol=1e-15)
    theirs = impulse_response(
        lambda x: ndimage.gaussian_laplace(x, 1.2), len(kernel), kernel.ndim
    )
    np.testing.assert_allclose(kernel, theirs, atol=5e-3 * abs(theirs).max())


def test_laplacian_of_gaussian_crosses_zero_on_a_circle() -> None:
    kernel, (row, column) = kernels.laplacian_of_gaussian(6), coordinates((49, 49))
    radius = np.sqrt(row**2 + column**2)
    assert (kernel[radius < 6 * sqrt(2) - 0.1] < 0).all()
    assert (kernel[(radius > 6 * sqrt(2) + 0.1) & (radius < 20)] > 0).all()


@each_kind
def test_difference_of_gaussians(kind: str) -> None:
    kernel = kernels.difference_of_gaussians((1, 0.7), (1.5, 2), kind=kind, truncate=3)
    first, second = (
        kernels.gaussian(widths, kind=kind, size=(11, 13))
        for widths in ((1, 0.7), (1.5, 2))
    )
    np.testing.assert_allclose(kernel, first - second, atol=1e-16)
    assert_output(kernel, np.ones((11, 13)), 0)


def test_difference_of_gaussians_is_similar_to_a_laplacian() -> None:
    kernel = kernels.difference_of_gaussians(3)
    np.testing.assert_allclose(
        kernel, kernels.difference_of_gaussians(3, 4.8, ndim=2), atol=1e-16
    )
    # The width of the Laplacian is between the widths of both Gaussians.
    laplacian = kernels.laplacian_of_gaussian(3 * sqrt(1.6), size=len(kernel))
    assert np.vdot(unit_energy(kernel), unit_energy(laplacian)) < -0.98


def test_full_width_at_half_maximum() -> None:
    taps = kernels.gaussian(fwhm=8.0, size=21)
    assert taps[10 + 4] / taps[10] == pytest.approx(0.5)


def test_orders_and_sizes_per_axis() -> None:
    kernel = kernels.gaussian((1, 2, 0), order=(0, 2, 0), size=(5, 9, 3))
    factors = [
        kernels.gaussian(1, size=5),
        kernels.gaussian(2, order=2, size=9),
        [0, 1, 0],
    ]
    np.testing.assert_allclose(kernel, reduce(np.multiply.outer, factors), atol=1e-15)


WRONG: WrongValues = {
    "gaussian": (
        {"sigma": 1},
        {
            "sigma": (-1, np.inf, (), (1, -1), *NOT_NUMBERS[:-1]),
            "ndim": NOT_COUNTS,
            "order": (-1, 1.5, "a", None, (1, 1)),
            "kind": NOT_WORDS,
            "size": (*NOT_ODD_SIZES, 2**32 + 1),
            "truncate": (-1, *NOT_NUMBERS),
        },
    ),
    "laplacian_of_gaussian": (
        {"sigma": 1},
        {
            "sigma": (*NOT_POSITIVE, (1, 0)),
            "kind": NOT_WORDS,
            "size": (1, *NOT_ODD_SIZES),
            "truncate": (-1, *NOT_NUMBERS),
        },
    ),
    "difference_of_gaussians": (
        {"low": 1},
        {
            "low": (*NOT_POSITIVE, (1, 0)),
            "high": (0.5, 1, "a", np.nan, (2, 1), (2, 2, 2)),
            "kind": NOT_WORDS,
            "truncate": (-1, *NOT_NUMBERS),
        },
    ),
}
test_wrong_arguments_are_named = wrong_value_test(kernels, WRONG)
test_wrong_combinations_are_named = wrong_combination_test(
    kernels,
    [
        ("gaussian", {"sigma": 1e12}, "sigma"),
        ("gaussian", {"fwhm": 1e12}, "fwhm"),
        ("gaussian", {"sigma": None}, "sigma or fwhm"),
        ("gaussian", {"sigma": 1, "fwhm": 1}, "sigma or fwhm"),
        ("gaussian", {"sigma": (1, 2), "ndim": 3}, "sigma"),
        ("gaussian", {"sigma": 0, "order": 1}, "sigma"),
        ("gaussian", {"fwhm": 0, "order": 1}, "fwhm"),
        ("gaussian", {"sigma": 1, "size": 3, "order": 3}, "size"),
        ("laplacian_of_gaussian", {"sigma": 1e12}, "sigma"),
        ("difference_of_gaussians", {"low": 1e12}, "low"),
        ("difference_of_gaussians", {"low": 1, "high": 1e12}, "high"),
    ],
)
