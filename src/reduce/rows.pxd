# Loops over rows: for each element type and instruction set, a table of functions that
# boxes.pyx calls. Rows are addresses there, and a `real` is one number of the type.

from common.pack cimport Channels, Source, SourceAxis, Span
from libc.stdint cimport int64_t

cdef enum Reduction:                    # as combine.h has them
    SUM
    MAX
    MIN
    SIGNED_MAX
    SIGNED_MIN
    REDUCTIONS

cdef struct Rows:
    int element                         # see elements.h
    Py_ssize_t size                     # bytes of a real
    Py_ssize_t lanes                    # reals of a vector
    void (*pack)(
        const Source* source, const SourceAxis* axis, Py_ssize_t samples, const Span* span,
        const char* row, Py_ssize_t rank, Channels channels, char* target
    ) noexcept nogil
    void (*store)(
        int storing, char* target, Py_ssize_t stride, const char* row, Py_ssize_t pitch,
        Py_ssize_t count
    ) noexcept nogil
    void (*stream_row)(char* target, const char* row, Py_ssize_t count) noexcept nogil
    void (*finish_stores)() noexcept nogil
    # the others are in loops.h, scans.h and places.h
    void (*fill)(char* row, const char* value, Py_ssize_t n) noexcept nogil
    void (*copy_numbers)(
        char* row, Py_ssize_t first, const int* origin, Py_ssize_t count, Py_ssize_t unit
    ) noexcept nogil
    void (*spread)(
        char* spread, const char* row, Py_ssize_t step, Py_ssize_t n, Py_ssize_t unit
    ) noexcept nogil
    void (*split)(
        char* phases, Py_ssize_t pitch, const char* row, Py_ssize_t stride, Py_ssize_t count,
        Py_ssize_t n, Py_ssize_t unit
    ) noexcept nogil
    void (*divide)(
        char* out, const char* row, const char* counts, double factor, Py_ssize_t n
    ) noexcept nogil
    void (*write_indices)(
        char* indices, Py_ssize_t stride, const int* taps, const Py_ssize_t* index,
        Py_ssize_t first, Py_ssize_t step, Py_ssize_t n
    ) noexcept nogil
    Py_ssize_t (*find_value)(
        const char* row, Py_ssize_t stride, Py_ssize_t n, const char* value
    ) noexcept nogil
    Py_ssize_t (*add_at)(
        char* out, Py_ssize_t limit, const int64_t* indices, const char* numbers, Py_ssize_t n
    ) noexcept nogil
    void (*count)(
        char* counts, Py_ssize_t first, Py_ssize_t stride, Py_ssize_t taps, Py_ssize_t low,
        Py_ssize_t high, Py_ssize_t n, Py_ssize_t unit
    ) noexcept nogil
    # by reduction; NULL: the type has no such reduction
    void (*combine[5])(
        char* out, const char** rows, Py_ssize_t count, Py_ssize_t n
    ) noexcept nogil
    void (*find_first[5])(
        char* out, int* taps, const char** rows, Py_ssize_t count, Py_ssize_t n
    ) noexcept nogil
    void (*merge_first[5])(
        char* out, int* taps, const char* row, const int* row_taps, int first, Py_ssize_t n
    ) noexcept nogil
    void (*suffixes[5])(
        char* out, const char* row, Py_ssize_t step, Py_ssize_t n, char* carry, int has_carry
    ) noexcept nogil
    void (*prefixes[5])(
        char* out, const char* row, Py_ssize_t step, Py_ssize_t n, char* carry, int has_carry
    ) noexcept nogil
    void (*fold[5])(char* out, const char* row, Py_ssize_t n) noexcept nogil
    void (*combine_raised[5])(
        char* out, const char** rows, const char* heights, Py_ssize_t count, Py_ssize_t n
    ) noexcept nogil
    void (*combine_pair[5])(
        char* first, char* second, const char** rows, Py_ssize_t count, Py_ssize_t shift,
        Py_ssize_t n
    ) noexcept nogil
    void (*combine_prefix[5])(
        char* out, char* prefix, const char** rows, Py_ssize_t count, const char* suffix,
        Py_ssize_t n
    ) noexcept nogil
