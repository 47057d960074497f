/* Tiles of outputs along a line, in registers: a few vectors, side by side. */
#ifndef PYCONVOLVE_LINE_TILE_H
#define PYCONVOLVE_LINE_TILE_H

#include "operands.h"
#include "tile.h"

/* Vectors of a tile, and of the last tile of a line that has no more. */
#if VECTOR_REGISTERS == 32
#define WIDE 16
#else
#define WIDE 8
#endif
#define NARROW (WIDE / 2)
#define ALONG (NARROW * LANES)
/* Reals behind the last sample that may be read. */
#define BEYOND LANES

#if defined(__GNUC__) || defined(__clang__)
#define UNROLL_WIDE _Pragma("GCC unroll 32")
#else
#define UNROLL_WIDE
#endif

TILE_LOOP put_vectors(real *out, const vec *values, int vectors, int streams)
{
    if (streams) {
        UNROLL
        for (int v = 0; v < vectors; v++)
            stream(out + v * LANES, values[v]);
    } else {
        UNROLL
        for (int v = 0; v < vectors; v++)
            store(out + v * LANES, values[v]);
    }
}

/* Keeps an address in one register: GCC otherwise keeps those of all vectors of a tile, of which
 * some are then in memory. */
static inline const real *pin_address(const real *address)
{
#if defined(__GNUC__) && !defined(__clang__)
    __asm__("" : "+r"(address));
#endif
    return address;
}

#if defined(__AVX512VL__) && !defined(SCALAR) && VECTOR_BYTES == 32
#define SHUFFLES 1
#if BYTES_OF(REAL) == 4
#define ALIGN _mm256_alignr_epi32
#else
#define ALIGN _mm256_alignr_epi64
#endif
/* The vector that begins `shift` reals behind the first of two neighbours. */
static inline __attribute__((always_inline)) vec between(vec first, vec next, const int shift)
{
    const __m256i low = (__m256i)first, high = (__m256i)next;
    switch (shift) {
    case 1: return (vec)ALIGN(high, low, 1);
    case 2: return (vec)ALIGN(high, low, 2);
    case 3: return (vec)ALIGN(high, low, 3);
    case 4: return (vec)ALIGN(high, low, 4);
    case 5: return (vec)ALIGN(high, low, 5);
    case 6: return (vec)ALIGN(high, low, 6);
    case 7: return (vec)ALIGN(high, low, 7);
    default: return first;
    }
}
#else
#define SHUFFLES 0
#endif

/* Computes tiles of the reals `first` to `n` - 1. The last one begins earlier, unless it would
 * begin before the line. */
#define FOR_EACH_TILE(first, n, vectors, ...) \
    do { \
        for (Py_ssize_t j = (first); j < (n); j += (vectors) * LANES) { \
            if (j > (n) - (vectors) * LANES && (n) >= (vectors) * LANES) \
                j = (n) - (vectors) * LANES; \
            __VA_ARGS__; \
        } \
    } while (0)

#endif
