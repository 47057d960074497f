"""Convolutional layers and their gradients by plain NumPy loops.

`numpy.pad` makes the padding. Loops over batch, filters, channels and taps add one
product for all outputs each. The adjoint of the padding is found by padding the numbers
of samples. Integers are summed as Python's integers, other numbers in long double.
"""

from itertools import product
from math import prod
from typing import Any

import numpy as np

Pairs = list[tuple[int, int]]
# In numpy.pad 'reflect' and others are called as here.
CONSTANT = "constant"


def wide(a: np.ndarray) -> np.ndarray:
    kinds = {"f": np.longdouble, "c": np.clongdouble}
    return np.asarray(a, kinds.get(a.dtype.kind, object))


def pad(
    x: np.ndarray, pairs: Pairs, words: list[str], values: list[Any] | None = None
) -> np.ndarray:
    """Pad the last axes of an array, one after the other."""
    for i, (pair, word) in enumerate(zip(pairs, words, strict=True)):
        widths = [(0, 0)] * x.ndim
        widths[i - len(pairs)] = pair
        if word == CONSTANT:
            value = 0 if values is None else values[i]
            x = np.pad(x, widths, word, constant_values=value)
        elif sum(pair):
            x = np.pad(x, widths, word)
    # numpy.pad puts NumPy's integers among Python's
    return np.frompyfunc(int, 1, 1)(x) if x.dtype == object else x


def conv(
    x: np.ndarray, w: np.ndarray, stride: list[int], pairs: Pairs, dilation: list[int],
    groups: int, words: list[str], values: list[Any],
) -> np.ndarray:  # fmt: skip
    """Compute a layer with a batch."""
    padded, w = pad(wide(x), pairs, words, values), wide(w)
    y = None
    for n, o, c, tap, there in terms(padded.shape, x.shape, w.shape, stride, dilation,
                                     groups):  # fmt: skip
        part = padded[(n, c, *there)]
        if y is None:
            kind = np.result_type(padded, w)
            y = np.zeros((len(x), len(w), *part.shape), kind)
        y[n, o] += part * w[(o, c % w.shape[1], *tap)]
    return y


def input_gradient(
    shape: tuple[int, ...], w: np.ndarray, grad: np.ndarray, stride: list[int],
    pairs: Pairs, dilation: list[int], groups: int, words: list[str], values: list[Any],
) -> np.ndarray:  # fmt: skip
    """Compute the gradient by the signal of a layer."""
    w, grad = wide(w), wide(grad)
    # which sample each position holds; 0: a constant
    numbers = pad(1 + np.arange(prod(shape)).reshape(shape), pairs, words)
    by_padded = np.zeros(numbers.shape, np.result_type(w, grad))
    for n, o, c, tap, there in terms(numbers.shape, shape, w.shape, stride, dilation,
                                     groups):  # fmt: skip
        weight = np.conjugate(w[(o, c % w.shape[1], *tap)])
        by_padded[(n, c, *there)] += weight * grad[n, o]
    sums = np.zeros(1 + prod(shape), by_padded.dtype)
    np.add.at(sums, numbers, by_padded)
    return sums[1:].reshape(shape)


def weight_gradient(
    x: np.ndarray, weights: tuple[int, ...], grad: np.ndarray, stride: list[int],
    pairs: Pairs, dilation: list[int], groups: int, words: list[str], values: list[Any],
) -> np.ndarray:  # fmt: skip
    """Compute the gradient by the weights of a layer."""
    padded, grad = pad(wide(x), pairs, words, values), wide(grad)
    sums = np.zeros(weights, np.result_type(padded, grad))
    for n, o, c, tap, there in terms(padded.shape, x.shape, weights, stride, dilation,
                                     groups):  # fmt: skip
        products = np.conjugate(padded[(n, c, *there)]) * grad[n, o]
        sums[(o, c % weights[1], *tap)] += products.sum()
    return sums


def terms(
    padded: tuple[int, ...], x: tuple[int, ...], w: tuple[int, ...], stride: list[int],
    dilation: list[int], groups: int,
) -> Any:  # fmt: skip
    """Yield the indices of all products: signal, filter, channel, tap, samples."""
    for n, o, c in product(range(x[0]), range(w[0]), range(x[1])):
        if c * groups // x[1] != o * groups // w[0]:
            continue
        for tap in np.ndindex(w[2:]):
            there = []
            for length, taps, k, s, d in zip(
                padded[2:], w[2:], tap, stride, dilation, strict=True
            ):
                outputs = (length - d * (taps - 1) - 1) // s + 1
                there.append(slice(d * k, d * k + s * (outputs - 1) + 1, s))
            yield n, o, c, tap, there


def transposed(
    x: np.ndarray, w: np.ndarray, stride: list[int], begin: list[int],
    dilation: list[int], groups: int, size: tuple[int, ...],
) -> np.ndarray:  # fmt: skip
    """Compute a transposed layer with a batch."""
    x, w = wide(x), wide(w)
    filters = w.shape[1] * groups
    reach = [
        max(s * (n - 1) + d * (k - 1) + 1, b + m)
        for n, k, s, d, b, m in zip(
            x.shape[2:], w.shape[2:], stride, dilation, begin, size, strict=True
        )
    ]
    y = np.zeros((len(x), filters, *reach), np.result_type(x, w))
    for n, c, o in product(range(len(x)), range(x.shape[1]), range(filters)):
        if c * groups // x.shape[1] != o * groups // filters:
            continue
        for tap in np.ndindex(w.shape[2:]):
            there = tuple(
                slice(d * k, d * k + s * (m - 1) + 1, s)
                for k, s, d, m in zip(tap, stride, dilation, x.shape[2:], strict=True)
            )
            y[(n, o, *there)] += x[n, c] * w[(c, o % w.shape[1], *tap)]
    inner = tuple(slice(b, b + m) for b, m in zip(begin, size, strict=True))
    return y[(..., *inner)]
