"""Padding of layers: positions before and after the samples of each spatial axis."""

from __future__ import annotations

from collections.abc import Sequence
from operator import index
from typing import Any, Literal

from .._core.arguments import check_word

WORDS = ("valid", "same", "same_upper", "same_lower")
Word = Literal["valid", "same", "same_upper", "same_lower"]
# One integer, or one for each spatial axis, or (begin, end) for each.
Padding = int | Word | Sequence[int | tuple[int, int]]
# The same, hashable.
Checked = int | str | tuple[int | tuple[int, int], ...]


def check(padding: Any) -> Checked:
    """Return `padding` as integers, pairs or a word."""
    if isinstance(padding, str):
        check_word("padding", padding, WORDS)
        return padding
    try:
        return index(padding)
    except TypeError:
        pass
    try:
        return tuple(_one_axis(each) for each in padding)
    except (TypeError, ValueError):
        raise TypeError(
            "padding must be an integer, one integer or one pair (begin, end) for each "
            "spatial axis, or 'valid', 'same', 'same_upper' or 'same_lower', not "
            f"{padding!r}"
        ) from None


def _one_axis(padding: Any) -> int | tuple[int, int]:
    try:
        return index(padding)
    except TypeError:
        begin, end = padding
        return index(begin), index(end)


def resolve(
    padding: Checked,
    samples: Sequence[int],
    spans: Sequence[int],
    strides: Sequence[int],
) -> list[tuple[int, int]]:
    """Return the positions before and after the samples of each spatial axis.

    Parameters
    ----------
    padding : int, str or tuple
        As `check` returns it.
    samples, spans, strides : sequence of int
        Of each spatial axis: samples, samples from the first to the last tap, stride.

    Raises
    ------
    ValueError
        If there are too few or too many numbers, if one is negative, or if a word
        doesn't fit the stride.
    """
    if isinstance(padding, str):
        return _by_word(padding, samples, spans, strides)
    given = (padding,) * len(samples) if isinstance(padding, int) else padding
    if len(given) != len(samples):
        raise ValueError(
            "padding must be one integer or one pair (begin, end) for each of the "
            f"{len(samples)} spatial axes, not {padding!r}"
        )
    pairs = [(each, each) if isinstance(each, int) else each for each in given]
    if min(map(min, pairs)) < 0:
        raise ValueError(f"padding must be at least 0, not {padding!r}")
    return pairs


def _by_word(
    word: str, samples: Sequence[int], spans: Sequence[int], strides: Sequence[int]
) -> list[tuple[int, int]]:
    if word == "valid":
        return [(0, 0)] * len(samples)
    if word == "same" and max(strides) > 1:
        raise ValueError(
            "padding must not be 'same' with a stride above 1; 'same_upper' and "
            f"'same_lower' may be, and stride is {tuple(strides)}"
        )
    pairs = []
    for n, span, stride in zip(samples, spans, strides, strict=True):
        outputs = -(-n // stride)
        total = max((outputs - 1) * stride + span - n, 0)
        smaller, larger = total // 2, total - total // 2
        is_lower = word == "same_lower"
        pairs.append((larger, smaller) if is_lower else (smaller, larger))
    return pairs
