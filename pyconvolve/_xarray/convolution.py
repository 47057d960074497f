"""Convolutions of labelled arrays, along dimensions."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import xarray
from xarray import DataArray

from .._core import api
from .._core.arguments import Names, Rules, array_of, rules
from .._core.positions import centres
from .._core.problem import Problem
from .._core.thresholds import THRESHOLDS
from .._normalized import means
from .arrays import dims_of, for_each
from .coordinates import Places, with_coordinates

_NAMES = Names("x", "h")


def run(
    rules_of: Callable[..., Rules],
    x: Any,
    h: Any,
    dim: Any,
    cval: Any,
    workers: int | None,
) -> Any:
    """Convolve or correlate a DataArray, or the variables of a Dataset.

    Parameters
    ----------
    rules_of : callable
        Returns the rules for some axes.
    x : DataArray or Dataset
    h : array_like or DataArray
    dim, cval, workers
        As for `pyconvolve.xarray.convolve`.
    """
    dims, kernel = _kernel("h", x, h, dim)

    def convolve(variable: DataArray) -> DataArray:
        axes = variable.get_axis_num(dims)
        how = rules_of(axes)._replace(ordered=True)
        taps = _in_order(kernel, axes, variable.ndim)
        types = variable.dtype, taps.dtype
        problem = api.problem_of(_NAMES, how, variable.shape, taps.shape, *types, cval)

        def compute(array: Any) -> Any:
            if is_lazy(array):
                from .._dask import convolution

                used = 1 if workers is None else workers
                return convolution.run(_NAMES, how, array, taps, cval, used)
            return api.run(_NAMES, how, array, taps, cval, None, workers)

        return applied(compute, variable, places_of(problem, how.mode, variable, dims))

    return for_each(convolve, x, dims)


def run_normalized(
    x: Any,
    kernel: Any,
    dim: Any,
    *,
    weights: Any,
    mask: Any,
    mode: Any,
    boundary: Any,
    cval: Any,
    return_weights: bool,
    workers: int | None,
    **options: Any,
) -> Any:
    """Compute `pyconvolve.normalized_convolve` along dimensions.

    The arguments are those of `pyconvolve.xarray.normalized_convolve`.
    """
    dims, given = _kernel("kernel", x, kernel, dim)
    results: dict[Hashable, Any] = {}

    def convolve(variable: DataArray, number: int) -> DataArray:
        if variable.name not in results:
            results[variable.name] = _normalized(
                variable, dims, given, weights, mask, mode, boundary, cval, workers,
                options,
            )  # fmt: skip
        return results[variable.name][number]

    y, weight = (for_each(partial(convolve, number=n), x, dims) for n in (0, 1))
    return (y, weight) if return_weights else y


def _normalized(
    variable: DataArray,
    dims: Sequence[Hashable],
    kernel: Any,
    weights: Any,
    mask: Any,
    mode: Any,
    boundary: Any,
    cval: Any,
    workers: int | None,
    options: Mapping[str, Any],
) -> tuple[DataArray, DataArray]:
    axes = variable.get_axis_num(dims)
    taps = _in_order(kernel, axes, variable.ndim)
    how = rules(False, mode, "auto", axes, boundary, cval, 1, 1, 0, ordered=True)
    types = np.dtype(np.float64), np.dtype(np.float64)
    names = Names("x", "kernel")
    problem = api.problem_of(names, how, variable.shape, taps.shape, *types, cval)
    beside = {
        "weights": _beside("weights", weights, variable),
        "mask": _beside("mask", mask, variable),
    }

    def compute(array: Any) -> Any:
        given = {
            **options, **beside, "mode": mode, "boundary": boundary, "cval": cval,
            "axes": axes, "return_weights": True,
        }  # fmt: skip
        if is_lazy(array) or any(map(is_lazy, beside.values())):
            from .._dask import normalized

            used = 1 if workers is None else workers
            return normalized.run(array, taps, **given, workers=used)
        return means.run(THRESHOLDS, array, taps, **given, out=None, workers=workers)

    places = places_of(problem, mode, variable, dims)
    y, weight = applied(compute, variable, places, outputs=2)
    return y, weight


def _beside(name: str, value: Any, variable: DataArray) -> Any:
    """Return the array of `mask` or `weights`, with the axes of a variable."""
    if not isinstance(value, DataArray):
        return value
    if not {*value.dims} <= {*variable.dims}:
        raise ValueError(
            f"{name} must have some of the dimensions {variable.dims} of x, not "
            f"{value.dims}"
        )
    try:
        xarray.align(variable, value, join="exact", copy=False)
    except ValueError as error:
        raise ValueError(f"{name} must have the coordinates of x: {error}") from None
    absent = [d for d in variable.dims if d not in value.dims]
    return value.expand_dims(absent).transpose(*variable.dims).data


def is_lazy(array: Any) -> bool:
    """Tell whether an array is one of dask."""
    return hasattr(array, "__dask_graph__")


def applied(
    compute: Callable[[Any], Any],
    variable: DataArray,
    places: Mapping[Hashable, Places],
    outputs: int = 1,
) -> Any:
    """Call a function for the array in a labelled one, and label the result.

    Parameters
    ----------
    compute : callable
        Takes an array of NumPy or dask.
    variable : DataArray
    places : mapping
        For each dimension along which outputs don't lie at the samples.
    outputs : int, optional
        Number of results.
    """
    results = xarray.apply_ufunc(
        compute,
        variable,
        input_core_dims=[variable.dims],
        output_core_dims=[variable.dims] * outputs,
        exclude_dims={*places},
        dask="allowed",
        keep_attrs=True,
    )
    several = results if outputs > 1 else (results,)
    labelled = [with_coordinates(each, variable, places) for each in several]
    return labelled if outputs > 1 else labelled[0]


def places_of(
    problem: Problem, mode: str, variable: DataArray, dims: Sequence[Hashable]
) -> dict[Hashable, Places]:
    """Return where outputs lie, for dimensions along which they don't at samples."""
    found = {}
    for d in dims:
        axis = problem.axes[variable.get_axis_num(d)]
        here = Places(centres(axis, mode), axis.upsampling, axis.samples)
        if not here.unchanged:
            found[d] = here
    return found


def _kernel(
    name: str, x: Any, kernel: Any, dim: Any
) -> tuple[tuple[Hashable, ...], Any]:
    """Return dimensions, and the kernel with an axis for each."""
    if isinstance(kernel, DataArray):
        dims = dims_of(x, dim, kernel.dims)
        if {*dims} != {*kernel.dims}:
            raise ValueError(
                f"{name} must have the dimensions {dims} of dim, not {kernel.dims}"
            )
        return dims, array_of(name, kernel.transpose(*dims).data)
    taps = array_of(name, kernel)
    ndim = None if not isinstance(x, DataArray) else x.ndim
    dims = dims_of(x, dim, x.dims if ndim == taps.ndim else None)
    if taps.ndim != len(dims):
        raise ValueError(
            f"{name} must have an axis for each of the dimensions {dims}, but its "
            f"shape is {taps.shape}"
        )
    return dims, taps


def _in_order(taps: Any, axes: Sequence[int], ndim: int) -> Any:
    """Return a kernel whose axes are in the order that convolutions take.

    That of the axes they are given, but of the array if these are all of its axes.
    """
    return taps.transpose(np.argsort(axes)) if len(axes) == ndim else taps
