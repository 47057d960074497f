/* Tiles of outputs in registers: TILE_ROWS rows of a few vectors, or a few filters' outputs
 * at the same positions. They are accumulators.
 *
 * The loops over a tile must be unrolled whole, or accumulators live in memory, where sums
 * take three times as long. GCC and Clang do so for loops that bear a pragma, which Cython
 * cannot write: so these loops are C. `vectors`, `span` and `streams` are constants of the
 * caller.
 */
#ifndef PYCONVOLVE_TILE_H
#define PYCONVOLVE_TILE_H

#include "simd.h"

#if defined(__GNUC__) || defined(__clang__)
#define TILE_LOOP static inline __attribute__((always_inline)) void
#define UNROLL _Pragma("GCC unroll 16")
#else
#define TILE_LOOP static inline void
#define UNROLL
#endif

/* Whether a loaded vector is pinned to a register: GCC otherwise loads it at each use. It
 * spills accumulators if it is pinned and registers are few; so does Clang in any case. */
#if defined(__clang__)
#define PINS(vectors, span) 0
#else
#define PINS(vectors, span) (TILE_ROWS * (vectors) + (span) + 2 < VECTOR_REGISTERS)
#endif

TILE_LOOP clear_tile(vec *acc, int vectors)
{
    UNROLL
    for (int i = 0; i < TILE_ROWS * vectors; i++)
        acc[i] = broadcast(0);
}

TILE_LOOP read_tile(
    vec *acc, const real *target, Py_ssize_t row, Py_ssize_t vector, int vectors)
{
    UNROLL
    for (int r = 0; r < TILE_ROWS; r++)
        UNROLL
        for (int c = 0; c < vectors; c++)
            acc[r * vectors + c] = load(target + r * row + c * vector);
}

TILE_LOOP write_tile(
    const vec *acc, real *target, Py_ssize_t row, Py_ssize_t vector, int vectors, int streams)
{
    UNROLL
    for (int r = 0; r < TILE_ROWS; r++)
        UNROLL
        for (int c = 0; c < vectors; c++) {
            if (streams)
                stream(target + r * row + c * vector, acc[r * vectors + c]);
            else
                store(target + r * row + c * vector, acc[r * vectors + c]);
        }
}

/* Adds the products of tap columns: each input vector is loaded once for each tap column,
 * and serves up to min(span, TILE_ROWS) accumulators. `taps` has room for a column's. */
TILE_LOOP add_columns(
    vec *acc, vec *taps, const real *x, const Py_ssize_t *offset, const real *tap, Py_ssize_t count,
    Py_ssize_t row, Py_ssize_t vector, int vectors, int span)
{
    for (; count > 0; count--) {
        const real *p = x + *offset++;
        UNROLL
        for (int s = 0; s < span; s++)
            taps[s] = broadcast(tap[s]);
        UNROLL
        for (int i = 0; i < span + TILE_ROWS - 1; i++) {
            UNROLL
            for (int c = 0; c < vectors; c++) {
                vec value = load(p + c * vector);
                if (PINS(vectors, span))
                    value = pin(value);
                UNROLL
                for (int r = 0; r < TILE_ROWS; r++)
                    if (0 <= i - r && i - r < span)
                        acc[r * vectors + c] =
                            multiply_add(acc[r * vectors + c], taps[i - r], value);
            }
            p += row;
        }
        tap += span;
    }
}

/* Adds the products of `count` taps of each of `rows` filters with the samples at their
 * offsets. The taps of the filters lie side by side. */
TILE_LOOP add_filters(
    vec *acc, const real *x, const Py_ssize_t *offset, const real *tap, Py_ssize_t count,
    int vectors, int rows)
{
    vec values[FILTER_VECTORS];
    for (; count > 0; count--) {
        const real *p = x + *offset++;
        UNROLL
        for (int c = 0; c < vectors; c++)
            values[c] = pin(load(p + c * LANES));
        UNROLL
        for (int r = 0; r < rows; r++) {
            vec weight = broadcast(tap[r]);
            UNROLL
            for (int c = 0; c < vectors; c++)
                acc[r * vectors + c] = multiply_add(acc[r * vectors + c], weight, values[c]);
        }
        tap += rows;
    }
}

/* Computes `tiles` tiles of outputs, side by side, of `rows` filters, `pitch` reals apart in
 * the target. Sums one or two terms, each with samples and taps of its own. */
TILE_LOOP sum_filters(
    const real *const *x, const real *const *taps, int terms, const Py_ssize_t *offsets,
    Py_ssize_t count, real *target, Py_ssize_t pitch, Py_ssize_t tiles, int adding, int vectors,
    int rows)
{
    vec acc[FILTER_ROWS * FILTER_VECTORS];
    for (Py_ssize_t n = 0; n < tiles; n++) {
        Py_ssize_t at = n * vectors * LANES;
        UNROLL
        for (int r = 0; r < rows; r++)
            UNROLL
            for (int c = 0; c < vectors; c++)
                acc[r * vectors + c] = broadcast(0);
        for (int t = 0; t < terms; t++)
            add_filters(acc, x[t] + at, offsets, taps[t], count, vectors, rows);
        UNROLL
        for (int r = 0; r < rows; r++)
            UNROLL
            for (int c = 0; c < vectors; c++) {
                real *to = target + r * pitch + at + c * LANES;
                vec sum = acc[r * vectors + c];
                store(to, adding ? sum + load(to) : sum);
            }
    }
}

#endif
