"""Gradients of pooling, beside NumPy."""

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pools import Options, pools
from problems import any_values, small_integers

from pyconvolve.nn import (
    max_pool,
    max_pool_grad,
    mean_pool,
    mean_pool_grad,
    min_pool,
    min_pool_grad,
)

pytestmark = pytest.mark.compiled


@given(pools(4, dilated=False), st.booleans(), st.integers(0, 2**32))
def test_mean_gradient_is_the_adjoint(
    drawn: tuple[tuple[int, ...], Options], include_pad: bool, seed: int
) -> None:
    shape, options = drawn
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(shape)
    try:
        y = mean_pool(x, **options, count_include_pad=include_pad)
    except ValueError:
        return
    y = np.nan_to_num(y)
    grad = rng.standard_normal(y.shape)
    size = options.pop("size")
    ours = mean_pool_grad(shape, size, grad, **options, count_include_pad=include_pad)
    assert ours.shape == shape
    np.testing.assert_allclose((ours * x).sum(), (y * grad).sum(), 1e-10, 1e-10)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "g", "i4"])
@pytest.mark.parametrize(
    ("shape", "size"),
    [
        ((2, 3, 4001), 2), ((2, 3, 4001), 12), ((2, 3, 60, 50), (2, 7)),
        ((3, 60, 50), (60, 50)), ((1, 64, 9, 14), (9, 5)),
        ((2, 2, 11, 12, 20), (3, 4, 5)),
    ],
    ids=str,
)  # fmt: skip
def test_mean_gradient_of_windows_side_by_side(
    shape: tuple[int, ...], size: int | tuple[int, ...], dtype: str
) -> None:
    """Each sample has the gradient of its window, divided by its positions."""
    sizes = (size,) if isinstance(size, int) else size
    first = len(shape) - len(sizes)
    outputs = [n // k for n, k in zip(shape[first:], sizes, strict=True)]
    grad = np.arange(np.prod(shape[:first] + tuple(outputs))) % 97
    grad = grad.reshape(*shape[:first], *outputs).astype(dtype)
    ours = mean_pool_grad(shape, size, grad)
    wide = "f8" if dtype == "i4" else np.result_type(dtype, "f4")
    blocks = np.ones((1,) * first + tuple(sizes), wide)
    want = np.zeros(shape, ours.dtype)
    inside = tuple(slice(n * k) for n, k in zip(outputs, sizes, strict=True))
    want[(..., *inside)] = np.kron(grad.astype(wide) / blocks.size, blocks)
    np.testing.assert_array_equal(ours, want)


@given(pools(), st.integers(0, 2**32))
def test_extremum_gradients_by_differences(
    drawn: tuple[tuple[int, ...], Options], seed: int
) -> None:
    """Samples are different integers, so that a small step changes no index."""
    shape, options = drawn
    rng = np.random.default_rng(seed)
    x = rng.permutation(np.prod(shape)).reshape(shape).astype(float)
    for pool, pool_grad in ((max_pool, max_pool_grad), (min_pool, min_pool_grad)):
        try:
            y, indices = pool(x, **options, return_indices=True)
        except ValueError:
            return
        grad = rng.standard_normal(y.shape)
        step = rng.uniform(-0.1, 0.1, shape)
        moved = pool(x + step, **options)
        there = indices >= 0
        change = ((moved[there] - y[there]) * grad[there]).sum()
        ours = pool_grad(shape, indices, grad, spatial=len(options["size"]))
        np.testing.assert_allclose((ours * step).sum(), change, 1e-9, 1e-9)


@pytest.mark.parametrize("dtype", ["i1", "u2", "i4", "u8", "f2", "f4", "f8", "g"])
def test_gradients_have_the_type_of_grad(dtype: str) -> None:
    x = any_values((3, 2, 40, 30), "f4")
    _, indices = max_pool(x, 5, stride=2, return_indices=True)
    grad = small_integers(indices.shape, dtype)
    got = max_pool_grad(x.shape, indices, grad, workers=2)
    assert got.dtype == dtype
    want = np.zeros((6, 1200), dtype)
    planes = indices.reshape(6, -1)
    np.add.at(want, (np.arange(6)[:, None], planes), grad.reshape(6, -1))
    np.testing.assert_array_equal(got.reshape(6, 1200), want)
    means = mean_pool_grad(x.shape, 5, grad, stride=2)
    assert means.dtype == (dtype if grad.dtype.kind == "f" else np.float64)
    exact = mean_pool_grad(x.shape, 5, grad.astype("g"), stride=2)
    np.testing.assert_allclose(means, exact, 1e-2 if dtype == "f2" else 1e-5, 1e-6)


ONES, PLACES = np.ones((2, 3, 1)), np.ones((2, 3, 1), int)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (((2, 3), PLACES, ONES), "indices must have 2 axes"),
        (((2, 3, 4), ONES, ONES), "indices must be integers"),
        (((2, 3, 4), PLACES, np.ones((2, 3, 2))), "grad must have the shape (2, 3, 1)"),
        (((2, 3, 4), PLACES, ONES * 1j), "grad must hold real numbers"),
        (((2, 3, 4), 4 * PLACES, ONES), "indices must be from 0 to 3"),
        (((2, 3, 4), -2 * PLACES, ONES), "but 6 are not"),
        (((5, 3, 4), PLACES, ONES), "first axes of input_shape"),
        ((5, PLACES, ONES), "input_shape must be a sequence of integers"),
        (((2.5, 3), PLACES, ONES), "input_shape must be a sequence of integers"),
        (((5,), PLACES, ONES), "input_shape must be (batch, channels, *spatial)"),
    ],
    ids=str,
)
def test_wrong_gradients(arguments: Any, message: str) -> None:
    for pool_grad in (max_pool_grad, min_pool_grad):
        with pytest.raises((ValueError, TypeError), match=re.escape(message)):
            pool_grad(*arguments)


def test_wrong_gradients_of_means() -> None:
    with pytest.raises(ValueError, match=re.escape("must have the shape (2, 3, 2)")):
        mean_pool_grad((2, 3, 4), 2, np.ones((2, 3, 3)))
    with pytest.raises(ValueError, match="samples of input_shape and their padding"):
        mean_pool_grad((2, 3, 4), 5, np.ones((2, 3, 1)))
    with pytest.raises(ValueError, match="spatial must be 1 or 2"):
        max_pool_grad((2, 3, 4), np.ones((2, 3, 1), int), np.ones((2, 3, 1)), spatial=3)
