"""The spectra of the last kernels are cached; no kernel gets those of another."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import planned
import pytest
from problems import small_integers

import pyconvolve
from pyconvolve._core import api
from pyconvolve._core.engines.fft import spectra
from pyconvolve._core.engines.fft.spectra import KernelTransform, PreparedKernel
from pyconvolve._core.thresholds import THRESHOLDS, Thresholds


@pytest.fixture(autouse=True)
def nothing_is_cached() -> None:
    pyconvolve.clear_caches()


def cached() -> list[PreparedKernel]:
    """Cached kernels, the newest first."""
    return [known for each in spectra._order if (known := each()) is not None]


@pytest.fixture
def transformed(monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    """The kernels whose spectra were computed."""
    seen: list[np.ndarray] = []
    transform = KernelTransform.transform

    def noting(self: Any, kernel: np.ndarray, digit: Any) -> np.ndarray:
        seen.append(kernel)
        return transform(self, kernel, digit)

    monkeypatch.setattr(KernelTransform, "transform", noting)
    return seen


def check(x: np.ndarray, h: np.ndarray) -> None:
    """Small integers are exact enough for both engines to agree."""
    fft, direct = (pyconvolve.convolve(x, h, method=m) for m in ("fft", "direct"))
    assert abs(fft - direct).max() <= 1e-3


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64, np.int16])
def test_the_same_kernel_is_transformed_once(
    dtype: Any, transformed: list[np.ndarray]
) -> None:
    x, h = small_integers((90, 90), dtype), small_integers((11, 12), dtype, seed=1)
    for other in (h, h.copy(), np.asfortranarray(h)):
        for workers in (1, 2):
            pyconvolve.convolve(x, other, method="fft", workers=workers)
    assert len(transformed) == 1
    pyconvolve.correlate(x, h, method="fft")
    assert len(transformed) == 2


def test_plans_with_the_same_tiles_share_spectra(
    transformed: list[np.ndarray],
) -> None:
    """Signals of different lengths use the same spectrum of the kernel."""
    h = small_integers((101,), np.float64)
    tiles = set()
    for n in range(20_000, 20_100, 7):
        check(small_integers((n,), np.float64), h)
        tiles.add(planned.plan((n,), h.shape, h.dtype, method="fft").points)
    assert len(transformed) == len(tiles) < 5


def test_spectra_are_gone_with_the_last_plan() -> None:
    x, h = small_integers((300, 300), np.float64), small_integers((21, 21), np.float64)
    plans = [
        planned.plan((n, 300), h.shape, h.dtype, method="fft") for n in (300, 301, 302)
    ]
    transforms = {id(plan.transform) for plan in plans}
    for plan, rows in zip(plans, (300, 301, 302), strict=True):
        signal = np.resize(x, (rows, 300))
        prepared = plan.prepare(h, False)
        plan.run(signal, prepared, np.empty(plan.problem.shape), None, 1)
        del prepared
    assert len(cached()) == len(transforms)
    # the plans here hold the spectra, too
    api.plans.clear()
    assert len(cached()) == len(transforms)
    del plan, plans
    assert not cached()


def test_clear_caches_while_plans_live() -> None:
    x, h = small_integers((300, 300), np.float64), small_integers((21, 21), np.float64)
    convolver = pyconvolve.Convolver(h, method="fft")
    want = convolver(x)
    pyconvolve.convolve(x, h, method="fft")
    assert cached()
    pyconvolve.clear_caches()
    assert not cached()
    np.testing.assert_array_equal(convolver(x), want)
    np.testing.assert_array_equal(pyconvolve.convolve(x, h, method="fft"), want)


def test_a_bank_is_transformed_once(transformed: list[np.ndarray]) -> None:
    x = small_integers((60, 60), np.float32)
    bank = [small_integers((9, 9), np.float32, seed=i) for i in range(8)]
    for _ in range(3):
        for h in bank:
            check(x, h)
    assert len(transformed) == len(bank)


def test_a_kernel_changed_in_place_is_another() -> None:
    x, h = small_integers((60, 60), np.float64), np.zeros((9, 9))
    for i in range(h.size):
        h.flat[i] += 1
        check(x, h)
    h *= -1
    check(x, h)


def test_kernels_that_are_not_finite_are_not_cached() -> None:
    x, h = np.ones((60, 60)), np.ones((9, 9))
    h[3, 3] = np.nan
    for _ in range(2):
        assert np.isnan(pyconvolve.convolve(x, h, "valid", "fft")).all()
    assert not cached()


@pytest.mark.parametrize("room", [THRESHOLDS.cached_bytes, 8 << 20])
def test_few_kernels_are_cached(room: int) -> None:
    limits = Thresholds(cached_bytes=room)
    for n in range(1, 40):
        x, h = np.ones((300 * (n % 7 + 1), 900)), np.ones((100 * (n % 5 + 1), 90))
        got = planned.convolve(limits, x, h, method="fft")
        if n < 3:
            assert abs(got - pyconvolve.convolve(x, h, method="direct")).max() <= 1e-3
        if room > 8 << 20:
            assert cached()[0].kernel.shape == h.shape
        assert len(cached()) <= limits.cached_kernels
        assert sum(each.bytes for each in cached()) <= room
    many = np.ones((9000, 500))
    before = cached()
    planned.convolve(limits, np.ones((9000, 900)), many, method="fft", axes=1)
    assert cached() == before


def test_threads_share_kernels() -> None:
    x = small_integers((80, 80), np.float32)
    bank = [small_integers((9, 9), np.float32, seed=i) for i in range(20)]
    want = [pyconvolve.convolve(x, h, method="fft") for h in bank]

    def call(i: int) -> bool:
        got = pyconvolve.convolve(x, bank[i % 20], method="fft")
        return np.array_equal(got, want[i % 20])

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(call, range(400)))
