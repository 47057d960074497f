"""The FMA peak of one core, to which the speed of compiled modules is compared."""

from common.simd cimport LANES, broadcast, multiply_add, pin, real, store, vec

cdef enum:
    CHAINS = 12         # independent sums: at least the latency of an FMA times the number of units


def run(Py_ssize_t rounds):
    """Multiply and add in registers; return the number of operations."""
    cdef vec sums[CHAINS]
    cdef vec one = broadcast(<real>1), tap
    cdef real last[64]
    cdef Py_ssize_t _i
    cdef int k
    with nogil:
        for k in range(CHAINS):
            sums[k] = broadcast(<real>k)
        for _i in range(rounds):
            # unknown to the compiler in every round, or the product is taken out
            tap = pin(one)
            for k in range(CHAINS):
                sums[k] = multiply_add(sums[k], tap, one)
        for k in range(1, CHAINS):
            sums[0] = sums[0] + sums[k]
        store(last, sums[0])
    return 2 * CHAINS * LANES * rounds if last[0] else 0
