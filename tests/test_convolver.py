"""Convolver returns the same as convolve, at the first call and at later ones."""

import copy
import pickle
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from problems import BOUNDARIES, DTYPES, MODES, Problem, any_values, problems

import pyconvolve
from pyconvolve import Convolver
from pyconvolve._core.engines.fft.spectra import KernelTransform

pytestmark = pytest.mark.compiled

METHODS = ["direct", "fft", "auto"]
# Shapes and types of signals for which a Convolver stores plans.
MOST_PLANS = 8
X, H = np.ones((5, 6)), np.ones((3, 3))

every_method = pytest.mark.parametrize("method", METHODS)


def assert_same_bits(got: Any, want: Any) -> None:
    assert type(got) is type(want)
    assert got.dtype == want.dtype
    # long double carries padding bytes of any content
    np.testing.assert_array_equal(got, want)


def assert_as_convolve(x: Any, h: Any, **options: Any) -> None:
    convolver = Convolver(h, **options)
    want = pyconvolve.convolve(x, h, **options)
    # the second call uses the plan of the first
    for _ in range(2):
        assert_same_bits(convolver(x), want)


SHAPES: list[tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]] = [
    ((300,), (11,), {}),
    ((3000,), (700,), {}),
    ((40, 50), (5, 6), {}),
    ((9, 10, 11), (3, 2, 4), {}),
    ((4, 60), (7,), {"axes": 1}),
    ((4, 60), (4, 7), {"axes": -1}),
    ((1, 60), (4, 7), {"axes": (1,)}),
    ((30, 40, 3), (5, 4), {"axes": (0, 1)}),
    ((30, 3, 40), (4, 5), {"axes": (2, 0)}),
    ((70, 3), (9, 1), {"axes": 0}),
    ((), (), {}),
]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@every_method
def test_every_type_and_mode(method: str, dtype: np.dtype) -> None:
    for (data, kernel, options), mode in product(SHAPES, MODES):
        x, h = any_values(data, dtype), any_values(kernel, dtype, seed=1)
        assert_as_convolve(x, h, mode=mode, method=method, **options)


@every_method
def test_mixed_types(method: str) -> None:
    for i, first in enumerate(DTYPES):
        x = any_values((9, 30), first)
        h = any_values((2, 4), DTYPES[i - 3], seed=1)
        assert_as_convolve(x, h, mode="same", method=method)
        assert_as_convolve(x.astype(first.newbyteorder()), h, method=method)
    assert_as_convolve([1, 2, 3], [0.5, 1], method=method)


@pytest.mark.parametrize("mode", MODES)
@every_method
def test_objects(method: str, mode: str) -> None:
    x = np.array([Fraction(i, 7) for i in range(9)], object)
    h = np.array([Fraction(1, 3), 2, 10**30], object)
    assert_as_convolve(x, h, mode=mode, method=method)
    assert_as_convolve(x, h, mode=mode, method=method, cval=Fraction(1, 5))


@pytest.mark.parametrize("boundary", BOUNDARIES)
@pytest.mark.parametrize("mode", MODES)
@every_method
def test_boundaries_and_steps(method: str, mode: str, boundary: str) -> None:
    origin = {"origin": (-2, 1)} if mode == "same" else {}
    for options in (
        {},
        {"stride": 2},
        {"stride": (3, 1), "dilation": (1, 2)},
        {"dilation": 2, **origin},
        {"workers": 2},
    ):
        for dtype in (np.float32, np.complex128, np.int32):
            x, h = any_values((40, 30), dtype), any_values((5, 3), dtype, seed=1)
            assert_as_convolve(
                x, h, mode=mode, method=method, boundary=boundary, **options
            )


@pytest.mark.parametrize(
    ("signal", "kernel", "cval"),
    [
        ("f8", "f8", -1.5),
        ("f4", "f4", np.float64(1e-3)),
        ("f8", "f8", 2 + 0j),
        ("f8", "f8", np.array([2.5])),
        ("f8", "f8", np.inf),
        ("i4", "i4", -7),
        ("i8", "i8", -(2**63)),
        ("u8", "u8", 2**64 - 1),
        ("?", "?", True),
        ("c16", "c16", 1.5 - 2j),
        # a real signal with a complex constant outside
        ("f8", "c16", 1.5 - 2j),
        ("i4", "c8", 1j),
        ("c8", "f4", 1.5 - 2j),
        ("i4", "f8", 0.5),
    ],
)
@every_method
def test_cval(method: str, signal: str, kernel: str, cval: Any) -> None:
    for data, taps in [((50,), (6,)), ((12, 13), (4, 3)), ((3,), (20,))]:
        x, h = any_values(data, signal), any_values(taps, kernel, seed=1)
        for mode in ("full", "same"):
            assert_as_convolve(x, h, mode=mode, method=method, cval=cval)


