"""Layers of convolutional networks, and their gradients, as problems.

Along one spatial axis, a layer computes

    y[n, g, o, p] = sum over c and k of  w[g, o, c, k] * x~[n, g, c, s*p + d*k - b]

with n over the batch, g over groups of channels, o over the filters of a group and c
over its channels. x~ is the signal x with its padding, b the number of positions before
its first sample. The gradients of a scalar are sums of the same products, over other
indices:

    dx~[n, g, c, i] = sum over o and k of  conj(w[g, o, c, k]) * dy[n, g, o, p]
    dw[g, o, c, k] = sum over n and p of  conj(x~[n, g, c, i]) * dy[n, g, o, p]

with i = s*p + d*k - b. The first one is a correlation of up-sampled dy with reversed
taps. In the second one dy is the kernel, and stride and dilation change places.

Arrays have these axes: signals (n, g, c, *spatial), weights (g, o, c, *taps), outputs
(n, g, o, *spatial). The axis of the batch is there if there is a batch, and the axis of
groups if there are several.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .adjoint import window_by_kernel, window_by_signal
from .problem import Axis, Operand, Problem


class Window(NamedTuple):
    """A layer, or pooling, along one spatial axis."""

    samples: int
    taps: int
    outputs: int
    begin: int
    """Positions of padding before the first sample."""
    end: int
    """Positions of padding after the last sample."""
    stride: int
    dilation: int
    boundary: str
    """The samples in the padding; 'absent': they take no part, as zeros in a sum."""

    @property
    def span(self) -> int:
        """Number of positions from the first to the last tap."""
        return self.dilation * (self.taps - 1) + 1

    @property
    def repeats_samples(self) -> bool:
        """Whether the padding holds samples, not constants."""
        return self.boundary not in ("absent", "constant")


class Layer(NamedTuple):
    """A layer without its data."""

    batch: int | None
    """Number of signals; None: arrays have no axis for it."""
    groups: int
    channels: int
    """Channels of a group."""
    filters: int
    """Filters of a group, which are the channels of its output."""
    windows: tuple[Window, ...]


class _Numbers(NamedTuple):
    """The number of each axis among those of an array."""

    batch: int | None
    groups: int | None
    filters: int
    channels: int
    first: int
    """The first spatial axis; the others follow."""


def forward(layer: Layer, signal: np.dtype, kernel: np.dtype) -> Problem:
    """Describe the outputs of a layer."""
    x, w = _of_signals(layer), _of_weights(layer)
    axes = [
        *_batch(layer),
        *_groups(layer, x, w, x),
        _own("kernel", w.filters, x.channels, layer.filters),
    ]
    axes += windows(layer)
    axes += _summed(x.channels, w.channels, layer.channels)
    return Problem(
        tuple(axes), Operand(signal), Operand(kernel), _result(signal, kernel)
    )


def transposed(
    layer: Layer,
    signal: np.dtype,
    kernel: np.dtype,
    conjugated: bool = False,
) -> Problem:
    """Describe the transpose of a layer, applied to outputs of the layer.

    Where the padding repeats samples, its positions may have outputs, too, see
    `adjoint.repeated`.

    Parameters
    ----------
    layer : Layer
    signal : dtype
        Type of the layer's outputs, which are the signal.
    kernel : dtype
        Type of the weights.
    conjugated : bool, optional
        Whether the weights are conjugated, as for the gradient by the layer's signal.
    """
    x, w = _of_signals(layer), _of_weights(layer)
    axes = [
        *_batch(layer),
        *_groups(layer, x, w, x),
        _own("kernel", w.channels, x.channels, layer.channels),
    ]
    axes += map(window_by_signal, windows(layer))
    axes += _summed(x.channels, w.filters, layer.filters)
    return Problem(
        tuple(axes),
        Operand(signal),
        Operand(kernel, conjugated and kernel.kind == "c"),
        _result(signal, kernel),
    )


def weight_gradient(layer: Layer, signal: np.dtype, kernel: np.dtype) -> Problem:
    """Describe the gradient by the weights of a layer.

    Parameters
    ----------
    layer : Layer
    signal : dtype
        Type of the layer's signal.
    kernel : dtype
        Type of the gradient by the layer's outputs, which is the kernel.
    """
    x, w = _of_signals(layer), _of_weights(layer)
    axes = [
        *_groups(layer, x, x, w),
        _own("kernel", x.channels, w.filters, layer.filters),
        _own("signal", x.channels, w.channels, layer.channels),
    ]
    axes += map(window_by_kernel, windows(layer))
    if x.batch is not None and layer.batch is not None:
        axes += _summed(x.batch, x.batch, layer.batch)
    return Problem(
        tuple(axes),
        Operand(signal, signal.kind == "c"),
        Operand(kernel),
        _result(signal, kernel),
    )


def windows(layer: Layer) -> list[Axis]:
    """Return the spatial axes of a layer, which signal, weights and output have."""
    x, w = _of_signals(layer).first, _of_weights(layer).first
    axes = []
    for i, window in enumerate(layer.windows):
        axis = Axis(
            "window", x + i, w + i, x + i, window.samples, window.taps, window.outputs,
            -window.begin, window.stride, window.dilation, boundary=window.boundary,
        )  # fmt: skip
        # the boundary is left out if no output reads a sample outside
        axes.append(axis if axis.reaches_outside else axis._replace(boundary="absent"))
    return axes


def _of_signals(layer: Layer) -> _Numbers:
    """Return the numbers of the axes of signals and outputs."""
    batched, grouped = layer.batch is not None, layer.groups > 1
    channels = batched + grouped
    return _Numbers(
        0 if batched else None,
        int(batched) if grouped else None,
        channels,
        channels,
        channels + 1,
    )


def _of_weights(layer: Layer) -> _Numbers:
    grouped = layer.groups > 1
    first = int(grouped)
    return _Numbers(None, 0 if grouped else None, first, first + 1, first + 2)


def _batch(layer: Layer) -> list[Axis]:
    """Return the axis of the batch, which signal and output have."""
    if layer.batch is None:
        return []
    return [Axis("batch", 0, None, 0, layer.batch, 1, layer.batch, 0)]


def _groups(
    layer: Layer, signal: _Numbers, kernel: _Numbers, output: _Numbers
) -> list[Axis]:
    """Return the axis of groups, which all arrays have."""
    if layer.groups == 1:
        return []
    return [
        Axis(
            "batch", signal.groups, kernel.groups, output.groups, layer.groups, 1,
            layer.groups, 0,
        )
    ]  # fmt: skip


def _own(operand: str, number: int, output: int, length: int) -> Axis:
    """Return an axis of the output that one operand has."""
    signal, kernel = (number, None) if operand == "signal" else (None, number)
    return Axis("batch", signal, kernel, output, length, 1, length, 0)


def _summed(signal: int, kernel: int, length: int) -> list[Axis]:
    """Return an axis that is summed, unless there is nothing to add."""
    if length == 1:
        return []
    return [Axis("summed", signal, kernel, None, length, length, 1, 0)]


def _result(signal: np.dtype, kernel: np.dtype) -> np.dtype:
    return np.result_type(signal, kernel).newbyteorder("=")
