"""Kernels and their spectra, kept for the calls to come."""

from __future__ import annotations

from types import ModuleType
from typing import Any
from weakref import ReferenceType, WeakValueDictionary, ref

import numpy as np
from numpy.typing import NDArray

from ...caches import register
from ...memory import empty, same_bytes
from ...thresholds import Thresholds
from .integers import Digit, Split, largest

_BYTE = np.dtype(np.uint8)


class KernelTransform:
    """How kernels are transformed for tiles of one shape: shared by all plans of such.

    It holds the spectra of the last kernels, which are gone with the last plan.
    """

    def __init__(
        self,
        kernels: ModuleType,
        program: bytes,
        tables: tuple[Any, ...],
        narrow: bool,
        compute: np.dtype,
        reuse: int,
        thresholds: Thresholds,
    ) -> None:
        self._program = kernels.Program(program, *tables)
        self._narrow, self._compute, self._reuse = narrow, compute, reuse
        self.thresholds = thresholds
        self.shape, self.scratch = self._program.spectra, self._program.scratch
        self.bytes = self.shape[0] * self.shape[1] * compute.itemsize
        # integers have no step response
        self.exact = not self._program.responses
        self.recent: list[Prepared] = []

    def transform(self, kernel: NDArray[Any], digit: Digit) -> NDArray[Any]:
        """Compute the spectra of a kernel, or of one digit of it."""
        spectra = empty(self.shape, self._compute)
        if self._narrow:
            # not all vectors need be filled
            spectra.fill(0)
        # the pool would keep in vain what only a kernel takes
        make = np.empty if self.scratch > self._reuse else empty
        scratch = make((self.scratch,), _BYTE)
        self._program.transform_kernel(kernel, spectra, digit, scratch)
        return spectra

    def prepare(self, kernel: NDArray[Any], often: bool) -> Prepared:
        """Prepare a kernel for one run, or for as many as wanted."""
        if often:
            return Prepared(self, kernel, True)
        # what is kept is contiguous, too
        compare = same_bytes if kernel.flags.c_contiguous else np.array_equal
        for known in self.recent:
            if compare(known.kernel, kernel):
                if known is not _newest():
                    _keep(self, known)
                return known
        if self.bytes + kernel.nbytes > self.thresholds.cached_bytes:
            return Prepared(self, kernel, False)
        # a copy, for the caller may change its own
        prepared = Prepared(self, kernel.copy("C"), False)
        if prepared.finite:
            _keep(self, prepared)
        return prepared


class Prepared:
    """A kernel, and its spectra: the last one, or, if used `often`, all."""

    def __init__(
        self, transform: KernelTransform, kernel: NDArray[Any], often: bool
    ) -> None:
        self.kernel = kernel
        self.most = largest(kernel) if transform.exact else 0
        self.finite = transform.exact or bool(np.isfinite(kernel).all())
        self.bytes = kernel.nbytes + transform.bytes
        self.owner = ref(transform)
        self._often = often
        self._spectra: dict[tuple[Split, int], NDArray[Any]] = {}

    def spectra(self, transform: KernelTransform, split: Split, i: int) -> NDArray[Any]:
        """Spectra of digit `i`; threads that come at once compute the same."""
        known = self._spectra.get((split, i))
        if known is None:
            if not self._often:
                self._spectra.clear()
            known = transform.transform(self.kernel, split.digit(i))
            self._spectra[split, i] = known
        return known


# Of all transforms, the newest first. There is no lock, which a fork could leave held:
# what a race loses is a kernel that is transformed once more.
_order: list[ReferenceType[Prepared]] = []
_transforms: WeakValueDictionary[tuple[Any, ...], KernelTransform] = (
    WeakValueDictionary()
)


def _newest() -> Prepared | None:
    order = _order
    return order[0]() if order else None


def _keep(transform: KernelTransform, prepared: Prepared) -> None:
    """Keep a kernel as the newest one, and let the oldest ones go."""
    global _order
    transform.recent = [prepared] + [p for p in transform.recent if p is not prepared]
    limits = transform.thresholds
    order, room, number = [ref(prepared)], limits.cached_bytes - prepared.bytes, 1
    for each in _order:
        other = each()
        if other is None or other is prepared:
            continue
        room -= other.bytes
        number += 1
        owner = other.owner()
        if room >= 0 and number <= limits.cached_kernels:
            order.append(each)
        elif owner is not None:
            owner.recent = [p for p in owner.recent if p is not other]
    _order = order


def shared(
    kernels: ModuleType,
    program: bytes,
    tables: tuple[Any, ...],
    narrow: bool,
    compute: np.dtype,
    reuse: int,
    thresholds: Thresholds,
) -> KernelTransform:
    """Return the transform of a program, which plans of the same one share.

    `narrow`: spectra are kept in single precision; `compute`: their element type;
    `reuse`: bytes of scratch up to which memory comes from the pool.
    """
    key = kernels.__name__, program, thresholds
    known = _transforms.get(key)
    if known is None:
        known = KernelTransform(
            kernels, program, tables, narrow, compute, reuse, thresholds
        )
        _transforms[key] = known
    return known


@register
def _forget() -> None:
    global _order
    for each in _order:
        prepared = each()
        owner = None if prepared is None else prepared.owner()
        if owner is not None:
            owner.recent = []
    _order = []
