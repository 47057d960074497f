"""Hypothesis strategies that draw calls of scipy.ndimage's filters."""

import inspect
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.ndimage
from hypothesis import reject
from hypothesis import strategies as st
from layouts import LAYOUTS
from problems import small_integers

from pyconvolve import ndimage

REAL = [*"?bBhHiIlLqQfd"]
TYPES = [*REAL, *"FD"]
MODES = [
    *("reflect", "mirror", "nearest", "wrap", "constant"),
    *("grid-mirror", "grid-wrap", "grid-constant"),
]
# Most samples along an axis, by the number of axes.
LONGEST = {1: 40, 2: 12, 3: 7, 4: 4}
MOST_TAPS = {1: 9, 2: 5, 3: 4, 4: 3}


# Arguments besides the image, for each function.
ARGUMENTS: dict[str, dict[str, Any]] = {
    "convolve": {"weights": [[1, 2, 0], [3, -1, 1]]},
    "correlate": {"weights": [[1, 2, 0], [3, -1, 1]]},
    "convolve1d": {"weights": [1, 2, -4, 1]},
    "correlate1d": {"weights": [1, 2, -4, 1]},
    "gaussian_filter": {"sigma": 1},
    "gaussian_filter1d": {"sigma": 1},
    "uniform_filter": {"size": 3},
    "uniform_filter1d": {"size": 3},
    "maximum_filter": {"size": 3},
    "minimum_filter": {"footprint": [[0, 1], [1, 1]]},
    "maximum_filter1d": {"size": 3},
    "minimum_filter1d": {"size": 4},
    "grey_erosion": {"structure": [[0, 1], [1, 1]]},
    "grey_dilation": {"size": (2, 3)},
    "grey_opening": {"size": 3},
    "grey_closing": {"footprint": [[0, 1], [1, 1]]},
    "white_tophat": {"size": 3},
    "black_tophat": {"size": (3, 2)},
    "morphological_gradient": {"size": 3},
    "sobel": {},
    "prewitt": {"axis": 0},
    "laplace": {},
    "gaussian_laplace": {"sigma": 1},
    "gaussian_gradient_magnitude": {"sigma": 1},
    "generic_laplace": {"derivative2": scipy.ndimage.sobel},
    "generic_gradient_magnitude": {"derivative": scipy.ndimage.prewitt},
}


def theirs(name: str) -> Any:
    """Return SciPy's function."""
    return ndimage.originals[name][0]


@dataclass
class Call:
    """A call of a filter, but for its output."""

    name: str
    x: np.ndarray
    options: dict[str, Any]

    def __repr__(self) -> str:
        image = f"{self.x.dtype}{self.x.shape} {self.x.ravel()[:9].tolist()}"
        return f"{self.name}({image}, {self.options})"

    def ours(self, x: Any = None, **output: Any) -> Any:
        function = getattr(ndimage, self.name)
        return outcome(function, self.x if x is None else x, **self.options, **output)

    def theirs(self, **output: Any) -> Any:
        return outcome(theirs(self.name), self.x, **self.options, **output)


def outcome(function: Any, *args: Any, **kwargs: Any) -> Any:
    """Return the result of a call, or type and text of its error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return function(*args, **kwargs)
        except Exception as error:
            return type(error), str(error)


def assert_outcome(got: Any, want: Any, bound: float = 0, steps: int = 0) -> None:
    """Compare results, or errors.

    Parameters
    ----------
    bound : float
        Error of floats.
    steps : int
        Difference of integers, modulo the range of their type.
    """
    if isinstance(want, tuple) or isinstance(got, tuple):
        assert isinstance(got, tuple), f"no error, but {got!r} for {want}"
        assert got == want
        return
    assert got.dtype == want.dtype
    assert got.shape == want.shape
    if want.dtype.kind == "b":
        # SciPy stores bytes other than 0 and 1 as truth values
        np.testing.assert_array_equal(got, want.view("u1") != 0)
        assert (got.view("u1") <= 1).all()
    elif want.dtype.kind in "iu":
        difference = (got - want).astype(np.dtype(f"i{want.itemsize}"))
        assert (abs(difference.astype("i8")) <= steps).all(), f"{got} for {want}"
    else:
        np.testing.assert_allclose(got, want, 0, bound)


def per_axis(values: st.SearchStrategy[Any], number: int) -> st.SearchStrategy[Any]:
    """Draw one value for all axes, or one for each."""
    several = st.lists(values, min_size=number, max_size=number)
    return values | several | several.map(tuple)


@st.composite
def images(draw: st.DrawFn, types: Any = tuple(TYPES)) -> np.ndarray:
    """Draw an image of small integers, of any memory layout."""
    ndim = draw(st.sampled_from([1, 2, 2, 2, 3, 4]))
    shape = tuple(draw(st.integers(1, LONGEST[ndim])) for _ in range(ndim))
    dtype = np.dtype(draw(st.sampled_from(types)))
    x = small_integers(shape, dtype, draw(st.integers(0, 999)), 9)
    layout = draw(st.sampled_from(["as it is", *LAYOUTS]))
    return x if layout == "as it is" else LAYOUTS[layout](x)


@st.composite
def outside(
    draw: st.DrawFn, x: np.ndarray, number: int, one_mode: bool = False
) -> dict[str, Any]:
    """Draw mode and cval."""
    mode = st.sampled_from(MODES)
    cvals: list[Any] = [0, 0.0, 2, -3, np.float32(1), np.int8(4)]
    if x.dtype.kind == "c":
        cvals += [2 - 1j]
    return {
        "mode": draw(mode if one_mode else per_axis(mode, number)),
        "cval": draw(st.sampled_from(cvals)),
    }


def takes(name: str, argument: str) -> bool:
    """Tell whether the installed SciPy's function has an argument."""
    return argument in inspect.signature(theirs(name)).parameters


