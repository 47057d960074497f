"""Trains a network on handwritten digits, three times.

All weights are trained; or all, with filters that have unit energy after each step; or
all but the filters of the first layer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray
from rich.progress import Progress

from .. import kernels
from . import network
from .network import Array

# Kinds of a first layer that is not trained.
FIRST = ("learned", "random", "hand-made")
EPOCHS = 12
_BATCH = 16
_RATE = 0.1
# One of so many images is held out.
_HELD_OUT = 4
_CLASSES = 10


class Digits(NamedTuple):
    """Images of shape (images, 1, 8, 8), and their digits."""

    images: Array
    labels: NDArray[np.intp]

    def part(self, chosen: NDArray[np.intp] | slice) -> Digits:
        """Return some of the images."""
        return Digits(self.images[chosen], self.labels[chosen])


@dataclass(frozen=True)
class Training:
    """A trained network: filters of its first layer, accuracy and seconds."""

    name: str
    filters: Array
    accuracy: float
    """Share of the images held out that are classified right."""
    seconds: float
    losses: list[float]
    """Mean of each epoch."""


def load(count: int | None = None) -> tuple[Digits, Digits]:
    """Return scikit-learn's digits in random order, for training and held out.

    Pixels of the images for training have the mean 0 and the variance 1.

    Parameters
    ----------
    count : int, optional
        Number of images, all by default.

    Raises
    ------
    ImportError
        If scikit-learn is not installed.
    """
    from sklearn.datasets import load_digits

    bundled = load_digits()
    order = np.random.default_rng(0).permutation(len(bundled.images))[:count]
    images = bundled.images[order, np.newaxis]
    held_out = len(order) // _HELD_OUT
    seen = images[held_out:]
    images = ((images - seen.mean()) / seen.std()).astype(np.float32)
    digits = Digits(images, bundled.target[order].astype(np.intp))
    return digits.part(slice(held_out, None)), digits.part(slice(held_out))


def train(
    count: int | None = None, epochs: int | None = None, first: str = FIRST[0]
) -> list[Training]:
    """Train three times from the same weights, and show the progress.

    Parameters
    ----------
    count : int, optional
        Number of images, all by default.
    epochs : int, optional
        How often each image is seen, `EPOCHS` by default.
    first : {'learned', 'random', 'hand-made'}, optional
        The first layer of the third training.
    """
    seen, held_out = load(count)
    epochs = EPOCHS if epochs is None else epochs
    plans: dict[str, dict[str, Any]] = {
        "all trained": {},
        "filters of unit energy": {"unit": True},
        f"first layer {first}": {"fixed": first_layer(first, seen.images)},
    }
    results = []
    with Progress(auto_refresh=False, transient=True) as progress:
        task = progress.add_task("", total=len(plans) * epochs)
        for name, how in plans.items():
            progress.update(task, description=name, refresh=True)
            results.append(
                _train(
                    name, seen, held_out, epochs,
                    lambda: progress.update(task, advance=1, refresh=True), **how,
                )
            )  # fmt: skip
    return results


def _train(
    name: str,
    seen: Digits,
    held_out: Digits,
    epochs: int,
    tick: Callable[[], None],
    unit: bool = False,
    fixed: Array | None = None,
) -> Training:
    rng = np.random.default_rng(1)
    trained = network.draw(seen.images.shape[-1], _CLASSES, rng)
    if fixed is not None:
        trained = trained._replace(first=fixed)
    losses = []
    start = perf_counter()
    for _ in range(epochs):
        order = rng.permutation(len(seen.labels))
        loss = 0.0
        for chosen in np.array_split(order, ceil(len(order) / _BATCH)):
            batch = seen.part(chosen)
            value, gradients = network.loss_and_gradients(trained, *batch)
            network.descend(trained, gradients, _RATE, unit, fixed is not None)
            loss += value * len(batch.labels) / len(order)
        losses.append(loss)
        tick()
    seconds = perf_counter() - start
    right = network.classify(trained, held_out.images) == held_out.labels
    return Training(name, trained.first[:, 0], float(right.mean()), seconds, losses)


def first_layer(kind: str, images: Array) -> Array:
    """Return filters of unit energy, of shape (16, 1, 3, 3)."""
    count, shape = network.FILTERS[0], (network.SIDE, network.SIDE)
    if kind == "learned":
        bank = kernels.learn(images[:, 0], count, shape, rng=0)
    elif kind == "random":
        bank = kernels.random(shape, count, rng=0)
    else:
        spots = kernels.laplacian(), -kernels.laplacian()
        means = kernels.gaussian(1.0, ndim=2, size=network.SIDE), kernels.box(shape)
        bank = np.stack([*kernels.robinson(), *kernels.corner(), *spots, *means])
    # kernels are made for convolution, and layers correlate
    bank = kernels.normalize(kernels.flip(bank, (1, 2)), "l2", axis=(1, 2))
    return bank[:, np.newaxis].astype(np.float32)


def save_picture(results: list[Training], output: Path) -> None:
    """Save a picture of the filters of each first layer.

    Raises
    ------
    OSError
        If the file can't be written.
    """
    count = len(results[0].filters)
    figure = Figure((count * 0.5, len(results) * 0.8), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    rows = figure.subfigures(len(results), 1, squeeze=False)[:, 0]
    for row, training in zip(rows, results, strict=True):
        row.suptitle(f"{training.name}: {training.accuracy:.1%}", fontsize=8)
        largest = abs(training.filters).max()
        for axes, taps in zip(row.subplots(1, count), training.filters, strict=True):
            axes.imshow(taps, cmap="RdBu_r", vmin=-largest, vmax=largest)
            axes.set_axis_off()
    figure.savefig(output)


def show(results: list[Training], output: Path) -> None:
    """Print the accuracy and the seconds of each training, and the picture's name."""
    for training in results:
        print(
            f"{training.name:24}{training.accuracy:6.1%} of the digits held out are "
            f"right, {training.seconds:5.1f} s"
        )
    print(f"Filters of the first layers: {output}")
