"""A pytest plugin: Keras' NumPy backend computes layers by pyconvolve.

Keras has its channels last, unless told otherwise, and its filters last in weights.
Axes are moved without copies.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from keras.src import backend
from keras.src.backend.common import backend_utils
from keras.src.backend.numpy import nn as theirs

from pyconvolve import nn

calls: Counter[str] = Counter()

PADDING = {"valid": "valid", "same": "same_upper"}


def channels_first(
    inputs: Any, data_format: str | None
) -> tuple[np.ndarray, Callable[[np.ndarray], np.ndarray]]:
    """View an array with the channels first; return it, and a function that undoes."""
    x = backend.convert_to_tensor(inputs)
    if backend.standardize_data_format(data_format) == "channels_first":
        return x, lambda y: y
    return np.moveaxis(x, -1, 1), lambda y: np.moveaxis(y, 1, -1)


def conv(
    inputs: Any, kernel: Any, strides: Any = 1, padding: str = "valid",
    data_format: str | None = None, dilation_rate: Any = 1,
) -> np.ndarray:  # fmt: skip
    x, undo = channels_first(inputs, data_format)
    w = np.moveaxis(backend.convert_to_tensor(kernel), (-1, -2), (0, 1))
    if x.shape[1] % w.shape[1]:
        raise ValueError(
            "The number of input channels must be evenly divisible by kernel's "
            f"in_channels: {x.shape[1]}, {w.shape[1]}"
        )
    y = nn.conv(
        x, w, stride=strides, padding=PADDING[padding], dilation=dilation_rate,
        groups=x.shape[1] // w.shape[1],
    )  # fmt: skip
    return undo(y)


def depthwise_conv(
    inputs: Any, kernel: Any, strides: Any = 1, padding: str = "valid",
    data_format: str | None = None, dilation_rate: Any = 1,
) -> np.ndarray:  # fmt: skip
    w = backend.convert_to_tensor(kernel)
    one_each = w.reshape(*w.shape[:-2], 1, -1)
    return conv(inputs, one_each, strides, padding, data_format, dilation_rate)


def conv_transpose(
    inputs: Any, kernel: Any, strides: Any = 1, padding: str = "valid",
    output_padding: Any = None, data_format: str | None = None, dilation_rate: Any = 1,
) -> np.ndarray:  # fmt: skip
    x, undo = channels_first(inputs, data_format)
    w = backend.convert_to_tensor(kernel)
    zeros = backend_utils.compute_conv_transpose_padding_args_for_jax(
        inputs.shape, w.shape, strides, padding, output_padding, dilation_rate
    )
    spatial = x.ndim - 2
    dilations = np.broadcast_to(dilation_rate, spatial)
    pads, more = [], []
    # zeros around the up-sampled samples: one less than the span if nothing is left out
    for k, d, (before, after) in zip(w.shape, dilations.tolist(), zeros, strict=False):
        span = d * (k - 1) + 1
        pads.append((span - 1 - before, max(span - 1 - after, 0)))
        more.append(max(after - span + 1, 0))
    y = nn.conv_transpose(
        x, np.moveaxis(w, (-1, -2), (0, 1)), stride=strides, padding=pads,
        output_padding=more, dilation=dilation_rate,
    )  # fmt: skip
    return undo(y)


def pooled(
    pool: Callable[..., np.ndarray], inputs: Any, size: Any, strides: Any, padding: str,
    data_format: str | None, **how: Any,
) -> np.ndarray:  # fmt: skip
    x, undo = channels_first(inputs, data_format)
    y = pool(x, size, stride=strides, padding=PADDING[padding], **how)
    return undo(y)


def max_pool(
    inputs: Any, pool_size: Any, strides: Any = None, padding: str = "valid",
    data_format: str | None = None,
) -> np.ndarray:  # fmt: skip
    return pooled(nn.max_pool, inputs, pool_size, strides, padding, data_format)


def average_pool(
    inputs: Any, pool_size: Any, strides: Any = None, padding: str = "valid",
    data_format: str | None = None,
) -> np.ndarray:  # fmt: skip
    return pooled(
        nn.mean_pool, inputs, pool_size, strides, padding, data_format,
        count_include_pad=False,
    )  # fmt: skip


def counting(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        calls[function.__name__] += 1
        return function(*args, **kwargs)

    return call


def pytest_configure() -> None:
    for function in (conv, depthwise_conv, conv_transpose, max_pool, average_pool):
        setattr(theirs, function.__name__, counting(function))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    counts = " ".join(f"{name}={count}" for name, count in calls.items())
    terminalreporter.write_line(f"calls: {counts}")
