# Memory that begins on a cache line, or on a large page where it fills some.

from libc.stdlib cimport free, malloc

cdef extern from "pages.h" nogil:
    enum:
        CACHE_LINE
        HUGE_PAGE
    void use_huge_pages(void* start, Py_ssize_t size)

cdef struct Header:
    void* block                     # what malloc gave
    Py_ssize_t size


cdef inline Header* header_of(void* start) noexcept nogil:
    return <Header*>(<char*>start - sizeof(Header))


cdef inline void* allocate(Py_ssize_t size) noexcept nogil:
    """Memory with a header in front; NULL: there is none."""
    cdef Py_ssize_t grain = HUGE_PAGE if size >= HUGE_PAGE else CACHE_LINE
    cdef char* block = <char*>malloc(size + grain + sizeof(Header))
    cdef char* start
    if block == NULL:
        return NULL
    start = block + sizeof(Header) + grain - 1
    start -= <Py_ssize_t>start % grain
    header_of(start).block = block
    header_of(start).size = size
    if grain > CACHE_LINE:
        use_huge_pages(start, size // grain * grain)
    return start


cdef inline void release(void* start) noexcept nogil:
    free(header_of(start).block)
