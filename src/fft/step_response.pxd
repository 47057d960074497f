# What a kernel makes of ones: sums of its taps, more precise than their element type.
#
# With s_n = h_0 + ... + h_n and S for the sum of all taps, a tile of ones responds with S
# where all taps meet them. A tile of real samples comes again with its sign changed, so
# that position n, which meets taps 0 to n of the tile and the others of its end, responds
# with s_n - (S - s_n).
#
# D. E. Knuth, "The Art of Computer Programming", volume 2, section 4.2.2: the error of a
# rounded sum is a number of the same type.

from common.simd cimport real

cdef struct Compensated:
    real sum, error                 # whose sum is more precise than either


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
    cdef Compensated total
    cdef Py_ssize_t k
    total.sum = total.error = 0
    for k in range(count):
        total = add_exactly(total, sums[k])
        total.error += errors[k]
    return total
