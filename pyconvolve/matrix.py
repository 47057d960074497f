"""Convolutions as matrices and as linear operators.

A convolution with one kernel is linear in the signal. For signals of one shape it is a
matrix that acts on the samples in C order: a Toeplitz matrix in one dimension, a block
Toeplitz matrix with Toeplitz blocks in two. It is also linear in the kernel.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from ._core.arguments import check_word, numbers_of
from ._core.boundary import Boundary
from ._matrix.circulant import CirculantOperator
from ._matrix.describe import describe
from ._matrix.entries import Entries
from ._matrix.operators import ConvolutionOperator
from .convolution import Mode

__all__ = [
    "ConvolutionOperator",
    "circulant_operator",
    "convolution_matrix",
    "toeplitz_operator",
]

Sparse = Literal["csr", "csc", "coo"]
Format = Sparse | Literal["dense"]
_FORMATS = ("csr", "csc", "coo", "dense")


@overload
def convolution_matrix(
    h: ArrayLike,
    shape: int | Sequence[int],
    mode: Mode = "full",
    *,
    boundary: Boundary | Sequence[Boundary] = "constant",
    stride: int | Sequence[int] = 1,
    dilation: int | Sequence[int] = 1,
    axes: int | Sequence[int] | None = None,
    format: Literal["dense"],
    dtype: DTypeLike | None = None,
) -> NDArray[Any]: ...
@overload
def convolution_matrix(
    h: ArrayLike,
    shape: int | Sequence[int],
    mode: Mode = "full",
    *,
    boundary: Boundary | Sequence[Boundary] = "constant",
    stride: int | Sequence[int] = 1,
    dilation: int | Sequence[int] = 1,
    axes: int | Sequence[int] | None = None,
    format: Sparse = "csr",
    dtype: DTypeLike | None = None,
) -> Any: ...
def convolution_matrix(
    h: ArrayLike,
    shape: int | Sequence[int],
    mode: Mode = "full",
    *,
    boundary: Boundary | Sequence[Boundary] = "constant",
    stride: int | Sequence[int] = 1,
    dilation: int | Sequence[int] = 1,
    axes: int | Sequence[int] | None = None,
    format: Format = "csr",
    dtype: DTypeLike | None = None,
) -> Any:
    r"""Return the matrix of the convolution with a kernel.

    For each signal `x` of the given shape,
    ``convolution_matrix(h, x.shape, ...) @ x.ravel()`` is
    ``pyconvolve.convolve(x, h, ...).ravel()``. Along one axis the entries are

    .. math:: A[n, i] = \sum_{k: \; s n + o - d k \, \to \, i} h[k]

    with the stride :math:`s`, the dilation :math:`d` and the offset :math:`o` of the
    mode; the sum is over the taps whose position is sample :math:`i`, or outside of the
    signal and continued by it [1]_.

    Parameters
    ----------
    h : array_like
        The kernel: truth values, integers, real or complex numbers. It has an axis for
        each axis of the signal, or for each of `axes`, and must not be empty.
    shape : int or sequence of int
        Shape of the signal, at least 1 along each axis.
    mode : {'full', 'same', 'valid'}, optional
        As for `pyconvolve.convolve`. In mode 'valid', the signal may be smaller than
        the kernel along all convolved axes: outputs are those at which it is all inside
        of the kernel.
    boundary : {'constant', 'edge', 'reflect', 'symmetric', 'wrap'}, optional
        As for `pyconvolve.convolve`. With 'constant' there are zeros outside of the
        signal.
    stride, dilation : int or sequence of int, optional
        As for `pyconvolve.convolve`.
    axes : int or sequence of int, optional
        Axes of the signal to convolve along, all by default. Along the other ones,
        signals share one kernel or have a kernel each, and the matrix is block
        diagonal.
    format : {'csr', 'csc', 'coo', 'dense'}, optional
        A sparse array of SciPy, or an array of NumPy.
    dtype : dtype, optional
        Type of the entries, by default that of `h`.

    Returns
    -------
    scipy.sparse.sparray or ndarray, of shape (outputs, samples)
        Columns of a row ascend, and are there once: taps at one sample are added, for
        integers modulo the range of their type. Taps that are zero are entries, too.
        Indices are of type int32 if this holds them, otherwise int64.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong. The message names the argument, its value and the
        values that are allowed.
    MemoryError
        If the matrix does not fit into memory.

    See Also
    --------
    ConvolutionOperator : the same without entries in memory

    Notes
    -----
    Besides the matrix, this takes 8 bytes for each row and a few megabytes. A sparse
    matrix has an entry for each output and tap.

    In one dimension this is `scipy.linalg.convolution_matrix`, if the kernel is no
    longer than the signal, or the mode is 'full' or 'valid'. With longer kernels,
    SciPy's mode 'same' has as many outputs as the kernel has taps, as
    `numpy.convolve`; here there are as many as the signal has samples, as
    `scipy.signal.convolve` has.

    References
    ----------
    .. [1] P. C. Hansen, J. G. Nagy and D. P. O'Leary, *Deblurring Images: Matrices,
       Spectra, and Filtering*, SIAM, 2006, chapter 4.

    Examples
    --------
    >>> from pyconvolve.matrix import convolution_matrix
    >>> convolution_matrix([1, 2, 3], 4, "same", format="dense")
    array([[2, 1, 0, 0],
           [3, 2, 1, 0],
           [0, 3, 2, 1],
           [0, 0, 3, 2]])
    >>> convolution_matrix([1, 2, 3], 4, "same", boundary="wrap", format="dense")
    array([[2, 1, 0, 3],
           [3, 2, 1, 0],
           [0, 3, 2, 1],
           [1, 0, 3, 2]])

    Every second output of an image of 100 by 100:

    >>> convolution_matrix([[1, 2, 1], [2, 4, 2]], (100, 100), stride=2).shape
    (2601, 10000)
    """
    check_word("format", format, _FORMATS)
    given = describe(h, shape, mode, boundary, stride, dilation, axes, dtype)
    entries = Entries(given.problem, given.kernel, True, given.input_shape)
    if format == "dense":
        return entries.dense()
    return entries.csr().asformat(format)


def toeplitz_operator(c: ArrayLike, r: ArrayLike | None = None) -> ConvolutionOperator:
    """Return a Toeplitz matrix as a linear operator.

    It is the convolution in mode 'valid' with the numbers of all diagonals [1]_.

    Parameters
    ----------
    c : array_like, of shape (rows,)
        The first column.
    r : array_like, of shape (columns,), optional
        The first row, by default the conjugate of `c`. Its first number is not used, as
        by `scipy.linalg.toeplitz`: that of `c` is on the diagonal.

    Returns
    -------
    ConvolutionOperator
        Of shape (rows, columns), and of the type that NumPy promotes `c` and `r` to.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong.

    See Also
    --------
    scipy.linalg.toeplitz : the matrix itself
    scipy.linalg.matmul_toeplitz : one product with it

    References
    ----------
    .. [1] G. H. Golub and C. F. Van Loan, *Matrix Computations*, 4th ed., Johns Hopkins
       University Press, 2013, section 4.8.

    Examples
    --------
    >>> from pyconvolve.matrix import toeplitz_operator
    >>> A = toeplitz_operator([1, 2, 3], [1, 10, 100, 1000])
    >>> A.tocsr().toarray()
    array([[   1,   10,  100, 1000],
           [   2,    1,   10,  100],
           [   3,    2,    1,   10]])
    >>> A @ [1, 0, 0, 1]
    array([1001,  102,   13])
    """
    column = _numbers("c", c)
    row = column.conj() if r is None else _numbers("r", r)
    return ConvolutionOperator(np.concatenate([row[:0:-1], column]), row.size, "valid")


def circulant_operator(
    h: ArrayLike, shape: int | Sequence[int] | None = None
) -> CirculantOperator:
    r"""Return the matrix of a periodic convolution as a linear operator.

    .. math:: y[n] = \sum_k h[k] \, x[(n - k) \bmod N]

    along each axis of N samples. In one dimension the matrix is
    ``scipy.linalg.circulant(h)``, whose first column is `h`. In several it is block
    circulant with circulant blocks [1]_.

    Parameters
    ----------
    h : array_like
        The kernel. Element 0 is at output 0, so that `h` is the response to a one at
        sample 0.
    shape : int or sequence of int, optional
        Shape of the signal, by default that of `h`. Along each axis it is at least that
        of `h`, which is continued by zeros.

    Returns
    -------
    CirculantOperator
        A `ConvolutionOperator` with two more members: `eigenvalues`, an array of the
        shape of the signal, and ``solve(b, regularization=0)``, which inverts the
        convolution.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong.

    See Also
    --------
    scipy.linalg.circulant : the matrix itself, in one dimension
    scipy.linalg.solve_circulant : the same as `solve` in one dimension

    Notes
    -----
    `numpy.roll` moves the centre of a kernel to element 0: with the shape of the signal
    for ``convolve(x, h, "same", boundary="wrap")``, whose centre is element
    ``(taps - 1) // 2`` of an axis.

    References
    ----------
    .. [1] P. C. Hansen, J. G. Nagy and D. P. O'Leary, *Deblurring Images: Matrices,
       Spectra, and Filtering*, SIAM, 2006, section 4.2.

    Examples
    --------
    >>> from pyconvolve.matrix import circulant_operator
    >>> A = circulant_operator([1, 2], 4)
    >>> A.tocsr().toarray()
    array([[1, 0, 0, 2],
           [2, 1, 0, 0],
           [0, 2, 1, 0],
           [0, 0, 2, 1]])
    >>> A.eigenvalues.round(6) + 0
    array([ 3.+0.j,  1.-2.j, -1.+0.j,  1.+2.j])
    >>> A.solve([1, 2, 0, 0]).round(6) + 0
    array([1., 0., 0., 0.])
    """
    return CirculantOperator(h, shape)


def _numbers(name: str, values: ArrayLike) -> NDArray[Any]:
    """Convert to an array of numbers with one axis."""
    given = numbers_of(name, values)
    if given.ndim != 1 or not given.size:
        raise ValueError(
            f"{name} must have one axis, and at least one number, not the shape "
            f"{given.shape}"
        )
    return given
