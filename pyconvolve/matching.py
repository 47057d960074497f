"""Normalised cross-correlation: templates found whatever the light, and in gaps."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from math import isqrt, prod
from typing import Any, Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

from ._core import api
from ._core.arguments import Names, Rules, check_word, rules
from ._core.problem import Problem
from ._core.region import Region, align, blocks, cut, gather, region, shifted
from .convolution import Boundary, Method, Mode, convolve
from .normalized import (
    Edges,
    Gaps,
    check_edges,
    gaps_of,
    kind_of,
    number_of,
    operands,
)

_NAMES = Names("image", "template")
# Errors of windows computed together are at most this.
_ERROR = 1e-8
# Rounding of a sum of squares, and of outputs of transforms beside the norm of all
# samples, in eps.
_ROUNDED = 16
# Outputs of a block.
_BLOCK = 1 << 17
# Windows that are left of a block and computed each by itself; more are halved again.
_FEW = 1 << 11
# Samples of the windows that are computed at the same time.
_SAMPLES = 1 << 16
# Neighbours that are summed at once; sums of more are made of shorter ones.
_SHORT = 64
# Samples of an axis that the median is taken of.
_PICKED = 32


def normalized_correlate(
    image: ArrayLike,
    template: ArrayLike,
    mode: Mode = "valid",
    *,
    mask: ArrayLike | None = None,
    nan: Literal["ignore", "propagate"] = "ignore",
    min_overlap: float = 0.3,
    axes: int | Sequence[int] | None = None,
    boundary: Boundary | Sequence[Boundary] = "constant",
    cval: complex | Sequence[complex] = 0,
    edges: Edges = "boundary",
    method: Method = "auto",
    out: NDArray[Any] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    r"""Compare a template with every place of an image, whatever light and contrast.

    .. math:: y[n] = \frac{\sum_k (x[n + k] - \bar x_n) \, \overline{(t[k] - \bar t_n)}}
       {\sqrt{\sum_k |x[n + k] - \bar x_n|^2 \, \sum_k |t[k] - \bar t_n|^2}}

    with sums and means over those samples of the template's window that are there: the
    zero-mean normalised cross-correlation [1]_, masked [2]_ where some are missing.

    Parameters
    ----------
    image : array_like
        Real or complex, of any number of dimensions. What a masked array masks is
        missing.
    template : array_like
        With as many axes, or one for each of `axes`. Axes on which `image` has length
        one may hold many templates: statistics of windows are made once for all.
    mode : {'valid', 'same', 'full'}, optional
        As for `correlate`: all places where the template lies inside; those where its
        centre does; or where any of it does.
    mask : array_like of bool, optional
        True for samples that are missing, as for `numpy.ma`; broadcast to `image`.
    nan : {'ignore', 'propagate'}, optional
        Whether NaN is missing, or makes every output NaN whose window meets it.
    min_overlap : float, optional
        Where a smaller share of the template meets samples, the output is 0.
    axes, boundary, cval, method, workers : optional
        As for `correlate`.
    edges : {'boundary', 'renormalize'}, optional
        Whether samples outside are those that `boundary` says, or missing.
    out : ndarray, optional
        Where to put the result; of its shape and dtype.

    Returns
    -------
    ndarray
        From -1 to 1 (complex: of magnitude up to 1); 0 where the image, or what is met
        of the template, has no contrast; NaN where it meets infinities. In the
        floating-point type of the inputs; computed in double precision at least.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong, or the template is flat; the text names it and what it
        may be.

    See Also
    --------
    correlate : without any normalisation

    Notes
    -----
    Each output depends on its own window only, whatever is beside it. The image is
    computed block by block, each without its median. Windows whose contrast is so small
    beside their block that rounding would show are computed again in smaller blocks,
    and at last each by itself.

    References
    ----------
    .. [1] J. P. Lewis, "Fast normalized cross-correlation", *Vision Interface*, 1995,
       pages 120-123.
    .. [2] D. Padfield, "Masked object registration in the Fourier domain", *IEEE
       Transactions on Image Processing* 21(5), 2012, pages 2706-2718.

    Examples
    --------
    >>> import numpy as np
    >>> import pyconvolve
    >>> image = np.random.default_rng(0).random((40, 50))
    >>> template = 3 + 2 * image[10:17, 20:29]
    >>> found = pyconvolve.normalized_correlate(image, template)
    >>> [int(i) for i in np.unravel_index(found.argmax(), found.shape)]
    [10, 20]
    >>> float(found.max().round(12))
    1.0

    A part of what is looked for is missing:

    >>> image[12:15, 22:26] = np.nan
    >>> found = pyconvolve.normalized_correlate(image, template)
    >>> [int(i) for i in np.unravel_index(found.argmax(), found.shape)]
    [10, 20]
    """
    check_word("nan", nan, ("ignore", "propagate"))
    least = number_of("min_overlap", min_overlap, 1)
    samples, taps, hidden = operands(_NAMES, image, template)
    check_edges(edges, boundary, cval)
    dtype = np.result_type(kind_of(samples, taps), taps)
    taps = taps.astype(np.result_type(taps, np.float64))
    how = rules(True, mode, method, axes, boundary, cval, 1, 1, 0, ordered=True)
    types = kind_of(samples, taps), taps.dtype
    problem = api.problem_of(_NAMES, how, samples.shape, taps.shape, *types, cval)
    gaps = gaps_of(_NAMES.signal, samples, mask, hidden, nan == "ignore")
    matching = _Matching(
        problem, how, samples, gaps, edges == "renormalize", taps,
        api.constants_of(cval, problem, how), least, workers,
    )  # fmt: skip
    result = api.place_for(out, problem.shape, dtype, (samples, taps, *gaps.masks))
    for block in blocks(problem, _BLOCK):
        matching.match(block, result[block])
    return api.stored(result, out)


class _Matching:
    """Templates, and an image that they are compared with region by region."""

    def __init__(
        self,
        problem: Problem,
        how: Rules,
        image: NDArray[Any],
        gaps: Gaps,
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
        # axes along which only templates differ
        self._own = tuple(a for a, axis in enumerate(axes) if axis.signal is None)
        templates = align(templates, [axis.kernel for axis in axes])
        self._units = _units(templates, self._windows)
        kernels = [None if axis.kernel is None else a for a, axis in enumerate(axes)]
        self.problem = problem._replace(
            axes=tuple(
                axis._replace(kernel=a) for a, axis in zip(kernels, axes, strict=True)
            )
        )
        self._image, self._gaps, self._constants = image, gaps, constants
        self._outside_is_missing = outside_is_missing
        self._least, self._workers = least, workers
        self._kind = problem.signal.dtype
        self._eps = float(np.finfo(problem.output).eps)
        self._real = self._units.real.dtype
        self._products = api.Parts(self.problem, how, self._units, workers)
        self._energies = api.Parts(
            self.problem, how, (abs(self._units) ** 2).astype(problem.output), workers
        )

    def match(self, block: Sequence[slice], y: NDArray[Any]) -> None:
        """Store the matches of a block of outputs."""
        part = region(self.problem, block)
        part, samples, missing = self._read(part)
        doubtful = self._together(part, samples, missing, y)
        if missing is None and doubtful.any():
            doubtful &= ~self._is_flat(samples)
        number = np.count_nonzero(doubtful)
        if number <= _FEW:
            if number:
                self._each(part, samples, missing, doubtful, y)
            return
        # halve the axis that has most windows
        a = doubtful.shape.index(max(doubtful.shape))
        middle = y.shape[a] // 2
        for half in (slice(0, middle), slice(middle, y.shape[a])):
            here = tuple(half if b == a else slice(0, n) for b, n in enumerate(y.shape))
            if doubtful[here].any():
                self.match(shifted(here, block), y[here])

    def _read(
        self, part: Region
    ) -> tuple[Region, NDArray[Any], NDArray[np.bool_] | None]:
        """Gather the samples of a region, and where they are missing; None: nowhere."""
        samples = cut(self._image, part.signal)
        missing = self._gaps.of(samples, part.signal)
        outside = any(axis.reaches_outside for axis in part.problem.axes)
        if missing is None and self._outside_is_missing and outside:
            missing = np.zeros(samples.shape, bool)
        if missing is not None:
            rule = [self._outside_is_missing] * missing.ndim
            missing = gather(part.problem, missing, rule)[1].astype(bool)
        problem, samples = gather(
            part.problem, samples.astype(self._kind, copy=False), self._constants
        )
        return part._replace(problem=problem), samples, missing

    def _together(
        self,
        part: Region,
        samples: NDArray[Any],
        missing: NDArray[np.bool_] | None,
        y: NDArray[Any],
    ) -> NDArray[np.bool_]:
        """Store all matches, from sums of windows; return which are doubtful."""
        axes, needed = self._windows, _ROUNDED * self._eps / _ERROR
        there = np.isfinite(samples)
        if missing is not None:
            there &= ~missing
        values = _without_level(samples, there, axes)
        squares = _power(values)
        norm = np.sqrt(squares.sum(axes, keepdims=True))
        sums, squares = self._sum(values), self._sum(squares)
        same = y.dtype == self.problem.output
        matches, by_transforms = self._products.run(
            part, values, None, y if same else None
        )
        doubtful: NDArray[np.bool_]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            if missing is None:
                variance = squares - _power(sums) / self._taps
                least = needed * squares
                if by_transforms:
                    least = np.maximum(least, (needed * norm) ** 2)
                doubtful = ~(variance > least)
                variance[doubtful] = np.inf
                matches /= np.sqrt(variance)
                few = None
            else:
                present = (~missing).astype(self._kind)
                number = np.rint(self._sum(present.real))
                few = number < max(2, self._least * self._taps - 0.5)
                means, _ = self._products.run(part, present, None)
                energies, _ = self._energies.run(part, present, None)
                variance = squares - _power(sums) / number
                energy = energies.real - _power(means) / number
                matches -= sums * means / number
                # the same for products and energies, which transforms compute
                spread = np.sqrt(present.real.sum(axes, keepdims=True))
                error = needed * (norm + spread * np.sqrt(squares / number))
                right = (variance > needed * squares) & (energy > needed * spread)
                both = np.sqrt(np.where(right, variance * energy, 1))
                right &= both > error
                matches *= np.where(right, 1 / both, 0)
                doubtful = ~right.all(self._own, keepdims=True) & ~few
                matches[np.broadcast_to(few, matches.shape)] = 0
        _limit(matches)
        wrong = ~there if missing is None else ~(there | missing)
        if wrong.any():
            met = self._sum(wrong.astype(self._real)) > 0.5
            if few is not None:
                met &= ~few
            matches[np.broadcast_to(met, matches.shape)] = np.nan
            doubtful &= ~met
        if not same:
            y[...] = matches
        return doubtful

    def _each(
        self,
        part: Region,
        samples: NDArray[Any],
        missing: NDArray[np.bool_] | None,
        chosen: NDArray[np.bool_],
        y: NDArray[Any],
    ) -> None:
        """Store the matches of chosen windows, each computed by itself."""
        units = cut(self._units, part.kernel)
        others = [a for a in range(y.ndim) if a not in self._own]
        batch = [a for a in others if a not in self._windows]
        order = [*batch, *self._own, *self._windows]
        sizes = [units.shape[a] for a in order]
        kinds = prod(sizes[len(batch) : len(batch) + len(self._own)])
        stacked = units.transpose(order).reshape(
            *sizes[: len(batch)], kinds, self._taps
        )
        windows = sliding_window_view(samples, self._sizes, self._windows)
        gaps = None
        if missing is not None:
            gaps = sliding_window_view(missing, self._sizes, self._windows)
        target = y.transpose([*others, *self._own])
        step = max(1, _SAMPLES // (self._taps * kinds))
        places = np.argwhere(chosen)
        for first in range(0, len(places), step):
            at = places[first : first + step].T
            values = windows[tuple(at)].reshape(-1, self._taps)
            mine = tuple(at[a] % units.shape[a] for a in batch)
            templates = np.broadcast_to(stacked[mine], (len(values), kinds, self._taps))
            if gaps is None:
                values = _centred(values, None)
            else:
                there = ~gaps[tuple(at)].reshape(-1, self._taps)
                values = _centred(values, there)
                templates = _centred(
                    templates, np.broadcast_to(there[:, None], templates.shape)
                )
            energies = _power(values).sum(-1)[:, None] * _power(templates).sum(-1)
            matches = np.matmul(templates.conj(), values[:, :, None])[..., 0]
            matches /= np.sqrt(np.where(energies > 0, energies, 1))
            _limit(matches)
            target[tuple(at[a] for a in others)] = matches.reshape(
                -1, *target.shape[len(others) :]
            )

    def _is_flat(self, samples: NDArray[Any]) -> NDArray[np.bool_]:
        """Tell which windows hold one number only: there are no changes in them."""
        changes: Any = 0
        for a, size in zip(self._windows, self._sizes, strict=True):
            if size > 1:
                before = (slice(None),) * a
                after = samples[(*before, slice(1, None))]
                changed = after != samples[(*before, slice(None, -1))]
                changes = changes + self._sum(changed.astype(self._real), a)
        flat: NDArray[np.bool_] = changes < 0.5
        return flat

    def _sum(self, values: NDArray[Any], shorter: int = -1) -> NDArray[Any]:
        """Sum windows; along axis `shorter` they are shorter by one sample."""
        for a, size in zip(self._windows, self._sizes, strict=True):
            values = _sum_along(values, a, size - (a == shorter), self._workers)
        return values


def _sum_along(
    values: NDArray[Any], axis: int, size: int, workers: int | None
) -> NDArray[Any]:
    """Sum so many neighbours directly, each output by itself: sums of short sums."""

    def total(part: NDArray[Any], number: int, apart: int = 1) -> NDArray[Any]:
        ones = np.ones(number, part.real.dtype)
        return convolve(
            part, ones, "valid", "direct", axes=axis, dilation=apart, workers=workers
        )

    if size <= _SHORT:
        return values if size == 1 else total(values, size)
    short = isqrt(size)
    covered = short * (size // short)
    sums = total(total(values, short), size // short, short)
    if covered == size:
        return sums
    before = (slice(None),) * axis
    rest = total(values[(*before, slice(covered, None))], size - covered)
    rest += sums[(*before, slice(0, rest.shape[axis]))]
    return rest


def _units(templates: NDArray[Any], axes: tuple[int, ...]) -> NDArray[Any]:
    """Templates without their means, of unit energy; the axes are those of windows."""
    if not np.isfinite(templates).all():
        raise ValueError("template must hold finite numbers only, not NaN or infinity")
    order = [*(a for a in range(templates.ndim) if a not in axes), *axes]
    moved = templates.transpose(order)
    flat = _centred(moved.reshape(*moved.shape[: -len(axes)], -1), None)
    energies = _power(flat).sum(-1, keepdims=True)
    if not energies.all():
        raise ValueError("template must vary, but all its taps are the same")
    flat /= np.sqrt(energies)
    return flat.reshape(moved.shape).transpose(np.argsort(order))


def _centred(values: NDArray[Any], there: NDArray[np.bool_] | None) -> NDArray[Any]:
    """Numbers along the last axis less their mean, 1 at most, 0 where not there.

    Of equal ones nothing is left.
    """
    if there is None:
        values = values - values[..., :1]
        number: Any = values.shape[-1]
    else:
        first = there.argmax(-1)[..., None]
        values = np.where(there, values - np.take_along_axis(values, first, -1), 0)
        number = np.maximum(there.sum(-1, keepdims=True), 1)
    values *= _inverse_scale(values, (-1,))
    mean = values.sum(-1, keepdims=True) / number
    values -= mean if there is None else np.where(there, mean, 0)
    return values


def _without_level(
    samples: NDArray[Any], there: NDArray[np.bool_], axes: tuple[int, ...]
) -> NDArray[Any]:
    """Subtract medians along some axes, and scale to 1 at most; 0 where not there."""
    steps = tuple(
        slice(None, None, max(1, n // _PICKED) if a in axes else 1)
        for a, n in enumerate(samples.shape)
    )
    some, known = samples[steps], there[steps]
    level: Any
    if known.all():
        level = _median(some, np.median, axes)
    else:
        with warnings.catch_warnings():
            # where there is none at all
            warnings.simplefilter("ignore", RuntimeWarning)
            level = _median(np.where(known, some, np.nan), np.nanmedian, axes)
        level = np.nan_to_num(level)
    values = (samples if there.all() else np.where(there, samples, level)) - level
    values *= _inverse_scale(values, axes)
    return values


def _median(samples: NDArray[Any], median: Any, axes: tuple[int, ...]) -> Any:
    if samples.dtype.kind != "c":
        return median(samples, axes, keepdims=True)
    return median(samples.real, axes, keepdims=True) + 1j * median(
        samples.imag, axes, keepdims=True
    )


def _inverse_scale(values: NDArray[Any], axes: tuple[int, ...]) -> NDArray[Any]:
    """Powers of two that make numbers along some axes 1 at most."""
    if values.dtype.kind == "c":
        largest = abs(values).max(axes, keepdims=True)
    else:
        largest = np.maximum(
            values.max(axes, keepdims=True), -values.min(axes, keepdims=True)
        )
    return np.ldexp(np.ones_like(largest), -np.frexp(largest)[1])


def _power(values: NDArray[Any]) -> NDArray[Any]:
    """Squares of magnitudes."""
    if values.dtype.kind != "c":
        return np.square(values)
    return np.square(values.real) + np.square(values.imag)


def _limit(matches: NDArray[Any]) -> None:
    """Take off what rounding leaves beyond 1."""
    if matches.dtype.kind != "c":
        np.clip(matches, -1, 1, out=matches)
    else:
        matches /= np.maximum(1, abs(matches))
