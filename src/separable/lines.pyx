"""Loops over lines, for one element type and one instruction set: see lines.pxd."""

from common.convert cimport HALF, copy_reals, float_to_half, half_to_float, write_samples
from common.elements cimport NONE
from common.narrow cimport WRAP_UINT8, round_reals, write_narrowed
from common.pack cimport Channels, Source, SourceAxis, Span, pack_row
from common.simd cimport REAL_ELEMENT, finish_streams, real
from common.store cimport stream_run
from cpython.pycapsule cimport PyCapsule_New
from lines cimport Ahead, Lines, Taps

cdef extern from "columns.h" nogil:
    enum:
        LINES
        COLUMNS
    void sum_rows(
        char**, const char**, Py_ssize_t, const Taps*, Py_ssize_t, Py_ssize_t, int, const Ahead*
    ) noexcept

cdef extern from "along.h" nogil:
    enum:
        ALONG
        BEYOND
    void sum_along(
        char*, const char*, const Taps*, Py_ssize_t, Py_ssize_t, int
    ) noexcept


cdef void pack(
    const Source* source, const SourceAxis* axis, Py_ssize_t samples, const Span* span,
    const char* row, Channels channels, char* target,
) noexcept nogil:
    pack_row(source, axis, samples, span, row, NONE, 0, NULL, channels, <real*>target)


cdef void copy(char* target, const char* row, Py_ssize_t n) noexcept nogil:
    copy_reals(<real*>target, row, n)


cdef void surround(
    char* row, Py_ssize_t before, Py_ssize_t inside, Py_ssize_t behind, const char* samples,
    const Py_ssize_t* outside, const char* constant, Py_ssize_t unit,
) noexcept nogil:
    cdef real* out = <real*>row
    cdef const real* x = <const real*>samples
    cdef Py_ssize_t end = (before + inside) * unit, i, c
    if outside == NULL:
        for i in range(before * unit):
            out[i] = (<const real*>constant)[0]
        for i in range(end, end + behind * unit):
            out[i] = (<const real*>constant)[0]
        return
    for i in range(before):
        for c in range(unit):
            out[i * unit + c] = x[outside[i] * unit + c]
    for i in range(behind):
        for c in range(unit):
            out[end + i * unit + c] = x[outside[before + i] * unit + c]


cdef void fill(char* row, const char* value, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(n):
        (<real*>row)[i] = (<const real*>value)[0]


cdef void round_row(int storing, char* row, Py_ssize_t n, double rounding) noexcept nogil:
    cdef real* reals = <real*>row
    cdef Py_ssize_t i
    if storing == HALF:
        for i in range(n):
            reals[i] = half_to_float(float_to_half(<float>reals[i]))
    else:
        round_reals(storing, rounding, reals, n)


cdef void store(
    int storing, char* target, Py_ssize_t stride, const char* row, Py_ssize_t pitch,
    Py_ssize_t count, double rounding,
) noexcept nogil:
    if storing >= WRAP_UINT8:
        write_narrowed(
            storing, rounding, NULL, target, stride, <const real*>row, pitch, count
        )
    else:
        write_samples(storing, target, stride, <const real*>row, pitch, count)


cdef void stream(char* target, const char* row, Py_ssize_t count) noexcept nogil:
    stream_run(<real*>target, <const real*>row, count)


cdef void finish() noexcept nogil:
    finish_streams()


cdef Lines table
table.element, table.size = REAL_ELEMENT, sizeof(real)
table.rows, table.columns, table.along, table.beyond = LINES, COLUMNS, ALONG, BEYOND
table.pack, table.copy, table.surround, table.fill = pack, copy, surround, fill
table.sum_rows, table.sum_along, table.round = sum_rows, sum_along, round_row
table.store, table.stream_row, table.finish_stores = store, stream, finish

TABLE = PyCapsule_New(&table, "pyconvolve.lines", NULL)
# Reals that are computed together: lines and reals of each, and reals along one line.
TILE = (LINES, COLUMNS, ALONG)
