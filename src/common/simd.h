/* The vector type of the instruction set and element type being compiled.
 *
 * REAL is the element type, and REAL_ELEMENT its number in elements.h. LANES is 1, and
 * `vec` is `real`, if the compiler has no vector types, or no vector unit computes in the
 * type (long double).
 */
#ifndef PYCONVOLVE_SIMD_H
#define PYCONVOLVE_SIMD_H

#include "elements.h"
#include <stdint.h>
#include <string.h>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

/* The tile's loops unroll only where every inline function really is inlined. */
#if defined(__GNUC__) || defined(__clang__)
#undef CYTHON_INLINE
#define CYTHON_INLINE inline __attribute__((always_inline))
#endif

typedef REAL real;

/* The types of samples besides REAL that code is compiled for, a bit of each. */
#if !defined(CONVERTS)
#define CONVERTS (~0)
#endif

#if !defined(LANES) && (defined(__GNUC__) || defined(__clang__))
/* Vectors of 64 bytes are asked for by the build: in transforms, where they are aligned,
 * and in direct sums on CPUs with units of that width. Nearly all loads of direct sums are
 * unaligned and then split a cache line, which costs more than it gains elsewhere. */
#if defined(VECTOR_BYTES)
#elif defined(__AVX2__)
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16
#endif
#define LANES ((Py_ssize_t)(VECTOR_BYTES / sizeof(real)))
typedef REAL vec __attribute__((vector_size(VECTOR_BYTES)));
#else
#undef LANES
#define LANES ((Py_ssize_t)1)
#define SCALAR
typedef REAL vec;
#endif

/* Passes of a large radix hold their points in these. */
#if defined(__AVX512VL__) || defined(__aarch64__)
#define VECTOR_REGISTERS 32
#else
#define VECTOR_REGISTERS 16
#endif

/* A tile of accumulators with one input vector and SPAN taps fills the register file: 10 +
 * 1 + 5 of 16 registers, 16 + 1 + 5 of 32. More than the 8 accumulators that hide the
 * latency of two FMA units. A high tile loads less: (span + rows - 1) / (span rows)
 * vectors for each FMA, which pays where loads split cache lines. A wide one stores longer
 * runs of fewer rows, and conflicts less in caches where the distance of rows is a power
 * of two. Without FMA a product takes one more register. benchmarks/tiles.py compares
 * tiles. */
#if defined(TILE_ROWS)
#elif VECTOR_REGISTERS == 32 && !defined(SCALAR)
#if VECTOR_BYTES == 32
#define TILE_ROWS 4
#define TILE_VECTORS 4
#else
#define TILE_ROWS 8
#define TILE_VECTORS 2
#endif
#elif defined(__FMA__) && !defined(SCALAR)
#define TILE_ROWS 5
#define TILE_VECTORS 2
#else
#define TILE_ROWS 3
#define TILE_VECTORS 3
#endif
#if TILE_ROWS > 3
#define SPAN 5
#else
#define SPAN 4
#endif

#define TILE_REALS (TILE_ROWS * TILE_VECTORS * LANES)

/* A tile of filters: each input vector serves a tap of each filter. It loads a tap for
 * FILTER_VECTORS products, and needs registers for the input vectors and one tap. */
#if VECTOR_REGISTERS == 32 && !defined(SCALAR)
#define FILTER_ROWS 8
#else
#define FILTER_ROWS 4
#endif
#define FILTER_VECTORS 3

/* Vectors and single numbers at any address. That is why it is `void *`: of a `real *`
 * Clang assumes the alignment of `real`, in memcpy too. */
static inline vec load(const void *from)
{
    vec value;
    memcpy(&value, from, sizeof value);
    return value;
}

static inline void store(void *to, vec value) { memcpy(to, &value, sizeof value); }

static inline real load_one(const void *from)
{
    real value;
    memcpy(&value, from, sizeof value);
    return value;
}

static inline void store_one(void *to, real value) { memcpy(to, &value, sizeof value); }

/* x - 0 is x for every x, so this is a plain broadcast; 0 + x is not, for x = -0. */
static inline vec broadcast(real x) { return x - (vec){0}; }

