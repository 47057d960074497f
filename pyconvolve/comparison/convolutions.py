"""Convolutions to time: shapes and element types, their data, reference results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isqrt, prod
from typing import Any

import numpy as np
from scipy import signal

from .._core import api
from .._core.arguments import Names, rules
from .._core.forms import FormPlan
from .interface import Array, Problem, shape_text


@dataclass(frozen=True)
class Convolution(Problem):
    """A convolution in mode 'same' with zeros outside.

    It runs along the axes on which the kernel has several taps.
    """

    group: str
    data: tuple[int, ...]
    kernel: tuple[int, ...]
    dtype: str
    shapes: int = 1
    """Number of shapes of the data that are computed in turn.

    They are `data` and random smaller shapes, down to half of its samples per axis.
    """

    @property
    def name(self) -> str:
        """The shapes of data and kernel, as text."""
        name = " by ".join(map(shape_text, (self.data, self.kernel)))
        return name if self.shapes == 1 else f"up to {name}"

    @property
    def variants(self) -> tuple[Convolution, ...]:
        """A problem for each of the shapes."""
        first = replace(self, shapes=1)
        sides = list(zip(self.data, self.kernel, strict=True))
        least = [n // 2 if taps > 1 else n for n, taps in sides]
        smaller = [n - n // 2 if taps > 1 else 1 for n, taps in sides]
        rng = np.random.default_rng(0)
        drawn = rng.choice(prod(smaller), self.shapes - 1, replace=False)
        shapes = np.transpose(np.unravel_index(drawn, smaller)) + least
        return first, *(replace(first, data=tuple(n.tolist())) for n in shapes)

    @property
    def axes(self) -> tuple[int, ...]:
        """Axes along which the kernel has several taps."""
        return tuple(a for a, taps in enumerate(self.kernel) if taps > 1)

    @property
    def axis(self) -> int | None:
        """The axis to convolve along, if there is only one."""
        return self.axes[0] if len(self.axes) == 1 else None

    @property
    def products(self) -> float:
        """The number of samples times the number of taps."""
        return float(prod(self.data)) * prod(self.kernel)

    @property
    def plan(self) -> Any:
        """The plan that `pyconvolve.convolve` makes."""
        axes = None if len(self.axes) == len(self.data) else self.axes
        how = rules(False, "same", "auto", axes, "constant", 0, 1, 1, 0)
        names, dtype = Names("data", "kernel"), np.dtype(self.dtype)
        made = api.prepare(names, how, self.data, self.kernel, dtype, dtype).plan
        return made.dense if isinstance(made, FormPlan) else made

    @property
    def operations(self) -> float | None:
        """Additions and multiplications of the plan; None for integers.

        For several shapes, this is the mean.
        """
        kind = np.dtype(self.dtype).kind
        if kind not in "fc":
            return None
        if self.shapes > 1:
            return sum(it.operations or 0 for it in self.variants) / self.shapes
        if self.plan.name == "fft":
            return float(self.plan.operations)
        return self.products * (2 if kind == "f" else 8)

    def arrays(self) -> tuple[Array, Array]:
        """Return noise: data and kernel. Sums of integers don't exceed their type."""
        rng = np.random.default_rng(0)
        dtype = np.dtype(self.dtype)
        if dtype.kind in "iu":
            taps = prod(self.kernel)
            # sums stay below 2 ** 40, so that transforms in doubles are exact, too
            limit = min(int(np.iinfo(dtype).max), 2**40) // taps
            most = isqrt(limit)
            x = rng.integers(0, limit // most, self.data, endpoint=True)
            h = rng.integers(0, most, self.kernel, endpoint=True)
            return x.astype(dtype), h.astype(dtype)

        def noise(shape: tuple[int, ...]) -> Array:
            values: Array = rng.standard_normal(shape)
            if dtype.kind == "c":
                values = values + 1j * rng.standard_normal(shape)
            return values.astype(dtype)

        return noise(self.data), noise(self.kernel)

    @property
    def engine(self) -> str:
        """The engine that `pyconvolve.convolve` chooses."""
        return str(self.plan.name)

    def reference(self, *arrays: Array) -> Array:
        """Compute the results with SciPy.

        Integers are summed directly, other numbers transformed in double precision.
        """
        x, h = arrays
        if x.dtype.kind in "iu":
            exact: Array = signal.convolve(x, h, "same", "direct")
            return exact
        wide = np.complex128 if x.dtype.kind == "c" else np.float64
        y: Array = signal.fftconvolve(
            x.astype(wide), h.astype(wide), "same", axes=self.axes
        )
        return y


def _sides(ndim: int, *sides: int) -> Sequence[tuple[int, ...]]:
    """Return shapes of kernels with the same number of taps along every axis."""
    return [(side,) * ndim for side in sides]


_LINE, _IMAGE, _VOLUME = (1_000_000,), (512, 512), (128, 128, 128)
# Group, shape of the data, shapes of kernels.
_SIZES: tuple[tuple[str, tuple[int, ...], Sequence[tuple[int, ...]]], ...] = (
    ("small", (1000,), [(16,)]),
    ("small", (32, 32), [(3, 3)]),
    ("small", (64, 64), [(7, 7)]),
    ("1-D", _LINE, _sides(1, 5, 31, 101, 1001, 10_001, 100_001)),
    ("2-D", _IMAGE, _sides(2, 3, 5, 9, 15, 31, 63, 127)),
    ("2-D", (2048, 2048), _sides(2, 3, 5, 9, 15, 31, 63, 127, 513)),
    ("3-D", _VOLUME, _sides(3, 3, 5, 9)),
    ("3-D", (192, 192, 192), _sides(3, 31)),
    ("batches", (64, 16_384), [(1, 255)]),
    ("batches", (16_384, 64), [(255, 1)]),
)
# Shapes of data and kernel, for data whose shape changes from call to call.
_NEW_SHAPES: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...] = (
    ((100,), (16,)),
    ((3000,), (31,)),
    ((3000,), (1001,)),
    ((60, 60), (7, 7)),
    ((24, 24, 24), (3, 3, 3)),
    ((8, 5000), (1, 101)),
)
CONVOLUTIONS: tuple[Convolution, ...] = (
    *(
        Convolution(group, data, kernel, dtype)
        for group, data, kernels in _SIZES
        for dtype in ("float32", "float64")
        for kernel in kernels
    ),
    *(
        Convolution("new shapes", data, kernel, dtype, shapes=32)
        for dtype in ("float32", "float64")
        for data, kernel in _NEW_SHAPES
    ),
    Convolution("other types", (1024, 1024), (5, 5), "complex64"),
    Convolution("other types", (1024, 1024), (31, 31), "complex128"),
    Convolution("other types", (1024, 1024), (5, 5), "uint8"),
    Convolution("other types", _LINE, (31,), "int16"),
    Convolution("other types", _LINE, (1001,), "int64"),
)
# A few of them.
FEW_CONVOLUTIONS: tuple[Convolution, ...] = (
    Convolution("small", (32, 32), (3, 3), "float32"),
    *(Convolution("1-D", _LINE, (taps,), "float32") for taps in (31, 1001, 100_001)),
    *(Convolution("2-D", _IMAGE, (side,) * 2, "float64") for side in (3, 9, 31)),
    *(Convolution("3-D", _VOLUME, (side,) * 3, "float32") for side in (3, 9)),
    Convolution("batches", (64, 16_384), (1, 255), "float64"),
    Convolution("new shapes", (100,), (16,), "float64", shapes=32),
    Convolution("new shapes", (60, 60), (7, 7), "float64", shapes=32),
    Convolution("other types", (1024, 1024), (5, 5), "uint8"),
)
