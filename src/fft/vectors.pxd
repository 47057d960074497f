# Rows of transformed points to rows of outputs, a vector at a time.
#
# The response to a subtracted mean is added on the way.

from common.simd cimport LANES, broadcast, load, real, store, store_pairs, stream, vec
from common.store cimport is_zero, store_some, stream_run


cdef inline vec part_of_row(
    const real* x, Py_ssize_t i, const real* response, vec factor
) noexcept nogil:
    """Parts of a row, plus the response to the mean, if one was subtracted."""
    cdef vec part = load(x + 2 * i)
    if response != NULL:
        part = part + load(response + i) * factor
    return part


cdef inline bint store_vectors(
    real* output, const real* x, Py_ssize_t p, Py_ssize_t count, bint adding,
    bint streaming, const real* response, vec factor, real* buffer,
) noexcept nogil:
    """Store parts `p` to `p + count` of a row; false if one of them isn't finite.

    `p` is less than LANES. What lies beside is of the same transforms: no more finite.
    """
    cdef real edge[LANES]
    cdef Py_ssize_t i = 0, beyond = p + count
    cdef vec part, nonfinite_sum = broadcast(<real>0)
    if streaming and (p or <Py_ssize_t>output % <Py_ssize_t>(LANES * sizeof(real))):
        while i < beyond:
            part = part_of_row(x, i, response, factor)
            nonfinite_sum = nonfinite_sum + (part - part)
            store(buffer + i, part)
            i += LANES
        stream_run(output, buffer + p, count)
        return is_zero(nonfinite_sum)
    output -= p
    if p:
        part = part_of_row(x, 0, response, factor)
        nonfinite_sum = part - part
        store(edge, part)
        store_some(output + p, edge + p, LANES - p, adding)
        i = LANES
    while i + LANES <= beyond:
        part = part_of_row(x, i, response, factor)
        nonfinite_sum = nonfinite_sum + (part - part)
        if adding:
            store(output + i, load(output + i) + part)
        elif streaming:
            stream(output + i, part)
        else:
            store(output + i, part)
        i += LANES
    if i < beyond:
        part = part_of_row(x, i, response, factor)
        nonfinite_sum = nonfinite_sum + (part - part)
        store(edge, part)
        store_some(output + i, edge, beyond - i, adding)
    return is_zero(nonfinite_sum)


cdef inline bint store_complex(
    real* output, const real* x, Py_ssize_t p, Py_ssize_t count, bint adding,
    bint streaming, const real* response, const real* imaginary_response, real* buffer,
) noexcept nogil:
    """Store points `p` to `p + count` of a row; false if one of them isn't finite."""
    cdef Py_ssize_t i
    cdef vec re, im, one = broadcast(<real>1), nonfinite_sum = broadcast(<real>0)
    for i from 0 <= i < p + count by LANES:
        re = part_of_row(x, i, response, one)
        im = part_of_row(x + LANES, i, imaginary_response, one)
        nonfinite_sum = nonfinite_sum + ((re - re) + (im - im))
        store_pairs(buffer + 2 * i, re, im)
    buffer += 2 * p
    count *= 2
    if streaming:
        stream_run(output, buffer, count)
        return is_zero(nonfinite_sum)
    i = 0
    while i + LANES <= count:
        if adding:
            store(output + i, load(output + i) + load(buffer + i))
        else:
            store(output + i, load(buffer + i))
        i += LANES
    store_some(output + i, buffer + i, count - i, adding)
    return is_zero(nonfinite_sum)
