"""Checks of shift equivariance and invariance, and functions that have neither."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import any_values

from pyconvolve import nn

Function = Callable[[np.ndarray], np.ndarray]

X, W = any_values((2, 3, 16, 20), float), any_values((4, 3, 3, 5), float, 1)


def layer(**options: Any) -> Function:
    return lambda x: nn.conv(x, W, padding=(1, 2), **options)


def mean_of_blocks(x: np.ndarray, size: int) -> np.ndarray:
    n, c, rows, columns = x.shape
    return x.reshape(n, c, rows // size, size, columns // size, size).mean((3, 5))


@given(st.tuples(st.integers(-20, 20), st.integers(-20, 20)), st.booleans())
def test_periodic_layers_are_equivariant(shift: tuple[int, int], dilated: bool) -> None:
    dilation = 2 if dilated else 1
    padding = [dilation, 2 * dilation]

    def periodic(x: np.ndarray) -> np.ndarray:
        return nn.conv(x, W, padding=padding, boundary="wrap", dilation=dilation)

    assert nn.is_equivariant(periodic, X, shift)
    assert nn.shift_error(periodic, X, shift) < 1e-14
    assert nn.is_equivariant(lambda x: np.maximum(periodic(x), 0), X, shift)


@pytest.mark.parametrize("boundary", ["constant", "edge", "reflect", "symmetric"])
@pytest.mark.parametrize("shift", [(3, 0), (-2, 5), (0, -4)])
def test_other_padding_needs_a_margin(boundary: str, shift: tuple[int, int]) -> None:
    f = layer(boundary=boundary)
    assert not nn.is_equivariant(f, X, shift)
    assert nn.shift_error(f, X, shift) > 0.01
    assert nn.is_equivariant(f, X, shift, margin=(1, 2))
    assert not nn.is_equivariant(f, X, shift, margin=(0, 1))


def test_strides() -> None:
    f = layer(stride=2, boundary="wrap")
    assert not nn.is_equivariant(f, X, 2)
    assert nn.is_equivariant(f, X, 2, output_shift=1)
    assert nn.is_equivariant(f, X, (4, -6), output_shift=(2, -3))
    for output_shift in (0, 1):
        assert nn.shift_error(f, X, 1, output_shift=output_shift) > 0.1


def test_positions_break_it() -> None:
    ramp = np.arange(20.0)
    assert not nn.is_equivariant(lambda x: x * ramp, X, (0, 1))
    assert nn.is_equivariant(lambda x: x * ramp, X, (1, 0))
    assert nn.is_equivariant(lambda x: x * ramp, X, 1, axes=2)


def test_pooling_makes_nearly_invariant() -> None:
    smooth = nn.conv(X, np.ones((3, 1, 7, 7)), padding=3, boundary="wrap", groups=3)
    errors = [
        nn.shift_error(lambda x, s=s: mean_of_blocks(x, s), smooth, 1, output_shift=0)
        for s in (1, 2, 4)
    ]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.7 * errors[0]
    assert not nn.is_equivariant(lambda x: mean_of_blocks(x, 2), X, 1, output_shift=0)
    assert nn.is_equivariant(
        lambda x: x.max((2, 3), keepdims=True), X, (3, 4), output_shift=0
    )


def test_the_error_is_relative_to_the_norm() -> None:
    x = np.array([1.0, 0.0, 0.0, 0.0])
    assert nn.shift_error(np.array, x, 1, axes=0) == 0
    for f, output_shift in ((np.array, 0), (lambda x: 3j * x, 2)):
        error = nn.shift_error(f, x, 1, output_shift=output_shift, axes=0)
        assert error == pytest.approx(np.sqrt(2))
    only_at_1 = np.array([0, 1, 0, 0])
    assert nn.shift_error(lambda x: x * only_at_1, x, 1, axes=0) == np.inf
    assert nn.shift_error(lambda x: 0 * x, x, 1, axes=0) == 0
    assert not nn.is_equivariant(lambda x: x * np.nan, x, 1, axes=0)


def test_unsigned_integers_do_not_wrap_around() -> None:
    x = np.array([1, 2, 3], np.uint8)
    assert nn.shift_error(np.array, x, 1, output_shift=0, axes=0) == pytest.approx(
        np.sqrt(6 / 14)
    )
    assert nn.is_equivariant(np.array, x, 1, axes=0)
    assert not nn.is_equivariant(np.array, x, 1, output_shift=0, axes=0)


def test_tolerance() -> None:
    def nearly(x: np.ndarray) -> np.ndarray:
        return x + 1e-6 * np.arange(20)

    assert not nn.is_equivariant(nearly, X, 1)
    assert nn.is_equivariant(nearly, X, 1, tolerance=1e-4)
    assert nn.is_equivariant(nearly, X.astype(np.float16), 1) is False
    assert nn.is_equivariant(lambda x: nearly(x).astype(np.float32), X, 1)


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        (
            {"shift": (1, 2, 3)},
            "shift must be one integer or one for each of",
        ),
        ({"shift": 0.5}, "shift must be an integer"),
        ({"output_shift": (1,)}, "output_shift must be"),
        ({"margin": -1}, "margin must be at least 0"),
        ({"margin": 8}, "margin must leave outputs"),
        ({"axes": 4}, "axes must lie between"),
        ({"x": np.ones((3, 4))}, "axes must be given for x with 2 axes"),
        ({"x": "text"}, "x must hold numbers"),
        ({"f": lambda x: x.sum()}, "f must return arrays of one shape with the 4 axes"),
        ({"f": lambda x: "text"}, "the result of f must hold numbers"),
    ],
)
def test_wrong_arguments(given_: dict[str, Any], said: str) -> None:
    with pytest.raises((ValueError, TypeError)) as caught:
        nn.is_equivariant(**{"f": np.array, "x": X, "shift": 1} | given_)
    assert said in str(caught.value)
