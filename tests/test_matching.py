"""Normalised cross-correlation: an output depends on its own window only."""

from collections.abc import Callable
from dataclasses import replace
from inspect import signature
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view as windows
from problems import BOUNDARIES, MODES

import pyconvolve
from pyconvolve import normalized_correlate
from pyconvolve._core.thresholds import THRESHOLDS
from pyconvolve._normalized.matches import run

pytestmark = pytest.mark.compiled

X = np.ones((6, 7))
METHODS = ["direct", "fft"]
DEFAULTS = {
    name: parameter.default
    for name, parameter in signature(normalized_correlate).parameters.items()
    if parameter.default is not parameter.empty
}


def in_blocks(
    x: np.ndarray, t: np.ndarray, outputs: int, few: int = 2048, **options: Any
) -> np.ndarray:
    """Call `normalized_correlate` with blocks of about so many outputs."""
    limits = replace(THRESHOLDS, match_block=outputs, few_windows=few)
    return run(limits, x, t, **DEFAULTS | options)


def matches(
    x: np.ndarray, t: np.ndarray, present: np.ndarray | None = None, least: float = 0.3
) -> np.ndarray:
    """Compute the definition, window by window."""
    axes = tuple(range(-t.ndim, 0))
    wide = np.result_type(x, np.longdouble)
    weights = np.ones(x.shape) if present is None else present.astype(float)
    w = windows(weights.astype(np.longdouble), t.shape)
    number = w.sum(axes, keepdims=True)

    def centred(values: np.ndarray) -> np.ndarray:
        """Subtract means so that equal numbers give zeros, whatever rounding does."""
        known = np.where(w > 0, values, np.nan)
        real = known.real
        first = np.nanmax(np.where(number > 0, real, 0), axes, keepdims=True)
        if wide.kind != "c":
            values = values - first
        scale = abs(np.where(w > 0, values, 0)).max(axes, keepdims=True)
        values = np.where(w > 0, values, 0) / np.where(scale == 0, 1, scale)
        for _ in range(2):
            mean = values.sum(axes, keepdims=True) / np.maximum(number, 1)
            values = (values - mean) * w
        return values

    found = centred(windows(np.where(weights > 0, x, 0).astype(wide), t.shape))
    taps = centred(np.broadcast_to(t.astype(wide), found.shape))
    energy = (abs(found) ** 2).sum(axes) * (abs(taps) ** 2).sum(axes)
    few = number.squeeze(axes) < max(2, least * t.size - 0.5)
    product = (found * taps.conj()).sum(axes) / np.sqrt(np.where(energy > 0, energy, 1))
    return np.where(few, 0, product)


def check(x: np.ndarray, t: np.ndarray, bound: float = 1e-7, **options: Any) -> None:
    got = normalized_correlate(x, t, **options)
    want = matches(x, t)
    assert got.shape == want.shape
    assert abs(got - want).max() <= bound


@pytest.mark.parametrize("method", METHODS)
def test_one_bad_pixel(method: Any) -> None:
    """A huge sample changes the windows that hold it only."""
    x = np.random.default_rng(0).random((100, 100))
    t = x[70:78, 20:31].copy()
    x[40, 50] = 1e12
    check(x, t, method=method)
    got = normalized_correlate(x, t, method=method)
    assert np.unravel_index(got.argmax(), got.shape) == (70, 20)
    assert got.max() == pytest.approx(1, abs=1e-12)
    x[40, 50] = 1e200
    check(x, t, method=method)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("gain", [1e-3, 1e-7, 1e-12, 1e-100])
def test_a_darker_half(method: Any, gain: float) -> None:
    x = np.random.default_rng(0).random((100, 120))
    t = x[70:78, 20:31].copy()
    x[50:] *= gain
    check(x, t, method=method)
    x[:, 60:] += 7
    check(x, t, method=method)


@pytest.mark.parametrize("method", METHODS)
def test_little_contrast_over_an_offset(method: Any) -> None:
    x = 1e6 + 1e-3 * np.random.default_rng(0).random((90, 100))
    check(x, np.random.default_rng(1).random((9, 7)), method=method)
    ramp = np.linspace(0, 1e6, 90)[:, None] + 1e-3 * np.random.default_rng(0).random(
        (90, 100)
    )
    check(ramp, np.random.default_rng(1).random((9, 7)), method=method)


