"""Fits of polynomials by least squares: `savgol_coeffs` and `savgol_filter`."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from numbers import Rational, Real
from operator import index
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._core.caches import Cache
from .._core.output import copy_to, output_for
from ..kernels import _gram
from .along import call_original, convolve_along, has_samples
from .drop_in import drop_in

# Mode of savgol_filter -> boundary of pyconvolve.convolve.
_BOUNDARIES = {
    "mirror": "reflect",
    "constant": "constant",
    "nearest": "edge",
    "wrap": "wrap",
    "interp": "constant",
}


class _Edge(NamedTuple):
    """The fit at the first samples, as two matrices."""

    analysis: NDArray[np.float64]
    """Shape (degree + 1, window): samples to coefficients of Gram's polynomials."""
    synthesis: NDArray[np.float64]
    """Shape (window // 2, degree + 1): coefficients to outputs."""


_weights = Cache[NDArray[np.float64]](1 << 20, lambda weights: weights.nbytes)
_edges = Cache[_Edge](
    4 << 20, lambda edge: edge.analysis.nbytes + edge.synthesis.nbytes
)


@drop_in
def savgol_coeffs(
    window_length: int,
    polyorder: int,
    deriv: int = 0,
    delta: float = 1.0,
    pos: float | None = None,
    use: Literal["conv", "dot"] = "conv",
    *,
    xp: Any = None,
    device: Any = None,
) -> NDArray[Any]:
    """Compute the taps of a filter of Savitzky and Golay.

    They are computed in exact arithmetic and rounded at the end.

    Parameters
    ----------
    window_length : int
        Number of taps.
    polyorder : int
        Degree of the polynomial, below `window_length`.
    deriv : int, optional
        Order of the derivative.
    delta : float, optional
        Distance of neighbouring samples.
    pos : float, optional
        The position in the window where the polynomial is evaluated, from 0 on; the
        middle by default.
    use : {'conv', 'dot'}, optional
        'conv': taps for a convolution. 'dot': in the order of the samples.
    xp, device : optional
        Array library of the result, and its device. Only NumPy's arrays are made by
        pyconvolve.

    Returns
    -------
    ndarray of float64, of shape (window_length,)

    Raises
    ------
    ValueError
        If an argument is wrong, with SciPy's message.

    See Also
    --------
    pyconvolve.kernels.savitzky_golay : the same filter in any number of dimensions

    References
    ----------
    .. [1] `scipy.signal.savgol_coeffs`

    Examples
    --------
    >>> from pyconvolve import signal
    >>> (70 * signal.savgol_coeffs(5, 2, pos=4, use="dot")).round(9)
    array([  6., -10.,  -6.,  18.,  62.])
    """
    numpys = xp is None or isinstance(xp.empty(0), np.ndarray)
    if not (numpys and _is_filter(window_length, polyorder, deriv, pos, use)):
        # older versions of SciPy have neither
        library = {} if xp is None else {"xp": xp, "device": device}
        return call_original(
            "savgol_coeffs", window_length, polyorder, deriv, delta, pos, use, **library
        )
    taps = _weights_at(int(window_length), int(polyorder), int(deriv), pos)
    if deriv and deriv <= polyorder:
        taps = taps * (1.0 / delta**deriv)
    return (taps[::-1] if use == "conv" else taps).copy()


def _is_filter(
    window_length: Any, polyorder: Any, deriv: Any, pos: Any, use: Any
) -> bool:
    """Tell whether the arguments of `savgol_coeffs` are valid."""
    try:
        numbers = index(window_length), index(polyorder), index(deriv)
    except TypeError:
        return False
    return (
        0 <= numbers[1] < numbers[0]
        and numbers[2] >= 0
        and (pos is None or (isinstance(pos, Real) and 0 <= float(pos) < numbers[0]))
        and use in ("conv", "dot")
    )


def _weights_at(
    window_length: int, polyorder: int, deriv: int, pos: Any
) -> NDArray[np.float64]:
    """Return the weight of each sample of a window, at a distance of one."""
    if deriv > polyorder:
        return np.zeros(window_length)
    u: Any = 0
    if pos is not None:
        exact = pos if isinstance(pos, Rational) else float(pos)
        u = 2 * Fraction(exact) - (window_length - 1)

    def make() -> NDArray[np.float64]:
        integers, divisor = _gram.fit([window_length], polyorder, [u], [deriv])
        return _gram.quotients(integers, divisor)

    return _weights.find_or_make((window_length, polyorder, deriv, u), make)


