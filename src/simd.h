/* The vector type of the instruction set and element type being compiled.
 *
 * REAL is the element type. A compiler without vector types, or a type that no
 * vector unit knows (long double), gets LANES = 1, and `vec` is `real`.
 */
#ifndef PYCONVOLVE_SIMD_H
#define PYCONVOLVE_SIMD_H

#include <stdint.h>
#include <string.h>

/* The tile's loops unroll only where every inline function really is inlined. */
#if defined(__GNUC__) || defined(__clang__)
#undef CYTHON_INLINE
#define CYTHON_INLINE inline __attribute__((always_inline))
#endif

typedef REAL real;

/* The number of `real` among the element types of pack.pxd. */
#define REAL_ELEMENT \
    _Generic((real)0, uint16_t: 2, uint32_t: 4, uint64_t: 6, float: 9, double: 10, \
             long double: 11)

#if !defined(LANES) && (defined(__GNUC__) || defined(__clang__))
/* 64-byte vectors lose in direct convolution: nearly all their loads are
 * unaligned and split a cache line. */
#if defined(__AVX2__)
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

/* A tile of accumulators with one input vector and SPAN taps fills the register
 * file: 9 + 1 + 4 (5 for kernels of height 5) of 16 registers, 16 + 1 + 5 of 32.
 * More than the 8 accumulators that hide the latency of two FMA units. */
#if defined(__AVX512VL__) || defined(__aarch64__)
#define TILE_ROWS 8
#define TILE_VECTORS 2
#define SPAN 5
#else
#define TILE_ROWS 3
#define TILE_VECTORS 3
#define SPAN 4
#endif

#define TILE_REALS (TILE_ROWS * TILE_VECTORS * LANES)

static inline vec load(const real *from)
{
    vec value;
    memcpy(&value, from, sizeof value);
    return value;
}

static inline void store(real *to, vec value) { memcpy(to, &value, sizeof value); }

/* x - 0 is x for every x, so this is a plain broadcast; 0 + x is not, for x = -0. */
static inline vec broadcast(real x) { return x - (vec){0}; }

/* Keeps a loaded vector in its register; left alone, GCC loads it anew at each use. */
static inline vec keep(vec value)
{
#if !defined(SCALAR) && (defined(__x86_64__) || defined(__i386__))
    __asm__("" : "+x"(value));
#elif !defined(SCALAR) && defined(__aarch64__)
    __asm__("" : "+w"(value));
#endif
    return value;
}

static inline vec multiply_add(vec accumulator, vec tap, vec x)
{
#ifdef SCALAR
    return accumulator + 1u * tap * x; /* unsigned: narrow types promote to int */
#else
    return accumulator + tap * x;
#endif
}

#endif
