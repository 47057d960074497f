"""Wrong arguments of layers raise errors that name argument, value and valid values."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pyconvolve import nn

X, W = np.ones((2, 4, 9, 10)), np.ones((6, 2, 3, 3))
GRAD = np.ones((2, 6, 7, 8))
BIAS = np.ones(6)
# How to call each function with two groups.
CALLS: dict[str, Callable[..., Any]] = {
    "conv": lambda **given: nn.conv(**{"x": X, "w": W, "groups": 2} | given),
    "conv_input_grad": lambda **given: nn.conv_input_grad(
        **{"input_shape": X.shape, "w": W, "grad": GRAD, "groups": 2} | given
    ),
    "conv_weight_grad": lambda **given: nn.conv_weight_grad(
        **{"x": X, "weight_shape": W.shape, "grad": GRAD, "groups": 2} | given
    ),
    "conv_transpose": lambda **given: nn.conv_transpose(
        **{"x": GRAD, "w": W, "groups": 2} | given
    ),
}
WITH_BOUNDARY = [name for name in CALLS if name != "conv_transpose"]


def message_of(name: str, **given: Any) -> str:
    with pytest.raises((ValueError, TypeError)) as caught:
        CALLS[name](**given)
    return str(caught.value)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(
    ("argument", "value"),
    [
        *(("stride", value) for value in (0, -1, 1.5, "2", None, (1, 0), (1,), 2**70)),
        *(("dilation", value) for value in (0, 1.5, "2", None, (1, 0), (1, 1, 1))),
        *(("padding", value) for value in (-1, 1.5, None, "full", "SAME", (1,), [])),
        *(("padding", value) for value in ((1, -1), [(1, 2)], [(1, 2, 3)] * 2, ["ab"])),
        *(("groups", value) for value in (0, -1, 5, 1.5, "2", None, (2,))),
        *(("method", value) for value in ("bogus", None, 1, ["fft"])),
        *(("workers", value) for value in (0, -1000, 1.5, "2")),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_names_the_argument_and_its_value(name: str, argument: str, value: Any) -> None:
    text = message_of(name, **{argument: value})
    assert argument in text
    assert repr(value).strip("[]()") in text


@pytest.mark.parametrize("name", WITH_BOUNDARY)
@pytest.mark.parametrize(
    ("argument", "value"),
    [
        *(("boundary", value) for value in ("nearest", "", 0, None, ("edge",), ["x"])),
        *(("cval", value) for value in ("1", None, {}, [1, 2, 3], ())),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_names_boundary_and_constant(name: str, argument: str, value: Any) -> None:
    grad = {} if name == "conv" else {"grad": np.ones((2, 6, 9, 10))}
    text = message_of(name, padding=1, **{argument: value}, **grad)
    assert argument in text
    assert repr(value).strip("[]()") in text


@pytest.mark.parametrize("name", WITH_BOUNDARY)
def test_a_constant_needs_its_boundary(name: str) -> None:
    text = message_of(name, boundary="edge", cval=2)
    assert "cval must be left out with boundary='edge'" in text


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("conv", {"w": np.ones((6, 3, 3, 3))}, "w must have 2 channels on its"),
        (
            "conv",
            {"w": np.ones((5, 2, 3, 3))},
            "groups must divide the 4 channels",
        ),
        ("conv", {"w": np.ones((6, 2))}, "w must have three axes or more"),
        ("conv", {"x": np.ones((4, 9))}, "x must have 4 axes, or 3 without a batch"),
        ("conv", {"x": np.ones((1, 2, 4, 9, 9))}, "(1, 2, 4, 9, 9)"),
        ("conv", {"x": np.ones((2, 4, 9, 2))}, "on spatial axis 1 it spans 3 of 2"),
        ("conv", {"dilation": 5}, "on spatial axis 0 it spans 11 of 9"),
        ("conv", {"x": np.ones((2, 4, 0, 9))}, "x must not be empty, except along the"),
        ("conv", {"w": np.ones((0, 2, 3, 3))}, "w must not be empty"),
        ("conv", {"w": np.ones((6, 2, 3, 0))}, "w must not be empty"),
        ("conv", {"padding": "same", "stride": 2}, "stride is (2, 2)"),
        ("conv", {"bias": np.ones(5)}, "bias must have the shape (6,)"),
        ("conv", {"bias": np.ones((6, 1))}, "bias must have the shape (6,)"),
        ("conv", {"bias": 1.0}, "bias must have the shape (6,)"),
        ("conv", {"bias": 1j * BIAS}, "bias must fit the result's type float64"),
        ("conv", {"bias": ["a"] * 6}, "bias must hold numbers"),
        ("conv", {"x": X.astype(int), "w": W.astype(int), "bias": BIAS}, "type int64"),
        ("conv", {"x": X.astype(object)}, "x must hold numbers or truth values"),
        ("conv", {"w": W.astype(object)}, "w must hold numbers or truth values"),
        ("conv", {"x": None}, "x must"),
        ("conv", {"w": "text"}, "w must"),
        ("conv", {"x": np.ma.masked_all(X.shape)}, "x is a masked array"),
        (
            "conv",
            {"out": np.ones((2, 6, 7, 7))},
            "out must have the shape (2, 6, 7, 8)",
        ),
        ("conv", {"out": GRAD.astype("f")}, "out must have the dtype float64"),
        ("conv", {"out": [1.0]}, "out must be a NumPy array"),
        ("conv", {"cval": 1j, "padding": 1}, "cval must be real"),
        ("conv_input_grad", {"input_shape": 5}, "input_shape must be a sequence"),
        ("conv_input_grad", {"input_shape": (2, 4.5, 9, 9)}, "input_shape must be"),
        ("conv_input_grad", {"input_shape": (2, 4, 9, 9)}, "shape (2, 6, 7, 7) of the"),
        ("conv_input_grad", {"input_shape": (2, 5, 9, 9)}, "5 channels of input_shape"),
        ("conv_input_grad", {"input_shape": (-1, 4, 9, 10)}, "input_shape must not be"),
        ("conv_input_grad", {"grad": GRAD[0]}, "grad must have the shape (2, 6, 7, 8)"),
        ("conv_input_grad", {"grad": GRAD.astype(object)}, "grad must hold numbers"),
        (
            "conv_input_grad",
            {"boundary": "wrap", "out": GRAD},
            "out must have the shape (2, 4, 9, 10)",
        ),
        ("conv_weight_grad", {"weight_shape": None}, "weight_shape must be"),
        ("conv_weight_grad", {"weight_shape": (6, 2, 3)}, "weight_shape has the shape"),
        (
            "conv_weight_grad",
            {"weight_shape": (6, 4, 3, 3)},
            "weight_shape must have",
        ),
        (
            "conv_weight_grad",
            {"weight_shape": (6, 2, 2, 3)},
            "the shape (2, 6, 8, 8)",
        ),
        ("conv_weight_grad", {"grad": GRAD[:1]}, "not (1, 6, 7, 8)"),
        ("conv_transpose", {"w": np.ones((4, 2, 3, 3))}, "w must have the 6 channels"),
        ("conv_transpose", {"bias": BIAS}, "bias must have the shape (4,)"),
        ("conv_transpose", {"output_padding": 1}, "here (1, 1), not 1"),
        ("conv_transpose", {"output_padding": -1, "stride": 2}, "output_padding"),
        (
            "conv_transpose",
            {"output_padding": (1,), "stride": 2},
            "output_padding must",
        ),
        (
            "conv_transpose",
            {"output_padding": 0.5},
            "output_padding must be an",
        ),
        ("conv_transpose", {"output_size": 8}, "from (9, 10) to (9, 10)"),
        ("conv_transpose", {"output_size": (9,)}, "output_size must be one integer"),
        ("conv_transpose", {"output_size": 8.5}, "output_size must be an integer"),
        (
            "conv_transpose",
            {
                "x": np.ones((6, 1)),
                "w": np.ones((6, 1, 1)),
                "stride": 3,
                "padding": 1,
                "output_size": 0,
            },
            "output_size must be from (1,) to (1,)",
        ),
        ("conv_transpose", {"padding": 5}, "padding must leave outputs, but 5"),
        (
            "conv_transpose",
            {"output_size": (9, 10), "output_padding": (1, 0), "stride": 2},
            "output_padding must be left out with output_size, not (1, 0)",
        ),
        (
            "conv_transpose",
            {"padding": "same_upper", "output_padding": 1, "stride": 2},
            "output_padding must be left out with padding='same_upper'",
        ),
        (
            "conv_transpose",
            {"padding": "same_lower", "output_size": (14, 16), "stride": 2},
            "output_size must be left out with padding='same_lower'",
        ),
        ("conv_transpose", {"padding": "same", "stride": 2}, "stride is (2, 2)"),
    ],
)
def test_says_what_fits(name: str, given: dict[str, Any], said: str) -> None:
    assert said in message_of(name, **given)


def test_out_is_unchanged_after_an_error() -> None:
    out = np.full((2, 6, 7, 8), 7.0)
    for given in ({"bias": np.ones(5)}, {"workers": 0}, {"cval": "1", "padding": 0}):
        message_of("conv", out=out, **given)
    assert (out == 7).all()
    out = np.full(X.shape, 7.0)
    message_of("conv_input_grad", out=out, boundary="edge", grad=GRAD[0])
    assert (out == 7).all()


def test_wrong_types_are_found_although_a_plan_is_cached() -> None:
    """1.0 and 1 are the same key of a dictionary."""
    for _ in range(3):
        nn.conv(X, W, groups=2)
    for argument in ("stride", "padding", "dilation", "groups"):
        assert argument in message_of("conv", **{argument: 1.0})
    y = nn.conv(X, W, stride=np.int64(1), padding=(np.int8(0), 0), groups=np.uint8(2))
    assert y.shape == GRAD.shape
