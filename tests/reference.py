"""The convolution that pyconvolve computes, summed tap by tap.

Along every convolved axis

    y[n] = sum over k of  h[k] x~[(s n + o - d k) / u]

x~ is x continued by the boundary mode, s the stride, d the dilation, u the up-sampling,
o the index of the first output in the full convolution. Taps at which the quotient is
no integer are left out. Integers are summed as Python's integers, other
numbers in long double. The sums are slow; test_reference.py checks them.
"""

import math
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

import numpy as np

OUTSIDE = -1

# Boundary mode -> index of the sample of an array of length n that continues it at i.
SOURCE = {
    "constant": lambda i, n: np.where((i >= 0) & (i < n), i, OUTSIDE),
    "edge": lambda i, n: np.clip(i, 0, n - 1),
    "reflect": lambda i, n: n - 1 - abs(n - 1 - i % max(2 * n - 2, 1)),
    "symmetric": lambda i, n: np.minimum(i % (2 * n), 2 * n - 1 - i % (2 * n)),
    "wrap": lambda i, n: i % n,
}


def convolve(in1: Any, in2: Any, mode: str = "full", **options: Any) -> np.ndarray:
    """Return the result of pyconvolve.convolve; floats are still in long double."""
    return narrow(*_sum(np.asarray(in1), np.asarray(in2), mode, **options))


def correlate(
    in1: Any, in2: Any, mode: str = "full", *, origin: Any = 0, **options: Any
) -> np.ndarray:
    """Return the result of pyconvolve.correlate; floats are still in long double."""
    in1, in2 = np.asarray(in1), np.asarray(in2)
    axes = options.get("axes")
    if in2.dtype.kind in "cO":
        in2 = np.asarray(np.conjugate(in2), in2.dtype)
    flipped = np.flip(in2, axes if in2.ndim == in1.ndim else None)
    flipped = np.asarray(flipped, in2.dtype)
    options["origin"] = tuple(-o for o in origin) if np.ndim(origin) else -origin
    return narrow(*_sum(in1, flipped, mode, **options))


def error_bound(
    in1: Any, in2: Any, function: Any, mode: str = "full", *, cval: Any = 0, **options
) -> np.ndarray:
    """Return a bound for the rounding error of direct sums.

    Each tap may round the sum so far. Most roundings cancel, so the bound grows with
    the root of the number of taps.
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
    """Return a bound for the error of transforms: eps log n |x| |h|, in the 2-norm."""
    x, h = (np.asarray(a).astype(np.clongdouble) for a in (in1, in2))
    points = max(x.size + h.size, 4)
    norms = np.sqrt((abs(x) ** 2).sum() * (abs(h) ** 2).sum())
    return float(4 * _eps(dtype or np.result_type(in1, in2)) * np.log2(points) * norms)


def continued_bound(in1: Any, in2: Any, dtype: Any, cval: Any = 0) -> float:
    """Return this bound for continued arrays, as if all samples were the largest."""
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
    """Return eps of the type in which results of type `dtype` are computed."""
    return np.finfo(np.float32 if dtype == np.float16 else dtype).eps


def assert_matches(got: Any, want: np.ndarray, dtype: Any, bound: Any = 0) -> None:
    """Check shape, dtype, positions of NaN and infinities, and errors of the rest."""
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
    # results in float16 are rounded at the end, small ones to multiples of its finest
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
    upsample: int | Sequence[int] = 1,
    origin: int | Sequence[int] = 0,
) -> tuple[np.ndarray, np.dtype]:
    dtype = np.result_type(in1, in2)
    wide = {"f": np.longdouble, "c": np.clongdouble}.get(dtype.kind, object)
    x = np.asarray(in1.astype(dtype), wide)
    h = np.asarray(in2.astype(dtype), wide)

    convolved = tuple(range(in1.ndim)) if axes is None else tuple(np.atleast_1d(axes))
    rank = len(convolved)
    last = tuple(range(-rank, 0))
    x = np.moveaxis(x, convolved, last)
    h = np.moveaxis(h, convolved, last) if h.ndim == in1.ndim else h
    if mode == "valid" and any(x.shape[a] < h.shape[a] for a in last):
        x, h = h, x

    rules = (
        np.broadcast_to(rule, rank) for rule in (stride, dilation, upsample, origin)
    )
    outputs = [
        _positions(mode, x.shape[a], h.shape[a], *rule)
        for a, *rule in zip(last, *rules, strict=True)
    ]

    batch = np.broadcast_shapes(x.shape[: x.ndim - rank], h.shape[: h.ndim - rank])
    y = np.zeros(batch + tuple(len(positions) for positions, *_ in outputs), wide)
    words = [boundary] * rank if isinstance(boundary, str) else list(boundary)
    values = [cval] * rank if np.size(cval) == 1 else list(cval)
    constant = [a for a, word in enumerate(words) if word == "constant"]
    zero_outside = all(np.all(values[a] == 0) for a in constant)
    # as if numpy.pad had padded axis after axis: the constant of the last one counts
    order = sorted(constant, key=lambda a: convolved[a] % in1.ndim)
    with np.errstate(all="ignore"):
        for tap in np.ndindex(h.shape[h.ndim - rank :]):
            at = [
                np.divmod(positions - d * k, u)
                for (positions, _, d, u), k in zip(outputs, tap, strict=True)
            ]
            source = np.ix_(
                *(
                    SOURCE[word](sample, n)
                    for word, (_, n, *_), (sample, _) in zip(
                        words, outputs, at, strict=True
                    )
                )
            )
            on_sample = np.True_
            for between in np.ix_(*(between for _, between in at)):
                on_sample = on_sample & (between == 0)
            inside, outside = np.True_, np.asarray(0, wide)
            for a in order:
                inside = inside & (source[a] != OUTSIDE)
                value = np.asarray(values[a], wide)
                outside = np.where(source[a] == OUTSIDE, value, outside)
            weight = h[(..., *tap)][(..., *(np.newaxis,) * rank)]
            # a product of two 0-d object arrays is not an array
            term = np.asarray(
                weight * np.where(inside, x[(..., *source)], outside), wide
            )
            summed = on_sample & inside if zero_outside else on_sample
            y = y + np.where(summed, term, np.asarray(0, wide))
    y = np.asarray(y, wide)
    return np.moveaxis(y, last, convolved) if axes is not None else y, dtype


def _positions(
    mode: str, samples: int, taps: int, s: int, d: int, u: int, o: int
) -> tuple[np.ndarray, int, int, int]:
    """Return the positions of the outputs along an axis, and samples, d and u."""
    n, reach = u * (samples - 1) + 1, d * (taps - 1) + 1
    first, end = {
        "full": (0, n + reach - 1),
        "same": ((reach - 1) // 2 + o, (reach - 1) // 2 + o + n),
        "valid": (reach - 1, n),
    }[mode]
    return np.arange(first, end, s), samples, d, u


def narrow(y: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Wrap integers as their dtype does; leave floats in long double."""
    if dtype.kind == "b":
        return np.asarray(y != 0, bool)
    if dtype.kind in "iu":
        unsigned = np.dtype(f"u{dtype.itemsize}")
        mask = 2 ** (8 * dtype.itemsize) - 1
        return np.asarray(y & mask, object).astype(unsigned).view(dtype)
    return y
