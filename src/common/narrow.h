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

#endif
