/* Sums along a line: output i is the sum of taps[k] * x[i + k * unit].
 *
 * Nearly every vector that begins at a tap's sample splits a cache line or comes from one
 * that does, so loads limit these sums, not products. There are three ways:
 *
 * - sum_long: taps LANES apart share their vectors with other outputs of the tile.
 * - sum_short: for fewer taps. Some of the vectors between two others are shuffled from
 *   these, because shuffles and loads are different units. It takes an instruction of
 *   AVX-512 that does so at once.
 * - sum_apart: for positions of several reals.
 *
 * Each has a form for symmetric taps, which are folded: see columns.h.
 *
 * Outputs add their products in the same order, wherever they stand in a tile. The last
 * tile overlaps the one before.
 */
#ifndef PYCONVOLVE_ALONG_H
#define PYCONVOLVE_ALONG_H

#include "operands.h"
#include "tile.h"

/* Vectors of a tile, and of the last tile of a line that has no more. */
#if VECTOR_REGISTERS == 32
#define WIDE 16
#else
#define WIDE 8
#endif
#define NARROW (WIDE / 2)
#define ALONG (NARROW * LANES)
/* Reals behind the last sample that may be read. */
#define BEYOND LANES

#if defined(__GNUC__) || defined(__clang__)
#define UNROLL_WIDE _Pragma("GCC unroll 32")
#else
#define UNROLL_WIDE
#endif

TILE_LOOP put_vectors(real *out, const vec *values, int vectors, int streams)
{
    if (streams) {
        UNROLL
        for (int v = 0; v < vectors; v++)
            stream(out + v * LANES, values[v]);
    } else {
        UNROLL
        for (int v = 0; v < vectors; v++)
            store(out + v * LANES, values[v]);
    }
}

/* Adds the products of `span` taps, LANES apart. */
TILE_LOOP add_spaced(vec *acc, const real *x, const real *tap, int span, int vectors)
{
    vec taps[SPAN];
    UNROLL
    for (int s = 0; s < span; s++)
        taps[s] = broadcast(tap[s * LANES]);
    UNROLL_WIDE
    for (int i = 0; i < span + vectors - 1; i++) {
        vec value = pin(load(x + i * LANES));
        UNROLL
        for (int v = 0; v < vectors; v++)
            if (0 <= i - v && i - v < span)
                acc[v] = multiply_add(acc[v], taps[i - v], value);
    }
}

TILE_LOOP add_each_spaced(
    vec *acc, const real *x, const real *tap, Py_ssize_t count, int span, int vectors)
{
    for (Py_ssize_t s = 0; s < count; s++)
        add_spaced(acc, x + s, tap + s, span, vectors);
}

/* The same for `count` neighbouring taps, and those LANES apart from each. */
TILE_LOOP add_block(
    vec *acc, const real *x, const real *tap, Py_ssize_t count, Py_ssize_t span, int vectors)
{
    switch (span) {
#if SPAN == 5
    case 5:
        add_each_spaced(acc, x, tap, count, 5, vectors);
        break;
#endif
    case 4:
        add_each_spaced(acc, x, tap, count, 4, vectors);
        break;
    case 3:
        add_each_spaced(acc, x, tap, count, 3, vectors);
        break;
    case 2:
        add_each_spaced(acc, x, tap, count, 2, vectors);
        break;
    case 1:
        add_each_spaced(acc, x, tap, count, 1, vectors);
    }
}

TILE_LOOP long_tile(
    real *out, const real *x, const real *taps, Py_ssize_t count, int vectors, int streams)
{
    vec acc[WIDE];
    UNROLL
    for (int v = 0; v < vectors; v++)
        acc[v] = broadcast(0);
    for (Py_ssize_t k = 0; k < count; k += SPAN * LANES) {
        Py_ssize_t left = count - k, span = (left + LANES - 1) / LANES;
        if (span > SPAN)
            span = SPAN;
        /* so many taps begin a span, and others a span with one tap less */
        Py_ssize_t whole = left - (span - 1) * LANES;
        if (whole > LANES)
            whole = LANES;
        add_block(acc, x + k, taps + k, whole, span, vectors);
        if (span > 1)
            add_block(acc, x + k + whole, taps + k + whole, LANES - whole, span - 1, vectors);
    }
    put_vectors(out, acc, vectors, streams);
}

