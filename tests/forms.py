"""Problems for each form of tile of the FFT engine, and convolutions by that form."""

from typing import Any

import numpy as np
import planned
import pytest
import scipy.signal
from numpy.typing import NDArray
from problems import any_values

from pyconvolve._core import cpu
from pyconvolve._core.thresholds import Thresholds

# Problems that have several tiles of a form: the form, the shapes of signal and kernel,
# and axes.
FORMS: dict[str, tuple[str, tuple[int, ...], tuple[int, ...], Any]] = {
    "panels": ("panels", (430, 210), (11, 9), None),
    "panels of three axes": ("panels", (40, 41, 42), (5, 4, 3), None),
    "lanes": ("lanes", (30000,), (101,), None),
    "lanes of a batch": ("lanes", (9, 3000), (50,), 1),
    "lanes with a kernel each": ("lanes", (19, 400), (19, 50), 1),
    "four_step": ("four_step", (90000,), (7001,), None),
    "one four_step tile": ("four_step", (20000,), (7001,), None),
    "columns": ("columns", (3000, 37), (21,), 0),
    "columns with a kernel each": ("columns", (500, 37), (21, 37), 0),
    "columns of two axes": ("columns", (200, 40, 48), (21, 3), (0, 1)),
    "overlapping panels": ("panels", (330, 300), (101, 40), None),
    "panels overlapping twice": ("panels", (23, 22, 27), (3, 5, 9), None),
    "overlapping columns": ("columns", (1800, 7), (300,), 0),
    "overlapping four_step": ("four_step", (80000,), (9001,), None),
}
if cpu.wide():
    FORMS |= {f"wide {form}": problem for form, problem in FORMS.items()}
OVERLAPPING = [form for form in FORMS if "overlapping" in form]
SMALL_FORMS = [form for form in FORMS if "four_step" not in form]
PLAIN_FORMS = [form for form in SMALL_FORMS if form not in OVERLAPPING]
COMPUTED = [np.dtype(t) for t in ("f4", "f8", "c8", "c16")]

every_form = pytest.mark.parametrize("form", FORMS)
every_small_form = pytest.mark.parametrize("form", SMALL_FORMS)
every_computed = pytest.mark.parametrize("dtype", COMPUTED, ids=str)


def limits_of(form: str, **others: Any) -> Thresholds:
    """Return thresholds with which every problem that can has tiles of a form."""
    vectors = "wide" if form.startswith("wide") else "usual"
    return Thresholds(forms=(FORMS[form][0],), vectors=(vectors,), **others)


LIMITS = {form: limits_of(form) for form in FORMS}


def convolve(form: str, *arguments: Any, **options: Any) -> NDArray[Any]:
    return planned.convolve(LIMITS[form], *arguments, **options)


def correlate(form: str, *arguments: Any, **options: Any) -> NDArray[Any]:
    return planned.convolve(LIMITS[form], *arguments, correlating=True, **options)


def plan(
    form: str,
    data: tuple[int, ...],
    kernel: tuple[int, ...],
    dtype: Any,
    axes: Any = None,
    mode: str = "full",
) -> Any:
    return planned.plan(
        data, kernel, dtype, mode, "fft", axes=axes, limits=LIMITS[form]
    )


def stored(made: Any) -> list[int]:
    """Return the number of outputs that a tile stores along each transformed axis."""
    axes = sorted(
        (axis for axis in made.axes if axis["transformed"] and axis["output"] >= 0),
        key=lambda axis: axis["output"],
    )
    return [axis["block_outputs"] for axis in axes]


def assert_close(got: NDArray[Any], want: NDArray[Any], error: float) -> None:
    assert got.shape == want.shape
    assert abs(got - want).max() <= error


def by_scipy(
    x: NDArray[Any],
    h: NDArray[Any],
    axes: Any,
    precision: Any = "f8",
    mode: str = "full",
) -> NDArray[Any]:
    """Convolve by SciPy in double precision or more."""
    if axes is not None and h.ndim < x.ndim:
        given = [*np.atleast_1d(axes)]
        h = h.reshape(
            [h.shape[given.index(a)] if a in given else 1 for a in range(x.ndim)]
        )
    wide = np.result_type(x, h, precision)
    return scipy.signal.oaconvolve(x.astype(wide), h.astype(wide), mode, axes)


def data_of(
    form: str, dtype: Any, mean: complex = 0
) -> tuple[NDArray[Any], NDArray[Any], Any]:
    """Return normally distributed samples with a mean, taps, and axes."""
    name, data, kernel, axes = FORMS[form]
    made = plan(form, data, kernel, dtype, axes)
    assert made.form == name
    assert form not in OVERLAPPING or any(axis["adds"] for axis in made.axes)
    x = any_values(data, dtype) + np.dtype(dtype).type(mean)
    return x, any_values(kernel, dtype, seed=1), axes
