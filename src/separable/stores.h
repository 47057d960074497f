/* Reals as numbers of other types, cut toward zero, as C casts them on x86.
 *
 * Integers wrap around. Numbers that no int32 has, where it is cast to 32 bits or less,
 * become the smallest int32, which ends in zeros; those that no int64 has, the smallest
 * int64. So scipy.ndimage stores its results there; here they are the same on any CPU.
 */
#ifndef PYCONVOLVE_STORES_H
#define PYCONVOLVE_STORES_H

#include "simd.h"

static inline int32_t to_int32(double value)
{
    return value > -2147483649.0 && value < 2147483648.0 ? (int32_t)value : INT32_MIN;
}

static inline int64_t to_int64(double value)
{
    return value >= -0x1p63 && value < 0x1p63 ? (int64_t)value : INT64_MIN;
}

static inline uint64_t to_uint64(double value)
{
    if (value >= 0x1p63)
        return (uint64_t)to_int64(value - 0x1p63) ^ UINT64_C(1) << 63;
    return (uint64_t)to_int64(value);
}

/* A row has the element's number, its type, and what a real is cast to first. */
#define FOR_EACH_INTEGER(row) \
    row(UINT8, uint8_t, to_int32) \
    row(INT8, int8_t, to_int32) \
    row(UINT16, uint16_t, to_int32) \
    row(INT16, int16_t, to_int32) \
    row(UINT32, uint32_t, to_int64) \
    row(INT32, int32_t, to_int32) \
    row(UINT64, uint64_t, to_uint64) \
    row(INT64, int64_t, to_int64)

/* A number of which an integer remains if it misses that one by less than `rounding`. */
static inline double raised(double value, double rounding)
{
    return value + (value < 0 ? -rounding : rounding);
}

#define ROUND_ROW(element, type, cast) \
    case element: \
        for (Py_ssize_t i = 0; i < n; i++) \
            row[i] = (real)(type)cast(raised((double)row[i], rounding)); \
        break;

#define STORE_ROW(element, type, cast) \
    case element: \
        if (pitch == 1 && stride == (Py_ssize_t)sizeof(type)) { \
            for (Py_ssize_t i = 0; i < count; i++) { \
                type value = (type)cast(raised((double)row[i], rounding)); \
                memcpy(target + i * (Py_ssize_t)sizeof(type), &value, sizeof value); \
            } \
        } else { \
            for (Py_ssize_t i = 0; i < count; i++) { \
                type value = (type)cast(raised((double)row[i * pitch], rounding)); \
                memcpy(target + i * stride, &value, sizeof value); \
            } \
        } \
        break;

/* Makes reals integers of a type; truth values are bytes here. */
static void cut_row(Py_ssize_t element, real *row, Py_ssize_t n, double rounding)
{
    switch (element) {
        FOR_EACH_INTEGER(ROUND_ROW)
        ROUND_ROW(ELEMENTS, uint8_t, to_int32)
    }
}

/* Stores `count` reals, `pitch` reals apart, as integers, `stride` bytes apart. */
static void store_cut(
    Py_ssize_t element, char *target, Py_ssize_t stride, const real *row, Py_ssize_t pitch,
    Py_ssize_t count, double rounding)
{
    switch (element) {
        FOR_EACH_INTEGER(STORE_ROW)
    case ELEMENTS: /* truth values: those of bytes */
        for (Py_ssize_t i = 0; i < count; i++)
            target[i * stride] = (uint8_t)to_int32(raised((double)row[i * pitch], rounding)) != 0;
    }
}

#endif
