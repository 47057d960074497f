"""Low-pass filters: their responses in time and in frequency."""

import numpy as np
import pytest
from wrong_arguments import (
    NOT_COUNTS,
    NOT_NUMBERS,
    NOT_SIZES,
    WrongValues,
    wrong_combination_test,
    wrong_value_test,
)

import pyconvolve
from pyconvolve import kernels


def test_sinc_passes_up_to_its_cutoff() -> None:
    (frequencies,), gain = kernels.frequency_response(kernels.sinc(0.2, 101), 1024)
    np.testing.assert_allclose(gain[abs(frequencies) < 0.17], 1, atol=0.005)
    np.testing.assert_allclose(gain[abs(frequencies) > 0.23], 0, atol=0.005)
    assert np.interp(0.2, frequencies, gain.real) == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("window", ["hann", "bartlett"])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_sinc_under_a_window_that_ends_at_zero(size: int, window: str) -> None:
    """Both of two taps are at the ends, where the window is zero."""
    if size == 2:
        with pytest.raises(ValueError, match="window"):
            kernels.sinc(0.2, size, window=window)
    else:
        assert kernels.sinc(0.2, size, window=window).max() == pytest.approx(1)


@pytest.mark.parametrize("alpha", [1e-3, 0.1, 0.5, 0.99, 1])
def test_exponential_is_causal(alpha: float) -> None:
    kernel = kernels.exponential(alpha)
    size = (len(kernel) + 1) // 2
    assert not kernel[: size - 1].any()
    np.testing.assert_allclose(
        kernel[size - 1 :], alpha * (1 - alpha) ** np.arange(size), rtol=2e-6
    )
    assert (1 - alpha) ** size <= 1e-6
    assert size == 1 or (1 - alpha) ** (size - 1) > 1e-6
    impulse = np.zeros(41)
    impulse[20] = 1
    blurred = pyconvolve.convolve(impulse, kernels.exponential(alpha, size=7), "same")
    assert not blurred[:20].any()
    assert blurred[20] > 0
    assert not blurred[27:].any()


def test_exponential_decays_by_a_half_every_five_samples() -> None:
    kernel = kernels.exponential(1 - 2 ** (-1 / 5))
    recent = kernel[len(kernel) // 2 :]
    np.testing.assert_allclose(recent[5:], recent[:-5] / 2, rtol=1e-12)


def test_exponential_by_span_and_halflife() -> None:
    """The definitions are those of pandas."""
    recent = kernels.exponential(halflife=5, size=30)[29:]
    assert recent[5] / recent[0] == pytest.approx(0.5)
    np.testing.assert_array_equal(
        kernels.exponential(span=9, size=7), kernels.exponential(0.2, size=7)
    )
    np.testing.assert_array_equal(kernels.exponential(span=1), [1])


def test_sinc_with_a_cutoff_and_a_size_per_axis() -> None:
    window = kernels.sinc((0.1, 0.3), (7, 4), window="hann")
    factors = [
        kernels.sinc(0.1, 7, window="hann"),
        kernels.sinc(0.3, 4, window="hann"),
    ]
    np.testing.assert_allclose(window, np.outer(*factors), rtol=1e-14)
    np.testing.assert_array_equal(
        kernels.sinc(0.2, (7, 4)), kernels.sinc((0.2, 0.2), (7, 4))
    )


WRONG: WrongValues = {
    "exponential": (
        {"alpha": 0.5},
        {"alpha": (0, -0.1, 1.1, 1e-310, *NOT_NUMBERS), "size": (*NOT_SIZES, (3, 3))},
    ),
    "sinc": (
        {"cutoff": 0.2, "size": 5},
        {
            "cutoff": (0, 0.5, -0.1, "a", np.nan, (0.1, 0.5)),
            "size": NOT_SIZES,
            "window": ("bogus", None, [1, 2]),
            "ndim": NOT_COUNTS,
        },
    ),
}
test_wrong_arguments_are_named = wrong_value_test(kernels, WRONG)
test_wrong_combinations_are_named = wrong_combination_test(
    kernels,
    [
        ("exponential", {"alpha": 1e-9}, "alpha"),
        ("exponential", {"halflife": 1e300}, "halflife"),
        ("exponential", {"alpha": 0.5, "span": 3}, "alpha or span or halflife"),
    ],
)
