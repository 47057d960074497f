"""Learns filters from a photograph, and draws them."""

from __future__ import annotations

from math import ceil, isqrt

import numpy as np

from .. import kernels
from .photographs import Image, Photograph

# Filters learned: a square number, drawn as a square.
_FILTERS = 64
# Pixels of a filter along each axis.
_SIDE = 8


def learn(photograph: Photograph) -> Image | None:
    """Return an image of the filters learned from a photograph.

    Parameters
    ----------
    photograph : Photograph

    Returns
    -------
    ndarray or None
        Filters in rows and columns with a grey line between them, each scaled to a
        range from 0 to 1 with zero taps at 1/2; of shape (rows, columns, 1). None if
        the photograph has fewer patches than filters, or only constant ones.
    """
    grey = photograph.image.mean(axis=2)
    if min(grey.shape) < _SIDE:
        return None
    stride = ceil(max(grey.shape) / 250)
    patches = kernels.extract_patches(grey, (_SIDE, _SIDE), stride)
    rows, columns = patches.shape[:2]
    if rows * columns < _FILTERS or not np.ptp(patches, axis=(2, 3)).any():
        return None
    bank = kernels.learn(grey, _FILTERS, (_SIDE, _SIDE), stride=stride, rng=0)
    bank /= 2 * abs(bank).max(axis=(1, 2), keepdims=True)
    framed = np.pad(bank, [(0, 0), (0, 1), (0, 1)])
    side = isqrt(_FILTERS)
    sheet: Image = np.block([[*framed[i : i + side]] for i in range(0, _FILTERS, side)])
    return 0.5 + sheet[..., np.newaxis]
