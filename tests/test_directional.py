"""Compasses and corners: the directions of their filters."""

from itertools import product
from math import cos, pi, sin

import numpy as np
import pytest
from kernel_checks import assert_output, coordinates
from kernel_examples import Maker
from wrong_arguments import NOT_COUNTS, WrongValues, wrong_value_test

import pyconvolve
from pyconvolve import kernels


@pytest.mark.parametrize("make", [kernels.kirsch, kernels.robinson])
@pytest.mark.parametrize("direction", range(8))
def test_filters_of_a_compass_have_their_directions(
    make: Maker, direction: int
) -> None:
    bank, (row, column) = make(), coordinates((5, 5))
    angle = direction * pi / 4
    ramp = -sin(angle) * row + cos(angle) * column
    assert_output(bank[direction], ramp, 1)
    assert_output(bank[direction], cos(angle) * row + sin(angle) * column, 0)
    assert_output(bank[direction], np.ones((5, 5)), 0)
    responses = [pyconvolve.convolve(ramp, h, "valid")[0, 0] for h in bank]
    np.testing.assert_allclose(
        responses, [cos(angle - i * pi / 4) for i in range(8)], atol=1e-12
    )


@pytest.mark.parametrize("ndim", [1, 2, 3, 4])
@pytest.mark.parametrize("size", [3, 5])
def test_filters_detect_their_corner(size: int, ndim: int) -> None:
    bank = kernels.corner(size, ndim=ndim)
    assert bank.shape == (2**ndim, *(size,) * ndim)
    parts = [slice(0, size // 2 + 1), slice(size // 2, size)]
    for i, ends in enumerate(product((0, 1), repeat=ndim)):
        x = np.zeros((size,) * ndim)
        x[tuple(parts[end] for end in ends)] = 1
        assert_output(bank[i], x, 1)
        assert_output(bank[i], np.ones((size + 1,) * ndim), 0)
        responses = [pyconvolve.convolve(x, h, "valid").item() for h in bank]
        assert np.argmax(responses) == i
        assert sorted(responses)[-2] < 0.9


WRONG: WrongValues = {
    "corner": ({}, {"size": (1, 4, 3.5, "a", None, (3, 3)), "ndim": NOT_COUNTS}),
}
test_wrong_arguments_are_named = wrong_value_test(kernels, WRONG)
