"""Richardson-Lucy: each iteration multiplies the signal by a correction.

With the convolution A, its adjoint A', and weights w that are 1 where a sample of y is
present and 0 where it is missing, an iteration is

    x <- x * A'(w y / (A x)) / A'(w)

Without the division by A'(w), it is the iteration of scikit-image.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arguments import Blurred
from .blur import Blur
from .iterations import Callback, Progress, ends, numbers

# Is added to each denominator, as scikit-image does.
_TINY = 1e-12
# Error of a sum by transforms, in eps times the largest sum. With 1 to 8, images of a
# bright point before a dark background have the same results in single and in double
# precision; with 0 or 64 they have not.
_ROUNDING = 2


def run(
    blurred: Blurred,
    x: NDArray[Any],
    *,
    iterations: int,
    normalize: bool,
    filter_epsilon: float,
    callback: Callback | None,
    progress: bool | Progress,
    workers: int | None,
) -> None:
    """Iterate, in place of the signal `x` to start at.

    The other arguments are those of `pyconvolve.deconvolve`, all of them real.
    """
    y = blurred.y
    blur = Blur(blurred.kernel, workers)
    # then no sum is negative, except by rounding
    is_positive = all(array.min() >= 0 for array in (y, blurred.kernel.taps, x))
    rounding = _ROUNDING * np.finfo(x.dtype).eps
    scale: NDArray[Any] | None = None
    reached: NDArray[np.bool_] | bool = True
    if normalize:
        scale, reached = _scale(blur, blurred)
    for number in numbers(iterations, progress):
        ratio = blur.forward(x)
        if is_positive:
            # a quotient by a sum that rounding made of zero would be huge, and spoil
            # those around it
            largest = ratio.max(blurred.axes, keepdims=True)
            np.maximum(ratio, rounding * largest, out=ratio)
        ratio += _TINY
        low = ratio < filter_epsilon if filter_epsilon else None
        np.divide(y, ratio, out=ratio)
        if low is not None:
            ratio[low] = 0
        correction = blur.adjoint(ratio)
        if is_positive:
            np.maximum(correction, 0, out=correction)
        if scale is not None:
            correction *= scale
        # a sample that no output depends on stays as it is
        np.multiply(x, correction, out=x, where=reached)
        if ends(callback, number, x):
            break


def _scale(
    blur: Blur, blurred: Blurred
) -> tuple[NDArray[Any], NDArray[np.bool_] | bool]:
    """Return 1 / A'(w), and the samples that outputs depend on; True if all do."""
    weights = np.ones_like(blurred.y)
    if blurred.missing is not None:
        weights[blurred.missing] = 0
    scale = blur.adjoint(weights)
    # transforms make small numbers of zeros
    total = abs(blurred.kernel.taps).sum()
    reached = abs(scale) > np.finfo(scale.dtype).eps * total
    np.divide(1, scale, out=scale, where=reached)
    return scale, bool(reached.all()) or reached
