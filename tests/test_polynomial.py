"""The filter of Savitzky and Golay: fits of polynomials."""

from itertools import product
from math import prod

import numpy as np
import pytest
from kernel_checks import assert_output, monomial
from wrong_arguments import (
    NOT_COUNTS,
    NOT_POSITIVE,
    NOT_SIZES,
    WrongValues,
    wrong_combination_test,
    wrong_value_test,
)

from pyconvolve import kernels


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
def test_polynomials_are_fitted_exactly(
    window: tuple[int, ...], deriv: tuple[int, ...]
) -> None:
    """A polynomial of a total degree of at most three is its own fit."""
    delta = [0.5, 2.0, 1.0][: len(window)]
    kernel = kernels.savitzky_golay(window, 3, deriv=deriv, delta=delta)
    scale = prod(d**m for d, m in zip(delta, deriv, strict=True))
    for powers in product(range(4), repeat=len(window)):
        if sum(powers) <= 3:
            value = (powers == deriv) / scale
            assert_output(kernel, monomial(window, powers, float), value)


def test_a_fitted_plane_is_a_mean() -> None:
    np.testing.assert_allclose(
        kernels.savitzky_golay((5, 4), 1), kernels.box((5, 4)), rtol=1e-12
    )


WRONG: WrongValues = {
    "savitzky_golay": (
        {"window_length": 5, "polyorder": 2},
        {
            "window_length": (2, (5, 2), *NOT_SIZES),
            "polyorder": (-1, 1.5, "a", (2, 2)),
            "deriv": (-1, 1.5, "a", None, (1, 0)),
            "delta": (*NOT_POSITIVE, (1, 2)),
            "ndim": NOT_COUNTS,
        },
    ),
}
test_wrong_arguments_are_named = wrong_value_test(kernels, WRONG)
test_wrong_combinations_are_named = wrong_combination_test(
    kernels,
    [
        (
            "savitzky_golay",
            {"window_length": 5, "polyorder": 7, "deriv": 9},
            "window_length",
        ),
        (
            "savitzky_golay",
            {"window_length": (5, 5), "polyorder": 2, "deriv": 1},
            "deriv",
        ),
    ],
)
