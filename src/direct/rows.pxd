# Tiles of outputs, TILE_ROWS x TILE_VECTORS vectors of accumulators each.
#
# The kernel is a flat list of tap columns, whatever its dimension: `span` taps, each one
# tile row below the other, at one offset into the window. Each input vector is loaded
# once per tap column and serves up to min(span, TILE_ROWS) accumulators:
#
#     for each tap column:  for i in 0 .. span + TILE_ROWS - 2:
#         v = x[offset + i*row];   acc[r] += tap[i - r] * v   for all 0 <= i - r < span

from direct.program cimport MOST_SPAN, Table
from common.simd cimport TILE_ROWS, TILE_VECTORS, real, vec

cdef struct Term:
    const real* window
    const real* taps

cdef struct Sum:
    Term terms[2]
    int count                               # of terms
    bint adding                             # to what the target holds
    int simple                              # span of all its tap columns, or none
    const Table* table

cdef struct Strip:
    Py_ssize_t tiles
    Py_ssize_t pitch                        # reals from one tile to the next
    const Py_ssize_t* offsets
    Py_ssize_t at                           # first sample of the first tile
    Py_ssize_t row, vector                  # reals between two of a tile, in the window
    real* target
    Py_ssize_t target_row, target_vector    # and in the target
    bint streams                            # whether that goes past the caches


cdef extern from "tile.h" nogil:
    void clear_tile(vec* acc, int vectors)
    void read_tile(
        vec* acc, const real* target, Py_ssize_t row, Py_ssize_t vector, int vectors
    )
    void write_tile(
        const vec* acc, real* target, Py_ssize_t row, Py_ssize_t vector, int vectors,
        bint streams,
    )
    void add_columns(
        vec* acc, vec* taps, const real* x, const Py_ssize_t* offset, const real* tap,
        Py_ssize_t count, Py_ssize_t row, Py_ssize_t vector, int vectors, int span,
    )
    void sum_filters(
        const real** x, const real** taps, int terms, const Py_ssize_t* offsets,
        Py_ssize_t count, real* target, Py_ssize_t pitch, Py_ssize_t tiles, bint adding,
        int vectors, int rows,
    )


# GCC keeps the accumulators in registers only if the loops over them stand inside
# another loop: hence strips of tiles.
cdef inline void sum_simple(
    const Strip* strip, const Sum* sum, int vectors, int span, bint streams
) noexcept nogil:
    """Tiles that sum one term whose tap columns are all of one span."""
    cdef vec acc[TILE_ROWS * TILE_VECTORS]
    cdef vec column[MOST_SPAN]              # the taps of one
    cdef const real* x = sum.terms[0].window + strip.at
    cdef const real* taps = sum.terms[0].taps
    cdef const Py_ssize_t* offsets = strip.offsets
    cdef real* target = strip.target
    cdef Py_ssize_t columns = sum.table.columns[span], _n, pitch = strip.pitch
    cdef Py_ssize_t row = strip.row, vector = strip.vector
    cdef Py_ssize_t target_row = strip.target_row, target_vector = strip.target_vector
    for _n in range(strip.tiles):
        clear_tile(acc, vectors)
        add_columns(acc, column, x, offsets, taps, columns, row, vector, vectors, span)
        write_tile(acc, target, target_row, target_vector, vectors, streams)
        x += pitch
        target += pitch


cdef inline void sum_terms(const Strip* strip, const Sum* sum, int vectors) noexcept nogil:
    """Tiles that sum any number of terms and spans, perhaps to what is there already."""
    cdef vec acc[TILE_ROWS * TILE_VECTORS]
    cdef vec column[MOST_SPAN]              # the taps of one
    cdef Py_ssize_t columns[MOST_SPAN + 1]
    cdef const Py_ssize_t* offset
    cdef const real* tap
    cdef const real* x
    cdef real* target = strip.target
    cdef Py_ssize_t n, row = strip.row, vector = strip.vector
    cdef Py_ssize_t target_row = strip.target_row, target_vector = strip.target_vector
    cdef int t, span
    for span in range(MOST_SPAN + 1):
        columns[span] = sum.table.columns[span]
    for n in range(strip.tiles):
        if sum.adding:
            read_tile(acc, target, target_row, target_vector, vectors)
        else:
            clear_tile(acc, vectors)
        for t in range(sum.count):
            x = sum.terms[t].window + strip.at + n * strip.pitch
            tap = sum.terms[t].taps
            offset = strip.offsets
            add_columns(acc, column, x, offset, tap, columns[5], row, vector, vectors, 5)
            offset += columns[5]
            tap += 5 * columns[5]
            add_columns(acc, column, x, offset, tap, columns[4], row, vector, vectors, 4)
            offset += columns[4]
            tap += 4 * columns[4]
            add_columns(acc, column, x, offset, tap, columns[3], row, vector, vectors, 3)
            offset += columns[3]
            tap += 3 * columns[3]
            add_columns(acc, column, x, offset, tap, columns[2], row, vector, vectors, 2)
            offset += columns[2]
            tap += 2 * columns[2]
            add_columns(acc, column, x, offset, tap, columns[1], row, vector, vectors, 1)
        write_tile(acc, target, target_row, target_vector, vectors, False)
        target += strip.pitch


cdef inline void compute_simple(
    const Strip* strip, const Sum* sum, int vectors, bint streams
) noexcept nogil:
    if sum.simple == 3:
        sum_simple(strip, sum, vectors, 3, streams)
    elif sum.simple == 4:
        sum_simple(strip, sum, vectors, 4, streams)
    elif sum.simple == 5:
        sum_simple(strip, sum, vectors, 5, streams)
    elif sum.simple == 2:
        sum_simple(strip, sum, vectors, 2, streams)
    else:
        sum_simple(strip, sum, vectors, 1, streams)


cdef inline void compute_tiles(const Strip* strip, const Sum* sum, int vectors) noexcept nogil:
    if sum.simple <= 0:
        sum_terms(strip, sum, vectors)
    elif strip.streams and vectors == TILE_VECTORS:
        compute_simple(strip, sum, vectors, True)
    else:
        compute_simple(strip, sum, vectors, False)
