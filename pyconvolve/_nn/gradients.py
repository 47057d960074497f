"""The gradient by the signal of a layer whose padding repeats samples.

The gradient by a sample is the sum of the gradients by all positions that hold it: by
its own position, and by positions of the padding.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._core.adjoint import Repeats, add_repeated, find_repeats
from .._core.api import run_layer
from .._core.caches import Cache
from .._core.layers import windows
from .._core.output import copy_to, output_for
from . import describe
from .options import Options
from .shapes import layer_of

_repeated = Cache[list[Repeats]](1 << 18, lambda found: 512)


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
    found = _repeated.find_or_make((options, w.shape), make)
    if out is None and not found:
        return gradient
    shape = options.shape
    assert isinstance(shape, tuple)
    dtype = np.result_type(grad, w).newbyteorder("=")
    result = output_for(out, shape, dtype, (grad, w))
    for repeats in found:
        gradient = add_repeated(gradient, repeats)
    result[...] = gradient
    return copy_to(out, result)


def _find_repeated(options: Options, w: tuple[int, ...], cval: Any) -> list[Repeats]:
    """Find the positions of the padding that have gradients of their own."""
    shape = options.shape
    assert isinstance(shape, tuple)
    axes = windows(layer_of(options, "input_shape", shape, "w", w, cval))
    numbered = enumerate(axes, len(shape) - len(axes))
    found = [find_repeats(number, axis) for number, axis in numbered]
    return [repeats for repeats in found if repeats is not None]
