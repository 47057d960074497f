"""Kernels taken apart, put together, turned, and moved into other shapes."""

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np
import pytest
from complaints import WrongValues, complaint_about, each_wrong_value
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from problems import small_integers

import pyconvolve
from pyconvolve import kernels

SHAPES = st.lists(st.integers(1, 5), min_size=1, max_size=3).map(tuple)
SEEDS = st.integers(0, 999)


@given(SHAPES, SEEDS, st.sampled_from(["f4", "f8", "c16", "i4"]))
@settings(max_examples=150)
def test_products_are_separated(shape: tuple[int, ...], seed: int, dtype: str) -> None:
    factors = [small_integers((n,), dtype, seed + a) for a, n in enumerate(shape)]
    kernel = reduce(np.multiply.outer, factors)
    parts = kernels.separate(kernel)
    assert [part.shape for part in parts] == [(n,) for n in shape]
    np.testing.assert_allclose(
        reduce(np.multiply.outer, parts), kernel, atol=1e-5 * abs(kernel).max()
    )
    for part in parts[1:]:
        assert not kernel.any() or abs(part).max() == pytest.approx(1)
    assert kernels.rank(kernel) == kernel.any()


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 6), SEEDS)
@settings(max_examples=150)
def test_rank_of_matrices(rows: int, columns: int, terms: int, seed: int) -> None:
    left = small_integers((rows, terms), float, seed)
    kernel = left @ small_integers((terms, columns), float, seed + 1)
    expected = np.linalg.matrix_rank(kernel)
    assert kernels.rank(kernel) == expected
    assert kernels.rank(kernel * 1e-300) == expected
    if expected > 1:
        with pytest.raises(ValueError, match=rf"separable.* rank is {expected}"):
            kernels.separate(kernel)


@given(st.lists(st.integers(2, 4), min_size=3, max_size=4), SEEDS)
@settings(max_examples=60)
def test_rank_of_volumes(shape: list[int], seed: int) -> None:
    kernel = small_integers(tuple(shape), float, seed)
    assume(kernel.any())
    lines = [np.moveaxis(kernel, a, 0).reshape(n, -1) for a, n in enumerate(shape)]
    assert kernels.rank(kernel) == max(map(np.linalg.matrix_rank, lines))


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "g", "c8", "c16", "G"])
@pytest.mark.parametrize(
    ("make", "rank"),
    [
        (kernels.sobel, 1),
        (lambda dtype: kernels.gaussian((1, 2, 0.5), dtype=dtype), 1),
        (lambda dtype: kernels.gaussian(2, order=1, ndim=2, dtype=dtype), 1),
        (kernels.laplacian, 2),
        (lambda dtype: kernels.laplacian(ndim=3, dtype=dtype), 2),
        (kernels.emboss, 3),
        (lambda dtype: kernels.laplacian_of_gaussian(1.1, dtype=dtype), 2),
    ],
)
def test_rank_of_kernels(
    make: Callable[..., np.ndarray], rank: int, dtype: str
) -> None:
    kernel = make(dtype=dtype)
    tolerance = 8 * max(float(np.finfo(dtype).eps), 1e-15)
    assert kernels.rank(kernel, tolerance=tolerance) == rank
    if rank == 1:
        factors = kernels.separate(kernel)
        assert {factor.dtype for factor in factors} == {kernel.dtype}
    else:
        with pytest.raises(ValueError, match=rf"rank is {kernels.rank(kernel)}"):
            kernels.separate(kernel)


def test_tolerance_is_relative() -> None:
    kernel = np.outer([1, 2, 3], [4, 5, 6]) * 1e6
    kernel[0, 0] += 1e3
    assert kernels.rank(kernel) == 2
    assert kernels.rank(kernel, tolerance=1e-3) == 1
    rows, columns = kernels.separate(kernel, tolerance=1e-3)
    np.testing.assert_allclose(np.outer(rows, columns), kernel, atol=1e-3 * 18e6)
    with pytest.raises(ValueError, match="separable"):
        kernels.separate(kernel, tolerance=1e-6)


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


def test_embed_takes_one_size_for_all_axes() -> None:
    np.testing.assert_array_equal(
        kernels.embed(np.ones((2, 3)), 4), kernels.embed(np.ones((2, 3)), (4, 4))
    )
    assert kernels.embed([1, 2], 5).tolist() == [0, 0, 1, 2, 0]
    assert kernels.embed([1, 2], 5, cyclic=True).tolist() == [1, 2, 0, 0, 0]


@given(SHAPES, SEEDS, st.integers(1, 4), st.data())
@settings(max_examples=80)
def test_compose_is_one_after_the_other(
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


WRONG: WrongValues = {
    "separate": (
        {"kernel": np.eye(3)},
        {
            "kernel": ("a", [], 3, [[1, np.nan]], [[]], np.eye(3)),
            "tolerance": ("a", -1, np.nan, (1, 2)),
        },
    ),
    "rank": (
        {"kernel": np.eye(3)},
        {"kernel": ("a", [], 3, [[1, np.inf]]), "tolerance": ("a", -1, np.nan, (1, 2))},
    ),
    "flip": ({"kernel": [1, 2]}, {"axes": (1, -2, 0.5, "a", (0, 0), ())}),
    "embed": (
        {"kernel": [1, 2, 3], "shape": 5},
        {"kernel": (["a", "b"], [None]), "shape": (2, 0, "a", None, 3.5, (5, 5), ())},
    ),
}


@each_wrong_value(WRONG)
def test_wrong_arguments_are_named(name: str, argument: str, value: Any) -> None:
    right, _ = WRONG[name]
    with complaint_about(argument):
        getattr(kernels, name)(**right | {argument: value})


@pytest.mark.parametrize(
    "parts", [(), ([1], ["a"]), ([1], []), ([1, 2], [[1]])], ids=str
)
def test_what_does_not_fit_together_is_named(parts: tuple[list[Any], ...]) -> None:
    with complaint_about("kernels"):
        kernels.compose(*parts)
