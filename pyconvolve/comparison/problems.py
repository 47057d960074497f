"""All problems to time, and the methods that solve them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .convolution_methods import CONVOLUTION_METHODS
from .convolutions import CONVOLUTIONS, FEW_CONVOLUTIONS, Convolution
from .filter_methods import FILTER_METHODS
from .filters import FEW_FILTERS, FILTERS, Filter
from .interface import Method, Problem

PROBLEMS: tuple[Problem, ...] = (*CONVOLUTIONS, *FILTERS)
# A few problems, which take half a minute.
QUICK: tuple[Problem, ...] = (*FEW_CONVOLUTIONS, *FEW_FILTERS)
# Sort of problems -> the methods for it.
METHODS: dict[type[Problem], tuple[Method[Any], ...]] = {
    Convolution: CONVOLUTION_METHODS,
    Filter: FILTER_METHODS,
}
# Name of a sort in files -> the sort.
SORTS = {sort.__name__.lower(): sort for sort in METHODS}


def methods(problem: Problem, found: Mapping[str, str]) -> list[Method[Any]]:
    """Return the methods of the libraries found that solve a problem fast enough."""
    return [
        method
        for method in METHODS[type(problem)]
        if method.library in found and method.supports(problem)
    ]
