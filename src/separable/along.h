/* Sums along a line: output i is the sum of taps[k] * x[i + k * unit].
 *
 * Nearly every vector that begins at a tap's sample splits a cache line or comes from one
 * that does, so loads limit these sums, not products. There are three ways:
 *
 * - long_tile: taps LANES apart share their vectors with other outputs of the tile.
 * - short_tile: for fewer taps. Some of the vectors between two others are shuffled from
 *   these, because shuffles and loads are different units. It takes an instruction of
 *   AVX-512 that does so at once.
 * - apart_tile: for positions of several reals.
 *
 * Symmetric taps are folded: see folded.h.
 *
 * Outputs add their products in the same order, wherever they stand in a tile. The last
 * tile overlaps the one before.
 */
#ifndef PYCONVOLVE_ALONG_H
#define PYCONVOLVE_ALONG_H

#include "folded.h"

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

#if SHUFFLES
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
#define short_tile(...) ((void)0)
#endif

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
