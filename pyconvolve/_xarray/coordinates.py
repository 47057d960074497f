"""Coordinates of the outputs of a convolution."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from xarray import DataArray, Dataset, Variable

# Deviation from equal steps that rounding explains: in eps of the largest number, or in
# steps.
_EPS, _STEPS = 8, 1e-6


class Places(NamedTuple):
    """Where the outputs along a dimension lie among its samples."""

    positions: range
    """Sample i has position ``i * upsampling``."""
    upsampling: int
    samples: int

    @property
    def unchanged(self) -> bool:
        """Whether the outputs lie at the samples."""
        return self.upsampling == 1 and self.positions == range(self.samples)

    @property
    def chosen(self) -> slice | None:
        """The samples at which outputs lie; None: some outputs lie elsewhere."""
        positions, up = self.positions, self.upsampling
        if not positions:
            return slice(0, 0)
        if positions[0] % up or (len(positions) > 1 and positions.step % up):
            return None
        first, last = positions[0] // up, positions[-1] // up
        if first < 0 or last >= self.samples:
            return None
        return slice(first, last + 1, max(positions.step // up, 1))


def with_coordinates(
    result: DataArray, x: DataArray, places: Mapping[Hashable, Places]
) -> DataArray:
    """Give outputs the coordinates of the samples at their positions.

    Parameters
    ----------
    result : DataArray
        The outputs. They have the coordinates that no dimension of `places` has.
    x : DataArray
        The samples.
    places : mapping
        For each dimension along which outputs don't lie at the samples.

    Raises
    ------
    ValueError
        If outputs lie outside of a coordinate, or between its numbers, and it is not
        evenly spaced.
    """
    chosen = {d: each.chosen for d, each in places.items()}
    picked = {d: part for d, part in chosen.items() if part is not None}
    # a dimension may have no coordinate
    found: Dataset = x.coords.to_dataset().isel(picked, missing_dims="ignore")
    beyond = [d for d in places if d not in picked]
    extended = {}
    for name, coordinate in x.coords.items():
        among = [d for d in coordinate.dims if d in beyond]
        if among:
            extended[name] = _extended(name, coordinate.variable, among[0], places)
    # a multi-index goes with its levels
    found = found.drop_vars(extended)
    return result.assign_coords(found.coords).assign_coords(extended)


def _extended(
    name: Hashable,
    coordinate: Variable,
    dim: Hashable,
    places: Mapping[Hashable, Places],
) -> Variable:
    values = coordinate.values if coordinate.ndim == 1 else np.empty(0)
    step = _step(values)
    if step is None:
        raise ValueError(
            f"coordinate {name!r} must be evenly spaced numbers or times along "
            f"{dim!r}, for some outputs lie outside of its samples or between them; "
            f"leave it out by x.drop_vars({name!r}), or choose a mode or a stride "
            "whose outputs lie at samples"
        )
    here = places[dim]
    positions = np.asarray(here.positions)
    if values.dtype.kind in "iu":
        values = values.astype(np.int64)
    try:
        moved = _at(values, step, positions, here.upsampling)
    except ValueError:
        raise ValueError(
            f"coordinate {name!r} must have a finer unit than {values.dtype}, for "
            f"outputs lie between its times: convert it by x[{name!r}].astype(...)"
        ) from None
    return Variable((dim,), moved, coordinate.attrs)


def _step(values: NDArray[Any]) -> Any:
    """Return the distance of neighbours; None: they are not evenly spaced numbers."""
    if values.size < 2 or values.dtype.kind not in "iufmM":
        return None
    if values.dtype.kind in "iu":
        values = values.astype(np.int64)
    steps = np.diff(values)
    if values.dtype.kind in "imM":
        return steps[0] if (steps == steps[0]).all() else None
    exact = values.astype(np.float64)
    step = (exact[-1] - exact[0]) / (exact.size - 1)
    error = abs(exact[0] + step * np.arange(exact.size) - exact).max()
    eps = np.finfo(values.dtype).eps
    limit = max(_EPS * eps * abs(exact).max(), _STEPS * abs(step))
    return step if error <= limit else None


def _at(
    values: NDArray[Any], step: Any, positions: NDArray[Any], up: int
) -> NDArray[Any]:
    """Return what an evenly spaced coordinate is at some positions.

    Raises
    ------
    ValueError
        If a unit of time is too coarse for it.
    """
    first, moved = values[0], positions * step
    if values.dtype.kind == "f":
        moved = (first + moved / up).astype(values.dtype)
    elif (moved.view(np.int64) % up == 0).all():
        moved = first + (moved.view(np.int64) // up).view(moved.dtype)
    elif values.dtype.kind in "mM":
        raise ValueError("times lie between those of the unit")
    else:
        moved = first + moved / up
    # samples keep their coordinates to the bit
    inside = (positions % up == 0) & (positions >= 0) & (positions < up * values.size)
    moved[inside] = values[positions[inside] // up]
    return moved
