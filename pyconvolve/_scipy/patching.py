"""Puts pyconvolve's functions in the place of SciPy's, and SciPy's back."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterable
from types import ModuleType, TracebackType
from typing import Any, NamedTuple

from .names import NAMES

_OURS = "pyconvolve."
_lock = threading.RLock()
if hasattr(os, "register_at_fork"):
    # a child finds no patch half done, nor the lock held by a thread it doesn't have
    os.register_at_fork(
        before=_lock.acquire,
        after_in_parent=_lock.release,
        after_in_child=_lock.release,
    )


class _Place(NamedTuple):
    """Where a function of SciPy's was found."""

    module: ModuleType
    attribute: str
    original: Any


_counts = dict.fromkeys(NAMES, 0)
_places: dict[str, list[_Place]] = {}


class Patch:
    """What `patch_scipy` has patched; leaving its ``with`` block takes it back."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names

    def __enter__(self) -> Patch:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        _release(self._names)

    def __repr__(self) -> str:
        return f"patch of scipy.signal: {', '.join(self._names)}"


def patch_scipy(names: str | Iterable[str] | None = None) -> Patch:
    """Let programs that use `scipy.signal` run on pyconvolve's engines.

    Replaces functions of `scipy.signal` by those of `pyconvolve.signal`, in SciPy
    itself, so that its own callers gain, and wherever else a loaded module has imported
    them by name. Patches nest, and hold for all threads: each needs an `unpatch_scipy`,
    or the end of a ``with`` block.

    Parameters
    ----------
    names : str or iterable of str, optional
        Functions to replace, by default all that `pyconvolve.signal` has of its own.

    Returns
    -------
    context manager
        Takes this patch back at the end of its ``with`` block.

    Raises
    ------
    ValueError, TypeError
        If a name is none of those that can be replaced.

    See Also
    --------
    unpatch_scipy, is_patched

    Notes
    -----
    Modules that import a function by name while it is patched keep pyconvolve's.

    References
    ----------
    .. [1] `scipy.signal`

    Examples
    --------
    >>> import pyconvolve
    >>> import scipy.signal
    >>> with pyconvolve.patch_scipy():
    ...     scipy.signal.convolve([1, 2], [1, 1]), pyconvolve.is_patched()
    (array([1, 3, 2]), True)
    >>> pyconvolve.is_patched()
    False
    """
    chosen = _checked(names)
    from .. import signal

    with _lock:
        for name in chosen:
            if not _counts[name]:
                originals, ours = signal.originals[name], getattr(signal, name)
                _tell_capabilities(originals, ours)
                _places[name] = _replace(originals, ours)
            _counts[name] += 1
    return Patch(chosen)


def unpatch_scipy(names: str | Iterable[str] | None = None) -> None:
    """Take a patch back; SciPy's functions return with the last one.

    Parameters
    ----------
    names : str or iterable of str, optional
        As for `patch_scipy`. Names that aren't patched are left alone.

    Raises
    ------
    ValueError, TypeError
        If a name is none of those that can be replaced.

    Examples
    --------
    >>> import pyconvolve
    >>> patch = pyconvolve.patch_scipy("convolve")
    >>> pyconvolve.unpatch_scipy("convolve")
    >>> pyconvolve.is_patched("convolve")
    False
    """
    _release(_checked(names))


def is_patched(name: str | None = None) -> bool:
    """Whether a function of SciPy's is patched, or any of them.

    Parameters
    ----------
    name : str, optional
        A function of `scipy.signal`.

    Returns
    -------
    bool

    Examples
    --------
    >>> import pyconvolve
    >>> pyconvolve.is_patched()
    False
    """
    with _lock:
        chosen = NAMES if name is None else _checked(name)
        return any(_counts[name] for name in chosen)


def _checked(names: str | Iterable[str] | None) -> tuple[str, ...]:
    if names is None:
        return NAMES
    try:
        chosen = (names,) if isinstance(names, str) else tuple(dict.fromkeys(names))
    except TypeError:
        raise TypeError(f"names must be strings, not {names!r}") from None
    for name in chosen:
        if name not in NAMES:
            raise ValueError(f"names must be of {', '.join(NAMES)}, not {name!r}")
    return chosen


def _tell_capabilities(originals: tuple[Any, ...], ours: Any) -> None:
    """Let SciPy's tests find what a function can do, by ours as by the original."""
    known = getattr(
        sys.modules.get("scipy._lib._array_api"), "xp_capabilities_table", {}
    )
    for original in originals:
        if original in known:
            known[ours] = known[original]


def _replace(originals: tuple[Any, ...], ours: Any) -> list[_Place]:
    """Put a function wherever a module has one of the originals."""
    identities = {id(original) for original in originals}
    places = []
    # copies, for other threads import meanwhile; a list would let them
    for name, module in sys.modules.copy().items():
        if not isinstance(module, ModuleType) or name.startswith(_OURS):
            continue
        for attribute, value in vars(module).copy().items():
            if id(value) in identities:
                setattr(module, attribute, ours)
                places.append(_Place(module, attribute, value))
    return places


def _release(names: tuple[str, ...]) -> None:
    from .. import signal

    with _lock:
        for name in names:
            if not _counts[name]:
                continue
            _counts[name] -= 1
            if _counts[name]:
                continue
            for module, attribute, original in _places.pop(name):
                if vars(module).get(attribute) is getattr(signal, name):
                    setattr(module, attribute, original)
