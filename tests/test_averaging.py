"""Means over boxes, balls, rings and line segments, from their definitions."""

from functools import partial
from math import cos, pi, sin, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_checks import assert_output, central_taps, coordinates, unit_sum
from kernel_examples import Maker
from wrong_arguments import (
    NOT_COUNTS,
    NOT_NUMBERS,
    NOT_SIZES,
    WrongValues,
    wrong_combination_test,
    wrong_value_test,
)

import pyconvolve
from pyconvolve import kernels


@pytest.mark.parametrize("size", [1, 4, 9, (2, 5), (3, 1, 4)])
def test_box_is_a_mean(size: int | tuple[int, ...]) -> None:
    kernel = kernels.box(size)
    assert kernel.shape == (size if isinstance(size, tuple) else (size,))
    np.testing.assert_allclose(kernel, 1 / kernel.size, rtol=1e-15)


@given(st.integers(1, 20), st.integers(1, 3))
@settings(max_examples=30)
def test_triangle_is_the_convolution_of_two_boxes(taps: int, ndim: int) -> None:
    box = kernels.box(taps, ndim=ndim)
    np.testing.assert_allclose(
        kernels.triangle(2 * taps - 1, ndim=ndim),
        pyconvolve.convolve(box, box, "full", "direct"),
        rtol=1e-12,
    )


# Multiples of 1/10, some of which lie exactly on the surface of a ball.
RADII = st.integers(5, 50).map(lambda n: n / 10)


