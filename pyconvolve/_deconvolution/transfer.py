"""Wiener's filter, panel by panel; the filters of the last kernels are cached."""

from __future__ import annotations

from functools import partial
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._core.caches import Cache
from .arguments import Blurred, Kernel

# Bytes of a panel of the filter, at most.
_PANEL = 1 << 18
# Bytes of all filters that are cached, and of the kernels that are found in the cache.
# The time to hash a larger kernel would be felt.
_CACHED, _HASHED = 64 << 20, 1 << 16


class Filter:
    """Wiener's filter for signals of one shape, computed when it is needed.

    Parameters
    ----------
    blurred : Blurred
    regularization : float
    regularizer : Kernel or None
    """

    def __init__(
        self,
        blurred: Blurred,
        regularization: float,
        regularizer: Kernel | None,
    ) -> None:
        y, axes, h = blurred.y, blurred.axes, blurred.kernel.aligned
        halved = y.dtype.kind != "c"
        lengths = [y.shape[a] for a in axes]
        real = h.dtype.type(0).real.dtype
        self._kernel = _Spectrum(h, axes, lengths, halved)
        self._power: _Power | _Laplacian
        shape = h.shape
        if regularizer is None:
            self._power = _Laplacian(y.ndim, axes, lengths, real)
        else:
            d = regularizer.aligned
            self._power = _Power(_Spectrum(d, axes, lengths, halved))
            shape = tuple(map(max, h.shape, d.shape))
        self._weight = real.type(regularization)
        self.frequencies = lengths[-1] // 2 + 1 if halved else lengths[-1]
        """Along the last convolved axis."""
        batch = [n for a, n in enumerate(shape) if a not in axes]
        size = 2 * real.itemsize * prod(batch) * prod(lengths[:-1])
        self.bytes = size * self.frequencies + h.nbytes
        self.width = max(1, min(_PANEL // size, self.frequencies))
        """Frequencies of a panel."""
        self.panels = -(-self.frequencies // self.width)
        """Number of panels."""
        # a filter that is too large for the cache is used in one call only
        self._is_kept = self.bytes <= _CACHED // 2
        self._panels: dict[int, NDArray[Any]] = {}

    def panel(self, number: int) -> tuple[slice, NDArray[Any]]:
        """Return the frequencies of a panel, and the filter there.

        Threads that call this at the same time may compute the same panel.
        """
        begin = number * self.width
        frequencies = slice(begin, min(begin + self.width, self.frequencies))
        known = self._panels.get(number)
        if known is None:
            known = self._compute(frequencies)
            if self._is_kept:
                self._panels[number] = known
        return frequencies, known

    def _compute(self, frequencies: slice) -> NDArray[Any]:
        """Return conj(H) / (abs(H)**2 + regularization * abs(D)**2).

        It is zero where the divisor is.
        """
        found = self._kernel.panel(frequencies)
        divisor = self._power.panel(frequencies) * self._weight
        divisor = divisor + found.real**2
        divisor += found.imag**2
        np.divide(1, divisor, out=divisor, where=divisor > 0)
        np.conjugate(found, out=found)
        return found * divisor


class _Spectrum:
    """The spectrum of a kernel whose centre is at position zero.

    Along the outer axes, only lines that hold taps are transformed.
    """

    def __init__(
        self,
        taps: NDArray[Any],
        axes: tuple[int, ...],
        lengths: list[int],
        halved: bool,
    ) -> None:
        from scipy import fft

        *self._outer, self._last = axes
        *self._lengths, length = lengths
        transform = fft.rfft if halved else fft.fft
        self._lines = transform(_wrapped(taps, self._last, length), axis=self._last)

    def panel(self, frequencies: slice) -> NDArray[Any]:
        """Return the spectrum at frequencies of the last axis, an array of its own."""
        from scipy import fft

        found = self._lines[(*(slice(None),) * self._last, frequencies)]
        if not self._outer:
            return found.copy()
        for axis, length in zip(self._outer[::-1], self._lengths[::-1], strict=True):
            found = _wrapped(found, axis, length)
            found = fft.fft(found, axis=axis, overwrite_x=True)
        return found


class _Power:
    """The squares of the magnitudes of a spectrum."""

    def __init__(self, spectrum: _Spectrum) -> None:
        self._spectrum = spectrum

    def panel(self, frequencies: slice) -> NDArray[Any]:
        """Return the squares at frequencies of the last axis."""
        found = self._spectrum.panel(frequencies)
        power = found.real**2
        power += found.imag**2
        return power


class _Laplacian:
    """The same for the taps -1, 2, -1 along each axis, in closed form."""

    def __init__(
        self, ndim: int, axes: tuple[int, ...], lengths: list[int], dtype: np.dtype
    ) -> None:
        terms = []
        for axis, length in zip(axes, lengths, strict=True):
            cycles = np.arange(length) / length
            term = (4 * np.sin(np.pi * cycles) ** 2).astype(dtype)
            terms.append(term.reshape([-1] + [1] * (ndim - 1 - axis)))
        self._inner = terms.pop()
        self._outer = sum(terms, np.zeros((1,) * ndim, dtype))

    def panel(self, frequencies: slice) -> NDArray[Any]:
        """Return the squares at frequencies of the last axis."""
        found = self._outer + self._inner[frequencies]
        found *= found
        return found


_filters = Cache[Filter](_CACHED, lambda found: found.bytes)


def filter_of(
    blurred: Blurred, regularization: float, regularizer: Kernel | None
) -> Filter:
    """Return a filter, from the cache if possible."""
    y, axes = blurred.y, blurred.axes
    given = [blurred.kernel] if regularizer is None else [blurred.kernel, regularizer]
    kernels = [kernel.aligned for kernel in given]
    make = partial(Filter, blurred, regularization, regularizer)
    if sum(kernel.nbytes for kernel in kernels) > _HASHED:
        return make()
    key = (
        tuple(y.shape[a] for a in axes),
        (y.dtype, y.ndim, axes, regularization),
        tuple((k.shape, k.dtype, k.tobytes()) for k in kernels),
    )
    return _filters.find_or_make(key, make)


def _wrapped(taps: NDArray[Any], axis: int, length: int) -> NDArray[Any]:
    """Return taps as a period, whose position 0 holds the central tap of mode 'same'.

    Taps that are a period apart are added.
    """
    shape = list(taps.shape)
    count, shape[axis] = shape[axis], length
    result = np.zeros(shape, taps.dtype)
    # views with the axis first
    period, along = np.moveaxis(result, axis, 0), np.moveaxis(taps, axis, 0)
    tap, position = 0, -((count - 1) // 2) % length
    while tap < count:
        run = min(count - tap, length - position)
        period[position : position + run] += along[tap : tap + run]
        tap, position = tap + run, 0
    return result
