"""Data for the tests, and hypothesis strategies that draw problems."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import reference
from hypothesis import strategies as st

from pyconvolve._core.dtypes import ELEMENT_TYPES

REAL = list(ELEMENT_TYPES)
COMPLEX = [np.result_type(d, "c8") for d in REAL if d.kind == "f" and d != np.float16]
DTYPES = REAL + COMPLEX
FLOATS = [dtype for dtype in DTYPES if dtype.kind in "fc"]
INTEGERS = [dtype for dtype in DTYPES if dtype.kind in "iu"]
FUNCTIONS = ["convolve", "correlate"]
MODES = ["full", "same", "valid"]
BOUNDARIES = list(reference.SOURCE)

# Most samples and most taps along an axis, by the number of convolved axes.
LONGEST = {1: (60, 40), 2: (20, 8), 3: (8, 4), 4: (5, 3)}


def small_integers(
    shape: tuple[int, ...], dtype: Any, seed: int = 0, largest: int = 3
) -> np.ndarray:
    """Draw integers of any dtype, so small that even sums in float16 are exact."""
    rng = np.random.default_rng(seed)
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return rng.integers(0, 2, shape).astype(bool)
    smallest = 0 if dtype.kind == "u" else -largest
    values = rng.integers(smallest, largest + 1, shape).astype(dtype)
    if dtype.kind == "c":
        values = values + values.dtype.type(1j) * rng.integers(-largest, largest, shape)
    return values.astype(dtype)


def any_values(shape: tuple[int, ...], dtype: Any, seed: int = 0) -> np.ndarray:
    """Draw integers from their whole range, others from a normal distribution."""
    rng = np.random.default_rng(seed)
    dtype = np.dtype(dtype)
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        return rng.integers(info.min, info.max, shape, dtype, endpoint=True)
    if dtype.kind == "f":
        return rng.standard_normal(shape).astype(dtype)
    if dtype.kind == "c":
        return (rng.standard_normal(shape) + 1j * rng.standard_normal(shape)).astype(
            dtype
        )
    return small_integers(shape, dtype, seed)


def holed(x: np.ndarray, share: float, seed: int = 0) -> np.ndarray:
    """Return a copy with NaN at random positions."""
    result = x.copy()
    result[np.random.default_rng(seed).random(x.shape) < share] = np.nan
    return result


def textured(shape: Sequence[int], seed: int = 0) -> np.ndarray:
    """Sum random numbers up along two axes, so that neighbours are alike."""
    return np.random.default_rng(seed).random(shape).cumsum(0).cumsum(1)


@dataclass
class Problem:
    in1: np.ndarray = field(repr=False)
    in2: np.ndarray = field(repr=False)
    mode: str
    options: dict[str, Any]
    arrays: str = ""
    """Their types and shapes, which hypothesis prints."""

    def __post_init__(self) -> None:
        self.arrays = " * ".join(f"{a.dtype}{a.shape}" for a in (self.in1, self.in2))


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Draw a problem of one to four dimensions that pyconvolve should accept."""
    rank = draw(st.integers(1, 4))
    batch = draw(st.integers(0, min(2, 4 - rank)))
    mode = draw(st.sampled_from(MODES))
    boundary = st.sampled_from(BOUNDARIES)
    options: dict[str, Any] = {
        "boundary": draw(boundary | st.tuples(*(boundary,) * rank))
    }

    longest, longest_kernel = LONGEST[rank]
    n = draw(st.lists(st.integers(1, longest), min_size=rank, max_size=rank))
    k = draw(st.lists(st.integers(1, longest_kernel), min_size=rank, max_size=rank))
    dilation = draw(per_axis(st.integers(1, 3), rank))
    upsample = draw(st.just(1) | per_axis(st.integers(1, 4), rank))
    taps_and_dilation = zip(k, per(dilation, rank), strict=True)
    reach = [d * (taps - 1) + 1 for taps, d in taps_and_dilation]
    if mode == "valid":
        n = [max(length, r) for length, r in zip(n, reach, strict=True)]
        if draw(st.booleans()):
            n, k, dilation, upsample = k, n, 1, 1
    elif mode == "same":
        low, high = max(-(r // 2) for r in reach), min((r - 1) // 2 for r in reach)
        origins = st.tuples(*(st.integers(-(r // 2), (r - 1) // 2) for r in reach))
        if low <= high:
            origins = origins | st.integers(low, high)
        options["origin"] = draw(st.just(0) | origins)
    options["dilation"], options["upsample"] = dilation, upsample
    options["stride"] = draw(per_axis(st.integers(1, 4), rank))

    if batch or draw(st.booleans()):
        pairs = st.sampled_from([(2, 2), (3, 1), (1, 3), (1, 1)])
        lengths = draw(st.lists(pairs, min_size=batch, max_size=batch))
        order = draw(st.permutations(range(rank + batch)))[:rank]
        n = with_batch(n, [length for length, _ in lengths], order)
        if not batch or draw(st.booleans()):
            k = with_batch(k, [length for _, length in lengths], order)
        from_the_end = draw(st.sampled_from([0, rank + batch]))
        axes = tuple(axis - from_the_end for axis in order)
        options["axes"] = axes[0] if rank == 1 and draw(st.booleans()) else axes

    types = draw(st.tuples(st.sampled_from(DTYPES), st.sampled_from(DTYPES)))
    dtype = np.result_type(*types)
    if "constant" in options["boundary"]:
        cvals = {"b": [True], "i": [-3, 2], "u": [2], "f": [-1.5], "c": [1.5 - 2j]}
        cval = st.sampled_from([0, *cvals[dtype.kind]])
        options["cval"] = draw(cval | st.tuples(*(cval,) * rank))
    seed = draw(st.integers(0, 999))
    whole_range = draw(st.booleans())
    arrays = [
        any_values(tuple(shape), element, seed + i)
        if whole_range and element.kind in (dtype.kind, "c", "f")
        else small_integers(tuple(shape), element, seed + i)
        for i, (shape, element) in enumerate(zip((n, k), types, strict=True))
    ]
    return Problem(*arrays, mode, options)


def per_axis(values: st.SearchStrategy[int], rank: int) -> st.SearchStrategy[Any]:
    """Draw 1, one value for all axes, or one for each."""
    return st.just(1) | values | st.tuples(*(values,) * rank)


def per(value: Any, rank: int) -> list[int]:
    """Return one value for each axis."""
    return list(value) if np.ndim(value) else [value] * rank


def with_batch(convolved: list[int], batch: list[int], axes: list[int]) -> list[int]:
    """Return the shape with lengths `convolved` along `axes`, and `batch` elsewhere."""
    shape = dict(zip(axes, convolved, strict=True))
    rest = iter(batch)
    return [shape.get(a) or next(rest) for a in range(len(convolved) + len(batch))]
