"""Convolution with missing data and weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from numbers import Real
from typing import Any, Literal, NamedTuple, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._core import api
from ._core.arguments import (
    Names,
    array_of,
    check_word,
    numbers_of,
    rules,
)
from ._core.region import Cuts, Region, align, blocks, cut, region, shifted
from .convolution import Boundary, Method, Mode

Nan = Literal["ignore", "propagate", "preserve"]
Edges = Literal["boundary", "renormalize"]

_NAMES = Names("x", "kernel")
# Outputs of a block.
_BLOCK = 1 << 18
# Side of the blocks in which outputs that met little weight are summed directly.
_SIDE = 32
# Rounding of a sum, in eps of its terms' magnitudes.
_ROUNDED = 8


@overload
def normalized_convolve(
    x: ArrayLike,
    kernel: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    mask: ArrayLike | None = None,
    nan: Nan = "ignore",
    min_weight: float = 0.0,
    mode: Mode = "same",
    method: Method = "auto",
    boundary: Boundary | Sequence[Boundary] = "constant",
    cval: complex | Sequence[complex] = 0,
    edges: Edges = "boundary",
    axes: int | Sequence[int] | None = None,
    return_weights: Literal[False] = False,
    out: NDArray[Any] | None = None,
    workers: int | None = None,
) -> NDArray[Any]: ...
@overload
def normalized_convolve(
    x: ArrayLike,
    kernel: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    mask: ArrayLike | None = None,
    nan: Nan = "ignore",
    min_weight: float = 0.0,
    mode: Mode = "same",
    method: Method = "auto",
    boundary: Boundary | Sequence[Boundary] = "constant",
    cval: complex | Sequence[complex] = 0,
    edges: Edges = "boundary",
    axes: int | Sequence[int] | None = None,
    return_weights: Literal[True],
    out: NDArray[Any] | None = None,
    workers: int | None = None,
) -> tuple[NDArray[Any], NDArray[Any]]: ...
def normalized_convolve(
    x: ArrayLike,
    kernel: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    mask: ArrayLike | None = None,
    nan: Nan = "ignore",
    min_weight: float = 0.0,
    mode: Mode = "same",
    method: Method = "auto",
    boundary: Boundary | Sequence[Boundary] = "constant",
    cval: complex | Sequence[complex] = 0,
    edges: Edges = "boundary",
    axes: int | Sequence[int] | None = None,
    return_weights: bool = False,
    out: NDArray[Any] | None = None,
    workers: int | None = None,
) -> NDArray[Any] | tuple[NDArray[Any], NDArray[Any]]:
    r"""Convolve what is there of an array: missing samples weigh nothing.

    .. math:: y[n] = \frac{\sum_k h[k] \, w[n - k] \, x[n - k]}{\sum_k h[k] \, w[n - k]}

    with weights w that are zero where `x` is masked or NaN: at each output the kernel
    is normalised anew by the weights that it meets, so gaps are filled from around
    them, and nothing is drawn to zero.

    Parameters
    ----------
    x : array_like
        Truth values, integers, real or complex numbers, of any number of dimensions.
        What a masked array masks is missing.
    kernel : array_like
        With as many axes as `x`, or one for each of `axes`. It need not sum to one, but
        not to zero either.
    weights : array_like, optional
        Weight of each sample, at least 0; broadcast to `x`.
    mask : array_like of bool, optional
        True for samples that are missing, as for `numpy.ma`; broadcast to `x`.
    nan : {'ignore', 'propagate', 'preserve'}, optional
        Whether NaN is missing, or a number like any other, or missing and NaN again in
        the result; the last in mode 'same' only.
    min_weight : float, optional
        Outputs that met this weight or less are NaN. The weight met is 1 where all of
        the kernel met samples of weight 1.
    mode : {'full', 'same', 'valid'}, optional
        As for `convolve`.
    method : {'auto', 'direct', 'fft'}, optional
        As for `convolve`.
    boundary, cval : optional
        How `x` goes on beyond its ends, as for `convolve`, also per axis; so do the
        weights, which are 1 outside with `boundary` 'constant'.
    edges : {'boundary', 'renormalize'}, optional
        Whether samples outside are those that `boundary` says, or weigh nothing.
    axes : int or sequence of int, optional
        Axes to convolve along, all by default.
    return_weights : bool, optional
        Whether the weight met at each output is returned, too.
    out : ndarray, optional
        Where to put the result; of its shape and dtype.
    workers : int, optional
        Threads to use at most, see `set_workers`.

    Returns
    -------
    y : ndarray
        Of the type that NumPy promotes `x` and `kernel` to, in floating point, single
        precision at least; integers alone count as float64. A masked array if `x` is
        one, masked where it is NaN for want of weight.
    weight : ndarray
        If `return_weights` is true: :math:`\sum |h| w \,/ \sum |h|`.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong; the text names it and what it may be.

    See Also
    --------
    convolve : the same if nothing is missing and the kernel sums to one

    Notes
    -----
    It works block by block, so that memory beyond arrays given and returned stays below
    30 MB, unless blocks have to be larger for the kernel. Outputs that met almost no
    weight are summed directly, since a transform's rounding is relative to all that its
    tile holds. With taps of both signs, outputs whose weights cancel are NaN.

    References
    ----------
    .. [1] H. Knutsson and C.-F. Westin, "Normalized and differential convolution",
       *Computer Vision and Pattern Recognition*, 1993, pages 515-523.

    Examples
    --------
    >>> import numpy as np
    >>> import pyconvolve
    >>> pyconvolve.normalized_convolve([1.0, np.nan, 3.0, 4.0], [1, 1, 1])
    array([0.5       , 2.        , 3.5       , 2.33333333])

    Nothing outside counts:

    >>> pyconvolve.normalized_convolve(
    ...     [1.0, np.nan, 3.0, 4.0], [1, 1, 1], edges="renormalize"
    ... )
    array([1. , 2. , 3.5, 3.5])
    """
    check_word("nan", nan, ("ignore", "propagate", "preserve"))
    least = number_of("min_weight", min_weight)
    if nan == "preserve" and mode != "same":
        raise ValueError(f"mode must be 'same' with nan='preserve', not {mode!r}")
    samples, taps, hidden = operands(_NAMES, x, kernel)
    if not samples.ndim:
        raise ValueError("x must have at least one axis")
    check_edges(edges, boundary, cval)
    words = mode, method, axes, boundary
    sums = _Sums(
        samples, taps, words, cval, edges == "boundary",
        gaps_of(_NAMES.signal, samples, mask, hidden, nan != "propagate"),
        _weights(weights, samples.shape), workers,
    )  # fmt: skip
    dtype, shape = sums.problem.output, sums.problem.shape
    result = api.place_for(out, shape, dtype, (samples, taps, *sums.read))
    weight = np.empty(shape, sums.real) if return_weights else None
    lost = None if hidden is None else np.empty(shape, bool)
    for block in blocks(sums.problem, _BLOCK):
        y = result[block]
        met = sums.share(block, y)
        missed = met <= least
        y[missed] = np.nan
        if nan == "preserve":
            y[sums.holes(block)] = np.nan
        if weight is not None:
            weight[block] = met
        if lost is not None:
            lost[block] = missed
    result = api.stored(result, out)
    if lost is not None:
        result = np.ma.MaskedArray(result, lost)
    return (result, weight) if weight is not None else result


def check_edges(edges: str, boundary: Any, cval: Any) -> None:
    """Refuse what says nothing where nothing outside counts."""
    check_word("edges", edges, ("boundary", "renormalize"))
    if edges == "boundary":
        return
    given = [("boundary", boundary)] * (boundary != "constant")
    for name, value in given + [("cval", cval)] * bool(np.any(cval)):
        raise ValueError(
            f"{name} must be left out with edges='renormalize', for nothing outside "
            f"counts, not {value!r}"
        )


class _Term(NamedTuple):
    """A sum over what a kernel meets, and what stands outside."""

    parts: api.Parts
    constants: Sequence[Any] | None

    def of(
        self,
        block: Sequence[slice],
        array: NDArray[Any],
        out: NDArray[Any] | None = None,
        method: str | None = None,
    ) -> tuple[NDArray[Any], bool]:
        """Sum for a block of outputs; tell whether it was by transforms."""
        part = region(self.parts.problem, block)
        return self.parts.run(part, array, self.constants, out, method)


class _Sums:
    """Samples that a kernel meets, and their weights, summed region by region."""

    def __init__(
        self,
        samples: NDArray[Any],
        taps: NDArray[Any],
        words: tuple[Mode, Method, Any, Any],
        cval: Any,
        counts_outside: bool,
        gaps: Gaps,
        weights: NDArray[Any] | None,
        workers: int | None,
    ) -> None:
        mode, method, axes, boundary = words

        def term(kernel: NDArray[Any], kind: np.dtype, outside: Any) -> _Term:
            how = rules(
                False, mode, method, axes, boundary, outside, 1, 1, 0, ordered=True
            )
            problem = api.problem_of(
                _NAMES, how, samples.shape, kernel.shape, kind, kernel.dtype, outside
            )
            constants = api.constants_of(outside, problem, how)
            return _Term(api.Parts(problem, how, kernel, workers), constants)

        self._samples, self._counts_outside = samples, counts_outside
        self._gaps, self._weights = gaps, weights
        # arrays that are read besides samples and taps
        self.read = gaps.masks if weights is None else (*gaps.masks, weights)
        self._kind = kind_of(samples, taps)
        self.real = taps.dtype.type(0).real.dtype
        sums = term(taps, self._kind, cval)
        self.problem = sums.parts.problem
        self._numbers = [axis.kernel for axis in self.problem.axes]
        summed = tuple(
            axis.kernel
            for axis in self.problem.axes
            if axis.role == "window" and axis.kernel is not None
        )
        whole, size = (array.sum(summed, keepdims=True) for array in (taps, abs(taps)))
        eps = float(np.finfo(taps.dtype).eps)
        self._rounding = _ROUNDED * eps
        if not np.isfinite(size).all():
            raise ValueError("kernel must hold finite taps only, not NaN or infinity")
        if (abs(whole) <= self._rounding * size).any():
            raise ValueError(
                "kernel must have a sum other than zero, by which it is divided, not "
                f"{whole.ravel()[abs(whole).argmin()]}"
            )
        self._whole, self._size = whole, size
        self._signed = not (abs(whole - size) <= self._rounding * size).all()
        # what stands outside counts, too, if a constant does
        beyond = int(counts_outside and "constant" in np.ravel(boundary))
        self._terms = [sums, term(taps, self.real, beyond)]
        if self._signed:
            self._terms.append(term(abs(taps), self.real, beyond))
        self._met = term(taps != 0, np.dtype(bool), bool(beyond))
        self._few = eps ** (1 / 3)

    def share(self, block: Sequence[slice], y: NDArray[Any]) -> NDArray[Any]:
        """Store the means of what a block of outputs met; return the weight met."""
        part = region(self.problem, block)
        samples = cut(self._samples, part.signal)
        missing = self._gaps.of(samples, part.signal)
        inside = not any(axis.reaches_outside for axis in part.problem.axes)
        held = samples.astype(self._kind, copy=False)
        means, *weighing = self._terms
        if (
            self._weights is None
            and missing is None
            and (self._counts_outside or inside)
        ):
            means.of(block, held, y)
            y /= self._of_kernel(self._whole, part)
            return np.broadcast_to(self.real.type(1), y.shape)
        weights = None
        if self._weights is not None:
            weights = cut(self._weights, part.signal).astype(self.real, copy=False)
            missing = weights == 0 if missing is None else missing | (weights == 0)
        if missing is None:
            counts = np.ones(samples.shape, self.real)
        else:
            counts = (~missing).astype(self.real)
            # a product with zero would leave what isn't finite
            held = np.where(missing, held.dtype.type(0), held)
        if weights is not None:
            counts *= weights
            held *= counts
        arrays = [held] + [counts] * len(weighing)
        found = [
            means.of(block, held, y),
            *(term.of(block, counts) for term in weighing),
        ]
        sums = [each for each, _ in found]
        weight = self._weight(sums, part)
        low = weight < self._few * max(counts.max(initial=0), self._counts_outside)
        if any(by_transforms for _, by_transforms in found) and low.any():
            met, _ = self._met.of(block, counts > 0)
            low &= met
            for place in _places(low):
                self._sum_directly(part, block, place, arrays, sums, low[place])
            weight = np.where(met, self._weight(sums, part), 0)
        # nothing met is NaN, too
        with np.errstate(divide="ignore", invalid="ignore"):
            y /= sums[1]
        if self._signed:
            y[abs(sums[1]) <= self._rounding * sums[-1]] = np.nan
        return weight

    def holes(self, block: Sequence[slice]) -> NDArray[np.bool_]:
        """Tell which outputs of a block stand where NaN stood, in mode 'same'."""
        axes = self.problem.axes
        there = [
            (axis.signal, block[axis.output])
            for axis in axes
            if axis.signal is not None
        ]
        samples = cut(self._samples, there)
        return np.broadcast_to(
            np.isnan(samples), [those.stop - those.start for those in block]
        )

    def _weight(self, sums: list[NDArray[Any]], part: Region) -> NDArray[Any]:
        """Share of the kernel that met samples."""
        if self._signed:
            return sums[2] / self._of_kernel(self._size, part)
        return (sums[1] / self._of_kernel(self._whole, part)).real

    def _of_kernel(self, array: NDArray[Any], part: Region) -> NDArray[Any]:
        """View what there is one of for each kernel, as a region needs it."""
        return align(cut(array, part.kernel), self._numbers)

    def _sum_directly(
        self,
        part: Region,
        block: Sequence[slice],
        place: Sequence[slice],
        arrays: Sequence[NDArray[Any]],
        sums: list[NDArray[Any]],
        chosen: NDArray[np.bool_],
    ) -> None:
        """Compute chosen sums of a place in a block anew."""
        outputs = shifted(place, block)
        read = region(self.problem, outputs).signal
        cuts = [
            (axis, slice(some.start - whole.start, some.stop - whole.start))
            for (axis, some), (_, whole) in zip(read, part.signal, strict=True)
        ]
        for term, array, found in zip(self._terms, arrays, sums, strict=True):
            fresh, _ = term.of(outputs, cut(array, cuts), method="direct")
            np.copyto(found[tuple(place)], fresh, where=chosen)


def _places(chosen: NDArray[np.bool_]) -> Iterator[tuple[slice, ...]]:
    """Small blocks that hold what is chosen."""
    for corner in np.unique(np.argwhere(chosen) // _SIDE, axis=0):
        yield tuple(
            slice(start, min(start + _SIDE, length))
            for start, length in zip(
                (corner * _SIDE).tolist(), chosen.shape, strict=True
            )
        )


class Gaps(NamedTuple):
    """Which samples are missing."""

    masks: tuple[NDArray[np.bool_], ...]
    nan: bool
    """Whether NaN is."""

    def of(self, samples: NDArray[Any], cuts: Cuts) -> NDArray[np.bool_] | None:
        """Return where samples are missing in a part of all; None: nowhere."""
        found = [cut(mask, cuts) for mask in self.masks]
        if self.nan and samples.dtype.kind in "fc":
            found.append(np.isnan(samples))
        found = [missing for missing in found if missing.any()]
        return np.logical_or.reduce(found) if found else None


def gaps_of(
    name: str,
    samples: NDArray[Any],
    mask: ArrayLike | None,
    hidden: NDArray[np.bool_] | None,
    nan: bool,
) -> Gaps:
    """Check a mask, and join it with what a masked array masks."""
    masks = [] if hidden is None else [hidden]
    if mask is not None:
        given = np.asarray(mask)
        if given.dtype.kind not in "biu":
            raise TypeError(f"mask must hold truth values, not {given.dtype!r}")
        given = _broadcast("mask", given, name, samples.shape)
        masks.append(given.astype(bool, copy=False))
    return Gaps(tuple(masks), nan)


def _weights(weights: ArrayLike | None, shape: tuple[int, ...]) -> NDArray[Any] | None:
    if weights is None:
        return None
    given = array_of("weights", weights)
    if given.dtype.kind not in "biuf":
        raise TypeError(f"weights must hold real numbers, not {given.dtype!r}")
    # of NaN both are NaN
    least, most = given.min(initial=0), given.max(initial=0)
    if not (least >= 0 and most < np.inf):
        raise ValueError(
            f"weights must be finite and at least 0, but the least is {least} and the "
            f"largest {most}"
        )
    return _broadcast("weights", given, _NAMES.signal, shape)


def operands(
    names: Names, x: Any, kernel: Any
) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.bool_] | None]:
    """Signal, kernel in the precision of the result, and what the signal masks."""
    hidden = np.ma.getmaskarray(x) if isinstance(x, np.ma.MaskedArray) else None
    samples = numbers_of(names.signal, x if hidden is None else np.ma.getdata(x))
    taps = numbers_of(names.kernel, kernel)
    both = samples.dtype.kind in "biu" and taps.dtype.kind in "biu"
    work = np.result_type(samples, taps, np.float64 if both else np.float32)
    real = work.type(0).real.dtype
    taps = taps.astype(work if taps.dtype.kind == "c" else real, copy=False)
    return samples, taps, hidden


def kind_of(samples: NDArray[Any], taps: NDArray[Any]) -> np.dtype:
    """Type that samples are summed in, with taps of `operands`."""
    real = taps.dtype.type(0).real.dtype
    return np.result_type(real, np.complex64) if samples.dtype.kind == "c" else real


def _broadcast(
    name: str, array: NDArray[Any], signal: str, shape: tuple[int, ...]
) -> NDArray[Any]:
    try:
        return np.broadcast_to(array, shape)
    except ValueError:
        raise ValueError(
            f"{name} must broadcast to the shape {shape} of {signal}, not {array.shape}"
        ) from None


def number_of(name: str, value: Any, most: float = np.inf) -> float:
    """Check a number that is at least 0."""
    if not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, not {value!r}")
    number = float(value)
    if not 0 <= number <= most:
        limit = "" if most == np.inf else f" and at most {most}"
        raise ValueError(f"{name} must be at least 0{limit}, not {value!r}")
    return number
