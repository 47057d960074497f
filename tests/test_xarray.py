"""Labelled arrays: values are those without labels, and labels are those of outputs."""

# ruff: noqa: E402

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import BOUNDARIES, small_integers

import pyconvolve

xr = pytest.importorskip("xarray")

import pyconvolve.xarray as labelled

LENGTH = 11
START, STEP = 1.5, 0.25
COORDINATES: dict[str, np.ndarray] = {
    "float64": START + STEP * np.arange(LENGTH),
    "float32": (START + np.arange(LENGTH) / 10).astype("f4"),
    # rounded otherwise than multiples of a step
    "falling": 0.1 - np.arange(LENGTH) / 7,
    "int64": 4 * np.arange(LENGTH) - 8,
    "uint8": np.arange(LENGTH, dtype="u1"),
    "datetime64[ns]": np.datetime64("2000-02-27", "ns")
    + np.arange(LENGTH) * np.timedelta64(6, "h"),
    "datetime64[s]": np.datetime64("2000-02-27", "s")
    + np.arange(LENGTH) * np.timedelta64(60, "s"),
    "timedelta64[ns]": np.arange(LENGTH) * np.timedelta64(12, "ms"),
}


def signal(coordinate: Any = None, **others: Any) -> Any:
    """Return a signal of three dimensions, the middle one of which is time."""
    values = small_integers((3, LENGTH, 4), "f8")
    coordinates = {"x": list("abc"), "scalar": 7, **others}
    if coordinate is not None:
        coordinates["t"] = coordinate
    return xr.DataArray(values, coordinates, ("x", "t", "y"), "speed", {"units": "m/s"})


H = np.array([1.0, -2.0, 3.0, 4.0])


def assert_labels(got: Any, x: Any) -> None:
    assert got.name == x.name
    assert got.dims == x.dims
    assert got.attrs == x.attrs
    assert {*got.coords} == {*x.coords}
    for name, coordinate in x.coords.items():
        assert got.coords[name].attrs == coordinate.attrs
        if "t" not in coordinate.dims:
            xr.testing.assert_identical(got.coords[name].variable, coordinate.variable)


@pytest.mark.parametrize("name", COORDINATES)
def test_outputs_of_all_modes_have_one_coordinate(name: str) -> None:
    """Equal outputs have equal coordinates, which are those of the samples."""
    x = signal(("t", COORDINATES[name], {"axis": "T"}))
    for taps in (1, 2, 3, 4):
        h = H[:taps]
        full, same, valid = (
            labelled.convolve(x, h, "t", mode) for mode in ("full", "same", "valid")
        )
        for got in (full, same, valid):
            assert_labels(got, x)
        xr.testing.assert_identical(same.t, x.t)
        xr.testing.assert_identical(full.sel(t=same.t), same)
        xr.testing.assert_identical(full.sel(t=valid.t), valid)
        # and none is there twice, or in another order
        steps = np.diff(full.t.values.astype("f8"))
        assert (np.sign(steps) == np.sign(steps[0])).all()
        np.testing.assert_allclose(steps, steps[0], rtol=1e-4)
        want = pyconvolve.convolve(x.values, h, axes=1)
        np.testing.assert_array_equal(full, want)


