"""Each element type with each engine, on one core."""

import pyconvolve

from .problems import arrays


class ElementTypes:
    params = (
        [
            "bool",
            "uint8",
            "int16",
            "int32",
            "int64",
            "float16",
            "float32",
            "float64",
            "longdouble",
            "complex64",
            "complex128",
        ],
        ["direct", "fft"],
    )
    param_names = ("dtype", "method")

    def setup(self, dtype: str, method: str) -> None:
        self.x, self.h = arrays("256x256 by 9x9", dtype)
        self.time_convolve(dtype, method)

    def time_convolve(self, dtype: str, method: str) -> None:
        pyconvolve.convolve(self.x, self.h, "same", method, workers=1)
