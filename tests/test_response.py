"""Responses of kernels to waves, against freqz and plain sums, and plots of them."""

import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from complaints import WrongValues, complaint_about, each_wrong_value
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import any_values, small_integers
from scipy import signal

from pyconvolve import kernels

PROJECT = Path(__file__).parent.parent / "pyproject.toml"


@given(st.integers(1, 30), st.integers(0, 40), st.integers(0, 999), st.booleans())
@settings(max_examples=80)
def test_response_is_that_of_freqz(
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


@pytest.mark.parametrize("dtype", ["?", "u1", "i2", "f2", "f4", "f8", "g", "c16"])
@pytest.mark.parametrize("shape", [(5,), (3, 4), (1, 300), (1,)])
def test_plot_shows_kernel_and_gain(shape: tuple[int, ...], dtype: str) -> None:
    pytest.importorskip("matplotlib")
    kernel = small_integers(shape, dtype, seed=2)
    figure = kernels.plot(kernel, title="a kernel")
    figure.draw_without_rendering()
    assert figure.get_suptitle() == "a kernel"
    left, right = figure.axes[:2]
    if len(shape) == 1:
        (gain,) = right.lines
        taps = left.containers[0].markerline.get_ydata()
        np.testing.assert_array_equal(taps, kernel.real)
    else:
        (image,), (gain,) = left.images, right.images
        np.testing.assert_array_equal(np.asarray(image.get_array()), kernel.real)
        low, high = image.get_clim()
        assert low == -high == -abs(kernel.real.astype(float)).max()
    shown = np.asarray(gain.get_ydata() if len(shape) == 1 else gain.get_array())
    sizes = [max(255, n) for n in shape]
    _, response = kernels.frequency_response(kernel, sizes)
    np.testing.assert_allclose(shown, abs(response), rtol=1e-6, atol=1e-3)


@pytest.mark.parametrize("kernel", [np.zeros((3, 3)), np.zeros(3), [[2.0]]])
def test_plot_of_flat_kernels(kernel: Any) -> None:
    pytest.importorskip("matplotlib")
    kernels.plot(kernel).draw_without_rendering()


def test_plot_of_nothing() -> None:
    pytest.importorskip("matplotlib")
    with pytest.raises(ValueError, match="kernel"):
        kernels.plot([])


def test_plot_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match="matplotlib") as caught:
        kernels.plot([1, 2])
    extra = re.search(r"pyconvolve\[(\w+)\]", str(caught.value))
    assert extra is not None
    known = tomllib.loads(PROJECT.read_text())["project"]["optional-dependencies"]
    assert extra[1] in known
    assert any("matplotlib" in requirement for requirement in known[extra[1]])


WRONG: WrongValues = {
    "frequency_response": (
        {"kernel": [1, 2, 3]},
        {"kernel": ("a", 3, []), "size": (2, 0, "a", None, 3.5, (9, 9))},
    ),
    "plot": ({}, {"kernel": ("a", 3, np.ones((3, 3, 3)), [None])}),
}


@each_wrong_value(WRONG)
def test_wrong_arguments_are_named(name: str, argument: str, value: Any) -> None:
    right, _ = WRONG[name]
    with complaint_about(argument):
        getattr(kernels, name)(**right | {argument: value})
