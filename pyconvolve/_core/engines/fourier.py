"""The transform engine: a product of whole spectra, by scipy.fft.

Exact for integers while every sum stays below 2**52; beyond, and where a sample is
not finite, the direct engine computes, so the result is the same but for rounding.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import cost, threads
from ..boundary import fold
from ..dtypes import real_type
from ..problem import Problem
from . import direct
from .tapwise import align

_EXACT = 2.0**52


def supports(problem: Problem) -> bool:
    """Whether this engine can solve `problem`."""
    convolved = any(axis.convolved for axis in problem.axes)
    return convolved and problem.outputs > 0 and problem.output_type.kind in "iufc"


def seconds(problem: Problem) -> float:
    """Predict how long it takes."""
    samples = prod(
        axis.stride * (axis.outputs - 1) + axis.dilation * (axis.taps - 1) + 1
        if axis.convolved
        else axis.outputs
        for axis in problem.axes
    )
    itemsize = 8 if problem.output_type.kind in "iu" else problem.output_type.itemsize
    return cost.transform(samples, max(itemsize, 4))


class Fourier:
    """A planned convolution by transforms."""

    name = "fft"

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._direct = direct.prepare(problem)
        if problem.output_type.kind in "iu":
            self._type: np.dtype = np.dtype(np.float64)
        elif problem.output_type == np.float16:
            self._type = np.dtype(np.float32)
        else:
            self._type = problem.output_type

    def __repr__(self) -> str:
        return f"fft, {self._type.name}"

    def run(
        self,
        signal: NDArray[Any],
        kernel: NDArray[Any],
        output: NDArray[Any],
        constant: complex,
        workers: int | None,
    ) -> None:
        """Convolve `signal` with `kernel` into `output`."""
        if self._is_safe(signal, kernel, constant):
            with np.errstate(all="ignore"):
                self._transform(signal, kernel, output, constant, workers)
            if output_is_integer(self._problem) or np.isfinite(output).all():
                return
        self._direct.run(signal, kernel, output, constant, workers)

    def _is_safe(
        self, signal: NDArray[Any], kernel: NDArray[Any], constant: complex
    ) -> bool:
        if not output_is_integer(self._problem):
            finite = np.isfinite(signal).all() and np.isfinite(kernel).all()
            return bool(finite and np.isfinite(constant))
        bounds = [
            max(abs(int(array.max())), abs(int(array.min())))
            for array in (signal, kernel)
        ]
        bounds[0] = max(bounds[0], abs(int(constant.real)))
        return bounds[0] * bounds[1] * self._problem.taps < _EXACT

    def _transform(
        self,
        signal: NDArray[Any],
        kernel: NDArray[Any],
        output: NDArray[Any],
        constant: complex,
        workers: int | None,
    ) -> None:
        import scipy.fft

        problem = self._problem
        axes = problem.axes
        signal = align(
            signal,
            [axis.signal for axis in axes],
            [axis.convolved and problem.signal_reversed for axis in axes],
        ).astype(self._promoted(signal), copy=False)
        kernel = align(
            kernel,
            [axis.kernel for axis in axes],
            [axis.convolved and not problem.kernel_reversed for axis in axes],
        ).astype(self._promoted(kernel), copy=False)
        if problem.signal_conjugated:
            signal = signal.conj()
        if problem.kernel_conjugated:
            kernel = kernel.conj()
        lengths, crop, convolved = [], [], []
        for a, axis in enumerate(axes):
            if not axis.convolved:
                crop.append(slice(None))
                continue
            reach = axis.dilation * (axis.taps - 1)
            kernel = self._dilate(kernel, a, axis.dilation)
            count = axis.stride * (axis.outputs - 1) + 1
            first = axis.offset + reach
            length = axis.samples + reach
            if not problem.excludes_outside or first < 0:
                positions = np.arange(axis.offset, axis.offset + count + reach)
                signal = self._extend(signal, a, axis.samples, positions, constant)
                first, length = reach, count + reach
            convolved.append(a)
            lengths.append(scipy.fft.next_fast_len(length, signal.dtype.kind != "c"))
            crop.append(slice(first, first + count, axis.stride))
        number = threads.resolve(workers)
        if signal.dtype.kind == "c" or kernel.dtype.kind == "c":
            spectrum = scipy.fft.fftn(signal, lengths, convolved, workers=number)
            spectrum = spectrum * scipy.fft.fftn(
                kernel, lengths, convolved, workers=number
            )
            result = scipy.fft.ifftn(spectrum, lengths, convolved, workers=number)
        else:
            spectrum = scipy.fft.rfftn(signal, lengths, convolved, workers=number)
            spectrum = spectrum * scipy.fft.rfftn(
                kernel, lengths, convolved, workers=number
            )
            result = scipy.fft.irfftn(spectrum, lengths, convolved, workers=number)
        result = result[tuple(crop)]
        if output_is_integer(problem):
            result = np.rint(result).astype(np.int64)
        output[...] = result.astype(output.dtype, copy=False)

    def _promoted(self, array: NDArray[Any]) -> np.dtype:
        return self._type if array.dtype.kind == "c" else real_type(self._type)

    @staticmethod
    def _dilate(kernel: NDArray[Any], a: int, dilation: int) -> NDArray[Any]:
        if dilation == 1:
            return kernel
        shape = list(kernel.shape)
        shape[a] = dilation * (shape[a] - 1) + 1
        dilated = np.zeros(shape, kernel.dtype)
        dilated[(slice(None),) * a + (slice(None, None, dilation),)] = kernel
        return dilated

    def _extend(
        self,
        signal: NDArray[Any],
        a: int,
        samples: int,
        positions: NDArray[np.intp],
        constant: complex,
    ) -> NDArray[Any]:
        at = fold(self._problem.boundary, samples, positions)
        extended = signal.take(at, a)
        if (at < 0).any():
            # array arithmetic, for integers beyond float64 don't come here
            extended[(slice(None),) * a + (at < 0,)] = np.array(
                constant, self._problem.output_type
            ).astype(extended.dtype)
        return extended


def output_is_integer(problem: Problem) -> bool:
    """Whether results are integers, exact or not at all."""
    return problem.output_type.kind in "iu"


def prepare(problem: Problem) -> Fourier:
    """Plan `problem`."""
    return Fourier(problem)
