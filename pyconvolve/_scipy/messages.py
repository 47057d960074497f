"""SciPy's error messages about wrong arguments."""

from __future__ import annotations

from operator import index
from typing import Any

import numpy as np

from .._core.problem import MODES
from .names import BOUNDARIES


def error_message(name: str, given: dict[str, Any]) -> str | None:
    """Return the message of SciPy's error about wrong arguments.

    Parameters
    ----------
    name : str
        A function of `scipy.signal`.
    given : dict
        All its arguments by name.

    Returns
    -------
    str or None
        None if SciPy has no message of its own for these arguments.
    """
    if "in1" not in given:
        return None
    by_transforms = name in ("fftconvolve", "oaconvolve")
    shapes = np.shape(given["in1"]), np.shape(given["in2"])
    mode, axes = given["mode"], given.get("axes")
    if name.endswith("2d"):
        if not len(shapes[0]) == len(shapes[1]) == 2:
            return f"{name} inputs must both be 2-D arrays"
        if given["boundary"] not in BOUNDARIES:
            return (
                "Acceptable boundary flags are 'fill', 'circular' (or 'wrap'), and "
                "'symmetric' (or 'symm')."
            )
    elif len(shapes[0]) != len(shapes[1]) and (axes is None or by_transforms):
        arrays = "volume and kernel" if name == "convolve" else "in1 and in2"
        return f"{arrays} should have the same dimensionality"
    elif axes is not None:
        wrong = axes_error_message(*shapes, axes)
        if wrong is not None:
            return wrong
    if mode not in MODES:
        flags = "Acceptable mode flags are 'valid', 'same', or 'full'"
        if by_transforms:
            return flags[0].lower() + flags[1:]
        says = name in ("convolve", "choose_conv_method")
        return f"{flags}, not mode={mode}" if says else f"{flags}."
    if given.get("method", "auto") not in ("auto", "direct", "fft"):
        return "Acceptable method flags are 'auto', 'direct', or 'fft'."
    if mode == "valid" and len(shapes[0]) == len(shapes[1]):
        convolved = range(len(shapes[0])) if axes is None else np.atleast_1d(axes)
        pairs = [(shapes[0][a], shapes[1][a]) for a in convolved]
        if by_transforms:
            pairs = [pair for pair in pairs if 1 not in pair]
        if any(a < b for a, b in pairs) and any(a > b for a, b in pairs):
            return (
                "For 'valid' mode, one must be at least as large as the other in "
                "every dimension"
            )
    return None


def axes_error_message(
    shape1: tuple[int, ...], shape2: tuple[int, ...], axes: Any
) -> str | None:
    """Return the message of SciPy's error about `axes`; None if it raises none."""
    ndim = len(shape1)
    try:
        chosen = [index(axis) for axis in (axes if np.iterable(axes) else [axes])]
    except TypeError:
        return "axes must be a scalar or iterable of integers"
    if not chosen:
        return "when provided, axes cannot be empty"
    if not all(-ndim <= axis < ndim for axis in chosen):
        return "axes exceeds dimensionality of input"
    convolved = {axis % ndim for axis in chosen}
    if len(convolved) < len(chosen):
        return "all axes must be unique"
    if len(shape2) == ndim and any(
        shape1[a] != shape2[a] and 1 not in (shape1[a], shape2[a])
        for a in {*range(ndim)} - convolved
    ):
        return f"incompatible shapes for in1 and in2: {shape1} and {shape2}"
    return None
