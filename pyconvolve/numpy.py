"""A drop-in replacement of `numpy` whose convolutions run on pyconvolve.

Replace ``import numpy as np`` by ``from pyconvolve import numpy as np``, or take the
functions from here. `convolve` and `correlate` take NumPy's arguments in NumPy's order,
with its defaults and words. Further arguments are keyword-only and mean the same as for
`pyconvolve.convolve`. Every other name is NumPy's own.

Inputs other than NumPy arrays, lists and numbers are passed to NumPy's function: masked
arrays and arrays of other libraries. docs/guide/numpy.md lists where results differ
from NumPy's, and why.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from typing import Any, Literal, ParamSpec, TypeVar, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._core import api
from ._core import workers as threads
from ._core.arguments import METHODS, Names, Rules, check_out, check_word, rules
from ._core.dtypes import computed
from ._core.output import copy_to
from ._core.problem import MODES
from ._foreign import check_additions, is_foreign
from ._namespaces import NUMPY, originals_of
from ._scipy.choice import numpy_prefers_sums
from .convolution import Method

# NumPy also takes the numbers 0, 1 and 2 in place of 'valid', 'same' and 'full'.
Mode = Literal["full", "same", "valid", 0, 1, 2]

_NAMES = Names("a", "v")
# NumPy's convolve and correlate, and their default modes.
_originals = tuple(found for (found,) in originals_of(NUMPY).values())
_DEFAULTS = "full", "valid"
# Inputs whose number of outputs differs from mode to mode.
_EXAMPLE = np.ones(3), np.ones(2)
_P = ParamSpec("_P")
_R = TypeVar("_R")

__all__ = list(np.__all__)


def _rules(correlating: bool, mode: str, method: str, lags: Any = None) -> Rules:
    return rules(
        correlating, mode, method, None, "constant", 0, 1, 1, 0, lags, False,
        numpy_prefers_sums,
    )  # fmt: skip


class _Rules(Rules):
    """Rules that are their own key: a dictionary finds them faster than their words."""

    __slots__ = ()
    __eq__ = object.__eq__
    __hash__ = object.__hash__


def _rules_by_words(correlating: bool) -> dict[tuple[Any, Any], Rules]:
    """Return the rules for each mode and method."""
    words = itertools.product(MODES, METHODS)
    return {each: _Rules(*_rules(correlating, *each)) for each in words}


# Plans with these rules are only made for one-dimensional inputs that are not empty.
# The signal is not shorter than the kernel, except in modes 'full' and 'valid' of
# `correlate`. So a call whose plan is known needs no checks.
_CONVOLVE, _CORRELATE = _rules_by_words(False), _rules_by_words(True)


@functools.lru_cache(256)
def _swapped(method: str, samples: int, taps: int) -> Rules:
    """Return the rules of `correlate` in mode 'same' if the kernel is longer.

    NumPy then correlates the kernel with the signal, and reverses the outputs.
    """
    last = samples // 2
    return _rules(True, "full", method, (last - taps + 1, last))


class _StandIn(functools.partial[Any]):
    """A function of ours that equals NumPy's function of the same name.

    Libraries whose arrays override functions of NumPy look the function up in a table
    (NEP 18), and NumPy passes its own one. A table that is filled under `patch_numpy`
    has ours.
    """

    __name__: str

    def __init__(self, function: Callable[..., Any]) -> None:
        functools.update_wrapper(self, function)
        self._original = _originals[self.__name__ == "correlate"]

    def __eq__(self, other: object) -> bool:
        return other is self or other is self._original

    def __hash__(self) -> int:
        return hash(self._original)

    def __reduce__(self) -> str:
        return self.__name__

    def __repr__(self) -> str:
        return f"<function {self.__module__}.{self.__name__}>"


def _standing_in(function: Callable[_P, _R]) -> Callable[_P, _R]:
    return cast("Callable[_P, _R]", _StandIn(function))


@_standing_in
def convolve(
    a: ArrayLike,
    v: ArrayLike,
    mode: Mode = "full",
    *,
    method: Method = "auto",
    out: NDArray[Any] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    r"""Convolve two one-dimensional arrays.

    .. math:: y[n] = \sum_k v[k] \, a[n - k]

    with zeros outside of both [1]_.

    Parameters
    ----------
    a, v : array_like, one-dimensional
        The signal and the kernel, in either order. A scalar is an array of one sample.
    mode : {'full', 'same', 'valid'}, optional
        'full': all outputs, of which there are N + M - 1 for arrays of N and M samples.
        'same': the central max(N, M) of them. 'valid': the outputs that sum all samples
        of the shorter array. Other words are those of the installed NumPy: the numbers
        0, 1 and 2 mean 'valid', 'same' and 'full'.
    method : {'auto', 'direct', 'fft'}, optional
        'direct' sums products. 'fft' multiplies spectra of tiles. 'auto' multiplies
        spectra only if this is expected to be twice as fast, or faster if both are
        exact.
    out : ndarray, optional
        The array to store the result in, as for `pyconvolve.convolve`.
    workers : int, optional
        The largest number of threads to use, see `pyconvolve.set_workers`. The result
        does not depend on it.

    Returns
    -------
    ndarray
        Of the type that NumPy promotes the inputs to. Integers wrap around as NumPy's
        do. Truth values are combined by "and" in place of products and "or" in place of
        sums. Python objects are always summed by NumPy.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong, with NumPy's message if NumPy has this argument.

    See Also
    --------
    correlate : the same with `v` conjugated and not reversed
    pyconvolve.convolve : any number of dimensions, boundaries and strides

    References
    ----------
    .. [1] `numpy.convolve`

    Examples
    --------
    >>> from pyconvolve import numpy as np
    >>> np.convolve([1, 2, 3], [0, 1, 0.5])
    array([0. , 1. , 2.5, 4. , 1.5])
    >>> np.convolve([1, 2], [1, 1, 1, 1], "same")
    array([1, 3, 3, 3])
    """
    if type(a) is type(v) is np.ndarray:
        x, h, samples, taps = a, v, a.shape, v.shape
        if samples < taps:
            x, h, samples, taps = h, x, taps, samples
        try:
            key = _CONVOLVE[mode, method], samples, taps, x.dtype, h.dtype
            known = api.plans[key]
        except (KeyError, TypeError):
            known = None
        if known is not None:
            return api.execute(known, x, h, None, None, out, workers)
    return _checked(False, a, v, mode, method, out, workers)


@_standing_in
def correlate(
    a: ArrayLike,
    v: ArrayLike,
    mode: Mode = "valid",
    *,
    method: Method = "auto",
    out: NDArray[Any] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    r"""Cross-correlate two one-dimensional arrays.

    .. math:: y[n] = \sum_k \overline{v[k]} \, a[n + k]

    with zeros outside of both [1]_.

    Parameters
    ----------
    a, v : array_like, one-dimensional
        The signal and the kernel, which is conjugated. Either may be the longer one.
    mode : {'valid', 'same', 'full'}, optional
        As for `convolve`. The default is 'valid'.
    method, out, workers : optional
        As for `convolve`.

    Returns
    -------
    ndarray
        Of the type that NumPy promotes the inputs to, as for `convolve`.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong, with NumPy's message if NumPy has this argument.

    See Also
    --------
    convolve : the same with `v` reversed and not conjugated
    pyconvolve.correlate : any number of dimensions, boundaries and strides

    References
    ----------
    .. [1] `numpy.correlate`

    Examples
    --------
    >>> from pyconvolve import numpy as np
    >>> np.correlate([1, 2, 3], [0, 1, 0.5])
    array([3.5])
    >>> np.correlate([1, 2, 3], [0, 1, 0.5], "full")
    array([0.5, 2. , 3.5, 3. , 0. ])
    """
    if type(a) is type(v) is np.ndarray:
        try:
            key = _CORRELATE[mode, method], a.shape, v.shape, a.dtype, v.dtype
            known = api.plans[key]
        except (KeyError, TypeError):
            known = None
        if known is not None:
            return api.execute(known, a, v, None, None, out, workers)
    return _checked(True, a, v, mode, method, out, workers)


def _checked(
    correlating: bool,
    a: Any,
    v: Any,
    mode: Any,
    method: Any,
    out: NDArray[Any] | None,
    workers: int | None,
) -> Any:
    """Check the arguments, and compute the result."""
    theirs = _originals[correlating]
    if is_foreign(a) or is_foreign(v):
        given = {
            "method": method != "auto",
            "out": out is not None,
            "workers": workers is not None,
        }
        check_additions((name for name, is_given in given.items() if is_given), (a, v))
        # other libraries see the arguments that were given
        is_default = type(mode) is str and mode == _DEFAULTS[correlating]
        return theirs(a, v) if is_default else theirs(a, v, mode)
    check_word("method", method, METHODS)
    # only convolve takes scalars
    least = 0 if correlating else 1
    first = np.array(a, copy=None, ndmin=least)
    second = np.array(v, copy=None, ndmin=least)
    if not (_is_summable(first) and _is_summable(second)):
        # NumPy raises an error, or sums objects
        if workers is not None:
            threads.resolve(workers)
        result = theirs(first, second, mode)
        if out is not None:
            check_out(out, result.shape, result.dtype)
        return copy_to(out, result)
    if type(mode) is not str or mode not in MODES:
        mode = _word_for(mode)
    if correlating:
        how = _CORRELATE[mode, method]
        if mode == "same" and first.size < second.size:
            how = _swapped(method, first.size, second.size)
    else:
        how = _CONVOLVE[mode, method]
        if first.size < second.size:
            first, second = second, first
    return api.run(_NAMES, how, first, second, 0, out, workers)


def _is_summable(array: NDArray[Any]) -> bool:
    """Tell whether an array is one that our engines sum."""
    return array.ndim == 1 and array.size > 0 and computed(array.dtype) is not None


def _word_for(mode: Any) -> str:
    """Ask NumPy which mode it means by another word; its errors are raised."""
    outputs = _originals[True](*_EXAMPLE, mode).size
    return {2: "valid", 3: "same", 4: "full"}[outputs]


def __getattr__(name: str) -> Any:
    if name == "__path__":
        # With NumPy's path this module would be a package, whose imports would load
        # NumPy's modules a second time.
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(np, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *dir(np)})