@given(
    data=st.tuples(st.integers(4, 40), st.integers(4, 40)),
    taps=st.tuples(st.integers(1, 4), st.integers(2, 4)),
    steps=st.lists(
        st.tuples(
            st.integers(0, 40), st.integers(0, 40), st.integers(-9, 9), st.booleans()
        ),
        max_size=4,
    ),
    method=st.sampled_from(METHODS),
    few=st.sampled_from([1, 2048]),
    block=st.sampled_from([50, 1 << 17]),
    seed=st.integers(0, 99),
)
@settings(max_examples=150)
def test_any_mixture_of_brightness(
    data: tuple[int, int],
    taps: tuple[int, int],
    steps: list[tuple[int, int, int, bool]],
    method: Any,
    few: int,
    block: int,
    seed: int,
) -> None:
    rng = np.random.default_rng(seed)
    x, t = rng.random(data), rng.random(taps)
    for row, column, exponent, adds in steps:
        part = x[row:, column:]
        part += 10.0**exponent * adds
        part *= 1 if adds else 10.0**exponent
    got = in_blocks(x, t, block, few, method=method)
    assert abs(got - matches(x, t)).max() <= 1e-7


@pytest.mark.parametrize("taps", [64, 65, 72, 127, 144])
def test_long_windows(taps: int) -> None:
    """Sums of long windows are sums of shorter ones, with and without a rest."""
    x = 5 + np.random.default_rng(0).random(400)
    check(x, x[100 : 100 + taps] ** 2, bound=1e-10)
    check(x[:, None], x[100 : 100 + taps, None] ** 2, bound=1e-10)


def test_flat_windows_of_any_brightness() -> None:
    x = np.random.default_rng(0).random((60, 70))
    x[10:40, 10:40] = 0.1
    x[40:, 40:] = 1e8
    t = np.random.default_rng(1).random((5, 6))
    got = normalized_correlate(x, t)
    assert (got[10:36, 10:35] == 0).all()
    assert (got[40:, 40:] == 0).all()
    check(x, t)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", ["float64", "complex128"])
@pytest.mark.parametrize("least", [0.0, 0.3, 0.9])
@pytest.mark.parametrize("share", [0.1, 0.6, 0.97])
def test_missing_samples(method: Any, kind: Any, least: float, share: float) -> None:
    rng = np.random.default_rng(0)
    x, t = rng.random((50, 60)), rng.random((6, 7))
    if kind == "complex128":
        x, t = x + 1j * rng.random(x.shape), t + 1j * rng.random(t.shape)
    missing = rng.random(x.shape) < share
    missing[:20, :20] = True
    want = matches(x, t, ~missing, least)
    held = np.where(missing, np.nan, x)
    options: dict[str, Any] = {"min_overlap": least, "method": method}
    for got in (
        normalized_correlate(x, t, mask=missing, **options),
        normalized_correlate(held, t, **options),
        normalized_correlate(np.ma.MaskedArray(held, missing), t, **options),
        normalized_correlate(held, t, mask=missing, nan="propagate", **options),
    ):
        assert abs(got - want).max() <= 1e-7
    hot = np.where(missing, 1e300, x)
    assert (
        abs(normalized_correlate(hot, t, mask=missing, **options) - want).max() < 1e-7
    )


@pytest.mark.parametrize("mode", MODES)
def test_nothing_outside(mode: Any) -> None:
    rng = np.random.default_rng(0)
    x, t = rng.random((20, 25)), rng.random((4, 5))
    rows, columns = {"full": (3, 4), "same": (2, 2), "valid": (0, 0)}[mode]
    around = [(rows, 3 if mode == "full" else 1), (columns, 4 if mode == "full" else 2)]
    if mode == "valid":
        around = [(0, 0), (0, 0)]
    present = np.pad(np.ones(x.shape, bool), around)
    got = normalized_correlate(x, t, mode, edges="renormalize", min_overlap=0.2)
    want = matches(np.pad(x, around), t, present, 0.2)
    np.testing.assert_allclose(got, want.astype(float), atol=1e-9)


