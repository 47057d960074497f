r"""Layers of convolutional networks, pooling and gradients, on NumPy arrays.

Signals have the axes (batch, channels, \*spatial), or (channels, \*spatial), with any
number of spatial axes. Layers correlate, as those of all network libraries do: weights
are not reversed. Words and defaults are those of PyTorch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numpy.typing import ArrayLike, NDArray

from ._core.api import run_layer
from ._core.arguments import integers
from ._core.boundary import Boundary
from ._nn import describe, gradients, options
from ._nn.equivariance import is_equivariant, shift_error
from ._nn.padding import Padding
from ._nn.pooling import (
    max_pool,
    max_pool_grad,
    mean_pool,
    mean_pool_grad,
    min_pool,
    min_pool_grad,
)
from .convolution import Method

__all__ = [
    "conv",
    "conv_input_grad",
    "conv_transpose",
    "conv_weight_grad",
    "is_equivariant",
    "max_pool",
    "max_pool_grad",
    "mean_pool",
    "mean_pool_grad",
    "min_pool",
    "min_pool_grad",
    "shift_error",
]


def conv(
    x: ArrayLike,
    w: ArrayLike,
    bias: ArrayLike | None = None,
    *,
    stride: int | Sequence[int] = 1,
    padding: Padding = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
    boundary: Boundary | Sequence[Boundary] = "constant",
    cval: complex | Sequence[complex] = 0,
    method: Method = "auto",
    out: NDArray[Any] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    r"""Compute a convolutional layer.

    Along each spatial axis, and with the other axes left out,

    .. math:: y[o, p] = \sum_{c, k} w[o, c, k] \, x[c, s p + d k - b] + bias[o]

    with the stride :math:`s`, the dilation :math:`d` and :math:`b` positions of padding
    before the first sample [1]_. This is a correlation. Complex weights are not
    conjugated.

    Parameters
    ----------
    x : array_like, shape (batch, channels, \*spatial) or (channels, \*spatial)
        Signals: truth values, integers, real or complex numbers.
    w : array_like, shape (filters, channels / groups, \*taps)
        Weights. The number of axes of taps is that of spatial axes.
    bias : array_like, shape (filters,), optional
        Is added to the channels of the result, in the type of the result.
    stride : int or sequence of int, optional
        Compute every stride-th output only; one for all spatial axes, or one for each.
    padding : int, sequence or {'valid', 'same', 'same_upper', 'same_lower'}, optional
        Positions before the first and after the last sample: one number for all spatial
        axes; one, or a pair (begin, end), for each; or a word. 'valid': none. The other
        words give as many outputs as samples, divided by the stride and rounded up.
        An odd number of positions puts one more at the end with 'same_upper', and at
        the beginning with 'same_lower'. 'same' is 'same_upper' for a stride of 1.
    dilation : int or sequence of int, optional
        Distance between two neighbouring taps, in samples; one for all spatial axes, or
        one for each.
    groups : int, optional
        Divide the channels and the filters into so many groups. Each filter sees the
        channels of its own group.
    boundary : {'constant', 'edge', 'reflect', 'symmetric', 'wrap'}, optional
        Samples in the padding, as for `pyconvolve.convolve`; one word for all spatial
        axes, or one for each.
    cval : scalar or sequence of scalars, optional
        The constant that the padding holds with `boundary` 'constant'; one for all
        spatial axes, or one for each. If it is zero, no product with it is formed.
    method : {'auto', 'direct', 'fft'}, optional
        As for `pyconvolve.convolve`. Where one method can't compute a layer, another
        does.
    out : ndarray, optional
        The array to store the result in, of the shape and dtype of the result, with any
        strides. If it shares memory with an input, the result is computed in an array
        of its own and copied.
    workers : int, optional
        The largest number of threads to use, see `pyconvolve.set_workers`.

    Returns
    -------
    ndarray, shape (batch, filters, \*outputs) or (filters, \*outputs)
        Of the type that NumPy promotes `x` and `w` to. float16 is summed in float32.
        Integers are exact modulo the range of their type.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong. The message names the argument, its value and the
        values that are allowed.

    See Also
    --------
    conv_input_grad, conv_weight_grad : its gradients
    conv_transpose : its transpose

    Notes
    -----
    The gradient by the bias is the sum of the gradient by the outputs along all axes
    but that of channels.

    References
    ----------
    .. [1] V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep
       learning", arXiv:1603.07285, 2016.

    Examples
    --------
    Sums and differences of neighbours, of a signal with one channel:

    >>> from pyconvolve import nn
    >>> nn.conv([[1, 2, 4, 7]], [[[1, 1]], [[-1, 1]]])
    array([[ 3,  6, 11],
           [ 1,  2,  3]])

    >>> import numpy as np
    >>> x = np.zeros((8, 3, 32, 32), np.float32)
    >>> w = np.zeros((16, 3, 5, 5), np.float32)
    >>> nn.conv(x, w, stride=2, padding="same_upper").shape
    (8, 16, 16, 16)
    """
    how = options.check(stride, padding, dilation, groups, boundary, cval, method)
    x, w = options.array("x", x), options.array("w", w)
    return run_layer(describe.forward, how, x, w, cval, bias, out, workers)


def conv_input_grad(
    input_shape: Sequence[int],
    w: ArrayLike,
    grad: ArrayLike,
    *,
    stride: int | Sequence[int] = 1,
    padding: Padding = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
    boundary: Boundary | Sequence[Boundary] = "constant",
    cval: complex | Sequence[complex] = 0,
    method: Method = "auto",
    out: NDArray[Any] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    r"""Compute the gradient of a scalar by the input of a layer.

    .. math:: dx[c, i] = \sum_{o, p, k} \overline{w[o, c, k]} \, dy[o, p]
              \quad \text{where } s p + d k - b = i

    Where the padding repeats samples, the gradients by its positions are added to those
    by the samples that they repeat. The result is the adjoint of the layer: for all
    `x` and `grad`, ``vdot(conv(x, w), grad) == vdot(x, conv_input_grad(..., grad))``.

    Parameters
    ----------
    input_shape : sequence of int
        Shape of the layer's input.
    w : array_like, shape (filters, channels / groups, \*taps)
        Weights of the layer. Complex ones are conjugated, as in PyTorch.
    grad : array_like, shape (batch, filters, \*outputs) or (filters, \*outputs)
        Gradient by the layer's outputs.
    stride, padding, dilation, groups, boundary : optional
        Those of the layer, see `conv`.
    cval : scalar or sequence of scalars, optional
        That of the layer. The result does not depend on it.
    method, out, workers : optional
        As for `conv`.

    Returns
    -------
    ndarray, shape `input_shape`
        Of the type that NumPy promotes `w` and `grad` to.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong. The message names the argument, its value and the
        values that are allowed.

    See Also
    --------
    conv, conv_weight_grad

    Examples
    --------
    >>> from pyconvolve import nn
    >>> nn.conv_input_grad((1, 4), [[[-1, 1]]], [[1, 0, 2]])
    array([[-1,  1, -2,  2]])
    >>> nn.conv_input_grad((1, 3), [[[1, 1]]], [[1, 2, 3]], padding=[(0, 1)],
    ...                    boundary="wrap")
    array([[4, 3, 5]])
    """
    shape = options.shape_of("input_shape", input_shape)
    how = options.check(
        stride, padding, dilation, groups, boundary, cval, method, shape
    )
    grad, w = options.array("grad", grad), options.array("w", w)
    return gradients.by_input(how, grad, w, cval, out, workers)


def conv_weight_grad(
    x: ArrayLike,
    weight_shape: Sequence[int],
    grad: ArrayLike,
    *,
    stride: int | Sequence[int] = 1,
    padding: Padding = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
    boundary: Boundary | Sequence[Boundary] = "constant",
    cval: complex | Sequence[complex] = 0,
    method: Method = "auto",
    out: NDArray[Any] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    r"""Compute the gradient of a scalar by the weights of a layer.

    .. math:: dw[o, c, k] = \sum_{n, p} \overline{x[n, c, s p + d k - b]} \, dy[n, o, p]

    Parameters
    ----------
    x : array_like, shape (batch, channels, \*spatial) or (channels, \*spatial)
        Input of the layer. Complex samples are conjugated, as in PyTorch.
    weight_shape : sequence of int
        Shape of the weights.
    grad : array_like, shape (batch, filters, \*outputs) or (filters, \*outputs)
        Gradient by the layer's outputs.
    stride, padding, dilation, groups, boundary, cval : optional
        Those of the layer, see `conv`.
    method, out, workers : optional
        As for `conv`.

    Returns
    -------
    ndarray, shape `weight_shape`
        Of the type that NumPy promotes `x` and `grad` to.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong. The message names the argument, its value and the
        values that are allowed.

    See Also
    --------
    conv, conv_input_grad

    Examples
    --------
    >>> from pyconvolve import nn
    >>> nn.conv_weight_grad([[1, 2, 4, 7]], (1, 1, 2), [[1, 0, 2]])
    array([[[ 9, 16]]])
    """
    shape = options.shape_of("weight_shape", weight_shape)
    how = options.check(
        stride, padding, dilation, groups, boundary, cval, method, shape
    )
    x, grad = options.array("x", x), options.array("grad", grad)
    return run_layer(describe.weight_gradient, how, x, grad, cval, None, out, workers)


def conv_transpose(
    x: ArrayLike,
    w: ArrayLike,
    bias: ArrayLike | None = None,
    *,
    stride: int | Sequence[int] = 1,
    padding: Padding = 0,
    output_padding: int | Sequence[int] = 0,
    output_size: int | Sequence[int] | None = None,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
    method: Method = "auto",
    out: NDArray[Any] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    r"""Compute a transposed convolutional layer.

    .. math:: y[o, i] = \sum_{c, p, k} w[c, o, k] \, x[c, p] + bias[o]
              \quad \text{where } s p + d k - b = i

    This is the transpose of the layer `conv` with the same weights and arguments, whose
    outputs have the shape of `x` [1]_. Complex weights are not conjugated.

    Parameters
    ----------
    x : array_like, shape (batch, channels, \*spatial) or (channels, \*spatial)
        Signals, as for `conv`.
    w : array_like, shape (channels, filters / groups, \*taps)
        Weights.
    bias : array_like, shape (filters,), optional
        Is added to the channels of the result.
    stride : int or sequence of int, optional
        Distance between the outputs of two neighbouring samples; one for all spatial
        axes, or one for each.
    padding : int, sequence or {'valid', 'same', 'same_upper', 'same_lower'}, optional
        Outputs that are left out before the first and after the last one, as for the
        layer whose transpose this is. 'same', 'same_upper' and 'same_lower' give
        `stride` outputs for each sample.
    output_padding : int or sequence of int, optional
        Outputs that are added after the last one, one number for all spatial axes or
        one for each; below the stride or the dilation. They are sums like all others.
    output_size : int or sequence of int, optional
        Spatial shape of the result, in place of `output_padding`: strides leave several
        shapes open.
    dilation : int or sequence of int, optional
        Distance between two neighbouring taps, in outputs.
    groups : int, optional
        As for `conv`.
    method, out, workers : optional
        As for `conv`.

    Returns
    -------
    ndarray, shape (batch, filters, \*outputs) or (filters, \*outputs)
        Of the type that NumPy promotes `x` and `w` to.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong. The message names the argument, its value and the
        values that are allowed.

    See Also
    --------
    conv

    References
    ----------
    .. [1] V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep
       learning", arXiv:1603.07285, 2016, chapter 4.

    Examples
    --------
    >>> from pyconvolve import nn
    >>> nn.conv_transpose([[1, 10, 100]], [[[1, 2, 3]]], stride=2)
    array([[  1,   2,  13,  20, 130, 200, 300]])
    """
    size = output_size
    if size is not None:
        size = integers("output_size", size)
    how = options.check(
        stride, padding, dilation, groups, "constant", 0, method, size, output_padding
    )
    x, w = options.array("x", x), options.array("w", w)
    return run_layer(describe.transposed, how, x, w, 0, bias, out, workers)
