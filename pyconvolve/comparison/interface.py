"""The interface of all sorts of problems, and of the methods that solve them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Concatenate, Generic, NamedTuple, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from .libraries import OURS

# Our method with a new kernel at each call, whose spectrum has to be computed.
NEW_KERNEL = f"{OURS}, new kernel"
OUR_METHODS = (OURS, NEW_KERNEL)
# Largest error that rounding explains, in units of eps times the largest result.
_ROUNDING = 256

Array = NDArray[Any]
Run = Callable[[], Any]


class Problem(ABC):
    """Arrays, and a result that the methods of several libraries compute.

    A sort of problem is a frozen dataclass. Its fields are numbers, texts and tuples.
    """

    group: str
    data: tuple[int, ...]
    """Shape of the signal or image."""
    dtype: str
    """Type of its elements, and of the result."""
    shapes: int = 1
    """Number of shapes of the data that are computed in turn."""

    @property
    @abstractmethod
    def name(self) -> str:
        """The computation and the shapes of its arrays, as text."""

    @property
    def variants(self) -> tuple[Self, ...]:
        """A problem for each of the shapes."""
        return (self,)

    @property
    def engine(self) -> str:
        """The engine that pyconvolve chooses; empty if it doesn't tell."""
        return ""

    @property
    def operations(self) -> float | None:
        """Additions and multiplications of pyconvolve's plan; None if not counted."""
        return None

    @property
    def tolerance(self) -> float:
        """The largest error of a result that rounding explains.

        Errors of integers are differences, those of other numbers are relative to the
        largest result.
        """
        dtype = np.dtype(self.dtype)
        return 0 if dtype.kind in "iu" else _ROUNDING * float(np.finfo(dtype).eps)

    @abstractmethod
    def arrays(self) -> tuple[Array, ...]:
        """Return noise, the same in each call: the arrays that methods prepare for."""

    @abstractmethod
    def reference(self, *arrays: Array) -> Array:
        """Compute the results with SciPy, as precisely as it can."""


Sort = TypeVar("Sort", bound=Problem)


class Method(NamedTuple, Generic[Sort]):
    """A function of a library that solves problems of a sort.

    `prepare` takes the problem and its arrays, and the steps that a program would take
    once, such as flipping a kernel or wrapping arrays. It is not timed. It returns a
    function, which is timed.
    """

    name: str
    library: str
    prepare: Callable[Concatenate[Sort, ...], Run]
    supports: Callable[[Sort], bool]
    """Tells whether the function solves a problem, and fast enough."""


def shape_text(shape: tuple[int, ...]) -> str:
    """Format a shape: "2048x2048", or "1,000,000"."""
    return "x".join(f"{n:,}" if n >= 10_000 else str(n) for n in shape)
