# Tiles of inner products: see dots.h.

from common.simd cimport real

cdef extern from "dots.h" nogil:
    enum:
        DOT_OUTPUTS
        DOT_FILTERS
        SHARED_DOT_OUTPUTS
    void sum_dots(
        real* sums, Py_ssize_t pitch, const real* x, const Py_ssize_t* offsets,
        const real* taps, Py_ssize_t filter, Py_ssize_t count, Py_ssize_t rows,
        Py_ssize_t x_row, Py_ssize_t tap_row, int outputs, int filters, int copies,
    )


cdef struct DotRows:
    real* sums
    Py_ssize_t pitch                # reals from the sums of a filter to those of the next
    const real* samples
    const Py_ssize_t* offsets       # of the outputs
    const real* taps
    Py_ssize_t filter               # reals from the taps of a filter to those of the next
    Py_ssize_t count, rows          # reals of a row, and how many rows
    Py_ssize_t sample_row, tap_row  # reals from one row to the next


cdef inline void sum_outputs(
    const DotRows* rows, int outputs, int filters, int copies
) noexcept nogil:
    sum_dots(
        rows.sums, rows.pitch, rows.samples, rows.offsets, rows.taps, rows.filter, rows.count,
        rows.rows, rows.sample_row, rows.tap_row, outputs, filters, copies,
    )


cdef inline void compute_dots(
    const DotRows* rows, Py_ssize_t outputs, bint shared
) noexcept nogil:
    """Compute a tile: outputs of one filter, or of DOT_FILTERS filters."""
    if shared and outputs == 3:
        sum_outputs(rows, 3, DOT_FILTERS, 1)
    elif shared and outputs == 2:
        sum_outputs(rows, 2, DOT_FILTERS, 1)
    elif shared:
        sum_outputs(rows, 1, DOT_FILTERS, 2)
    elif outputs == 6:
        sum_outputs(rows, 6, 1, 1)
    elif outputs == 5:
        sum_outputs(rows, 5, 1, 1)
    elif outputs == 4:
        sum_outputs(rows, 4, 1, 2)
    elif outputs == 3:
        sum_outputs(rows, 3, 1, 2)
    elif outputs == 2:
        sum_outputs(rows, 2, 1, 4)
    else:
        sum_outputs(rows, 1, 1, 8)
