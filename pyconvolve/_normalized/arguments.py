"""Arguments that `normalized_convolve` and `normalized_correlate` share."""

from __future__ import annotations

from numbers import Real
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._core.arguments import Names, array_of, check_word, numbers_of
from .._core.region import Cuts, cut

Edges = Literal["boundary", "renormalize"]


class Missing(NamedTuple):
    """The rule by which samples of an array are missing."""

    masks: tuple[NDArray[np.bool_], ...]
    """Arrays of the signal's shape, True where a sample is missing."""
    nan: bool
    """Whether samples that are NaN are missing, too."""

    def find(self, samples: NDArray[Any], cuts: Cuts) -> NDArray[np.bool_] | None:
        """Return where samples are missing in a part of the array.

        Parameters
        ----------
        samples : ndarray
            The samples of the part.
        cuts : tuple of (int, slice)
            Axes of the array, and the range of the part along each.

        Returns
        -------
        ndarray of bool or None
            Of the shape of `samples`; None if no sample is missing.
        """
        found = [cut(mask, cuts) for mask in self.masks]
        if self.nan and samples.dtype.kind in "fc":
            found.append(np.isnan(samples))
        found = [missing for missing in found if missing.any()]
        return np.logical_or.reduce(found) if found else None


def missing_of(
    name: str,
    samples: NDArray[Any],
    mask: ArrayLike | None,
    hidden: NDArray[np.bool_] | None,
    nan: bool,
) -> Missing:
    """Check `mask`, and join it with the mask of a masked array.

    Parameters
    ----------
    name : str
        Name of the signal in error messages.
    samples : ndarray
        The signal.
    mask : array_like of bool or None
        The argument `mask`.
    hidden : ndarray of bool or None
        The mask of the signal, if the signal is a masked array.
    nan : bool
        Whether samples that are NaN are missing.

    Returns
    -------
    Missing

    Raises
    ------
    ValueError, TypeError
        If `mask` has elements other than truth values or integers, or a shape that
        doesn't broadcast to that of the signal.
    """
    masks = [] if hidden is None else [hidden]
    if mask is not None:
        given = np.asarray(mask)
        if given.dtype.kind not in "biu":
            raise TypeError(f"mask must hold truth values, not {given.dtype!r}")
        given = _broadcast("mask", given, name, samples.shape)
        masks.append(given.astype(bool, copy=False))
    return Missing(tuple(masks), nan)


def weights_of(
    name: str, weights: ArrayLike | None, shape: tuple[int, ...]
) -> NDArray[Any] | None:
    """Check `weights`: real, finite, at least 0; return a view of the signal's shape.

    Parameters
    ----------
    name : str
        Name of the signal in error messages.
    weights : array_like or None
        The argument `weights`.
    shape : tuple of int
        Shape of the signal.

    Returns
    -------
    ndarray or None
        None if `weights` is None.

    Raises
    ------
    ValueError, TypeError
        If an element or the shape is not allowed.
    """
    if weights is None:
        return None
    given = array_of("weights", weights)
    if given.dtype.kind not in "biuf":
        raise TypeError(f"weights must hold real numbers, not {given.dtype!r}")
    # if an element is NaN, so are minimum and maximum
    least, most = given.min(initial=0), given.max(initial=0)
    if not (least >= 0 and most < np.inf):
        raise ValueError(
            f"weights must be finite and at least 0, but the least is {least} and the "
            f"largest {most}"
        )
    return _broadcast("weights", given, name, shape)


def operands(
    names: Names, signal: Any, kernel: Any
) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.bool_] | None]:
    """Return signal, kernel, and the mask of the signal if it is a masked array.

    The kernel is converted to the floating-point precision of the result.

    Parameters
    ----------
    names : Names
        Names of signal and kernel in error messages.
    signal, kernel : array_like

    Returns
    -------
    samples : ndarray
        Of the dtype of `signal`.
    taps : ndarray
        Real or complex floating-point numbers.
    hidden : ndarray of bool or None
        True where `signal` is masked; None if `signal` is no masked array.

    Raises
    ------
    TypeError
        If an input holds no numbers.
    """
    hidden = (
        np.ma.getmaskarray(signal) if isinstance(signal, np.ma.MaskedArray) else None
    )
    samples = numbers_of(
        names.signal, signal if hidden is None else np.ma.getdata(signal)
    )
    taps = numbers_of(names.kernel, kernel)
    both = samples.dtype.kind in "biu" and taps.dtype.kind in "biu"
    work = np.result_type(samples, taps, np.float64 if both else np.float32)
    real = work.type(0).real.dtype
    taps = taps.astype(work if taps.dtype.kind == "c" else real, copy=False)
    return samples, taps, hidden


def signal_dtype(samples: NDArray[Any], taps: NDArray[Any]) -> np.dtype:
    """Return the dtype that samples are converted to: complex only if they are complex.

    Its precision is that of `taps`, as `operands` returns them.
    """
    real = taps.dtype.type(0).real.dtype
    return np.result_type(real, np.complex64) if samples.dtype.kind == "c" else real


def check_edges(edges: str, boundary: Any, cval: Any) -> None:
    """Raise ValueError if `edges` makes `boundary` or `cval` meaningless."""
    check_word("edges", edges, ("boundary", "renormalize"))
    if edges == "boundary":
        return
    given = [("boundary", boundary)] * (boundary != "constant")
    for name, value in given + [("cval", cval)] * bool(np.any(cval)):
        raise ValueError(
            f"{name} must be left out with edges='renormalize', which gives samples "
            f"outside no weight, not {value!r}"
        )


def number_of(name: str, value: Any, most: float = np.inf) -> float:
    """Return a number as a float; raise an error unless it is from 0 to `most`."""
    if not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, not {value!r}")
    number = float(value)
    if not 0 <= number <= most:
        limit = "" if most == np.inf else f" and at most {most}"
        raise ValueError(f"{name} must be at least 0{limit}, not {value!r}")
    return number


def _broadcast(
    name: str, array: NDArray[Any], signal: str, shape: tuple[int, ...]
) -> NDArray[Any]:
    try:
        return np.broadcast_to(array, shape)
    except ValueError:
        raise ValueError(
            f"{name} must broadcast to the shape {shape} of {signal}, not {array.shape}"
        ) from None
