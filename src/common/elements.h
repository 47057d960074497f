/* Types of samples, and ways to store results: the only lists of them.
 *
 * A row has a number, a name in Python and, of a type, a C type of that size. Integers
 * come first. They have three ways to store each: sums that are rounded to integers are
 * taken modulo the range of the type, or clipped to it; or sums are cut to integers.
 */
#ifndef PYCONVOLVE_ELEMENTS_H
#define PYCONVOLVE_ELEMENTS_H

#include <stdint.h>

#define FOR_EACH_INTEGER(row) \
    row(UINT8, "uint8", uint8_t) \
    row(INT8, "int8", int8_t) \
    row(UINT16, "uint16", uint16_t) \
    row(INT16, "int16", int16_t) \
    row(UINT32, "uint32", uint32_t) \
    row(INT32, "int32", int32_t) \
    row(UINT64, "uint64", uint64_t) \
    row(INT64, "int64", int64_t)

#define FOR_EACH_ELEMENT(row) \
    FOR_EACH_INTEGER(row) \
    row(FLOAT16, "float16", uint16_t) \
    row(FLOAT32, "float32", float) \
    row(FLOAT64, "float64", double) \
    row(LONGDOUBLE, "longdouble", long double)

/* How a computed number becomes a sample of the output. */
#define FOR_EACH_STORING(row) \
    row(SAME, "same", ) \
    row(TRUTH, "truth", ) \
    row(BYTE, "byte", ) \
    row(HALF, "half", ) \
    row(SINGLE, "single", )

#define NUMBER_OF_ROW(number, name, type) number,
#define NAME_OF_ROW(number, name, type) name,
#define BYTES_OF_ROW(number, name, type) sizeof(type),
#define NUMBER_OF_WRAP(number, name, type) WRAP_##number,
#define NUMBER_OF_CLIP(number, name, type) CLIP_##number,
#define NUMBER_OF_CUT(number, name, type) CUT_##number,
#define NAME_OF_WRAP(number, name, type) "wrap " name,
#define NAME_OF_CLIP(number, name, type) "clip " name,
#define NAME_OF_CUT(number, name, type) "cut " name,
enum { FOR_EACH_ELEMENT(NUMBER_OF_ROW) ELEMENTS };
/* `WRAP_UINT8 + element` and the like, with the number of an integer type */
enum {
    FOR_EACH_STORING(NUMBER_OF_ROW)
    FOR_EACH_INTEGER(NUMBER_OF_WRAP)
    FOR_EACH_INTEGER(NUMBER_OF_CLIP)
    FOR_EACH_INTEGER(NUMBER_OF_CUT)
    CUT_TRUTH,
    STORINGS
};
static const char *const ELEMENT_NAMES[] = {FOR_EACH_ELEMENT(NAME_OF_ROW)};
static const char *const STORING_NAMES[] = {
    FOR_EACH_STORING(NAME_OF_ROW) FOR_EACH_INTEGER(NAME_OF_WRAP) FOR_EACH_INTEGER(NAME_OF_CLIP)
    FOR_EACH_INTEGER(NAME_OF_CUT) "cut bool",
};
static const uint8_t ELEMENT_BYTES[] = {FOR_EACH_ELEMENT(BYTES_OF_ROW)};

#endif
