"""Convolution with missing data and weights, and normalised cross-correlation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from numbers import Real
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._core import api
from ._core.arguments import (
    Names,
    array_of,
    axes_of,
    check_out,
    check_word,
    numbers_of,
    rules,
)
from .convolution import Boundary, Method, Mode, convolve, correlate

Nan = Literal["ignore", "propagate"]
Edges = Literal["boundary", "renormalize"]

_SUMS, _MATCH = Names("x", "kernel"), Names("image", "template")
# Side of the blocks in which outputs that met little weight are summed directly.
_BLOCK = 32
# Rounding of a sum, in eps of its terms' magnitudes.
_ROUNDED = 8
# The same of a variance that is a difference of two sums.
_CANCELLED = 64


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
) -> Any:
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
    nan : {'ignore', 'propagate'}, optional
        Whether NaN is missing, or a number like any other.
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
        precision at least. A masked array if `x` is one, masked where it is NaN for
        want of weight.
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
    Outputs that met almost no weight are summed directly, since a transform's rounding
    is relative to all that its tile holds. With taps of both signs an output whose
    weights cancel to nothing is NaN.

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
    check_word("nan", nan, ("ignore", "propagate"))
    check_word("edges", edges, ("boundary", "renormalize"))
    least = _number("min_weight", min_weight)
    hidden = np.ma.getmaskarray(x) if isinstance(x, np.ma.MaskedArray) else None
    samples, taps = _operands(
        ("x", "kernel"), x if hidden is None else np.ma.getdata(x), kernel
    )
    if edges != "boundary":
        boundary, cval = "constant", 0
    sums = _Sums(samples.shape, taps, mode, method, boundary, axes, workers)
    counts = _weights(samples, weights, mask, hidden, nan)
    if counts is None and edges == "renormalize":
        counts = np.ones(samples.shape, samples.real.dtype)
    if counts is None:
        result = sums.of(samples, taps, cval) / sums.whole
        weight = np.ones(result.shape, result.real.dtype)
    else:
        # a product with zero would leave what isn't finite
        held = np.where(counts > 0, samples, samples.dtype.type(0))
        if weights is not None:
            held *= counts
        result, weight = sums.share(held, counts, cval, int(edges == "boundary"))
    lost = weight <= least
    result[lost] = np.nan
    if out is not None:
        result = _store(result, out)
    if hidden is not None:
        result = np.ma.MaskedArray(result, lost)
    return (result, weight) if return_weights else result


class _Sums:
    """Sums over what a kernel meets, whose arguments are those of `convolve`."""

    def __init__(
        self,
        shape: tuple[int, ...],
        taps: NDArray[Any],
        mode: Mode,
        method: Method,
        boundary: Any,
        axes: Any,
        workers: int | None,
    ) -> None:
        if not shape:
            raise ValueError("x must have at least one axis")
        self.taps = taps
        self.rules: dict[str, Any] = {
            "mode": mode, "method": method, "boundary": boundary, "axes": axes,
            "workers": workers,
        }  # fmt: skip
        api.prepare(_SUMS, self._rules(0), shape, taps.shape, taps.dtype, taps.dtype)
        self.axes = _kernel_axes(shape, taps.shape, axes)
        _check_fit("kernel", "x", shape, taps.shape, self.axes, mode)
        own = taps.ndim == len(shape)
        summed = tuple(self.axes.values())
        self.whole = taps.sum(summed, keepdims=own)
        self.size = abs(taps).sum(summed, keepdims=own)
        eps = float(np.finfo(taps.dtype).eps)
        if not np.isfinite(self.size).all():
            raise ValueError("kernel must hold finite taps only, not NaN or infinity")
        if (abs(self.whole) <= _ROUNDED * eps * self.size).any():
            raise ValueError(
                "kernel must have a sum other than zero, by which it is divided, not "
                f"{self.whole.ravel()[abs(self.whole).argmin()]}"
            )
        self.signed = not (
            abs(self.whole - self.size) <= _ROUNDED * eps * self.size
        ).all()

    def _rules(self, outside: Any) -> Any:
        mode, method = self.rules["mode"], self.rules["method"]
        axes, boundary = self.rules["axes"], self.rules["boundary"]
        return rules(False, mode, method, axes, boundary, outside, 1, 1, 0)

    def of(self, array: NDArray[Any], taps: NDArray[Any], outside: Any) -> NDArray[Any]:
        """Convolve."""
        return convolve(array, taps, cval=outside, **self.rules)

    def _prepared(
        self, array: NDArray[Any], taps: NDArray[Any], outside: Any
    ) -> api.Prepared:
        rules = self._rules(outside)
        shapes, types = (array.shape, taps.shape), (array.dtype, taps.dtype)
        return api.prepare(_SUMS, rules, *shapes, *types, outside)

    def share(
        self, held: NDArray[Any], counts: NDArray[Any], cval: Any, beyond: int
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """Mean of the samples met, `held` being weighted, and the weight met."""
        terms = [(held, self.taps, cval), (counts, self.taps, beyond)]
        if self.signed:
            terms.append((counts, abs(self.taps), beyond))
        sums = [self.of(*term) for term in terms]
        weight = self.weight(sums)
        by_transforms = any(self._prepared(*term).plan.name == "fft" for term in terms)
        eps = float(np.finfo(weight.dtype).eps)
        low = weight < eps ** (1 / 3) * max(counts.max(initial=0), beyond)
        if by_transforms and low.any():
            met = self.of(counts > 0, self.taps != 0, bool(beyond))
            low &= met
            for block in _blocks(low):
                for (array, taps, outside), found in zip(terms, sums, strict=True):
                    fresh = self.of_block(array, taps, outside, block)
                    np.copyto(found[block], fresh, where=low[block])
            weight = np.where(met, self.weight(sums), 0)
        result, norm = sums[:2]
        # nothing met is NaN, too
        with np.errstate(divide="ignore", invalid="ignore"):
            result /= norm
        if self.signed:
            result[abs(norm) <= _ROUNDED * eps * sums[-1]] = np.nan
        return result, weight

    def weight(self, sums: list[NDArray[Any]]) -> NDArray[Any]:
        """Share of the kernel that met samples."""
        return sums[2] / self.size if self.signed else (sums[1] / self.whole).real

    def of_block(
        self,
        array: NDArray[Any],
        taps: NDArray[Any],
        outside: Any,
        block: tuple[slice, ...],
    ) -> NDArray[Any]:
        """Convolve directly, for a block of outputs."""
        rules, prepared = self._rules(outside), self._prepared(array, taps, outside)
        return api.run_region(prepared, rules, block, array, taps, outside)


def _blocks(chosen: NDArray[np.bool_]) -> Iterator[tuple[slice, ...]]:
    """Blocks that hold what is chosen."""
    for corner in np.unique(np.argwhere(chosen) // _BLOCK, axis=0):
        yield tuple(
            slice(start, min(start + _BLOCK, length))
            for start, length in zip(
                (corner * _BLOCK).tolist(), chosen.shape, strict=True
            )
        )


def _weights(
    samples: NDArray[Any],
    weights: ArrayLike | None,
    mask: ArrayLike | None,
    hidden: NDArray[np.bool_] | None,
    nan: str,
) -> NDArray[Any] | None:
    """Weight of each sample, zero where it is missing; None: all weigh one."""
    missing = None if hidden is None or not hidden.any() else hidden
    if mask is not None:
        given = np.asarray(mask)
        if given.dtype.kind not in "biu":
            raise TypeError(f"mask must hold truth values, not {given.dtype!r}")
        given = _broadcast("mask", given, samples.shape).astype(bool)
        missing = given if missing is None else given | missing
    if nan == "ignore":
        holes = np.isnan(samples)
        if missing is not None:
            missing = missing | holes
        elif holes.any():
            missing = holes
    real = samples.real.dtype
    if weights is None:
        return None if missing is None else (~missing).astype(real)
    given = array_of("weights", weights)
    if given.dtype.kind not in "biuf":
        raise TypeError(f"weights must hold real numbers, not {given.dtype!r}")
    counts = _broadcast("weights", given, samples.shape).astype(real)
    if not (np.isfinite(counts).all() and (counts >= 0).all()):
        raise ValueError(
            f"weights must be finite and at least 0, but the least is {counts.min()} "
            f"and the largest {counts.max()}"
        )
    if missing is not None:
        counts[missing] = 0
    return counts


def _operands(
    names: tuple[str, str], x: Any, kernel: Any
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Signal and kernel in the precision of the result."""
    samples, taps = numbers_of(names[0], x), numbers_of(names[1], kernel)
    integers = {*"biu"} & {samples.dtype.kind, taps.dtype.kind}
    work = np.result_type(samples, taps, np.float64 if integers else np.float32)
    real = work.type(0).real.dtype

    def convert(array: NDArray[Any]) -> NDArray[Any]:
        return array.astype(work if array.dtype.kind == "c" else real, copy=False)

    return convert(samples), convert(taps)


