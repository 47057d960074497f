"""Caches are bounded by bytes, drop values that are not used, and can be cleared."""

import gc
import os
import threading
from collections.abc import Callable, Iterator
from typing import Any
from weakref import ref

import numpy as np
import planned
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pyconvolve
from pyconvolve._core import api
from pyconvolve._core.caches import Cache


@pytest.fixture(autouse=True)
def caches_are_empty() -> Iterator[None]:
    pyconvolve.clear_caches()
    yield
    pyconvolve.clear_caches()


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 70)), max_size=80))
def test_bytes_are_bounded(steps: list[tuple[int, int]]) -> None:
    cache = Cache[bytes](100, len)
    given: dict[int, bytes] = {}
    for key, size in steps:
        found = cache.find(key)
        assert found is None or found == given[key]
        if found is None:
            given[key] = bytes(size)
            assert cache.store(key, given[key]) is given[key]
            assert (cache.find(key) is None) == (size > 50)
        assert cache.bytes <= 100
    cache.clear()
    assert cache.bytes == 0
    assert not any(cache.find(key) for key, _ in steps)


def test_the_value_unused_for_longest_is_dropped_first() -> None:
    cache = Cache[bytes](100, len)
    for key in range(100):
        cache.store(key, bytes(10))
        assert cache.find(0) is not None
    assert cache.find(50) is None
    assert cache.find(99) is not None


def test_values_are_made_once() -> None:
    cache = Cache[bytes](100, len)
    made: list[int] = []

    def make() -> bytes:
        made.append(len(made))
        return bytes(10)

    assert cache.find_or_make("key", make) is cache.find_or_make("key", make)
    assert made == [0]
    cache.clear()
    cache.find_or_make("key", make)
    assert made == [0, 1]


def test_dropped_values_are_freed() -> None:
    cache = Cache[np.ndarray](100, lambda value: value.nbytes)
    references = []
    for key in range(30):
        value = np.zeros(10, "u1")
        references.append(ref(value))
        cache.store(key, value)
        del value
    assert sum(each() is not None for each in references) <= 10
    cache.clear()
    assert not any(each() for each in references)


def plans() -> int:
    return len(api.plans)


def test_direct_plans_are_cached_at_the_second_call() -> None:
    x, h = np.ones(100), np.ones(5)
    made = []
    for _ in range(3):
        pyconvolve.convolve(x, h, method="direct")
        made.append(plans())
    assert made == [0, 1, 1]
    first, second = (
        planned.plan((100,), (5,), "f8", method="direct", mode="same") for _ in range(2)
    )
    assert first is not second
    assert planned.plan((100,), (5,), "f8", method="direct", mode="same") is second


def test_fft_plans_are_cached_at_the_first_call() -> None:
    planned.plan((100,), (5,), "f8", method="fft")
    assert plans() == 1


def test_plans_are_bounded_by_bytes() -> None:
    for n in range(2000):
        for _ in range(2):
            planned.plan((20 + n % 50, 20 + n // 50), (3, 3), "f8", method="direct")
    # of both generations
    assert 500 < plans() + len(api.plans._old) < 2000
    assert api.plans.bytes <= 4 << 20
    pyconvolve.clear_caches()
    assert plans() == 0


@pytest.mark.parametrize("method", ["direct", "fft"])
def test_clearing_the_caches_frees_plans(method: str) -> None:
    """No plan is part of a reference cycle: the garbage collector isn't needed."""
    gc.collect()
    gc.disable()
    try:
        plan = planned.plan((100, 100), (5, 5), "f8", method=method)
        plan = planned.plan((100, 100), (5, 5), "f8", method=method)
        plan_ref = ref(plan)
        del plan
        assert plan_ref() is not None
        pyconvolve.clear_caches()
        assert plan_ref() is None
    finally:
        gc.enable()


def test_clear_caches_while_threads_convolve() -> None:
    rng = np.random.default_rng(0)
    x, bank = rng.random((60, 50)), rng.random((6, 9, 8))
    want = [pyconvolve.convolve(x, h, "same", "direct") for h in bank]
    errors: list[Any] = []
    over = threading.Event()

    def work(method: Any) -> None:
        try:
            for i in range(200):
                got = pyconvolve.convolve(x, bank[i % 6], "same", method)
                np.testing.assert_allclose(got, want[i % 6], rtol=0, atol=1e-10)
        except BaseException as error:
            errors.append(error)

    def clear() -> None:
        while not over.wait(1e-4):
            pyconvolve.clear_caches()

    threads = [threading.Thread(target=work, args=(m,)) for m in ("direct", "fft") * 2]
    clearing = threading.Thread(target=clear)
    for thread in (clearing, *threads):
        thread.start()
    for thread in threads:
        thread.join()
    over.set()
    clearing.join()
    assert not errors


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.parametrize("gil", [True, False])
def test_forked_children_have_empty_caches_without_a_gil(
    gil: bool, python: Callable[..., Any]
) -> None:
    done = python(
        f"import os, sys\nsys._is_gil_enabled = lambda: {gil}\n"
        "import numpy as np, pyconvolve\n"
        "from pyconvolve._core import api\n"
        "pyconvolve.convolve(np.ones(500), np.ones(200), method='fft')\n"
        "child = os.fork()\n"
        "if child:\n"
        "    os.waitpid(child, 0)\n"
        "print(len(api.plans), flush=True)\n"
    )
    assert done.stdout == ("1\n1\n" if gil else "0\n1\n"), done.stderr
