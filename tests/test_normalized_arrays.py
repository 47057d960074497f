"""Convolution with missing samples: types, layouts, NaN, blocks and workers."""

from dataclasses import replace
from inspect import signature
from typing import Any

import numpy as np
import pytest
from problems import holed

from pyconvolve import kernels, normalized_convolve, normalized_correlate
from pyconvolve._core.thresholds import THRESHOLDS
from pyconvolve._normalized import means

pytestmark = pytest.mark.compiled

METHODS = ["direct", "fft"]


def test_masked_arrays() -> None:
    rng = np.random.default_rng(0)
    x = holed(rng.random((20, 30)), 0.1)
    hidden = rng.random(x.shape) < 0.3
    hidden[:9, :9] = True
    h = np.ones((3, 3))
    got = normalized_convolve(np.ma.MaskedArray(x, hidden), h)
    want = normalized_convolve(x, h, mask=hidden)
    assert isinstance(got, np.ma.MaskedArray)
    assert not isinstance(want, np.ma.MaskedArray)
    np.testing.assert_array_equal(got.data, want)
    np.testing.assert_array_equal(np.ma.getmaskarray(got), np.isnan(want))
    assert np.ma.getmaskarray(got).any()
    unmasked = normalized_convolve(np.ma.MaskedArray(np.ones((4, 4))), h)
    assert isinstance(unmasked, np.ma.MaskedArray)
    assert not np.ma.getmaskarray(unmasked).any()


@pytest.mark.parametrize(
    ("signal", "kernel", "result"),
    [
        (bool, np.int8, np.float64),
        (np.uint8, np.float32, np.float32),
        (np.int32, np.float32, np.float64),
        (np.uint8, np.uint8, np.float64),
        (np.float16, np.float16, np.float32),
        (np.float32, np.float32, np.float32),
        (np.float32, np.float64, np.float64),
        (np.int64, np.longdouble, np.longdouble),
        (np.complex64, np.float32, np.complex64),
        (np.float64, np.complex64, np.complex128),
    ],
)
def test_types(signal: Any, kernel: Any, result: Any) -> None:
    x, h = np.ones((4, 9), signal), np.ones((3, 3), kernel)
    mask = np.zeros(x.shape, bool)
    mask[1, 2] = True
    rules: list[dict[str, Any]] = [
        {"boundary": "edge"},
        {"boundary": "edge", "mask": mask},
        {"edges": "renormalize"},
    ]
    for options in rules:
        got, weight = normalized_convolve(x, h, return_weights=True, **options)
        assert got.dtype == result
        assert weight.dtype == np.dtype(result).type(0).real.dtype
        np.testing.assert_allclose(got, 1, rtol=1e-6)


@pytest.mark.parametrize("layout", ["reversed", "fortran", "swapped", "strided"])
def test_layouts(layout: str) -> None:
    x = holed(np.random.default_rng(0).random((30, 40)), 0.2)
    h = kernels.gaussian(1.5, ndim=2)
    want = normalized_convolve(x, h)
    laid = {
        "reversed": lambda: x[::-1, ::-1].copy()[::-1, ::-1],
        "fortran": lambda: np.asfortranarray(x),
        "swapped": lambda: x.astype(x.dtype.newbyteorder()),
        "strided": lambda: np.repeat(x, 3, 1)[:, ::3],
    }[layout]()
    got = normalized_convolve(laid, h)
    assert got.dtype.isnative
    np.testing.assert_array_equal(got, want)


