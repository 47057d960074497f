"""Everything that calls keep for the calls to come, bounded by bytes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Hashable
from typing import TypeVar

from .memory import clear_pool

_V = TypeVar("_V")
_clear: list[Callable[[], object]] = [clear_pool]


def register(clear: Callable[[], object]) -> Callable[[], object]:
    """Let `clear_caches` call a function, too; return it."""
    _clear.append(clear)
    return clear


def clear_caches() -> None:
    """Give back all memory that is kept for the calls to come.

    That is plans of the last problems, spectra of the last kernels, tables of
    transforms, and the memory of freed results. Calls that are running keep what they
    use. Each kind is bounded: plans by 4 MB, those of regions by as much, tables by
    16 MB, spectra and results by 128 MB each; the environment variable
    PYCONVOLVE_POOL=0 keeps no results.

    Examples
    --------
    >>> import pyconvolve
    >>> pyconvolve.clear_caches()
    """
    for clear in _clear:
        clear()


if hasattr(os, "register_at_fork") and not getattr(sys, "_is_gil_enabled", lambda: 1)():
    # a thread that was changing them is not in the child, where they stay half changed;
    # where there is a GIL, none runs while the process is forked
    os.register_at_fork(after_in_child=clear_caches)


class Cache(dict[Hashable, _V]):
    """Values by key, of so many bytes in all; what was not asked for goes first.

    They are held in two generations, of which the younger one is the dictionary
    itself. It becomes the older one when it holds half of all bytes; `find` looks there
    too, and lets what it finds be young again. There is no lock, which a fork could
    leave held: what a race loses is a value that is made once more.
    """

    def __init__(self, most: int, size_of: Callable[[_V], int]) -> None:
        super().__init__()
        self._half, self._size_of = most // 2, size_of
        self._bytes = 0
        self._old: dict[Hashable, _V] = {}
        register(self.clear)

    def find(self, key: Hashable) -> _V | None:
        """Return a value, if it is there."""
        value = self.get(key)
        if value is None and (value := self._old.get(key)) is not None:
            self.keep(key, value, self._size_of(value))
        return value

    def keep(self, key: Hashable, value: _V, size: int) -> _V:
        """Keep a value of so many bytes, unless that is too large, and return it."""
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
        """Keep nothing any longer."""
        super().clear()
        self._old, self._bytes = {}, 0

    @property
    def bytes(self) -> int:
        """Bytes of all values."""
        return sum(map(self._size_of, {**self._old, **self}.values()))
