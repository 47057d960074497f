"""Kernels that are reversed, padded and composed."""

from functools import reduce
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import small_integers
from wrong_arguments import WrongValues, error_about, wrong_value_test

import pyconvolve
from pyconvolve import kernels

SHAPES = st.lists(st.integers(1, 5), min_size=1, max_size=3).map(tuple)
SEEDS = st.integers(0, 999)


@given(SHAPES, SEEDS, st.data())
@settings(max_examples=100)
def test_flip_turns_convolution_into_correlation(
    shape: tuple[int, ...], seed: int, data: st.DataObject
) -> None:
    kernel = small_integers(shape, float, seed)
    x = small_integers(tuple(n + 3 for n in shape), float, seed + 1)
    for mode in ("full", "valid"):
        np.testing.assert_array_equal(
            pyconvolve.convolve(x, kernels.flip(kernel), mode, "direct"),
            pyconvolve.correlate(x, kernel, mode, "direct"),
        )
    axes = data.draw(st.permutations(range(len(shape))))
    axes = axes[: data.draw(st.integers(1, len(shape)))]
    flipped = kernels.flip(kernel, axes)
    np.testing.assert_array_equal(flipped, np.flip(kernel, axes))
    np.testing.assert_array_equal(kernels.flip(flipped, axes), kernel)
    assert np.shares_memory(flipped, kernel)


def test_flip_of_one_axis() -> None:
    kernel = np.arange(6).reshape(2, 3)
    assert kernels.flip(kernel, -1).tolist() == [[2, 1, 0], [5, 4, 3]]
    assert kernels.flip(kernel, 0).tolist() == [[3, 4, 5], [0, 1, 2]]
    assert kernels.flip(kernel).tolist() == [[5, 4, 3], [2, 1, 0]]


@given(SHAPES, SEEDS, st.data())
@settings(max_examples=150)
def test_embed_keeps_the_centre(
    shape: tuple[int, ...], seed: int, data: st.DataObject
) -> None:
    kernel = small_integers(shape, int, seed)
    larger = tuple(n + data.draw(st.integers(0, 5)) for n in shape)
    got = kernels.embed(kernel, larger)
    assert got.shape == larger
    assert got.dtype == kernel.dtype
    starts = [(m - 1) // 2 - (n - 1) // 2 for m, n in zip(larger, shape, strict=True)]
    inside = tuple(slice(s, s + n) for s, n in zip(starts, shape, strict=True))
    np.testing.assert_array_equal(got[inside], kernel)
    assert abs(got).sum() == abs(kernel).sum()
    x = small_integers(tuple(n + 1 for n in larger), int, seed + 1)
    np.testing.assert_array_equal(
        pyconvolve.convolve(x, got, "same"), pyconvolve.convolve(x, kernel, "same")
    )


@given(SHAPES, SEEDS, st.data())
@settings(max_examples=100)
def test_embed_makes_circular_convolutions(
    shape: tuple[int, ...], seed: int, data: st.DataObject
) -> None:
    kernel = small_integers(shape, float, seed)
    larger = tuple(n + data.draw(st.integers(0, 5)) for n in shape)
    x = small_integers(larger, float, seed + 1)
    ring = kernels.embed(kernel, larger, cyclic=True)
    circular = np.fft.ifftn(np.fft.fftn(x) * np.fft.fftn(ring)).real
    same = pyconvolve.convolve(x, kernel, "same", "direct", boundary="wrap")
    np.testing.assert_allclose(circular, same, atol=1e-10)
    centre = tuple((n - 1) // 2 for n in shape)
    assert ring[(0,) * ring.ndim] == kernel[centre]


def test_one_size_for_all_axes() -> None:
    np.testing.assert_array_equal(
        kernels.embed(np.ones((2, 3)), 4), kernels.embed(np.ones((2, 3)), (4, 4))
    )
    assert kernels.embed([1, 2], 5).tolist() == [0, 0, 1, 2, 0]
    assert kernels.embed([1, 2], 5, cyclic=True).tolist() == [1, 2, 0, 0, 0]


@given(SHAPES, SEEDS, st.integers(1, 4), st.data())
@settings(max_examples=80)
def test_a_composed_kernel_has_the_effect_of_its_parts(
    shape: tuple[int, ...], seed: int, count: int, data: st.DataObject
) -> None:
    parts = [
        small_integers(
            tuple(data.draw(st.integers(1, 3)) for _ in shape), int, seed + i
        )
        for i in range(count)
    ]
    x = small_integers(shape, int, seed - 1 if seed else 1000)
    whole = kernels.compose(*parts)
    one_by_one = reduce(lambda y, h: pyconvolve.convolve(y, h), parts, x)
    np.testing.assert_array_equal(pyconvolve.convolve(x, whole), one_by_one)
    assert whole.shape == tuple(
        sum(n - 1 for n in lengths) + 1
        for lengths in zip(*(part.shape for part in parts), strict=True)
    )


def test_composed_kernels() -> None:
    np.testing.assert_allclose(
        kernels.compose(kernels.box(3), kernels.box(3)), kernels.triangle(5), rtol=1e-15
    )
    row, column = kernels.separate(kernels.sobel())
    np.testing.assert_allclose(
        kernels.compose(row[:, np.newaxis], column[np.newaxis]), kernels.sobel()
    )
    kernel = np.array([1.0, 2.0])
    alone = kernels.compose(kernel)
    alone[0] = 9
    assert kernel[0] == 1


@pytest.mark.parametrize(
    "parts", [(), ([1], ["a"]), ([1], []), ([1, 2], [[1]])], ids=str
)
def test_kernels_that_do_not_fit_together_are_named(
    parts: tuple[list[Any], ...],
) -> None:
    with error_about("kernels"):
        kernels.compose(*parts)


WRONG: WrongValues = {
    "flip": ({"kernel": [1, 2]}, {"axes": (1, -2, 0.5, "a", (0, 0), ())}),
    "embed": (
        {"kernel": [1, 2, 3], "shape": 5},
        {"kernel": (["a", "b"], [None]), "shape": (2, 0, "a", None, 3.5, (5, 5), ())},
    ),
}
test_wrong_arguments_are_named = wrong_value_test(kernels, WRONG)
