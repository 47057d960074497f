"""Layers, transposed layers and gradients, compared with plain loops."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from layers import Layer, arrays, layers, padding_of
from layouts import every_other
from loops import transposed
from problems import small_integers
from reference import narrow

from pyconvolve import nn

pytestmark = pytest.mark.compiled

METHODS = st.sampled_from(["auto", "direct", "fft"])


def assert_equal(
    got: np.ndarray, want: np.ndarray, operands: list[np.ndarray], method: str
) -> None:
    """Compare with sums of Python's integers or of long doubles.

    Direct sums of small integers are exact. Transforms round them.
    """
    dtype = np.result_type(*operands).newbyteorder("=")
    assert got.shape == want.shape
    assert got.dtype == dtype
    want = narrow(want, dtype)
    if method == "direct" or dtype.kind in "biu":
        np.testing.assert_array_equal(got, want.astype(dtype))
        return
    eps = np.finfo(np.float32 if dtype == np.float16 else dtype).eps
    bound = 30 * eps
    for operand in operands:
        bound *= np.linalg.norm(operand.astype(complex).ravel())
    rounding = np.finfo(dtype).eps * abs(want) * (dtype == np.float16)
    assert (abs(got.astype(want.dtype) - want) <= bound + rounding).all()


def strided(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    return every_other(np.ones(shape, dtype.newbyteorder("=")))


@given(layers(4), st.data(), METHODS)
def test_equals_loops(layer: Layer, data: st.DataObject, method: str) -> None:
    x, w = data.draw(arrays(layer.shape, layer.weights))
    dtype = np.result_type(x, w)
    got = nn.conv(x, w, method=method, **layer.options)
    assert_equal(got, layer.loops(x, w), [x, w], method)
    out, bias = strided(got.shape, dtype), small_integers(layer.weights[:1], dtype, 5)
    assert nn.conv(x, w, bias, method=method, out=out, **layer.options) is out
    want = got + bias.reshape(-1, *(1,) * layer.rank)
    np.testing.assert_array_equal(out, want)


@given(layers(4), st.data(), METHODS)
def test_gradients_equal_loops(layer: Layer, data: st.DataObject, method: str) -> None:
    x, w, grad = data.draw(arrays(layer.shape, layer.weights, layer.output_shape))
    how = {"method": method, **layer.options}
    by_x = nn.conv_input_grad(layer.shape, w, grad, **how)
    assert_equal(by_x, layer.input_gradient_by_loops(w, grad), [w, grad], method)
    by_w = nn.conv_weight_grad(x, layer.weights, grad, **how)
    assert_equal(by_w, layer.weight_gradient_by_loops(x, grad), [x, grad], method)
    out = strided(by_x.shape, by_x.dtype)
    assert nn.conv_input_grad(layer.shape, w, grad, out=out, **how) is out
    np.testing.assert_array_equal(out, by_x)
    out = strided(by_w.shape, by_w.dtype)
    assert nn.conv_weight_grad(x, layer.weights, grad, out=out, **how) is out
    np.testing.assert_array_equal(out, by_w)


@given(layers(4), st.data(), METHODS)
def test_transposed_layers_equal_loops(
    layer: Layer, data: st.DataObject, method: str
) -> None:
    """The transpose of a layer reads its outputs."""
    x, w = data.draw(arrays(layer.output_shape, layer.weights))
    how: dict[str, Any] = {"method": method, **layer.options}
    del how["boundary"], how["cval"]
    outputs, size, stride = layer.outputs, {}, layer.stride
    begin = [pair[0] for pair in layer.pairs]
    if how["padding"] in ("same", "same_upper", "same_lower"):
        spatial = [m * s for m, s in zip(outputs, stride, strict=True)]
        begin = [
            padding_of(how["padding"], n, d * (k - 1) + 1, s)[0]
            for n, k, s, d in zip(
                spatial, layer.weights[2:], stride, layer.dilation, strict=True
            )
        ]
    else:
        limits = [max(pair) for pair in zip(stride, layer.dilation, strict=True)]
        more = [data.draw(st.integers(0, limit - 1)) for limit in limits]
        spatial = [
            s * (m - 1) + d * (k - 1) + 1 - sum(pair) + extra
            for m, s, d, k, pair, extra in zip(
                outputs, stride, layer.dilation, layer.weights[2:], layer.pairs, more,
                strict=True,
            )
        ]  # fmt: skip
        size = {"output_padding": more}
        if all(n < s for n, s in zip(more, stride, strict=True)):
            size = data.draw(st.sampled_from([size, {"output_size": spatial}]))
    if min(spatial) < 1:
        with pytest.raises(ValueError, match=r"padding must leave|output_size must be"):
            nn.conv_transpose(x, w, **size, **how)
        return
    dtype = np.result_type(x, w)
    want = transposed(
        layer.with_batch(x.astype(dtype)), w.astype(dtype), stride, begin,
        layer.dilation, how["groups"], spatial,
    )  # fmt: skip
    channels = layer.weights[1] * how["groups"]
    want = want.reshape(*layer.shape[: -layer.rank - 1], channels, *spatial)
    got = nn.conv_transpose(x, w, **size, **how)
    assert_equal(got, want, [x, w], method)
    bias = small_integers((channels,), dtype, 5)
    again = nn.conv_transpose(x, w, bias, **size, **how)
    want = got + bias.reshape(-1, *(1,) * layer.rank)
    np.testing.assert_array_equal(again, want)
