"""Functions keep the spectra of the last kernels, and never take one for another."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from problems import small_integers

import pyconvolve
from pyconvolve._core.engines import kept, overlap_add


@pytest.fixture
def recent(monkeypatch: pytest.MonkeyPatch) -> kept.Recent:
    fresh = kept.Recent()
    monkeypatch.setattr(overlap_add, "_recent", fresh)
    return fresh


@pytest.fixture
def analysed(
    recent: kept.Recent, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[np.ndarray]]:
    """The kernels whose spectra were computed."""
    seen: list[np.ndarray] = []
    analyse = overlap_add.OverlapAdd.analyse

    def noting(self: Any, kernel: np.ndarray, limb: Any) -> np.ndarray:
        seen.append(kernel)
        return analyse(self, kernel, limb)

    monkeypatch.setattr(overlap_add.OverlapAdd, "analyse", noting)
    return seen


def check(x: np.ndarray, h: np.ndarray) -> None:
    """Small integers are exact enough for both engines to agree."""
    fft, direct = (pyconvolve.convolve(x, h, method=m) for m in ("fft", "direct"))
    assert abs(fft - direct).max() <= 1e-3


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64, np.int16])
def test_the_same_kernel_is_analysed_once(
    dtype: Any, analysed: list[np.ndarray]
) -> None:
    x, h = small_integers((90, 90), dtype), small_integers((11, 12), dtype, seed=1)
    for other in (h, h.copy(), np.asfortranarray(h)):
        for workers in (1, 2):
            pyconvolve.convolve(x, other, method="fft", workers=workers)
    assert len(analysed) == 1
    pyconvolve.convolve(x[1:], h, method="fft")
    assert len(analysed) == 2


def test_a_bank_is_analysed_once(analysed: list[np.ndarray]) -> None:
    x = small_integers((60, 60), np.float32)
    bank = [small_integers((9, 9), np.float32, seed=i) for i in range(8)]
    for _ in range(3):
        for h in bank:
            check(x, h)
    assert len(analysed) == len(bank)


@pytest.mark.usefixtures("recent")
def test_a_kernel_changed_in_place_is_another() -> None:
    x, h = small_integers((60, 60), np.float64), np.zeros((9, 9))
    for i in range(h.size):
        h.flat[i] += 1
        check(x, h)
    h *= -1
    check(x, h)


def test_kernels_that_are_not_finite_are_not_kept(recent: kept.Recent) -> None:
    x, h = np.ones((60, 60)), np.ones((9, 9))
    h[3, 3] = np.nan
    for _ in range(2):
        assert np.isnan(pyconvolve.convolve(x, h, "valid", "fft")).all()
    assert not recent._kept


@pytest.mark.parametrize("room", [kept._BYTES, 8 << 20])
def test_little_is_kept(
    recent: kept.Recent, room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "_BYTES", room)
    for n in range(1, 40):
        x, h = np.ones((300 * (n % 7 + 1), 900)), np.ones((100 * (n % 5 + 1), 90))
        check(x, h) if n < 3 else pyconvolve.convolve(x, h, method="fft")
        if room > 8 << 20:
            assert recent._kept[0].kernel.shape == h.shape
        assert len(recent._kept) <= kept._KERNELS
        taken = sum(kept.size_of(k.engine, k.kernel) for k in recent._kept)
        assert taken <= kept._BYTES
    many = np.ones((9000, 500))
    before = list(recent._kept)
    pyconvolve.convolve(np.ones((9000, 900)), many, method="fft", axes=1)
    assert recent._kept == before


@pytest.mark.usefixtures("recent")
def test_threads_share_kernels() -> None:
    x = small_integers((80, 80), np.float32)
    bank = [small_integers((9, 9), np.float32, seed=i) for i in range(20)]
    want = [pyconvolve.convolve(x, h, method="fft") for h in bank]

    def call(i: int) -> bool:
        got = pyconvolve.convolve(x, bank[i % 20], method="fft")
        return np.array_equal(got, want[i % 20])

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(call, range(400)))
