"""The separable engine: one pass for each axis, through regions that stay in a cache.

A kernel that is the outer product of one factor for each axis is summed axis by axis:
see src/separable/separable.pyx.
"""

from .engine import automatic, counts, least_seconds, name, plan

__all__ = ["automatic", "counts", "least_seconds", "name", "plan"]
