# Loops over lines of reals: for each element type and instruction set, a table of
# functions that separable.pyx calls. Lines are addresses there.

from common.pack cimport Channels, Source, SourceAxis, Span

cdef extern from "operands.h" nogil:
    ctypedef struct Taps:
        const char* data
        Py_ssize_t count
        int fold
    ctypedef struct Ahead:
        const char* data
        Py_ssize_t stride
        Py_ssize_t size
        Py_ssize_t lines

cdef struct Lines:
    int element                         # see elements.h
    Py_ssize_t size                     # bytes of a real
    # Lines of outputs that are summed together, and reals of a line that are: a line that
    # is written must have as many.
    Py_ssize_t rows, columns
    # Reals of outputs along a line that are summed together; of a shorter line, as many may
    # be written. Sums may read as many reals as `beyond` behind the last sample.
    Py_ssize_t along, beyond
    # writes a row, continued by its boundary rule
    void (*pack)(
        const Source* source, const SourceAxis* axis, Py_ssize_t samples, const Span* span,
        const char* row, Channels channels, char* target
    ) noexcept nogil
    void (*copy)(char* target, const char* row, Py_ssize_t n) noexcept nogil
    # writes positions before and behind those inside: a constant, or samples of a list
    void (*surround)(
        char* row, Py_ssize_t before, Py_ssize_t inside, Py_ssize_t behind,
        const char* samples, const Py_ssize_t* outside, const char* constant,
        Py_ssize_t unit
    ) noexcept nogil
    void (*fill)(char* row, const char* value, Py_ssize_t n) noexcept nogil
    # Sums over lines: output r is the sum of taps[k] * rows[r + k]. Outputs that go past
    # the caches are whole cache lines; finish_stores, before other threads look. Lines
    # of an array are prefetched meanwhile.
    void (*sum_rows)(
        char** out, const char** rows, Py_ssize_t at, const Taps* taps, Py_ssize_t n,
        Py_ssize_t outputs, int streams, const Ahead* ahead
    ) noexcept nogil
    # Sums along a line: output i is the sum of taps[k] * row[i + k * unit]
    void (*sum_along)(
        char* out, const char* row, const Taps* taps, Py_ssize_t unit, Py_ssize_t n,
        int streams
    ) noexcept nogil
    # makes reals what they are if they are stored: see common/narrow.h
    void (*round)(int storing, char* row, Py_ssize_t n, double rounding) noexcept nogil
    void (*store)(
        int storing, char* target, Py_ssize_t stride, const char* row,
        Py_ssize_t pitch, Py_ssize_t count, double rounding
    ) noexcept nogil
    void (*stream_row)(char* target, const char* row, Py_ssize_t count) noexcept nogil
    void (*finish_stores)() noexcept nogil
