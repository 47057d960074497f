"""Draw docs/guide/deconvolution.png from a photograph that comes with scikit-image.

The program takes no arguments: python docs/figures/draw_deconvolution.py
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from draw_kernels import Array, Panel, grid, photograph, save, show_image
from matplotlib.figure import Figure

import pyconvolve
from pyconvolve import deconvolve, kernels

PICTURE = Path(__file__).parents[1] / "guide" / "deconvolution.png"
# Standard deviation of the noise, for a photograph of numbers from 0 to 1.
NOISE = 0.01
MISSING = 0.3


def main() -> None:
    """Draw the picture."""
    save(draw(), PICTURE)


def draw() -> Figure:
    """Draw a blurred photograph, and what each method makes of it."""
    wide = photograph("camera", slice(30, 250), slice(110, 330))
    blur = kernels.disk(4)
    reach = blur.shape[0] // 2
    inside = (slice(reach, -reach),) * 2
    image = wide[inside]
    rng = np.random.default_rng(0)
    # light from beyond the edges is in the photograph, too
    y = pyconvolve.convolve(wide, blur, "same")[inside]
    y += rng.normal(0, NOISE, y.shape)
    y = np.clip(y, 0, 1)
    missing = rng.random(y.shape) < MISSING
    panels: Sequence[Panel] = [
        ("photograph", image),
        (f"blurred by disk(4), with noise of {NOISE:.0%}", y),
        (f"{MISSING:.0%} missing", np.where(missing, 1, y)),
        ("wiener", deconvolve(y, blur, regularization=0.02)),
        ("richardson_lucy", with_edges(y, blur, method="richardson_lucy")),
        (
            f"least_squares, from the {1 - MISSING:.0%}",
            with_edges(
                y, blur, missing, method="least_squares", regularization=0.02,
                regularizer=kernels.laplacian(),
            ),
        ),
    ]  # fmt: skip
    figure, axes = grid(2, 3, 5.9)
    for ax, (title, shown) in zip(axes.flat, panels, strict=True):
        error = np.sqrt(np.mean((shown - image) ** 2))
        if ax not in (axes[0, 0], axes[0, 2]):
            title += f"\nroot mean square error {error:.3f}"
        show_image(ax, title, shown)
    return figure


def with_edges(
    y: Array, blur: Array, missing: Array | None = None, **how: Any
) -> Array:
    """Deconvolve with samples behind the edges, of which no data are known."""
    reach = blur.shape[0] // 2
    mask = np.zeros(y.shape, bool) if missing is None else missing
    mask = np.pad(mask, reach, constant_values=True)
    found = deconvolve(np.pad(y, reach), blur, mask=mask, **how)
    return found[reach:-reach, reach:-reach]


if __name__ == "__main__":
    main()
