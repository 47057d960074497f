"""Photographs filtered by pyconvolve and by SciPy: times, agreement, a picture.

Every step convolves a photograph (rows, columns, colours), continued beyond its ends
by reflection, with one or two kernels. scipy.ndimage does the same; scipy.signal
knows zeros only beyond the ends, which is less work, and is checked against
pyconvolve with zeros there. Then pixels are taken out and filled from around them, and
filters are learned from each photograph.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import as_file, files
from math import ceil
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
import scipy.fft
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table
from scipy import ndimage, signal
from skimage.io import imread

from . import convolve, get_workers, kernels, normalized_convolve

Image = NDArray[np.float32]

ROUNDS = 3
# Larger photographs are reduced, for scipy.ndimage would need minutes.
LONGEST_SIDE = 1500
CROP = 220
COLUMNS = 4
# scipy.signal.convolve2d sums tap by tap: with 15x15 it took 7 times an FFT's time.
CONVOLVE2D_TAPS = 50
# Share of pixels taken out, and the Gaussian that fills the gaps.
MISSING = 0.4
FILLER: Image = kernels.gaussian(1.0, ndim=2, dtype=np.float32)
# Filters learned from a photograph, a square number, and their side.
FILTERS = 64
SIDE = 8
# Rounding in float32, in units of its eps times the kernel's l1 norm: an FFT of a
# million samples has 20 stages.
ROUNDING = 32


class Photograph(NamedTuple):
    """An image (rows, columns, colours) from 0 to 1 and the centre of its crop."""

    name: str
    image: Image
    centre: tuple[int, int]


class Step(NamedTuple):
    """Kernels to convolve with along `axes`, and what the picture makes of it."""

    name: str
    kernel_name: str
    kernels: tuple[Image, ...]
    axes: tuple[int, ...]
    caption: str
    picture: Callable[[list[Image]], Image]


@dataclass(frozen=True)
class Comparison:
    """One step on one photograph: the result, seconds, and differences from SciPy."""

    photograph: Photograph
    step: Step
    result: Image
    seconds: dict[str, float]
    differences: dict[str, float]

    @property
    def tolerance(self) -> float:
        """The largest difference that rounding explains."""
        largest = float(np.abs(self.photograph.image).max())
        norm = max(float(np.abs(kernel).sum()) for kernel in self.step.kernels)
        return ROUNDING * float(np.finfo(np.float32).eps) * norm * largest

    def disagreements(self) -> list[str]:
        """Describe each difference from SciPy that rounding doesn't explain."""
        return [
            f"'{self.step.name}' of {self.photograph.name} differs from {peer} by "
            f"{difference:.1e}, and rounding explains {self.tolerance:.1e} at most"
            for peer, difference in self.differences.items()
            if not difference <= self.tolerance
        ]


@dataclass(frozen=True)
class Filling:
    """A photograph with gaps, filled: seconds, difference from SciPy, and error."""

    photograph: Photograph
    holed: Image
    filled: Image
    seconds: dict[str, float]
    difference: float
    error: float
    """Root of the mean square, of the pixels that were missing."""

    def disagreements(self) -> list[str]:
        """Describe a difference from SciPy that rounding doesn't explain."""
        if self.difference <= ROUNDING * float(np.finfo(np.float32).eps):
            return []
        return [
            f"the gaps of {self.photograph.name} are filled otherwise than by "
            f"scipy.ndimage: by {self.difference:.1e}"
        ]


_BLUR: Image = kernels.gaussian(2.5, ndim=2, size=15, dtype=np.float32)
_SHARPEN: Image = kernels.unsharp(1.2, 2.0, truncate=2.5, dtype=np.float32)
_SLOPES: tuple[Image, Image] = (
    kernels.sobel(1, dtype=np.float32),
    kernels.sobel(0, dtype=np.float32),
)

