"""Takes pixels out of photographs, and fills the gaps from the pixels around them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .. import kernels, normalized_convolve
from .photographs import Image, Photograph
from .timing import ROUNDING_ERROR, fastest

# Share of the pixels that are taken out.
MISSING = 0.4
_GAUSSIAN: Image = kernels.gaussian(1.0, ndim=2, dtype=np.float32)


@dataclass(frozen=True)
class Filling:
    """A photograph with gaps, filled: seconds, difference from SciPy, and error."""

    photograph: Photograph
    holed: Image
    filled: Image
    seconds: dict[str, float]
    """Per library."""
    difference: float
    """Largest magnitude of a difference from SciPy's result."""
    error: float
    """Root mean square of the error of the pixels that were missing."""

    def disagreements(self) -> list[str]:
        """Describe a difference from SciPy that rounding doesn't explain."""
        if self.difference <= ROUNDING_ERROR:
            return []
        return [
            f"the gaps of {self.photograph.name} are filled otherwise than by "
            f"scipy.ndimage: by {self.difference:.1e}"
        ]


def fill(photographs: list[Photograph]) -> list[Filling]:
    """Take pixels out of each photograph, and fill the gaps."""
    return [_fill(photograph) for photograph in photographs]


def _fill(photograph: Photograph) -> Filling:
    x = photograph.image
    rng = np.random.default_rng(0)
    gaps = np.broadcast_to(rng.random((*x.shape[:2], 1)) < MISSING, x.shape)
    holed = np.where(gaps, np.float32(np.nan), x)

    def by_pyconvolve() -> Image:
        return normalized_convolve(holed, _GAUSSIAN, axes=(0, 1), edges="renormalize")

    def by_ndimage() -> Image:
        present = ~np.isnan(holed)
        taps = _GAUSSIAN[..., np.newaxis]
        sums, weights = (
            ndimage.convolve(values.astype(np.float32), taps, mode="constant")
            for values in (np.where(present, holed, 0), present)
        )
        # without a pixel under the kernel, both libraries give NaN
        with np.errstate(invalid="ignore"):
            mean: Image = sums / weights
        return mean

    results, seconds = fastest(
        {"pyconvolve": by_pyconvolve, "scipy.ndimage": by_ndimage}, lambda: None
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
