"""Checks that functions commute with shifts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._core.arguments import axes_of, integers, numbers_of
from .options import spread

Function = Callable[[NDArray[Any]], ArrayLike]


def shift_error(
    f: Function,
    x: ArrayLike,
    shift: int | Sequence[int],
    *,
    output_shift: int | Sequence[int] | None = None,
    axes: int | Sequence[int] | None = None,
    margin: int | Sequence[int] | None = None,
) -> float:
    r"""Measure how far a function is from shift equivariance, or from invariance.

    .. math:: \frac{\| f(S x) - T f(x) \|_2}{\| f(x) \|_2}

    :math:`S` shifts samples by `shift`, :math:`T` shifts outputs by `output_shift`.
    Samples that leave an end of an axis come in at the other end, as in `numpy.roll`.
    The function is equivariant if the error is zero up to rounding for all `x` and all
    shifts. It is invariant if the error is zero with ``output_shift=0`` [1]_.

    Parameters
    ----------
    f : callable
        Takes an array like `x`, and returns an array with the same axes. Their lengths
        may be others.
    x : array_like
        Samples. For a sharp check they should be random.
    shift : int or sequence of int
        Samples to shift by, along every one of `axes`, or along each.
    output_shift : int or sequence of int, optional
        Outputs to shift by, the same as `shift` by default. If `f` has a stride, it is
        `shift` divided by the stride. With 0 the error is that of invariance.
    axes : int or sequence of int, optional
        Axes to shift along. All but the first two by default: the spatial axes of
        (batch, channels, \*spatial).
    margin : int or sequence of int, optional
        Outputs that are left out at both ends of every one of `axes`, or of each, and
        beside the outputs that come in at an end. By default all outputs are compared,
        which is right for functions that continue `x` periodically. Other functions
        need the reach of their kernels, in outputs.

    Returns
    -------
    float
        The error; infinite if f(x) is zero and f(S x) is not.

    Raises
    ------
    ValueError, TypeError
        If an argument has a wrong value or type, or if no output is compared.

    See Also
    --------
    is_equivariant : compares the error with that of rounding

    Notes
    -----
    Convolutions along an axis are equivariant, and so are functions of each sample by
    itself. This is broken by

    - padding, unless it is periodic: outputs that reach it are others. `margin` leaves
      them out.
    - a stride, also that of pooling: only shifts by multiples of the stride are
      equivariant, by ``output_shift=shift / stride``.
    - everything that depends on positions: a linear layer after a flattening, or a
      weight for each position.

    Pooling makes functions nearly invariant: the maximum or the mean of a window seldom
    changes much if samples shift by less than the window. The mean of all positions is
    invariant.

    References
    ----------
    .. [1] R. Zhang, "Making convolutional networks shift-invariant again",
       *International Conference on Machine Learning*, 2019, pages 7324-7334.

    Examples
    --------
    >>> import numpy as np
    >>> from pyconvolve import nn
    >>> rng = np.random.default_rng(0)
    >>> x, w = rng.random((1, 1, 20, 20)), rng.random((1, 1, 3, 3))
    >>> def zeros_outside(x):
    ...     return nn.conv(x, w, padding=1)
    >>> bool(nn.shift_error(zeros_outside, x, 3) > 0.1)
    True
    >>> bool(nn.shift_error(zeros_outside, x, 3, margin=1) < 1e-12)
    True
    """
    error, _ = _compare(f, x, shift, output_shift, axes, margin)
    return error


def is_equivariant(
    f: Function,
    x: ArrayLike,
    shift: int | Sequence[int],
    *,
    output_shift: int | Sequence[int] | None = None,
    axes: int | Sequence[int] | None = None,
    margin: int | Sequence[int] | None = None,
    tolerance: float | None = None,
) -> bool:
    """Tell whether a function commutes with a shift of some samples.

    Parameters
    ----------
    f, x, shift, output_shift, axes, margin : optional
        As for `shift_error`, which says what breaks equivariance. With
        ``output_shift=0`` this tells whether `f` is invariant.
    tolerance : float, optional
        The largest error that counts as none. The default is the root of the eps of the
        result's type, and zero for integers.

    Returns
    -------
    bool
        Whether the error is at most `tolerance`; False if it is NaN.

    Raises
    ------
    ValueError, TypeError
        As by `shift_error`.

    Examples
    --------
    >>> import numpy as np
    >>> from pyconvolve import nn
    >>> rng = np.random.default_rng(0)
    >>> x, w = rng.random((1, 1, 20, 20)), rng.random((1, 1, 3, 3))
    >>> def periodic(x, stride=1):
    ...     return nn.conv(x, w, padding=1, stride=stride, boundary="wrap")
    >>> nn.is_equivariant(periodic, x, (3, -5))
    True

    With a stride of 2, shifts by 2 samples shift outputs by 1:

    >>> nn.is_equivariant(lambda x: periodic(x, 2), x, 1)
    False
    >>> nn.is_equivariant(lambda x: periodic(x, 2), x, 2, output_shift=1)
    True

    A mean over all positions is invariant:

    >>> nn.is_equivariant(
    ...     lambda x: periodic(x).mean((2, 3), keepdims=True), x, 1, output_shift=0
    ... )
    True
    """
    error, dtype = _compare(f, x, shift, output_shift, axes, margin)
    if tolerance is None:
        tolerance = float(np.finfo(dtype).eps) ** 0.5 if dtype.kind in "fc" else 0.0
    return error <= tolerance


def _compare(
    f: Function, x: ArrayLike, shift: Any, output_shift: Any, axes: Any, margin: Any
) -> tuple[float, np.dtype]:
    """Return the error of `shift_error`, and the type of the function's result."""
    samples = numbers_of("x", x)
    if axes is None:
        if samples.ndim < 3:
            raise ValueError(
                f"axes must be given for x with {samples.ndim} axes, because the first "
                "two are taken for batch and channels"
            )
        axes = range(2, samples.ndim)
    chosen = axes_of("axes", axes, "x", samples.ndim)
    count = len(chosen)
    by = after = _per_axis("shift", shift, count)
    if output_shift is not None:
        after = _per_axis("output_shift", output_shift, count)
    outputs = numbers_of("the result of f", f(samples))
    shifted = numbers_of("the result of f", f(np.roll(samples, by, chosen)))
    if outputs.shape != shifted.shape or outputs.ndim != samples.ndim:
        raise ValueError(
            f"f must return arrays of one shape with the {samples.ndim} axes of x, not "
            f"of the shapes {outputs.shape} and {shifted.shape}"
        )
    kept = [slice(None)] * outputs.ndim
    if margin is not None:
        left_out = _per_axis("margin", margin, count)
        if min(left_out) < 0:
            raise ValueError(f"margin must be at least 0, not {margin!r}")
        for a, number, moved in zip(chosen, left_out, after, strict=True):
            end = outputs.shape[a] + min(moved, 0) - number
            kept[a] = slice(max(moved, 0) + number, max(end, 0))
    wide = np.result_type(outputs, np.float64)
    want = np.roll(outputs, after, chosen)[tuple(kept)].astype(wide)
    if not want.size:
        raise ValueError(
            f"margin must leave outputs, but of {outputs.shape} none is more than "
            f"{margin!r} from the ends and from the outputs that come in"
        )
    difference = np.linalg.norm((shifted[tuple(kept)].astype(wide) - want).ravel())
    norm = np.linalg.norm(want.ravel())
    if norm:
        return float(difference / norm), outputs.dtype
    return (float("inf") if difference else 0.0), outputs.dtype


def _per_axis(name: str, value: Any, count: int) -> tuple[int, ...]:
    return spread(name, integers(name, value), count, "axes")
