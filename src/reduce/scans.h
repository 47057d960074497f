/* Windows that are longer than a row: suffixes and prefixes of blocks, number by number. */
#ifndef PYCONVOLVE_SCANS_H
#define PYCONVOLVE_SCANS_H

#include "combine.h"

/* Sums of many float32 are added in double precision. */
#if !defined(INTEGER) && SIZE(REAL) == 4
typedef double wide;
#else
typedef real wide;
#endif

ALWAYS_INLINE wide combine_wide(int reduction, wide a, wide b)
{
#ifdef INTEGER
    return combine_one(reduction, a, b);
#else
    if (reduction == SUM)
        return a + b;
    return ((reduction == MAX ? a > b : a < b) || a != a) ? a : b;
#endif
}

/* out[i] = all reals from i step on, and `carry` behind them, if it has one; then `carry`
 * is the first of these. */
ALWAYS_INLINE void scan_suffixes(
    int reduction, char *out, const char *row, Py_ssize_t step, Py_ssize_t n, char *carry,
    int has_carry)
{
    wide acc = 0;
    if (has_carry)
        memcpy(&acc, carry, sizeof acc);
    for (Py_ssize_t i = n - 1; i >= 0; i--) {
        for (Py_ssize_t t = step - 1; t >= 0; t--) {
            const wide x = load_one(row + (i * step + t) * (Py_ssize_t)sizeof(real));
            acc = has_carry ? combine_wide(reduction, acc, x) : x;
            has_carry = 1;
        }
        store_one(out + i * (Py_ssize_t)sizeof(real), (real)acc);
    }
    memcpy(carry, &acc, sizeof acc);
}

/* out[i] = out[i], `carry` and the reals up to (i + 1) step; then `carry` is the last of
 * these without out[i]. */
ALWAYS_INLINE void scan_prefixes(
    int reduction, char *out, const char *row, Py_ssize_t step, Py_ssize_t n, char *carry,
    int has_carry)
{
    wide acc = 0;
    if (has_carry)
        memcpy(&acc, carry, sizeof acc);
    for (Py_ssize_t i = 0; i < n; i++) {
        const Py_ssize_t at = i * (Py_ssize_t)sizeof(real);
        for (Py_ssize_t t = 0; t < step; t++) {
            const wide x = load_one(row + (i * step + t) * (Py_ssize_t)sizeof(real));
            acc = has_carry ? combine_wide(reduction, acc, x) : x;
            has_carry = 1;
        }
        if (has_carry)
            store_one(out + at, (real)combine_wide(reduction, load_one(out + at), acc));
    }
    memcpy(carry, &acc, sizeof acc);
}

typedef void (*Scan)(
    char *out, const char *row, Py_ssize_t step, Py_ssize_t n, char *carry, int has_carry);

#define DEFINE_SCANS(reduction) \
    static void suffixes_##reduction( \
        char *out, const char *row, Py_ssize_t step, Py_ssize_t n, char *carry, int has_carry) \
    { \
        scan_suffixes(reduction, out, row, step, n, carry, has_carry); \
    } \
    static void prefixes_##reduction( \
        char *out, const char *row, Py_ssize_t step, Py_ssize_t n, char *carry, int has_carry) \
    { \
        scan_prefixes(reduction, out, row, step, n, carry, has_carry); \
    }

DEFINE_SCANS(MAX)
DEFINE_SCANS(MIN)
#ifdef INTEGER
DEFINE_SCANS(SIGNED_MAX)
DEFINE_SCANS(SIGNED_MIN)
#else
DEFINE_SCANS(SUM)
#endif

/* By reduction; NULL: the element type has no such reduction. */
static const Scan SCAN_SUFFIXES[REDUCTIONS] = TABLE(suffixes);
static const Scan SCAN_PREFIXES[REDUCTIONS] = TABLE(prefixes);

#endif
