"""Replaces SciPy's functions by pyconvolve's, and restores them."""

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
    # A forked child has one thread only. It must find neither a patch half done nor the
    # lock held by a thread of its parent.
    os.register_at_fork(
        before=_lock.acquire,
        after_in_parent=_lock.release,
        after_in_child=_lock.release,
    )


class _Reference(NamedTuple):
    """An attribute of a module that held a function of SciPy's."""

    module: ModuleType
    attribute: str
    original: Any


# Patches of each function that have not been taken back.
_counts = dict.fromkeys(NAMES, 0)
_replaced: dict[str, list[_Reference]] = {}


class Patch:
    """A patch of some functions; the end of its ``with`` block takes it back."""

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

    Functions of `scipy.signal` are replaced by those of `pyconvolve.signal` of the same
    name: in SciPy's own modules, and in every loaded module that has imported them by
    name. Other functions of SciPy that call them run on pyconvolve, too.

    A patch holds for all threads. Patches are counted: each one is taken back by one
    call of `unpatch_scipy`, or by the end of a ``with`` block.

    Parameters
    ----------
    names : str or iterable of str, optional
        Functions to replace; by default all that `pyconvolve.signal` replaces.

    Returns
    -------
    context manager
        The end of its ``with`` block takes this patch back.

    Raises
    ------
    ValueError, TypeError
        If a name is none of a function that can be replaced.

    See Also
    --------
    unpatch_scipy, is_patched

    Notes
    -----
    A module that imports a function by name while it is patched continues to call
    pyconvolve's function after the patch is taken back.

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
                _replaced[name] = _replace(originals, ours)
            _counts[name] += 1
    return Patch(chosen)


def unpatch_scipy(names: str | Iterable[str] | None = None) -> None:
    """Take a patch back.

    SciPy's functions are restored when the last patch of them is taken back.

    Parameters
    ----------
    names : str or iterable of str, optional
        As for `patch_scipy`. Functions that are not patched are left alone.

    Raises
    ------
    ValueError, TypeError
        If a name is none of a function that can be replaced.

    See Also
    --------
    patch_scipy, is_patched

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
    """Tell whether a function of SciPy is patched.

    Parameters
    ----------
    name : str, optional
        A function of `scipy.signal`; by default any of those that can be replaced.

    Returns
    -------
    bool

    Raises
    ------
    ValueError, TypeError
        If `name` is none of a function that can be replaced.

    See Also
    --------
    patch_scipy, unpatch_scipy

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
    """Enter our function in the table in which SciPy's tests look up capabilities."""
    known = getattr(
        sys.modules.get("scipy._lib._array_api"), "xp_capabilities_table", {}
    )
    for original in originals:
        if original in known:
            known[ours] = known[original]


def _replace(originals: tuple[Any, ...], ours: Any) -> list[_Reference]:
    """Replace the originals in all modules; return the attributes that held them."""
    identities = {id(original) for original in originals}
    found = []
    # Other threads may import at the same time. A copy is made without interruption;
    # making a list would let them change the dictionary meanwhile.
    for name, module in sys.modules.copy().items():
        if not isinstance(module, ModuleType) or name.startswith(_OURS):
            continue
        for attribute, value in vars(module).copy().items():
            if id(value) in identities:
                setattr(module, attribute, ours)
                found.append(_Reference(module, attribute, value))
    return found


def _release(names: tuple[str, ...]) -> None:
    from .. import signal

    with _lock:
        for name in names:
            if not _counts[name]:
                continue
            _counts[name] -= 1
            if _counts[name]:
                continue
            for module, attribute, original in _replaced.pop(name):
                if vars(module).get(attribute) is getattr(signal, name):
                    setattr(module, attribute, original)
