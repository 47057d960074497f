"""What kernels do to waves, in numbers and in pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._core.arguments import numbers_of
from ._making import Integers, sizes_of
from .factoring import embed

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def frequency_response(
    kernel: ArrayLike, size: Integers = 512
) -> tuple[tuple[NDArray[np.float64], ...], NDArray[np.complexfloating[Any, Any]]]:
    r"""Compute the gain and phase of a kernel at equally spaced frequencies.

    .. math:: H(f) = \sum_k h[k] \, e^{-2 \pi i f \cdot k}

    with k counted from the kernel's centre, tap ``(n - 1) // 2`` of n, so that
    symmetric kernels have real responses.

    Parameters
    ----------
    kernel : array_like
        Of at least one dimension.
    size : int or sequence of int, optional
        Number of frequencies along every axis, or along each; at least that of the
        taps.

    Returns
    -------
    frequencies : tuple of ndarray
        Of each axis, in cycles per sample, from -0.5 to below 0.5.
    response : ndarray
        Complex, of shape `size`.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong; the text names it and what it may be.

    See Also
    --------
    scipy.signal.freqz : for filters in one dimension

    References
    ----------
    .. [1] A. V. Oppenheim and R. W. Schafer, *Discrete-Time Signal Processing*,
       3rd ed., Pearson, 2010, section 2.6.

    Examples
    --------
    >>> from pyconvolve import kernels
    >>> (frequencies,), response = kernels.frequency_response([0.25, 0.5, 0.25], 4)
    >>> frequencies
    array([-0.5 , -0.25,  0.  ,  0.25])
    >>> response.real
    array([0. , 0.5, 1. , 0.5])
    """
    taps = numbers_of("kernel", kernel)
    if not taps.ndim or not taps.size:
        raise ValueError(
            f"kernel must have an axis and a tap, but its shape is {taps.shape}"
        )
    sizes = sizes_of("size", size, taps.ndim)
    if any(n < k for n, k in zip(sizes, taps.shape, strict=True)):
        raise ValueError(
            f"size must be at least the kernel's {taps.shape}, not {size!r}"
        )
    response = np.fft.fftshift(np.fft.fftn(embed(taps, sizes, cyclic=True)))
    return tuple(np.fft.fftshift(np.fft.fftfreq(n)) for n in sizes), response


def plot(kernel: ArrayLike, *, title: str = "") -> Figure:
    """Draw a kernel and the magnitude of its frequency response side by side.

    It needs matplotlib, which ``pip install "pyconvolve[plot]"`` brings along.

    Parameters
    ----------
    kernel : array_like
        Of one or two dimensions; complex ones by their real parts.
    title : str, optional
        What stands above.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError, TypeError
        If the kernel has more dimensions, or is none.
    ImportError
        If matplotlib isn't installed.

    Examples
    --------
    >>> from pyconvolve import kernels
    >>> figure = kernels.plot(kernels.gaussian(2.0, ndim=2))
    >>> figure.savefig("gaussian.png")  # doctest: +SKIP
    """
    taps = numbers_of("kernel", kernel)
    if taps.ndim not in (1, 2):
        raise ValueError(f"kernel must have one or two axes, not {taps.ndim}")
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ImportError(
            "kernels.plot needs matplotlib: pip install 'pyconvolve[plot]'"
        ) from None
    # pictures are of double precision
    taps = taps.astype(np.complex128 if taps.dtype.kind == "c" else np.float64)
    # an odd number, so that the frequency zero lies in the middle
    frequencies, response = frequency_response(taps, [max(255, n) for n in taps.shape])
    figure = Figure((7, 3), layout="constrained")
    figure.suptitle(title)
    left, right = figure.subplots(1, 2)
    starts = [-((n - 1) // 2) for n in taps.shape]
    if taps.ndim == 1:
        left.stem(np.arange(len(taps)) + starts[0], taps.real)
        right.plot(frequencies[0], abs(response))
        right.set_ylabel("gain")
    else:
        peak = abs(taps.real).max()
        rows, columns = taps.shape
        edges = [starts[1] - 0.5, starts[1] + columns - 0.5]
        edges += [starts[0] + rows - 0.5, starts[0] - 0.5]
        shown = left.imshow(
            taps.real, cmap="RdBu_r", vmin=-peak, vmax=peak, extent=edges
        )
        figure.colorbar(shown, ax=left)
        gain = right.imshow(abs(response), extent=(-0.5, 0.5, 0.5, -0.5))
        figure.colorbar(gain, ax=right)
    left.set_xlabel("taps from the centre")
    right.set_xlabel("cycles per sample")
    return figure
