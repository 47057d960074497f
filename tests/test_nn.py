"""Layers and their gradients: PyTorch, finite differences, adjoints, and details."""

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from layers import Layer, layers
from layouts import LAYOUTS, every_other
from problems import BOUNDARIES, DTYPES, any_values, small_integers

import pyconvolve
from pyconvolve import nn
from pyconvolve._core import api
from pyconvolve._core.region import split
from pyconvolve._core.thresholds import Thresholds
from pyconvolve._nn import describe, options

pytestmark = pytest.mark.compiled

METHODS = st.sampled_from(["auto", "direct", "fft"])
TYPES = st.sampled_from([np.float64, np.complex128])
# Words of torch.nn.functional.pad.
TORCH_WORDS = {"edge": "replicate", "reflect": "reflect", "wrap": "circular"}


@pytest.fixture(scope="module")
def functional() -> Any:
    return pytest.importorskip("torch").nn.functional


def tensor(a: np.ndarray) -> Any:
    from torch import from_numpy

    return from_numpy(a).requires_grad_()


def assert_close(got: np.ndarray, want: Any, operands: list[np.ndarray]) -> None:
    """Errors are at most 1e-12 of the norm, or of the norm before sums may cancel."""
    want = want.detach().resolve_conj().numpy()
    assert got.shape == want.shape
    assert got.dtype == want.dtype
    error = np.linalg.norm((got - want).ravel())
    most = np.prod([np.linalg.norm(a.ravel()) for a in operands])
    assert error <= 1e-12 * max(np.linalg.norm(want.ravel()), 1e-3 * most)


def draw_values(shapes: list[tuple[int, ...]], dtype: Any, seed: int) -> list[Any]:
    return [any_values(shape, dtype, seed + i) for i, shape in enumerate(shapes)]


@given(layers(), TYPES, METHODS, st.integers(0, 99))
def test_equals_torch(
    functional: Any, layer: Layer, dtype: Any, method: str, seed: int
) -> None:
    rank, n = layer.rank, layer.shape[-layer.rank :]
    word = layer.options["boundary"]
    word = word if isinstance(word, str) else word[0]
    # PyTorch repeats samples once, and no complex ones
    is_near = all(max(pair) < m for pair, m in zip(layer.pairs, n, strict=True))
    if word not in TORCH_WORDS or not is_near or dtype == np.complex128:
        word = "constant"
    how = layer.options | {"boundary": word, "cval": 0}
    outputs = layer.output_shape
    x, w, bias, grad = draw_values(
        [layer.shape, layer.weights, layer.weights[:1], outputs], dtype, seed
    )
    tx, tw, tb = map(tensor, (x, w, bias))
    signal, padding = tx, how["padding"]
    is_plain = word == "constant" and all(begin == end for begin, end in layer.pairs)
    if not is_plain:
        pads = [n for pair in reversed(layer.pairs) for n in pair]
        signal = functional.pad(tx, pads, TORCH_WORDS.get(word, word))
        padding = 0
    elif padding not in ("same", "valid"):
        padding = [begin for begin, _ in layer.pairs]
    want = getattr(functional, f"conv{rank}d")(
        signal, tw, tb, layer.stride, padding, layer.dilation, how["groups"]
    )
    want.backward(tensor(grad).detach())
    assert_close(nn.conv(x, w, bias, method=method, **how), want, [x, w])
    by_x = nn.conv_input_grad(x.shape, w, grad, method=method, **how)
    assert_close(by_x, tx.grad, [w, grad])
    by_w = nn.conv_weight_grad(x, w.shape, grad, method=method, **how)
    assert_close(by_w, tw.grad, [x, grad])


@given(layers(), TYPES, METHODS, st.data())
def test_transposed_layers_equal_torch(
    functional: Any, layer: Layer, dtype: Any, method: str, data: st.DataObject
) -> None:
    rank, groups = layer.rank, layer.options["groups"]
    padding = [begin for begin, _ in layer.pairs]
    limits = [max(pair) for pair in zip(layer.stride, layer.dilation, strict=True)]
    more = [data.draw(st.integers(0, limit - 1)) for limit in limits]
    size = [
        s * (m - 1) + d * (k - 1) + 1 - 2 * p + extra
        for s, m, d, k, p, extra in zip(
            layer.stride, layer.outputs, layer.dilation, layer.weights[2:], padding,
            more, strict=True,
        )
    ]  # fmt: skip
    assume(min(size) > 0)
    x, w, bias = draw_values(
        [layer.output_shape, layer.weights, (layer.weights[1] * groups,)], dtype, 5
    )
    want = getattr(functional, f"conv_transpose{rank}d")(
        *map(tensor, (x, w, bias)), layer.stride, padding, more, groups, layer.dilation
    )
    got = nn.conv_transpose(
        x, w, bias, stride=layer.stride, padding=padding, output_padding=more,
        groups=groups, dilation=layer.dilation, method=method,
    )  # fmt: skip
    assert_close(got, want, [x, w])


