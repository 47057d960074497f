/* Sums as whole numbers.
 *
 * Integers are computed modulo a power of two, in an unsigned type. A sum that fits the
 * signed type of that width is the number with the same bits. Sums in single precision fit
 * 32 bits: they are below 2^24, or they would not be accurate to one. Other sums may have
 * any magnitude, and stay floating-point numbers.
 */
#ifndef PYCONVOLVE_NARROW_H
#define PYCONVOLVE_NARROW_H

#include "simd.h"
#include <math.h>

#define WHOLE_float int32_t
#define WHOLE_double double
#define WHOLE_long long /* the first word of long double */
#define WHOLE_uint8_t int8_t
#define WHOLE_uint16_t int16_t
#define WHOLE_uint32_t int32_t
#define WHOLE_uint64_t int64_t
#define WHOLE_(type) WHOLE_##type
#define WHOLE_OF(type) WHOLE_(type)
typedef WHOLE_OF(REAL) whole;

/* The type that sums are cut in; there are none of integers. */
#define CUT_float float
#define CUT_double double
#define CUT_long long
#define CUT_uint8_t double
#define CUT_uint16_t double
#define CUT_uint32_t double
#define CUT_uint64_t double
#define CUT_(type) CUT_##type
#define CUT_OF(type) CUT_(type)
typedef CUT_OF(REAL) cut_real;

/* Whether whole numbers are floating-point numbers. */
#define FLOATING ((whole)0.5 != 0)
/* The largest whole number, if they are integers. */
#define LARGEST_WHOLE \
    (sizeof(whole) < 8 ? ((int64_t)1 << (8 * sizeof(whole) % 64 - 1)) - 1 : INT64_MAX)

/* The nearest whole number; of two, the even one. */
static inline whole nearest(real value)
{
    if ((real)0.5 == 0)
        return (whole)value;
    if (sizeof value == sizeof(float))
        return (whole)rintf((float)value);
    if (sizeof value == sizeof(double))
        return (whole)rint((double)value);
    return (whole)rintl((long double)value);
}

static inline whole larger(whole a, whole b) { return a > b ? a : b; }
static inline whole smaller(whole a, whole b) { return a < b ? a : b; }

/* NaN becomes 0. Compilers warn of integers that are compared to themselves. */
static inline whole without_nan(whole value)
{
    whole same = value;
    return value == same ? value : 0;
}

/* Two to the power `bits`, if whole numbers are floating-point numbers. */
static inline whole power_of_two(int bits)
{
    return FLOATING ? 2 * (whole)((uint64_t)1 << (bits - 1)) : 0;
}

/* The remainder of a division by a power of two, from zero on. It is exact; of what is not
 * finite it is 0. */
static inline whole remainder_of(whole value, whole divisor)
{
    whole quotient = FLOATING ? value * (1 / divisor) : 0;
    if (sizeof value == sizeof(double))
        quotient = (whole)floor((double)quotient);
    else
        quotient = (whole)floorl((long double)quotient);
    return without_nan(value - quotient * divisor);
}

/* Sums cut toward zero, as C casts them on x86.
 *
 * Integers wrap around. Numbers that no int32 has, where it is cast to 32 bits or less,
 * become the smallest int32, which ends in zeros; those that no int64 has, the smallest
 * int64. So scipy.ndimage stores its results there; here they are the same on any CPU. A sum
 * that misses an integer by less than `rounding` is not cut to the one before. */
static inline cut_real raised(real value, double rounding)
{
    return (cut_real)value + (cut_real)(value < 0 ? -rounding : rounding);
}

static inline int32_t cut_to_int32(real sum, double rounding)
{
    cut_real value = raised(sum, rounding);
    /* floats round the first bound to one that has the same result */
    return value > (cut_real)-2147483649.0 && value < (cut_real)2147483648.0 ? (int32_t)value
                                                                             : INT32_MIN;
}

static inline int64_t to_int64(cut_real value)
{
    return value >= -(cut_real)0x1p63 && value < (cut_real)0x1p63 ? (int64_t)value : INT64_MIN;
}

static inline int64_t cut_to_int64(real sum, double rounding)
{
    return to_int64(raised(sum, rounding));
}

static inline uint64_t cut_to_uint64(real sum, double rounding)
{
    cut_real value = raised(sum, rounding);
    if (value >= (cut_real)0x1p63)
        return (uint64_t)to_int64(value - (cut_real)0x1p63) ^ UINT64_C(1) << 63;
    return (uint64_t)to_int64(value);
}

#endif
