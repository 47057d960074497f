"""Pooling, beside PyTorch and NumPy."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from layouts import LAYOUTS
from pools import Options, highest, last_axes, lowest, pads_of, pools, windows_of
from problems import any_values
from reductions import ORDERED, SIGNALS, values
from status import MEMORY
from test_threads import interrupt, posix

from pyconvolve import set_workers
from pyconvolve._nn import pooling_plans
from pyconvolve.nn import (
    max_pool,
    max_pool_grad,
    mean_pool,
    mean_pool_grad,
    min_pool,
)

pytestmark = pytest.mark.compiled


@given(pools(4), st.sampled_from(ORDERED), st.sampled_from(list(SIGNALS)), st.data())
def test_extrema(
    drawn: tuple[tuple[int, ...], Options],
    dtype: np.dtype,
    layout: str,
    data: st.DataObject,
) -> None:
    """Maxima and minima of all types, with NaN and infinities, in any memory layout."""
    shape, options = drawn
    x = values(data.draw, shape, dtype)
    for pool, reduce, outside in (
        (max_pool, np.max, lowest), (min_pool, np.min, highest)
    ):  # fmt: skip
        windows = windows_of(x, options, outside(dtype))
        if windows is None:
            with pytest.raises(ValueError, match="size must span no more than"):
                pool(x, **options)
            return
        want = reduce(windows, last_axes(options))
        got = pool(SIGNALS[layout](x), **options)
        assert got.dtype == dtype.newbyteorder("=")
        np.testing.assert_array_equal(got, want)
        again, indices = pool(x, **options, return_indices=True)
        np.testing.assert_array_equal(again, want)
        # where the index of each sample is pooled, that of the first extremum remains
        numbers = np.arange(np.prod(shape[-len(options["size"]) :])).reshape(
            (1,) * (x.ndim - len(options["size"])) + shape[-len(options["size"]) :]
        )
        places = windows_of(np.broadcast_to(numbers, shape), options, -1)
        flat = (*want.shape, -1)
        samples, places = windows.reshape(flat), places.reshape(flat)
        is_it = (samples == want[..., None]) | (
            (samples != samples) & (want != want)[..., None]
        )
        is_it &= places >= 0
        first = np.take_along_axis(places, is_it.argmax(-1)[..., None], -1)[..., 0]
        first[~is_it.any(-1)] = -1
        assert indices.dtype == np.int64
        np.testing.assert_array_equal(indices, first)


@given(pools(4, dilated=False), st.sampled_from(ORDERED), st.booleans(), st.data())
def test_means(
    drawn: tuple[tuple[int, ...], Options],
    dtype: np.dtype,
    include_pad: bool,
    data: st.DataObject,
) -> None:
    shape, options = drawn
    x = values(data.draw, shape, dtype)
    windows = windows_of(x.astype("g"), options, 0)
    if windows is None:
        return
    got = mean_pool(x, **options, count_include_pad=include_pad)
    assert got.dtype == (dtype if dtype.kind == "f" else np.float64)
    inside = np.ones(shape)
    if include_pad:
        # padding is counted, but nothing beyond its end
        pads = pads_of(shape, options)
        inside = np.pad(inside, [(0, 0)] * (x.ndim - len(pads)) + pads, mode="edge")
        counted = {**options, "padding": ((0, 0),) * len(pads)}
    else:
        counted = options
    ones = windows_of(inside, counted, 0)
    assert ones is not None
    # windows that start in the padding at the end are left out
    counts = ones.sum(last_axes(options))[tuple(slice(0, n) for n in got.shape)]
    with np.errstate(invalid="ignore", divide="ignore"):
        want = windows.sum(last_axes(options)) / counts
        scale = np.abs(windows).sum(last_axes(options)) / counts
    assert got.shape == want.shape
    np.testing.assert_array_equal(np.isnan(got), np.isnan(want))
    finite = np.isfinite(want)
    np.testing.assert_array_equal(got[~finite], want[~finite].astype(got.dtype))
    got, want, scale = got[finite], want[finite], scale[finite]
    computed = np.float32 if got.dtype == np.float16 else got.dtype
    bound = 8 * np.finfo(computed).eps * scale + np.finfo(got.dtype).eps * np.abs(want)
    assert (np.abs(got - want) <= bound).all()


def torch_pools(torch: Any, name: str, ndim: int) -> Callable[..., Any]:
    return getattr(torch.nn.functional, f"{name}_pool{ndim}d")


@given(pools(pairs=False), st.booleans(), st.data())
def test_maxima_of_torch(
    drawn: tuple[tuple[int, ...], Options], with_nan: bool, data: st.DataObject
) -> None:
    torch = pytest.importorskip("torch")
    shape, options = drawn
    size, ndim = options["size"], len(options["size"])
    # torch bounds padding by half of a window's taps, too
    padding = tuple(
        min(p, k // 2) for p, k in zip(options["padding"], size, strict=True)
    )
    options["padding"] = padding
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    x = rng.integers(-5, 5, shape).astype(float)
    x[rng.random(shape) < 0.1] = -np.inf
    if with_nan:
        x[rng.random(shape) < 0.05] = np.nan
    theirs = torch.from_numpy(x).requires_grad_()
    args = size, options["stride"] or size, padding, options["dilation"]
    try:
        want, places = torch_pools(torch, "max", ndim)(
            theirs, *args, options["ceil_mode"], return_indices=True
        )
    except RuntimeError:
        with pytest.raises(ValueError, match="size must span no more than"):
            max_pool(x, **options)
        return
    got, indices = max_pool(x, **options, return_indices=True)
    np.testing.assert_array_equal(got, want.detach().numpy())
    # torch takes the last NaN of a window, and any number for a window without samples
    known = ~np.isnan(got) & (indices >= 0)
    np.testing.assert_array_equal(indices[known], places.numpy()[known])
    grad = rng.standard_normal(got.shape) * known
    if (indices >= 0).all():
        want.backward(torch.from_numpy(grad))
        ours = max_pool_grad(shape, indices, grad, spatial=ndim)
        np.testing.assert_allclose(ours, theirs.grad.numpy(), 1e-12, 1e-12)


@given(pools(pairs=False, dilated=False), st.booleans(), st.data())
def test_means_of_torch(
    drawn: tuple[tuple[int, ...], Options], include_pad: bool, data: st.DataObject
) -> None:
    torch = pytest.importorskip("torch")
    shape, options = drawn
    size = options["size"]
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    x = rng.standard_normal(shape)
    theirs = torch.from_numpy(x).requires_grad_()
    pool = torch_pools(torch, "avg", len(size))
    try:
        want = pool(
            theirs, size, options["stride"] or size, options["padding"],
            options["ceil_mode"], include_pad,
        )  # fmt: skip
    except RuntimeError as problem:
        # torch refuses some windows in three dimensions that padding makes fit
        if "smaller than kernel size" not in str(problem):
            with pytest.raises(ValueError, match="size must span no more than"):
                mean_pool(x, **options)
        return
    options["count_include_pad"] = include_pad
    got = mean_pool(x, **options)
    np.testing.assert_allclose(got, want.detach().numpy(), 1e-12, 1e-12)
    grad = rng.standard_normal(got.shape)
    want.backward(torch.from_numpy(grad))
    size = options.pop("size")
    ours = mean_pool_grad(shape, size, grad, **options)
    np.testing.assert_allclose(ours, theirs.grad.numpy(), 1e-12, 1e-12)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int64", "float16", "float32"])
def test_types_of_torch(dtype: str) -> None:
    torch = pytest.importorskip("torch")
    x = any_values((2, 3, 20, 21), dtype)
    want = torch.nn.functional.max_pool2d(torch.from_numpy(x), 3, 2, 1).numpy()
    np.testing.assert_array_equal(max_pool(x, 3, stride=2, padding=1), want)
    if dtype.startswith("float"):
        want = torch.nn.functional.avg_pool2d(torch.from_numpy(x), 3, 2, 1).numpy()
        got = mean_pool(x, 3, stride=2, padding=1)
        np.testing.assert_allclose(
            got, want, 1e-2 if dtype == "float16" else 1e-5, 1e-6
        )


def test_batches() -> None:
    """Whether there is a batch follows from size, or from the first axes."""
    x = any_values((4, 12, 11), "f8")
    np.testing.assert_array_equal(
        max_pool(x, (3, 2)), max_pool(x[None], 3 * (1,) and (3, 2))[0]
    )
    np.testing.assert_array_equal(max_pool(x, 3), max_pool(x, (3,)))
    y, indices = max_pool(x, (3, 2), return_indices=True)
    grad = np.ones_like(y)
    want = max_pool_grad((1, 4, 12, 11), indices[None], grad[None])[0]
    np.testing.assert_array_equal(max_pool_grad(x.shape, indices, grad), want)
    # as many rows as before
    y, indices = max_pool(x, (3, 2), stride=1, padding=(1, 0), return_indices=True)
    with pytest.raises(ValueError, match="spatial may have to say so"):
        max_pool_grad(x.shape, indices, np.ones_like(y))
    got = max_pool_grad(x.shape, indices, np.ones_like(y), spatial=2)
    want = max_pool_grad((1, *x.shape), indices[None], np.ones_like(y)[None])[0]
    np.testing.assert_array_equal(got, want)
    one = any_values((3, 9), "f8")
    np.testing.assert_array_equal(max_pool(one, (3,)), max_pool(one[None], 3)[0])


def test_empty_batches() -> None:
    x = np.ones((0, 3, 4, 4), np.float32)
    assert max_pool(x, 2).shape == mean_pool(x, 2).shape == (0, 3, 2, 2)
    y, indices = min_pool(x, 2, return_indices=True)
    assert y.shape == indices.shape == (0, 3, 2, 2)
    assert max_pool_grad(x.shape, indices, y).shape == x.shape
    assert mean_pool_grad(x.shape, 2, y).shape == x.shape


@pytest.mark.parametrize("pool", [max_pool, min_pool, mean_pool])
@pytest.mark.parametrize("layout", [n for n in LAYOUTS if n != "read-only"])
def test_out(pool: Callable[..., Any], layout: str) -> None:
    if "swapped" in layout:
        pytest.skip("results have this machine's byte order")
    x = any_values((2, 3, 20, 22), "f4")
    want = pool(x, 3, stride=1, padding=1)
    out = LAYOUTS[layout](np.zeros_like(want))
    assert pool(x, 3, stride=1, padding=1, out=out) is out
    np.testing.assert_array_equal(out, want)
    # it may be the input
    y = x.copy()
    assert pool(y, 3, stride=1, padding=1, out=y) is y
    np.testing.assert_array_equal(y, want)
    moved = np.zeros((2, 3, 20, 23), "f4")
    moved[..., :-1] = x
    pool(moved[..., :-1], 3, stride=1, padding=1, out=moved[..., 1:])
    np.testing.assert_array_equal(moved[..., 1:], want)


def test_channels_last() -> None:
    """Signals whose channels are closest in memory, few or many."""
    for channels in (1, 3, 20, 130):
        x = any_values((2, 17, 19, channels), "f4").transpose(0, 3, 1, 2)
        options: Options = {"stride": 2, "padding": 1}
        for pool in (max_pool, min_pool, mean_pool):
            want = pool(x.copy(), 3, **options)
            got = pool(x, 3, **options)
            if pool is mean_pool:
                np.testing.assert_allclose(got, want, 1e-5, 1e-6)
            else:
                np.testing.assert_array_equal(got, want)
            out = np.empty(np.array(want.shape)[[0, 2, 3, 1]], "f4").transpose(
                0, 3, 1, 2
            )
            pool(x, 3, **options, out=out)
            if pool is mean_pool:
                # sums depend on the memory layout, too
                np.testing.assert_allclose(out, want, 1e-5, 1e-6)
            else:
                np.testing.assert_array_equal(out, want)


WRONG: list[tuple[Options, str]] = [
    ({"size": 0}, "size must be from 1 to"),
    (
        {"size": (2, 2, 2, 2)},
        "size must be one integer, or 2 or 3 for the spatial axes",
    ),
    ({"size": 2.0}, "size must be an integer or a sequence of integers, not 2.0"),
    ({"size": "2"}, "size must be an integer or a sequence of integers, not '2'"),
    ({"size": 9}, "size must span no more than the samples of x and their padding"),
    ({"stride": 0}, "stride must be from 1 to"),
    ({"stride": (1, 2, 3)}, "stride must be one integer or one for each of the 2"),
    ({"dilation": -1}, "dilation must be from 1 to"),
    ({"padding": 2}, "padding must be at most 1, half of the 2 positions"),
    ({"padding": (0, 2)}, "padding must be at most 1, half of the 2 positions"),
    ({"padding": -1}, "padding must be at least 0, not -1"),
    ({"padding": ((0, -1), (0, 0))}, "padding must be at least 0"),
    ({"padding": (1, 1, 1)}, "padding must be one integer or one pair"),
    ({"padding": "full"}, "padding must be 'valid', 'same'"),
    ({"padding": "same"}, "padding must not be 'same' with a stride above 1"),
    ({"padding": 1.5}, "padding must be an integer"),
    ({"x": np.ones((3, 4), "c8")}, "x must hold truth values, integers or real"),
    ({"x": np.ones((3, 4), object)}, "x must hold truth values, integers or real"),
    ({"x": np.ones((3, 4))}, r"x must have the axes \(batch, channels, \*spatial\)"),
    ({"x": np.ones((2, 3, 0, 4))}, "x must not be empty along a spatial axis"),
    ({"out": np.ones((2, 3, 2, 2), "f4")}, "out must have the dtype float64"),
    ({"out": np.ones((2, 3, 2, 1))}, r"out must have the shape \(2, 3, 2, 2\)"),
    ({"out": [1]}, "out must be a NumPy array"),
    ({"workers": 0}, "workers must be at least 1"),
    ({"workers": 1.5}, "workers must be an integer"),
]


@pytest.mark.parametrize(("wrong", "message"), WRONG, ids=str)
def test_wrong_arguments(wrong: Options, message: str) -> None:
    for pool in (max_pool, min_pool, mean_pool):
        if pool is mean_pool and "dilation" in wrong:
            continue
        given: Options = {"x": np.ones((2, 3, 4, 4)), "size": 2, **wrong}
        for _ in range(2):
            with pytest.raises((ValueError, TypeError), match=message):
                pool(**given)


@pytest.mark.parametrize("dtype", ["f4", "f8", "i4"])
def test_equal_bits(dtype: str) -> None:
    x = any_values((2, 9, 110, 120), dtype)
    for pool in (max_pool, min_pool, mean_pool):
        for options in ({"size": 3, "stride": 2}, {"size": 21, "stride": 1}):
            one = pool(x, **options, workers=1)
            for n in (2, 3):
                many = pool(x, **options, workers=n)
                np.testing.assert_array_equal(many.view("u1"), one.view("u1"))
    with set_workers(2):
        y, indices = max_pool(x, 3, return_indices=True)
    want, places = max_pool(x, 3, return_indices=True, workers=1)
    np.testing.assert_array_equal(y, want)
    np.testing.assert_array_equal(indices, places)


def test_plans_are_cached() -> None:
    x = np.ones((1, 1, 9, 9))
    max_pool(x, 3)
    before = len(pooling_plans._plans)
    max_pool(x, 3)
    max_pool(x, (3, 3))
    assert len(pooling_plans._plans) == before + 1


PROGRAM = (
    MEMORY
    + """
