"""Results of integers: rounded sums, which wrap around, are clipped or are an error.

Sums of integers are compared with Python's integers, others with sums in long double.
"""

import pickle
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import planned
import pytest
import reference
from hypothesis import given
from narrowing import (
    METHODS,
    OVERFLOWS,
    TRUTH,
    Conversion,
    assert_converted,
    attempt,
    conversions,
    every_integer,
    every_method,
    every_overflow,
    exact,
    image_of,
    narrowed,
)
from problems import FUNCTIONS, INTEGERS, MODES, small_integers

import pyconvolve
from pyconvolve import Convolver
from pyconvolve._core.thresholds import Thresholds

pytestmark = pytest.mark.compiled


# Constants beside integers: modulo the range, those of all types, else of none.
ANY_INTEGERS = [0, 1, -300, 70_000, 2**63]
CONSTANTS = {"wrap": [0, 1, 100], "saturate": ANY_INTEGERS, "raise": ANY_INTEGERS}


@given(conversions([TRUTH, *INTEGERS], [TRUTH, *INTEGERS], CONSTANTS))
def test_sums_of_integers_are_exact(problem: Conversion) -> None:
    """So are those that exceed 64 bits, before they wrap around or are clipped."""
    numbers = exact(problem.name, problem.in1, problem.in2, **problem.options)
    assert_converted(problem, numbers, problem.dtype, problem.overflow)


@given(
    conversions(
        [TRUTH, *INTEGERS, "f2", "f4", "f8", "g"],
        ["f2", "f4", "f8", "g"],
        {overflow: [0, -300, 0.25, 1e5] for overflow in OVERFLOWS},
    )
)
def test_sums_of_real_numbers_are_rounded(problem: Conversion) -> None:
    x, h = problem.in1, problem.in2
    numbers = np.asarray(
        getattr(reference, problem.name)(x, h, **problem.options), np.longdouble
    )
    # one eighth for sums in single precision, otherwise that of double precision
    scale = np.abs(x.astype("g")).max(initial=abs(problem.options.get("cval", 0)))
    error = 2.0**-50 * float(scale * np.abs(h.astype("g")).sum())
    if x.dtype.itemsize <= 2 and x.dtype.kind in "biu":
        error = max(error, 1 / 8)
    if error > 1 / 4:
        return
    low, _ = narrowed(np.rint(numbers - error), problem.dtype, problem.overflow)
    high, _ = narrowed(np.rint(numbers + error), problem.dtype, problem.overflow)
    got, misfits = attempt(problem)
    if problem.overflow == "raise":
        info = np.iinfo(problem.dtype)
        least = np.rint(numbers + error) < info.min
        most = np.rint(numbers - error) < info.min
        least |= np.rint(numbers - error) > info.max
        most |= np.rint(numbers + error) > info.max
        assert least.sum() <= misfits <= most.sum()
        assert (got is None) == (misfits > 0)
        if misfits:
            return
    assert got.dtype == problem.dtype
    assert got.shape == low.shape
    assert ((got == low) | (got == high)).all()
    clear = low == high
    np.testing.assert_array_equal(got[clear], low[clear])


@pytest.mark.parametrize("image", ["u1", "i1", "u2", "i2", "i4", "f4", "f8", "g"])
@pytest.mark.parametrize("kernel", ["f2", "f4", "f8", "g"])
@every_integer
def test_ties_go_to_the_even_integer(dtype: np.dtype, kernel: str, image: str) -> None:
    """By sums of products; transforms round both ways."""
    x = np.arange(0, 120).astype(image)
    h = np.array([0.5], kernel)
    got = pyconvolve.convolve(x, h, method="direct", dtype=dtype)
    np.testing.assert_array_equal(got, np.rint(np.arange(0, 120) / 2))
    if dtype.kind == "i":
        got = pyconvolve.convolve(x, -h, method="direct", dtype=dtype)
        np.testing.assert_array_equal(got, np.rint(-np.arange(0, 120) / 2))


