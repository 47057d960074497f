"""A small convolutional network: NumPy, and the layers of `pyconvolve.nn`.

    conv 3x3 -> relu -> max pool 2 -> conv 3x3 -> relu -> mean pool 2 -> linear

It classifies images of one channel, whose sides are multiples of four.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .. import kernels, nn

Array = NDArray[np.float32]

# Filters of the two layers, and taps along each axis of a filter.
FILTERS = 16, 32
SIDE = 3


class Network(NamedTuple):
    """The weights of a network, or gradients by them."""

    first: Array
    """Filters of the first layer, of shape (16, 1, 3, 3)."""
    first_bias: Array
    second: Array
    """Filters of the second layer, of shape (32, 16, 3, 3)."""
    second_bias: Array
    linear: Array
    """Of shape (classes, features)."""
    linear_bias: Array


class _Values(NamedTuple):
    """Numbers of a forward pass that the gradients need."""

    first: Array
    """Outputs of the first layer, before negative ones are set to zero."""
    maxima: Array
    indices: NDArray[Any]
    """The position of each maximum."""
    second: Array
    features: Array
    scores: Array


def draw(side: int, classes: int, rng: np.random.Generator) -> Network:
    """Draw the weights of a network for square images."""
    count, more = FILTERS
    features = more * (side // 4) ** 2
    # He's initialisation keeps the variance from layer to layer
    shapes = (count, 1, SIDE, SIDE), (more, count, SIDE, SIDE), (classes, features)
    weights = [
        rng.standard_normal(shape, np.float32)
        * np.float32(np.sqrt(2 / np.prod(shape[1:])))
        for shape in shapes
    ]
    parts = [each for w in weights for each in (w, np.zeros(len(w), np.float32))]
    return Network(*parts)


def classify(network: Network, images: Array) -> NDArray[np.intp]:
    """Return the class of each image, of shape (images, 1, rows, columns)."""
    return _forward(network, images).scores.argmax(1)


def loss_and_gradients(
    network: Network, images: Array, labels: NDArray[np.intp]
) -> tuple[float, Network]:
    """Return the mean cross-entropy of images, and its gradients by all weights."""
    values = _forward(network, images)
    shifted = values.scores - values.scores.max(1, keepdims=True)
    logarithms = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    rows = np.arange(len(labels))
    loss = -float(logarithms[rows, labels].mean())
    by_scores = np.exp(logarithms)
    by_scores[rows, labels] -= 1
    return loss, _backward(network, images, values, by_scores / len(labels))


def _forward(network: Network, images: Array) -> _Values:
    first = nn.conv(images, network.first, network.first_bias, padding=1)
    maxima, indices = nn.max_pool(
        np.maximum(first, 0), 2, stride=2, return_indices=True
    )
    second = nn.conv(maxima, network.second, network.second_bias, padding=1)
    means = nn.mean_pool(np.maximum(second, 0), 2)
    features = means.reshape(len(images), -1)
    scores = features @ network.linear.T + network.linear_bias
    return _Values(first, maxima, indices, second, features, scores)


def _backward(
    network: Network, images: Array, values: _Values, by_scores: Array
) -> Network:
    by_features = by_scores @ network.linear
    means = values.second[:, :, ::2, ::2].shape
    by_second = nn.mean_pool_grad(
        values.second.shape, 2, by_features.reshape(means), stride=2
    )
    by_second *= values.second > 0
    by_maxima = nn.conv_input_grad(
        values.maxima.shape, network.second, by_second, padding=1
    )
    by_first = nn.max_pool_grad(values.first.shape, values.indices, by_maxima)
    by_first *= values.first > 0
    return Network(
        nn.conv_weight_grad(images, network.first.shape, by_first, padding=1),
        by_first.sum((0, 2, 3)),
        nn.conv_weight_grad(values.maxima, network.second.shape, by_second, padding=1),
        by_second.sum((0, 2, 3)),
        by_scores.T @ values.features,
        by_scores.sum(0),
    )


def descend(
    network: Network, gradients: Network, rate: float, unit: bool, fixed: bool
) -> None:
    """Take a step against the gradients, in place.

    Parameters
    ----------
    network, gradients : Network
    rate : float
        Length of the step, in gradients.
    unit : bool
        Whether filters are scaled to unit energy after the step.
    fixed : bool
        Whether the first layer stays as it is.
    """
    for name, weights, gradient in zip(
        Network._fields, network, gradients, strict=True
    ):
        if not (fixed and name == "first"):
            weights -= np.float32(rate) * gradient
    if unit:
        for filters in (network.first, network.second):
            kernels.normalize(filters, "l2", axis=(1, 2, 3), out=filters)
