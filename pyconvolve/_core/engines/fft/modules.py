"""Element types and compiled modules of a convolution by transforms."""

from __future__ import annotations

from functools import cache, lru_cache
from types import ModuleType
from typing import NamedTuple

import numpy as np

from ... import cost, cpu, planner
from ...dtypes import computed, element_name, real_type
from ...problem import Problem
from ...thresholds import Thresholds

# Names of the modules' sources, by the length of their vectors.
SOURCES = {"usual": "fft", "wide": "wide_fft"}


class ElementTypes(NamedTuple):
    """Element types of a convolution by transforms."""

    compute: np.dtype
    """The real type of the transforms."""
    element: str
    """Its name."""
    storing: str
    """How computed numbers become samples of the output."""


@cache
def _types(
    output: np.dtype,
    sums: np.dtype | None,
    overflow: str,
    signal: np.dtype,
    kernel: np.dtype,
    exact: bool,
) -> ElementTypes | None:
    numbers, real = computed(output, sums, overflow), real_type(output)
    if numbers is None:
        return None
    compute, storing = real, numbers.storing
    # SciPy transforms integers in double precision, also if the result is single
    integers = {*"biu"} & {signal.kind, kernel.kind}
    if exact:
        compute = np.dtype(np.float64)
    elif sums is not None:
        # The error of an output is that of the largest samples of its tile. In single
        # precision this is too much for 16 bits.
        is_short = signal.itemsize == 1
        compute = sums if is_short else np.result_type(sums, np.float64)
    elif real == np.float32 and integers:
        compute, storing = np.dtype(np.float64), "single"
    elif real == np.float16:
        compute = np.dtype(np.float32)
    return ElementTypes(compute, element_name(compute), storing)


def types_of(problem: Problem) -> ElementTypes | None:
    """Choose the type that transforms are computed in; None: the numbers have none."""
    assert problem.kernel is not None
    return _types(
        problem.output,
        problem.sums,
        problem.overflow,
        problem.signal.dtype,
        problem.kernel.dtype,
        problem.is_exact,
    )


class Module(NamedTuple):
    """A compiled module with vectors of one length, and its model for the planner."""

    compiled: ModuleType
    for_kernels: ModuleType
    """The module that transforms kernels, in a wider type if there is one."""
    kernel_element: str
    """Name of the type that it computes in."""
    model: planner.FFTModel


class Modules(NamedTuple):
    """The modules that compute in an element type."""

    of_vectors: tuple[Module, ...]
    """A module for each length of vectors."""
    models: tuple[planner.FFTModel, ...]


@lru_cache(64)
def modules_of(
    compute: np.dtype, thresholds: Thresholds, constants: cost.Constants
) -> Modules:
    """Find the modules that compute in a type on this CPU."""
    element = element_name(compute)
    # The rounding of kernel spectra would be a third of the error. Kernels transformed
    # in double precision are rounded only once.
    wider = "float64" if element == "float32" else element
    tables, thresholds = constants.tables, thresholds.filled(constants.thresholds)
    found = []
    for vectors in thresholds.vectors:
        if vectors == "wide" and not (cpu.wide() and compute.itemsize <= 8):
            continue
        compiled = cpu.module(SOURCES[vectors], element)
        for_kernels = cpu.module(SOURCES[vectors], wider)
        model = planner.FFTModel(
            element,
            compute.itemsize,
            compiled.SHAPE,
            np.dtype(wider).itemsize // compute.itemsize,
            for_kernels.SHAPE[0],
            {**tables, "forms": tables["forms"][vectors]},
            constants.seconds["fft"][element],
            tables["memory"],
            thresholds,
        )
        found.append(Module(compiled, for_kernels, wider, model))
    return Modules(tuple(found), tuple(each.model for each in found))