TILE_LOOP apart_tile(
    real *out, const real *x, const real *taps, Py_ssize_t count, Py_ssize_t unit, int vectors,
    int streams)
{
    vec acc[WIDE];
    UNROLL
    for (int v = 0; v < vectors; v++)
        acc[v] = broadcast(0);
    for (Py_ssize_t k = 0; k < count; k++) {
        vec tap = broadcast(taps[k]);
        UNROLL
        for (int v = 0; v < vectors; v++)
            acc[v] = multiply_add(acc[v], tap, load(x + k * unit + v * LANES));
    }
    put_vectors(out, acc, vectors, streams);
}

/* Keeps an address in one register: GCC otherwise keeps those of all vectors of a tile, of which
 * some are then in memory. */
static inline const real *pin_address(const real *address)
{
#if defined(__GNUC__) && !defined(__clang__)
    __asm__("" : "+r"(address));
#endif
    return address;
}

/* Adds the products of the tap in the middle, if there is one. */
TILE_LOOP start_folded(
    vec *acc, const real *x, const real *taps, Py_ssize_t count, Py_ssize_t unit, int vectors)
{
    vec tap = broadcast(count % 2 ? taps[count / 2] : 0);
    UNROLL
    for (int v = 0; v < vectors; v++)
        acc[v] = broadcast(0);
    if (count % 2) {
        const real *middle = pin_address(x + count / 2 * unit);
        UNROLL
        for (int v = 0; v < vectors; v++)
            acc[v] = multiply_add(acc[v], tap, load(middle + v * LANES));
    }
}

static inline __attribute__((always_inline)) vec folded(vec first, vec last, int fold)
{
    return fold > 0 ? first + last : first - last;
}

/* The same for symmetric taps, or antisymmetric ones. */
TILE_LOOP folded_apart_tile(
    real *out, const real *x, const real *taps, Py_ssize_t count, Py_ssize_t unit, int vectors,
    int streams, int fold)
{
    vec acc[WIDE];
    start_folded(acc, x, taps, count, unit, vectors);
    for (Py_ssize_t k = 0; k < count / 2; k++) {
        vec tap = broadcast(taps[k]);
        const real *first = pin_address(x + k * unit);
        const real *last = pin_address(x + (count - 1 - k) * unit);
        UNROLL
        for (int v = 0; v < vectors; v++)
            acc[v] = multiply_add(
                acc[v], tap, folded(load(first + v * LANES), load(last + v * LANES), fold));
    }
    put_vectors(out, acc, vectors, streams);
}

/* The same along a line whose positions are reals: pairs of taps LANES apart share vectors
 * with other outputs of the tile. */
TILE_LOOP folded_tile(
    real *out, const real *x, const real *taps, Py_ssize_t count, int vectors, int streams,
    int fold)
{
    vec acc[NARROW], first[NARROW], last[NARROW];
    Py_ssize_t pairs = count / 2;
    start_folded(acc, x, taps, count, 1, vectors);
    for (Py_ssize_t k = 0; k < LANES && k < pairs; k++) {
        const real *left = pin_address(x + k), *right = pin_address(x + count - 1 - k);
        UNROLL
        for (int v = 0; v < vectors; v++) {
            first[v] = pin(load(left + v * LANES));
            last[v] = pin(load(right + v * LANES));
        }
        for (Py_ssize_t s = 0; k + s * LANES < pairs; s += vectors) {
            UNROLL
            for (int i = 0; i < vectors; i++) {
                vec tap;
                if (k + (s + i) * LANES >= pairs)
                    break;
                tap = broadcast(taps[k + (s + i) * LANES]);
                UNROLL
                for (int v = 0; v < vectors; v++)
                    acc[v] = multiply_add(
                        acc[v], tap,
                        folded(
                            first[(v + i) % vectors], last[(v - i + vectors) % vectors], fold));
                first[i] = pin(load(left + (s + i + vectors) * LANES));
                last[vectors - 1 - i] = pin(load(right - (s + i + 1) * LANES));
            }
        }
    }
    put_vectors(out, acc, vectors, streams);
}

