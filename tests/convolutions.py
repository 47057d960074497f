"""Hypothesis strategies that draw convolutions of one shape, and their matrices."""

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import reference
import scipy.sparse
from hypothesis import strategies as st
from problems import BOUNDARIES, MODES, per, per_axis, small_integers, with_batch

# Most samples and most taps along an axis, by the number of convolved axes.
LONGEST = {1: (12, 8), 2: (5, 4), 3: (3, 3)}


@dataclass
class Convolution:
    h: np.ndarray
    shape: tuple[int, ...]
    options: dict[str, Any]

    @property
    def samples(self) -> int:
        return prod(self.shape)

    def signal(self, dtype: Any = np.int64, seed: int = 0) -> np.ndarray:
        return small_integers(self.shape, dtype, seed, 9)

    def matrix(self) -> np.ndarray:
        return matrix_by_columns(self.h, self.shape, **self.options)


def matrix_by_columns(
    h: Any, shape: tuple[int, ...], mode: str = "full", *, axes: Any = None, **how: Any
) -> np.ndarray:
    """Return the matrix whose columns are the convolutions of single ones."""
    h, samples, ndim = np.asarray(h), prod(shape), len(shape)
    ones = np.eye(samples, dtype=h.dtype).reshape(samples, *shape)
    chosen = [a % ndim for a in (range(ndim) if axes is None else np.atleast_1d(axes))]
    if h.ndim < ndim:
        h = h.transpose(np.argsort(chosen))
        h = np.expand_dims(h, [a for a in range(ndim) if a not in chosen])
    y = reference.convolve(
        ones, h[np.newaxis], mode, axes=tuple(a + 1 for a in chosen), **how
    )
    return y.reshape(samples, -1).T.astype(h.dtype)


def assert_canonical(matrix: Any) -> None:
    """Check that columns ascend, and that none is repeated, without SciPy's flags."""
    assert isinstance(matrix, scipy.sparse.csr_array)
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    step = np.diff(matrix.indices)[np.diff(rows) == 0]
    assert (step > 0).all()
    assert matrix.has_canonical_format
    assert matrix.has_sorted_indices
    if matrix.nnz:
        assert 0 <= matrix.indices.min() <= matrix.indices.max() < matrix.shape[1]


@st.composite
def convolutions(draw: st.DrawFn, *types: Any, largest: int = 9) -> Convolution:
    """Draw a convolution of one to three dimensions with small integers as taps."""
    rank = draw(st.integers(1, 3))
    batch = draw(st.integers(0, min(2, 3 - rank)))
    mode = draw(st.sampled_from(MODES))
    boundary = st.sampled_from(BOUNDARIES)
    options: dict[str, Any] = {
        "mode": mode,
        "boundary": draw(boundary | st.tuples(*(boundary,) * rank)),
        "stride": draw(per_axis(st.integers(1, 3), rank)),
    }
    longest, most_taps = LONGEST[rank]
    n = draw(st.lists(st.integers(1, longest), min_size=rank, max_size=rank))
    k = draw(st.lists(st.integers(1, most_taps), min_size=rank, max_size=rank))
    dilation = draw(per_axis(st.integers(1, 3), rank))
    if mode == "valid":
        taps = zip(k, per(dilation, rank), n, strict=True)
        n = [max(d * (taps - 1) + 1, length) for taps, d, length in taps]
        if draw(st.booleans()):
            n, k, dilation = k, n, 1
    options["dilation"] = dilation
    if batch or draw(st.booleans()):
        pairs = st.sampled_from([(2, 2), (3, 1), (1, 3), (1, 1)])
        lengths = draw(st.lists(pairs, min_size=batch, max_size=batch))
        order = draw(st.permutations(range(rank + batch)))[:rank]
        whole = with_batch(k, [length for _, length in lengths], order)
        n = with_batch(n, [length for length, _ in lengths], order)
        k = whole if not batch or draw(st.booleans()) else k
        from_the_end = draw(st.sampled_from([0, rank + batch]))
        axes = tuple(axis - from_the_end for axis in order)
        options["axes"] = axes[0] if rank == 1 and draw(st.booleans()) else axes
    dtype = draw(st.sampled_from(types or [np.dtype(np.int64)]))
    h = small_integers(tuple(k), dtype, draw(st.integers(0, 999)), largest)
    return Convolution(h, tuple(n), options)
