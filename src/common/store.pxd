# The storer of all engines: reals become samples of the output, stored or added.

from common.convert cimport read_samples, write_integers, write_samples
from common.elements cimport MOST_AXES
from common.narrow cimport WRAP_UINT8, write_narrowed
from common.pages cimport CACHE_LINE
from common.simd cimport (
    LANES, REAL_ELEMENT, load, load_one, real, store, store_one, stream, vec
)

cdef struct Destination:            # an array that is written
    char* data
    int storing
    Py_ssize_t integer              # bytes of integers that reals are rounded to; 0: none
    int shift                       # bits that these are shifted left by
    double rounding                 # of sums that are cut to integers: see narrow.h
    bint adding                     # to the samples that the array holds
    # how many sums the type of a narrowed output does not hold; NULL: nobody counts them
    Py_ssize_t* misfits
    Py_ssize_t stride[MOST_AXES]    # bytes


cdef inline void store_samples(
    const Destination* destination, bint adding, char* output, Py_ssize_t stride, real* values,
    Py_ssize_t pitch, Py_ssize_t count, real* buffer,
) noexcept nogil:
    """Convert `count` reals, `pitch` reals apart, and store or add them, `stride` bytes apart.

    Values may change. `buffer` has room for as many, if they are added.
    """
    cdef Py_ssize_t i
    if destination.integer:
        write_integers(
            destination.integer, destination.shift, adding, output, stride, values, pitch, count
        )
        return
    if destination.storing >= WRAP_UINT8:
        # each is stored once
        write_narrowed(
            destination.storing, destination.rounding, destination.misfits, output, stride,
            values, pitch, count,
        )
        return
    if adding:
        read_samples(REAL_ELEMENT, False, NULL, buffer, 1, output, stride, count)
        for i in range(count):
            values[i * pitch] += buffer[i]
    write_samples(destination.storing, output, stride, values, pitch, count)


cdef inline bint is_finite(real value) noexcept nogil:
    return value - value == 0


cdef inline bint is_zero(vec value) noexcept nogil:
    """Whether all lanes are zero."""
    cdef real lanes[LANES]
    cdef int lane
    store(lanes, value)
    for lane in range(<int>LANES):
        if not lanes[lane] == 0:
            return False
    return True


cdef inline void store_some(
    real* output, const real* values, Py_ssize_t count, bint adding
) noexcept nogil:
    """Store less than a vector, at any address."""
    cdef Py_ssize_t i
    for i in range(count):
        store_one(output + i, load_one(output + i) + values[i] if adding else values[i])


cdef inline void stream_run(
    real* output, const real* values, Py_ssize_t count
) noexcept nogil:
    """Store whole cache lines past the caches, what lies beside them as usual."""
    cdef Py_ssize_t size = sizeof(real), line = CACHE_LINE // size, i, lane
    i = (CACHE_LINE - <Py_ssize_t>output % CACHE_LINE) % CACHE_LINE // size
    i = min(i, count)
    store_some(output, values, i, False)
    while i + line <= count:
        for lane from 0 <= lane < line by LANES:
            stream(output + i + lane, load(values + i + lane))
        i += line
    store_some(output + i, values + i, count - i, False)
