"""Describes layers, transposed layers and gradients: problems without their data.

Each function is a `Describe` of `_core/api.py`. Its arguments are checked options, the
shapes of signal and kernel, their types, and the caller's constant for messages.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .._core import layers
from .._core.adjoint import repeated
from .._core.api import Described
from .._core.layers import Layer, windows
from .._core.problem import Problem
from .options import Options
from .shapes import (
    Shape,
    check_gradient,
    layer_of,
    output_shape,
    signal_shape,
    transposed_layer,
)


def forward(
    options: Options, x: Shape, w: Shape, x_type: np.dtype, w_type: np.dtype, cval: Any
) -> Described:
    """Describe a layer."""
    _check_types(x=x_type, w=w_type)
    layer = layer_of(options, "x", x, "w", w, cval)
    problem = layers.forward(layer, x_type, w_type)
    at = _channels(layer)
    return Described(problem, output_shape(layer), layer.groups, (at, 0, at))


def input_gradient(
    options: Options,
    grad: Shape,
    w: Shape,
    grad_type: np.dtype,
    w_type: np.dtype,
    cval: Any,
) -> Described:
    """Describe the gradient by the signal of a layer.

    Positions of a padding that repeats samples may have gradients, too. Numbers that
    are to be added to others are not rounded to half precision.
    """
    _check_types(grad=grad_type, w=w_type)
    assert isinstance(options.shape, tuple)
    layer = layer_of(options, "input_shape", options.shape, "w", w, cval)
    check_gradient(layer, grad)
    problem = layers.transposed(layer, grad_type, w_type, True)
    if problem.output == np.float16 and any(map(any, map(repeated, windows(layer)))):
        problem = problem._replace(output=np.dtype(np.float32))
    return _of_signals(layer, problem)


def weight_gradient(
    options: Options,
    x: Shape,
    grad: Shape,
    x_type: np.dtype,
    grad_type: np.dtype,
    cval: Any,
) -> Described:
    """Describe the gradient by the weights of a layer."""
    _check_types(x=x_type, grad=grad_type)
    assert isinstance(options.shape, tuple)
    layer = layer_of(options, "x", x, "weight_shape", options.shape, cval)
    check_gradient(layer, grad)
    problem = layers.weight_gradient(layer, x_type, grad_type)
    at = _channels(layer)
    return Described(problem, options.shape, layer.groups, (at, at, 0))


def transposed(
    options: Options, x: Shape, w: Shape, x_type: np.dtype, w_type: np.dtype, cval: Any
) -> Described:
    """Describe a transposed layer."""
    _check_types(x=x_type, w=w_type)
    layer = transposed_layer(options, x, w)
    return _of_signals(layer, layers.transposed(layer, x_type, w_type))


def _check_types(**types: np.dtype) -> None:
    for name, dtype in types.items():
        if dtype.kind not in "biufc":
            raise TypeError(f"{name} must hold numbers or truth values, not {dtype!r}")


def _channels(layer: Layer) -> int:
    """Return the axis of channels in signals and outputs."""
    return 0 if layer.batch is None else 1


def _of_signals(layer: Layer, problem: Problem) -> Described:
    """Return a description of a problem whose output is like the layer's signal."""
    at = _channels(layer)
    shape = signal_shape(layer, layer.channels, problem.shape[-len(layer.windows) :])
    return Described(problem, shape, layer.groups, (at, 0, at))