/* Pins a vector to a register. */
static inline vec pin(vec value)
{
#if !defined(SCALAR) && defined(__AVX512VL__)
    __asm__("" : "+v"(value)); /* any of 32 registers */
#elif !defined(SCALAR) && (defined(__x86_64__) || defined(__i386__))
    __asm__("" : "+x"(value));
#elif !defined(SCALAR) && defined(__aarch64__)
    __asm__("" : "+w"(value));
#endif
    return value;
}

/* Stores at an address aligned to vectors go past the caches, whose lines they would
 * else have to read first; finish_streams, before other threads look. */
#if !defined(SCALAR) && defined(__SSE2__)
static inline void stream(real *to, vec value)
{
#if VECTOR_BYTES == 64
    _mm512_stream_ps((float *)to, (__m512)value);
#elif VECTOR_BYTES == 32
    _mm256_stream_ps((float *)to, (__m256)value);
#else
    _mm_stream_ps((float *)to, (__m128)value);
#endif
}
#define finish_streams() _mm_sfence()
#else
#define stream(to, value) store(to, value)
#define finish_streams() ((void)0)
#endif

#if defined(__GNUC__) || defined(__clang__)
#define prefetch_to_read(address) __builtin_prefetch((address), 0)
#define prefetch_to_write(address) __builtin_prefetch((address), 1)
#define prefetch_for_later(address) __builtin_prefetch((address), 0, 2)
#else
#define prefetch_to_read(address) ((void)(address))
#define prefetch_to_write(address) ((void)(address))
#define prefetch_for_later(address) ((void)(address))
#endif

static inline vec multiply_add(vec accumulator, vec tap, vec x)
{
#ifdef SCALAR
    return accumulator + 1u * tap * x; /* unsigned: narrow types promote to int */
#else
    return accumulator + tap * x;
#endif
}

/* Bytes of the element type, for the preprocessor. */
#define BYTES_OF_float 4
#define BYTES_OF_double 8
#define BYTES_OF_uint8_t 1
#define BYTES_OF_uint16_t 2
#define BYTES_OF_uint32_t 4
#define BYTES_OF_uint64_t 8
#define BYTES_OF_(type) BYTES_OF_##type
#define BYTES_OF(type) BYTES_OF_(type)

/* Transposes LANES vectors: neighbours, pairs, then halves of registers change places,
 * each by shuffles that are one instruction. */
#if defined(SCALAR)
static inline void transpose(vec *rows) { (void)rows; }
#else
#define EXCHANGE(rows, i, j, low, high) \
    do { \
        vec a_ = (rows)[i], b_ = (rows)[j]; \
        (rows)[i] = __builtin_shufflevector(a_, b_, low); \
        (rows)[j] = __builtin_shufflevector(a_, b_, high); \
    } while (0)
#define LIST(...) __VA_ARGS__

