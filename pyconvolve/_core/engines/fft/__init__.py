"""The FFT engine: tiles of the output, by transforms of our own."""

from .engine import FFTPlan, counts, least_seconds, name, plan

__all__ = ["FFTPlan", "counts", "least_seconds", "name", "plan"]
