"""Normalised correlations of templates with the windows of an image, block by block."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

from .._core import api
from .._core.arguments import Names, Rules, check_word, rules
from .._core.output import copy_to, output_for
from .._core.outside import constants_of
from .._core.parts import Parts
from .._core.problem import Problem
from .._core.region import Region, align, blocks, cut, gather, region, shifted
from .._core.thresholds import Thresholds
from ..convolution import Method, Mode
from .arguments import (
    Missing,
    check_edges,
    missing_of,
    number_of,
    operands,
    signal_dtype,
)
from .windows import (
    centred,
    changes_in_windows,
    limit_to_one,
    power,
    sum_windows,
    unit_templates,
    without_median,
)

_NAMES = Names("image", "template")
# The largest error of outputs that are computed together, from sums of windows.
_ERROR = 1e-8
# Error of a sum of squares by rounding, in eps times the sum; and error of an output of
# transforms, in eps times the norm of all samples.
_ROUNDING = 16
# Samples of the windows that are copied at the same time, to be computed one by one.
_SAMPLES = 1 << 16


def run(
    thresholds: Thresholds,
    image: ArrayLike,
    template: ArrayLike,
    *,
    mode: Mode,
    mask: ArrayLike | None,
    nan: str,
    min_overlap: float,
    axes: Any,
    boundary: Any,
    cval: Any,
    edges: str,
    method: Method,
    out: NDArray[Any] | None,
    workers: int | None,
) -> NDArray[Any]:
    """Compute `pyconvolve.normalized_correlate` with given thresholds."""
    check_word("nan", nan, ("ignore", "propagate"))
    least = number_of("min_overlap", min_overlap, 1)
    samples, taps, hidden = operands(_NAMES, image, template)
    check_edges(edges, boundary, cval)
    dtype = np.result_type(signal_dtype(samples, taps), taps)
    taps = taps.astype(np.result_type(taps, np.float64))
    how = rules(
        True, mode, method, axes, boundary, cval, 1, 1, 0, ordered=True
    )._replace(thresholds=thresholds)
    dtypes = signal_dtype(samples, taps), taps.dtype
    problem = api.problem_of(_NAMES, how, samples.shape, taps.shape, *dtypes, cval)
    missing = missing_of(_NAMES.signal, samples, mask, hidden, nan == "ignore")
    constants = constants_of(cval, problem, how.axes)
    matches = _Matches(
        problem, how, samples, missing, edges == "renormalize", taps, constants, least,
        workers,
    )  # fmt: skip
    result = output_for(out, problem.shape, dtype, (samples, taps, *missing.masks))
    for block in blocks(problem, thresholds.match_block):
        matches.compute(block, result[block])
    return copy_to(out, result)


class _Matches:
    """An image and templates, prepared to compare any block of positions."""

    def __init__(
        self,
        problem: Problem,
        how: Rules,
        image: NDArray[Any],
        missing: Missing,
        outside_is_missing: bool,
        templates: NDArray[Any],
        constants: Sequence[Any] | None,
        least: float,
        workers: int | None,
    ) -> None:
        axes = problem.axes
        self._windows = tuple(a for a, it in enumerate(axes) if it.role == "window")
        self._sizes = tuple(axes[a].taps for a in self._windows)
        self._taps = prod(self._sizes)
        # axes that only the templates have
        self._template_axes = tuple(
            a for a, axis in enumerate(axes) if axis.signal is None
        )
        templates = align(templates, [axis.kernel for axis in axes])
        self._units = unit_templates(templates, self._windows)
        kernels = [None if axis.kernel is None else a for a, axis in enumerate(axes)]
        self.problem = problem._replace(
            axes=tuple(
                axis._replace(kernel=a) for a, axis in zip(kernels, axes, strict=True)
            )
        )
        self._image, self._missing, self._constants = image, missing, constants
        self._outside_is_missing = outside_is_missing
        self._least, self._few = least, how.thresholds.few_windows
        self._workers = workers
        self._dtype = problem.signal.dtype
        self._eps = float(np.finfo(problem.output).eps)
        self._real = self._units.real.dtype
        self._products = Parts(self.problem, how, self._units, workers)
        self._energies = Parts(
            self.problem, how, (abs(self._units) ** 2).astype(problem.output), workers
        )

    def compute(self, block: Sequence[slice], y: NDArray[Any]) -> None:
        """Store the correlations of a block of positions."""
        part = region(self.problem, block)
        part, samples, missing = self._read(part)
        inexact = self._compute_together(part, samples, missing, y)
        if missing is None and inexact.any():
            inexact &= ~self._is_flat(samples)
        number = np.count_nonzero(inexact)
        if number <= self._few:
            if number:
                self._compute_one_by_one(part, samples, missing, inexact, y)
            return
        # halve the block along its longest axis
        a = inexact.shape.index(max(inexact.shape))
        middle = y.shape[a] // 2
        for half in (slice(0, middle), slice(middle, y.shape[a])):
            here = tuple(half if b == a else slice(0, n) for b, n in enumerate(y.shape))
            if inexact[here].any():
                self.compute(shifted(here, block), y[here])

    def _read(
        self, part: Region
    ) -> tuple[Region, NDArray[Any], NDArray[np.bool_] | None]:
        """Gather the samples of a region, and where they are missing.

        Both arrays include the samples outside of the image that the region reads. The
        second is None if no sample is missing.
        """
        samples = cut(self._image, part.signal)
        missing = self._missing.find(samples, part.signal)
        outside = any(axis.reaches_outside for axis in part.problem.axes)
        if missing is None and self._outside_is_missing and outside:
            missing = np.zeros(samples.shape, bool)
        if missing is not None:
            rule = [self._outside_is_missing] * missing.ndim
            missing = gather(part.problem, missing, rule)[1].astype(bool)
        problem, samples = gather(
            part.problem, samples.astype(self._dtype, copy=False), self._constants
        )
        return part._replace(problem=problem), samples, missing

    def _compute_together(
        self,
        part: Region,
        samples: NDArray[Any],
        missing: NDArray[np.bool_] | None,
        y: NDArray[Any],
    ) -> NDArray[np.bool_]:
        """Store all correlations, from sums of windows; return which are inexact."""
        axes, needed = self._windows, _ROUNDING * self._eps / _ERROR
        present = np.isfinite(samples)
        if missing is not None:
            present &= ~missing
        values = without_median(samples, present, axes)
        squares = power(values)
        norm = np.sqrt(squares.sum(axes, keepdims=True))
        sums, squares = self._sum(values), self._sum(squares)
        same = y.dtype == self.problem.output
        matches, by_transforms = self._products.run(
            part, values, None, y if same else None
        )
        inexact: NDArray[np.bool_]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            if missing is None:
                variance = squares - power(sums) / self._taps
                least = needed * squares
                if by_transforms:
                    least = np.maximum(least, (needed * norm) ** 2)
                inexact = ~(variance > least)
                variance[inexact] = np.inf
                matches /= np.sqrt(variance)
                few = None
            else:
                counts = (~missing).astype(self._dtype)
                number = np.rint(self._sum(counts.real))
                few = number < max(2, self._least * self._taps - 0.5)
                template_sums, _ = self._products.run(part, counts, None)
                energies, _ = self._energies.run(part, counts, None)
                variance = squares - power(sums) / number
                energy = energies.real - power(template_sums) / number
                matches -= sums * template_sums / number
                # Transforms may have computed the products and the energies: their
                # errors are relative to the norms of all samples and of all counts.
                counts_norm = np.sqrt(counts.real.sum(axes, keepdims=True))
                error = needed * (norm + counts_norm * np.sqrt(squares / number))
                exact = (variance > needed * squares) & (energy > needed * counts_norm)
                both = np.sqrt(np.where(exact, variance * energy, 1))
                exact &= both > error
                matches *= np.where(exact, 1 / both, 0)
                inexact = ~exact.all(self._template_axes, keepdims=True) & ~few
                matches[np.broadcast_to(few, matches.shape)] = 0
        limit_to_one(matches)
        # infinities, and NaN that is not missing
        nonfinite = ~present if missing is None else ~(present | missing)
        if nonfinite.any():
            met = self._sum(nonfinite.astype(self._real)) > 0.5
            if few is not None:
                met &= ~few
            matches[np.broadcast_to(met, matches.shape)] = np.nan
            inexact &= ~met
        if not same:
            y[...] = matches
        return inexact

    def _compute_one_by_one(
        self,
        part: Region,
        samples: NDArray[Any],
        missing: NDArray[np.bool_] | None,
        chosen: NDArray[np.bool_],
        y: NDArray[Any],
    ) -> None:
        """Store the correlations of chosen windows, each computed by itself."""
        units = cut(self._units, part.kernel)
        others = [a for a in range(y.ndim) if a not in self._template_axes]
        batch = [a for a in others if a not in self._windows]
        order = [*batch, *self._template_axes, *self._windows]
        sizes = [units.shape[a] for a in order]
        number = prod(sizes[len(batch) : len(batch) + len(self._template_axes)])
        stacked = units.transpose(order).reshape(
            *sizes[: len(batch)], number, self._taps
        )
        windows = sliding_window_view(samples, self._sizes, self._windows)
        masks = None
        if missing is not None:
            masks = sliding_window_view(missing, self._sizes, self._windows)
        target = y.transpose([*others, *self._template_axes])
        step = max(1, _SAMPLES // (self._taps * number))
        positions = np.argwhere(chosen)
        for first in range(0, len(positions), step):
            at = positions[first : first + step].T
            values = windows[tuple(at)].reshape(-1, self._taps)
            kernels = tuple(at[a] % units.shape[a] for a in batch)
            templates = np.broadcast_to(
                stacked[kernels], (len(values), number, self._taps)
            )
            if masks is None:
                values = centred(values, None)
            else:
                present = ~masks[tuple(at)].reshape(-1, self._taps)
                values = centred(values, present)
                templates = centred(
                    templates, np.broadcast_to(present[:, None], templates.shape)
                )
            energies = power(values).sum(-1)[:, None] * power(templates).sum(-1)
            matches = np.matmul(templates.conj(), values[:, :, None])[..., 0]
            matches /= np.sqrt(np.where(energies > 0, energies, 1))
            limit_to_one(matches)
            target[tuple(at[a] for a in others)] = matches.reshape(
                -1, *target.shape[len(others) :]
            )

    def _is_flat(self, samples: NDArray[Any]) -> NDArray[np.bool_]:
        """Tell which windows hold equal numbers only."""
        changes = changes_in_windows(
            samples, self._windows, self._sizes, self._real, self._workers
        )
        flat: NDArray[np.bool_] = changes < 0.5
        return flat

    def _sum(self, values: NDArray[Any]) -> NDArray[Any]:
        return sum_windows(values, self._windows, self._sizes, self._workers)