@every_overflow
@every_integer
@pytest.mark.parametrize("kind", ["f4", "f8", "g"])
def test_numbers_of_any_magnitude(kind: str, dtype: np.dtype, overflow: str) -> None:
    """Also those that no integer type holds, and those at the ends of the range."""
    info = np.iinfo(dtype)
    ends = [int(info.min), int(info.max), 2 ** (8 * dtype.itemsize)]
    powers = [2**n for n in (7, 8, 15, 16, 31, 32, 53, 62, 63, 64, 70, 100)]
    integers = [*ends, *powers, *(3 * 2**n for n in (20, 30, 61, 62, 90)), 0, 1, 10**30]
    shifted = [n + d for n in integers for d in (-257, -1, 1, 255)]
    x = np.array([float(n) for n in integers + shifted], kind)
    x = np.concatenate([x, -x, [-0.0, 0.25, -0.25, 0.75, -0.75]]).astype(kind)
    numbers = np.array([int(value) for value in np.rint(x)], object)
    assert_converted(
        lambda **options: pyconvolve.convolve(
            x, np.ones(1, kind), method="direct", dtype=dtype, overflow=overflow,
            **options,
        ),
        numbers, dtype, overflow,
    )  # fmt: skip


def nonfinite(dtype: np.dtype, overflow: str) -> list[int]:
    """Return NaN, infinity and minus infinity as integers."""
    if overflow == "wrap":
        return [0, 0, 0]
    return [0, int(np.iinfo(dtype).max), int(np.iinfo(dtype).min)]


@every_method
@every_integer
@pytest.mark.parametrize("overflow", ["wrap", "saturate"])
@pytest.mark.parametrize("kind", ["f4", "f8", "g"])
def test_nan_and_infinities(
    kind: str, overflow: str, dtype: np.dtype, method: str
) -> None:
    """NaN becomes 0, and infinities reach exactly as far as the kernel."""
    x = small_integers((60, 70), kind)
    x[10, 20], x[30, 40], x[50, 60] = np.nan, np.inf, -np.inf
    h = np.abs(small_integers((3, 5), kind, seed=1)) + 1
    for limits in (Thresholds(), Thresholds(repair_transforms=0, region_outputs=1)):
        got = planned.convolve(
            limits, x, h, "same", method, dtype=dtype, overflow=overflow
        )
        numbers = reference.convolve(x, h, "same")
        finite = np.isfinite(numbers)
        want, _ = narrowed(np.where(finite, numbers, 0), dtype, overflow)
        for value, which in zip(
            nonfinite(dtype, overflow),
            (np.isnan(numbers), numbers == np.inf, numbers == -np.inf),
            strict=True,
        ):
            assert which.any()
            want[which] = value
        np.testing.assert_array_equal(got, want)


@every_method
def test_nan_does_not_fit(method: str) -> None:
    x = np.ones((40, 50))
    x[5, 6], x[30, 40] = np.nan, np.inf
    out = np.full(x.shape, 7, "i2")
    with pytest.raises(OverflowError, match=r"^18 of 2000 "):
        pyconvolve.convolve(
            x, np.ones((3, 3)), "same", method, out=out, dtype="i2", overflow="raise"
        )
    assert (out == 7).all()
    # no output sums them
    x = np.ones((40, 50))
    x[5, 7] = np.nan
    got = pyconvolve.convolve(
        x, np.ones((1, 2)), "valid", method, stride=(1, 4), dtype="i2", overflow="raise"
    )
    np.testing.assert_array_equal(got, 2)


@pytest.mark.parametrize("overflow", ["wrap", "saturate"])
def test_taps_that_are_not_finite(overflow: str) -> None:
    """Samples outside take no part, so that no NaN comes from there."""
    x, h = np.array([1, 2, 3], "u1"), np.array([np.inf, 1.0])
    got = pyconvolve.convolve(x, h, dtype="i2", overflow=overflow)
    large = 32767 if overflow == "saturate" else 0
    np.testing.assert_array_equal(got, [large, large, large, 3])
    with pytest.raises(OverflowError, match=r"^3 of 4 "):
        pyconvolve.convolve(x, h, dtype="i2", overflow="raise")


