"""Rank and factors of kernels."""

from collections.abc import Callable
from functools import reduce

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from problems import small_integers
from wrong_arguments import WrongValues, wrong_value_test

from pyconvolve import kernels

SHAPES = st.lists(st.integers(1, 5), min_size=1, max_size=3).map(tuple)
SEEDS = st.integers(0, 999)


@given(SHAPES, SEEDS, st.sampled_from(["f4", "f8", "c16", "i4"]))
@settings(max_examples=150)
def test_outer_products_are_separated(
    shape: tuple[int, ...], seed: int, dtype: str
) -> None:
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
}
test_wrong_arguments_are_named = wrong_value_test(kernels, WRONG)
