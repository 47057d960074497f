"""Functions that lay the same numbers out in memory in other ways."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import prod

import numpy as np


def every_other(a: np.ndarray) -> np.ndarray:
    wide = np.zeros([2 * n for n in a.shape], a.dtype)
    wide[(slice(None, None, 2),) * a.ndim] = a
    return wide[(slice(None, None, 2),) * a.ndim]


def misaligned(a: np.ndarray) -> np.ndarray:
    raw = np.zeros(a.nbytes + 1, np.uint8)
    view = raw[1:].view(a.dtype).reshape(a.shape)
    view[...] = a
    return view


def read_only(a: np.ndarray) -> np.ndarray:
    a = a.copy()
    a.flags.writeable = False
    return a


def in_a_record(a: np.ndarray) -> np.ndarray:
    records = np.zeros(a.shape, np.dtype([("tag", "u1"), ("value", a.dtype)]))
    records["value"] = a
    return records["value"]


@contextmanager
def guarded(
    shape: tuple[int, ...], dtype: np.dtype, offset: int
) -> Iterator[np.ndarray]:
    """Yield an array `offset` bytes into a cache line; check the memory around it."""
    size = prod(shape) * dtype.itemsize
    around = np.full(size + 192, 7, np.uint8)
    first = -around.ctypes.data % 64 + offset
    yield around[first : first + size].view(dtype).reshape(shape)
    assert (around[:first] == 7).all()
    assert (around[first + size :] == 7).all()


LAYOUTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "fortran": np.asfortranarray,
    "first axis contiguous": lambda a: np.moveaxis(np.moveaxis(a, 0, -1).copy(), -1, 0),
    "reversed": lambda a: np.flip(np.flip(a).copy()),
    "last axis reversed": lambda a: a[..., ::-1].copy()[..., ::-1],
    "every other": every_other,
    "swapped bytes": lambda a: a.astype(a.dtype.newbyteorder()),
    "misaligned": misaligned,
    "in a record": in_a_record,
    "read-only": read_only,
    "swapped bytes, reversed": lambda a: np.flip(
        np.flip(a).astype(a.dtype.newbyteorder())
    ),
    "swapped bytes, misaligned": lambda a: misaligned(a.astype(a.dtype.newbyteorder())),
}
