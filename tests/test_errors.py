"""Wrong arguments raise ValueError or TypeError; messages name argument and value."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from problems import BOUNDARIES, FUNCTIONS, MODES

import pyconvolve

X, H = np.ones((5, 6)), np.ones((3, 3))
READ_ONLY = np.ones((5, 6))
READ_ONLY.flags.writeable = False
WRONG = (ValueError, TypeError)


def message_of(name: str, *arguments: Any, **options: Any) -> str:
    with pytest.raises(WRONG) as caught:
        getattr(pyconvolve, name)(*arguments, **options)
    return str(caught.value)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize(
    ("argument", "value"),
    [
        *(("mode", value) for value in ("bogus", "Full", "", 0, 2, None, ["full"])),
        *(("method", value) for value in ("bogus", "oa", "", 1, None, ["fft"])),
        *(("boundary", value) for value in ("nearest", "Wrap", "", 0, None, ["edge"])),
        *(("boundary", value) for value in (("edge",) * 3, ())),
        *(("cval", value) for value in ("1", None, [1, 2, 3], 1j, {}, 10**400)),
        *(("axes", value) for value in (2, -3, (0, 2), 1.5, "0", (0, 0), (1, -1), ())),
        *(("axes", value) for value in ((0, None), (0, 1, 0), [0.0, 1.0])),
        *(("stride", value) for value in (0, -1, 1.5, "2", None, (1, 0), (1,))),
        *(("stride", value) for value in ((1, 2, 3), (), [1, 2.5], 2**70)),
        *(("dilation", value) for value in (0, -1, 1.5, "2", None, (1, 0), (1,))),
        *(("dilation", value) for value in ((1, 2, 3), (), [1, 2.5], 2**70)),
        *(("origin", value) for value in (2, -2, 0.5, "0", None, (0, 2), (0,))),
        *(("origin", value) for value in ((0, 0, 0), (), [0, 0.5])),
        *(("workers", value) for value in (0, -1000, 1.5, "2", (1,))),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_names_the_argument_and_its_value(name: str, argument: str, value: Any) -> None:
    options = {"mode": "same", argument: value}
    text = message_of(name, X, H, **options)
    assert argument in text
    assert repr(value).strip("[]()") in text


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize(
    ("argument", "choices"),
    [("mode", MODES), ("method", ["auto", "direct", "fft"]), ("boundary", BOUNDARIES)],
)
def test_tells_what_is_allowed(name: str, argument: str, choices: list[str]) -> None:
    text = message_of(name, X, H, **{argument: "bogus"})
    for choice in choices:
        assert choice in text


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("mode", ["full", "valid"])
def test_origin_is_for_mode_same(mode: str, name: str) -> None:
    text = message_of(name, X, H, mode, origin=1)
    assert "origin" in text
    assert "same" in text
    for origin in (0, (0, 0)):
        getattr(pyconvolve, name)(X, H, mode, origin=origin)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize(
    ("taps", "dilation", "low", "high"),
    [(1, 1, 0, 0), (2, 1, -1, 0), (3, 1, -1, 1), (4, 1, -2, 1), (3, 2, -2, 2)],
)
def test_range_of_origin(
    taps: int, dilation: int, low: int, high: int, name: str
) -> None:
    function = getattr(pyconvolve, name)
    h = np.ones(taps)
    for origin in (low, high):
        function(np.ones(9), h, "same", origin=origin, dilation=dilation)
    for origin in (low - 1, high + 1):
        text = message_of(name, np.ones(9), h, "same", origin=origin, dilation=dilation)
        for word in ("origin", origin, low, high):
            assert str(word) in text


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize(
    "value",
    [
        None,
        "text",
        b"bytes",
        [[1, 2], [3]],
        ["1", "2"],
        {},
        {1, 2},
        object(),
        len,
        np.array(["2020-01-01"], "M8[D]"),
        np.zeros(3, [("a", "f8")]),
        np.ma.array([1, 2, 3], mask=[0, 1, 0]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_names_the_array(value: Any, name: str) -> None:
    assert "in1" in message_of(name, value, [1.0, 2.0])
    assert "in2" in message_of(name, [1.0, 2.0], value)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("method", ["auto", "direct", "fft"])
def test_empty_arrays(method: str, mode: str, name: str) -> None:
    for empty, other, options in [
        ([], [1.0], {}),
        (np.ones((3, 0)), np.ones((1, 1)), {}),
        (np.ones((0, 3)), np.ones((1, 1)), {}),
        (np.ones((4, 0)), np.ones((1, 2)), {"axes": 1}),
    ]:
        text = message_of(name, empty, other, mode, method, **options)
        assert "in1" in text
        assert str(np.shape(empty)) in text
        text = message_of(name, other, empty, mode, method, **options)
        assert "in2" in text
        assert str(np.shape(empty)) in text


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize(
    ("data", "kernel", "options"),
    [
        ((5, 6), (3,), {}),
        ((5,), (3, 3), {}),
        ((5, 6), (), {}),
        ((), (3,), {}),
        ((5, 6), (3, 3, 3), {}),
        ((5, 6, 7), (3,), {"axes": (0, 1)}),
        ((5, 6, 7), (3, 3), {"axes": 0}),
        ((5, 6), (3, 3, 3), {"axes": (0, 1)}),
        ((3, 50), (2, 5), {"axes": 1}),
        ((50, 3, 4), (5, 3, 3), {"axes": 0}),
        ((4, 7), (5, 3), {"mode": "valid"}),
        ((9, 9), (3, 10), {"mode": "valid"}),
        ((4,), (9,), {"mode": "valid", "dilation": 2}),
        ((4,), (3,), {"mode": "valid", "dilation": 2}),
        ((3, 4, 7), (3, 5, 3), {"mode": "valid", "axes": (1, 2)}),
    ],
    ids=str,
)
def test_shapes_that_do_not_fit(
    data: tuple[int, ...], kernel: tuple[int, ...], options: dict[str, Any], name: str
) -> None:
    for method in ("auto", "direct", "fft"):
        text = message_of(
            name, np.ones(data), np.ones(kernel), method=method, **options
        )
        for word in ("in1", "in2", kernel):
            assert str(word) in text


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize(
    ("out", "word"),
    [
        (np.zeros((6, 5)), "(6, 5)"),
        (np.zeros((5, 6, 1)), "(5, 6, 1)"),
        (np.zeros(30), "(30,)"),
        (np.zeros((7, 8)), "(7, 8)"),
        (np.zeros((5, 6), np.float32), "float32"),
        (np.zeros((5, 6), np.complex128), "complex128"),
        (np.zeros((5, 6), int), "int64"),
        (np.zeros((5, 6), object), "object"),
        (READ_ONLY, "read-only"),
        (np.broadcast_to(1.0, (5, 6)), "read-only"),
        ([[0.0] * 6] * 5, "list"),
        ("text", "str"),
        (1.0, "float"),
        (float, "type"),
    ],
    ids=str,
)
def test_out_of_the_wrong_kind(out: Any, word: str, name: str) -> None:
    for method in ("auto", "direct", "fft"):
        text = message_of(name, X, H, "same", method, out=out)
        assert "out" in text
        assert word in text


def test_shape_is_a_value_error_dtype_a_type_error() -> None:
    with pytest.raises(ValueError, match="out"):
        pyconvolve.convolve(X, H, out=np.zeros((1, 1)))
    with pytest.raises(TypeError, match="out"):
        pyconvolve.convolve(X, H, "same", out=np.zeros((5, 6), "i4"))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_additions_are_keyword_only(name: str) -> None:
    with pytest.raises(TypeError):
        getattr(pyconvolve, name)(X, H, "same", "auto", (0, 1))
    with pytest.raises(TypeError, match="bogus"):
        getattr(pyconvolve, name)(X, H, bogus=1)


@pytest.mark.parametrize("workers", [0, -1000, 1.5, "2", None, (1,)])
def test_set_workers(workers: Any) -> None:
    before = pyconvolve.get_workers()
    with pytest.raises(WRONG) as caught, pyconvolve.set_workers(workers):
        pass
    assert "workers" in str(caught.value)
    assert repr(workers).strip("()") in str(caught.value)
    assert pyconvolve.get_workers() == before


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PYCONVOLVE_ISA", "bogus"),
        ("PYCONVOLVE_NUM_THREADS", "many"),
        ("PYCONVOLVE_NUM_THREADS", "0"),
        ("PYCONVOLVE_NUM_THREADS", "1.5"),
    ],
)
def test_environment(variable: str, value: str, python: Callable[..., Any]) -> None:
    done = python(
        "import pyconvolve; pyconvolve.convolve([1], [1])", **{variable: value}
    )
    assert done.returncode != 0
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("ValueError")
    assert variable in last
    assert repr(value) in last
    if variable == "PYCONVOLVE_ISA":
        for name in pyconvolve._core.cpu.available():
            assert name in last


def test_nothing_is_written_when_something_is_wrong() -> None:
    out = np.full((5, 6), -7.0)
    message_of("convolve", X, H, "same", out=out, stride=-1)
    message_of("convolve", X, np.ones((3, 3, 3)), "same", out=out)
    assert (out == -7).all()


@pytest.mark.parametrize(
    ("name", "ours"),
    [("nearest", "edge"), ("replicate", "edge"), ("mirror", "reflect"),
     ("symm", "symmetric"), ("fill", "constant"), ("circular", "wrap")],
)  # fmt: skip
def test_boundaries_of_other_libraries(name: Any, ours: str) -> None:
    for boundary in (name, ("wrap", name)):
        with pytest.raises(ValueError, match=f"^boundary must be '{ours}' .*'{name}'"):
            pyconvolve.convolve(np.ones((3, 3)), np.ones((2, 2)), boundary=boundary)


def test_errors_that_say_what_to_do() -> None:
    with pytest.raises(ValueError, match=r"axes=\(0, 1\)"):
        pyconvolve.convolve(np.ones((8, 9, 3)), np.ones((3, 3)), "same")
    hidden = np.ma.masked_equal([1.0, 2.0], 1.0)
    with pytest.raises(TypeError, match=r"^in1 .*normalized_convolve"):
        pyconvolve.convolve(hidden, [1.0])
    with pytest.raises(ValueError, match=r"^cval must be left out"):
        pyconvolve.convolve([1.0], [1.0], boundary="edge", cval=2)

    class Lazy:
        graph: dict[str, int] | None = {}  # noqa: RUF012

        def __dask_graph__(self) -> dict[str, int] | None:
            return self.graph

        def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
            return np.array([2.0])

    lazy = Lazy()
    with pytest.raises(TypeError, match=r"^in2 .*pyconvolve\.dask .*compute\(\)"):
        pyconvolve.convolve([1.0], lazy)
    lazy.graph = None
    assert pyconvolve.convolve([1.0], lazy) == [2.0]


class Lying(np.ndarray):
    """A subclass whose attributes are not those of its memory."""

    shape = property(lambda self: (901,))  # type: ignore[assignment]
    dtype = property(lambda self: np.dtype(float))  # type: ignore[assignment]


def test_attributes_of_subclasses_are_not_used() -> None:
    with pytest.raises(ValueError, match=r"^out must have the shape"):
        pyconvolve.convolve(np.ones(900), np.ones(2), out=np.ones(500).view(Lying))
    with pytest.raises(TypeError, match=r"^out must have the dtype"):
        pyconvolve.convolve(
            np.ones(900), np.ones(2), out=np.ones(901, np.float32).view(Lying)
        )
    got = pyconvolve.convolve(np.ones(500).view(Lying), np.ones(2))
    assert type(got) is np.ndarray
    assert got.size == 501
    out = np.zeros(901).view(Lying)
    assert pyconvolve.convolve(np.ones(900), np.ones(2), out=out) is out
    np.testing.assert_array_equal(np.asarray(out)[1:-1], 2)


@pytest.mark.parametrize("method", ["direct", "fft"])
@pytest.mark.parametrize("dilation", [3, 1000, 10**7, 2**31 - 1])
def test_any_dilation(dilation: int, method: Any) -> None:
    """Time and memory depend on the number of outputs, not on the dilation."""
    x, h = np.arange(1.0, 6), np.array([1.0, 10, 100])
    for stride in (1, 2):
        got = pyconvolve.convolve(
            x, h, "same", method, dilation=dilation, stride=stride, boundary="edge"
        )
        at = np.arange(5)[::stride, None] - dilation * np.array([-1, 0, 1])
        want = (x[np.clip(at, 0, 4)] * h).sum(1)
        np.testing.assert_allclose(got, want, rtol=1e-13)
