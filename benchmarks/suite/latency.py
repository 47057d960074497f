"""What a call costs where there is little to compute, and what the import does."""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

import pyconvolve

from .problems import arrays, skip_what_is_missing

Call = Callable[[], object]


def _into_out(x: NDArray[np.floating], h: NDArray[np.floating]) -> Call:
    return partial(pyconvolve.convolve, x, h, "same", out=np.empty_like(x))


def _convolver(x: NDArray[np.floating], h: NDArray[np.floating]) -> Call:
    return partial(pyconvolve.Convolver(h, mode="same"), x)


def _signal(x: NDArray[np.floating], h: NDArray[np.floating]) -> Call:
    from pyconvolve import signal

    return partial(signal.convolve, x, h, "same")


CALLS: dict[str, Callable[..., Call]] = {
    "convolve": lambda x, h: partial(pyconvolve.convolve, x, h, "same"),
    "convolve, out": _into_out,
    "Convolver": _convolver,
    "signal.convolve": _signal,
}


class SmallCalls:
    params = (["32x32 by 3x3", "1_000 by 16"], [*CALLS])
    param_names = ("problem", "call")

    def setup(self, problem: str, call: str) -> None:
        x, h = arrays(problem, "float32")
        with skip_what_is_missing():
            self.call = CALLS[call](x, h)
        self.call()

    def time_1000_calls(self, problem: str, call: str) -> None:
        for _ in range(1000):
            self.call()


def timeraw_import() -> tuple[str, str]:
    return "import pyconvolve", "import numpy"
