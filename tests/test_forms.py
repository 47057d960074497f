"""Kernels that are outer products, and kernels with few taps."""

from dataclasses import replace
from typing import Any

import numpy as np
import planned
import pytest
import reference
from hypothesis import assume, given
from hypothesis import strategies as st
from problems import FLOATS, Problem, problems, small_integers
from scipy import ndimage, signal

import pyconvolve
from pyconvolve._core import api, forms
from pyconvolve._core.engines import direct, tapwise
from pyconvolve._core.sums import with_sums
from pyconvolve._core.thresholds import THRESHOLDS

pytestmark = pytest.mark.compiled

# Forms are used wherever they may be.
ALWAYS = replace(THRESHOLDS, form_seconds=-1.0, form_share=1e99, sparse_share=0.99)
NEVER = replace(THRESHOLDS, form_share=0.0)
LAPLACIAN = [[0, 1, 0], [1, -4, 1], [0, 1, 0]]


def plan_for(x: Any, h: Any, **options: Any) -> Any:
    """Return the plan that sums a kernel."""
    options = {"limits": ALWAYS, "kernel_dtype": h.dtype, **options}
    made = planned.plan(x.shape, h.shape, x.dtype, "same", **options)
    return made.chosen_for(h) if isinstance(made, forms.FormPlan) else made


@given(problems(), st.sampled_from(["convolve", "correlate"]), st.integers(0, 99))
def test_zeros_are_left_out(problem: Problem, function: str, seed: int) -> None:
    """Any options and types: results are those of the whole kernel."""
    h = problem.in2.copy()
    h[np.random.default_rng(seed).random(h.shape) < 0.6] = 0
    x, mode, options = problem.in1, problem.mode, problem.options
    got = planned.convolve(
        ALWAYS, x, h, mode, correlating=function == "correlate", **options
    )
    want = getattr(reference, function)(x, h, mode, **options)
    bound = reference.error_bound(x, h, getattr(reference, function), mode, **options)
    reference.assert_matches(got, want, got.dtype, bound)


@given(problems(), st.integers(0, 99), st.floats(0, 1))
def test_supports(problem: Problem, seed: int, share: float) -> None:
    """The direct engine sums the taps of a support, whatever the others are."""
    x, options = problem.in1, problem.options
    described = planned.prepare(
        x.shape, problem.in2.shape, x.dtype, problem.mode,
        kernel_dtype=problem.in2.dtype, **options,
    )  # fmt: skip
    whole = described.problem
    assume(not described.is_empty and not described.swapped)
    assume(described.views is None)
    taps = [axis.taps for axis in whole.axes if axis.role != "batch"]
    support = np.random.default_rng(seed).random(taps) < share
    some = whole._replace(support=support.tobytes())
    made = direct.plan(some, THRESHOLDS)
    assume(made is not None)
    assert made is not None
    made.lay_out()
    h = small_integers(problem.in2.shape, problem.in2.dtype, seed)
    x = small_integers(x.shape, x.dtype, seed)
    if h.dtype.kind in "fc":
        # at taps that take no part, if all kernels have the same
        names = [axis.kernel for axis in whole.axes if axis.role != "batch"]
        steps = [
            -1 if axis.reversed else 1 for axis in whole.axes if axis.role != "batch"
        ]
        flipped = support[tuple(slice(None, None, step) for step in steps)]
        others = [a for a in range(h.ndim) if a not in names]
        view = h.transpose([*others, *names])
        view[..., ~flipped] = np.nan
    got, want = (np.empty(described.shape, described.dtype) for _ in range(2))
    made.run(x, made.prepare(h, False), got, None, 1)
    other = tapwise.plan(some, THRESHOLDS)
    other.run(x, h, want, None, 1)
    np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("dtype", ["f4", "f8", "c8", "c16"])
