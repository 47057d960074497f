"""Makes a function a drop-in replacement of SciPy's function of the same name."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import numpy as np
import scipy.signal

from .messages import error_message
from .names import NAMES

_P = ParamSpec("_P")
_R = TypeVar("_R")

# Inputs of these types are converted to NumPy arrays, by SciPy's functions and by ours.
_CONVERTED = (bool, int, float, complex, list, tuple, np.generic)

# Name -> SciPy's function as users see it, and as SciPy's own modules call it.
originals = {
    name: tuple(
        getattr(module, name)
        for module in (scipy.signal, scipy.signal._signaltools)
        if hasattr(module, name)
    )
    for name in NAMES
}


def drop_in(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Pass arrays of other libraries to SciPy's function, and raise its errors.

    Parameters
    ----------
    function : callable
        Has the name and the positional arguments of a function of `scipy.signal`.
        Keyword-only arguments are additions.

    Returns
    -------
    callable
        A function of `pyconvolve.signal`. It calls SciPy's function if an input is
        neither a NumPy array nor a list or number: a masked array, or an array of
        another library. A wrong argument raises the ValueError that SciPy raises, if
        SciPy refuses it, too.
    """
    name = function.__name__
    theirs = originals[name][0]
    signature = inspect.signature(function)
    parameters = signature.parameters.values()
    arrays = [p.name for p in parameters if p.default is p.empty]
    added = {p.name for p in parameters if p.kind is p.KEYWORD_ONLY}

    @functools.wraps(function)
    def call(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        given = args[: len(arrays)]
        if len(given) < len(arrays):
            given += tuple(kwargs[name] for name in arrays if name in kwargs)
        for value in given:
            if type(value) is np.ndarray or not _is_foreign(value):
                continue
            if added & kwargs.keys():
                types = " and ".join(type(value).__name__ for value in given)
                raise TypeError(
                    f"{min(added & kwargs.keys())} must be left out unless inputs are "
                    f"NumPy arrays, not {types}"
                )
            result: _R = theirs(*args, **kwargs)
            return result
        try:
            return function(*args, **kwargs)
        except (TypeError, ValueError):
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            text = error_message(name, bound.arguments)
            if text is None:
                raise
        raise ValueError(text)

    call.__module__ = "pyconvolve.signal"
    return call


def _is_foreign(value: object) -> bool:
    return type(value) not in (np.ndarray, np.memmap) and not isinstance(
        value, _CONVERTED
    )
