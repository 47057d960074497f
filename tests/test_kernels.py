"""All constructors of kernels: scale, symmetry, axes, types, arguments."""

import re
from functools import partial, reduce
from itertools import product
from math import sqrt
from typing import Any

import numpy as np
import pytest
from kernel_checks import assert_output, monomial, wider_shape
from kernel_examples import (
    CONSTRUCTORS,
    DERIVATIVES,
    SMOOTHING,
    Maker,
    each_derivative,
    each_example,
    each_laplacian,
    each_smoothing_kernel,
    parameters,
)
from wrong_arguments import error_about

from pyconvolve import kernels

NARROW = [np.dtype(t) for t in ("f2", "f4", "c8")]
WIDE = [np.dtype(t) for t in ("f8", "g", "c16", "G")]


@each_smoothing_kernel
def test_smoothing_kernels_preserve_constants(make: Maker) -> None:
    kernel = make()
    assert_output(kernel, np.ones(wider_shape(kernel)), 1)


@each_derivative
def test_derivatives_of_monomials(make: Maker, orders: tuple[int, ...]) -> None:
    kernel = make()
    for powers in product(*(range(m + 1) for m in orders)):
        assert_output(
            kernel, monomial(wider_shape(kernel), powers, float), powers == orders
        )


@pytest.mark.parametrize(
    ("make", "orders"),
    [*((make, None) for make in SMOOTHING.values()), *DERIVATIVES.values()],
    ids=[*SMOOTHING, *(f"{name} derivative" for name in DERIVATIVES)],
)
def test_scale_in_long_double(make: Maker, orders: tuple[int, ...] | None) -> None:
    kernel = make(dtype=np.longdouble)
    orders = orders or (0,) * kernel.ndim
    for powers in product(*(range(m + 1) for m in orders)):
        x = monomial(wider_shape(kernel), powers, np.longdouble)
        assert_output(kernel, x, powers == orders)


@each_laplacian
def test_laplacians_of_parabolas(make: Maker) -> None:
    kernel = make()
    for powers in product(range(3), repeat=kernel.ndim):
        if sum(powers) <= 2:
            x = monomial(wider_shape(kernel), powers, float)
            assert_output(kernel, x, sorted(powers)[-1] == 2)


@each_smoothing_kernel
def test_smoothing_kernels_are_symmetric(make: Maker) -> None:
    kernel = make()
    name = getattr(make, "func", make).__name__
    if name in ("exponential", "emboss"):
        assert not np.allclose(kernel, np.flip(kernel))
        return
    for axis in range(kernel.ndim) if name != "motion_blur" else [None]:
        np.testing.assert_allclose(kernel, np.flip(kernel, axis), rtol=0, atol=1e-15)


@each_derivative
def test_derivatives_are_even_or_odd(make: Maker, orders: tuple[int, ...]) -> None:
    kernel = make()
    for axis, order in enumerate(orders):
        np.testing.assert_allclose(
            kernel,
            (-1) ** order * np.flip(kernel, axis),
            rtol=0,
            atol=1e-12 * abs(kernel).max(),
        )


ISOTROPIC: dict[str, Maker] = {
    "box": partial(kernels.box, 5),
    "triangle": partial(kernels.triangle, 4),
    "tophat": partial(kernels.tophat, 2.5, oversample=2),
    "ring": partial(kernels.ring, 1.2, 2.5),
    "sinc": partial(kernels.sinc, 0.2, 5),
    "savitzky_golay": partial(kernels.savitzky_golay, 5, 2),
    "gaussian": partial(kernels.gaussian, 0.8),
    "laplacian": kernels.laplacian,
    "laplacian with diagonals": partial(kernels.laplacian, diagonals=True),
    "laplacian_of_gaussian": partial(kernels.laplacian_of_gaussian, 0.8),
    "difference_of_gaussians": partial(kernels.difference_of_gaussians, 0.6),
    "ricker": partial(kernels.ricker, 0.8),
    "unsharp": partial(kernels.unsharp, 0.8),
    "emboss": kernels.emboss,
}


@pytest.mark.parametrize("ndim", [1, 2, 3, 4])
@pytest.mark.parametrize("make", ISOTROPIC.values(), ids=ISOTROPIC)
def test_all_axes_are_alike(make: Maker, ndim: int) -> None:
    kernel = make(ndim=ndim)
    assert kernel.ndim == ndim
    assert len({*kernel.shape}) == 1
    peak = abs(kernel).max()
    np.testing.assert_allclose(
        kernel, np.moveaxis(kernel, 0, -1), rtol=0, atol=1e-14 * peak
    )


PER_AXIS: dict[str, tuple[Maker, tuple[float, ...]]] = {
    "box": (kernels.box, (3, 1, 4, 2)),
    "triangle": (kernels.triangle, (3, 1, 4, 5)),
    "sinc": (partial(kernels.sinc, size=5), (0.1, 0.2, 0.3, 0.4)),
    "gaussian": (kernels.gaussian, (0.5, 0.8, 0, 1)),
    "integrated gaussian": (
        partial(kernels.gaussian, kind="integrated"),
        (0.5, 0.8, 0, 1),
    ),
    "derivatives": (partial(kernels.gaussian, order=2), (0.5, 0.8, 0.6, 1)),
    "discrete derivatives": (
        partial(kernels.gaussian, order=3, kind="discrete"),
        (0.5, 0.8, 0.6, 1),
    ),
    "sigma and size": (partial(kernels.gaussian, size=5), (0.5, 0.8, 0, 1)),
}


