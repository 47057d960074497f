"""Examples of every constructor of kernels.

The constructors are found in `kernels.__all__`. Each has an example with the values in
`VALUES` for its required parameters, so that a new constructor takes part in the tests
of test_kernels.py. The tables hold further examples, whose scale is known.
"""

import inspect
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from pyconvolve import kernels

Maker = Callable[..., np.ndarray]

# Values of parameters by their names.
VALUES = {
    "alpha": 0.3,
    "count": 4,
    "cutoff": 0.2,
    "frequency": 0.2,
    "inner": 1,
    "length": 5.5,
    "low": 0.8,
    "outer": 3,
    "polyorder": 2,
    "radius": 2,
    "rng": 0,
    "shape": (3, 4),
    "sigma": 1.2,
    "size": 5,
    "width": 1.5,
    "window_length": 5,
}
# Parameters with a default of None, for which an example needs a value, too.
NEEDED = {"exponential": ["alpha"], "gaussian": ["sigma"], "random": ["rng"]}


def parameters(name: str) -> dict[str, inspect.Parameter]:
    return {**inspect.signature(getattr(kernels, name)).parameters}


def is_constructor(name: str) -> bool:
    """Whether a public name makes a kernel from numbers, not from an array."""
    if not inspect.isfunction(getattr(kernels, name)):
        return False
    found = parameters(name)
    takes_array = any("ArrayLike" in str(p.annotation) for p in found.values())
    return "dtype" in found and not takes_array


def example(name: str) -> Maker:
    """Constructor with values for its required parameters."""
    required = [
        parameter
        for parameter, how in parameters(name).items()
        if how.default is inspect.Parameter.empty
    ]
    needed = required + NEEDED.get(name, [])
    values = {parameter: VALUES[parameter] for parameter in needed}
    return partial(getattr(kernels, name), **values)


CONSTRUCTORS = {name: example(name) for name in kernels.__all__ if is_constructor(name)}
KINDS = ["sampled", "integrated", "discrete"]

# Kernels whose taps sum to one.
SMOOTHING: dict[str, Maker] = {
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
# Constructor and order of the derivative along each axis.
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
# Sums of the second derivatives.
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
EXAMPLES = (
    CONSTRUCTORS
    | {f"{name} example": make for name, make in SMOOTHING.items()}
    | {f"{name} derivative": make for name, (make, _) in DERIVATIVES.items()}
    | LAPLACIANS
    | {
        "wide ricker": partial(kernels.ricker, (1, 1.7)),
        "oblique gabor": partial(kernels.gabor, 0.2, theta=0.4, phase=0.3),
    }
)

each_smoothing_kernel = pytest.mark.parametrize(
    "make", SMOOTHING.values(), ids=SMOOTHING
)
each_derivative = pytest.mark.parametrize(
    ("make", "orders"), DERIVATIVES.values(), ids=DERIVATIVES
)
each_laplacian = pytest.mark.parametrize("make", LAPLACIANS.values(), ids=LAPLACIANS)
each_example = pytest.mark.parametrize("make", EXAMPLES.values(), ids=EXAMPLES)
each_kind = pytest.mark.parametrize("kind", KINDS)
