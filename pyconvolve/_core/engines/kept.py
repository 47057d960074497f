"""Kernels and their spectra, kept for the calls to come."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..memory import same_bytes
from .limbs import Limbs, largest

# What is kept of the kernels that functions were called with last.
_KERNELS = 16
_BYTES = 128 << 20


class Analyst(Protocol):
    """An engine that computes spectra of kernels."""

    exact: bool
    spectra_bytes: int

    def analyse(
        self, kernel: NDArray[Any], limb: tuple[int, int, bool, int]
    ) -> NDArray[Any]:
        """Compute the spectra of one limb of a kernel."""


def size_of(engine: Analyst, kernel: NDArray[Any]) -> int:
    """Bytes of a kernel and one spectrum of it."""
    return kernel.nbytes + engine.spectra_bytes


class Kept:
    """A kernel, and its spectra: the last one, or, if used `often`, all."""

    def __init__(self, engine: Analyst, kernel: NDArray[Any], often: bool) -> None:
        self.kernel = kernel
        self.most = largest(kernel) if engine.exact else 0
        self.finite = engine.exact or bool(np.isfinite(kernel).all())
        self.engine = engine
        self._often = often
        self._spectra: dict[tuple[Limbs, int], NDArray[Any]] = {}

    def spectra(self, limbs: Limbs, i: int) -> NDArray[Any]:
        """Spectra of limb `i`; threads that come at once compute the same."""
        known = self._spectra.get((limbs, i))
        if known is None:
            if not self._often:
                self._spectra.clear()
            known = self.engine.analyse(self.kernel, limbs.limb(i))
            self._spectra[limbs, i] = known
        return known


class Recent:
    """The kernels of the last calls, which the next are likely to come with again."""

    def __init__(self) -> None:
        # without a lock, which a fork could leave held: what a race loses is one kernel
        self._kept: list[Kept] = []

    def keep(self, engine: Analyst, kernel: NDArray[Any]) -> Kept:
        """Prepare a kernel, unless the same one is at hand."""
        known = self._find(engine, kernel)
        if known is not None and known is self._kept[0]:
            return known
        if size_of(engine, kernel) > _BYTES:
            return Kept(engine, kernel, False)
        if known is None:
            # a copy, for the caller may change its own
            known = Kept(engine, kernel.copy("C"), False)
            if not known.finite:
                return known
        others = [kept for kept in self._kept if kept is not known]
        room = _BYTES - size_of(engine, kernel)
        chosen = [known]
        for kept in others[: _KERNELS - 1]:
            room -= size_of(kept.engine, kept.kernel)
            if room < 0:
                break
            chosen.append(kept)
        self._kept = chosen
        return known

    def _find(self, engine: Analyst, kernel: NDArray[Any]) -> Kept | None:
        # what is kept is contiguous, too
        compare = same_bytes if kernel.flags.c_contiguous else np.array_equal
        for kept in self._kept:
            if kept.engine is engine and compare(kept.kernel, kernel):
                return kept
        return None
