# Boundary rules as index maps: which sample stands at a position outside the signal.

from common.elements cimport NONE

cdef enum Rule:
    CONSTANT                    # no sample: a constant
    CLAMP                       # the first or the last sample
    FOLD                        # the position modulo a period, mirrored behind the samples


cdef inline Py_ssize_t fold(
    Py_ssize_t position, Py_ssize_t samples, int rule, Py_ssize_t period, Py_ssize_t mirror
) noexcept nogil:
    """Index of the sample at a position; NONE: the constant."""
    if 0 <= position < samples:
        return position
    if rule == CONSTANT:
        return NONE
    if rule == CLAMP:
        return 0 if position < 0 else samples - 1
    position %= period
    if position < 0:
        position += period
    return position if position < samples else mirror - position
