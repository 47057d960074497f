"""Time of small calls, of calls with new shapes, and of the import."""

from collections.abc import Callable
from functools import partial
from importlib import import_module

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


# Shortest and longest side.
Sides = tuple[int, int]
# Name of the function in scipy.signal; sides of the signals; sides of the kernels;
# number of convolved axes; number of signals in a batch, or None.
NEW_SHAPES: dict[str, tuple[str, Sides, Sides, int, int | None]] = {
    "convolve, 5..100 by 3..20": ("convolve", (5, 100), (3, 20), 1, None),
    "convolve, 50..3000 by 31": ("convolve", (50, 3000), (31, 31), 1, None),
    "fftconvolve, 5..100 by 3..20": ("fftconvolve", (5, 100), (3, 20), 1, None),
    "fftconvolve, 500..5000 by 500": ("fftconvolve", (500, 5000), (500, 500), 1, None),
    "convolve2d, 10..60 by 3..9": ("convolve2d", (10, 60), (3, 9), 2, None),
    "convolve, 5..24 by 2..5, 3-D": ("convolve", (5, 24), (2, 5), 3, None),
    "oaconvolve, 8 of 500..5000 by 101": ("oaconvolve", (500, 5000), (101, 101), 1, 8),
}


class NewShapes:
    """Lengths that change from call to call. No call can use earlier results."""

    params = ([*NEW_SHAPES], ["pyconvolve", "scipy"])
    param_names = ("problem", "library")

    def setup(self, problem: str, library: str) -> None:
        name, sides, taps, ndim, rows = NEW_SHAPES[problem]
        with skip_what_is_missing():
            module = import_module(f"{library}.signal")
            self.convolve = getattr(module, name)
        self.clear = getattr(pyconvolve, "clear_caches", lambda: None)
        rng = np.random.default_rng(0)

        def draw(sides: Sides, rows: int | None) -> NDArray[np.floating]:
            shape = [*rng.integers(*sides, ndim, endpoint=True)]
            return rng.standard_normal(shape if rows is None else [rows, *shape])

        one = rows and 1
        self.arrays = [(draw(sides, rows), draw(taps, one)) for _ in range(400)]
        self.options = {} if rows is None else {"axes": 1}

    def time_400_calls(self, problem: str, library: str) -> None:
        self.clear()
        for x, h in self.arrays:
            self.convolve(x, h, "same", **self.options)


def timeraw_import() -> tuple[str, str]:
    return "import pyconvolve", "import numpy"
