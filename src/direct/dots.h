/* Inner products of samples and taps, whose neighbours are neighbours in memory.
 *
 * A lane holds the sum of every LANES-th product of an output. A tile is a few outputs of one
 * filter, or of several: a vector of samples serves all filters, a vector of taps all
 * outputs. `outputs`, `filters` and `copies` are constants of the caller.
 */
#ifndef PYCONVOLVE_DOTS_H
#define PYCONVOLVE_DOTS_H

#include "tile.h"

/* Most outputs of a tile of one filter, and of DOT_FILTERS filters. Twelve accumulators and
 * four vectors that are loaded fill 16 registers. */
#define DOT_OUTPUTS 6
#define DOT_FILTERS 4
#define SHARED_DOT_OUTPUTS 3

/* The last `lanes` lanes of a vector, and zeros in the others. */
static inline vec keep_last(vec value, Py_ssize_t lanes)
{
#ifdef SCALAR
    (void)lanes;
    return value;
#else
    typedef uint8_t byte_vec __attribute__((vector_size(VECTOR_BYTES)));
    static const uint8_t masks[2 * VECTOR_BYTES] = {
        [VECTOR_BYTES ... 2 * VECTOR_BYTES - 1] = 255};
    byte_vec mask;
    memcpy(&mask, masks + lanes * (Py_ssize_t)sizeof(real), sizeof mask);
    return (vec)((byte_vec)value & mask);
#endif
}

/* The last vector of a row of `count` reals: its last `lanes` ones. Lanes before them are
 * zeros, so that no product is summed twice. */
static inline vec load_last(const real *row, Py_ssize_t count, Py_ssize_t lanes)
{
    vec value = broadcast(0);
    if (count >= LANES)
        return keep_last(load(row + count - LANES), lanes);
    memcpy(&value, row, (size_t)count * sizeof(real));
    return value;
}

/* Adds the inner products of `rows` rows of `count` reals to `sums`. Those of a filter lie
 * `pitch` reals behind those of the filter before it, and its taps `filter` reals. `copies`
 * vectors of a row have accumulators of their own, to hide the latency of sums. */
TILE_LOOP sum_dots(
    real *sums, Py_ssize_t pitch, const real *x, const Py_ssize_t *offsets, const real *taps,
    Py_ssize_t filter, Py_ssize_t count, Py_ssize_t rows, Py_ssize_t x_row, Py_ssize_t tap_row,
    int outputs, int filters, int copies)
{
    vec acc[DOT_FILTERS * SHARED_DOT_OUTPUTS];
    vec values[DOT_OUTPUTS];
    UNROLL
    for (int i = 0; i < copies * filters * outputs; i++)
        acc[i] = broadcast(0);
    for (; rows > 0; rows--) {
        Py_ssize_t at = 0, left;
        for (; at + copies * LANES <= count; at += copies * LANES)
            UNROLL
            for (int c = 0; c < copies; c++) {
                UNROLL
                for (int o = 0; o < outputs; o++)
                    values[o] = load(x + offsets[o] + at + c * LANES);
                UNROLL
                for (int f = 0; f < filters; f++) {
                    vec tap = load(taps + f * filter + at + c * LANES);
                    UNROLL
                    for (int o = 0; o < outputs; o++) {
                        int i = (c * filters + f) * outputs + o;
                        acc[i] = multiply_add(acc[i], tap, values[o]);
                    }
                }
            }
        for (; at < count; at += LANES) {
            left = count - at < LANES ? count - at : LANES;
            UNROLL
            for (int o = 0; o < outputs; o++)
                values[o] = left < LANES ? load_last(x + offsets[o], count, left)
                                         : load(x + offsets[o] + at);
            UNROLL
            for (int f = 0; f < filters; f++) {
                const real *row = taps + f * filter;
                vec tap = left < LANES ? load_last(row, count, left) : load(row + at);
                UNROLL
                for (int o = 0; o < outputs; o++)
                    acc[f * outputs + o] = multiply_add(acc[f * outputs + o], tap, values[o]);
            }
        }
        x += x_row;
        taps += tap_row;
    }
    UNROLL
    for (int f = 0; f < filters; f++)
        UNROLL
        for (int o = 0; o < outputs; o++) {
            real *to = sums + f * pitch + o * LANES;
            vec sum = load(to);
            UNROLL
            for (int c = 0; c < copies; c++)
                sum = sum + acc[(c * filters + f) * outputs + o];
            store(to, sum);
        }
}

#endif
