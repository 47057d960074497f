"""Convolver: wrong arguments, and errors that name them."""

from typing import Any

import numpy as np
import pytest

import pyconvolve
from pyconvolve import Convolver

METHODS = ["direct", "fft", "auto"]
every_method = pytest.mark.parametrize("method", METHODS)
X, H = np.ones((5, 6)), np.ones((3, 3))

WRONG = (ValueError, TypeError)


def message_of(
    *arguments: Any, signal: Any = X, out: Any = None, **options: Any
) -> str:
    with pytest.raises(WRONG) as caught:
        Convolver(*arguments, **options)(signal, out=out)
    return str(caught.value)


@every_method
@pytest.mark.parametrize(
    ("out", "error", "word"),
    [
        (np.zeros((6, 5)), ValueError, "(6, 5)"),
        (np.zeros((7, 8)), ValueError, "(7, 8)"),
        (np.broadcast_to(0.0, (5, 6)), ValueError, "read-only"),
        (np.zeros((5, 6), np.float32), TypeError, "float32"),
        (np.zeros((5, 6), complex), TypeError, "complex128"),
        ([[0.0] * 6] * 5, TypeError, "list"),
        (1.0, TypeError, "float"),
    ],
    ids=str,
)
def test_out_of_the_wrong_kind(
    out: Any, error: type[Exception], word: str, method: str
) -> None:
    convolver = Convolver(H, mode="same", method=method)
    for _ in range(2):
        with pytest.raises(error, match="out") as caught:
            convolver(X, out=out)
        assert word in str(caught.value)
    np.testing.assert_array_equal(
        convolver(X), pyconvolve.convolve(X, H, "same", method)
    )


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        *(("mode", value) for value in ("bogus", "Full", "", 0, None, ["full"])),
        *(("method", value) for value in ("bogus", "oa", "", 1, None, ["fft"])),
        *(("boundary", value) for value in ("nearest", "", 0, None, ["bogus"])),
        *(("workers", value) for value in (0, -1000, 1.5, "2", (1,))),
        *(("axes", value) for value in (1.5, "0", (0, None), [0.0, 1.0])),
        *(("stride", value) for value in (1.5, "2", None, [1, 2.5])),
        *(("dilation", value) for value in (1.5, "2", None, [1, 2.5])),
        *(("origin", value) for value in (0.5, "0", None, [0, 0.5])),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_arguments_wrong_for_any_signal(argument: str, value: Any) -> None:
    with pytest.raises(WRONG, match=argument) as caught:
        Convolver(H, **{argument: value})
    assert repr(value).strip("[]()") in str(caught.value)


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        *(("axes", value) for value in (2, -3, (0, 2), (0, 0), (1, -1), (), (0, 1, 0))),
        *(("stride", value) for value in (0, -1, (1, 0), (1,), (1, 2, 3), (), 2**70)),
        *(("dilation", value) for value in (0, -1, (1, 0), (1,), (), 2**70)),
        *(("origin", value) for value in (2, -2, (0, 2), (0,), ())),
        *(("cval", value) for value in ("1", None, [1, 2, 3], 1j, {}, 10**400)),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_arguments_wrong_for_a_signal(argument: str, value: Any) -> None:
    text = message_of(H, **{"mode": "same", argument: value})
    assert argument in text
    assert repr(value).strip("[]()") in text


@pytest.mark.parametrize("mode", ["full", "valid"])
def test_origin_is_for_mode_same(mode: str) -> None:
    text = message_of(H, mode=mode, origin=1)
    assert "origin" in text
    assert "same" in text


BAD_ARRAYS = [
    None,
    "text",
    b"bytes",
    [[1, 2], [3]],
    ["1", "2"],
    {},
    object(),
    len,
    np.array(["2020-01-01"], "M8[D]"),
    np.ma.array([1, 2, 3], mask=[0, 1, 0]),
]


every_bad_array = pytest.mark.parametrize(
    "value", BAD_ARRAYS, ids=lambda value: type(value).__name__
)


@every_bad_array
def test_names_the_kernel(value: Any) -> None:
    with pytest.raises(WRONG, match="kernel"):
        Convolver(value)


@every_bad_array
def test_names_the_signal(value: Any) -> None:
    with pytest.raises(WRONG, match="signal"):
        Convolver([1.0, 2.0])(value)


@pytest.mark.parametrize(
    ("kernel", "signal", "options", "word"),
    [
        ((3,), (5, 6), {}, "kernel"),
        ((3, 3), (5,), {}, "kernel"),
        ((3,), (), {}, "kernel"),
        ((3, 3), (5, 6, 7), {"axes": 0}, "kernel"),
        ((2, 5), (3, 50), {"axes": 1}, "signal"),
        ((5, 3), (4, 7), {"mode": "valid"}, "signal"),
        ((9,), (4,), {"mode": "valid", "dilation": 2}, "signal"),
        ((0,), (4,), {}, "kernel"),
        ((4,), (0,), {}, "signal"),
    ],
    ids=str,
)
def test_signals_that_do_not_fit(
    kernel: tuple[int, ...], signal: tuple[int, ...], options: dict[str, Any], word: str
) -> None:
    for method in METHODS:
        h, x = np.ones(kernel), np.ones(signal)
        text = message_of(h, signal=x, method=method, **options)
        assert str(kernel) in text or str(signal) in text
        assert word in text


def test_a_wrong_signal_leaves_no_trace() -> None:
    convolver = Convolver(H, mode="same")
    before = repr(convolver)
    for wrong in (np.ones(5), np.ones((0, 3)), "text"):
        with pytest.raises(WRONG):
            convolver(wrong)
    assert repr(convolver) == before
    np.testing.assert_array_equal(convolver(X), pyconvolve.convolve(X, H, "same"))


def test_options_are_keyword_only() -> None:
    make: Any = Convolver
    for wrong in (
        lambda: make(H, "same"),
        lambda: make(H)(X, np.ones((7, 8))),
        lambda: make(H, bogus=1),
        lambda: make(),
        lambda: make(H)(),
    ):
        with pytest.raises(TypeError):
            wrong()