@given(st.lists(RADII, min_size=1, max_size=3), st.integers(1, 3))
@settings(max_examples=60)
def test_tophat_counts_points_in_an_ellipsoid(radii: list[float], points: int) -> None:
    kernel = kernels.tophat(radii, oversample=points)
    assert_output(kernel, np.ones(kernel.shape), 1)
    fine = coordinates([(n + 2) * points for n in kernel.shape])
    squares = sum((x / points / r) ** 2 for x, r in zip(fine, radii, strict=True))
    inside = np.broadcast_to(squares <= 1 + 1e-12, [x.size for x in fine])
    split = inside.reshape([part for n in kernel.shape for part in (n + 2, points)])
    counts = split.sum(tuple(range(1, split.ndim, 2)))
    assert counts.sum() == central_taps(counts, kernel.shape).sum()
    np.testing.assert_allclose(
        kernel, central_taps(counts, kernel.shape) / counts.sum(), rtol=1e-12
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


def test_a_disk_of_three_axes_is_a_ball() -> None:
    np.testing.assert_array_equal(kernels.disk(2.5, ndim=3), kernels.ball(2.5))


@pytest.mark.parametrize("points", [1, 2, 3, 4])
@pytest.mark.parametrize("ndim", [1, 2])
@pytest.mark.parametrize("radius", [0, 0.1, 0.3])
def test_a_ball_smaller_than_a_sample_is_one_tap(
    radius: float, ndim: int, points: int
) -> None:
    kernel = kernels.tophat(radius, ndim=ndim, oversample=points)
    np.testing.assert_array_equal(kernel, np.ones((1,) * ndim))


@pytest.mark.parametrize("radius", [1, 5, 13])
def test_rounding_does_not_separate_points_at_the_same_distance(radius: int) -> None:
    """The radius is rounded; the points lie on the axes and between them."""
    for rounded in (np.nextafter(radius, 0), np.nextafter(radius, 99)):
        np.testing.assert_array_equal(kernels.disk(rounded), kernels.disk(radius))


@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_ring_has_a_hole(ndim: int) -> None:
    kernel = kernels.ring(1.5, 3.2, ndim=ndim)
    distance = np.sqrt(sum(x**2 for x in coordinates((7,) * ndim)))
    inside = (distance >= 1.5) & (distance <= 3.2)
    np.testing.assert_allclose(kernel, inside / inside.sum(), rtol=1e-14)
    np.testing.assert_array_equal(
        kernels.ring(0, 3.2, ndim=ndim), kernels.tophat(3.2, ndim=ndim)
    )


RIGHT, UP, DIAGONAL = 0.0, pi / 2, pi / 4
# A line segment of length 4: its ends are half a sample from the outer taps.
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
def test_motion_blur_along_an_axis(direction: Any, expected: np.ndarray) -> None:
    kernel = kernels.motion_blur(4, direction)
    assert kernel.shape == expected.shape
    np.testing.assert_allclose(kernel, expected, rtol=1e-12)


@pytest.mark.parametrize("direction", [DIAGONAL, DIAGONAL - pi, (-1, 1), (2.0, -2.0)])
def test_motion_blur_along_a_diagonal(direction: Any) -> None:
    side = 1 - sqrt(0.5)
    expected = np.array([[0, side, 1], [side, 1, side], [1, side, 0]])
    kernel = kernels.motion_blur(1 + 2 * sqrt(2), direction)
    np.testing.assert_allclose(kernel, unit_sum(expected), atol=1e-12)


def test_motion_blur_in_three_dimensions() -> None:
    kernel = kernels.motion_blur(1 + 2 * sqrt(3), (1, 1, 1))
    assert kernel.shape == (3, 3, 3)
    np.testing.assert_allclose(kernel, kernel.transpose(1, 2, 0), atol=1e-15)
    np.testing.assert_allclose(kernel[range(3), range(3), range(3)], kernel.max())
    assert kernel[0, 2, 0] == 0


@given(st.floats(0, 2 * pi), st.floats(8, 40))
@settings(max_examples=50)
def test_motion_blur_has_the_moments_of_a_line(angle: float, length: float) -> None:
    kernel = kernels.motion_blur(length, angle)
    row, column = coordinates(kernel.shape)
    along = -sin(angle) * row + cos(angle) * column
    across = cos(angle) * row + sin(angle) * column
    assert (kernel * across**2).sum() < 0.5
    assert (kernel * along**2).sum() == pytest.approx(length**2 / 12, rel=0.1)
    assert_output(kernel, np.ones(kernel.shape), 1)


WRONG: WrongValues = {
    "box": ({"size": 3}, {"size": (*NOT_SIZES, (2**16, 2**16)), "ndim": NOT_COUNTS}),
    "triangle": ({"size": 3}, {"size": (*NOT_SIZES, (3, 0)), "ndim": NOT_COUNTS}),
    "tophat": (
        {"radius": 2},
        {"radius": (-1, 1e10, "a", None, np.nan), "oversample": NOT_COUNTS},
    ),
    "disk": ({"radius": 2}, {"radius": (-1, (1, 2, 3), "a"), "oversample": NOT_COUNTS}),
    "ball": ({"radius": 2}, {"radius": (-1, (1, 2), np.inf), "oversample": NOT_COUNTS}),
    "ring": (
        {"inner": 1, "outer": 3},
        {
            "inner": (-1, 4, *NOT_NUMBERS),
            "outer": (0, 0.5, *NOT_NUMBERS),
            "ndim": NOT_COUNTS,
            "oversample": NOT_COUNTS,
        },
    ),
    "motion_blur": (
        {"length": 3},
        {
            "length": (0.5, -1, 1e12, *NOT_NUMBERS),
            "direction": ("a", None, np.inf, (), (0, 0), (np.nan, 1), [[1, 2]]),
        },
    ),
}
test_wrong_arguments_are_named = wrong_value_test(kernels, WRONG)
test_wrong_combinations_are_named = wrong_combination_test(
    kernels,
    [
        ("box", {"size": (3, 3), "ndim": 3}, "size"),
        ("box", {"size": 1, "ndim": 100}, "ndim"),
        ("ring", {"inner": 2.1, "outer": 2.2}, "inner"),
        ("motion_blur", {"length": 1e9}, "length"),
        ("disk", {"radius": 1e5}, "radius"),
    ],
)
