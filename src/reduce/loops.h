/* Loops over rows of numbers.
 *
 * Loops that combine rows take the reduction as a constant, and are compiled once for each.
 * Rows may begin at any address. The last vector of a row overlaps the vector before it: so
 * a row must not be written over a row that is read, unless its length is a multiple of
 * LANES, and that row is read at its own place or behind it.
 */
#ifndef PYCONVOLVE_LOOPS_H
#define PYCONVOLVE_LOOPS_H

#include "combine.h"

#if defined(__GNUC__) || defined(__clang__)
#define UNROLL _Pragma("GCC unroll 4")
#else
#define UNROLL
#endif

#define VECTOR ((Py_ssize_t)sizeof(vec))

/* Runs part(reduction, vectors, bytes, at, ...) for all parts of a row of `n` reals: `most`
 * vectors, 1 vector, or `bytes` of one in a row that is shorter than a vector. */
#define FOR_EACH_PART(most, n, part, reduction, ...) \
    do { \
        const Py_ssize_t end_ = (n) * (Py_ssize_t)sizeof(real); \
        Py_ssize_t at_ = 0; \
        for (; at_ + (most) * VECTOR <= end_; at_ += (most) * VECTOR) \
            part(reduction, most, VECTOR, at_, __VA_ARGS__); \
        if (end_ < VECTOR) { \
            if (end_ > 0) \
                part(reduction, 1, end_, 0, __VA_ARGS__); \
            break; \
        } \
        for (; at_ < end_; at_ += VECTOR) { \
            if (at_ > end_ - VECTOR) \
                at_ = end_ - VECTOR; \
            part(reduction, 1, VECTOR, at_, __VA_ARGS__); \
        } \
    } while (0)

ALWAYS_INLINE void read_part(vec *acc, int vectors, Py_ssize_t bytes, const char *from)
{
    if (bytes == VECTOR) {
        UNROLL
        for (int v = 0; v < vectors; v++)
            acc[v] = load(from + v * VECTOR);
    } else {
        memset(acc, 0, sizeof *acc);
        memcpy(acc, from, bytes);
    }
}

ALWAYS_INLINE void write_part(const vec *acc, int vectors, Py_ssize_t bytes, char *to)
{
    if (bytes == VECTOR) {
        UNROLL
        for (int v = 0; v < vectors; v++)
            store(to + v * VECTOR, acc[v]);
    } else {
        memcpy(to, acc, bytes);
    }
}

/* Combines rows with `acc`. */
ALWAYS_INLINE void add_part(
    int reduction, int vectors, Py_ssize_t bytes, Py_ssize_t at, vec *acc,
    const char **rows, Py_ssize_t count)
{
    vec x[4];
    for (Py_ssize_t t = 0; t < count; t++) {
        read_part(x, vectors, bytes, rows[t] + at);
        UNROLL
        for (int v = 0; v < vectors; v++)
            acc[v] = combine(reduction, acc[v], x[v]);
    }
}

ALWAYS_INLINE void rows_part(
    int reduction, int vectors, Py_ssize_t bytes, Py_ssize_t at, char *out,
    const char **rows, Py_ssize_t count)
{
    vec acc[4];
    read_part(acc, vectors, bytes, rows[0] + at);
    add_part(reduction, vectors, bytes, at, acc, rows + 1, count - 1);
    write_part(acc, vectors, bytes, out + at);
}

/* Reads a part of a row, and adds a height. */
ALWAYS_INLINE void read_raised(
    vec *acc, int vectors, Py_ssize_t bytes, const char *from, const char *height)
{
    const vec raised = broadcast(load_one(height));
    read_part(acc, vectors, bytes, from);
    UNROLL
    for (int v = 0; v < vectors; v++)
        acc[v] += raised;
}

ALWAYS_INLINE void raised_part(
    int reduction, int vectors, Py_ssize_t bytes, Py_ssize_t at, char *out, const char **rows,
    const char *heights, Py_ssize_t count)
{
    vec acc[4], x[4];
    read_raised(acc, vectors, bytes, rows[0] + at, heights);
    for (Py_ssize_t t = 1; t < count; t++) {
        heights += sizeof(real);
        read_raised(x, vectors, bytes, rows[t] + at, heights);
        UNROLL
        for (int v = 0; v < vectors; v++)
            acc[v] = combine(reduction, acc[v], x[v]);
    }
    write_part(acc, vectors, bytes, out + at);
}

