"""Up-sampling: convolution of signals with zeros between their samples."""

import itertools
from typing import Any

import numpy as np
import planned
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st
from problems import DTYPES, FUNCTIONS, MODES, any_values, small_integers
from reference import assert_matches

import pyconvolve
from pyconvolve._core import planner
from pyconvolve._core.engines import polyphase
from pyconvolve._core.problem import Axis
from pyconvolve._core.thresholds import Thresholds

pytestmark = pytest.mark.compiled

# Small windows and chunks, so that few samples need several.
SMALL = Thresholds(window_bytes=1 << 10, chunk_taps=7, row_reals=16, segment_reals=32)


def with_zeros(x: np.ndarray, factors: tuple[int, ...]) -> np.ndarray:
    """Put zeros between the samples along each axis."""
    shape = [u * (n - 1) + 1 for n, u in zip(x.shape, factors, strict=True)]
    wide = np.zeros(shape, x.dtype)
    wide[tuple(slice(None, None, u) for u in factors)] = x
    return wide


@given(
    st.integers(1, 12), st.integers(1, 30), st.integers(1, 40), st.integers(-70, 70),
    st.integers(1, 9), st.integers(1, 9), st.integers(1, 9),
)  # fmt: skip
def test_branches_sum_each_product_once(
    samples: int, taps: int, outputs: int, offset: int, s: int, d: int, u: int
) -> None:
    axis = Axis("window", 0, 0, 0, samples, taps, outputs, offset, s, d, u)
    found = []
    for of_outputs, of_taps, branch in planner.branches(axis):
        for (j, n), (i, k) in itertools.product(
            enumerate(of_outputs), enumerate(of_taps)
        ):
            sample = branch.offset + branch.stride * j + branch.dilation * i
            found.append((n, k, sample))
        assert (branch.outputs, branch.taps) == (len(of_outputs), len(of_taps))
    want = [
        (n, k, (s * n + offset + d * k) // u)
        for n, k in itertools.product(range(outputs), range(taps))
        if (s * n + offset + d * k) % u == 0
    ]
    assert sorted(found) == want


@pytest.mark.parametrize("method", ["direct", "fft"])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize(
    ("shape", "kernel", "up", "stride", "dilation"),
    [
        ((1000,), (60,), (2,), 1, 1),
        ((1000,), (601,), (3,), 2, 1),
        ((500,), (321,), (160,), 147, 1),
        ((500,), (321,), (147,), 160, 1),
        ((300,), (5,), (7,), 1, 2),
        ((300,), (50,), (6,), 4, 9),
        ((40, 50), (5, 6), (2, 3), 1, 1),
        ((40, 50), (5, 6), (2, 3), (3, 2), (2, 3)),
        ((64, 30), (9, 1), (4, 1), 1, 1),
        ((30, 3), (9, 1), (1, 4), 1, 1),
        ((8, 9, 70), (3, 4, 5), (2, 2, 2), (1, 2, 3), 1),
    ],
)
def test_inserted_zeros(
    shape: tuple[int, ...],
    kernel: tuple[int, ...],
    up: tuple[int, ...],
    stride: Any,
    dilation: Any,
    name: str,
    mode: Any,
    method: Any,
) -> None:
    x, h = small_integers(shape, "i4", 1), small_integers(kernel, "i4", 2)
    options = {"stride": stride, "dilation": dilation}
    function = getattr(pyconvolve, name)
    want = function(with_zeros(x, up), h, mode, "direct", **options)
    for dtype in ("i4", "f4", "c16"):
        got = function(
            x.astype(dtype), h.astype(dtype), mode, method, upsample=up, **options
        )
        error = 0 if dtype == "i4" or method == "direct" else 1e-3
        np.testing.assert_allclose(got, want, rtol=0, atol=error, strict=False)
        assert got.dtype == dtype


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("method", ["direct", "fft"])
def test_any_type(dtype: Any, method: Any) -> None:
    x, h = any_values((90, 7), dtype, 3), any_values((20, 3), dtype, 4)
    options: Any = {"upsample": (3, 2), "stride": (2, 1), "boundary": "wrap"}
    want = reference.convolve(x, h, **options)
    got = pyconvolve.convolve(x, h, method=method, **options)
    assert_matches(got, want, dtype, reference.continued_bound(x, h, np.dtype(dtype)))


@pytest.mark.parametrize(
    ("shape", "kernel", "up", "stride"),
    [((200,), (99,), 5, 3), ((25, 26), (9, 8), (2, 3), 1), ((9, 60), (7, 3), 4, 3)],
)
def test_several_chunks_and_blocks(
    shape: tuple[int, ...], kernel: tuple[int, ...], up: Any, stride: Any
) -> None:
    """Each branch of each block sums all its chunks of taps."""
    x, h = small_integers(shape, "f8", 1), small_integers(kernel, "f8", 2)
    options = {"upsample": up, "stride": stride, "boundary": "reflect"}
    want = reference.convolve(x, h, **options)
    for dtype in ("f8", "f4", "i2", "c8"):
        got = planned.convolve(
            SMALL, x.astype(dtype), h.astype(dtype), method="direct", **options
        )
        np.testing.assert_array_equal(got, want.astype(dtype))


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("method", ["direct", "fft"])
def test_any_memory_layout(method: Any, workers: int) -> None:
    x, h = any_values((300, 400), "f8", 3), any_values((10, 12), "f8", 4)
    options: Any = {"upsample": (2, 3), "method": method, "workers": workers}
    want = pyconvolve.convolve(x, h, **options)
    got = pyconvolve.convolve(np.asfortranarray(x), h[::-1, ::-1].copy()[::-1, ::-1],
                              **options)  # fmt: skip
    np.testing.assert_allclose(got, want, 1e-12, 1e-12)
    out = np.full(want.shape[::-1], np.nan).T
    pyconvolve.convolve(x, h, out=out, **options)
    np.testing.assert_array_equal(out, want)


@pytest.mark.parametrize("method", ["direct", "fft"])
def test_outputs_without_taps_are_zero(method: Any) -> None:
    """Kernels shorter than the up-sampling leave outputs that sum no tap."""
    x = np.arange(1.0, 6)
    out = np.full(401, np.nan)
    pyconvolve.convolve(x, [2.0], upsample=100, method=method, out=out)
    want = np.zeros(401)
    want[::100] = 2 * x
    np.testing.assert_allclose(out, want, atol=1e-12)
    # no output meets a tap
    odd = pyconvolve.convolve(
        x, [2.0], upsample=4, stride=2, lags=(1, 16), method=method
    )
    np.testing.assert_array_equal(odd, np.zeros(8))


@pytest.mark.parametrize("method", ["direct", "fft"])
def test_nonfinite_numbers_reach_their_outputs_only(method: Any) -> None:
    x, h = any_values((4000,), "f8", 1), any_values((600,), "f8", 2)
    x[1000], x[3000] = np.nan, np.inf
    wide = with_zeros(x, (3,))
    wide[np.arange(wide.size) % 3 > 0] = 0
    # 0 * inf counts where a zero was put between samples, but not when it is left out
    reached = np.zeros(wide.size + 599, bool)
    for sample in (3000, 9000):
        reached[sample : sample + 600] = True
    got = pyconvolve.convolve(x, h, upsample=3, method=method)
    np.testing.assert_array_equal(np.isfinite(got), ~reached)
    h[7] = np.inf
    got = pyconvolve.convolve(any_values((4000,), "f8", 1), h, upsample=3)
    np.testing.assert_array_equal(
        np.flatnonzero(~np.isfinite(got)), np.arange(4000) * 3 + 7
    )


@given(
    st.integers(1, 40), st.integers(1, 40), st.integers(1, 6), st.integers(1, 3),
    st.sampled_from(["direct", "fft"]),
)  # fmt: skip
def test_adjoint_of_stride(n: int, k: int, u: int, d: int, method: Any) -> None:
    """Up-sampling with a kernel is the adjoint of correlating with a stride."""
    x, h = any_values((n,), "c16", n), any_values((k,), "c16", k)
    up = pyconvolve.convolve(x, h, method=method, upsample=u, dilation=d)
    y = any_values(up.shape, "c16", 7)
    down = pyconvolve.correlate(y, h, "valid", method, stride=u, dilation=d)
    np.testing.assert_allclose(np.vdot(y, up), np.vdot(down, x), 1e-10, 1e-10)


def test_rational_resampling_of_a_sine() -> None:
    """A sine at 160/147 times the rate is the same sine."""
    taps = 2 * 10 * 160 + 1
    h = np.sinc((np.arange(taps) - taps // 2) / 160) * np.kaiser(taps, 5)
    x = np.sin(0.3 * np.arange(2000))
    y = pyconvolve.convolve(x, h, "same", upsample=160, stride=147)
    middle = slice(200, -200)
    times = 147 / 160 * np.arange(y.size)
    assert abs(y - np.sin(0.3 * times))[middle].max() < 5e-3


def test_convolver_and_explain() -> None:
    x, h = any_values((500,), "f4", 1), any_values((33,), "f4", 2)
    prepared = pyconvolve.Convolver(h, upsample=4, stride=3, mode="same")
    want = pyconvolve.convolve(x, h, "same", upsample=4, stride=3)
    np.testing.assert_array_equal(prepared(x), want)
    assert "upsample=4" in repr(prepared)
    explained = pyconvolve.explain(x, h, upsample=4, method="fft")
    assert repr(explained).startswith("4 branches, each fft")
    assert explained.memory > 0


def test_polyphase_plan_is_one_plan_per_branch() -> None:
    """Branches with equal problems share a plan."""
    made = planned.plan((1000,), (64,), "f8", "full", "fft", upsample=4)
    assert isinstance(made, polyphase.PolyphasePlan)
    assert made.seconds > 0
    assert len(made.counted) > 3


@pytest.mark.parametrize(
    ("upsample", "kind", "says"),
    [
        (0, ValueError, "at least 1"),
        (-2, ValueError, "at least 1"),
        ((2, 2), ValueError, "one integer or one for each of the 1"),
        (1.5, TypeError, "an integer"),
        ("2", TypeError, "an integer"),
        (2**31, ValueError, "below"),
    ],
)
def test_wrong_values(upsample: Any, kind: type[Exception], says: str) -> None:
    with pytest.raises(kind, match="upsample.*" + says):
        pyconvolve.convolve([1, 2], [1], upsample=upsample)
    with pytest.raises(ValueError, match=r"upsample is \(2,\)"):
        pyconvolve.convolve([1, 2], [1, 1, 1, 1], "valid", upsample=2)
