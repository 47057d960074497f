"""The path of a call: its filter is found or prepared, and its output, and run."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from .._core import workers as threads
from .._core.caches import Cache
from .arguments import Refused, check_type, hashable
from .stages import Combined, Components, Filter

# What users may say about the output of an image filter.
Output = NDArray[Any] | DTypeLike | None

# Frames from a warning to the call of a user.
_FRAMES = 4

_filters = Cache[Any](4 << 20, lambda made: made[0].bytes)


class Wanted(NamedTuple):
    """The type of an image, and that of the output as the caller wants it."""

    shape: tuple[int, ...]
    dtype: np.dtype
    output: np.dtype | None
    """None: the caller leaves it open."""
    promotes: bool
    """Whether that type may become complex."""

    def result(self, is_complex: bool, promotes: bool = True) -> np.dtype:
        """Return the type of the results.

        Parameters
        ----------
        is_complex : bool
            Whether results are complex.
        promotes : bool, optional
            Whether the function promotes types that it is given.
        """
        check_type(self.dtype, is_complex)
        found = (self.output or self.dtype).newbyteorder("=")
        promotes = self.output is None or (promotes and self.promotes)
        if is_complex and promotes and found.kind != "c":
            found = np.promote_types(found, np.complex64)
        check_type(found, is_complex)
        if is_complex and found.kind != "c":
            raise Refused
        return found


# Prepares a filter for arguments.
Prepare = Callable[..., Filter | Combined | Components]


def run(
    prepare: Prepare,
    input: ArrayLike,
    output: Output,
    arguments: tuple[Any, ...],
    workers: int | None,
) -> NDArray[Any]:
    """Filter an image.

    Parameters
    ----------
    prepare : callable
        Is called with a `Wanted` and the arguments, once for equal ones.
    input : array_like
        The image.
    output : ndarray, dtype, str or None
        The array for the results, or their type.
    arguments : tuple
        The other arguments, of which arrays are `Taps`, lists or tuples.
    workers : int or None
        The number of threads, at most; None: as `set_workers` set it.

    Raises
    ------
    Refused
        If SciPy's function is to be called instead.
    """
    array = input if type(input) is np.ndarray else np.asarray(input)
    target, kind, promotes = None, None, False
    if output is not None:
        target, kind, promotes = _wanted(output, array)
    if workers is not None:
        threads.resolve(workers)
    key = prepare, array.shape, array.dtype, kind, promotes, arguments
    try:
        found = _filters.get(key)
    except TypeError:
        arguments = hashable(arguments)
        key = *key[:-1], arguments
        found = _filters.get(key)
    if found is None:
        found = _filters.find(key) or _prepare(key)
    made, is_promoted = found
    if is_promoted:
        warnings.warn("promoting specified output dtype to complex", stacklevel=_FRAMES)
    if target is None:
        result = made.allocate(made.shape, made.dtype)
        made.run(array, result, workers)
        return result
    if (
        target.dtype == made.dtype
        and target.flags.aligned
        and not np.may_share_memory(target, array)
    ):
        made.run(array, target, workers)
    else:
        result = made.allocate(made.shape, made.dtype)
        made.run(array, result, workers)
        target[...] = result
    return target


def output_like(image: NDArray[Any], output: Output) -> NDArray[Any]:
    """Return the caller's array for results, or a new one, of any type."""
    if output is None:
        # by its name, because SciPy's error about types without one quotes it
        return np.zeros(image.shape, image.dtype.name)
    target, kind, _ = _wanted(output, image)
    return np.zeros(image.shape, kind) if target is None else target


def _wanted(
    output: Any, image: NDArray[Any]
) -> tuple[NDArray[Any] | None, np.dtype, bool]:
    """Return the caller's array, the type of results, and whether it may be promoted.

    A type that is named by a string is not promoted.
    """
    if isinstance(output, np.ndarray):
        target = np.asarray(output)
        if target.shape != image.shape or not target.flags.writeable:
            raise Refused
        return target, target.dtype, False
    if not isinstance(output, str | type | np.dtype):
        raise Refused
    try:
        kind = np.dtype(output)
    except TypeError:
        raise Refused from None
    is_named = isinstance(output, str)
    if is_named and not issubclass(kind.type, np.number):
        raise Refused
    if not kind.isnative:
        # results are computed in this machine's byte order
        return np.zeros(image.shape, kind), kind, False
    return None, kind, not is_named


def _prepare(key: tuple[Any, ...]) -> tuple[Any, bool]:
    prepare, shape, dtype, kind, promotes, arguments = key
    if 0 in shape or not shape:
        # nothing, or one number: SciPy's function computes it
        raise Refused
    # an environment variable with a wrong value is an error of the first call
    threads.get_workers()
    wanted = Wanted(shape, dtype, kind, promotes)
    made = prepare(wanted, *arguments)
    promoted = promotes and kind.kind != "c" and made.dtype.kind == "c"
    return _filters.store(key, (made, promoted))
