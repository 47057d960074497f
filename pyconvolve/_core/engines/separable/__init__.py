"""The separable engine: one pass for each axis, through regions that stay in a cache.

A kernel that is the outer product of one factor for each axis is summed axis by axis:
see src/separable/separable.pyx.
"""

from .engine import SeparablePlan, name, plan

__all__ = ["SeparablePlan", "name", "plan"]