#if defined(__AVX512VL__) && !defined(SCALAR) && VECTOR_BYTES == 32
#define SHUFFLES 1
#if BYTES_OF(REAL) == 4
#define ALIGN _mm256_alignr_epi32
#else
#define ALIGN _mm256_alignr_epi64
#endif
/* The vector that begins `shift` reals behind the first of two neighbours. */
static inline __attribute__((always_inline)) vec between(vec first, vec next, const int shift)
{
    const __m256i low = (__m256i)first, high = (__m256i)next;
    switch (shift) {
    case 1: return (vec)ALIGN(high, low, 1);
    case 2: return (vec)ALIGN(high, low, 2);
    case 3: return (vec)ALIGN(high, low, 3);
    case 4: return (vec)ALIGN(high, low, 4);
    case 5: return (vec)ALIGN(high, low, 5);
    case 6: return (vec)ALIGN(high, low, 6);
    case 7: return (vec)ALIGN(high, low, 7);
    default: return first;
    }
}

/* Adds the products of pairs of taps. One vector of a pair is shuffled, and the other is loaded:
 * that keeps both units busy. */
TILE_LOOP folded_short_tile(
    real *out, const real *x, const real *taps, Py_ssize_t count, int vectors, int streams,
    int fold)
{
    vec acc[NARROW], values[NARROW + 1];
    const real *last = pin_address(x + count - 1);
    start_folded(acc, x, taps, count, 1, vectors);
    x = pin_address(x);
    for (Py_ssize_t left = count / 2; left > 0; left -= LANES) {
        UNROLL
        for (int v = 0; v < vectors + 1; v++)
            values[v] = pin(load(x + v * LANES));
        UNROLL
        for (int s = 0; s < LANES; s++) {
            if (s >= left)
                break;
            vec tap = broadcast(taps[s]);
            UNROLL
            for (int v = 0; v < vectors; v++)
                acc[v] = multiply_add(
                    acc[v], tap,
                    folded(
                        between(values[v], values[v + 1], s), load(last + v * LANES - s), fold));
        }
        x += LANES;
        last -= LANES;
        taps += LANES;
    }
    put_vectors(out, acc, vectors, streams);
}

/* A third of the vectors is shuffled: that keeps both units busy. */
TILE_LOOP short_tile(
    real *out, const real *x, const real *taps, Py_ssize_t count, int vectors, int streams)
{
    vec acc[NARROW], values[NARROW + 1];
    UNROLL
    for (int v = 0; v < vectors; v++)
        acc[v] = broadcast(0);
    for (Py_ssize_t left = count; left > 0; left -= LANES) {
        UNROLL
        for (int v = 0; v < vectors + 1; v++)
            values[v] = pin(load(x + v * LANES));
        UNROLL
        for (int s = 0; s < LANES; s++) {
            if (s >= left)
                break;
            vec tap = broadcast(taps[s]);
            UNROLL
            for (int v = 0; v < vectors; v++) {
                vec value = values[v];
                if (s % 3 == 1)
                    value = between(values[v], values[v + 1], s);
                else if (s)
                    value = load(x + v * LANES + s);
                acc[v] = multiply_add(acc[v], tap, value);
            }
        }
        x += LANES;
        taps += LANES;
    }
    put_vectors(out, acc, vectors, streams);
}
#else
#define SHUFFLES 0
#define short_tile(...) ((void)0)
#define folded_short_tile(...) ((void)0)
#endif

/* Computes tiles of the reals `first` to `n` - 1. The last one begins earlier, unless it would
 * begin before the line. */
