"""Hypothesis strategies that draw layers, and their results by plain loops."""

from dataclasses import dataclass, field
from typing import Any

import loops
import numpy as np
from hypothesis import strategies as st
from layouts import LAYOUTS
from problems import BOUNDARIES, DTYPES, any_values, small_integers

# Most samples and most taps along an axis, by the number of spatial axes.
LONGEST = {1: (30, 6), 2: (9, 4), 3: (5, 3), 4: (4, 2)}
WORDS = ["valid", "same", "same_upper", "same_lower"]


@dataclass
class Layer:
    shape: tuple[int, ...]
    """Shape of the signal."""
    weights: tuple[int, ...]
    options: dict[str, Any]
    stride: list[int] = field(repr=False)
    dilation: list[int] = field(repr=False)
    pairs: list[tuple[int, int]] = field(repr=False)

    @property
    def rank(self) -> int:
        return len(self.weights) - 2

    @property
    def outputs(self) -> tuple[int, ...]:
        """Spatial shape of the output."""
        return tuple(
            (n + sum(pair) - d * (k - 1) - 1) // s + 1
            for n, pair, d, k, s in zip(
                self.shape[-self.rank :], self.pairs, self.dilation, self.weights[2:],
                self.stride, strict=True,
            )
        )  # fmt: skip

    @property
    def output_shape(self) -> tuple[int, ...]:
        return (*self.shape[: -self.rank - 1], self.weights[0], *self.outputs)

    def rules(self) -> tuple[Any, ...]:
        """Return the arguments that functions of `loops` take after the arrays."""
        words, values = self.options["boundary"], self.options["cval"]
        words = [words] * self.rank if isinstance(words, str) else list(words)
        values = list(values) if np.ndim(values) else [values] * self.rank
        return (
            self.stride,
            self.pairs,
            self.dilation,
            self.options["groups"],
            words,
            values,
        )

    def with_batch(self, a: np.ndarray) -> np.ndarray:
        return a if len(self.shape) == self.rank + 2 else a[np.newaxis]

    def loops(self, x: np.ndarray, w: np.ndarray) -> np.ndarray:
        """Compute the layer by loops."""
        dtype = np.result_type(x, w)
        y = loops.conv(self.with_batch(x.astype(dtype)), w.astype(dtype), *self.rules())
        return y.reshape(self.output_shape)

    def input_gradient_by_loops(self, w: np.ndarray, grad: np.ndarray) -> np.ndarray:
        dtype = np.result_type(w, grad)
        shape = self.with_batch(np.empty(self.shape, bool)).shape
        grad = self.with_batch(grad.astype(dtype))
        sums = loops.input_gradient(shape, w.astype(dtype), grad, *self.rules())
        return sums.reshape(self.shape)

    def weight_gradient_by_loops(self, x: np.ndarray, grad: np.ndarray) -> np.ndarray:
        dtype = np.result_type(x, grad)
        x, grad = (self.with_batch(a.astype(dtype)) for a in (x, grad))
        return loops.weight_gradient(x, self.weights, grad, *self.rules())


@st.composite
def layers(draw: st.DrawFn, most_axes: int = 3) -> Layer:
    """Draw a layer without arrays, with so many spatial axes at most."""
    axes = draw(st.integers(1, most_axes))
    longest, most_taps = LONGEST[axes]

    def per_axis(values: st.SearchStrategy[Any]) -> list[Any]:
        return draw(st.lists(values, min_size=axes, max_size=axes))

    n, k = per_axis(st.integers(1, longest)), per_axis(st.integers(1, most_taps))
    stride, dilation = per_axis(st.integers(1, 3)), per_axis(st.integers(1, 3))
    spans = [d * (taps - 1) + 1 for d, taps in zip(dilation, k, strict=True)]
    word = draw(st.sampled_from([None, None, None, *WORDS]))
    if word is None:
        pairs = per_axis(st.tuples(st.integers(0, 4), st.integers(0, 4)))
        same = draw(st.integers(0, 2))
        if same:
            pairs = [(begin, begin) for begin, _ in pairs]
        if same == 2:
            pairs = pairs[:1] * axes
        padding = [pairs, [a for a, _ in pairs], pairs[0][0]][same]
    else:
        stride = [1] * axes if word == "same" else stride
        padding = word
        n = [max(a, s) for a, s in zip(n, spans, strict=True)]
        pairs = [padding_of(word, *a) for a in zip(n, spans, stride, strict=True)]
    n = [max(a, s - sum(p)) for a, s, p in zip(n, spans, pairs, strict=True)]
    groups = draw(st.sampled_from([1, 1, 2, 3]))
    channels, filters = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    batch = draw(st.sampled_from([(), (1,), (2,), (3,)]))
    boundary = draw(
        st.just("constant")
        | st.sampled_from(BOUNDARIES)
        | st.tuples(*[st.sampled_from(BOUNDARIES)] * axes)
    )
    constants = st.sampled_from([0, 1])
    is_constant = "constant" in boundary
    options = {
        "stride": shortest(draw, stride),
        "dilation": shortest(draw, dilation),
        "padding": padding,
        "groups": groups,
        "boundary": boundary,
        "cval": draw(constants | st.tuples(*[constants] * axes)) if is_constant else 0,
    }
    return Layer(
        (*batch, groups * channels, *n),
        (groups * filters, channels, *k),
        options, stride, dilation, pairs,
    )  # fmt: skip


def shortest(draw: st.DrawFn, values: list[int]) -> Any:
    """Return one value for all axes where that is the same, or one for each."""
    return values[0] if len({*values}) == 1 and draw(st.booleans()) else values


def padding_of(word: str, n: int, span: int, stride: int) -> tuple[int, int]:
    """Return the padding by ONNX's rule for auto_pad."""
    if word == "valid":
        return 0, 0
    total = max((-(-n // stride) - 1) * stride + span - n, 0)
    less, more = total // 2, (total + 1) // 2
    return (more, less) if word == "same_lower" else (less, more)


@st.composite
def arrays(
    draw: st.DrawFn, *shapes: tuple[int, ...], kinds: str = "biufc"
) -> list[np.ndarray]:
    """Draw arrays of any types and layouts, of small integers or of any integers."""
    of_kinds = st.sampled_from([dtype for dtype in DTYPES if dtype.kind in kinds])
    types = [draw(of_kinds) for _ in shapes]
    if draw(st.booleans()):
        types = types[:1] * len(shapes)
    # signed integers and uint64 are promoted to floating-point numbers
    is_exact = np.result_type(*types).kind in "iu"
    make = any_values if is_exact and draw(st.booleans()) else small_integers
    seed = draw(st.integers(0, 99))
    found = [
        make(shape, dtype, seed + i)
        for i, (shape, dtype) in enumerate(zip(shapes, types, strict=True))
    ]
    layout = draw(st.sampled_from([None, None, *LAYOUTS]))
    return [a if layout is None else LAYOUTS[layout](a) for a in found]
