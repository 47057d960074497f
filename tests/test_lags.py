"""Ranges of outputs: slices of the whole result, at the cost of these outputs only."""

from typing import Any

import numpy as np
import pytest
import reference
import scipy.signal
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from problems import FUNCTIONS, Problem, per, problems, small_integers

import pyconvolve

pytestmark = pytest.mark.compiled

every_function = pytest.mark.parametrize("name", FUNCTIONS)


def ranges(problem: Problem, name: str) -> tuple[list[int], list[range]]:
    """Return the convolved axes of the result, and the range of lags along each."""
    x, h = problem.in1, problem.in2
    axes = problem.options.get("axes")
    convolved = list(range(x.ndim) if axes is None else np.atleast_1d(axes) % x.ndim)
    of_kernel = convolved if h.ndim == x.ndim else range(len(convolved))
    dilations = per(problem.options["dilation"], len(convolved))
    upsamplings = per(problem.options["upsample"], len(convolved))
    lags = []
    for a, b, d, u in zip(convolved, of_kernel, dilations, upsamplings, strict=True):
        reach = d * (h.shape[b] - 1)
        first = -reach if name == "correlate" else 0
        lags.append(range(first, first + u * (x.shape[a] - 1) + 1 + reach))
    return convolved, lags


@given(
    problems(),
    st.sampled_from(FUNCTIONS),
    st.sampled_from(["direct", "fft"]),
    st.data(),
)
def test_any_problem(
    problem: Problem, name: str, method: str, data: st.DataObject
) -> None:
    assume(problem.mode == "full")
    x, h, options = problem.in1, problem.in2, dict(problem.options)
    convolved, lags = ranges(problem, name)
    chosen = [
        tuple(sorted(data.draw(st.tuples(*(st.sampled_from(each),) * 2))))
        for each in lags
    ]
    function = getattr(pyconvolve, name)
    got = function(x, h, method=method, lags=chosen, **options)
    stride = per(options.pop("stride"), len(convolved))
    want = getattr(reference, name)(x, h, **options)
    part = [slice(None)] * want.ndim
    for axis, each, (first, last), step in zip(
        convolved, lags, chosen, stride, strict=True
    ):
        part[axis] = slice(each.index(first), each.index(last) + 1, step)
    bound = reference.continued_bound(x, h, got.dtype, options.get("cval", 0))
    reference.assert_matches(got, want[tuple(part)], got.dtype, bound)


@pytest.mark.parametrize("shapes", [((50,), (7,)), ((7,), (50,)), ((5, 20), (9, 3))])
@every_function
def test_every_pair(name: str, shapes: Any) -> None:
    """One pair of lags for all axes, also if the kernel is larger than the signal."""
    x, h = (small_integers(shape, "i8", seed=i) for i, shape in enumerate(shapes))
    function = getattr(pyconvolve, name)
    whole = function(x, h)
    below = 0 if name == "convolve" else h.shape[0] - 1
    shortest = min(whole.shape)
    for first in range(0, shortest, 3):
        for last in range(first, shortest, 2):
            if h.ndim > 1 and name == "correlate":
                pairs: Any = [(first - n + 1, last - n + 1) for n in h.shape]
            else:
                pairs = (first - below, last - below)
            got = function(x, h, lags=pairs)
            want = whole[(slice(first, last + 1),) * x.ndim]
            np.testing.assert_array_equal(got, want)


def test_lags_are_those_of_scipy() -> None:
    rng = np.random.default_rng(0)
    x, h = rng.standard_normal((2, 300))
    lags = scipy.signal.correlation_lags(300, 300)
    near = abs(lags) <= 20
    want = scipy.signal.correlate(x, h)[near]
    got = pyconvolve.correlate(x, h, lags=(-20, 20))
    np.testing.assert_allclose(got, want, rtol=0, atol=1e-11)
    assert got.argmax() - 20 == lags[near][want.argmax()]


@pytest.mark.usefixtures("fixed_numbers")
def test_other_lags_cost_nothing() -> None:
    x = np.broadcast_to(0.0, 10_000_000)
    for h in (x, x[:1_000_000]):
        few = pyconvolve.explain(x, h, lags=(5_000_000, 5_000_100)).seconds
        whole = pyconvolve.explain(x, h).seconds
        # several lags are summed at once, and at the rim fewer taps meet samples
        assert few["direct"] < whole["direct"] / 10_000
        assert few["fft"] < whole["fft"] / 2
    assert min(few.values()) < min(whole.values()) / 10
    part = np.broadcast_to(0.0, 1000)
    of_long = pyconvolve.explain(x, part, lags=(0, 1000)).seconds["direct"]
    of_short = pyconvolve.explain(x[:1001], part, lags=(0, 1000)).seconds["direct"]
    assert of_long == pytest.approx(of_short)


@every_function
def test_options(name: str) -> None:
    x, h = small_integers((30, 20), "f4"), small_integers((5, 3), "f4", seed=1)
    function = getattr(pyconvolve, name)
    want = function(x, h)[3:9, 2:8]
    below = (0, 0) if name == "convolve" else (4, 2)
    pairs = [
        (first - n, last - n) for first, last, n in ((3, 8, below[0]), (2, 7, below[1]))
    ]
    out = np.empty((6, 6), "f4")
    assert function(x, h, lags=pairs, out=out, workers=2) is out
    np.testing.assert_array_equal(out, want)
    np.testing.assert_array_equal(function(x, h, lags=np.array(pairs)), want)
    with pytest.raises(ValueError, match="out"):
        function(x, h, lags=pairs, out=np.empty((34, 22), "f4"))


@settings(max_examples=settings.default.max_examples // 4)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 3), st.data())
def test_inputs_change_places(
    samples: int, taps: int, stride: int, data: st.DataObject
) -> None:
    """With inputs in the other order, lags change sign and outputs are reversed."""
    x, h = small_integers((samples,), "i8"), small_integers((taps,), "i8", seed=1)
    first = data.draw(st.integers(1 - taps, samples - 1))
    last = data.draw(st.integers(first, samples - 1))
    got = pyconvolve.correlate(x, h, lags=(first, last))
    other = pyconvolve.correlate(h, x, lags=(-last, -first))
    np.testing.assert_array_equal(got, other[::-1])
    np.testing.assert_array_equal(
        pyconvolve.correlate(x, h, lags=(first, last), stride=stride), got[::stride]
    )


@pytest.mark.parametrize(
    "value",
    [(-1, 3), (3, 12), (5, 4), (0, 2**70), (3,), (1, 2, 3), (), 3, "ab", (0.5, 2),
     [(0, 1), (0, 1)], [(0, 1, 2)], {}, (None, 2)],
    ids=repr,
)  # fmt: skip
def test_wrong_lags(value: Any) -> None:
    x, h = np.ones(10), np.ones(3)
    for function in (pyconvolve.convolve, pyconvolve.explain):
        with pytest.raises((ValueError, TypeError), match="lags") as caught:
            function(x, h, lags=value)
        assert str(value).strip("[](){},") in str(caught.value)


@every_function
def test_bounds_are_told(name: str) -> None:
    low, high = (0, 11) if name == "convolve" else (-2, 9)
    for pair in ((low - 1, high), (low, high + 1)):
        with pytest.raises(ValueError, match=f"between {low} and {high}"):
            getattr(pyconvolve, name)(np.ones(10), np.ones(3), lags=pair)
    for mode in ("same", "valid"):
        with pytest.raises(ValueError, match="mode must be 'full'"):
            getattr(pyconvolve, name)(np.ones(10), np.ones(3), mode, lags=(0, 1))
