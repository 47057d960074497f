"""The kernel of a stream, and kernels before it that are faded out."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._core.dtypes import real_type
from .filters import Filter


class Fade(NamedTuple):
    """A fade from one kernel to the next."""

    kernel: NDArray[Any]
    """The kernel that is faded out."""
    past: int
    """Samples since the fade has begun."""
    length: int
    """Samples of the whole fade."""


class Crossfade:
    """Kernels, each of which is faded out while the next one is faded in.

    Parameters
    ----------
    filters : list of Filter
        One for each fade, the oldest first, and the one that stays.
    fades : list of Fade
    """

    def __init__(self, filters: list[Filter], fades: list[Fade]) -> None:
        self.filters, self.fades = filters, fades

    def process(self, x: NDArray[Any], y: NDArray[Any], count: int) -> None:
        """Convolve the next samples, as a filter does."""
        first = 0
        while self.fades:
            left = min(fade.length - fade.past for fade in self.fades)
            part = min(left, count - first)
            if not part:
                return
            chosen = slice(first, first + part)
            self._mix(x[..., chosen], y[..., chosen], part)
            first += part
        if first:
            x, y, count = x[..., first:], y[..., first:], count - first
        self.filters[-1].process(x, y, count)

    def _mix(self, x: NDArray[Any], y: NDArray[Any], count: int) -> None:
        """Convolve samples with all kernels, and fade from each to the next."""
        self.filters[0].process(x, y, count)
        other = np.empty(y.shape, y.dtype)
        for number, fade in enumerate(self.fades):
            self.filters[number + 1].process(x, other, count)
            weights = np.arange(fade.past + 1, fade.past + count + 1)
            y += (weights / (fade.length + 1)).astype(real_type(y.dtype)) * (other - y)
        fades = [fade._replace(past=fade.past + count) for fade in self.fades]
        ended = [n + 1 for n, fade in enumerate(fades) if fade.past == fade.length]
        gone = max(ended, default=0)
        self.filters, self.fades = self.filters[gone:], fades[gone:]

    def change(self, old: NDArray[Any], new: Filter, length: int) -> None:
        """Go on with another filter, and fade to it from the old kernel."""
        new.recall(*self.held(new.held))
        if length:
            self.filters.append(new)
            self.fades.append(Fade(old, 0, length))
        else:
            self.filters, self.fades = [new], []

    def held(self, most: int | None = None) -> tuple[int, NDArray[Any]]:
        """Return the position, and the last samples that some filter holds."""
        longest = max(self.filters, key=lambda each: each.held)
        count = min(longest.held, longest.position)
        samples = longest.read(count if most is None else min(count, most))
        return longest.position, samples

    def recall(self, position: int, samples: NDArray[Any]) -> None:
        """Go on as if these had been the last samples up to a position."""
        count = samples.shape[-1]
        for each in self.filters:
            each.recall(position, samples[..., max(count - each.held, 0) :])
