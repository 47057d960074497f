"""Pictures of kernels and of their frequency responses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from .._core.arguments import numbers_of
from .response import frequency_response

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plot(kernel: ArrayLike, *, title: str = "") -> Figure:
    """Draw a kernel and the magnitude of its frequency response side by side.

    Matplotlib is needed, which ``pip install "pyconvolve[plot]"`` installs.

    Parameters
    ----------
    kernel : array_like
        Taps, of one or two dimensions. Only the real part of complex taps is drawn.
    title : str, optional
        Title of the figure.

    Returns
    -------
    matplotlib.figure.Figure
        The figure, which is not shown yet.

    Raises
    ------
    ValueError
        If the kernel does not have one or two axes, or has no taps.
    TypeError
        If the kernel does not hold numbers.
    ImportError
        If matplotlib is not installed.

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
    # Matplotlib draws in double precision.
    taps = taps.astype(np.complex128 if taps.dtype.kind == "c" else np.float64)
    # With an odd number of frequencies, zero is in the middle.
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
