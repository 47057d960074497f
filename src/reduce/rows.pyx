"""Loops over rows, for one element type and one instruction set: see rows.pxd."""

from common.convert cimport write_samples
from common.narrow cimport WRAP_UINT8, write_narrowed
from common.pack cimport Channels, Source, SourceAxis, Span, pack_row
from common.simd cimport LANES, REAL_ELEMENT, finish_streams, real
from common.store cimport stream_run
from cpython.pycapsule cimport PyCapsule_New
from libc.stdint cimport int64_t
from rows cimport REDUCTIONS, Rows

cdef extern from "places.h" nogil:
    ctypedef void (*CombineRows)(
        char*, const char**, Py_ssize_t, Py_ssize_t
    ) noexcept nogil
    ctypedef void (*FindFirst)(
        char*, int*, const char**, Py_ssize_t, Py_ssize_t
    ) noexcept nogil
    ctypedef void (*MergeFirst)(
        char*, int*, const char*, const int*, int, Py_ssize_t
    ) noexcept nogil
    ctypedef void (*FoldRow)(char*, const char*, Py_ssize_t) noexcept nogil
    ctypedef void (*CombineRaised)(
        char*, const char**, const char*, Py_ssize_t, Py_ssize_t
    ) noexcept nogil
    ctypedef void (*CombinePair)(
        char*, char*, const char**, Py_ssize_t, Py_ssize_t, Py_ssize_t
    ) noexcept nogil
    ctypedef void (*CombinePrefix)(
        char*, char*, const char**, Py_ssize_t, const char*, Py_ssize_t
    ) noexcept nogil
    CombineRows* COMBINE_ROWS
    FindFirst* FIND_FIRST
    MergeFirst* MERGE_FIRST
    FoldRow* FOLD_ROW
    CombineRaised* COMBINE_RAISED
    CombinePair* COMBINE_PAIR
    CombinePrefix* COMBINE_PREFIX
    void fill_row(char*, const char*, Py_ssize_t) noexcept
    void copy_numbers(char*, Py_ssize_t, const int*, Py_ssize_t, Py_ssize_t) noexcept
    void spread_row(char*, const char*, Py_ssize_t, Py_ssize_t, Py_ssize_t) noexcept
    void split_phases(
        char*, Py_ssize_t, const char*, Py_ssize_t, Py_ssize_t, Py_ssize_t, Py_ssize_t
    ) noexcept
    void write_indices(
        char*, Py_ssize_t, const int*, const Py_ssize_t*, Py_ssize_t, Py_ssize_t, Py_ssize_t
    ) noexcept
    void count_taps(
        char*, Py_ssize_t, Py_ssize_t, Py_ssize_t, Py_ssize_t, Py_ssize_t, Py_ssize_t,
        Py_ssize_t
    ) noexcept
    Py_ssize_t find_value(const char*, Py_ssize_t, Py_ssize_t, const char*) noexcept
    Py_ssize_t add_at(
        char*, Py_ssize_t, const int64_t*, const char*, Py_ssize_t
    ) noexcept
    void divide_row(char*, const char*, const char*, double, Py_ssize_t) noexcept


cdef extern from "scans.h" nogil:
    ctypedef void (*Scan)(
        char*, const char*, Py_ssize_t, Py_ssize_t, char*, int
    ) noexcept nogil
    Scan* SCAN_SUFFIXES
    Scan* SCAN_PREFIXES


cdef void pack(
    const Source* source, const SourceAxis* axis, Py_ssize_t samples, const Span* span,
    const char* row, Py_ssize_t rank, Channels channels, char* target,
) noexcept nogil:
    pack_row(source, axis, samples, span, row, rank, 0, NULL, channels, <real*>target)


cdef void store(
    int storing, char* target, Py_ssize_t stride, const char* row, Py_ssize_t pitch,
    Py_ssize_t count,
) noexcept nogil:
    if storing >= WRAP_UINT8:
        write_narrowed(storing, 0, NULL, target, stride, <const real*>row, pitch, count)
    else:
        write_samples(storing, target, stride, <const real*>row, pitch, count)


cdef void stream(char* target, const char* row, Py_ssize_t count) noexcept nogil:
    stream_run(<real*>target, <const real*>row, count)


cdef void finish() noexcept nogil:
    finish_streams()


cdef Rows table
cdef int number
table.element, table.size, table.lanes = REAL_ELEMENT, sizeof(real), LANES
table.pack, table.store, table.stream_row, table.finish_stores = pack, store, stream, finish
table.fill, table.copy_numbers, table.spread = fill_row, copy_numbers, spread_row
table.split, table.divide, table.write_indices = split_phases, divide_row, write_indices
table.find_value, table.add_at, table.count = find_value, add_at, count_taps
for number in range(REDUCTIONS):
    table.combine[number] = COMBINE_ROWS[number]
    table.find_first[number] = FIND_FIRST[number]
    table.merge_first[number] = MERGE_FIRST[number]
    table.fold[number] = FOLD_ROW[number]
    table.suffixes[number] = SCAN_SUFFIXES[number]
    table.prefixes[number] = SCAN_PREFIXES[number]
    table.combine_raised[number] = COMBINE_RAISED[number]
    table.combine_pair[number] = COMBINE_PAIR[number]
    table.combine_prefix[number] = COMBINE_PREFIX[number]

TABLE = PyCapsule_New(&table, "pyconvolve.rows", NULL)
