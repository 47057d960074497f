"""Periodic convolutions, whose matrices Fourier transforms make diagonal."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from numbers import Real
from typing import Any

import numpy as np
import scipy.fft
from numpy.typing import ArrayLike, NDArray

from .._core.arguments import numbers_of
from .describe import describe, kernel_of, shape_of
from .operators import ConvolutionOperator


class CirculantOperator(ConvolutionOperator):
    """Periodic convolution, see `pyconvolve.matrix.circulant_operator`.

    Examples
    --------
    >>> from pyconvolve.matrix import circulant_operator
    >>> circulant_operator([2, 1], 4).solve([3, 3, 3, 3])
    array([1., 1., 1., 1.])
    """

    _spectrum: NDArray[Any] | None = None

    def __init__(self, h: ArrayLike, shape: int | Sequence[int] | None = None) -> None:
        kernel = kernel_of(h)
        if not kernel.ndim:
            raise ValueError("h must have at least one axis, but its shape is ()")
        samples = kernel.shape if shape is None else shape_of(shape)
        if len(samples) != kernel.ndim or not all(
            n >= k for n, k in zip(samples, kernel.shape, strict=True)
        ):
            raise ValueError(
                f"shape must be at least the shape {kernel.shape} of h along each "
                f"axis, not {shape!r}"
            )
        # tap 0 is at output 0
        origin = tuple(-((taps - 1) // 2) for taps in kernel.shape)
        given = describe(kernel, samples, "same", "wrap", 1, 1, None, None, origin)
        self._set_up(given, "circulant", None)

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_spectrum": None}

    @property
    def eigenvalues(self) -> NDArray[Any]:
        """The eigenvalues, of the shape of the signal: the transform of the kernel.

        Eigenvalue (f, g, ...) belongs to the wave exp(2 pi i (f m / M + g n / N + ...))
        in a signal of shape (M, N, ...).
        """
        return self._transform().copy()

    def solve(self, b: ArrayLike, regularization: float = 0) -> NDArray[Any]:
        r"""Find the signal whose convolution is `b`.

        With :math:`B` and :math:`H` the discrete Fourier transforms of `b` and of the
        kernel, and :math:`\lambda` the regularization, the transform of the result is

        .. math:: X = \frac{\overline{H} B}{|H|^2 + \lambda}

        which minimises :math:`\|A x - b\|^2 + \lambda \|x\|^2` [1]_.

        Parameters
        ----------
        b : array_like, of shape (samples,), (samples, columns) or `output_shape`
            The convolution. Each column is one.
        regularization : float, optional
            At least 0. If it is 0, the result is that of the inverse.

        Returns
        -------
        ndarray, of the shape of `b`
            Of the type that NumPy promotes kernel and `b` to, float64 in place of
            integers and truth values, float32 in place of float16.

        Raises
        ------
        numpy.linalg.LinAlgError
            If `regularization` is 0, and the matrix has no inverse: an eigenvalue is
            not above the largest one times the number of samples times the precision of
            the computation, as for `scipy.linalg.solve_circulant`.
        ValueError, TypeError
            If an argument is wrong.

        Notes
        -----
        Transforms are in double precision, or in long double if an input is.

        References
        ----------
        .. [1] P. C. Hansen, J. G. Nagy and D. P. O'Leary, *Deblurring Images: Matrices,
           Spectra, and Filtering*, SIAM, 2006, chapters 4 and 6.

        Examples
        --------
        >>> import numpy as np
        >>> from pyconvolve.matrix import circulant_operator
        >>> A = circulant_operator([[4, 1], [1, 0]], (3, 3))
        >>> x = np.arange(9.0)
        >>> np.allclose(A.solve(A @ x), x)
        True
        """
        weight = _regularization(regularization)
        given = numbers_of("b", b)
        size = self.shape[0]
        columns = () if given.shape == self.output_shape else given.shape[1:]
        if given.shape != self.output_shape and (
            given.shape[:1] != (size,) or len(columns) > 1
        ):
            raise ValueError(
                f"b must have the shape {self.output_shape} of the convolution, or be "
                f"one or several columns of {size} numbers, not have the shape "
                f"{given.shape}"
            )
        dtype = np.result_type(given, self._fixed)
        dtype = np.result_type(dtype, np.float64 if dtype.kind in "biu" else np.float32)
        wide = np.result_type(dtype, np.float64)
        samples = given.reshape(self.output_shape + columns).astype(wide, copy=False)
        found = self._divided(samples, weight)
        return found.astype(dtype, copy=False).reshape(given.shape)

    def _divided(self, b: NDArray[Any], weight: float) -> NDArray[Any]:
        """Divide the transform along the first axes by that of the kernel."""
        spectrum, shape = self._transform(), self.output_shape
        if weight == 0:
            _check_inverse(spectrum)
        is_real = "c" not in (b.dtype.kind, self._fixed.dtype.kind)
        axes = tuple(range(len(shape)))
        if is_real:
            spectrum = spectrum[..., : shape[-1] // 2 + 1]
        if b.ndim > len(shape):
            spectrum = spectrum[..., np.newaxis]
        forward = scipy.fft.rfftn if is_real else scipy.fft.fftn
        transformed = forward(b, axes=axes)
        if weight == 0:
            transformed /= spectrum
        else:
            power = spectrum.real**2 + spectrum.imag**2
            transformed *= spectrum.conj() / (power + weight)
        if is_real:
            return scipy.fft.irfftn(transformed, shape, axes, overwrite_x=True)
        return scipy.fft.ifftn(transformed, axes=axes, overwrite_x=True)

    def _transform(self) -> NDArray[Any]:
        """Return the transform of the kernel, in double precision at least."""
        if self._spectrum is None:
            wide = np.result_type(self._fixed, np.float64)
            taps = self._fixed.astype(wide, copy=False)
            self._spectrum = scipy.fft.fftn(taps, self.output_shape)
        return self._spectrum


def _regularization(value: Any) -> float:
    if not isinstance(value, Real):
        raise TypeError(f"regularization must be a real number, not {value!r}")
    weight = float(value)
    if not (isfinite(weight) and weight >= 0):
        raise ValueError(f"regularization must be finite and at least 0, not {value!r}")
    return weight


def _check_inverse(spectrum: NDArray[Any]) -> None:
    """Raise LinAlgError if eigenvalues are zero to the precision of their sums."""
    magnitudes = np.abs(spectrum)
    least = magnitudes.max() * spectrum.size * np.finfo(spectrum.dtype).eps
    zeros = np.count_nonzero(magnitudes <= least)
    if zeros:
        raise np.linalg.LinAlgError(
            f"the matrix is singular: {zeros} of its {spectrum.size} eigenvalues are "
            f"at most {least:.3g}; give a regularization above 0"
        )
