"""The one sum that everything is, as integers.

Per convolved axis

    y[n] = sum over k of  g[k] * x~[s*n + o + d*k]        n = 0 .. N-1

x~ is x continued beyond its ends by a boundary rule, s the stride, d the dilation,
o the offset. g is the kernel, reversed for a convolution, conjugated for a
correlation. Modes, origins and paddings are choices of o and N.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .boundary import BOUNDARIES

MODES = ("full", "same", "valid")


class Axis(NamedTuple):
    """One axis of the output: convolved, or a batch of problems."""

    samples: int
    taps: int
    offset: int
    outputs: int
    stride: int
    dilation: int
    convolved: bool
    signal: int | None
    """Its number in the signal; None: the signal is the same all along it."""
    kernel: int | None
    output: int

    @property
    def span(self) -> int:
        """Samples from the first to the last one that an output sums."""
        return self.dilation * (self.taps - 1) + 1

    def described(self, boundary: str) -> dict[str, int]:
        """Return what kernels of any engine are told of it; -1: it isn't there."""
        rule = BOUNDARIES[boundary]
        return {
            "samples": self.samples,
            "outputs": self.outputs,
            "boundary": rule.rule,
            "period": rule.period(self.samples),
            "mirror": rule.mirror(self.samples),
            "signal": -1 if self.signal is None else self.signal,
            "kernel": -1 if self.kernel is None else self.kernel,
            "output": self.output,
            "convolved": self.convolved,
        }


class Problem(NamedTuple):
    """A convolution without its data: shapes, types and rules."""

    axes: tuple[Axis, ...]
    boundary: str
    excludes_outside: bool
    """Samples outside the signal take no part, so nothing can multiply them."""
    signal_type: np.dtype
    kernel_type: np.dtype
    output_type: np.dtype
    signal_reversed: bool
    signal_conjugated: bool
    kernel_reversed: bool
    kernel_conjugated: bool

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the output."""
        return tuple(axis.outputs for axis in self.axes)

    @property
    def outputs(self) -> int:
        """Number of outputs."""
        return int(np.prod([axis.outputs for axis in self.axes], dtype=object))

    @property
    def output_bytes(self) -> int:
        """Bytes of them."""
        return self.outputs * self.output_type.itemsize

    @property
    def taps(self) -> int:
        """Number of taps that each output sums."""
        return int(np.prod([a.taps for a in self.axes if a.convolved], dtype=object))

    @property
    def reaches_outside(self) -> bool:
        """Whether some output meets a sample outside the signal."""
        return any(
            a.offset < 0 or a.stride * (a.outputs - 1) + a.offset + a.span > a.samples
            for a in self.axes
            if a.convolved
        )


def extent(mode: str, samples: int, reach: int, origin: int) -> tuple[int, int]:
    """Offset and number of the outputs of a mode, at stride 1.

    `reach` is the distance from the first to the last tap; `origin` moves the
    outputs of mode 'same' towards earlier samples.
    """
    if mode == "full":
        return -reach, samples + reach
    if mode == "same":
        return -((reach + 1) // 2) - origin, samples
    return 0, samples - reach