@every_method
@pytest.mark.parametrize("kind", ["u1", "i2", "i4", "f8"])
def test_raise_leaves_out_as_it_is(kind: str, method: str) -> None:
    x = np.arange(100).reshape(10, 10).astype(kind)
    if kind == "i4":
        x *= 2**20
    before = x.copy()
    with pytest.raises(OverflowError, match=r"^\d+ of 100 outputs do not fit") as error:
        pyconvolve.convolve(
            x, x[:3, :3] + 100, "same", method, overflow="raise",
            dtype="u1" if kind == "f8" else kind, out=x if kind != "f8" else None,
        )  # fmt: skip
    np.testing.assert_array_equal(x, before)
    assert not isinstance(error.value, ValueError)
    assert "saturate" in str(error.value)


@every_overflow
@pytest.mark.parametrize("kind", ["u1", "i8", "u8", "f8"])
def test_arrays_without_axes(kind: str, overflow: str) -> None:
    x, h = np.array(200, kind), np.array(2, kind)
    if overflow == "raise":
        with pytest.raises(OverflowError, match=r"^1 of 1 "):
            pyconvolve.convolve(x, h, dtype="u1", overflow=overflow)
        return
    got = pyconvolve.convolve(x, h, dtype="u1", overflow=overflow)
    assert got == (255 if overflow == "saturate" else 144)
    assert got.dtype == np.uint8


