"""Image filters of dask arrays, chunk by chunk."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate, pairwise, product
from typing import Any

import dask.array
import numpy as np
from dask.array import Array
from dask.base import tokenize

from .. import ndimage
from .._core import workers as threads
from .._core.arguments import integers
from .._core.thresholds import THRESHOLDS, Thresholds
from .._ndimage.arguments import Refused
from .._ndimage.reach import REACHES, Reach, Reaches
from .arrays import Chunked, Chunks, lazy, made_of
from .documents import document_of
from .filtered import Job, compute
from .halos import around

# A function of pyconvolve.dask.ndimage.
Filter = Callable[..., Array]

# Filters whose results have the type of the image, because nobody knows that of the
# results of a caller's function; and the parameter that is this function.
CALLERS = {
    "generic_filter": "function",
    "generic_gradient_magnitude": "derivative",
    "generic_laplace": "derivative2",
}


def run(
    name: str,
    input: Any,
    arguments: Mapping[str, Any],
    limits: Thresholds = THRESHOLDS,
) -> Array:
    """Filter an array by a function of `pyconvolve.ndimage`, but lazily.

    Parameters
    ----------
    name : str
        A key of `REACHES`.
    input : dask.array.Array or array_like
        The image.
    arguments : mapping
        All other arguments. Those of the filters of callers include `depth`, which the
        function itself doesn't take.
    """
    image = lazy("input", input)
    given = {key: value for key, value in arguments.items() if key != "depth"}
    if given.get("footprint") is not None and given.get("size") is not None:
        warnings.warn("ignoring size because footprint is set", stacklevel=3)
        given["size"] = None
    if given.get("workers") is not None:
        threads.resolve(given["workers"])
    if "depth" in arguments:
        _check_depth(arguments["depth"], image.ndim)
    given |= given.pop("kwargs", {})
    dtype = _dtype(name, image, given)
    reaches = _reaches(name, image.ndim, {**arguments, "size": given.get("size")})
    if 0 in image.shape:
        return dask.array.zeros(image.shape, dtype=dtype, chunks=image.chunks)
    chunks = tuple(tuple(size for size in sizes if size) for sizes in image.chunks)
    nothing = Reach(0, 0, frozenset())
    reach = tuple(reaches.get(a, nothing) for a in range(image.ndim))
    read, kept = _slabs(reach, chunks)
    job = Job(name, given, dtype, reach, kept, limits)
    name = f"{name}-{tokenize(image, job)}"
    job_key, tasks = f"{name}-job", dict[Any, Any]()
    tasks[job_key] = job
    samples = Chunked(image, f"{name}-samples", tasks)
    for index in product(*(range(len(sizes)) for sizes in chunks)):
        pieces = samples.keys([each[i] for each, i in zip(read, index, strict=True)])
        tasks[name, *index] = compute, job_key, index, pieces
    return made_of(name, tasks, chunks, dtype, [image])


def _slabs(reach: Sequence[Reach], chunks: Chunks) -> tuple[Any, Any]:
    """Return what each chunk reads along each axis, and which results it keeps."""
    slabs = [
        [
            around(each, sum(sizes), *limits)
            for limits in pairwise((0, *accumulate(sizes)))
        ]
        for each, sizes in zip(reach, chunks, strict=True)
    ]
    read = tuple(tuple(runs for runs, _ in row) for row in slabs)
    return read, tuple(tuple(kept for _, kept in row) for row in slabs)


def _dtype(name: str, image: Array, arguments: Mapping[str, Any]) -> np.dtype:
    """Return the type of the results; wrong arguments raise the filter's error."""
    function = getattr(ndimage, name)
    if name in CALLERS:
        arguments = {**arguments, CALLERS[name]: _zero}
    sample = np.ones((1,) * image.ndim, image.dtype)
    return function(sample, **arguments).dtype


def _zero(values: Any, axis: int = 0, output: Any = None, *_: Any, **__: Any) -> Any:
    """Stand in for a function of the caller."""
    if isinstance(output, np.ndarray):
        output[...] = 0
        return output
    return 0.0 if output is None else np.zeros(values.shape, output)


def _reaches(name: str, ndim: int, arguments: Mapping[str, Any]) -> Reaches:
    try:
        found = REACHES[name](ndim, **arguments)
    except Refused:
        raise TypeError(
            f"{name} must have arguments that tell how far it reaches, for it filters "
            f"chunk by chunk, not {dict(arguments)}"
        ) from None
    return found


def _check_depth(depth: Any, ndim: int) -> None:
    given = integers("depth", depth)
    several = given if isinstance(given, tuple) else (given,) * ndim
    if len(several) != ndim or min(several, default=0) < 0:
        raise ValueError(
            f"depth must be at least 0, for all axes or for each of the {ndim} axes, "
            f"not {depth!r}"
        )


def chunkwise(name: str) -> Filter:
    """Return a function of `pyconvolve.dask.ndimage`."""
    signature = signature_of(name)

    def call(*args: Any, **kwargs: Any) -> Array:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        arguments = dict(bound.arguments)
        return run(name, arguments.pop("input"), arguments)

    call.__name__ = call.__qualname__ = name
    call.__module__ = "pyconvolve.dask.ndimage"
    call.__signature__ = signature  # type: ignore[attr-defined]
    takes_depth = "depth" in signature.parameters
    call.__doc__ = document_of(name, name in CALLERS, takes_depth)
    return call


def signature_of(name: str) -> inspect.Signature:
    """Return the arguments of a filter of dask arrays."""
    function = getattr(ndimage, name)
    found = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name == "workers":
            parameter = parameter.replace(default=1)
        if parameter.name != "output":
            found.append(parameter)
    if name in CALLERS and "workers" in [parameter.name for parameter in found]:
        kind = inspect.Parameter.KEYWORD_ONLY
        found.append(inspect.Parameter("depth", kind, annotation="int | Sequence[int]"))
    return inspect.Signature(found, return_annotation="dask.array.Array")