def test_masked_matching_of_skimage() -> None:
    registration = pytest.importorskip(
        "skimage.registration._masked_phase_cross_correlation"
    )
    rng = np.random.default_rng(0)
    x, t = rng.random((30, 35)), rng.random((9, 8))
    missing = rng.random(x.shape) < 0.3
    want = registration.cross_correlate_masked(
        x,
        t,
        ~missing,
        np.ones(t.shape, bool),
        mode="full",
        axes=(0, 1),
        overlap_ratio=0.5,
    )
    got = normalized_correlate(
        x, t, "full", mask=missing, edges="renormalize", min_overlap=0.5
    )
    # skimage's overlap_ratio is relative to the largest overlap, not to all taps
    number = pyconvolve.correlate((~missing).astype(float), np.ones(t.shape), "full")
    enough = number > t.size / 2 - 0.5
    assert (got[~enough] == 0).all()
    np.testing.assert_allclose(got[enough], want[enough], atol=1e-6)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("method", METHODS)
def test_many_templates(masked: bool, method: Any) -> None:
    """Many templates along an axis on which the image has length one."""
    rng = np.random.default_rng(0)
    x, t = rng.random((5, 1, 300)), rng.random((1, 4, 31))
    x[2, 0, 100:] *= 1e-9
    missing = rng.random(x.shape) < 0.2 if masked else None
    got = normalized_correlate(x, t, axes=-1, method=method, mask=missing)
    assert got.shape == (5, 4, 270)
    for i in range(5):
        for j in range(4):
            present = None if missing is None else ~missing[i, 0]
            want = matches(x[i, 0], t[0, j], present)
            assert abs(got[i, j] - want).max() <= 1e-7
    by_blocks = in_blocks(x, t, 500, axes=-1, method=method, mask=missing)
    np.testing.assert_allclose(by_blocks, got, atol=1e-7)
    both = normalized_correlate(x[:4], t.swapaxes(0, 1), axes=-1, method=method)
    for i in range(4):
        assert abs(both[i, 0] - matches(x[i, 0], t[0, i])).max() <= 1e-7


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_out(dtype: Any) -> None:
    rng = np.random.default_rng(0)
    x, t = rng.random((40, 50)).astype(dtype), rng.random((5, 5)).astype(dtype)
    want = normalized_correlate(x, t, "same")
    out = np.zeros_like(x)
    assert normalized_correlate(x, t, "same", out=out) is out
    np.testing.assert_array_equal(out, want)
    # the image may be the array to store in, also if blocks are computed in turn
    assert in_blocks(x, t, 100, mode="same", out=x) is x
    np.testing.assert_allclose(x, want, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8, np.complex128])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("data", "taps"),
    [((90,), (7,)), ((30, 40), (5, 8)), ((12, 10, 15), (3, 4, 5)), ((9, 9), (9, 9))],
)
def test_against_the_definition(
    data: tuple[int, ...], taps: tuple[int, ...], method: Any, dtype: Any
) -> None:
    rng = np.random.default_rng(0)
    x, t = (100 + 30 * rng.standard_normal(shape) for shape in (data, taps))
    if dtype is np.complex128:
        x, t = x + 20j * rng.random(data), t + 20j * rng.random(taps)
    x, t = x.astype(dtype), t.astype(dtype)
    got = normalized_correlate(x, t, method=method)
    bound = 1e-6 if dtype is np.float32 else 1e-12
    assert abs(got - matches(x, t)).max() < bound
    assert got.dtype == (np.float64 if dtype is np.uint8 else dtype)


