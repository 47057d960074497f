"""Checks the shapes of a layer's arrays, and finds the layer that they belong to."""

from __future__ import annotations

from typing import Any

from .._core.layers import Layer, Window
from . import padding as paddings
from .options import Options, per_axis, spread

Shape = tuple[int, ...]


def layer_of(
    options: Options, x_name: str, x: Shape, w_name: str, w: Shape, cval: Any
) -> Layer:
    """Return the layer of a signal and of weights.

    Parameters
    ----------
    options : Options
    x_name, w_name : str
        Names of signal and weights in messages of errors.
    x, w : tuple of int
        Their shapes.
    cval : object
        The caller's constant, for messages of errors.
    """
    batch, channels, groups = _check_arrays(options, x_name, x, w_name, w)
    if w[1] * groups != channels:
        raise ValueError(
            f"{w_name} must have {channels // groups} channels on its second axis, for "
            f"{x_name} has {channels} and groups is {groups}, not the shape {w}"
        )
    samples, taps = x[-len(w) + 2 :], w[2:]
    strides, dilations, spans = _steps(options, taps)
    pads = paddings.resolve(options.padding, samples, spans, strides)
    words = _boundaries(options, len(taps), cval)
    windows = []
    for i, (begin, end) in enumerate(pads):
        positions = begin + samples[i] + end
        if spans[i] > positions:
            raise ValueError(
                f"{w_name} must span no more than the samples of {x_name} and their "
                f"padding, but on spatial axis {i} it spans {spans[i]} of {positions}"
            )
        outputs = (positions - spans[i]) // strides[i] + 1
        window = Window(
            samples[i], taps[i], outputs, begin, end, strides[i], dilations[i], words[i]
        )
        windows.append(window)
    return Layer(batch, groups, w[1], w[0] // groups, tuple(windows))


def transposed_layer(options: Options, x: Shape, w: Shape) -> Layer:
    """Return the layer whose transpose takes a signal `x` and weights `w`."""
    batch, channels, groups = _check_arrays(options, "x", x, "w", w)
    if w[0] != channels:
        raise ValueError(
            f"w must have the {channels} channels of x on its first axis, not the "
            f"shape {w}"
        )
    outputs, taps = x[-len(w) + 2 :], w[2:]
    strides, dilations, spans = _steps(options, taps)
    # a layer with this padding has as many outputs as samples, divided by the stride
    same = tuple(n * stride for n, stride in zip(outputs, strides, strict=True))
    pads = paddings.resolve(options.padding, same, spans, strides)
    if isinstance(options.padding, str) and options.padding != "valid":
        _check_size_is_open(options, f"padding={options.padding!r}", len(taps))
        sizes = same
    else:
        least = tuple(
            (n - 1) * stride + span - begin - end
            for n, stride, span, (begin, end) in zip(
                outputs, strides, spans, pads, strict=True
            )
        )
        sizes = _sizes(options, least, strides, dilations)
    windows = tuple(
        Window(size, k, n, begin, end, stride, dilation, "absent")
        for size, k, n, (begin, end), stride, dilation in zip(
            sizes, taps, outputs, pads, strides, dilations, strict=True
        )
    )
    return Layer(batch, groups, w[1], w[0] // groups, windows)


def check_gradient(layer: Layer, grad: Shape) -> None:
    """Raise ValueError unless a gradient has the shape of the layer's outputs."""
    shape = output_shape(layer)
    if grad != shape:
        raise ValueError(
            f"grad must have the shape {shape} of the layer's output, not {grad}"
        )


def output_shape(layer: Layer) -> Shape:
    """Return the shape of a layer's outputs."""
    spatial = tuple(window.outputs for window in layer.windows)
    return signal_shape(layer, layer.filters, spatial)


def signal_shape(layer: Layer, channels: int, spatial: Shape) -> Shape:
    """Return the shape of signals with so many channels of a group."""
    batch = () if layer.batch is None else (layer.batch,)
    return (*batch, layer.groups * channels, *spatial)


def _sizes(options: Options, least: Shape, strides: Shape, dilations: Shape) -> Shape:
    """Return the spatial shape of a transposed layer's result."""
    given, count = options.shape, len(least)
    if given is None:
        more = spread("output_padding", options.output_padding, count)
        limits = tuple(map(max, strides, dilations))
        if not all(0 <= n < most for n, most in zip(more, limits, strict=True)):
            raise ValueError(
                "output_padding must be at least 0 and below the stride or the "
                f"dilation, here {limits}, not {options.output_padding!r}"
            )
        sizes = tuple(n + extra for n, extra in zip(least, more, strict=True))
        if min(sizes) < 1:
            raise ValueError(
                f"padding must leave outputs, but {options.padding!r} leaves the shape "
                f"{sizes}"
            )
        return sizes
    _check_size_is_open(options._replace(shape=None), "output_size", count)
    sizes = spread("output_size", given, count)
    low = tuple(max(n, 1) for n in least)
    high = tuple(n + stride - 1 for n, stride in zip(least, strides, strict=True))
    if not all(a <= n <= b for a, n, b in zip(low, sizes, high, strict=True)):
        raise ValueError(
            f"output_size must be from {low} to {high}, which x, w, stride and padding "
            f"leave open, not {given!r}"
        )
    return sizes


def _check_size_is_open(options: Options, other: str, count: int) -> None:
    """Raise ValueError if the size is given, which another argument gives, too."""
    padding = options.output_padding
    for name, value, is_given in (
        ("output_size", options.shape, options.shape is not None),
        ("output_padding", padding, padding not in (0, (0,) * count)),
    ):
        if is_given:
            raise ValueError(f"{name} must be left out with {other}, not {value!r}")


def _check_arrays(
    options: Options, x_name: str, x: Shape, w_name: str, w: Shape
) -> tuple[int | None, int, int]:
    """Return the length of the batch, if any, channels of the signal, and groups."""
    if len(w) < 3:
        raise ValueError(
            f"{w_name} must have three axes or more, the last ones of taps, not the "
            f"shape {w}"
        )
    spatial = len(w) - 2
    if len(x) not in (spatial + 1, spatial + 2):
        raise ValueError(
            f"{x_name} must have {spatial + 2} axes, or {spatial + 1} without a batch, "
            f"for {w_name} has the shape {w}, not the shape {x}"
        )
    if min(x[-spatial - 1 :]) < 1 or min(x) < 0:
        raise ValueError(
            f"{x_name} must not be empty, except along the axis of the batch, but its "
            f"shape is {x}"
        )
    if min(w) < 1:
        raise ValueError(f"{w_name} must not be empty, but its shape is {w}")
    channels, groups = x[-spatial - 1], options.groups
    if groups < 1 or channels % groups or w[0] % groups:
        raise ValueError(
            f"groups must divide the {channels} channels of {x_name} and the {w[0]} on "
            f"the first axis of {w_name}, not {groups}"
        )
    return (x[0] if len(x) == len(w) else None), channels, groups


def _steps(options: Options, taps: Shape) -> tuple[Shape, Shape, Shape]:
    """Return strides, dilations, and samples from the first to the last tap."""
    strides = per_axis("stride", options.stride, len(taps))
    dilations = per_axis("dilation", options.dilation, len(taps))
    spans = tuple(d * (k - 1) + 1 for k, d in zip(taps, dilations, strict=True))
    return strides, dilations, spans


def _boundaries(options: Options, count: int, cval: Any) -> tuple[str, ...]:
    """Return the boundary of each spatial axis; 'absent': zeros."""
    words, zero = options.boundary, options.zero
    if isinstance(words, str):
        words = (words,) * count
    if len(words) != count:
        raise ValueError(
            f"boundary must be one word or one for each of the {count} spatial axes, "
            f"not {options.boundary!r}"
        )
    zeros = (zero,) * count if isinstance(zero, bool) else zero
    if len(zeros) != count:
        raise ValueError(
            f"cval must be one number or one for each of the {count} spatial axes, not "
            f"{cval!r}"
        )
    # outside of two axes at once the constant of the other axis may count
    pairs = zip(words, zeros, strict=True)
    if all(is_zero for word, is_zero in pairs if word == "constant"):
        words = tuple("absent" if word == "constant" else word for word in words)
    return words