def _broadcast(name: str, array: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    try:
        return np.broadcast_to(array, shape)
    except ValueError:
        raise ValueError(
            f"{name} must broadcast to the shape {shape} of x, not {array.shape}"
        ) from None


def _store(result: NDArray[Any], out: Any) -> NDArray[Any]:
    """Put a result where it is wanted."""
    check_out(out, result.shape, result.dtype)[...] = result
    return out


def _number(name: str, value: Any) -> float:
    if not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, not {value!r}")
    number = float(value)
    if not number >= 0:
        raise ValueError(f"{name} must be at least 0, not {value!r}")
    return number


def normalized_correlate(
    image: ArrayLike,
    template: ArrayLike,
    mode: Mode = "valid",
    *,
    axes: int | Sequence[int] | None = None,
    boundary: Boundary = "constant",
    cval: complex = 0,
    method: Method = "auto",
    out: NDArray[Any] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    r"""Compare a template with every place of an image, whatever light and contrast.

    .. math:: y[n] = \frac{\sum_k (x[n + k] - \bar x_n) \, \overline{(t[k] - \bar t)}}
       {\sqrt{\sum_k |x[n + k] - \bar x_n|^2 \, \sum_k |t[k] - \bar t|^2}}

    with means over the template's window: the zero-mean normalised
    cross-correlation.

    Parameters
    ----------
    image : array_like
        Real or complex, of any number of dimensions.
    template : array_like
        With as many axes, or one for each of `axes`.
    mode : {'valid', 'same', 'full'}, optional
        As for `correlate`: all places where the template lies inside; those where its
        centre does; or where any of it does.
    axes, boundary, cval, method, workers : optional
        As for `correlate`.
    out : ndarray, optional
        Where to put the result; of its shape and dtype.

    Returns
    -------
    ndarray
        From -1 to 1 (complex: of magnitude up to 1); 0 where the image is flat, NaN
        where it isn't finite. In the floating-point type of the inputs; computed in
        double precision at least.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong, or the template is flat; the text names it and what it
        may be.

    See Also
    --------
    correlate : without any normalisation

    References
    ----------
    .. [1] J. P. Lewis, "Fast normalized cross-correlation", *Vision Interface*, 1995,
       pages 120-123.

    Examples
    --------
    >>> import numpy as np
    >>> import pyconvolve
    >>> image = np.random.default_rng(0).random((40, 50))
    >>> found = pyconvolve.normalized_correlate(image, 3 + 2 * image[10:17, 20:29])
    >>> [int(i) for i in np.unravel_index(found.argmax(), found.shape)]
    [10, 20]
    >>> float(found.max().round(12))
    1.0
    """
    samples, taps = _operands(("image", "template"), image, template)
    result_type = np.result_type(samples, taps)
    wide = np.result_type(result_type, np.float64)
    samples, taps = samples.astype(wide), taps.astype(wide)
    how = rules(True, mode, method, axes, boundary, cval, 1, 1, 0)
    api.prepare(_MATCH, how, samples.shape, taps.shape, samples.dtype, taps.dtype)
    words: dict[str, Any] = {"axes": axes, "boundary": boundary, "workers": workers}
    paired = _kernel_axes(samples.shape, taps.shape, axes)
    _check_fit("template", "image", samples.shape, taps.shape, paired, mode)
    window, keep = tuple(paired.values()), taps.ndim == samples.ndim
    eps = float(np.finfo(wide).eps)
    largest = abs(taps).max(window, keepdims=keep)
    taps -= taps.mean(window, keepdims=True)
    if (abs(taps).max(window, keepdims=keep) <= _ROUNDED * eps * largest).any():
        raise ValueError("template must vary, but all its taps are the same")
    taps /= largest.max()
    energy = (abs(taps) ** 2).sum(window, keepdims=keep)
    # nothing depends on a common constant, and variances lose less without one
    finite = np.isfinite(samples)
    level = samples.mean(where=finite) if finite.any() else 0
    samples -= level
    spread = abs(samples).max(where=finite, initial=0) or 1
    samples /= spread
    outside = (cval - level) / spread if boundary == "constant" else 0
    products = correlate(samples, taps, mode, method, cval=outside, **words)
    sums, squares, number = samples, abs(samples) ** 2, 1
    for a, k in paired.items():
        length = taps.shape[k]
        ones = np.ones(length, squares.dtype)
        along = {**words, "axes": a}
        sums = correlate(sums, ones, mode, cval=outside * number, **along)
        beyond = abs(outside) ** 2 * number
        squares = correlate(squares, ones, mode, cval=beyond, **along)
        number *= length
    # what meets infinities is NaN
    with np.errstate(invalid="ignore"):
        variance = squares - abs(sums) ** 2 / number
        flat = variance <= _CANCELLED * eps * squares
        result = np.where(flat, 0, products)
        result /= np.sqrt(np.where(flat, 1, variance) * energy)
    # rounding may take a perfect match beyond one
    result /= np.maximum(1, abs(result))
    result = result.astype(result_type, copy=False)
    return result if out is None else _store(result, out)


def _kernel_axes(
    shape: tuple[int, ...], taps: tuple[int, ...], axes: Any
) -> dict[int, int]:
    """Which of the kernel's axes goes with which of the array's."""
    convolved = axes_of("axes", axes, "x", len(shape))
    own = len(taps) == len(shape)
    return {a: a if own else i for i, a in enumerate(convolved)}


def _check_fit(
    kernel: str,
    array: str,
    shape: tuple[int, ...],
    taps: tuple[int, ...],
    axes: dict[int, int],
    mode: str,
) -> None:
    """Refuse in mode 'valid' what `convolve` would swap."""
    if mode == "valid" and any(taps[k] > shape[a] for a, k in axes.items()):
        raise ValueError(
            f"{kernel} must be no larger than {array} in mode 'valid', but their "
            f"shapes are {taps} and {shape}"
        )
