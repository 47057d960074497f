"""Choice between sums and transforms: SciPy's or NumPy's, unless it were much slower.

Sums are exact to the rounding of each output. Transforms are exact to the rounding of a
whole tile. Programs written for SciPy or NumPy may depend on the precision of sums
where these sum products.
"""

from __future__ import annotations

import numpy as np

from .._core.arguments import Rules
from .._namespaces import SCIPY_SIGNAL, originals_of

# Sums are chosen unless they take so many times as long as transforms: by convolve,
# correlate and filters, and by convolve2d and correlate2d.
_RATIO, _RATIO_2D = 2, 6
# Seconds up to which convolve2d and correlate2d always sum.
_SHORT_2D = 1e-3


def prefers_sums(
    rules: Rules,
    shape1: tuple[int, ...],
    shape2: tuple[int, ...],
    dtype: np.dtype,
    sums: float,
    transforms: float,
) -> bool:
    """Tell whether SciPy sums products here, and doing so isn't much slower.

    Parameters
    ----------
    rules : Rules
        The arguments of the call.
    shape1, shape2 : tuple of int
        Shapes of the inputs.
    dtype : dtype
        Of the result.
    sums, transforms : float
        Seconds that each is expected to take.
    """
    if rules.axes is not None or not numpy_prefers_sums(
        rules, shape1, shape2, dtype, sums, transforms
    ):
        return False
    in1, in2 = (np.broadcast_to(dtype.type(0), shape) for shape in (shape1, shape2))
    choose, *_ = originals_of(SCIPY_SIGNAL)["choose_conv_method"]
    return bool(choose(in1, in2, rules.mode) == "direct")


def numpy_prefers_sums(
    rules: Rules,
    shape1: tuple[int, ...],
    shape2: tuple[int, ...],
    dtype: np.dtype,
    sums: float,
    transforms: float,
) -> bool:
    """Tell whether summing is not much slower: NumPy always sums products.

    Integers are exact either way. Parameters are as for `prefers_sums`.
    """
    return sums <= _RATIO * transforms and dtype.kind in "fc"


def prefers_sums_2d(
    rules: Rules,
    shape1: tuple[int, ...],
    shape2: tuple[int, ...],
    dtype: np.dtype,
    sums: float,
    transforms: float,
) -> bool:
    """Tell whether summing is short or not much slower: SciPy always sums images.

    Parameters are as for `prefers_sums`.
    """
    return sums < max(_SHORT_2D, _RATIO_2D * transforms)


def prefers_sums_of_filters(
    rules: Rules,
    shape1: tuple[int, ...],
    shape2: tuple[int, ...],
    dtype: np.dtype,
    sums: float,
    transforms: float,
) -> bool:
    """Tell whether summing isn't much slower: SciPy's filters always sum.

    Parameters are as for `prefers_sums`.
    """
    return sums < _RATIO * transforms
