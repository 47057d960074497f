"""The FFT engine: tiles of the output, computed by transforms of our own."""

from .engine import FFTPlan, automatic, counts, least_seconds, name, plan

__all__ = ["FFTPlan", "automatic", "counts", "least_seconds", "name", "plan"]
