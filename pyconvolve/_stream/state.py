"""What a stream holds of the samples that have come."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .crossfade import Fade


class StreamState(NamedTuple):
    """What a stream holds of the samples that have come.

    It can be copied and pickled. Streams with an equal kernel go on from it.
    """

    shape: tuple[int, ...] | None
    """Shape of a block without the axis of time; None: no block has come."""
    dtype: np.dtype
    """Type of the outputs."""
    position: int
    """Samples that have come."""
    samples: NDArray[Any]
    """The last of them, (groups, inputs, count)."""
    fades: tuple[Fade, ...]
    """Kernels that are faded out, the oldest first."""