@pytest.mark.parametrize("ndim", [1, 2, 3, 4])
@pytest.mark.parametrize(("make", "values"), PER_AXIS.values(), ids=PER_AXIS)
def test_one_value_per_axis_makes_an_outer_product(
    make: Maker, values: tuple[float, ...], ndim: int
) -> None:
    given_values = values[:ndim]
    product_of = reduce(np.multiply.outer, [make(value) for value in given_values])
    np.testing.assert_allclose(make(given_values), product_of, rtol=1e-14, atol=1e-300)
    np.testing.assert_array_equal(make(list(given_values)), make(given_values))
    np.testing.assert_array_equal(make(values[0], ndim=ndim), make((values[0],) * ndim))


@pytest.mark.parametrize(
    ("kernel", "integers", "divisor"),
    [
        (kernels.sobel(), [[1, 0, -1], [2, 0, -2], [1, 0, -1]], 8),
        (kernels.prewitt(0), [[1, 1, 1], [0, 0, 0], [-1, -1, -1]], 6),
        (kernels.scharr(), [[3, 0, -3], [10, 0, -10], [3, 0, -3]], 32),
        (kernels.kirsch()[2], [[-3, -3, -3], [-3, 0, -3], [5, 5, 5]], 24),
        (kernels.kirsch()[1], [[-3, -3, -3], [5, 0, -3], [5, 5, -3]], 16 * sqrt(2)),
        (kernels.robinson()[0], [[1, 0, -1], [2, 0, -2], [1, 0, -1]], 8),
        (kernels.robinson()[5], [[0, 1, 2], [-1, 0, 1], [-2, -1, 0]], 6 * sqrt(2)),
        (kernels.laplacian(ndim=1), [1, -2, 1], 1),
        (kernels.laplacian(diagonals=True), [[1, 1, 1], [1, -8, 1], [1, 1, 1]], 3),
        (kernels.emboss(), [[2, 1, 0], [1, 1, -1], [0, -1, -2]], 1),
        (kernels.corner()[0], [[-4, -4, -4], [-4, 5, 5], [-4, 5, 5]], 20),
        (kernels.savitzky_golay(5, 2), [-3, 12, 17, 12, -3], 35),
    ],
)
def test_taps_of_textbooks(
    kernel: np.ndarray, integers: list[Any], divisor: float
) -> None:
    np.testing.assert_allclose(kernel, np.array(integers) / divisor, atol=1e-15)


@pytest.mark.parametrize("dtype", NARROW, ids=str)
@each_example
def test_taps_are_rounded_once(make: Maker, dtype: np.dtype) -> None:
    """Taps of a narrow type are double ones, rounded; ties may go either way."""
    kernel = make(dtype=dtype)
    assert kernel.dtype == dtype
    exact = make(dtype=np.result_type(dtype, np.float64))
    real = kernel.real.dtype
    for part, wanted in ((kernel.real, exact.real), (kernel.imag, exact.imag)):
        ulp = np.spacing(abs(wanted).astype(real)).astype(float)
        slack = 1e-14 * abs(exact).max()
        assert (abs(part.astype(float) - wanted) <= ulp / 2 + slack).all()


@pytest.mark.parametrize("dtype", WIDE, ids=str)
@each_example
def test_wide_element_types(make: Maker, dtype: np.dtype) -> None:
    kernel = make(dtype=dtype)
    assert kernel.dtype == dtype
    assert kernel.flags.c_contiguous
    assert kernel.flags.writeable
    double = make(dtype=np.complex128 if dtype.kind == "c" else np.float64)
    assert abs(kernel - double).max() <= 1e-13 * abs(double).max()


@pytest.mark.parametrize("dtype", ["i8", "?", "u1", object, "U3"])
@each_example
def test_integer_types_are_refused(make: Maker, dtype: Any) -> None:
    with pytest.raises(TypeError, match="dtype"):
        make(dtype=dtype)


@pytest.mark.parametrize("integer", [int, np.int32, np.uint8])
def test_numpy_scalars_are_taken(integer: type) -> None:
    np.testing.assert_array_equal(
        kernels.gaussian(
            np.float32(1.5), ndim=integer(2), order=integer(1), size=integer(7)
        ),
        kernels.gaussian(1.5, ndim=2, order=1, size=7),
    )
    np.testing.assert_array_equal(kernels.box(np.array([3, 5])), kernels.box((3, 5)))
    np.testing.assert_array_equal(
        kernels.sobel(integer(0), ndim=integer(3)), kernels.sobel(0, ndim=3)
    )


def documented_sum(name: str) -> str | None:
    """Sum of the taps in the documentation of a constructor: 'one' or 'zero'."""
    documentation = getattr(kernels, name).__doc__
    found = re.search(r"[Tt]aps\s+that\s+sum\s+to\s+(one|zero)", documentation)
    return found and found[1]


@pytest.mark.parametrize("name", [*filter(documented_sum, CONSTRUCTORS)])
def test_documented_sum(name: str) -> None:
    kernel = CONSTRUCTORS[name]()
    assert_output(kernel, np.ones(kernel.shape), documented_sum(name) == "one")


@pytest.mark.parametrize(
    ("name", "argument"),
    [
        (name, argument)
        for name in CONSTRUCTORS
        for argument, how in parameters(name).items()
        if how.annotation != "bool"
    ],
)
def test_every_argument_is_checked(name: str, argument: str) -> None:
    with error_about(argument):
        CONSTRUCTORS[name](**{argument: object()})
