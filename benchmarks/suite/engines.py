"""Each engine in one to three dimensions, with an existing array for the result."""

import numpy as np

import pyconvolve

from .problems import arrays


class _Engine:
    method: str
    param_names = ("problem", "dtype", "workers")

    def setup(self, problem: str, dtype: str, workers: int) -> None:
        self.x, self.h = arrays(problem, dtype)
        self.out = np.empty_like(self.x)
        # plans, spectra and modules are there from the first call on
        self.time_convolve(problem, dtype, workers)

    def time_convolve(self, problem: str, dtype: str, workers: int) -> None:
        pyconvolve.convolve(
            self.x, self.h, "same", self.method, out=self.out, workers=workers
        )


class Direct(_Engine):
    method = "direct"
    params = (
        [
            "1_000_000 by 31",
            "1_000_000 by 128",
            "512x512 by 5x5",
            "512x512 by 9x9",
            "512x512 by 15x15",
            "96x96x96 by 5x5x5",
        ],
        ["float32", "float64"],
        [1, 2],
    )


class FFT(_Engine):
    method = "fft"
    params = (
        [
            "1_000_000 by 1_001",
            "1_000_000 by 100_001",
            "2048x2048 by 63x63",
            "2048x2048 by 513x513",
            "128x128x128 by 9x9x9",
        ],
        ["float32", "float64"],
        [1, 2],
    )


class NewKernel(FFT):
    """A kernel that is new in each call, so that each call computes its spectrum."""

    params = (FFT.params[0], ["float32"], [1, 2])

    def time_convolve(self, problem: str, dtype: str, workers: int) -> None:
        self.h.flat[0] += 1
        super().time_convolve(problem, dtype, workers)
