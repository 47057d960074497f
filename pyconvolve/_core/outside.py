"""Constants outside the signal, one along each axis, as `cval` gives them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arguments import constant_of, is_one_value
from .problem import Problem

# Types that hold all constants of integers.
_ALL_INTEGERS = np.dtype(np.int64), np.dtype(np.uint64)


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
        Numbers that sums may have as samples, zero along axes whose boundary is not
        'constant'. None: no axis has the boundary 'constant'.
    """
    count = len(problem.axes)
    if is_one_value(cval):
        values = [_constant_of(cval, problem)] * count
    else:
        values = [_constant_of(0, problem)] * count
        convolved = np.arange(count)
        if axes is not None:
            convolved = convolved[np.atleast_1d(axes)]
        for a, value in zip(convolved.tolist(), cval, strict=True):
            values[a] = _constant_of(value, problem)
    constant = [axis.boundary == "constant" for axis in problem.axes]
    if not any(constant):
        return None
    return [v if used else v * 0 for v, used in zip(values, constant, strict=True)]


def _constant_of(cval: Any, problem: Problem) -> Any:
    """Return a constant as sums of a problem take it."""
    if problem.sums is None:
        return constant_of(cval, problem.output, problem.signal.dtype)
    if problem.is_exact:
        return constant_of(cval, *_ALL_INTEGERS)
    return constant_of(cval, problem.sums)


def is_widened(signal: NDArray[Any], constants: Sequence[Any]) -> bool:
    """Whether a real signal has to become complex, because a constant is."""
    return signal.dtype.kind not in "cO" and any(
        np.iscomplexobj(value) and value.imag for value in constants
    )


def real_pairs(constants: Sequence[Any], compute: np.dtype) -> NDArray[Any]:
    """Return constants as compiled modules take them.

    Parameters
    ----------
    constants : sequence
    compute : dtype
        Real type that the module computes in.

    Returns
    -------
    ndarray, of shape (axes, 2)
        Real and imaginary parts.
    """
    if compute.kind == "u":
        # modulo a power of two
        mask = (1 << 8 * compute.itemsize) - 1
        return np.array([(int(value) & mask, 0) for value in constants], compute)
    values = np.array(constants, np.result_type(compute, np.complex64))
    return np.stack([values.real, values.imag], 1)
