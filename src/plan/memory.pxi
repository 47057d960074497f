# How much of an array is in memory and not in the caches, by its size.

cdef struct Memory:
    double cached_bytes             # of an array: up to this size all of it stays in caches
    double uncached_bytes           # of an array: from this size on none of it stays there
    double pool_bytes               # of freed results that serve later ones, at most


cdef inline double share_of_misses(const Memory* memory, double size) noexcept nogil:
    """Share of an array of `size` bytes that no cache holds."""
    cdef double doublings
    if size <= memory.cached_bytes:
        return 0
    doublings = log2(memory.uncached_bytes / memory.cached_bytes)
    return min(1, log2(size / memory.cached_bytes) / doublings)
