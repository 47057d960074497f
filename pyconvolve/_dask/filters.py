"""Image filters of dask arrays, chunk by chunk."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import accumulate, pairwise, product
from typing import Any

import dask.array
import numpy as np
from dask.array import Array
from dask.base import tokenize
from numpy.typing import NDArray

from .. import ndimage
from .._core import workers as threads
from .._core.arguments import integers
from .._core.positions import Run, runs
from .._ndimage.arguments import Refused
from .._ndimage.reach import REACHES, Reach, Reaches
from .arrays import Chunked, lazy, made_of
from .documents import document_of
from .tasks import Pieces

# Filters whose results have the type of the image, because nobody knows that of the
# results of a caller's function; and the parameter that is this function.
CALLERS = {
    "generic_filter": "function",
    "generic_gradient_magnitude": "derivative",
    "generic_laplace": "derivative2",
}


@dataclass(frozen=True)
class Job:
    """A filter of an array by chunks; all of its tasks share it."""

    name: str
    """Of a function of `pyconvolve.ndimage`."""
    arguments: Mapping[str, Any]
    dtype: np.dtype
    kept: tuple[tuple[slice, ...], ...]
    """For each axis and each chunk, the part of the results that is the chunk."""


def compute(job: Job, index: tuple[int, ...], pieces: Any) -> NDArray[Any]:
    """Filter a chunk, with the samples around it that it depends on."""
    samples = Pieces(pieces).whole()
    # memory of the pool would stay with the process when dask frees the chunk
    result = np.empty(samples.shape, job.dtype)
    getattr(ndimage, job.name)(samples, output=result, **job.arguments)
    kept = result[tuple(ranges[i] for ranges, i in zip(job.kept, index, strict=True))]
    # a part keeps the memory of the whole
    return kept.copy() if 2 * kept.size <= result.size else kept


def run(name: str, input: Any, arguments: Mapping[str, Any]) -> Array:
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
    return _filtered(name, image, given, dtype, reaches)


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


def _filtered(
    name: str,
    image: Array,
    arguments: Mapping[str, Any],
    dtype: np.dtype,
    reaches: Reaches,
) -> Array:
    chunks = tuple(tuple(size for size in sizes if size) for sizes in image.chunks)
    nothing = Reach(0, 0, frozenset())
    slabs = [
        [
            around(reaches.get(a, nothing), sum(sizes), *limits)
            for limits in pairwise((0, *accumulate(sizes)))
        ]
        for a, sizes in enumerate(chunks)
    ]
    kept = tuple(tuple(part for _, part in each) for each in slabs)
    job = Job(name, arguments, dtype, kept)
    name = f"{name}-{tokenize(image, job)}"
    job_key, tasks = f"{name}-job", dict[Any, Any]()
    tasks[job_key] = job
    samples = Chunked(image, f"{name}-samples", tasks)
    for index in product(*(range(len(sizes)) for sizes in chunks)):
        read = [each[i][0] for each, i in zip(slabs, index, strict=True)]
        tasks[name, *index] = compute, job_key, index, samples.keys(read)
    return made_of(name, tasks, chunks, dtype, [image])


def around(
    reach: Reach, samples: int, first: int, end: int
) -> tuple[tuple[Run, ...], slice]:
    """Return the samples that a chunk depends on along an axis.

    A filter of these samples continues them at an end of the image as it continues the
    image itself. Elsewhere what it computes of samples beyond them doesn't matter.

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
    left, right, boundaries = reach
    low, high = first - left, end + right
    if low < 0 or high > samples:
        if boundaries == {"wrap"} and high - low <= samples:
            kept = slice(left, left + end - first)
            return tuple(runs("wrap", samples, low, high)), kept
        if "wrap" in boundaries:
            low, high = 0, samples
        # What is computed beyond an end repeats what is computed inside, at most as far
        # from this end as the filter reaches. That depends on further samples.
        if first - left < 0:
            high = max(high, left + 1 + right)
        if end + right > samples:
            low = min(low, samples - 1 - right - left)
        low, high = max(low, 0), min(high, samples)
    return (Run(low, high),), slice(first - low, end - low)


def chunkwise(name: str) -> Callable[..., Array]:
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
