"""The samples around a chunk that the results of a filter depend on."""

from __future__ import annotations

from .._core.positions import Run, runs
from .._ndimage.reach import Reach


def around(
    reach: Reach, samples: int, first: int, end: int
) -> tuple[tuple[Run, ...], slice]:
    """Return the samples that a chunk depends on along an axis.

    Parameters
    ----------
    reach : Reach
    samples : int
        Samples of the axis.
    first, end : int
        The chunk.

    Returns
    -------
    runs : tuple of Run
    kept : slice
        The chunk among the results of these samples.
    """
    low, high = first - reach.left, end + reach.right
    if (low < 0 or high > samples) and (
        reach.boundaries == {"wrap"} and high - low <= samples
    ):
        kept = slice(reach.left, reach.left + end - first)
        return tuple(runs("wrap", samples, low, high)), kept
    read = within(reach, samples, first, end)
    kept = slice(first - read.start, end - read.start)
    return (Run(read.start, read.stop),), kept


def within(reach: Reach, samples: int, first: int, end: int) -> slice:
    """Return the range of samples that a chunk depends on along an axis.

    A filter of these samples continues them at an end of the image as it continues the
    image itself. Elsewhere what it computes of samples beyond them doesn't matter.
    """
    left, right, boundaries = reach
    low, high = first - left, end + right
    if low >= 0 and high <= samples:
        return slice(low, high)
    if "wrap" in boundaries:
        return slice(0, samples)
    # What is computed beyond an end repeats what is computed inside, at most as far
    # from this end as the filter reaches. That depends on further samples.
    if first - left < 0:
        high = max(high, left + 1 + right)
    if end + right > samples:
        low = min(low, samples - 1 - right - left)
    return slice(max(low, 0), min(high, samples))
