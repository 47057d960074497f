"""The windows of pooling: which samples each output reduces along each axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._core.adjoint import window_by_signal
from .._core.arguments import integers
from .._core.layers import Window
from .._core.problem import Axis, Operand, Problem
from . import options
from . import padding as paddings


class Pooling(NamedTuple):
    """Checked arguments of pooling. The key of a plan includes them."""

    size: int | tuple[int, ...]
    stride: int | tuple[int, ...] | None
    padding: paddings.Checked
    dilation: int | tuple[int, ...]
    ceil_mode: bool

    def windows(self, name: str, shape: tuple[int, ...]) -> tuple[Window, ...]:
        """Return the windows along each spatial axis.

        Parameters
        ----------
        name : str
            Of the signal or its shape, for messages of errors.
        shape : tuple of int
        """
        spatial = self._spatial(name, shape)
        samples = shape[len(shape) - spatial :]
        if min(samples) < 1 or min(shape) < 0:
            raise ValueError(
                f"{name} must not be empty along a spatial axis, but its shape is "
                f"{shape}"
            )
        size = options.per_axis("size", self.size, spatial)
        stride = size
        if self.stride is not None:
            stride = options.per_axis("stride", self.stride, spatial)
        dilation = options.per_axis("dilation", self.dilation, spatial)
        spans = [d * (k - 1) + 1 for k, d in zip(size, dilation, strict=True)]
        pads = paddings.resolve(self.padding, samples, spans, stride)
        self._check_padding(spans)
        return tuple(
            self._window(name, *numbers)
            for numbers in zip(
                range(spatial),
                samples,
                size,
                spans,
                pads,
                stride,
                dilation,
                strict=True,
            )
        )

    def _spatial(self, name: str, shape: tuple[int, ...]) -> int:
        """Return the number of spatial axes."""
        ndim = len(shape)
        if isinstance(self.size, int):
            if ndim < 3:
                raise ValueError(
                    f"{name} must have the axes (batch, channels, *spatial), or size "
                    "must be a sequence with a number for each spatial axis, but the "
                    f"shape is {shape} and size {self.size}"
                )
            return ndim - 2
        spatial = len(self.size)
        if not spatial or ndim not in (spatial + 1, spatial + 2):
            fits = " or ".join(str(n) for n in (ndim - 2, ndim - 1) if n > 0)
            raise ValueError(
                f"size must be one integer, or {fits or 'one'} for the spatial axes of "
                f"{name} with the shape {shape}, not {self.size}"
            )
        return spatial

    def _check_padding(self, spans: Sequence[int]) -> None:
        """Raise ValueError if padding in plain numbers exceeds half a window."""
        given = self.padding
        if isinstance(given, str):
            return
        each = (given,) * len(spans) if isinstance(given, int) else given
        for number, span in zip(each, spans, strict=True):
            if isinstance(number, int) and number > span // 2:
                raise ValueError(
                    f"padding must be at most {span // 2}, half of the {span} "
                    "positions that a window spans; pairs (begin, end) may be larger, "
                    f"not {given!r}"
                )

    def _window(
        self,
        name: str,
        i: int,
        samples: int,
        taps: int,
        span: int,
        pads: tuple[int, int],
        stride: int,
        dilation: int,
    ) -> Window:
        begin, end = pads
        beyond = begin + samples + end - span
        outputs = beyond // stride + 1
        if isinstance(self.padding, str) and self.padding != "valid":
            outputs = -(-samples // stride)
        elif self.ceil_mode:
            outputs = -(-beyond // stride) + 1
            if (outputs - 1) * stride >= begin + samples:
                # the last window would start in the padding at the end
                outputs -= 1
        if outputs < 1:
            raise ValueError(
                f"size must span no more than the samples of {name} and their padding, "
                f"but on spatial axis {i} it spans {span} of {begin + samples + end}"
            )
        return Window(samples, taps, outputs, begin, end, stride, dilation, "absent")


def check(
    size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: Any
) -> Pooling:
    """Check the arguments as far as possible without the arrays."""
    # every call does this, and Pooling(...) takes twice the time
    return tuple.__new__(
        Pooling,
        (
            size if size.__class__ is int else integers("size", size),
            stride
            if stride is None or stride.__class__ is int
            else integers("stride", stride),
            padding if padding.__class__ is int else paddings.check(padding),
            dilation if dilation.__class__ is int else integers("dilation", dilation),
            bool(ceil_mode),
        ),
    )


def counted(window: Window, include_pad: bool) -> tuple[int, int]:
    """Return the range of positions that count: samples, perhaps with padding."""
    if include_pad:
        return -window.begin, window.samples + window.end
    return 0, window.samples


def counts(window: Window, include_pad: bool) -> NDArray[np.float64]:
    """Return how many positions of each window along an axis count."""
    low, high = counted(window, include_pad)
    first = window.stride * np.arange(window.outputs) - window.begin
    last = np.minimum(first + window.taps, high)
    return np.maximum(last - np.maximum(first, low), 0).astype(np.float64)


def problem_of(
    windows: Sequence[Window],
    shape: tuple[int, ...],
    reduction: str,
    dtype: np.dtype,
    output: np.dtype,
) -> Problem:
    """Return pooling as a problem, of a signal with this shape."""
    axes = _axes(windows, shape)
    return Problem(tuple(axes), Operand(dtype), None, output, reduction)


def adjoint_of(
    windows: Sequence[Window], shape: tuple[int, ...], dtype: np.dtype
) -> Problem:
    """Return the adjoint of summing over windows, a problem of a gradient.

    The gradient by a sample is the sum of the gradients by all outputs whose windows
    hold it: with a stride, of up-sampled outputs.

    Parameters
    ----------
    windows : sequence of Window
    shape : tuple of int
        Of the signal.
    dtype : dtype
        Of the gradients.
    """
    axes = [
        window_by_signal(axis) if axis.role == "window" else axis
        for axis in _axes(windows, shape)
    ]
    return Problem(tuple(axes), Operand(dtype), None, dtype.newbyteorder("="))


def _axes(windows: Sequence[Window], shape: tuple[int, ...]) -> list[Axis]:
    """Return the axes of batch and channels, and then the spatial axes."""
    others = shape[: len(shape) - len(windows)]
    axes = [Axis("batch", a, None, a, n, 1, n, 0) for a, n in enumerate(others)]
    for a, window in enumerate(windows, len(axes)):
        axis = Axis(
            "window", a, None, a, window.samples, window.taps, window.outputs,
            -window.begin, window.stride, window.dilation,
        )  # fmt: skip
        axes.append(axis)
    return axes
