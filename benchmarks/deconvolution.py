"""Time `pyconvolve.deconvolve` beside `skimage.restoration`.

    python benchmarks/deconvolution.py [--seconds 2] [--only richardson_lucy]

The program times both functions of each problem in turns, on one core, and prints the
least milliseconds of each and their ratio. At the end it prints the geometric mean of
all ratios. Wiener's filter is timed with a kernel that is known from earlier calls, and
with one that is new in each call. Least squares, which scikit-image does not have, are
timed beside `scipy.sparse.linalg.lsqr` on the operator of `pylops`, if that is
installed.
"""

import argparse
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import numpy as np
from scipy.sparse.linalg import lsqr
from skimage import restoration
from timing import fastest

import pyconvolve
from pyconvolve import deconvolve

SIDES = (512, 1024)
TAPS = 15
ITERATIONS = 10
TYPES = (np.float32, np.float64)

Function = Callable[[], object]


def problems() -> Iterator[tuple[str, Function, Function]]:
    """Yield a title, our function and that of another library."""
    rng = np.random.default_rng(0)
    for side in SIDES:
        for dtype in TYPES:
            kind = np.dtype(dtype).name
            size = f"{side}x{side} by {TAPS}x{TAPS}, {kind}"
            y = rng.random((side, side)).astype(dtype)
            h = rng.random((TAPS, TAPS)).astype(dtype)
            h /= h.sum()
            theirs: Function = bind(restoration.wiener, y, h, 0.1, clip=False)
            yield (
                f"wiener, {size}",
                bind(deconvolve, y, h, regularization=0.1),
                theirs,
            )
            yield f"wiener, a new kernel, {size}", with_new_kernels(y, h), theirs
            yield (
                f"richardson_lucy, {ITERATIONS} iterations, {size}",
                bind(deconvolve, y, h, method="richardson_lucy", iterations=ITERATIONS),
                bind(restoration.richardson_lucy, y, h, ITERATIONS, clip=False),
            )
            if find_spec("pylops"):
                yield (
                    f"least_squares, {ITERATIONS} iterations, {size}",
                    bind(
                        deconvolve, y, h, method="least_squares", tolerance=0,
                        iterations=ITERATIONS,
                    ),
                    with_pylops(y, h),
                )  # fmt: skip


def bind(function: Callable[..., object], *args: Any, **options: Any) -> Function:
    """Return a function without arguments."""
    return lambda: function(*args, **options)


def with_new_kernels(y: np.ndarray, h: np.ndarray) -> Function:
    """Return a function whose calls have a kernel that differs from all others."""
    changed = h.copy()

    def run() -> object:
        changed[0, 0] *= 1.001
        return deconvolve(y, changed, regularization=0.1)

    return run


def with_pylops(y: np.ndarray, h: np.ndarray) -> Function:
    """Return a function that does as many iterations of LSQR with damping 0.1."""
    from pylops.signalprocessing import Convolve2D

    centre = (TAPS // 2, TAPS // 2)
    operator = Convolve2D(y.shape, h, offset=centre, dtype=y.dtype)
    data = y.reshape(-1)
    return bind(lsqr, operator, data, 0.1, 0, 0, 0, ITERATIONS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=2, help="for each problem")
    parser.add_argument("--only", default="", help="part of the titles of problems")
    arguments = parser.parse_args()
    ratios = []
    with pyconvolve.set_workers(1):
        for title, ours, theirs in problems():
            if arguments.only not in title:
                continue
            times = fastest({"ours": ours, "theirs": theirs}, arguments.seconds)
            ratio = times["theirs"] / times["ours"]
            ratios.append(ratio)
            print(
                f"{ratio:6.2f}  {1e3 * times['ours']:8.2f} ms, other "
                f"{1e3 * times['theirs']:8.2f} ms  {title}",
                flush=True,
            )
    if ratios:
        print(f"{np.exp(np.mean(np.log(ratios))):6.2f}  geometric mean")


if __name__ == "__main__":
    main()