import numpy as np
from pyconvolve.nn import *
x = np.ones({shape}, {dtype!r})
{first}
with open("/proc/self/clear_refs", "w") as control:
    control.write("5")
before = memory("VmRSS")
{call}
print(memory("VmHWM") - before)
"""
)


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="reads /proc")
@pytest.mark.parametrize(
    ("shape", "dtype", "first", "call"),
    [
        (
            "(1, 64, 300, 300)", "f4", "out = max_pool(x, 2)",
            "max_pool(x, 2, out=out, workers=1)",
        ),
        (
            "(1, 1, 3000, 3000)", "f4", "out = max_pool(x, 101, stride=1, padding=50)",
            "max_pool(x, 101, stride=1, padding=50, out=out, workers=1)",
        ),
        (
            "(1, 1, 8_000_000)", "f8", "out = mean_pool(x, 31, stride=1)",
            "mean_pool(x, 31, stride=1, out=out, workers=1)",
        ),
        (
            "(1, 1, 4000, 4000)", "u1", "out = mean_pool(x, 5, padding=2)",
            "mean_pool(x, 5, padding=2, out=out, workers=1)",
        ),
    ],
    ids=str,
)  # fmt: skip
def test_memory(
    shape: str, dtype: str, first: str, call: str, python: Callable[..., Any]
) -> None:
    """A worker takes at most 2 MB besides the arrays."""
    done = python(PROGRAM.format(shape=shape, dtype=dtype, first=first, call=call))
    assert int(done.stdout) <= 3 * 2**20, done.stderr


@posix
@pytest.mark.parametrize(
    "call",
    [
        "max_pool(x, 31, stride=1, return_indices=True)",
        "mean_pool(x, 501, stride=1)",
        "max_pool_grad(x.shape, indices, grad)",
    ],
)
def test_interrupt(call: str, tmp_path: Path) -> None:
    program = (
        "import time\n"
        "import numpy as np\n"
        "from pyconvolve.nn import *\n"
        "x = np.ones((1, 2, 2000, 2000), np.float32)\n"
        "y, indices = max_pool(x, 3, stride=1, padding=1, return_indices=True)\n"
        "grad = np.ones_like(x)\n"
        "print('ready', flush=True)\n"
        "try:\n"
        "    while True:\n"
        f"        {call}\n"
        "except KeyboardInterrupt:\n"
        "    print('interrupted', True, time.monotonic())\n"
    )
    assert interrupt(program, tmp_path) < 2
