"""Replaces functions of SciPy and NumPy by pyconvolve's, and restores them."""

from __future__ import annotations

import os
import sys
import threading
from collections import Counter
from collections.abc import Iterable
from importlib import import_module
from types import ModuleType, TracebackType
from typing import Any, NamedTuple

from ._namespaces import NAMESPACES, Namespace, originals_of

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


class _Function(NamedTuple):
    """A function that can be replaced."""

    namespace: Namespace
    name: str

    @property
    def words(self) -> tuple[str, ...]:
        """The words by which users may choose it."""
        return self.name, str(self), self.namespace.name, self.namespace.library

    def __str__(self) -> str:
        return f"{self.namespace.name}.{self.name}"


class _Reference(NamedTuple):
    """An attribute of a module that held a function of another library."""

    module: ModuleType
    attribute: str
    original: Any


_functions = tuple(
    _Function(space, name) for space in NAMESPACES for name in space.functions
)
# Patches of each function that have not been taken back.
_counts = Counter[_Function]()
_replaced: dict[_Function, list[_Reference]] = {}


class Patch:
    """A patch of some functions; the end of its ``with`` block takes it back."""

    def __init__(self, functions: tuple[_Function, ...]) -> None:
        self._functions = functions

    def __enter__(self) -> Patch:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        _release(self._functions)

    def __repr__(self) -> str:
        return f"patch of {', '.join(map(str, self._functions))}"


def patch_scipy(names: str | Iterable[str] | None = None) -> Patch:
    """Let programs that use SciPy run on pyconvolve's engines.

    Functions of `scipy.signal` and `scipy.ndimage` are replaced by those of
    `pyconvolve.signal` and `pyconvolve.ndimage` of the same name: in SciPy's own
    modules, and in every loaded module that has imported them by name. Other functions
    of SciPy that call them run on pyconvolve, too.

    A patch holds for all threads. Patches are counted: each one is taken back by one
    call of `unpatch_scipy`, or by the end of a ``with`` block.

    Parameters
    ----------
    names : str or iterable of str, optional
        Functions to replace, such as "scipy.signal.convolve"; "convolve", which means
        those of both namespaces; or all functions of "scipy.ndimage". By default all
        that pyconvolve can replace.

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
    patch_numpy : the same for NumPy

    Notes
    -----
    A module that imports a function by name while it is patched continues to call
    pyconvolve's function after the patch is taken back.

    References
    ----------
    .. [1] `scipy.signal`, `scipy.ndimage`

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
    return _patch(_chosen(names, "scipy"))


def unpatch_scipy(names: str | Iterable[str] | None = None) -> None:
    """Take a patch of SciPy back.

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
    _release(_chosen(names, "scipy"))


def patch_numpy(names: str | Iterable[str] | None = None) -> Patch:
    """Let programs that use `numpy.convolve` run on pyconvolve's engines.

    `numpy.convolve` and `numpy.correlate` are replaced by the functions of
    `pyconvolve.numpy`: in NumPy's own modules, and in every loaded module that has
    imported them by name. Functions that call them run on pyconvolve, too, such as
    `numpy.polymul`, those of `numpy.ma`, and functions of SciPy.

    A patch holds for all threads. Patches are counted, as those of SciPy are.

    Parameters
    ----------
    names : str or iterable of str, optional
        Functions to replace: "convolve", "correlate", or both by default.

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
    unpatch_numpy, is_patched
    patch_scipy : the same for SciPy

    Notes
    -----
    Functions of NumPy that were stored elsewhere than in a module before the patch stay
    NumPy's: in a table, in a class, or in `functools.partial`.

    References
    ----------
    .. [1] `numpy.convolve`

    Examples
    --------
    >>> import numpy as np
    >>> import pyconvolve
    >>> with pyconvolve.patch_numpy():
    ...     np.convolve([1, 2], [1, 1]), pyconvolve.is_patched("numpy.convolve")
    (array([1, 3, 2]), True)
    >>> pyconvolve.is_patched("numpy.convolve")
    False
    """
    return _patch(_chosen(names, "numpy"))


def unpatch_numpy(names: str | Iterable[str] | None = None) -> None:
    """Take a patch of NumPy back.

    NumPy's functions are restored when the last patch of them is taken back.

    Parameters
    ----------
    names : str or iterable of str, optional
        As for `patch_numpy`. Functions that are not patched are left alone.

    Raises
    ------
    ValueError, TypeError
        If a name is none of a function that can be replaced.

    See Also
    --------
    patch_numpy, is_patched

    Examples
    --------
    >>> import pyconvolve
    >>> patch = pyconvolve.patch_numpy()
    >>> pyconvolve.unpatch_numpy()
    >>> pyconvolve.is_patched("numpy")
    False
    """
    _release(_chosen(names, "numpy"))


def is_patched(name: str | None = None) -> bool:
    """Tell whether a function of SciPy or NumPy is patched.

    Parameters
    ----------
    name : str, optional
        A function of one namespace, such as "numpy.convolve". A name without a
        namespace, such as "convolve", means this function of any namespace. The name
        of a namespace or library, such as "scipy.signal" or "numpy", means any of its
        functions. By default any function that can be replaced.

    Returns
    -------
    bool

    Raises
    ------
    ValueError, TypeError
        If `name` is none of a function that can be replaced.

    See Also
    --------
    patch_scipy, unpatch_scipy, patch_numpy, unpatch_numpy

    Examples
    --------
    >>> import pyconvolve
    >>> with pyconvolve.patch_numpy():
    ...     [pyconvolve.is_patched(name) for name in ("convolve", "scipy.signal")]
    [True, False]
    >>> pyconvolve.is_patched()
    False
    """
    with _lock:
        return any(_counts[function] for function in _chosen(name))


def _chosen(
    names: str | Iterable[str] | None, library: str | None = None
) -> tuple[_Function, ...]:
    """Return the functions of a library, or of all, that have these names."""
    known = [f for f in _functions if library in (None, f.namespace.library)]
    if names is None:
        return tuple(known)
    try:
        given = {names: None} if isinstance(names, str) else dict.fromkeys(names)
    except TypeError:
        raise TypeError(f"names must be strings, not {names!r}") from None
    for name in given:
        if not any(name in function.words for function in known):
            allowed = ", ".join(map(str, known))
            raise ValueError(f"names must be of {allowed}, not {name!r}")
    return tuple(
        function for function in known if not given.keys().isdisjoint(function.words)
    )


def _patch(functions: tuple[_Function, ...]) -> Patch:
    with _lock:
        for function in functions:
            if not _counts[function]:
                originals = originals_of(function.namespace)[function.name]
                ours = _replacement(function)
                _tell_capabilities(originals, ours)
                _replaced[function] = _replace(originals, ours)
            _counts[function] += 1
    return Patch(functions)


def _replacement(function: _Function) -> Any:
    return getattr(import_module(function.namespace.ours), function.name)


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


def _release(functions: tuple[_Function, ...]) -> None:
    with _lock:
        for function in functions:
            if not _counts[function]:
                continue
            _counts[function] -= 1
            if _counts[function]:
                continue
            ours = _replacement(function)
            for module, attribute, original in _replaced.pop(function):
                if vars(module).get(attribute) is ours:
                    setattr(module, attribute, original)