#if VECTOR_BYTES == 64 && BYTES_OF(REAL) == 4
#define NEIGHBOURS_LOW 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29
#define NEIGHBOURS_HIGH 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31
#define TWOS_LOW 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29
#define TWOS_HIGH 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31
#define QUARTERS_EVEN 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27
#define QUARTERS_ODD 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31
static inline void transpose(vec *rows)
{
    for (int i = 0; i < 16; i += 2)
        EXCHANGE(rows, i, i + 1, LIST(NEIGHBOURS_LOW), LIST(NEIGHBOURS_HIGH));
    for (int i = 0; i < 16; i += 4) {
        EXCHANGE(rows, i, i + 2, LIST(TWOS_LOW), LIST(TWOS_HIGH));
        EXCHANGE(rows, i + 1, i + 3, LIST(TWOS_LOW), LIST(TWOS_HIGH));
    }
    for (int i = 0; i < 4; i++) {
        EXCHANGE(rows, i, i + 4, LIST(QUARTERS_EVEN), LIST(QUARTERS_ODD));
        EXCHANGE(rows, i + 8, i + 12, LIST(QUARTERS_EVEN), LIST(QUARTERS_ODD));
        EXCHANGE(rows, i, i + 8, LIST(QUARTERS_EVEN), LIST(QUARTERS_ODD));
        EXCHANGE(rows, i + 4, i + 12, LIST(QUARTERS_EVEN), LIST(QUARTERS_ODD));
    }
    for (int i = 0; i < 16; i += 4) {
        vec middle = rows[i + 1];
        rows[i + 1] = rows[i + 2];
        rows[i + 2] = middle;
    }
}
#elif VECTOR_BYTES == 64 && BYTES_OF(REAL) == 8
#define NEIGHBOURS_LOW 0, 8, 2, 10, 4, 12, 6, 14
#define NEIGHBOURS_HIGH 1, 9, 3, 11, 5, 13, 7, 15
#define QUARTERS_EVEN 0, 1, 4, 5, 8, 9, 12, 13
#define QUARTERS_ODD 2, 3, 6, 7, 10, 11, 14, 15
static inline void transpose(vec *rows)
{
    for (int i = 0; i < 8; i += 2)
        EXCHANGE(rows, i, i + 1, LIST(NEIGHBOURS_LOW), LIST(NEIGHBOURS_HIGH));
    for (int i = 0; i < 2; i++) {
        EXCHANGE(rows, i, i + 2, LIST(QUARTERS_EVEN), LIST(QUARTERS_ODD));
        EXCHANGE(rows, i + 4, i + 6, LIST(QUARTERS_EVEN), LIST(QUARTERS_ODD));
        EXCHANGE(rows, i, i + 4, LIST(QUARTERS_EVEN), LIST(QUARTERS_ODD));
        EXCHANGE(rows, i + 2, i + 6, LIST(QUARTERS_EVEN), LIST(QUARTERS_ODD));
    }
}
#elif VECTOR_BYTES == 32 && BYTES_OF(REAL) == 4
static inline void transpose(vec *rows)
{
    vec sorted[8];
    for (int i = 0; i < 8; i += 2)
        EXCHANGE(rows, i, i + 1, LIST(0, 8, 1, 9, 4, 12, 5, 13), LIST(2, 10, 3, 11, 6, 14, 7, 15));
    for (int i = 0; i < 8; i += 4) {
        EXCHANGE(rows, i, i + 2, LIST(0, 1, 8, 9, 4, 5, 12, 13), LIST(2, 3, 10, 11, 6, 7, 14, 15));
        EXCHANGE(rows, i + 1, i + 3, LIST(0, 1, 8, 9, 4, 5, 12, 13), LIST(2, 3, 10, 11, 6, 7, 14, 15));
    }
    for (int i = 0; i < 4; i++)
        EXCHANGE(rows, i, i + 4, LIST(0, 1, 2, 3, 8, 9, 10, 11), LIST(4, 5, 6, 7, 12, 13, 14, 15));
    for (int i = 0; i < 8; i++)
        sorted[i] = rows[(i & 4) | (i & 1) << 1 | (i & 2) >> 1];
    for (int i = 0; i < 8; i++)
        rows[i] = sorted[i];
}
#elif VECTOR_BYTES == 32 && BYTES_OF(REAL) == 8
static inline void transpose(vec *rows)
{
    EXCHANGE(rows, 0, 1, LIST(0, 4, 2, 6), LIST(1, 5, 3, 7));
    EXCHANGE(rows, 2, 3, LIST(0, 4, 2, 6), LIST(1, 5, 3, 7));
    EXCHANGE(rows, 0, 2, LIST(0, 1, 4, 5), LIST(2, 3, 6, 7));
    EXCHANGE(rows, 1, 3, LIST(0, 1, 4, 5), LIST(2, 3, 6, 7));
}
#elif VECTOR_BYTES == 16 && BYTES_OF(REAL) == 4
static inline void transpose(vec *rows)
{
    vec middle;
    EXCHANGE(rows, 0, 1, LIST(0, 4, 1, 5), LIST(2, 6, 3, 7));
    EXCHANGE(rows, 2, 3, LIST(0, 4, 1, 5), LIST(2, 6, 3, 7));
    EXCHANGE(rows, 0, 2, LIST(0, 1, 4, 5), LIST(2, 3, 6, 7));
    EXCHANGE(rows, 1, 3, LIST(0, 1, 4, 5), LIST(2, 3, 6, 7));
    middle = rows[1];
    rows[1] = rows[2];
    rows[2] = middle;
}
#elif VECTOR_BYTES == 16 && BYTES_OF(REAL) == 8
static inline void transpose(vec *rows)
{
    EXCHANGE(rows, 0, 1, LIST(0, 2), LIST(1, 3));
}
#else
static inline void transpose(vec *rows)
{
    real square[LANES][LANES], lanes[LANES];
    memcpy(square, rows, sizeof square);
    for (int i = 0; i < LANES; i++) {
        for (int j = 0; j < LANES; j++)
            lanes[j] = square[j][i];
        memcpy(rows + i, lanes, sizeof lanes);
    }
}
#endif
#endif

