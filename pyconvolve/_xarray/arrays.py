"""Labelled arrays: their dimensions, and functions of the arrays in them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

from xarray import DataArray, Dataset


def dims_of(
    x: Any,
    dim: Hashable | Sequence[Hashable] | None,
    default: Sequence[Hashable] | None,
) -> tuple[Hashable, ...]:
    """Return dimensions as a tuple.

    Parameters
    ----------
    x : DataArray or Dataset
    dim : hashable, sequence of hashable or None
    default : sequence of hashable or None
        The dimensions if `dim` is None; None: `dim` must be given.

    Raises
    ------
    ValueError, TypeError
        If `x` is no labelled array or lacks a dimension, or if none is given.
    """
    if not isinstance(x, DataArray | Dataset):
        raise TypeError(
            f"x must be a DataArray or a Dataset, not {type(x).__name__}; functions of "
            "pyconvolve and of pyconvolve.dask take arrays without labels"
        )
    if dim is None and default is None:
        raise ValueError(f"dim must name some of the dimensions {tuple(x.dims)}")
    given: Any = default if dim is None else dim
    several = (
        (given,) if isinstance(given, str) or not isinstance(given, Sequence) else given
    )
    dims = tuple(several)
    if not dims or len({*dims}) < len(dims) or not {*dims} <= {*x.dims}:
        raise ValueError(
            f"dim must name some of the dimensions {tuple(x.dims)}, each once, not "
            f"{dim!r}"
        )
    return dims


def for_each(
    function: Callable[[DataArray], DataArray], x: Any, dims: Sequence[Hashable]
) -> Any:
    """Call a function of a DataArray for it, or for the variables of a Dataset.

    Variables that lack all of `dims` are kept as they are.

    Raises
    ------
    ValueError
        If no variable has these dimensions, or if a variable has some of them and the
        function changes their lengths.
    """
    if isinstance(x, DataArray):
        return function(x)
    found = {n: function(v) for n, v in x.data_vars.items() if {*dims} <= {*v.dims}}
    if not found:
        raise ValueError(
            f"x must have a variable with the dimensions {tuple(dims)}, but its "
            f"variables have { ({n: v.dims for n, v in x.data_vars.items()}) }"
        )
    sizes = next(iter(found.values())).sizes
    changed = {d for d in dims if sizes[d] != x.sizes[d]}
    lost = [
        name
        for name, each in x.variables.items()
        if changed & {*each.dims}
        and name not in found
        and not any(name in each.coords for each in found.values())
    ]
    if lost:
        raise ValueError(
            f"x must not have the variable {lost[0]!r} of the dimensions "
            f"{x[lost[0]].dims}, because lengths along {tuple(changed)} change; leave "
            f"it out by x.drop_vars({lost[0]!r})"
        )
    variables = {name: found.get(name, each) for name, each in x.data_vars.items()}
    coordinates = {n: c for n, c in x.coords.items() if not changed & {*c.dims}}
    return Dataset(variables, coordinates, x.attrs)
