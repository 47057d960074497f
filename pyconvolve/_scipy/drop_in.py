"""Makes a function a drop-in replacement of SciPy's function of the same name."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import numpy as np

from .._foreign import check_additions, is_foreign
from .._namespaces import SCIPY_SIGNAL, originals_of
from .messages import error_message

_P = ParamSpec("_P")
_R = TypeVar("_R")

# Name -> SciPy's function as users see it, and as SciPy's own modules call it.
originals: dict[str, tuple[Any, ...]] = originals_of(SCIPY_SIGNAL)


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
            if type(value) is np.ndarray or not is_foreign(value):
                continue
            check_additions(added & kwargs.keys(), given)
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
