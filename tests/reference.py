"""The sum that pyconvolve computes, written out tap by tap.

Along every convolved axis

    y[n] = sum over k of  h[k] x~[s n + o - d k]

x~ is x continued by the boundary rule, s the stride, d the dilation, o the first
output's place in the full convolution. Integers are summed in Python's integers, the
rest in long double. Nothing here is fast; test_reference.py checks it.
"""

import math
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

import numpy as np

OUTSIDE = -1

# Where sample i of an array of length n continued to both sides is taken from.
SOURCE = {
    "constant": lambda i, n: np.where((i >= 0) & (i < n), i, OUTSIDE),
    "edge": lambda i, n: np.clip(i, 0, n - 1),
    "reflect": lambda i, n: n - 1 - abs(n - 1 - i % max(2 * n - 2, 1)),
    "symmetric": lambda i, n: np.minimum(i % (2 * n), 2 * n - 1 - i % (2 * n)),
    "wrap": lambda i, n: i % n,
}


def convolve(in1: Any, in2: Any, mode: str = "full", **options: Any) -> np.ndarray:
    """What pyconvolve.convolve should give; floats still in long double."""
    return _narrow(*_sum(np.asarray(in1), np.asarray(in2), mode, **options))


def correlate(
    in1: Any, in2: Any, mode: str = "full", *, origin: Any = 0, **options: Any
) -> np.ndarray:
    """What pyconvolve.correlate should give; floats still in long double."""
    in1, in2 = np.asarray(in1), np.asarray(in2)
    axes = options.get("axes")
    if in2.dtype.kind in "cO":
        in2 = np.asarray(np.conjugate(in2), in2.dtype)
    flipped = np.flip(in2, axes if in2.ndim == in1.ndim else None)
    flipped = np.asarray(flipped, in2.dtype)
    options["origin"] = tuple(-o for o in origin) if np.ndim(origin) else -origin
    return _narrow(*_sum(in1, flipped, mode, **options))


def error_bound(
    in1: Any, in2: Any, function: Any, mode: str = "full", *, cval: Any = 0, **options
) -> np.ndarray:
    """How far rounding may carry a direct sum from the exact one.

    Each tap may cost a rounding of the sum so far; roundings mostly cancel, so the
    bound grows with the root of the number of taps.
    """
    in1, in2 = np.asarray(in1), np.asarray(in2)
    dtype = np.result_type(in1, in2)
    if dtype.kind not in "fc":
        return np.float64(0)
    scale = function(
        np.abs(in1.astype(np.clongdouble)),
        np.abs(in2.astype(np.clongdouble)),
        mode,
        cval=np.abs(cval),
        **options,
    )
    taps = max(in1.size, in2.size) if mode == "valid" else in2.size
    per_sum = _eps(dtype) * (4 + math.sqrt(taps))
    return scale * (per_sum + np.finfo(dtype).eps / 2 * (dtype == np.float16))


def transform_bound(in1: Any, in2: Any, dtype: Any = None) -> float:
    """How far transforms may carry a sum: eps log n |x| |h|, in the 2-norm."""
    x, h = (np.asarray(a).astype(np.clongdouble) for a in (in1, in2))
    points = max(x.size + h.size, 4)
    norms = np.sqrt((abs(x) ** 2).sum() * (abs(h) ** 2).sum())
    return float(4 * _eps(dtype or np.result_type(in1, in2)) * np.log2(points) * norms)


def continued_bound(in1: Any, in2: Any, dtype: Any, cval: Any = 0) -> float:
    """The same for arrays continued by a boundary rule, as if all were the largest."""
    if dtype.kind not in "fc":
        return 0
    x, h = (np.abs(a.astype(np.clongdouble)) for a in (in1, in2))
    lengths = zip_longest(x.shape[::-1], h.shape[::-1], fillvalue=1)
    points = math.prod(max(n, 1) + 6 * k for n, k in lengths)
    largest = max(x.max(), np.abs(cval).max())
    norms = largest * np.sqrt(points) * np.sqrt((h**2).sum())
    rounding = np.finfo(dtype).eps * largest * h.sum() * (dtype == np.float16)
    return float(_eps(dtype) * (4 + np.log2(points)) * norms + rounding)


def _eps(dtype: Any) -> float:
    """Of the type that results of this one are computed in."""
    return np.finfo(np.float32 if dtype == np.float16 else dtype).eps


