"""Convolutions as linear operators of SciPy."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from numpy.typing import ArrayLike, DTypeLike, NDArray
from scipy.sparse import csr_array
from scipy.sparse.linalg import LinearOperator

from .._core import workers as threads
from .._core.arguments import numbers_of
from .._core.boundary import Boundary
from .._core.problem import Problem
from ..convolution import Mode
from . import maps
from .describe import Convolution, describe
from .entries import Entries

Shape = tuple[int, ...]


class ProblemOperator(LinearOperator):  # type: ignore[misc]
    """The sums of a problem with one operand fixed, as a linear operator.

    Parameters
    ----------
    problem : Problem
    fixed : ndarray
        The operand that vectors do not hold.
    by_signal : bool
        Whether vectors are signals; otherwise they are kernels.
    shapes : tuple
        Shapes of the arrays whose elements vectors and products hold, in C order.
    said : str
        What is fixed, for people.
    workers : int or None
        As for `convolve`.
    """

    input_shape: Shape
    """Shape of the array whose elements a vector holds, in C order."""
    output_shape: Shape
    """Shape of the array whose elements a product holds, in C order."""

    def __init__(
        self,
        problem: Problem,
        fixed: NDArray[Any],
        by_signal: bool,
        shapes: tuple[Shape, Shape],
        said: str,
        workers: int | None,
    ) -> None:
        if workers is not None:
            threads.resolve(workers)
        self.input_shape, self.output_shape = shapes
        self._problem, self._fixed, self._by_signal = problem, fixed, by_signal
        self._said, self._workers = said, workers
        self._maps: dict[tuple[bool, bool], maps.LinearMap] = {}
        super().__init__(fixed.dtype, (prod(self.output_shape), prod(self.input_shape)))

    def __getstate__(self) -> dict[str, Any]:
        # plans and spectra are made again
        return {**self.__dict__, "_maps": {}}

    def __repr__(self) -> str:
        return f"{super().__repr__()[:-1]}: {self._said}>"

    def tocsr(self) -> csr_array:
        """Return the matrix, as `convolution_matrix` does."""
        entries = Entries(self._problem, self._fixed, self._by_signal, self.input_shape)
        return entries.csr()

    def _matvec(self, x: NDArray[Any]) -> NDArray[Any]:
        return self._map(False, False)(x)

    def _rmatvec(self, x: NDArray[Any]) -> NDArray[Any]:
        return self._map(True, True)(x)

    _matmat, _rmatmat = _matvec, _rmatvec

    def _adjoint(self) -> LinearOperator:
        return Variant(self, True, self.dtype.kind == "c")

    def _transpose(self) -> LinearOperator:
        return Variant(self, True, False)

    def _map(self, transposed: bool, conjugated: bool) -> maps.LinearMap:
        """Return the map of the operator, its transpose, conjugate or adjoint."""
        key = transposed, conjugated and self.dtype.kind == "c"
        known = self._maps.get(key)
        if known is not None:
            return known
        if not transposed:
            sums = maps.forward(self._problem, self.input_shape, self._by_signal)
        elif self._by_signal:
            sums = maps.transposed_by_signal(self._problem, self.output_shape)
        else:
            sums = maps.transposed_by_kernel(self._problem, self.output_shape)
        sums = sums._replace(conjugated=key[1])
        made = maps.LinearMap(sums, self._fixed, self._workers)
        return self._maps.setdefault(key, made)


class KernelOperator(ProblemOperator):
    """Convolution of one signal, as a linear operator that acts on the kernel.

    `ConvolutionOperator.kernel_operator` makes it.
    """


class Variant(LinearOperator):  # type: ignore[misc]
    """The transpose, the conjugate or the adjoint of an operator.

    Parameters
    ----------
    operator : ProblemOperator
    transposed, conjugated : bool
        At least one of them is true.
    """

    input_shape: Shape
    """Shape of the array whose elements a vector holds, in C order."""
    output_shape: Shape
    """Shape of the array whose elements a product holds, in C order."""

    def __init__(
        self, operator: ProblemOperator, transposed: bool, conjugated: bool
    ) -> None:
        self._operator = operator
        self._transposed, self._conjugated = transposed, conjugated
        shapes = operator.input_shape, operator.output_shape
        self.input_shape, self.output_shape = shapes[::-1] if transposed else shapes
        shape = prod(self.output_shape), prod(self.input_shape)
        super().__init__(operator.dtype, shape)

    def __repr__(self) -> str:
        names = {(True, False): "T", (True, True): "H", (False, True): "H.T"}
        is_complex = self.dtype.kind == "c"
        name = names[self._transposed, self._conjugated or not is_complex]
        return f"{self._operator!r}.{name}"

    def tocsr(self) -> csr_array:
        """Return the matrix in CSR format."""
        matrix = self._operator.tocsr()
        if self._conjugated:
            matrix = matrix.conj()
        return matrix.T.tocsr() if self._transposed else matrix

    def _matvec(self, x: NDArray[Any]) -> NDArray[Any]:
        return self._operator._map(self._transposed, self._conjugated)(x)

    def _rmatvec(self, x: NDArray[Any]) -> NDArray[Any]:
        return self._operator._map(not self._transposed, not self._conjugated)(x)

    _matmat, _rmatmat = _matvec, _rmatvec

    def _adjoint(self) -> LinearOperator:
        is_complex = self.dtype.kind == "c"
        return self._with(not self._transposed, is_complex and not self._conjugated)

    def _transpose(self) -> LinearOperator:
        return self._with(not self._transposed, self._conjugated)

    def _with(self, transposed: bool, conjugated: bool) -> LinearOperator:
        if transposed or conjugated:
            return Variant(self._operator, transposed, conjugated)
        return self._operator


class ConvolutionOperator(ProblemOperator):
    r"""Convolution with a kernel as a linear operator of SciPy.

    For each signal `x` of the given shape, ``(A @ x.ravel()).reshape(A.output_shape)``
    is ``pyconvolve.convolve(x, h, ...)``. Products with vectors and matrices, with the
    operator and with its transpose and adjoint, are convolutions: nothing is unrolled.
    The plan and the spectrum of the kernel are computed at the first product and stored
    for later ones.

    Parameters
    ----------
    h : array_like
        The kernel: truth values, integers, real or complex numbers. It has an axis for
        each axis of the signal, or for each of `axes`. It is copied, and must not be
        empty.
    shape : int or sequence of int
        Shape of the signal, at least 1 along each axis.
    mode : {'full', 'same', 'valid'}, optional
        As for `pyconvolve.matrix.convolution_matrix`.
    boundary, stride, dilation, axes : optional
        As for `pyconvolve.matrix.convolution_matrix`.
    dtype : dtype, optional
        Type of the kernel, by default that of `h`. Products have the type that NumPy
        promotes it and that of the vector to: those of float32 are float32.
    workers : int, optional
        As for `pyconvolve.convolve`.

    Attributes
    ----------
    input_shape, output_shape : tuple of int
        Shapes of the signal and of its convolution. `shape` are the numbers of their
        elements, as for all linear operators: (outputs, samples).
    T, H : LinearOperator
        The transpose and the adjoint, exact for every boundary: where samples continue
        the signal, sums of positions outside are added to those of the samples. The
        taps of `H` are conjugated, those of `T` are not. Both have `input_shape`,
        `output_shape` and `tocsr`, too.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong. The message names the argument, its value and the
        values that are allowed.

    See Also
    --------
    convolution_matrix : the entries in memory
    pyconvolve.Convolver : for signals of any shape

    Notes
    -----
    The transpose of a convolution is a correlation of its outputs [1]_, with zeros
    between them where there is a stride. Transposes of boundaries that continue the
    signal by samples, but not of 'wrap' without a rest, take an array of the continued
    signal.

    Objects of this class may be shared by threads, and can be pickled; a pickle holds
    neither plans nor spectra. They can be added and multiplied as all linear operators.

    References
    ----------
    .. [1] J. F. Claerbout, *Earth Soundings Analysis: Processing Versus Inversion*,
       Blackwell, 1992, chapter 5.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.sparse.linalg import lsqr
    >>> from pyconvolve.matrix import ConvolutionOperator
    >>> A = ConvolutionOperator([[1, 2], [3, 5]], (20, 20))
    >>> A
    <441x400 ConvolutionOperator with dtype=int64: 2x2 taps on 20x20, mode='full'>
    >>> x = np.arange(400).reshape(A.input_shape)
    >>> blurred = A @ x.ravel()
    >>> blurred.reshape(A.output_shape)[0, :4]
    array([0, 1, 4, 7])

    Least squares find the image:

    >>> found = lsqr(A, blurred, atol=1e-12, btol=1e-12)[0]
    >>> np.allclose(found.reshape(x.shape), x)
    True

    ... and, if that is known, the kernel:

    >>> K = A.kernel_operator(x)
    >>> lsqr(K, blurred)[0].round(6)
    array([1., 2., 3., 5.])
    """

    def __init__(
        self,
        h: ArrayLike,
        shape: int | Sequence[int],
        mode: Mode = "full",
        *,
        boundary: Boundary | Sequence[Boundary] = "constant",
        stride: int | Sequence[int] = 1,
        dilation: int | Sequence[int] = 1,
        axes: int | Sequence[int] | None = None,
        dtype: DTypeLike | None = None,
        workers: int | None = None,
    ) -> None:
        given = describe(h, shape, mode, boundary, stride, dilation, axes, dtype)
        said = [f"mode={given.rules.mode!r}"]
        for name, usual in (("boundary", "constant"), ("stride", 1), ("dilation", 1),
                            ("axes", None)):  # fmt: skip
            value = getattr(given.rules, name)
            if value != usual:
                said.append(f"{name}={value!r}")
        self._set_up(given, ", ".join(said), workers)

    def _set_up(self, given: Convolution, said: str, workers: int | None) -> None:
        shapes = given.input_shape, given.output_shape
        taps, samples = ("x".join(map(str, a)) for a in (given.kernel.shape, shapes[0]))
        said = f"{taps} taps on {samples}, {said}"
        super().__init__(given.problem, given.kernel, True, shapes, said, workers)

    def kernel_operator(self, x: ArrayLike) -> KernelOperator:
        """Return the same sums as an operator that acts on the kernel.

        For each kernel `h` of the shape that the operator's own has,
        ``kernel_operator(x) @ h.ravel()`` is the convolution of `x` with `h`. Its
        adjoint is the gradient by the kernel of least squares.

        Parameters
        ----------
        x : array_like, of shape `input_shape` or (samples,)
            The signal. It is copied.

        Returns
        -------
        KernelOperator
            A linear operator of shape (outputs, taps). It has `input_shape`,
            `output_shape`, `tocsr`, `T` and `H`, too.

        Raises
        ------
        ValueError, TypeError
            If `x` has another shape, or does not hold numbers.
        """
        signal = numbers_of("x", x)
        if signal.shape not in (self.input_shape, (self.shape[1],)):
            raise ValueError(
                f"x must have the shape {self.input_shape} of the operator's signals, "
                f"or be a vector of {self.shape[1]} numbers, not have the shape "
                f"{signal.shape}"
            )
        signal = signal.reshape(self.input_shape).astype(signal.dtype.newbyteorder("="))
        signal.flags.writeable = False
        shapes = self._fixed.shape, self.output_shape
        said = f"kernels of {self._said}"
        return KernelOperator(self._problem, signal, False, shapes, said, self._workers)
