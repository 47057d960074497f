"""Convolution with missing samples and weights: values beside the definition."""

from typing import Any

import numpy as np
import pytest
import reference
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import BOUNDARIES, MODES, holed

import pyconvolve
from pyconvolve import kernels, normalized_convolve

pytestmark = pytest.mark.compiled

FLOATS = [np.float32, np.float64, np.longdouble, np.complex64, np.complex128]
METHODS = ["direct", "fft"]


def eps_of(dtype: Any) -> float:
    return float(np.finfo(dtype).eps)


def expected(
    x: np.ndarray,
    h: np.ndarray,
    weights: np.ndarray,
    mode: str = "same",
    *,
    edges: str = "boundary",
    boundary: str = "constant",
    cval: Any = 0,
    axes: Any = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Compute the definition in long double: weighted means, and the weight met."""
    wide = np.clongdouble if x.dtype.kind == "c" else np.longdouble
    held = np.where(weights > 0, x, 0).astype(wide) * weights
    taps = h.astype(np.longdouble)
    beyond = 1
    if edges == "renormalize":
        boundary, cval, beyond = "constant", 0, 0
    rules = {"boundary": boundary, "axes": axes}
    total = reference.convolve(held, taps, mode, cval=cval, **rules)
    counts = weights.astype(np.longdouble)
    norm = reference.convolve(counts, taps, mode, cval=beyond, **rules)
    met = reference.convolve(counts, abs(taps), mode, cval=beyond, **rules)
    return np.where(met > 0, total / np.where(norm == 0, 1, norm), np.nan), met / abs(
        taps
    ).sum()


def one_or_each(values: st.SearchStrategy[Any], rank: int) -> st.SearchStrategy[Any]:
    return values | st.tuples(*(values,) * rank)


@st.composite
def cases(draw: st.DrawFn) -> dict[str, Any]:
    rank = draw(st.integers(1, 3))
    side, taps = {1: (40, 12), 2: (12, 6), 3: (7, 4)}[rank]
    n = draw(st.lists(st.integers(1, side), min_size=rank, max_size=rank))
    k = draw(st.lists(st.integers(1, taps), min_size=rank, max_size=rank))
    mode = draw(st.sampled_from(MODES))
    if mode == "valid":
        k = [min(a, b) for a, b in zip(n, k, strict=True)]
    return {
        "shape": tuple(n),
        "taps": tuple(k),
        "mode": mode,
        "dtype": draw(st.sampled_from(FLOATS)),
        "method": draw(st.sampled_from(METHODS)),
        "share": draw(st.sampled_from([0.0, 0.05, 0.4, 0.95, 1.0])),
        "weighted": draw(st.booleans()),
        "masked": draw(st.booleans()),
        "seed": draw(st.integers(0, 999)),
    } | draw(rules_outside(rank))


@st.composite
def rules_outside(draw: st.DrawFn, rank: int) -> dict[str, Any]:
    """Draw rules for samples outside that are allowed together."""
    if draw(st.booleans()):
        return {"edges": "renormalize", "boundary": "constant", "cval": 0}
    boundary = draw(one_or_each(st.sampled_from(BOUNDARIES), rank))
    cval: Any = 0
    if "constant" in (boundary if isinstance(boundary, tuple) else (boundary,)):
        cval = draw(one_or_each(st.sampled_from([0, 1.5]), rank))
    return {"edges": "boundary", "boundary": boundary, "cval": cval}


@given(case=cases())
def test_weighted_means(case: dict[str, Any]) -> None:
    rng = np.random.default_rng(case["seed"])
    dtype = np.dtype(case["dtype"])
    x = rng.standard_normal(case["shape"]).astype(dtype)
    if dtype.kind == "c":
        x += dtype.type(1j) * rng.standard_normal(case["shape"]).astype(dtype)
    h = rng.random(case["taps"]).astype(dtype.type(0).real.dtype) + 0.1
    weights = np.ones(case["shape"])
    options: dict[str, Any] = {}
    if case["weighted"]:
        weights = rng.random(case["shape"]).astype(np.float32).astype(float)
        options["weights"] = weights.copy()
    if case["masked"]:
        options["mask"] = rng.random(case["shape"]) < case["share"] / 2
        weights[options["mask"]] = 0
    x = holed(x, case["share"], case["seed"])
    weights[np.isnan(x)] = 0
    rules = {name: case[name] for name in ("edges", "boundary", "cval")}
    want, met = expected(x, h, weights, case["mode"], **rules)
    got, weight = normalized_convolve(
        x, h, mode=case["mode"], method=case["method"], return_weights=True, **options,
        **rules,
    )  # fmt: skip
    assert got.dtype == dtype
    assert got.shape == weight.shape == want.shape
    np.testing.assert_array_equal(np.isnan(got), np.isnan(want))
    present = ~np.isnan(want)
    # the error of outputs with so little weight that they are almost summed directly
    bound = 1e3 * eps_of(dtype) ** (2 / 3)
    assert abs(np.where(present, got - want, 0)).max(initial=0) <= bound
    assert abs(weight - met).max(initial=0) <= bound


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("edges", ["boundary", "renormalize"])
def test_little_weight_is_enough(dtype: Any, edges: Any) -> None:
    """Outputs that a kernel's tails reach are right; those without samples are NaN."""
    rng = np.random.default_rng(0)
    x = rng.random((130, 120)).astype(dtype) + 1
    x[8:122, 8:112] = np.nan
    x[65, 60] = 3
    h = kernels.gaussian(2.0, ndim=2, truncate=9, dtype=dtype)
    want, met = expected(x, h, (~np.isnan(x)).astype(float), edges=edges)
    got, weight = normalized_convolve(
        x, h, method="fft", edges=edges, return_weights=True
    )
    np.testing.assert_array_equal(np.isnan(got), np.isnan(want))
    assert 0 < np.isnan(got).sum() < got.size / 2
    assert np.nanmin(np.where(met > 0, met, 1)) < eps_of(dtype) ** 2
    bound = 1e3 * eps_of(dtype) ** (2 / 3)
    assert np.nanmax(abs(got - want)) <= bound
    lower = met < eps_of(dtype)
    np.testing.assert_allclose(weight[lower], met[lower].astype(float), rtol=1e-4)


@pytest.mark.pairwise
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("boundary", BOUNDARIES)
@pytest.mark.parametrize("mode", ["same", "full"])
@pytest.mark.parametrize("taps", [(9, 12), (70, 3)])
def test_blocks_summed_directly(
    taps: tuple[int, int], mode: Any, boundary: Any, method: Any
) -> None:
    """Weights of very different sizes, with every boundary."""
    rng = np.random.default_rng(1)
    x = rng.standard_normal((45, 71))
    weights = 10.0 ** rng.integers(-14, 1, x.shape)
    weights[:, 20:50] *= 1e-9
    h = rng.random(taps)
    cval = 2.0 if boundary == "constant" else 0
    want, met = expected(x, h, weights, mode, boundary=boundary, cval=cval)
    got, weight = normalized_convolve(
        x, h, weights=weights, mode=mode, boundary=boundary, cval=cval, method=method,
        return_weights=True,
    )  # fmt: skip
    assert abs(got - want).max() < 1e-9
    np.testing.assert_allclose(weight, met.astype(float), rtol=1e-9)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("data", "taps", "axes"),
    [
        ((3, 40, 30), (5, 6), (1, 2)),
        ((40, 30, 3), (5, 6), (0, 1)),
        ((40, 30, 3), (6, 5), (1, 0)),
        ((40, 30), (7,), 0),
        ((3, 40, 30), (3, 5, 6), (1, 2)),
        ((1, 40, 30), (3, 5, 6), (1, 2)),
        ((3, 40, 30), (1, 5, 6), (-2, -1)),
    ],
)
def test_axes(
    data: tuple[int, ...], taps: tuple[int, ...], axes: Any, method: Any
) -> None:
    rng = np.random.default_rng(2)
    x = holed(rng.standard_normal(data), 0.3)
    x[..., 3:20] = np.nan
    h = rng.random(taps) ** 30
    many = len(taps) == len(data)
    each = [h[i : i + 1] for i in range(len(h))] if many else [h]
    wanted = [expected(x, k, ~np.isnan(x), axes=axes) for k in each]
    if many and len(each) > 1:
        parts = [
            tuple(a[i if len(a) > 1 else 0] for a in pair)
            for i, pair in enumerate(wanted)
        ]
        want, met = (np.stack(part) for part in zip(*parts, strict=True))
    else:
        want, met = wanted[0]
    got, weight = normalized_convolve(
        x, h, axes=axes, method=method, return_weights=True
    )
    np.testing.assert_array_equal(np.isnan(got), np.isnan(want))
    assert np.nanmax(abs(got - want)) < 1e-8
    assert abs(weight - met).max() < 1e-12


