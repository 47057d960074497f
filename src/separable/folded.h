/* Sums along a line with symmetric taps, or antisymmetric ones, which are folded: see
 * columns.h. The order of products depends on the taps only. */
#ifndef PYCONVOLVE_FOLDED_H
#define PYCONVOLVE_FOLDED_H

#include "line_tile.h"

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

#if SHUFFLES
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
#else
#define folded_short_tile(...) ((void)0)
#endif

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

#endif
