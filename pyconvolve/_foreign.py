"""Inputs that are not NumPy's: the function that is replaced computes these."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

# Inputs of these types are converted to NumPy arrays, by other libraries and by us.
_CONVERTED = (bool, int, float, complex, list, tuple, np.generic)
# These are found faster.
_EXACT = frozenset((np.ndarray, np.memmap, *_CONVERTED))


def is_foreign(value: object) -> bool:
    """Tell whether an input is neither a NumPy array nor a list or number.

    Masked arrays, matrices and other subclasses of ndarray are foreign, except for
    memmap.
    """
    return type(value) not in _EXACT and not isinstance(value, _CONVERTED)


def check_additions(added: Iterable[str], inputs: Iterable[Any]) -> None:
    """Raise TypeError if arguments are given that the replaced function lacks.

    Parameters
    ----------
    added : iterable of str
        The names of these arguments.
    inputs : iterable
        The inputs, one of which is foreign.
    """
    first = min(added, default=None)
    if first is not None:
        types = " and ".join(type(value).__name__ for value in inputs)
        raise TypeError(
            f"{first} must be left out unless inputs are NumPy arrays, not {types}"
        )