@pytest.mark.parametrize("method", ["auto", "direct", "fft"])
@pytest.mark.parametrize(
    ("channels", "filters", "side", "taps", "stride", "groups"),
    [
        (3, 32, 90, 7, 2, 1),
        (32, 48, 28, 3, 1, 1),
        (16, 32, 30, 5, 1, 1),
        (64, 96, 14, 1, 1, 1),
        (64, 64, 14, 1, 2, 4),
        (40, 40, 33, 3, 1, 40),
        (24, 48, 40, 15, 1, 24),
        (130, 20, 9, 3, 3, 10),
    ],
)
def test_larger_layers_equal_torch(
    functional: Any, channels: int, filters: int, side: int, taps: int, stride: int,
    groups: int, method: Any,
) -> None:  # fmt: skip
    how: Any = {"stride": stride, "padding": taps // 2, "groups": groups}
    shapes = [(2, channels, side, side + 1), (filters, channels // groups, taps, taps)]
    x, w = draw_values(shapes, float, 0)
    tx, tw = tensor(x), tensor(w)
    want = functional.conv2d(tx, tw, **how)
    grad = any_values(tuple(want.shape), float, 3)
    want.backward(tensor(grad).detach())
    assert_close(nn.conv(x, w, method=method, **how), want, [x, w])
    by_x = nn.conv_input_grad(x.shape, w, grad, method=method, **how)
    assert_close(by_x, tx.grad, [w, grad])
    by_w = nn.conv_weight_grad(x, w.shape, grad, method=method, **how)
    assert_close(by_w, tw.grad, [x, grad])
    want = functional.conv_transpose2d(tensor(grad), tensor(w), **how)
    assert_close(nn.conv_transpose(grad, w, method=method, **how), want, [grad, w])


@pytest.mark.parametrize("method", ["auto", "direct", "fft"])
@pytest.mark.parametrize("filters", [1, 3])
@pytest.mark.parametrize("padding", [(1, 20), (20, 1), (2, 2), (40, 40)])
@pytest.mark.parametrize("spatial", [(30,), (4, 30), (30, 4), (30, 1)])
def test_outputs_that_sum_padding_only(
    spatial: Any, padding: Any, filters: int, method: Any
) -> None:
    """They are written, too."""
    x = np.ones((2, 1, *spatial))
    w = np.ones((filters, 1, *(min(n, 3) for n in spatial)))
    how: Any = {"padding": [padding] * len(spatial), "method": method}
    padded = np.pad(x, [(0, 0)] * 2 + [padding] * len(spatial))
    want = nn.conv(padded, w, method="direct")
    out = np.full(want.shape, np.nan)
    np.testing.assert_allclose(nn.conv(x, w, out=out, **how), want, 0, 1e-12)


@given(layers(4), st.integers(0, 99))
def test_gradients_are_adjoint(layer: Layer, seed: int) -> None:
    """Integers show it exactly, for all boundaries.

    The gradients by samples and by weights are sums over the same products.
    """
    how = layer.options | {"cval": 0}
    x, w, grad = (
        small_integers(shape, np.int64, seed + i)
        for i, shape in enumerate([layer.shape, layer.weights, layer.output_shape])
    )
    product = np.vdot(nn.conv(x, w, **how), grad)
    assert np.vdot(x, nn.conv_input_grad(x.shape, w, grad, **how)) == product
    assert np.vdot(w, nn.conv_weight_grad(x, w.shape, grad, **how)) == product


@given(layers(), st.integers(0, 99))
def test_gradients_equal_finite_differences(layer: Layer, seed: int) -> None:
    """A layer is an affine map of samples and of weights, so differences are exact."""
    how = layer.options
    x, w, grad, dx, dw = draw_values(
        [layer.shape, layer.weights, layer.output_shape, layer.shape, layer.weights],
        float, seed,
    )  # fmt: skip

    def scalar(x: np.ndarray, w: np.ndarray) -> float:
        return float(np.vdot(nn.conv(x, w, **how), grad))

    by_x = nn.conv_input_grad(x.shape, w, grad, **how)
    by_w = nn.conv_weight_grad(x, w.shape, grad, **how)
    norms = [float(np.linalg.norm(a.ravel())) for a in (x, w, grad, dx, dw)]
    bound = 1e-12 * (1 + max(norms)) ** 3
    assert abs(scalar(x + dx, w) - scalar(x, w) - np.vdot(by_x, dx)) <= bound
    assert abs(scalar(x, w + dw) - scalar(x, w) - np.vdot(by_w, dw)) <= bound


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_half_precision_is_rounded_once(boundary: str) -> None:
    """Sums are in single precision, also those over a repeated rim."""
    x, w, grad = (
        any_values(shape, np.float16, i)
        for i, shape in enumerate([(2, 4, 9, 30), (6, 2, 3, 5), (2, 6, 9, 30)])
    )
    how: Any = {"padding": (1, 2), "groups": 2, "boundary": boundary}
    wide = [a.astype(np.float32) for a in (x, w, grad)]
    for got, want in [
        (nn.conv(x, w, **how), nn.conv(*wide[:2], **how)),
        (
            nn.conv_input_grad(x.shape, w, grad, **how),
            nn.conv_input_grad(x.shape, *wide[1:], **how),
        ),
        (
            nn.conv_weight_grad(x, w.shape, grad, **how),
            nn.conv_weight_grad(wide[0], w.shape, wide[2], **how),
        ),
    ]:
        assert got.dtype == np.float16
        # half of the last digit; sums in single precision may have another order
        half = float(np.finfo(np.float16).eps) / 2
        np.testing.assert_allclose(got.astype(np.float32), want, 1.01 * half, 1e-4)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", [(3, 6, 4), (1, 6, 1), (6, 1), (2, 6, 1, 5)])
def test_axes_are_split_without_a_copy(shape: tuple[int, ...], layout: str) -> None:
    a = LAYOUTS[layout](any_values(shape, float))
    axis = shape.index(6)
    parts = split(a, axis, 3)
    assert parts.shape == (*shape[:axis], 3, 2, *shape[axis + 1 :])
    assert np.shares_memory(parts, a)
    np.testing.assert_array_equal(
        np.concatenate([*np.moveaxis(parts, axis, 0)], axis), a
    )


def test_channels_may_be_last_in_memory() -> None:
    x, w = any_values((2, 9, 8, 6), float), any_values((4, 3, 3, 3), float, 1)
    channels_first = np.moveaxis(x, -1, 1)
    out = np.empty((2, 7, 6, 4))
    got = nn.conv(channels_first, w, groups=2, out=np.moveaxis(out, -1, 1))
    want = nn.conv(channels_first.copy(), w, groups=2)
    assert np.shares_memory(got, out)
    np.testing.assert_array_equal(np.moveaxis(out, -1, 1), want)


def test_results_may_overlap_inputs() -> None:
    x, w, bias = (
        any_values((2, 5, 7), float),
        np.ones((5, 5, 3)),
        any_values((5,), float),
    )
    want = nn.conv(x, w, bias, padding=1)
    assert nn.conv(x, w, bias, padding=1, out=x) is x
    np.testing.assert_array_equal(x, want)
    x, out = any_values((3, 5), float), any_values((3, 5), float, 1)
    want = nn.conv(x, np.ones((3, 3, 1)), out[:, 2].copy())
    nn.conv(x, np.ones((3, 3, 1)), out[:, 2], out=out)
    np.testing.assert_array_equal(out, want)
    grad = any_values((5, 7), float)
    how: Any = {"padding": 1, "boundary": "wrap"}
    want = nn.conv_input_grad((5, 7), w, grad, **how)
    nn.conv_input_grad((5, 7), w, grad, out=grad, **how)
    np.testing.assert_array_equal(grad, want)


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_an_empty_batch(boundary: Any) -> None:
    x, w = np.ones((0, 4, 9)), np.ones((6, 2, 3))
    how: Any = {"groups": 2, "padding": 1, "boundary": boundary}
    y = nn.conv(x, w, np.ones(6), **how)
    assert y.shape == (0, 6, 9)
    assert nn.conv_input_grad(x.shape, w, y, **how).shape == x.shape
    assert nn.conv_transpose(y, w, groups=2).shape == (0, 4, 11)
    by_w = nn.conv_weight_grad(x, w.shape, y, out=np.ones(w.shape), **how)
    assert not by_w.any()


def test_zeros_outside_meet_no_infinite_weight() -> None:
    x, w = np.ones((1, 1, 4)), np.array([[[np.inf, 1.0, 1.0]]])
    np.testing.assert_array_equal(nn.conv(x, w, padding=1)[0, 0], [2] + [np.inf] * 3)
    y = nn.conv(x, w, padding=1, boundary="edge")
    assert np.isinf(y).all()
    x[0, 0, 1] = np.nan
    np.testing.assert_array_equal(
        np.isnan(nn.conv(x, np.ones((1, 1, 3)))), [[[True, True]]]
    )


def test_bias_is_converted_to_the_type_of_the_result() -> None:
    x, w = np.ones((1, 3), np.uint8), np.ones((2, 1, 2), np.uint8)
    y = nn.conv(x, w, [-3, 255])
    assert y.dtype == np.uint8
    np.testing.assert_array_equal(y, [[255, 255], [1, 1]])
    y = nn.conv(x, w.astype(np.float32), np.array([0.5, 1]))
    assert y.dtype == np.float32
    np.testing.assert_array_equal(y, [[2.5, 2.5], [3, 3]])


def test_complex_constants_and_real_samples() -> None:
    """The gradient by the weights conjugates constants, too."""
    x, w, grad = np.ones((1, 2)), np.array([[[1, 2j]]]), np.ones((1, 3))
    how: Any = {"padding": 1, "cval": 3 + 1j}
    np.testing.assert_array_equal(
        nn.conv(x, w, **how), [[3 + 1j + 2j, 1 + 2j, 1 + 2j * (3 + 1j)]]
    )
    by_w = nn.conv_weight_grad(x, w.shape, grad.astype(complex), **how)
    np.testing.assert_array_equal(by_w, [[[5 - 1j, 5 - 1j]]])


@pytest.mark.parametrize("dtype", [np.float32, np.complex64, np.int32, np.float16])
def test_workers_and_blocks_change_nothing(dtype: Any) -> None:
    x, w = any_values((4, 8, 40, 41), dtype), any_values((12, 4, 3, 3), dtype, 1)
    how: Any = {"padding": 1, "groups": 2, "stride": (1, 2), "boundary": "reflect"}
    want = nn.conv(x, w, workers=1, **how)
    np.testing.assert_array_equal(nn.conv(x, w, workers=2, **how), want)
    by_x = nn.conv_input_grad(x.shape, w, want, workers=1, **how)
    again = nn.conv_input_grad(x.shape, w, want, workers=2, **how)
    np.testing.assert_array_equal(by_x, again)
    by_w = nn.conv_weight_grad(x, w.shape, want, workers=1, **how)
    again = nn.conv_weight_grad(x, w.shape, want, workers=2, **how)
    np.testing.assert_array_equal(by_w, again)


def test_windows_of_one_tap() -> None:
    """A stride moves the window even if it has as many outputs as samples."""
    x = np.array([[[1.0, 2.0, 3.0]]])
    y = nn.conv(x, [[[1.0]]], stride=2, padding=[(0, 2)], boundary="edge")
    np.testing.assert_array_equal(y, [[[1, 3, 3]]])


@given(layers(), st.sampled_from([np.int16, np.complex128]))
def test_small_blocks(layer: Layer, dtype: Any) -> None:
    """Windows and chunks of a few numbers."""
    small = Thresholds(
        window_bytes=1 << 10, chunk_taps=7, row_reals=16, segment_reals=32
    )
    x, w = (small_integers(s, dtype, 3) for s in (layer.shape, layer.weights))
    how = layer.options
    rules = options.check(**how, method="direct")._replace(thresholds=small)
    got = api.run_layer(describe.forward, rules, x, w, how["cval"], None, None, None)
    np.testing.assert_array_equal(got, nn.conv(x, w, method="direct", **how))


def test_plans_are_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    x, w = np.ones((1, 3, 8, 8)), np.ones((4, 3, 3, 3))
    pyconvolve.clear_caches()
    for _ in range(3):
        nn.conv(x, w, padding=1)
    (key,) = [key for key in api.plans if key[0] is describe.forward]
    assert api.plans[key].shape == (1, 4, 8, 8)
    how = options.check(1, 1, 1, 1, "constant", 0, "auto")
    monkeypatch.setattr(api, "_prepare_layer", None)
    arguments = describe.forward, how, x, w
    assert api.run_layer(*arguments, 0, None, None, None).shape == (1, 4, 8, 8)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_types_of_results(dtype: np.dtype) -> None:
    x, w = small_integers((2, 5), dtype), small_integers((3, 2, 2), dtype, 1)
    y = nn.conv(x, w)
    assert y.dtype == dtype
    assert nn.conv_input_grad(x.shape, w, y).dtype == dtype
    assert nn.conv_weight_grad(x, w.shape, y).dtype == dtype
    assert nn.conv_transpose(y, w).dtype == dtype
    swapped = x.astype(dtype.newbyteorder("S"))
    np.testing.assert_array_equal(nn.conv(every_other(swapped), w), y)
