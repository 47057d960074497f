"""Kernels scaled to unit sum, energy, magnitude or gain."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from .._core.arguments import axes_of, check_out, check_word, numbers_of
from ._arguments import Numbers, per_axis

Norm = Literal["sum", "l1", "l2", "max", "zero_sum", "power"]
OnZero = Literal["raise", "leave", "uniform"]

_NORMS = ("sum", "l1", "l2", "max", "zero_sum", "power")
_ON_ZERO = ("raise", "leave", "uniform")
# Upper bound of a sum that counts as zero, in eps times the sum of the magnitudes of
# its terms: the rounding of the terms alone can explain it.
_ROUNDING = 4


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
        Taps: truth values, integers, real or complex numbers.
    norm : {'sum', 'l1', 'l2', 'max', 'zero_sum', 'power'}, optional
        Norm that becomes one. 'sum': the sum of the taps, which preserves the
        brightness of an image. 'l1': the sum of their magnitudes. 'l2': the root of
        their energy :math:`\sum |h|^2`. 'max': the largest magnitude. 'power': the gain
        :math:`|\sum h[k] e^{-2 \pi i f k}|` at `frequency`. 'zero_sum' does not scale,
        but subtracts the mean of the taps, so that the output is zero for constant
        samples.
    axis : int or sequence of int, optional
        Axes of one filter, all by default. The other axes are those of a bank. For
        example, a bank of shape (filters, channels, rows, columns) is normalised
        filter by filter with ``(1, 2, 3)``.
    frequency : float or sequence of float, optional
        Frequency f in cycles per sample for 'power', along every axis of a filter or
        along each axis.
    out : ndarray, optional
        Array for the result, which may be the kernel itself.
    on_zero : {'raise', 'leave', 'uniform'}, optional
        Treatment of a filter whose norm is zero up to the rounding of its taps.
        'raise': an error. 'leave': the filter is unchanged. 'uniform': all of its taps
        become equal.
    dtype : dtype, optional
        Floating-point or complex type of the result. The default is the type of `out`,
        otherwise the type of the kernel, and float64 for integers and truth values.

    Returns
    -------
    ndarray, shape of `kernel`
        The scaled kernel, or `out` if it is given. Norms other than 'sum' and
        'zero_sum' preserve the signs of the taps; 'sum' reverses them if the sum is
        negative.

    Raises
    ------
    ValueError
        If a norm is zero (`out` is then unchanged), if a tap is not finite, or if an
        argument has a wrong value. The message names the argument and its allowed
        values.
    TypeError
        If an argument has a wrong type.

    See Also
    --------
    as_integer_ratio : exact normalisation of kernels that are fractions

    Examples
    --------
    >>> import numpy as np
    >>> from pyconvolve import kernels
    >>> kernels.normalize([1, 2, 1])
    array([0.25, 0.5 , 0.25])

    A bank of filters is normalised to unit energy after a step, in place:

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
    wave = _complex_wave(frequency, shape) if norm == "power" else None
    # A power of two scales exactly, and keeps squares from overflow and underflow.
    exponents = _exponents(filters)
    scaled = _scale_by_powers(filters, -exponents)
    if norm == "zero_sum":
        normed = scaled - scaled.mean(-1, keepdims=True)
        # The second subtraction removes the rounding error of the first one.
        normed -= normed.mean(-1, keepdims=True)
        normed = _scale_by_powers(normed, exponents)
    else:
        sizes = _norms(scaled, norm, wave)
        least = _zero_share(taps.dtype, norm) * abs(scaled).sum(-1, keepdims=True)
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
            if abs(unit) <= _zero_share(taps.dtype, norm) * flat.size:
                raise ValueError(
                    "frequency must be one at which equal taps do not cancel for "
                    f"on_zero='uniform', not {frequency!r}"
                )
            normed = np.where(zero, flat / unit, normed)
    normed = normed.reshape(ordered.shape).transpose(np.argsort(others + axes))
    if out is None:
        return normed.astype(result, order="C")
    np.asarray(out)[...] = normed
    return out


def _zero_share(dtype: np.dtype, norm: str) -> float:
    """Return the share of the sum of magnitudes up to which a norm counts as zero."""
    if norm not in ("sum", "power"):
        return 0.0
    return _ROUNDING * float(np.finfo(dtype if dtype.kind in "fc" else float).eps)


def _norms(scaled: NDArray[Any], norm: str, wave: NDArray[Any] | None) -> NDArray[Any]:
    """Return the norm of each filter, in an array of shape (filters, 1)."""
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


def _complex_wave(frequency: Numbers, shape: tuple[int, ...]) -> NDArray[Any]:
    """Return a wave whose product with the taps sums to the frequency response."""
    turns = np.zeros(())
    cycles = per_axis("frequency", frequency, max(len(shape), 1), -np.inf)
    for taps, each in zip(shape, cycles, strict=False):
        turns = np.add.outer(turns, each * np.arange(taps))
    return np.exp(-2j * np.pi * turns).reshape(1, -1)


def _exponents(filters: NDArray[Any]) -> NDArray[Any]:
    """Return the exponent of the power of two above the largest tap of each filter."""
    largest = abs(filters.view(filters.real.dtype)).max(-1, keepdims=True)
    if not np.isfinite(largest).all():
        raise ValueError("kernel must hold finite taps only, not NaN or infinity")
    return np.frexp(largest)[1]


def _scale_by_powers(filters: NDArray[Any], exponents: NDArray[Any]) -> NDArray[Any]:
    """Multiply each filter by a power of two."""
    parts = filters.view(filters.real.dtype)
    return np.ldexp(parts, exponents).view(filters.dtype)


def _result_type(
    given: np.dtype, dtype: DTypeLike | None, out: NDArray[Any] | None
) -> np.dtype:
    """Return the type of the result; check that `dtype` and `out` can hold it."""
    result = given.newbyteorder("=") if given.kind in "fc" else np.dtype(np.float64)
    if dtype is not None:
        result = np.dtype(dtype)
    elif isinstance(out, np.ndarray):
        result = out.dtype
    if result.kind not in "fc" or (given.kind == "c" and result.kind == "f"):
        allowed = "complex" if given.kind == "c" else "floating-point or complex"
        name = "dtype" if dtype is not None else "out"
        raise TypeError(f"{name} must be {allowed} for a {given} kernel, not {result}")
    if isinstance(out, np.ndarray) and out.dtype != result:
        raise TypeError(f"out must have the dtype {result}, not {out.dtype}")
    return result
