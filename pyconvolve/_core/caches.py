"""Caches for later calls, bounded by bytes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Hashable
from typing import TypeVar

from .memory import clear_pool

_V = TypeVar("_V")
_clear: list[Callable[[], object]] = [clear_pool]


def register(clear: Callable[[], object]) -> Callable[[], object]:
    """Register a function that `clear_caches` calls; return it."""
    _clear.append(clear)
    return clear


def clear_caches() -> None:
    """Free all memory that is cached for later calls.

    The caches hold plans of the last problems (at most 4 MB), plans of regions of
    problems (4 MB), forms of kernels (1 MB), plans of pooling (8 MB), plans of image
    filters and of blocks of images (9 MB), plans of repairs (2 MB), tables of
    transforms (16 MB), types that sums beside small kernels are computed in (0.25 MB),
    filters that `pyconvolve.signal` has designed, taps and plans (4 MB), Wiener's
    filters of the last kernels (64 MB), spectra of the last kernels (128 MB), and the
    memory of freed results (128 MB, or none if the environment variable PYCONVOLVE_POOL
    is 0). Calls that are running are not affected.

    Examples
    --------
    >>> import pyconvolve
    >>> pyconvolve.clear_caches()
    """
    for clear in _clear:
        clear()


if hasattr(os, "register_at_fork") and not getattr(sys, "_is_gil_enabled", lambda: 1)():
    # A thread that changes a cache during a fork does not run in the child, whose cache
    # would stay half changed. With a GIL, no other thread runs during a fork.
    os.register_at_fork(after_in_child=clear_caches)


class Cache(dict[Hashable, _V]):
    """Values by key, at most a number of bytes; the least recently used go first.

    There are two generations of values. The dictionary itself is the younger one; when
    it holds half of all bytes, it becomes the older one, whose values are dropped.
    `find` looks in both, and moves a value that it finds in the older generation to the
    younger one. There is no lock, because a fork could leave it locked. A race loses a
    value at most, which is then made again.

    Parameters
    ----------
    most_bytes : int
        Bytes of all values, at most.
    size_of : callable
        Returns the bytes of a value.
    """

    def __init__(self, most_bytes: int, size_of: Callable[[_V], int]) -> None:
        super().__init__()
        self._half, self._size_of = most_bytes // 2, size_of
        self._bytes = 0
        self._old: dict[Hashable, _V] = {}
        register(self.clear)

    def find(self, key: Hashable) -> _V | None:
        """Return the value of a key, or None."""
        value = self.get(key)
        if value is None and (value := self._old.get(key)) is not None:
            self.store(key, value)
        return value

    def find_or_make(self, key: Hashable, make: Callable[[], _V]) -> _V:
        """Return the value of a key; if there is none, make and store it."""
        value = self.find(key)
        return self.store(key, make()) if value is None else value

    def store(self, key: Hashable, value: _V) -> _V:
        """Store a value, unless it is larger than half the cache; return it."""
        size = self._size_of(value)
        if size > self._half:
            return value
        if self._bytes + size > self._half:
            old = self.copy()
            self.clear()
            self._old = old
        self[key] = value
        self._bytes += size
        return value

    def clear(self) -> None:
        """Drop all values."""
        super().clear()
        self._old, self._bytes = {}, 0

    @property
    def bytes(self) -> int:
        """Bytes of all values."""
        return sum(map(self._size_of, {**self._old, **self}.values()))
