"""Draw the pictures of docs/guide/kernels.md from photographs of scikit-image.

The program takes no arguments: python docs/figures/draw_kernels.py
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import as_file, files
from io import BytesIO
from math import pi
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.patches import Rectangle
from numpy.typing import NDArray
from PIL import Image

import pyconvolve
from pyconvolve import kernels

Array = NDArray[Any]
Panel = tuple[str, Array]

FOLDER = Path(__file__).parents[1] / "guide" / "kernels"
# Width of all pictures in inches, and pixels per inch.
WIDTH, DPI = 8.0, 100
# Size of the text in points.
FONT_SIZE = 8
# Responses that are shown as black or white although they are darker or brighter, in
# per cent of all.
CLIPPED = 0.5


def main() -> None:
    """Draw all pictures."""
    FOLDER.mkdir(exist_ok=True)
    pictures = {
        "blurs": draw_blurs(),
        "gaussians": draw_gaussians(),
        "edges": draw_edges(),
        "sharpening": draw_sharpening(),
        "causal": draw_causal(),
        "plot": draw_plot(),
        "banks": draw_banks(),
        "lighting": draw_lighting(),
        "gaps": draw_gaps(),
        "templates": draw_templates(),
    }
    for name, figure in pictures.items():
        save(figure, FOLDER / f"{name}.png")


def save(figure: Figure, path: Path) -> None:
    """Write a small file: a figure in gray, or with a palette of 256 colours."""
    buffer = BytesIO()
    figure.savefig(buffer, dpi=DPI, facecolor="white")
    picture = Image.open(buffer).convert("RGB")
    red, green, blue = picture.split()
    if red == green == blue:
        picture = red
    else:
        picture = picture.quantize(256, kmeans=1, dither=Image.Dither.NONE)
    picture.save(path, optimize=True)
    print(path, f"{path.stat().st_size / 1000:.0f} kB")


def photograph(name: str, rows: slice, columns: slice) -> Array:
    """Read a part of a photograph as numbers from 0 to 1."""
    with as_file(files("skimage") / "data" / f"{name}.png") as path:
        return imread(path)[rows, columns].astype(np.float64)


def gray(image: Array) -> Array:
    """Convert a colour image to gray."""
    result: Array = image @ np.array([0.299, 0.587, 0.114])
    return result


def filtered(image: Array, kernel: Array) -> Array:
    """Convolve an image along its first two axes, mirrored at its edges."""
    rules: dict[str, Any] = {"axes": (0, 1), "boundary": "symmetric"}
    result: Array = pyconvolve.convolve(image, kernel, "same", **rules)
    return result


def frame(ax: Axes, title: str) -> None:
    """Remove ticks from the axes, and draw a frame and a title."""
    ax.set(xticks=[], yticks=[])
    ax.set_title(title, fontsize=FONT_SIZE)
    ax.set_anchor("N")
    for spine in ax.spines.values():
        spine.set(color="0.6", linewidth=0.6)


def show_kernel(ax: Axes, title: str, kernel: Array) -> None:
    """Draw taps: zero is black, or the middle gray if taps are negative."""
    peak = abs(kernel).max()
    low = -peak if kernel.min() < 0 else 0
    ax.imshow(kernel, cmap="gray", vmin=low, vmax=peak, interpolation="nearest")
    frame(ax, title)


def show_integers(ax: Axes, title: str, kernel: Array, divisor: str) -> None:
    """Draw taps that are integers, their numbers, and their divisor in the title."""
    show_kernel(ax, f"{title}\ntimes {divisor}", kernel)
    for (row, column), tap in np.ndenumerate(kernel):
        shade = "black" if tap > 0 else "white"
        ax.text(
            column, row, f"{tap:.0f}", ha="center", va="center", fontsize=7, color=shade
        )


def show_image(ax: Axes, title: str, image: Array) -> None:
    """Draw an image of numbers from 0 to 1."""
    ax.imshow(np.clip(image, 0, 1), cmap="gray", vmin=0, vmax=1)
    frame(ax, title)


def show_response(ax: Axes, title: str, response: Array) -> None:
    """Draw a response: zero is black, or the middle gray if values are negative."""
    peak = np.percentile(abs(response), 100 - CLIPPED)
    low = -peak if response.min() < 0 else 0
    ax.imshow(response, cmap="gray", vmin=low, vmax=peak)
    frame(ax, title)


def grid(rows: int, columns: int, height: float) -> tuple[Figure, Array]:
    """Make a figure, and a two-dimensional array of its axes."""
    figure = Figure((WIDTH, height), layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False)


def draw_blurs() -> Figure:
    """Draw blurs, their gain, and a photograph through each."""
    image = photograph("camera", slice(50, 210), slice(150, 310))
    blurs: Sequence[Panel] = [
        ("one tap", np.ones((1, 1))),
        ("box\n((9, 9))", kernels.box((9, 9))),
        ("triangle\n((13, 13))", kernels.triangle((13, 13))),
        ("disk\n(5)", kernels.disk(5)),
        ("ring\n(4, 6)", kernels.ring(4, 6)),
        ("motion_blur\n(15, π/6)", kernels.motion_blur(15, pi / 6)),
        ("sinc\n(0.1, (15, 15))", kernels.sinc(0.1, (15, 15))),
    ]
    figure, axes = grid(3, len(blurs), 3.7)
    for column, (title, kernel) in zip(axes.T, blurs, strict=True):
        show_kernel(column[0], title, kernels.embed(kernel, 15))
        _, response = kernels.frequency_response(kernel, 101)
        show_image(column[1], "", abs(response))
        show_image(column[2], "", filtered(image, kernel))
    for ax, label in zip(axes[:, 0], ("taps", "gain", "photograph"), strict=True):
        ax.set_ylabel(label, fontsize=FONT_SIZE)
    return figure


def draw_gaussians() -> Figure:
    """Draw Gaussians, their derivatives, wavelets, and responses of photographs."""
    coins = photograph("coins", slice(0, 150), slice(20, 170))
    cat = gray(photograph("chelsea", slice(60, 200), slice(120, 260)))
    derivatives: Sequence[Panel] = [
        ("gaussian\n((3, 3))", kernels.gaussian((3, 3))),
        ("gaussian\n((3, 3), order=(0, 1))", kernels.gaussian((3, 3), order=(0, 1))),
        ("gaussian\n((3, 3), order=(0, 2))", kernels.gaussian((3, 3), order=(0, 2))),
        ("laplacian_of_gaussian\n(3)", kernels.laplacian_of_gaussian(3)),
        ("difference_of_gaussians\n(3)", kernels.difference_of_gaussians(3)),
    ]
    upright = kernels.gabor(0.1)
    wavelets: Sequence[Panel] = [
        ("ricker\n(3, ndim=2)", kernels.ricker(3, ndim=2)),
        ("gabor\n(0.1).real", upright.real),
        ("gabor\n(0.1).imag", upright.imag),
        ("gabor\n(0.1, theta=π/4).real", kernels.gabor(0.1, theta=pi / 4).real),
    ]
    figure, axes = grid(4, 5, 7.0)
    for column, (title, kernel) in zip(axes[:2].T, derivatives, strict=True):
        show_kernel(column[0], title, kernels.embed(kernel, 39))
        show_response(column[1], "", filtered(coins, kernel))
    for column, (title, kernel) in zip(axes[2:, :4].T, wavelets, strict=True):
        show_kernel(column[0], title, kernels.embed(kernel, 45))
        show_response(column[1], "", filtered(cat, kernel))
    show_image(axes[2, 4], "photograph of\nthe row below", cat)
    show_response(axes[3, 4], "abs of gabor(0.1)", abs(filtered(cat, upright)))
    for ax, label in zip(axes[:, 0], 2 * ("taps", "photograph"), strict=True):
        ax.set_ylabel(label, fontsize=FONT_SIZE)
    return figure


def draw_edges() -> Figure:
    """Draw kernels of small integers, and responses of a photograph."""
    image = photograph("camera", slice(40, 290), slice(120, 370))
    figure, axes = grid(3, 5, 5.75)
    root = 2**0.5
    shown: Sequence[tuple[str, Array, str]] = [
        ("sobel(1)", 8 * kernels.sobel(1), "1/8"),
        ("prewitt(1)", 6 * kernels.prewitt(1), "1/6"),
        ("scharr(1)", 32 * kernels.scharr(1), "1/32"),
        ("farid(1)", 1000 * kernels.farid(1), "1/1000, rounded"),
        ("roberts(0)", root * kernels.roberts(0), "1/√2"),
        ("kirsch()[0]", 24 * kernels.kirsch()[0], "1/24"),
        ("robinson()[1]", 6 * root * kernels.robinson()[1], "1/(6√2)"),
        ("laplacian()", kernels.laplacian(), "1"),
        ("laplacian(diagonals=True)", 3 * kernels.laplacian(diagonals=True), "1/3"),
        ("corner(3)[3]", 20 * kernels.corner(3)[3], "1/20"),
    ]
    for ax, (title, kernel, divisor) in zip(axes[:2].flat, shown, strict=True):
        show_integers(ax, title, kernel, divisor)
    down, right = (filtered(image, kernels.sobel(axis)) for axis in (0, 1))
    compass, corners = (
        np.max([filtered(image, kernel) for kernel in bank], axis=0)
        for bank in (kernels.kirsch(), kernels.corner(5))
    )
    found: Sequence[Panel] = [
        ("sobel(1)", right),
        ("sobel: magnitude", np.hypot(down, right)),
        ("kirsch: largest of 8", np.maximum(compass, 0)),
        ("laplacian()", filtered(image, kernels.laplacian())),
        ("corner(5): largest of 4", np.maximum(corners, 0)),
    ]
    for ax, (title, response) in zip(axes[2], found, strict=True):
        show_response(ax, title, response)
    return figure


def draw_sharpening() -> Figure:
    """Draw a photograph sharpened and embossed."""
    image = photograph("chelsea", slice(20, 220), slice(110, 310))
    panels: Sequence[Panel] = [
        ("photograph", image),
        ("unsharp(1.5, 1)", filtered(image, kernels.unsharp(1.5, 1))),
        ("unsharp(1.5, 3)", filtered(image, kernels.unsharp(1.5, 3))),
        ("emboss(1)", filtered(gray(image), kernels.emboss(1))),
    ]
    figure, axes = grid(1, 4, 2.2)
    for ax, (title, shown) in zip(axes.flat, panels, strict=True):
        show_image(ax, title, shown)
    return figure


def draw_causal() -> Figure:
    """Draw noisy positions smoothed by earlier ones, noisy peaks smoothed by a fit."""
    rng = np.random.default_rng(3)
    time = np.arange(80)
    figure, axes = grid(1, 2, 3.1)
    left, right = axes.flat
    noisy = 20 + 3 * np.sin(time / 15) + rng.normal(0, 0.7, time.size)
    recent = kernels.exponential(0.15)
    smooth = pyconvolve.normalized_convolve(noisy, recent, edges="renormalize")
    left.plot(time, noisy, ".", color="0.6", label="positions")
    left.plot(time, pyconvolve.convolve(noisy, recent, "same"), label="zeros before")
    left.plot(time, smooth, label='edges="renormalize"')
    left.set_title("exponential(0.15)", fontsize=FONT_SIZE)
    peaks = sum(
        np.exp(-(((time - centre) / width) ** 2) / 2)
        for centre, width in ((15, 4), (35, 2.5), (52, 3), (68, 2))
    )
    noisy = peaks + rng.normal(0, 0.07, time.size)
    right.plot(time, noisy, ".", color="0.6", label="samples")
    for name, kernel in (
        ("box(9)", kernels.box(9)),
        ("savitzky_golay(9, 3)", kernels.savitzky_golay(9, 3)),
    ):
        right.plot(time, filtered_line(noisy, kernel), label=name)
    right.set_title("savitzky_golay(9, 3) and box(9)", fontsize=FONT_SIZE)
    right.set_ylim(-0.15, 1.6)
    for ax in (left, right):
        ax.set_xlabel("sample", fontsize=FONT_SIZE)
        ax.tick_params(labelsize=FONT_SIZE)
        ax.legend(fontsize=FONT_SIZE, frameon=False)
    return figure


def filtered_line(samples: Array, kernel: Array) -> Array:
    """Convolve samples that are mirrored at their ends."""
    return pyconvolve.convolve(samples, kernel, "same", boundary="symmetric")


def draw_plot() -> Figure:
    """Draw the figure that kernels.plot makes of a kernel."""
    kernel = kernels.difference_of_gaussians(2.0)
    return kernels.plot(kernel, title="difference_of_gaussians(2.0)")


def draw_banks() -> Figure:
    """Draw 64 random filters, and 64 learned from photographs."""
    images = [
        photograph(name, slice(None), slice(None)) for name in ("camera", "coins")
    ]
    for name in ("astronaut", "chelsea", "coffee"):
        images.append(gray(photograph(name, slice(None), slice(None))))
    drawn = kernels.random((8, 8), 64, rng=0, orthogonal=True)
    learned = kernels.learn(images, 64, (8, 8), rng=0)
    figure, axes = grid(1, 2, 4.2)
    show_bank(axes[0, 0], "random((8, 8), 64, orthogonal=True)", drawn)
    show_bank(axes[0, 1], "learn(photographs, 64, (8, 8))", learned)
    return figure


def show_bank(ax: Axes, title: str, bank: Array) -> None:
    """Draw 64 filters in eight rows, flipped as templates, each with full contrast."""
    found = kernels.flip(bank, (1, 2))
    scaled = kernels.normalize(found, "max", axis=(1, 2))
    framed = np.pad(scaled, ((0, 0), (1, 1), (1, 1)), constant_values=np.nan)
    side = framed.shape[1]
    sheet = framed.reshape(8, 8, side, side).swapaxes(1, 2).reshape(8 * side, 8 * side)
    ax.imshow(sheet, cmap="gray", vmin=-1, vmax=1, interpolation="nearest")
    frame(ax, title)


def draw_lighting() -> Figure:
    """Draw an unevenly lit photograph, evened in two ways, and its whitened patches."""
    image = photograph("coins", slice(0, 240), slice(8, 272))
    image = image * np.geomspace(1, 0.1, image.shape[1])
    even = kernels.homomorphic_filter(image, 0.02, 0.3, 1.2, offset=1 / 255)
    patches = kernels.extract_patches(image, 8, stride=8)
    white, _ = kernels.whiten(patches.reshape(-1, 8, 8), eps=0.01)
    figure, axes = grid(1, 4, 2.1)
    show_image(axes[0, 0], "photograph in uneven light", image)
    show_image(axes[0, 1], "homomorphic_filter", even / np.percentile(even, 98))
    local = kernels.local_contrast_normalize(image, 12)
    show_response(axes[0, 2], "local_contrast_normalize", local)
    sheet = white.reshape(patches.shape).swapaxes(1, 2).reshape(image.shape)
    show_response(axes[0, 3], "whiten, in patches of 8x8", sheet)
    return figure


def draw_gaps() -> Figure:
    """Draw a photograph, 40 % of it missing, and two ways to fill it."""
    image = photograph("astronaut", slice(20, 170), slice(145, 295))
    missing = np.random.default_rng(0).random(image.shape[:2]) < 0.4
    holes = np.where(missing[..., np.newaxis], np.nan, image)
    blur = kernels.gaussian(1.0, ndim=2)
    rules: dict[str, Any] = {"axes": (0, 1), "boundary": "symmetric"}
    zeros = pyconvolve.convolve(np.nan_to_num(holes), blur, "same", **rules)
    filled = pyconvolve.normalized_convolve(holes, blur, **rules)
    panels: Sequence[Panel] = [
        ("photograph", image),
        ("40 % missing", np.nan_to_num(holes, nan=1.0)),
        ("convolve, with zeros there", zeros),
        (
            "gaps filled by\nnormalized_convolve",
            np.where(np.isnan(holes), filled, image),
        ),
    ]
    figure, axes = grid(1, 4, 2.45)
    for ax, (title, shown) in zip(axes.flat, panels, strict=True):
        show_image(ax, title, shown)
    return figure


def draw_templates() -> Figure:
    """Draw where a template of other light and contrast is found in an image."""
    image = photograph("coins", slice(None), slice(None))
    rows, columns = slice(165, 220), slice(186, 241)
    template = 0.5 + 0.5 * image[rows, columns]
    height, width = template.shape
    figure = Figure((WIDTH, 2.1), layout="constrained")
    axes = figure.subplots(1, 4, width_ratios=[1, 2, 2, 2])
    show_image(axes[0], "template", template)
    show_image(axes[1], "photograph", image)
    for ax, correlate, colour in (
        (axes[2], pyconvolve.correlate, "tab:blue"),
        (axes[3], pyconvolve.normalized_correlate, "tab:red"),
    ):
        found = correlate(image, template, "valid")
        show_response(ax, correlate.__name__, found)
        row, column = map(int, np.unravel_index(found.argmax(), found.shape))
        ax.plot(column, row, "o", color=colour, fillstyle="none")
        box = Rectangle((column, row), width, height, fill=False, color=colour)
        axes[1].add_patch(box)
    return figure


if __name__ == "__main__":
    main()
