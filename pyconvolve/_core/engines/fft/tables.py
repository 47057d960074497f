"""Tables of twiddles, cached for all plans."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from types import ModuleType
from typing import Any

from ... import planner
from ...caches import Cache

_tables = Cache[bytes](16 << 20, len)
# Twiddles of each axis, and twiddles between columns and rows of a long transform.
Tables = tuple[tuple[bytes | None, ...], bytes | None]


def find_tables(
    transforms: Sequence[planner.Transform | None],
    element: str,
    compiled: ModuleType,
    four_step_row: int | None,
) -> Tables:
    """Return the twiddles that the transforms of a tile need.

    Parameters
    ----------
    transforms : sequence
        The transform along each axis; None: this axis is not transformed.
    element : str
        Name of the type that the compiled module computes in.
    compiled : module
    four_step_row : int or None
        Points of a row, if the four-step algorithm makes a long transform of transforms
        of columns and of rows. None: the tile has another form.

    Returns
    -------
    twiddles : tuple of bytes or None
    four_step_twiddles : bytes or None
    """
    twiddles = tuple(
        None if transform is None else _find(planner.twiddles, (element, *transform))
        for transform in transforms
    )
    if four_step_row is None:
        return twiddles, None
    columns = transforms[-2]
    assert columns is not None
    lanes, _, fine = compiled.SHAPE
    key = element, *columns, four_step_row, lanes, fine
    return twiddles, _find(planner.four_step_twiddles, key)


def _find(make: Any, key: tuple[Any, ...]) -> bytes:
    """Find a table in the cache, or make it."""
    return _tables.find_or_make(key, partial(make, *key))
