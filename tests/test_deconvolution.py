"""Arguments, types, batches and missing samples, with all methods of `deconvolve`."""

import sys
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from deconvolutions import example
from problems import BOUNDARIES

from pyconvolve import convolve, deconvolve, kernels

pytestmark = pytest.mark.compiled

ITERATIVE = ["richardson_lucy", "least_squares"]
PLAIN: Any = ["wiener", *ITERATIVE]


@pytest.mark.parametrize("method", PLAIN)
def test_zeros_stay_zeros(method: Any) -> None:
    h = np.ones((3, 3))
    np.testing.assert_array_equal(deconvolve(np.zeros((7, 6)), h, method=method), 0)


@pytest.mark.parametrize(
    ("method", "how"),
    [
        ("wiener", {"regularization": 1e-10}),
        ("richardson_lucy", {"iterations": 3000}),
        ("least_squares", {"regularization": 0, "iterations": 300}),
    ],
)
@pytest.mark.parametrize("taps", [(3, 3), (2, 4), (1, 5)])
def test_it_is_the_inverse_of_convolve(
    method: Any, how: dict[str, Any], taps: tuple[int, int]
) -> None:
    x, h, _ = example((24, 21), taps)
    h[(taps[0] - 1) // 2, (taps[1] - 1) // 2] += 2
    boundaries = ["wrap"] if method == "wiener" else [*BOUNDARIES, ("edge", "wrap")]
    for boundary in boundaries:
        y = convolve(x, h, "same", boundary=boundary)
        got = deconvolve(y, h, method=method, boundary=boundary, normalize=(
            True if method == "richardson_lucy" else None
        ), **how)  # fmt: skip
        np.testing.assert_allclose(got, x, atol=2e-5)


@pytest.mark.parametrize("kind", ["f8", "c16"])
@pytest.mark.parametrize("method", PLAIN)
@pytest.mark.parametrize("axes", [(0, 1), (1, 2), (-1, 0), 1, (2,)])
def test_batches_are_signals_of_their_own(method: Any, axes: Any, kind: str) -> None:
    if kind == "c16" and method == "richardson_lucy":
        pytest.skip("samples must be real")
    rng = np.random.default_rng(0)
    y, along = rng.random((7, 9, 8)).astype(kind), np.atleast_1d(axes).tolist()
    if kind == "c16":
        y += 1j * rng.random(y.shape)
    h = rng.random((3, 4, 2)[: len(along)])
    how: Any = {"method": method, "boundary": "wrap"}
    if method != "wiener":
        how["iterations"] = 9
    last = range(-len(along), 0)
    found = np.moveaxis(deconvolve(y, h, axes=axes, **how), along, last)
    signals = np.moveaxis(y, along, last)
    for index in np.ndindex(signals.shape[: -len(along)]):
        want = deconvolve(signals[index], h, **how)
        np.testing.assert_allclose(found[index], want, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("method", PLAIN)
def test_a_bright_signal_of_a_batch_does_not_hide_others(method: Any) -> None:
    _, h, y = example((20, 21), (3, 3))
    both = np.stack([y * 1e30, y])
    want = deconvolve(y, h, method=method)
    got = deconvolve(both, h, method=method, axes=(1, 2))
    np.testing.assert_allclose(got[1], want, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("method", PLAIN)
def test_each_signal_may_have_a_kernel(method: Any) -> None:
    rng = np.random.default_rng(0)
    y, h = rng.random((5, 9, 2, 8)), rng.random((5, 3, 1, 4))
    d = rng.random((1, 1, 2, 3))
    how: Any = {"method": method, "boundary": "wrap"}
    if method != "wiener":
        how["iterations"] = 9
    penalty: Any = {} if method == "richardson_lucy" else {"regularizer": d}
    found = deconvolve(y, h, axes=(1, 3), **how, **penalty)
    for i, j in np.ndindex(5, 2):
        if penalty:
            penalty = {"regularizer": d[0, :, j]}
        want = deconvolve(y[i, :, j], h[i, :, 0], **how, **penalty)
        np.testing.assert_allclose(found[i, :, j], want, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("signals", [1, 1000])
def test_batches_in_several_blocks(signals: int) -> None:
    rng = np.random.default_rng(0)
    y, h = rng.random((1000, 32, 33)), rng.random((signals, 3, 3))
    found = deconvolve(y, h, axes=(1, 2))
    for i in (0, 1, 600, 999):
        want = deconvolve(y[i], h[min(i, signals - 1)])
        np.testing.assert_allclose(found[i], want, atol=1e-12)


@pytest.mark.parametrize("method", PLAIN)
@pytest.mark.parametrize(
    ("kinds", "want"),
    [
        (("f4", "f4"), "f4"),
        (("f8", "f4"), "f8"),
        (("f4", "f8"), "f8"),
        (("f2", "f2"), "f4"),
        (("i8", "i4"), "f8"),
        (("u1", "f4"), "f4"),
        (("?", "?"), "f8"),
        ((">f8", "f4"), "f8"),
        (("g", "f4"), "g"),
        (("c8", "f4"), "c8"),
        (("f4", "c8"), "c8"),
        (("f8", "c8"), "c16"),
    ],
)
def test_types(method: Any, kinds: tuple[str, str], want: str) -> None:
    rng = np.random.default_rng(0)
    y = (9 * rng.random((20, 17))).astype(kinds[0])
    h = np.array([[1, 1, 0], [0, 4, 1], [2, 0, 1]]).astype(kinds[1])
    if method == "richardson_lucy" and want.startswith("c"):
        name = "y" if y.dtype.kind == "c" else "h"
        with pytest.raises(TypeError, match=f"{name} must be real"):
            deconvolve(y, h, method=method)
        return
    how: Any = {"method": method} | ({} if method == "wiener" else {"iterations": 6})
    got = deconvolve(y, h, **how)
    wide = np.clongdouble if want.startswith("c") else np.longdouble
    precise = deconvolve(y.astype(wide), h.astype(wide), **how)
    assert got.dtype == want
    assert got.dtype.isnative
    bound = 1e4 * np.finfo(want).eps
    np.testing.assert_allclose(got, precise, rtol=bound, atol=bound * abs(y).max())


@pytest.mark.parametrize("method", ITERATIVE)
@pytest.mark.parametrize("kind", ["mask", "masked array", "nan"])
def test_missing_samples_do_not_matter(method: Any, kind: str) -> None:
    """Results are the same to the bit, whatever stands there."""
    _, h, y = example((30, 31), (4, 5))
    missing = np.random.default_rng(5).random(y.shape) < 0.3
    missing[10:20, 3:9] = True

    def run(y: np.ndarray, mask: Any = None) -> np.ndarray:
        how: Any = {"boundary": "symmetric", "iterations": 7}
        found = deconvolve(y, h, method=method, mask=mask, **how)
        assert type(found) is np.ndarray
        return found

    want = run(y, missing)
    y[missing] = 7
    if kind == "mask":
        np.testing.assert_array_equal(run(y, missing), want)
        y[missing] = np.inf
        np.testing.assert_array_equal(run(y, missing), want)
    elif kind == "masked array":
        np.testing.assert_array_equal(run(np.ma.MaskedArray(y, missing)), want)
        np.testing.assert_array_equal(
            run(np.ma.MaskedArray(y, missing & (y > 8)), missing), want
        )
    else:
        y[missing] = np.nan
        np.testing.assert_array_equal(run(y), want)
    assert abs(run(np.nan_to_num(y, posinf=7)) - want).max() > 0.1


def test_masks_are_broadcast() -> None:
    _, h, y = example((30, 31), (3, 3))
    row = np.arange(31) % 5 == 2
    how: Any = {"method": "least_squares"}
    want = deconvolve(y, h, mask=np.tile(row, (30, 1)), **how)
    np.testing.assert_array_equal(deconvolve(y, h, mask=row, **how), want)


def test_more_light_than_the_photograph_shows() -> None:
    """Samples behind the edges are found by what they add to those inside."""
    rng = np.random.default_rng(0)
    x, h = rng.random((40, 40)), kernels.gaussian(1.0, ndim=2)
    y = convolve(x, h, "same")[8:-8, 8:-8]
    reach = [(k // 2, k // 2) for k in h.shape]
    outside = np.pad(np.zeros(y.shape, bool), reach, constant_values=True)
    got = deconvolve(
        np.pad(y, reach), h, method="least_squares", mask=outside, iterations=200,
        regularization=1e-6,
    )  # fmt: skip
    again = convolve(got, h, "same")[~outside].reshape(y.shape)
    assert abs(again - y).max() < 1e-3


@pytest.mark.parametrize("method", ITERATIVE)
def test_callback(method: Any) -> None:
    _, h, y = example((20, 21), (3, 3))
    how: Any = {"method": method, "boundary": "wrap"}
    seen: list[np.ndarray] = []

    def watch(number: int, x: np.ndarray) -> Any:
        assert number == len(seen) + 1
        assert not x.flags.writeable
        seen.append(x.copy())
        return np.bool_(number == 4)

    got = deconvolve(y, h, callback=watch, **how)
    assert len(seen) == 4
    np.testing.assert_array_equal(got, seen[-1])
    for number, x in enumerate(seen, 1):
        want = deconvolve(y, h, iterations=number, **how)
        np.testing.assert_array_equal(x, want)
    # only truth values end iterations
    calls: list[int] = []
    deconvolve(y, h, iterations=3, callback=lambda n, _: calls.append(n) or n, **how)
    assert calls == [1, 2, 3]

    def interrupt(number: int, x: np.ndarray) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deconvolve(y, h, callback=interrupt, **how)


@pytest.mark.parametrize("method", ITERATIVE)
def test_progress(method: Any, capsys: pytest.CaptureFixture[str]) -> None:
    _, h, y = example((20, 21), (3, 3))
    how: Any = {"method": method, "iterations": 5, "tolerance": None}
    want = deconvolve(y, h, **how)
    shown = []

    def show(numbers: Iterable[int]) -> Iterable[int]:
        for number in numbers:
            yield number
            shown.append(number)

    np.testing.assert_array_equal(deconvolve(y, h, progress=show, **how), want)
    assert shown == [1, 2, 3, 4, 5]
    pytest.importorskip("rich")
    np.testing.assert_array_equal(deconvolve(y, h, progress=True, **how), want)
    assert "100%" in capsys.readouterr().out


def test_progress_needs_rich(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rich.progress", None)
    with pytest.raises(ImportError, match="progress=True needs rich"):
        deconvolve(np.ones(5), [1], method="richardson_lucy", progress=True)


@pytest.mark.parametrize("method", ITERATIVE)
def test_iterations_can_be_continued(method: Any) -> None:
    _, h, y = example((20, 21), (3, 3))
    how: Any = {"method": method, "boundary": "edge"}
    half = deconvolve(y, h, iterations=5, **how)
    kept = half.copy()
    got = deconvolve(y, h, iterations=5, x0=half, **how)
    np.testing.assert_array_equal(half, kept)
    if method == "richardson_lucy":
        want = deconvolve(y, h, iterations=10, **how)
        np.testing.assert_array_equal(got, want)
    whole = deconvolve(y, h, iterations=500, **how)
    assert abs(got - whole).max() < abs(half - whole).max()
    # in place
    assert deconvolve(y, h, iterations=5, x0=half, out=half, **how) is half
    np.testing.assert_array_equal(half, got)


@pytest.mark.parametrize("method", PLAIN)
def test_out(method: Any) -> None:
    _, h, y = example((40, 31), (3, 5))
    want = deconvolve(y, h, method=method)
    kept = y.copy()
    out = np.empty((31, 40)).T
    assert deconvolve(y, h, method=method, out=out) is out
    np.testing.assert_array_equal(out, want)
    np.testing.assert_array_equal(y, kept)
    assert deconvolve(y, h, method=method, out=y) is y
    np.testing.assert_array_equal(y, want)
    padded = np.zeros((42, 33))
    padded[1:-1, 1:-1] = kept
    view = padded[1:-1, 1:-1]
    np.testing.assert_array_equal(deconvolve(view, h, method=method, out=view), want)
    assert not padded[0].any()
    assert not padded[:, -1].any()


@pytest.mark.parametrize("method", PLAIN)
@pytest.mark.parametrize("shape", [(513, 257), (3, 200, 301), (100_001,)])
def test_any_number_of_workers(method: Any, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    y, h = rng.random(shape), rng.random((5,) * len(shape))
    how: Any = {} if method == "wiener" else {"iterations": 2}
    want = deconvolve(y, h, method=method, workers=1, **how)
    for workers in (2, 3):
        got = deconvolve(y, h, method=method, workers=workers, **how)
        np.testing.assert_array_equal(got, want)


# Errors

RIGHT: dict[str, Any] = {"y": np.ones((6, 7)), "h": np.ones((3, 3)) / 9}
WIENER: dict[str, Any] = {**RIGHT, "method": "wiener"}
LUCY: dict[str, Any] = {**RIGHT, "method": "richardson_lucy"}
SQUARES: dict[str, Any] = {**RIGHT, "method": "least_squares"}
ONE_NAN = np.where(np.arange(42).reshape(6, 7) == 5, np.nan, 1)
WRONG: list[tuple[dict[str, Any], str, Any]] = [
    *((RIGHT, "method", value) for value in ("x", None, 3, "lsqr")),
    *((RIGHT, "y", value) for value in (1.0, np.ones((0, 3)), np.ones(4), "a", None)),
    *((RIGHT, "y", np.full((6, 7), value)) for value in (np.inf, np.nan)),
    *((RIGHT, "h", value) for value in (np.ones(3), np.ones((0, 3)), "a", np.nan)),
    (RIGHT, "h", [[np.nan, 1]]),
    (RIGHT, "h", [[np.inf, 1]]),
    *((RIGHT, "axes", value) for value in (2, (0, 0), "x", (), 1.5)),
    *((RIGHT, "workers", value) for value in (0, 1.5, "2")),
    *((RIGHT, "out", value) for value in (np.ones(3), np.ones((6, 7), "f4"), [1])),
    *((WIENER, "boundary", value) for value in ("constant", "edge", ("wrap", "edge"))),
    *((SQUARES, "boundary", value) for value in ("x", 3, "mirror", ("wrap",) * 3)),
    *((WIENER, "regularization", value) for value in (-1, np.nan, np.inf, "a", 1j)),
    *((SQUARES, "regularization", value) for value in (-1, np.nan, np.inf, "a", 1j)),
    (LUCY, "regularization", 0.1),
    *((WIENER, "regularizer", v) for v in (np.ones(3), [[1j]], [[np.nan]], [[]], "a")),
    (LUCY, "regularizer", np.ones((3, 3))),
    *((LUCY, "iterations", value) for value in (-1, 1.5, "3")),
    *((SQUARES, "tolerance", value) for value in (-1, np.nan, "a", np.inf)),
    *((LUCY, "filter_epsilon", value) for value in (-1, np.nan, "a", np.inf)),
    *((SQUARES, "x0", value) for value in (np.ones(3), ONE_NAN, np.full((6, 7), 1j))),
    *((LUCY, "mask", value) for value in (np.ones(3), np.ones((6, 7)), "a")),
    *((LUCY, "normalize", value) for value in ("no", 3, 1.5)),
    *((LUCY, "callback", value) for value in (3, "x")),
    *((LUCY, "progress", value) for value in (3, "x")),
    (WIENER, "y", ONE_NAN),
    (WIENER, "y", np.ma.masked_invalid(ONE_NAN)),
    (WIENER, "iterations", 3),
    (WIENER, "x0", np.ones((6, 7))),
    (WIENER, "mask", np.zeros((6, 7), bool)),
    (WIENER, "callback", print),
    (WIENER, "progress", True),
    (WIENER, "tolerance", 0.1),
    (LUCY, "tolerance", 0.1),
    (WIENER, "normalize", True),
    (SQUARES, "normalize", True),
    (SQUARES, "filter_epsilon", 0.1),
]


@pytest.mark.parametrize(
    ("right", "name", "value"), WRONG, ids=lambda each: repr(each)[:30]
)
def test_wrong_arguments(right: dict[str, Any], name: str, value: Any) -> None:
    deconvolve(**right)
    with pytest.raises((ValueError, TypeError), match=rf"\b{name}\b"):
        deconvolve(**right | {name: value})
