"""Makes a function a drop-in replacement of SciPy's image filter of the same name."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import numpy as np

from .._foreign import check_additions, is_foreign
from .._namespaces import SCIPY_NDIMAGE, originals_of
from .arguments import Refused

_P = ParamSpec("_P")
_R = TypeVar("_R")

# Arguments that may be arrays, and the argument that SciPy's functions lack.
_ARRAYS = ("input", "weights", "footprint", "structure", "output")
_ADDED = "workers"

# Name -> SciPy's function as users see it, and as SciPy's own modules call it.
originals: dict[str, tuple[Any, ...]] = originals_of(SCIPY_NDIMAGE)


def drop_in(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Let SciPy's function filter arrays of other libraries, and raise its errors.

    Parameters
    ----------
    function : callable
        Has the name and the arguments of a function of `scipy.ndimage`, and `workers`.

    Returns
    -------
    callable
        A function of `pyconvolve.ndimage`. It calls SciPy's function if an array is of
        another library, or masked, and if `function` refuses the arguments.
    """
    theirs = originals[function.__name__][0]
    parameters = [*inspect.signature(function).parameters]
    places = [i for i, name in enumerate(parameters) if name in _ARRAYS]
    # functions of SciPy before 1.15 also lack `axes`
    lacking = {*parameters} - {*inspect.signature(theirs).parameters} - {_ADDED}

    @functools.wraps(function)
    def call(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        given = [args[i] for i in places if i < len(args)]
        given += [kwargs[name] for name in _ARRAYS if name in kwargs]
        for value in given:
            if type(value) is np.ndarray or value is None or not _is_foreign(value):
                continue
            check_additions({_ADDED} & {*kwargs}, [v for v in given if v is not None])
            result: _R = theirs(*args, **kwargs)
            return result
        try:
            return function(*args, **kwargs)
        except Refused:
            pass
        known = {
            name: value
            for name, value in kwargs.items()
            if name != _ADDED and not (name in lacking and value is None)
        }
        result = theirs(*args, **known)
        return result

    call.__module__ = "pyconvolve.ndimage"
    return call


def _is_foreign(value: object) -> bool:
    """Tell whether an argument is an array of another library; types are none."""
    return is_foreign(value) and not isinstance(value, str | type | np.dtype)
