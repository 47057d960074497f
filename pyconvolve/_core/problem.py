"""Convolutions and the like without their data: one reduction, described by integers.

Per output position n, with k over the taps of every window axis

    y[n] = sum over k of  h[k] * x~[(s*n + o + d*k) / u]

x~ is the signal, continued beyond its ends by a boundary rule, s the stride, d the
dilation, u the up-sampling, o the offset of the first output. Only taps at which the
quotient is an integer take part. This is a correlation; a convolution is the same sum
with the kernel reversed. Modes, origins, lags and paddings are choices of o and of the
number of outputs. For pooling, and for maximum and minimum filters, there is no kernel,
and samples are not summed but reduced to their maximum or minimum.
"""

from __future__ import annotations

from math import prod
from typing import Literal, NamedTuple

import numpy as np

MODES = ("full", "same", "valid")
OVERFLOWS = ("wrap", "saturate", "raise")

Role = Literal["window", "batch", "summed"]


class Axis(NamedTuple):
    """One axis of a problem.

    Outputs sum taps along a window axis. Along a batch axis, each output has its own
    signal, or its own kernel, or both. A summed axis, such as the channels of a layer,
    is in the signal and the kernel, and each output sums all of it: it has one output,
    and as many taps as samples.
    """

    role: Role
    signal: int | None
    """The axis of the signal; None: all outputs along this axis share a signal."""
    kernel: int | None
    output: int | None
    """The axis of the output; None: it has none, because the axis is summed."""
    samples: int
    taps: int
    outputs: int
    offset: int
    """Position under tap 0 of output 0."""
    stride: int = 1
    dilation: int = 1
    upsampling: int = 1
    """Positions from one sample to the next."""
    reversed: bool = False
    """Whether the kernel is reversed along this axis."""
    boundary: str = "absent"
    """How the signal continues; 'absent': positions outside take no part in any sum."""

    @property
    def span(self) -> int:
        """Number of positions from the first to the last one that an output sums."""
        return self.dilation * (self.taps - 1) + 1

    @property
    def read(self) -> range:
        """Positions of samples, inside or outside, from the first to the last tap."""
        last = self.offset + self.stride * (self.outputs - 1) + self.span - 1
        return range(-(-self.offset // self.upsampling), last // self.upsampling + 1)

    @property
    def reaches_outside(self) -> bool:
        """Whether some output may sum a sample outside the signal."""
        read = self.read
        return self.role == "window" and (read.start < 0 or read.stop > self.samples)


class Operand(NamedTuple):
    """The signal or the kernel."""

    dtype: np.dtype
    conjugated: bool = False


class Problem(NamedTuple):
    """A convolution without its data: integers, types and boundary rules."""

    axes: tuple[Axis, ...]
    signal: Operand
    kernel: Operand | None
    """None: every tap is 1, and no axis has a kernel."""
    output: np.dtype
    reduction: str = "sum"
    """A name of `reductions.REDUCTIONS`."""
    support: bytes | None = None
    """A byte for each tap of the window axes, in C order: whether it takes part. None:
    all do."""
    sums: np.dtype | None = None
    """The type of sums that are rounded, and then converted to the output's type of
    integers. None: sums have the output's type, and integers are modulo its range."""
    overflow: str = "wrap"
    """What is done with such sums that the output's type doesn't hold: one of
    `OVERFLOWS`. Or 'cut': sums are not rounded but cut toward zero, as SciPy stores
    them; then the output may be of truth values, too."""
    rounding: float = 0.0
    """A sum that is below an integer by less is not cut to the one before."""

    @property
    def summed(self) -> np.dtype:
        """The type of sums."""
        return self.output if self.sums is None else self.sums

    @property
    def is_exact(self) -> bool:
        """Whether all numbers are integers or truth values."""
        types = [self.signal.dtype, self.output]
        if self.kernel is not None:
            types.append(self.kernel.dtype)
        return all(dtype.kind in "biu" for dtype in types)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the output."""
        return tuple([axis.outputs for axis in self.axes if axis.output is not None])

    @property
    def outputs(self) -> int:
        """Number of outputs."""
        return prod(self.shape)

    @property
    def taps(self) -> int:
        """Number of taps of each output."""
        return prod(axis.taps for axis in self.axes)
