"""Wrong arguments of convolutions of dask arrays."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

pytest.importorskip("dask")

import dask.array as da

import pyconvolve.dask as lazily

X = da.zeros((10, 12), chunks=5)
UNKNOWN = X[X[:, 0] > 0]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: lazily.convolve(UNKNOWN, [[1]]),
            ValueError,
            r"^in1 .*known sizes.*nan",
        ),
        (lambda: lazily.convolve(X, UNKNOWN), ValueError, r"^in2 .*known sizes"),
        (lambda: lazily.convolve(X, [1.0]), ValueError, r"^in2 must have in1's 2 axes"),
        (lambda: lazily.convolve(X, [[1]], "most"), ValueError, "^mode must be"),
        (
            lambda: lazily.convolve(X, [[1]], "same", "dft"),
            ValueError,
            "^method must be",
        ),
        (lambda: lazily.convolve(X, [["a"]]), TypeError, "^in2 must hold"),
        (
            lambda: lazily.convolve(X.astype("M8[s]"), [[1]]),
            TypeError,
            "^in1 must hold",
        ),
        (lambda: lazily.convolve(X, [[1]], boundary="nearest"), ValueError, "'edge'"),
        (lambda: lazily.convolve(X, [[1]], cval=1j), ValueError, "^cval must be real"),
        (lambda: lazily.convolve(X, [[1]], cval="a"), TypeError, "^cval must be a num"),
        (lambda: lazily.convolve(X, [[1]], workers=0), ValueError, "^workers must be"),
        (lambda: lazily.convolve(X, [[1]], stride=0), ValueError, "^stride must be"),
        (
            lambda: lazily.convolve(X.astype("u1"), np.ones((1, 1), "u1"), cval=300),
            ValueError,
            "^cval must be an integer from",
        ),
        (
            lambda: lazily.convolve(X[:2], np.ones((3, 3)), "valid"),
            ValueError,
            "^mode .valid. needs in1 or in2 at least as large",
        ),
        (
            lambda: lazily.convolve(da.ma.masked_equal(X, 1), [[1]]),
            TypeError,
            "^in1 must not have masked arrays .*normalized_convolve",
        ),
        (
            lambda: lazily.convolve(
                da.Array(X.dask, X.name, X.chunks, meta=Other()), [[1]]
            ),
            TypeError,
            "^in1 must have NumPy arrays as chunks, not Other",
        ),
        (
            lambda: lazily.normalized_convolve(X, [[1, -1]]),
            ValueError,
            "^kernel must have a sum other than zero",
        ),
        (
            lambda: lazily.normalized_convolve(X, [[np.nan]]),
            ValueError,
            "^kernel must hold finite taps",
        ),
        (
            lambda: lazily.normalized_convolve(X, [[1]], mask=[[1.5]]),
            TypeError,
            "^mask must hold truth values",
        ),
        (
            lambda: lazily.normalized_convolve(X, [[1]], weights=np.ones(5)),
            ValueError,
            r"^weights must broadcast to the shape \(10, 12\)",
        ),
        (
            lambda: lazily.normalized_convolve(X, X),
            TypeError,
            "^kernel must be in memory",
        ),
        (
            lambda: lazily.normalized_convolve(X, [[1]], nan="preserve", mode="full"),
            ValueError,
            "^mode must be 'same'",
        ),
        (
            lambda: lazily.normalized_convolve(X, [[1]], workers=0),
            ValueError,
            "^workers must be",
        ),
        (lambda: lazily.normalized_convolve(da.zeros(()), 1), ValueError, "one axis"),
    ],
)
def test_errors(call: Callable[[], Any], error: type[Exception], message: str) -> None:
    """They are raised when the result is asked for, not when it is computed."""
    with pytest.raises(error, match=message):
        call()


class Other(np.ndarray):
    def __new__(cls) -> "Other":
        return np.zeros((0, 0)).view(cls)