def _make_edge(window_length: int, polyorder: int, deriv: int) -> _Edge:
    """Compute the fit at the first samples, at a distance of one."""
    u = _gram.sample_positions(window_length)
    rows, columns = [], []
    for j, (values, derivatives) in enumerate(
        zip(
            _gram.gram_polynomials(window_length, polyorder, u),
            _gram.gram_polynomials(
                window_length, polyorder, u[: window_length // 2], deriv
            ),
            strict=True,
        )
    ):
        # the last value is the largest one
        norm = _gram.squared_norm(window_length, j) / values[-1]
        rows.append(_gram.quotients(values, values[-1]))
        columns.append(_gram.quotients(derivatives * norm.denominator, norm.numerator))
    return _Edge(np.array(rows), np.stack(columns, 1))


@drop_in
def savgol_filter(
    x: ArrayLike,
    window_length: int,
    polyorder: int,
    deriv: int = 0,
    delta: float = 1.0,
    axis: int = -1,
    mode: Literal["mirror", "constant", "nearest", "wrap", "interp"] = "interp",
    cval: Any = 0.0,
    *,
    out: NDArray[Any] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    """Fit a polynomial to the samples around each one, along one axis.

    Parameters
    ----------
    x : array_like
        The signal.
    window_length : int
        Number of samples that a polynomial is fitted to.
    polyorder : int
        Degree of the polynomials, below `window_length`.
    deriv : int, optional
        Order of the derivative to compute.
    delta : float, optional
        Distance of neighbouring samples.
    axis : int, optional
        The axis to filter along.
    mode : {'interp', 'mirror', 'nearest', 'constant', 'wrap'}, optional
        'interp': the first and the last ``window_length // 2`` outputs are values of
        the polynomials that are fitted to the first and the last window. Otherwise the
        signal continues beyond its ends by its mirror image, by its last sample, by
        `cval`, or periodically.
    cval : float, optional
        The value outside in mode 'constant'.
    out, workers : optional
        As for `pyconvolve.convolve`; SciPy has neither.

    Returns
    -------
    ndarray, of the shape of `x`
        float32 if `x` is, otherwise float64. Computed in double precision.

    Raises
    ------
    ValueError
        If an argument is wrong, with SciPy's message.

    References
    ----------
    .. [1] `scipy.signal.savgol_filter`

    Examples
    --------
    >>> from pyconvolve import signal
    >>> signal.savgol_filter([0, 1, 4, 9, 16], 3, 1, deriv=1).round(9)
    array([2., 2., 4., 6., 6.])
    """
    signal = np.asarray(x)
    if not (
        signal.dtype.kind in "biuf"
        and has_samples(signal, axis)
        and _is_filter(window_length, polyorder, deriv, None, "dot")
        and mode in _BOUNDARIES
        and isinstance(cval, Real)
        and (mode != "interp" or window_length <= signal.shape[axis])
    ):
        return call_original(
            "savgol_filter", x, window_length, polyorder, deriv, delta, axis, mode,
            cval, out=out,
        )  # fmt: skip
    fit = int(window_length), int(polyorder), int(deriv)
    dtype = np.dtype(np.float32 if signal.dtype == np.float32 else np.float64)
    if signal.dtype.itemsize > dtype.itemsize:
        signal = signal.astype(dtype)
    scale = 1.0 / delta**deriv if 0 < deriv <= polyorder else 1.0
    taps = _weights_at(*fit, None)[::-1] * scale
    half, samples = fit[0] // 2, signal.shape[axis]
    result = output_for(out, signal.shape, dtype, (signal,))
    begin, end = (half, samples - half) if mode == "interp" else (0, samples)
    along = np.moveaxis(result, axis, 0)[begin:end]
    with np.errstate(invalid="ignore", over="ignore"):
        if begin < end:
            inside = np.moveaxis(along, 0, axis) if dtype == np.float64 else None
            made = convolve_along(
                signal, taps, axis, _BOUNDARIES[mode], (begin + half, end - 1 + half),
                cval if mode == "constant" else 0, out=inside, workers=workers,
            )  # fmt: skip
            if inside is None:
                along[...] = np.moveaxis(made, axis, 0)
        if mode == "interp" and half:
            _fit_edges(signal, fit, axis, scale, result)
    return copy_to(out, result)


def _fit_edges(
    x: NDArray[Any],
    fit: tuple[int, int, int],
    axis: int,
    scale: float,
    result: NDArray[Any],
) -> None:
    """Store the first and the last outputs of mode 'interp'."""
    window, _, deriv = fit
    edge = _edges.find_or_make(fit, partial(_make_edge, *fit))
    for step in (1, -1):
        samples = np.moveaxis(x, axis, 0)[::step][:window]
        coefficients = edge.analysis @ samples.reshape(window, -1).astype(np.float64)
        values = edge.synthesis @ coefficients * (scale * step**deriv)
        outputs = np.moveaxis(result, axis, 0)[::step][: window // 2]
        outputs[...] = values.reshape(outputs.shape)
