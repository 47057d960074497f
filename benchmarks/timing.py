"""How all benchmarks here take times, and the yardstick that they are held to."""

from pyconvolve.comparison.timing import fastest, peak

__all__ = ["fastest", "peak"]