def test_signs_may_cancel() -> None:
    x = np.array([1.0, np.nan, 3.0, 4.0, 5.0])
    h = np.array([2.0, -1.0, 1.0])
    for method in METHODS:
        got, weight = normalized_convolve(x, h, method=method, return_weights=True)
        # 2 x[n + 1] - x[n] + x[n - 1], with zeros of weight 1 outside
        assert np.isnan(got[0])
        assert got[1:] == pytest.approx([7 / 3, 5, 9 / 2, -1 / 2])
        assert weight == pytest.approx([2 / 4, 3 / 4, 3 / 4, 1, 1])
    cancelling = normalized_convolve([1.0, 2.0, np.nan], [1.0, 1.0, -1.0], mode="valid")
    assert np.isnan(cancelling).all()


def test_negative_and_complex_taps() -> None:
    x = holed(np.random.default_rng(0).standard_normal(60), 0.3)
    h = np.arange(1.0, 6)
    want = normalized_convolve(x, h, return_weights=True)
    for factor in (-2, 1j, 1e-200, 3 - 4j):
        got, weight = normalized_convolve(x, factor * h, return_weights=True)
        np.testing.assert_allclose(got, want[0], rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(weight, want[1], rtol=1e-12)


@given(
    shape=st.tuples(st.integers(1, 30), st.integers(1, 20)),
    taps=st.tuples(st.integers(1, 7), st.integers(1, 7)),
    constant=st.floats(-100, 100),
    seed=st.integers(0, 999),
    method=st.sampled_from(METHODS),
)
@settings(max_examples=100)
def test_algebra(
    shape: tuple[int, int],
    taps: tuple[int, int],
    constant: float,
    seed: int,
    method: Any,
) -> None:
    rng = np.random.default_rng(seed)
    x, h = rng.standard_normal(shape), rng.random(taps) + 0.1
    weights = rng.random(shape) * (rng.random(shape) < 0.8)

    def smooth(x: np.ndarray, h: np.ndarray = h, w: np.ndarray = weights) -> np.ndarray:
        result: np.ndarray = normalized_convolve(
            x, h, weights=w, edges="renormalize", method=method
        )
        return result

    want = smooth(x)
    present = ~np.isnan(want)

    def near(got: np.ndarray, want: np.ndarray, scale: float = 1) -> None:
        np.testing.assert_array_equal(np.isnan(got), ~present)
        error = np.where(present, got - want, 0)
        assert abs(error).max() <= 1e-9 * max(scale, 1)

    near(smooth(np.full(shape, constant)), np.full(shape, constant), abs(constant))
    near(smooth(3 * x + constant), 3 * want + constant, abs(constant))
    near(smooth(x, 7 * h), want)
    near(smooth(x, h, 0.3 * weights), want)
    near(smooth(x[::-1], h[::-1], weights[::-1])[::-1], want) if taps[0] % 2 else None
    # samples without weight may have any value
    near(smooth(np.where(weights > 0, x, 1e6)), want)
    assert (want[present] <= x.max() + 1e-9).all()
    assert (want[present] >= x.min() - 1e-9).all()


def test_shift_equivariance() -> None:
    x = holed(np.random.default_rng(0).standard_normal((30, 40)), 0.4)
    h = kernels.gaussian((1, 2))
    padded = np.full((50, 60), np.nan)
    padded[7:37, 11:51] = x
    want = normalized_convolve(x, h, edges="renormalize")
    got = normalized_convolve(padded, h, edges="renormalize")[7:37, 11:51]
    np.testing.assert_allclose(got, want, rtol=1e-11, atol=1e-12)


def test_causal_smoothing_has_no_bias_at_its_start() -> None:
    recent = kernels.exponential(0.2)
    positions = np.full(50, 5.0)
    np.testing.assert_allclose(
        normalized_convolve(positions, recent, edges="renormalize"), 5.0, rtol=1e-12
    )
    assert pyconvolve.convolve(positions, recent, "same")[0] == pytest.approx(1)
    noisy = np.random.default_rng(0).standard_normal((80, 2)).cumsum(0)
    got = normalized_convolve(noisy, recent, axes=0, edges="renormalize")
    for n in (0, 1, 30, 79):
        weights = 0.8 ** np.arange(n + 1)[::-1]
        want = (weights[:, None] * noisy[: n + 1]).sum(0) / weights.sum()
        np.testing.assert_allclose(got[n], want, atol=1e-5)
    later = noisy.copy()
    later[40:] = 99
    changed = normalized_convolve(later, recent, axes=0, edges="renormalize")
    np.testing.assert_allclose(changed[:40], got[:40], rtol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_min_weight(method: Any) -> None:
    x = holed(np.random.default_rng(0).random((60, 60)), 0.5)
    h = kernels.box(5, ndim=2)
    _, met = expected(x, h, ~np.isnan(x))
    for least in (0.0, 0.3, 0.5001, 1.0):
        got = normalized_convolve(x, h, min_weight=least, method=method)
        doubtful = abs(met - least) < 1e-12
        np.testing.assert_array_equal((np.isnan(got) | doubtful), met <= least + 1e-12)


@pytest.mark.pairwise
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({"boundary": "constant"}, {"boundary": "fill"}),
        (
            {"boundary": "constant", "cval": 2.5},
            {"boundary": "fill", "fill_value": 2.5},
        ),
        ({"boundary": "wrap"}, {"boundary": "wrap"}),
        ({"boundary": "edge"}, {"boundary": "extend"}),
    ],
    ids=str,
)
@pytest.mark.parametrize(
    ("data", "taps"), [((200,), (21,)), ((60, 70), (9, 15)), ((18, 20, 22), (5, 3, 7))]
)
@pytest.mark.parametrize("method", METHODS)
def test_astropy(
    data: tuple[int, ...],
    taps: tuple[int, ...],
    ours: dict[str, Any],
    theirs: dict[str, Any],
    method: Any,
) -> None:
    astropy = pytest.importorskip("astropy.convolution")
    x = holed(np.random.default_rng(0).standard_normal(data), 0.1)
    h = np.random.default_rng(1).random(taps)
    want = astropy.convolve(x, h, **theirs)
    got = normalized_convolve(x, h, method=method, **ours)
    np.testing.assert_allclose(got, want, rtol=1e-10, atol=1e-12)
    mask = np.random.default_rng(2).random(data) < 0.1
    want = astropy.convolve(x, h, mask=mask, **theirs)
    got = normalized_convolve(x, h, mask=mask, method=method, **ours)
    np.testing.assert_allclose(got, want, rtol=1e-10, atol=1e-12)