ALWAYS_INLINE void pair_part(
    int reduction, int vectors, Py_ssize_t bytes, Py_ssize_t at, char *first, char *second,
    const char **rows, Py_ssize_t count, Py_ssize_t shift)
{
    vec acc[4], other[4];
    read_part(acc, vectors, bytes, rows[shift] + at);
    add_part(reduction, vectors, bytes, at, acc, rows + shift + 1, count - shift - 1);
    UNROLL
    for (int v = 0; v < vectors; v++)
        other[v] = acc[v];
    add_part(reduction, vectors, bytes, at, acc, rows, shift);
    write_part(acc, vectors, bytes, first + at);
    add_part(reduction, vectors, bytes, at, other, rows + count, shift);
    write_part(other, vectors, bytes, second + at);
}

ALWAYS_INLINE void prefix_part(
    int reduction, int vectors, Py_ssize_t bytes, Py_ssize_t at, char *out, char *prefix,
    const char **rows, Py_ssize_t count, const char *suffix)
{
    vec acc[4], x[4];
    read_part(acc, vectors, bytes, rows[0] + at);
    add_part(reduction, vectors, bytes, at, acc, rows + 1, count - 1);
    write_part(acc, vectors, bytes, prefix + at);
    read_part(x, vectors, bytes, suffix + at);
    UNROLL
    for (int v = 0; v < vectors; v++)
        x[v] = combine(reduction, x[v], acc[v]);
    write_part(x, vectors, bytes, out + at);
}

#ifndef INTEGER
ALWAYS_INLINE void divide_part(
    int reduction, int vectors, Py_ssize_t bytes, Py_ssize_t at, char *out, const char *x,
    const char *counts, real factor)
{
    vec acc[4], count[4];
    (void)reduction;
    read_part(acc, vectors, bytes, x + at);
    read_part(count, vectors, bytes, counts + at);
    UNROLL
    for (int v = 0; v < vectors; v++)
        acc[v] /= count[v] * broadcast(factor);
    write_part(acc, vectors, bytes, out + at);
}
#endif

/* out = x / (factor counts), where x is not out. Integers have no means. */
static void divide_row(char *out, const char *x, const char *counts, double factor, Py_ssize_t n)
{
#ifndef INTEGER
    FOR_EACH_PART(4, n, divide_part, SUM, out, x, counts, (real)factor);
#else
    (void)out, (void)x, (void)counts, (void)factor, (void)n;
#endif
}

/* counts = how many of `taps` positions are from `low` to before `high`, for `n` outputs,
 * the first positions of which are `stride` apart. A number has `unit` reals. */
static void count_taps(
    char *counts, Py_ssize_t first, Py_ssize_t stride, Py_ssize_t taps, Py_ssize_t low,
    Py_ssize_t high, Py_ssize_t n, Py_ssize_t unit)
{
    real *out = (real *)counts;
    for (Py_ssize_t i = 0; i < n; i++) {
        const Py_ssize_t at = first + stride * i;
        const Py_ssize_t from = at > low ? at : low;
        const Py_ssize_t to = at + taps < high ? at + taps : high;
        for (Py_ssize_t c = 0; c < unit; c++)
            out[i * unit + c] = to > from ? (real)(to - from) : 0;
    }
}

static void fill_row(char *row, const char *value, Py_ssize_t n)
{
    const real x = load_one(value);
    for (Py_ssize_t i = 0; i < n; i++)
        store_one(row + i * (Py_ssize_t)sizeof(real), x);
}

/* Copies numbers of a row: to `count` numbers from `first` on, from the numbers that `from`
 * lists. A number has `unit` reals. */
static void copy_numbers(
    char *row, Py_ssize_t first, const int *from, Py_ssize_t count, Py_ssize_t unit)
{
    real *x = (real *)row;
    for (Py_ssize_t i = 0; i < count; i++)
        for (Py_ssize_t c = 0; c < unit; c++)
            x[(first + i) * unit + c] = x[from[i] * unit + c];
}

/* Writes numbers of a row `step` numbers apart. */
static void spread_row(
    char *spread, const char *row, Py_ssize_t step, Py_ssize_t n, Py_ssize_t unit)
{
    const real *x = (const real *)row;
    real *out = (real *)spread;
    for (Py_ssize_t i = 0; i < n; i++)
        for (Py_ssize_t c = 0; c < unit; c++)
            out[i * step * unit + c] = x[i * unit + c];
}

/* Phase r of a row is numbers r, r + stride, r + 2 stride and so on: `n` of each of
 * `phases` phases, `pitch` reals apart. A number has `unit` reals. `row` may be in any
 * place, `phases` is aligned. */
#define SPLIT(stride) \
    for (Py_ssize_t j = 0; j < n; j++) \
        for (Py_ssize_t r = 0; r < (stride); r++) \
            out[r * pitch + j] = load_one(row + (j * (stride) + r) * (Py_ssize_t)sizeof(real))
