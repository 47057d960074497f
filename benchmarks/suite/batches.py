"""Many signals or images in one call, by the engine that pyconvolve chooses."""

import pyconvolve

from .problems import arrays

# Axes to convolve along. The other axes are the batch.
BATCHES = {
    "64x16_384 by 255": 1,
    "64x16_384 by 64x255": 1,
    "16_384x64 by 255": 0,
    "512x512x3 by 7x7": (0, 1),
    "32x128x128 by 15x15": (1, 2),
}


class Batches:
    params = ([*BATCHES], ["float32", "float64"], [1, 2])
    param_names = ("batch", "dtype", "workers")

    def setup(self, batch: str, dtype: str, workers: int) -> None:
        self.x, self.h = arrays(batch, dtype)
        self.time_convolve(batch, dtype, workers)

    def time_convolve(self, batch: str, dtype: str, workers: int) -> None:
        axes = BATCHES[batch]
        pyconvolve.convolve(self.x, self.h, "same", axes=axes, workers=workers)
