"""Where the outputs of a convolution lie among the samples of the signal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from .boundary import CONTINUATIONS
from .problem import Axis


class Run(NamedTuple):
    """Neighbouring samples, from the first to the one before the end."""

    first: int
    end: int
    is_reversed: bool = False
    """Whether the last of them comes first."""


def centres(axis: Axis, mode: str) -> range:
    """Return the position under the kernel's centre for each output of an axis.

    Sample i has position ``i * upsampling``. Outputs of different modes that are equal
    have one position. In mode 'same', output n has position ``n * stride``, whatever
    the origin is.
    """
    first = 0
    if mode != "same" and axis.role == "window":
        first = axis.offset + axis.span // 2
    return range(first, first + axis.stride * axis.outputs, axis.stride)


def runs(boundary: str, samples: int, begin: int, end: int) -> Iterator[Run]:
    """Yield the samples that stand at the positions of a range.

    Parameters
    ----------
    boundary : str
        One that repeats the samples: 'reflect', 'symmetric' or 'wrap'.
    samples : int
        Number of samples.
    begin, end : int
        The first position, and the one behind the last.
    """
    period, mirror = CONTINUATIONS[boundary].of(samples)
    while begin < end:
        folded = begin % period
        if folded < samples:
            length = min(samples - folded, end - begin)
            yield Run(folded, folded + length)
        else:
            length = min(period - folded, end - begin)
            last = mirror - folded
            yield Run(last + 1 - length, last + 1, True)
        begin += length
