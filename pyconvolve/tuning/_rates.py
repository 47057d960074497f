"""Measures how fast products are summed: tap columns of each span, and each type."""

from __future__ import annotations

from math import prod

import numpy as np

from .._core import cost
from .._core.engines import direct
from .._core.thresholds import Thresholds
from ._constants import SAMPLES
from ._samples import Sample, runners
from ._timing import fastest

# Outputs of an image that stays in the L2 cache: whole tiles of any instruction set.
_OUTPUTS = (40, 480)
# Taps of a row of the kernel: so many that calls take no share of the time.
_ROW = 257
# Bounds by which the rows of a tile are rows of the image, not segments of one row.
_LIMITS = Thresholds(segment_reals=1)


def measure_shares(seconds: float) -> dict[str, float]:
    """Measure the share of the best speed that tap columns of each span reach.

    Parameters
    ----------
    seconds : float
        Seconds to measure for, about.

    Returns
    -------
    dict
        Span, as files hold it -> share. It is the mean of float32 and float64.
    """
    spans, elements = range(1, 6), ("float32", "float64")
    each = seconds / (len(spans) * len(elements))
    rates = np.array(
        [
            [_rate(image((span, _ROW), element), each) for span in spans]
            for element in elements
        ]
    )
    shares = np.exp(np.log(rates / rates.max(1, keepdims=True)).mean(0))
    shares /= shares.max()
    return {
        str(span): float(f"{share:.3g}")
        for span, share in zip(spans, shares, strict=True)
    }


def measure_sums(seconds: float) -> dict[str, float]:
    """Measure the products that are summed in a second, in each element type."""
    each = seconds / len(cost.SUMS)
    return {
        element: float(f"{_rate(image((5, 9), SAMPLES[element]), each):.3g}")
        for element in cost.SUMS
    }


def image(kernel: tuple[int, int], dtype: str) -> Sample:
    """Return the convolution of an image with a kernel, without a border."""
    data = tuple(n + k - 1 for n, k in zip(_OUTPUTS, kernel, strict=True))
    return Sample(data, kernel, (0, 1), "valid", dtype)


def _rate(sample: Sample, seconds: float) -> float:
    """Measure the products per second of a direct convolution."""
    plan = direct.plan(sample.problem(), _LIMITS)
    assert plan is not None
    (best,) = fastest(runners(sample, [plan.lay_out()]), seconds)
    return prod(_OUTPUTS) * prod(sample.kernel) / best
