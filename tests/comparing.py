"""Problems, methods and reports for tests of the comparison with other libraries."""

# ruff: noqa: E402

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

for name in ("matplotlib", "rich"):
    pytest.importorskip(name)

from pyconvolve.comparison import libraries, problems, report
from pyconvolve.comparison.convolutions import Convolution
from pyconvolve.comparison.interface import NEW_KERNEL, Method, Problem
from pyconvolve.comparison.libraries import OURS
from pyconvolve.comparison.problems import PROBLEMS
from pyconvolve.comparison.race import Timed

TYPES = ("float32", "float64", "complex64", "complex128", "uint8", "int16", "int64")
# Shapes of data and kernels, of odd and even lengths, with one convolved axis or more.
SHAPES: list[tuple[tuple[int, ...], tuple[int, ...]]] = [
    ((40,), (5,)),
    ((41,), (6,)),
    ((12, 13), (3, 5)),
    ((13, 12), (4, 2)),
    ((3, 21), (1, 7)),
    ((22, 3), (6, 1)),
    ((2, 9, 4), (1, 3, 1)),
    ((6, 7, 8), (3, 3, 5)),
    ((6, 7, 8), (2, 3, 4)),
    # computed by transforms with every instruction set
    ((3000,), (999,)),
]
TINY = [
    Convolution("tiny", data, kernel, dtype)
    for data, kernel in SHAPES
    for dtype in TYPES
    # sums of 999 bytes exceed a byte
    if dtype != "uint8" or kernel != (999,)
]


def contender(run: Callable[[np.ndarray], Any], name: str = "broken") -> Method[Any]:
    """Return a method whose result is a function of the right one."""

    def prepare(problem: Problem, *arrays: np.ndarray) -> Any:
        y = problem.reference(*arrays).astype(problem.dtype)
        return lambda: run(y)

    return Method(name, "", prepare, lambda problem: True)


def fail(y: np.ndarray) -> None:
    raise RuntimeError("can't do it\nbecause")


def make(timed: list[Timed], **given: Any) -> report.Report:
    made: dict[str, Any] = {
        "command": "pyconvolve bench",
        "machine": {"CPU": "abacus"},
        "workers": 1,
        "versions": {OURS: "1.2", "NumPy": "3.4"},
        "missing": [],
        "peaks": {"float32": 1e11, "float64": 5e10},
        "timed": timed,
    }
    return report.Report(**made | given)


def timed(group: str = "1-D", dtype: str = "float32", **seconds: float) -> Timed:
    problem = Convolution(group, (1000,), (5,), dtype)
    names = {
        "ours": OURS,
        "new": NEW_KERNEL,
        "numpy": "numpy.convolve",
        "cv2": "cv2.filter2D",
    }
    return Timed(problem, "direct", 1e8, {names[k]: v for k, v in seconds.items()}, {})


def some() -> report.Report:
    """Return made-up times of all problems and all methods."""
    everything = dict.fromkeys(libraries.LIBRARIES, "1.0")
    items = []
    for i, problem in enumerate(PROBLEMS):
        names = [method.name for method in problems.methods(problem, everything)]
        seconds = {n: (1 + k + i) * 1e-3 for k, n in enumerate(names)}
        items.append(Timed(problem, problem.engine, None, seconds, {}))
    return make(items, versions=everything)
