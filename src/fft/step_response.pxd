# A kernel's response to a tile of ones: sums of its taps, more precise than their type.
#
# Let s_n = h_0 + ... + h_n, and S the sum of all taps. A tile of complex samples repeats
# with its own period, and the response to ones is S at all positions. A tile of real samples
# repeats with the opposite sign: at position n, taps 0 to n meet ones and the other taps
# meet minus ones of the tile's end, so the response is s_n - (S - s_n).
#
# D. E. Knuth, "The Art of Computer Programming", volume 2, section 4.2.2: the error of a
# rounded sum is a number of the same type.

from common.simd cimport real

cdef struct Compensated:
    real sum, error                 # together more precise than `real`


cdef inline Compensated add_exactly(Compensated a, real b) noexcept nogil:
    cdef real sum = a.sum + b, part = sum - a.sum
    a.error += (a.sum - (sum - part)) + (b - part)
    a.sum = sum
    return a


cdef inline void add_taps(
    real* sums, real* errors, const real* taps, Py_ssize_t count
) noexcept nogil:
    """Add taps to as many sums."""
    cdef Py_ssize_t k
    cdef real sum, part
    for k in range(count):
        sum = sums[k] + taps[k]
        part = sum - sums[k]
        errors[k] += (sums[k] - (sum - part)) + (taps[k] - part)
        sums[k] = sum


cdef inline Compensated sum_taps(
    const real* sums, const real* errors, Py_ssize_t count
) noexcept nogil:
    """Add up all sums, and their errors unless they are NULL."""
    cdef Compensated total
    cdef Py_ssize_t k
    total.sum = total.error = 0
    for k in range(count):
        total = add_exactly(total, sums[k])
        if errors != NULL:
            total.error += errors[k]
    return total
