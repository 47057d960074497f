"""Pooling of windows of two by two that don't overlap, until `nn` has pooling."""

from typing import Any

import numpy as np
import pytest

from pyconvolve import nn


def windows(x: np.ndarray) -> np.ndarray:
    """View as (batch, channels, rows, columns, 4)."""
    n, c, rows, columns = x.shape
    blocks = x.reshape(n, c, rows // 2, 2, columns // 2, 2)
    return blocks.swapaxes(3, 4).reshape(n, c, rows // 2, columns // 2, 4)


def from_windows(parts: np.ndarray) -> np.ndarray:
    n, c, rows, columns, _ = parts.shape
    blocks = parts.reshape(n, c, rows, columns, 2, 2).swapaxes(3, 4)
    return blocks.reshape(n, c, 2 * rows, 2 * columns)


def max_pool(x: np.ndarray, size: int, **how: Any) -> tuple[np.ndarray, np.ndarray]:
    positions = np.arange(x[0, 0].size).reshape(x[:1, :1].shape)
    which = windows(x).argmax(-1, keepdims=True)
    positions = np.broadcast_to(windows(positions), windows(x).shape)
    return (
        np.take_along_axis(windows(x), which, -1)[..., 0],
        np.take_along_axis(positions, which, -1)[..., 0],
    )


def max_pool_grad(
    input_shape: tuple[int, ...], indices: np.ndarray, grad: np.ndarray
) -> np.ndarray:
    by_input = np.zeros((*input_shape[:2], input_shape[2] * input_shape[3]), grad.dtype)
    flat = (*input_shape[:2], -1)
    np.put_along_axis(by_input, indices.reshape(flat), grad.reshape(flat), -1)
    return by_input.reshape(input_shape)


def mean_pool(x: np.ndarray, size: int, **how: Any) -> np.ndarray:
    return windows(x).mean(-1)


def mean_pool_grad(
    input_shape: tuple[int, ...], size: int, grad: np.ndarray, **how: Any
) -> np.ndarray:
    return from_windows(np.repeat(grad[..., np.newaxis] / 4, 4, -1))


@pytest.fixture
def pooling(monkeypatch: pytest.MonkeyPatch) -> None:
    for function in (max_pool, max_pool_grad, mean_pool, mean_pool_grad):
        if not hasattr(nn, function.__name__):
            monkeypatch.setattr(nn, function.__name__, function, raising=False)
