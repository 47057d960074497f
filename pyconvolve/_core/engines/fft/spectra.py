"""Kernels and their spectra; the spectra of the last kernels are cached."""

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
from .tables import Tables

_BYTE = np.dtype(np.uint8)


class KernelTransform:
    """The transform of kernels for tiles of one shape; plans share it.

    It caches the spectra of its last kernels. They are freed with the last plan.
    """

    def __init__(
        self,
        compiled: ModuleType,
        program: bytes,
        tables: Tables,
        is_wider: bool,
        compute: np.dtype,
        pooled_bytes: int,
        exact: bool,
        thresholds: Thresholds,
    ) -> None:
        self._program = compiled.Program(program, *tables)
        self._is_wider, self._compute = is_wider, compute
        self._pooled_bytes = pooled_bytes
        self.thresholds = thresholds
        self.shape, self.scratch_bytes = self._program.spectra, self._program.scratch
        self.spectra_bytes = self.shape[0] * self.shape[1] * compute.itemsize
        self.exact = exact
        """Whether kernels hold integers, whose digits are transformed."""
        self.recent: list[PreparedKernel] = []
        """Cached kernels, the newest first."""

    def transform(self, kernel: NDArray[Any], digit: Digit) -> NDArray[Any]:
        """Compute the spectra of a kernel, or of one digit of it."""
        spectra = empty(self.shape, self._compute)
        if self._is_wider:
            # vectors of the wider type may leave the end of a spectrum unwritten
            spectra.fill(0)
        # the pool would hold a block that is larger than any that runs of plans need
        make = np.empty if self.scratch_bytes > self._pooled_bytes else empty
        scratch = make((self.scratch_bytes,), _BYTE)
        self._program.transform_kernel(kernel, spectra, digit, scratch)
        return spectra

    def prepare(self, kernel: NDArray[Any], pinned: bool) -> PreparedKernel:
        """Prepare a kernel, see `Plan.prepare`, or find it in the cache."""
        if pinned:
            return PreparedKernel(self, kernel, True)
        # cached kernels are contiguous
        is_equal = same_bytes if kernel.flags.c_contiguous else np.array_equal
        for known in self.recent:
            if is_equal(known.kernel, kernel):
                if known is not _newest():
                    _store(self, known)
                return known
        if self.spectra_bytes + kernel.nbytes > self.thresholds.cached_bytes:
            return PreparedKernel(self, kernel, False)
        # a copy, because the caller may change its array
        prepared = PreparedKernel(self, kernel.copy("C"), False)
        if prepared.finite:
            _store(self, prepared)
        return prepared


class PreparedKernel:
    """A kernel, and its spectra.

    There is a spectrum for each digit of integers in each way to split them. If the
    kernel is `pinned`, all of them are held, otherwise the last one.
    """

    def __init__(
        self, transform: KernelTransform, kernel: NDArray[Any], pinned: bool
    ) -> None:
        self.kernel = kernel
        self.largest = largest(kernel) if transform.exact else 0
        """The largest magnitude of integers."""
        self.finite = transform.exact or bool(np.isfinite(kernel).all())
        self.bytes = kernel.nbytes + transform.spectra_bytes
        self.transform = ref(transform)
        self._pinned = pinned
        self._spectra: dict[tuple[Split, int], NDArray[Any]] = {}

    def spectra(self, transform: KernelTransform, split: Split, i: int) -> NDArray[Any]:
        """Return the spectra of digit `i`.

        Threads that call this at the same time may compute the same spectra.
        """
        known = self._spectra.get((split, i))
        if known is None:
            if not self._pinned:
                self._spectra.clear()
            known = transform.transform(self.kernel, split.digit(i))
            self._spectra[split, i] = known
        return known


# Cached kernels of all transforms, the newest first. There is no lock, because a fork
# could leave it locked. A race loses a kernel at most, which is then transformed again.
_order: list[ReferenceType[PreparedKernel]] = []
_transforms: WeakValueDictionary[tuple[Any, ...], KernelTransform] = (
    WeakValueDictionary()
)


def _newest() -> PreparedKernel | None:
    order = _order
    return order[0]() if order else None


def _store(transform: KernelTransform, prepared: PreparedKernel) -> None:
    """Store a kernel as the newest one, and drop the oldest ones."""
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
        owner = other.transform()
        if room >= 0 and number <= limits.cached_kernels:
            order.append(each)
        elif owner is not None:
            owner.recent = [p for p in owner.recent if p is not other]
    _order = order


def transform_for(
    compiled: ModuleType,
    program: bytes,
    tables: Tables,
    is_wider: bool,
    compute: np.dtype,
    pooled_bytes: int,
    exact: bool,
    thresholds: Thresholds,
) -> KernelTransform:
    """Return the transform of a program; plans with equal programs share it.

    Parameters
    ----------
    compiled : module
        The module that transforms kernels.
    program : bytes
    tables : tuple
        Twiddles.
    is_wider : bool
        Whether this module computes in a wider type than spectra have.
    compute : dtype
        Real type of the spectra.
    pooled_bytes : int
        Scratch of at most so many bytes comes from the pool of freed results.
    exact : bool
        Whether kernels hold integers.
    thresholds : Thresholds
    """
    key = compiled.__name__, program, exact, thresholds
    known = _transforms.get(key)
    if known is None:
        known = KernelTransform(
            compiled,
            program,
            tables,
            is_wider,
            compute,
            pooled_bytes,
            exact,
            thresholds,
        )
        _transforms[key] = known
    return known


@register
def _clear() -> None:
    global _order
    for each in _order:
        prepared = each()
        owner = None if prepared is None else prepared.transform()
        if owner is not None:
            owner.recent = []
    _order = []
