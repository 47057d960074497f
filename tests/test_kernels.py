"""Kernels that are made: their scale, by convolving, and the forms others give them."""

from collections.abc import Callable, Sequence
from functools import partial, reduce
from itertools import product
from math import cos, factorial, log, pi, prod, sin, sqrt
from typing import Any

import numpy as np
import pytest
from complaints import WrongValues, complaint_about, each_wrong_value
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage, special, stats

import pyconvolve
from pyconvolve import kernels

Maker = Callable[..., np.ndarray]
NARROW = [np.dtype(t) for t in ("f2", "f4", "c8")]
WIDE = [np.dtype(t) for t in ("f8", "g", "c16", "G")]
KINDS = ["sampled", "integrated", "discrete"]
RIGHT, UP, DIAGONAL = 0.0, pi / 2, pi / 4

BLURS: dict[str, Maker] = {
    "box": partial(kernels.box, (4, 5)),
    "triangle": partial(kernels.triangle, (4, 5)),
    "tophat": partial(kernels.tophat, (1.5, 3), oversample=3),
    "disk": partial(kernels.disk, 2.5),
    "ball": partial(kernels.ball, 2),
    "ring": partial(kernels.ring, 2, 3.5),
    "motion_blur": partial(kernels.motion_blur, 6.5, 0.7),
    "exponential": partial(kernels.exponential, 0.3),
    "sinc": partial(kernels.sinc, (0.1, 0.2), (9, 8)),
    "savitzky_golay": partial(kernels.savitzky_golay, (5, 7), 2),
    "gaussian": partial(kernels.gaussian, (0.6, 2)),
    "integrated gaussian": partial(kernels.gaussian, (0.6, 2), kind="integrated"),
    "discrete gaussian": partial(kernels.gaussian, (0.6, 2), kind="discrete"),
    "unsharp": partial(kernels.unsharp, (0.7, 1.5), 0.8),
    "emboss": partial(kernels.emboss, 0.7),
}
GRADIENTS = ["sobel", "prewitt", "scharr", "farid"]
# with the order of the derivative along each axis
DERIVATIVES: dict[str, tuple[Maker, tuple[int, ...]]] = {
    **{name: (partial(getattr(kernels, name), 0), (1, 0)) for name in GRADIENTS},
    **{
        f"{name} of a volume": (partial(getattr(kernels, name), ndim=3), (0, 0, 1))
        for name in GRADIENTS
    },
    "sobel of a line": (partial(kernels.sobel, ndim=1), (1,)),
    "prewitt along four axes": (partial(kernels.prewitt, -3, ndim=4), (0, 1, 0, 0)),
    "savitzky_golay": (
        partial(kernels.savitzky_golay, (7, 5), 4, deriv=(2, 1)),
        (2, 1),
    ),
    **{
        f"{kind} gaussian, order {order}": (
            partial(kernels.gaussian, 1.3, order=order, kind=kind),
            (order,),
        )
        for kind in KINDS
        for order in range(1, 5)
    },
    **{
        f"{kind} gaussian along two axes": (
            partial(kernels.gaussian, (2, 0.8), order=(1, 3), kind=kind),
            (1, 3),
        )
        for kind in KINDS
    },
}
LAPLACIANS: dict[str, Maker] = {
    **{f"laplacian, {n}": partial(kernels.laplacian, ndim=n) for n in range(1, 5)},
    **{
        f"laplacian, {n}, diagonals": partial(kernels.laplacian, ndim=n, diagonals=True)
        for n in range(1, 5)
    },
    **{
        f"{kind} laplacian_of_gaussian": partial(
            kernels.laplacian_of_gaussian, (0.7, 1.5), kind=kind
        )
        for kind in KINDS
    },
    "laplacian_of_gaussian, 1": partial(kernels.laplacian_of_gaussian, 2, ndim=1),
    "laplacian_of_gaussian, 3": partial(kernels.laplacian_of_gaussian, 0.5, ndim=3),
}
OTHERS: dict[str, Maker] = {
    "difference_of_gaussians": partial(kernels.difference_of_gaussians, 0.8),
    "ricker": partial(kernels.ricker, (1, 1.7)),
    "gabor": partial(kernels.gabor, 0.2, theta=0.4, phase=0.3),
    "roberts": kernels.roberts,
    "kirsch": kernels.kirsch,
    "robinson": kernels.robinson,
    "corner": kernels.corner,
}
ALL = (
    BLURS
    | {f"{name} derivative": make for name, (make, _) in DERIVATIVES.items()}
    | LAPLACIANS
    | OTHERS
)
NOT_MADE = {
    "Whitening", "as_integer_ratio", "compose", "divide_local_energy", "embed",
    "extract_patches", "flip", "frequency_response", "homomorphic_filter", "learn",
    "local_contrast_normalize", "normalize", "plot", "random", "rank", "separate",
    "subtract_local_mean", "whiten",
}  # fmt: skip

each_blur = pytest.mark.parametrize("make", BLURS.values(), ids=BLURS)
each_derivative = pytest.mark.parametrize(
    ("make", "orders"), DERIVATIVES.values(), ids=DERIVATIVES
)
each_laplacian = pytest.mark.parametrize("make", LAPLACIANS.values(), ids=LAPLACIANS)
each_kernel = pytest.mark.parametrize("make", ALL.values(), ids=ALL)
each_kind = pytest.mark.parametrize("kind", KINDS)


def test_every_constructor_is_in_the_tables() -> None:
    made = {getattr(make, "func", make).__name__ for make in ALL.values()}
    assert made | NOT_MADE == {*kernels.__all__}


def places(shape: Sequence[int], dtype: Any = float) -> list[np.ndarray]:
    """Coordinates of samples, counted from the middle."""
    axes = [np.arange(n) - np.array(n - 1, dtype) / 2 for n in shape]
    return np.meshgrid(*axes, indexing="ij", sparse=True)


def monomial(shape: Sequence[int], powers: Sequence[int], dtype: Any) -> np.ndarray:
    factors = [
        x**p / factorial(p) for x, p in zip(places(shape, dtype), powers, strict=True)
    ]
    return np.broadcast_to(reduce(np.multiply, factors), tuple(shape))


def gives(kernel: np.ndarray, x: np.ndarray, value: float) -> None:
    """Check the convolution where the kernel lies in x, up to rounding."""
    got = pyconvolve.convolve(x, kernel, "valid", "direct")
    terms = pyconvolve.convolve(abs(x), abs(kernel), "valid", "direct")
    assert got.size
    eps = np.finfo(kernel.dtype).eps
    assert (abs(got - value) <= 64 * eps * np.maximum(terms, abs(value))).all()


def wider(kernel: np.ndarray) -> list[int]:
    return [n + 2 for n in kernel.shape]


