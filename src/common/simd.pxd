cdef extern from "simd.h" nogil:
    ctypedef float real
    ctypedef float vec
    enum:
        LANES
        REAL_ELEMENT
        CONVERTS
        VECTOR_REGISTERS
        TILE_ROWS
        TILE_VECTORS
        SPAN
        TILE_REALS
        FILTER_ROWS
        FILTER_VECTORS
    vec load(const void* source)
    void store(void* target, vec value)
    real load_one(const void* source)
    void store_one(void* target, real value)
    void stream(real* target, vec value)
    void finish_streams()
    vec broadcast(real value)
    vec pin(vec value)
    vec multiply_add(vec accumulator, vec tap, vec x)
    void transpose(vec* rows)
    vec reverse(vec value)
    void load_pairs(const real* source, vec* re, vec* im)
    void store_pairs(real* target, vec re, vec im)
    void prefetch_to_read(const void* address)
    void prefetch_to_write(const void* address)
    void prefetch_for_later(const void* address)