/* Lanes of a vector, the last one first. Lanes of two vectors: one of each in turn; the even
 * ones; the odd ones. */
#if defined(SCALAR)
#elif VECTOR_BYTES == 32 * BYTES_OF(REAL)
#define REVERSED \
    31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, \
    15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0
#define FIRST_PAIRS \
    0, 32, 1, 33, 2, 34, 3, 35, 4, 36, 5, 37, 6, 38, 7, 39, 8, 40, 9, 41, 10, 42, 11, 43, 12, 44, \
    13, 45, 14, 46, 15, 47
#define LAST_PAIRS \
    16, 48, 17, 49, 18, 50, 19, 51, 20, 52, 21, 53, 22, 54, 23, 55, 24, 56, 25, 57, 26, 58, 27, \
    59, 28, 60, 29, 61, 30, 62, 31, 63
#define EVEN \
    0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36, 38, 40, 42, 44, 46, 48, \
    50, 52, 54, 56, 58, 60, 62
#define ODD \
    1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31, 33, 35, 37, 39, 41, 43, 45, 47, 49, \
    51, 53, 55, 57, 59, 61, 63
#elif VECTOR_BYTES == 16 * BYTES_OF(REAL)
#define REVERSED 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0
#define FIRST_PAIRS 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define LAST_PAIRS 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#define EVEN 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
#define ODD 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31
#elif VECTOR_BYTES == 8 * BYTES_OF(REAL)
#define REVERSED 7, 6, 5, 4, 3, 2, 1, 0
#define FIRST_PAIRS 0, 8, 1, 9, 2, 10, 3, 11
#define LAST_PAIRS 4, 12, 5, 13, 6, 14, 7, 15
#define EVEN 0, 2, 4, 6, 8, 10, 12, 14
#define ODD 1, 3, 5, 7, 9, 11, 13, 15
#elif VECTOR_BYTES == 4 * BYTES_OF(REAL)
#define REVERSED 3, 2, 1, 0
#define FIRST_PAIRS 0, 4, 1, 5
#define LAST_PAIRS 2, 6, 3, 7
#define EVEN 0, 2, 4, 6
#define ODD 1, 3, 5, 7
#elif VECTOR_BYTES == 2 * BYTES_OF(REAL)
#define REVERSED 1, 0
#define FIRST_PAIRS 0, 2
#define LAST_PAIRS 1, 3
#define EVEN 0, 2
#define ODD 1, 3
#endif

static inline vec reverse(vec value)
{
#ifdef REVERSED
    return __builtin_shufflevector(value, value, REVERSED);
#else
    return value;
#endif
}

/* Real and imaginary parts of LANES complex numbers, from and to memory. */
static inline void load_pairs(const real *from, vec *re, vec *im)
{
    vec first = load(from), last = load(from + LANES);
#ifdef EVEN
    *re = __builtin_shufflevector(first, last, EVEN);
    *im = __builtin_shufflevector(first, last, ODD);
#else
    *re = first;
    *im = last;
#endif
}

static inline void store_pairs(real *to, vec re, vec im)
{
#ifdef EVEN
    store(to, __builtin_shufflevector(re, im, FIRST_PAIRS));
    store(to + LANES, __builtin_shufflevector(re, im, LAST_PAIRS));
#else
    store(to, re);
    store(to + LANES, im);
#endif
}

#endif
