"""Constants outside the signal, one along each axis, as `cval` gives them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arguments import constant_of, is_one_value
from .problem import Problem


def constants_of(
    cval: Any, problem: Problem, axes: int | Sequence[int] | None
) -> list[Any] | None:
    """Return the constant outside the signal along each axis of a problem.

    Parameters
    ----------
    cval : scalar or sequence of scalars
    problem : Problem
    axes : int, sequence of int or None
        The axes of the problem that several constants are for; None: all.

    Returns
    -------
    list or None
        Numbers of the output's type, zero along axes whose boundary is not 'constant'.
        None: no axis has the boundary 'constant'.
    """
    count = len(problem.axes)
    if is_one_value(cval):
        values = [constant_of(cval, problem.output)] * count
    else:
        values = [constant_of(0, problem.output)] * count
        convolved = np.arange(count)
        if axes is not None:
            convolved = convolved[np.atleast_1d(axes)]
        for a, value in zip(convolved.tolist(), cval, strict=True):
            values[a] = constant_of(value, problem.output)
    constant = [axis.boundary == "constant" for axis in problem.axes]
    if not any(constant):
        return None
    return [v if used else v * 0 for v, used in zip(values, constant, strict=True)]


def is_widened(signal: NDArray[Any], constants: Sequence[Any]) -> bool:
    """Whether a real signal has to become complex, because a constant is."""
    return signal.dtype.kind not in "cO" and any(
        np.iscomplexobj(value) and value.imag for value in constants
    )


def real_pairs(
    constants: Sequence[Any], dtype: np.dtype, compute: np.dtype
) -> NDArray[Any]:
    """Return constants as compiled modules take them.

    Parameters
    ----------
    constants : sequence
    dtype : dtype
        Type of the constants.
    compute : dtype
        Real type that the module computes in.

    Returns
    -------
    ndarray, of shape (axes, 2)
        Real and imaginary parts.
    """
    values = np.array(constants, dtype)
    pairs = np.stack([values.real, values.imag], 1)
    if compute.kind == "u":
        # modulo a power of two, also where the type computed in is wider
        pairs = pairs.astype(np.int64).view(np.uint64)
    return pairs.astype(compute)