@given(
    shape=st.sampled_from([(30, 41), (9, 10, 12), (5, 40, 6)]),
    seed=st.integers(0, 999),
    mode=st.sampled_from(["full", "same", "valid"]),
    boundary=st.sampled_from(list(reference.SOURCE)),
    correlating=st.booleans(),
)
def test_outer_products(
    dtype: str,
    shape: tuple[int, ...],
    seed: int,
    mode: str,
    boundary: str,
    correlating: bool,
) -> None:
    rng = np.random.default_rng(seed)
    h = np.ones(())
    for _ in shape:
        h = np.multiply.outer(h, rng.standard_normal(rng.integers(1, 6)))
    x = small_integers(shape, dtype, seed)
    h = h.astype(np.empty(0, dtype).real.dtype)
    options = {"boundary": boundary}
    got, want = (
        planned.convolve(limits, x, h, mode, method, correlating, **options)
        for limits, method in ((ALWAYS, "auto"), (THRESHOLDS, "direct"))
    )
    eps = np.finfo(dtype).eps
    np.testing.assert_allclose(got, want, 0, 40 * eps * 3 * np.abs(h).sum())
    if boundary != "constant":
        return
    # constants go on with the whole kernel
    options["cval"] = 2
    got, want = (
        planned.convolve(limits, x, h, mode, method, correlating, **options)
        for limits, method in ((ALWAYS, "auto"), (THRESHOLDS, "direct"))
    )
    np.testing.assert_allclose(got, want, 0, 40 * eps * 3 * np.abs(h).sum())


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "g"])
@given(
    shape=st.sampled_from([(300,), (30, 41), (9, 10, 12)]),
    seed=st.integers(0, 999),
    tap=st.sampled_from([1, -0.25, 3]),
    mode=st.sampled_from(["full", "same", "valid"]),
    boundary=st.sampled_from(list(reference.SOURCE)),
    cval=st.sampled_from([0, 2]),
)
def test_boxes(
    dtype: str,
    shape: tuple[int, ...],
    seed: int,
    tap: float,
    mode: str,
    boundary: str,
    cval: int,
) -> None:
    """Sums are exact, also of samples outside, and NaN reach as far as the kernel."""
    rng = np.random.default_rng(seed)
    h = np.full([rng.integers(1, 8) for _ in shape], tap, dtype)
    x = small_integers(shape, dtype, seed)
    x.flat[rng.integers(x.size)] = rng.choice([1, np.nan])
    options = {"boundary": boundary}
    if boundary == "constant" and cval:
        options["cval"] = cval
    got, want = (
        planned.convolve(limits, x, h, mode, method, **options)
        for limits, method in ((ALWAYS, "auto"), (THRESHOLDS, "direct"))
    )
    np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("dtype", ["f4", "f8", "g"])