static void split_phases(
    char *split, Py_ssize_t pitch, const char *row, Py_ssize_t stride, Py_ssize_t phases,
    Py_ssize_t n, Py_ssize_t unit)
{
    real *out = (real *)split;
    if (unit == 1 && stride == 2 && phases == 2) {
        SPLIT(2);
    } else if (unit == 1 && stride == 3 && phases == 3) {
        SPLIT(3);
    } else if (unit == 1 && stride == 4 && phases == 4) {
        SPLIT(4);
    } else if (unit == 1 && stride == 2) {
        for (Py_ssize_t j = 0; j < n; j++)
            out[j] = load_one(row + 2 * j * (Py_ssize_t)sizeof(real));
    } else {
        for (Py_ssize_t r = 0; r < phases; r++)
            for (Py_ssize_t j = 0; j < n; j++)
                for (Py_ssize_t c = 0; c < unit; c++)
                    out[r * pitch + j * unit + c] =
                        load_one(row + ((j * stride + r) * unit + c) * (Py_ssize_t)sizeof(real));
    }
}

/* out = all reals of a row: lane by lane, then lanes of all vectors, then what remains. */
ALWAYS_INLINE void fold_row(int reduction, char *out, const char *row, Py_ssize_t n)
{
    real lanes[LANES], result;
    Py_ssize_t i = 1, number = LANES;
    if (n >= LANES) {
        vec acc = load(row);
        for (i = LANES; i + LANES <= n; i += LANES)
            acc = combine(reduction, acc, load(row + i * (Py_ssize_t)sizeof(real)));
        store(lanes, acc);
        for (; number > 1; number /= 2)
            for (Py_ssize_t j = 0; j < number / 2; j++)
                lanes[j] = combine_one(reduction, lanes[j], lanes[j + number / 2]);
        result = lanes[0];
    } else {
        result = load_one(row);
    }
    for (; i < n; i++)
        result =
            combine_one(reduction, result, load_one(row + i * (Py_ssize_t)sizeof(real)));
    store_one(out, result);
}

/* first = all of `count` rows, of `n` reals each. */
typedef void (*CombineRows)(
    char *first, const char **rows, Py_ssize_t count, Py_ssize_t n);
/* out = all of `count` rows, to each of which a height is added. */
typedef void (*CombineRaised)(
    char *out, const char **rows, const char *heights, Py_ssize_t count, Py_ssize_t n);
/* first = rows 0 to count - 1, second = rows shift to count + shift - 1; the rows that are
 * in both are combined once. */
typedef void (*CombinePair)(
    char *first, char *second, const char **rows, Py_ssize_t count, Py_ssize_t shift,
    Py_ssize_t n);
typedef void (*FoldRow)(char *out, const char *row, Py_ssize_t n);
/* prefix = all of `count` rows, out = suffix and prefix. */
typedef void (*CombinePrefix)(
    char *out, char *prefix, const char **rows, Py_ssize_t count, const char *suffix,
    Py_ssize_t n);

#define DEFINE(reduction) \
    static void rows_##reduction( \
        char *out, const char **rows, Py_ssize_t count, Py_ssize_t n) \
    { \
        FOR_EACH_PART(4, n, rows_part, reduction, out, rows, count); \
    } \
    static void raised_##reduction( \
        char *out, const char **rows, const char *heights, Py_ssize_t count, Py_ssize_t n) \
    { \
        FOR_EACH_PART(1, n, raised_part, reduction, out, rows, heights, count); \
    } \
    static void fold_##reduction(char *out, const char *row, Py_ssize_t n) \
    { \
        fold_row(reduction, out, row, n); \
    } \
    static void pair_##reduction( \
        char *first, char *second, const char **rows, Py_ssize_t count, \
        Py_ssize_t shift, Py_ssize_t n) \
    { \
        FOR_EACH_PART(4, n, pair_part, reduction, first, second, rows, count, shift); \
    } \
    static void prefix_##reduction( \
        char *out, char *prefix, const char **rows, Py_ssize_t count, \
        const char *suffix, Py_ssize_t n) \
    { \
        FOR_EACH_PART(4, n, prefix_part, reduction, out, prefix, rows, count, suffix); \
    }

DEFINE(MAX)
DEFINE(MIN)
#ifdef INTEGER
DEFINE(SIGNED_MAX)
DEFINE(SIGNED_MIN)
#else
DEFINE(SUM)
#endif

/* By reduction; NULL: the element type has no such reduction. */
static const CombineRows COMBINE_ROWS[REDUCTIONS] = TABLE(rows);
static const FoldRow FOLD_ROW[REDUCTIONS] = TABLE(fold);
static const CombineRaised COMBINE_RAISED[REDUCTIONS] = TABLE(raised);
static const CombinePair COMBINE_PAIR[REDUCTIONS] = TABLE(pair);
static const CombinePrefix COMBINE_PREFIX[REDUCTIONS] = TABLE(prefix);

#endif
