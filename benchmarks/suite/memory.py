"""Peak memory of a process that convolves, and of one that only holds the arrays.

The difference is the memory that an engine takes for itself, its code included.
"""

import numpy as np

import pyconvolve

from .problems import arrays


class Arrays:
    params = (
        [
            "4_000_000 by 1_001",
            "2048x2048 by 31x31",
            "160x160x160 by 9x9x9",
            "64x65_536 by 1x255",
        ],
        ["float32", "int64"],
    )
    param_names = ("problem", "dtype")

    def setup(self, problem: str, dtype: str) -> None:
        self.x, self.h = arrays(problem, dtype)

    def peakmem_arrays(self, problem: str, dtype: str) -> None:
        np.full_like(self.x, 1)


class Convolve:
    params = (*Arrays.params, ["direct", "fft"], [1, 2])
    param_names = (*Arrays.param_names, "method", "workers")

    def setup(self, problem: str, dtype: str, method: str, workers: int) -> None:
        self.x, self.h = arrays(problem, dtype)

    def peakmem_convolve(
        self, problem: str, dtype: str, method: str, workers: int
    ) -> None:
        pyconvolve.convolve(self.x, self.h, "same", method, workers=workers)