#define FOR_EACH_TILE(first, n, vectors, ...) \
    do { \
        for (Py_ssize_t j = (first); j < (n); j += (vectors) * LANES) { \
            if (j > (n) - (vectors) * LANES && (n) >= (vectors) * LANES) \
                j = (n) - (vectors) * LANES; \
            __VA_ARGS__; \
        } \
    } while (0)

/* The order of products depends on the taps only. */
TILE_LOOP sum_folded(
    real *out, const real *x, const real *taps, Py_ssize_t count, Py_ssize_t unit, Py_ssize_t n,
    Py_ssize_t wide, int streams, int fold)
{
    if (SHUFFLES && unit == 1 && count <= 4 * LANES) {
        if (n <= 2 * LANES)
            FOR_EACH_TILE(
                0, n, 1, folded_short_tile(out + j, x + j, taps, count, 1, 0, fold));
        else
            FOR_EACH_TILE(
                0, n, NARROW,
                folded_short_tile(out + j, x + j, taps, count, NARROW, streams, fold));
    } else if (unit > 1 || count < 2 * LANES) {
        if (n <= 2 * LANES)
            FOR_EACH_TILE(
                0, n, 1, folded_apart_tile(out + j, x + j, taps, count, unit, 1, 0, fold));
        else {
            FOR_EACH_TILE(
                0, wide, WIDE,
                folded_apart_tile(out + j, x + j, taps, count, unit, WIDE, streams, fold));
            FOR_EACH_TILE(
                wide, n, NARROW,
                folded_apart_tile(out + j, x + j, taps, count, unit, NARROW, streams, fold));
        }
    } else if (n <= 2 * LANES) {
        FOR_EACH_TILE(0, n, 1, folded_tile(out + j, x + j, taps, count, 1, 0, fold));
    } else {
        FOR_EACH_TILE(
            0, n, NARROW, folded_tile(out + j, x + j, taps, count, NARROW, streams, fold));
    }
}

/* Sums `n` reals. Of less than ALONG, more may be computed, up to as many. With `streams`,
 * outputs are whole cache lines, which go past the caches, and there are at least ALONG. */
static void sum_along(
    char *target, const char *row, const Taps *weights, Py_ssize_t unit, Py_ssize_t n, int streams)
{
    real *out = (real *)target;
    const real *x = (const real *)row, *taps = (const real *)weights->data;
    const Py_ssize_t count = weights->count;
    /* wide tiles as far as they go, and narrow ones */
    Py_ssize_t wide = n / (WIDE * LANES) * (WIDE * LANES);
    if (wide && n - wide > ALONG)
        wide = n;
    if (weights->fold > 0) {
        sum_folded(out, x, taps, count, unit, n, wide, streams, 1);
    } else if (weights->fold) {
        sum_folded(out, x, taps, count, unit, n, wide, streams, -1);
    } else if (SHUFFLES && unit == 1 && count < 2 * LANES - 1) {
        if (n <= 2 * LANES)
            FOR_EACH_TILE(0, n, 1, short_tile(out + j, x + j, taps, count, 1, 0));
        else
            FOR_EACH_TILE(
                0, n, NARROW, short_tile(out + j, x + j, taps, count, NARROW, streams));
    } else if (unit == 1 && n <= 2 * LANES) {
        FOR_EACH_TILE(0, n, 1, long_tile(out + j, x + j, taps, count, 1, 0));
    } else if (unit == 1) {
        FOR_EACH_TILE(0, wide, WIDE, long_tile(out + j, x + j, taps, count, WIDE, streams));
        FOR_EACH_TILE(wide, n, NARROW, long_tile(out + j, x + j, taps, count, NARROW, streams));
    } else {
        FOR_EACH_TILE(
            0, wide, WIDE, apart_tile(out + j, x + j, taps, count, unit, WIDE, streams));
        FOR_EACH_TILE(
            wide, n, NARROW, apart_tile(out + j, x + j, taps, count, unit, NARROW, streams));
    }
}

#endif