@pytest.mark.parametrize("pad", [False, True])
@pytest.mark.parametrize(
    ("data", "taps"),
    [((60, 70), (9, 15)), ((60, 70), (8, 5)), ((18, 20, 22), (5, 3, 7))],
)
def test_skimage(data: tuple[int, ...], taps: tuple[int, ...], pad: bool) -> None:
    feature = pytest.importorskip("skimage.feature")
    x = np.random.default_rng(0).random(data)
    t = np.random.default_rng(1).random(taps)
    want = feature.match_template(x, t, pad_input=pad)
    got = normalized_correlate(x, t, "same" if pad else "valid")
    np.testing.assert_allclose(got, want, atol=1e-8)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_correlation_beyond_the_edges(boundary: Any, mode: Any) -> None:
    rng = np.random.default_rng(0)
    x, t = rng.random((20, 25)), rng.random((4, 5))
    rule = {"constant_values": 3} if boundary == "constant" else {}
    padded = np.pad(x, [(3, 3), (4, 4)], boundary, **rule)
    want = matches(padded, t)
    rows, columns = {"full": (0, 0), "same": (1, 2), "valid": (3, 4)}[mode]
    cval = 3 if boundary == "constant" else 0
    got = normalized_correlate(x, t, mode, boundary=boundary, cval=cval)
    want = want[rows : rows + got.shape[0], columns : columns + got.shape[1]]
    np.testing.assert_allclose(got, want.astype(float), atol=1e-12)


def test_brightness_and_contrast_do_not_matter() -> None:
    x = np.random.default_rng(0).random((50, 60))
    t = x[11:20, 22:33].copy()
    want = normalized_correlate(x, t)
    assert np.unravel_index(want.argmax(), want.shape) == (11, 22)
    assert want.max() == pytest.approx(1)
    for gain, offset in [(3, 100), (1e-200, 0), (1e100, 1e103), (1e-3, 1)]:
        got = normalized_correlate(gain * x + offset, t)
        np.testing.assert_allclose(got, want, atol=1e-6)
        np.testing.assert_allclose(
            normalized_correlate(x, -gain * t - offset), -want, atol=1e-6
        )
    assert abs(want).max() <= 1


def test_flat_windows_match_nothing() -> None:
    x = np.random.default_rng(0).random((40, 40)) + 1e6
    x[10:30, 10:30] = 1e6 + 0.1
    got = normalized_correlate(x, np.random.default_rng(1).random((5, 5)))
    np.testing.assert_array_equal(got[10:26, 10:26], 0)
    assert np.isfinite(got).all()
    assert (normalized_correlate(np.ones((9, 9)), np.eye(3)) == 0).all()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("method", METHODS)
def test_only_windows_that_meet_it_are_nan(method: Any, value: float) -> None:
    x = np.random.default_rng(0).random((40, 50)) + 9
    t = x[2:7, 3:10].copy()
    want = normalized_correlate(x, t)
    x[20, 30] = value
    got = normalized_correlate(x, t, method=method, nan="propagate")
    met = np.zeros(got.shape, bool)
    met[16:21, 24:31] = True
    np.testing.assert_array_equal(np.isnan(got), met)
    np.testing.assert_allclose(got[~met], want[~met], atol=1e-12)
    everywhere = normalized_correlate(np.full((9, 9), value), t, nan="propagate")
    assert np.isnan(everywhere).all()


def test_correlation_along_axes() -> None:
    rng = np.random.default_rng(0)
    x, t = rng.random((3, 30, 40)), rng.random((3, 5, 6))
    got = normalized_correlate(x, t[0], axes=(1, 2))
    per_image = normalized_correlate(x, t, axes=(1, 2))
    for i in range(3):
        np.testing.assert_allclose(got[i], normalized_correlate(x[i], t[0]), atol=1e-12)
        np.testing.assert_allclose(
            per_image[i], normalized_correlate(x[i], t[i]), atol=1e-12
        )


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: normalized_correlate(X, np.ones((3, 3))), "template"),
        (lambda: normalized_correlate(X, np.full((3, 3), 0.1)), "template"),
        (lambda: normalized_correlate(X, np.ones(3)), "template"),
        (lambda: normalized_correlate(np.ones((0, 3)), np.eye(3)), "image"),
        (lambda: normalized_correlate(X, np.eye(3), "some"), "mode"),
        (lambda: normalized_correlate(X, np.eye(3), out=np.ones(3)), "out"),
        (lambda: normalized_correlate(X.astype(object), np.eye(3)), "x|image"),
    ],
)
def test_wrong_arguments_of_correlation(call: Callable[[], Any], name: str) -> None:
    with pytest.raises((ValueError, TypeError), match=f"^({name}) "):
        call()
