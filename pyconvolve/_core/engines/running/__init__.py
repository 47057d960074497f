"""The running engine: maxima, minima and sums over boxes, without a kernel.

A box is reduced axis by axis, at a cost that hardly depends on its size: see
src/reduce/boxes.pyx.
"""

from .engine import RunningPlan, automatic, counts, least_seconds, name, plan

__all__ = ["RunningPlan", "automatic", "counts", "least_seconds", "name", "plan"]
