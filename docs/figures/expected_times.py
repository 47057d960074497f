"""Draw the times that the cost model expects of engines, by the size of the kernel.

python docs/figures/expected_times.py
"""

from __future__ import annotations

import numpy as np
from diagrams import BLUE, FONT_SIZE, GREEN, ORANGE, WIDTH
from matplotlib import pyplot as plt

import pyconvolve
from pyconvolve import kernels

SIZES = (3, 5, 7, 9, 11, 15, 21, 31, 45, 61)
IMAGE = 512
STYLES = {
    "direct": ("direct sums", BLUE, "o-"),
    "fft": ("transforms", ORANGE, "s-"),
    "separable": ("axis by axis, if the kernel is an outer product", GREEN, "^-"),
}


def draw() -> None:
    """Draw the figure."""
    rng = np.random.default_rng(0)
    image = rng.random((IMAGE, IMAGE), np.float32)
    found: dict[str, list[tuple[int, float]]] = {name: [] for name in STYLES}
    for size in SIZES:
        noise = rng.random((size, size), np.float32)
        product = kernels.gaussian(size / 6, size=size, ndim=2).astype(np.float32)
        for kernel in (noise, product):
            plan = pyconvolve.explain(image, kernel, "same", workers=1)
            for name, seconds in plan.seconds.items():
                if (name == "separable") == (kernel is product):
                    found[name].append((size, 1e3 * seconds))
    plt.rcParams["font.size"] = FONT_SIZE
    _, axes = plt.subplots(figsize=(WIDTH, 3.2), layout="constrained")
    for name, (text, color, marks) in STYLES.items():
        if found[name]:
            axes.loglog(*zip(*found[name], strict=True), marks, color=color, label=text)
    axes.set(xlabel="taps along each axis", ylabel="expected milliseconds")
    axes.set_xticks(SIZES, [str(size) for size in SIZES])
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)


if __name__ == "__main__":
    draw()
    plt.show()
