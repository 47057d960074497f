"""Gradients of few taps: their axes and their scale."""

from math import sqrt

import numpy as np
import pytest
from kernel_checks import assert_output, coordinates
from kernel_examples import GRADIENTS
from wrong_arguments import NOT_COUNTS, WrongValues, wrong_value_test

from pyconvolve import kernels


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


@pytest.mark.parametrize("axis", [0, 1, -1, -2])
def test_roberts_is_a_derivative_along_its_diagonal(axis: int) -> None:
    kernel, (row, column) = kernels.roberts(axis), coordinates((4, 4))
    first, second = (row + column) / sqrt(2), (column - row) / sqrt(2)
    assert_output(kernel, second if axis % 2 else first, 1)
    assert_output(kernel, first if axis % 2 else second, 0)
    assert_output(kernel, np.ones((4, 4)), 0)


WRONG: WrongValues = {
    "roberts": ({}, {"axis": (2, -3, 0.5, "a", None)}),
    "laplacian": ({"diagonals": True}, {"ndim": (*NOT_COUNTS, 40)}),
    **{
        name: ({}, {"axis": (2, -3, 1.5, "a", None, (0, 1)), "ndim": NOT_COUNTS})
        for name in GRADIENTS
    },
}
test_wrong_arguments_are_named = wrong_value_test(kernels, WRONG)