@pytest.mark.parametrize("correlating", [False, True])
@settings(max_examples=settings.default.max_examples // 4)
@given(data=st.data())
def test_some_outputs_are_those_of_all(correlating: bool, data: st.DataObject) -> None:
    """Strides, lags and origins choose outputs, whose coordinates they keep."""
    draw = data.draw
    function = labelled.correlate if correlating else labelled.convolve
    x = signal(COORDINATES["datetime64[ns]"])
    h = H[: draw(st.integers(1, 4))]
    mode = draw(st.sampled_from(["full", "same", "valid"]))
    how: dict[str, Any] = {
        "dilation": draw(st.integers(1, 2)),
        "boundary": draw(st.sampled_from(BOUNDARIES)),
    }
    whole = function(x, h, "t", mode, **how)
    stride = draw(st.integers(1, 5))
    got = function(x, h, "t", mode, stride=stride, **how)
    xr.testing.assert_identical(got, whole.isel(t=slice(None, None, stride)))
    if mode == "full":
        first = draw(st.integers(0, whole.sizes["t"] - 1))
        last = draw(st.integers(first, whole.sizes["t"] - 1))
        low = 1 - whole.sizes["t"] + LENGTH - 1 if correlating else 0
        lags = first + low, last + low
        got = function(x, h, "t", mode, lags=lags, stride=stride, **how)
        xr.testing.assert_identical(
            got, whole.isel(t=slice(first, last + 1)).isel(t=slice(None, None, stride))
        )
    if mode == "same":
        got = function(x, h, "t", mode, origin=-(h.size // 2), **how)
        xr.testing.assert_identical(got.t, x.t)


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("name", ["float64", "int64", "datetime64[ns]"])
def test_upsampling(mode: Any, name: str) -> None:
    """The samples lie between zeros, whose coordinates are between theirs."""
    up = 3
    x = signal(COORDINATES[name])
    zeros = np.zeros((3, up * (LENGTH - 1) + 1, 4))
    zeros[:, ::up] = x.values
    between = np.linspace(0, LENGTH - 1, zeros.shape[1])
    values = COORDINATES[name]
    if name == "datetime64[ns]":
        steps = np.rint(between * up).astype(int) * np.timedelta64(2, "h")
        between = values[0] + steps
    else:
        between = values[0] + (values[1] - values[0]) * between
    dense = xr.DataArray(
        zeros, {**x.drop_vars("t").coords, "t": between}, x.dims, x.name, x.attrs
    )
    want = labelled.convolve(dense, H, "t", mode)
    got = labelled.convolve(x, H, "t", mode, upsample=up)
    xr.testing.assert_allclose(got, want)
    assert_labels(got, x)
    resampled = labelled.convolve(x, H, "t", mode, upsample=up, stride=up)
    if mode == "same":
        xr.testing.assert_identical(resampled.t, x.t)


def test_several_dimensions_in_any_order() -> None:
    x = signal(COORDINATES["float64"], y=[1.0, 2.0, 3.0, 4.0])
    h = small_integers((2, 3), "f8", 1)
    got = labelled.convolve(
        x, h, ("y", "t"), "full", boundary=("wrap", "edge"), stride=(1, 2)
    )
    want = pyconvolve.convolve(
        x.values, h, axes=(2, 1), boundary=("wrap", "edge"), stride=(1, 2)
    )
    np.testing.assert_array_equal(got, want)
    assert got.dims == x.dims
    np.testing.assert_array_equal(got.y, [1, 2, 3, 4, 5])
    np.testing.assert_allclose(got.t[:2], [START - STEP, START + STEP])
    # all dimensions, in another order than the array has them
    h = small_integers((3, 2, 4), "f8", 2)
    got = labelled.convolve(x, h, ("y", "x", "t"), "same", origin=(1, 0, 0))
    want = pyconvolve.convolve(x.values, h.transpose(1, 2, 0), "same", origin=(0, 0, 1))
    np.testing.assert_array_equal(got, want)
    kernel = xr.DataArray(h, dims=("y", "x", "t"))
    xr.testing.assert_identical(
        labelled.convolve(x, kernel, mode="same", origin=(1, 0, 0)), got
    )
    some = xr.DataArray(h[:, 0], dims=("y", "t"))
    xr.testing.assert_identical(
        labelled.convolve(x, some, ("t", "y"), "same"),
        labelled.convolve(x, h[:, 0].T, ("t", "y"), "same"),
    )
    xr.testing.assert_identical(
        labelled.convolve(x, h, mode="same"),
        labelled.convolve(x, h, ("x", "t", "y"), "same"),
    )


def test_coordinates_of_samples_may_be_anything() -> None:
    """Words, uneven numbers, levels, and grids of two dimensions."""
    pandas = pytest.importorskip("pandas")
    levels = pandas.MultiIndex.from_arrays(
        [[1] * 6 + [2] * 5, np.arange(LENGTH)], names=("a", "b")
    )
    x = signal(
        None,
        word=("t", np.array(list("abcdefghijk"))),
        uneven=("t", np.arange(LENGTH) ** 2),
        grid=(("t", "y"), np.arange(4.0 * LENGTH).reshape(LENGTH, 4)),
    ).assign_coords(xr.Coordinates.from_pandas_multiindex(levels, "t"))
    for options, chosen in (
        ({"mode": "valid"}, slice(1, LENGTH - 1)),
        ({"mode": "same", "stride": 3}, slice(None, None, 3)),
        ({"mode": "full", "lags": (4, 8), "stride": 2}, slice(3, 8, 2)),
    ):
        got = labelled.convolve(x, H[:3], "t", **options)
        want = x.isel(t=chosen).coords.to_dataset()
        xr.testing.assert_identical(got.coords.to_dataset(), want)
        assert [*got.indexes] == [*x.indexes]
    for name in ("word", "uneven", "grid"):
        others = [
            each for each in ("word", "uneven", "grid", "t", "a", "b") if each != name
        ]
        with pytest.raises(
            ValueError, match=rf"^coordinate '{name}' must be evenly.*drop_vars"
        ):
            labelled.convolve(x.drop_vars(others), H, "t")
    with pytest.raises(ValueError, match=r"^coordinate 't' must be evenly"):
        labelled.convolve(x.drop_vars(["word", "uneven", "grid"]), H, "t")
    got = labelled.convolve(
        x.drop_vars(["word", "uneven", "grid", "t", "a", "b"]), H, "t"
    )
    assert {*got.coords} == {"x", "scalar"}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([0.0, 1.0, 2.0, 3.5], "evenly spaced"),
        ([0, 1, 2, 4], "evenly spaced"),
        ([0.0, 1.0, np.nan, 3.0], "evenly spaced"),
        (
            np.array(
                ["2000-01-31", "2000-02-29", "2000-03-31", "2000-04-30"], "M8[ns]"
            ),
            "evenly",
        ),
    ],
)
def test_uneven_coordinates(values: Any, message: str) -> None:
    x = xr.DataArray(np.ones(4), {"t": values})
    with pytest.raises(ValueError, match=message):
        labelled.convolve(x, [1, 1, 1], "t")
    assert labelled.convolve(x, [1, 1], "t", "valid").sizes == {"t": 3}


def test_times_between_those_of_a_unit() -> None:
    x = xr.DataArray(np.ones(4), {"t": np.arange(4).astype("M8[s]")})
    with pytest.raises(
        ValueError, match=r"^coordinate 't' must have a finer unit than"
    ):
        labelled.convolve(x, [1, 1], "t", "same", upsample=2)
    fine = x.assign_coords(t=x.t.astype("M8[ms]"))
    got = labelled.convolve(fine, [1, 1], "t", "same", upsample=2)
    assert got.t.values[1] == np.datetime64(500, "ms")


def test_one_sample_has_no_step() -> None:
    x = xr.DataArray([2.0], {"t": [5]})
    assert labelled.convolve(x, [1, 1, 1], "t", "same").t == 5
    with pytest.raises(ValueError, match="evenly spaced"):
        labelled.convolve(x, [1, 1, 1], "t")


def dataset() -> Any:
    x = signal(COORDINATES["float64"])
    return xr.Dataset(
        {"speed": x, "twice": 2 * x, "place": ("x", [1, 2, 3])}, attrs={"title": "made"}
    )


def test_datasets() -> None:
    x = dataset()
    for mode in ("same", "full", "valid"):
        got = labelled.convolve(x, H, "t", mode)
        assert got.attrs == x.attrs
        assert [*got.data_vars] == [*x.data_vars]
        xr.testing.assert_identical(got.speed, labelled.convolve(x.speed, H, "t", mode))
        xr.testing.assert_identical(got.place, x.place)
    got, weight = labelled.normalized_convolve(x, abs(H), "t", return_weights=True)
    want = labelled.normalized_convolve(x.twice, abs(H), "t", return_weights=True)
    xr.testing.assert_identical(got.twice, want[0])
    xr.testing.assert_identical(weight.twice, want[1])
    blurred = labelled.gaussian_filter(x, 1, dim="t")
    xr.testing.assert_identical(
        blurred.twice, labelled.gaussian_filter(x.twice, 1, dim="t")
    )
    short = x.assign(when=("t", np.arange(LENGTH)))
    assert labelled.convolve(short, H, ("t"), "same").when.sizes == {"t": LENGTH}
    with pytest.raises(ValueError, match="must not have the variable 'when'"):
        labelled.convolve(short.drop_vars("place"), np.ones((2, 2)), ("t", "y"))
    lonely = x.assign_coords(map=(("t", "z"), np.ones((LENGTH, 2))))
    with pytest.raises(ValueError, match="must not have the variable 'map'"):
        labelled.convolve(lonely, H, "t", "valid")


def test_normalized() -> None:
    x = signal(COORDINATES["int64"])
    x = x.where(np.random.default_rng(0).random(x.shape) > 0.3)
    weights = xr.DataArray(np.arange(LENGTH) % 3, {"t": x.t}, ("t",))
    mask = xr.DataArray(np.array([True, False, False, False]), dims=("y",))
    h = np.array([1.0, 2.0, 4.0])
    options: dict[str, Any] = {"min_weight": 0.1, "boundary": "edge"}
    for mode in ("same", "valid", "full"):
        got, weight = labelled.normalized_convolve(
            x, h, "t", weights=weights, mask=mask, mode=mode, return_weights=True,
            **options,
        )  # fmt: skip
        want, met = pyconvolve.normalized_convolve(
            x.values, h, weights=weights.values[:, None], mask=mask.values, mode=mode,
            axes=1, return_weights=True, **options,
        )  # fmt: skip
        np.testing.assert_array_equal(got, want)
        np.testing.assert_array_equal(weight, met)
        assert_labels(got, x)
        xr.testing.assert_identical(got.t, weight.t)
        xr.testing.assert_identical(got.t, labelled.convolve(x, h, "t", mode).t)
    same = labelled.normalized_convolve(
        x, h, "t", weights=weights.values[:, None], mask=mask.values, **options
    )
    xr.testing.assert_identical(
        same,
        labelled.normalized_convolve(x, h, "t", weights=weights, mask=mask, **options),
    )


def test_arrays_of_dask_stay_lazy() -> None:
    dask = pytest.importorskip("dask")

    from test_dask import forbidden

    x = signal(COORDINATES["float64"])
    lazy = x.chunk(x=2, t=3)
    weights = abs(x)
    calls: list[Callable[[Any], Any]] = [
        lambda a: labelled.convolve(a, H, "t", boundary="wrap"),
        lambda a: labelled.correlate(a, np.ones((2, 2)), ("y", "t"), "same", stride=2),
        lambda a: labelled.normalized_convolve(a, abs(H), "t", weights=weights),
        lambda a: labelled.gaussian_filter(a, (1, 2), dim=("t", "x")),
        lambda a: labelled.median_filter(a, 3),
        lambda a: labelled.sobel(a, "t"),
    ]
    for call in calls:
        with dask.config.set(scheduler=forbidden):
            got = call(lazy)
        assert got.chunks is not None
        want = call(x)
        xr.testing.assert_allclose(got, want)
        assert got.dtype == want.dtype
        xr.testing.assert_identical(got.coords.to_dataset(), want.coords.to_dataset())
    lazy_weights = labelled.normalized_convolve(x, abs(H), "t", weights=weights.chunk())
    assert lazy_weights.chunks is not None
    xr.testing.assert_allclose(lazy_weights, calls[2](x))


X = xr.DataArray(np.ones((4, 5)), {"x": np.arange(4)}, ("x", "y"))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: labelled.convolve(np.ones(4), [1], "x"),
            TypeError,
            "^x must be a DataArray",
        ),
        (
            lambda: labelled.convolve(X, [1], "z"),
            ValueError,
            r"^dim must name .*'x', 'y'.*'z'",
        ),
        (lambda: labelled.convolve(X, [1], ("x", "x")), ValueError, "^dim .*each once"),
        (lambda: labelled.convolve(X, [1], ()), ValueError, "^dim must name"),
        (lambda: labelled.convolve(X, [1]), ValueError, "^dim must name"),
        (
            lambda: labelled.convolve(X, [[1]], "x"),
            ValueError,
            "^h must have an axis for",
        ),
        (lambda: labelled.convolve(X, ["a"], "x"), TypeError, "^h must hold"),
        (
            lambda: labelled.convolve(X, X, "x"),
            ValueError,
            r"^h must have the dimensions \('x',\) of dim",
        ),
        (
            lambda: labelled.convolve(X, np.ones(9), "x", "valid"),
            ValueError,
            "^h must be no larger than x",
        ),
        (lambda: labelled.convolve(X, [1], "x", stride=0), ValueError, "^stride"),
        (lambda: labelled.convolve(X, [1], "x", "most"), ValueError, "^mode"),
        (
            lambda: labelled.normalized_convolve(
                X, [1, 1], "x", weights=xr.DataArray(np.ones(3), dims="z")
            ),
            ValueError,
            "^weights must have some of the dimensions",
        ),
        (
            lambda: labelled.normalized_convolve(
                X, [1, 1], "x", mask=xr.DataArray([True] * 4, {"x": [1, 2, 3, 4]})
            ),
            ValueError,
            "^mask must have the coordinates of x",
        ),
        (
            lambda: labelled.sobel(X, ("x", "y")),
            ValueError,
            "^dim must be one dimension",
        ),
        (lambda: labelled.sobel(X), TypeError, "dim"),
        (lambda: labelled.gaussian_filter(X, 1, dim="z"), ValueError, "^dim must name"),
        (
            lambda: labelled.convolve(
                xr.Dataset({"a": ("x", [1])}).assign(b=("y", [1])), [[1]], ("x", "y")
            ),
            ValueError,
            "^x must have a variable with the dimensions",
        ),
        (
            lambda: labelled.gaussian_filter(X.to_dataset(name="a"), 1),
            ValueError,
            "^dim must name",
        ),
    ],
)
def test_errors(call: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()
