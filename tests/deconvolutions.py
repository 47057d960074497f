"""Convolutions to be inverted, and their matrices, for tests of `deconvolve`."""

from typing import Any

import numpy as np
import reference
from hypothesis import strategies as st
from problems import BOUNDARIES

from pyconvolve import convolve, kernels

# Shapes of signals and of kernels with an odd number of taps.
SHAPES: list[tuple[tuple[int, ...], tuple[int, ...]]] = [
    ((50,), (9,)),
    ((64, 64), (5, 5)),
    ((33, 40), (1, 7)),
    ((12, 14, 9), (3, 5, 3)),
    # several panels and blocks
    ((300, 311), (15, 15)),
]


def matrix(h: np.ndarray, shape: tuple[int, ...], boundary: Any) -> np.ndarray:
    """Return the matrix of the convolution, from sums tap by tap."""
    units = np.eye(int(np.prod(shape))).reshape(-1, *shape)
    columns = [reference.convolve(e, h, "same", boundary=boundary) for e in units]
    dtype = np.result_type(h, np.float64)
    return np.array(columns).reshape(len(units), -1).T.astype(dtype)


def example(
    shape: tuple[int, ...], taps: tuple[int, ...], seed: int = 0, boundary: Any = "wrap"
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a positive signal, a kernel whose sum is one, and their convolution."""
    rng = np.random.default_rng(seed)
    x, h = 0.1 + rng.random(shape), rng.random(taps)
    h /= h.sum()
    return x, h, convolve(x, h, "same", boundary=boundary)


def laplacian(ndim: int) -> np.ndarray:
    """Return the taps -1, 2, -1 along each axis, added."""
    return -kernels.laplacian(ndim=ndim)


@st.composite
def problems(draw: Any) -> dict[str, Any]:
    """Draw a small problem, whose kernel may be larger than the signal."""
    ndim = draw(st.integers(1, 3))
    shape = tuple(draw(st.integers(1, (30, 6, 3)[ndim - 1])) for _ in range(ndim))
    taps = tuple(draw(st.integers(1, 5)) for _ in range(ndim))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    kind = draw(st.sampled_from(["real", "complex", "complex h", "complex y"]))
    h, y = rng.standard_normal(taps), rng.standard_normal(shape)
    if kind in ("complex", "complex h"):
        h = h + 1j * rng.standard_normal(taps)
    if kind in ("complex", "complex y"):
        y = y + 1j * rng.standard_normal(shape)
    boundary = [draw(st.sampled_from(BOUNDARIES)) for _ in range(ndim)]
    missing = rng.random(shape) < draw(st.sampled_from([0, 0.3]))
    d = draw(st.sampled_from([None, laplacian(ndim), rng.standard_normal([2] * ndim)]))
    return {"y": y, "h": h, "boundary": boundary, "missing": missing, "d": d}
