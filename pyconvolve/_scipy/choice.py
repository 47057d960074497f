"""Choice between sums and transforms: SciPy's or NumPy's, unless it were much slower.

Sums are exact to the rounding of each output. Transforms are exact to the rounding of a
whole tile. Programs written for SciPy or NumPy may depend on the precision of sums
where these sum products.
"""

from __future__ import annotations

import numpy as np

from .._core.arguments import Comparison
from .._namespaces import SCIPY_SIGNAL, originals_of

# Sums are chosen unless they take so many times as long as transforms: by convolve,
# correlate and filters of signals; by convolve2d, correlate2d and filters of images.
_RATIO, _RATIO_2D = 2, 6
# Seconds up to which convolve2d, correlate2d and filters of images always sum.
_SHORT_2D = 1e-3


def prefers_sums(call: Comparison) -> bool:
    """Tell whether SciPy sums products here, and doing so isn't much slower."""
    if call.rules.axes is not None or not numpy_prefers_sums(call):
        return False
    zero = call.dtype.type(0)
    in1, in2 = (np.broadcast_to(zero, shape) for shape in (call.shape1, call.shape2))
    choose, *_ = originals_of(SCIPY_SIGNAL)["choose_conv_method"]
    return bool(choose(in1, in2, call.rules.mode) == "direct")


def numpy_prefers_sums(call: Comparison) -> bool:
    """Tell whether summing is not much slower: NumPy always sums products.

    Integers are exact either way.
    """
    return call.sums <= _RATIO * call.transforms and call.dtype.kind in "fc"


def prefers_sums_2d(call: Comparison) -> bool:
    """Tell whether summing is short or not much slower: SciPy always sums images."""
    return prefers_image_sums(call.sums, call.transforms)


def prefers_image_sums(sums: float, transforms: float) -> bool:
    """Tell whether summing is short or not much slower: image filters always sum.

    Parameters
    ----------
    sums, transforms : float
        Seconds that each is expected to take.
    """
    return sums < max(_SHORT_2D, _RATIO_2D * transforms)


def prefers_sums_of_filters(call: Comparison) -> bool:
    """Tell whether summing isn't much slower: SciPy's filters always sum."""
    return call.sums < _RATIO * call.transforms
