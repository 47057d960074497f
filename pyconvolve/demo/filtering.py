"""Filters photographs step by step, with pyconvolve and with SciPy.

A step convolves a photograph of shape (rows, columns, colours) with one kernel or two.
The photograph is continued beyond its ends by reflection. scipy.ndimage does the same.
scipy.signal continues it by zeros only, which is less work; its results are compared
with pyconvolve's results for zeros.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from rich.markup import escape
from rich.progress import Progress
from scipy import ndimage, signal

from .. import convolve, kernels
from .photographs import Image, Photograph
from .timing import ROUNDING_ERROR, ROUNDS, fastest

# Taps of the largest kernel that scipy.signal.convolve2d is timed with: it sums
# products, and took 7 times as long as an FFT for 15x15 taps.
_CONVOLVE2D_TAPS = 50


class Step(NamedTuple):
    """Kernels to convolve with along `axes`, and how the picture shows the result."""

    name: str
    kernel_name: str
    kernels: tuple[Image, ...]
    axes: tuple[int, ...]
    caption: str
    picture: Callable[[list[Image]], Image]
    """Makes one image of the results of all kernels."""


@dataclass(frozen=True)
class Comparison:
    """One step on one photograph: the result, seconds, and differences from SciPy."""

    photograph: Photograph
    step: Step
    result: Image
    seconds: dict[str, float]
    """Per library; of scipy.signal's functions, the fastest."""
    differences: dict[str, float]
    """Largest magnitude of a difference from each of SciPy's results."""

    @property
    def tolerance(self) -> float:
        """The largest difference that rounding explains."""
        largest = float(np.abs(self.photograph.image).max())
        norm = max(float(np.abs(kernel).sum()) for kernel in self.step.kernels)
        return ROUNDING_ERROR * norm * largest

    def disagreements(self) -> list[str]:
        """Describe each difference from SciPy that rounding doesn't explain."""
        return [
            f"'{self.step.name}' of {self.photograph.name} differs from {peer} by "
            f"{difference:.1e}, and rounding explains {self.tolerance:.1e} at most"
            for peer, difference in self.differences.items()
            if not difference <= self.tolerance
        ]


STEPS = (
    Step(
        "blur",
        "15x15",
        (kernels.gaussian(2.5, ndim=2, size=15, dtype=np.float32),),
        (0, 1),
        "blurred",
        lambda y: y[0],
    ),
    Step(
        "sharpen",
        "7x7",
        (kernels.unsharp(1.2, 2.0, truncate=2.5, dtype=np.float32),),
        (0, 1),
        "sharpened",
        lambda y: y[0],
    ),
    Step(
        "find edges",
        "3x3, two",
        (kernels.sobel(1, dtype=np.float32), kernels.sobel(0, dtype=np.float32)),
        (0, 1),
        "edges",
        # the colour with the largest gradient; an edge from black to white has 1/2
        lambda y: 4 * np.hypot(*y).max(axis=2, keepdims=True),
    ),
    Step(
        "smooth along rows",
        "31",
        (kernels.box(31, dtype=np.float32),),
        (1,),
        "smoothed along rows",
        lambda y: y[0],
    ),
)


def compare(photographs: list[Photograph]) -> list[Comparison]:
    """Take each step on each photograph, with pyconvolve and with SciPy."""
    comparisons = []
    # drawn between rounds only, so that drawing takes no time from them
    with Progress(auto_refresh=False, transient=True) as progress:
        total = len(photographs) * len(STEPS) * ROUNDS
        task = progress.add_task("", total=total)
        for photograph in photographs:
            for step in STEPS:
                label = escape(f"{photograph.name}: {step.name}")
                progress.update(task, description=label, refresh=True)
                comparisons.append(
                    _compare(
                        photograph,
                        step,
                        lambda: progress.update(task, advance=1, refresh=True),
                    )
                )
    return comparisons


def _compare(
    photograph: Photograph, step: Step, tick: Callable[[], None]
) -> Comparison:
    x = photograph.image
    shape = [-1 if axis in step.axes else 1 for axis in range(3)]
    if len(step.axes) > 1:
        shape = [*step.kernels[0].shape, 1]

    def for_each_kernel(
        function: Callable[[Image], Image],
    ) -> Callable[[], list[Image]]:
        return lambda: [function(h) for h in step.kernels]

    def three_axes(h: Image) -> Image:
        return h.reshape(shape)

    def by_pyconvolve(boundary: Any) -> Callable[[], list[Image]]:
        return for_each_kernel(
            lambda h: convolve(x, h, "same", axes=step.axes, boundary=boundary)
        )

    def by_convolve2d(h: Image) -> Image:
        planes = [
            signal.convolve2d(colour, three_axes(h)[..., 0], "same")
            for colour in x.T.swapaxes(1, 2)
        ]
        return np.stack(planes, axis=2)

    def by_convolve(h: Image) -> Image:
        return signal.convolve(x, three_axes(h), "same")

    def by_oaconvolve(h: Image) -> Image:
        return signal.oaconvolve(x, three_axes(h), "same")

    def by_ndimage(h: Image) -> Image:
        if len(step.axes) == 1:
            return ndimage.convolve1d(x, h, step.axes[0], mode="reflect")
        return ndimage.convolve(x, three_axes(h), mode="reflect")

    contenders = {
        "pyconvolve": by_pyconvolve("symmetric"),
        "scipy.signal.convolve": for_each_kernel(by_convolve),
        "scipy.signal.oaconvolve": for_each_kernel(by_oaconvolve),
        "scipy.ndimage": for_each_kernel(by_ndimage),
    }
    if step.kernels[0].size <= _CONVOLVE2D_TAPS:
        contenders["scipy.signal.convolve2d"] = for_each_kernel(by_convolve2d)
    of_signal = [name for name in contenders if name.startswith("scipy.signal")]
    results, seconds = fastest(contenders, tick)
    zeros_outside = by_pyconvolve("constant")()
    y = results["pyconvolve"]
    return Comparison(
        photograph,
        step,
        step.picture(y),
        {
            "pyconvolve": seconds["pyconvolve"],
            "scipy.signal": min(seconds[name] for name in of_signal),
            "scipy.ndimage": seconds["scipy.ndimage"],
        },
        {
            "scipy.signal": max(
                _difference(zeros_outside, results[name]) for name in of_signal
            ),
            "scipy.ndimage": _difference(y, results["scipy.ndimage"]),
        },
    )


def _difference(ours: list[Image], theirs: list[Image]) -> float:
    return max(float(np.abs(a - b).max()) for a, b in zip(ours, theirs, strict=True))