STEPS = (
    Step("blur", "15x15", (_BLUR,), (0, 1), "blurred", lambda y: y[0]),
    Step("sharpen", "7x7", (_SHARPEN,), (0, 1), "sharpened", lambda y: y[0]),
    Step(
        "find edges",
        "3x3, two",
        _SLOPES,
        (0, 1),
        "edges",
        # the steepest colour; a step from black to white gives 1/2
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

# file in skimage/data -> name and centre of the crop
_BUNDLED = {
    "hubble_deep_field.jpg": ("Hubble", (436, 500)),
    "astronaut.png": ("astronaut", (150, 230)),
}


def load(photo: Path | None) -> list[Photograph]:
    """Read one photograph, or those that come with scikit-image."""
    if photo is not None:
        image = _read(photo)
        rows, columns, _ = image.shape
        return [Photograph(photo.stem, image, (rows // 2, columns // 2))]
    photographs = []
    for file, (name, centre) in _BUNDLED.items():
        with as_file(files("skimage") / "data" / file) as path:
            photographs.append(Photograph(name, _read(path), centre))
    return photographs


def _read(path: Path) -> Image:
    try:
        with path.open("rb") as file:
            stored = np.asarray(imread(file))
    except Exception as error:
        # each image format has exceptions of its own
        reason = getattr(error, "strerror", None) or "it holds no image that is known"
        raise ValueError(f"can't open the photograph {path}: {reason}") from None
    while stored.ndim > 3:
        stored = stored[0]
    if stored.ndim == 2:
        stored = stored[..., np.newaxis]
    if stored.ndim != 3 or stored.shape[2] > 4 or stored.size == 0:
        raise ValueError(
            f"can't use the photograph {path}: its shape is {stored.shape}; it may be "
            "(rows, columns), or that with 1 to 4 channels"
        )
    # the second or fourth channel is transparency
    channels = 1 if stored.shape[2] < 3 else 3
    if stored.shape[2] > channels:
        print(f"Channel {channels + 1} of {path} is left out as transparency.")
    stored = stored[..., :channels]
    image = _unit_range(stored)
    reduction = ceil(max(image.shape[:2]) / LONGEST_SIDE)
    if reduction > 1:
        box = np.full((reduction, reduction), reduction**-2, np.float32)
        image = convolve(
            image, box, "same", axes=(0, 1), boundary="edge", stride=reduction
        )
    return np.ascontiguousarray(image, np.float32)


def _unit_range(stored: NDArray[Any]) -> Image:
    if stored.dtype.kind in "iu":
        return (stored / np.iinfo(stored.dtype).max).astype(np.float32)
    image = np.nan_to_num(stored.astype(np.float32), posinf=1.0, neginf=0.0)
    return image / max(1.0, float(np.abs(image).max()))


def compare(photographs: list[Photograph]) -> list[Comparison]:
    """Take each step on each photograph, with pyconvolve and with SciPy."""
    comparisons = []
    # drawn between the rounds only, so that it takes no time from them
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

    def each(function: Callable[[Image], Image]) -> Callable[[], list[Image]]:
        return lambda: [function(h) for h in step.kernels]

    def nd(h: Image) -> Image:
        return h.reshape(shape)

    def ours(boundary: Any) -> Callable[[], list[Image]]:
        return each(lambda h: convolve(x, h, "same", axes=step.axes, boundary=boundary))

    def colour_by_colour(h: Image) -> Image:
        planes = [
            signal.convolve2d(c, nd(h)[..., 0], "same") for c in x.T.swapaxes(1, 2)
        ]
        return np.stack(planes, axis=2)

    if len(step.axes) == 1:
        axis = step.axes[0]
        reflecting = each(lambda h: ndimage.convolve1d(x, h, axis, mode="reflect"))
    else:
        reflecting = each(lambda h: ndimage.convolve(x, nd(h), mode="reflect"))
    contenders = {
        "pyconvolve": ours("symmetric"),
        "scipy.signal.convolve": each(lambda h: signal.convolve(x, nd(h), "same")),
        "scipy.signal.oaconvolve": each(lambda h: signal.oaconvolve(x, nd(h), "same")),
        "scipy.ndimage": reflecting,
    }
    if step.kernels[0].size <= CONVOLVE2D_TAPS:
        contenders["scipy.signal.convolve2d"] = each(colour_by_colour)
    of_signal = [name for name in contenders if name.startswith("scipy.signal")]
    results, seconds = _run(contenders, tick)
    zeros_outside = ours("constant")()
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


def _run(
    contenders: dict[str, Callable[[], Any]], tick: Callable[[], None]
) -> tuple[dict[str, Any], dict[str, float]]:
    """Results, and the least time of several rounds, of each."""
    seconds = dict.fromkeys(contenders, float("inf"))
    results = {}
    with scipy.fft.set_workers(get_workers()):
        for _ in range(ROUNDS):
            for name, run in contenders.items():
                start = perf_counter()
                results[name] = run()
                seconds[name] = min(seconds[name], perf_counter() - start)
            tick()
    return results, seconds


def fill(photographs: list[Photograph]) -> list[Filling]:
    """Take pixels out of each photograph, and fill the gaps from around them."""
    return [_fill(photograph) for photograph in photographs]


def _fill(photograph: Photograph) -> Filling:
    x = photograph.image
    rng = np.random.default_rng(0)
    gaps = np.broadcast_to(rng.random((*x.shape[:2], 1)) < MISSING, x.shape)
    holed = np.where(gaps, np.float32(np.nan), x)

    def by_ndimage() -> Image:
        here = ~np.isnan(holed)
        weights = FILLER[..., np.newaxis]
        sums, counts = (
            ndimage.convolve(values.astype(np.float32), weights, mode="constant")
            for values in (np.where(here, holed, 0), here)
        )
        # where nothing is near, both say NaN
        with np.errstate(invalid="ignore"):
            mean: Image = sums / counts
        return mean

    results, seconds = _run(
        {
            "pyconvolve": lambda: normalized_convolve(
                holed, FILLER, axes=(0, 1), edges="renormalize"
            ),
            "scipy.ndimage": by_ndimage,
        },
        lambda: None,
    )
    smooth, theirs = results.values()
    filled = np.where(gaps, np.nan_to_num(smooth), x)
    errors = (filled - x)[gaps]
    return Filling(
        photograph,
        np.nan_to_num(holed),
        filled,
        seconds,
        float(np.nan_to_num(abs(smooth - theirs)).max()),
        float(np.sqrt((errors**2).mean())) if errors.size else 0.0,
    )


def learn(photograph: Photograph) -> Image | None:
    """Draw the filters learned from a photograph, unless it is small or flat."""
    grey = photograph.image.mean(axis=2)
    if min(grey.shape) < SIDE:
        return None
    stride = ceil(max(grey.shape) / 250)
    patches = kernels.extract_patches(grey, (SIDE, SIDE), stride)
    rows, columns = patches.shape[:2]
    if rows * columns < FILTERS or not np.ptp(patches, axis=(2, 3)).any():
        return None
    bank = kernels.learn(grey, FILTERS, (SIDE, SIDE), stride=stride, rng=0)
    # from black to white, with a grey seam
    bank /= 2 * abs(bank).max(axis=(1, 2), keepdims=True)
    framed = np.pad(bank, [(0, 0), (0, 1), (0, 1)])
    side = int(FILTERS**0.5)
    sheet: Image = np.block([[*framed[i : i + side]] for i in range(0, FILTERS, side)])
    return 0.5 + sheet[..., np.newaxis]


def _difference(ours: list[Image], theirs: list[Image]) -> float:
    return max(float(np.abs(a - b).max()) for a, b in zip(ours, theirs, strict=True))


def show(comparisons: list[Comparison], fillings: list[Filling], output: Path) -> None:
    """Print the tables of times and agreement."""
    table = Table(
        box=SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True
    )
    for heading in ("photograph", "step", "kernel"):
        table.add_column(heading, overflow="fold")
    for heading in ("pycon-\nvolve", "scipy.\nsignal", "scipy.\nndimage"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("times\nfaster", justify="right")
    table.add_column("agrees\nto", justify="right", no_wrap=True)
    for number, item in enumerate(comparisons):
        within = number % len(STEPS)
        size = "x".join(map(str, item.photograph.image.shape))
        ours, *peers = item.seconds.values()
        difference = max(item.differences.values())
        table.add_row(
            [escape(item.photograph.name), size, "", ""][within],
            item.step.name,
            item.step.kernel_name,
            *(f"{1e3 * seconds:.1f}" for seconds in item.seconds.values()),
            f"{min(peers) / ours:.1f}",
            f"[red]{difference:.0e}" if item.disagreements() else f"{difference:.0e}",
            end_section=within == len(STEPS) - 1,
        )
    console = Console()
    console.print(table)
    console.print(
        f"Milliseconds in float32, the fastest of {ROUNDS} rounds. {get_workers()} "
        "workers, also for\nscipy.signal's FFTs. Times faster than the faster of "
        "SciPy's two.",
        highlight=False,
    )
    for filling in fillings:
        mine, theirs = filling.seconds.values()
        console.print(
            f"{filling.photograph.name}: {MISSING:.0%} of the pixels taken out, and "
            f"filled in {1e3 * mine:.1f} ms;\nscipy.ndimage took "
            f"{theirs / mine:.1f} times as long. They are off by {filling.error:.3f} "
            "of white (rms).",
            highlight=False,
            markup=False,
        )
    console.print(f"Before and after: {output}", highlight=False, markup=False)


def save(comparisons: list[Comparison], fillings: list[Filling], output: Path) -> None:
    """Save a picture of the photographs before and after each step."""
    panels: list[tuple[str, list[tuple[str, Image]]]] = []
    for filling in fillings:
        photograph = filling.photograph
        own = [item for item in comparisons if item.photograph is photograph]
        images = [("original", photograph.image)]
        images += [(item.step.caption, item.result) for item in own]
        images += [
            (f"{MISSING:.0%} of the pixels missing", filling.holed),
            ("gaps filled", filling.filled),
        ]
        row = [(text, _crop(image, photograph.centre)) for text, image in images]
        filters = learn(photograph)
        if filters is not None:
            row.append(("filters learned from it", filters))
        panels.append((photograph.name, row))

    lines = [
        (name, row[start : start + COLUMNS])
        for name, row in panels
        for start in range(0, len(row), COLUMNS)
    ]
    left, top, gap = 24, 22, 6
    width = left + COLUMNS * (CROP + gap)
    height = len(lines) * (top + CROP + gap)
    figure = Figure((width / 100, height / 100), dpi=100, facecolor="white")
    FigureCanvasAgg(figure)
    for i, (name, row) in enumerate(lines):
        y = 1 - ((i + 1) * (top + CROP) + i * gap) / height
        for j, (caption, image) in enumerate(row):
            x = (left + j * (CROP + gap)) / width
            axes = figure.add_axes((x, y, CROP / width, CROP / height))
            axes.imshow(image, cmap="gray", vmin=0, vmax=1)
            axes.set_axis_off()
            axes.set_title(caption, fontsize=10, pad=4)
            if j == 0:
                axes.text(
                    -0.03, 0.5, name, transform=axes.transAxes, rotation=90, ha="right",
                    va="center", fontsize=11, parse_math=False,
                )  # fmt: skip
    figure.savefig(output, dpi=100)


def _crop(image: Image, centre: tuple[int, int]) -> Image:
    window = []
    for samples, middle in zip(image.shape, centre, strict=False):
        side = min(CROP, samples)
        start = min(max(middle - side // 2, 0), samples - side)
        window.append(slice(start, start + side))
    return np.clip(
        image[tuple(window)].squeeze(-1 if image.shape[2] == 1 else ()), 0, 1
    )
