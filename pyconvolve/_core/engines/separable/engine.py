"""The separable engine: which problems it solves, and its plans."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ... import cost, cpu, parallel
from ...dtypes import computed, real_type
from ...problem import Axis, Operand, Problem
from ...thresholds import Thresholds
from .arrangement import Arrangement
from .order import Arrays, Order, order_of
from .tiles import Rates

name = "separable"

# Strides of a signal and an output.
_Layout = tuple[tuple[int, ...], tuple[int, ...]]
# Memory layouts that a plan knows an order of the axes for.
_MOST_LAYOUTS = 64
# Bytes of a plan besides its programs, about.
_PLAN_BYTES = 4096
# Seconds of a product of reals in float32, by instruction set.
_PRODUCT = {"v2": 6e-11, "v3": 2.4e-11, "v4": 1.7e-11}
# In long double.
_LONG_PRODUCT = 3.4e-9
# Seconds of the other work: measured with float32, and similar with float64. They were
# fitted to random problems whose taps are not symmetric: symmetric ones take less.
_RATES = Rates(
    calls=1.2e-6,
    products=0,
    rows=2.9e-8,
    lines=7e-9,
    packed=4.5e-11,
    outside=6e-10,
    moved=4e-12,
    far=4e-12,
    again=1e-10,
    converted=3.4e-10,
    rounded=3.9e-10,
)


class _Module(NamedTuple):
    """A compiled module, and what plans for it have in common."""

    compute: np.dtype
    storing: str
    compiled: ModuleType
    rates: Rates
    poll: int
    thresholds: Thresholds


@lru_cache(64)
def _module(
    output: np.dtype,
    sums: np.dtype | None,
    overflow: str,
    thresholds: Thresholds,
    constants: cost.Constants,
) -> _Module | None:
    """Find the module for a real type of results; None: no module computes it."""
    how = computed(output, sums, overflow)
    if how is None or how.compute.startswith("uint"):
        return None
    element, isa = how.compute, ""
    compute = np.dtype(element)
    if element == "longdouble":
        # no vector unit computes in it
        isa = cpu.INSTRUCTION_SETS[0]
    product = _PRODUCT.get(cpu.active(), _PRODUCT["v4"]) * compute.itemsize / 4
    if element == "longdouble":
        product = _LONG_PRODUCT
    return _Module(
        compute,
        how.storing,
        cpu.module("lines", element, isa),
        _RATES._replace(products=product),
        constants.poll_sums(element),
        thresholds.filled(constants.thresholds),
    )


def plan(
    problem: Problem,
    thresholds: Thresholds,
    roundings: Sequence[float] | None = None,
) -> SeparablePlan | None:
    """Plan a problem whose kernel is the outer product of one factor for each axis.

    Parameters
    ----------
    problem : Problem
    thresholds : Thresholds
    roundings : sequence of float or None
        Not None: each pass gives numbers of the output's type, as if it stored them,
        and has a number here, which takes the place of the problem's rounding. None:
        only results are stored.

    Returns
    -------
    SeparablePlan or None
        None: the engine can't solve the problem. It solves those with one signal and
        one real kernel, without strides, dilations, up-sampling, summed axes and a
        support, whose sums are of real or complex floats. It does not count outputs
        that overflow.
    """
    output = problem.output
    kernel = problem.kernel
    if (
        kernel is None
        or kernel.dtype.kind not in "biuf"
        or problem.signal.conjugated
        or problem.signal.dtype.kind not in "biufc"
        or problem.reduction != "sum"
        or problem.support is not None
        or problem.overflow == "raise"
        or not output.isnative
        or (problem.signal.dtype.kind == "c" and output.kind != "c")
        or not any(axis.role == "window" for axis in problem.axes)
        or not all(map(_is_plain, problem.axes))
    ):
        return None
    module = _module(
        real_type(output),
        problem.sums,
        problem.overflow,
        thresholds,
        cost.constants(),
    )
    if module is None:
        return None
    made = SeparablePlan(problem, module, roundings)
    return made if made.fits else None


def _is_plain(axis: Axis) -> bool:
    """Whether this engine filters along an axis, or leaves it as it is."""
    if axis.signal is None or axis.output is None:
        return False
    if axis.role == "batch":
        return axis.kernel is None and axis.offset == 0
    return (
        axis.role == "window" and axis.stride == axis.dilation == axis.upsampling == 1
    )


class Prepared:
    """The taps of all axes, as runs take them.

    Parameters
    ----------
    taps : ndarray
        All, one axis after another.
    folds : ndarray of int64
        For each axis of the problem: 1 if its taps are symmetric, -1 if they are
        antisymmetric, 0 if they are neither.
    """

    def __init__(self, taps: NDArray[Any], folds: NDArray[np.int64]) -> None:
        self.taps, self.folds = taps, folds
        self.finite = bool(np.isfinite(taps).all())


class SeparablePlan:
    """A planned separable filter: read-only, shared by threads."""

    name = name
    counted: tuple[float, ...] = ()

    def __init__(
        self,
        problem: Problem,
        module: _Module,
        roundings: Sequence[float] | None,
    ) -> None:
        self.problem, self.thresholds = problem, module.thresholds
        self._module, self._is_complex = module, problem.output.kind == "c"
        self._real = problem._replace(
            signal=Operand(_real(problem.signal.dtype)),
            output=real_type(problem.output),
        )
        self._windows = [
            a for a, axis in enumerate(problem.axes) if axis.role == "window"
        ]
        self._rounds = roundings is not None and self._real.output != module.compute
        self._roundings = np.full(len(problem.axes), problem.rounding, np.float64)
        if roundings is not None:
            self._roundings[self._windows] = roundings
        self._constant = [
            a for a, axis in enumerate(problem.axes) if axis.boundary == "constant"
        ]
        # by order, and by layout of the arrays; None: both are in C order
        self._arrangements: dict[Order, Arrangement] = {}
        self._in_order = all(
            axis.signal == axis.output == a for a, axis in enumerate(problem.axes)
        )
        free = not self._rounds
        self._natural = self._fitting([Arrays(self._real)], free)
        self._known: dict[tuple[bool, _Layout | None], Arrangement] = {
            (free, None): self._natural
        }
        self._zeros = np.zeros((len(problem.axes), 2), module.compute)
        self.seconds = self._natural.seconds * (2 if self._is_complex else 1)
        self.bytes = _PLAN_BYTES + self._natural.bytes
        self.fits = self._natural.fits

    def _fitting(self, layouts: Sequence[Arrays], free: bool) -> Arrangement:
        """Arrange the axes for one of several layouts, the first one if it fits.

        Rows that are filtered first take less scratch memory, and have no samples
        beside their outputs then. So they may take less time where rows are divided.
        """
        rows, _, _ = self._module.compiled.TILE
        is_native = self._real.signal.dtype == self._module.compute
        for arrays in layouts:
            found = []
            for native in {is_native: None, False: None}:
                order = order_of(self._real, arrays, free, native, rows)
                found.append(self._arrange(order))
                if found[0].fits and found[0].is_whole:
                    break
            best = min(found, key=lambda made: (not made.fits, made.seconds))
            if best.fits:
                break
        return best

    def _arrange(self, order: Order) -> Arrangement:
        known = self._arrangements.get(order)
        if known is not None:
            return known
        module = self._module
        made = Arrangement(
            self._real, order, module.compute, module.storing, module.compiled,
            module.rates, module.poll, self._rounds, self.thresholds,
        )  # fmt: skip
        return self._arrangements.setdefault(order, made)

    def lay_out(self) -> SeparablePlan:
        """Return the plan itself: its program depends on the memory layout, too."""
        return self

    def __repr__(self) -> str:
        return f"separable, {self._natural!r}, {self._module.compute.name}"

    def memory(self, workers: int) -> int:
        """Return how many bytes a call takes besides its arrays."""
        return parallel.memory(self._natural, workers)

    def prepare(self, kernel: Sequence[NDArray[Any]], pinned: bool) -> Prepared:
        """Prepare the factors of a kernel: one for each window axis, in their order."""
        axes = [self.problem.axes[a] for a in self._windows]
        factors, folds = [], np.zeros(len(self.problem.axes), np.int64)
        for a, axis, given in zip(self._windows, axes, kernel, strict=True):
            taps = np.asarray(given, self._module.compute)
            if taps.shape != (axis.taps,):
                raise ValueError(
                    f"taps must have shape {(axis.taps,)}, not {taps.shape}"
                )
            folds[a] = _fold(taps)
            factors.append(taps[::-1] if axis.reversed else taps)
        prepared = Prepared(np.concatenate(factors), folds)
        if not prepared.finite and any(
            axis.boundary == "absent" and axis.reaches_outside for axis in axes
        ):
            raise ValueError(
                "taps must be finite where samples outside take no part, "
                "not infinite or NaN"
            )
        return prepared

    def run(
        self,
        signal: NDArray[Any],
        prepared: Prepared,
        output: NDArray[Any],
        constants: Sequence[Any] | None,
        workers: int | None,
    ) -> None:
        """Filter `signal` into `output`.

        `constants` has a number for each axis of the problem: it continues the results
        of the passes before along that axis.
        """
        if self._is_complex:
            self._run_parts(signal, prepared, output, constants, workers)
        else:
            self._run_real(signal, prepared, output, constants, workers)

    def _run_parts(
        self,
        signal: NDArray[Any],
        prepared: Prepared,
        output: NDArray[Any],
        constants: Sequence[Any] | None,
        workers: int | None,
    ) -> None:
        """Filter real and imaginary parts, one after the other."""
        parts: list[Any] = [None, None]
        if constants is not None:
            parts = [np.real(constants), np.imag(constants)]
        imaginary = np.broadcast_to(np.zeros((), signal.dtype), signal.shape)
        if signal.dtype.kind == "c":
            imaginary = signal.imag
        self._run_real(signal.real, prepared, output.real, parts[0], workers)
        self._run_real(imaginary, prepared, output.imag, parts[1], workers)

    def _run_real(
        self,
        signal: NDArray[Any],
        prepared: Prepared,
        output: NDArray[Any],
        constants: Sequence[Any] | None,
        workers: int | None,
    ) -> None:
        table, free = self._zeros, prepared.finite and not self._rounds
        if constants is not None and self._constant:
            table = table.copy()
            for a in self._constant:
                table[a, 0] = constants[a]
            # zeros outside are zeros after any pass
            free = free and not table.any()
        layout = None
        if not (
            signal.flags.c_contiguous and output.flags.c_contiguous and self._in_order
        ):
            layout = signal.strides, output.strides
        arranged = self._known.get((free, layout))
        if arranged is None:
            arranged = self._new(signal, output, free, layout)
        arranged.run(signal, output, table, prepared, self._roundings, workers)

    def _new(
        self,
        signal: NDArray[Any],
        output: NDArray[Any],
        free: bool,
        layout: _Layout | None,
    ) -> Arrangement:
        """Arrange the axes for a new memory layout."""
        layouts = [Arrays(self._real)]
        if layout is not None:
            layouts.insert(0, Arrays(self._real, signal, output))
        if len(self._known) >= _MOST_LAYOUTS:
            self._known.clear()
            self._arrangements.clear()
        made = self._known[free, layout] = self._fitting(layouts, free)
        return made


def _fold(taps: NDArray[Any]) -> int:
    """Return 1 for symmetric taps, -1 for antisymmetric ones, and 0 for others."""
    if taps.size < 2:
        return 0
    # the middle one of antisymmetric taps may be any, as in SciPy
    first, last = taps[: taps.size // 2], taps[: (taps.size - 1) // 2 : -1]
    if (first == last).all():
        return 1
    return -1 if (first == -last).all() else 0


def _real(dtype: np.dtype) -> np.dtype:
    """Return the type of the real and imaginary part, in the same byte order."""
    return np.zeros((), dtype).real.dtype