def test_inputs_are_left_alone() -> None:
    x = holed(np.random.default_rng(0).random((30, 40)), 0.2)
    h, weights = np.ones((3, 3)), np.random.default_rng(1).random(x.shape)
    mask = weights < 0.1
    copies = [a.copy() for a in (x, h, weights, mask)]
    for array in (x, h, weights, mask):
        array.flags.writeable = False
    normalized_convolve(x, h, weights=weights, mask=mask)
    normalized_correlate(x, weights[:6, :6], mask=mask)
    for array, copy in zip((x, h, weights, mask), copies, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_out() -> None:
    x = holed(np.random.default_rng(0).random((30, 40)), 0.2)
    h = np.ones((3, 3))
    want = normalized_convolve(x, h)
    out = np.zeros((40, 30)).T
    assert normalized_convolve(x, h, out=out) is out
    np.testing.assert_array_equal(out, want)
    assert normalized_convolve(x, h, out=x) is x
    np.testing.assert_array_equal(x, want)
    image = np.random.default_rng(0).random((30, 40))
    found = np.empty((28, 38))
    template = image[4:7, 5:8].copy()
    assert normalized_correlate(image, template, out=found) is found
    np.testing.assert_array_equal(found, normalized_correlate(image, template))


def test_nan_propagate() -> None:
    x = np.array([1.0, np.nan, 3.0, 4.0, 5.0, 6.0])
    got = normalized_convolve(x, [1, 1, 1], nan="propagate", boundary="edge")
    np.testing.assert_array_equal(np.isnan(got), [1, 1, 1, 0, 0, 0])
    hidden = normalized_convolve(x, [1, 1, 1], nan="propagate", mask=np.isnan(x))
    assert not np.isnan(hidden).any()


@pytest.mark.parametrize("method", METHODS)
def test_infinities_reach_as_far_as_the_kernel(method: Any) -> None:
    x = holed(np.ones((40, 50)), 0.2)
    x[10, 20] = np.inf
    got = normalized_convolve(x, np.ones((3, 5)), method=method)
    want = np.zeros(x.shape, bool)
    want[9:12, 18:23] = True
    np.testing.assert_array_equal(np.isinf(got), want)


def test_any_number_of_workers() -> None:
    x = holed(np.random.default_rng(0).random((300, 400)), 0.3)
    for h in (kernels.gaussian(1.0, ndim=2), kernels.gaussian(6.0, ndim=2)):
        one, two = (normalized_convolve(x, h, workers=n) for n in (1, 2))
        np.testing.assert_array_equal(one, two)


def test_nan_preserve() -> None:
    x = holed(np.random.default_rng(0).random((40, 50)), 0.3)
    h = kernels.gaussian(1.5, ndim=2)
    want = normalized_convolve(x, h)
    got = normalized_convolve(x, h, nan="preserve")
    assert not np.isnan(want).any()
    np.testing.assert_array_equal(got, np.where(np.isnan(x), np.nan, want))
    two = normalized_convolve(x[:, :1], h[:, :1] * [[1, 2]], axes=0, nan="preserve")
    assert two.shape == (40, 2)
    np.testing.assert_array_equal(np.isnan(two[:, 0]), np.isnan(x[:, 0]))
    with pytest.raises(ValueError, match=r"^mode must be 'same' with nan='preserve'"):
        normalized_convolve(x, h, mode="full", nan="preserve")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("data", "taps", "options"),
    [
        ((700, 800), (9, 12), {}),
        ((700, 800), (41, 33), {"edges": "renormalize"}),
        ((700, 800), (5, 5), {"boundary": ("wrap", "reflect"), "mode": "full"}),
        ((3, 90_000), (3, 31), {"axes": 1}),
        ((600, 4, 300), (7, 4, 5), {"axes": (0, 2)}),
    ],
    ids=str,
)
def test_blocks_make_up_the_whole(
    data: tuple[int, ...],
    taps: tuple[int, ...],
    options: dict[str, Any],
    method: Any,
) -> None:
    rng = np.random.default_rng(0)
    x, h = holed(rng.random(data), 0.2), rng.random(taps)
    x[: data[0] // 2, ..., : data[-1] // 3] = np.nan
    options = {"method": method, "return_weights": True, **options}
    got = normalized_convolve(x, h, **options)
    defaults = {
        name: parameter.default
        for name, parameter in signature(normalized_convolve).parameters.items()
        if parameter.default is not parameter.empty
    }
    limits = replace(THRESHOLDS, mean_block=x.size * 9)
    want = means.run(limits, x, h, **defaults | options)
    for one, other in zip(got, want, strict=True):
        np.testing.assert_array_equal(np.isnan(one), np.isnan(other))
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-9)
