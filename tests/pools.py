"""Windows of pooling by NumPy, and hypothesis strategies that draw arguments."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Options = dict[str, Any]


def pad_of(k: int, d: int, draw: Any, pairs: bool) -> Any:
    """Draw a valid padding of one axis: at most half a window, or any pair."""
    half = (d * (k - 1) + 1) // 2
    if pairs:
        return draw(st.tuples(st.integers(0, 2 * k + 1), st.integers(0, 2 * k + 1)))
    return draw(st.integers(0, half))


@st.composite
def pools(
    draw: Any, most: int = 3, pairs: bool = True, dilated: bool = True
) -> tuple[tuple[int, ...], Options]:
    """Draw the shape of a signal, and arguments."""
    ndim = draw(st.integers(1, most))
    longest = {1: 40, 2: 14, 3: 7, 4: 5}[ndim]
    spatial = [draw(st.integers(1, longest)) for _ in range(ndim)]
    leading = draw(st.lists(st.integers(1, 3), min_size=1, max_size=2))
    size = tuple(draw(st.integers(1, 5)) for _ in spatial)
    dilation = tuple(draw(st.integers(1, 3)) if dilated else 1 for _ in spatial)
    options: Options = {
        "size": size,
        "stride": draw(st.none() | st.tuples(*[st.integers(1, 4)] * ndim)),
        "ceil_mode": draw(st.booleans()),
    }
    if dilated:
        options["dilation"] = dilation
    words = st.sampled_from(["valid", "same_upper", "same_lower"])
    if pairs and draw(st.booleans()):
        options["padding"] = draw(words)
    else:
        as_pairs = pairs and draw(st.booleans())
        options["padding"] = tuple(
            pad_of(k, d, draw, as_pairs) for k, d in zip(size, dilation, strict=True)
        )
    return (*leading, *spatial), options


def pads_of(shape: Sequence[int], options: Options) -> list[tuple[int, int]]:
    """Return padding as pairs, by ONNX's rule for words."""
    size, padding = options["size"], options["padding"]
    pairs = []
    for a, (n, k) in enumerate(zip(shape[-len(size) :], size, strict=True)):
        s, d = (options["stride"] or size)[a], options.get("dilation", (1,) * 9)[a]
        if padding == "valid":
            pairs.append((0, 0))
        elif isinstance(padding, str):
            total = max(0, (-(-n // s) - 1) * s + d * (k - 1) + 1 - n)
            less, more = total // 2, total - total // 2
            pairs.append((less, more) if padding == "same_upper" else (more, less))
        elif isinstance(padding[a], int):
            pairs.append((padding[a], padding[a]))
        else:
            pairs.append(padding[a])
    return pairs


def windows_of(x: NDArray[Any], options: Options, outside: Any) -> NDArray[Any] | None:
    """View all windows, which come last; None: there are none along some axis."""
    size = options["size"]
    first = x.ndim - len(size)
    pads, cuts, spans = [(0, 0)] * first, [slice(None)] * first, []
    taps = []
    for a, (k, (begin, end)) in enumerate(
        zip(size, pads_of(x.shape, options), strict=True)
    ):
        n, s = x.shape[first + a], (options["stride"] or size)[a]
        d = options.get("dilation", (1,) * 9)[a]
        span = d * (k - 1) + 1
        beyond = n + begin + end - span
        outputs = beyond // s + 1
        if options["padding"] in ("same_upper", "same_lower"):
            outputs = -(-n // s)
        elif options["ceil_mode"]:
            outputs = -(-beyond // s) + 1
            outputs -= (outputs - 1) * s >= n + begin
        if outputs < 1:
            return None
        more = max(0, (outputs - 1) * s + span - n - begin)
        pads.append((begin, more))
        cuts.append(slice(0, (outputs - 1) * s + 1, s))
        taps.append(slice(None, None, d))
        spans.append(span)
    padded = np.pad(x, pads, constant_values=outside)
    views = sliding_window_view(padded, spans, tuple(range(first, x.ndim)))
    return views[(*cuts, *taps)]


def lowest(dtype: np.dtype) -> Any:
    if dtype.kind == "f":
        return -np.inf
    return False if dtype.kind == "b" else np.iinfo(dtype).min


def highest(dtype: np.dtype) -> Any:
    if dtype.kind == "f":
        return np.inf
    return True if dtype.kind == "b" else np.iinfo(dtype).max


def last_axes(options: Options) -> tuple[int, ...]:
    return tuple(range(-len(options["size"]), 0))
