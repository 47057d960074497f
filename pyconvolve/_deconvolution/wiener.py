"""Wiener's filter: one division of spectra.

With the spectra Y of the convolution, H of the kernel and D of the regulariser, the
spectrum of the signal is the product of Y and the filter

    conj(H) / (abs(H)**2 + regularization * abs(D)**2)

Lines along the last convolved axis are transformed in blocks. Along the other convolved
axes, panels of a few frequencies are transformed, multiplied, and transformed back
while they are in the caches. Threads share blocks and panels.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._core.memory import allocator
from .._core.thread_pool import Stop, run_phases
from .arguments import Blurred, Kernel
from .transfer import Filter, filter_of

# Bytes of a block or panel of Y, at most. The panel of the filter stands beside it in
# the L2 cache.
_BLOCK = 1 << 18
# Bytes of Y above which threads share the work.
_SHARED = 1 << 19

_Index = tuple[slice, ...]


def run(
    blurred: Blurred,
    regularization: float,
    regularizer: Kernel | None,
    out: NDArray[Any],
    workers: int,
) -> None:
    """Store the signal in `out`.

    Parameters
    ----------
    blurred : Blurred
        With the boundary 'wrap' along all axes, and no missing samples.
    regularization : float
    regularizer : Kernel or None
        None: the Laplacian.
    out : ndarray
        Of the shape and type of y.
    workers : int
        The largest number of threads.
    """
    y, axes = blurred.y, blurred.axes
    last = axes[-1]
    chosen = filter_of(blurred, regularization, regularizer)
    shape = list(y.shape)
    shape[last] = chosen.frequencies
    kind = np.result_type(y, np.complex64)
    spectrum = allocator(tuple(shape), kind)(tuple(shape), kind)
    lines = _cut(y.shape, (last,), y.nbytes)
    batches = _cut(y.shape, axes, chosen.width * spectrum.nbytes // shape[last])
    phases = [
        (len(lines), partial(_transform, lines, y, spectrum, last)),
        (chosen.panels, partial(_multiply, batches, spectrum, chosen, axes)),
        (len(lines), partial(_transform_back, lines, spectrum, out, last)),
    ]
    if workers > 1 and spectrum.nbytes > _SHARED:
        run_phases(phases, workers)
        return
    for count, body in phases:
        body(0, count, None)


def _cut(shape: Sequence[int], whole: Sequence[int], size: int) -> list[_Index]:
    """Cut an array of a size in bytes into blocks, along its longest other axis.

    `whole` holds the axes that are not cut.
    """
    others = [a for a in range(len(shape)) if a not in whole]
    index = [slice(None)] * len(shape)
    if not others:
        return [tuple(index)]
    axis = max(others, key=shape.__getitem__)
    step = max(1, _BLOCK * shape[axis] // size)
    blocks = []
    for begin in range(0, shape[axis], step):
        index[axis] = slice(begin, min(begin + step, shape[axis]))
        blocks.append(tuple(index))
    return blocks


def _transform(
    lines: Sequence[_Index],
    y: NDArray[Any],
    spectrum: NDArray[Any],
    axis: int,
    first: int,
    last: int,
    stop: Stop | None,
) -> None:
    """Transform blocks of lines along one axis."""
    from scipy import fft

    for block in lines[first:last]:
        transform = fft.fft if y.dtype.kind == "c" else fft.rfft
        spectrum[block] = transform(y[block], axis=axis)


def _multiply(
    batches: Sequence[_Index],
    spectrum: NDArray[Any],
    chosen: Filter,
    axes: tuple[int, ...],
    first: int,
    last: int,
    stop: Stop | None,
) -> None:
    """Multiply panels by the filter, transformed along all axes."""
    from scipy import fft

    *outer, inner = axes
    for number in range(first, last):
        frequencies, gains = chosen.panel(number)
        panel = spectrum[(*(slice(None),) * inner, frequencies)]
        for batch in batches:
            # a kernel of each signal has a filter of each, too
            part = tuple(
                each if length > 1 else slice(None)
                for each, length in zip(batch, gains.shape, strict=True)
            )
            found = panel[batch]
            if not outer:
                found *= gains[part]
                continue
            found = fft.fftn(found, axes=outer)
            found *= gains[part]
            panel[batch] = fft.ifftn(found, axes=outer, overwrite_x=True)


def _transform_back(
    lines: Sequence[_Index],
    spectrum: NDArray[Any],
    out: NDArray[Any],
    axis: int,
    first: int,
    last: int,
    stop: Stop | None,
) -> None:
    """Transform blocks of lines back along one axis."""
    from scipy import fft

    for block in lines[first:last]:
        if out.dtype.kind == "c":
            out[block] = fft.ifft(spectrum[block], axis=axis)
        else:
            out[block] = fft.irfft(spectrum[block], out.shape[axis], axis)
