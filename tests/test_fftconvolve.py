"""fftconvolve and oaconvolve against SciPy's: shapes, types, values, errors."""

import inspect
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
import scipy.signal
import signatures
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from problems import BOUNDARIES, DTYPES, FLOATS, MODES, any_values
from reference import transform_bound

import pyconvolve

pytestmark = pytest.mark.compiled

NAMES = ["fftconvolve", "oaconvolve"]
every_name = pytest.mark.parametrize("name", NAMES)
every_mode = pytest.mark.parametrize("mode", MODES)


def functions(name: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    return getattr(pyconvolve, name), getattr(scipy.signal, name)


def convolved(x: NDArray[Any], axes: Any) -> set[int]:
    given = range(x.ndim) if axes is None else np.atleast_1d(axes)
    return {int(a) % x.ndim for a in given}


def by_scipy(theirs: Callable[..., Any], x: Any, h: Any, mode: str, axes: Any) -> Any:
    """Return SciPy's result, with arguments that avoid three differences.

    SciPy transforms each input in the input's own precision. It does not convert
    integers and float16 if all convolved axes have length one. And it cuts results of
    mode 'same' to the shape of in1 also along axes that are not convolved.
    """
    x, h = np.asarray(x), np.asarray(h)
    dtype = np.result_type(
        *("f8" if a.dtype.kind in "biu" else np.result_type(a, "f4") for a in (x, h))
    )
    x, h = x.astype(dtype), h.astype(dtype)
    if mode == "same" and axes is not None and x.ndim == h.ndim:
        convolved_axes = convolved(x, axes)
        shape = [
            n if a in convolved_axes or k == 1 else k
            for a, (n, k) in enumerate(zip(x.shape, h.shape, strict=True))
        ]
        if all(n in (1, m) for n, m in zip(x.shape, shape, strict=True)):
            x = np.broadcast_to(x, shape)
    return theirs(x, h, mode, axes)


def assert_alike(
    name: str, x: Any, h: Any, mode: str = "full", axes: Any = None
) -> None:
    ours, theirs = functions(name)
    want = by_scipy(theirs, x, h, mode, axes)
    got = ours(x, h, mode, axes)
    assert np.shape(got) == np.shape(want)
    assert got.dtype == want.dtype
    if want.size:
        error = transform_bound(np.asarray(x), np.asarray(h), want.dtype)
        assert abs(got - want).max() <= error


@every_name
def test_signature(name: str) -> None:
    added = signatures.added(*functions(name))
    convolve = inspect.signature(pyconvolve.convolve).parameters
    assert {p.name: p.default for p in added} == {
        p: convolve[p].default
        for p in ("boundary", "cval", "stride", "dilation", "origin", "out", "workers")
    }


SHAPES: list[tuple[tuple[int, ...], tuple[int, ...], list[Any]]] = [
    ((9,), (4,), [None, 0, -1, (0,), [0]]),
    ((4,), (9,), [None, 0, -1]),
    ((9,), (9,), [None, 0]),
    ((9,), (1,), [None, 0]),
    ((1,), (9,), [None, 0]),
    ((1,), (1,), [None, 0]),
    ((400,), (37,), [None]),
    ((37,), (400,), [None]),
    ((5000,), (4000,), [None]),
    ((7, 8), (3, 4), [None, (0, 1), (1, 0), (-1, -2), [0, -1]]),
    ((3, 4), (7, 8), [None, (0, 1)]),
    ((7, 4), (3, 8), [None, (-2, 1)]),
    ((7, 8), (7, 3), [None, 1, -1, (1,)]),
    ((8, 7), (3, 7), [None, 0, -2, (0,)]),
    ((7, 8), (1, 4), [None, 1, -1, (0, 1)]),
    ((7, 8), (4, 1), [None, 0, (1, 0)]),
    ((7, 8), (1, 1), [None, 0, 1, (0, 1)]),
    ((7, 1), (3, 1), [None, 0, (0, 1)]),
    ((1, 8), (7, 4), [1, (-1,)]),
    ((8, 1), (4, 7), [0, (-2,)]),
    ((60, 70), (31, 33), [None]),
    ((5, 6, 7), (2, 3, 4), [None, (0, 1, 2), (2, 0, 1)]),
    ((5, 6, 7), (5, 3, 4), [(1, 2), (-1, 1)]),
    ((5, 6, 7), (1, 3, 4), [None, (1, 2), [-1, -2], (0, 1, 2)]),
    ((5, 6, 7), (2, 1, 4), [None, (0, 2), (2, 0)]),
    ((5, 1, 7), (2, 6, 4), [(0, 2), (-1, 0)]),
    ((5, 6, 7), (5, 6, 4), [2, -1]),
    ((3, 9, 5), (3, 2, 1), [1, -2]),
    ((3, 4, 3, 4), (2, 3, 1, 2), [None, (0, 1, 2, 3)]),
    ((3, 4, 3, 4), (1, 3, 3, 1), [(1,), (1, -1)]),
]
CASES = [(data, kernel, axes) for data, kernel, some in SHAPES for axes in some]


def fits(data: tuple[int, ...], kernel: tuple[int, ...], axes: Any) -> bool:
    """Tell whether mode 'valid' is allowed; axes of length one always allow it."""
    some = range(len(data)) if axes is None else np.atleast_1d(axes)
    pairs = [(data[a], kernel[a]) for a in some if 1 not in (data[a], kernel[a])]
    return all(n >= k for n, k in pairs) or all(n <= k for n, k in pairs)


@pytest.mark.pairwise
@every_mode
@pytest.mark.parametrize(("data", "kernel", "axes"), CASES, ids=str)
@every_name
def test_shapes_and_axes(
    name: str, data: tuple[int, ...], kernel: tuple[int, ...], axes: Any, mode: str
) -> None:
    if mode == "valid" and not fits(data, kernel, axes):
        for function in functions(name):
            with pytest.raises(ValueError, match="valid"):
                function(np.ones(data), np.ones(kernel), mode, axes)
        return
    for dtype in (np.float64, np.complex64, np.int32):
        x, h = any_values(data, dtype), any_values(kernel, dtype, seed=1)
        assert_alike(name, x, h, mode, axes)


@pytest.mark.pairwise
@pytest.mark.parametrize("axes", [None, (0, 1), (-1, 0)])
@pytest.mark.parametrize(
    ("data", "kernel"),
    [((1, 9), (4, 3)), ((9, 1), (3, 4)), ((1, 1), (3, 4)), ((1, 9), (4, 1))],
)
@every_name
def test_same_shape_as_in1(
    name: str, data: tuple[int, ...], kernel: tuple[int, ...], axes: Any
) -> None:
    """In mode 'same' the result has the shape of in1, also on axes of length one."""
    x, h = any_values(data, np.float64), any_values(kernel, np.float64, seed=1)
    want = pyconvolve.convolve(x, h, "same", "direct")
    got = getattr(pyconvolve, name)(x, h, "same", axes)
    assert got.shape == data
    np.testing.assert_allclose(got, want, rtol=0, atol=1e-13)
    assert_alike(name, x, h, "same", axes)


@every_name
def test_same_broadcasts_other_axes(name: str) -> None:
    x, h = any_values((1, 50), np.float64), any_values((3, 5), np.float64, seed=1)
    got = getattr(pyconvolve, name)(x, h, "same", 1)
    want = [pyconvolve.convolve(x[0], taps, "same", "direct") for taps in h]
    np.testing.assert_allclose(got, want, rtol=0, atol=1e-13)


@st.composite
def arguments(draw: st.DrawFn) -> tuple[tuple[int, ...], tuple[int, ...], str, Any]:
    rank = draw(st.integers(1, 4))
    longest = {1: 40, 2: 12, 3: 7, 4: 4}[rank]
    lengths = st.integers(1, longest)
    axes: Any = None
    if draw(st.booleans()):
        drawn = draw(st.permutations(range(rank)))[: draw(st.integers(1, rank))]
        axes = tuple(a - draw(st.sampled_from([0, rank])) for a in drawn)
        if len(axes) == 1 and draw(st.booleans()):
            axes = axes[0]
    some = range(rank) if axes is None else [a % rank for a in np.atleast_1d(axes)]
    # lengths on other axes; most of these pairs broadcast
    other = st.sampled_from([(2, 2), (3, 1), (1, 3), (1, 1), (3, 3), (2, 3)])
    pairs = [
        draw(st.tuples(lengths, lengths) if a in some else other) for a in range(rank)
    ]
    data, kernel = zip(*pairs, strict=True)
    return data, kernel, draw(st.sampled_from(MODES)), axes


@given(arguments(), st.sampled_from(NAMES), st.tuples(*[st.sampled_from(DTYPES)] * 2))
def test_any_arguments(
    drawn: tuple[tuple[int, ...], tuple[int, ...], str, Any],
    name: str,
    types: tuple[np.dtype, np.dtype],
) -> None:
    data, kernel, mode, axes = drawn
    x, h = any_values(data, types[0]), any_values(kernel, types[1], seed=1)
    ours, theirs = functions(name)
    try:
        by_scipy(theirs, x, h, mode, axes)
    except ValueError:
        with pytest.raises(ValueError, match="in1"):
            ours(x, h, mode, axes)
        return
    assert_alike(name, x, h, mode, axes)


@pytest.mark.parametrize("first", DTYPES, ids=str)
@every_name
def test_dtypes(name: str, first: np.dtype) -> None:
    shapes = [((50,), (7,)), ((5, 6), (3, 2))]
    for second, (data, kernel) in product(DTYPES, shapes):
        x, h = any_values(data, first), any_values(kernel, second, seed=1)
        got, want = (function(x, h) for function in functions(name))
        assert got.dtype == want.dtype
        assert_alike(name, x, h)
        # unlike SciPy's, our type does not depend on the lengths
        assert getattr(pyconvolve, name)(x, h[:1]).dtype == want.dtype


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@every_name
def test_byte_order(name: str, dtype: np.dtype) -> None:
    x, h = any_values((40,), dtype), any_values((6,), dtype, seed=1)
    ours = getattr(pyconvolve, name)
    want = ours(x, h)
    swapped = dtype.newbyteorder()
    for a, b in ((x.astype(swapped), h), (x, h.astype(swapped))):
        got = ours(a, b)
        assert got.dtype.isnative
        np.testing.assert_array_equal(got, want)


@every_mode
@every_name
def test_lists_and_numbers(name: str, mode: str) -> None:
    pairs: list[tuple[Any, Any]] = [
        ([1, 2, 3], [0, 1, 0.5]),
        ([1, 2, 3], [4, 5]),
        ((True, False, True), [2]),
        ([[1, 2], [3, 4]], [[1j]]),
        (range(9), [1, -1]),
    ]
    for x, h in pairs:
        assert_alike(name, x, h, mode)


@every_mode
@every_name
def test_scalars(name: str, mode: str) -> None:
    numbers = [2, True, 2.5, 1 - 2j, np.float32(2), np.float16(3), np.longdouble(2)]
    for x, h in product(numbers, repeat=2):
        assert_alike(name, x, h, mode)
        assert_alike(name, np.array(x), np.array(h), mode)
        got = getattr(pyconvolve, name)(x, h, mode)
        assert isinstance(got, np.generic)


@pytest.mark.pairwise
@every_mode
@pytest.mark.parametrize(
    ("data", "kernel"),
    [
        ((0,), (3,)),
        ((3,), (0,)),
        ((0,), (0,)),
        ((0, 3), (2, 2)),
        ((3, 0), (2, 2)),
        ((2, 2), (0, 0)),
    ],
)
@every_name
def test_empty(
    name: str, data: tuple[int, ...], kernel: tuple[int, ...], mode: str
) -> None:
    for dtype in (np.float64, np.int32, np.bool_):
        got, want = (
            function(np.ones(data, dtype), np.ones(kernel, dtype), mode)
            for function in functions(name)
        )
        assert got.shape == want.shape == (0,)
        assert got.dtype == want.dtype
    for dtype in FLOATS:
        got = getattr(pyconvolve, name)(np.ones(data, dtype), np.ones(kernel, dtype))
        assert got.dtype == np.result_type(dtype, "f4")
    assert getattr(pyconvolve, name)([], [1, 2], mode).shape == (0,)


@pytest.mark.parametrize(
    ("data", "kernel", "arguments"),
    [
        *(((9,), (4,), (mode,)) for mode in ("bogus", "Full", "", 0, None)),
        *(((9,), (4,), ("full", axes)) for axes in (1, -2, (0, 1), (0, 0), (0, -1))),
        ((9,), (4,), ("full", ())),
        ((9,), (4,), ("full", [])),
        ((5, 6), (3, 3), ("full", (0, 0))),
        ((5, 6), (3, 3), ("full", (1, -1))),
        ((5, 6), (3, 3), ("full", 2)),
        ((5, 6), (3, 3), ("full", -3)),
        ((5, 6), (3,), ()),
        ((5,), (3, 3), ()),
        ((5,), (), ()),
        ((), (5,), ()),
        ((0,), (3, 3), ()),
        ((5, 6), (4, 3), ("full", 1)),
        ((5, 6), (4, 3), ("valid", -1)),
        ((5, 6), (4, 3), ("same", 0)),
        ((5, 6, 7), (5, 2, 7), ("full", (0, 2))),
        ((4, 7), (5, 3), ("valid",)),
        ((4, 7), (5, 3), ("valid", (0, 1))),
        ((3, 4, 7), (3, 5, 3), ("valid", (1, 2))),
    ],
    ids=str,
)
@every_name
def test_wrong_arguments(
    name: str,
    data: tuple[int, ...],
    kernel: tuple[int, ...],
    arguments: tuple[Any, ...],
) -> None:
    for function in functions(name):
        with pytest.raises(ValueError, match=r"in1|mode|axes|axis"):
            function(np.ones(data), np.ones(kernel), *arguments)


@pytest.mark.parametrize("axes", [1.5, "0", (0, None), [0.0], [[0]]])
@every_name
def test_axes_that_are_no_integers(name: str, axes: Any) -> None:
    """TypeError, as everywhere in pyconvolve; SciPy raises ValueError."""
    with pytest.raises(TypeError, match="axes"):
        getattr(pyconvolve, name)(np.ones(9), np.ones(4), "full", axes)


@pytest.mark.parametrize(
    "value",
    [None, "text", [[1, 2], [3]], np.array([1, 2], object), np.array(["2020"], "M8")],
    ids=str,
)
@every_name
def test_names_the_array(name: str, value: Any) -> None:
    for i in (0, 1):
        arrays: list[Any] = [[1.0, 2.0], [1.0, 2.0]]
        arrays[i] = value
        with pytest.raises((ValueError, TypeError), match=f"in{1 + i}"):
            getattr(pyconvolve, name)(*arrays)


@pytest.mark.pairwise
@pytest.mark.parametrize("dtype", ["f4", "f8", "c8", "c16", "g"])
@pytest.mark.parametrize(
    "options",
    [
        *({"boundary": boundary} for boundary in BOUNDARIES),
        {"boundary": ("wrap", "constant"), "cval": 2},
        {"cval": -1.5},
        {"cval": (0, -1.5)},
        {"stride": 2},
        {"stride": (1, 3), "dilation": (2, 1)},
        {"origin": (-2, 1)},
        {"workers": 2},
    ],
    ids=str,
)
@every_name
def test_as_convolve(name: str, options: dict[str, Any], dtype: str) -> None:
    x, h = any_values((30, 40), dtype), any_values((5, 4), dtype, seed=1)
    want = pyconvolve.convolve(x, h, "same", **options)
    got = getattr(pyconvolve, name)(x, h, "same", **options)
    assert got.dtype == want.dtype
    np.testing.assert_array_equal(got, want)
    out = np.empty_like(want)
    assert getattr(pyconvolve, name)(x, h, "same", out=out, **options) is out
    np.testing.assert_array_equal(out, want)


@pytest.mark.parametrize(
    ("data", "kernel", "options"),
    [
        ((9, 10), (1, 4), {"stride": 2}),
        ((9, 10), (1, 4), {"stride": (2, 3)}),
        ((9, 10), (4, 1), {"dilation": (2, 1)}),
        ((9, 10), (3, 1), {"origin": (1, 0), "boundary": "edge"}),
        ((1, 10), (3, 4), {"boundary": "edge"}),
        ((1, 10), (3, 4), {"boundary": "wrap", "stride": 2}),
        ((1, 1), (3, 4), {"cval": 2.0}),
    ],
    ids=str,
)
@every_name
def test_axes_of_length_one_as_convolve(
    name: str, data: tuple[int, ...], kernel: tuple[int, ...], options: dict[str, Any]
) -> None:
    x, h = any_values(data, np.float64), any_values(kernel, np.float64, seed=1)
    got = getattr(pyconvolve, name)(x, h, "same", **options)
    want = pyconvolve.convolve(x, h, "same", "direct", **options)
    assert got.shape == want.shape
    np.testing.assert_allclose(got, want, rtol=0, atol=1e-12)


@pytest.mark.pairwise
@pytest.mark.parametrize("dtype", ["i4", "f4", "f8", "c16"])
@pytest.mark.parametrize(("data", "taps"), [((8, 500), 8), ((2000,), 24), ((9,), 3)])
@every_name
def test_an_impulse_is_exact(
    name: str, data: tuple[int, ...], taps: int, dtype: str
) -> None:
    """Products are summed where that is faster, so that zeros stay exact zeros."""
    x, h = np.zeros(data, dtype), any_values((taps,), dtype)
    x[..., 5] = 1
    kernel = np.broadcast_to(h, (*data[:-1], taps))
    got = getattr(pyconvolve, name)(x, kernel, axes=-1)
    assert (got[..., :5] == 0).all()
    assert (got[..., 5 + taps :] == 0).all()
    np.testing.assert_array_equal(got[..., 5 : 5 + taps], kernel)


@every_name
def test_engines_are_chosen_by_time(name: str) -> None:
    """They choose the same method as `convolve`: sums for few taps, FFTs for many."""
    for taps in (3, 5000):
        x, h = any_values((50_000,), "f8"), any_values((taps,), "f8", seed=1)
        chosen = pyconvolve.explain(x, h).method
        assert chosen == ("direct" if taps == 3 else "fft")
        want = pyconvolve.convolve(x, h, method=chosen)
        np.testing.assert_array_equal(getattr(pyconvolve, name)(x, h), want)


@pytest.mark.parametrize("dtype", ["i1", "u2", "i4", "i8", "u8", "?"])
@every_name
def test_integers_as_float64(name: str, dtype: str) -> None:
    x, h = any_values((300,), dtype), any_values((21,), dtype, seed=1)
    wide = (x.astype(np.float64), h.astype(np.float64))
    got = getattr(pyconvolve, name)(x, h, "same", boundary="constant", cval=1.5)
    want = pyconvolve.convolve(*wide, "same", "direct", cval=1.5)
    assert got.dtype == np.float64
    assert abs(got - want).max() <= transform_bound(*wide, np.dtype("f8"))
    out = np.empty(300)
    assert getattr(pyconvolve, name)(x, h, "same", out=out) is out
    with pytest.raises(TypeError, match="out"):
        getattr(pyconvolve, name)(x, h, "same", out=np.empty(300, dtype))


@pytest.mark.parametrize("dtype", ["f4", "i4"])
@every_name
def test_complex_constant(name: str, dtype: str) -> None:
    x, h = any_values((30,), dtype), any_values((4,), "c16", seed=1)
    wide = x.astype(np.complex128)
    got = getattr(pyconvolve, name)(x, h, "same", cval=1 - 2j)
    want = pyconvolve.convolve(wide, h, "same", "direct", cval=1 - 2j)
    assert got.dtype == np.complex128
    assert abs(got - want).max() <= transform_bound(wide, h, got.dtype)


@every_name
def test_out_of_an_empty_result(name: str) -> None:
    out = np.ones(0)
    assert getattr(pyconvolve, name)([], [1.0], out=out) is out
    with pytest.raises(ValueError, match="out"):
        getattr(pyconvolve, name)([], [1.0], out=np.ones(3))


@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=3).map(tuple),
    st.sampled_from(NAMES),
    st.sampled_from(["f4", "f8", "c8", "g", "i4"]),
)
@settings(max_examples=settings.default.max_examples // 4)
def test_does_not_write_its_inputs(
    shape: tuple[int, ...], name: str, dtype: str
) -> None:
    x, h = any_values(shape, dtype), any_values(shape, dtype, seed=1)
    before = x.copy(), h.copy()
    for array in (x, h):
        array.flags.writeable = False
    getattr(pyconvolve, name)(x, h)
    np.testing.assert_array_equal(x, before[0])
    np.testing.assert_array_equal(h, before[1])
