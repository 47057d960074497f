"""Cycles of a tile of transforms, by the formula in src/plan/fft_model.pxi."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

# Radices of passes.
RADICES = (2, 3, 4, 5, 6, 8, 10, 12)


class Work(NamedTuple):
    """The work of tiles: arrays with a number for each tile."""

    vectors: NDArray[Any]
    """Vectors of points of a tile."""
    rows: NDArray[Any]
    """Rows, or pieces of rows, packed and stored."""
    size: NDArray[Any]
    """Bytes of a tile."""
    distance: NDArray[Any]
    """Samples between neighbours of a row."""
    planes: NDArray[Any]
    """2 for complex samples."""
    passes: NDArray[Any]
    """How often a vector is passed with each of `RADICES`, there and back."""


def work_of(counted: Iterable[Mapping[str, Any]]) -> Work:
    """Return the work that `planner.tile_work` has counted, as arrays."""
    tiles = [*counted]

    def numbers(name: str) -> NDArray[Any]:
        return np.array([each[name] for each in tiles], float)

    passes = [[2 * each["radices"].count(r) for r in RADICES] for each in tiles]
    return Work(
        numbers("vectors"), numbers("rows"), numbers("size"), numbers("distance"),
        numbers("planes"), np.array(passes, float),
    )  # fmt: skip


def cycles_of(
    work: Work,
    tables: Mapping[str, Any],
    passes: Sequence[float],
    form: Sequence[float],
) -> NDArray[Any]:
    """Return the cycles of each tile.

    Parameters
    ----------
    work : Work
        Of tiles of one form.
    tables : mapping
        The tables of the cost model.
    passes : sequence of float
        Cycles per vector of a pass with each of `RADICES`.
    form : sequence of float
        The four numbers of the form: factor of the passes, cycles per vector, cycles
        per row, and cycles per vector for each doubling beyond the caches.
    """
    times, point, row, beyond = form
    per_sample, most = tables["strided"]
    last_level, beyond_last_level = tables["last_level"]
    cycles = work.passes @ np.asarray(passes)
    cycles = cycles + np.where(work.planes == 2, tables["pairs"], 0)
    strided = np.minimum(per_sample * work.distance, most)
    cycles += np.where(work.distance > 1, strided, 0)
    cycles += beyond_last_level * _doublings(work.size, last_level)
    cycles = times * cycles + point
    for room in (tables["room"], 4 * tables["room"]):
        cycles += beyond * _doublings(work.size, room)
    return work.vectors * cycles + work.rows * row + tables["tile"]


def _doublings(size: NDArray[Any], room: float) -> NDArray[Any]:
    """How often a size is twice the room for it; 0 for a smaller one."""
    return np.maximum(0, np.log2(size / room))
