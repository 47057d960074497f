"""Discrete orthogonal polynomials, and least-squares fits by them, in exact arithmetic.

Gram's polynomials are orthogonal over equally spaced samples. Here, the one of degree j
over N samples is the discrete Chebyshev polynomial t_j of [1]_, multiplied by the
factorial of j, as a function of u. A sample n has u = 2 n - (N - 1), so that u = 0 is
the centre and all values at samples are integers. With T_0 = 1 and T_{-1} = 0,

    T_{j+1}(u) = (2 j + 1) u T_j(u) - j^2 (N^2 - j^2) T_{j-1}(u).

A fit by least squares of degree m has the value of the sum over j <= m of
T_j(v) T_j(u) / (T_j, T_j) at v, from a sample of one at u.

References
----------
.. [1] G. Szego, *Orthogonal Polynomials*, 4th ed., American Mathematical Society, 1975,
   section 2.8.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import factorial, lcm, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray


def sample_positions(samples: int) -> NDArray[np.object_]:
    """Return the integer u of each sample: twice its distance from the centre."""
    return np.array(range(1 - samples, samples, 2), object)


def gram_polynomials(
    samples: int, degree: int, at: Any, order: int = 0
) -> Iterator[Any]:
    """Evaluate Gram's polynomials, or a derivative by the sample number.

    Parameters
    ----------
    samples : int
        Number of samples that the polynomials are orthogonal over, above `degree`.
    degree : int
        The largest degree.
    at : int, Fraction or ndarray of object
        Values of u.
    order : int, optional
        Order of the derivative.

    Yields
    ------
    int, Fraction or ndarray of object
        Exact values of the polynomials of degree 0, 1, ...
    """
    # the derivatives of orders 0, 1, ..., `order`, of two polynomials
    last, values = [at * 0] * (order + 1), [at * 0 + 1, *[at * 0] * order]
    for j in range(degree + 1):
        yield values[order]
        following = [
            (2 * j + 1) * (at * value + 2 * d * values[d - 1])
            - j**2 * (samples**2 - j**2) * before
            for d, (value, before) in enumerate(zip(values, last, strict=True))
        ]
        last, values = values, following


def squared_norm(samples: int, j: int) -> Fraction:
    """Return the sum of the squares of Gram's polynomial of degree j."""
    product = prod(samples**2 - i**2 for i in range(1, j + 1))
    return Fraction(factorial(j) ** 2 * samples * product, 2 * j + 1)


def fit(
    samples: Sequence[int],
    degree: int,
    at: Sequence[int | Fraction],
    orders: Sequence[int],
) -> tuple[NDArray[np.object_], int]:
    """Find the weights of samples in a fit of a polynomial by least squares.

    Parameters
    ----------
    samples : sequence of int
        Number of samples along each axis, above `degree`.
    degree : int
        Total degree of the polynomial.
    at : sequence of int or Fraction
        The u along each axis where the polynomial is evaluated.
    orders : sequence of int
        Order of the derivative along each axis, by the sample number.

    Returns
    -------
    integers : ndarray of object, of shape `samples`
    divisor : int
        ``integers / divisor`` are the weights.
    """
    # The products of polynomials along each axis with a total degree of at most
    # `degree` are orthogonal, too. The sum over them is a sum over the degree j along
    # the first axis of sums over the others.
    integers = np.zeros(tuple(samples), object)
    if not samples:
        return integers + 1, 1
    n, divisor = samples[0], 1
    values = gram_polynomials(n, degree, sample_positions(n))
    values_at = gram_polynomials(n, degree, at[0], orders[0])
    for j, (value, value_at) in enumerate(zip(values, values_at, strict=True)):
        if not value_at:
            continue
        weight = value_at / squared_norm(n, j)
        rest, rest_divisor = fit(samples[1:], degree - j, at[1:], orders[1:])
        below = weight.denominator * rest_divisor
        common = lcm(divisor, below)
        term = np.multiply.outer(value, rest * (weight.numerator * common // below))
        integers = integers * (common // divisor) + term
        divisor = common
    return integers, divisor


def quotients(integers: NDArray[np.object_], divisor: int) -> NDArray[np.float64]:
    """Divide integers, each quotient correctly rounded to double precision."""
    return (integers / divisor).astype(np.float64)


def extended_quotients(
    integers: NDArray[np.object_], divisor: int
) -> NDArray[np.longdouble]:
    """Divide integers, in extended precision where the platform has it."""
    nearest = quotients(integers, divisor)
    if np.finfo(np.longdouble).eps == np.finfo(np.float64).eps:
        return nearest.astype(np.longdouble)
    ratios = [value.as_integer_ratio() for value in nearest.ravel().tolist()]
    remainders = [
        (whole * q - p * divisor) / (divisor * q)
        for whole, (p, q) in zip(integers.ravel(), ratios, strict=True)
    ]
    return nearest + np.array(remainders, np.longdouble).reshape(nearest.shape)
