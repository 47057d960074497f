"""Draw a curve with gaps: smoothed with zeros in the gaps, and without the gaps.

python docs/figures/missing_data.py
"""

from __future__ import annotations

import numpy as np
from diagrams import BLUE, FONT_SIZE, GRAY, LIGHT_GRAY, RED, WIDTH
from matplotlib import pyplot as plt

import pyconvolve
from pyconvolve import kernels

GAPS = (55, 63), (110, 140)


def draw() -> None:
    """Draw the figure."""
    rng = np.random.default_rng(1)
    n = np.arange(200)
    x = 3 + np.sin(n / 17) + rng.normal(0, 0.25, n.size)
    for first, end in GAPS:
        x[first:end] = np.nan
    blur = kernels.gaussian(5)
    zeros = pyconvolve.convolve(np.nan_to_num(x), blur, "same")
    means, met = pyconvolve.normalized_convolve(
        x, blur, edges="renormalize", return_weights=True
    )
    plt.rcParams["font.size"] = FONT_SIZE
    figure, (above, below) = plt.subplots(
        2, 1, sharex=True, height_ratios=(3, 1), figsize=(WIDTH, 3.6)
    )
    for axes in (above, below):
        for first, end in GAPS:
            axes.axvspan(first - 0.5, end - 0.5, color=LIGHT_GRAY, linewidth=0)
        axes.spines[["top", "right"]].set_visible(False)
    above.plot(n, x, ".", color=GRAY, markersize=4, label="samples")
    above.plot(n, zeros, "--", color=RED, label="convolve, zeros in the gaps")
    above.plot(n, means, color=BLUE, linewidth=2, label="normalized_convolve")
    above.set(ylim=(0, 5.6))
    above.legend(loc="upper right", ncols=3, frameon=False)
    below.plot(n, met, color=BLUE)
    below.set(xlabel="sample", ylabel="weight met", ylim=(0, 1.1), xlim=(0, 199))
    figure.tight_layout()


if __name__ == "__main__":
    draw()
    plt.show()
