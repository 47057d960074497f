# Panels: LANES rows side by side, a point of all of them in a vector.

from common.simd cimport LANES, broadcast, load, real, store, transpose, vec
from fft.butterflies cimport Point, load_point, plus, store_point, times, times_conjugate

cdef enum:
    FINE = 16           # fine steps of four-step twiddles in a coarse one


cdef struct Sums:           # of a panel's points, each row in its lane
    Point parts
    vec squares


cdef inline void transpose_into_panel(
    const real** rows, Py_ssize_t re, Py_ssize_t im, real* panel, Sums* sums
) noexcept nogil:
    """Transpose LANES by LANES points from rows, at `re` and `im`, into a panel.

    The points of each row are added to `sums`; NULL: they are not.
    """
    cdef vec square[LANES]
    cdef vec total, power
    cdef int part, lane
    for part in range(2):
        total = power = broadcast(<real>0)
        for lane in range(<int>LANES):
            square[lane] = load(rows[lane] + (im if part else re))
        transpose(square)
        for lane in range(<int>LANES):
            store(panel + (2 * lane + part) * LANES, square[lane])
            if sums != NULL:
                total = total + square[lane]
                power = power + square[lane] * square[lane]
        if sums == NULL:
            continue
        if part:
            sums.parts.im = sums.parts.im + total
        else:
            sums.parts.re = sums.parts.re + total
        sums.squares = sums.squares + power


cdef inline void transpose_into_rows(
    real** rows, Py_ssize_t at, const real* panel, vec mean, const real* step_response,
    Py_ssize_t response_lanes,
) noexcept nogil:
    """Transpose real, or imaginary, parts of LANES by LANES points back into rows.

    The response to each row's mean is added; `step_response` NULL: no mean was subtracted.
    """
    cdef vec square[LANES]
    cdef int lane
    for lane in range(<int>LANES):
        square[lane] = load(panel + 2 * LANES * lane)
        if step_response != NULL and response_lanes > 1:
            square[lane] = square[lane] + mean * load(step_response + lane * response_lanes)
        elif step_response != NULL:
            square[lane] = square[lane] + mean * broadcast(step_response[lane])
    transpose(square)
    for lane in range(<int>LANES):
        store(rows[lane] + at, square[lane])


cdef inline void add_to_points(real* panel, Py_ssize_t points, vec re, vec im) noexcept nogil:
    """Add the same to all points of a panel."""
    cdef Py_ssize_t p
    for p from 0 <= p < 2 * LANES * points by 2 * LANES:
        store(panel + p, load(panel + p) + re)
        store(panel + p + LANES, load(panel + p + LANES) + im)


cdef inline void multiply_points(
    real* panel, const real* coarse, const real* fine, Py_ssize_t points, bint inverse
) noexcept nogil:
    """Multiply points of a panel by the four-step twiddles of each lane.

    `coarse` is the coarse power of the first point; `points` is a multiple of FINE.
    """
    cdef Point c, w
    cdef Py_ssize_t _c, f
    for _c in range(points // FINE):
        c = load_point(coarse)
        for f in range(FINE):
            # fine ones are stored less one
            w = plus(c, times(c, load_point(fine + 2 * LANES * f)))
            if inverse:
                store_point(panel, times_conjugate(load_point(panel), w))
            else:
                store_point(panel, times(load_point(panel), w))
            panel += 2 * LANES
        coarse += 2 * LANES
