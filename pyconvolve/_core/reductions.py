"""Reductions: how the samples under the taps of an output become one number.

NaN is not less than any number, nor greater: maxima and minima of samples with NaN are
NaN, as NumPy has it. All integers and truth values are exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import dtypes
from .dtypes import element_name, real_type
from .problem import Problem


class Reduction(NamedTuple):
    """A way to combine samples."""

    combine: np.ufunc
    """Combines two samples."""
    orders: bool
    """Whether results are samples, so types without an order have none."""
    idempotent: bool
    """Whether a sample may be combined twice."""
    operation: str
    """Its name in compiled code; for signed integers it follows the word 'signed'."""


REDUCTIONS = {
    "sum": Reduction(np.add, orders=False, idempotent=False, operation="sum"),
    "max": Reduction(np.maximum, orders=True, idempotent=True, operation="max"),
    "min": Reduction(np.minimum, orders=True, idempotent=True, operation="min"),
}


# Type that is computed in -> other types whose samples its module of rows converts, as
# src/meson.build lists them.
_CONVERTED = {
    "float32": ("uint8", "int8", "uint16", "int16", "float16", "float64"),
    "float64": (
        *("uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64"),
        "float32",
    ),
}


class Computed(NamedTuple):
    """How a reduction without a kernel is computed."""

    element: str
    """Name of the type that it is computed in."""
    operation: str
    storing: str
    """How computed numbers become samples of the result: see common/elements.h."""

    def element_of(self, signal: np.dtype) -> str:
        """Return the type that samples of a signal are read as."""
        if self.element.startswith("uint"):
            return self.element
        return element_name(real_type(signal))

    def reads(self, signal: np.dtype) -> bool:
        """Whether the module reads samples of a signal."""
        if self.element.startswith("uint"):
            return f"uint{8 * signal.itemsize}" == self.element and signal.kind != "f"
        element = self.element_of(signal)
        return element == self.element or element in _CONVERTED.get(self.element, ())


def computed(problem: Problem) -> Computed | None:
    """Return how a reduction is computed; None: no module computes it.

    Sums are computed in floating point only. float16 is computed in float32. Signed and
    unsigned integers have the same modules.
    """
    how = _computed(problem)
    return how if how is not None and how.reads(problem.signal.dtype) else None


def _computed(problem: Problem) -> Computed | None:
    row, signal = REDUCTIONS[problem.reduction], problem.signal.dtype
    if problem.sums is not None:
        element = dtypes.computed(problem.output, problem.sums, problem.overflow)
        if element is None or problem.overflow == "raise":
            return None
        return Computed(element.compute, row.operation, element.storing)
    output = real_type(problem.output)
    if "c" in (signal.kind, output.kind) or "O" in (signal.kind, output.kind):
        return None
    if output.kind == "f":
        if output == np.float16:
            return Computed("float32", row.operation, "half")
        return Computed(element_name(output), row.operation, "same")
    if not row.orders:
        return None
    operation = f"signed {row.operation}" if output.kind == "i" else row.operation
    return Computed(f"uint{8 * output.itemsize}", operation, "same")


def constant_table(
    problem: Problem, how: Computed, constants: Sequence[Any] | None
) -> NDArray[Any]:
    """Return the constants outside as compiled code takes them.

    Parameters
    ----------
    problem : Problem
    how : Computed
    constants : sequence or None
        The constant along each axis; None: zeros.

    Returns
    -------
    ndarray, of shape (axes, 2)
        The constants, where samples outside take no part the neutral number; behind
        each of them 0. Integers are computed as bits of an unsigned type.
    """
    kind = problem.output if how.storing == "same" else np.dtype(how.element)
    table = np.zeros((len(problem.axes), 2), kind)
    for a, axis in enumerate(problem.axes):
        if axis.boundary == "absent":
            table[a, 0] = neutral(problem.reduction, kind)
        elif constants is not None:
            table[a, 0] = constants[a]
    return table


def neutral(reduction: str, dtype: np.dtype) -> Any:
    """Return the number that changes no other one when it is combined with it."""
    if not REDUCTIONS[reduction].orders:
        return dtype.type(0)
    if dtype.kind == "b":
        return dtype.type(reduction == "min")
    if dtype.kind == "f":
        return dtype.type(np.inf if reduction == "min" else -np.inf)
    limits = np.iinfo(dtype)
    return dtype.type(limits.max if reduction == "min" else limits.min)
