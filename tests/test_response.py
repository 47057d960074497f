"""Frequency responses, against freqz and explicit sums."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import any_values
from scipy import signal
from wrong_arguments import WrongValues, wrong_value_test

from pyconvolve import kernels


@given(st.integers(1, 30), st.integers(0, 40), st.integers(0, 999), st.booleans())
@settings(max_examples=80)
def test_response_is_the_same_as_of_freqz(
    taps: int, more: int, seed: int, is_complex: bool
) -> None:
    kernel = any_values((taps,), complex if is_complex else float, seed)
    (frequencies,), response = kernels.frequency_response(kernel, taps + more)
    assert len(response) == taps + more
    assert -0.5 <= frequencies[0] <= frequencies[-1] < 0.5
    np.testing.assert_allclose(np.diff(frequencies), 1 / (taps + more), atol=1e-15)
    _, causal = signal.freqz(kernel, worN=2 * np.pi * frequencies)
    shift = np.exp(2j * np.pi * frequencies * ((taps - 1) // 2))
    np.testing.assert_allclose(response, causal * shift, atol=1e-11)


@pytest.mark.parametrize("size", [(4, 5), 8, (512, 3)])
def test_response_of_images(size: Any) -> None:
    kernel = any_values((4, 3), float)
    frequencies, response = kernels.frequency_response(kernel, size)
    assert response.shape == ((8, 8) if size == 8 else size)
    rows, columns = np.indices(kernel.shape) - np.array([1, 1]).reshape(2, 1, 1)
    for i, f in list(enumerate(frequencies[0]))[:5]:
        for j, g in list(enumerate(frequencies[1]))[:5]:
            wave = np.exp(-2j * np.pi * (f * rows + g * columns))
            assert response[i, j] == pytest.approx((kernel * wave).sum(), abs=1e-12)


@pytest.mark.parametrize(
    "kernel", [kernels.gaussian(1.3, ndim=2), kernels.box(5), kernels.laplacian()]
)
def test_symmetric_kernels_have_real_responses(kernel: np.ndarray) -> None:
    frequencies, response = kernels.frequency_response(kernel, 16)
    assert abs(response.imag).max() < 1e-15
    zero = tuple(int(np.flatnonzero(f == 0)[0]) for f in frequencies)
    assert response[zero] == pytest.approx(kernel.sum(), abs=1e-15)
    assert kernels.frequency_response(kernel)[1].shape == (512,) * kernel.ndim


WRONG: WrongValues = {
    "frequency_response": (
        {"kernel": [1, 2, 3]},
        {"kernel": ("a", 3, []), "size": (2, 0, "a", None, 3.5, (9, 9))},
    ),
}
test_wrong_arguments_are_named = wrong_value_test(kernels, WRONG)