def unit(kernel: np.ndarray) -> np.ndarray:
    return kernel / np.linalg.norm(kernel)


@each_blur
def test_blurs_leave_flat_regions(make: Maker) -> None:
    kernel = make()
    gives(kernel, np.ones(wider(kernel)), 1)


@each_derivative
def test_derivatives_of_powers(make: Maker, orders: tuple[int, ...]) -> None:
    kernel = make()
    for powers in product(*(range(m + 1) for m in orders)):
        gives(kernel, monomial(wider(kernel), powers, float), powers == orders)


@pytest.mark.parametrize("name", {**BLURS, **DERIVATIVES})
def test_the_scale_is_kept_in_long_double(name: str) -> None:
    make, orders = DERIVATIVES.get(name) or (BLURS[name], None)
    kernel = make(dtype=np.longdouble)
    orders = orders or (0,) * kernel.ndim
    for powers in product(*(range(m + 1) for m in orders)):
        x = monomial(wider(kernel), powers, np.longdouble)
        gives(kernel, x, powers == orders)


@each_kind
@pytest.mark.parametrize("order", range(5))
@pytest.mark.parametrize("sigma", [0.05, 0.1, 0.2, 0.3, 0.5, 1, 3, 20])
def test_derivatives_of_narrow_and_wide_gaussians(
    sigma: float, order: int, kind: str
) -> None:
    for size in (None, 2 * ((order + 1) // 2) + 1, 9):
        kernel = kernels.gaussian(sigma, order=order, kind=kind, size=size)
        x = np.arange(len(kernel)) - len(kernel) // 2
        for power in range(order + 1):
            terms = (-x.astype(float)) ** power / factorial(power) * kernel
            wrong = terms.sum() - (power == order)
            assert abs(wrong) <= 1e-9 * max(1, abs(terms).sum()), (size, power)


@each_laplacian
def test_laplacians_of_parabolas(make: Maker) -> None:
    kernel = make()
    for powers in product(range(3), repeat=kernel.ndim):
        if sum(powers) <= 2:
            x = monomial(wider(kernel), powers, float)
            gives(kernel, x, sorted(powers)[-1] == 2)


@pytest.mark.parametrize("make", [kernels.kirsch, kernels.robinson])
@pytest.mark.parametrize("direction", range(8))
def test_compasses_rise_in_their_directions(make: Maker, direction: int) -> None:
    bank, (row, column) = make(), places((5, 5))
    way = direction * pi / 4
    ramp = -sin(way) * row + cos(way) * column
    gives(bank[direction], ramp, 1)
    gives(bank[direction], cos(way) * row + sin(way) * column, 0)
    gives(bank[direction], np.ones((5, 5)), 0)
    responses = [pyconvolve.convolve(ramp, h, "valid")[0, 0] for h in bank]
    np.testing.assert_allclose(
        responses, [cos(way - i * pi / 4) for i in range(8)], atol=1e-12
    )


@pytest.mark.parametrize("axis", [0, 1, -1, -2])
def test_roberts_rises_along_its_diagonal(axis: int) -> None:
    kernel, (row, column) = kernels.roberts(axis), places((4, 4))
    falls, grows = (row + column) / sqrt(2), (column - row) / sqrt(2)
    gives(kernel, grows if axis % 2 else falls, 1)
    gives(kernel, falls if axis % 2 else grows, 0)
    gives(kernel, np.ones((4, 4)), 0)


@pytest.mark.parametrize("ndim", [1, 2, 3, 4])
@pytest.mark.parametrize("size", [3, 5])
def test_corners_find_their_corner(size: int, ndim: int) -> None:
    bank = kernels.corner(size, ndim=ndim)
    assert bank.shape == (2**ndim, *(size,) * ndim)
    parts = [slice(0, size // 2 + 1), slice(size // 2, size)]
    for i, ends in enumerate(product((0, 1), repeat=ndim)):
        x = np.zeros((size,) * ndim)
        x[tuple(parts[end] for end in ends)] = 1
        gives(bank[i], x, 1)
        gives(bank[i], np.ones((size + 1,) * ndim), 0)
        responses = [pyconvolve.convolve(x, h, "valid").item() for h in bank]
        assert np.argmax(responses) == i
        assert sorted(responses)[-2] < 0.9


@pytest.mark.parametrize("ndim", [1, 2, 3])
@pytest.mark.parametrize("amount", [1.0, -0.4, 0.0])
def test_emboss_adds_derivatives(amount: float, ndim: int) -> None:
    relief = sum(kernels.prewitt(a, ndim=ndim) for a in range(ndim))
    flat = kernels.embed(np.ones((1,) * ndim), 3)
    np.testing.assert_allclose(
        kernels.emboss(amount, ndim=ndim),
        flat + amount * 2 * 3 ** (ndim - 1) * relief,
        atol=1e-14,
    )


@pytest.mark.parametrize("dtype", NARROW, ids=str)
@each_kernel
def test_taps_are_rounded_once(make: Maker, dtype: np.dtype) -> None:
    """In narrow types they are those of double, or next to a tie."""
    kernel = make(dtype=dtype)
    assert kernel.dtype == dtype
    exact = make(dtype=np.result_type(dtype, np.float64))
    real = kernel.real.dtype
    for part, wanted in ((kernel.real, exact.real), (kernel.imag, exact.imag)):
        ulp = np.spacing(abs(wanted).astype(real)).astype(float)
        slack = 1e-14 * abs(exact).max()
        assert (abs(part.astype(float) - wanted) <= ulp / 2 + slack).all()


@pytest.mark.parametrize("dtype", WIDE, ids=str)
@each_kernel
def test_wide_element_types(make: Maker, dtype: np.dtype) -> None:
    kernel = make(dtype=dtype)
    assert kernel.dtype == dtype
    assert kernel.flags.c_contiguous
    assert kernel.flags.writeable
    double = make(dtype=np.complex128 if dtype.kind == "c" else np.float64)
    assert abs(kernel - double).max() <= 1e-13 * abs(double).max()


@pytest.mark.parametrize("dtype", ["i8", "?", "u1", object, "U3"])
@each_kernel
def test_kernels_are_not_of_integers(make: Maker, dtype: Any) -> None:
    with pytest.raises(TypeError, match="dtype"):
        make(dtype=dtype)


@each_blur
def test_blurs_are_symmetric(make: Maker) -> None:
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
def test_one_value_per_axis_makes_a_product(
    make: Maker, values: tuple[float, ...], ndim: int
) -> None:
    given_values = values[:ndim]
    product_of = reduce(np.multiply.outer, [make(value) for value in given_values])
    np.testing.assert_allclose(make(given_values), product_of, rtol=1e-14, atol=1e-300)
    np.testing.assert_array_equal(make(list(given_values)), make(given_values))
    np.testing.assert_array_equal(make(values[0], ndim=ndim), make((values[0],) * ndim))


def test_orders_and_sizes_per_axis() -> None:
    kernel = kernels.gaussian((1, 2, 0), order=(0, 2, 0), size=(5, 9, 3))
    factors = [
        kernels.gaussian(1, size=5),
        kernels.gaussian(2, order=2, size=9),
        [0, 1, 0],
    ]
    np.testing.assert_allclose(kernel, reduce(np.multiply.outer, factors), atol=1e-15)
    window = kernels.sinc((0.1, 0.3), (7, 4), window="hann")
    factors = [
        kernels.sinc(0.1, 7, window="hann"),
        kernels.sinc(0.3, 4, window="hann"),
    ]
    np.testing.assert_allclose(window, np.outer(*factors), rtol=1e-14)
    np.testing.assert_array_equal(
        kernels.sinc(0.2, (7, 4)), kernels.sinc((0.2, 0.2), (7, 4))
    )


def response(
    filtered: Callable[[np.ndarray], np.ndarray], taps: int, ndim: int = 2
) -> np.ndarray:
    """Get the kernel of another library's filter: what it makes of an impulse."""
    impulse = np.zeros((taps + 8,) * ndim)
    impulse[((taps + 7) // 2,) * ndim] = 1
    return filtered(impulse)[(slice(4, taps + 4),) * ndim]


def sums_to_one(kernel: np.ndarray) -> np.ndarray:
    return kernel / kernel.sum()


def middle(kernel: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """Cut a kernel to so many taps round its centre."""
    ends = zip(kernel.shape, shape, strict=True)
    return kernel[tuple(slice((n - k) // 2, (n + k) // 2) for n, k in ends)]


def derivative_of_opencv(cv2: Any, ksize: int) -> np.ndarray:
    columns, rows = cv2.getDerivKernels(1, 0, ksize, normalize=True, ktype=cv2.CV_64F)
    return np.flip(np.outer(rows, columns))


# length, degree, order of the derivative, distance of samples
SAVGOL = [(7, 3, 0, 1), (7, 3, 1, 0.5), (9, 4, 2, 2), (6, 2, 1, 1), (5, 2, 3, 1)]
ELSEWHERE: dict[str, tuple[str, Maker, Callable[[], np.ndarray]]] = {
    "ndimage.gaussian_filter": (
        "scipy.ndimage",
        lambda lib: response(lambda x: lib.gaussian_filter(x, 1.7), 15),
        lambda: kernels.gaussian(1.7, ndim=2),
    ),
    "ndimage.gaussian_filter, truncate": (
        "scipy.ndimage",
        lambda lib: response(lambda x: lib.gaussian_filter(x, 2, truncate=2.3), 11, 3),
        lambda: kernels.gaussian(2, ndim=3, truncate=2.3),
    ),
    "ndimage.uniform_filter": (
        "scipy.ndimage",
        lambda lib: response(lambda x: lib.uniform_filter(x, 5), 5),
        lambda: kernels.box(5, ndim=2),
    ),
    "ndimage.sobel": (
        "scipy.ndimage",
        lambda lib: response(lambda x: lib.sobel(x, 0), 3) / 8,
        lambda: kernels.sobel(0),
    ),
    "ndimage.sobel in three dimensions": (
        "scipy.ndimage",
        lambda lib: response(lambda x: lib.sobel(x, 1), 3, 3) / 32,
        lambda: kernels.sobel(1, ndim=3),
    ),
    "ndimage.prewitt": (
        "scipy.ndimage",
        lambda lib: response(lambda x: lib.prewitt(x, 1), 3) / 6,
        lambda: kernels.prewitt(1),
    ),
    "ndimage.laplace": (
        "scipy.ndimage",
        lambda lib: response(lib.laplace, 3, 3),
        lambda: kernels.laplacian(ndim=3),
    ),
    "signal.firwin": (
        "scipy.signal",
        lambda lib: lib.firwin(31, 0.2, fs=1, window=("kaiser", 5)),
        lambda: kernels.sinc(0.2, 31, window=("kaiser", 5)),
    ),
    "signal.firwin, even": (
        "scipy.signal",
        lambda lib: lib.firwin(12, 0.1, fs=1),
        lambda: kernels.sinc(0.1, 12),
    ),
    **{
        f"signal.savgol_coeffs{case}": (
            "scipy.signal",
            lambda lib, case=case: lib.savgol_coeffs(
                *case[:2], deriv=case[2], delta=case[3], use="conv"
            ),
            lambda case=case: kernels.savitzky_golay(
                *case[:2], deriv=case[2], delta=case[3]
            ),
        )
        for case in SAVGOL
    },
    "signal.windows.triang": (
        "scipy.signal",
        lambda lib: sums_to_one(lib.windows.triang(9)),
        lambda: kernels.triangle(9),
    ),
    "numpy.bartlett, even": (
        "numpy",
        lambda lib: sums_to_one(lib.bartlett(10)[1:-1]),
        lambda: kernels.triangle(8),
    ),
    "signal.windows.gaussian": (
        "scipy.signal",
        lambda lib: sums_to_one(lib.windows.gaussian(9, 1.3)),
        lambda: kernels.gaussian(1.3, size=9),
    ),
    "signal.windows.exponential": (
        "scipy.signal",
        lambda lib: sums_to_one(
            lib.windows.exponential(12, 0, -1 / log(1 - 0.3), sym=False)
        ),
        lambda: kernels.exponential(0.3, size=12)[11:],
    ),
    "skimage disk": (
        "skimage.morphology",
        lambda lib: sums_to_one(lib.disk(5)),
        lambda: kernels.disk(5),
    ),
    "skimage ball": (
        "skimage.morphology",
        lambda lib: sums_to_one(lib.ball(4)),
        lambda: kernels.ball(4),
    ),
    **{
        f"skimage {name}": (
            "skimage.filters",
            lambda lib, name=name: (
                response(lambda x: getattr(lib, name)(x, axis=0), 3, 3) / 2
            ),
            lambda name=name: getattr(kernels, name)(0, ndim=3),
        )
        for name in ("sobel", "prewitt", "scharr")
    },
    "skimage unsharp_mask": (
        "skimage.filters",
        lambda lib: response(
            lambda x: lib.unsharp_mask(x, 1.5, 0.7, preserve_range=True), 13
        ),
        lambda: kernels.unsharp(1.5, 0.7),
    ),
    "astropy Gaussian2DKernel": (
        "astropy.convolution",
        lambda lib: sums_to_one(
            lib.Gaussian2DKernel(1.5, 0.7, x_size=13, y_size=7).array
        ),
        lambda: kernels.gaussian((0.7, 1.5), size=(7, 13)),
    ),
    "astropy Tophat2DKernel": (
        "astropy.convolution",
        lambda lib: sums_to_one(lib.Tophat2DKernel(3.5, x_size=7, y_size=7).array),
        lambda: kernels.disk(3.5),
    ),
    "astropy Ring2DKernel": (
        "astropy.convolution",
        lambda lib: sums_to_one(lib.Ring2DKernel(2, 2).array),
        lambda: kernels.ring(2, 4),
    ),
    "astropy Box2DKernel": (
        "astropy.convolution",
        lambda lib: lib.Box2DKernel(5).array,
        lambda: kernels.box(5, ndim=2),
    ),
    "OpenCV getGaussianKernel": (
        "cv2",
        lambda lib: lib.getGaussianKernel(9, 1.4)[:, 0],
        lambda: kernels.gaussian(1.4, size=9),
    ),
    "OpenCV Sobel": (
        "cv2",
        lambda lib: derivative_of_opencv(lib, 3),
        lambda: kernels.sobel(1),
    ),
    "OpenCV Scharr": (
        "cv2",
        lambda lib: derivative_of_opencv(lib, lib.FILTER_SCHARR),
        lambda: kernels.scharr(1),
    ),
}
UP_TO_SCALE: dict[str, tuple[str, Maker, Callable[[], np.ndarray]]] = {
    "skimage farid": (
        "skimage.filters",
        lambda lib: response(lib.farid_h, 5),
        lambda: kernels.farid(0),
    ),
    "skimage gabor_kernel": (
        "skimage.filters",
        lambda lib: lib.gabor_kernel(0.2, theta=0.7, bandwidth=1.3, offset=0.4),
        lambda: kernels.gabor(0.2, theta=-0.7, bandwidth=1.3, phase=0.4),
    ),
    "skimage gabor_kernel, sigma": (
        "skimage.filters",
        lambda lib: lib.gabor_kernel(0.3, theta=-2, sigma_x=1.5, sigma_y=4, n_stds=2),
        lambda: kernels.gabor(0.3, (1.5, 4), theta=2, truncate=2),
    ),
    "skimage roberts_pos_diag": (
        "skimage.filters",
        lambda lib: response(lambda x: np.roll(lib.roberts_pos_diag(x), 1, (0, 1)), 2),
        lambda: kernels.roberts(0),
    ),
    "skimage roberts_neg_diag": (
        "skimage.filters",
        lambda lib: -response(lambda x: np.roll(lib.roberts_neg_diag(x), 1, (0, 1)), 2),
        lambda: kernels.roberts(1),
    ),
    "OpenCV getGaborKernel": (
        "cv2",
        lambda lib: lib.getGaborKernel((15, 15), 2, 0.6, 5, 0.8, 0.3, lib.CV_64F),
        lambda: (
            np.flip(
                middle(
                    kernels.gabor(0.2, (2, 2.5), theta=-0.6, phase=0.3, truncate=9),
                    (15, 15),
                )
            ).real
        ),
    ),
}


@pytest.mark.parametrize(
    ("module", "theirs", "ours"), ELSEWHERE.values(), ids=ELSEWHERE
)
def test_as_elsewhere(
    module: str, theirs: Maker, ours: Callable[[], np.ndarray]
) -> None:
    expected = theirs(pytest.importorskip(module))
    np.testing.assert_allclose(ours(), expected, rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize(
    ("module", "theirs", "ours"), UP_TO_SCALE.values(), ids=UP_TO_SCALE
)
def test_as_elsewhere_up_to_scale(
    module: str, theirs: Maker, ours: Callable[[], np.ndarray]
) -> None:
    expected = theirs(pytest.importorskip(module))
    np.testing.assert_allclose(unit(ours()), unit(expected), rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("size", [1, 4, 9, (2, 5), (3, 1, 4)])
def test_box_is_a_mean(size: int | tuple[int, ...]) -> None:
    kernel = kernels.box(size)
    assert kernel.shape == (size if isinstance(size, tuple) else (size,))
    np.testing.assert_allclose(kernel, 1 / kernel.size, rtol=1e-15)


@given(st.integers(1, 20), st.integers(1, 3))
@settings(max_examples=30)
def test_a_triangle_is_two_boxes(taps: int, ndim: int) -> None:
    box = kernels.box(taps, ndim=ndim)
    np.testing.assert_allclose(
        kernels.triangle(2 * taps - 1, ndim=ndim),
        pyconvolve.convolve(box, box, "full", "direct"),
        rtol=1e-12,
    )


TENTHS = st.integers(5, 50).map(lambda n: n / 10)


@given(st.lists(TENTHS, min_size=1, max_size=3), st.integers(1, 3))
@settings(max_examples=60)
def test_tophat_counts_points_in_an_ellipsoid(radii: list[float], points: int) -> None:
    kernel = kernels.tophat(radii, oversample=points)
    gives(kernel, np.ones(kernel.shape), 1)
    fine = places([(n + 2) * points for n in kernel.shape])
    squares = sum((x / points / r) ** 2 for x, r in zip(fine, radii, strict=True))
    inside = np.broadcast_to(squares <= 1 + 1e-12, [x.size for x in fine])
    split = inside.reshape([part for n in kernel.shape for part in (n + 2, points)])
    counts = split.sum(tuple(range(1, split.ndim, 2)))
    assert counts.sum() == middle(counts, kernel.shape).sum()
    np.testing.assert_allclose(
        kernel, middle(counts, kernel.shape) / counts.sum(), rtol=1e-12
    )


@pytest.mark.parametrize(
    ("make", "volume"),
    [
        (partial(kernels.disk, 3.3), pi * 3.3**2),
        (partial(kernels.disk, (2.2, 4.1)), pi * 2.2 * 4.1),
        (partial(kernels.ball, 2.7), 4 / 3 * pi * 2.7**3),
        (partial(kernels.tophat, 2.6), 2 * 2.6),
    ],
)
def test_oversampling_finds_the_share_of_a_sample(make: Maker, volume: float) -> None:
    assert 1 / make(oversample=20).max() == pytest.approx(volume, rel=0.01)


@pytest.mark.parametrize("points", [1, 2, 3, 4])
@pytest.mark.parametrize("ndim", [1, 2])
@pytest.mark.parametrize("radius", [0, 0.1, 0.3])
def test_a_ball_within_a_sample_is_that_sample(
    radius: float, ndim: int, points: int
) -> None:
    kernel = kernels.tophat(radius, ndim=ndim, oversample=points)
    np.testing.assert_array_equal(kernel, np.ones((1,) * ndim))


@pytest.mark.parametrize("radius", [1, 5, 13])
def test_points_at_the_same_distance_stay_together(radius: int) -> None:
    """On the axes and between them, though rounding has made the radius smaller."""
    for rounded in (np.nextafter(radius, 0), np.nextafter(radius, 99)):
        np.testing.assert_array_equal(kernels.disk(rounded), kernels.disk(radius))


@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_ring_has_a_hole(ndim: int) -> None:
    kernel = kernels.ring(1.5, 3.2, ndim=ndim)
    distance = np.sqrt(sum(x**2 for x in places((7,) * ndim)))
    inside = (distance >= 1.5) & (distance <= 3.2)
    np.testing.assert_allclose(kernel, inside / inside.sum(), rtol=1e-14)
    np.testing.assert_array_equal(
        kernels.ring(0, 3.2, ndim=ndim), kernels.tophat(3.2, ndim=ndim)
    )


ROW = np.array([0.5, 1, 1, 1, 0.5]) / 4


@pytest.mark.parametrize(
    ("direction", "expected"),
    [
        (RIGHT, ROW[np.newaxis]),
        (pi, ROW[np.newaxis]),
        (UP, ROW[:, np.newaxis]),
        (-UP, ROW[:, np.newaxis]),
        (np.array(UP), ROW[:, np.newaxis]),
        ((0, 1), ROW[np.newaxis]),
        (np.array([-3.0, 0]), ROW[:, np.newaxis]),
        ((2,), ROW),
        ((0, 0, 5), ROW[np.newaxis, np.newaxis]),
        ((0, -1, 0), ROW[np.newaxis, :, np.newaxis]),
    ],
    ids=str,
)
def test_motion_along_an_axis(direction: Any, expected: np.ndarray) -> None:
    kernel = kernels.motion_blur(4, direction)
    assert kernel.shape == expected.shape
    np.testing.assert_allclose(kernel, expected, rtol=1e-12)


@pytest.mark.parametrize("direction", [DIAGONAL, DIAGONAL - pi, (-1, 1), (2.0, -2.0)])
def test_motion_along_a_diagonal(direction: Any) -> None:
    side = 1 - sqrt(0.5)
    expected = np.array([[0, side, 1], [side, 1, side], [1, side, 0]])
    kernel = kernels.motion_blur(1 + 2 * sqrt(2), direction)
    np.testing.assert_allclose(kernel, sums_to_one(expected), atol=1e-12)


def test_motion_through_a_volume() -> None:
    kernel = kernels.motion_blur(1 + 2 * sqrt(3), (1, 1, 1))
    assert kernel.shape == (3, 3, 3)
    np.testing.assert_allclose(kernel, kernel.transpose(1, 2, 0), atol=1e-15)
    np.testing.assert_allclose(kernel[range(3), range(3), range(3)], kernel.max())
    assert kernel[0, 2, 0] == 0


@given(st.floats(0, 2 * pi), st.floats(8, 40))
@settings(max_examples=50)
def test_motion_has_its_direction_and_length(angle: float, length: float) -> None:
    kernel = kernels.motion_blur(length, angle)
    row, column = places(kernel.shape)
    along = -sin(angle) * row + cos(angle) * column
    across = cos(angle) * row + sin(angle) * column
    assert (kernel * across**2).sum() < 0.5
    assert (kernel * along**2).sum() == pytest.approx(length**2 / 12, rel=0.1)
    gives(kernel, np.ones(kernel.shape), 1)


@pytest.mark.parametrize("alpha", [1e-3, 0.1, 0.5, 0.99, 1])
def test_exponential_is_causal(alpha: float) -> None:
    kernel = kernels.exponential(alpha)
    size = (len(kernel) + 1) // 2
    assert not kernel[: size - 1].any()
    np.testing.assert_allclose(
        kernel[size - 1 :], alpha * (1 - alpha) ** np.arange(size), rtol=2e-6
    )
    assert (1 - alpha) ** size <= 1e-6
    assert size == 1 or (1 - alpha) ** (size - 1) > 1e-6
    impulse = np.zeros(41)
    impulse[20] = 1
    blurred = pyconvolve.convolve(impulse, kernels.exponential(alpha, size=7), "same")
    assert not blurred[:20].any()
    assert blurred[20] > 0
    assert not blurred[27:].any()


def test_exponential_halves_every_so_many_samples() -> None:
    kernel = kernels.exponential(1 - 2 ** (-1 / 5))
    recent = kernel[len(kernel) // 2 :]
    np.testing.assert_allclose(recent[5:], recent[:-5] / 2, rtol=1e-12)


def test_sinc_passes_up_to_its_cutoff() -> None:
    (frequencies,), gain = kernels.frequency_response(kernels.sinc(0.2, 101), 1024)
    np.testing.assert_allclose(gain[abs(frequencies) < 0.17], 1, atol=0.005)
    np.testing.assert_allclose(gain[abs(frequencies) > 0.23], 0, atol=0.005)
    assert np.interp(0.2, frequencies, gain.real) == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("window", ["hann", "bartlett"])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_sinc_under_a_window_that_ends_at_zero(size: int, window: str) -> None:
    """Two taps are both ends."""
    if size == 2:
        with pytest.raises(ValueError, match="window"):
            kernels.sinc(0.2, size, window=window)
    else:
        assert kernels.sinc(0.2, size, window=window).max() == pytest.approx(1)


@pytest.mark.parametrize(
    ("window", "deriv"),
    [
        ((5,), (0,)),
        ((8,), (3,)),
        ((5, 7), (0, 0)),
        ((5, 6), (1, 2)),
        ((5, 5, 5), (0, 1, 1)),
    ],
)
def test_savitzky_golay_fits_polynomials(
    window: tuple[int, ...], deriv: tuple[int, ...]
) -> None:
    """Those of a total degree up to three are their own fit."""
    delta = [0.5, 2.0, 1.0][: len(window)]
    kernel = kernels.savitzky_golay(window, 3, deriv=deriv, delta=delta)
    scale = prod(d**m for d, m in zip(delta, deriv, strict=True))
    for powers in product(range(4), repeat=len(window)):
        if sum(powers) <= 3:
            value = (powers == deriv) / scale
            gives(kernel, monomial(window, powers, float), value)


def test_savitzky_golay_has_the_least_energy_of_such() -> None:
    np.testing.assert_allclose(
        kernels.savitzky_golay((5, 4), 1), kernels.box((5, 4)), rtol=1e-12
    )


@each_kind
def test_gaussian_ends(kind: str) -> None:
    make = partial(kernels.gaussian, kind=kind)
    assert make(1.6).shape == (13,)
    assert make(1.6, truncate=2.9).shape == (11,)
    assert make(1.6, truncate=0).tolist() == [1]
    assert make((1.6, 0), size=5).shape == (5, 5)
    np.testing.assert_array_equal(make((0, 1))[0], make(1))


@pytest.mark.parametrize("sigma", [0.02, 0.3, 1, 4.5, 60])
@each_kind
def test_gaussians_in_closed_form(kind: str, sigma: float) -> None:
    k = np.arange(-20, 21)
    bell = stats.norm(scale=sigma)
    taps = {
        "sampled": lambda: bell.pdf(k),
        "integrated": lambda: bell.cdf(0.5 - abs(k)) - bell.cdf(-0.5 - abs(k)),
        "discrete": lambda: special.ive(k, sigma**2),
    }[kind]()
    np.testing.assert_allclose(
        kernels.gaussian(sigma, size=41, kind=kind),
        sums_to_one(taps),
        rtol=1e-11,
        atol=1e-100 if kind == "sampled" else 1e-16,
    )


def hermite(x: np.ndarray, sigma: float, order: int) -> np.ndarray:
    """Derivative of a Gaussian, by its Hermite polynomial."""
    polynomial = special.eval_hermitenorm(order, x / sigma)
    return (-1 / sigma) ** order * polynomial * stats.norm.pdf(x, scale=sigma)


@pytest.mark.parametrize("order", range(1, 5))
@pytest.mark.parametrize("sigma", [1.5, 2.5])
def test_derivatives_of_gaussians_in_closed_form(sigma: float, order: int) -> None:
    k = np.arange(-30.0, 31)
    sampled = kernels.gaussian(sigma, order=order, size=61)
    expected = hermite(k, sigma, order)
    np.testing.assert_allclose(sampled, expected, atol=1e-5 * abs(expected).max())
    integrated = kernels.gaussian(sigma, order=order, size=61, kind="integrated")
    low, high = (hermite(k + end, sigma, order - 1) for end in (-0.5, 0.5))
    np.testing.assert_allclose(
        integrated, high - low, atol=1e-5 * abs(high - low).max()
    )


@pytest.mark.parametrize("order", range(1, 5))
def test_derivatives_are_near_those_of_scipy(order: int) -> None:
    theirs = response(
        lambda x: ndimage.gaussian_filter1d(x, 2, order=order, truncate=6), 25, 1
    )
    ours = kernels.gaussian(2, order=order, truncate=6)
    np.testing.assert_allclose(ours, theirs, atol=1e-4 * abs(theirs).max())


@given(st.floats(0.3, 4), st.floats(0.3, 4))
@settings(max_examples=40)
def test_widths_of_discrete_gaussians_add(first: float, second: float) -> None:
    make = partial(kernels.gaussian, kind="discrete")
    both = pyconvolve.convolve(make(first, size=81), make(second, size=81), "same")
    whole = make(sqrt(first**2 + second**2), size=81)
    np.testing.assert_allclose(both, whole, atol=1e-14)


@pytest.mark.parametrize("order", range(1, 5))
def test_derivatives_of_discrete_gaussians_are_differences(order: int) -> None:
    slope, bend = [0.5, 0, -0.5], [1, -2, 1]
    steps = [bend] * (order // 2) + [slope] * (order % 2)
    blur = kernels.gaussian(1.2, size=21, kind="discrete")
    np.testing.assert_allclose(
        kernels.gaussian(1.2, order=order, kind="discrete", size=21 + 2 * len(steps)),
        reduce(np.convolve, steps, blur),
        atol=1e-14,
    )


@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_laplacian_of_gaussian_is_a_sum_of_derivatives(ndim: int) -> None:
    kernel = kernels.laplacian_of_gaussian(1.2, ndim=ndim)
    orders = 2 * np.eye(ndim, dtype=int)
    terms = [kernels.gaussian(1.2, ndim=ndim, order=order) for order in orders]
    np.testing.assert_allclose(kernel, sum(terms), atol=1e-15)
    theirs = response(
        lambda x: ndimage.gaussian_laplace(x, 1.2), len(kernel), kernel.ndim
    )
    np.testing.assert_allclose(kernel, theirs, atol=5e-3 * abs(theirs).max())


def test_laplacian_of_gaussian_crosses_zero_on_a_circle() -> None:
    kernel, (row, column) = kernels.laplacian_of_gaussian(6), places((49, 49))
    radius = np.sqrt(row**2 + column**2)
    assert (kernel[radius < 6 * sqrt(2) - 0.1] < 0).all()
    assert (kernel[(radius > 6 * sqrt(2) + 0.1) & (radius < 20)] > 0).all()


@each_kind
def test_difference_of_gaussians(kind: str) -> None:
    kernel = kernels.difference_of_gaussians((1, 0.7), (1.5, 2), kind=kind, truncate=3)
    first, second = (
        kernels.gaussian(widths, kind=kind, size=(11, 13))
        for widths in ((1, 0.7), (1.5, 2))
    )
    np.testing.assert_allclose(kernel, first - second, atol=1e-16)
    gives(kernel, np.ones((11, 13)), 0)


def test_difference_of_gaussians_is_like_a_laplacian() -> None:
    kernel = kernels.difference_of_gaussians(3)
    np.testing.assert_allclose(
        kernel, kernels.difference_of_gaussians(3, 4.8, ndim=2), atol=1e-16
    )
    # of a width between the two
    alike = kernels.laplacian_of_gaussian(3 * sqrt(1.6), size=len(kernel))
    assert np.vdot(unit(kernel), unit(alike)) < -0.98


@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_ricker_is_a_laplacian_of_unit_energy(ndim: int) -> None:
    kernel = kernels.ricker(1.5, ndim=ndim)
    assert np.vdot(kernel, kernel) == pytest.approx(1, rel=1e-14)
    gives(kernel, np.ones(wider(kernel)), 0)
    squares = sum((x / 1.5) ** 2 for x in places(kernel.shape))
    hat = (ndim - squares) * np.exp(-squares / 2)
    np.testing.assert_allclose(kernel, unit(hat), atol=1e-4 * kernel.max())


def test_ricker_of_astropy() -> None:
    astropy = pytest.importorskip("astropy.convolution")
    theirs = astropy.RickerWavelet2DKernel(2, x_size=21).array
    np.testing.assert_allclose(kernels.ricker((2, 2)), unit(theirs), atol=1e-4)


@pytest.mark.parametrize("width", [1, 2, 5])
def test_ricker_is_zero_at_its_width(width: int) -> None:
    half = kernels.ricker(width)[5 * width :]
    assert abs(half[width]) < 1e-4 * half[0]
    assert (half[:width] > 0).all()
    assert (half[width + 1 : 3 * width] < 0).all()


def test_ricker_of_a_size() -> None:
    assert kernels.ricker((1, 2), size=(5, 7)).shape == (5, 7)
    assert kernels.ricker(2, ndim=2, truncate=1.5).shape == (7, 7)


@pytest.mark.parametrize(
    ("frequency", "wave"),
    [
        (0.2, (-0.2 * sin(0.6), 0.2 * cos(0.6))),
        ((0.3,), (0.3,)),
        ((0.1, -0.2), (0.1, -0.2)),
        (np.array([-0.1, 0.2, 0.05]), (-0.1, 0.2, 0.05)),
    ],
)
@pytest.mark.parametrize("phase", [0.0, 1.1])
def test_gabor_passes_its_wave(
    frequency: Any, wave: tuple[float, ...], phase: float
) -> None:
    """Which comes out as it is, but for the phase."""
    kernel = kernels.gabor(frequency, theta=0.6, phase=phase)
    turns = sum(f * x for f, x in zip(wave, places(wider(kernel)), strict=True))
    got = pyconvolve.convolve(np.exp(2j * pi * turns), kernel, "valid", "direct")
    expected = np.exp(1j * (2 * pi * middle(turns, got.shape) + phase))
    np.testing.assert_allclose(got, expected, rtol=1e-12)
    real = kernels.gabor(frequency, theta=0.6, phase=phase, dtype=float)
    np.testing.assert_allclose(real, kernel.real, atol=1e-16)


@pytest.mark.parametrize("octaves", [0.5, 1, 2])
def test_gabor_has_its_bandwidth(octaves: float) -> None:
    kernel = kernels.gabor((0.1,), bandwidth=octaves, truncate=6)
    k = np.arange(len(kernel)) - len(kernel) // 2
    low = 2 * 0.1 / (1 + 2**octaves)
    for frequency in (low, low * 2**octaves):
        gain = abs((kernel * np.exp(-2j * pi * frequency * k)).sum())
        assert gain == pytest.approx(0.5, rel=1e-6)


def test_gabor_is_long_along_and_wide_across_its_wave() -> None:
    weights = abs(kernels.gabor(0.2, (2, 5), theta=0.5))
    row, column = places(weights.shape)
    along, across = (
        cos(0.5) * column - sin(0.5) * row,
        sin(0.5) * column + cos(0.5) * row,
    )
    assert (weights * along**2).sum() == pytest.approx(2**2, rel=0.1)
    assert (weights * across**2).sum() == pytest.approx(5**2, rel=0.1)


@pytest.mark.parametrize("ndim", [1, 2, 3])
@pytest.mark.parametrize("amount", [0.0, 0.6, -1.0])
def test_unsharp_adds_what_a_blur_takes(amount: float, ndim: int) -> None:
    blur = kernels.gaussian(0.8, ndim=ndim)
    sharp = kernels.embed(np.ones((1,) * ndim), blur.shape)
    np.testing.assert_allclose(
        kernels.unsharp(0.8, amount, ndim=ndim),
        sharp + amount * (sharp - blur),
        atol=1e-15,
    )


@pytest.mark.parametrize("name", GRADIENTS)
@pytest.mark.parametrize("ndim", [1, 2, 3, 4])
def test_gradients_along_any_axis(ndim: int, name: str) -> None:
    make = getattr(kernels, name)
    for axis in range(ndim):
        kernel = make(axis, ndim=ndim)
        np.testing.assert_array_equal(kernel, make(axis - ndim, ndim=ndim))
        np.testing.assert_allclose(
            kernel, np.moveaxis(make(0, ndim=ndim), 0, axis), rtol=1e-15
        )
    assert make().shape == make(1, ndim=2).shape
    np.testing.assert_array_equal(make(), make(1, ndim=2))


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
def test_as_textbooks_print_them(
    kernel: np.ndarray, integers: list[Any], divisor: float
) -> None:
    np.testing.assert_allclose(kernel, np.array(integers) / divisor, atol=1e-15)


NO_SIZE = (0, -1, 1.5, "3", (), 2**31)
NO_ODD = (0, 4, 1.5, "a", (3, 3, 3))
NO_NUMBER = ("a", None, np.nan, 1j, (1, 2, 3, 4))
NOT_POSITIVE = (0, -1, np.inf, "a", None, np.nan, 1j)
NO_ANGLE = ("a", None, np.nan, (1, 2))
NO_COUNT = (0, -1, 1.5, "2")
NO_WORD = ("x", None, 1, ["sampled"])
WRONG: WrongValues = {
    "box": ({"size": 3}, {"size": (*NO_SIZE, (2**16, 2**16)), "ndim": NO_COUNT}),
    "triangle": ({"size": 3}, {"size": (*NO_SIZE, (3, 0)), "ndim": NO_COUNT}),
    "tophat": (
        {"radius": 2},
        {"radius": (-1, 1e10, "a", None, np.nan), "oversample": NO_COUNT},
    ),
    "disk": ({"radius": 2}, {"radius": (-1, (1, 2, 3), "a"), "oversample": NO_COUNT}),
    "ball": ({"radius": 2}, {"radius": (-1, (1, 2), np.inf), "oversample": NO_COUNT}),
    "ring": (
        {"inner": 1, "outer": 3},
        {
            "inner": (-1, 4, *NO_NUMBER),
            "outer": (0, 0.5, *NO_NUMBER),
            "ndim": NO_COUNT,
            "oversample": NO_COUNT,
        },
    ),
    "motion_blur": (
        {"length": 3},
        {
            "length": (0.5, -1, 1e12, *NO_NUMBER),
            "direction": ("a", None, np.inf, (), (0, 0), (np.nan, 1), [[1, 2]]),
        },
    ),
    "exponential": (
        {"alpha": 0.5},
        {"alpha": (0, -0.1, 1.1, 1e-310, *NO_NUMBER), "size": (*NO_SIZE, (3, 3))},
    ),
    "sinc": (
        {"cutoff": 0.2, "size": 5},
        {
            "cutoff": (0, 0.5, -0.1, "a", np.nan, (0.1, 0.5)),
            "size": NO_SIZE,
            "window": ("bogus", None, [1, 2]),
            "ndim": NO_COUNT,
        },
    ),
    "savitzky_golay": (
        {"window_length": 5, "polyorder": 2},
        {
            "window_length": (2, (5, 2), *NO_SIZE),
            "polyorder": (-1, 1.5, "a", (2, 2)),
            "deriv": (-1, 1.5, "a", None, (1, 0)),
            "delta": (*NOT_POSITIVE, (1, 2)),
            "ndim": NO_COUNT,
        },
    ),
    "gaussian": (
        {"sigma": 1},
        {
            "sigma": (-1, np.inf, (), (1, -1), *NO_NUMBER[:-1]),
            "ndim": NO_COUNT,
            "order": (-1, 1.5, "a", None, (1, 1)),
            "kind": NO_WORD,
            "size": (*NO_ODD, 2**32 + 1),
            "truncate": (-1, *NO_NUMBER),
        },
    ),
    "laplacian_of_gaussian": (
        {"sigma": 1},
        {
            "sigma": (*NOT_POSITIVE, (1, 0)),
            "kind": NO_WORD,
            "size": (1, *NO_ODD),
            "truncate": (-1, *NO_NUMBER),
        },
    ),
    "difference_of_gaussians": (
        {"low": 1},
        {
            "low": (*NOT_POSITIVE, (1, 0)),
            "high": (0.5, 1, "a", np.nan, (2, 1), (2, 2, 2)),
            "kind": NO_WORD,
            "truncate": (-1, *NO_NUMBER),
        },
    ),
    "ricker": (
        {"width": 1},
        {
            "width": (*NOT_POSITIVE, ()),
            "size": NO_ODD,
            "truncate": (-1, *NO_NUMBER),
            "ndim": NO_COUNT,
        },
    ),
    "gabor": (
        {"frequency": 0.2},
        {
            "frequency": (*NOT_POSITIVE, (), (0, 0), (np.inf, 0)),
            "sigma": (0, -1, "a", (1, 2, 3), (1, 0)),
            "theta": NO_ANGLE,
            "phase": NO_ANGLE,
            "bandwidth": NOT_POSITIVE,
            "truncate": NOT_POSITIVE,
        },
    ),
    "unsharp": (
        {"sigma": 1},
        {
            "sigma": NOT_POSITIVE,
            "amount": NO_NUMBER,
            "truncate": (-1, *NO_NUMBER),
            "ndim": NO_COUNT,
        },
    ),
    **{
        name: ({}, {"axis": (2, -3, 1.5, "a", None, (0, 1)), "ndim": NO_COUNT})
        for name in GRADIENTS
    },
    "roberts": ({}, {"axis": (2, -3, 0.5, "a", None)}),
    "corner": ({}, {"size": (1, 4, 3.5, "a", None, (3, 3)), "ndim": NO_COUNT}),
    "laplacian": ({"diagonals": True}, {"ndim": (*NO_COUNT, 40)}),
    "emboss": ({}, {"amount": (*NO_NUMBER, np.inf), "ndim": NO_COUNT}),
}


@each_wrong_value(WRONG)
def test_wrong_arguments_are_named(name: str, argument: str, value: Any) -> None:
    right, _ = WRONG[name]
    with complaint_about(argument):
        getattr(kernels, name)(**right | {argument: value})


TOO_SHORT = {"window_length": 5, "polyorder": 7, "deriv": 9}
MIXED = {"window_length": (5, 5), "polyorder": 2, "deriv": 1}


def test_every_constructor_has_wrong_arguments() -> None:
    assert {*WRONG} | NOT_MADE | {"kirsch", "robinson"} == {*kernels.__all__}


@pytest.mark.parametrize(
    ("name", "options", "argument"),
    [
        ("box", {"size": (3, 3), "ndim": 3}, "size"),
        ("box", {"size": 1, "ndim": 100}, "ndim"),
        ("ring", {"inner": 2.1, "outer": 2.2}, "inner"),
        ("savitzky_golay", TOO_SHORT, "window_length"),
        ("savitzky_golay", MIXED, "deriv"),
        ("gaussian", {"sigma": 1e12}, "sigma"),
        ("gaussian", {"fwhm": 1e12}, "fwhm"),
        ("gaussian", {"sigma": None}, "sigma or fwhm"),
        ("gaussian", {"sigma": 1, "fwhm": 1}, "sigma or fwhm"),
        ("motion_blur", {"length": 1e9}, "length"),
        ("disk", {"radius": 1e5}, "radius"),
        ("exponential", {"alpha": 1e-9}, "alpha"),
        ("exponential", {"halflife": 1e300}, "halflife"),
        ("exponential", {"alpha": 0.5, "span": 3}, "alpha or span or halflife"),
        ("gabor", {"frequency": 0.6}, "frequency"),
        ("gabor", {"frequency": 0.1, "size": 4}, "size"),
        ("gabor", {"frequency": 1e-6}, "(frequency|sigma|size)"),
        ("gaussian", {"sigma": (1, 2), "ndim": 3}, "sigma"),
        ("gaussian", {"sigma": 0, "order": 1}, "sigma"),
        ("gaussian", {"sigma": 1, "size": 3, "order": 3}, "size"),
        ("unsharp", {"sigma": 1, "ndim": 0}, "ndim"),
        ("gabor", {"frequency": (0.1, 0.1, 0.1), "sigma": (1, 2, 3)}, "sigma"),
    ],
)
def test_what_does_not_fit_together_is_named(
    name: str, options: dict[str, Any], argument: str
) -> None:
    with pytest.raises(ValueError, match=rf"\b{argument}\b"):
        getattr(kernels, name)(**options)


@pytest.mark.parametrize("integer", [int, np.int32, np.uint8])
def test_numbers_of_numpy_are_numbers(integer: type) -> None:
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


def test_widths_in_other_words() -> None:
    """The definitions: of pandas for spans and half lives, of a peak for widths."""
    taps = kernels.gaussian(fwhm=8.0, size=21)
    assert taps[10 + 4] / taps[10] == pytest.approx(0.5)
    recent = kernels.exponential(halflife=5, size=30)[29:]
    assert recent[5] / recent[0] == pytest.approx(0.5)
    np.testing.assert_array_equal(
        kernels.exponential(span=9, size=7), kernels.exponential(0.2, size=7)
    )
    np.testing.assert_array_equal(kernels.exponential(span=1), [1])
    np.testing.assert_array_equal(kernels.disk(2.5, ndim=3), kernels.ball(2.5))


def test_gabors_of_one_size_stack() -> None:
    bank = [kernels.gabor(0.2, theta=angle, size=15) for angle in (0, 0.5, 1)]
    assert np.stack(bank).shape == (3, 15, 15)
    free = kernels.gabor(0.2, 3.0, theta=0.5)
    cut = kernels.gabor(0.2, 3.0, theta=0.5, size=(9, 7))
    rows, columns = (n // 2 for n in free.shape)
    part = free[rows - 4 : rows + 5, columns - 3 : columns + 4]
    np.testing.assert_allclose(cut / cut[4, 3], part / part[4, 3], atol=1e-14)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(
    ("filtering", "reach"),
    [
        (lambda x: kernels.subtract_local_mean(x, 5), 2),
        (lambda x: kernels.divide_local_energy(x, 5), 2),
        (lambda x: kernels.local_contrast_normalize(x, 1.0), 8),
    ],
)
def test_what_is_not_finite_reaches_its_windows(
    filtering: Any, reach: int, value: float
) -> None:
    x = np.random.default_rng(0).random((50, 60))
    want = filtering(x)
    x[20, 30] = value
    got = filtering(x)
    met = np.zeros(x.shape, bool)
    met[20 - reach : 21 + reach, 30 - reach : 31 + reach] = True
    assert np.isfinite(got[~met]).all()
    # but for the mean of everything, which is of all others
    np.testing.assert_allclose(got[~met], want[~met], rtol=0.02)
    assert not np.isfinite(got[20, 30])