@given(problems(), st.sampled_from(METHODS))
@settings(max_examples=settings.default.max_examples // 2)
def test_any_problem(problem: Problem, method: str) -> None:
    assert_as_convolve(
        problem.in1, problem.in2, mode=problem.mode, method=method, **problem.options
    )


def signals_of(h: NDArray[Any], count: int) -> list[NDArray[Any]]:
    """Return signals of `count` different shapes and types."""
    types = [np.dtype(t) for t in ("f8", "f4", "i2", "c8", ">f8", "?", "f2")]
    return [
        any_values((20 + 7 * (i // 3), 15 + i), types[i % len(types)], i).astype(
            types[i % len(types)]
        )
        for i in range(count)
    ]


@every_method
def test_more_signals_than_plans(method: str) -> None:
    h = any_values((5, 4), np.float64)
    convolver = Convolver(h, mode="same", method=method)
    signals = signals_of(h, 3 * MOST_PLANS)
    wanted = [pyconvolve.convolve(x, h, "same", method) for x in signals]
    order = np.random.default_rng(0).permutation(4 * len(signals)) % len(signals)
    for i in (*range(len(signals)), *order):
        assert_same_bits(convolver(signals[i]), wanted[i])
        assert repr(convolver).count(" by ") <= MOST_PLANS
    assert repr(convolver).count(" by ") == MOST_PLANS


@pytest.mark.parametrize("dtype", ["f4", "c16", "i8"])
def test_spectra_are_computed_once(dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    computed = []
    transform = KernelTransform.transform

    def counted(*arguments: Any) -> Any:
        computed.append(1)
        return transform(*arguments)

    monkeypatch.setattr(KernelTransform, "transform", counted)
    convolver = Convolver(any_values((50,), dtype), method="fft")
    for length in (1000, 1100):
        before = len(computed)
        convolver(any_values((length,), dtype))
        first = len(computed)
        assert first > before
        convolver(any_values((1000,), dtype, seed=1))
        convolver(any_values((length,), dtype, seed=1))
        assert len(computed) == first


@pytest.mark.parametrize("dtype", ["i4", "i8", "u8"])
def test_integers_of_every_size(dtype: str) -> None:
    """For larger samples, the kernel is split into more digits."""
    h = any_values((300,), dtype)
    convolver = Convolver(h, method="fft")
    x = any_values((3000,), dtype, seed=1)
    bits = 8 * x.dtype.itemsize
    for shift in (bits - 2, 0, bits // 2, bits - 8, bits // 4, 0):
        want = pyconvolve.convolve(x >> shift, h, method="direct")
        assert_same_bits(convolver(x >> shift), want)


def test_the_oldest_is_dropped() -> None:
    convolver = Convolver(np.ones(3))
    for n in range(100, 101 + MOST_PLANS):
        assert convolver(np.ones(n)).sum() == 3 * n
    said = repr(convolver)
    assert "100 float64" not in said
    assert all(f" {n} float64" in said for n in range(101, 101 + MOST_PLANS))


def test_same_shape_of_another_type() -> None:
    h = any_values((7,), np.int8)
    convolver = Convolver(h, mode="same")
    for dtype in (*DTYPES, np.dtype(">i4"), np.dtype("<i4"), np.dtype(object)):
        x = any_values((90,), dtype.newbyteorder("=")).astype(dtype)
        assert_same_bits(convolver(x), pyconvolve.convolve(x, h, "same"))


@every_method
@pytest.mark.parametrize("dtype", ["f8", "c8", "i8", "g"])
@pytest.mark.parametrize("mode", ["full", "valid"])
def test_signal_shorter_than_the_kernel(mode: str, dtype: str, method: str) -> None:
    """Signal and kernel change places, so that no kernel can be prepared."""
    for small, large in [((3,), (50,)), ((3, 4), (30, 40)), ((4, 4), (4, 300))]:
        h = any_values(large, dtype)
        convolver = Convolver(h, mode=mode, method=method)
        for seed in (1, 2):
            for shape in (small, large, tuple(2 * n for n in large)):
                x = any_values(shape, dtype, seed)
                want = pyconvolve.convolve(x, h, mode, method)
                assert_same_bits(convolver(x), want)


@every_method
def test_out(method: str) -> None:
    h = any_values((3, 4), np.float32)
    convolver = Convolver(h, mode="same", method=method)
    for seed in range(3):
        x = any_values((20, 30), np.float32, seed)
        want = pyconvolve.convolve(x, h, "same", method)
        for out in (
            np.full_like(want, 7),
            np.full_like(want, 7, order="F"),
            np.full((40, 60), 7, np.float32)[::2, ::-2],
        ):
            assert convolver(x, out=out) is out
            np.testing.assert_array_equal(out, want)
        assert convolver(x, out=x) is x
        np.testing.assert_array_equal(x, want)
    out = np.zeros(())
    assert Convolver(2.0, method=method)(3.0, out=out) is out
    assert abs(out - 6) < 1e-12


@every_method
@pytest.mark.parametrize("dtype", ["f8", "c8", "i4", "O"])
def test_kernel_is_copied(dtype: str, method: str) -> None:
    h = any_values((9,), "f8").astype(dtype)
    before = h.copy()
    convolver = Convolver(h, method=method)
    x = any_values((100,), "f8").astype(dtype)
    h[:] = 0
    assert_same_bits(convolver(x), pyconvolve.convolve(x, before, method=method))
    h[:] = 5
    y = any_values((101,), "f8").astype(dtype)
    assert_same_bits(convolver(y), pyconvolve.convolve(y, before, method=method))
    assert_same_bits(convolver.kernel, before)


def test_cval_is_copied() -> None:
    cval = np.array([2.5])
    convolver = Convolver(H, mode="same", cval=cval)
    cval[0] = 99
    assert_same_bits(convolver(X), pyconvolve.convolve(X, H, "same", cval=2.5))


def test_kernel_is_read_only() -> None:
    h = np.arange(6.0)[::-2]
    for convolver in (Convolver(h), pickle.loads(pickle.dumps(Convolver(h)))):
        assert not convolver.kernel.flags.writeable
        with pytest.raises(ValueError, match="read-only"):
            convolver.kernel[0] = 1
    assert h.flags.writeable
    h.flags.writeable = False
    np.testing.assert_array_equal(Convolver(h).kernel, h)
    assert Convolver([1, 2]).kernel.dtype == np.int64


def test_cannot_be_changed() -> None:
    convolver = Convolver(H, mode="same")
    for name in ("kernel", "mode", "_kernel", "_rules", "_plans", "anything"):
        with pytest.raises(AttributeError):
            setattr(convolver, name, 1)
        with pytest.raises(AttributeError):
            delattr(convolver, name)
    assert not hasattr(convolver, "__dict__")
    assert_same_bits(convolver(X), pyconvolve.convolve(X, H, "same"))


def test_result_is_the_callers() -> None:
    convolver = Convolver([1.0])
    x = np.ones(9)
    first = convolver(x)
    first[:] = 7
    np.testing.assert_array_equal(x, 1)
    np.testing.assert_array_equal(convolver(x), 1)


OPTIONS: list[tuple[NDArray[Any], dict[str, Any]]] = [
    (any_values((5,), "f8"), {}),
    (any_values((5,), "f4"), {"mode": "same", "method": "fft", "origin": -1}),
    (any_values((3, 4), "c8"), {"axes": (1, 0), "cval": 1j, "method": "direct"}),
    (any_values((3, 4), "i8"), {"stride": (1, 2), "dilation": 2, "workers": 2}),
    (any_values((3, 4), "u8"), {"method": "fft", "boundary": "wrap", "mode": "same"}),
    (any_values((4,), "?"), {"axes": 0, "boundary": "edge"}),
    (any_values((4,), "g"), {"axes": -1, "method": "fft"}),
    (any_values((4,), "f8"), {"mode": "valid"}),
    (np.array([Fraction(1, 3), 2], object), {"cval": Fraction(1, 2)}),
]
every_option = pytest.mark.parametrize(
    ("h", "options"), OPTIONS, ids=[f"{h.dtype} {options}" for h, options in OPTIONS]
)


def signal_for(h: NDArray[Any], options: dict[str, Any]) -> NDArray[Any]:
    shape = (30, 20) if h.ndim == 2 or "axes" in options else (200,)
    return any_values(shape, "f8" if h.dtype == object else h.dtype, seed=1)


@every_option
@pytest.mark.parametrize("called", [False, True])
def test_copies(h: NDArray[Any], options: dict[str, Any], called: bool) -> None:
    convolver = Convolver(h, **options)
    x = signal_for(h, options)
    want = pyconvolve.convolve(x, h, **options)
    before = repr(convolver)
    if called:
        convolver(x)
    for copied in (
        *(pickle.loads(pickle.dumps(convolver, p)) for p in range(2, 6)),
        copy.copy(convolver),
        copy.deepcopy(convolver),
        copy.deepcopy([convolver])[0],
    ):
        assert type(copied) is Convolver
        assert repr(copied) == before
        assert_same_bits(copied(x), want)
        assert_same_bits(copied.kernel, convolver.kernel)
        assert not copied.kernel.flags.writeable
    assert_same_bits(convolver(x), want)


def test_a_pickle_holds_no_spectra() -> None:
    convolver = Convolver(np.ones(1000), method="fft")
    size = len(pickle.dumps(convolver))
    convolver(np.ones(100_000))
    assert len(pickle.dumps(convolver)) == size < 10_000


@pytest.mark.parametrize("method", ["direct", "fft"])
def test_pickled_for_another_process(method: str, python: Callable[..., Any]) -> None:
    convolver = Convolver(np.arange(50.0), mode="same", method=method)
    x = any_values((1000,), "f8")
    convolver(x)
    done = python(
        f"""
import pickle
convolver, x = pickle.loads(bytes.fromhex({pickle.dumps((convolver, x)).hex()!r}))
print(convolver(x).tobytes().hex())
"""
    )
    assert done.stdout.strip() == convolver(x).tobytes().hex(), done.stderr


@every_method
def test_shared_by_threads(method: str) -> None:
    h = any_values((5, 4), np.float64)
    convolver = Convolver(h, mode="same", method=method, workers=2)
    signals = signals_of(h, 2 * MOST_PLANS)
    wanted = [pyconvolve.convolve(x, h, "same", method) for x in signals]
    start = threading.Barrier(8)

    def call_all(seed: int) -> None:
        order = np.random.default_rng(seed).permutation(4 * len(signals))
        start.wait()
        for i in order % len(signals):
            assert_same_bits(convolver(signals[i]), wanted[i])
            assert repr(convolver).count(" by ") <= MOST_PLANS

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(call_all, range(8)))


@pytest.mark.parametrize("dtype", ["f8", "i8"])
def test_one_spectrum_shared_by_threads(dtype: str) -> None:
    """All threads call at the same time, before the spectrum is computed."""
    h = any_values((900,), dtype)
    signals = [any_values((5000,), dtype, seed) for seed in range(8)]
    wanted = [pyconvolve.convolve(x, h, method="fft") for x in signals]
    for _ in range(5):
        convolver = Convolver(h, method="fft")
        start = threading.Barrier(8)

        def call(
            x: NDArray[Any], convolver: Convolver = convolver, start: Any = start
        ) -> NDArray[Any]:
            start.wait()
            return convolver(x)

        with ThreadPoolExecutor(8) as pool:
            for got, want in zip(pool.map(call, signals), wanted, strict=True):
                assert_same_bits(got, want)


@pytest.mark.parametrize(
    ("kernel", "options", "words"),
    [
        (np.ones(7), {}, ["7 taps", "float64", "mode='full'"]),
        (np.ones((3, 5), "f4"), {"mode": "same"}, ["3x5 taps", "float32", "'same'"]),
        (2 + 1j, {"mode": "valid"}, ["1 tap", "complex128", "mode='valid'"]),
        ([1, 2], {"axes": -1}, ["2 taps", "int64", "axes=-1"]),
        ([True], {"axes": [0]}, ["bool", "axes=(0,)"]),
        (np.ones(7), {"boundary": "wrap"}, ["boundary='wrap'"]),
        (np.ones(7), {"stride": 2, "dilation": 3}, ["stride=2", "dilation=3"]),
        (np.ones(7), {"stride": [2]}, ["stride=(2,)"]),
        (np.ones(7), {"mode": "same", "origin": -1}, ["origin=-1"]),
        (np.ones(7), {"workers": 3}, ["workers=3"]),
        (np.ones(7), {"method": "fft"}, ["method='fft'"]),
        (np.ones(7), {"method": "direct"}, ["method='direct'"]),
        (np.ones(7), {"cval": 1.5}, ["cval=1.5"]),
    ],
    ids=str,
)
def test_repr(kernel: Any, options: dict[str, Any], words: list[str]) -> None:
    said = repr(Convolver(kernel, **options))
    assert said.startswith("Convolver(")
    assert said.endswith(")")
    for word in words:
        assert word in said
    for name in ("axes", "boundary", "cval", "method", "stride", "dilation", "origin",
                 "workers"):  # fmt: skip
        assert (f"{name}=" in said) == (name in options)
    assert " by " not in said


@pytest.mark.parametrize("method", ["direct", "fft"])
def test_repr_tells_the_engine(method: str) -> None:
    convolver = Convolver(np.ones((31, 31)), mode="same", method=method)
    convolver(np.ones((200, 300)))
    assert f"200x300 float64 by {method}" in repr(convolver)
    convolver(np.ones((100, 100), np.float32))
    assert f"200x300 float64 by {method}" in repr(convolver)
    assert f"100x100 float32 by {method}" in repr(convolver)


def test_repr_tells_what_auto_has_chosen() -> None:
    for taps, chosen in [(3, "direct"), (5000, "fft")]:
        convolver = Convolver(np.ones(taps), mode="same")
        convolver(np.ones(50_000))
        assert f"50000 float64 by {chosen}" in repr(convolver)