def assert_matches(got: Any, want: np.ndarray, dtype: Any, bound: Any = 0) -> None:
    """Same shape and dtype, NaN and inf in the same places, the rest within bound."""
    # SciPy's product of two 0-d object arrays is the object, not an array
    got = np.asarray(got, getattr(got, "dtype", object))
    assert got.shape == want.shape
    assert got.dtype == dtype
    if got.dtype.kind not in "fc":
        np.testing.assert_array_equal(got, want)
        return
    wide = got.astype(want.dtype)
    finite = np.isfinite(want)
    np.testing.assert_array_equal(np.isnan(wide), np.isnan(want))
    np.testing.assert_array_equal(np.isfinite(wide), finite)
    if want.dtype.kind == "f":
        np.testing.assert_array_equal(wide[~finite], want[~finite])
    error = np.abs(np.where(finite, wide, 0) - np.where(finite, want, 0))
    # float16 is rounded to at the end, where small numbers may lie between its finest
    finest = float(np.finfo(np.float16).smallest_subnormal) * (dtype == np.float16)
    excess = error > np.where(finite, bound, 0) + finest / 2
    assert not excess.any(), (
        f"{excess.sum()} of {excess.size} beyond the bound, the first at "
        f"{tuple(np.argwhere(excess)[0])}: {wide[excess][0]} for {want[excess][0]}"
    )


def _sum(
    in1: np.ndarray,
    in2: np.ndarray,
    mode: str,
    *,
    axes: int | Sequence[int] | None = None,
    boundary: str | Sequence[str] = "constant",
    cval: Any = 0,
    stride: int | Sequence[int] = 1,
    dilation: int | Sequence[int] = 1,
    origin: int | Sequence[int] = 0,
) -> tuple[np.ndarray, np.dtype]:
    dtype = np.result_type(in1, in2)
    wide = {"f": np.longdouble, "c": np.clongdouble}.get(dtype.kind, object)
    x = np.asarray(in1.astype(dtype), wide)
    h = np.asarray(in2.astype(dtype), wide)

    places = tuple(range(in1.ndim)) if axes is None else tuple(np.atleast_1d(axes))
    rank = len(places)
    last = tuple(range(-rank, 0))
    x = np.moveaxis(x, places, last)
    h = np.moveaxis(h, places, last) if h.ndim == in1.ndim else h
    if mode == "valid" and any(x.shape[a] < h.shape[a] for a in last):
        x, h = h, x

    outputs = []
    rules = (np.broadcast_to(rule, rank) for rule in (stride, dilation, origin))
    for a, s, d, o in zip(last, *rules, strict=True):
        n, reach = x.shape[a], d * (h.shape[a] - 1) + 1
        first, end = {
            "full": (0, n + reach - 1),
            "same": ((reach - 1) // 2 + o, (reach - 1) // 2 + o + n),
            "valid": (reach - 1, n),
        }[mode]
        outputs.append((np.arange(first, end, s), n, d))

    batch = np.broadcast_shapes(x.shape[: x.ndim - rank], h.shape[: h.ndim - rank])
    y = np.zeros(batch + tuple(len(positions) for positions, _, _ in outputs), wide)
    words = [boundary] * rank if isinstance(boundary, str) else list(boundary)
    values = [cval] * rank if np.size(cval) == 1 else list(cval)
    constant = [a for a, word in enumerate(words) if word == "constant"]
    zero_outside = all(np.all(values[a] == 0) for a in constant)
    # as if the array were padded axis after axis: the last one counts
    order = sorted(constant, key=lambda a: places[a] % in1.ndim)
    with np.errstate(all="ignore"):
        for tap in np.ndindex(h.shape[h.ndim - rank :]):
            source = np.ix_(
                *(
                    SOURCE[word](positions - d * k, n)
                    for word, (positions, n, d), k in zip(
                        words, outputs, tap, strict=True
                    )
                )
            )
            inside, outside = np.True_, np.asarray(0, wide)
            for a in order:
                inside = inside & (source[a] != OUTSIDE)
                value = np.asarray(values[a], wide)
                outside = np.where(source[a] == OUTSIDE, value, outside)
            weight = h[(..., *tap)][(..., *(np.newaxis,) * rank)]
            # a product of two 0-d object arrays is no array any more
            term = np.asarray(
                weight * np.where(inside, x[(..., *source)], outside), wide
            )
            y = y + (np.where(inside, term, 0) if zero_outside else term)
    y = np.asarray(y, wide)
    return np.moveaxis(y, last, places) if axes is not None else y, dtype


def _narrow(y: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Wrap integers round as their dtype does; floats keep their long double."""
    if dtype.kind == "b":
        return np.asarray(y != 0, bool)
    if dtype.kind in "iu":
        unsigned = np.dtype(f"u{dtype.itemsize}")
        mask = 2 ** (8 * dtype.itemsize) - 1
        return np.asarray(y & mask, object).astype(unsigned).view(dtype)
    return y