@given(st.lists(st.integers(1, 9), min_size=1, max_size=4), st.integers(0, 999))
def test_factors(dtype: str, shape: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    h = np.ones((), np.longdouble)
    for n in shape:
        # a third has all digits of a long double
        factor = rng.standard_normal(n) * 10.0 ** rng.integers(-5, 5)
        h = np.multiply.outer(h, factor / np.longdouble(3))
    h = h.astype(dtype)
    precision = float(np.finfo(dtype).eps)
    factors = forms.factors_of(h, precision)
    assert factors is not None
    product = np.ones((), np.longdouble)
    for factor in factors:
        product = np.multiply.outer(product, factor)
    bound = 2 * h.ndim * precision * abs(h).max()
    np.testing.assert_allclose(product, h, 0, bound)
    if h.ndim > 1 and min(h.shape) > 1:
        # at a place that shares no coordinate with the largest tap
        at = np.unravel_index(np.argmax(abs(h)), h.shape)
        h[tuple(i - 1 for i in at)] += abs(h).max() * 40 * precision
        assert forms.factors_of(h, precision) is None


def test_no_factors() -> None:
    for h in (np.zeros((3, 3)), np.full((3, 3), np.nan), np.full((3, 3), np.inf)):
        assert forms.factors_of(h, 1e-16) is None
    assert forms.factors_of(np.eye(3), 1e-16) is None
    # quotients overflow
    assert forms.factors_of(np.array([[1e-310, 1], [1, 1]]), 1e-16) is None


def test_exact_factors() -> None:
    """Of integers over a power of two, so that sums are as exact as direct ones."""
    binomial = np.array([1, 6, 15, 20, 15, 6, 1.0])
    h = np.multiply.outer(np.outer(binomial, [1, -3, 5]), [7, 1]) / 4096
    factors = forms.factors_of(h, 1e-7)
    assert factors is not None
    assert all(abs(f).max() < 100 for f in factors)
    product = np.multiply.outer(np.outer(*factors[:2]), factors[2])
    np.testing.assert_array_equal(product, h)
    for factor in factors:
        np.testing.assert_array_equal(factor * 2**20, np.rint(factor * 2**20))


def test_chosen_engines() -> None:
    """Of forms, if other plans are expected to take longer."""
    x, rng = np.zeros((1000, 1000)), np.random.default_rng(0)
    gaussian = np.outer(*[np.exp(-(np.linspace(-3, 3, 31) ** 2))] * 2)
    assert plan_for(x, gaussian).name == "separable"
    assert plan_for(x, rng.standard_normal((31, 31))).name == "fft"
    assert plan_for(x, gaussian, limits=NEVER).name == "fft"
    few = np.zeros((9, 61))
    few[[0, 2, 5, 8], [3, 20, 15, 60]] = 1, 2, 3, 4
    chosen = plan_for(x, few)
    assert chosen.name == "direct"
    assert sum(chosen.problem.support) == 4
    # the kernel is dilated, and has a margin of zeros
    dilated = np.zeros((31, 31))
    dilated[3:28:8, 5:26:5] = rng.standard_normal((4, 5))
    chosen = plan_for(x, dilated)
    assert chosen.problem.support is None
    assert [axis.dilation for axis in chosen.problem.axes] == [8, 5]
    for h in (gaussian, few, dilated):
        by_method = plan_for(x, h, method="fft")
        assert by_method.name == "fft"
        usual = plan_for(x, h, limits=THRESHOLDS).name
        assert pyconvolve.explain(x, h, "same").engine == usual
    assert plan_for(x, np.full((401, 401), 0.5)).name == "running"
    # integers are exact, and an outer product of floats is not
    assert plan_for(x.astype(int), np.ones((5, 5), int)).name in ("direct", "fft")


@pytest.mark.parametrize("special", [np.nan, np.inf])
@pytest.mark.parametrize("mode", ["full", "same", "valid"])
def test_samples_that_are_not_finite(special: float, mode: str) -> None:
    """Zeros of sparse kernels are multiplied where samples are not finite."""
    x = np.random.default_rng(1).integers(-9, 9, (300, 400)).astype(float)
    x[0, 0] = x[100, 200] = special
    sparse = np.zeros((25, 25))
    sparse[[3, 20, 11], [7, 2, 12]] = 1, 2, -1
    assert plan_for(x, sparse).problem.support is not None
    smooth = np.outer(np.arange(1, 8.0), np.arange(2, 11.0))
    for h in (sparse, smooth):
        want = signal.convolve(x, h, mode, "direct")
        np.testing.assert_allclose(pyconvolve.convolve(x, h, mode), want, 1e-13, 1e-12)


def test_a_convolver_keeps_the_form() -> None:
    x = np.random.default_rng(1).standard_normal((200, 300))
    h = np.outer(np.hanning(17)[1:-1], np.hanning(19)[1:-1])
    smooth = pyconvolve.Convolver(h, mode="same", boundary="symmetric")
    for scale in (1, 2):
        np.testing.assert_allclose(
            smooth(scale * x), ndimage.convolve(scale * x, h), 0, 1e-12
        )


def test_image_filters_leave_zeros_out() -> None:
    """As SciPy, also where samples are not finite."""
    x = np.random.default_rng(1).integers(-9, 9, (300, 400)).astype(float)
    x[[0, 50, 70], [0, 80, 399]] = np.nan, np.inf, -np.inf
    ring = np.hypot(*np.ogrid[-12:13, -12:13]).round() == 11
    for h in (np.array(LAPLACIAN), ring.astype(float), np.zeros((3, 3))):
        for mode in ("reflect", "constant"):
            got = pyconvolve.ndimage.correlate(x, h, mode=mode)
            np.testing.assert_array_equal(got, ndimage.correlate(x, h, mode=mode))


@pytest.mark.parametrize("dtype", [d for d in FLOATS if d.kind == "f"], ids=str)
def test_types(dtype: np.dtype) -> None:
    x = small_integers((50, 60), dtype)
    h = np.outer([1, 2, 1], [1, 0, -1]).astype(dtype)
    got = planned.convolve(ALWAYS, x, h, "same")
    np.testing.assert_array_equal(got, signal.convolve2d(x.astype("f8"), h, "same"))
    assert got.dtype == dtype


@pytest.mark.parametrize("overflow", ["saturate", "wrap", "raise"])
def test_outer_products_of_bytes(overflow: Any) -> None:
    """Sums are rounded, by either plan; ties are not decided by the order of sums."""
    x = np.random.default_rng(1).integers(0, 200, (60, 70)).astype("u1")
    # sums are odd multiples of an eighth of an eighth
    h = np.outer([1, 2, 1], [1, 1, 3, 1]) / 64
    options = {"dtype": np.dtype("u1"), "overflow": overflow}
    got, want = (
        planned.convolve(limits, x, h, "same", method, **options)
        for limits, method in ((ALWAYS, "auto"), (THRESHOLDS, "direct"))
    )
    np.testing.assert_array_equal(got, want)
    how = planned.rules_of(False, "same", "auto", ALWAYS, **options)
    how = with_sums(how, x, h, 0)
    made = api.prepare(planned.NAMES, how, x.shape, h.shape, x.dtype, h.dtype).plan
    name = "direct" if overflow == "raise" else "separable"
    assert made.chosen_for(h).name == name
