"""Errors of convolutions by transforms."""

from typing import Any

import numpy as np
import pytest
import scipy.signal
from forms import (
    assert_close,
    by_scipy,
    convolve,
    data_of,
    every_computed,
    every_form,
    plan,
    stored,
)
from numpy.typing import NDArray
from problems import any_values
from reference import transform_bound

import pyconvolve

pytestmark = pytest.mark.compiled


def errors(
    x: NDArray[Any], h: NDArray[Any], axes: Any
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the errors of pyconvolve and of SciPy, compared with long double."""
    want = by_scipy(x, h, axes, "g")
    ours = pyconvolve.convolve(x, h, method="fft", axes=axes)
    return abs(ours - want), abs(scipy.signal.fftconvolve(x, h, axes=axes) - want)


ACCURACY = [
    ((3000,), (301,), None),
    ((9000,), (2000,), None),
    ((5000,), (4000,), None),
    ((150, 160), (15, 16), None),
    ((16, 2000), (16, 300), 1),
    ((2000, 16), (300, 16), 0),
]


@pytest.mark.pairwise
@every_computed
@pytest.mark.parametrize(("data", "kernel", "axes"), ACCURACY, ids=str)
@pytest.mark.parametrize("scale", ["one", "positive", "large mean", "tiny"])
def test_no_less_accurate_than_scipy(
    scale: str,
    data: tuple[int, ...],
    kernel: tuple[int, ...],
    axes: int | None,
    dtype: np.dtype,
) -> None:
    ours, theirs = [], []
    # several seeds, because the largest of few errors varies much
    for seed in range(3):
        x, h = any_values(data, dtype, seed), any_values(kernel, dtype, seed + 3)
        if scale == "positive":
            x, h = abs(x), abs(h)
        elif scale == "large mean":
            x, h = x + ((3 - 2j) if dtype.kind == "c" else 3), h + 1
        elif scale == "tiny":
            single = dtype.name in ("float32", "complex64")
            x = x * (1e-30 if single else 1e-300)
        found = errors(x.astype(dtype), h.astype(dtype), axes)
        ours.append(found[0])
        theirs.append(found[1])
    assert np.mean(np.square(ours)) <= np.mean(np.square(theirs))
    assert np.quantile(ours, 0.999) <= 1.2 * np.quantile(theirs, 0.999)
    assert np.max(ours) <= 2 * np.max(theirs)


@every_computed
@every_form
def test_a_mean_costs_no_precision(form: str, dtype: np.dtype) -> None:
    """The response to the mean has errors of a few roundings only."""
    turned = dtype.kind == "c"
    x, h, axes = data_of(form, dtype, 1000 - 2000j if turned else 1000)
    h = abs(h) * dtype.type(1 + 2j if turned else 1)
    got = convolve(form, x, h, "valid", "fft", axes=axes)
    want = by_scipy(x, h, axes, "g", "valid")
    error = abs((got - want) / want)
    assert np.sqrt((error**2).mean()) < 0.8 * np.finfo(dtype).eps


@pytest.mark.parametrize(
    ("data", "kernel", "axes"),
    [((3, 4, 60, 70), (3, 4, 9, 8), (2, 3)), ((3, 60, 4, 70), (3, 9, 4, 8), (1, 3))],
)
def test_means_with_kernels_along_two_axes(
    data: tuple[int, ...], kernel: tuple[int, ...], axes: tuple[int, ...]
) -> None:
    x, h = any_values(data, np.float64) + 9, any_values(kernel, np.float64, seed=1)
    fft, direct = (
        pyconvolve.correlate(x, h, method=method, axes=axes)
        for method in ("fft", "direct")
    )
    assert_close(fft, direct, transform_bound(x[0], h[0]))


def test_means_of_part_of_the_samples() -> None:
    """Means are those of few samples, which may be outliers, or not finite."""
    x, h = any_values((30000,), np.float64), any_values((101,), np.float64, seed=1)
    x[::7] += 1e9
    assert_close(
        pyconvolve.convolve(x, h, method="fft"),
        pyconvolve.convolve(x, h, method="direct"),
        2 * transform_bound(x, h),
    )
    x = any_values((330, 210), np.float64) + 3
    h = any_values((7, 9), np.float64, seed=1)
    for value in (np.nan, np.inf):
        x[:, ::2] = value
        fft, direct = (
            pyconvolve.convolve(x, h, method=method) for method in ("fft", "direct")
        )
        np.testing.assert_array_equal(np.isnan(fft), np.isnan(direct))
    x[:] = 1e300
    x[::2] = -1e300
    x[::16] = 1.5e300
    assert_close(
        pyconvolve.convolve(x / 1e300, h, method="fft"),
        pyconvolve.convolve(x, h, method="fft") / 1e300,
        2 * transform_bound(x / 1e300, h),
    )


@every_computed
@every_form
def test_errors_are_those_of_a_tile(form: str, dtype: np.dtype) -> None:
    """Errors are a few eps times the norm of a tile's samples times the kernel's."""
    x, h, axes = data_of(form, dtype)
    # a position inside of a tile
    first = 2 * len(x) // 5
    x[:first] *= dtype.type(1e6)
    x[first:] *= dtype.type(1e-6)
    got = convolve(form, x, h, method="fft", axes=axes)
    # convolved separately, because errors of large samples would hide the small ones
    is_large = np.arange(len(x)).reshape(-1, *[1] * (x.ndim - 1)) < first
    large, small = (
        by_scipy(np.where(where, x, 0), h, axes, "g") for where in (is_large, ~is_large)
    )
    large[first + len(got) - len(x) :] = 0
    error = abs(got - large - small)
    assert error.max() <= transform_bound(x, h)
    made = plan(form, x.shape, h.shape, dtype, axes)
    if axes in (None, 0) and stored(made)[0] < len(x) // 4:
        # behind the last tile with large samples, and the tile that overlaps it
        beyond = first + h.shape[0] + 2 * stored(made)[0]
        assert error[beyond:].max() <= transform_bound(x[first:], h)
