"""The gradient by the signal of a layer whose padding repeats samples.

The gradient by a sample is the sum of the gradients by all positions that hold it: by
its own position, and by positions of the padding.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._core.api import run_layer
from .._core.boundary import fold
from .._core.caches import Cache
from .._core.layers import Layer, Window
from .._core.output import copy_to, output_for
from . import describe
from .options import Options
from .shapes import layer_of

_layers = Cache[Layer](1 << 18, lambda layer: 512)


def by_input(
    options: Options,
    grad: NDArray[Any],
    w: NDArray[Any],
    cval: Any,
    out: NDArray[Any] | None,
    workers: int | None,
) -> NDArray[Any]:
    """Return the gradient by the signal of a layer, or `out`."""
    if options.boundary == "constant":
        return run_layer(
            describe.input_gradient, options, grad, w, cval, None, out, workers
        )
    padded = run_layer(
        describe.padded_gradient, options, grad, w, cval, None, None, workers
    )
    layer = _layer_of(options, w.shape, cval)
    shape = options.shape
    assert isinstance(shape, tuple)
    dtype = np.result_type(grad, w).newbyteorder("=")
    result = output_for(out, shape, dtype, (grad, w))
    first = len(shape) - len(layer.windows)
    for i, window in enumerate(layer.windows):
        if window.repeats_samples:
            padded = _fold(padded, first + i, window)
    result[...] = padded
    return copy_to(out, result)


def _layer_of(options: Options, w: tuple[int, ...], cval: Any) -> Layer:
    assert isinstance(options.shape, tuple)
    make = partial(layer_of, options, "input_shape", options.shape, "w", w, cval)
    return _layers.find_or_make((options, w), make)


def _fold(padded: NDArray[Any], axis: int, window: Window) -> NDArray[Any]:
    """Add positions of the padding to the samples that they repeat, along one axis."""
    begin, n, end = window.begin, window.samples, window.end
    along = np.moveaxis(padded, axis, 0)
    inner = along[begin : begin + n]
    outside = np.r_[0:begin, begin + n : begin + n + end]
    sources = fold(window.boundary, n, outside - begin)
    for position, source in zip(outside.tolist(), sources.tolist(), strict=True):
        inner[source] += along[position]
    return np.moveaxis(inner, 0, axis)
