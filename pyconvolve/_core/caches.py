"""Everything that calls keep for the calls to come, bounded by bytes."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

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
    use. Each kind is bounded: plans by 4 MB, tables by 16 MB, spectra and results by
    128 MB each; the environment variable PYCONVOLVE_POOL=0 keeps no results.

    Examples
    --------
    >>> import pyconvolve
    >>> pyconvolve.clear_caches()
    """
    for clear in _clear:
        clear()


class Cache(Generic[_V]):
    """Values by key, of so many bytes in all; what was not asked for goes first.

    They are held in two generations: what is found in the older one moves to the
    younger one, which becomes the older one when it holds half of all bytes. So a value
    that is found costs a single look-up. There is no lock, which a fork could leave
    held: what a race loses is a value that is made once more.
    """

    def __init__(self, most: int) -> None:
        self._half = most // 2
        self._bytes = 0
        self._young: dict[Hashable, tuple[_V, int]] = {}
        self._old: dict[Hashable, tuple[_V, int]] = {}
        register(self.clear)

    def find(self, key: Hashable) -> _V | None:
        """Return a value, if it is there."""
        known = self._young.get(key)
        if known is None:
            known = self._old.get(key)
            if known is None:
                return None
            self._put(key, known)
        return known[0]

    def keep(self, key: Hashable, value: _V, size: int) -> _V:
        """Keep a value of so many bytes, unless it is too large, and return it."""
        if size <= self._half:
            self._put(key, (value, size))
        return value

    def _put(self, key: Hashable, item: tuple[_V, int]) -> None:
        if self._bytes + item[1] > self._half:
            self._old, self._young, self._bytes = self._young, {}, 0
        self._young[key] = item
        self._bytes += item[1]

    def clear(self) -> None:
        """Keep nothing any longer."""
        self._old, self._young, self._bytes = {}, {}, 0

    @property
    def size(self) -> int:
        """Bytes of all values."""
        held: dict[Hashable, Any] = {**self._old, **self._young}
        return sum(size for _, size in held.values())
