"""Rate of operations of each engine on one core, as a share of the core's peak.

The peak is measured in the same process. Direct sums count a product and a sum for each
tap and output. Transforms count 8.5 N log2 N operations for N complex points, there and
back.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

import pyconvolve

from . import engines
from .problems import arrays, skip_what_is_missing

with suppress(ImportError):
    # commits without it have no shares, but all other results
    from timing import fastest, peak

# Duration of the repeated calls. The fastest call counts.
SECONDS = 0.3


class _Share:
    method: str
    param_names = ("problem", "dtype")
    unit = "% of FMA peak"
    call: Callable[[], object]

    def setup(self, problem: str, dtype: str) -> None:
        x, h = arrays(problem, dtype)
        with skip_what_is_missing():
            self.peak = peak(dtype)
            self.operations = self.count(x, h)
        convolve = partial(pyconvolve.convolve, out=np.empty_like(x), workers=1)
        self.call = partial(convolve, x, h, "same", self.method)

    def count(self, x: NDArray[Any], h: NDArray[Any]) -> float:
        return 2.0 * x.size * h.size

    def track_share(self, problem: str, dtype: str) -> float:
        seconds = fastest({"call": self.call}, SECONDS)["call"]
        return float(f"{100 * self.operations / seconds / self.peak:.3g}")


class Direct(_Share):
    method = "direct"
    params = engines.Direct.params[:2]


class FFT(_Share):
    method = "fft"
    params = engines.FFT.params[:2]

    def count(self, x: NDArray[Any], h: NDArray[Any]) -> float:
        from pyconvolve._core import api
        from pyconvolve._core.arguments import Names, rules

        how = rules(False, "same", "fft", None, "constant", 0, 1, 1, 0)
        names = Names("x", "h")
        return api.prepare(
            names, how, x.shape, h.shape, x.dtype, h.dtype
        ).plan.operations
