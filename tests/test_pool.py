"""Memory of large freed results is reused, by one result at a time."""

import pickle
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from status import MEMORY

import pyconvolve
from pyconvolve._core.memory import empty

MB = 2**20


def handler_of(array: np.ndarray) -> str:
    return np._core.multiarray.get_handler_name(array)


def test_memory_is_reused(python: Callable[..., Any]) -> None:
    done = python(
        """
import numpy as np
from pyconvolve._core.memory import empty

arrays = [empty((size,), np.dtype("u1")) for size in (3_000_000, 4_000_000)]
first = arrays[0].__array_interface__["data"][0]
del arrays
for size in (2_900_000, 3_000_000, 3_000_001):
    print(empty((size,), np.dtype("u1")).__array_interface__["data"][0] == first)
"""
    )
    assert done.stdout.split() == ["True", "True", "False"], done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_pool_is_bounded(python: Callable[..., Any]) -> None:
    done = python(
        MEMORY
        + """
import numpy as np
from pyconvolve._core.memory import empty

before = memory("VmRSS")
held = [empty((n << 20,), np.dtype("u1")) for n in range(1, 40)]
for array in held:
    array.fill(1)
del held, array
print(memory("VmRSS") - before)
"""
    )
    assert int(done.stdout or pytest.fail(done.stderr)) <= 136 * MB


def test_arrays_never_share_memory() -> None:
    held = [empty((n * MB // 8,), np.dtype("f8")) for n in range(1, 12)]
    for i, array in enumerate(held):
        array[...] = i
    del held[::2]
    held += [empty((n * MB // 8,), np.dtype("f8")) for n in range(1, 12)]
    for i, array in enumerate(held[5:], 100):
        array[...] = i
    numbers = [array[0] for array in held]
    assert len(set(numbers)) == len(numbers)
    assert all((array == n).all() for array, n in zip(held, numbers, strict=True))


def test_results_are_arrays_like_others() -> None:
    x = np.ones((700, 700))
    y = pyconvolve.convolve(x, np.ones((3, 3)), "same")
    assert handler_of(y) == "pyconvolve"
    assert y.base is None
    assert y.flags.owndata
    assert y.flags.c_contiguous
    assert y[1, 1] == 9
    copy = pickle.loads(pickle.dumps(y))
    np.testing.assert_array_equal(copy, y)
    flat = y.ravel().copy()
    y.resize((3000, 700), refcheck=False)
    np.testing.assert_array_equal(y.ravel()[: flat.size], flat)
    assert not y[700:].any()
    y.resize((10,), refcheck=False)
    np.testing.assert_array_equal(y, flat[:10])


def test_other_arrays_have_the_usual_handler() -> None:
    handler = handler_of(np.empty(4 * MB))
    pyconvolve.convolve(np.ones(4 * MB), np.ones(3), "same")
    assert handler_of(np.empty(4 * MB)) == handler != "pyconvolve"
    assert handler_of(empty((10,), np.dtype("f8"))) == handler
    assert handler_of(empty((2 * MB,), np.dtype(object))) == handler
    assert handler_of(empty((300 * MB,), np.dtype("u1"))) == handler


def test_more_memory_than_there_is() -> None:
    with pytest.raises((MemoryError, ValueError)):
        empty((2**61,), np.dtype("f8"))


def test_threads_share_the_pool() -> None:
    def fill(seed: int) -> bool:
        rng = np.random.default_rng(seed)
        held: list[np.ndarray] = []
        right = True
        for i in range(200):
            array = empty((int(rng.integers(MB, 3 * MB)),), np.dtype("u1"))
            array[:: 2**12] = (seed * 31 + i) % 251
            held.append(array)
            if len(held) > 3:
                oldest = held.pop(0)
                right &= bool((oldest[:: 2**12] == oldest[0]).all())
        return right

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(fill, range(16)))
