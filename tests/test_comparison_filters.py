"""The image filters of the comparison: references, methods, and faults."""

# ruff: noqa: E402

from typing import Any

import numpy as np
import pytest
from comparing import contender, make
from numpy.lib.stride_tricks import sliding_window_view

for name in ("matplotlib", "rich"):
    pytest.importorskip(name)

from pyconvolve.comparison import libraries, race
from pyconvolve.comparison.filter_methods import FILTER_METHODS
from pyconvolve.comparison.filters import FILTERS, SATURATED, Filter
from pyconvolve.comparison.interface import Method
from pyconvolve.comparison.libraries import OURS
from pyconvolve.comparison.problems import methods

# Functions, numbers, and types.
SORTS = [
    ("gaussian_filter", (1, 3), ("float32", "float64")),
    ("gaussian_laplace", (1, 2), ("float32", "float64")),
    ("sobel", (0, 1), ("float32", "float64")),
    ("uniform_filter", (3, 9), ("float32", "float64")),
    ("maximum_filter", (5, 31), ("float32", "float64", "uint8")),
    ("minimum_filter", (5, 31), ("float32", "float64", "uint8")),
    ("convolve", (3,), ("float32", "float64")),
    (SATURATED, (3, 5), ("uint8",)),
]
TINY = [
    Filter("tiny", (40, 37), dtype, function, number)
    for function, numbers, dtypes in SORTS
    for number in numbers
    for dtype in dtypes
]


def windows(x: np.ndarray, *sides: int) -> np.ndarray:
    """Return the samples around each sample of the image and its mirror images."""
    padded = np.pad(x, [(side // 2, side // 2) for side in sides], "symmetric")
    return sliding_window_view(padded, sides)


def gaussian(sigma: int) -> np.ndarray:
    radius = int(4 * sigma + 0.5)
    t, u = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    g = np.exp(-(t**2 + u**2) / (2 * sigma**2))
    return g / g.sum()


def laplacian(sigma: int) -> np.ndarray:
    g = gaussian(sigma)
    t, u = np.indices(g.shape) - len(g) // 2
    return g * (t**2 + u**2 - 2 * sigma**2) / sigma**4


def defined(problem: Filter, x: np.ndarray) -> np.ndarray:
    """Return the result by the definition of a filter, in double precision."""
    n = problem.number
    x = x.astype(np.float64) if x.dtype.kind == "f" else x
    sobel = np.outer([-1, 0, 1], [1, 2, 1])
    if problem.function in ("maximum_filter", "minimum_filter"):
        reduce = np.max if problem.function == "maximum_filter" else np.min
        return reduce(windows(x, n, n), axis=(-2, -1))
    taps: np.ndarray = {
        "gaussian_filter": lambda: gaussian(n),
        "gaussian_laplace": lambda: laplacian(n),
        "sobel": lambda: sobel if n == 0 else sobel.T,
        "uniform_filter": lambda: np.full((n, n), 1 / n**2),
        "convolve": lambda: np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]]),
        SATURATED: lambda: np.flip(problem.argument),
    }[problem.function]()
    y = np.einsum("ijkl,kl->ij", windows(x, *taps.shape), taps.astype(np.float64))
    return y if x.dtype.kind == "f" else y.round().clip(0, 255).astype(x.dtype)


@pytest.mark.parametrize("problem", TINY, ids=lambda it: f"{it.name} {it.dtype}")
def test_references_are_right(problem: Filter) -> None:
    (x,) = problem.arrays()
    assert x.dtype == problem.dtype
    assert x.shape == problem.data
    got, want = problem.reference(x), defined(problem, x)
    assert got.dtype == want.dtype
    assert not race.fault(problem, got.astype(problem.dtype), want)
    if problem.dtype == "uint8":
        # sums in double precision are rounded to the same integers
        assert (got == want).all()


def test_sharpened_bytes_leave_their_range() -> None:
    for problem in TINY:
        if problem.function == SATURATED:
            y = problem.reference(*problem.arrays())
            assert 0.05 < (y == 0).mean() < 0.5
            assert 0.05 < (y == 255).mean() < 0.5


@pytest.mark.parametrize("method", FILTER_METHODS, ids=lambda method: method.name)
def test_methods_are_right(method: Method[Filter]) -> None:
    found = libraries.load()[0]
    if method.library not in found:
        pytest.skip(f"{method.library} is not installed")
    problems = [it for it in TINY if method in methods(it, found)]
    assert problems
    for problem in problems:
        (x,) = problem.arrays()
        before = x.copy()
        with libraries.threads(1):
            got = method.prepare(problem, x)()
        assert not race.fault(problem, got, problem.reference(x)), problem
        assert (x == before).all()


def test_three_axes() -> None:
    problem = Filter("tiny", (9, 8, 7), "float32", "gaussian_filter", 1)
    found = dict.fromkeys(libraries.LIBRARIES, "")
    contenders = methods(problem, found)
    assert [it.library for it in contenders] == [OURS, "scipy.ndimage"]
    item = race.race(problem, contenders, 0)
    assert item.faults == {}
    assert len(item.seconds) == 2


def test_every_problem_has_ours_and_a_peer() -> None:
    found = dict.fromkeys(libraries.LIBRARIES, "")
    for problem in FILTERS:
        names = [method.name for method in methods(problem, found)]
        assert names[0] == OURS
        assert len({*names}) == len(names) > 1
        assert problem.engine == ""
        assert problem.operations is None


def shifted(by: float) -> Any:
    """Return a function that changes one element by a number."""

    def run(y: np.ndarray) -> np.ndarray:
        wrong = y.copy()
        number = y.flat[7].item()
        wrong.flat[7] = number + by if number < 128 else number - by
        return wrong

    return run


@pytest.mark.parametrize(
    ("function", "dtype", "by", "fault"),
    [
        (SATURATED, "uint8", 1, ""),
        (SATURATED, "uint8", 2, "1 of 1480 integers are wrong"),
        ("minimum_filter", "uint8", 1, "1 of 1480 integers are wrong"),
        ("maximum_filter", "float32", 0.1, "of the largest result"),
        ("maximum_filter", "float32", 1e-6, "of the largest result"),
        ("gaussian_filter", "float32", 1e-6, ""),
        ("gaussian_filter", "float32", 1e-3, "of the largest result"),
        ("gaussian_filter", "float64", 1e-6, "of the largest result"),
    ],
)
def test_wrong_results_are_found(
    function: str, dtype: str, by: float, fault: str
) -> None:
    problem = Filter("tiny", (40, 37), dtype, function, 3)
    right = contender(np.copy, "right")
    item = race.race(problem, [contender(shifted(by), OURS), right], 0)
    assert [*item.peers] == ["right"]
    report = make([item])
    assert report.share(item) is None
    assert report.notes() == []
    if not fault:
        assert item.faults == {}
        return
    assert item.ours is None
    assert fault in item.faults[OURS]
    assert report.wrong() == [f"{OURS}, {problem.name} {dtype}: {item.faults[OURS]}"]
    assert report.summaries()[0] == ("tiny", 1, None, None, 1)
