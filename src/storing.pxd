# Rows of transformed points to rows of outputs: stored, added, or streamed past the caches.

from pages cimport CACHE_LINE
from simd cimport (
    LANES, broadcast, load, load_one, real, store, store_one, store_pairs, stream, vec
)


cdef inline bint is_finite(real value) noexcept nogil:
    return value - value == 0


cdef inline void store_some(
    real* output, const real* values, Py_ssize_t count, bint adding
) noexcept nogil:
    """Store less than a vector, at any address."""
    cdef Py_ssize_t i
    for i in range(count):
        store_one(output + i, load_one(output + i) + values[i] if adding else values[i])


cdef inline vec raised_part(
    const real* x, Py_ssize_t i, const real* raised, vec factor
) noexcept nogil:
    """Parts of a row, with what the kernel makes of levels, if there is any."""
    cdef vec part = load(x + 2 * i)
    if raised != NULL:
        part = part + load(raised + i) * factor
    return part


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


cdef inline bint store_vectors(
    real* output, const real* x, Py_ssize_t p, Py_ssize_t count, bint adding,
    bint streaming, const real* raised, vec factor, real* buffer,
) noexcept nogil:
    """Store parts `p` to `p + count` of a row; false if one of them isn't finite.

    `p` is less than LANES. What lies beside is of the same transforms: no more finite.
    """
    cdef real edge[LANES]
    cdef Py_ssize_t i = 0, beyond = p + count
    cdef vec part, worst = broadcast(<real>0)
    if streaming and (p or <Py_ssize_t>output % <Py_ssize_t>(LANES * sizeof(real))):
        while i < beyond:
            part = raised_part(x, i, raised, factor)
            worst = worst + (part - part)
            store(buffer + i, part)
            i += LANES
        stream_run(output, buffer + p, count)
        return is_zero(worst)
    output -= p
    if p:
        part = raised_part(x, 0, raised, factor)
        worst = part - part
        store(edge, part)
        store_some(output + p, edge + p, LANES - p, adding)
        i = LANES
    while i + LANES <= beyond:
        part = raised_part(x, i, raised, factor)
        worst = worst + (part - part)
        if adding:
            store(output + i, load(output + i) + part)
        elif streaming:
            stream(output + i, part)
        else:
            store(output + i, part)
        i += LANES
    if i < beyond:
        part = raised_part(x, i, raised, factor)
        worst = worst + (part - part)
        store(edge, part)
        store_some(output + i, edge, beyond - i, adding)
    return is_zero(worst)


cdef inline bint store_complex(
    real* output, const real* x, Py_ssize_t p, Py_ssize_t count, bint adding,
    bint streaming, const real* raised, const real* other, real* buffer,
) noexcept nogil:
    """Store points `p` to `p + count` of a row; false if one of them isn't finite."""
    cdef Py_ssize_t i
    cdef vec re, im, one = broadcast(<real>1), worst = broadcast(<real>0)
    for i from 0 <= i < p + count by LANES:
        re = raised_part(x, i, raised, one)
        im = raised_part(x + LANES, i, other, one)
        worst = worst + ((re - re) + (im - im))
        store_pairs(buffer + 2 * i, re, im)
    buffer += 2 * p
    count *= 2
    if streaming:
        stream_run(output, buffer, count)
        return is_zero(worst)
    i = 0
    while i + LANES <= count:
        if adding:
            store(output + i, load(output + i) + load(buffer + i))
        else:
            store(output + i, load(buffer + i))
        i += LANES
    store_some(output + i, buffer + i, count - i, adding)
    return is_zero(worst)


cdef inline bint is_zero(vec value) noexcept nogil:
    """Whether all lanes are."""
    cdef real held[LANES]
    cdef int lane
    store(held, value)
    for lane in range(<int>LANES):
        if not held[lane] == 0:
            return False
    return True
