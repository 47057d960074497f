"""Unsharp masking and embossing, from their definitions."""

import numpy as np
import pytest
from wrong_arguments import (
    NOT_COUNTS,
    NOT_NUMBERS,
    NOT_POSITIVE,
    WrongValues,
    wrong_value_test,
)

from pyconvolve import kernels


@pytest.mark.parametrize("ndim", [1, 2, 3])
@pytest.mark.parametrize("amount", [0.0, 0.6, -1.0])
def test_unsharp_adds_the_details_that_a_blur_removes(amount: float, ndim: int) -> None:
    blur = kernels.gaussian(0.8, ndim=ndim)
    impulse = kernels.embed(np.ones((1,) * ndim), blur.shape)
    np.testing.assert_allclose(
        kernels.unsharp(0.8, amount, ndim=ndim),
        impulse + amount * (impulse - blur),
        atol=1e-15,
    )


@pytest.mark.parametrize("ndim", [1, 2, 3])
@pytest.mark.parametrize("amount", [1.0, -0.4, 0.0])
def test_emboss_adds_derivatives(amount: float, ndim: int) -> None:
    relief = sum(kernels.prewitt(a, ndim=ndim) for a in range(ndim))
    impulse = kernels.embed(np.ones((1,) * ndim), 3)
    np.testing.assert_allclose(
        kernels.emboss(amount, ndim=ndim),
        impulse + amount * 2 * 3 ** (ndim - 1) * relief,
        atol=1e-14,
    )


WRONG: WrongValues = {
    "unsharp": (
        {"sigma": 1},
        {
            "sigma": NOT_POSITIVE,
            "amount": NOT_NUMBERS,
            "truncate": (-1, *NOT_NUMBERS),
            "ndim": NOT_COUNTS,
        },
    ),
    "emboss": ({}, {"amount": (*NOT_NUMBERS, np.inf), "ndim": NOT_COUNTS}),
}
test_wrong_arguments_are_named = wrong_value_test(kernels, WRONG)
