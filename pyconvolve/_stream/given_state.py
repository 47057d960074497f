"""Convolution of a block with a state that the caller holds."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._core import arguments
from ..convolution import convolve


def stream_convolve(
    h: ArrayLike, x: ArrayLike, zi: ArrayLike | None = None, axis: int = -1
) -> tuple[NDArray[Any], NDArray[Any]]:
    r"""Convolve the next block of a signal, and return the state behind it.

    This is ``scipy.signal.lfilter(h, 1, x, axis, zi)``, with the same state: the
    outputs that the samples so far give to the time behind them [1]_.

    Parameters
    ----------
    h : array_like, shape (taps,)
        The kernel.
    x : array_like
        The block.
    zi : array_like, optional
        The state before the block: of the shape of `x`, but with ``taps - 1`` along
        `axis`. By default, zeros.
    axis : int, optional
        The axis of `x` along which samples follow each other.

    Returns
    -------
    y : ndarray
        The outputs, of the shape of `x`.
    zf : ndarray
        The state behind the block, `zi` of the next one.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong.

    See Also
    --------
    Stream : holds the state, and takes less time for long kernels and short blocks

    References
    ----------
    .. [1] A. V. Oppenheim and R. W. Schafer, *Discrete-Time Signal Processing*,
       3rd ed., Pearson, 2010, section 6.5.

    Examples
    --------
    >>> from pyconvolve import stream_convolve
    >>> y, state = stream_convolve([1, 10, 100], [1, 2])
    >>> y, state
    (array([ 1, 12]), array([120, 200]))
    >>> stream_convolve([1, 10, 100], [3], state)[0]
    array([123])
    """
    kernel, signal = arguments.array_of("h", h), arguments.array_of("x", x)
    if kernel.ndim != 1 or not kernel.size:
        raise ValueError(f"h must have the shape (taps,), not {kernel.shape}")
    if not signal.ndim:
        raise ValueError("x must have at least one axis, not the shape ()")
    number = arguments.integer_of("axis", axis)
    (along,) = arguments.axes_of("axis", number, "x", signal.ndim)
    count, state = signal.shape[along], None
    shape = list(signal.shape)
    shape[along] = kernel.size - 1
    if zi is not None:
        state = arguments.array_of("zi", zi)
        if state.shape != tuple(shape):
            raise ValueError(
                f"zi must have the shape {tuple(shape)}, not {state.shape}"
            )
        dtype = np.result_type(signal, kernel, state)
        signal = signal.astype(dtype, copy=False)
    if signal.size:
        sums = convolve(signal, kernel, axes=along)
    else:
        shape[along] += count
        sums = np.zeros(shape, np.result_type(signal, kernel))
    before = (slice(None),) * along
    if state is not None:
        sums[(*before, slice(kernel.size - 1))] += state
    return sums[(*before, slice(count))], sums[(*before, slice(count, None))]
