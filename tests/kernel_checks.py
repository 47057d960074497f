"""Checks of kernels: their outputs for monomials, and kernels of other libraries."""

from collections.abc import Callable, Sequence
from functools import reduce
from math import factorial
from typing import Any

import numpy as np

import pyconvolve


def coordinates(shape: Sequence[int], dtype: Any = float) -> list[np.ndarray]:
    """Coordinates of samples along each axis, counted from the middle."""
    axes = [np.arange(n) - np.array(n - 1, dtype) / 2 for n in shape]
    return np.meshgrid(*axes, indexing="ij", sparse=True)


def monomial(shape: Sequence[int], powers: Sequence[int], dtype: Any) -> np.ndarray:
    """Product of x^p / p! over the axes, with a power p for each axis."""
    factors = [
        x**p / factorial(p)
        for x, p in zip(coordinates(shape, dtype), powers, strict=True)
    ]
    return np.broadcast_to(reduce(np.multiply, factors), tuple(shape))


def assert_output(kernel: np.ndarray, x: np.ndarray, value: float) -> None:
    """Check that all outputs of mode 'valid' are a value, up to rounding."""
    got = pyconvolve.convolve(x, kernel, "valid", "direct")
    terms = pyconvolve.convolve(abs(x), abs(kernel), "valid", "direct")
    assert got.size
    eps = np.finfo(kernel.dtype).eps
    assert (abs(got - value) <= 64 * eps * np.maximum(terms, abs(value))).all()


def wider_shape(kernel: np.ndarray) -> list[int]:
    """Shape of samples with three outputs of mode 'valid' along each axis."""
    return [n + 2 for n in kernel.shape]


def unit_energy(kernel: np.ndarray) -> np.ndarray:
    return kernel / np.linalg.norm(kernel)


def unit_sum(kernel: np.ndarray) -> np.ndarray:
    return kernel / kernel.sum()


def central_taps(kernel: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """Taps around the centre of a kernel, in an array of a smaller shape."""
    ends = zip(kernel.shape, shape, strict=True)
    return kernel[tuple(slice((n - k) // 2, (n + k) // 2) for n, k in ends)]


def impulse_response(
    filtered: Callable[[np.ndarray], np.ndarray], taps: int, ndim: int = 2
) -> np.ndarray:
    """Kernel of a filter of another library: its output for a unit impulse."""
    impulse = np.zeros((taps + 8,) * ndim)
    impulse[((taps + 7) // 2,) * ndim] = 1
    return filtered(impulse)[(slice(4, taps + 4),) * ndim]
