"""Fits the numbers that convolutions are planned by to times measured on this machine.

The cost model predicts the seconds of each engine, and the faster one is chosen. Tables
and thresholds decide how it lays out its work.
"""

from ._file import check_writable, save
from ._fit import fit
from ._samples import Sample, samples

__all__ = ["Sample", "check_writable", "fit", "samples", "save"]
