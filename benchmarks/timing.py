"""How all benchmarks take times, and the peak that they are compared with."""

from pyconvolve.comparison.timing import fastest, peak

__all__ = ["fastest", "peak"]
