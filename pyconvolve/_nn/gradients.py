"""The gradient by the signal of a layer whose padding repeats samples.

The gradient by a sample is the sum of the gradients by all positions that hold it: by
its own position, and by positions of the padding.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._core.adjoint import add_repeated, repeated
from .._core.api import run_layer
from .._core.caches import Cache
from .._core.layers import windows
from .._core.output import copy_to, output_for
from .._core.problem import Axis
from . import describe
from .options import Options
from .shapes import layer_of

# Spatial axes of the gradient, and those of layers whose transposes they are.
_repeated = Cache[list[tuple[int, Axis]]](1 << 18, lambda found: 512)


def by_input(
    options: Options,
    grad: NDArray[Any],
    w: NDArray[Any],
    cval: Any,
    out: NDArray[Any] | None,
    workers: int | None,
) -> NDArray[Any]:
    """Return the gradient by the signal of a layer, or `out`."""
    find = partial(run_layer, describe.input_gradient, options, grad, w, cval, None)
    if options.boundary == "constant":
        return find(out, workers)
    gradient = find(None, workers)
    make = partial(_find_repeated, options, w.shape, cval)
    axes = _repeated.find_or_make((options, w.shape), make)
    if out is None and not axes:
        return gradient
    shape = options.shape
    assert isinstance(shape, tuple)
    dtype = np.result_type(grad, w).newbyteorder("=")
    result = output_for(out, shape, dtype, (grad, w))
    for number, axis in axes:
        gradient = add_repeated(gradient, number, axis)
    result[...] = gradient
    return copy_to(out, result)


def _find_repeated(
    options: Options, w: tuple[int, ...], cval: Any
) -> list[tuple[int, Axis]]:
    """Return the axes along which positions of the padding have gradients."""
    shape = options.shape
    assert isinstance(shape, tuple)
    axes = windows(layer_of(options, "input_shape", shape, "w", w, cval))
    numbered = enumerate(axes, len(shape) - len(axes))
    return [(number, axis) for number, axis in numbered if any(repeated(axis))]
