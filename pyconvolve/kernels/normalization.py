"""Kernels of unit sum, energy or gain, and kernels of integers."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor, lcm, prod
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from .._core.arguments import axes_of, check_out, check_word, numbers_of
from ._making import Numbers, per_axis

Norm = Literal["sum", "l1", "l2", "max", "zero_sum", "power"]
OnZero = Literal["raise", "leave", "uniform"]

_NORMS = ("sum", "l1", "l2", "max", "zero_sum", "power")
_ON_ZERO = ("raise", "leave", "uniform")
# A sum is zero if rounding its terms alone may have made it what it is: so many eps of
# the sum of their magnitudes.
_ROUNDED = 4
# A fraction is an element if it differs by so many eps at most.
_CLOSE = 4
_ZEROS = 2**6


def normalize(
    kernel: ArrayLike,
    norm: Norm = "sum",
    *,
    axis: int | Sequence[int] | None = None,
    frequency: Numbers = 0.0,
    out: NDArray[Any] | None = None,
    on_zero: OnZero = "raise",
    dtype: DTypeLike | None = None,
) -> NDArray[Any]:
    r"""Scale a kernel, or every filter of a bank, to unit norm.

    Parameters
    ----------
    kernel : array_like
        Truth values, integers, real or complex numbers.
    norm : {'sum', 'l1', 'l2', 'max', 'zero_sum', 'power'}, optional
        What becomes one: the sum of the taps, so that brightness stays; the sum of
        their magnitudes; the root of their energy :math:`\sum |h|^2`; the largest
        magnitude; the gain :math:`|\sum h[k] e^{-2 \pi i f k}|` at `frequency`. Or
        'zero_sum': the mean is subtracted, so that flat regions give nothing.
    axis : int or sequence of int, optional
        Axes that belong to one filter, all by default. A bank of shape (filters,
        channels, rows, columns) is normalised filter by filter with ``(1, 2, 3)``.
    frequency : float or sequence of float, optional
        Cycles per sample, for 'power': along every axis of a filter, or along each.
    out : ndarray, optional
        Where to put the result; may be the kernel itself.
    on_zero : {'raise', 'leave', 'uniform'}, optional
        What to do with a filter whose norm is zero up to the rounding of its taps:
        complain, leave it as it is, or make all its taps equal.
    dtype : dtype, optional
        Of the result: by default the kernel's, float64 for integers.

    Returns
    -------
    ndarray
        All but 'sum' keep the signs of the taps; a kernel with a sum below zero
        changes them.

    Raises
    ------
    ValueError
        If a norm is zero (then `out` is left alone) or a tap isn't finite, or an
        argument is wrong; the text names it and what it may be.
    TypeError
        If a type is wrong.

    See Also
    --------
    as_integer_ratio : the exact form of kernels that are fractions

    Examples
    --------
    >>> import numpy as np
    >>> from pyconvolve import kernels
    >>> kernels.normalize([1, 2, 1])
    array([0.25, 0.5 , 0.25])

    A bank of filters, kept at unit energy after a step:

    >>> bank = np.random.default_rng(0).standard_normal((8, 3, 5, 5))
    >>> bank -= 0.1 * bank**2
    >>> _ = kernels.normalize(bank, "l2", axis=(1, 2, 3), out=bank)
    >>> float(np.linalg.norm(bank[0]).round(12))
    1.0
    """
    check_word("norm", norm, _NORMS)
    check_word("on_zero", on_zero, _ON_ZERO)
    taps = numbers_of("kernel", kernel)
    axes = axes_of("axis", axis, "kernel", taps.ndim)
    result = _result_type(taps.dtype, dtype, out)
    if out is not None:
        check_out(out, taps.shape, result)
    if not taps.size:
        raise ValueError(f"kernel must not be empty, but its shape is {taps.shape}")
    others = [a for a in range(taps.ndim) if a not in axes]
    ordered = taps.transpose(others + axes)
    shape = ordered.shape[len(others) :]
    filters = ordered.reshape(-1, prod(shape))
    work = np.result_type(taps.dtype, result, np.float64)
    filters = filters.astype(work, order="C")
    wave = _wave(frequency, shape) if norm == "power" else None
    # by a power of two, which is exact, so that no square over- or underflows
    exponents = _exponents(filters)
    scaled = _shifted(filters, -exponents)
    if norm == "zero_sum":
        normed = scaled - scaled.mean(-1, keepdims=True)
        # what rounding left of the mean
        normed -= normed.mean(-1, keepdims=True)
        normed = _shifted(normed, exponents)
    else:
        sizes = _norms(scaled, norm, wave)
        least = _least(taps.dtype, norm) * abs(scaled).sum(-1, keepdims=True)
        zero = abs(sizes) <= least
        if zero.any() and on_zero == "raise":
            which = np.argwhere(zero.reshape(ordered.shape[: len(others)]))[0]
            at = f" of filter {tuple(map(int, which))}" if others else ""
            raise ValueError(
                f"kernel must have a norm {norm!r} above zero, but that{at} is "
                "zero up to rounding; on_zero='leave' or 'uniform' allows it"
            )
        normed = scaled / np.where(zero, 1, sizes)
        if on_zero == "leave":
            normed = np.where(zero, filters, normed)
        elif zero.any():
            flat = np.ones((1, filters.shape[1]), filters.dtype)
            unit = _norms(flat, norm, wave)
            if abs(unit) <= _least(taps.dtype, norm) * flat.size:
                raise ValueError(
                    "frequency must be one at which equal taps don't cancel for "
                    f"on_zero='uniform', not {frequency!r}"
                )
            normed = np.where(zero, flat / unit, normed)
    normed = normed.reshape(ordered.shape).transpose(np.argsort(others + axes))
    if out is None:
        return normed.astype(result, order="C")
    np.asarray(out)[...] = normed
    return out


def _least(dtype: np.dtype, norm: str) -> float:
    """Share of the sum of magnitudes up to which a norm counts as zero."""
    if norm not in ("sum", "power"):
        return 0.0
    return _ROUNDED * float(np.finfo(dtype if dtype.kind in "fc" else float).eps)


def _norms(scaled: NDArray[Any], norm: str, wave: NDArray[Any] | None) -> NDArray[Any]:
    if norm == "sum":
        return scaled.sum(-1, keepdims=True)
    if norm == "l1":
        return abs(scaled).sum(-1, keepdims=True)
    if norm == "l2":
        return np.sqrt((abs(scaled) ** 2).sum(-1, keepdims=True))
    if norm == "max":
        return abs(scaled).max(-1, keepdims=True)
    assert wave is not None
    return abs((scaled * wave).sum(-1, keepdims=True))


def _wave(frequency: Numbers, shape: tuple[int, ...]) -> NDArray[Any]:
    """Factors whose sum with the taps is the response at a frequency."""
    turns = np.zeros(())
    cycles = per_axis("frequency", frequency, max(len(shape), 1), -np.inf)
    for taps, each in zip(shape, cycles, strict=False):
        turns = np.add.outer(turns, each * np.arange(taps))
    return np.exp(-2j * np.pi * turns).reshape(1, -1)


def _exponents(filters: NDArray[Any]) -> NDArray[Any]:
    """Power of two just above the largest tap of each."""
    largest = abs(filters.view(filters.real.dtype)).max(-1, keepdims=True)
    if not np.isfinite(largest).all():
        raise ValueError("kernel must hold finite taps only, not NaN or infinity")
    return np.frexp(largest)[1]


def _shifted(filters: NDArray[Any], exponents: NDArray[Any]) -> NDArray[Any]:
    """Multiply by powers of two."""
    parts = filters.view(filters.real.dtype)
    return np.ldexp(parts, exponents).view(filters.dtype)


def _result_type(
    given: np.dtype, dtype: DTypeLike | None, out: NDArray[Any] | None
) -> np.dtype:
    result = given.newbyteorder("=") if given.kind in "fc" else np.dtype(np.float64)
    if dtype is not None:
        result = np.dtype(dtype)
    elif isinstance(out, np.ndarray):
        result = out.dtype
    if result.kind not in "fc" or (given.kind == "c" and result.kind == "f"):
        allowed = "complex" if given.kind == "c" else "floating-point or complex"
        name = "dtype" if dtype is not None else "out"
        raise TypeError(f"{name} must be {allowed} for such a kernel, not {result}")
    if isinstance(out, np.ndarray) and out.dtype != result:
        raise TypeError(f"out must have the dtype {result}, not {out.dtype}")
    return result


def as_integer_ratio(
    kernel: ArrayLike, *, norm: Literal["sum", "l1", "max"] | None = None
) -> tuple[NDArray[np.int64], int]:
    """Find the smallest integer kernel and the number that divides it.

    Parameters
    ----------
    kernel : array_like
        Real. Floating-point taps stand for the simplest fraction within 4 roundings.
    norm : {'sum', 'l1', 'max'}, optional
        Normalise so first, exactly.

    Returns
    -------
    integers : ndarray of int64
    divisor : int
        Above zero; ``integers / divisor`` is the kernel.

    Raises
    ------
    ValueError
        If the taps have no common divisor with which they fit into 64 bits, or the
        norm is zero.
    TypeError
        If the kernel is complex or holds no numbers.

    See Also
    --------
    normalize : the same in floating point

    Examples
    --------
    >>> from pyconvolve import kernels
    >>> kernels.as_integer_ratio(kernels.scharr())
    (array([[  3,   0,  -3],
           [ 10,   0, -10],
           [  3,   0,  -3]]), 32)
    >>> kernels.as_integer_ratio([2, 4, 2], norm="sum")
    (array([1, 2, 1]), 4)
    """
    taps = numbers_of("kernel", kernel)
    if taps.dtype.kind == "c":
        raise TypeError(f"kernel must be real, not {taps.dtype}")
    if norm is not None and not taps.size:
        raise ValueError(f"kernel must not be empty, but its shape is {taps.shape}")
    if taps.dtype.kind == "f" and not np.isfinite(taps).all():
        raise ValueError("kernel must hold finite taps only, not NaN or infinity")
    if norm is not None:
        check_word("norm", norm, ("sum", "l1", "max"))
        if taps.dtype.kind == "f" and taps.any():
            # a common factor of all taps need be no fraction
            taps = taps / abs(taps).max()
    margin = Fraction(0)
    if taps.dtype.kind == "f":
        margin = _CLOSE * Fraction(*np.finfo(taps.dtype).eps.as_integer_ratio())
        exact = [Fraction(*tap.as_integer_ratio()) for tap in taps.ravel()]
    else:
        exact = [Fraction(tap) for tap in taps.ravel().tolist()]
    divisor, integers = _common([_simplest_near(tap, margin) for tap in exact], norm)
    known = _common(exact, norm)
    # of binary fractions with zeros at their end nothing was rounded
    if not margin or (known[0] < divisor and _largest(known[1]) * _ZEROS * margin < 1):
        divisor, integers = known
    if max(_largest(integers), divisor) >= 2**63:
        raise ValueError(
            "kernel must hold fractions with a common divisor below 2**63, not "
            f"{taps.ravel()[:3].tolist()}..."
        )
    return np.array(integers, np.int64).reshape(taps.shape), divisor


def _largest(integers: list[int]) -> int:
    return max(map(abs, integers), default=0)


def _common(fractions: list[Fraction], norm: str | None) -> tuple[int, list[int]]:
    """Divisor and integers of fractions, once these are normalised."""
    whole = Fraction(1)
    if norm is not None:
        terms = fractions if norm == "sum" else [abs(term) for term in fractions]
        whole = max(terms) if norm == "max" else sum(terms, Fraction(0))
        if not whole:
            raise ValueError(f"kernel must have a norm {norm!r} above zero")
    divisor = lcm(*((term / whole).denominator for term in fractions))
    return divisor, [int(term / whole * divisor) for term in fractions]


def _simplest_near(value: Fraction, margin: Fraction) -> Fraction:
    """Find the fraction with the least divisor within a share of a value."""
    if not value or not margin:
        return value
    size = abs(value)
    nearest = _simplest(size * (1 - margin), size * (1 + margin))
    return nearest if value > 0 else -nearest


def _simplest(low: Fraction, high: Fraction) -> Fraction:
    """Find the fraction with the least divisor in an interval above zero."""
    if ceil(low) <= high:
        return Fraction(ceil(low))
    below = floor(low)
    return below + 1 / _simplest(1 / (high - below), 1 / (low - below))
