/* Where extrema stand: the first row that has them, indices, and sums at indices. */
#ifndef PYCONVOLVE_PLACES_H
#define PYCONVOLVE_PLACES_H

#include "loops.h"

#ifndef SCALAR
/* The extremum of vectors of `count` rows, and the numbers of the first rows that have it. */
ALWAYS_INLINE void first_part(
    int reduction, int vectors, Py_ssize_t at, char *out, int *taps, const char **rows,
    Py_ssize_t count)
{
    vec best[4];
    mask number[4], next = {0};
    signed_real lanes[LANES];
    UNROLL
    for (int v = 0; v < vectors; v++) {
        best[v] = load(rows[0] + at + v * VECTOR);
        number[v] = next;
    }
    for (Py_ssize_t t = 1; t < count; t++) {
        next += 1;
        UNROLL
        for (int v = 0; v < vectors; v++) {
            vec x = load(rows[t] + at + v * VECTOR);
            mask where = is_better(reduction, x, best[v]);
            best[v] = choose(where, x, best[v]);
            number[v] = (next & where) | (number[v] & ~where);
        }
    }
    taps += at / (Py_ssize_t)sizeof(real);
    UNROLL
    for (int v = 0; v < vectors; v++) {
        store(out + at + v * VECTOR, best[v]);
        memcpy(lanes, &number[v], sizeof lanes);
        for (Py_ssize_t i = 0; i < LANES; i++)
            taps[v * LANES + i] = (int)lanes[i];
    }
}
#endif

/* out = the extremum of `count` rows, taps = the number of the first row that has it, for
 * whole vectors. */
ALWAYS_INLINE void find_first(
    int reduction, char *out, int *taps, const char **rows, Py_ssize_t count, Py_ssize_t n)
{
#ifndef SCALAR
    const Py_ssize_t end = n * (Py_ssize_t)sizeof(real);
    Py_ssize_t at = 0;
    for (; at + 4 * VECTOR <= end; at += 4 * VECTOR)
        first_part(reduction, 4, at, out, taps, rows, count);
    for (; at < end; at += VECTOR)
        first_part(reduction, 1, at, out, taps, rows, count);
#else
    for (Py_ssize_t i = 0; i < n; i++) {
        const Py_ssize_t at = i * (Py_ssize_t)sizeof(real);
        real best = load_one(rows[0] + at);
        taps[i] = 0;
        for (Py_ssize_t t = 1; t < count; t++) {
            real x = load_one(rows[t] + at);
            if (is_better_one(reduction, x, best)) {
                best = x;
                taps[i] = (int)t;
            }
        }
        store_one(out + at, best);
    }
#endif
}

/* out = the better one of out and row, whose numbers of taps are `first` less. */
ALWAYS_INLINE void merge_first(
    int reduction, char *out, int *taps, const char *row, const int *row_taps, int first,
    Py_ssize_t n)
{
    for (Py_ssize_t i = 0; i < n; i++) {
        const Py_ssize_t at = i * (Py_ssize_t)sizeof(real);
        if (is_better_one(reduction, load_one(row + at), load_one(out + at))) {
            store_one(out + at, load_one(row + at));
            taps[i] = row_taps[i] + first;
        }
    }
}

/* indices = first + step i + the index of tap taps[i], `stride` bytes apart. */
static void write_indices(
    char *indices, Py_ssize_t stride, const int *taps, const Py_ssize_t *index,
    Py_ssize_t first, Py_ssize_t step, Py_ssize_t n)
{
    if (stride == (Py_ssize_t)sizeof(int64_t)) {
        int64_t *restrict out = (int64_t *)indices;
        for (Py_ssize_t i = 0; i < n; i++)
            out[i] = first + step * i + index[taps[i]];
    } else {
        for (Py_ssize_t i = 0; i < n; i++)
            *(int64_t *)(indices + i * stride) = first + step * i + index[taps[i]];
    }
}

/* Whether two numbers are equal, or both NaN. */
#ifdef INTEGER
#define ALIKE(a, b) ((a) == (b))
#else
#define ALIKE(a, b) (((a) == (b)) | (((a) != (a)) & ((b) != (b))))
#endif

#ifndef SCALAR
/* Whether any lane is not zero. */
ALWAYS_INLINE int any_lane(mask lanes)
{
    uint64_t words[VECTOR_BYTES / 8], all = 0;
    memcpy(words, &lanes, sizeof words);
    UNROLL
    for (int i = 0; i < VECTOR_BYTES / 8; i++)
        all |= words[i];
    return all != 0;
}
#endif

/* The first of `n` reals, `stride` bytes apart, that is `value`, or NaN if that is NaN;
 * -1: there is none. */
static Py_ssize_t find_value(
    const char *row, Py_ssize_t stride, Py_ssize_t n, const char *value)
{
    const real x = load_one(value);
    Py_ssize_t i = 0;
#ifndef SCALAR
    if (stride == (Py_ssize_t)sizeof(real)) {
        const vec all = broadcast(x);
        for (; i + LANES <= n; i += LANES) {
            const vec y = load(row + i * stride);
            if (any_lane((mask)ALIKE(y, all)))
                break;
        }
    }
#endif
    for (; i < n; i++) {
        const real y = load_one(row + i * stride);
        if (ALIKE(y, x))
            return i;
    }
    return -1;
}

/* Adds each number to the one of `limit` numbers that its index names; -1 names none.
 * Returns how many indices are wrong. */
static Py_ssize_t add_at(
    char *out, Py_ssize_t limit, const int64_t *indices, const char *numbers, Py_ssize_t n)
{
    real *sums = (real *)out;
    const real *x = (const real *)numbers;
    Py_ssize_t wrong = 0;
    for (Py_ssize_t i = 0; i < n; i++) {
        const int64_t at = indices[i];
        if (at >= 0 && at < limit)
            sums[at] += x[i];
        else if (at != -1)
            wrong++;
    }
    return wrong;
}

/* A row is found first, or merged. */
typedef void (*FindFirst)(
    char *out, int *taps, const char **rows, Py_ssize_t count, Py_ssize_t n);
typedef void (*MergeFirst)(
    char *out, int *taps, const char *row, const int *row_taps, int first, Py_ssize_t n);
#define DEFINE_FIRST(reduction) \
    static void first_##reduction( \
        char *out, int *taps, const char **rows, Py_ssize_t count, Py_ssize_t n) \
    { \
        find_first(reduction, out, taps, rows, count, n); \
    } \
    static void merge_##reduction( \
        char *out, int *taps, const char *row, const int *row_taps, int first, Py_ssize_t n) \
    { \
        merge_first(reduction, out, taps, row, row_taps, first, n); \
    }

DEFINE_FIRST(MAX)
DEFINE_FIRST(MIN)
#ifdef INTEGER
DEFINE_FIRST(SIGNED_MAX)
DEFINE_FIRST(SIGNED_MIN)
#define ORDERED TABLE
#else
#define ORDERED(loop) {NULL, loop##_MAX, loop##_MIN, NULL, NULL}
#endif

/* By reduction; NULL: the element type has no such reduction. */
static const FindFirst FIND_FIRST[REDUCTIONS] = ORDERED(first);
static const MergeFirst MERGE_FIRST[REDUCTIONS] = ORDERED(merge);

#endif
