"""Plots of kernels and of their gain."""

import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from problems import small_integers
from wrong_arguments import WrongValues, wrong_value_test

from pyconvolve import kernels

PROJECT = Path(__file__).parent.parent / "pyproject.toml"


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
    "plot": ({}, {"kernel": ("a", 3, np.ones((3, 3, 3)), [None])}),
}
test_wrong_arguments_are_named = wrong_value_test(kernels, WRONG)
