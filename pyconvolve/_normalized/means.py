"""Weighted means of the samples under a kernel, block by block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._core import api
from .._core.arguments import Names, check_word, rules
from .._core.output import copy_to, output_for
from .._core.outside import constants_of
from .._core.parts import Parts
from .._core.problem import Problem
from .._core.region import Region, align, blocks, cut, region, shifted
from .._core.thresholds import Thresholds
from ..convolution import Method, Mode
from .arguments import (
    Missing,
    check_edges,
    missing_of,
    number_of,
    operands,
    signal_dtype,
    weights_of,
)

_NAMES = Names("x", "kernel")
# Outputs along each axis of the small blocks in which sums are computed directly after
# transforms turned out to be too inexact.
_SIDE = 32
# Error of a sum by rounding, in eps times the sum of the magnitudes of its terms.
_ROUNDING = 8


def run(
    thresholds: Thresholds,
    x: ArrayLike,
    kernel: ArrayLike,
    *,
    weights: ArrayLike | None,
    mask: ArrayLike | None,
    nan: str,
    min_weight: float,
    mode: Mode,
    method: Method,
    boundary: Any,
    cval: Any,
    edges: str,
    axes: Any,
    return_weights: bool,
    out: NDArray[Any] | None,
    workers: int | None,
) -> NDArray[Any] | tuple[NDArray[Any], NDArray[Any]]:
    """Compute `pyconvolve.normalized_convolve` with given thresholds."""
    check_word("nan", nan, ("ignore", "propagate", "preserve"))
    least = number_of("min_weight", min_weight)
    if nan == "preserve" and mode != "same":
        raise ValueError(f"mode must be 'same' with nan='preserve', not {mode!r}")
    samples, taps, hidden = operands(_NAMES, x, kernel)
    if not samples.ndim:
        raise ValueError("x must have at least one axis")
    check_edges(edges, boundary, cval)
    means = _Means(
        samples,
        taps,
        (mode, method, axes, boundary),
        cval,
        edges == "boundary",
        missing_of(_NAMES.signal, samples, mask, hidden, nan != "propagate"),
        weights_of(_NAMES.signal, weights, samples.shape),
        workers,
        thresholds,
    )
    dtype, shape = means.problem.output, means.problem.shape
    result = output_for(out, shape, dtype, (samples, taps, *means.read))
    weight = np.empty(shape, means.real) if return_weights else None
    lost = None if hidden is None else np.empty(shape, bool)
    for block in blocks(means.problem, thresholds.mean_block):
        y = result[block]
        met = means.compute(block, y)
        missed = met <= least
        y[missed] = np.nan
        if nan == "preserve":
            y[means.find_nan(block)] = np.nan
        if weight is not None:
            weight[block] = met
        if lost is not None:
            lost[block] = missed
    result = copy_to(out, result)
    if lost is not None:
        result = np.ma.MaskedArray(result, lost)
    return (result, weight) if weight is not None else result


class _Sum(NamedTuple):
    """A sum of products with the taps of one kernel."""

    parts: Parts
    constants: Sequence[Any] | None
    """Value outside of the array along each axis; None: zeros."""

    def compute(
        self,
        block: Sequence[slice],
        array: NDArray[Any],
        out: NDArray[Any] | None = None,
        method: str | None = None,
    ) -> tuple[NDArray[Any], bool]:
        """Return the sums of a block of outputs, and whether transforms made them."""
        part = region(self.parts.problem, block)
        return self.parts.run(part, array, self.constants, out, method)


class _Means:
    """Samples, their weights and a kernel, prepared to compute any block of outputs.

    With the taps h, the samples x and the weights w, an output is the sum of h w x over
    the sum of h w. If taps differ in sign or phase, the sum of abs(h) w is needed, too.
    """

    def __init__(
        self,
        samples: NDArray[Any],
        taps: NDArray[Any],
        words: tuple[Mode, Method, Any, Any],
        cval: Any,
        counts_outside: bool,
        missing: Missing,
        weights: NDArray[Any] | None,
        workers: int | None,
        thresholds: Thresholds,
    ) -> None:
        mode, method, axes, boundary = words

        def sum_with(kernel: NDArray[Any], dtype: np.dtype, outside: Any) -> _Sum:
            how = rules(
                False, mode, method, axes, boundary, outside, 1, 1, 0, ordered=True
            )._replace(thresholds=thresholds)
            problem = api.problem_of(
                _NAMES, how, samples.shape, kernel.shape, dtype, kernel.dtype, outside
            )
            constants = constants_of(outside, problem, how.axes)
            return _Sum(Parts(problem, how, kernel, workers), constants)

        self._samples, self._counts_outside = samples, counts_outside
        self._missing, self._weights = missing, weights
        # the arrays that are read, besides samples and taps
        self.read = missing.masks if weights is None else (*missing.masks, weights)
        self._dtype = signal_dtype(samples, taps)
        self.real = taps.dtype.type(0).real.dtype
        of_samples = sum_with(taps, self._dtype, cval)
        self.problem = of_samples.parts.problem
        self._kernel_axes = [axis.kernel for axis in self.problem.axes]
        total, norm = self._total, self._norm = totals_of(taps, self.problem)
        eps = float(np.finfo(taps.dtype).eps)
        self._rounding = _ROUNDING * eps
        self._signed = not (abs(total - norm) <= self._rounding * norm).all()
        # a constant outside has weight 1
        weight_outside = int(counts_outside and "constant" in np.ravel(boundary))
        self._sums = [of_samples, sum_with(taps, self.real, weight_outside)]
        if self._signed:
            self._sums.append(sum_with(abs(taps), self.real, weight_outside))
        self._meets = sum_with(taps != 0, np.dtype(bool), bool(weight_outside))
        # An output that met less than this share of the block's largest weight is
        # summed directly: there an error of transforms of eps times that weight would
        # be a relative error above eps ** (2 / 3).
        self._low = eps ** (1 / 3)

    def compute(self, block: Sequence[slice], y: NDArray[Any]) -> NDArray[Any]:
        """Store the means of a block of outputs; return the weight that each met."""
        part = region(self.problem, block)
        samples = cut(self._samples, part.signal)
        missing = self._missing.find(samples, part.signal)
        inside = not any(axis.reaches_outside for axis in part.problem.axes)
        values = samples.astype(self._dtype, copy=False)
        of_samples, *of_weights = self._sums
        if (
            self._weights is None
            and missing is None
            and (self._counts_outside or inside)
        ):
            of_samples.compute(block, values, y)
            y /= self._per_kernel(self._total, part)
            return np.broadcast_to(self.real.type(1), y.shape)
        weights = None
        if self._weights is not None:
            weights = cut(self._weights, part.signal).astype(self.real, copy=False)
            missing = weights == 0 if missing is None else missing | (weights == 0)
        if missing is None:
            present = np.ones(samples.shape, self.real)
        else:
            present = (~missing).astype(self.real)
            # zero times NaN or infinity would be NaN
            values = np.where(missing, values.dtype.type(0), values)
        if weights is not None:
            present *= weights
            values *= present
        arrays = [values] + [present] * len(of_weights)
        found = [
            of_samples.compute(block, values, y),
            *(each.compute(block, present) for each in of_weights),
        ]
        sums = [each for each, _ in found]
        weight = self._weight(sums, part)
        low = weight < self._low * max(present.max(initial=0), self._counts_outside)
        if any(by_transforms for _, by_transforms in found) and low.any():
            meets, _ = self._meets.compute(block, present > 0)
            low &= meets
            for small in _small_blocks(low):
                self._recompute(part, block, small, arrays, sums, low[small])
            weight = np.where(meets, self._weight(sums, part), 0)
        # an output that met no weight is NaN, without a warning
        with np.errstate(divide="ignore", invalid="ignore"):
            y /= sums[1]
        if self._signed:
            y[abs(sums[1]) <= self._rounding * sums[-1]] = np.nan
        return weight

    def find_nan(self, block: Sequence[slice]) -> NDArray[np.bool_]:
        """Return where samples are NaN at the positions of a block in mode 'same'."""
        cuts = [
            (axis.signal, block[axis.output])
            for axis in self.problem.axes
            if axis.signal is not None and axis.output is not None
        ]
        samples = cut(self._samples, cuts)
        return np.broadcast_to(
            np.isnan(samples), [those.stop - those.start for those in block]
        )

    def _weight(self, sums: list[NDArray[Any]], part: Region) -> NDArray[Any]:
        """Return the share of the kernel that met samples, by their weights."""
        if self._signed:
            return sums[2] / self._per_kernel(self._norm, part)
        return (sums[1] / self._per_kernel(self._total, part)).real

    def _per_kernel(self, array: NDArray[Any], part: Region) -> NDArray[Any]:
        """View an array of one number per kernel so that it broadcasts to a region."""
        return align(cut(array, part.kernel), self._kernel_axes)

    def _recompute(
        self,
        part: Region,
        block: Sequence[slice],
        small: Sequence[slice],
        arrays: Sequence[NDArray[Any]],
        sums: list[NDArray[Any]],
        chosen: NDArray[np.bool_],
    ) -> None:
        """Compute chosen sums of a small block inside of a block again, directly."""
        outputs = shifted(small, block)
        read = region(self.problem, outputs).signal
        cuts = [
            (axis, slice(some.start - whole.start, some.stop - whole.start))
            for (axis, some), (_, whole) in zip(read, part.signal, strict=True)
        ]
        for each, array, found in zip(self._sums, arrays, sums, strict=True):
            direct, _ = each.compute(outputs, cut(array, cuts), method="direct")
            np.copyto(found[tuple(small)], direct, where=chosen)


def totals_of(
    taps: NDArray[Any], problem: Problem
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Sum the taps of each kernel, and their magnitudes.

    Raises
    ------
    ValueError
        If a tap is not finite, or a sum of taps is zero.
    """
    summed = tuple(
        axis.kernel
        for axis in problem.axes
        if axis.role == "window" and axis.kernel is not None
    )
    total, norm = (array.sum(summed, keepdims=True) for array in (taps, abs(taps)))
    if not np.isfinite(norm).all():
        raise ValueError("kernel must hold finite taps only, not NaN or infinity")
    least = _ROUNDING * float(np.finfo(taps.dtype).eps) * norm
    if (abs(total) <= least).any():
        raise ValueError(
            "kernel must have a sum other than zero, by which it is divided, not "
            f"{total.ravel()[abs(total).argmin()]}"
        )
    return total, norm


def _small_blocks(chosen: NDArray[np.bool_]) -> Iterator[tuple[slice, ...]]:
    """Yield the small blocks that hold chosen outputs."""
    for corner in np.unique(np.argwhere(chosen) // _SIDE, axis=0):
        yield tuple(
            slice(start, min(start + _SIDE, length))
            for start, length in zip(
                (corner * _SIDE).tolist(), chosen.shape, strict=True
            )
        )
