"""Compares filters of pyconvolve.signal with those of scipy.signal."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import numpy as np
import scipy

from pyconvolve import signal

# Earlier versions of SciPy take some wrong arguments.
IS_OLD = np.lib.NumpyVersion(scipy.__version__) < "1.17.0"

FILTERS = [
    "lfilter",
    "filtfilt",
    "savgol_coeffs",
    "savgol_filter",
    "upfirdn",
    "resample_poly",
    "decimate",
]


def outcome(function: Any, *args: Any, **kwargs: Any) -> Any:
    """Return the result of a call, or the type and the text of its error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return function(*args, **kwargs)
        except Exception as error:
            return type(error).__name__, str(error)


def assert_same_error(name: str, *args: Any, **kwargs: Any) -> None:
    """Check that both functions raise the same error with the same text."""
    want = outcome(signal.originals[name][0], *args, **kwargs)
    got = outcome(getattr(signal, name), *args, **kwargs)
    if isinstance(want, np.ndarray) and IS_OLD:
        np.testing.assert_allclose(got, want, 1e-12, 1e-12)
        return
    assert isinstance(want, tuple)
    assert isinstance(want[1], str)
    assert got == want


@contextmanager
def without_scipy() -> Iterator[None]:
    """Let calls of SciPy's filters fail, so that results are ours."""
    with mock.patch.dict(signal.originals, dict.fromkeys(FILTERS, (refuse,))):
        yield


def refuse(*args: Any, **kwargs: Any) -> Any:
    raise AssertionError("SciPy's function was called")


def assert_scipys(name: str, *args: Any, tolerance: float = 0, **kwargs: Any) -> Any:
    """Check that our own result is SciPy's, and return it.

    Parameters
    ----------
    tolerance : float
        The largest difference, in eps of the result's type times the largest number of
        both results and of the arguments.
    """
    want = signal.originals[name][0](*args, **kwargs)
    with without_scipy():
        got = getattr(signal, name)(*args, **kwargs)
    several = isinstance(want, tuple)
    assert isinstance(got, tuple) == several
    pairs = zip(got, want, strict=True) if several else [(got, want)]
    for mine, theirs in pairs:
        assert mine.shape == theirs.shape
        assert mine.dtype == theirs.dtype
        if not tolerance:
            np.testing.assert_array_equal(mine, theirs)
            continue
        given = [np.abs(a).max(initial=0) for a in args if isinstance(a, np.ndarray)]
        largest = float(max(np.abs(theirs).max(initial=0), *given))
        bound = tolerance * np.finfo(theirs.dtype).eps * largest
        np.testing.assert_allclose(mine, theirs, rtol=0, atol=bound)
    return got
