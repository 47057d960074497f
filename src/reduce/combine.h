/* One step of a reduction, for vectors and for single numbers: maximum, minimum or sum. */
#ifndef PYCONVOLVE_COMBINE_H
#define PYCONVOLVE_COMBINE_H

#include "simd.h"

/* Kinds of element types, and bytes of one, for the preprocessor, which takes the second
 * word of `long double` for 0. */
#define KIND_float 1
#define KIND_double 1
#define KIND_long 1 +
#define KIND_uint8_t 2
#define KIND_uint16_t 2
#define KIND_uint32_t 2
#define KIND_uint64_t 2
#define KIND_(type) KIND_##type
#define KIND(type) KIND_(type)
#define SIZE_float 4
#define SIZE_double 8
#define SIZE_long 16 +
#define SIZE_uint8_t 1
#define SIZE_uint16_t 2
#define SIZE_uint32_t 4
#define SIZE_uint64_t 8
#define SIZE_(type) SIZE_##type
#define SIZE(type) SIZE_(type)

/* Sums are of floats; floats have a sign, so the signed reductions are of integers. */
enum { SUM, MAX, MIN, SIGNED_MAX, SIGNED_MIN, REDUCTIONS };

#if KIND(REAL) == 2
#define INTEGER
#define TABLE(loop) \
    {NULL, loop##_MAX, loop##_MIN, loop##_SIGNED_MAX, loop##_SIGNED_MIN}
#else
#define TABLE(loop) {loop##_SUM, loop##_MAX, loop##_MIN, NULL, NULL}
#endif
/* Signed integers as long as the element type. */
#if SIZE(REAL) == 1
typedef int8_t signed_real;
#elif SIZE(REAL) == 2
typedef int16_t signed_real;
#elif SIZE(REAL) == 4
typedef int32_t signed_real;
#else
typedef int64_t signed_real;
#endif

#ifdef SCALAR
typedef int mask;
static inline vec choose(mask where, vec a, vec b) { return where ? a : b; }
#else
/* Results of comparisons. */
typedef signed_real mask __attribute__((vector_size(VECTOR_BYTES)));
static inline vec choose(mask where, vec a, vec b)
{
    return (vec)(((mask)a & where) | ((mask)b & ~where));
}
#endif

/* The same for one number. */
#if defined(__GNUC__) || defined(__clang__)
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#else
#define ALWAYS_INLINE static inline
#endif
ALWAYS_INLINE real combine_one(int reduction, real a, real b)
{
    if (reduction == SUM)
        return a + b;
#ifdef INTEGER
    if (reduction == SIGNED_MAX)
        return (signed_real)a > (signed_real)b ? a : b;
    if (reduction == SIGNED_MIN)
        return (signed_real)a < (signed_real)b ? a : b;
    return (reduction == MAX ? a > b : a < b) ? a : b;
#else
    /* a comparison with NaN is false, so b may be NaN */
    return ((reduction == MAX ? a > b : a < b) || a != a) ? a : b;
#endif
}

/* x86 has instructions for most types. */
#if !defined(SCALAR) && defined(__SSE4_1__) && VECTOR_BYTES <= 32
#if VECTOR_BYTES == 32
#define X86_(name) _mm256_##name
#else
#define X86_(name) _mm_##name
#endif
#define X86(name) X86_(name)
#if KIND(REAL) == 1
#define FLOAT_VECTORS
#if SIZE(REAL) == 4
#define PART(name) X86(name##_ps)
#define COMPARED X86(cmp_ps_mask)
#else
#define PART(name) X86(name##_pd)
#define COMPARED X86(cmp_pd_mask)
#endif
#elif SIZE(REAL) == 1
#define SIGNED_PART(name) X86(name##_epi8)
#define PART(name) X86(name##_epu8)
#elif SIZE(REAL) == 2
#define SIGNED_PART(name) X86(name##_epi16)
#define PART(name) X86(name##_epu16)
#elif SIZE(REAL) == 4
#define SIGNED_PART(name) X86(name##_epi32)
#define PART(name) X86(name##_epu32)
#elif defined(__AVX512VL__)
#define SIGNED_PART(name) X86(name##_epi64)
#define PART(name) X86(name##_epu64)
#endif
#if VECTOR_BYTES == 32
#define INTEGERS __m256i
#else
#define INTEGERS __m128i
#endif
#endif

ALWAYS_INLINE vec combine(int reduction, vec a, vec b)
{
#if defined(SCALAR)
    return combine_one(reduction, a, b);
#else
    if (reduction == SUM)
        return a + b;
#if defined(FLOAT_VECTORS) && defined(__AVX512VL__)
    /* these instructions return their second operand if either is NaN */
    if (reduction == MAX)
        return (vec)PART(mask_max)(a, COMPARED(a, a, _CMP_ORD_Q), a, b);
    return (vec)PART(mask_min)(a, COMPARED(a, a, _CMP_ORD_Q), a, b);
#elif defined(FLOAT_VECTORS)
    return choose(a != a, a, reduction == MAX ? (vec)PART(max)(a, b) : (vec)PART(min)(a, b));
#elif defined(SIGNED_PART)
    if (reduction == MAX)
        return (vec)PART(max)((INTEGERS)a, (INTEGERS)b);
    if (reduction == MIN)
        return (vec)PART(min)((INTEGERS)a, (INTEGERS)b);
    if (reduction == SIGNED_MAX)
        return (vec)SIGNED_PART(max)((INTEGERS)a, (INTEGERS)b);
    return (vec)SIGNED_PART(min)((INTEGERS)a, (INTEGERS)b);
#elif defined(INTEGER)
    if (reduction == MAX || reduction == MIN)
        return choose(reduction == MAX ? a > b : a < b, a, b);
    return choose(reduction == SIGNED_MAX ? (mask)a > (mask)b : (mask)a < (mask)b, a, b);
#else
    return choose((reduction == MAX ? a > b : a < b) | (a != a), a, b);
#endif
#endif
}

/* Whether b is the extremum, and a is not: of equal numbers, and of NaNs, the first one is. */
ALWAYS_INLINE int is_better_one(int reduction, real b, real a)
{
#ifdef INTEGER
    return a != b && combine_one(reduction, a, b) == b;
#else
    return (reduction == MAX ? b > a : b < a) || (b != b && a == a);
#endif
}

#ifdef SCALAR
#define is_better is_better_one
#else
ALWAYS_INLINE mask is_better(int reduction, vec b, vec a)
{
#ifdef INTEGER
    if (reduction == SIGNED_MAX)
        return (mask)b > (mask)a;
    if (reduction == SIGNED_MIN)
        return (mask)b < (mask)a;
    return (mask)(reduction == MAX ? b > a : b < a);
#else
    return ~(reduction == MAX ? b <= a : b >= a) & (a == a);
#endif
}
#endif

#endif
