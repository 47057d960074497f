# Panels: LANES rows side by side, a point of all of them in a vector.

from simd cimport LANES, broadcast, load, real, store, transpose, vec
from transform cimport Point, load_point, plus, store_point, times, times_conjugate

cdef enum:
    FINE = 16           # fine steps of a twist in a coarse one


cdef struct Sums:           # of what rows hold, each in its lane
    Point parts
    vec squares


cdef inline void enter_square(
    const real** rows, Py_ssize_t re, Py_ssize_t im, real* panel, Sums* sums
) noexcept nogil:
    """Transpose LANES by LANES points from rows, at `re` and `im`, into a panel.

    What there is to know of each row is added to `sums`, if wanted.
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


cdef inline void leave_square(
    real** rows, Py_ssize_t at, const real* panel, vec level, const real* sums,
    Py_ssize_t responses,
) noexcept nogil:
    """Transpose real, or imaginary, parts of LANES by LANES points back into rows.

    What a kernel makes of the level of each row is added, if there is one.
    """
    cdef vec square[LANES]
    cdef int lane
    for lane in range(<int>LANES):
        square[lane] = load(panel + 2 * LANES * lane)
        if sums != NULL and responses > 1:
            square[lane] = square[lane] + level * load(sums + lane * responses)
        elif sums != NULL:
            square[lane] = square[lane] + level * broadcast(sums[lane])
    transpose(square)
    for lane in range(<int>LANES):
        store(rows[lane] + at, square[lane])


cdef inline void lift_points(real* panel, Py_ssize_t points, vec re, vec im) noexcept nogil:
    """Add the same to all points of a panel."""
    cdef Py_ssize_t p
    for p from 0 <= p < 2 * LANES * points by 2 * LANES:
        store(panel + p, load(panel + p) + re)
        store(panel + p + LANES, load(panel + p + LANES) + im)


cdef inline void turn_points(
    real* panel, const real* twist, Py_ssize_t points, bint back
) noexcept nogil:
    """Multiply the points of a panel by powers of a root of unity per lane."""
    cdef const real* fine = twist + 2 * LANES * (points // FINE)
    cdef Point coarse, w
    cdef Py_ssize_t c, f
    for c in range(points // FINE):
        coarse = load_point(twist + 2 * LANES * c)
        for f in range(FINE):
            # fine ones are stored less one
            w = plus(coarse, times(coarse, load_point(fine + 2 * LANES * f)))
            if back:
                store_point(panel, times_conjugate(load_point(panel), w))
            else:
                store_point(panel, times(load_point(panel), w))
            panel += 2 * LANES
