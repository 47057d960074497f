# Sums of the first taps of a stream: see sums.h.

from common.simd cimport LANES, broadcast, real, store
from direct.dots cimport DOT_OUTPUTS, DotRows, compute_dots

cdef extern from "sums.h" nogil:
    void sum_vectors(
        real* y, const real* x, const real* taps, Py_ssize_t count, int vectors, int chains
    )


cdef inline void add_dots(
    real* y, const real* x, const real* taps, Py_ssize_t count, Py_ssize_t outputs
) noexcept nogil:
    """Add sums of `count` taps to at most DOT_OUTPUTS outputs."""
    cdef real sums[DOT_OUTPUTS * LANES]
    cdef Py_ssize_t offsets[DOT_OUTPUTS]
    cdef DotRows rows
    cdef Py_ssize_t i, lane
    for i in range(outputs):
        offsets[i] = i
        store(sums + i * LANES, broadcast(<real>0))
    rows.sums, rows.pitch, rows.samples, rows.offsets = sums, 0, x, offsets
    rows.taps, rows.filter, rows.count, rows.rows = taps, 0, count, 1
    rows.sample_row = rows.tap_row = 0
    compute_dots(&rows, outputs, False)
    for i in range(outputs):
        for lane in range(LANES):
            y[i] += sums[i * LANES + lane]


cdef inline void add_sums(
    real* y, const real* x, const real* taps, Py_ssize_t count, Py_ssize_t outputs
) noexcept nogil:
    """Add sums of `count` reversed taps to outputs; whole vectors of `y` are written.

    `x` is the sample under the first tap for the first output.
    """
    cdef Py_ssize_t vectors = (outputs + LANES - 1) // LANES
    if 2 * outputs <= LANES and outputs <= DOT_OUTPUTS:
        add_dots(y, x, taps, count, outputs)
        return
    while vectors >= 8:
        sum_vectors(y, x, taps, count, 8, 1)
        y += 8 * LANES
        x += 8 * LANES
        vectors -= 8
    if vectors >= 4:
        sum_vectors(y, x, taps, count, 4, 2)
        y += 4 * LANES
        x += 4 * LANES
        vectors -= 4
    if vectors >= 2:
        sum_vectors(y, x, taps, count, 2, 4)
        y += 2 * LANES
        x += 2 * LANES
        vectors -= 2
    if vectors:
        sum_vectors(y, x, taps, count, 1, 8)
