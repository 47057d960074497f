"""Compares results with the reference: sums of integers must be exact."""

from typing import Any

import numpy as np
import reference
from numpy.typing import ArrayLike

import pyconvolve


def check(
    name: str, in1: ArrayLike, in2: ArrayLike, mode: str = "full", **options: Any
) -> None:
    """Compare with the reference, also floats that hold small integers."""
    ours = {key: options.pop(key) for key in ("method", "workers") if key in options}
    got = getattr(pyconvolve, name)(in1, in2, mode, **ours, **options)
    want = getattr(reference, name)(in1, in2, mode, **options)
    dtype = np.result_type(np.asarray(in1), np.asarray(in2))
    reference.assert_matches(got, want, dtype)