@pytest.mark.parametrize("kind", ["u1", "u2"])
@pytest.mark.parametrize("size", [(1, 1), (3, 3), (5, 5), (7, 3), (4, 2), (13, 13)])
@pytest.mark.parametrize("mode", ["reflect", "symmetric", "edge", "constant"])
@pytest.mark.parametrize("taps", ["integers", "fractions"])
def test_filter2d_of_opencv(
    taps: str, mode: str, size: tuple[int, int], kind: str
) -> None:
    """Sums of products of these taps are not rounded, and ties are the same."""
    cv2 = pytest.importorskip("cv2")
    if taps == "fractions" and min(size) > 10:
        pytest.skip("OpenCV multiplies spectra")
    borders = {
        "reflect": cv2.BORDER_REFLECT_101,
        "symmetric": cv2.BORDER_REFLECT,
        "edge": cv2.BORDER_REPLICATE,
        "constant": cv2.BORDER_CONSTANT,
    }
    x = image_of(kind)
    h = np.random.default_rng(1).integers(-4, 5, size)
    divisor = 8 if taps == "fractions" else 1
    # the centre of an even kernel is that of mode 'same'
    anchor = tuple(n // 2 for n in size[::-1])
    want = cv2.filter2D(x, -1, h / divisor, anchor=anchor, borderType=borders[mode])
    for method in METHODS:
        if taps == "fractions" and method == "fft":
            continue
        got = pyconvolve.correlate(
            x, h if taps == "integers" else h / divisor, "same", method, boundary=mode,
            dtype=kind, overflow="saturate",
        )  # fmt: skip
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize(
    ("data", "kernel", "options"),
    [
        ((300, 400), (5, 4), {}),
        ((300, 400), (31, 30), {"method": "fft"}),
        ((300, 400), (9, 9), {"stride": 2, "dilation": (1, 3), "boundary": "wrap"}),
        ((90, 80, 3), (5, 5), {"axes": (0, 1)}),
        ((100, 120), (7, 7), {"upsample": (2, 3), "method": "direct"}),
        ((100, 120), (7, 7), {"upsample": (2, 3), "method": "fft"}),
        ((200_000,), (501,), {}),
    ],
)
@pytest.mark.parametrize("taps", ["i2", "f8"])
@every_overflow
def test_bits_do_not_depend_on_workers(
    overflow: str,
    taps: str,
    data: tuple[int, ...],
    kernel: tuple[int, ...],
    options: dict[str, Any],
) -> None:
    x, h = image_of("u1", data), small_integers(kernel, taps)
    limits = Thresholds(thread_seconds=0, share_seconds=0)
    method = options.get("method", "auto")
    options = {k: v for k, v in options.items() if k != "method"}

    def compute(workers: int) -> Any:
        try:
            return planned.convolve(
                limits, x, h, "same", method, workers=workers, dtype="u1",
                overflow=overflow, **options,
            )  # fmt: skip
        except OverflowError as error:
            return str(error)

    alone = compute(1)
    assert isinstance(alone, str) == (overflow == "raise")
    for workers in (2, 3):
        np.testing.assert_array_equal(compute(workers), alone)


@pytest.mark.parametrize("name", FUNCTIONS)
@every_overflow
@every_method
def test_lags_are_slices(method: str, overflow: str, name: str) -> None:
    x, h = image_of("u1", (60, 70)), small_integers((5, 7), "i1")
    function = getattr(pyconvolve, name)
    first = [0, 0] if name == "convolve" else [-4, -6]
    pairs = [(f + 3, f + 20) for f in first]
    options = {"method": method, "dtype": "i2", "overflow": overflow}
    whole = function(x, h, **options)
    part = function(x, h, lags=pairs, **options)
    np.testing.assert_array_equal(part, whole[3:21, 3:21])
    if overflow == "raise":
        with pytest.raises(OverflowError, match="of 324 "):
            function(x, h, lags=pairs, method=method, dtype="i1", overflow="raise")


@pytest.mark.parametrize("kind", ["u1", "<i4", ">i4", ">u2", "?", ">f8"])
@pytest.mark.parametrize("dtype", ["u1", "i2", "u8"])
@every_method
def test_memory_layouts(method: str, dtype: str, kind: str) -> None:
    x, h = small_integers((40, 50, 3), kind, largest=100), small_integers((5, 4), "i1")
    want, _ = narrowed(
        exact("convolve", x.astype("i8"), h, "same", axes=(0, 1)), dtype, "saturate"
    )
    strided = np.zeros((80, 100, 6), kind)[::2, ::-2, 1::2]
    strided[...] = x
    outs = [
        np.zeros(x.shape, dtype),
        np.zeros(x.shape, dtype, "F"),
        np.zeros((80, 100, 6), dtype)[::2, ::-2, 1::2],
        np.zeros(x.size * 8 + 1, "u1")[1:][: x.size * np.dtype(dtype).itemsize]
        .view(dtype).reshape(x.shape),
    ]  # fmt: skip
    for signal in (x, strided, np.asfortranarray(x)):
        for out in outs:
            pyconvolve.convolve(
                signal, h, "same", method, axes=(0, 1), dtype=dtype, out=out,
                overflow="saturate",
            )  # fmt: skip
            np.testing.assert_array_equal(out, want)


@every_overflow
@every_method
@pytest.mark.parametrize("taps", ["i1", "f4"])
def test_convolver(taps: str, method: str, overflow: str) -> None:
    h = np.abs(small_integers((5, 4), taps)) + 1
    options = {
        "mode": "same", "method": method, "dtype": "u1", "overflow": overflow,
        "boundary": "constant", "cval": 3,
    }  # fmt: skip
    convolver = Convolver(h, **options)
    assert f"dtype=uint8, overflow={overflow!r}"[:11] in repr(convolver)
    signals = [
        np.ones((30, 40), "u1"),
        image_of("u1", (30, 40)),
        np.ones((30, 40), "i8"),
        image_of("i8", (30, 40)) // 2**20,
        image_of("f8", (30, 40)),
    ]
    for each in (convolver, pickle.loads(pickle.dumps(convolver))):
        for signal in [*signals, *signals]:
            try:
                want = pyconvolve.convolve(signal, h, **options)
            except OverflowError as error:
                with pytest.raises(OverflowError, match=re.escape(str(error))):
                    each(signal)
                continue
            np.testing.assert_array_equal(each(signal), want)


def test_threads_share_a_convolver() -> None:
    convolver = Convolver(np.ones((3, 3)), mode="same", dtype="u1", overflow="saturate")
    images = [image_of("u1", (40 + i, 50)) for i in range(6)]
    want = [convolver(image) for image in images]
    with ThreadPoolExecutor(4) as pool:
        for got, expected in zip(
            pool.map(convolver, images * 9), want * 9, strict=True
        ):
            np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("data", "kernel"), [((30,), (7,)), ((7,), (30,))])
def test_either_input_may_be_the_larger_one(
    data: tuple[int, ...], kernel: tuple[int, ...], mode: str
) -> None:
    for first, second in (("u1", "i2"), ("i2", "u1"), ("u1", "f4"), ("f4", "u1")):
        x, h = small_integers(data, first), small_integers(kernel, second, seed=1)
        got = pyconvolve.correlate(x, h, mode, dtype="i1", overflow="saturate")
        want, _ = narrowed(reference.correlate(x, h, mode), "i1", "saturate")
        np.testing.assert_array_equal(got, want)
