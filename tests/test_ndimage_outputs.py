"""Outputs of pyconvolve.ndimage: arrays, types, and views of the image's memory."""

import copy
import warnings
from typing import Any

import numpy as np
import pytest
from image_filters import ARGUMENTS, Call, assert_outcome, theirs
from layouts import LAYOUTS
from problems import small_integers

from pyconvolve import ndimage
from pyconvolve._scipy.names import IMAGE_FILTERS

every = pytest.mark.parametrize("name", IMAGE_FILTERS)


@pytest.mark.parametrize("layout", ["as it is", *LAYOUTS])
@pytest.mark.parametrize("dtype", ["f8", "f4", "i2"])
@every
def test_output_arrays(name: str, dtype: str, layout: str) -> None:
    x = small_integers((12, 13), "f8", largest=9)
    call = Call(name, x, ARGUMENTS[name])
    wanted = call.theirs(output=np.zeros(x.shape, dtype))
    output = np.full(x.shape, 7, dtype)
    if layout != "as it is":
        output = LAYOUTS[layout](output)
    got = call.ours(output=output)
    if layout == "read-only" or isinstance(wanted, tuple):
        assert got == call.theirs(output=output)
        return
    assert got is output
    np.testing.assert_allclose(got, wanted, 1e-5, 1e-4 if dtype[0] == "f" else 1)


@every
@pytest.mark.parametrize("shift", [0, 1, -1])
def test_output_overlaps_the_image(name: str, shift: int) -> None:
    memory = small_integers((400,), "i4", largest=30).astype("f8")
    x = memory[20:176].reshape(12, 13)
    output = memory[20 + 13 * shift :][:156].reshape(12, 13)
    call = Call(name, x.copy(), ARGUMENTS[name])
    wanted = call.theirs(output=np.zeros(x.shape))
    got = call.ours(x, output=output)
    assert got is output
    np.testing.assert_allclose(got, wanted, 1e-12, 1e-11)


@pytest.mark.parametrize(
    "output",
    [
        *("f8", "u1", "float32", "?", "bool", "O", "S", "f2", "bogus", "F", "D"),
        *(float, complex, bool, int, str, object, list),
        *(np.float32, np.bool_, np.int8, np.float16, np.longdouble),
        *(np.dtype("i2"), np.dtype("F"), np.dtype(">f4"), np.dtype(">D")),
        *([0.0] * 5, 3, 2.5, (), np.zeros(4), np.zeros((5, 1)), np.zeros(5, "F")),
        *(np.zeros(5, "O"), np.zeros(5, "f2")),
    ],
    ids=repr,
)
@every
def test_kinds_of_output(name: str, output: Any) -> None:
    if name == "generic_laplace" and (output is bool or output is np.bool_):
        # the derivative is SciPy's, which stores other bytes than 0 and 1
        return
    for dtype in ("f8", "F", "?"):
        call = Call(name, np.arange(5).astype(dtype), {**ARGUMENTS[name]})
        for option in ("weights", "footprint", "structure"):
            if np.ndim(call.options.get(option)) == 2:
                call.options[option] = call.options[option][1]
        if isinstance(call.options.get("size"), tuple):
            call.options["size"] = call.options["size"][1:]
        if dtype == "?" and name in ("sobel", "prewitt", "grey_erosion"):
            # SciPy stores intermediate results, or sums, as other bytes than 0 and 1
            continue
        got, want = (
            function(output=copy.copy(output)) for function in (call.ours, call.theirs)
        )
        assert_outcome(got, want, 1e-5, 2)


def test_types_of_complex_results() -> None:
    x = np.arange(5) * 1j
    for name, options in (
        ("correlate", {"weights": [1, 2]}),
        ("convolve1d", {"weights": [1, 2]}),
        ("gaussian_filter1d", {"sigma": 1}),
        ("uniform_filter", {"size": 3}),
    ):
        with pytest.warns(UserWarning, match="promoting specified output") as caught:
            result = getattr(ndimage, name)(x, **options, output=np.float32)
        assert result.dtype == np.complex64
        assert caught[0].filename == __file__
    for dtype in ("?", "u1", "i2", "i4", "f4", "f8"):
        call = Call("correlate", np.ones(5, dtype), {"weights": [1j, 2]})
        assert_outcome(call.ours(), call.theirs())


@pytest.mark.parametrize("name", ["maximum_filter", "grey_erosion", "white_tophat"])
def test_size_is_ignored(name: str) -> None:
    x = small_integers((6, 7), "i4")
    options = {"size": 3, "footprint": [[0, 1], [1, 1]]}
    with pytest.warns(UserWarning, match="ignoring size") as caught:
        got = getattr(ndimage, name)(x, **options)
    assert {warning.filename for warning in caught} == {__file__}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        np.testing.assert_array_equal(got, theirs(name)(x, **options))