@st.composite
def some_axes(draw: st.DrawFn, ndim: int, name: str) -> Any:
    """Draw axes as an option, and how many they are."""
    if draw(st.booleans()) or not takes(name, "axes"):
        return {}, ndim
    chosen = draw(st.permutations(range(ndim)))[: draw(st.integers(1, ndim))]
    given = tuple(a - ndim * draw(st.booleans()) for a in chosen)
    return {"axes": draw(st.sampled_from([given, list(given)]))}, len(given)


def is_ordered(axes: dict[str, Any], ndim: int) -> bool:
    """Tell whether axes of a kernel have their origins in the same order."""
    found = [a % ndim for a in axes.get("axes", [])]
    return sorted(found) == found or len(found) == ndim


def origins(draw: st.DrawFn, sizes: list[int]) -> Any:
    """Draw an origin for each window, or one for all."""
    each = [draw(st.integers(-(size // 2), (size - 1) // 2)) for size in sizes]
    low = max(-(size // 2) for size in sizes)
    high = min((size - 1) // 2 for size in sizes)
    if low <= high and draw(st.booleans()):
        return draw(st.integers(low, high))
    return draw(st.sampled_from([each, tuple(each)]))


def taps(draw: st.DrawFn, shape: list[int]) -> np.ndarray:
    """Draw small integers or quarters as weights, so that sums are exact."""
    dtype = draw(st.sampled_from([*"bif", *"dddD"]))
    weights = small_integers(tuple(shape), dtype, draw(st.integers(0, 999)))
    if draw(st.booleans()) and weights.dtype.kind in "fc":
        weights /= 4
    return weights


def sizes(draw: st.DrawFn, ndim: int, number: int) -> list[int]:
    return [draw(st.integers(1, MOST_TAPS[ndim])) for _ in range(number)]


@st.composite
def correlations(draw: st.DrawFn) -> Call:
    """Draw a call of convolve or correlate, or along one axis."""
    x = draw(images())
    name = draw(st.sampled_from(["convolve", "correlate", "convolve1d", "correlate1d"]))
    if name.endswith("1d"):
        (size,) = sizes(draw, 1, 1)
        options = draw(outside(x, 1, True))
        options["axis"] = draw(st.integers(-x.ndim, x.ndim - 1))
        options["weights"] = taps(draw, [size])
        low, high = -(size // 2), (size - 1) // 2
        options["origin"] = draw(st.integers(low, high))
        if name == "convolve1d":
            options["origin"] = draw(st.integers(-high, -low - (size % 2 == 0)))
        return Call(name, x, options)
    axes, number = draw(some_axes(x.ndim, name))
    shape = sizes(draw, x.ndim, number)
    options = draw(outside(x, number, True))
    options |= {"weights": taps(draw, shape), **axes}
    if name == "correlate" and is_ordered(axes, x.ndim):
        options["origin"] = origins(draw, shape)
    return Call(name, x, options)


@st.composite
def extrema(draw: st.DrawFn) -> Call:
    """Draw a call of a maximum or minimum filter, or of a morphological one."""
    name = draw(
        st.sampled_from(
            [
                *("maximum_filter", "minimum_filter", "maximum_filter1d"),
                *("minimum_filter1d", "grey_erosion", "grey_dilation"),
                *("grey_opening", "grey_closing", "white_tophat", "black_tophat"),
                "morphological_gradient",
            ]
        )
    )
    x = draw(images(REAL))
    if name.endswith("1d"):
        (size,) = sizes(draw, 1, 1)
        options = draw(outside(x, 1, True))
        options["axis"] = draw(st.integers(-x.ndim, x.ndim - 1))
        options["size"] = size
        options["origin"] = draw(st.integers(-(size // 2), (size - 1) // 2))
        return _fitting(Call(name, x, options))
    axes, number = draw(some_axes(x.ndim, name))
    shape = sizes(draw, x.ndim, number)
    kind = draw(st.sampled_from(["size", "footprint", "structure", "both"]))
    if kind == "size" or (name.endswith("filter") and kind != "footprint"):
        options = draw(outside(x, number))
        options["size"] = draw(st.sampled_from([shape, tuple(shape)]))
    else:
        options = draw(outside(x, number, True))
        footprint = small_integers(tuple(shape), "?", draw(st.integers(0, 999)))
        footprint[(0,) * number] = True
        if kind != "structure":
            options["footprint"] = footprint
        # SciPy wraps sums of unsigned integers, but for the first sample of a window
        if kind != "footprint" and x.dtype.kind in "if":
            options["structure"] = small_integers(tuple(shape), "d", 1)
    if kind == "footprint" and axes and not takes("grey_erosion", "axes"):
        # SciPy 1.13 wants an axis of the footprint for each axis of the image
        reject()
    options |= axes
    if name.endswith("filter") and (kind == "size" or is_ordered(axes, x.ndim)):
        options["origin"] = origins(draw, shape)
    return _fitting(Call(name, x, options))


def _fitting(call: Call) -> Call:
    """Let the constant outside fit the type of the image."""
    if call.x.dtype.kind in "bu":
        call.options["cval"] = abs(call.options["cval"]) % 2
    return call


@st.composite
def means(draw: st.DrawFn) -> Call:
    """Draw a call of a uniform filter."""
    x = draw(images())
    if draw(st.booleans()):
        (size,) = sizes(draw, 1, 1)
        options = draw(outside(x, 1, True))
        options["axis"] = draw(st.integers(-x.ndim, x.ndim - 1))
        options["size"] = size
        options["origin"] = draw(st.integers(-(size // 2), (size - 1) // 2))
        return Call("uniform_filter1d", x, options)
    axes, number = draw(some_axes(x.ndim, "uniform_filter"))
    options = {**axes, **draw(outside(x, number))}
    shape = sizes(draw, x.ndim, number)
    options |= {"size": shape, "origin": origins(draw, shape)}
    return Call("uniform_filter", x, options)


@st.composite
def differences(draw: st.DrawFn) -> Call:
    """Draw a call of a filter with small integers as weights."""
    x = draw(images())
    name = draw(st.sampled_from(["sobel", "prewitt", "laplace"]))
    if name == "laplace":
        axes, number = draw(some_axes(x.ndim, name))
        return Call(name, x, {**axes, **draw(outside(x, number))})
    axis = draw(st.integers(-x.ndim, x.ndim - 1))
    return Call(name, x, {"axis": axis, **draw(outside(x, x.ndim))})


@st.composite
def gaussians(draw: st.DrawFn) -> Call:
    """Draw a call of a filter with Gaussians."""
    x = draw(images())
    name = draw(
        st.sampled_from(
            [
                *("gaussian_filter", "gaussian_filter", "gaussian_filter1d"),
                *("gaussian_laplace", "gaussian_gradient_magnitude"),
            ]
        )
    )
    sigma = st.sampled_from([0.4, 1, 1.7, np.float32(0.5)])
    radius = st.none() | st.integers(1, 3)
    options: dict[str, Any] = {"truncate": draw(st.sampled_from([4.0, 1.5, 2]))}
    if name == "gaussian_filter1d":
        options["axis"] = draw(st.integers(-x.ndim, x.ndim - 1))
        options |= {"sigma": draw(sigma), "order": draw(st.integers(0, 3))}
        options |= {"radius": draw(radius), **draw(outside(x, 1, True))}
        return Call(name, x, options)
    axes, number = draw(some_axes(x.ndim, name))
    options |= {**axes, "sigma": draw(sigma), **draw(outside(x, number))}
    options["radius"] = draw(radius)
    if name == "gaussian_filter":
        options["sigma"] = draw(per_axis(sigma | st.just(0), number))
        options["order"] = draw(per_axis(st.integers(0, 3), number))
        options["radius"] = draw(per_axis(radius, number))
    elif name == "gaussian_laplace":
        options["sigma"] = draw(per_axis(sigma, number))
    return Call(name, x, options)
